#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "net/http1/http_url.h"

static const struct {
    const char *url, *host; /* host NULL: refused */
    unsigned port;
    bool https;
    const char *target;
} rows[] = {
        {"http://h/a?b=c", "h", 80, false, "/a?b=c"},
        {"HTTPS://H.example:8443/", "H.example", 8443, true, "/"},
        {"https://h", "h", 443, true, ""},
        {"https://h?acl", "h", 443, true, "?acl"},
        {"http://h:80/a/../b//./%2e", "h", 80, false, "/a/../b//./%2e"},
        {"http://h/a#b", "h", 80, false, "/a"},
        {"http://h#b", "h", 80, false, ""},
        {"http://h:/a", "h", 80, false, "/a"},
        {"http://127.0.0.1:9000/x", "127.0.0.1", 9000, false, "/x"},
        {"http://[::1]:9000/x", "[::1]", 9000, false, "/x"},
        {"http://[::1]/x@y:z", "[::1]", 80, false, "/x@y:z"},
        {"http://[fe80::1%25lo]/", "[fe80::1%25lo]", 80, false, "/"},
        {"https://s3.test/b/k", "s3.test", 443, true, "/b/k"},
        {"http://s3.test", "s3.test", 80, false, ""},
        {"HTTP://s3.test?list", "s3.test", 80, false, "?list"},
        {"http://s3.test:8080/a:9/@", "s3.test", 8080, false, "/a:9/@"},
        {"https://127.0.0.1:1/", "127.0.0.1", 1, true, "/"},
        {"ftp://s3.test/", NULL, 0, false, NULL},
        {"http://s3.test:8a/", NULL, 0, false, NULL},
        {"", NULL, 0, false, NULL},
        {"h/a", NULL, 0, false, NULL},
        {"gopher://h/", NULL, 0, false, NULL},
        {"file:///etc/hostname", NULL, 0, false, NULL},
        {"http:/h", NULL, 0, false, NULL},
        {"http://", NULL, 0, false, NULL},
        {"http:///a", NULL, 0, false, NULL},
        {"http://:80/", NULL, 0, false, NULL},
        {"http://user@h/", NULL, 0, false, NULL},
        {"http://user:word@h/", NULL, 0, false, NULL},
        {"http://h:0/", NULL, 0, false, NULL},
        {"http://h:65536/", NULL, 0, false, NULL},
        {"http://h:8o/", NULL, 0, false, NULL},
        {"http://h:-1/", NULL, 0, false, NULL},
        {"http://%68/", NULL, 0, false, NULL},
        {"http://h\\x/", NULL, 0, false, NULL},
        {"http://[::1/", NULL, 0, false, NULL},
        {"http://[]/", NULL, 0, false, NULL},
        {"http://[::1]x/", NULL, 0, false, NULL},
        {"http://h/a b", NULL, 0, false, NULL},
        {"http://h /a", NULL, 0, false, NULL},
        {"http://h/a\r\nx: y", NULL, 0, false, NULL},
        {"http://h/a\nb", NULL, 0, false, NULL},
        {"http://h/\x7f", NULL, 0, false, NULL},
};

static void test_rows(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_url url;
        struct err e;
        enum err_code code = http_url_parse(rows[i].url, &url, &e);

        if (code != (rows[i].host ? ERR_OK : ERR_PROTOCOL))
            fail_msg("%s: %s", rows[i].url, err_name(code));
        if (!rows[i].host) {
            assert_int_equal(e.cls, ERR_CLASS_PERMANENT);
            continue;
        }
        assert_int_equal(url.https, rows[i].https);
        assert_int_equal(url.port, rows[i].port);
        assert_int_equal(url.host_len, strlen(rows[i].host));
        assert_memory_equal(url.host, rows[i].host, url.host_len);
        assert_int_equal(url.target_len, strlen(rows[i].target));
        assert_memory_equal(url.target, rows[i].target, url.target_len);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
