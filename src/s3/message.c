#include "s3/message.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

void s3_message_init(struct s3_message *m)
{
    memset(m, 0, sizeof *m);
    headers_init(&m->headers);
    buf_init(&m->query, BUF_MAX_SMALL);
    buf_init(&m->body, BUF_MAX_REQUEST);
}

enum err_code s3_message_set_object(
        struct s3_message *m, const char *bucket, const char *key, struct err *e)
{
    m->bucket = strdup(bucket);
    m->key = key ? strdup(key) : NULL;
    return m->bucket && (!key || m->key) ? ERR_OK : err_nomem(e);
}

void s3_message_free(struct s3_message *m)
{
    headers_free(&m->headers);
    buf_free(&m->query);
    buf_free(&m->body);
    free(m->bucket);
    free(m->key);
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
    *len = m->borrowed ? m->borrowed_len : m->body.len;
    return m->borrowed ? m->borrowed : m->body.data;
}

void s3_message_content_md5(struct s3_message *m)
{
    unsigned char md5[EVP_MAX_MD_SIZE];
    char text[2 * EVP_MAX_MD_SIZE];
    unsigned md5_len;
    size_t len;
    const void *body = s3_message_body(m, &len);

    /* A library that is held to FIPS 140 has no MD5; the message then goes without the header. */
    if (EVP_Digest(len ? body : "", len, md5, &md5_len, EVP_md5(), NULL) != 1)
        return;
    EVP_EncodeBlock((unsigned char *)text, md5, (int)md5_len);
    headers_add(&m->headers, "content-md5", text);
}

enum err_code s3_message_check(const struct s3_message *m, struct err *e)
{
    enum err_code code = buf_check(&m->query, "the request's query", e);

    if (code == ERR_OK)
        code = buf_check(&m->headers.text, "the request's header", e);
    if (code == ERR_OK)
        code = buf_check(&m->body, "the request's body", e);
    return code;
}
