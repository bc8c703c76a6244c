/* The whole decision table: every combination of what is known, against what the design says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "copy/way/way.h"

#define MD5_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define MD5_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* The server and the memory of questions that are not about them. */
static const struct server_facts plain_server;
static const struct decide_memory no_memory;

static struct object_info object(uint64_t size, const char *etag, bool encrypted, unsigned tags)
{
    struct object_info o;

    memset(&o, 0, sizeof o);
    o.size = size;
    strcpy(o.etag, etag);
    o.etag_kind = etag_kind_of(etag, encrypted);
    o.tags = tags;
    return o;
}

/* --- before the copy --- */

/* The contents of the destination, relative to a source of ten bytes with the ETag A. */
enum there {
    THERE_NOT,
    THERE_DENIED,
    THERE_KEY,
    THERE_SAME,
    THERE_TAGLESS,
    THERE_OTHER,
    THERE_OPAQUE, /* of the right size, and its ETag tells nothing */
    THERE_COUNT
};

enum kind { SOURCE_SMALL, SOURCE_PARTS, SOURCE_HUGE, SOURCE_KINDS };

struct question {
    enum there there;
    enum our_write wrote;
    enum on_different on_different;
    enum on_unproven on_unproven;
    enum archive archive;
    bool dry_run, thaws;
    enum kind kind;
};

/* The table in words, rule by rule. */
static struct decision expected(const struct question *q)
{
    bool archived = q->archive == ARCHIVE_STORED || q->archive == ARCHIVE_RESTORING ||
                    q->archive == ARCHIVE_UNSURE;
    bool something = q->there == THERE_KEY || q->there == THERE_OTHER;
    bool ours = q->wrote == WRITE_DONE;

    /* There, proven the same: but for its tags it needs nothing, and it is ours if we wrote. */
    if (q->there == THERE_TAGLESS && !q->dry_run)
        return (struct decision){.action = DECIDE_PUT_TAGS, .proof = {VERIFIED_ETAG, BY_ETAG}};
    if (q->there == THERE_SAME || q->there == THERE_TAGLESS)
        return (struct decision){.action = DECIDE_END,
                .status = q->wrote == WRITE_NONE ? RESULT_SAME : RESULT_COPIED,
                .proof = {VERIFIED_ETAG, BY_ETAG}};
    /* Something else that we did not write is kept, or an error, if the job says so. */
    if (something && !ours && q->on_different == ON_DIFFERENT_KEEP)
        return (struct decision){.action = DECIDE_END, .status = RESULT_KEPT};
    if (something && !ours && q->on_different == ON_DIFFERENT_FAIL)
        return (struct decision){.action = DECIDE_FAIL,
                .why = q->there == THERE_KEY ? WHY_DIFFERENT_KEY : WHY_DIFFERENT};
    /* An object that cannot be compared is neither the same nor something else. */
    if (q->there == THERE_OPAQUE && !ours) {
        if (q->on_different == ON_DIFFERENT_FAIL)
            return (struct decision){.action = DECIDE_FAIL, .why = WHY_UNPROVEN};
        if (q->on_different == ON_DIFFERENT_KEEP || q->on_unproven == ON_UNPROVEN_SKIP)
            return (struct decision){
                    .action = DECIDE_END, .status = RESULT_KEPT, .notes = NOTE_UNPROVEN};
    }
    /* It must be copied, and may not be, or shall not be now. */
    if (archived && !q->thaws)
        return (struct decision){.action = DECIDE_FAIL, .why = WHY_ARCHIVED};
    if (q->dry_run)
        return (struct decision){.action = DECIDE_END,
                .status = RESULT_PENDING,
                .notes = archived && q->archive != ARCHIVE_RESTORING ? NOTE_TO_BE_RESTORED : 0};
    if (archived)
        return (struct decision){
                .action = q->archive == ARCHIVE_RESTORING ? DECIDE_PUT_ASIDE : DECIDE_RESTORE};
    return (struct decision){.action = q->kind == SOURCE_SMALL ? DECIDE_SINGLE : DECIDE_PARTS};
}

static enum at_destination at_of(enum there there)
{
    switch (there) {
    case THERE_NOT:
        return DESTINATION_NOTHING;
    case THERE_DENIED:
        return DESTINATION_UNREADABLE;
    case THERE_KEY:
        return DESTINATION_NEEDS_KEY;
    default:
        return DESTINATION_OBJECT;
    }
}

static void check_question(const struct question *q)
{
    static const uint64_t sizes[SOURCE_KINDS] = {10, 10, ((uint64_t)5 << 30) + 1};
    const char *etag = q->kind == SOURCE_PARTS ? MD5_A "-2" : MD5_A;
    struct object_info source = object(sizes[q->kind], etag, false, 2);
    struct object_info there = source;
    struct copy_options options = {.on_different = q->on_different, .on_unproven = q->on_unproven};
    struct decide_facts f = {.options = &options,
            .source = &source,
            .server = &plain_server,
            .memory = &no_memory,
            .at = at_of(q->there),
            .there = &there,
            .wrote = q->wrote,
            .wanted_tags = q->there == THERE_TAGLESS ? 2 : TAGS_UNKNOWN,
            .dry_run = q->dry_run,
            .thaw = q->thaws ? THAW_RESTORES : THAW_FAILS,
            .said = ""};
    struct decision want = expected(q), got;
    struct err e;

    source.archive = q->archive;
    there.tags = 0;
    if (q->there == THERE_OTHER)
        strcpy(there.etag, q->kind == SOURCE_PARTS ? "other-" MD5_B : MD5_B);
    if (q->there == THERE_OPAQUE)
        there = object(sizes[q->kind], MD5_B, true, 2);
    if (q->there == THERE_OTHER && q->kind == SOURCE_PARTS)
        there.size++; /* ETags of parts that may be others show nothing */
    got = decide_copy(&f);
    if (got.action != want.action || got.why != want.why ||
            got.proof.verified != want.proof.verified || got.proof.by != want.proof.by ||
            got.notes != want.notes || (got.action == DECIDE_END && got.status != want.status))
        fail_msg(
                "there %d wrote %d different %d unproven %d archive %d dry %d kind %d: action %d why "
                "%d",
                q->there, q->wrote, q->on_different, q->on_unproven, q->archive, q->dry_run,
                q->kind, got.action, got.why);
    decide_error(&got, &f, &e);
    assert_int_equal(e.code != ERR_OK, got.action == DECIDE_FAIL);
}

/* The next digit of a number that stands for a combination: 0 to n - 1. */
static int pick(unsigned *combination, unsigned n)
{
    unsigned digit = *combination % n;

    *combination /= n;
    return (int)digit;
}

static void test_copy(void **state)
{
    enum { ALL = THERE_COUNT * 3 * 3 * 2 * 5 * 2 * 2 * SOURCE_KINDS };
    unsigned i;

    (void)state;
    for (i = 0; i < ALL; i++) {
        unsigned rest = i;
        struct question q;

        q.there = (enum there)pick(&rest, THERE_COUNT);
        q.wrote = (enum our_write)pick(&rest, 3);
        q.on_different = (enum on_different)pick(&rest, 3);
        q.on_unproven = (enum on_unproven)pick(&rest, 2);
        q.archive = (enum archive)pick(&rest, ARCHIVE_UNSURE + 1);
        q.dry_run = pick(&rest, 2) == 1;
        q.thaws = pick(&rest, 2) == 1;
        q.kind = (enum kind)pick(&rest, SOURCE_KINDS);
        check_question(&q);
    }
}

static void check_precondition(struct decide_facts *f, unsigned restarts)
{
    bool absent = f->options->on_different != ON_DIFFERENT_OVERWRITE && f->wrote != WRITE_DONE;
    bool it_is_there = absent && restarts > 0 && f->at == DESTINATION_UNREADABLE;
    struct decision d = decide_precondition(f, restarts);

    assert_int_equal(decide_only_if_absent(f), absent);
    if (!it_is_there) {
        assert_int_equal(d.action, DECIDE_RESTART);
        assert_int_equal(d.why, WHY_REFUSED);
    } else if (f->options->on_different == ON_DIFFERENT_KEEP) {
        assert_int_equal(d.action, DECIDE_END);
        assert_int_equal(d.status, RESULT_KEPT);
    } else {
        assert_int_equal(d.action, DECIDE_FAIL);
        assert_int_equal(d.why, WHY_DIFFERENT_UNSEEN);
    }
}

/* 412: what we asked for was that nothing is there, or that the source is what we saw. */
static void test_precondition(void **state)
{
    struct object_info source = object(10, MD5_A, false, 0);
    unsigned i;

    (void)state;
    for (i = 0; i < 3 * 3 * 4 * 2; i++) {
        unsigned rest = i;
        struct copy_options options = {.on_different = (enum on_different)pick(&rest, 3)};
        struct decide_facts f = {.options = &options,
                .source = &source,
                .server = &plain_server,
                .memory = &no_memory,
                .there = &source,
                .wrote = (enum our_write)pick(&rest, 3),
                .at = (enum at_destination)pick(&rest, 4),
                .said = ""};

        check_precondition(&f, (unsigned)pick(&rest, 2));
    }
}

/* --- after the copy --- */

static const enum layout_source sources[] = {LAYOUT_FROM_PROBES, LAYOUT_FROM_ALL, LAYOUT_FROM_GUESS,
        LAYOUT_OF_OUR_OWN, LAYOUT_IN_ONE, LAYOUT_GIVEN_UP};

enum { SOURCES = sizeof sources / sizeof sources[0] };

static bool mirrors(enum layout_source from)
{
    return from != LAYOUT_OF_OUR_OWN && from != LAYOUT_GIVEN_UP;
}

/* The answer to HEAD of the copy: the same ETag, another, one that tells nothing, another size. */
enum says { SAYS_SAME, SAYS_OTHER, SAYS_NOTHING, SAYS_SIZE, SAYS_COUNT };

static void check_verify(
        enum says says, enum layout_source from, enum made_by made, bool tagless, bool in_parts)
{
    struct object_info source = object(10, in_parts ? MD5_A "-2" : MD5_A, false, 2);
    struct object_info there = object(says == SAYS_SIZE ? 11 : 10,
            says == SAYS_SAME ? source.etag : MD5_B "-2", says == SAYS_NOTHING, tagless ? 0 : 2);
    struct copy_options options = {.tags = TAGS_BEST_EFFORT};
    struct decide_facts f = {.options = &options,
            .source = &source,
            .server = &plain_server,
            .memory = &no_memory,
            .at = DESTINATION_NOTHING,
            .there = &there,
            .wrote = WRITE_DONE,
            .wanted_tags = tagless ? 2 : TAGS_UNKNOWN,
            .layout_from = from,
            .made = made,
            .said = ""};
    struct decision d = decide_verify(&f);
    /* Two ETags that differ prove it only if both tell of the same parts. */
    bool other = says == SAYS_SIZE || (says == SAYS_OTHER && mirrors(from));
    struct err e;

    decide_error(&d, &f, &e);
    if (other) {
        assert_int_equal(d.action, DECIDE_RESTART);
        assert_int_equal(d.why, WHY_NOT_THE_SOURCE);
        assert_int_equal(e.code, ERR_VERIFY);
    } else if (says != SAYS_SAME && made == MADE_BY_LOST_COMPLETE) {
        assert_int_equal(d.action, DECIDE_RESTART);
        assert_int_equal(d.why, WHY_LOST);
        assert_int_equal(e.code, ERR_VERIFY);
    } else {
        assert_int_equal(d.action, tagless ? DECIDE_PUT_TAGS : DECIDE_END);
        assert_int_equal(d.proof.verified, says == SAYS_SAME ? VERIFIED_ETAG : VERIFIED_SIZE);
        if (!tagless)
            assert_int_equal(d.status, RESULT_COPIED);
        assert_int_equal(d.notes,
                says != SAYS_SAME && in_parts && !mirrors(from) ? NOTE_LAYOUT_NOT_MIRRORED : 0);
    }
}

static void test_verify(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < SAYS_COUNT * SOURCES * 4 * 2 * 2; i++) {
        unsigned rest = i;
        enum says says = (enum says)pick(&rest, SAYS_COUNT);
        enum layout_source from = sources[pick(&rest, SOURCES)];
        enum made_by made = (enum made_by)(MADE_BY_COPY + pick(&rest, 4));
        bool tagless = pick(&rest, 2) == 1;

        check_verify(says, from, made, tagless, pick(&rest, 2) == 1);
    }
}

/* A copy that is proven, by what must be done about its tags; the source has `source` of them, the
 * destination `there`. */
static void test_tags(void **state)
{
    static const struct {
        enum tags_need need;
        unsigned source, there;
        enum decide_action action;
    } rows[] = {
            {TAGS_NEED_COUNT, 2, 2, DECIDE_END},
            {TAGS_NEED_COUNT, 2, 0, DECIDE_PUT_TAGS},
            {TAGS_NEED_COUNT, 2, TAGS_UNKNOWN, DECIDE_END},
            {TAGS_NEED_COUNT, TAGS_UNKNOWN, 2, DECIDE_END},
            {TAGS_NEED_PUT, 2, 2, DECIDE_PUT_TAGS},
            {TAGS_NEED_PUT, 2, TAGS_UNKNOWN, DECIDE_PUT_TAGS},
            {TAGS_NEED_PUT, TAGS_UNKNOWN, TAGS_UNKNOWN, DECIDE_PUT_TAGS},
            {TAGS_NEED_LOOK, 2, 2, DECIDE_END},
            {TAGS_NEED_LOOK, 2, 1, DECIDE_PUT_TAGS},
            {TAGS_NEED_LOOK, 2, 3, DECIDE_LOOK_AT_TAGS},
            {TAGS_NEED_LOOK, 2, TAGS_UNKNOWN, DECIDE_LOOK_AT_TAGS},
            {TAGS_NEED_LOOK, TAGS_UNKNOWN, 2, DECIDE_LOOK_AT_TAGS},
            {TAGS_NEED_LOOK, TAGS_UNKNOWN, TAGS_UNKNOWN, DECIDE_LOOK_AT_TAGS},
    };
    struct copy_options options = {.tags = TAGS_BEST_EFFORT};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool put = rows[i].action == DECIDE_PUT_TAGS;
        struct object_info source = object(10, MD5_A, false, rows[i].source);
        struct object_info there = object(10, MD5_A, false, rows[i].there);
        struct decide_facts f = {.options = &options,
                .source = &source,
                .at = DESTINATION_OBJECT,
                .there = &there,
                .server = &plain_server,
                .memory = &no_memory,
                .wanted_tags = rows[i].source,
                .tags = rows[i].need,
                .layout_from = LAYOUT_IN_ONE,
                .made = MADE_BY_COPY,
                .said = MD5_A};
        struct decision before = decide_copy(&f), after = decide_verify(&f), unseen;

        assert_int_equal(before.action, rows[i].action);
        assert_int_equal(before.proof.verified, VERIFIED_ETAG);
        assert_int_equal(before.status, put ? RESULT_COPIED : RESULT_SAME);
        assert_int_equal(after.action, rows[i].action);
        assert_int_equal(after.status, RESULT_COPIED);

        /* The number of a copy that we may not look at is not known. */
        unseen = decide_unreadable(&f);
        assert_int_equal(unseen.action, rows[i].need == TAGS_NEED_PUT    ? DECIDE_PUT_TAGS
                                        : rows[i].need == TAGS_NEED_LOOK ? DECIDE_LOOK_AT_TAGS
                                                                         : DECIDE_END);
        assert_int_equal(unseen.proof.verified, VERIFIED_ETAG);
        assert_int_equal(unseen.notes, NOTE_DESTINATION_UNREADABLE);

        /* A dry run writes nothing, and looks at nothing that the plan does not need. */
        f.dry_run = true;
        assert_int_equal(decide_copy(&f).action, DECIDE_END);
        assert_int_equal(decide_copy(&f).status, RESULT_SAME);
    }
}

/* We may not look: the answer to the copy is all there is. */
static void check_unreadable(enum layout_source from, enum made_by made, const char *said,
        bool encrypted, const char *etag)
{
    struct object_info source = object(10, etag, false, 0);
    struct copy_options options = {.tags = TAGS_BEST_EFFORT};
    struct decide_facts f = {.options = &options,
            .source = &source,
            .server = &plain_server,
            .memory = &no_memory,
            .there = &source,
            .layout_from = from,
            .made = made,
            .said = said,
            .said_kind = etag_kind_of(said, encrypted)};
    struct decision d = decide_unreadable(&f);
    bool plain = etag_is_md5(said) || etag_parts(said) > 0;
    struct err e;

    assert_int_equal(d.notes, NOTE_DESTINATION_UNREADABLE);
    if (made == MADE_BY_LOST_COMPLETE) {
        assert_int_equal(d.action, DECIDE_RESTART);
        assert_int_equal(d.why, WHY_REFUSED);
    } else if (etag[0] && strcmp(said, etag) == 0) {
        assert_int_equal(d.action, DECIDE_END);
        assert_int_equal(d.proof.verified, VERIFIED_ETAG);
    } else if (mirrors(from) && plain && !encrypted && etag[0]) {
        assert_int_equal(d.action, DECIDE_RESTART);
        assert_int_equal(d.why, WHY_ETAG_NOT_THE_SOURCE);
        decide_error(&d, &f, &e);
        assert_non_null(strstr(e.message, said));
    } else {
        assert_int_equal(d.action, DECIDE_END);
        assert_int_equal(d.status, RESULT_COPIED);
        assert_int_equal(d.proof.verified, VERIFIED_NONE);
    }
}

static void test_unreadable(void **state)
{
    static const char *const etags[] = {"", MD5_A, MD5_A "-2", MD5_B "-2", "odd"};
    unsigned i;

    (void)state;
    for (i = 0; i < SOURCES * 4 * 5 * 2 * 4; i++) {
        unsigned rest = i;
        enum layout_source from = sources[pick(&rest, SOURCES)];
        enum made_by made = (enum made_by)(MADE_BY_COPY + pick(&rest, 4));
        const char *said = etags[pick(&rest, 5)];
        bool encrypted = pick(&rest, 2) == 1;

        check_unreadable(from, made, said, encrypted, etags[pick(&rest, 4)]);
    }
}

/* The answer to the write could not be read: only what was not there before, or is proven, is the
 * copy. */
static void test_unread(void **state)
{
    struct object_info source = object(10, MD5_A, false, 0), same = source;
    struct object_info opaque = object(10, MD5_B, true, 0), other = object(11, MD5_B, false, 0);
    struct object_info before = object(10, "before", true, 0), nameless = object(10, "", true, 0);
    const struct {
        enum at_destination at;
        const struct object_info *before, *there; /* there: NULL, nothing */
        enum decide_action action;
        enum decide_why why;
        enum verified verified;
    } rows[] = {
            {DESTINATION_NOTHING, &nameless, &same, DECIDE_END, WHY_NOTHING, VERIFIED_ETAG},
            {DESTINATION_UNREADABLE, &nameless, &same, DECIDE_END, WHY_NOTHING, VERIFIED_ETAG},
            {DESTINATION_OBJECT, &other, &same, DECIDE_END, WHY_NOTHING, VERIFIED_ETAG},
            {DESTINATION_NOTHING, &nameless, &opaque, DECIDE_END, WHY_NOTHING, VERIFIED_SIZE},
            {DESTINATION_OBJECT, &before, &opaque, DECIDE_END, WHY_NOTHING, VERIFIED_SIZE},
            {DESTINATION_OBJECT, &opaque, &opaque, DECIDE_RESTART, WHY_UNREAD, VERIFIED_NONE},
            {DESTINATION_OBJECT, &nameless, &opaque, DECIDE_RESTART, WHY_UNREAD, VERIFIED_NONE},
            {DESTINATION_UNREADABLE, &nameless, &opaque, DECIDE_RESTART, WHY_UNREAD, VERIFIED_NONE},
            {DESTINATION_NEEDS_KEY, &nameless, &opaque, DECIDE_RESTART, WHY_UNREAD, VERIFIED_NONE},
            {DESTINATION_NOTHING, &nameless, &other, DECIDE_RESTART, WHY_UNREAD, VERIFIED_NONE},
            {DESTINATION_NOTHING, &nameless, NULL, DECIDE_RESTART, WHY_UNREAD_NOTHING,
                    VERIFIED_NONE},
    };
    struct copy_options options = {.tags = TAGS_BEST_EFFORT};
    struct copy_options keep = {.tags = TAGS_BEST_EFFORT, .on_different = ON_DIFFERENT_KEEP};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct decide_facts f = {.options = &options,
                .source = &source,
                .at = rows[i].there ? DESTINATION_OBJECT : rows[i].at,
                .at_before = rows[i].at,
                .before = rows[i].before->etag,
                .there = rows[i].there,
                .wrote = WRITE_MAYBE,
                .wanted_tags = TAGS_UNKNOWN,
                .layout_from = LAYOUT_IN_ONE,
                .made = MADE_BY_UNREAD_COPY,
                .said = ""};
        struct decision d = rows[i].there ? decide_verify(&f) : decide_missing(&f);
        enum decide_action action = rows[i].action;

        if (d.action != rows[i].action || d.why != rows[i].why ||
                d.proof.verified != rows[i].verified)
            fail_msg("row %zu: action %d, why %d, verified %d", i, d.action, d.why,
                    d.proof.verified);
        /* The parts of an upload are there: Complete is sent again, and then no more. */
        f.made = MADE_BY_UNREAD_COMPLETE;
        d = rows[i].there ? decide_verify(&f) : decide_missing(&f);
        assert_int_equal(d.action, action == DECIDE_RESTART ? DECIDE_COMPLETE : action);
        f.completes = DECIDE_COMPLETES_MOST;
        d = rows[i].there ? decide_verify(&f) : decide_missing(&f);
        assert_int_equal(d.action, action == DECIDE_RESTART ? DECIDE_FAIL : action);
        assert_int_equal(d.why, rows[i].why);
        if (!rows[i].there)
            continue;
        d = decide_unreadable(&f);
        assert_int_equal(d.action, DECIDE_FAIL);
        assert_int_equal(d.why, WHY_UNREAD_UNSEEN);
        /* The object there is not to be overwritten: no Complete does any good. */
        f.options = &keep;
        f.completes = 0;
        assert_int_equal(decide_verify(&f).action, action);
        assert_int_equal(decide_missing(&f).action, DECIDE_COMPLETE);
    }
}

/* A copy whose answer was read, and nothing is there: HeadObject's own error is reported. */
static void test_missing(void **state)
{
    struct decide_facts f = {.made = MADE_BY_COPY};
    struct decision d = decide_missing(&f);

    (void)state;
    assert_int_equal(d.action, DECIDE_RESTART);
    assert_int_equal(d.why, WHY_REFUSED);
}

static void test_proven(void **state)
{
    struct object_info source = object(10, MD5_A, false, 0), nameless = object(10, "", false, 0);
    struct decide_facts f = {.source = &source, .wanted_tags = TAGS_UNKNOWN, .said = MD5_A};

    (void)state;
    assert_true(decide_is_proven(&f));
    f.wanted_tags = 2; /* the answer does not show that they came along */
    assert_false(decide_is_proven(&f));
    f.wanted_tags = TAGS_UNKNOWN;
    f.tags = TAGS_NEED_PUT; /* nor that they are there, where it was not given them */
    assert_false(decide_is_proven(&f));
    f.tags = TAGS_NEED_LOOK;
    assert_false(decide_is_proven(&f));
    f.tags = TAGS_NEED_COUNT;
    f.said = MD5_B;
    assert_false(decide_is_proven(&f));
    f.said = "";
    f.source = &nameless; /* no ETag is not the same ETag */
    assert_false(decide_is_proven(&f));
}

/* Each reason has its words, and the codes that reports are searched for. */
static void test_words(void **state)
{
    struct object_info source = object(10, MD5_A, false, 0), there = object(12, MD5_B, false, 0);
    struct err unread;
    struct decide_facts f = {.source = &source, .there = &there, .said = "said", .unread = &unread};
    static const struct {
        enum decide_why why;
        const char *code, *words;
    } rows[] = {
            {WHY_DIFFERENT, "DestinationDiffers", "(12 bytes, ETag " MD5_B ")"},
            {WHY_DIFFERENT_KEY, "DestinationDiffers", "encrypted with a customer's key?"},
            {WHY_DIFFERENT_UNSEEN, "DestinationDiffers", "which we may not look at"},
            {WHY_UNPROVEN, "Unproven", "cannot be compared with the"},
            {WHY_UNPROVEN, "Unproven", "onUnproven"},
            {WHY_ARCHIVED, "InvalidObjectState", "the source is archived (GLACIER)"},
            {WHY_NOT_THE_SOURCE, "VerifyError", "12 bytes with ETag " MD5_B},
            {WHY_ETAG_NOT_THE_SOURCE, "VerifyError", "the copy's ETag is said"},
            {WHY_LOST, "VerifyError", "the upload is gone"},
            {WHY_UNREAD, "ProtocolError",
                    "no XML, and what is at the destination (12 bytes, ETag " MD5_B
                    ") is not the copy"},
            {WHY_UNREAD_NOTHING, "ProtocolError", "no XML, and nothing is at the destination"},
            {WHY_UNREAD_UNSEEN, "ProtocolError", "no XML, and we may not look at the destination"},
    };
    struct err e;
    size_t i;

    (void)state;
    err_set(&unread, ERR_PROTOCOL, "no XML");
    strcpy(source.storage_class, "GLACIER");
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct decision d = {.why = rows[i].why};

        decide_error(&d, &f, &e);
        assert_string_equal(err_report_code(&e), rows[i].code);
        assert_non_null(strstr(e.message, rows[i].words));
    }
}

/* --- the ledger, and writes whose answers were lost --- */

/* A copy of the source under an ETag of its own, as the destination has it. */
struct unproven {
    struct object_info source, there;
    struct copy_options options;
    struct server_facts server;
    struct decide_memory memory;
    struct ledger_entry ledger;
    struct decide_facts f;
};

static void unproven_init(struct unproven *u)
{
    memset(u, 0, sizeof *u);
    u->source = object(10, MD5_A, false, 0);
    u->there = object(10, MD5_B, true, 0);
    u->ledger.size = 10;
    u->ledger.verified = VERIFIED_CHECKSUM;
    strcpy(u->ledger.etag, MD5_A);
    strcpy(u->ledger.written.etag, MD5_B);
    u->f = (struct decide_facts){.options = &u->options,
            .source = &u->source,
            .there = &u->there,
            .at = DESTINATION_OBJECT,
            .server = &u->server,
            .memory = &u->memory,
            .wanted_tags = TAGS_UNKNOWN,
            .said = ""};
}

static void assert_by_ledger(const struct unproven *u, enum verified verified)
{
    struct decision d = decide_copy(&u->f);

    assert_true(decide_needs_ledger(&u->f));
    assert_int_equal(d.action, DECIDE_END);
    assert_int_equal(d.status, RESULT_SAME);
    assert_int_equal(d.proof.by, BY_LEDGER);
    assert_int_equal(d.proof.verified, verified);
}

static void test_ledger(void **state)
{
    struct unproven u;
    int i;

    (void)state;
    for (i = 0; i < 3; i++) { /* whatever the job does about what is different */
        unproven_init(&u);
        u.options.on_different = (enum on_different)i;
        u.f.ledger = &u.ledger;
        assert_by_ledger(&u, VERIFIED_CHECKSUM);
        u.ledger.verified =
                VERIFIED_NONE; /* it could not be looked at then; now its size is known */
        assert_by_ledger(&u, VERIFIED_SIZE);
        /* ETags that look like MD5s and are none: the ledger knows. */
        u.there = object(10, MD5_B, false, 0);
        assert_by_ledger(&u, VERIFIED_SIZE);
        u.f.ledger = NULL;
        assert_int_not_equal(decide_copy(&u.f).proof.by, BY_LEDGER);
    }
}

/* Where a checksum says that it is something else, the ledger is not asked. */
static void test_ledger_is_not_needed(void **state)
{
    struct unproven u;

    (void)state;
    unproven_init(&u);
    u.f.ledger = &u.ledger;
    checksums_add(&u.source.checksums, CHECKSUM_SHA256, "x");
    checksums_add(&u.there.checksums, CHECKSUM_SHA256, "y");
    assert_false(decide_needs_ledger(&u.f));
    assert_int_equal(decide_copy(&u.f).action, DECIDE_SINGLE);
    u.there.checksums = u.source.checksums;
    assert_false(decide_needs_ledger(&u.f));
    unproven_init(&u);
    u.there.size = 11;
    assert_false(decide_needs_ledger(&u.f));
    u.f.at = DESTINATION_NOTHING;
    assert_false(decide_needs_ledger(&u.f));
}

static enum decide_action lost_write(struct unproven *u)
{
    struct decision d = decide_copy(&u->f);

    if (d.action == DECIDE_END) {
        assert_int_equal(d.status, RESULT_COPIED);
        assert_int_equal(d.proof.verified, VERIFIED_SIZE);
        assert_int_equal(d.proof.by, BY_NOTHING);
    }
    return d.action;
}

/* The answer to our write was lost: what is there now and was not there before is ours. */
static void test_lost_write(void **state)
{
    struct unproven u;
    int i;

    (void)state;
    for (i = 0; i < 3; i++) {
        enum decide_action otherwise = i == ON_DIFFERENT_FAIL ? DECIDE_FAIL : DECIDE_SINGLE;

        if (i == ON_DIFFERENT_KEEP)
            continue; /* what is kept ends too */
        unproven_init(&u);
        u.options.on_different = (enum on_different)i;
        u.f.wrote = WRITE_MAYBE;
        strcpy(u.memory.source, MD5_A);
        u.memory.at = DESTINATION_NOTHING;
        assert_int_equal(lost_write(&u), DECIDE_END);
        u.memory.at = DESTINATION_OBJECT; /* another one */
        strcpy(u.memory.there, "another");
        assert_int_equal(lost_write(&u), DECIDE_END);
        strcpy(u.memory.there, MD5_B); /* it was there before */
        assert_int_equal(lost_write(&u), otherwise);
        u.memory.at = DESTINATION_UNREADABLE;
        assert_int_equal(lost_write(&u), otherwise);
        u.memory.at = DESTINATION_NOTHING;
        strcpy(u.memory.source, MD5_B); /* the source was another one then */
        assert_int_equal(lost_write(&u), otherwise);
        strcpy(u.memory.source, MD5_A);
        u.f.wrote = WRITE_NONE; /* somebody else's */
        assert_int_equal(lost_write(&u), otherwise);
    }
}

/* --- what parts are worth --- */

static void test_parts_prove(void **state)
{
    struct object_info source = object(10, MD5_A "-2", false, 0);
    struct server_facts server = {0};
    struct decide_memory memory = {0};
    struct decide_facts f = {.source = &source, .server = &server, .memory = &memory};

    (void)state;
    assert_true(decide_parts_prove(&f));
    server_facts_add(&server, TRAIT_ENCRYPTS);
    assert_false(decide_parts_prove(&f));
    server.traits = 0;
    server_facts_add(&server, TRAIT_ETAG_NOT_MD5);
    assert_true(decide_parts_prove(&f)); /* the marker alone does not deny it */
    server_facts_take_copy(&server, false);
    assert_false(decide_parts_prove(&f));
    server_facts_take_copy(&server, true); /* the last word */
    server_facts_take_copy(&server, false);
    assert_true(decide_parts_prove(&f));
    server.copies = COPIES_SHOW_NOTHING;
    server.traits = 0;
    memory.vain_mirrors = 1; /* its parts were copied, and do not make its ETag */
    assert_false(decide_parts_prove(&f));
    memory.vain_mirrors = 0;
    source.etag_kind = ETAG_KIND_OPAQUE;
    assert_false(decide_parts_prove(&f));
    checksums_add(&source.checksums, CHECKSUM_CRC32, "abc=");
    source.checksum_type = CHECKSUMS_OF_OBJECT;
    assert_false(decide_parts_prove(&f));
    source.checksum_type = CHECKSUMS_OF_PARTS;
    assert_true(decide_parts_prove(&f));
}

/* A source of parts that prove nothing is copied in one piece, if it is small enough. */
static void test_no_needless_mirror(void **state)
{
    struct unproven u;

    (void)state;
    unproven_init(&u);
    u.f.at = DESTINATION_NOTHING;
    u.source = object(10, MD5_A "-2", false, 0);
    assert_int_equal(decide_copy(&u.f).action, DECIDE_PARTS);
    server_facts_add(&u.server, TRAIT_ENCRYPTS);
    assert_int_equal(decide_copy(&u.f).action, DECIDE_SINGLE);
    u.source.size = LAYOUT_COPY_MOST + 1;
    assert_int_equal(decide_copy(&u.f).action, DECIDE_PARTS);
    u.server.traits = 0;
    u.source = object(10, MD5_A "-2", true, 0);
    assert_int_equal(decide_copy(&u.f).action, DECIDE_SINGLE);
}

/* --- ETags that are no MD5s --- */

static void test_no_md5(void **state)
{
    struct decision d;
    struct unproven u;

    (void)state;
    unproven_init(&u);
    u.there = object(10, MD5_B, false, 0);
    u.f.wrote = WRITE_DONE;
    u.f.made = MADE_BY_COPY;
    u.f.layout_from = LAYOUT_IN_ONE;
    u.f.said = MD5_B;
    d = decide_verify(&u.f);
    assert_int_equal(d.action, DECIDE_RESTART);
    assert_int_equal(d.traits, 0);
    strcpy(u.memory.made, MD5_B); /* twice the same: it may be something else */
    assert_int_equal(decide_verify(&u.f).action, DECIDE_RESTART);
    strcpy(u.memory.made, "cccccccccccccccccccccccccccccccc");
    d = decide_verify(&u.f); /* twice another: the next copy is judged otherwise */
    assert_int_equal(d.action, DECIDE_RESTART);
    assert_int_equal(d.traits, 1 << TRAIT_ETAG_NOT_MD5);
    assert_false(decide_needs_recheck(&u.f));
    u.f.said = "dddddddddddddddddddddddddddddddd"; /* what is there is not what we made */
    assert_int_equal(decide_verify(&u.f).traits, 0);
    /* Once it is known of the server. */
    u.memory.made[0] = '\0';
    server_facts_add(&u.server, TRAIT_ETAG_NOT_MD5);
    assert_int_equal(decide_verify(&u.f).action, DECIDE_RESTART);
    u.f.rechecked = true;
    d = decide_verify(&u.f);
    assert_int_equal(d.action, DECIDE_END);
    assert_int_equal(d.proof.verified, VERIFIED_SIZE);
    assert_int_equal(d.notes, NOTE_ETAG_NOT_MD5);
    assert_true(decide_needs_recheck(&u.f));
    d = decide_unreadable(&u.f);
    assert_int_equal(d.action, DECIDE_END);
    /* Where keys of KMS are why, an ETag of an object that is not encrypted so is an MD5. */
    server_facts_add(&u.server, TRAIT_ENCRYPTS);
    assert_int_equal(decide_verify(&u.f).action, DECIDE_RESTART);
    assert_false(decide_needs_recheck(&u.f));
}

/* --- what listings have shown --- */

/* Whether it is enough for the decision that it leads to. */
static void test_seen(void **state)
{
    enum { HEAD = SEEN_BY_HEAD, LIST = SEEN_BY_LISTING, OLD = SEEN_BY_OLD_LISTING };
    enum { NOTHING = DESTINATION_NOTHING, OBJECT = DESTINATION_OBJECT };
    static const struct {
        const char *name;
        int source_by, there_by, at;
        uint64_t size;
        const char *source, *there;
        enum tags_mode tags;
        bool dry_run, seen;
    } rows[] = {
            {"HEADs", HEAD, HEAD, OBJECT, 10, MD5_A, MD5_B, TAGS_REQUIRE, false, true},
            {"a plain copy", LIST, LIST, NOTHING, 10, MD5_A, "", TAGS_BEST_EFFORT, false, true},
            {"of some time ago", OLD, OLD, NOTHING, 10, MD5_A, "", TAGS_BEST_EFFORT, false, true},
            {"to where HEAD found nothing", LIST, HEAD, NOTHING, 10, MD5_A, "", TAGS_NONE, false,
                    true},
            {"to where we may not look", LIST, HEAD, DESTINATION_UNREADABLE, 10, MD5_A, "",
                    TAGS_NONE, false, true},
            {"empty", LIST, LIST, NOTHING, 0, MD5_A, "", TAGS_BEST_EFFORT, false, false},
            {"empty, by HEAD", HEAD, LIST, NOTHING, 0, MD5_A, "", TAGS_BEST_EFFORT, false, true},
            {"with tags", LIST, LIST, NOTHING, 10, MD5_A, "", TAGS_REQUIRE, false, false},
            {"with tags, by HEAD", HEAD, OLD, NOTHING, 10, MD5_A, "", TAGS_REQUIRE, false, true},
            {"of parts", LIST, LIST, NOTHING, 10, MD5_A "-2", "", TAGS_NONE, false, false},
            {"of parts, by HEAD", HEAD, LIST, NOTHING, 10, MD5_A "-2", "", TAGS_NONE, false, true},
            {"too large", LIST, LIST, NOTHING, ((uint64_t)5 << 30) + 1, MD5_A, "", TAGS_NONE, false,
                    false},
            {"the same", LIST, LIST, OBJECT, 10, MD5_A, MD5_A, TAGS_BEST_EFFORT, false, true},
            {"the same parts", LIST, LIST, OBJECT, 10, MD5_A "-2", MD5_A "-2", TAGS_NONE, false,
                    true},
            {"the same, empty", LIST, LIST, OBJECT, 0, MD5_A, MD5_A, TAGS_NONE, false, true},
            {"the same some time ago", OLD, OLD, OBJECT, 10, MD5_A, MD5_A, TAGS_NONE, false, false},
            {"the same, one side old", HEAD, OLD, OBJECT, 10, MD5_A, MD5_A, TAGS_NONE, false,
                    false},
            {"the same, one side by HEAD", HEAD, LIST, OBJECT, 10, MD5_A, MD5_A, TAGS_NONE, false,
                    true},
            {"the same, and its tags are required", LIST, LIST, OBJECT, 10, MD5_A, MD5_A,
                    TAGS_REQUIRE, false, false},
            {"something else", LIST, LIST, OBJECT, 10, MD5_A, MD5_B, TAGS_NONE, false, false},
            {"something else, by HEAD", LIST, HEAD, OBJECT, 10, MD5_A, MD5_B, TAGS_NONE, false,
                    false},
            {"something else for a HEAD", HEAD, LIST, OBJECT, 10, MD5_A, MD5_B, TAGS_NONE, false,
                    false},
            {"dry", LIST, LIST, NOTHING, 0, MD5_A "-2", "", TAGS_NONE, true, true},
            {"dry, the same", LIST, LIST, OBJECT, 10, MD5_A, MD5_A, TAGS_NONE, true, true},
            {"dry, something else", LIST, LIST, OBJECT, 10, MD5_A, MD5_B, TAGS_NONE, true, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct object_info source = object(rows[i].size, rows[i].source, false, TAGS_UNKNOWN);
        struct object_info there = object(rows[i].size, rows[i].there, false, TAGS_UNKNOWN);
        struct copy_options options = {.tags = rows[i].tags};
        struct decide_facts f = {.options = &options,
                .source = &source,
                .there = &there,
                .server = &plain_server,
                .memory = &no_memory,
                .at = (enum at_destination)rows[i].at,
                .source_by = (enum decide_seen)rows[i].source_by,
                .there_by = (enum decide_seen)rows[i].there_by,
                .wanted_tags = TAGS_UNKNOWN,
                .tags = rows[i].tags == TAGS_REQUIRE ? TAGS_NEED_LOOK : TAGS_NEED_COUNT,
                .dry_run = rows[i].dry_run,
                .said = ""};
        struct decision d = decide_copy(&f);

        if (decide_is_seen(&f, &d) != rows[i].seen)
            fail_msg("%s", rows[i].name);
    }
}

/* CopyObject is given all metadata where it is given some, and only HEAD shows the source's. */
static void test_seen_metadata(void **state)
{
    struct object_info source = object(10, MD5_A, false, TAGS_UNKNOWN);
    struct object_info there = object(10, "", false, TAGS_UNKNOWN);
    struct copy_options options = {.object[OBJECT_METADATA] = (char *)(uintptr_t) "{}"};
    struct decide_facts f = {.options = &options,
            .source = &source,
            .there = &there,
            .server = &plain_server,
            .memory = &no_memory,
            .at = DESTINATION_NOTHING,
            .source_by = SEEN_BY_LISTING,
            .there_by = SEEN_BY_LISTING,
            .wanted_tags = TAGS_UNKNOWN,
            .said = ""};
    struct decision d = decide_copy(&f);

    (void)state;
    assert_int_equal(d.action, DECIDE_SINGLE);
    assert_false(decide_is_seen(&f, &d));
    f.source_by = SEEN_BY_HEAD;
    assert_true(decide_is_seen(&f, &d));
    f.source_by = SEEN_BY_LISTING;
    options.object[OBJECT_METADATA_MODE] = (char *)(uintptr_t) "keep";
    assert_true(decide_is_seen(&f, &d));
}

/* An archived source needs a HEAD where the listing does not tell whether it was restored, or is
 * too old to be told as an error, or something lies at the destination. */
static void test_seen_archive(void **state)
{
    static const struct {
        enum archive archive;
        enum decide_seen source_by;
        enum at_destination at;
        enum decide_action action;
        bool seen;
        bool thaws;
    } rows[] = {
            {ARCHIVE_UNSURE, SEEN_BY_LISTING, DESTINATION_NOTHING, DECIDE_RESTORE, false, true},
            {ARCHIVE_STORED, SEEN_BY_LISTING, DESTINATION_NOTHING, DECIDE_RESTORE, true, true},
            {ARCHIVE_STORED, SEEN_BY_OLD_LISTING, DESTINATION_NOTHING, DECIDE_RESTORE, false, true},
            {ARCHIVE_RESTORING, SEEN_BY_LISTING, DESTINATION_NOTHING, DECIDE_PUT_ASIDE, true, true},
            {ARCHIVE_RESTORING, SEEN_BY_OLD_LISTING, DESTINATION_NOTHING, DECIDE_PUT_ASIDE, false,
                    true},
            {ARCHIVE_STORED, SEEN_BY_LISTING, DESTINATION_OBJECT, DECIDE_RESTORE, false, true},
            {ARCHIVE_UNSURE, SEEN_BY_LISTING, DESTINATION_NOTHING, DECIDE_FAIL, false, false},
            {ARCHIVE_STORED, SEEN_BY_LISTING, DESTINATION_NOTHING, DECIDE_FAIL, true, false},
            {ARCHIVE_RESTORING, SEEN_BY_LISTING, DESTINATION_NOTHING, DECIDE_FAIL, true, false},
            {ARCHIVE_RESTORED, SEEN_BY_LISTING, DESTINATION_NOTHING, DECIDE_SINGLE, true, false},
            {ARCHIVE_STORED, SEEN_BY_OLD_LISTING, DESTINATION_NOTHING, DECIDE_FAIL, false, false},
            {ARCHIVE_RESTORED, SEEN_BY_OLD_LISTING, DESTINATION_NOTHING, DECIDE_SINGLE, true,
                    false},
            {ARCHIVE_STORED, SEEN_BY_LISTING, DESTINATION_OBJECT, DECIDE_FAIL, false, false},
            {ARCHIVE_STORED, SEEN_BY_HEAD, DESTINATION_NOTHING, DECIDE_FAIL, true, false},
    };
    struct object_info there = object(11, MD5_B, false, TAGS_UNKNOWN);
    size_t i;

    struct object_info source = object(10, MD5_A, false, TAGS_UNKNOWN);
    struct copy_options options = {.tags = TAGS_NONE};
    struct decide_facts f = {.options = &options,
            .source = &source,
            .server = &plain_server,
            .memory = &no_memory,
            .at = DESTINATION_NOTHING,
            .source_by = SEEN_BY_LISTING,
            .there_by = SEEN_BY_LISTING,
            .wanted_tags = TAGS_UNKNOWN,
            .said = ""};

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct decision d;

        source.archive = rows[i].archive;
        f.thaw = rows[i].thaws ? THAW_RESTORES : THAW_FAILS;
        f.source_by = rows[i].source_by;
        f.at = rows[i].at;
        f.there = rows[i].at == DESTINATION_OBJECT ? &there : NULL;
        d = decide_copy(&f);
        assert_int_equal(d.action, rows[i].action);
        if (decide_is_seen(&f, &d) != rows[i].seen)
            fail_msg("row %zu", i);
    }
}

/* A dry run says of an archived source that it would be restored, where that was not asked for yet.
 */
static void test_to_be_restored(void **state)
{
    static const struct {
        enum archive archive;
        bool dry_run, noted;
    } rows[] = {
            {ARCHIVE_STORED, true, true},
            {ARCHIVE_UNSURE, true, true},
            {ARCHIVE_RESTORING, true, false},
            {ARCHIVE_RESTORED, true, false},
            {ARCHIVE_NOT, true, false},
            {ARCHIVE_RESTORED, false, false},
            {ARCHIVE_STORED, false, false},
    };
    struct object_info source = object(10, MD5_A, false, TAGS_UNKNOWN);
    struct copy_options options = {.tags = TAGS_NONE};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct decide_facts f = {.options = &options,
                .source = &source,
                .server = &plain_server,
                .memory = &no_memory,
                .at = DESTINATION_NOTHING,
                .source_by = SEEN_BY_HEAD,
                .there_by = SEEN_BY_HEAD,
                .wanted_tags = TAGS_UNKNOWN,
                .thaw = THAW_RESTORES,
                .dry_run = rows[i].dry_run,
                .said = ""};

        source.archive = rows[i].archive;
        assert_int_equal((decide_copy(&f).notes & NOTE_TO_BE_RESTORED) != 0, rows[i].noted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_copy),
            cmocka_unit_test(test_precondition),
            cmocka_unit_test(test_verify),
            cmocka_unit_test(test_tags),
            cmocka_unit_test(test_unreadable),
            cmocka_unit_test(test_unread),
            cmocka_unit_test(test_missing),
            cmocka_unit_test(test_proven),
            cmocka_unit_test(test_words),
            cmocka_unit_test(test_ledger),
            cmocka_unit_test(test_ledger_is_not_needed),
            cmocka_unit_test(test_lost_write),
            cmocka_unit_test(test_parts_prove),
            cmocka_unit_test(test_no_needless_mirror),
            cmocka_unit_test(test_no_md5),
            cmocka_unit_test(test_seen),
            cmocka_unit_test(test_seen_metadata),
            cmocka_unit_test(test_seen_archive),
            cmocka_unit_test(test_to_be_restored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
