#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "aws/sigv4.h"
#include "vectors.h"

static void add_vector_headers(struct headers *h, const struct vector *v)
{
    for (size_t i = 0; i < v->count; i++) {
        const char *colon;

        if (strcmp(v->name[i], "header") != 0)
            continue;
        colon = strchr(v->value[i], ':');
        assert_non_null(colon);
        headers_add_n(h, v->value[i], (size_t)(colon - v->value[i]), colon + 1, strlen(colon + 1));
    }
}

static void load(const struct vector *v, struct sigv4_request *r, struct creds *creds)
{
    memset(r, 0, sizeof *r);
    memset(creds, 0, sizeof *creds);
    r->method = vector_get(v, "method");
    r->host = vector_get(v, "host");
    r->path = vector_get(v, "path");
    r->query = vector_get(v, "query");
    r->body = vector_get(v, "body");
    r->body_len = strlen(r->body);
    r->payload_hash = vector_get(v, "payload");
    r->region = vector_get(v, "region");
    r->service = vector_get(v, "service");
    r->double_encode_path = strcmp(vector_get(v, "double"), "1") == 0;
    snprintf(creds->access_key, sizeof creds->access_key, "%s", vector_get(v, "access"));
    snprintf(creds->secret, sizeof creds->secret, "%s", vector_get(v, "secret"));
    creds->token = (char *)(size_t)vector_get(v, "token");
}

/* Signs each record of the file, all with one cache, and compares the whole header. */
static void check_file(const char *path, size_t least)
{
    struct sigv4_key_cache cache = {0};
    struct vector v = {0};
    size_t count = 0;
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    for (; vector_read(f, &v); count++) {
        struct sigv4_request r;
        struct creds creds;
        struct headers h;
        struct err e;
        int64_t now = atoll(vector_get(&v, "time"));

        load(&v, &r, &creds);
        for (int round = 0; round < 2; round++) { /* the second with the key at hand */
            headers_init(&h);
            add_vector_headers(&h, &v);
            assert_int_equal(sigv4_sign(&r, &creds, now, &cache, &h, &e), ERR_OK);
            if (strcmp(headers_get(&h, "authorization"), vector_get(&v, "authorization")) != 0)
                print_message("in \"%s\"\n", vector_get(&v, "name"));
            assert_string_equal(headers_get(&h, "authorization"), vector_get(&v, "authorization"));
            if (creds.token)
                assert_string_equal(headers_get(&h, "x-amz-security-token"), creds.token);
            headers_free(&h);
        }
    }
    assert_true(count >= least);
    vector_clear(&v);
    fclose(f);
    sigv4_key_cache_clear(&cache);
}

/* The examples of the Amazon S3 API Reference ("Authenticating Requests: Using the Authorization
 * Header") and AWS's own signing test suite. */
static void test_published(void **state)
{
    (void)state;
    check_file("sigv4_published.txt", 25);
}

static void test_botocore(void **state)
{
    (void)state;
    check_file("sigv4_botocore.txt", 150);
}

static struct sigv4_request simple_request(void)
{
    struct sigv4_request r = {.method = "GET",
            .host = "h",
            .path = "/",
            .query = "",
            .region = "us-east-1",
            .service = "s3"};

    return r;
}

/* As it is written out for "GET Object" in the Amazon S3 API Reference. */
static void test_canonical_text(void **state)
{
    struct sigv4_request r = {.method = "GET",
            .host = "examplebucket.s3.amazonaws.com",
            .path = "/test.txt",
            .query = "",
            .region = "us-east-1",
            .service = "s3"};
    struct headers h;
    struct buf out;
    struct err e;

    (void)state;
    headers_init(&h);
    buf_init(&out, BUF_MAX_SMALL);
    headers_add(&h, "x-amz-date", "20130524T000000Z");
    headers_add(&h, "Range", "  bytes=0-9 ");
    headers_add(&h, "x-amz-content-sha256",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(sigv4_canonical_request(&r, &h, &out, &e), ERR_OK);
    assert_string_equal(buf_str(&out),
            "GET\n"
            "/test.txt\n"
            "\n"
            "host:examplebucket.s3.amazonaws.com\n"
            "range:bytes=0-9\n"
            "x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41"
            "e4649b934ca495991b7852b855\n"
            "x-amz-date:20130524T000000Z\n"
            "\n"
            "host;range;x-amz-content-sha256;x-amz-date\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852"
            "b855");
    buf_free(&out);
    headers_free(&h);
}

static void sign_simple(struct sigv4_key_cache *cache, const struct creds *creds,
        const char *region, const char *payload_hash, int64_t now, char *out, size_t size)
{
    struct sigv4_request r = simple_request();
    struct headers h;
    struct err e;

    r.region = region;
    r.payload_hash = payload_hash;
    headers_init(&h);
    assert_int_equal(sigv4_sign(&r, creds, now, cache, &h, &e), ERR_OK);
    if (payload_hash)
        assert_string_equal(headers_get(&h, "x-amz-content-sha256"), payload_hash);
    snprintf(out, size, "%s", headers_get(&h, "authorization"));
    headers_free(&h);
}

/* With this cache, and with one that holds nothing, the signature is the same. */
static void check_signed_alike(
        struct sigv4_key_cache *cache, const struct creds *creds, const char *region, int64_t now)
{
    struct sigv4_key_cache fresh = {0};
    char kept[512], made[512];

    sign_simple(cache, creds, region, NULL, now, kept, sizeof kept);
    sign_simple(&fresh, creds, region, NULL, now, made, sizeof made);
    assert_string_equal(kept, made);
    sigv4_key_cache_clear(&fresh);
}

/* A key that was kept is used only for what it was made for. From one line to the next exactly one
 * of the date, the region, the access key and the secret is another, so that a cache which does not
 * compare that one signs with the wrong key. */
static void test_cache(void **state)
{
    enum { LAST_SECOND = 86399 }; /* of 1970-01-01 UTC */
    struct creds creds = {.access_key = "AK", .secret = "one"};
    struct creds other_secret = {.access_key = "AK", .secret = "two"};
    struct creds other_key = {.access_key = "BK", .secret = "two"};
    struct sigv4_key_cache cache = {0};
    char a[512], b[512];

    (void)state;
    check_signed_alike(&cache, &creds, "us-east-1", LAST_SECOND - 1);
    check_signed_alike(&cache, &creds, "us-east-1", LAST_SECOND);
    check_signed_alike(&cache, &creds, "us-east-1", LAST_SECOND + 1);
    check_signed_alike(&cache, &creds, "us-east-1", LAST_SECOND);
    check_signed_alike(&cache, &creds, "eu-west-1", LAST_SECOND);
    check_signed_alike(&cache, &other_secret, "eu-west-1", LAST_SECOND);
    check_signed_alike(&cache, &other_key, "eu-west-1", LAST_SECOND);
    sign_simple(&cache, &creds, "us-east-1", NULL, 0, a, sizeof a);
    sign_simple(&cache, &creds, "us-east-1", NULL, 0, b, sizeof b);
    assert_string_equal(a, b);
    sign_simple(&cache, &creds, "us-east-1", "UNSIGNED-PAYLOAD", 0, b, sizeof b);
    assert_string_not_equal(a, b);
    sigv4_key_cache_clear(&cache);
    sigv4_key_cache_clear(&cache); /* twice is harmless */
}

static void test_limits(void **state)
{
    struct sigv4_key_cache cache = {0};
    struct sigv4_request r = simple_request();
    struct creds creds = {.access_key = "AK", .secret = "one"};
    struct headers h;
    struct err e;
    char value[1024];

    (void)state;
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    headers_init(&h);
    for (int i = 0; i < 100; i++)
        headers_add(&h, "x-amz-meta-a", value); /* more than a header block holds */
    assert_int_equal(sigv4_sign(&r, &creds, 0, &cache, &h, &e), ERR_LIMIT);
    headers_clear(&h);
    r.region = value;
    assert_int_equal(sigv4_sign(&r, &creds, 0, &cache, &h, &e), ERR_LIMIT);
    headers_free(&h);
    sigv4_key_cache_clear(&cache);
}

static void test_hash(void **state)
{
    char hex[SIGV4_HASH_SIZE];
    struct err e;

    (void)state;
    /* FIPS 180-2, appendix B.1. */
    assert_int_equal(sigv4_hash(hex, "abc", 3, &e), ERR_OK);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_published),
            cmocka_unit_test(test_botocore),
            cmocka_unit_test(test_canonical_text),
            cmocka_unit_test(test_cache),
            cmocka_unit_test(test_limits),
            cmocka_unit_test(test_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
