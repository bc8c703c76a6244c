#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "base/utf8.h"

static void test_set(void **state)
{
    struct err e;

    (void)state;
    memset(&e, 'x', sizeof e);
    assert_int_equal(err_set(&e, ERR_TIMEOUT, "after %d s", 30), ERR_TIMEOUT);
    assert_int_equal(e.code, ERR_TIMEOUT);
    assert_int_equal(e.cls, ERR_CLASS_RETRY);
    assert_int_equal(e.http_status, 0);
    assert_int_equal(e.retry_after_ms, 0);
    assert_string_equal(e.service_code, "");
    assert_string_equal(e.request_id, "");
    assert_string_equal(e.message, "after 30 s");
    assert_int_equal(err_set(NULL, ERR_IO, "nobody listens"), ERR_IO);
    assert_int_equal(err_nomem(&e), ERR_NOMEM);
    assert_string_equal(e.message, "out of memory");
    assert_int_equal(err_errno(&e, ENOENT, "cannot read %s", "f"), ERR_IO);
    assert_string_equal(e.message, "cannot read f: No such file or directory");
    err_clear(&e);
    assert_int_equal(e.code, ERR_OK);
    assert_string_equal(e.message, "");
    err_clear(NULL);
}

/* A message may be made of the error that it replaces. */
static void test_quotes_itself(void **state)
{
    struct err e;

    (void)state;
    err_set(&e, ERR_SERVICE, "Access Denied");
    strcpy(e.service_code, "AccessDenied");
    err_set(&e, ERR_MANIFEST, "manifest: %s (%s)", e.message, e.service_code);
    assert_string_equal(e.message, "manifest: Access Denied (AccessDenied)");
    assert_string_equal(e.service_code, "");
}

static void test_prefix(void **state)
{
    struct err e;

    (void)state;
    err_set(&e, ERR_SERVICE, "Slow down");
    strcpy(e.service_code, "SlowDown");
    e.http_status = 503;
    err_prefix(&e, "bucket %s", "b");
    assert_string_equal(e.message, "bucket b: Slow down");
    assert_string_equal(err_report_code(&e), "SlowDown");
    assert_int_equal(e.http_status, 503);
    err_prefix(NULL, "nobody");
}

static void test_names(void **state)
{
    static const struct {
        enum err_code code;
        const char *name;
        int exit_code;
    } rows[] = {
            {ERR_OK, "OK", 0},
            {ERR_INCOMPLETE, "CopyIncomplete", 1},
            {ERR_USAGE, "UsageError", 2},
            {ERR_INPUT, "InvalidInputError", 2},
            {ERR_MANIFEST, "ManifestError", 2},
            {ERR_ACCESS_DENIED, "AccessDeniedError", 3},
            {ERR_WRONG_REGION, "WrongRegionError", 3},
            {ERR_CREDENTIALS, "CredentialsError", 4},
            {ERR_INTERRUPTED, "Interrupted", 130},
            {ERR_INTERNAL, "InternalError", 4},
    };
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(err_name(rows[i].code), rows[i].name);
        assert_int_equal(err_exit_code(rows[i].code), rows[i].exit_code);
    }
    err_set(&e, ERR_NETWORK, "gone");
    assert_string_equal(err_report_code(&e), "NetworkError");
}

/* Characters that cannot be seen are, whether a message is cut behind them or within them. */
static void test_unseen(void **state)
{
    static const struct {
        const char *from, *to;
    } rows[] = {
            {"\xC2\xAD", "\\u00ad"},
            {"\xD8\x9C", "\\u061c"},
            {"\xE1\xA0\x8E", "\\u180e"},
            {"\xE2\x80\x8A", "\xE2\x80\x8A"}, /* a hair space has a width */
            {"\xE2\x80\x8B", "\\u200b"},
            {"\xE2\x80\x8F", "\\u200f"},
            {"\xE2\x80\x90", "\xE2\x80\x90"}, /* a hyphen */
            {"\xE2\x80\xA7", "\xE2\x80\xA7"},
            {"\xE2\x80\xA8", "\\u2028"},
            {"\xE2\x80\xAE", "\\u202e"},
            {"\xE2\x80\xAF", "\xE2\x80\xAF"},
            {"\xE2\x81\xA0", "\\u2060"},
            {"\xE2\x81\xA6", "\\u2066"},
            {"\xE2\x81\xAF", "\\u206f"},
            {"\xE2\x81\xB0", "\xE2\x81\xB0"}, /* a superscript zero */
            {"\xEF\xBB\xBF", "\\ufeff"},
            {"\xEF\xBF\xB9", "\\ufff9"},
            {"\xEF\xBF\xBC", "\xEF\xBF\xBC"},
            {"\xF3\xA0\x81\x81", "\\U000e0041"},
    };
    char out[64], cut[7];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        err_copy_text(out, sizeof out, rows[i].from, strlen(rows[i].from));
        assert_string_equal(out, rows[i].to);
        assert_int_equal(str_utf8_unseen(rows[i].from, strlen(rows[i].from), NULL),
                rows[i].to[0] == '\\' ? strlen(rows[i].from) : 0);
    }
    err_copy_text(cut, sizeof cut, "\xE2\x80\xAE!", 4);
    assert_string_equal(cut, "\\u202e");
    err_copy_text(cut, sizeof cut - 1, "\xE2\x80\xAE!", 4);
    assert_string_equal(cut, "");
}

static void test_copy_text(void **state)
{
    static const struct {
        const char *from;
        unsigned long size;
        const char *expected;
    } rows[] = {
            {"plain", 10, "plain"},
            {"plain", 6, "plain"},
            {"plain", 5, "plai"},
            {"plain", 1, ""},
            {"a\nb\tc\rd\x01"
             "e\x7F",
                    20, "a b c?d?e?"},
            {"ab\xC3\xA9", 5, "ab\xC3\xA9"},
            {"ab\xC3\xA9", 4, "ab"}, /* not torn */
            {"ab\xF0\x9F\xA7\xAC"
             "c",
                    6, "ab"},
            {"ab\xF0\x9F\xA7\xAC"
             "c",
                    7, "ab\xF0\x9F\xA7\xAC"},
            {"a\xC2\x9B"
             "31m\xC2\x85 \xC2\xA0",
                    20, "a?31m? \xC2\xA0"},  /* CSI and NEL are controls, a wide space is not */
            {"\xFFok\xC3\xA9", 20, "?ok??"}, /* not UTF-8: nothing of it is taken for such */
            {"\xA9\xA9\xA9\xA9", 3, ""},
    };
    char out[20];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(out, 'x', sizeof out);
        err_copy_text(out, rows[i].size, rows[i].from, strlen(rows[i].from));
        assert_string_equal(out, rows[i].expected);
        assert_true(str_utf8_valid(out, strlen(out)));
    }
}

/* However long, a message stays a string, valid UTF-8 and within its room. */
static void test_long(void **state)
{
    char text[4000];
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof text - 1; i++)
        text[i] = i % 2 ? '\xA9' : '\xC3';
    text[sizeof text - 1] = '\0';
    err_set(&e, ERR_IO, "a%s", text);
    assert_true(strlen(e.message) < ERR_MESSAGE_MAX && strlen(e.message) > ERR_MESSAGE_MAX - 5);
    assert_true(str_utf8_valid(e.message, strlen(e.message)));
    for (i = 0; i < 5; i++) {
        err_prefix(&e, "%.*s", (int)(100 + i), text);
        assert_true(strlen(e.message) < ERR_MESSAGE_MAX);
        assert_true(str_utf8_valid(e.message, strlen(e.message)));
    }
}

static void test_hide(void **state)
{
    static const struct {
        const char *secret, *message, *expected;
    } rows[] = {
            {"secret-token", "wrong secret-token", "wrong [hidden]"},
            {"secret-token", "'secret-token': twice \"secret-token\", no",
                    "'[hidden]': twice "
                    "\"[hidden]\", no"},
            /* Its first bytes are enough: what follows may be cut, or go on. */
            {"0123456789abcdefghij", "at 0123456789abcdefgh… no", "at [hidden] no"},
            {"0123456789abcdefghij", "0123456789abcde", "0123456789abcde"},
            {"has a space in it", "x has a space in it, y", "x [hidden], y"},
            {"short", "a short word", "a short word"},
            {"", "nothing", "nothing"},
            {NULL, "nothing", "nothing"},
    };
    char text[ERR_MESSAGE_MAX];
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        err_set(&e, ERR_SERVICE, "%s", rows[i].message);
        strcpy(e.request_id, rows[i].message);
        strcpy(e.host_id, rows[i].message);
        err_hide(&e, rows[i].secret);
        assert_string_equal(e.host_id, rows[i].expected);
        assert_string_equal(e.message, rows[i].expected);
        assert_string_equal(e.request_id, rows[i].expected);
    }
    /* The mark is longer than what it hides, and there is no room. */
    for (i = 0; i < 20; i++) {
        memset(text, 'x', sizeof text);
        memcpy(text + sizeof text - 40 + i, "12345678 12345678 ", 18);
        text[sizeof text - 1] = '\0';
        err_set(&e, ERR_SERVICE, "%s", text);
        err_hide(&e, "12345678");
        assert_true(strlen(e.message) < sizeof e.message);
        assert_null(strstr(e.message, "12345678"));
    }
}

static void test_ids(void **state)
{
    static const struct {
        const char *request, *host, *ids;
    } rows[] = {
            {"", "", ""},
            {"R", "", "request R"},
            {"", "H", "host H"},
            {"R", "H", "request R, host H"},
    };
    char ids[ERR_IDS_MAX];
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        err_set(&e, ERR_SERVICE, "why");
        strcpy(e.request_id, rows[i].request);
        strcpy(e.host_id, rows[i].host);
        assert_string_equal(err_ids(&e, ids), rows[i].ids);
    }
    memset(e.request_id, 'r', sizeof e.request_id - 1);
    memset(e.host_id, 'h', sizeof e.host_id - 1);
    e.request_id[sizeof e.request_id - 1] = e.host_id[sizeof e.host_id - 1] = '\0';
    assert_int_equal(strlen(err_ids(&e, ids)),
            sizeof e.request_id + sizeof e.host_id - 2 + strlen("request , host "));
}

static void test_copy(void **state)
{
    struct err from, to;

    (void)state;
    memset(&from, 0, sizeof from); /* so that all of it may be compared */
    err_set(&from, ERR_SERVICE, "why");
    from.http_status = 503;
    from.cls = ERR_CLASS_THROTTLE;
    strcpy(from.service_code, "SlowDown");
    strcpy(from.request_id, "R");
    err_set(&to, ERR_NOMEM, "other");
    err_copy(&to, &from);
    assert_memory_equal(&to, &from, sizeof to);
    err_clear(&from);
    err_copy(&to, &from);
    assert_int_equal(to.code, ERR_OK);
    assert_int_equal(to.cls, ERR_CLASS_PERMANENT);
    assert_int_equal(to.http_status, 0);
    assert_string_equal(to.message, "");
    assert_string_equal(to.service_code, "");
    assert_string_equal(to.request_id, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_set),
            cmocka_unit_test(test_quotes_itself),
            cmocka_unit_test(test_prefix),
            cmocka_unit_test(test_names),
            cmocka_unit_test(test_copy_text),
            cmocka_unit_test(test_unseen),
            cmocka_unit_test(test_long),
            cmocka_unit_test(test_hide),
            cmocka_unit_test(test_ids),
            cmocka_unit_test(test_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
