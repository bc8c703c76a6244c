/* Single operations that are waited for (s3/sync.h). */
#include <unistd.h>

#include "fake.h"
#include "kicked.h"
#include "s3/sync_many.h"

#define ETAG_OK                                   \
    {                                             \
        .status = 200, .headers = "etag: \"e\"\n" \
    }
#define EMPTY         \
    {                 \
        .status = 204 \
    }
#define CREATED                                                                        \
    {                                                                                  \
        .status = 200, .body = "<InitiateMultipartUploadResult><UploadId>u</UploadId>" \
                               "</InitiateMultipartUploadResult>"                      \
    }
#define PARTS(list)                                                          \
    {                                                                        \
        .status = 200, .body = "<ListPartsResult>" list "</ListPartsResult>" \
    }
#define A_PART "<Part><PartNumber>1</PartNumber></Part>"

static void test_head_bucket(void **state)
{
    char region[64] = "x";

    (void)state;
    SCRIPT({.status = 200, .headers = "x-amz-bucket-region: eu-west-1\n"});
    assert_int_equal(sync_head_bucket(&s, "b", region, &e), ERR_OK);
    CHECK_SENT("HEAD /");
    assert_string_equal(region, "eu-west-1");
    SCRIPT({.status = 403, .headers = "x-amz-bucket-region: eu-west-2\n"});
    assert_int_equal(sync_head_bucket(&s, "b", region, &e), ERR_ACCESS_DENIED);
    assert_string_equal(region, "eu-west-2");
    SCRIPT({.status = 404});
    assert_int_equal(sync_head_bucket(&s, "b", region, &e), ERR_NOT_FOUND);
    assert_string_equal(region, "");
}

static void test_head_object(void **state)
{
    struct s3_where where = {.bucket = "b", .key = "k"};
    struct object_info object;

    (void)state;
    SCRIPT({.status = 503}, HEAD_OK); /* retries are the client's business */
    assert_int_equal(sync_head_object(&s, &where, &object, &e), ERR_OK);
    CHECK_SENT("HEAD /k", "HEAD /k");
    assert_true(object.size == 7);
    SCRIPT({.status = 404});
    assert_int_equal(sync_head_object(&s, &where, &object, &e), ERR_NOT_FOUND);
    assert_true(object.size == 0);
}

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *err)
{
    (void)status, (void)err;
    strncat(ctx, data, len);
    return ERR_OK;
}

static void test_get_and_put(void **state)
{
    struct s3_where where = {.bucket = "b", .key = "k"};
    char body[16] = "";
    struct s3_get get = {.last = UINT64_MAX, .on_body = on_body, .on_body_ctx = body};
    struct s3_put put = {.content_type = "text/plain", .body = "abc", .len = 3};
    struct s3_copied written;

    (void)state;
    SCRIPT({.status = 200, .body = "hello"}, ETAG_OK, ETAG_OK, EMPTY);
    assert_int_equal(sync_get_object(&s, &where, &get, &e), ERR_OK);
    assert_string_equal(body, "hello");
    assert_int_equal(sync_put_object(&s, &where, &put, &written, &e), ERR_OK);
    assert_string_equal(f->sent[1].body, "abc");
    assert_string_equal(written.etag, "e");
    assert_int_equal(sync_put_object(&s, &where, &put, NULL, &e), ERR_OK);
    assert_int_equal(sync_delete_object(&s, "b", "k", &e), ERR_OK);
    CHECK_SENT("GET /k", "PUT /k", "PUT /k", "DELETE /k");
}

/* An operation that cannot be started at all. */
static void test_not_started(void **state)
{
    char *content_type = calloc(1, BUF_MAX_SMALL + 2);
    struct s3_where where = {.bucket = "b", .key = "k"};
    struct s3_put put = {.content_type = content_type, .body = "abc", .len = 3};

    (void)state;
    memset(content_type, 'c', BUF_MAX_SMALL + 1);
    assert_int_equal(sync_put_object(&s, &where, &put, NULL, &e), ERR_LIMIT);
    free(content_type);
    assert_int_equal(f->sent_count, 0);
}

static void test_try_write(void **state)
{
    (void)state;
    SCRIPT(CREATED, EMPTY);
    assert_int_equal(sync_try_write(&s, "b", "k", &e), ERR_OK);
    CHECK_SENT("POST /k?uploads=", "DELETE /k?uploadId=u");
    SCRIPT({.status = 403});
    assert_int_equal(sync_try_write(&s, "b", "k", &e), ERR_ACCESS_DENIED);
}

/* --- files --- */

static FILE *file_of(size_t len)
{
    FILE *file = tmpfile();

    assert_non_null(file);
    if (len > 0) {
        assert_int_equal(fseek(file, (long)len - 1, SEEK_SET), 0);
        assert_int_equal(fputc('x', file), 'x');
    }
    return file;
}

static const struct put_file csv = {.content_type = "text/csv"};

static void test_small_file(void **state)
{
    FILE *file = file_of(1000);

    (void)state;
    SCRIPT(ETAG_OK);
    assert_int_equal(sync_put_file(&s, "b", "k", &csv, file, &e), ERR_OK);
    CHECK_SENT("PUT /k");
    assert_int_equal(f->sent[0].body_len, 1000);
    assert_string_equal(sent_header(&f->sent[0], "content-type"), "text/csv");
    fclose(file);
    file = file_of(0);
    SCRIPT(ETAG_OK);
    assert_int_equal(sync_put_file(&s, "b", "k", &csv, file, &e), ERR_OK);
    assert_int_equal(f->sent[1].body_len, 0);
    fclose(file);
}

enum { LARGE = (5 << 20) + 5, PART = 5 << 20 };

static void test_large_file(void **state)
{
    FILE *file = file_of(LARGE);

    (void)state;
    SCRIPT(CREATED, ETAG_OK, ETAG_OK,
            {.status = 200,
                    .body = "<CompleteMultipartUploadResult><ETag>e-2</ETag>"
                            "</CompleteMultipartUploadResult>"});
    assert_int_equal(sync_put_file(&s, "b", "k", &csv, file, &e), ERR_OK);
    CHECK_SENT("POST /k?uploads=", "PUT /k?partNumber=1&uploadId=u",
            "PUT /k?partNumber=2&uploadId=u", "POST /k?uploadId=u");
    assert_string_equal(sent_header(&f->sent[0], "content-type"), "text/csv");
    assert_int_equal(f->sent[1].body_len, PART);
    assert_int_equal(f->sent[2].body_len, 5);
    assert_int_equal(f->sent[2].body[4], 'x');
    assert_non_null(strstr(f->sent[3].body, "<PartNumber>2</PartNumber><ETag>\"e\"</ETag>"));
    fclose(file);
}

/* The condition is in the request that makes the object. */
static void test_file_where_none_is(void **state)
{
    static const struct put_file put = {.ours = "report", .only_if_absent = true};
    static const char taken[] = "<Error><Code>PreconditionFailed</Code></Error>";
    FILE *file = file_of(1000);

    (void)state;
    SCRIPT({.status = 412, .body = taken});
    assert_int_equal(sync_put_file(&s, "b", "k", &put, file, &e), ERR_PRECONDITION);
    assert_string_equal(sent_header(&f->sent[0], "if-none-match"), "*");
    assert_string_equal(sent_header(&f->sent[0], "x-amz-meta-copyout"), "report");
    fclose(file);
    file = file_of(LARGE);
    SCRIPT(CREATED, ETAG_OK, ETAG_OK, {.status = 412, .body = taken}, EMPTY);
    assert_int_equal(sync_put_file(&s, "b", "k", &put, file, &e), ERR_PRECONDITION);
    CHECK_SENT("POST /k?uploads=", "PUT /k?partNumber=1&uploadId=u",
            "PUT /k?partNumber=2&uploadId=u", "POST /k?uploadId=u", "DELETE /k?uploadId=u");
    assert_string_equal(sent_header(&f->sent[1], "x-amz-meta-copyout"), "report");
    assert_string_equal(sent_header(&f->sent[1], "if-none-match"), "");
    assert_string_equal(sent_header(&f->sent[4], "if-none-match"), "*");
    fclose(file);
}

/* The upload that was begun is aborted, and the first error is the one that is told. */
static void test_large_file_fails(void **state)
{
    FILE *file = file_of(LARGE);

    (void)state;
    SCRIPT(CREATED, ETAG_OK, {.status = 403}, {.status = 404});
    assert_int_equal(sync_put_file(&s, "b", "k", &csv, file, &e), ERR_ACCESS_DENIED);
    CHECK_SENT("POST /k?uploads=", "PUT /k?partNumber=1&uploadId=u",
            "PUT /k?partNumber=2&uploadId=u", "DELETE /k?uploadId=u");
    SCRIPT({.status = 404}); /* nothing was begun */
    assert_int_equal(sync_put_file(&s, "b", "k", &csv, file, &e), ERR_NOT_FOUND);
    fclose(file);
}

/* A file of so many bytes that cannot be read. */
static FILE *unreadable_of(size_t len)
{
    FILE *file = file_of(len), *unreadable;
    char name[64];

    fflush(file);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fileno(file));
    unreadable = fopen(name, "a");
    assert_non_null(unreadable);
    fclose(file);
    return unreadable;
}

static void test_unreadable_file(void **state)
{
    FILE *file;
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    file = fdopen(fds[0], "r");
    assert_int_equal(sync_put_file(&s, "b", "k", &csv, file, &e), ERR_IO);
    fclose(file);
    close(fds[1]);
    file = unreadable_of(1000);
    assert_int_equal(sync_put_file(&s, "b", "k", &csv, file, &e), ERR_IO);
    assert_int_equal(f->sent_count, 0);
    fclose(file);
    file = unreadable_of(LARGE);
    SCRIPT(CREATED, EMPTY);
    assert_int_equal(sync_put_file(&s, "b", "k", &csv, file, &e), ERR_IO);
    CHECK_SENT("POST /k?uploads=", "DELETE /k?uploadId=u");
    fclose(file);
}

/* --- aborting --- */

static enum err_code abort_upload(void)
{
    return sync_abort_upload(&s, "b", "k", "u", &e);
}

static void test_abort(void **state)
{
    (void)state;
    SCRIPT(EMPTY, PARTS(""));
    assert_int_equal(abort_upload(), ERR_OK);
    CHECK_SENT("DELETE /k?uploadId=u", "GET /k?uploadId=u");
    /* A part that was under way came after the first abort. */
    SCRIPT(EMPTY, PARTS(A_PART), EMPTY, ERROR(404, "NoSuchUpload"));
    assert_int_equal(abort_upload(), ERR_OK);
    CHECK_SENT("DELETE /k?uploadId=u", "GET /k?uploadId=u", "DELETE /k?uploadId=u",
            "GET /k?uploadId=u");
    SCRIPT(ERROR(404, "NoSuchUpload"));
    assert_int_equal(abort_upload(), ERR_OK);
    /* Aborted, and the look is not allowed. */
    SCRIPT(EMPTY, ERROR(403, "AccessDenied"));
    assert_int_equal(abort_upload(), ERR_OK);
}

static void test_abort_fails(void **state)
{
    (void)state;
    SCRIPT(ERROR(403, "AccessDenied"));
    assert_int_equal(abort_upload(), ERR_ACCESS_DENIED);
    SCRIPT(ERROR(404, "NoSuchBucket"));
    assert_int_equal(abort_upload(), ERR_NOT_FOUND);
    SCRIPT(EMPTY, PARTS(A_PART), EMPTY, PARTS(A_PART), EMPTY, PARTS(A_PART), EMPTY, PARTS(A_PART),
            EMPTY, PARTS(A_PART));
    assert_int_equal(abort_upload(), ERR_SERVICE);
    assert_int_equal(f->script_at, 10);
}

/* --- listings --- */

static enum err_code on_key(void *ctx, const char *key, struct err *err)
{
    strcat(ctx, key);
    strcat(ctx, " ");
    return strcmp(key, "bad") == 0 ? err_set(err, ERR_IO, "no more") : ERR_OK;
}

#define KEYS(list)                                                             \
    {                                                                          \
        .status = 200, .body = "<ListBucketResult>" list "</ListBucketResult>" \
    }
#define A_KEY(key) "<Contents><Key>" key "</Key></Contents>"

static void test_list_objects(void **state)
{
    char keys[64] = "";

    (void)state;
    SCRIPT(KEYS(A_KEY("p/1") "<NextContinuationToken>t</NextContinuationToken>"),
            KEYS(A_KEY("p/2") A_KEY("p/3")));
    assert_int_equal(sync_list_objects(&s, "b", "p/", on_key, keys, &e), ERR_OK);
    assert_string_equal(keys, "p/1 p/2 p/3 ");
    CHECK_SENT("GET /?list-type=2&encoding-type=url&prefix=p%2F",
            "GET /?list-type=2&encoding-type=url&prefix=p%2F&continuation-token=t");
    keys[0] = '\0';
    SCRIPT(KEYS(A_KEY("bad") A_KEY("more") "<NextContinuationToken>t</NextContinuationToken>"));
    assert_int_equal(sync_list_objects(&s, "b", "p/", on_key, keys, &e), ERR_IO);
    assert_string_equal(keys, "bad ");
    SCRIPT(KEYS(A_KEY("p/1") "<NextContinuationToken>t</NextContinuationToken>"), {.status = 403});
    assert_int_equal(sync_list_objects(&s, "b", "p/", on_key, keys, &e), ERR_ACCESS_DENIED);
}

/* Notes the buckets whose answers came. */
struct seen {
    unsigned count, last;
    char regions[256];
    unsigned end_at; /* false after so many; 0: never */
};

static bool on_bucket(void *ctx, unsigned i, const char *region, const struct err *err)
{
    struct seen *seen = ctx;

    seen->last = i;
    if (seen->count < 3) {
        strcat(seen->regions, err->code == ERR_OK ? region : err_name(err->code));
        strcat(seen->regions, " ");
    }
    return ++seen->count != seen->end_at;
}

/* Many buckets are looked up side by side: more than one answer is waited for at a time. */
static void test_head_buckets(void **state)
{
    static struct answer scripts[200];
    char *three[] = {(char *)"a", (char *)"b", (char *)"c"}, *many[200];
    struct seen seen = {0};
    unsigned before;
    size_t i;

    (void)state;
    SCRIPT({.status = 200, .headers = "x-amz-bucket-region: r\n"},
            {.status = 403, .headers = "x-amz-bucket-region: q\n"}, {.status = 404});
    assert_int_equal(sync_head_buckets(&s, three, 3, NULL, on_bucket, &seen, &e), ERR_OK);
    assert_string_equal(seen.regions, "r AccessDeniedError NotFoundError ");
    CHECK_SENT("HEAD /", "HEAD /", "HEAD /");
    assert_int_equal(sync_head_buckets(&s, three, 0, NULL, on_bucket, &seen, &e), ERR_OK);
    for (i = 0; i < sizeof many / sizeof many[0]; i++)
        many[i] = (char *)"bucket", scripts[i].status = 404;
    f->script = scripts;
    f->script_count = sizeof scripts / sizeof scripts[0];
    f->script_at = 0;
    before = f->sent_count;
    seen = (struct seen){.end_at = 3};
    assert_int_equal(sync_head_buckets(&s, many, 200, NULL, on_bucket, &seen, &e), ERR_OK);
    assert_int_equal(f->sent_count - before, 64 + 2); /* after the third answer no more */
    assert_int_equal(seen.count, 66);
    f->send_error = ERR_NOMEM;
    seen = (struct seen){0};
    assert_int_equal(sync_head_buckets(&s, many, 200, NULL, on_bucket, &seen, &e), ERR_OK);
    assert_int_equal(seen.count, 200);
    f->send_error = ERR_OK;
}

#define SAME  KEYS("<NextContinuationToken>t</NextContinuationToken>")
#define OTHER KEYS("<NextContinuationToken>u</NextContinuationToken>")

/* A server that gives the same token for ever, alone or among others. */
static void test_list_goes_round(void **state)
{
    char keys[64] = "";

    (void)state;
    SCRIPT(SAME, SAME);
    assert_int_equal(sync_list_objects(&s, "b", "p/", on_key, keys, &e), ERR_PROTOCOL);
    assert_int_equal(e.cls, ERR_CLASS_PERMANENT);
    CHECK_SENT("GET /?list-type=2&encoding-type=url&prefix=p%2F",
            "GET /?list-type=2&encoding-type=url&prefix=p%2F&continuation-token=t");
    SCRIPT(SAME, OTHER, SAME, OTHER, SAME, OTHER, SAME, OTHER);
    assert_int_equal(sync_list_objects(&s, "b", "p/", on_key, keys, &e), ERR_PROTOCOL);
}

/* Everything is cancelled when no request is under way: the next page is not asked for. */
static enum err_code cancel_all(void *ctx, const char *key, struct err *err)
{
    (void)ctx, (void)key, (void)err;
    s3_client_cancel_all(f->s3);
    return ERR_OK;
}

static void test_list_is_cancelled(void **state)
{
    (void)state;
    SCRIPT(KEYS(A_KEY("p/1") "<NextContinuationToken>t</NextContinuationToken>"));
    assert_int_equal(sync_list_objects(&s, "b", "p/", cancel_all, NULL, &e), ERR_CANCELLED);
    CHECK_SENT("GET /?list-type=2&encoding-type=url&prefix=p%2F");
}

static enum err_code on_upload(void *ctx, const struct s3_upload *upload, struct err *err)
{
    return on_key(ctx, upload->id, err);
}

#define UPLOADS(list)                                                                              \
    {                                                                                              \
        .status = 200, .body = "<ListMultipartUploadsResult>" list "</ListMultipartUploadsResult>" \
    }
#define AN_UPLOAD(key, id) "<Upload><Key>" key "</Key><UploadId>" id "</UploadId></Upload>"

static void test_list_uploads(void **state)
{
    char ids[64] = "";

    (void)state;
    SCRIPT(UPLOADS(AN_UPLOAD("k", "1") AN_UPLOAD("kk", "2") AN_UPLOAD("k", "3")));
    assert_int_equal(sync_list_uploads(&s, "b", "k", on_upload, ids, &e), ERR_OK);
    assert_string_equal(ids, "1 3 ");
    CHECK_SENT("GET /?uploads=&encoding-type=url&prefix=k");
    SCRIPT(UPLOADS(AN_UPLOAD("k", "bad") AN_UPLOAD("k", "3")));
    assert_int_equal(sync_list_uploads(&s, "b", "k", on_upload, ids, &e), ERR_IO);
}

#define NEXT_UPLOADS(id)                                              \
    "<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>" \
    "<NextUploadIdMarker>" id "</NextUploadIdMarker>"

#define FIRST UPLOADS(AN_UPLOAD("k", "1") NEXT_UPLOADS("1"))

static void test_list_uploads_pages(void **state)
{
    char ids[64] = "";

    (void)state;
    SCRIPT(FIRST, UPLOADS(AN_UPLOAD("k", "2")));
    assert_int_equal(sync_list_uploads(&s, "b", "k", on_upload, ids, &e), ERR_OK);
    assert_string_equal(ids, "1 2 ");
    CHECK_SENT("GET /?uploads=&encoding-type=url&prefix=k",
            "GET /?uploads=&encoding-type=url&prefix=k&key-marker=k&upload-id-marker=1");
    SCRIPT(FIRST, FIRST);
    assert_int_equal(sync_list_uploads(&s, "b", "k", on_upload, ids, &e), ERR_PROTOCOL);
}

/* --- time --- */

static void test_sleep(void **state)
{
    struct stop stop = {0};

    (void)state;
    assert_int_equal(sync_sleep(&s, 1, &stop, &e), ERR_OK);
    stop_raise(&stop, STOP_FINISH, STOP_CAUSE_CALLER, 0);
    assert_int_equal(sync_sleep(&s, 3600000, &stop, &e), ERR_OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
            T(test_head_bucket),
            T(test_head_buckets),
            T(test_head_object),
            T(test_get_and_put),
            T(test_not_started),
            T(test_try_write),
            T(test_small_file),
            T(test_large_file),
            T(test_file_where_none_is),
            T(test_large_file_fails),
            T(test_unreadable_file),
            T(test_abort),
            T(test_abort_fails),
            T(test_list_objects),
            T(test_list_goes_round),
            T(test_list_is_cancelled),
            T(test_list_uploads),
            T(test_list_uploads_pages),
            T(test_sleep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
