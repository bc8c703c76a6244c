/* Requests as bytes, and what must never become some. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/http1/http1_write.h"

static const struct {
    const char *method, *before, *target, *agent, *proxy;
    const char *fields[4]; /* name, value, name, value */
    int body;              /* bytes; -1: none */
    const char *want;
} rows[] = {
        {"GET", "", "/a?b=c", "unit", NULL, {"x-a", "1"}, -1,
                "GET /a?b=c HTTP/1.1\r\nHost: h:1\r\nUser-Agent: unit\r\nx-a: 1\r\n\r\n"},
        {"GET", "", "", NULL, NULL, {NULL}, -1, "GET / HTTP/1.1\r\nHost: h:1\r\n\r\n"},
        {"GET", "", "?acl", NULL, NULL, {NULL}, -1, "GET /?acl HTTP/1.1\r\nHost: h:1\r\n\r\n"},
        {"PUT", "", "/a/../b//./", NULL, NULL, {"x-empty", "", "x-a", "b: c "}, 0,
                "PUT /a/../b//./ HTTP/1.1\r\nHost: h:1\r\nx-empty:\r\nx-a: b: c \r\n"
                "Content-Length: 0\r\n\r\n"},
        {"POST", "", "/", NULL, NULL, {NULL}, 1234567890,
                "POST / HTTP/1.1\r\nHost: h:1\r\nContent-Length: 1234567890\r\n\r\n"},
        {"GET", "http://h:1", "/a", NULL, "Basic dTpw", {NULL}, -1,
                "GET http://h:1/a HTTP/1.1\r\nHost: h:1\r\nProxy-Authorization: Basic dTpw\r\n\r\n"},
        {"GET", "http://h:1", "", NULL, NULL, {NULL}, -1,
                "GET http://h:1/ HTTP/1.1\r\nHost: h:1\r\n\r\n"},
        {"GET", "", "/", "unit", NULL, {"user-AGENT", "own"}, -1,
                "GET / HTTP/1.1\r\nHost: h:1\r\nuser-AGENT: own\r\n\r\n"},
        {"GET", "", "/\xc3\xa9", NULL, NULL, {"x-high", "\xc3\xa9\xff"}, -1,
                "GET /\xc3\xa9 HTTP/1.1\r\nHost: h:1\r\nx-high: \xc3\xa9\xff\r\n\r\n"},
        /* NULL: refused */
        {"GET", "", "/a b", NULL, NULL, {NULL}, -1, NULL},
        {"GET", "", "/a\r\nx-evil: 1", NULL, NULL, {NULL}, -1, NULL},
        {"GET", "", "/a\nb", NULL, NULL, {NULL}, -1, NULL},
        {"GET", "", "/a\tb", NULL, NULL, {NULL}, -1, NULL},
        {"GET", "", "/a\x7f", NULL, NULL, {NULL}, -1, NULL},
        {"GE T", "", "/", NULL, NULL, {NULL}, -1, NULL},
        {"", "", "/", NULL, NULL, {NULL}, -1, NULL},
        {"GET", "http://h\r\n", "/", NULL, NULL, {NULL}, -1, NULL},
        {"GET", "", "/", "a\r\nx-evil: 1", NULL, {NULL}, -1, NULL},
        {"GET", "", "/", NULL, "a\nb", {NULL}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"x-a", "1\r\nx-evil: 1"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"x-a", "1\n"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"x-a", "1\r"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"x-a", "1", "x-b\r\nx-evil", "1"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"x-a:", "1"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"x a", "1"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"x-a ", "1"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {" x-a", "1"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"", "1"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"Content-Length", "5"}, -1, NULL},
        {"PUT", "", "/", NULL, NULL, {"content-length", "5"}, 0, NULL},
        {"PUT", "", "/", NULL, NULL, {"Transfer-Encoding", "chunked"}, 0, NULL},
        {"GET", "", "/", NULL, NULL, {"hOST", "other"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"Connection", "close"}, -1, NULL},
        {"GET", "", "/", NULL, NULL, {"Proxy-Authorization", "Basic x"}, -1, NULL},
};

static void test_rows(void **state)
{
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct headers headers;
        struct http1_head head = {.method = rows[i].method,
                .before_target = rows[i].before,
                .target = rows[i].target,
                .target_len = strlen(rows[i].target),
                .host = "h:1",
                .user_agent = rows[i].agent,
                .proxy_authorization = rows[i].proxy,
                .headers = &headers,
                .body = rows[i].body < 0 ? HTTP1_NO_BODY : HTTP1_BODY,
                .body_len = rows[i].body < 0 ? 0 : (size_t)rows[i].body};
        enum err_code code;
        struct buf out;
        struct err e;

        headers_init(&headers);
        buf_init(&out, HTTP1_HEAD_MAX);
        for (k = 0; k < 4 && rows[i].fields[k]; k += 2)
            headers_add(&headers, rows[i].fields[k], rows[i].fields[k + 1]);
        code = http1_write(&out, &head, &e);
        if (code != (rows[i].want ? ERR_OK : ERR_PROTOCOL))
            fail_msg("row %zu: %s", i, err_name(code));
        if (rows[i].want)
            assert_string_equal(buf_str(&out), rows[i].want);
        else
            assert_true(e.message[0] != '\0' && !strchr(e.message, '\r'));
        headers_free(&headers);
        buf_free(&out);
    }
}

static void test_target_is_cut(void **state)
{
    struct http1_head head = {.method = "GET",
            .before_target = "",
            .target = "/a#fragment",
            .target_len = 2,
            .host = "h"};
    struct buf out;
    struct err e;

    (void)state;
    buf_init(&out, HTTP1_HEAD_MAX);
    assert_int_equal(http1_write(&out, &head, &e), ERR_OK);
    assert_string_equal(buf_str(&out), "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    buf_free(&out);
}

static void test_limit(void **state)
{
    struct http1_head head = {.method = "GET", .before_target = "", .target = "/", .host = "h"};
    struct buf out;
    struct err e;

    (void)state;
    head.target_len = 1;
    buf_init(&out, 20);
    assert_int_equal(http1_write(&out, &head, &e), ERR_LIMIT);
    buf_free(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_target_is_cut),
            cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
