#include "s3/build.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "s3/parse.h"
#include "s3/parse_list.h"

enum {
    COPY_STALL_LEAST_MS = 60000,
    COMPLETE_MS_PER_PART = 60,
    COPY_BYTES_PER_MS = 8 * 1024, /* the slowest copy that counts as alive: 8 MiB/s */
};

#define XMLNS "http://s3.amazonaws.com/doc/2006-03-01/"

uint64_t s3_copy_stall_ms(uint64_t bytes)
{
    return COPY_STALL_LEAST_MS + bytes / COPY_BYTES_PER_MS;
}

uint64_t s3_complete_stall_ms(unsigned parts)
{
    return COPY_STALL_LEAST_MS + (uint64_t)parts * COMPLETE_MS_PER_PART;
}

/* x-amz-copy-source: /bucket/key?versionId=..., encoded. */
static void copy_source(struct headers *headers, const struct s3_where *from)
{
    struct buf value;

    buf_init(&value, BUF_MAX_SMALL);
    buf_addc(&value, '/');
    buf_adds(&value, from->bucket);
    buf_addc(&value, '/');
    str_uri_encode(&value, from->key, strlen(from->key), true);
    if (from->version_id) {
        buf_adds(&value, "?versionId=");
        str_uri_encode(&value, from->version_id, strlen(from->version_id), false);
    }
    if (!buf_ok(&value))
        headers->text.failed = value.failed;
    else
        headers_add(headers, "x-amz-copy-source", buf_str(&value));
    buf_free(&value);
}

/* Adds name: "etag", if there is one. */
static void etag_header(struct headers *headers, const char *name, const char *etag)
{
    if (etag && etag[0])
        headers_addf(headers, name, "\"%s\"", etag);
}

/* --- reads --- */

static void build_head_object(struct s3_call *call, const struct s3_request *r)
{
    if (r->u.head.part > 0)
        s3_call_query_u64(call, "partNumber", r->u.head.part);
    headers_add(&call->headers, "x-amz-checksum-mode", "ENABLED");
    call->parse = s3_parse_object_headers;
}

static void range_header(struct s3_call *call, const char *if_match)
{
    uint64_t first = call->get_first + call->streamed;

    headers_clear(&call->headers);
    if (call->get_last != UINT64_MAX)
        headers_addf(&call->headers, "range", "bytes=%llu-%llu", (unsigned long long)first,
                (unsigned long long)call->get_last);
    else if (first > 0)
        headers_addf(&call->headers, "range", "bytes=%llu-", (unsigned long long)first);
    etag_header(&call->headers, "if-match", if_match);
}

/* The body broke off: go on behind what was handed on, of the same object only. */
static void resume_get(struct s3_call *call, const struct http_response *response)
{
    const char *seen = headers_get(&response->headers, "etag");

    if (call->streamed == 0)
        return;
    if (seen && !call->resume_etag[0])
        etag_copy(call->resume_etag, seen);
    range_header(call, call->resume_etag);
}

static enum err_code on_get_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct s3_call *call = ctx;

    /* The whole again in answer to a range: what was handed on already must not come twice. */
    if (call->streamed > 0 && call->attempts != call->streamed_by &&
            (status != 206 || !call->resume_etag[0]))
        return err_set(e, ERR_SERVICE,
                "the server gives no ranges of one ETag: cannot go on at byte %llu",
                (unsigned long long)call->streamed);
    call->streamed_by = call->attempts;
    call->streamed += len;
    return call->user_on_body(call->user_ctx, status, data, len, e);
}

static void build_get_object(struct s3_call *call, const struct s3_request *r)
{
    const struct s3_get *get = &r->u.get;

    call->get_first = get->first;
    call->get_last = get->last;
    range_header(call, get->if_match);
    if (get->on_body) {
        call->on_body = on_get_body;
        call->on_body_ctx = call;
        call->user_on_body = get->on_body;
        call->user_ctx = get->on_body_ctx;
        call->before_retry = resume_get;
        if (get->if_match)
            etag_copy(call->resume_etag, get->if_match);
    }
    call->parse = s3_parse_object_headers;
}

static void build_get_tagging(struct s3_call *call, const struct s3_request *r)
{
    (void)r;
    s3_call_query(call, "tagging", NULL);
    call->parse = s3_parse_tagging;
    call->free_parsed = s3_free_tagging;
}

static void build_list_parts(struct s3_call *call, const struct s3_request *r)
{
    s3_call_query(call, "uploadId", r->u.parts.upload_id);
    if (r->u.parts.after > 0)
        s3_call_query_u64(call, "part-number-marker", r->u.parts.after);
    call->parse = s3_parse_parts;
    call->free_parsed = s3_free_parts;
}

static void build_list_uploads(struct s3_call *call, const struct s3_request *r)
{
    s3_call_query(call, "uploads", NULL);
    s3_call_query(call, "encoding-type", "url");
    /* In order of keys: those of the key itself come before those that it is a prefix of. */
    s3_call_query(call, "prefix", r->where.key);
    call->parse = s3_parse_uploads;
    call->free_parsed = s3_free_uploads;
}

static void build_list_objects(struct s3_call *call, const struct s3_request *r)
{
    s3_call_query(call, "list-type", "2");
    s3_call_query(call, "encoding-type", "url");
    s3_call_query(call, "prefix", r->u.list.prefix);
    if (r->u.list.after)
        s3_call_query(call, "continuation-token", r->u.list.after);
    call->parse = s3_parse_keys;
    call->free_parsed = s3_free_keys;
}

/* --- writes --- */

static void send_body(struct s3_call *call, const void *body, size_t len)
{
    call->borrowed_body = body;
    call->borrowed_len = len;
    s3_call_content_md5(call);
    call->parse = s3_parse_put;
}

static void build_put_object(struct s3_call *call, const struct s3_request *r)
{
    headers_add(&call->headers, "content-type", r->u.put.content_type);
    send_body(call, r->u.put.body, r->u.put.len);
}

static void build_copy_object(struct s3_call *call, const struct s3_request *r)
{
    const struct s3_copy *copy = &r->u.copy;

    copy_source(&call->headers, &copy->source);
    etag_header(&call->headers, "x-amz-copy-source-if-match", copy->source_etag);
    if (copy->only_if_absent)
        headers_add(&call->headers, "if-none-match", "*");
    headers_add_all(&call->headers, copy->headers);
    call->stall_ms = s3_copy_stall_ms(copy->size);
    call->parse = s3_parse_copied;
}

/* Decodes one name or value, and adds it to XML. */
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

static void build_put_tagging(struct s3_call *call, const struct s3_request *r)
{
    const char *tag = r->u.tagging;

    s3_call_query(call, "tagging", NULL);
    headers_add(&call->headers, "content-type", "application/xml");
    buf_adds(&call->body, "<Tagging xmlns=\"" XMLNS "\"><TagSet>");
    while (*tag) {
        size_t len = strcspn(tag, "&"), name = strcspn(tag, "=&");

        buf_adds(&call->body, "<Tag><Key>");
        add_tag_text(&call->body, tag, name);
        buf_adds(&call->body, "</Key><Value>");
        if (name < len)
            add_tag_text(&call->body, tag + name + 1, len - name - 1);
        buf_adds(&call->body, "</Value></Tag>");
        tag += len + (tag[len] == '&');
    }
    buf_adds(&call->body, "</TagSet></Tagging>");
    s3_call_content_md5(call);
}

/* --- multipart uploads --- */

static void build_create(struct s3_call *call, const struct s3_request *r)
{
    s3_call_query(call, "uploads", NULL);
    headers_add_all(&call->headers, r->u.create.headers);
    call->parse = s3_parse_upload_id;
    call->free_parsed = s3_free_upload_id;
}

/* UploadPartCopy takes no ACL, no metadata and no metadata directive: what it sends is listed here
 * and nothing else (bji/libs3#80: InvalidArgument for one header too many). */
static void build_part_copy(struct s3_call *call, const struct s3_request *r)
{
    const struct s3_part_copy *copy = &r->u.part_copy;

    s3_call_query_u64(call, "partNumber", copy->part);
    s3_call_query(call, "uploadId", copy->upload_id);
    copy_source(&call->headers, &copy->source);
    etag_header(&call->headers, "x-amz-copy-source-if-match", copy->source_etag);
    if (!copy->whole)
        headers_addf(&call->headers, "x-amz-copy-source-range", "bytes=%llu-%llu",
                (unsigned long long)copy->first, (unsigned long long)copy->last);
    call->stall_ms = s3_copy_stall_ms(copy->last - copy->first);
    call->parse = s3_parse_copied;
}

static void build_part_put(struct s3_call *call, const struct s3_request *r)
{
    s3_call_query_u64(call, "partNumber", r->u.part_put.part);
    s3_call_query(call, "uploadId", r->u.part_put.upload_id);
    send_body(call, r->u.part_put.body, r->u.part_put.len);
}

static void build_complete(struct s3_call *call, const struct s3_request *r)
{
    const struct s3_complete *complete = &r->u.complete;
    unsigned i;

    s3_call_query(call, "uploadId", complete->upload_id);
    headers_add(&call->headers, "content-type", "application/xml");
    if (complete->only_if_absent)
        headers_add(&call->headers, "if-none-match", "*");
    buf_adds(&call->body, "<CompleteMultipartUpload xmlns=\"" XMLNS "\">");
    /* The ETags are what the server itself said; etag_copy() has refused what is no plain text. */
    for (i = 0; i < complete->count; i++)
        buf_addf(&call->body, "<Part><PartNumber>%u</PartNumber><ETag>\"%s\"</ETag></Part>", i + 1,
                complete->etags[i]);
    buf_adds(&call->body, "</CompleteMultipartUpload>");
    call->stall_ms = s3_complete_stall_ms(complete->count);
    call->parse = s3_parse_copied;
}

static void build_abort(struct s3_call *call, const struct s3_request *r)
{
    s3_call_query(call, "uploadId", r->u.abort.upload_id);
}

/* --- the table --- */

/* NULL: the operation has nothing but its method, its bucket and its key. */
static void (*const builders[S3_OP_COUNT])(struct s3_call *call, const struct s3_request *r) = {
        [S3_HEAD_OBJECT] = build_head_object,
        [S3_GET_OBJECT] = build_get_object,
        [S3_PUT_OBJECT] = build_put_object,
        [S3_COPY_OBJECT] = build_copy_object,
        [S3_PUT_OBJECT_TAGGING] = build_put_tagging,
        [S3_GET_OBJECT_TAGGING] = build_get_tagging,
        [S3_CREATE_MULTIPART_UPLOAD] = build_create,
        [S3_UPLOAD_PART] = build_part_put,
        [S3_UPLOAD_PART_COPY] = build_part_copy,
        [S3_COMPLETE_MULTIPART_UPLOAD] = build_complete,
        [S3_ABORT_MULTIPART_UPLOAD] = build_abort,
        [S3_LIST_PARTS] = build_list_parts,
        [S3_LIST_MULTIPART_UPLOADS] = build_list_uploads,
        [S3_LIST_OBJECTS] = build_list_objects,
};

void s3_build(struct s3_call *call, const struct s3_request *r)
{
    if (builders[r->op])
        builders[r->op](call, r);
    if (r->where.version_id)
        s3_call_query(call, "versionId", r->where.version_id);
}
