#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "s3/address.h"

static void test_make(void **state)
{
    static const struct {
        const char *endpoint, *region, *bucket, *key;
        const char *scheme_host, *host, *path;
    } rows[] = {
            /* AWS: the bucket in the host's name */
            {NULL, "eu-west-1", "bucket", "key", "https://bucket.s3.eu-west-1.amazonaws.com",
                    "bucket.s3.eu-west-1.amazonaws.com", "/key"},
            {NULL, "us-east-1", "bucket", NULL, "https://bucket.s3.us-east-1.amazonaws.com",
                    "bucket.s3.us-east-1.amazonaws.com", "/"},
            {NULL, "cn-north-1", "bucket", "k", "https://bucket.s3.cn-north-1.amazonaws.com.cn",
                    "bucket.s3.cn-north-1.amazonaws.com.cn", "/k"},
            {NULL, "us-gov-west-1", "bucket", "k", "https://bucket.s3.us-gov-west-1.amazonaws.com",
                    "bucket.s3.us-gov-west-1.amazonaws.com", "/k"},
            /* with a dot it goes into the path: a certificate's wildcard covers one label */
            {NULL, "eu-west-1", "my.bucket", "key", "https://s3.eu-west-1.amazonaws.com",
                    "s3.eu-west-1.amazonaws.com", "/my.bucket/key"},
            {NULL, "eu-west-1", "my.bucket", NULL, "https://s3.eu-west-1.amazonaws.com",
                    "s3.eu-west-1.amazonaws.com", "/my.bucket"},
            /* an endpoint of one's own: always in the path */
            {"http://127.0.0.1:8000", "r", "bucket", "key", "http://127.0.0.1:8000",
                    "127.0.0.1:8000", "/bucket/key"},
            {"http://127.0.0.1:8000/", "r", "bucket", NULL, "http://127.0.0.1:8000",
                    "127.0.0.1:8000", "/bucket"},
            {"https://gw.example/s3/v1/", "r", "bucket", "key", "https://gw.example", "gw.example",
                    "/s3/v1/bucket/key"},
            {"http://[::1]:9000", "r", "bucket", "key", "http://[::1]:9000", "[::1]:9000",
                    "/bucket/key"},
            /* the Host header leaves a default port out */
            {"https://gw.example:443", "r", "b", "k", "https://gw.example:443", "gw.example",
                    "/b/k"},
            {"http://gw.example:80", "r", "b", "k", "http://gw.example:80", "gw.example", "/b/k"},
            {"http://gw.example:443", "r", "b", "k", "http://gw.example:443", "gw.example:443",
                    "/b/k"},
            {"https://gw.example:8443", "r", "b", "k", "https://gw.example:8443", "gw.example:8443",
                    "/b/k"},
            /* keys are bytes */
            {"http://e", "r", "b", "a b+c%41?x#y", "http://e", "e", "/b/a%20b%2Bc%2541%3Fx%23y"},
            {"http://e", "r", "b", "/lead//twice/", "http://e", "e", "/b//lead//twice/"},
            {"http://e", "r", "b", "a/../b/./c", "http://e", "e", "/b/a/../b/./c"},
            {"http://e", "r", "b", "..", "http://e", "e", "/b/.."},
            {"http://e", "r", "b", "\x01\n\xE2\x82\xAC\xEF\xBF\xBF", "http://e", "e",
                    "/b/%01%0A%E2%82%AC%EF%BF%BF"},
            {NULL, "eu-west-1", "b-1", "/", "https://b-1.s3.eu-west-1.amazonaws.com",
                    "b-1.s3.eu-west-1.amazonaws.com", "//"},
    };
    struct s3_address a;
    struct err e;
    size_t i;

    (void)state;
    s3_address_init(&a);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(s3_address_make(&a, rows[i].endpoint, rows[i].region, rows[i].bucket,
                                 rows[i].key, &e),
                ERR_OK);
        assert_string_equal(buf_str(&a.scheme_host), rows[i].scheme_host);
        assert_string_equal(buf_str(&a.host), rows[i].host);
        assert_string_equal(buf_str(&a.path), rows[i].path);
    }
    s3_address_free(&a);
}

/* An address made after another one is what it would be alone. */
static void test_one_after_another(void **state)
{
    static char too_long[BUF_MAX_SMALL + 1];
    static const struct {
        const char *endpoint, *region, *bucket, *key;
    } rows[] = {
            {NULL, "eu-west-1", "b", "k"},
            {NULL, "eu-west-1", "b", "other"},
            {NULL, "eu-west-1", "b", too_long},
            {NULL, "eu-west-1", "b", "k"},
            {NULL, "eu-west-1", "b", NULL},
            {NULL, "eu-west-1", "b", ""},
            {NULL, "us-east-1", "b", "k"},
            {NULL, "EU", "b", "k"},
            {NULL, "us-east-1", "b", "k"},
            {NULL, "us-east-1", "c.d", "k"},
            {"http://e", "us-east-1", "c.d", "k"},
            {"http://e", "us-east-1", "c.d", NULL},
            {"http://f/p/", "us-east-1", "c.d", NULL},
            {"", "us-east-1", "c.d", "k"}, /* not AWS */
            {"AWS", "us-east-1", "c.d", "k"},
            {NULL, "us-east-1", "c.d", "k"},
            {"AWS", "us-east-1", "c.d", "k"},
            {"http://f/p/", "us-east-1", "c/d", "k"},
            {"http://f/p/", "us-east-1", "c", "k"},
    };
    struct s3_address a, alone;
    struct err e;
    size_t i;

    (void)state;
    memset(too_long, 'k', BUF_MAX_SMALL);
    s3_address_init(&a);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum err_code code = s3_address_make(
                &a, rows[i].endpoint, rows[i].region, rows[i].bucket, rows[i].key, &e);

        s3_address_init(&alone);
        if (s3_address_make(&alone, rows[i].endpoint, rows[i].region, rows[i].bucket, rows[i].key,
                    &e) != code)
            fail_msg("row %zu", i);
        if (code == ERR_OK) {
            assert_string_equal(buf_str(&a.scheme_host), buf_str(&alone.scheme_host));
            assert_string_equal(buf_str(&a.host), buf_str(&alone.host));
            assert_string_equal(buf_str(&a.path), buf_str(&alone.path));
        }
        s3_address_free(&alone);
    }
    s3_address_free(&a);
}

/* A region comes from the server's answer, too: it must not lead to another host. */
static void test_regions(void **state)
{
    static const char *const regions[] = {"", "evil.example/", "a#", "x@y", "eu west", "-x", "EU"};
    struct s3_address a;
    struct err e;
    size_t i;

    (void)state;
    s3_address_init(&a);
    for (i = 0; i < sizeof regions / sizeof regions[0]; i++)
        assert_int_not_equal(s3_address_make(&a, NULL, regions[i], "bucket", "k", &e), ERR_OK);
    assert_int_equal(s3_address_make(&a, NULL, "eu-west-1", "bucket", "k", &e), ERR_OK);
    assert_string_equal(buf_str(&a.host), "bucket.s3.eu-west-1.amazonaws.com"); /* anew */
    s3_address_free(&a);
}

/* A bucket's name may come from a damaged record. */
static void test_buckets(void **state)
{
    static const char *const buckets[] = {
            "", "evil.example/", "a#", "x@y", "a b", ".", "..", "a/../b", "a?b", "a:1", "-a"};
    struct s3_address a;
    struct err e;
    size_t i;

    (void)state;
    s3_address_init(&a);
    for (i = 0; i < sizeof buckets / sizeof buckets[0]; i++) {
        assert_int_equal(s3_address_make(&a, NULL, "eu-west-1", buckets[i], "k", &e), ERR_INPUT);
        assert_int_equal(s3_address_make(&a, "http://e", "r", buckets[i], "k", &e), ERR_INPUT);
    }
    s3_address_free(&a);
}

static void test_long_key(void **state)
{
    static char key[30001];
    struct s3_address a;
    struct err e;

    (void)state;
    memset(key, ' ', sizeof key - 1);
    s3_address_init(&a);
    assert_int_equal(s3_address_make(&a, "http://e", "r", "b", key, &e), ERR_LIMIT);
    key[1024] = '\0';
    assert_int_equal(s3_address_make(&a, "http://e", "r", "b", key, &e), ERR_OK);
    assert_int_equal(a.path.len, 3 + 3 * 1024);
    /* A request about an object must not become one about its bucket. */
    assert_int_equal(s3_address_make(&a, "http://e", "r", "b", "", &e), ERR_INTERNAL);
    assert_int_equal(s3_address_make(&a, NULL, "r", "b", "", &e), ERR_INTERNAL);
    s3_address_free(&a);
}

static void test_endpoint_check(void **state)
{
    static const struct {
        const char *endpoint;
        bool good;
    } rows[] = {
            {"http://127.0.0.1:8000", true},
            {"https://gw.example", true},
            {"https://gw.example/", true},
            {"https://gw.example/s3", true},
            {"http://[::1]:9000", true},
            {"gw.example", false},
            {"ftp://gw.example", false},
            {"http://", false},
            {"http:///path", false},
            {"https://gw.example?x", false},
            {"https://gw.example#x", false},
            {"https://gw example", false},
            {"https://gw.example\r\nx", false},
            {"https://user:secret@gw.example", false},
            {"user:secret@gw.example", false},
            {"", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e;

        err_clear(&e);
        if (s3_endpoint_check(rows[i].endpoint, &e) != (rows[i].good ? ERR_OK : ERR_USAGE))
            fail_msg("%s: %s", rows[i].endpoint, e.message);
        assert_null(strstr(e.message, "secret"));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_make),
            cmocka_unit_test(test_one_after_another),
            cmocka_unit_test(test_regions),
            cmocka_unit_test(test_buckets),
            cmocka_unit_test(test_long_key),
            cmocka_unit_test(test_endpoint_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
