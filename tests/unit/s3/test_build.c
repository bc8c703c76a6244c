/* The form that every operation has on the wire: method, URL, headers and body (s3/build.h). */
#include <openssl/evp.h>

#include "fake.h"
#include "s3/build.h"

static struct fake *f;

static int set_up(void **state)
{
    (void)state;
    f = fake_new(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_free(f);
    return 0;
}

/* The headers without those of the signature, which stand behind them. */
static const char *own_headers(struct http_exchange *x)
{
    char *signature = strstr(x->headers, "x-amz-date: ");

    assert_non_null(signature);
    *signature = '\0';
    return x->headers;
}

#define HOST "https://b.s3.us-east-1.amazonaws.com"
#define WHERE                           \
    {                                   \
        .bucket = "b", .key = "a key/+" \
    }
#define KEY HOST "/a%20key/%2B"
#define SOURCE                                              \
    {                                                       \
        .bucket = "from", .key = "s &", .version_id = "v/1" \
    }
#define SOURCE_SENT "x-amz-copy-source: from/s%20%26?versionId=v%2F1\n"
#define XMLNS       "http://s3.amazonaws.com/doc/2006-03-01/"

static struct part_etags etags; /* "e1", "e2" */
static struct part_sums sums;   /* of the second part alone */

struct row {
    struct s3_request request;
    const char *method, *url, *headers, *body;
    uint64_t stall_ms;
};

static const struct row rows[] = {
        {{.op = S3_HEAD_BUCKET, .where.bucket = "b"}, "HEAD", HOST "/", "", "", 0},
        {{.op = S3_HEAD_OBJECT, .where = WHERE}, "HEAD", KEY, "", "", 0},
        {{.op = S3_HEAD_OBJECT, .where = WHERE, .u.head.checksums = true}, "HEAD", KEY,
                "x-amz-checksum-mode: ENABLED\n", "", 0},
        {{.op = S3_HEAD_OBJECT,
                 .where = {.bucket = "b", .key = "k", .version_id = "v 1"},
                 .u.head.part = 3},
                "HEAD", HOST "/k?partNumber=3&versionId=v%201", "", "", 0},
        {{.op = S3_GET_OBJECT, .where = WHERE, .u.get.last = UINT64_MAX}, "GET", KEY, "", "", 0},
        {{.op = S3_GET_OBJECT, .where = WHERE, .u.get = {.first = 5, .last = UINT64_MAX}}, "GET",
                KEY, "range: bytes=5-\n", "", 0},
        {{.op = S3_GET_OBJECT, .where = WHERE, .u.get = {.last = 9, .if_match = "e"}}, "GET", KEY,
                "range: bytes=0-9\nif-match: \"e\"\n", "", 0},
        {{.op = S3_PUT_OBJECT,
                 .where = WHERE,
                 .u.put = {.content_type = "text/csv", .body = "abc", .len = 3}},
                "PUT", KEY, "content-type: text/csv\ncontent-md5: kAFQmDzST7DWlj99KOF/cg==\n",
                "abc", 0},
        {{.op = S3_PUT_OBJECT,
                 .where = WHERE,
                 .u.put = {.content_type = "text/csv", .ours = "report", .body = "abc", .len = 3}},
                "PUT", KEY,
                "content-type: text/csv\nx-amz-meta-copyout: report\ncontent-md5: "
                "kAFQmDzST7DWlj99KOF/cg==\n",
                "abc", 0},
        {{.op = S3_PUT_OBJECT,
                 .where = WHERE,
                 .u.put = {.content_type = "a/b", .body = "abc", .len = 3, .only_if_absent = true}},
                "PUT", KEY,
                "content-type: a/b\nif-none-match: *\ncontent-md5: kAFQmDzST7DWlj99KOF/cg==\n",
                "abc", 0},
        {{.op = S3_COPY_OBJECT,
                 .where = WHERE,
                 .u.copy = {.source = {.bucket = "from", .key = "k"}, .size = 80 << 20}},
                "PUT", KEY, "x-amz-copy-source: from/k\n", "", 60000 + 10240},
        {{.op = S3_COPY_OBJECT,
                 .where = WHERE,
                 .u.copy = {.source = SOURCE, .source_etag = "e-2", .only_if_absent = true}},
                "PUT", KEY, SOURCE_SENT "x-amz-copy-source-if-match: \"e-2\"\nif-none-match: *\n",
                "", 60000},
        {{.op = S3_RESTORE_OBJECT, .where = WHERE, .u.restore = {3, "Standard"}}, "POST",
                KEY "?restore=", "content-type: application/xml\ncontent-md5: %MD5%\n",
                "<RestoreRequest xmlns=\"" XMLNS "\"><Days>3</Days>"
                "<GlacierJobParameters><Tier>Standard</Tier></GlacierJobParameters>"
                "</RestoreRequest>",
                0},
        {{.op = S3_RESTORE_OBJECT,
                 .where = {.bucket = "b", .key = "k", .version_id = "v"},
                 .u.restore = {0, "Bulk"}},
                "POST", "https://b.s3.us-east-1.amazonaws.com/k?restore=&versionId=v",
                "content-type: application/xml\ncontent-md5: %MD5%\n",
                "<RestoreRequest xmlns=\"" XMLNS "\">"
                "<GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters>"
                "</RestoreRequest>",
                0},
        {{.op = S3_PUT_OBJECT_TAGGING, .where = WHERE, .u.tagging = "a%20b=%3C%26%3E&c=&d"}, "PUT",
                KEY "?tagging=", "content-type: application/xml\ncontent-md5: %MD5%\n",
                "<Tagging xmlns=\"" XMLNS "\"><TagSet>"
                "<Tag><Key>a b</Key><Value>&#60;&#38;&#62;</Value></Tag>"
                "<Tag><Key>c</Key><Value></Value></Tag>"
                "<Tag><Key>d</Key><Value></Value></Tag></TagSet></Tagging>",
                0},
        {{.op = S3_GET_OBJECT_TAGGING, .where = WHERE}, "GET", KEY "?tagging=", "", "", 0},
        {{.op = S3_LIST_OBJECT_ANNOTATIONS, .where = WHERE}, "GET",
                KEY "?annotation=&max-annotation-results=1000", "", "", 0},
        {{.op = S3_LIST_OBJECT_ANNOTATIONS,
                 .where = {.bucket = "b", .key = "k", .version_id = "v"},
                 .u.annotations.after = "t/1"},
                "GET",
                HOST "/k?annotation=&max-annotation-results=1000&continuation-token=t%2F1"
                     "&versionId=v",
                "", "", 0},
        {{.op = S3_GET_OBJECT_ANNOTATION, .where = WHERE, .u.get_annotation.name = "a.b-\xc3\xa9"},
                "GET", KEY "?annotation=&annotationName=a.b-%C3%A9", "", "", 0},
        {{.op = S3_PUT_OBJECT_ANNOTATION,
                 .where = WHERE,
                 .u.put_annotation = {.name = "a", .if_match = "e", .body = "abc", .len = 3}},
                "PUT", KEY "?annotation=&annotationName=a",
                "x-amz-object-if-match: \"e\"\ncontent-md5: kAFQmDzST7DWlj99KOF/cg==\n", "abc", 0},
        {{.op = S3_CREATE_MULTIPART_UPLOAD, .where = WHERE}, "POST", KEY "?uploads=", "", "", 0},
        {{.op = S3_UPLOAD_PART,
                 .where = WHERE,
                 .u.part_put = {.upload_id = "u+1", .part = 2, .body = "abc", .len = 3}},
                "PUT", KEY "?partNumber=2&uploadId=u%2B1",
                "content-md5: kAFQmDzST7DWlj99KOF/cg==\n", "abc", 0},
        {{.op = S3_UPLOAD_PART_COPY,
                 .where = WHERE,
                 .u.part_copy = {.source = SOURCE,
                         .source_etag = "e",
                         .upload_id = "u",
                         .part = 10000,
                         .first = 8388608,
                         .last = 16777215}},
                "PUT", KEY "?partNumber=10000&uploadId=u",
                SOURCE_SENT "x-amz-copy-source-if-match: \"e\"\n"
                            "x-amz-copy-source-range: bytes=8388608-16777215\n",
                "", 60000 + 1023},
        {{.op = S3_UPLOAD_PART_COPY,
                 .where = WHERE,
                 .u.part_copy = {.source = SOURCE, .upload_id = "u", .part = 1, .whole = true}},
                "PUT", KEY "?partNumber=1&uploadId=u", SOURCE_SENT, "", 60000},
        {{.op = S3_COMPLETE_MULTIPART_UPLOAD,
                 .where = WHERE,
                 .u.complete = {.upload_id = "u", .etags = &etags, .count = 2}},
                "POST", KEY "?uploadId=u", "content-type: application/xml\n",
                "<CompleteMultipartUpload xmlns=\"" XMLNS "\">"
                "<Part><PartNumber>1</PartNumber><ETag>\"e1\"</ETag></Part>"
                "<Part><PartNumber>2</PartNumber><ETag>\"e2\"</ETag></Part>"
                "</CompleteMultipartUpload>",
                60000 + 120},
        {{.op = S3_COMPLETE_MULTIPART_UPLOAD,
                 .where = WHERE,
                 .u.complete = {.upload_id = "u",
                         .etags = &etags,
                         .count = 2,
                         .sums = &sums,
                         .checksum_type = CHECKSUMS_OF_PARTS}},
                "POST", KEY "?uploadId=u",
                "content-type: application/xml\nx-amz-checksum-type: COMPOSITE\n",
                "<CompleteMultipartUpload xmlns=\"" XMLNS "\">"
                "<Part><PartNumber>1</PartNumber><ETag>\"e1\"</ETag></Part>"
                "<Part><PartNumber>2</PartNumber><ETag>\"e2\"</ETag>"
                "<ChecksumCRC32C>AAAA/w==</ChecksumCRC32C></Part></CompleteMultipartUpload>",
                60000 + 120},
        {{.op = S3_COMPLETE_MULTIPART_UPLOAD,
                 .where = WHERE,
                 .u.complete = {.upload_id = "u", .etags = &etags, .only_if_absent = true}},
                "POST", KEY "?uploadId=u", "content-type: application/xml\nif-none-match: *\n",
                "<CompleteMultipartUpload xmlns=\"" XMLNS "\"></CompleteMultipartUpload>", 60000},
        {{.op = S3_ABORT_MULTIPART_UPLOAD, .where = WHERE, .u.abort.upload_id = "u"}, "DELETE",
                KEY "?uploadId=u", "", "", 0},
        {{.op = S3_LIST_PARTS, .where = WHERE, .u.parts.upload_id = "u"}, "GET", KEY "?uploadId=u",
                "", "", 0},
        {{.op = S3_LIST_PARTS, .where = WHERE, .u.parts = {.upload_id = "u", .after = 1000}}, "GET",
                KEY "?uploadId=u&part-number-marker=1000", "", "", 0},
        {{.op = S3_LIST_MULTIPART_UPLOADS, .where = WHERE}, "GET",
                HOST "/?uploads=&encoding-type=url&prefix=a%20key%2F%2B", "", "", 0},
        {{.op = S3_LIST_MULTIPART_UPLOADS, .where = WHERE, .u.uploads.after = "u/1"}, "GET",
                HOST "/?uploads=&encoding-type=url&prefix=a%20key%2F%2B&key-marker=a%20key%2F%2B"
                     "&upload-id-marker=u%2F1",
                "", "", 0},
        {{.op = S3_LIST_OBJECTS, .where.bucket = "b", .u.list.prefix = "p/q"}, "GET",
                HOST "/?list-type=2&encoding-type=url&prefix=p%2Fq", "", "", 0},
        {{.op = S3_LIST_OBJECTS, .where.bucket = "b", .u.list = {.prefix = "", .after = "1/A="}},
                "GET", HOST "/?list-type=2&encoding-type=url&prefix=&continuation-token=1%2FA%3D",
                "", "", 0},
        {{.op = S3_LIST_OBJECTS, .where.bucket = "b", .u.list = {"p/", NULL, "p/a b~"}}, "GET",
                HOST "/?list-type=2&encoding-type=url&prefix=p%2F&start-after=p%2Fa%20b~", "", "",
                0},
        {{.op = S3_LIST_OBJECTS, .where.bucket = "b", .u.list = {"p/", "t", "p/a"}}, "GET",
                HOST "/?list-type=2&encoding-type=url&prefix=p%2F&continuation-token=t", "", "", 0},
        {{.op = S3_LIST_OBJECTS, .where.bucket = "b", .u.list = {"p/", NULL, "", true}}, "GET",
                HOST "/?list-type=2&encoding-type=url&prefix=p%2F",
                "x-amz-optional-object-attributes: RestoreStatus\n", "", 0},
        {{.op = S3_LIST_OBJECTS, .where.bucket = "b", .u.list = {"p/", NULL, ""}}, "GET",
                HOST "/?list-type=2&encoding-type=url&prefix=p%2F", "", "", 0},
        {{.op = S3_DELETE_OBJECT, .where = WHERE}, "DELETE", KEY, "", "", 0},
};

/* The header that the row names, with the MD5 of the body where it says %MD5%. */
static void check_headers(const char *headers, const struct row *row)
{
    const char *mark = strstr(row->headers, "%MD5%");
    unsigned char md5[EVP_MAX_MD_SIZE];
    char text[64], expected[1024];
    unsigned len;

    if (!mark) {
        assert_string_equal(headers, row->headers);
        return;
    }
    assert_int_equal(EVP_Digest(row->body, strlen(row->body), md5, &len, EVP_md5(), NULL), 1);
    EVP_EncodeBlock((unsigned char *)text, md5, (int)len);
    snprintf(expected, sizeof expected, "%.*s%s%s", (int)(mark - row->headers), row->headers, text,
            mark + strlen("%MD5%"));
    assert_string_equal(headers, expected);
}

static void test_wire_form(void **state)
{
    bool seen[S3_OP_COUNT] = {false};
    struct got g = {0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_exchange *x = &f->sent[i];

        start(f, &rows[i].request, &g);
        assert_int_equal(f->sent_count, i + 1);
        assert_string_equal(x->method, rows[i].method);
        assert_string_equal(x->method, s3_op_method(rows[i].request.op));
        assert_string_equal(x->url, rows[i].url);
        assert_string_equal(x->body, rows[i].body);
        assert_int_equal(x->body_len, strlen(rows[i].body));
        check_headers(own_headers(x), &rows[i]);
        assert_true(x->stall_ms == rows[i].stall_ms);
        assert_int_equal(x->resend, s3_op_resend(rows[i].request.op) == S3_RESEND_SAFE);
        seen[rows[i].request.op] = true;
    }
    for (i = 0; i < S3_OP_COUNT; i++)
        assert_true(seen[i]);
}

static bool read_text(void *ctx, size_t at, void *out, size_t len)
{
    memcpy(out, (const char *)ctx + at, len);
    return true;
}

static bool read_nothing(void *ctx, size_t at, void *out, size_t len)
{
    (void)ctx;
    (void)at;
    (void)out;
    (void)len;
    return false;
}

/* A body that is read is sent, hashed and signed as one that is in memory, piece by piece. */
static void test_read_body(void **state)
{
    enum { LEN = 40000 };
    char *text = malloc(LEN);
    struct s3_request both[2][2] = {
            {{.op = S3_PUT_OBJECT, .where = WHERE, .u.put = {.body = text, .len = LEN}},
                    {.op = S3_PUT_OBJECT,
                            .where = WHERE,
                            .u.put = {.read = read_text, .read_ctx = text, .len = LEN}}},
            {{.op = S3_UPLOAD_PART,
                     .where = WHERE,
                     .u.part_put = {.upload_id = "u", .part = 1, .body = text, .len = LEN}},
                    {.op = S3_UPLOAD_PART,
                            .where = WHERE,
                            .u.part_put = {.upload_id = "u",
                                    .part = 1,
                                    .read = read_text,
                                    .read_ctx = text,
                                    .len = LEN}}}};
    struct got g = {0};
    size_t i;

    (void)state;
    for (i = 0; i < LEN; i++)
        text[i] = (char)('a' + (i * 7 + i / 256) % 26);
    for (i = 0; i < 2; i++) {
        struct http_exchange *x = &f->sent[2 * i];

        start(f, &both[i][0], &g);
        start(f, &both[i][1], &g);
        assert_memory_equal(x[0].body, text, LEN);
        assert_int_equal(x[1].body_len, LEN);
        assert_memory_equal(x[1].body, text, LEN);
        assert_non_null(strstr(x[0].headers, "content-md5"));
        assert_string_equal(x[0].headers, x[1].headers);
    }
    free(text);
}

static void test_unreadable_body(void **state)
{
    struct s3_request r = {
            .op = S3_PUT_OBJECT, .where = WHERE, .u.put = {.read = read_nothing, .len = 3}};
    struct s3_message m;
    struct err e;

    (void)state;
    s3_message_init(&m);
    s3_build_put_object(&m, &r);
    assert_int_equal(s3_message_check(&m, &e), ERR_IO);
    s3_message_free(&m);
}

/* The headers that a new object is to have go with CopyObject and Create as they are. */
static void test_given_headers(void **state)
{
    struct s3_request copy = {
            .op = S3_COPY_OBJECT, .where = WHERE, .u.copy.source = {.bucket = "from", .key = "k"}};
    struct s3_request create = {.op = S3_CREATE_MULTIPART_UPLOAD, .where = WHERE};
    struct headers headers;
    struct got g = {0};

    (void)state;
    headers_init(&headers);
    headers_add(&headers, "x-amz-meta-a", "1");
    headers_add(&headers, "cache-control", "no-store");
    copy.u.copy.headers = &headers;
    create.u.create.headers = &headers;
    start(f, &copy, &g);
    start(f, &create, &g);
    headers_free(&headers); /* they are not needed any more */
    assert_string_equal(own_headers(&f->sent[0]),
            "x-amz-copy-source: from/k\nx-amz-meta-a: 1\ncache-control: no-store\n");
    assert_string_equal(own_headers(&f->sent[1]), "x-amz-meta-a: 1\ncache-control: no-store\n");
}

/* A message that says less than it should is not sent. */
static void test_does_not_fit(void **state)
{
    struct s3_request tags = {.op = S3_PUT_OBJECT_TAGGING, .where = WHERE, .u.tagging = "a=%zz"};
    struct s3_request copy = {.op = S3_COPY_OBJECT, .where = WHERE};
    char *key = calloc(1, BUF_MAX_SMALL + 2);
    struct got g = {0};
    struct err e;

    (void)state;
    assert_int_equal(s3_start(f->s3, &tags, on_reply, &g, &e), ERR_LIMIT);
    memset(key, 'k', BUF_MAX_SMALL + 1);
    copy.u.copy.source = (struct s3_where){.bucket = "from", .key = key};
    assert_int_equal(s3_start(f->s3, &copy, on_reply, &g, &e), ERR_LIMIT);
    tags.u.tagging = key; /* a name of a tag that is too long */
    assert_int_equal(s3_start(f->s3, &tags, on_reply, &g, &e), ERR_LIMIT);
    free(key);
    assert_int_equal(f->sent_count, 0);
    assert_int_equal(g.calls, 0);
}

/* Ten tags, each with a value of 256 characters of three bytes: no limit of ours is in the way. */
static void test_large_tagging(void **state)
{
    struct s3_request r = {.op = S3_PUT_OBJECT_TAGGING, .where = WHERE};
    struct s3_message m;
    struct buf tagging;
    struct err e;
    int i;

    (void)state;
    buf_init(&tagging, BUF_MAX_SMALL);
    for (i = 0; i < 10 * 256; i++) {
        if (i % 256 == 0)
            buf_addf(&tagging, "%s%d=", i ? "&" : "", i / 256);
        buf_adds(&tagging, "%E6%97%A5");
    }
    r.u.tagging = buf_str(&tagging);
    s3_message_init(&m);
    s3_build_put_tagging(&m, &r);
    assert_int_equal(s3_message_check(&m, &e), ERR_OK);
    assert_true(m.body.len > 10 * 256 * 3);
    assert_non_null(strstr(buf_str(&m.body), "<Key>9</Key><Value>\xE6\x97\xA5\xE6"));
    s3_message_free(&m);
    buf_free(&tagging);
}

/* S3 may say nothing during a copy, for longer than the half a minute after which another request
 * is given up; a copy that is given up and sent again never ends. */
static void test_stall_limits(void **state)
{
    const uint64_t gib = (uint64_t)1 << 30;

    (void)state;
    assert_int_equal(s3_copy_stall_ms(0), 60000);
    assert_int_equal(s3_copy_stall_ms(8191), 60000);
    assert_int_equal(s3_copy_stall_ms(8192), 60001); /* 8 MiB/s is the slowest copy */
    assert_int_equal(s3_copy_stall_ms(5 * gib), 60000 + 5 * 128 * 1024);
    assert_int_equal(s3_complete_stall_ms(1), 60060);
    assert_int_equal(s3_complete_stall_ms(10000), 660000);
    assert_int_equal(s3_patience_ms(76000, 0), 76000);
    assert_int_equal(s3_patience_ms(76000, 1), 152000);
    assert_int_equal(s3_patience_ms(76000, 4), 16 * 76000);
    assert_int_equal(s3_patience_ms(76000, 39), 16 * 76000);
    assert_int_equal(s3_patience_ms(0, 3), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int fill_etags(void **state)
{
    (void)state;
    assert_true(part_etags_init(&etags, 2));
    assert_true(part_etags_set(&etags, 1, "e1"));
    assert_true(part_etags_set(&etags, 2, "e2"));
    assert_true(part_sums_init(&sums, CHECKSUM_CRC32C, 2));
    part_sums_set(&sums, 2, "AAAA/w==");
    return 0;
}

static int free_etags(void **state)
{
    (void)state;
    part_etags_free(&etags);
    part_sums_free(&sums);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            T(test_wire_form),
            T(test_read_body),
            T(test_unreadable_body),
            T(test_given_headers),
            T(test_does_not_fit),
            T(test_large_tagging),
            T(test_stall_limits),
    };

    return cmocka_run_group_tests(tests, fill_etags, free_etags);
}
