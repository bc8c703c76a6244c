/* ABORT and ABORTED: an upload that will not be completed is billed for ever unless it is removed,
 * and a part that was under way may outlive the first abort (Amazon S3 API Reference,
 * AbortMultipartUpload: "it might be necessary to abort … multiple times", then ListParts). */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"

/* The upload is gone, or we give up on it; what comes next was decided before. */
static void abort_over(struct copy *c)
{
    struct err e;

    free(c->upload_id);
    c->upload_id = NULL;
    c->aborts = 0;
    if (c->after_abort == COPY_STATE_LOOKUP) {
        c->restarts--; /* it was counted when it was decided on */
        c->result.attempts--;
        e = c->result.err; /* why */
        err_clear(&c->result.err);
        copy_restart(c, &e);
    } else {
        copy_set_state(c, c->after_abort);
    }
}

/* Its record stays, so that the next run, or copyout cleanup, tries again. */
static void give_up(struct copy *c, const struct err *e)
{
    log_warn("line %llu: the unfinished upload %s of %s/%s could not be removed (%s); S3 bills its "
             "parts until it is",
            (unsigned long long)c->result.item.line, c->upload_id,
            c->env->input->destination_bucket, c->result.item.destination_key, e->message);
    c->keep_record = c->recorded;
    /* There is one record for a key: another upload, begun now, would take its place. */
    if (c->after_abort != COPY_STATE_DONE) {
        c->after_abort = COPY_STATE_DONE;
        c->result.status = RESULT_FAILED;
        c->result.verified = VERIFIED_NONE;
        if (c->result.err.code == ERR_OK)
            c->result.err = *e;
    }
    abort_over(c);
}

static void on_aborted(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;

    copy_count(c, reply);
    c->aborts++;
    if (reply->err.code == ERR_OK)
        copy_set_state(c, COPY_STATE_ABORTED);
    else if (reply->err.code == ERR_NOT_FOUND)
        abort_over(c);
    else
        give_up(c, &reply->err);
    copy_wake(c);
}

enum copy_next copy_step_abort(struct copy *c)
{
    struct s3_where to = copy_destination(c);
    struct err e;

    if (c->in_flight > 0 || c->ask != ASK_NOT)
        return COPY_WAITS;
    if (s3_abort_multipart_upload(c->env->s3, to.bucket, to.key, c->upload_id, on_aborted, c, &e) !=
            ERR_OK) {
        give_up(c, &e);
        return COPY_WAITS;
    }
    return copy_asked(c, &c->ask);
}

static void on_listed(void *ctx, const struct s3_reply *reply)
{
    const struct err *said = &reply->err;
    struct copy *c = ctx;
    struct err e;

    copy_count(c, reply);
    if (said->code == ERR_NOT_FOUND || said->code == ERR_ACCESS_DENIED ||
            (said->code == ERR_OK && reply->u.parts.count == 0)) {
        abort_over(c); /* it is gone; or we may not look, and all we can do is done */
    } else if (said->code != ERR_OK) {
        give_up(c, said);
    } else if (c->aborts < COPY_ABORTS_MOST) {
        copy_set_state(c, COPY_STATE_ABORT);
    } else {
        err_set(&e, ERR_SERVICE, "after %u aborts there are parts still", c->aborts);
        give_up(c, &e);
    }
    copy_wake(c);
}

enum copy_next copy_step_aborted(struct copy *c)
{
    struct s3_where to = copy_destination(c);
    struct err e;

    if (c->ask != ASK_NOT)
        return COPY_WAITS;
    if (s3_list_parts(c->env->s3, to.bucket, to.key, c->upload_id, 0, on_listed, c, &e) != ERR_OK) {
        give_up(c, &e);
        return COPY_WAITS;
    }
    return copy_asked(c, &c->ask);
}
