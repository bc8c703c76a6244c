#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/names.h"

#define L64 "0123456789012345678901234567890123456789012345678901234567890123"

static void same(const char *what, const char *got, const char *expected)
{
    if (strcmp(got ? got : "good", expected ? expected : "good") != 0)
        fail_msg("%s: %s, not %s", what, got ? got : "good", expected ? expected : "good");
}

static void test_buckets(void **state)
{
    static const char other[] = "has a character other than a-z, 0-9, '.' and '-'";
    static const struct {
        const char *name;
        const char *problem;
    } rows[] = {
            {"abc", NULL},
            {"my-bucket", NULL},
            {"my.bucket.2", NULL},
            {"123", NULL},
            {"1.2.3", NULL},
            {"1.2.3.4.5", NULL},
            {"1.2.3.4a", NULL},
            {"1000.2.3.4", NULL},
            {"a-.b", NULL},
            {"a--b", NULL},
            {"point-abcdefgh-s3alias", NULL}, /* access points have names like buckets */
            {"point--ol-s3", NULL},
            {&(L64)[1], NULL}, /* 63 */
            {"", "is empty"},
            {"ab", "is shorter than 3 characters"},
            {L64, "is longer than 63 characters"},
            {"Abc", "has an upper-case letter"},
            {"abC", "has an upper-case letter"},
            {"a_b", other},
            {"a b", other},
            {"a/b", other},
            {"arn:aws:s3:::b", other},
            {"bücket", other},
            {" abc", other},
            {"abc ", other},
            {"-abc", "does not start with a letter or digit"},
            {".abc", "does not start with a letter or digit"},
            {"abc-", "does not end with a letter or digit"},
            {"abc.", "does not end with a letter or digit"},
            {"a..b", "has two dots in a row"},
            {"192.168.5.4", "looks like an IP address"},
            {"999.999.999.999", "looks like an IP address"},
            {"xn--abc", "starts with \"xn--\", which S3 reserves"},
            {"sthree-abc", "starts with \"sthree-\", which S3 reserves"},
            {"amzn-s3-demo-abc", "starts with \"amzn-s3-demo-\", which S3 reserves"},
            {"b--use1-az4--x-s3", "is that of a directory bucket, which is not supported"},
            {"b--table-s3", "is that of a table bucket, which is not supported"},
            {"b.mrap", "is that of a multi-region access point, which is not supported"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        same(rows[i].name, names_bucket_problem(rows[i].name, strlen(rows[i].name)),
                rows[i].problem);
    same("a NUL", names_bucket_problem("a\0b", 3), other);
}

static void test_keys(void **state)
{
    static const struct {
        const char *key;
        size_t len;
        const char *problem;
    } rows[] = {
            {"k", 1, NULL},
            {" ", 1, NULL},
            {"/", 1, NULL},
            {"a//b/../c/./d\n\t?#%+", 19, NULL},
            {"\xf0\x9f\x90\xa8", 4, NULL},
            {"", 0, "is empty"},
            {"a\0b", 3, "has a NUL byte"},
            {"\xc3", 1, "is not UTF-8"},
            {"\xed\xa0\x80", 3, "is not UTF-8"},
            {"\xc0\xaf", 2, "is not UTF-8"},
    };
    char key[1025];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        same(rows[i].key, names_key_problem(rows[i].key, rows[i].len), rows[i].problem);
    memset(key, 'k', sizeof key);
    same("1,024 bytes", names_key_problem(key, 1024), NULL);
    same("1,025 bytes", names_key_problem(key, 1025), "is longer than 1,024 bytes");
}

static void test_uris(void **state)
{
    static const struct {
        const char *uri;
        const char *bucket, *key; /* NULL: not one */
    } rows[] = {
            {"s3://b/k", "b", "k"},
            {"s3://b", "b", ""},
            {"s3://b/", "b", ""},
            {"s3://b//k/", "b", "/k/"},
            {"s3://b/a?b#c%20", "b", "a?b#c%20"},
            {"s3://", NULL, NULL},
            {"s3:///k", NULL, NULL},
            {"s3:/b/k", NULL, NULL},
            {"S3://b/k", NULL, NULL},
            {"", NULL, NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *bucket, *key;
        bool is_one = names_parse_s3_uri(rows[i].uri, &bucket, &key);

        assert_int_equal(is_one, names_is_s3_uri(rows[i].uri));

        assert_int_equal(is_one, rows[i].bucket != NULL);
        if (!is_one) {
            assert_null(bucket);
            assert_null(key);
            continue;
        }
        assert_string_equal(bucket, rows[i].bucket);
        assert_string_equal(key, rows[i].key);
        free(bucket);
        free(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_buckets),
            cmocka_unit_test(test_keys),
            cmocka_unit_test(test_uris),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
