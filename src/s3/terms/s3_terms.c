#include "s3/terms/s3_terms.h"

#include "net/headers.h"

#define CUSTOMER "server-side-encryption-customer-"

/* An operation takes these of its bucket's terms. */
enum takes {
    OWNER = 1,  /* x-amz-expected-bucket-owner */
    PAYER = 2,  /* x-amz-request-payer */
    KEY = 4,    /* the SSE-C key of the object */
    SOURCE = 8, /* owner and key of the source, under names of their own */
    LOOK = 16,  /* it may go without a signature */
};

/* Amazon S3 API Reference, the request syntax of each operation. CompleteMultipartUpload and
 * ListParts need the key "when the object was created using a checksum algorithm". copyout's own
 * files are not encrypted by SSE-C: PutObject and UploadPart write no others. */
static const unsigned takes[S3_OP_COUNT] = {
        [S3_HEAD_BUCKET] = OWNER | LOOK,
        [S3_HEAD_OBJECT] = OWNER | PAYER | KEY | LOOK,
        [S3_GET_OBJECT] = OWNER | PAYER | KEY | LOOK,
        [S3_PUT_OBJECT] = OWNER | PAYER,
        [S3_COPY_OBJECT] = OWNER | PAYER | KEY | SOURCE,
        [S3_PUT_OBJECT_TAGGING] = OWNER | PAYER,
        [S3_GET_OBJECT_TAGGING] = OWNER | PAYER | LOOK,
        [S3_LIST_OBJECT_ANNOTATIONS] = OWNER | PAYER | LOOK,
        [S3_GET_OBJECT_ANNOTATION] = OWNER | PAYER | LOOK,
        [S3_PUT_OBJECT_ANNOTATION] = OWNER | PAYER,
        [S3_CREATE_MULTIPART_UPLOAD] = OWNER | PAYER | KEY,
        [S3_UPLOAD_PART] = OWNER | PAYER,
        [S3_UPLOAD_PART_COPY] = OWNER | PAYER | KEY | SOURCE,
        [S3_COMPLETE_MULTIPART_UPLOAD] = OWNER | PAYER | KEY,
        [S3_ABORT_MULTIPART_UPLOAD] = OWNER | PAYER,
        [S3_LIST_PARTS] = OWNER | PAYER | KEY,
        [S3_LIST_MULTIPART_UPLOADS] = OWNER | PAYER,
        [S3_LIST_OBJECTS] = OWNER | PAYER | LOOK,
        [S3_RESTORE_OBJECT] = OWNER | PAYER,
        [S3_DELETE_OBJECT] = OWNER | PAYER,
};

static void add_key(struct headers *h, const struct sse_c_key *key)
{
    if (!key)
        return;
    headers_add(h, "x-amz-" CUSTOMER "algorithm", "AES256");
    headers_add(h, "x-amz-" CUSTOMER "key", key->key);
    headers_add(h, "x-amz-" CUSTOMER "key-md5", key->md5);
}

static void add_source(struct headers *h, const struct bucket_terms *source)
{
    if (source->owner)
        headers_add(h, "x-amz-source-expected-bucket-owner", source->owner);
    if (!source->key)
        return;
    headers_add(h, "x-amz-copy-source-" CUSTOMER "algorithm", "AES256");
    headers_add(h, "x-amz-copy-source-" CUSTOMER "key", source->key->key);
    headers_add(h, "x-amz-copy-source-" CUSTOMER "key-md5", source->key->md5);
}

/* The terms of the object that is copied; NULL: none is, or it has none. */
static const struct bucket_terms *source_of(const struct s3_request *r)
{
    if (r->op == S3_COPY_OBJECT)
        return r->u.copy.source.terms;
    return r->op == S3_UPLOAD_PART_COPY ? r->u.part_copy.source.terms : NULL;
}

static bool pays(const struct bucket_terms *terms)
{
    return terms && terms->access == ACCESS_PAYING;
}

void s3_terms_add(struct headers *headers, const struct s3_request *r)
{
    const struct bucket_terms *own = r->where.terms, *source = source_of(r);
    unsigned may = takes[r->op];

    if (own && own->owner && (may & OWNER))
        headers_add(headers, "x-amz-expected-bucket-owner", own->owner);
    if ((pays(own) || pays(source)) && (may & PAYER))
        headers_add(headers, "x-amz-request-payer", "requester");
    if (own && (may & KEY))
        add_key(headers, own->key);
    if (source && (may & SOURCE))
        add_source(headers, source);
}

bool s3_terms_unsigned(const struct s3_request *r)
{
    const struct bucket_terms *terms = r->where.terms;

    return terms && terms->access == ACCESS_UNSIGNED && (takes[r->op] & LOOK);
}
