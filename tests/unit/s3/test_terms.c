/* The terms of a bucket: which headers of them each operation takes (s3/terms/s3_terms.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "net/headers.h"
#include "s3/terms/s3_terms.h"

enum { OWNER = 1, PAYER = 2, KEY = 4, SOURCE = 8, LOOK = 16 };

/* Amazon S3 API Reference, the request syntax of each operation; SSE-C is not for our own files. */
static const struct {
    enum s3_op op;
    unsigned takes;
} rows[] = {
        {S3_HEAD_BUCKET, OWNER | LOOK},
        {S3_HEAD_OBJECT, OWNER | PAYER | KEY | LOOK},
        {S3_GET_OBJECT, OWNER | PAYER | KEY | LOOK},
        {S3_PUT_OBJECT, OWNER | PAYER},
        {S3_COPY_OBJECT, OWNER | PAYER | KEY | SOURCE},
        {S3_PUT_OBJECT_TAGGING, OWNER | PAYER},
        {S3_GET_OBJECT_TAGGING, OWNER | PAYER | LOOK},
        {S3_LIST_OBJECT_ANNOTATIONS, OWNER | PAYER | LOOK},
        {S3_GET_OBJECT_ANNOTATION, OWNER | PAYER | LOOK},
        {S3_PUT_OBJECT_ANNOTATION, OWNER | PAYER},
        {S3_CREATE_MULTIPART_UPLOAD, OWNER | PAYER | KEY},
        {S3_UPLOAD_PART, OWNER | PAYER},
        {S3_UPLOAD_PART_COPY, OWNER | PAYER | KEY | SOURCE},
        {S3_COMPLETE_MULTIPART_UPLOAD, OWNER | PAYER | KEY},
        {S3_ABORT_MULTIPART_UPLOAD, OWNER | PAYER},
        {S3_LIST_PARTS, OWNER | PAYER | KEY},
        {S3_LIST_MULTIPART_UPLOADS, OWNER | PAYER},
        {S3_LIST_OBJECTS, OWNER | PAYER | LOOK},
        {S3_RESTORE_OBJECT, OWNER | PAYER},
        {S3_DELETE_OBJECT, OWNER | PAYER},
};

static void assert_header(const struct headers *h, const char *name, const char *value, bool there)
{
    const char *found = headers_get(h, name);

    assert_int_equal(found != NULL, there);
    if (there)
        assert_string_equal(found, value);
}

static struct s3_request request(
        enum s3_op op, const struct bucket_terms *own, const struct bucket_terms *source)
{
    struct s3_request r = {.op = op, .where = {.bucket = "b", .key = "k", .terms = own}};

    if (op == S3_COPY_OBJECT)
        r.u.copy.source.terms = source;
    if (op == S3_UPLOAD_PART_COPY)
        r.u.part_copy.source.terms = source;
    return r;
}

static void test_each(void **state)
{
    static const struct sse_c_key key = {"key", "md5"}, source_key = {"source key", "source md5"};
    const struct bucket_terms own = {"1", ACCESS_PAYING, &key};
    const struct bucket_terms public = {.access = ACCESS_UNSIGNED};
    const struct bucket_terms source = {.owner = "2", .key = &source_key};
    size_t i;

    (void)state;
    assert_int_equal(sizeof rows / sizeof rows[0], S3_OP_COUNT);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_request r = request(rows[i].op, &own, &source);
        unsigned takes = rows[i].takes;
        struct headers h;

        headers_init(&h);
        s3_terms_add(&h, &r);
        assert_header(&h, "x-amz-expected-bucket-owner", "1", takes & OWNER);
        assert_header(&h, "x-amz-request-payer", "requester", takes & PAYER);
        assert_header(&h, "x-amz-server-side-encryption-customer-algorithm", "AES256", takes & KEY);
        assert_header(&h, "x-amz-server-side-encryption-customer-key", "key", takes & KEY);
        assert_header(&h, "x-amz-server-side-encryption-customer-key-md5", "md5", takes & KEY);
        assert_header(&h, "x-amz-source-expected-bucket-owner", "2", takes & SOURCE);
        assert_header(&h, "x-amz-copy-source-server-side-encryption-customer-key", "source key",
                takes & SOURCE);
        assert_false(s3_terms_unsigned(&r));
        r.where.terms = &public;
        assert_int_equal(s3_terms_unsigned(&r), (takes & LOOK) != 0);
        headers_free(&h);
    }
}

/* No terms, no headers; a copy is paid for where either side asks it. */
static void test_none(void **state)
{
    const struct bucket_terms nothing = {0}, pays = {.access = ACCESS_PAYING};
    struct s3_request r;
    struct headers h;
    int op;

    (void)state;
    headers_init(&h);
    for (op = 0; op < S3_OP_COUNT; op++) {
        r = request((enum s3_op)op, NULL, NULL);
        s3_terms_add(&h, &r);
        r = request((enum s3_op)op, &nothing, &nothing);
        s3_terms_add(&h, &r);
        assert_false(s3_terms_unsigned(&r));
    }
    assert_int_equal(h.count, 0);
    r = request(S3_COPY_OBJECT, &nothing, &pays);
    s3_terms_add(&h, &r);
    assert_header(&h, "x-amz-request-payer", "requester", true);
    headers_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each), cmocka_unit_test(test_none)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
