/* PARTS and COMPLETE: the source's parts, many at once, then one object of them. */
#include <stdlib.h>
#include <string.h>

#include "copy/machine_int.h"

/* Which part a request copies. */
struct part {
    struct copy *copy;
    unsigned number;
};

static void on_part(void *ctx, const struct s3_reply *reply)
{
    struct part *p = ctx;
    struct copy *c = p->copy;
    unsigned number = p->number;

    free(p);
    copy_count(c, reply);
    if (c->state != COPY_STATE_PARTS) {
        /* It failed meanwhile: ABORT waits for the last of us. */
    } else if (reply->err.code == ERR_PRECONDITION ||
               strcmp(reply->err.service_code, "NoSuchUpload") == 0) {
        /* The source changed; or another worker on this object has completed or removed the upload:
         * then it is found done, or begun anew. */
        copy_restart(c, &reply->err);
    } else if (reply->err.code == ERR_ACCESS_DENIED && c->layout_from == LAYOUT_FROM_GUESS &&
               c->source.size <= LAYOUT_COPY_MOST) {
        /* Some servers' rights differ for parts (Ceph RGW 16 looks at the object's ACL alone). */
        copy_last_resort(c);
    } else if (reply->err.code != ERR_OK) {
        copy_fail(c, &reply->err);
    } else {
        memcpy(c->etags[number - 1], reply->u.copied.etag, ETAG_SIZE);
        c->opaque_parts = c->opaque_parts || reply->u.copied.opaque_etag;
        if (++c->parts_done == c->layout.count)
            copy_set_state(c, COPY_STATE_COMPLETE);
    }
    copy_wake(c);
}

static enum err_code send_part(struct copy *c, struct part *p, struct err *e)
{
    struct s3_part_copy copy = {
            .source = copy_source(c),
            .source_etag = c->source.etag,
            .upload_id = c->upload_id,
            .part = p->number,
            .whole = layout_is_whole(&c->layout),
    };

    struct s3_where to = copy_destination(c);

    layout_range(&c->layout, p->number, &copy.first, &copy.last);
    return s3_upload_part_copy(c->env->s3, &to, &copy, on_part, p, e);
}

/* What is on record stays, for whoever goes on with it; parts under way may still come in. */
static enum copy_next stop_here(struct copy *c, const struct err *e)
{
    if (!c->recorded)
        return copy_fail_now(c, e);
    if (c->in_flight > 0)
        return COPY_WAITS;
    c->result.err = *e;
    c->result.status = RESULT_FAILED;
    copy_leave_open(c);
    return COPY_WAITS;
}

enum copy_next copy_step_parts(struct copy *c)
{
    struct part *p;
    struct err e;

    if (c->env->stopping) {
        err_set(&e, ERR_INTERRUPTED, "stopped before all parts were copied");
        return stop_here(c, &e);
    }
    while (c->next_part <= c->layout.count && c->etags[c->next_part - 1][0])
        c->next_part++; /* it was there already */
    if (c->next_part > c->layout.count)
        return COPY_WAITS;
    p = malloc(sizeof *p);
    if (!p) {
        err_nomem(&e);
        return copy_fail_now(c, &e);
    }
    p->copy = c;
    p->number = c->next_part;
    if (send_part(c, p, &e) != ERR_OK) {
        free(p);
        return copy_fail_now(c, &e);
    }
    c->next_part++;
    c->in_flight++;
    return COPY_STARTED;
}

/* The ETag is known before anything is written to the destination: the MD5 of the parts' MD5s.
 * false: it is not the source's, and another layout is being tried. */
static bool parts_make_the_source(struct copy *c)
{
    char etag[ETAG_SIZE];
    struct err e;

    if (!c->mirrored || c->source.opaque_etag || c->opaque_parts)
        return true;
    if (!etag_of_parts(etag, (const char(*)[ETAG_SIZE])c->etags, c->layout.count))
        return true;
    if (strcmp(etag, c->source.etag) == 0)
        return true;
    if (c->layout_from == LAYOUT_FROM_ALL) {
        err_set(&e, ERR_VERIFY, "the copied parts make the ETag %s, and the source's is %s", etag,
                c->source.etag);
        copy_restart(c, &e);
    } else {
        copy_next_layout(c);
    }
    return false;
}

static void on_completed(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;
    const struct err *e = &reply->err;

    copy_count(c, reply);
    if (reply->attempts > 1)
        c->maybe_written = true;
    if (e->code == ERR_OK) {
        c->wrote = true;
        free(c->upload_id);
        c->upload_id = NULL;
        copy_check_etag(c, &reply->u.copied);
    } else if (strcmp(e->service_code, "NoSuchUpload") == 0) {
        free(c->upload_id);
        c->upload_id = NULL;
        if (reply->attempts > 1) {
            /* A Complete whose answer was lost may have worked: the object will tell. */
            c->answer_lost = true;
            copy_set_state(c, COPY_STATE_VERIFY);
        } else {
            copy_restart(c, e); /* someone else removed the upload */
        }
    } else if (e->code == ERR_PRECONDITION) {
        copy_precondition(c, e);
    } else if (strcmp(e->service_code, "EntityTooSmall") == 0) {
        copy_last_resort(c);
    } else {
        copy_fail(c, e);
    }
    copy_wake(c);
}

enum copy_next copy_step_complete(struct copy *c)
{
    struct s3_complete complete = {
            .upload_id = c->upload_id,
            .etags = (const char(*)[ETAG_SIZE])c->etags,
            .count = c->layout.count,
            .only_if_absent = c->only_if_absent,
    };
    struct s3_where to = copy_destination(c);
    struct err e;

    if (c->ask != ASK_NOT)
        return COPY_WAITS;
    if (!parts_make_the_source(c))
        return COPY_WAITS;
    if (s3_complete_multipart_upload(c->env->s3, &to, &complete, on_completed, c, &e) != ERR_OK)
        return copy_fail_now(c, &e);
    return copy_asked(c, &c->ask);
}
