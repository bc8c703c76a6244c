#include "copy/decide.h"

#include <stdio.h>
#include <string.h>

#include "copy/way/way.h"

static struct decision end(enum result_status status, struct proof proof)
{
    return (struct decision){.action = DECIDE_END, .status = status, .proof = proof};
}

static struct decision end_unproven(enum result_status status)
{
    return end(status, (struct proof){VERIFIED_NONE, BY_NOTHING});
}

static struct decision because(enum decide_action action, enum decide_why why)
{
    return (struct decision){.action = action, .status = RESULT_FAILED, .why = why};
}

static struct decision put_tags(struct proof by)
{
    return (struct decision){.action = DECIDE_PUT_TAGS, .status = RESULT_COPIED, .proof = by};
}

static struct decision look_at_tags(enum result_status status, struct proof by)
{
    return (struct decision){.action = DECIDE_LOOK_AT_TAGS, .status = status, .proof = by};
}

/* Ceph RGW 16 drops the tags that Create was given. */
static bool lacks_tags(const struct decide_facts *f)
{
    return f->wanted_tags != TAGS_UNKNOWN && f->there->tags != TAGS_UNKNOWN &&
           f->there->tags != f->wanted_tags;
}

/* Tags are required. S3 gives no number where there are none, and to those who may not read them.
 * More than the source has may be the destination's own. */
static struct decision by_required_tags(
        const struct decide_facts *f, enum result_status status, struct proof by)
{
    unsigned wanted = f->options->tags == TAGS_SET ? TAGS_UNKNOWN : f->source->tags;
    unsigned there = f->there->tags;

    if (wanted == TAGS_UNKNOWN || there == TAGS_UNKNOWN || there > wanted)
        return look_at_tags(status, by);
    return there < wanted ? put_tags(by) : end(status, by);
}

/* It is there, and its bytes are the source's. */
static struct decision proven(
        const struct decide_facts *f, enum result_status status, struct proof by)
{
    if (f->tags == TAGS_NEED_PUT)
        return put_tags(by);
    if (f->tags == TAGS_NEED_LOOK)
        return by_required_tags(f, status, by);
    return lacks_tags(f) ? put_tags(by) : end(status, by);
}

bool decide_only_if_absent(const struct decide_facts *f)
{
    /* An object that we wrote ourselves is ours to write over. */
    return f->options->on_different != ON_DIFFERENT_OVERWRITE && f->wrote != WRITE_DONE;
}

/* Something else is at the destination, and is not to be overwritten. */
static struct decision leave_it(const struct decide_facts *f)
{
    if (f->options->on_different == ON_DIFFERENT_KEEP)
        return end_unproven(RESULT_KEPT);
    switch (f->at) {
    case DESTINATION_NEEDS_KEY:
        return because(DECIDE_FAIL, WHY_DIFFERENT_KEY);
    case DESTINATION_OBJECT:
        return because(DECIDE_FAIL, WHY_DIFFERENT);
    case DESTINATION_NOTHING:
    case DESTINATION_UNREADABLE:
        break;
    }
    return because(DECIDE_FAIL, WHY_DIFFERENT_UNSEEN);
}

/* --- comparing --- */

/* Whether the object that is there is what our write made whose answer was lost: before it there
 * was nothing, or another object, and the source is what it was. */
static bool is_our_lost_write(const struct decide_facts *f)
{
    const struct decide_memory *m = f->memory;

    if (f->wrote != WRITE_MAYBE || !f->there->etag[0] || !etag_same(m->source, f->source->etag))
        return false;
    return m->at == DESTINATION_NOTHING ||
           (m->at == DESTINATION_OBJECT && !etag_same(m->there, f->there->etag));
}

/* ETags that are no MD5s differ whatever the bytes are. */
static enum verdict compare(
        const struct decide_facts *f, bool mirrored, struct proof *by, unsigned *notes)
{
    enum verdict verdict = verify_compare(f->source, f->there, mirrored, by);

    if (verdict != VERDICT_DIFFERENT || by->by != BY_ETAG || !server_facts_etags_differ(f->server))
        return verdict;
    *by = (struct proof){VERIFIED_SIZE, BY_NOTHING};
    *notes |= NOTE_ETAG_NOT_MD5;
    return VERDICT_UNKNOWN;
}

/* Before the copy. A checksum that differs is the last word; an ETag may be no MD5, and the ledger
 * knows it. */
static enum verdict compare_with_ledger(
        const struct decide_facts *f, struct proof *by, unsigned *notes)
{
    enum verdict verdict = compare(f, false, by, notes);

    if (verdict == VERDICT_SAME || by->verified == VERIFIED_CHECKSUM)
        return verdict;
    if (ledger_proves(f->ledger, f->source, f->there, f->there_version, by))
        return VERDICT_SAME;
    return verdict == VERDICT_UNKNOWN && is_our_lost_write(f) ? VERDICT_SAME : verdict;
}

bool decide_needs_ledger(const struct decide_facts *f)
{
    unsigned notes = 0;
    struct proof by;

    return f->at == DESTINATION_OBJECT && f->source->size == f->there->size &&
           compare(f, false, &by, &notes) != VERDICT_SAME && by.verified != VERIFIED_CHECKSUM;
}

/* --- before the copy --- */

static bool is_archived(const struct object_info *source)
{
    return source->archive != ARCHIVE_NOT && source->archive != ARCHIVE_RESTORED;
}

static struct decision begin(const struct decide_facts *f)
{
    bool in_one = copy_way_of(f) == WAY_IN_ONE;
    struct decision d;

    if (is_archived(f->source) && f->thaw == THAW_FAILS)
        return because(DECIDE_FAIL, WHY_ARCHIVED);
    if (!f->dry_run && is_archived(f->source))
        return because(f->source->archive == ARCHIVE_RESTORING ? DECIDE_PUT_ASIDE : DECIDE_RESTORE,
                WHY_NOTHING);
    d = f->dry_run ? end_unproven(RESULT_PENDING)
                   : because(in_one ? DECIDE_SINGLE : DECIDE_PARTS, WHY_NOTHING);
    d.notes = copy_way_notes(f);
    if (is_archived(f->source) && f->source->archive != ARCHIVE_RESTORING)
        d.notes |= NOTE_TO_BE_RESTORED; /* of a dry run */
    return d;
}

/* Whether the ETags, and before the copy the ledger, leave it open whether both sides are the same,
 * and S3 was not yet asked for checksums, which may tell. */
static bool is_open(const struct decide_facts *f)
{
    bool made = f->made != MADE_BY_NOTHING;
    unsigned notes = 0;
    struct proof by;

    if (f->sums == SUMS_KNOWN || f->at != DESTINATION_OBJECT ||
            compare(f, made && layout_source_mirrors(f->layout_from), &by, &notes) !=
                    VERDICT_UNKNOWN)
        return false;
    return made || !ledger_proves(f->ledger, f->source, f->there, f->there_version, &by);
}

/* Whether it depends on the source's checksums if its parts are worth mirroring. */
static bool parts_may_prove(const struct decide_facts *f)
{
    return f->made == MADE_BY_NOTHING && !f->dry_run && f->source_sums == SUMS_TO_ASK &&
           etag_parts(f->source->etag) > 0 && !decide_parts_prove(f);
}

/* Whether the object is to be copied, as far as is known. */
static bool goes_on(const struct decide_facts *f)
{
    struct decision d = decide_copy(f);

    return d.action == DECIDE_SINGLE || d.action == DECIDE_PARTS ||
           (d.action == DECIDE_END && d.status == RESULT_PENDING);
}

bool decide_needs_sums(const struct decide_facts *f)
{
    return is_open(f) || parts_may_prove(f) || (copy_way_needs_sums(f) && goes_on(f));
}

/* An object of the right size is at the destination, and may be the source's copy or not. */
static struct decision decide_unproven(const struct decide_facts *f)
{
    struct decision kept = end_unproven(RESULT_KEPT);

    kept.notes = NOTE_UNPROVEN;
    if (f->wrote == WRITE_DONE) /* it is ours to write over */
        return begin(f);
    switch (f->options->on_different) {
    case ON_DIFFERENT_KEEP:
        return kept;
    case ON_DIFFERENT_FAIL:
        return because(DECIDE_FAIL, WHY_UNPROVEN);
    case ON_DIFFERENT_OVERWRITE:
        break;
    }
    return f->options->on_unproven == ON_UNPROVEN_SKIP ? kept : begin(f);
}

static struct decision already_there(const struct decide_facts *f, struct proof by, unsigned notes)
{
    enum result_status same = f->wrote == WRITE_NONE ? RESULT_SAME : RESULT_COPIED;
    struct decision d;

    d = f->dry_run ? end(same, by) : proven(f, same, by);
    d.notes = by.verified == VERIFIED_SIZE ? notes : 0;
    return d;
}

struct decision decide_copy(const struct decide_facts *f)
{
    unsigned notes = 0;
    struct proof by;

    if (f->at == DESTINATION_OBJECT) {
        switch (compare_with_ledger(f, &by, &notes)) {
        case VERDICT_SAME:
            return already_there(f, by, notes);
        case VERDICT_UNKNOWN:
            return decide_unproven(f);
        case VERDICT_DIFFERENT:
            break;
        }
    }
    if ((f->at == DESTINATION_OBJECT || f->at == DESTINATION_NEEDS_KEY) && decide_only_if_absent(f))
        return leave_it(f);
    return begin(f);
}

/* HEAD alone shows what Object Lock holds. */
static bool wants_lock(const struct copy_options *options)
{
    const char *mode = options->object[OBJECT_OBJECT_LOCK];

    return mode && strcmp(mode, "none") != 0;
}

/* Whether CopyObject of a source of which only a listing told makes a whole copy. An empty object
 * may be a website's redirect, which CopyObject leaves behind. Metadata is added to what HEAD
 * shows.
 */
static bool is_plain_copy(const struct decide_facts *f)
{
    return f->source->size > 0 && etag_parts(f->source->etag) == 0 &&
           f->options->tags != TAGS_REQUIRE && !wants_lock(f->options) &&
           copy_options_keep_metadata(f->options);
}

/* HEAD alone tells whether the source's server has annotations. */
static bool requires_annotations(const struct copy_options *options)
{
    const char *mode = options->object[OBJECT_ANNOTATIONS];

    return mode && strcmp(mode, "require") == 0;
}

bool decide_is_seen(const struct decide_facts *f, const struct decision *d)
{
    bool source = f->source_by == SEEN_BY_HEAD;
    bool there = f->there_by == SEEN_BY_HEAD || f->at != DESTINATION_OBJECT;

    if (source && there)
        return true;
    if (d->action == DECIDE_END && d->status == RESULT_SAME)
        return f->source_by != SEEN_BY_OLD_LISTING && f->there_by != SEEN_BY_OLD_LISTING &&
               !requires_annotations(f->options);
    if (f->at == DESTINATION_OBJECT)
        return false;
    if (d->action == DECIDE_RESTORE || d->action == DECIDE_PUT_ASIDE ||
            (d->action == DECIDE_FAIL && d->why == WHY_ARCHIVED))
        return f->source_by != SEEN_BY_OLD_LISTING && f->source->archive != ARCHIVE_UNSURE;
    return d->action == DECIDE_SINGLE ? is_plain_copy(f)
                                      : d->action == DECIDE_END && d->status == RESULT_PENDING;
}

struct decision decide_precondition(const struct decide_facts *f, unsigned restarts)
{
    /* We may not look, have looked at the source again, and are refused again: it is the
     * destination. */
    if (decide_only_if_absent(f) && restarts > 0 && f->at == DESTINATION_UNREADABLE)
        return leave_it(f);
    return because(DECIDE_RESTART, WHY_REFUSED);
}

/* --- of a copy that was made --- */

static bool said_is_the_source(const struct decide_facts *f)
{
    return etag_same(f->said, f->source->etag);
}

bool decide_is_proven(const struct decide_facts *f)
{
    /* With tags to look after, HEAD must show that they came along. */
    return f->tags == TAGS_NEED_COUNT && f->wanted_tags == TAGS_UNKNOWN && said_is_the_source(f);
}

bool decide_verifies_by_sums(const struct decide_facts *f)
{
    return f->said[0] && !said_is_the_source(f);
}

static bool is_what_we_made(const struct decide_facts *f)
{
    return etag_same(f->said, f->there->etag);
}

/* Two copies of one source have different ETags, and neither is the source's: so they are no MD5s
 * of the bytes. */
static bool shows_no_md5(const struct decide_facts *f)
{
    return f->memory->made[0] && f->said[0] && !etag_same(f->memory->made, f->said);
}

bool decide_needs_recheck(const struct decide_facts *f)
{
    return !layout_source_mirrors(f->layout_from) || server_facts_etags_differ(f->server);
}

static bool is_unread(const struct decide_facts *f)
{
    return f->made == MADE_BY_UNREAD_COPY || f->made == MADE_BY_UNREAD_COMPLETE;
}

/* The answer to the write could not be read, and the destination was looked at: the copy is not
 * there. The parts of an upload need not be copied again for that, unless something came there that
 * is not to be overwritten: no Complete would be of use. */
static struct decision not_there(const struct decide_facts *f, enum decide_why why)
{
    bool is_taken = why == WHY_UNREAD && decide_only_if_absent(f);

    if (f->made == MADE_BY_UNREAD_COPY || is_taken)
        return because(DECIDE_RESTART, why);
    return because(f->completes < DECIDE_COMPLETES_MOST ? DECIDE_COMPLETE : DECIDE_FAIL, why);
}

/* Whether the object that is there came after we looked at the destination before the write. */
static bool is_new(const struct decide_facts *f)
{
    switch (f->at_before) {
    case DESTINATION_NOTHING:
        return true;
    case DESTINATION_OBJECT:
        return f->before[0] && !etag_same(f->before, f->there->etag);
    case DESTINATION_UNREADABLE:
    case DESTINATION_NEEDS_KEY:
        break;
    }
    return false;
}

struct decision decide_verify(const struct decide_facts *f)
{
    bool mirrored = layout_source_mirrors(f->layout_from);
    unsigned notes = 0;
    struct decision d;
    struct proof by;

    switch (compare(f, mirrored, &by, &notes)) {
    case VERDICT_SAME:
        return proven(f, RESULT_COPIED, by);
    case VERDICT_DIFFERENT:
        if (is_unread(f))
            return not_there(f, WHY_UNREAD);
        d = because(DECIDE_RESTART, WHY_NOT_THE_SOURCE);
        if (by.by == BY_ETAG && is_what_we_made(f) && shows_no_md5(f))
            d.traits = 1U << TRAIT_ETAG_NOT_MD5;
        return d;
    case VERDICT_UNKNOWN:
        /* It was learned meanwhile that ETags are no MD5s: this one may be, of a changed source. */
        if ((notes & NOTE_ETAG_NOT_MD5) && !f->rechecked)
            return because(DECIDE_RESTART, WHY_NOT_THE_SOURCE);
        break;
    }
    if (is_unread(f) && !is_new(f))
        return not_there(f, WHY_UNREAD);
    if (f->made == MADE_BY_LOST_COMPLETE) /* it may be what was there before */
        return because(DECIDE_RESTART, WHY_LOST);
    d = proven(f, RESULT_COPIED, by);
    d.notes |= notes;
    if (!mirrored && etag_parts(f->source->etag) > 0)
        d.notes |= NOTE_LAYOUT_NOT_MIRRORED;
    return d;
}

struct decision decide_missing(const struct decide_facts *f)
{
    return is_unread(f) ? not_there(f, WHY_UNREAD_NOTHING) : because(DECIDE_RESTART, WHY_REFUSED);
}

static bool is_plain(enum etag_kind kind)
{
    return kind == ETAG_KIND_MD5 || kind == ETAG_KIND_PARTS;
}

/* The same of a copy that we may not look at: its number of tags is not known. */
static struct decision unseen(const struct decide_facts *f, struct proof by)
{
    if (f->tags == TAGS_NEED_PUT)
        return put_tags(by);
    return f->tags == TAGS_NEED_LOOK ? look_at_tags(RESULT_COPIED, by) : end(RESULT_COPIED, by);
}

/* The answer to the write is all that is known of the copy. */
struct decision decide_unreadable(const struct decide_facts *f)
{
    struct decision d;

    if (is_unread(f))
        d = because(DECIDE_FAIL, WHY_UNREAD_UNSEEN);
    else if (f->made == MADE_BY_LOST_COMPLETE) /* nothing was said, and nothing may be there */
        d = because(DECIDE_RESTART, WHY_REFUSED);
    else if (said_is_the_source(f))
        d = unseen(f, (struct proof){VERIFIED_ETAG, BY_ETAG});
    else if (layout_source_mirrors(f->layout_from) && is_plain(f->said_kind) &&
             is_plain(f->source->etag_kind) && !server_facts_etags_differ(f->server) &&
             !shows_no_md5(f))
        d = because(DECIDE_RESTART, WHY_ETAG_NOT_THE_SOURCE);
    else
        d = unseen(f, (struct proof){VERIFIED_NONE, BY_NOTHING});
    d.notes |= NOTE_DESTINATION_UNREADABLE;
    return d;
}

/* --- in words --- */

static void set_different(struct err *e, const char *what)
{
    err_set(e, ERR_PRECONDITION, "%s, and onDifferent is \"fail\"", what);
    memcpy(e->service_code, "DestinationDiffers", sizeof "DestinationDiffers");
}

static void set_unproven(const struct decide_facts *f, struct err *e)
{
    err_set(e, ERR_PRECONDITION,
            "an object of the same size is at the destination (ETag %s) that cannot be compared with the "
            "source (ETag %s), and onDifferent is \"fail\". If copyout wrote it, use the work store of that "
            "run (--work), whose results tell. With onDifferent \"overwrite\" it is copied again, or left if "
            "onUnproven is \"skip\"",
            f->there->etag, f->source->etag);
    memcpy(e->service_code, "Unproven", sizeof "Unproven");
}

static void set_different_object(const struct object_info *there, struct err *e)
{
    err_set(e, ERR_PRECONDITION,
            "something else is at the destination (%llu bytes, ETag %s), and onDifferent is "
            "\"fail\"",
            (unsigned long long)there->size, there->etag);
    memcpy(e->service_code, "DestinationDiffers", sizeof "DestinationDiffers");
}

/* The error of the answer that could not be read, and what the destination says. */
static void set_unread(const struct decide_facts *f, const char *found, struct err *e)
{
    char text[2 * ERR_MESSAGE_MAX];

    *e = *f->unread;
    snprintf(text, sizeof text, "%s, and %s", f->unread->message, found);
    err_copy_text(e->message, sizeof e->message, text, strlen(text));
}

static void set_unread_other(const struct decide_facts *f, struct err *e)
{
    char found[ETAG_SIZE + 128];

    snprintf(found, sizeof found,
            "what is at the destination (%llu bytes, ETag %s) is not the copy",
            (unsigned long long)f->there->size, f->there->etag);
    set_unread(f, found, e);
}

void decide_error(const struct decision *d, const struct decide_facts *f, struct err *e)
{
    err_clear(e);
    switch (d->why) {
    case WHY_NOTHING:
    case WHY_REFUSED:
        break;
    case WHY_DIFFERENT:
        set_different_object(f->there, e);
        break;
    case WHY_DIFFERENT_KEY:
        set_different(e, "what is at the destination cannot be looked at (HTTP 400: encrypted with "
                         "a customer's key?)");
        break;
    case WHY_DIFFERENT_UNSEEN:
        set_different(e, "something else is at the destination, which we may not look at");
        break;
    case WHY_UNPROVEN:
        set_unproven(f, e);
        break;
    case WHY_ARCHIVED:
        err_set(e, ERR_SERVICE,
                "the source is archived (%s) and not restored; restore it and run again",
                f->source->storage_class);
        memcpy(e->service_code, "InvalidObjectState", sizeof "InvalidObjectState");
        break;
    case WHY_NOT_THE_SOURCE:
        err_set(e, ERR_VERIFY,
                "the copy is not the source: %llu bytes with ETag %s, where the source has %llu "
                "bytes with ETag %s",
                (unsigned long long)f->there->size, f->there->etag,
                (unsigned long long)f->source->size, f->source->etag);
        break;
    case WHY_ETAG_NOT_THE_SOURCE:
        err_set(e, ERR_VERIFY, "the copy's ETag is %s, and the source's is %s", f->said,
                f->source->etag);
        break;
    case WHY_UNREAD:
        set_unread_other(f, e);
        break;
    case WHY_UNREAD_NOTHING:
        set_unread(f, "nothing is at the destination", e);
        break;
    case WHY_UNREAD_UNSEEN:
        set_unread(f, "we may not look at the destination: the copy may be there", e);
        break;
    case WHY_LOST:
        err_set(e, ERR_VERIFY,
                "the upload is gone, and what is there cannot be compared with the source: it may be the "
                "copy, or what was there before");
        break;
    }
}
