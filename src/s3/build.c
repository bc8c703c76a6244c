#include "s3/build.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "s3/own_file.h"
#include "s3/reply.h"

enum {
    COPY_STALL_LEAST_MS = 60000,
    COMPLETE_MS_PER_PART = 60,
    PATIENCE_DOUBLINGS = 4,
    COPY_BYTES_PER_MS = 8 * 1024, /* the slowest copy that counts as alive: 8 MiB/s */
};

#define XMLNS "http://s3.amazonaws.com/doc/2006-03-01/"

/* --- messages --- */

void s3_message_init(struct s3_message *m)
{
    memset(m, 0, sizeof *m);
    headers_init(&m->headers);
    buf_init(&m->names, BUF_MAX_REQUEST); /* what is too long for S3 fails when it is sent */
    buf_init(&m->query, BUF_MAX_SMALL);
    buf_init(&m->body, BUF_MAX_REQUEST);
}

enum err_code s3_message_set_object(
        struct s3_message *m, const char *bucket, const char *key, struct err *e)
{
    size_t bucket_size = strlen(bucket) + 1;

    buf_clear(&m->names);
    buf_add(&m->names, bucket, bucket_size);
    if (key)
        buf_adds(&m->names, key);
    if (!buf_ok(&m->names))
        return buf_check(&m->names, "the object's name", e);
    m->bucket = m->names.data;
    m->key = key ? m->names.data + bucket_size : NULL;
    return ERR_OK;
}

/* Empties it; frees its memory if that is more than nearly all messages need. */
static void empty(struct buf *b)
{
    enum { KEPT_MOST = 4096 };

    if (b->cap > KEPT_MOST)
        buf_free(b);
    else
        buf_clear(b);
}

void s3_message_clear(struct s3_message *m)
{
    headers_clear(&m->headers);
    empty(&m->headers.text);
    empty(&m->names);
    empty(&m->query);
    empty(&m->body);
    m->bucket = m->key = NULL;
    m->borrowed = NULL;
    m->borrowed_len = 0;
    m->read = NULL;
    m->read_ctx = NULL;
    m->stall_ms = 0;
}

void s3_message_free(struct s3_message *m)
{
    headers_free(&m->headers);
    buf_free(&m->names);
    buf_free(&m->query);
    buf_free(&m->body);
}

void s3_message_query(struct s3_message *m, const char *name, const char *value)
{
    if (m->query.len > 0)
        buf_addc(&m->query, '&');
    buf_adds(&m->query, name);
    buf_addc(&m->query, '='); /* "?uploads=" and "?uploads" are the same to S3 and to SigV4 */
    if (value)
        str_uri_encode(&m->query, value, strlen(value), false);
}

void s3_message_query_u64(struct s3_message *m, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    s3_message_query(m, name, text);
}

const void *s3_message_body(const struct s3_message *m, size_t *len)
{
    *len = m->borrowed || m->read ? m->borrowed_len : m->body.len;
    if (m->read)
        return NULL;
    return m->borrowed ? m->borrowed : m->body.data;
}

static void add_md5(struct s3_message *m, const unsigned char *md5, unsigned len)
{
    char text[2 * EVP_MAX_MD_SIZE];

    EVP_EncodeBlock((unsigned char *)text, md5, (int)len);
    headers_add(&m->headers, "content-md5", text);
}

void s3_message_content_md5(struct s3_message *m)
{
    unsigned char md5[EVP_MAX_MD_SIZE];
    unsigned md5_len;
    size_t len;
    const void *body = s3_message_body(m, &len);

    /* A library that is held to FIPS 140 has no MD5; the message then goes without the header. */
    if (EVP_Digest(len ? body : "", len, md5, &md5_len, EVP_md5(), NULL) == 1)
        add_md5(m, md5, md5_len);
}

/* Reads the body once, piece by piece, and gives it to both; md5: NULL where there is none. */
static bool hash_read(const struct s3_message *m, EVP_MD_CTX *sha256, EVP_MD_CTX *md5)
{
    enum { PIECE = 16384 };
    unsigned char piece[PIECE];
    size_t at, n;

    for (at = 0; at < m->borrowed_len; at += n) {
        n = m->borrowed_len - at < PIECE ? m->borrowed_len - at : PIECE;
        if (!m->read(m->read_ctx, at, piece, n) || EVP_DigestUpdate(sha256, piece, n) != 1 ||
                (md5 && EVP_DigestUpdate(md5, piece, n) != 1))
            return false;
    }
    return true;
}

/* The body is not in memory: its hashes are computed once, and not each time it is sent. */
static void set_read(struct s3_message *m, http_read_cb read, void *ctx, size_t len)
{
    EVP_MD_CTX *sha256 = EVP_MD_CTX_new(), *md5 = EVP_MD_CTX_new();
    bool has_md5 = md5 && EVP_DigestInit_ex(md5, EVP_md5(), NULL) == 1;
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned hash_len;

    m->read = read;
    m->read_ctx = ctx;
    m->borrowed_len = len;
    m->read_hash[0] = '\0';
    if (sha256 && EVP_DigestInit_ex(sha256, EVP_sha256(), NULL) == 1 &&
            hash_read(m, sha256, has_md5 ? md5 : NULL) &&
            EVP_DigestFinal_ex(sha256, hash, &hash_len) == 1) {
        str_hex(m->read_hash, hash, hash_len);
        if (has_md5 && EVP_DigestFinal_ex(md5, hash, &hash_len) == 1)
            add_md5(m, hash, hash_len);
    }
    EVP_MD_CTX_free(sha256);
    EVP_MD_CTX_free(md5);
}

enum err_code s3_message_check(const struct s3_message *m, struct err *e)
{
    enum err_code code = buf_check(&m->query, "the request's query", e);

    if (code == ERR_OK)
        code = buf_check(&m->headers.text, "the request's header", e);
    if (code == ERR_OK)
        code = buf_check(&m->body, "the request's body", e);
    if (code == ERR_OK && m->read && !m->read_hash[0])
        code = err_set(e, ERR_IO, "the body of the request cannot be read");
    return code;
}

/* --- what builders share --- */

uint64_t s3_copy_stall_ms(uint64_t bytes)
{
    return COPY_STALL_LEAST_MS + bytes / COPY_BYTES_PER_MS;
}

uint64_t s3_complete_stall_ms(unsigned parts)
{
    return COPY_STALL_LEAST_MS + (uint64_t)parts * COMPLETE_MS_PER_PART;
}

uint64_t s3_patience_ms(uint64_t stall_ms, unsigned failures)
{
    return stall_ms << (failures < PATIENCE_DOUBLINGS ? failures : PATIENCE_DOUBLINGS);
}

/* The value is "bucket/key?versionId=...", the key and the version encoded. With a "/" before the
 * bucket, which Amazon S3 takes as well, Cloudflare R2 answers 400. */
void s3_copy_source(struct headers *headers, const struct s3_where *from)
{
    size_t begun = headers_begin(headers, "x-amz-copy-source");
    struct buf *value = &headers->text;

    buf_adds(value, from->bucket);
    buf_addc(value, '/');
    str_uri_encode(value, from->key, strlen(from->key), true);
    if (from->version_id) {
        buf_adds(value, "?versionId=");
        str_uri_encode(value, from->version_id, strlen(from->version_id), false);
    }
    headers_end(headers, begun);
}

/* Adds the header `name` with the quoted ETag, if there is one. */
static void etag_header(struct headers *headers, const char *name, const char *etag)
{
    size_t begun;

    if (!etag || !etag[0])
        return;
    begun = headers_begin(headers, name);
    buf_addc(&headers->text, '"');
    buf_adds(&headers->text, etag);
    buf_addc(&headers->text, '"');
    headers_end(headers, begun);
}

/* --- reads --- */

void s3_build_head_object(struct s3_message *m, const struct s3_request *r)
{
    if (r->u.head.part > 0)
        s3_message_query_u64(m, "partNumber", r->u.head.part);
    if (r->u.head.checksums)
        headers_add(&m->headers, "x-amz-checksum-mode", "ENABLED");
}

/* Empties the headers, but for those of the bucket's terms. */
static void keep_terms(struct headers *headers)
{
    const char *name, *value;
    struct headers kept;
    size_t at = 0;

    headers_init(&kept);
    while (headers_next(headers, &at, &name, &value))
        if (str_starts(name, "x-amz-") && strcmp(name, "x-amz-checksum-mode") != 0)
            headers_add(&kept, name, value);
    headers_clear(headers);
    headers_add_all(headers, &kept);
    headers_free(&kept);
}

void s3_build_range(struct s3_message *m, uint64_t first, uint64_t last, const char *if_match)
{
    keep_terms(&m->headers);
    if (last != UINT64_MAX)
        headers_addf(&m->headers, "range", "bytes=%llu-%llu", (unsigned long long)first,
                (unsigned long long)last);
    else if (first > 0)
        headers_addf(&m->headers, "range", "bytes=%llu-", (unsigned long long)first);
    etag_header(&m->headers, "if-match", if_match);
}

void s3_build_get_object(struct s3_message *m, const struct s3_request *r)
{
    s3_build_range(m, r->u.get.first, r->u.get.last, r->u.get.if_match);
}

void s3_build_get_tagging(struct s3_message *m, const struct s3_request *r)
{
    (void)r;
    s3_message_query(m, "tagging", NULL);
}

/* Amazon S3 API Reference, ListObjectAnnotations and GetObjectAnnotation: the names of the query
 * are "max-annotation-results", "continuation-token" and "annotationName". */
void s3_build_list_annotations(struct s3_message *m, const struct s3_request *r)
{
    s3_message_query(m, "annotation", NULL);
    s3_message_query_u64(m, "max-annotation-results", S3_ANNOTATIONS_MOST);
    if (r->u.annotations.after)
        s3_message_query(m, "continuation-token", r->u.annotations.after);
}

void s3_build_get_annotation(struct s3_message *m, const struct s3_request *r)
{
    s3_message_query(m, "annotation", NULL);
    s3_message_query(m, "annotationName", r->u.get_annotation.name);
}

void s3_build_list_parts(struct s3_message *m, const struct s3_request *r)
{
    s3_message_query(m, "uploadId", r->u.parts.upload_id);
    if (r->u.parts.after > 0)
        s3_message_query_u64(m, "part-number-marker", r->u.parts.after);
}

void s3_build_list_uploads(struct s3_message *m, const struct s3_request *r)
{
    s3_message_query(m, "uploads", NULL);
    s3_message_query(m, "encoding-type", "url");
    /* Uploads come in the order of their keys, so that those of the key itself come before those
     * of the keys that it is a prefix of. */
    s3_message_query(m, "prefix", r->where.key);
    if (r->u.uploads.after) {
        s3_message_query(m, "key-marker", r->where.key);
        s3_message_query(m, "upload-id-marker", r->u.uploads.after);
    }
}

void s3_build_list_objects(struct s3_message *m, const struct s3_request *r)
{
    s3_message_query(m, "list-type", "2");
    s3_message_query(m, "encoding-type", "url");
    s3_message_query(m, "prefix", r->u.list.prefix);
    if (r->u.list.after)
        s3_message_query(m, "continuation-token", r->u.list.after);
    else if (r->u.list.start_after && r->u.list.start_after[0])
        s3_message_query(m, "start-after", r->u.list.start_after);
    if (r->u.list.restored)
        headers_add(&m->headers, S3_OPTIONAL_ATTRIBUTES, "RestoreStatus");
}

/* --- writes --- */

static void set_body(
        struct s3_message *m, const void *body, size_t len, http_read_cb read, void *read_ctx)
{
    if (read) {
        set_read(m, read, read_ctx, len);
        return;
    }
    m->borrowed = body;
    m->borrowed_len = len;
    s3_message_content_md5(m);
}

void s3_build_put_object(struct s3_message *m, const struct s3_request *r)
{
    if (r->u.put.content_type)
        headers_add(&m->headers, "content-type", r->u.put.content_type);
    if (r->u.put.ours)
        headers_add(&m->headers, OWN_FILE_HEADER, r->u.put.ours);
    if (r->u.put.only_if_absent)
        headers_add(&m->headers, "if-none-match", "*");
    set_body(m, r->u.put.body, r->u.put.len, r->u.put.read, r->u.put.read_ctx);
}

/* The condition is on the object, whose ETag an annotation does not change (Amazon S3 API
 * Reference, PutObjectAnnotation: x-amz-object-if-match). */
void s3_build_put_annotation(struct s3_message *m, const struct s3_request *r)
{
    const struct s3_put_annotation *put = &r->u.put_annotation;

    s3_message_query(m, "annotation", NULL);
    s3_message_query(m, "annotationName", put->name);
    etag_header(&m->headers, "x-amz-object-if-match", put->if_match);
    set_body(m, put->body, put->len, NULL, NULL);
}

void s3_build_copy_object(struct s3_message *m, const struct s3_request *r)
{
    const struct s3_copy *copy = &r->u.copy;

    s3_copy_source(&m->headers, &copy->source);
    etag_header(&m->headers, "x-amz-copy-source-if-match", copy->source_etag);
    if (copy->only_if_absent)
        headers_add(&m->headers, "if-none-match", "*");
    etag_header(&m->headers, "if-match", copy->only_if_match);
    headers_add_all(&m->headers, copy->headers);
    m->stall_ms = s3_copy_stall_ms(copy->size);
}

/* Decodes one name or value of a tagging, and adds it to the XML. */
static void add_tag_text(struct buf *xml, const char *encoded, size_t len)
{
    struct buf text;
    size_t i;

    buf_init(&text, BUF_MAX_SMALL);
    if (!str_uri_decode(&text, encoded, len, true))
        xml->failed = ERR_LIMIT;
    if (!buf_ok(&text))
        xml->failed = text.failed;
    for (i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '&' || c == '<' || c == '>')
            buf_addf(xml, "&#%d;", c);
        else
            buf_addc(xml, c);
    }
    buf_free(&text);
}

void s3_build_put_tagging(struct s3_message *m, const struct s3_request *r)
{
    const char *tag = r->u.tagging;

    s3_message_query(m, "tagging", NULL);
    headers_add(&m->headers, "content-type", "application/xml");
    buf_adds(&m->body, "<Tagging xmlns=\"" XMLNS "\"><TagSet>");
    while (*tag) {
        size_t len = strcspn(tag, "&"), name = strcspn(tag, "=&");

        buf_adds(&m->body, "<Tag><Key>");
        add_tag_text(&m->body, tag, name);
        buf_adds(&m->body, "</Key><Value>");
        if (name < len)
            add_tag_text(&m->body, tag + name + 1, len - name - 1);
        buf_adds(&m->body, "</Value></Tag>");
        tag += len + (tag[len] == '&');
    }
    buf_adds(&m->body, "</TagSet></Tagging>");
    s3_message_content_md5(m);
}

/* The order of the elements is that of the schema (Amazon S3 API Reference, RestoreObject). */
void s3_build_restore(struct s3_message *m, const struct s3_request *r)
{
    const struct s3_restore *restore = &r->u.restore;

    s3_message_query(m, "restore", NULL);
    headers_add(&m->headers, "content-type", "application/xml");
    buf_adds(&m->body, "<RestoreRequest xmlns=\"" XMLNS "\">");
    if (restore->days > 0)
        buf_addf(&m->body, "<Days>%u</Days>", restore->days);
    buf_addf(&m->body, "<GlacierJobParameters><Tier>%s</Tier></GlacierJobParameters>",
            restore->tier);
    buf_adds(&m->body, "</RestoreRequest>");
    s3_message_content_md5(m);
}

/* --- multipart uploads --- */

void s3_build_create(struct s3_message *m, const struct s3_request *r)
{
    s3_message_query(m, "uploads", NULL);
    headers_add_all(&m->headers, r->u.create.headers);
}

/* UploadPartCopy takes no ACL, no metadata and no metadata directive: the headers listed here are
 * all it sends (bji/libs3#80: InvalidArgument for one header too many). */
void s3_build_part_copy(struct s3_message *m, const struct s3_request *r)
{
    const struct s3_part_copy *copy = &r->u.part_copy;

    s3_message_query_u64(m, "partNumber", copy->part);
    s3_message_query(m, "uploadId", copy->upload_id);
    s3_copy_source(&m->headers, &copy->source);
    etag_header(&m->headers, "x-amz-copy-source-if-match", copy->source_etag);
    if (!copy->whole)
        headers_addf(&m->headers, "x-amz-copy-source-range", "bytes=%llu-%llu",
                (unsigned long long)copy->first, (unsigned long long)copy->last);
    m->stall_ms = s3_copy_stall_ms(copy->last - copy->first);
}

void s3_build_upload_part(struct s3_message *m, const struct s3_request *r)
{
    s3_message_query_u64(m, "partNumber", r->u.part_put.part);
    s3_message_query(m, "uploadId", r->u.part_put.upload_id);
    set_body(m, r->u.part_put.body, r->u.part_put.len, r->u.part_put.read, r->u.part_put.read_ctx);
}

/* <ChecksumCRC32>, or nothing for a part whose checksum is not known. */
static void add_part_sum(struct buf *xml, const struct part_sums *sums, unsigned part)
{
    char text[CHECKSUM_SIZE];

    part_sums_get(sums, part, text);
    if (text[0])
        buf_addf(xml, "<Checksum%s>%s</Checksum%s>", checksum_name(sums->kind), text,
                checksum_name(sums->kind));
}

void s3_build_complete(struct s3_message *m, const struct s3_request *r)
{
    const struct s3_complete *complete = &r->u.complete;
    char etag[ETAG_SIZE];
    unsigned n;

    s3_message_query(m, "uploadId", complete->upload_id);
    headers_add(&m->headers, "content-type", "application/xml");
    if (complete->only_if_absent)
        headers_add(&m->headers, "if-none-match", "*");
    etag_header(&m->headers, "if-match", complete->only_if_match);
    if (complete->sums && complete->checksum_type != CHECKSUMS_UNTYPED)
        headers_add(
                &m->headers, "x-amz-checksum-type", checksum_type_name(complete->checksum_type));
    buf_adds(&m->body, "<CompleteMultipartUpload xmlns=\"" XMLNS "\">");
    /* The ETags came from the server; etag_copy() has refused those that are not plain text. */
    for (n = 1; n <= complete->count; n++) {
        part_etags_get(complete->etags, n, etag);
        buf_addf(&m->body, "<Part><PartNumber>%u</PartNumber><ETag>\"%s\"</ETag>", n, etag);
        if (complete->sums)
            add_part_sum(&m->body, complete->sums, n);
        buf_adds(&m->body, "</Part>");
    }
    buf_adds(&m->body, "</CompleteMultipartUpload>");
    m->stall_ms = s3_complete_stall_ms(complete->count);
}

void s3_build_abort(struct s3_message *m, const struct s3_request *r)
{
    s3_message_query(m, "uploadId", r->u.abort.upload_id);
}
