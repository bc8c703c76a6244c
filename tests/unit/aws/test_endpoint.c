#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "aws/endpoint.h"

static struct err err;

static void check_host(const char *service, const char *region, const char *host)
{
    struct buf out;

    buf_init(&out, BUF_MAX_SMALL);
    assert_int_equal(aws_endpoint_host(&out, service, region, &err), ERR_OK);
    assert_string_equal(buf_str(&out), host);
    buf_free(&out);
}

static void test_hosts(void **state)
{
    (void)state;
    check_host("s3", "ap-southeast-2", "s3.ap-southeast-2.amazonaws.com");
    check_host("sts", "us-east-1", "sts.us-east-1.amazonaws.com");
    check_host("states", "cn-north-1", "states.cn-north-1.amazonaws.com.cn");
    check_host("s3", "us-gov-west-1", "s3.us-gov-west-1.amazonaws.com");
    check_host("s3", "us-iso-east-1", "s3.us-iso-east-1.c2s.ic.gov");
    check_host("s3", "us-isob-east-1", "s3.us-isob-east-1.sc2s.sgov.gov");
    assert_string_equal(aws_region_partition("eu-west-1"), "aws");
    assert_string_equal(aws_region_partition("cn-northwest-1"), "aws-cn");
    assert_string_equal(aws_region_partition("us-gov-east-1"), "aws-us-gov");
}

static void test_bad_regions(void **state)
{
    const char *bad[] = {"", "-", "eu west", "EU-WEST-1", "a.evil.com/", "eu-west-1\n", "a-",
            "a234567890123456789012345678901234567890123456789012345678901234"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(aws_region_check(bad[i], &err), ERR_INPUT);
}

static void check_url(
        const char *url, int https, const char *host, const char *name, const char *path)
{
    struct aws_url u;

    assert_int_equal(aws_url_parse(url, &u, &err), ERR_OK);
    assert_int_equal(u.https, https);
    assert_int_equal(u.host_len, strlen(host));
    assert_memory_equal(u.host, host, u.host_len);
    assert_int_equal(u.name_len, strlen(name));
    assert_memory_equal(u.name, name, u.name_len);
    assert_int_equal(u.path_len, strlen(path));
    assert_memory_equal(u.path, path, u.path_len);
}

static void test_urls(void **state)
{
    const char *bad[] = {"", "http://", "ftp://a", "http:/a", "http://a:b",
            "http://a:", "http://:80", "http://a@b", "http://a?b", "http://a#b", "http://a\\b",
            "http://[::1", "http://[]", "http://[::1]x", "http://a:0", "http://a:65536",
            "http://a b", "http://\x80", "http://a\n", "http://a%2eb", "http://%61:80/"};

    (void)state;
    check_url("http://127.0.0.1:80/a/b", 0, "127.0.0.1:80", "127.0.0.1", "/a/b");
    check_url("HTTPS://example.com", 1, "example.com", "example.com", "");
    check_url("http://[fd00:ec2::23]/v1", 0, "[fd00:ec2::23]", "fd00:ec2::23", "/v1");
    check_url("http://[::1]:8080/", 0, "[::1]:8080", "::1", "/");
    check_url("http://[fe80::1%25lo]/a%20b", 0, "[fe80::1%25lo]", "fe80::1%25lo", "/a%20b");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct aws_url u;

        if (aws_url_parse(bad[i], &u, &err) == ERR_OK)
            print_message("taken: %s\n", bad[i]);
        assert_int_equal(aws_url_parse(bad[i], &u, &err), ERR_INPUT);
    }
}

static void test_loopback(void **state)
{
    static const struct {
        const char *url;
        bool is;
    } rows[] = {
            {"http://127.0.0.1:9000", true},
            {"http://127.255.0.3/a", true},
            {"http://LocalHost", true},
            {"http://[::1]:80", true},
            {"http://127.0.0.1.example.com", false},
            {"http://localhost.example.com", false},
            {"http://128.0.0.1", false},
            {"http://[::2]", false},
            {"http://169.254.170.2", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct aws_url u;

        assert_int_equal(aws_url_parse(rows[i].url, &u, &err), ERR_OK);
        if (aws_url_is_loopback(&u) != rows[i].is)
            fail_msg("%s", rows[i].url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_hosts),
            cmocka_unit_test(test_bad_regions),
            cmocka_unit_test(test_urls),
            cmocka_unit_test(test_loopback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
