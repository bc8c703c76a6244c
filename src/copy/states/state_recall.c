/* RECALL: the record of an upload that an earlier run left open. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

static bool is_of_destination(const struct copy *c, const struct upload *u)
{
    struct s3_where to = copy_destination(c);

    return strcmp(u->bucket, to.bucket) == 0 && strcmp(u->key, to.key) == 0;
}

void copy_take_record(struct copy *c, struct upload *found)
{
    struct copy_record *r = &c->record;

    r->recalled = *found;
    memset(found, 0, sizeof *found);
    r->kept = RECORD_WRITTEN;
    r->at_s = r->recalled.at_s;
    if (r->recalled.tags_after)
        memcpy(r->tags_after, r->recalled.etag, sizeof r->tags_after);
    c->try.upload_id = r->recalled.id ? strdup(r->recalled.id) : NULL;
    if (r->recalled.id && !c->try.upload_id) {
        r->kept = RECORD_KEPT;
        copy_fail_nomem(c);
        return;
    }
    /* Killed between Create and its answer: there may be one more, of which the time is known. It
     * is looked for before we begin one of our own, which has a time of its own. */
    if (r->recalled.until_s > 0)
        copy_doubt_create(c, r->recalled.at_s, r->recalled.until_s);
    copy_set_state(c, r->recalled.until_s > 0 ? STATE_SWEEP_FIRST : STATE_LOOKUP);
}

/* A file that is no record, or is that of another object, does not tell which upload it was of; a
 * machine that lost its power may have left it empty, or cut. Uploads of our key that were begun
 * when it was written are looked for, and no others are touched. */
static void look_for_it(struct copy *c, const struct copy_answer *a)
{
    const struct copy_port *port = &c->env->port;
    struct upload times = {.age_s = a->found ? a->found->age_s : 0};
    char from[CLOCK_ISO_SIZE], to[CLOCK_ISO_SIZE];

    upload_times_of_record(&times, port->now_s(port->self));
    clock_format_iso(from, times.at_s);
    clock_format_iso(to, times.until_s);
    log_warn("line %llu: %s; copying from the beginning. Uploads of its key that were begun from "
             "%s to %s are removed, an older one has to be looked for by hand",
            (unsigned long long)c->result.item.line,
            a->err->code == ERR_INPUT ? a->err->message
                                      : "the record of its upload is that of another object",
            from, to);
    c->record.kept = RECORD_WRITTEN;
    copy_doubt_create(c, times.at_s, times.until_s);
    copy_set_state(c, STATE_SWEEP_FIRST);
}

void copy_recall_answer(struct copy *c, const struct copy_answer *a)
{
    if (a->err->code == ERR_OK && a->found && a->found->key && is_of_destination(c, a->found)) {
        copy_take_record(c, a->found);
        return;
    }
    if (a->err->code == ERR_INPUT || (a->err->code == ERR_OK && a->found && a->found->key))
        look_for_it(c, a);
    else if (a->err->code == ERR_OK)
        copy_set_state(c, STATE_LOOKUP);
    else
        copy_fail(c, a->err); /* it could not be fetched: it stays, and so does its upload */
}

enum copy_next copy_recall_next(struct copy *c)
{
    return c->open > 0 ? COPY_WAITS : copy_load(c, c->record.which);
}
