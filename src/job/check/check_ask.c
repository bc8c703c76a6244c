#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "job/check/check_int.h"
#include "model/object/storage_class.h"
#include "s3/own_file.h"

/* A request that is waited for. */
struct asked {
    bool done;
    struct check_answer *answer;
    const struct check_want *want;
};

static void take_text(char out[CHECK_TEXT_SIZE], const struct headers *headers, const char *name)
{
    const char *value = headers ? headers_get(headers, name) : NULL;

    str_copy(out, CHECK_TEXT_SIZE, value ? value : "");
}

/* A version id that is longer than S3's are is none. */
static void take_headers(struct check_answer *a, const struct headers *h)
{
    const char *version = h ? headers_get(h, "x-amz-version-id") : NULL;
    const char *mark = h ? headers_get(h, OWN_FILE_HEADER) : NULL;

    if (version && strlen(version) < sizeof a->version)
        str_copy(a->version, sizeof a->version, version);
    if (mark && strcmp(mark, CHECK_MARK) == 0)
        a->shows |= CHECK_SHOWS_MARK;
    if (h && headers_get(h, "content-range"))
        a->shows |= CHECK_SHOWS_RANGE;
    if (h && (headers_get(h, "x-amz-object-lock-mode") ||
                     headers_get(h, "x-amz-object-lock-legal-hold")))
        a->shows |= CHECK_SHOWS_LOCK;
}

static bool is_archived(const struct s3_listed *o)
{
    enum storage_class class = storage_class_of(o->storage_class);

    return class == STORAGE_GLACIER || class == STORAGE_DEEP_ARCHIVE;
}

/* How much an object tells when it is looked at: one of parts most, an empty or archived one least.
 */
static unsigned worth(const struct s3_listed *o)
{
    if (is_archived(o))
        return 1;
    if (o->size == 0)
        return 2;
    return etag_parts(o->etag) > 0 ? 4 : 3;
}

static void take_keys(struct check_answer *a, const struct s3_keys *keys, char **object)
{
    const struct s3_listed *best = NULL;
    unsigned i;

    for (i = 0; keys->objects && i < keys->count; i++) {
        const struct s3_listed *o = &keys->objects[i];

        a->shows |= CHECK_SHOWS_OBJECTS;
        if (is_archived(o))
            a->shows |= CHECK_SHOWS_ARCHIVED;
        if (is_archived(o) && o->restored != S3_RESTORED_UNSAID)
            a->shows |= CHECK_SHOWS_RESTORES;
        if (!best || worth(o) > worth(best))
            best = o;
    }
    if (best && object)
        *object = strdup(best->key);
}

static void take_success(struct asked *asked, const struct s3_reply *reply)
{
    struct check_answer *a = asked->answer;
    const struct check_want *want = asked->want;
    enum etag_kind kind = ETAG_KIND_NONE;

    take_headers(a, reply->headers);
    switch (reply->op) {
    case S3_HEAD_OBJECT:
        a->object = reply->u.object;
        kind = reply->u.object.etag_kind;
        take_text(a->text, reply->headers, "x-amz-server-side-encryption");
        break;
    case S3_CREATE_MULTIPART_UPLOAD:
        if (reply->u.created.encrypted)
            kind = ETAG_KIND_OPAQUE;
        take_text(a->text, reply->headers, "x-amz-server-side-encryption");
        if (want && want->upload_id)
            *want->upload_id = strdup(reply->u.created.upload_id);
        break;
    case S3_PUT_OBJECT:
    case S3_COPY_OBJECT:
    case S3_UPLOAD_PART:
        kind = reply->u.copied.etag_kind;
        str_copy(a->text, sizeof a->text, reply->u.copied.etag);
        break;
    case S3_LIST_OBJECTS:
        take_keys(a, &reply->u.keys, want ? want->object : NULL);
        break;
    default:
        break;
    }
    if (kind == ETAG_KIND_OPAQUE)
        a->shows |= CHECK_SHOWS_OTHER_KEY;
}

static void on_done(void *ctx, const struct s3_reply *reply)
{
    struct asked *asked = ctx;

    asked->done = true;
    asked->answer->err = reply->err;
    asked->answer->attempts = reply->attempts;
    if (reply->op == S3_HEAD_BUCKET)
        str_copy(asked->answer->text, CHECK_TEXT_SIZE, reply->u.region);
    if (reply->err.code == ERR_OK)
        take_success(asked, reply);
}

/* Whether S3 says that it takes no request that is made so: the key, the signature, its region or
 * the clock is wrong. */
static bool is_about_all(const struct err *e)
{
    static const char *const codes[] = {
            "AuthorizationHeaderMalformed", "InvalidToken", "RequestTimeTooSkewed"};
    size_t i;

    for (i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(e->service_code, codes[i]) == 0)
            return true;
    return e->code == ERR_WRONG_REGION || (e->http_status / 100 == 3 && e->http_status != 304);
}

/* Whether no other request will have an answer either, or none but this one. The answer to
 * HeadBucket has no body to say why it is refused: what follows it tells. */
static bool is_fatal(enum s3_op op, const struct err *e)
{
    if (op != S3_HEAD_BUCKET && is_about_all(e))
        return true;
    switch (e->code) {
    case ERR_NETWORK:
    case ERR_TIMEOUT:
    case ERR_CREDENTIALS:
    case ERR_CANCELLED:
    case ERR_NOMEM:
    case ERR_USAGE:
    case ERR_INPUT:
    case ERR_INTERNAL:
        return true;
    default:
        return false;
    }
}

/* The same request on the terms of the check. */
static struct s3_request on_terms(const struct checker *c, const struct s3_request *r)
{
    struct s3_request with = *r;

    with.where.terms = c->terms;
    if (r->op == S3_COPY_OBJECT)
        with.u.copy.source.terms = c->terms;
    if (r->op == S3_UPLOAD_PART_COPY)
        with.u.part_copy.source.terms = c->terms;
    return with;
}

bool check_ask(struct checker *c, struct check_answer *a, const struct s3_request *r,
        const struct check_want *want)
{
    const struct check_config *config = c->config;
    const struct s3_request with = on_terms(c, r);
    struct asked asked = {.answer = a, .want = want};
    bool asks = c->phase == CHECK_ASKS_NOW;

    if (asks && c->fatal.code == ERR_OK && config->stop && stop_asked(config->stop))
        err_set(&c->fatal, ERR_INTERRUPTED, "interrupted");
    if (asks && c->fatal.code != ERR_OK)
        return false;
    memset(a, 0, sizeof *a);
    a->asked = true;
    if (s3_start(config->sync.s3, &with, on_done, &asked, &a->err) == ERR_OK) {
        net_run_until(config->sync.net, &asked.done);
        if (!asked.done)
            err_set(&a->err, ERR_INTERNAL, "nothing is left to wait for");
    }
    if (asks && is_fatal(r->op, &a->err))
        c->fatal = a->err;
    return a->err.code == ERR_OK;
}

bool check_may_have_worked(const struct check_answer *a)
{
    int status = a->err.http_status;

    if (a->err.code == ERR_OK)
        return false;
    if (status == 412) /* the attempt before may be what the condition met */
        return a->attempts > 1;
    return status == 0 || status / 100 == 2 ||
           (status / 100 == 5 && status != 501 && status != 503);
}
