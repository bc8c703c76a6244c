#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "made_result.h"
#include "model/result.h"
#include "mutations.h"

/* --- the line --- */

static void test_line(void **state)
{
    struct result r = result("a/k", NULL, "d/k", RESULT_COPIED);
    struct buf out;

    (void)state;
    buf_init(&out, BUF_MAX_LINE);
    result_write(&out, &r);
    assert_string_equal(buf_str(&out),
            "{\"line\":7,\"sourceBucket\":\"source\",\"sourceKey\":\"a/k\","
            "\"destinationKey\":\"d/k\",\"size\":2500000,\"etag\":\"" MD5 "\","
            "\"status\":\"COPIED\",\"verified\":\"etag\",\"attempts\":1,\"requests\":3,"
            "\"seconds\":0.500}\n");
    r.verified_by = BY_LEDGER;
    buf_clear(&out);
    result_write(&out, &r);
    assert_non_null(
            strstr(buf_str(&out), ",\"verified\":\"etag\",\"verifiedBy\":\"ledger\",\"attempts\""));
    r.status = RESULT_FAILED;
    r.verified = VERIFIED_NONE;
    r.verified_by = BY_NOTHING;
    fail_with(&r, "SlowDown", "a \"quoted\" word");
    r.notes = NOTE_TAGS_DROPPED | NOTE_DESTINATION_UNREADABLE;
    buf_clear(&out);
    result_write(&out, &r);
    assert_non_null(strstr(buf_str(&out),
            ",\"status\":\"FAILED\",\"verified\":\"none\",\"error\":{\"code\":\"SlowDown\","
            "\"message\":\"a \\\"quoted\\\" word\",\"httpStatus\":503,\"requestId\":\"R1\",\"hostId\":\"H1\"},"));
    assert_non_null(
            strstr(buf_str(&out), ",\"notes\":[\"tags-dropped\",\"destination-unreadable\"]}\n"));
    buf_free(&out);
    result_free(&r);
}

/* The written object is told of for a copy that was made, and each fact only if it is known. */
static void test_written(void **state)
{
    struct result r = result("a/k", NULL, "d/k", RESULT_COPIED), back;
    struct buf out;
    struct err e;

    (void)state;
    buf_init(&out, BUF_MAX_LINE);
    written_add(&r.written, MD5 "-3", "a \"version\"");
    written_add(&r.written, "another", "another"); /* what is known stays */
    written_add_checksum(&r.written, CHECKSUM_CRC32C, "AAAA/w==");
    result_write(&out, &r);
    assert_non_null(strstr(buf_str(&out),
            "\"seconds\":0.500,\"writtenEtag\":\"" MD5 "-3\","
            "\"writtenVersionId\":\"a \\\"version\\\"\","
            "\"writtenChecksum\":{\"name\":\"CRC32C\",\"value\":\"AAAA/w==\"}}\n"));
    assert_int_equal(result_read(&back, buf_str(&out), out.len - 1, &e), ERR_OK);
    assert_string_equal(back.written.etag, MD5 "-3");
    assert_string_equal(back.written.version_id, "a \"version\"");
    assert_string_equal(back.written.checksum, "AAAA/w==");
    assert_int_equal(back.written.checksum_kind, CHECKSUM_CRC32C);
    result_free(&back);

    r.status = RESULT_SAME; /* it was proven by what was written then: the next run needs it too */
    buf_clear(&out);
    result_write(&out, &r);
    assert_int_equal(result_read(&back, buf_str(&out), out.len - 1, &e), ERR_OK);
    assert_string_equal(back.written.etag, MD5 "-3");
    assert_string_equal(back.written.version_id, "a \"version\"");
    assert_string_equal(back.found_etag, "");
    result_free(&back);

    strcpy(r.found_etag, MD5 "-4");
    buf_clear(&out);
    result_write(&out, &r);
    assert_non_null(strstr(buf_str(&out), ",\"foundEtag\":\"" MD5 "-4\"}\n"));
    assert_true(result_read_flat(&back, buf_str(&out), out.len - 1));
    assert_string_equal(back.found_etag, MD5 "-4");
    result_free(&back);
    assert_int_equal(result_read_any(&back, buf_str(&out), out.len - 1, &e), ERR_OK);
    assert_string_equal(back.found_etag, MD5 "-4");
    result_free(&back);

    r.status = RESULT_KEPT;
    buf_clear(&out);
    result_write(&out, &r);
    assert_null(strstr(buf_str(&out), "written"));
    buf_free(&out);
    result_free(&r);
}

/* Text that no file can hold is not taken. */
static void test_written_is_text(void **state)
{
    char longest[1026];
    struct written w;

    (void)state;
    memset(&w, 0, sizeof w);
    memset(longest, 'v', 1025);
    longest[1025] = '\0';
    written_add(&w, NULL, longest);
    written_add(&w, NULL, "a\xFF");
    written_add_checksum(&w, CHECKSUM_SHA1, "line\nbreak");
    written_add(&w, NULL, "");
    assert_string_equal(w.etag, "");
    assert_null(w.version_id);
    assert_string_equal(w.checksum, "");
    longest[1024] = '\0';
    written_add(&w, NULL, longest);
    assert_string_equal(w.version_id, longest);
    written_free(&w);
    assert_null(w.version_id);
}

/* The ETag of a copy that is proven by it is not said twice, and known all the same. */
static void test_written_etag(void **state)
{
    struct result r = result("a/k", NULL, "d/k", RESULT_COPIED), back;
    struct buf out;
    struct err e;

    (void)state;
    buf_init(&out, BUF_MAX_LINE);
    written_add(&r.written, MD5, NULL);
    result_write(&out, &r);
    assert_null(strstr(buf_str(&out), "written"));
    assert_int_equal(result_read(&back, buf_str(&out), out.len - 1, &e), ERR_OK);
    assert_string_equal(back.written.etag, MD5);
    result_free(&back);
    r.verified = VERIFIED_SIZE;
    buf_clear(&out);
    written_free(&r.written);
    result_write(&out, &r);
    assert_int_equal(result_read(&back, buf_str(&out), out.len - 1, &e), ERR_OK);
    assert_string_equal(back.written.etag, "");
    result_free(&back);
    buf_free(&out);
    result_free(&r);
}

static void check_same(const struct result *a, const struct result *b)
{
    assert_true(a->item.line == b->item.line);
    assert_string_equal(a->item.bucket, b->item.bucket);
    assert_string_equal(a->item.key, b->item.key);
    assert_int_equal(a->item.version_id != NULL, b->item.version_id != NULL);
    if (a->item.version_id)
        assert_string_equal(a->item.version_id, b->item.version_id);
    assert_string_equal(a->item.destination_key, b->item.destination_key);
    assert_true(a->size == b->size);
    assert_string_equal(a->etag, b->etag);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->verified, b->verified);
    assert_int_equal(a->verified_by, b->verified_by);
    assert_int_equal(a->attempts, b->attempts);
    assert_int_equal(a->requests, b->requests);
    assert_true(a->seconds - b->seconds < 0.001 && b->seconds - a->seconds < 0.001);
    assert_int_equal(a->ended, b->ended);
    assert_int_equal(a->notes, b->notes);
    assert_int_equal(a->seen, b->seen);
    assert_int_equal(a->storage, b->storage);
    if (a->status == RESULT_FAILED) {
        assert_string_equal(err_report_code(&a->err), err_report_code(&b->err));
        assert_string_equal(a->err.message, b->err.message);
        assert_string_equal(a->err.request_id, b->err.request_id);
        assert_string_equal(a->err.host_id, b->err.host_id);
        assert_int_equal(a->err.http_status, b->err.http_status);
    }
}

/* A result that is written is the one that is read, for every status, note and odd key. */
static void test_round_trip(void **state)
{
    static const char *const keys[] = {"k", "a b+c%41", "\"\\/", "line\nbreak\x01\x1F\x7F",
            "\xC3\xA9\xF0\x9F\xA7\xAC\xEF\xBF\xBF", "{\"line\":1}", "%s%n%d"};
    struct buf out;
    struct err e;
    size_t i, n = 0;
    int status;

    (void)state;
    buf_init(&out, BUF_MAX_LINE);
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        for (status = 0; status < RESULT_STATUS_COUNT; status++) {
            struct result r =
                    result(keys[i], n % 2 ? "v\"1" : NULL, keys[i], (enum result_status)status);
            struct result back;

            r.item.line = n % 3 ? n : INT64_MAX;
            r.size = n % 5 ? 50000000000000u : INT64_MAX;
            r.notes = (unsigned)(n % 16);
            r.seen = n % 2 ? RESULT_SEEN_BY_LISTING : RESULT_SEEN_NOT;
            r.storage = (enum storage_class)(n % STORAGE_CLASS_COUNT);
            r.verified = (enum verified)(n % VERIFIED_COUNT);
            r.verified_by = (enum verified_by)(n % BY_COUNT);
            r.attempts = n % 2 ? 4000000000u : 1;
            r.seconds = (double)n * 12345.678;
            r.ended = n % 2 ? 1764171802 : 0;
            fail_with(&r, n % 2 ? "NoSuchKey" : "", "why \"\\\xC3\xA9");
            buf_clear(&out);
            result_write(&out, &r);
            assert_true(buf_ok(&out));
            assert_ptr_equal(strchr(buf_str(&out), '\n'), out.data + out.len - 1);
            if (result_read(&back, buf_str(&out), out.len - 1, &e) != ERR_OK)
                fail_msg("%s", e.message);
            if (r.err.service_code[0] == '\0') /* its own name is then all there is to know */
                strcpy(r.err.service_code, err_name(r.err.code));
            check_same(&r, &back);
            result_free(&r);
            result_free(&back);
            n++;
        }
    }
    buf_free(&out);
}

static void test_bad_lines(void **state)
{
    static const char *const lines[] = {"", "{", "[]", "7", "{}", "null",
            "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d\","
            "\"size\":1,\"etag\":\"e\",\"status\":\"DONE\",\"verified\":\"etag\"}",
            "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d\","
            "\"size\":1,\"etag\":\"e\",\"status\":\"COPIED\",\"verified\":\"yes\"}",
            "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d\","
            "\"size\":1,\"etag\":7,\"status\":\"COPIED\",\"verified\":\"etag\"}",
            "{\"line\":7,\"sourceBucket\":\"b\",\"destinationKey\":\"d\","
            "\"size\":1,\"etag\":\"e\",\"status\":\"COPIED\",\"verified\":\"etag\"}",
            "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"size\":1,\"etag\":\"e\","
            "\"status\":\"COPIED\",\"verified\":\"etag\"}",
            "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d",
            /* Numbers that we never write. */
            "{\"line\":-7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d\","
            "\"size\":1,\"etag\":\"e\",\"status\":\"COPIED\",\"verified\":\"etag\"}",
            "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d\","
            "\"size\":-1,\"etag\":\"e\",\"status\":\"COPIED\",\"verified\":\"etag\"}",
            "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d\","
            "\"size\":1,\"etag\":\"e\",\"status\":\"COPIED\",\"verified\":\"etag\","
            "\"attempts\":4294967296}"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct result r;
        struct err e;

        if (result_read(&r, lines[i], strlen(lines[i]), &e) != ERR_IO)
            fail_msg("%s", lines[i]);
        assert_null(r.item.key); /* nothing is left to free */
    }
}

/* The message quotes the line, and no byte after it. */
static void test_bad_line_ends(void **state)
{
    char line[] = {'n', 'o', '!', '!'};
    struct result r;
    struct err e;

    (void)state;
    assert_int_equal(result_read(&r, line, 2, &e), ERR_IO);
    assert_string_equal(e.message, "not a result line: no");
}

/* A code and a request id that are too long are cut where a character ends, so that the line that
 * is written of them can be read. */
static void test_long_error(void **state)
{
    struct result r = {0}, back;
    struct buf line;
    struct err e;
    int i;

    (void)state;
    buf_init(&line, BUF_MAX_LINE);
    buf_adds(&line, "{\"line\":1,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":"
                    "\"d\",\"etag\":\"\",\"status\":\"FAILED\",\"verified\":\"none\",\"error\":{"
                    "\"code\":\"");
    for (i = 0; i < ERR_SERVICE_CODE_MAX; i++)
        buf_adds(&line, "\xC3\xA9");
    buf_adds(&line, "\",\"requestId\":\"");
    for (i = 0; i < ERR_REQUEST_ID_MAX; i++)
        buf_adds(&line, "\xC3\xA9");
    buf_adds(&line, "\"}}");
    assert_int_equal(result_read(&r, buf_str(&line), line.len, &e), ERR_OK);
    assert_int_equal(strlen(r.err.service_code), ERR_SERVICE_CODE_MAX - 2);
    buf_clear(&line);
    result_write(&line, &r);
    assert_int_equal(result_read(&back, buf_str(&line), line.len - 1, &e), ERR_OK);
    check_same(&r, &back);
    result_free(&r);
    result_free(&back);
    buf_free(&line);
}

/* --- the two readers --- */

static void check_same_written(const struct written *a, const struct written *b)
{
    assert_string_equal(a->etag, b->etag);
    assert_int_equal(a->version_id != NULL, b->version_id != NULL);
    if (a->version_id)
        assert_string_equal(a->version_id, b->version_id);
    assert_string_equal(a->checksum, b->checksum);
    assert_int_equal(a->checksum_kind, b->checksum_kind);
}

static unsigned taken; /* lines that the fast reader took */

/* A line that the fast reader takes is the same to the other one. */
static void check_readers(const char *line, size_t len)
{
    struct result fast, any;
    struct err e;

    if (!result_read_flat(&fast, line, len)) {
        assert_null(fast.item.key);
        assert_null(fast.written.version_id);
        return;
    }
    taken++;
    assert_int_equal(result_read_any(&any, line, len, &e), ERR_OK);
    check_same(&fast, &any);
    check_same_written(&fast.written, &any.written);
    assert_true(fast.seconds == any.seconds);
    result_free(&fast);
    result_free(&any);
}

/* One of each status, with all that its line can hold. */
static struct result full(int status)
{
    struct result r = result("a \"\\\x01\xC3\xA9", "v\x1F", "d/k", (enum result_status)status);

    r.verified = VERIFIED_CHECKSUM;
    r.verified_by = (enum verified_by)(BY_CHECKSUM + CHECKSUM_CRC64NVME);
    r.notes = NOTE_TAGS_DROPPED | NOTE_CHECKSUM_DROPPED | NOTE_UNPROVEN;
    r.seconds = 12.345;
    r.ended = 1764171802;
    r.seen = RESULT_SEEN_BY_LISTING;
    fail_with(&r, "SlowDown", "why \"\\\xC3\xA9");
    written_add(&r.written, MD5 "-3", "a \"version\"");
    written_add_checksum(&r.written, CHECKSUM_CRC32C, "AAAA/w==");
    return r;
}

static void test_readers(void **state)
{
    struct buf out;
    int i;

    (void)state;
    buf_init(&out, BUF_MAX_LINE);
    for (i = 0; i < 2 * RESULT_STATUS_COUNT; i++) {
        struct result r =
                i < RESULT_STATUS_COUNT
                        ? full(i)
                        : result("k", NULL, "d", (enum result_status)(i - RESULT_STATUS_COUNT));
        unsigned before = taken;

        buf_clear(&out);
        result_write(&out, &r);
        check_readers(buf_str(&out), out.len - 1);
        assert_int_equal(taken, before + 1);
        each_mutation(buf_str(&out), out.len - 1, check_readers);
        assert_true(taken > before + 10); /* many changes make another good line */
        result_free(&r);
    }
    buf_free(&out);
}

/* Lines that say the same in another way, as those of other versions, are read all the same. */
static void test_other_forms(void **state)
{
    static const char *const lines[] = {
            "{\"line\":7,\"sourceBucket\":\"source\",\"sourceKey\":\"k\",\"destinationKey\":\"d\","
            "\"size\":2500000,\"etag\":\"" MD5 "\",\"status\":\"SAME\",\"verified\":\"none\","
            "\"attempts\":1,\"requests\":3,\"seconds\":0.5}",
            "{\"line\":7,\"sourceBucket\":\"source\",\"sourceKey\":\"k\",\"destinationKey\":\"d\","
            "\"size\":2500000,\"etag\":\"" MD5 "\",\"status\":\"SAME\",\"verified\":\"none\","
            "\"attempts\":1,\"requests\":3,\"seconds\":0.500,\"later\":{\"than\":\"us\"}}",
            "{\"line\": 7, \"sourceBucket\": \"source\", \"sourceKey\": \"k\", \"destinationKey\": "
            "\"d\", \"size\": 2500000, \"etag\": \"" MD5 "\", \"status\": \"SAME\", \"verified\": "
            "\"none\", \"verifiedBy\": \"magic\", \"attempts\": 1, \"requests\": 3, \"seconds\": "
            "0.500, \"notes\": [\"of-later\"]}",
    };
    struct result expected = result("k", NULL, "d", RESULT_SAME), r;
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_false(result_read_flat(&r, lines[i], strlen(lines[i])));
        assert_int_equal(result_read(&r, lines[i], strlen(lines[i]), &e), ERR_OK);
        check_same(&r, &expected);
        result_free(&r);
    }
    result_free(&expected);
}

static void test_notes(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    result_notes_text(&out, 0, "; ");
    assert_string_equal(buf_str(&out), "");
    result_notes_text(&out, NOTE_CLASS_CHANGED, "; ");
    assert_string_equal(buf_str(&out), "storage-class-changed");
    buf_clear(&out);
    result_notes_text(&out, 15, "; ");
    assert_string_equal(buf_str(&out), "tags-dropped; layout-not-mirrored; storage-class-changed; "
                                       "destination-unreadable");
    buf_clear(&out);
    result_notes_text(&out, NOTE_METADATA_MISSING | NOTE_LOCK_NOT_COPIED, "; ");
    assert_string_equal(buf_str(&out), "metadata-missing; object-lock-not-copied");
    assert_string_equal(result_note_name(0), "tags-dropped");
    assert_string_equal(result_note_name(7), "object-lock-not-copied");
    assert_null(result_note_name(31));
    buf_free(&out);
}

/* --- of several results of one item --- */

/* One that could be: its status, by what it is verified, and whether we know the ETag of our copy.
 */
struct made {
    enum result_status status;
    enum verified verified;
    bool has_etag;
    const char *source; /* its ETag; NULL: "source" */
};

static struct result made_of(const struct made *m)
{
    struct result r = {.status = m->status, .verified = m->verified};

    strcpy(r.etag, m->source ? m->source : "source");
    if (m->has_etag)
        strcpy(r.written.etag, "ours");
    return r;
}

static void test_settled(void **state)
{
    static const struct {
        struct made made;
        bool settled;
    } rows[] = {
            {{RESULT_COPIED, VERIFIED_ETAG, false, NULL}, true},
            {{RESULT_COPIED, VERIFIED_CHECKSUM, false, NULL}, true},
            {{RESULT_COPIED, VERIFIED_SIZE, true, NULL}, true},
            {{RESULT_COPIED, VERIFIED_SIZE, false, NULL}, false},
            {{RESULT_COPIED, VERIFIED_NONE, false, NULL}, false},
            {{RESULT_SAME, VERIFIED_ETAG, false, NULL}, true},
            {{RESULT_SAME, VERIFIED_CHECKSUM, false, NULL}, true},
            {{RESULT_SAME, VERIFIED_SIZE, true, NULL}, true},
            {{RESULT_SAME, VERIFIED_SIZE, false, NULL}, false},
            {{RESULT_KEPT, VERIFIED_NONE, false, NULL}, false},
            {{RESULT_KEPT, VERIFIED_ETAG, true, NULL}, false},
            {{RESULT_FAILED, VERIFIED_NONE, false, NULL}, false},
            {{RESULT_PENDING, VERIFIED_NONE, false, NULL}, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct result r = made_of(&rows[i].made);

        if (result_is_settled(&r) != rows[i].settled)
            fail_msg("row %zu", i);
    }
}

/* The proven one counts, whichever is newer; of equals the newer, but a copy stays a copy. */
static void test_beats(void **state)
{
    static const struct made copied = {RESULT_COPIED, VERIFIED_ETAG, false, NULL},
                             other = {RESULT_COPIED, VERIFIED_ETAG, false, "another source"},
                             same = {RESULT_SAME, VERIFIED_ETAG, false, NULL},
                             failed = {RESULT_FAILED, VERIFIED_NONE, false, NULL},
                             kept = {RESULT_KEPT, VERIFIED_NONE, false, NULL},
                             by_size = {RESULT_COPIED, VERIFIED_SIZE, false, NULL},
                             pending = {RESULT_PENDING, VERIFIED_NONE, false, NULL};
    static const struct {
        const struct made *newer, *older;
        bool beats;
    } rows[] = {
            {&copied, &copied, true},
            {&copied, &same, true},
            {&copied, &failed, true},
            {&copied, &kept, true},
            {&copied, &other, true},
            {&copied, &pending, true},
            {&same, &copied, false},
            {&same, &other, true},
            {&same, &same, true},
            {&same, &failed, true},
            {&same, &by_size, true},
            {&failed, &copied, false},
            {&failed, &same, false},
            {&failed, &failed, true},
            {&failed, &kept, true},
            {&failed, &by_size, true},
            {&kept, &copied, false},
            {&kept, &failed, true},
            {&by_size, &copied, false},
            {&by_size, &failed, true},
            {&pending, &copied, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct result newer = made_of(rows[i].newer), older = made_of(rows[i].older);

        if (result_beats(&newer, &older) != rows[i].beats)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_line),
            cmocka_unit_test(test_written),
            cmocka_unit_test(test_written_is_text),
            cmocka_unit_test(test_written_etag),
            cmocka_unit_test(test_round_trip),
            cmocka_unit_test(test_bad_lines),
            cmocka_unit_test(test_bad_line_ends),
            cmocka_unit_test(test_long_error),
            cmocka_unit_test(test_readers),
            cmocka_unit_test(test_other_forms),
            cmocka_unit_test(test_notes),
            cmocka_unit_test(test_settled),
            cmocka_unit_test(test_beats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
