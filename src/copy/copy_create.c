/* TAGGING and CREATE: a multipart upload starts from nothing, so all that the source has besides
 * its bytes is gathered and given to it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "copy/machine_int.h"

/* The tags are there now, or are known not to come: on to what they are for. */
static void tags_known(struct copy *c)
{
    if (!c->tags_only)
        copy_set_state(c, COPY_STATE_RECORD);
    else if (c->tagging)
        copy_set_state(c, COPY_STATE_RETAG);
    else
        copy_succeed(c, RESULT_COPIED, c->proof);
}

static void fail_nomem(struct copy *c)
{
    struct err e;

    err_nomem(&e);
    copy_fail(c, &e);
}

static void on_tagging(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;
    const struct err *e = &reply->err;

    copy_count(c, reply);
    if (e->code == ERR_OK) {
        const char *tagging = reply->u.tagging;

        free(c->tagging);
        c->tagging = tagging[0] ? strdup(tagging) : NULL;
        if (tagging[0] && !c->tagging)
            fail_nomem(c);
        else
            tags_known(c);
    } else if (e->cls == ERR_CLASS_PERMANENT && e->code != ERR_CANCELLED &&
               c->env->input->tags == TAGS_BEST_EFFORT) {
        c->result.notes |= NOTE_TAGS_DROPPED;
        tags_known(c);
    } else {
        copy_fail(c, e);
    }
    copy_wake(c);
}

/* S3 gives the number of tags only to those who may read them: when it gives none, there may be
 * some. */
static bool wants_tags(const struct copy *c)
{
    if (c->env->input->tags == TAGS_NONE || c->without_tags)
        return false;
    return c->source.tag_count > 0 || !c->source.tag_count_said;
}

enum copy_next copy_step_tagging(struct copy *c)
{
    struct s3_where source = copy_source(c);
    struct err e;

    if (!wants_tags(c)) {
        copy_set_state(c, COPY_STATE_RECORD);
        return COPY_WAITS;
    }
    if (c->ask != ASK_NOT)
        return COPY_WAITS;
    if (s3_get_object_tagging(c->env->s3, &source, on_tagging, c, &e) != ERR_OK)
        return copy_fail_now(c, &e);
    return copy_asked(c, &c->ask);
}

/* Whether an upload may have been made that the reply does not name: no answer came, one that
 * cannot be read, or one that there was no room for. */
static bool may_have_made(const struct s3_reply *reply)
{
    const struct err *e = &reply->err;

    return e->code != ERR_OK && (e->cls != ERR_CLASS_PERMANENT || e->http_status / 100 == 2 ||
                                        e->code == ERR_NOMEM || e->code == ERR_LIMIT);
}

static void on_created(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;
    const struct err *e = &reply->err;

    copy_count(c, reply);
    /* Who sends Create again may get a second upload; who fails, one that nobody knows. */
    if (reply->attempts > 1 || may_have_made(reply))
        copy_doubt_create(c, c->create_sent_s, s3_client_now(c->env->s3));
    if (e->code == ERR_CANCELLED && c->recorded) {
        c->keep_record = true; /* it may have been made: who comes next will look for it */
        c->env->left_open++;
    }
    if (e->code == ERR_OK) {
        free(c->upload_id);
        c->upload_id = strdup(reply->u.upload_id);
        copy_set_state(c, COPY_STATE_RECORD);
        if (!c->upload_id) {
            copy_doubt_create(c, c->create_sent_s, s3_client_now(c->env->s3));
            fail_nomem(c);
        }
    } else if (e->code == ERR_ACCESS_DENIED && c->tagging &&
               c->env->input->tags == TAGS_BEST_EFFORT) {
        free(c->tagging); /* we may not write tags: without them */
        c->tagging = NULL;
        c->result.notes |= NOTE_TAGS_DROPPED;
        c->ask = ASK_NOT;
    } else {
        copy_fail(c, e);
    }
    copy_wake(c);
}

static void create_headers(struct copy *c, struct headers *out)
{
    const char *name, *value;
    size_t at = 0;

    while (headers_next(&c->keep, &at, &name, &value))
        if (strcasecmp(name, COPY_WEBSITE_REDIRECT) != 0)
            headers_add(out, name, value);
    copy_extra_headers(c, out);
    if (c->tagging)
        headers_add(out, "x-amz-tagging", c->tagging);
}

enum copy_next copy_step_create(struct copy *c)
{
    struct s3_where to = copy_destination(c);
    enum copy_next next;
    struct headers headers;
    struct err e;

    if (c->ask != ASK_NOT)
        return COPY_WAITS;
    if (c->env->stopping) {
        err_set(&e, ERR_INTERRUPTED, "stopped before its copy began");
        return copy_fail_now(c, &e);
    }
    c->create_sent_s = s3_client_now(c->env->s3);
    headers_init(&headers);
    create_headers(c, &headers);
    if (s3_create_multipart_upload(c->env->s3, to.bucket, to.key, &headers, on_created, c, &e) !=
            ERR_OK)
        next = copy_fail_now(c, &e);
    else
        next = copy_asked(c, &c->ask);
    headers_free(&headers);
    return next;
}
