/* A small S3 in the test's own process: objects are names with an ETag and, when they were put, a
 * body. It answers what a job asks, keeps count, and fails or waits where a test wants it to. It
 * also takes what a task tells Step Functions. */
#ifndef COPYOUT_TEST_S3_SERVER_H
#define COPYOUT_TEST_S3_SERVER_H

#include <ctype.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

#include "../net/server.h"
#include "model/object/etag.h"

enum { S3_OBJECTS = 256, S3_RULES = 8, S3_TOLD = 64 };

struct fake_object {
    char name[256]; /* "bucket/key", as in a path */
    char etag[64];  /* without quotes */
    uint64_t size;
    char *body; /* NULL: it has only a size */
    bool gone;
    char meta[64]; /* a whole header of its metadata with "\r\n"; "": none */
};

/* Requests that are not answered as usual. */
struct fake_rule {
    char what[256]; /* how the request line begins: "PUT /dst/key"; "*COPY" is any CopyObject */
    int status;     /* 0: answered as usual, after what follows */
    const char *body;
    int times;  /* so often; -1: always */
    int signal; /* sent to the process before the answer; 0: none */
    bool hold;  /* it is answered only when fake.gate is open */
};

/* An answer of a service that speaks JSON. */
struct fake_json {
    const char *operation; /* NULL: the end of the list */
    const char *body;
    int status; /* 0: 200 */
};

static struct {
    struct server *server;
    struct fake_object objects[S3_OBJECTS];
    unsigned object_count;
    struct fake_rule rules[S3_RULES];
    unsigned rule_count;
    bool gate;
    unsigned copies, uploads_aborted;
    /* what Step Functions was told: "SendTaskSuccess {json}" */
    char *told[S3_TOLD];
    unsigned told_count;
    bool task_gone;               /* every further word about the task is refused */
    const char *executions;       /* the answer of DescribeExecution; NULL: none */
    const struct fake_json *json; /* further answers; NULL: none */
    const char *region;           /* of the buckets; NULL: not said */
} fake;

static inline struct fake_object *fake_find(const char *name)
{
    unsigned i;

    for (i = 0; i < fake.object_count; i++)
        if (!fake.objects[i].gone && strcmp(fake.objects[i].name, name) == 0)
            return &fake.objects[i];
    return NULL;
}

/* Any object whose name begins so. */
static inline struct fake_object *fake_find_begin(const char *begin)
{
    unsigned i;

    for (i = 0; i < fake.object_count; i++)
        if (!fake.objects[i].gone && strncmp(fake.objects[i].name, begin, strlen(begin)) == 0)
            return &fake.objects[i];
    return NULL;
}

static inline struct fake_object *fake_put(
        const char *name, const char *etag, uint64_t size, const char *body)
{
    struct fake_object *o = fake_find(name);

    if (!o) {
        if (fake.object_count == S3_OBJECTS)
            abort();
        o = &fake.objects[fake.object_count++];
        memset(o, 0, sizeof *o);
    }
    free(o->body);
    snprintf(o->name, sizeof o->name, "%.255s", name);
    snprintf(o->etag, sizeof o->etag, "%.63s", etag);
    o->size = size;
    o->body = NULL;
    if (body) {
        o->body = calloc(1, size + 1);
        memcpy(o->body, body, size);
    }
    return o;
}

/* A source object: its ETag is made of a number. */
static inline void fake_source(const char *name, unsigned number, uint64_t size)
{
    char etag[64];

    snprintf(etag, sizeof etag, "%032x", number);
    fake_put(name, etag, size, NULL);
}

static inline void fake_text(const char *name, const char *text)
{
    fake_put(name, "00000000000000000000000000000abc", strlen(text), text);
}

static inline void fake_rule(const char *what, int status, const char *body, int times)
{
    struct fake_rule *r = &fake.rules[fake.rule_count++];

    memset(r, 0, sizeof *r);
    snprintf(r->what, sizeof r->what, "%s", what);
    r->status = status;
    r->body = body;
    r->times = times;
}

/* --- answers --- */

static inline void fake_answer(int fd, int status, const char *headers, const char *body)
{
    char head[1024];

    snprintf(head, sizeof head,
            "HTTP/1.1 %d X\r\nx-amz-request-id: R1\r\nDate: Thu, 26 Nov 2026 06:50:00 GMT\r\n"
            "%sContent-Length: %zu\r\n\r\n",
            status, headers, strlen(body));
    server_text(fd, head);
    server_text(fd, body);
}

static inline void fake_error(int fd, int status, const char *code, bool has_body)
{
    char body[256];

    snprintf(body, sizeof body, "<Error><Code>%s</Code><Message>made by the test</Message></Error>",
            code);
    fake_answer(fd, status, "", has_body ? body : "");
}

static inline void fake_send_object(int fd, const struct seen *seen, const struct fake_object *o)
{
    const char *range = strcasestr(seen->head, "\r\nrange: bytes=");
    uint64_t first = 0, last = o->size ? o->size - 1 : 0;
    bool is_head = strncmp(seen->head, "HEAD", 4) == 0;
    char head[512];

    if (range) {
        char *end;

        first = strtoull(range + strlen("\r\nrange: bytes="), &end, 10);
        if (isdigit((unsigned char)end[1]))
            last = strtoull(end + 1, NULL, 10);
        if (last >= o->size)
            last = o->size - 1;
    }
    snprintf(head, sizeof head,
            "HTTP/1.1 %d X\r\nx-amz-request-id: R1\r\nETag: \"%s\"\r\nDate: Thu, 26 Nov 2026 "
            "06:50:00 GMT\r\nLast-Modified: Thu, 26 Nov 2026 06:50:00 GMT\r\n%sContent-Length: "
            "%llu\r\n\r\n",
            range ? 206 : 200, o->etag, o->meta,
            (unsigned long long)(o->size == 0 ? 0 : last - first + 1));
    server_text(fd, head);
    if (!is_head && o->size > 0 && o->body)
        server_send(fd, o->body + first, last - first + 1);
    else if (!is_head)
        server_fill(fd, 'x', o->size == 0 ? 0 : last - first + 1);
}

static inline void fake_list(int fd, const char *bucket, const char *query)
{
    const char *found = strstr(query, "prefix=");
    char prefix[256] = "", body[16384];
    size_t len, n, i;

    for (n = 0; found && found[7] && found[7] != '&' && n < sizeof prefix - 1; n++) {
        found++;
        if (strncmp(found + 6, "%2F", 3) == 0) {
            prefix[n] = '/';
            found += 2;
        } else {
            prefix[n] = found[6];
        }
    }
    len = (size_t)snprintf(body, sizeof body,
            "<ListBucketResult><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>");
    for (i = 0; i < fake.object_count; i++) {
        const struct fake_object *o = &fake.objects[i];
        size_t b = strlen(bucket);

        if (o->gone || strncmp(o->name, bucket, b) != 0 || o->name[b] != '/' ||
                strncmp(o->name + b + 1, prefix, strlen(prefix)) != 0)
            continue;
        len += (size_t)snprintf(body + len, sizeof body - len,
                "<Contents><Key>%s</Key><Size>%llu</Size><ETag>\"%s\"</ETag>"
                "<LastModified>2026-11-26T06:50:00.000Z</LastModified></Contents>",
                o->name + b + 1, (unsigned long long)o->size, o->etag);
    }
    snprintf(body + len, sizeof body - len, "</ListBucketResult>");
    fake_answer(fd, 200, "Content-Type: application/xml\r\n", body);
}

static inline void fake_copy(int fd, const struct seen *seen, const char *name)
{
    const char *from = strcasestr(seen->head, "\r\nx-amz-copy-source: ");
    char source[256], body[512];
    struct fake_object *o;

    from += strlen("\r\nx-amz-copy-source: ");
    from += *from == '/';
    snprintf(source, sizeof source, "%.*s", (int)strcspn(from, "\r?"), from);
    o = fake_find(source);
    if (!o) {
        fake_error(fd, 404, "NoSuchKey", true);
        return;
    }
    fake.copies++;
    memcpy(fake_put(name, o->etag, o->size, NULL)->meta, o->meta, sizeof o->meta);
    snprintf(body, sizeof body,
            "<CopyObjectResult><ETag>\"%s\"</ETag><LastModified>2026-11-26T06:50:00.000Z"
            "</LastModified></CopyObjectResult>",
            fake_find(name)->etag);
    fake_answer(fd, 200, "Content-Type: application/xml\r\n", body);
}

/* Operations on an upload: only what makes one and takes it away. */
static inline void fake_upload(int fd, const char *method, const char *query)
{
    if (strcmp(method, "POST") == 0) {
        fake_answer(fd, 200, "",
                "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key>"
                "<UploadId>U1</UploadId></InitiateMultipartUploadResult>");
    } else if (strcmp(method, "DELETE") == 0) {
        fake.uploads_aborted++;
        fake_answer(fd, 204, "", "");
    } else if (strstr(query, "uploadId=")) {
        fake_error(fd, 404, "NoSuchUpload", true);
    } else {
        fake_answer(fd, 200, "",
                "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>"
                "</ListMultipartUploadsResult>");
    }
}

/* PutObject, with the ETag that S3 gives. */
static inline void fake_put_bytes(int fd, const struct seen *seen, const char *name)
{
    char etag[ETAG_SIZE], header[ETAG_SIZE + 16];
    const char *meta;

    if (!etag_of_bytes(etag, seen->body, seen->body_len))
        abort();
    fake_put(name, etag, seen->body_len, seen->body);
    meta = strcasestr(seen->head, "\r\nx-amz-meta-");
    if (meta)
        snprintf(fake_find(name)->meta, sizeof fake_find(name)->meta, "%.*s\r\n",
                (int)strcspn(meta + 2, "\r"), meta + 2);
    else
        fake_find(name)->meta[0] = '\0';
    snprintf(header, sizeof header, "ETag: \"%s\"\r\n", etag);
    fake_answer(fd, 200, header, "");
}

static inline void fake_object_request(
        int fd, const struct seen *seen, const char *method, const char *name)
{
    struct fake_object *o = fake_find(name);

    if (strcmp(method, "PUT") == 0 && strcasestr(seen->head, "\r\nx-amz-copy-source:")) {
        fake_copy(fd, seen, name);
    } else if (strcmp(method, "PUT") == 0) {
        fake_put_bytes(fd, seen, name);
    } else if (strcmp(method, "DELETE") == 0) {
        if (o)
            o->gone = true;
        fake_answer(fd, 204, "", "");
    } else if (o) {
        fake_send_object(fd, seen, o);
    } else {
        fake_error(fd, 404, "NoSuchKey", strcmp(method, "GET") == 0);
    }
}

/* One of fake.json; false: there is none for the operation. */
static inline bool fake_canned(int fd, const char *operation)
{
    const struct fake_json *j = fake.json;

    while (j && j->operation && strcmp(j->operation, operation) != 0)
        j++;
    if (!j || !j->operation)
        return false;
    fake_answer(fd, j->status ? j->status : 200, "", j->body);
    return true;
}

static inline void fake_steps(int fd, const struct seen *seen)
{
    const char *at = strcasestr(seen->head, "\r\nx-amz-target: ");
    char operation[64] = "", *told;
    size_t size;

    (void)sscanf(strchr(at, '.') + 1, "%63[A-Za-z]", operation);
    size = strlen(operation) + seen->body_len + 2;
    told = calloc(1, size);
    snprintf(told, size, "%s %s", operation, seen->body);
    if (fake.told_count < S3_TOLD)
        fake.told[fake.told_count++] = told;
    else
        free(told);
    if (fake.task_gone && strncmp(operation, "SendTask", 8) == 0)
        fake_answer(fd, 400, "", "{\"__type\":\"TaskTimedOut\",\"message\":\"gone\"}");
    else if (strcmp(operation, "StartExecution") == 0)
        fake_answer(fd, 200, "",
                "{\"executionArn\":\"arn:aws:states:us-east-1:1:execution:copyout:e\","
                "\"startDate\":1795000000}");
    else if (strcmp(operation, "DescribeExecution") == 0 && fake.executions)
        fake_answer(fd, 200, "", fake.executions);
    else if (!fake_canned(fd, operation))
        fake_answer(fd, 200, "", "{}");
}

/* The status that a rule has for the request, or 0. The lock is held. */
static inline int fake_apply(struct server *s, const struct seen *seen, const char **body)
{
    bool copy = strcasestr(seen->head, "\r\nx-amz-copy-source:") != NULL;
    unsigned i;

    for (i = 0; i < fake.rule_count; i++) {
        struct fake_rule *r = &fake.rules[i];
        bool fits = strcmp(r->what, "*COPY") == 0
                            ? copy
                            : strncmp(seen->head, r->what, strlen(r->what)) == 0;

        if (!fits || r->times == 0)
            continue;
        r->times -= r->times > 0;
        if (r->signal)
            kill(getpid(), r->signal);
        while (r->hold && !fake.gate && !s->stopping) {
            const struct timespec pause = {.tv_nsec = 2000000};

            pthread_mutex_unlock(&s->lock);
            nanosleep(&pause, NULL);
            pthread_mutex_lock(&s->lock);
        }
        *body = r->body;
        return r->status;
    }
    return 0;
}

static inline void fake_route(int fd, const struct seen *seen)
{
    char method[16] = "", target[2048] = "", *query, *slash, region[128] = "";

    if (sscanf(seen->head, "%15s /%2047s", method, target) != 2)
        target[0] = '\0';
    query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    slash = strchr(target, '/');
    if (strcasestr(seen->head, "\r\nx-amz-target: ")) {
        fake_steps(fd, seen);
    } else if (query && (strstr(query, "uploads") || strstr(query, "uploadId="))) {
        fake_upload(fd, method, query);
    } else if (!slash || !slash[1]) {
        if (slash)
            *slash = '\0';
        if (strcmp(method, "GET") == 0) {
            fake_list(fd, target, query ? query : "");
            return;
        }
        if (fake.region)
            snprintf(region, sizeof region, "x-amz-bucket-region: %s\r\n", fake.region);
        fake_answer(fd, 200, region, "");
    } else {
        fake_object_request(fd, seen, method, target);
    }
}

static inline bool fake_serve(struct server *s, int fd, const struct seen *seen)
{
    const char *body = NULL;
    int status;

    pthread_mutex_lock(&s->lock);
    status = fake_apply(s, seen, &body);
    if (status == 0)
        fake_route(fd, seen);
    else
        fake_answer(fd, status, "", strncmp(seen->head, "HEAD", 4) == 0 || !body ? "" : body);
    pthread_mutex_unlock(&s->lock);
    return true;
}

static inline void fake_begin(void)
{
    memset(&fake, 0, sizeof fake);
    fake.region = "us-east-1";
    fake.server = server_start_with(fake_serve);
}

static inline void fake_end(void)
{
    unsigned i;

    server_stop(fake.server);
    for (i = 0; i < fake.object_count; i++)
        free(fake.objects[i].body);
    for (i = 0; i < fake.told_count; i++)
        free(fake.told[i]);
}

static inline void fake_open_gate(void)
{
    pthread_mutex_lock(&fake.server->lock);
    fake.gate = true;
    pthread_mutex_unlock(&fake.server->lock);
}

/* The body of what Step Functions was told with that operation, the last time; NULL: nothing. */
static inline const char *fake_told(const char *operation)
{
    const char *found = NULL;
    size_t len = strlen(operation);
    unsigned i;

    for (i = 0; i < fake.told_count; i++)
        if (strncmp(fake.told[i], operation, len) == 0 && fake.told[i][len] == ' ')
            found = fake.told[i] + len + 1;
    return found;
}

#endif
