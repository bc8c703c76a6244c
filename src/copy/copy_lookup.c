/* LOOKUP and EXPLAIN: what the source is, what is at the destination, and what that asks for. */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "copy/machine_int.h"

/* What CreateMultipartUpload must be given of the source's headers; CopyObject takes these over by
 * itself (Amazon S3 API Reference, CopyObject: "x-amz-metadata-directive"). */
static bool is_kept(const char *name)
{
    static const char *const kept[] = {"content-type", "cache-control", "content-disposition",
            "content-encoding", "content-language", "expires"};
    size_t i;

    if (strncasecmp(name, "x-amz-meta-", 11) == 0)
        return true;
    for (i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (strcasecmp(name, kept[i]) == 0)
            return true;
    return false;
}

static void keep_headers(struct copy *c, const struct headers *from)
{
    const char *name, *value;
    size_t at = 0;

    headers_clear(&c->keep);
    while (headers_next(from, &at, &name, &value))
        if (is_kept(name) || strcasecmp(name, COPY_WEBSITE_REDIRECT) == 0)
            headers_add(&c->keep, name, value);
}

/* Whether a copy with this storage class can be read like its source: an archive's cannot. */
static bool is_readable_class(const char *class)
{
    static const char *const classes[] = {
            "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "REDUCED_REDUNDANCY"};
    size_t i;

    for (i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strcmp(class, classes[i]) == 0)
            return true;
    return false;
}

void copy_extra_headers(struct copy *c, struct headers *out)
{
    const char *redirect = headers_get(&c->keep, COPY_WEBSITE_REDIRECT);

    if (redirect)
        headers_add(out, COPY_WEBSITE_REDIRECT, redirect);
    if (is_readable_class(c->source.storage_class))
        headers_add(out, "x-amz-storage-class", c->source.storage_class);
    else if (strcmp(c->source.storage_class, "GLACIER") == 0 ||
             strcmp(c->source.storage_class, "DEEP_ARCHIVE") == 0)
        c->result.notes |= NOTE_CLASS_CHANGED;
}

static void lookup_answered(struct copy *c)
{
    if (c->state == COPY_STATE_LOOKUP && c->source_ask == ASK_ANSWERED &&
            c->destination_ask == ASK_ANSWERED)
        copy_choose(c);
    copy_wake(c);
}

static void on_source(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;
    struct err e;

    copy_count(c, reply);
    c->source_ask = ASK_ANSWERED;
    if (c->state != COPY_STATE_LOOKUP) {
        /* The other side has failed already: the first error stays. */
    } else if (reply->err.code != ERR_OK) {
        /* The first error stays; EXPLAIN puts S3's own words in its place. */
        if (reply->err.cls == ERR_CLASS_PERMANENT && reply->err.http_status >= 400)
            copy_explain(c, &reply->err, COPY_STATE_LOOKUP);
        else
            copy_fail(c, &reply->err);
    } else {
        c->source = reply->u.object;
        c->result.size = c->source.size;
        memcpy(c->result.etag, c->source.etag, sizeof c->result.etag);
        keep_headers(c, reply->headers);
        if (buf_check(&c->keep.text, "the source's metadata", &e) != ERR_OK)
            copy_fail(c, &e);
    }
    lookup_answered(c);
}

static void on_destination(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;
    const struct err *e = &reply->err;

    copy_count(c, reply);
    c->destination_ask = ASK_ANSWERED;
    c->destination_there = e->code == ERR_OK;
    if (e->code == ERR_OK) {
        c->destination = reply->u.object;
    } else if (e->code == ERR_ACCESS_DENIED) {
        /* Some let us write and not look; S3 also says 403 for what is not there to those who may
         * not list. The copy itself will tell. */
        c->result.notes |= NOTE_DESTINATION_UNREADABLE;
    } else if (copy_has_no_error_body(e) && c->explained) {
        c->destination_there = true;
        c->destination_needs_key = true;
        memset(&c->destination, 0, sizeof c->destination);
    } else if (copy_has_no_error_body(e) && c->state == COPY_STATE_LOOKUP) {
        copy_explain(c, e, COPY_STATE_LOOKUP);
    } else if (e->code != ERR_NOT_FOUND && c->state == COPY_STATE_LOOKUP) {
        copy_fail(c, e);
    }
    lookup_answered(c);
}

enum copy_next copy_step_lookup(struct copy *c)
{
    struct s3_where source = copy_source(c), destination = copy_destination(c);
    struct err e;

    if (c->source_ask == ASK_NOT) {
        if (s3_head_object(c->env->s3, &source, 0, on_source, c, &e) != ERR_OK)
            return copy_fail_now(c, &e);
        return copy_asked(c, &c->source_ask);
    }
    if (c->destination_ask == ASK_NOT) {
        if (s3_head_object(c->env->s3, &destination, 0, on_destination, c, &e) != ERR_OK)
            return copy_fail_now(c, &e);
        return copy_asked(c, &c->destination_ask);
    }
    return COPY_WAITS;
}

/* Something else is at the destination. */
void copy_choose_different(struct copy *c)
{
    struct err e;

    switch (c->env->input->on_different) {
    case ON_DIFFERENT_OVERWRITE:
        return;
    case ON_DIFFERENT_KEEP:
        copy_succeed(c, RESULT_KEPT, VERIFIED_NONE);
        return;
    case ON_DIFFERENT_FAIL:
        if (c->destination_needs_key)
            err_set(&e, ERR_PRECONDITION,
                    "what is at the destination cannot be looked at (HTTP 400: encrypted with a "
                    "customer's key?), and onDifferent is \"fail\"");
        else
            err_set(&e, ERR_PRECONDITION,
                    "something else is at the destination (%llu bytes, ETag %s), and onDifferent "
                    "is \"fail\"",
                    (unsigned long long)c->destination.size, c->destination.etag);
        memcpy(e.service_code, "DestinationDiffers", sizeof "DestinationDiffers");
        copy_fail(c, &e);
        return;
    }
}

void copy_precondition(struct copy *c, const struct err *err)
{
    /* We may not look, have looked at the source again, and are refused again: it is the
     * destination. */
    if (c->only_if_absent && c->restarts > 0 && (c->result.notes & NOTE_DESTINATION_UNREADABLE))
        copy_choose_different(c);
    else
        copy_restart(c, err);
}

static void fail_archived(struct copy *c)
{
    struct err e;

    err_set(&e, ERR_SERVICE,
            "the source is archived (%s) and not restored; restore it and run again",
            c->source.storage_class);
    memcpy(e.service_code, "InvalidObjectState", sizeof "InvalidObjectState");
    copy_fail(c, &e);
}

void copy_choose(struct copy *c)
{
    enum verified by = VERIFIED_NONE;
    enum verdict verdict = VERDICT_DIFFERENT;

    if (c->destination_there && !c->destination_needs_key)
        verdict = verify_compare(&c->source, &c->destination, false, &by);
    if (verdict == VERDICT_SAME && !c->env->input->dry_run && copy_lacks_tags(c, &c->destination)) {
        copy_put_tags(c, by);
        return;
    }
    if (verdict == VERDICT_SAME) {
        copy_succeed(c, c->maybe_written || c->wrote ? RESULT_COPIED : RESULT_SAME, by);
        return;
    }
    if (c->destination_there && !c->wrote)
        copy_choose_different(c);
    if (c->state != COPY_STATE_LOOKUP)
        return;
    /* What we wrote ourselves and is not the source is ours to write over. */
    c->only_if_absent = c->env->input->on_different != ON_DIFFERENT_OVERWRITE && !c->wrote;
    c->without_tags = c->env->input->tags == TAGS_NONE;
    if (c->source.archived) {
        fail_archived(c);
        return;
    }
    if (c->env->input->dry_run) {
        copy_succeed(c, RESULT_PENDING, VERIFIED_NONE);
        return;
    }
    c->parts = etag_parts(c->source.etag);
    if (c->parts > 0 || c->source.size > LAYOUT_COPY_MOST) {
        copy_set_state(c, COPY_STATE_BEGIN);
    } else {
        c->mirrored = true;
        c->after_abort = COPY_STATE_SINGLE;
        copy_set_state(c, c->upload_id ? COPY_STATE_ABORT : COPY_STATE_SINGLE);
    }
}

bool copy_has_no_error_body(const struct err *e)
{
    return e->http_status == 400 && !e->service_code[0];
}

void copy_explain(struct copy *c, const struct err *err, enum copy_state again)
{
    c->result.err = *err;
    c->result.status = RESULT_FAILED;
    c->after_explain = again;
    copy_set_state(c, COPY_STATE_EXPLAIN);
}

static void ask_again(struct copy *c)
{
    c->explained = true;
    err_clear(&c->result.err);
    if (c->after_explain == COPY_STATE_LOOKUP) {
        c->source_ask = ASK_NOT;
        c->destination_ask = ASK_NOT;
    }
    copy_set_state(c, c->after_explain);
}

static void on_explained(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;

    copy_count(c, reply);
    if (reply->err.code == ERR_OK || reply->err.http_status == 416) { /* an empty one has no byte */
        /* It can be read now: the credentials were renewed on the way, or the object came up. */
        struct err head = c->result.err;

        if (c->explained)
            copy_restart(c, &head);
        else
            ask_again(c);
    } else {
        if (reply->err.service_code[0])
            c->result.err = reply->err;
        copy_fail(c, &c->result.err);
    }
    copy_wake(c);
}

enum copy_next copy_step_explain(struct copy *c)
{
    struct s3_where source = copy_source(c);
    struct s3_get get = {.first = 0, .last = 0};
    struct err e;

    if (c->in_flight > 0 || c->ask != ASK_NOT) /* the other HEAD, or our own GET */
        return COPY_WAITS;
    if (s3_get_object(c->env->s3, &source, &get, on_explained, c, &e) != ERR_OK)
        return copy_fail_now(c, &e);
    return copy_asked(c, &c->ask);
}
