/* RECALL: the record of an upload that an earlier run left open. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

static bool is_of_destination(const struct copy *c, const struct upload *u)
{
    struct s3_where to = copy_destination(c);

    return strcmp(u->bucket, to.bucket) == 0 && strcmp(u->key, to.key) == 0;
}

/* The record was read, and is ours: found is emptied. */
static void take_record(struct copy *c, struct upload *found)
{
    struct copy_record *r = &c->record;

    r->recalled = *found;
    memset(found, 0, sizeof *found);
    r->kept = RECORD_WRITTEN;
    r->at_s = r->recalled.at_s;
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

void copy_recall_answer(struct copy *c, const struct copy_answer *a)
{
    unsigned long long line = c->result.item.line;

    if (a->err->code == ERR_OK && a->found && a->found->key && is_of_destination(c, a->found)) {
        take_record(c, a->found);
        return;
    }
    /* What is no record is written over; the upload it was of is lost to us. One that could not be
     * fetched stays, and so does its upload: not this time. */
    if (a->err->code != ERR_OK && a->err->code != ERR_INPUT) {
        copy_fail(c, a->err);
        return;
    }
    if (a->err->code == ERR_INPUT)
        log_warn("line %llu: %s; copying from the beginning", line, a->err->message);
    else if (a->found && a->found->key)
        log_warn(
                "line %llu: the record of its upload is that of another object's; copying from the "
                "beginning",
                line);
    copy_set_state(c, STATE_LOOKUP);
}

enum copy_next copy_recall_next(struct copy *c)
{
    return c->open > 0 ? COPY_WAITS : copy_load(c);
}
