/* The ABORT states: an upload that will not be completed is billed for ever unless it is removed,
 * and a part that was under way may outlive the first abort (Amazon S3 API Reference,
 * AbortMultipartUpload: "it might be necessary to abort … multiple times", then ListParts). What
 * comes next is the table's business. */
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

enum { TAG_ABORT, TAG_LIST };

/* How long a part that is still under way at the server is given before the second abort; twice as
 * long before each further one. */
enum { AGAIN_FIRST_US = 50000 };

static void over(struct copy *c)
{
    copy_forget_upload(c);
    memset(&c->try.aborts, 0, sizeof c->try.aborts);
    if (c->state == STATE_ABORT_RESTART || c->state == STATE_ABORT_FOR_SHARED)
        copy_start_over(c);
    else
        copy_set_state(c, copy_then(c));
}

/* Its record stays, so that the next run, or copyout cleanup, tries again. */
static void stays(struct copy *c, const struct err *e)
{
    log_warn("line %llu: the unfinished upload %s of %s/%s could not be removed (%s); S3 bills its "
             "parts until it is",
            (unsigned long long)c->result.item.line, c->try.upload_id,
            c->env->input->destination_bucket, c->result.item.destination_key, e->message);
    if (c->record.kept == RECORD_WRITTEN)
        c->record.kept = RECORD_KEPT;
    copy_forget_upload(c);
}

static void give_up(struct copy *c, const struct err *e)
{
    stays(c, e);
    /* There is one record for a key: another upload, begun now, would take its place. */
    if (c->state == STATE_ABORT_TO_END)
        copy_set_state(c, STATE_DONE);
    else
        copy_fail(c, e);
}

/* The server cannot remove any upload (s3rver). That is no reason to fail an object that is copied
 * without one. */
static void leave(struct copy *c, const struct err *e)
{
    if (c->state != STATE_ABORT_FOR_SINGLE) {
        give_up(c, e);
        return;
    }
    stays(c, e);
    memset(&c->try.aborts, 0, sizeof c->try.aborts);
    copy_set_state(c, copy_then(c));
}

static void aborted(struct copy *c, const struct err *err)
{
    if (err->code == ERR_OK) {
        c->try.aborts.aborted++;
        return;
    }
    switch (error_rule(ERROR_AT_ABORT, err, 0)) {
    case THEN_GONE:
        over(c);
        return;
    case THEN_LEAVE:
        leave(c, err);
        return;
    default:
        give_up(c, err);
        return;
    }
}

bool copy_abort_again(const struct copy *c, struct copy_aborts *a, struct err *e)
{
    const struct copy_port *port = &c->env->port;

    a->looked++;
    if (a->aborted < COPY_ABORTS_MOST) {
        a->again_us = port->now_us(port->self) + ((uint64_t)AGAIN_FIRST_US << a->looked);
        return true;
    }
    err_set(e, ERR_SERVICE, "after %u aborts there are parts still", a->aborted);
    return false;
}

static void parts_are_left(struct copy *c)
{
    struct err e;

    if (!copy_abort_again(c, &c->try.aborts, &e))
        give_up(c, &e);
}

void copy_abort_answer(struct copy *c, const struct copy_answer *a)
{
    if (a->tag == TAG_ABORT)
        aborted(c, a->err);
    else if (a->err->code == ERR_OK && a->reply->u.parts.count > 0)
        parts_are_left(c);
    else if (a->err->code == ERR_OK || error_rule(ERROR_AT_ABORTED, a->err, 0) == THEN_GONE)
        over(c);
    else
        give_up(c, a->err);
}

enum copy_next copy_abort_step(struct copy *c, const struct copy_aborts *a, const char *upload_id,
        unsigned abort, unsigned list)
{
    const struct copy_port *port = &c->env->port;
    struct s3_request request = {.where = copy_destination(c)};

    if (a->aborted > a->looked) {
        request.op = S3_LIST_PARTS;
        request.u.parts.upload_id = upload_id;
        return copy_send(c, &request, list);
    }
    if (!c->env->stopping && port->now_us(port->self) < a->again_us)
        return copy_at(c, a->again_us);
    request.op = S3_ABORT_MULTIPART_UPLOAD;
    request.u.abort.upload_id = upload_id;
    return copy_send(c, &request, abort);
}

enum copy_next copy_abort_next(struct copy *c)
{
    if (c->in_flight > 0) /* parts, first */
        return COPY_WAITS;
    return copy_abort_step(c, &c->try.aborts, c->try.upload_id, TAG_ABORT, TAG_LIST);
}
