/* A small S3 in this process, and a client of it: objects in memory, listings in pages of two,
 * multipart uploads, and errors where the test asks for them. */
#ifndef COPYOUT_TEST_S3_SERVER_H
#define COPYOUT_TEST_S3_SERVER_H

#include <stdarg.h>

#include "../net/server.h"
#include "aws/creds.h"
#include "base/log.h"
#include "base/str.h"
#include "s3/client.h"

enum { S3_OBJECTS_MOST = 64, S3_PAGE = 2, S3_NAME_MAX = 256 };

struct s3_object {
    char key[S3_NAME_MAX]; /* with its bucket: "bucket/key"; "": a free entry */
    char *data;
    size_t len;
};

struct s3_fault {
    const char *method; /* NULL: no fault */
    const char *target; /* a part of the request's target */
    int status;
    const char *code; /* of the error's body; "": no body */
};

/* All is the server's thread's while a request is under way, and the test's otherwise. */
struct s3_server {
    struct server *http;
    struct s3_object objects[S3_OBJECTS_MOST];
    struct s3_object parts[S3_OBJECTS_MOST]; /* of the one upload there is: "N" */
    struct s3_fault fault;
    unsigned aborted; /* uploads */
    char endpoint[64];
    struct net *net;
    struct aws_config *config;
    struct creds_provider *creds;
    struct s3_client *client;
};

static struct s3_server *the_s3;

/* --- objects --- */

static inline struct s3_object *s3_find(struct s3_object *list, const char *key)
{
    size_t i;

    for (i = 0; i < S3_OBJECTS_MOST; i++)
        if (list[i].key[0] && strcmp(list[i].key, key) == 0)
            return &list[i];
    return NULL;
}

static inline void s3_drop(struct s3_object *o)
{
    if (!o)
        return;
    free(o->data);
    memset(o, 0, sizeof *o);
}

static inline void s3_set(struct s3_object *list, const char *key, const void *data, size_t len)
{
    struct s3_object *o = list;

    s3_drop(s3_find(list, key));
    while (o->key[0])
        if (++o == list + S3_OBJECTS_MOST)
            abort();
    snprintf(o->key, sizeof o->key, "%s", key);
    o->data = malloc(len + 1);
    o->len = len;
    memcpy(o->data, data, len);
    o->data[len] = '\0';
}

/* The text of an object; NULL: there is none. */
static inline const char *s3_text(const char *key)
{
    struct s3_object *o = s3_find(the_s3->objects, key);

    return o ? o->data : NULL;
}

/* --- answers --- */

static inline void s3_answer(
        int fd, int status, const char *headers, const char *body, size_t len, bool with_body)
{
    char head[512];

    snprintf(head, sizeof head, "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n", status, headers,
            len);
    server_text(fd, head);
    if (with_body)
        server_send(fd, body, len);
}

static inline void s3_xml(int fd, const char *text)
{
    s3_answer(fd, 200, "", text, strlen(text), true);
}

static inline void s3_fail(int fd, const char *method, int status, const char *code)
{
    char body[256] = "";

    if (code[0])
        snprintf(body, sizeof body, "<Error><Code>%s</Code><Message>no</Message></Error>", code);
    s3_answer(fd, status, "", body, strlen(body), strcmp(method, "HEAD") != 0);
}

static inline int s3_by_key(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The value of a query's parameter, decoded; "" when it has none. */
static inline void s3_param(const char *query, const char *name, char value[S3_NAME_MAX])
{
    size_t len = strlen(name);
    struct buf text;

    buf_init(&text, S3_NAME_MAX - 1);
    for (; *query; query += strcspn(query, "&") + (query[strcspn(query, "&")] == '&'))
        if (strncmp(query, name, len) == 0 && query[len] == '=')
            (void)str_uri_decode(&text, query + len + 1, strcspn(query + len + 1, "&"), false);
    snprintf(value, S3_NAME_MAX, "%s", buf_str(&text));
    buf_free(&text);
}

static inline void s3_list(struct s3_server *s, int fd, const char *bucket, const char *query)
{
    char *keys[S3_OBJECTS_MOST], prefix[S3_NAME_MAX], after[S3_NAME_MAX], want[S3_NAME_MAX * 2];
    size_t count = 0, given = 0, i, skip = strlen(bucket) + 1;
    struct buf body;

    s3_param(query, "prefix", prefix);
    s3_param(query, "continuation-token", after);
    snprintf(want, sizeof want, "%s/%s", bucket, prefix);
    for (i = 0; i < S3_OBJECTS_MOST; i++)
        if (s->objects[i].key[0] && str_starts(s->objects[i].key, want))
            keys[count++] = s->objects[i].key;
    qsort(keys, count, sizeof keys[0], s3_by_key);
    buf_init(&body, BUF_MAX_SMALL);
    buf_adds(&body, "<ListBucketResult>");
    for (i = 0; i < count && given < S3_PAGE; i++) {
        if (after[0] && strcmp(keys[i] + skip, after) <= 0)
            continue;
        buf_addf(&body, "<Contents><Key>%s</Key></Contents>", keys[i] + skip);
        given++;
    }
    if (i < count)
        buf_addf(&body,
                "<IsTruncated>true</IsTruncated><NextContinuationToken>%s"
                "</NextContinuationToken>",
                keys[i - 1] + skip);
    buf_adds(&body, "</ListBucketResult>");
    s3_xml(fd, buf_str(&body));
    buf_free(&body);
}

static inline void s3_give(
        struct s3_server *s, int fd, const char *method, const char *key, const char *head)
{
    struct s3_object *o = s3_find(s->objects, key);
    const char *range = strcasestr(head, "\r\nrange: bytes=");
    unsigned long long first = 0, last = 0;
    size_t len;
    char line[128];

    if (!o) {
        s3_fail(fd, method, 404, "NoSuchKey");
        return;
    }
    if (!range || sscanf(range + 15, "%llu-%llu", &first, &last) != 2) {
        s3_answer(fd, 200,
                "ETag: \"e\"\r\nDate: Tue, 10 Nov 2026 20:48:34 GMT\r\n"
                "Last-Modified: Tue, 10 Nov 2026 20:47:17 GMT\r\n",
                o->data, o->len, strcmp(method, "HEAD") != 0);
        return;
    }
    if (first >= o->len) {
        s3_fail(fd, method, 416, "InvalidRange");
        return;
    }
    len = last >= o->len ? o->len - first : last - first + 1;
    snprintf(line, sizeof line, "ETag: \"e\"\r\nContent-Range: bytes %llu-%llu/%zu\r\n", first,
            first + len - 1, o->len);
    s3_answer(fd, 206, line, o->data + first, len, true);
}

static inline void s3_complete(struct s3_server *s, int fd, const char *key)
{
    size_t len = 0, i;
    char *whole = NULL;
    char number[16];

    for (i = 1;; i++) {
        struct s3_object *part;

        snprintf(number, sizeof number, "%zu", i);
        part = s3_find(s->parts, number);
        if (!part)
            break;
        whole = realloc(whole, len + part->len);
        memcpy(whole + len, part->data, part->len);
        len += part->len;
        s3_drop(part);
    }
    s3_set(s->objects, key, whole, len);
    free(whole);
    s3_xml(fd, "<CompleteMultipartUploadResult><ETag>\"e-2\"</ETag>"
               "</CompleteMultipartUploadResult>");
}

static inline void s3_post(struct s3_server *s, int fd, const char *key, const char *query)
{
    if (str_starts(query, "uploads"))
        s3_xml(fd, "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
                   "</InitiateMultipartUploadResult>");
    else
        s3_complete(s, fd, key);
}

static inline bool s3_on_request(struct server *http, int fd, const struct seen *seen)
{
    char method[16] = "", target[4096] = "", number[S3_NAME_MAX], *query;
    struct s3_server *s = the_s3;
    struct buf path;
    const char *key;

    (void)http;
    if (sscanf(seen->head, "%15s %4095s", method, target) != 2)
        return false;
    if (s->fault.method && strcmp(s->fault.method, method) == 0 &&
            strstr(target, s->fault.target)) {
        s3_fail(fd, method, s->fault.status, s->fault.code);
        return true;
    }
    query = target + strcspn(target, "?");
    if (*query)
        *query++ = '\0';
    buf_init(&path, BUF_MAX_SMALL);
    (void)str_uri_decode(&path, target + 1, strlen(target + 1), false);
    key = buf_str(&path);
    s3_param(query, "partNumber", number);
    if (strcmp(method, "GET") == 0 && strstr(query, "list-type=2")) {
        path.data[strcspn(path.data, "/")] = '\0';
        s3_list(s, fd, path.data, query);
    } else if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) {
        s3_give(s, fd, method, key, seen->head);
    } else if (strcmp(method, "PUT") == 0 && strcasestr(seen->head, "\r\nif-none-match: *") &&
               s3_find(s->objects, key)) {
        s3_fail(fd, method, 412, "PreconditionFailed");
    } else if (strcmp(method, "PUT") == 0) {
        s3_set(number[0] ? s->parts : s->objects, number[0] ? number : key, seen->body,
                seen->body_len);
        s3_answer(fd, 200, "ETag: \"e\"\r\n", "", 0, false);
    } else if (strcmp(method, "POST") == 0) {
        s3_post(s, fd, key, query);
    } else {
        if (strstr(query, "uploadId="))
            s->aborted++;
        else
            s3_drop(s3_find(s->objects, key));
        server_text(fd, "HTTP/1.1 204 X\r\n\r\n");
    }
    buf_free(&path);
    return true;
}

/* --- begin and end --- */

static inline char *s3_env(const char *name)
{
    static const char *const values[][2] = {{"AWS_ACCESS_KEY_ID", "AKTEST"},
            {"AWS_SECRET_ACCESS_KEY", "hushhush"}, {"AWS_CONFIG_FILE", "/nonexistent/config"},
            {"AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials"}};
    size_t i;

    for (i = 0; i < sizeof values / sizeof values[0]; i++)
        if (strcmp(name, values[i][0]) == 0)
            return (char *)(uintptr_t)values[i][1];
    return NULL;
}

static inline struct s3_server *s3_server_begin(void)
{
    static const struct net_config nothing = {0};
    struct aws_config_source source = {.getenv = s3_env};
    struct s3_server *s = calloc(1, sizeof *s);
    struct s3_config config = {.region = "us-east-1"};
    struct err e;

    log_set_level(LOG_NONE);
    the_s3 = s;
    s->http = server_start_with(s3_on_request);
    snprintf(s->endpoint, sizeof s->endpoint, "http://127.0.0.1:%u", s->http->port);
    assert_int_equal(net_new(&s->net, &nothing, &e), ERR_OK);
    assert_int_equal(aws_config_load(&s->config, &source, &e), ERR_OK);
    assert_int_equal(creds_provider_new(&s->creds, s->net, s->config, &e), ERR_OK);
    config.net = s->net;
    config.creds = s->creds;
    config.endpoint = s->endpoint;
    assert_int_equal(s3_client_new(&s->client, &config, &e), ERR_OK);
    return s;
}

static inline void s3_server_end(struct s3_server *s)
{
    size_t i;

    s3_client_free(s->client);
    creds_provider_free(s->creds);
    aws_config_free(s->config);
    assert_int_equal(net_free(s->net), 0);
    server_stop(s->http);
    for (i = 0; i < S3_OBJECTS_MOST; i++) {
        s3_drop(&s->objects[i]);
        s3_drop(&s->parts[i]);
    }
    free(s);
    the_s3 = NULL;
}

/* Requests of that method so far, of which the target has that part. */
static inline unsigned s3_count(const char *method, const char *part)
{
    char line[4096], is[16], target[4096];
    unsigned i, count = 0;

    for (i = 0; i < the_s3->http->seen_count; i++) {
        snprintf(line, sizeof line, "%s", the_s3->http->seen[i].head);
        if (sscanf(line, "%15s %4095s", is, target) == 2 && strcmp(is, method) == 0 &&
                strstr(target, part))
            count++;
    }
    return count;
}

#endif
