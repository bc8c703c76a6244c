/* SINGLE: one CopyObject. */
#include "copy/machine_int.h"

/* 403 may be for want of a right to tags only; what cannot tell is tried without them. */
static bool try_without_tags(struct copy *c, const struct err *e)
{
    if (e->code != ERR_ACCESS_DENIED || c->without_tags || c->env->input->tags != TAGS_BEST_EFFORT)
        return false;
    c->without_tags = true;
    c->ask = ASK_NOT;
    return true;
}

static void on_copied(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;
    const struct err *e = &reply->err;

    copy_count(c, reply);
    c->ask = ASK_ANSWERED;
    if (reply->attempts > 1)
        c->maybe_written = true;
    if (e->code == ERR_OK) {
        c->wrote = true;
        if (c->without_tags && c->env->input->tags != TAGS_NONE)
            c->result.notes |= NOTE_TAGS_DROPPED;
        copy_check_etag(c, &reply->u.copied);
    } else if (e->code == ERR_PRECONDITION) {
        copy_precondition(c, e);
    } else if (!try_without_tags(c, e)) {
        copy_fail(c, e);
    }
    copy_wake(c);
}

enum copy_next copy_step_single(struct copy *c)
{
    struct s3_copy copy = {
            .source = copy_source(c),
            .source_etag = c->source.etag,
            .only_if_absent = c->only_if_absent,
            .size = c->source.size,
    };
    struct s3_where to = copy_destination(c);
    enum copy_next next;
    struct headers extra;
    struct err e;

    if (c->ask != ASK_NOT)
        return COPY_WAITS;
    headers_init(&extra);
    copy_extra_headers(c, &extra);
    /* "REPLACE" with no x-amz-tagging: no tags, and no need for the right to read them. */
    if (c->without_tags)
        headers_add(&extra, "x-amz-tagging-directive", "REPLACE");
    copy.headers = &extra;
    if (s3_copy_object(c->env->s3, &to, &copy, on_copied, c, &e) != ERR_OK)
        next = copy_fail_now(c, &e);
    else
        next = copy_asked(c, &c->ask);
    headers_free(&extra);
    return next;
}
