#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "s3/parse/parse.h"

static struct s3_reply reply; /* of the parser that ran last */

/* tagging NULL: ERR_PROTOCOL is what is to come of it; cls: of which class. */
static void check_tagging_class(const char *xml, const char *tagging, enum err_class cls)
{
    struct http_response response = {.status = 200};
    struct s3_call call = {.op = S3_GET_OBJECT_TAGGING};
    enum err_code code;
    struct err e;

    err_clear(&e);
    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_adds(&response.body, xml);
    code = s3_parse_tagging(&call, &response, &reply, &e);
    if (code != (tagging ? ERR_OK : ERR_PROTOCOL))
        fail_msg("%s: %s", xml, e.message);
    if (tagging)
        assert_string_equal(reply.u.tagging, tagging);
    else if (e.cls != cls)
        fail_msg("%s: class %d", xml, (int)e.cls);
    s3_free_tagging(&reply);
    buf_free(&response.body);
}

static void check_tagging(const char *xml, const char *tagging)
{
    check_tagging_class(xml, tagging, ERR_CLASS_RETRY);
}

#define TAGS(text) "<Tagging><TagSet>" text "</TagSet></Tagging>"

static void test_tagging(void **state)
{
    (void)state;
    check_tagging("", ""); /* Ceph RGW 16, of an object without tags */
    check_tagging(TAGS(""), "");
    check_tagging(TAGS("<Tag><Key>a</Key><Value>1</Value></Tag>"), "a=1");
    check_tagging(TAGS("<Tag><Key>a b</Key><Value>&amp;=\xC3\xA9</Value></Tag>"
                       "<Tag><Key>c</Key><Value/></Tag>"),
            "a%20b=%26%3D%C3%A9&c=");
    /* No tag is lost, and none gets another's key or value. */
    check_tagging(TAGS("<Tag><Value>1</Value><Key>a</Key></Tag>"
                       "<Tag><Key>b</Key><Value>2</Value></Tag>"),
            "a=1&b=2");
    check_tagging(TAGS("<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key></Tag>"), "a=1&b=");
    check_tagging(TAGS("<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Value>2</Value></Tag>"), NULL);
    check_tagging(TAGS("<Tag/>"), NULL);
    check_tagging(TAGS("<Tag>"), NULL);
    check_tagging("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CopyObjectResult><ETag>", NULL);
    /* An object's own bytes, from a server that passes over ?tagging. */
    check_tagging_class("<Report><TagSet/></Report>", NULL, ERR_CLASS_PERMANENT);
    check_tagging_class("<html><body><Tagging/></body></html>", NULL, ERR_CLASS_PERMANENT);
    check_tagging_class("<?xml version=\"1.0\"?><Report/>", NULL, ERR_CLASS_PERMANENT);
    check_tagging_class("<!DOCTYPE html><html><br></html>", NULL, ERR_CLASS_PERMANENT);
    check_tagging_class("no XML", NULL, ERR_CLASS_PERMANENT);
}

/* Ten tags of 128 and 256 characters, the most that S3 takes, each character of four bytes. */
static void test_largest_tagging(void **state)
{
    static const char character[] = "\xF0\x9F\x90\xBF", encoded[] = "%F0%9F%90%BF";
    struct buf xml, tagging;
    int tag, i;

    (void)state;
    buf_init(&xml, BUF_MAX_ANSWER);
    buf_init(&tagging, BUF_MAX_ANSWER);
    buf_adds(&xml, "<Tagging><TagSet>");
    for (tag = 0; tag < 10; tag++) {
        buf_addf(&xml, "<Tag><Key>%d", tag);
        buf_addf(&tagging, "%s%d", tag ? "&" : "", tag);
        for (i = 0; i < 127 + 256; i++) {
            if (i == 127) {
                buf_adds(&xml, "</Key><Value>");
                buf_addc(&tagging, '=');
            }
            buf_adds(&xml, character);
            buf_adds(&tagging, encoded);
        }
        buf_adds(&xml, "</Value></Tag>");
    }
    buf_adds(&xml, "</TagSet></Tagging>");
    assert_true(tagging.len > 45 * 1000);
    check_tagging(buf_str(&xml), buf_str(&tagging));
    buf_free(&xml);
    buf_free(&tagging);
}

/* --- listings --- */

static void parse(struct s3_call *call, const char *xml,
        enum err_code (*how)(const struct s3_call *, const struct http_response *,
                struct s3_reply *, struct err *))
{
    struct http_response response = {.status = 200};
    struct err e;

    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_adds(&response.body, xml);
    if (how(call, &response, &reply, &e) != ERR_OK)
        fail_msg("%s: %s", xml, e.message);
    buf_free(&response.body);
}

/* An upload without an id is none: the request to abort it could delete the object. */
static void test_uploads(void **state)
{
    char key[] = "a key";
    struct s3_call call = {.op = S3_LIST_MULTIPART_UPLOADS, .wanted_key = key};

    (void)state;
    parse(&call,
            "<ListMultipartUploadsResult><Upload><Key>a+key</Key><UploadId/></Upload>"
            "<Upload><Key>a%20key</Key></Upload>"
            "<Upload><UploadId>1</UploadId><Key>a+key</Key>"
            "<Initiated>2026-11-10T20:48:34.000Z</Initiated></Upload>"
            "<Upload><Key>another</Key><UploadId>2</UploadId></Upload>"
            "</ListMultipartUploadsResult>",
            s3_parse_uploads);
    assert_int_equal(reply.u.uploads.count, 1);
    assert_string_equal(reply.u.uploads.uploads[0].id, "1");
    assert_true(reply.u.uploads.uploads[0].initiated_s == 1794343714);
    s3_free_uploads(&reply);
}

/* The next page is asked for as long as it may have uploads of the key. */
static void test_uploads_pages(void **state)
{
    static const struct {
        const char *truncated, *key, *id, *next;
    } rows[] = {
            {"true", "a+key", "u1", "u1"},
            {"true", "a%20key", "u1", "u1"},
            {"true", "a+key+2", "u1", NULL}, /* which comes after it */
            {"true", "a+key", "", NULL},
            {"true", "a%key", "u1", NULL},
            {"false", "a+key", "u1", NULL},
    };
    char key[] = "a key", text[512];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_call call = {.op = S3_LIST_MULTIPART_UPLOADS, .wanted_key = key};

        snprintf(text, sizeof text,
                "<ListMultipartUploadsResult><NextKeyMarker>%s</NextKeyMarker>"
                "<NextUploadIdMarker>%s</NextUploadIdMarker><IsTruncated>%s</IsTruncated>"
                "<Upload><Key>a+key</Key><UploadId>u1</UploadId></Upload>"
                "</ListMultipartUploadsResult>",
                rows[i].key, rows[i].id, rows[i].truncated);
        parse(&call, text, s3_parse_uploads);
        assert_int_equal(reply.u.uploads.count, 1);
        if (rows[i].next)
            assert_string_equal(reply.u.uploads.next, rows[i].next);
        else
            assert_null(reply.u.uploads.next);
        s3_free_uploads(&reply);
    }
}

static void test_keys(void **state)
{
    struct s3_call call = {.op = S3_LIST_OBJECTS};

    (void)state;
    parse(&call,
            "<ListBucketResult><Contents><Key>a%20b+c</Key></Contents>"
            "<Contents><Key>bad%</Key></Contents>"
            "<NextContinuationToken>next</NextContinuationToken></ListBucketResult>",
            s3_parse_keys);
    assert_int_equal(reply.u.keys.count, 1);
    assert_string_equal(reply.u.keys.objects[0].key, "a b c");
    assert_string_equal(reply.u.keys.next, "next");
    s3_free_keys(&reply);
    /* With an empty token the first page would come again, and again. */
    parse(&call, "<ListBucketResult><NextContinuationToken/></ListBucketResult>", s3_parse_keys);
    assert_null(reply.u.keys.next);
    s3_free_keys(&reply);
}

/* The facts that a listing gives of objects, and how far it can be relied on. */
static void test_objects(void **state)
{
    static const struct {
        const char *xml;
        unsigned count;
        enum s3_page page;
    } rows[] = {
            {"<EncodingType>url</EncodingType><Contents><Key>a%25+%2B</Key></Contents>", 1,
                    S3_PAGE_WHOLE},
            {"<Contents><Key>a%25+%2B</Key></Contents><EncodingType>url</EncodingType>", 1,
                    S3_PAGE_WHOLE},
            {"<Contents><Key>a/b</Key></Contents>", 1, S3_PAGE_WHOLE},
            {"<Contents><Key>a%25</Key></Contents>", 1, S3_PAGE_UNENCODED},
            {"<Contents><Key>a+b</Key></Contents>", 1, S3_PAGE_UNENCODED},
            {"<Contents><Key>a&#x1;b</Key></Contents>", 1, S3_PAGE_UNENCODED},
            {"<Contents><Key>a%</Key></Contents>", 0, S3_PAGE_DAMAGED},
            {"<Contents><Key>a%00b</Key></Contents>", 0, S3_PAGE_DAMAGED},
            {"<Contents><Key></Key></Contents>", 0, S3_PAGE_DAMAGED},
            {"<Contents><Size>5</Size></Contents>", 0, S3_PAGE_DAMAGED},
            {"<Contents><Key>a</Key><Key>b</Key></Contents>", 0, S3_PAGE_DAMAGED},
            {"<Contents><Key>a</Key><Size>-1</Size></Contents>", 0, S3_PAGE_DAMAGED},
            {"<Contents><Size>x</Size><Key>a</Key></Contents>", 0, S3_PAGE_DAMAGED},
            {"<Contents><Key>a</Key></Contents><IsTruncated>true</IsTruncated>", 1,
                    S3_PAGE_DAMAGED},
            {"<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>", 0,
                    S3_PAGE_WHOLE},
            {"<IsTruncated>false</IsTruncated>", 0, S3_PAGE_WHOLE},
    };
    char text[512];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_call call = {.op = S3_LIST_OBJECTS};

        snprintf(text, sizeof text, "<ListBucketResult>%s</ListBucketResult>", rows[i].xml);
        parse(&call, text, s3_parse_keys);
        assert_int_equal(reply.u.keys.count, rows[i].count);
        assert_int_equal(reply.u.keys.page, rows[i].page);
        s3_free_keys(&reply);
    }
}

/* Whether archived objects were restored. An entry that does not say it says that none was, if
 * Amazon S3 wrote it and was asked; of another server it says nothing. */
static void test_listed_restored(void **state)
{
    static const char xml[] =
            "<ListBucketResult>"
            "<Contents><Key>a</Key><StorageClass>GLACIER</StorageClass></Contents>"
            "<Contents><Key>b</Key><StorageClass>GLACIER</StorageClass><RestoreStatus>"
            "<IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus></Contents>"
            "<Contents><Key>c</Key><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress>"
            "<RestoreExpiryDate>2026-12-21T00:00:00.000Z</RestoreExpiryDate></RestoreStatus>"
            "<StorageClass>DEEP_ARCHIVE</StorageClass></Contents>"
            "<Contents><Key>d</Key><RestoreStatus><IsRestoreInProgress>perhaps"
            "</IsRestoreInProgress></RestoreStatus></Contents></ListBucketResult>";
    static const struct {
        const char *server;
        bool asked;
        enum s3_restored unsaid;
    } rows[] = {
            {"AmazonS3", true, S3_RESTORED_NOT},
            {"AmazonS3", false, S3_RESTORED_UNSAID},
            {"MinIO", true, S3_RESTORED_UNSAID},
            {NULL, true, S3_RESTORED_UNSAID},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_call call = {.op = S3_LIST_OBJECTS};
        struct http_response response = {.status = 200};
        const struct s3_listed *o;
        struct err e;

        headers_init(&call.message.headers);
        headers_init(&response.headers);
        if (rows[i].asked)
            headers_add(&call.message.headers, S3_OPTIONAL_ATTRIBUTES, "RestoreStatus");
        if (rows[i].server)
            headers_add(&response.headers, "Server", rows[i].server);
        buf_init(&response.body, BUF_MAX_ANSWER);
        buf_adds(&response.body, xml);
        assert_int_equal(s3_parse_keys(&call, &response, &reply, &e), ERR_OK);
        assert_int_equal(reply.u.keys.count, 4);
        o = reply.u.keys.objects;
        assert_int_equal(o[0].restored, rows[i].unsaid);
        assert_int_equal(o[1].restored, S3_RESTORED_UNDER_WAY);
        assert_int_equal(o[2].restored, S3_RESTORED_YES);
        assert_int_equal(o[3].restored, rows[i].unsaid);
        s3_free_keys(&reply);
        headers_free(&call.message.headers);
        headers_free(&response.headers);
        buf_free(&response.body);
    }
}

static void test_listed(void **state)
{
    struct s3_call call = {.op = S3_LIST_OBJECTS};
    const struct s3_listed *o;

    (void)state;
    parse(&call,
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<EncodingType>url</EncodingType><Contents><Key>a</Key>"
            "<LastModified>2024-06-03T10:00:00.000Z</LastModified>"
            "<ETag>&quot;0123456789abcdef0123456789abcdef-2&quot;</ETag><Size>5368709121</Size>"
            "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><StorageClass>STANDARD_IA</StorageClass>"
            "<Owner><ID>k</ID></Owner></Contents>"
            "<Contents><Size>7</Size><Key>b</Key></Contents></ListBucketResult>",
            s3_parse_keys);
    assert_int_equal(reply.u.keys.count, 2);
    o = reply.u.keys.objects;
    assert_string_equal(o[0].key, "a");
    assert_string_equal(o[0].etag, "0123456789abcdef0123456789abcdef-2");
    assert_true(o[0].size == UINT64_C(5368709121));
    assert_string_equal(o[0].storage_class, "STANDARD_IA");
    assert_string_equal(o[1].key, "b");
    assert_string_equal(o[1].etag, "");
    assert_true(o[1].size == 7);
    assert_string_equal(o[1].storage_class, "");
    s3_free_keys(&reply);
}

/* Parses a body that is no answer to what was asked. */
static void parse_fails(struct s3_call *call, const char *xml, const char *message,
        enum err_code (*how)(const struct s3_call *, const struct http_response *,
                struct s3_reply *, struct err *))
{
    struct http_response response = {.status = 200};
    struct err e;

    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_adds(&response.body, xml);
    assert_int_equal(how(call, &response, &reply, &e), ERR_PROTOCOL);
    if (!strstr(e.message, message))
        fail_msg("\"%s\" is not in \"%s\"", message, e.message);
    buf_free(&response.body);
}

static void test_parts(void **state)
{
    struct s3_call call = {.op = S3_LIST_PARTS};
    const struct s3_parts *p = &reply.u.parts;

    (void)state;
    parse(&call,
            "<ListPartsResult><IsTruncated>true</IsTruncated>"
            "<NextPartNumberMarker>2</NextPartNumberMarker>"
            "<Part><PartNumber>1</PartNumber><Size>5242880</Size><ETag>&quot;e1&quot;</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>e2</ETag><Size>-1</Size></Part>"
            "</ListPartsResult>",
            s3_parse_parts);
    assert_int_equal(p->count, 2);
    assert_int_equal(p->next, 2);
    assert_int_equal(p->parts[0].number, 1);
    assert_true(p->parts[0].size == 5242880);
    assert_string_equal(p->parts[0].etag, "e1");
    assert_int_equal(p->parts[1].number, 2);
    assert_true(p->parts[1].size == 0); /* what is no size is none */
    s3_free_parts(&reply);
    /* A marker of the last page does not ask for another one. */
    parse(&call,
            "<ListPartsResult><NextPartNumberMarker>2</NextPartNumberMarker>"
            "<IsTruncated>false</IsTruncated></ListPartsResult>",
            s3_parse_parts);
    assert_int_equal(p->next, 0);
    assert_int_equal(p->count, 0);
    parse_fails(&call, "<ListPartsResult><Part/>", "XML", s3_parse_parts);
    assert_null(p->parts);
}

/* ListParts tells of checksums: of the upload, and of each part. */
static void test_part_checksums(void **state)
{
    struct s3_call call = {.op = S3_LIST_PARTS};
    struct s3_parts *p = &reply.u.parts;

    (void)state;
    parse(&call,
            "<ListPartsResult><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>"
            "<Part><PartNumber>1</PartNumber><ETag>e1</ETag><ChecksumCRC32>AAAA/w==</ChecksumCRC32>"
            "</Part><Part><PartNumber>2</PartNumber><ETag>e2</ETag></Part>"
            "<ChecksumType>FULL_OBJECT</ChecksumType></ListPartsResult>",
            s3_parse_parts);
    assert_int_equal(p->checksum.kind, CHECKSUM_CRC32);
    assert_int_equal(p->checksum.type, CHECKSUMS_OF_OBJECT);
    assert_string_equal(p->parts[0].checksum, "AAAA/w==");
    assert_int_equal(p->parts[0].checksum_kind, CHECKSUM_CRC32);
    assert_string_equal(p->parts[1].checksum, "");
    s3_free_parts(&reply);
    /* The algorithm by that of a part, and the type that is its default. */
    parse(&call,
            "<ListPartsResult><Part><ChecksumSHA512>AAAA</ChecksumSHA512></Part>"
            "</ListPartsResult>",
            s3_parse_parts);
    assert_int_equal(p->checksum.kind, CHECKSUM_SHA512);
    assert_int_equal(p->checksum.type, CHECKSUMS_OF_PARTS);
    s3_free_parts(&reply);
    parse(&call,
            "<ListPartsResult><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm></ListPartsResult>",
            s3_parse_parts);
    assert_int_equal(p->checksum.kind, CHECKSUM_CRC64NVME);
    assert_int_equal(p->checksum.type, CHECKSUMS_OF_OBJECT);
    /* None; one that is not known; one of another element. */
    parse(&call, "<ListPartsResult/>", s3_parse_parts);
    assert_int_equal(p->checksum.type, CHECKSUMS_UNTYPED);
    parse(&call,
            "<ListPartsResult><ChecksumAlgorithm>CRC128</ChecksumAlgorithm>"
            "<ChecksumType>COMPOSITE</ChecksumType><Part><Owner><ChecksumSHA1>x</ChecksumSHA1>"
            "</Owner><ChecksumCRC128>x</ChecksumCRC128></Part></ListPartsResult>",
            s3_parse_parts);
    assert_int_equal(p->checksum.type, CHECKSUMS_UNTYPED);
    assert_string_equal(p->parts[0].checksum, "");
    s3_free_parts(&reply);
}

/* S3 lists a thousand at a time. A page of more than ten thousand is not S3's. */
static void test_page_too_long(void **state)
{
    static const struct {
        enum s3_op op;
        const char *root, *entry;
        enum err_code (*how)(const struct s3_call *, const struct http_response *,
                struct s3_reply *, struct err *);
    } rows[] = {
            {S3_LIST_PARTS, "ListPartsResult", "<Part/>", s3_parse_parts},
            {S3_LIST_MULTIPART_UPLOADS, "ListMultipartUploadsResult",
                    "<Upload><Key>k</Key><UploadId>u</UploadId></Upload>", s3_parse_uploads},
            {S3_LIST_OBJECTS, "ListBucketResult", "<Contents><Key>k</Key></Contents>",
                    s3_parse_keys},
    };
    char key[] = "k";
    struct buf xml;
    size_t i;
    int n;

    (void)state;
    buf_init(&xml, BUF_MAX_ANSWER);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_call call = {.op = rows[i].op, .wanted_key = key};

        buf_clear(&xml);
        buf_addf(&xml, "<%s>", rows[i].root);
        for (n = 0; n <= 10000; n++)
            buf_adds(&xml, rows[i].entry);
        buf_addf(&xml, "</%s>", rows[i].root);
        parse_fails(&call, buf_str(&xml), "more than 10000 entries", rows[i].how);
    }
    buf_free(&xml);
}

static void test_copied(void **state)
{
    struct s3_call call = {.op = S3_COPY_OBJECT};
    const struct s3_copied *c = &reply.u.copied;

    (void)state;
    parse(&call, "<CopyObjectResult><ETag>&quot;e&quot;</ETag></CopyObjectResult>",
            s3_parse_copied);
    assert_string_equal(c->etag, "e");
    parse(&call, "<CopyPartResult><ETag>p</ETag></CopyPartResult>", s3_parse_copied);
    assert_string_equal(c->etag, "p");
    parse(&call, "<CopyObjectResponse><ETag>m</ETag></CopyObjectResponse>", s3_parse_copied);
    assert_string_equal(c->etag, "m"); /* moto's name for it */
    parse(&call, "<CompleteMultipartUploadResult><ETag/></CompleteMultipartUploadResult>",
            s3_parse_copied);
    assert_string_equal(c->etag, ""); /* Ceph RGW 16 */
    /* The result is there, and HeadObject tells the ETag. */
    parse(&call, "<CopyObjectResult/>", s3_parse_copied);
    assert_string_equal(c->etag, "");
    parse(&call, "  \r\n<?xml version=\"1.0\"?><CopyObjectResult><ETag>e</ETag></CopyObjectResult>",
            s3_parse_copied);
    assert_string_equal(c->etag, "e");
    parse_fails(&call, "<CopyObject><ETag>e</ETag></CopyObject>", "has no ETag", s3_parse_copied);
    parse_fails(&call, "<CopyObjectResult><ETag>e</ETag>", "XML", s3_parse_copied);
    parse_fails(&call, "", "the answer to CopyObject is empty", s3_parse_copied);
    parse_fails(&call, " \n", "the answer to CopyObject is empty", s3_parse_copied);
    parse_fails(&call, "done", "XML", s3_parse_copied);
}

static void test_upload_id(void **state)
{
    struct s3_call call = {.op = S3_CREATE_MULTIPART_UPLOAD};

    (void)state;
    parse(&call,
            "<InitiateMultipartUploadResult><UploadId>u1</UploadId><UploadId>u2</UploadId>"
            "</InitiateMultipartUploadResult>",
            s3_parse_upload_id);
    assert_string_equal(reply.u.created.upload_id, "u1");
    s3_free_upload_id(&reply);
    parse_fails(&call, "<InitiateMultipartUploadResult/>", "no UploadId", s3_parse_upload_id);
    parse_fails(&call, "<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>",
            "no UploadId", s3_parse_upload_id);
    parse_fails(&call,
            "<InitiateMultipartUploadResult><UploadId>u</UploadId><x></InitiateMultipartUpload>",
            "XML", s3_parse_upload_id);
}

/* --- headers --- */

/* headers: "name: value" lines. */
static enum err_code parse_headers(struct s3_call *call, int status, const char *text,
        enum err_code (*how)(const struct s3_call *, const struct http_response *,
                struct s3_reply *, struct err *))
{
    struct http_response response = {.status = status};
    enum err_code code;
    struct err e;

    headers_init(&response.headers);
    while (*text) {
        size_t len = strcspn(text, "\n"), name = strcspn(text, ":");

        headers_add_n(&response.headers, text, name, text + name + 2, len - name - 2);
        text += len + 1;
    }
    code = how(call, &response, &reply, &e);
    headers_free(&response.headers);
    return code;
}

static bool is_archived(const struct object_info *o)
{
    return o->archive == ARCHIVE_STORED || o->archive == ARCHIVE_RESTORING;
}

/* Whether the ETag tells nothing of the bytes. */
static bool is_opaque(const struct object_info *o)
{
    return o->etag_kind == ETAG_KIND_OPAQUE;
}

static bool has_tags(const struct object_info *o, unsigned count)
{
    return o->tags == count;
}

static void test_object(void **state)
{
    struct s3_call call = {.op = S3_HEAD_OBJECT};
    const struct object_info *o = &reply.u.object;

    (void)state;
    assert_int_equal(parse_headers(&call, 200,
                             "Content-Length: 5\nETag: \"e-2\"\nx-amz-mp-parts-count: 2\n"
                             "x-amz-storage-class: STANDARD_IA\nx-amz-tagging-count: 3\n",
                             s3_parse_object_headers),
            ERR_OK);
    assert_true(o->size == 5 && o->parts_count == 2 && has_tags(o, 3));
    assert_string_equal(o->etag, "e-2");
    assert_string_equal(o->storage_class, "STANDARD_IA");
    assert_false(is_opaque(o) || is_archived(o));
    assert_int_equal(parse_headers(&call, 206,
                             "content-length: 0\nx-amz-mp-parts-count: 10001\n"
                             "x-amz-server-side-encryption: aws:kms\netag: \"e\"\n",
                             s3_parse_object_headers),
            ERR_OK);
    assert_true(o->parts_count == 0 && !has_tags(o, 0) && is_opaque(o));
    assert_string_equal(o->etag, "e");
    assert_int_equal(parse_headers(&call, 200,
                             "content-length: 0\netag: \"e\"\n"
                             "x-amz-server-side-encryption-customer-algorithm: AES256\n",
                             s3_parse_object_headers),
            ERR_OK);
    assert_true(is_opaque(o));
    assert_int_equal(
            parse_headers(&call, 200, "content-length: 0\nx-amz-server-side-encryption: AES256\n",
                    s3_parse_object_headers),
            ERR_OK);
    assert_false(is_opaque(o));
}

/* A HEAD whose size is nonsense is no answer; a GET's size is in its body. */
static void test_object_without_size(void **state)
{
    static const char *const bad[] = {
            "content-length: x\n", "content-length: -1\n", "content-length: 9223372036854775808\n"};
    struct s3_call head = {.op = S3_HEAD_OBJECT}, get = {.op = S3_GET_OBJECT};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(parse_headers(&head, 200, bad[i], s3_parse_object_headers), ERR_PROTOCOL);
        assert_int_equal(parse_headers(&get, 200, bad[i], s3_parse_object_headers), ERR_OK);
    }
    assert_int_equal(parse_headers(&head, 200, "etag: \"e\"\n", s3_parse_object_headers), ERR_OK);
    assert_true(reply.u.object.size == S3_SIZE_UNTOLD);
}

/* The size by a GET that took the place of a HEAD. */
static void test_size_by_get(void **state)
{
    static const struct {
        int status;
        const char *headers;
        enum err_code code;
        uint64_t size;
    } rows[] = {
            {206, "content-range: bytes 0-0/77\ncontent-length: 1\n", ERR_OK, 77},
            {206, "content-range: bytes 0-0/9223372036854775807\n", ERR_OK, INT64_MAX},
            {206, "content-range: bytes 0-0/*\n", ERR_PROTOCOL, 0},
            {206, "content-range: bytes 0-0\n", ERR_PROTOCOL, 0},
            {206, "content-length: 1\n", ERR_PROTOCOL, 0},
            {200, "content-length: 3\n", ERR_OK, 3},
            {200, "etag: \"e\"\n", ERR_OK, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_call get = {.op = S3_GET_OBJECT, .size_by = S3_SIZE_BY_BYTE};

        assert_int_equal(
                parse_headers(&get, rows[i].status, rows[i].headers, s3_parse_object_headers),
                rows[i].code);
        if (rows[i].code == ERR_OK)
            assert_true(reply.u.object.size == rows[i].size);
    }
}

static void test_archived(void **state)
{
    static const struct {
        const char *headers;
        bool archived;
    } rows[] = {
            {"content-length: 0\nx-amz-storage-class: GLACIER\n", true},
            {"content-length: 0\nx-amz-storage-class: DEEP_ARCHIVE\n", true},
            {"content-length: 0\nx-amz-storage-class: GLACIER_IR\n", false},
            {"content-length: 0\nx-amz-storage-class: INTELLIGENT_TIERING\n", false},
            {"content-length: 0\nx-amz-storage-class: INTELLIGENT_TIERING\n"
             "x-amz-archive-status: ARCHIVE_ACCESS\n",
                    true},
            {"content-length: 0\nx-amz-storage-class: GLACIER\n"
             "x-amz-restore: ongoing-request=\"true\"\n",
                    true},
            {"content-length: 0\nx-amz-storage-class: GLACIER\n"
             "x-amz-restore: ongoing-request=\"false\", expiry-date=\"x\"\n",
                    false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_call call = {.op = S3_HEAD_OBJECT};

        assert_int_equal(
                parse_headers(&call, 200, rows[i].headers, s3_parse_object_headers), ERR_OK);
        assert_int_equal(is_archived(&reply.u.object), rows[i].archived);
    }
}

static void test_put(void **state)
{
    struct s3_call call = {.op = S3_UPLOAD_PART};

    (void)state;
    assert_int_equal(parse_headers(&call, 200, "etag: \"e\"\n", s3_parse_put), ERR_OK);
    assert_string_equal(reply.u.copied.etag, "e");
    assert_int_equal(parse_headers(&call, 200, "", s3_parse_put), ERR_PROTOCOL);
    /* Nothing is done with the ETag of an object that was put, but to learn of the server. */
    call.op = S3_PUT_OBJECT;
    assert_int_equal(parse_headers(&call, 200, "", s3_parse_put), ERR_OK);
    assert_int_equal(reply.u.copied.etag_kind, ETAG_KIND_NONE);
    assert_int_equal(parse_headers(&call, 200,
                             "etag: \"d41d8cd98f00b204e9800998ecf8427e\"\n"
                             "x-amz-server-side-encryption: aws:kms\n",
                             s3_parse_put),
            ERR_OK);
    assert_int_equal(reply.u.copied.etag_kind, ETAG_KIND_OPAQUE);
}

/* A part's ETag may be in a header; an object's is not taken from there. */
static void test_copied_header(void **state)
{
    struct s3_call call = {.op = S3_UPLOAD_PART_COPY};
    const char *etag = reply.u.copied.etag;

    (void)state;
    assert_int_equal(parse_headers(&call, 200, "etag: \"h\"\n", s3_parse_copied), ERR_OK);
    assert_string_equal(etag, "h");
    assert_int_equal(parse_headers(&call, 200, "", s3_parse_copied), ERR_PROTOCOL);
    parse_fails(&call, "<CopyPartResult/>", "UploadPartCopy has no ETag", s3_parse_copied);
    call.op = S3_COPY_OBJECT;
    assert_int_equal(parse_headers(&call, 200, "etag: \"h\"\n", s3_parse_copied), ERR_PROTOCOL);
    call.op = S3_COMPLETE_MULTIPART_UPLOAD;
    assert_int_equal(parse_headers(&call, 200, "etag: \"h\"\n", s3_parse_copied), ERR_PROTOCOL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_tagging),
            cmocka_unit_test(test_largest_tagging),
            cmocka_unit_test(test_uploads),
            cmocka_unit_test(test_uploads_pages),
            cmocka_unit_test(test_keys),
            cmocka_unit_test(test_objects),
            cmocka_unit_test(test_listed),
            cmocka_unit_test(test_listed_restored),
            cmocka_unit_test(test_parts),
            cmocka_unit_test(test_part_checksums),
            cmocka_unit_test(test_page_too_long),
            cmocka_unit_test(test_copied),
            cmocka_unit_test(test_copied_header),
            cmocka_unit_test(test_upload_id),
            cmocka_unit_test(test_object),
            cmocka_unit_test(test_object_without_size),
            cmocka_unit_test(test_size_by_get),
            cmocka_unit_test(test_archived),
            cmocka_unit_test(test_put),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
