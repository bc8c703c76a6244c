/* SWEEP_FIRST and SWEEP_LAST: a Create whose answer did not come may have made an upload that
 * nobody knows. Uploads of our item's key that were begun while it was under way are ours; another
 * worker's of the same key, should there be one at that very time, finds its upload gone and begins
 * anew. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

enum { TAG_LIST, TAG_ABORT, TAG_PARTS };

void copy_doubt_create(struct copy *c, int64_t from_s, int64_t to_s)
{
    struct copy_record *r = &c->record;

    if (r->doubt_to_s == 0 || from_s < r->doubt_from_s)
        r->doubt_from_s = from_s;
    if (to_s > r->doubt_to_s)
        r->doubt_to_s = to_s;
}

static void over(struct copy *c)
{
    copy_free_orphans(&c->record.orphans);
    copy_set_state(c, copy_then(c));
}

/* At the end the record stays, so that copyout cleanup can look again; else it is tried once more,
 * at the end. */
static void give_up(struct copy *c, const struct err *e)
{
    log_warn("line %llu: there may be an unfinished upload of %s/%s that cannot be looked for (%s)",
            (unsigned long long)c->result.item.line, c->env->input->destination_bucket,
            c->result.item.destination_key, e->message);
    if (c->state == STATE_SWEEP_LAST) {
        if (c->record.kept == RECORD_WRITTEN)
            c->record.kept = RECORD_KEPT;
        c->record.doubt_to_s = 0;
    }
    over(c);
}

static bool is_ours(const struct copy *c, const struct s3_upload *u)
{
    const struct copy_record *r = &c->record;

    if (c->try.upload_id && strcmp(u->id, c->try.upload_id) == 0)
        return false;
    if (r->share != SHARE_ALONE && r->recalled.id && strcmp(u->id, r->recalled.id) == 0)
        return false; /* it may be open yet, for the other workers */
    return u->initiated_s >= r->doubt_from_s - UPLOAD_CLOCK_SLACK_S &&
           u->initiated_s <= r->doubt_to_s + UPLOAD_CLOCK_SLACK_S;
}

static enum err_code add_ours(struct copy *c, const struct s3_uploads *found, struct err *e)
{
    struct copy_orphans *o = &c->record.orphans;
    char **more = realloc(o->ids, (o->count + found->count + 1) * sizeof *o->ids);
    unsigned i;

    if (!more)
        return err_nomem(e);
    o->ids = more;
    for (i = 0; i < found->count; i++) {
        if (!is_ours(c, &found->uploads[i]))
            continue;
        o->ids[o->count] = strdup(found->uploads[i].id);
        if (!o->ids[o->count])
            return err_nomem(e);
        o->count++;
    }
    return ERR_OK;
}

static void take_list(struct copy *c, const struct s3_uploads *found)
{
    struct copy_orphans *o = &c->record.orphans;
    struct err e;

    if (add_ours(c, found, &e) == ERR_OK &&
            cycle_take(&o->cycle, &o->listed, found->next, &e) == ERR_OK)
        o->list = found->next ? ASKED_NOT : ASKED_ANSWERED;
    else
        give_up(c, &e);
}

static void one_is_gone(struct copy_orphans *o)
{
    o->next++;
    memset(&o->aborts, 0, sizeof o->aborts);
}

static void aborted(struct copy *c, const struct err *err)
{
    if (err->code == ERR_OK)
        c->record.orphans.aborts.aborted++;
    else if (err->code == ERR_NOT_FOUND)
        one_is_gone(&c->record.orphans);
    else
        give_up(c, err);
}

/* An upload whose record cannot be read may have parts, also such that are under way yet at the
 * server. */
static void parts_listed(struct copy *c, const struct copy_answer *a)
{
    struct copy_orphans *o = &c->record.orphans;
    struct err e = *a->err;

    if (e.code == ERR_OK && a->reply->u.parts.count > 0) {
        if (!copy_abort_again(c, &o->aborts, &e))
            give_up(c, &e);
    } else if (e.code == ERR_OK || error_rule(ERROR_AT_ABORTED, &e, 0) == THEN_GONE) {
        one_is_gone(o);
    } else {
        give_up(c, &e);
    }
}

void copy_sweep_answer(struct copy *c, const struct copy_answer *a)
{
    if (a->tag == TAG_ABORT)
        aborted(c, a->err);
    else if (a->tag == TAG_PARTS)
        parts_listed(c, a);
    else if (a->err->code == ERR_OK)
        take_list(c, &a->reply->u.uploads);
    else
        give_up(c, a->err);
}

enum copy_next copy_sweep_next(struct copy *c)
{
    struct copy_orphans *o = &c->record.orphans;
    struct s3_request request = {.where = copy_destination(c)};

    if (c->open > 0)
        return COPY_WAITS;
    if (o->list == ASKED_NOT) {
        request.op = S3_LIST_MULTIPART_UPLOADS;
        request.u.uploads.after = o->listed;
        return copy_send(c, &request, TAG_LIST);
    }
    if (o->next < o->count)
        return copy_abort_step(c, &o->aborts, o->ids[o->next], TAG_ABORT, TAG_PARTS);
    c->record.doubt_to_s = 0;
    over(c);
    return COPY_MOVED;
}
