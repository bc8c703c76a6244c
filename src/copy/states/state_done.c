/* DONE: the result is known; answers that no longer matter are waited for, and what is left at the
 * destination or on record is put away. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

static void finish_result(struct copy *c)
{
    const struct copy_port *port = &c->env->port;
    struct result *r = &c->result;

    if (r->status == RESULT_FAILED && r->item.version_id)
        err_prefix(&r->err, "version %s", r->item.version_id);
    r->attempts++; /* the first; the others were counted as they came */
    r->seconds = (double)(port->now_us(port->self) - c->started_us) / 1e6;
    r->ended = (uint64_t)port->now_s(port->self);
    r->notes = c->try.notes;
    r->written = c->try.written; /* with what is in it */
    memset(&c->try.written, 0, sizeof c->try.written);
}

enum copy_next copy_done_next(struct copy *c)
{
    if (c->in_flight > 0)
        return COPY_WAITS;
    if (c->record.kept != RECORD_KEPT && c->record.doubt_to_s > 0) {
        copy_set_state(c, STATE_SWEEP_LAST);
        return COPY_MOVED;
    }
    if (c->record.kept == RECORD_WRITTEN) {
        copy_set_state(c, STATE_FORGET);
        return COPY_MOVED;
    }
    finish_result(c);
    return COPY_ENDED;
}
