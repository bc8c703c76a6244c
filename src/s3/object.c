#include "s3/object.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "s3/call.h"
#include "s3/parse.h"

enum err_code s3_head_object(struct s3_client *c, const struct s3_where *where, unsigned part,
        s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call =
            s3_call_new(c, S3_HEAD_OBJECT, "HEAD", where->bucket, where->key, done, ctx);

    if (!call)
        return err_nomem(e);
    if (part > 0)
        s3_call_query_u64(call, "partNumber", part);
    s3_version_query(call, where->version_id);
    headers_add(&call->headers, "x-amz-checksum-mode", "ENABLED");
    call->parse = s3_parse_object_headers;
    return s3_call_start(call, e);
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
    s3_etag_header(&call->headers, "if-match", if_match);
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

enum err_code s3_get_object(
        struct s3_client *c, const struct s3_get *get, s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call =
            s3_call_new(c, S3_GET_OBJECT, "GET", get->where.bucket, get->where.key, done, ctx);

    if (!call)
        return err_nomem(e);
    s3_version_query(call, get->where.version_id);
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
    return s3_call_start(call, e);
}

enum err_code s3_put_object(struct s3_client *c, const char *bucket, const char *key,
        const char *content_type, const void *body, size_t len, s3_done_cb done, void *ctx,
        struct err *e)
{
    struct s3_call *call = s3_call_new(c, S3_PUT_OBJECT, "PUT", bucket, key, done, ctx);

    if (!call)
        return err_nomem(e);
    headers_add(&call->headers, "content-type", content_type);
    call->borrowed_body = body;
    call->borrowed_len = len;
    s3_call_content_md5(call);
    call->parse = s3_parse_put;
    return s3_call_start(call, e);
}

enum err_code s3_copy_object(
        struct s3_client *c, const struct s3_copy *copy, s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call =
            s3_call_new(c, S3_COPY_OBJECT, "PUT", copy->bucket, copy->key, done, ctx);

    if (!call)
        return err_nomem(e);
    s3_copy_source(&call->headers, copy->source.bucket, copy->source.key, copy->source.version_id);
    s3_etag_header(&call->headers, "x-amz-copy-source-if-match", copy->source_etag);
    if (copy->only_if_absent)
        headers_add(&call->headers, "if-none-match", "*");
    /* "REPLACE" with no x-amz-tagging: no tags, and no need for the right to read them. */
    if (copy->without_tags)
        headers_add(&call->headers, "x-amz-tagging-directive", "REPLACE");
    headers_add_all(&call->headers, copy->headers);
    call->stall_ms = s3_copy_stall_ms(copy->size);
    call->parse = s3_parse_copied;
    return s3_call_start(call, e);
}

enum err_code s3_get_object_tagging(struct s3_client *c, const struct s3_where *where,
        s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call =
            s3_call_new(c, S3_GET_OBJECT_TAGGING, "GET", where->bucket, where->key, done, ctx);

    if (!call)
        return err_nomem(e);
    s3_call_query(call, "tagging", NULL);
    s3_version_query(call, where->version_id);
    call->parse = s3_parse_tagging;
    call->free_parsed = s3_free_tagging;
    return s3_call_start(call, e);
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

enum err_code s3_put_object_tagging(struct s3_client *c, const char *bucket, const char *key,
        const char *tagging, s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call = s3_call_new(c, S3_PUT_OBJECT_TAGGING, "PUT", bucket, key, done, ctx);
    const char *tag = tagging;

    if (!call)
        return err_nomem(e);
    s3_call_query(call, "tagging", NULL);
    headers_add(&call->headers, "content-type", "application/xml");
    buf_adds(&call->body, "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>");
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
    return s3_call_start(call, e);
}
