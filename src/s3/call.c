#include "s3/call.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* A listing of uploads is asked of the bucket, and is about one key all the same. */
static bool set_where(struct s3_call *call, const struct s3_where *where)
{
    char **key = call->op == S3_LIST_MULTIPART_UPLOADS ? &call->wanted_key : &call->key;

    call->bucket = strdup(where->bucket);
    if (where->key)
        *key = strdup(where->key);
    return call->bucket && (!where->key || *key);
}

struct s3_call *s3_call_new(struct s3_client *c, enum s3_op op, const struct s3_where *where,
        s3_done_cb done, void *ctx)
{
    struct s3_call *call = calloc(1, sizeof *call);

    if (!call)
        return NULL;
    list_init(&call->link);
    call->client = c;
    call->op = op;
    call->done = done;
    call->ctx = ctx;
    call->reply.op = op;
    headers_init(&call->headers);
    buf_init(&call->query, BUF_MAX_SMALL);
    buf_init(&call->body, BUF_MAX_REQUEST);
    if (!set_where(call, where)) {
        s3_call_free(call);
        return NULL;
    }
    return call;
}

void s3_call_free(struct s3_call *call)
{
    if (call->free_parsed)
        call->free_parsed(&call->reply);
    list_remove(&call->link);
    headers_free(&call->headers);
    buf_free(&call->query);
    buf_free(&call->body);
    free(call->bucket);
    free(call->key);
    free(call->wanted_key);
    free(call);
}

void s3_call_query(struct s3_call *call, const char *name, const char *value)
{
    if (call->query.len > 0)
        buf_addc(&call->query, '&');
    buf_adds(&call->query, name);
    buf_addc(&call->query, '='); /* "?uploads=" and "?uploads" are the same to S3 and to SigV4 */
    if (value)
        str_uri_encode(&call->query, value, strlen(value), false);
}

void s3_call_query_u64(struct s3_call *call, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    s3_call_query(call, name, text);
}

void s3_call_content_md5(struct s3_call *call)
{
    const void *body = call->borrowed_body ? call->borrowed_body : call->body.data;
    size_t len = call->borrowed_body ? call->borrowed_len : call->body.len;
    unsigned char md5[EVP_MAX_MD_SIZE];
    unsigned md5_len;
    char text[2 * EVP_MAX_MD_SIZE];

    /* A library that is held to FIPS 140 has no MD5: then it goes without. */
    if (EVP_Digest(len ? body : "", len, md5, &md5_len, EVP_md5(), NULL) != 1)
        return;
    EVP_EncodeBlock((unsigned char *)text, md5, (int)md5_len);
    headers_add(&call->headers, "content-md5", text);
}
