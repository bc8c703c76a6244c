/* An S3 for the unit test of a check: a transport without a network (s3/transport.h) over a real
 * loop, a few objects and uploads behind it, and what other servers and few rights do otherwise. */
#ifndef COPYOUT_TEST_CHECK_WORLD_H
#define COPYOUT_TEST_CHECK_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "job/check/check_run.h"
#include "model/object/etag.h"
#include "s3/transport.h"

enum { WORLD_OBJECTS = 64, WORLD_UPLOADS = 64, WORLD_SENT = 256 };

/* Deviations of a world: bits. */
enum world_is {
    IGNORES_SOURCE = 1,        /* x-amz-copy-source-if-match */
    IGNORES_NONE_MATCH = 2,    /* If-None-Match */
    REFUSES_NONE_MATCH = 4,    /* 501 */
    MISJUDGES_NONE_MATCH = 8,  /* 412 to any CopyObject with it */
    VERSIONED = 16,            /* every write makes a version */
    NO_LISTING = 32,           /* 403 */
    NO_LOOKING = 64,           /* 403 to HEAD of objects */
    NO_WRITING = 128,          /* 403 */
    NO_ABORTING = 256,         /* 405, and ListParts too */
    NO_REMOVING = 512,         /* 403 to DeleteObject */
    NO_PART_COPY = 1024,       /* 501 */
    LOSES_CREATES = 2048,      /* CreateMultipartUpload works, and its answer is lost */
    LOSES_PUTS = 4096,         /* PutObject works, and its answer is lost */
    NO_LISTING_UPLOADS = 8192, /* 501 */
    NEVER_MATCHES = 16384,     /* 412 to every x-amz-copy-source-if-match */
    WRONG_KEYS = 32768,        /* InvalidAccessKeyId */
    IGNORES_MATCH = 65536,     /* If-Match */
    FAILS_CREATES = 131072,    /* CreateMultipartUpload works, and is answered with 500 */
    FAILS_PUTS = 262144,       /* PutObject works, and is answered with 500 */
    DENIES_PARTS = 524288,     /* 403 to UploadPartCopy (Ceph RGW 16, where a policy allows it) */
    DENIES_BYTES = 1048576,    /* 403 to GetObject */
    OTHER_REGION = 4194304,    /* buckets are in eu-west-1: 301 to what is signed for another */
    NEVER_ABSENT = 8388608,    /* 412 to every If-None-Match */
    NOT_MODIFIED = 16777216,   /* 304 to every If-None-Match */
    DENIES_WHOLE = 2097152,    /* 403 to CopyObject of an object that is not ours */
};

struct world_object {
    char name[256]; /* "bucket/key"; "": gone */
    char etag[ETAG_SIZE];
    unsigned version; /* from 1 on; the highest of a name is the current one */
    bool ours;        /* has the mark */
};

struct world_upload {
    char name[256]; /* "": aborted or completed */
    unsigned id, parts;
    bool ours;
};

struct http_exchange {
    http_done_cb done;
    void *done_ctx;
    int status; /* 0: the answer is lost */
    char headers[512], body[4096];
    bool is_head;
};

static struct {
    unsigned is; /* bits of enum world_is */
    struct world_object objects[WORLD_OBJECTS];
    struct world_upload uploads[WORLD_UPLOADS];
    unsigned object_count, upload_count, versions;
    char sent[WORLD_SENT][544]; /* "PUT /bucket/key?query" */
    unsigned sent_count;
    unsigned stop_at; /* the how-manyeth request it is at which a signal comes; 0: none does */
    struct stop stop;
    struct net *net;
    struct s3_client *s3;
    struct creds creds;
} world;

/* --- objects --- */

static inline struct world_object *world_find(const char *name)
{
    struct world_object *found = NULL;
    unsigned i;

    for (i = 0; i < world.object_count; i++)
        if (strcmp(world.objects[i].name, name) == 0 &&
                (!found || world.objects[i].version > found->version))
            found = &world.objects[i];
    return found;
}

static inline struct world_object *world_put(const char *name, const char *etag, bool ours)
{
    struct world_object *o = world.is & VERSIONED ? NULL : world_find(name);

    if (!o) {
        assert_true(world.object_count < WORLD_OBJECTS);
        o = &world.objects[world.object_count++];
    }
    snprintf(o->name, sizeof o->name, "%s", name);
    snprintf(o->etag, sizeof o->etag, "%s", etag);
    o->version = ++world.versions;
    o->ours = ours;
    return o;
}

/* Objects, and uploads, under a name that a check may make. */
static inline unsigned world_ours(void)
{
    unsigned i, n = 0;

    for (i = 0; i < world.object_count; i++)
        n += strstr(world.objects[i].name, "copyout-check-") != NULL;
    for (i = 0; i < world.upload_count; i++)
        n += world.uploads[i].name[0] != '\0';
    return n;
}

/* --- requests --- */

/* A request as the world reads it. */
struct seen {
    const struct http_request *r;
    char name[256], query[256]; /* "bucket/key" and what follows '?' */
};

static inline const char *seen_header(const struct seen *s, const char *name)
{
    return headers_get(s->r->headers, name);
}

static inline bool seen_is(const struct seen *s, const char *method, const char *query)
{
    return strcmp(s->r->method, method) == 0 && strstr(s->query, query) != NULL;
}

static inline struct seen seen_of(const struct http_request *r)
{
    static const char server[] = "http://s3.test/";
    struct seen s = {.r = r};
    const char *path = r->url + sizeof server - 1, *query = strchr(path, '?');

    assert_memory_equal(r->url, server, sizeof server - 1);
    snprintf(s.name, sizeof s.name, "%.*s", query ? (int)(query - path) : (int)strlen(path), path);
    snprintf(s.query, sizeof s.query, "%s", query ? query + 1 : "");
    return s;
}

static inline void says(struct http_exchange *x, int status, const char *code)
{
    x->status = status;
    snprintf(x->headers, sizeof x->headers, "x-amz-request-id: R1\n");
    if (code && !x->is_head)
        snprintf(x->body, sizeof x->body,
                "<Error><Code>%s</Code><Message>made by the test</Message></Error>", code);
}

static inline struct world_upload *upload_of(const struct seen *s)
{
    const char *id = strstr(s->query, "uploadId=");
    unsigned number = id ? (unsigned)strtoul(id + strlen("uploadId="), NULL, 10) : 0;
    unsigned i;

    for (i = 0; i < world.upload_count; i++)
        if (world.uploads[i].id == number && strcmp(world.uploads[i].name, s->name) == 0)
            return &world.uploads[i];
    return NULL;
}

/* Whether a write may go on: If-None-Match, judged or not. */
static inline bool none_match(struct http_exchange *x, const struct seen *s)
{
    if (!seen_header(s, "if-none-match"))
        return true;
    if (world.is & REFUSES_NONE_MATCH) {
        says(x, 501, "NotImplemented");
        return false;
    }
    if (world.is & NOT_MODIFIED) {
        says(x, 304, NULL);
        return false;
    }
    if (world.is & NEVER_ABSENT ||
            (world.is & MISJUDGES_NONE_MATCH && seen_header(s, "x-amz-copy-source")) ||
            (!(world.is & IGNORES_NONE_MATCH) && world_find(s->name))) {
        says(x, 412, "PreconditionFailed");
        return false;
    }
    return true;
}

static inline struct world_object *copy_source(const struct seen *s)
{
    struct world_object *o = world_find(seen_header(s, "x-amz-copy-source"));

    assert_non_null(o);
    return o;
}

static inline void add_version(struct http_exchange *x, const struct world_object *o)
{
    size_t len = strlen(x->headers);

    if (world.is & VERSIONED)
        snprintf(x->headers + len, sizeof x->headers - len, "x-amz-version-id: v%u\n", o->version);
}

static inline bool has_etag(const struct world_object *o, const char *quoted)
{
    char bare[ETAG_SIZE];

    etag_copy(bare, quoted);
    return etag_same(o->etag, bare);
}

/* Whether If-Match holds of what is there. */
static inline bool match_holds(const struct seen *s)
{
    const char *match = seen_header(s, "if-match");
    const struct world_object *o = world_find(s->name);

    return !match || world.is & IGNORES_MATCH || (o && has_etag(o, match));
}

static inline void on_write(struct http_exchange *x, const struct seen *s)
{
    const char *mark = seen_header(s, "x-amz-meta-copyout");
    const struct world_object *made;

    if (!none_match(x, s))
        return;
    if (!match_holds(s)) {
        says(x, 412, "PreconditionFailed");
        return;
    }
    if (seen_header(s, "x-amz-copy-source") && world.is & DENIES_WHOLE && !copy_source(s)->ours) {
        says(x, 403, "AccessDenied");
        return;
    }
    says(x, 200, NULL);
    if (seen_header(s, "x-amz-copy-source")) {
        made = world_put(s->name, copy_source(s)->etag, mark || copy_source(s)->ours);
        snprintf(x->body, sizeof x->body, "<CopyObjectResult><ETag>%s</ETag></CopyObjectResult>",
                made->etag);
    } else {
        char md5[ETAG_SIZE];

        assert_true(etag_of_bytes(md5, s->r->body, s->r->body_len));
        made = world_put(s->name, md5, mark != NULL);
        snprintf(x->headers, sizeof x->headers, "etag: \"%s\"\n", made->etag);
        if (world.is & LOSES_PUTS)
            x->status = 0;
        if (world.is & FAILS_PUTS)
            x->status = 500;
    }
    add_version(x, made);
}

static inline void on_part(struct http_exchange *x, const struct seen *s)
{
    struct world_upload *u = upload_of(s);
    const char *source = seen_header(s, "x-amz-copy-source");
    const char *match = seen_header(s, "x-amz-copy-source-if-match");

    assert_non_null(u);
    if (source && world.is & NO_PART_COPY) {
        says(x, 501, "NotImplemented");
        return;
    }
    if (source && world.is & DENIES_PARTS) {
        says(x, 403, "AccessDenied");
        return;
    }
    if (match && !(world.is & IGNORES_SOURCE) &&
            (world.is & NEVER_MATCHES || !has_etag(copy_source(s), match))) {
        says(x, 412, "PreconditionFailed");
        return;
    }
    u->parts++;
    says(x, 200, NULL);
    if (source)
        snprintf(x->body, sizeof x->body, "<CopyPartResult><ETag>%032x</ETag></CopyPartResult>", 7);
    else
        snprintf(x->headers, sizeof x->headers, "etag: \"%032x\"\n", 7);
}

static inline void on_create(struct http_exchange *x, const struct seen *s)
{
    struct world_upload *u = &world.uploads[world.upload_count++];

    assert_true(world.upload_count < WORLD_UPLOADS);
    snprintf(u->name, sizeof u->name, "%s", s->name);
    u->id = world.upload_count;
    u->ours = seen_header(s, "x-amz-meta-copyout") != NULL;
    says(x, world.is & LOSES_CREATES ? 0 : world.is & FAILS_CREATES ? 500 : 200, NULL);
    snprintf(x->body, sizeof x->body,
            "<InitiateMultipartUploadResult><UploadId>%u</UploadId></InitiateMultipartUploadResult>",
            u->id);
}

static inline void on_complete(struct http_exchange *x, const struct seen *s)
{
    struct world_upload *u = upload_of(s);
    const struct world_object *made;

    assert_non_null(u);
    if (!none_match(x, s))
        return;
    made = world_put(s->name, "0123456789abcdef0123456789abcdef-1", u->ours);
    u->name[0] = '\0';
    says(x, 200, NULL);
    add_version(x, made);
    snprintf(x->body, sizeof x->body,
            "<CompleteMultipartUploadResult><ETag>0123456789abcdef0123456789abcdef-1</ETag>"
            "</CompleteMultipartUploadResult>");
}

static inline void on_upload(struct http_exchange *x, const struct seen *s)
{
    struct world_upload *u = upload_of(s);
    unsigned i;
    size_t len;

    if (world.is & NO_ABORTING) {
        says(x, 405, "MethodNotAllowed");
        return;
    }
    if (!u) {
        says(x, 404, "NoSuchUpload");
        return;
    }
    if (strcmp(s->r->method, "DELETE") == 0) {
        u->name[0] = '\0';
        says(x, 204, NULL);
        return;
    }
    says(x, 200, NULL);
    snprintf(x->body, sizeof x->body, "<ListPartsResult>");
    for (i = 0; i < u->parts; i++) {
        len = strlen(x->body);
        snprintf(x->body + len, sizeof x->body - len,
                "<Part><PartNumber>%u</PartNumber><ETag>%032x</ETag><Size>7</Size></Part>", i + 1,
                7);
    }
    len = strlen(x->body);
    snprintf(x->body + len, sizeof x->body - len, "</ListPartsResult>");
}

static inline void on_list_uploads(struct http_exchange *x)
{
    size_t len;
    unsigned i;

    if (world.is & NO_LISTING_UPLOADS) {
        says(x, 501, "NotImplemented");
        return;
    }
    says(x, 200, NULL);
    snprintf(x->body, sizeof x->body, "<ListMultipartUploadsResult>");
    for (i = 0; i < world.upload_count; i++) {
        const char *key = strchr(world.uploads[i].name, '/');

        len = strlen(x->body);
        if (key)
            snprintf(x->body + len, sizeof x->body - len,
                    "<Upload><Key>%s</Key><UploadId>%u</UploadId></Upload>", key + 1,
                    world.uploads[i].id);
    }
    len = strlen(x->body);
    snprintf(x->body + len, sizeof x->body - len, "</ListMultipartUploadsResult>");
}

static inline void on_list(struct http_exchange *x)
{
    says(x, world.is & NO_LISTING ? 403 : 200, world.is & NO_LISTING ? "AccessDenied" : NULL);
    if (x->status == 200)
        snprintf(x->body, sizeof x->body,
                "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
                "<Contents><Key>data/a</Key><Size>7</Size><ETag>%032x</ETag></Contents>"
                "<Contents><Key>data/b</Key><Size>9</Size><ETag>%032x-2</ETag></Contents>"
                "</ListBucketResult>",
                1, 2);
}

static inline void on_look(struct http_exchange *x, const struct seen *s)
{
    const struct world_object *o = world_find(s->name);

    if (!strchr(s->name, '/')) {
        const char *auth = seen_header(s, "authorization");
        bool there = !(world.is & OTHER_REGION) || (auth && strstr(auth, "/eu-west-1/"));

        says(x, there ? 200 : 301, NULL);
        if (!there)
            snprintf(x->headers, sizeof x->headers, "x-amz-bucket-region: eu-west-1\n");
        return;
    }
    if (world.is & NO_LOOKING || !o) {
        says(x, world.is & NO_LOOKING ? 403 : 404, NULL);
        return;
    }
    says(x, 200, NULL);
    snprintf(x->headers, sizeof x->headers, "content-length: 9\netag: \"%s\"\n%s", o->etag,
            o->ours ? "x-amz-meta-copyout: check\n" : "");
    add_version(x, o);
}

static inline void on_remove(struct http_exchange *x, const struct seen *s)
{
    const char *version = strstr(s->query, "versionId=v");
    unsigned number = version ? (unsigned)strtoul(version + strlen("versionId=v"), NULL, 10) : 0;
    unsigned i;

    if (world.is & NO_REMOVING) {
        says(x, 403, "AccessDenied");
        return;
    }
    if (world.is & VERSIONED)
        assert_true(number > 0); /* or a delete marker would be made */
    for (i = 0; i < world.object_count; i++)
        if (strcmp(world.objects[i].name, s->name) == 0 &&
                (number == 0 || world.objects[i].version == number)) {
            assert_true(world.objects[i].ours);
            world.objects[i] = (struct world_object){.name = ""};
        }
    says(x, 204, NULL);
}

/* No write goes to a name that a check has not made. */
static inline bool is_write(const struct seen *s)
{
    return strcmp(s->r->method, "GET") != 0 && strcmp(s->r->method, "HEAD") != 0;
}

static inline void world_answer(struct http_exchange *x, const struct seen *s)
{
    if (is_write(s))
        assert_non_null(strstr(s->name, "copyout-check-"));
    if (world.is & WRONG_KEYS)
        says(x, 403, "InvalidAccessKeyId");
    else if (is_write(s) && world.is & NO_WRITING)
        says(x, 403, "AccessDenied");
    else if (seen_is(s, "GET", "list-type=2"))
        on_list(x);
    else if (seen_is(s, "GET", "tagging"))
        says(x, 200, NULL);
    else if (seen_is(s, "GET", "uploads"))
        on_list_uploads(x);
    else if (seen_is(s, "PUT", "partNumber="))
        on_part(x, s);
    else if (seen_is(s, "POST", "uploads"))
        on_create(x, s);
    else if (seen_is(s, "POST", "uploadId="))
        on_complete(x, s);
    else if (strstr(s->query, "uploadId="))
        on_upload(x, s);
    else if (seen_is(s, "HEAD", ""))
        on_look(x, s);
    else if (seen_is(s, "GET", ""))
        says(x, world.is & DENIES_BYTES ? 403 : 206,
                world.is & DENIES_BYTES ? "AccessDenied" : NULL);
    else if (seen_is(s, "PUT", ""))
        on_write(x, s);
    else if (seen_is(s, "DELETE", ""))
        on_remove(x, s);
    else
        fail_msg("%s %s", s->r->method, s->r->url);
}

/* --- the transport --- */

static inline void world_deliver(void *ctx)
{
    struct http_exchange *x = ctx;
    struct http_response response = {.status = x->status, .sends = 1};
    struct err e;
    char *at = x->headers;

    err_clear(&e);
    headers_init(&response.headers);
    buf_init(&response.body, BUF_MAX_ANSWER);
    if (x->status == 0) {
        err_set(&e, ERR_NETWORK, "the answer is lost");
        e.cls = ERR_CLASS_PERMANENT;
    }
    while (x->status && *at) {
        size_t len = strcspn(at, "\n"), name = strcspn(at, ":");

        headers_add_n(&response.headers, at, name, at + name + 2, len - name - 2);
        at += len + 1;
    }
    if (x->status && !x->is_head)
        buf_adds(&response.body, x->body);
    x->done(x->done_ctx, &response, &e);
    headers_free(&response.headers);
    buf_free(&response.body);
    free(x);
}

static inline enum err_code world_send(void *ctx, const struct http_request *r, http_done_cb done,
        void *done_ctx, struct http_exchange **out, struct err *e)
{
    struct http_exchange *x = calloc(1, sizeof *x);
    struct seen s = seen_of(r);

    (void)ctx;
    x->done = done;
    x->done_ctx = done_ctx;
    x->is_head = strcmp(r->method, "HEAD") == 0;
    assert_true(world.sent_count < WORLD_SENT);
    snprintf(world.sent[world.sent_count++], sizeof world.sent[0], "%s /%s?%s", r->method, s.name,
            s.query);
    world_answer(x, &s);
    if (world.sent_count == world.stop_at)
        stop_raise(&world.stop, STOP_FINISH, STOP_CAUSE_SIGNAL, 15);
    *out = x;
    return net_timer_start(world.net, 0, world_deliver, x, NULL, e);
}

static inline void world_cancel(void *ctx, struct http_exchange *x)
{
    (void)ctx;
    (void)x;
    fail_msg("nothing is cancelled");
}

static inline struct net_timer *world_timer_new(void *ctx, void (*cb)(void *cb_ctx), void *cb_ctx)
{
    (void)ctx;
    return net_timer_new(world.net, cb, cb_ctx);
}

static inline void world_timer_set(void *ctx, struct net_timer *t, uint64_t ms)
{
    (void)ctx;
    (void)ms; /* waits for the next attempt are over at once */
    net_timer_set(t, 0);
}

static inline void world_timer_free(void *ctx, struct net_timer *t)
{
    (void)ctx;
    net_timer_stop(t);
}

static inline uint64_t world_mono_us(void *ctx)
{
    (void)ctx;
    return clock_mono_us();
}

static inline int64_t world_wall_s(void *ctx)
{
    (void)ctx;
    return clock_wall_s();
}

static inline const struct creds *world_creds(void *ctx)
{
    (void)ctx;
    return &world.creds;
}

static inline enum err_code world_creds_wait(void *ctx, creds_cb cb, void *cb_ctx, struct err *e)
{
    (void)ctx;
    (void)cb;
    (void)cb_ctx;
    return err_set(e, ERR_CREDENTIALS, "there are no others");
}

static inline void world_creds_none(void *ctx, const void *cb_ctx)
{
    (void)ctx;
    (void)cb_ctx;
}

static inline void world_creds_expired(void *ctx, const char *used)
{
    (void)ctx;
    (void)used;
}

static inline void world_begin(unsigned is)
{
    static const struct net_config net;
    const struct s3_transport transport = {
            .send = world_send,
            .cancel = world_cancel,
            .timer_new = world_timer_new,
            .timer_set = world_timer_set,
            .timer_free = world_timer_free,
            .mono_us = world_mono_us,
            .wall_s = world_wall_s,
            .creds_peek = world_creds,
            .creds_wait = world_creds_wait,
            .creds_wait_cancel = world_creds_none,
            .creds_expired = world_creds_expired,
    };
    const struct s3_config config = {.transport = &transport,
            .endpoint = "http://s3.test",
            .region = "us-east-1",
            .follow_region = true};
    struct err e;

    log_set_level(LOG_NONE);
    memset(&world, 0, sizeof world);
    world.is = is;
    snprintf(world.creds.access_key, sizeof world.creds.access_key, "AKTEST");
    snprintf(world.creds.secret, sizeof world.creds.secret, "hushhush");
    assert_int_equal(net_new(&world.net, &net, &e), ERR_OK);
    assert_int_equal(s3_client_new(&world.s3, &config, &e), ERR_OK);
    world_put("src/data/a", "00000000000000000000000000000001", false);
    world_put("src/data/b", "00000000000000000000000000000002-2", false);
    world_put("dst/out/theirs", "00000000000000000000000000000003", false);
}

/* Ends it. The user's objects are what they were. */
static inline void world_end(void)
{
    unsigned i, n = 0;

    for (i = 0; i < world.object_count; i++)
        n += world.objects[i].name[0] && !strstr(world.objects[i].name, "copyout-check-");
    assert_int_equal(n, 3);
    assert_string_equal(world_find("src/data/a")->etag, "00000000000000000000000000000001");
    assert_string_equal(world_find("src/data/b")->etag, "00000000000000000000000000000002-2");
    assert_string_equal(world_find("dst/out/theirs")->etag, "00000000000000000000000000000003");
    s3_client_free(world.s3);
    assert_int_equal(net_free(world.net), 0);
}

#endif
