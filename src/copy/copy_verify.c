/* VERIFY: the answer to the copy did not prove it, so the destination is asked. RETAG: and mended.
 */
#include <string.h>

#include "copy/machine_int.h"

/* Ceph RGW 16 drops the tags that Create was given. They may have been given by an earlier run, and
 * are then not known here: that there are some is. */
static bool may_lack_tags(const struct copy *c)
{
    return c->tagging || (c->recalled.key && c->env->input->tags != TAGS_NONE && !c->without_tags &&
                                 c->source.tag_count > 0);
}

void copy_check_etag(struct copy *c, const struct s3_copied *copied)
{
    c->said = *copied;
    c->explained = false; /* that was long ago */
    /* With tags to look after, HEAD must show that they came along. */
    if (!may_lack_tags(c) && c->source.etag[0] && strcmp(copied->etag, c->source.etag) == 0)
        copy_succeed(c, RESULT_COPIED, VERIFIED_ETAG);
    else
        copy_set_state(c, COPY_STATE_VERIFY);
}

static unsigned count_tags(const char *tagging)
{
    unsigned n = 1;

    for (; *tagging; tagging++)
        n += *tagging == '&';
    return n;
}

bool copy_lacks_tags(const struct copy *c, const struct object_info *there)
{
    unsigned wanted = c->tagging ? count_tags(c->tagging) : c->source.tag_count;

    return may_lack_tags(c) && there->tag_count_said && there->tag_count != wanted;
}

void copy_put_tags(struct copy *c, enum verified by)
{
    c->proof = by;
    c->tags_only = true;
    copy_set_state(c, c->tagging ? COPY_STATE_RETAG : COPY_STATE_TAGGING);
}

/* It is the object; does it have its tags? */
static void verified(struct copy *c, const struct object_info *there, enum verified by)
{
    if (copy_lacks_tags(c, there))
        copy_put_tags(c, by);
    else
        copy_succeed(c, RESULT_COPIED, by);
}

static void compare(struct copy *c, const struct object_info *there)
{
    enum verified by;
    struct err e;

    switch (verify_compare(&c->source, there, c->mirrored, &by)) {
    case VERDICT_SAME:
        verified(c, there, by);
        return;
    case VERDICT_UNKNOWN:
        if (c->answer_lost) { /* it may be what was there before */
            err_set(&e, ERR_VERIFY, "the upload is gone, and what is there cannot be proven");
            copy_restart(c, &e);
            return;
        }
        if (c->parts > 0 && !c->mirrored)
            c->result.notes |= NOTE_LAYOUT_NOT_MIRRORED;
        verified(c, there, VERIFIED_SIZE);
        return;
    case VERDICT_DIFFERENT:
        err_set(&e, ERR_VERIFY,
                "the copy is not the source: %llu bytes with ETag %s, where the source has %llu "
                "bytes with ETag %s",
                (unsigned long long)there->size, there->etag, (unsigned long long)c->source.size,
                c->source.etag);
        copy_restart(c, &e);
        return;
    }
}

/* The object is there, maybe without its tags: its record stays, so that who comes next looks. */
static void fail_with_tags_to_put(struct copy *c, const struct err *e)
{
    c->keep_record = c->recorded && may_lack_tags(c);
    copy_fail(c, e);
}

static bool is_plain(const char *etag)
{
    return etag_is_md5(etag) || etag_parts(etag) > 0;
}

/* We may write there and not look: what the answer to the copy said is all there is. */
static void believe_the_answer(struct copy *c, const struct err *refused)
{
    struct err e;

    c->result.notes |= NOTE_DESTINATION_UNREADABLE;
    if (c->answer_lost) { /* it said nothing, and 403 may mean that nothing is there */
        copy_restart(c, refused);
    } else if (c->said.etag[0] && strcmp(c->said.etag, c->source.etag) == 0) {
        copy_succeed(c, RESULT_COPIED, VERIFIED_ETAG);
    } else if (c->mirrored && !c->said.opaque_etag && !c->source.opaque_etag &&
               is_plain(c->said.etag) && is_plain(c->source.etag)) {
        err_set(&e, ERR_VERIFY, "the copy's ETag is %s, and the source's is %s", c->said.etag,
                c->source.etag);
        copy_restart(c, &e);
    } else {
        copy_succeed(c, RESULT_COPIED, VERIFIED_NONE);
    }
}

static void on_verified(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;
    const struct err *e = &reply->err;

    copy_count(c, reply);
    if (e->code == ERR_OK) {
        compare(c, &reply->u.object);
    } else if (e->code == ERR_ACCESS_DENIED) {
        believe_the_answer(c, e);
    } else if (e->code == ERR_NOT_FOUND) {
        copy_restart(c, e);
    } else if (copy_has_no_error_body(e) && !c->explained) {
        copy_explain(c, e, COPY_STATE_VERIFY);
    } else {
        fail_with_tags_to_put(c, e);
    }
    copy_wake(c);
}

/* Nothing ties a copy that mirrors nothing to the source we saw but the condition on its requests,
 * and not every server keeps that (Ceph RGW 16): the source must still be what it was. */
static void on_rechecked(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;
    struct err e;

    copy_count(c, reply);
    c->recheck = ASK_ANSWERED;
    if (copy_has_no_error_body(&reply->err) && !c->explained) {
        c->recheck = ASK_NOT;
        copy_explain(c, &reply->err, COPY_STATE_VERIFY);
    } else if (reply->err.code != ERR_OK) {
        copy_fail(c, &reply->err);
    } else if (strcmp(reply->u.object.etag, c->source.etag) != 0) {
        err_set(&e, ERR_PRECONDITION, "the source changed while it was copied");
        copy_restart(c, &e);
    }
    copy_wake(c);
}

enum copy_next copy_step_verify(struct copy *c)
{
    struct s3_where source = copy_source(c), destination = copy_destination(c);
    struct err e;

    if (!c->mirrored && c->recheck == ASK_NOT) {
        if (s3_head_object(c->env->s3, &source, 0, on_rechecked, c, &e) != ERR_OK)
            return copy_fail_now(c, &e);
        return copy_asked(c, &c->recheck);
    }
    if (c->ask != ASK_NOT || (!c->mirrored && c->recheck != ASK_ANSWERED))
        return COPY_WAITS;
    if (s3_head_object(c->env->s3, &destination, 0, on_verified, c, &e) != ERR_OK)
        return copy_fail_now(c, &e);
    return copy_asked(c, &c->ask);
}

static void on_retagged(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;
    const struct err *e = &reply->err;

    copy_count(c, reply);
    if (e->code == ERR_OK) {
        copy_succeed(c, RESULT_COPIED, c->proof);
    } else if (e->cls == ERR_CLASS_PERMANENT && e->code != ERR_CANCELLED &&
               c->env->input->tags == TAGS_BEST_EFFORT) {
        c->result.notes |= NOTE_TAGS_DROPPED;
        copy_succeed(c, RESULT_COPIED, c->proof);
    } else {
        fail_with_tags_to_put(c, e);
    }
    copy_wake(c);
}

enum copy_next copy_step_retag(struct copy *c)
{
    struct s3_where to = copy_destination(c);
    struct err e;

    if (c->ask != ASK_NOT)
        return COPY_WAITS;
    if (s3_put_object_tagging(c->env->s3, to.bucket, to.key, c->tagging, on_retagged, c, &e) !=
            ERR_OK)
        return copy_fail_now(c, &e);
    return copy_asked(c, &c->ask);
}
