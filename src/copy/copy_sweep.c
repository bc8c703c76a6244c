/* SWEEP: a Create whose answer did not come may have made an upload that nobody knows. Uploads of
 * our item's key that were begun while it was under way are ours; another worker's of the same key,
 * should there be one at that very time, finds its upload gone and begins anew. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"

void copy_doubt_create(struct copy *c, int64_t from_s, int64_t to_s)
{
    if (c->create_to_s == 0 || from_s < c->create_from_s)
        c->create_from_s = from_s;
    if (to_s > c->create_to_s)
        c->create_to_s = to_s;
}

void copy_free_orphans(struct copy *c)
{
    unsigned i;

    for (i = 0; i < c->orphan_count; i++)
        free(c->orphans[i]);
    free(c->orphans);
    c->orphans = NULL;
    c->orphan_count = 0;
    c->orphan_next = 0;
}

static void sweep_over(struct copy *c)
{
    copy_free_orphans(c);
    c->sweep_ask = ASK_NOT;
    copy_set_state(c, c->after_sweep);
}

/* The record stays, so that copyout cleanup can look again. */
static void give_up(struct copy *c, const struct err *e)
{
    log_warn("line %llu: there may be an unfinished upload of %s/%s that cannot be looked for (%s)",
            (unsigned long long)c->result.item.line, c->env->input->destination_bucket,
            c->result.item.destination_key, e->message);
    if (c->after_sweep == COPY_STATE_DONE) { /* else it is tried once more, at the end */
        c->keep_record = c->recorded;
        c->create_to_s = 0;
    }
    sweep_over(c);
}

static bool is_ours(const struct copy *c, const struct s3_upload *u)
{
    if (c->upload_id && strcmp(u->id, c->upload_id) == 0)
        return false;
    return u->initiated_s >= c->create_from_s - UPLOAD_CLOCK_SLACK_S &&
           u->initiated_s <= c->create_to_s + UPLOAD_CLOCK_SLACK_S;
}

static void on_listed(void *ctx, const struct s3_reply *reply)
{
    const struct s3_uploads *found = &reply->u.uploads;
    struct copy *c = ctx;
    struct err e;
    unsigned i;

    copy_count(c, reply);
    c->sweep_ask = ASK_ANSWERED;
    if (reply->err.code != ERR_OK) {
        give_up(c, &reply->err);
        copy_wake(c);
        return;
    }
    c->orphans = calloc(found->count + 1, sizeof *c->orphans);
    for (i = 0; c->orphans && i < found->count; i++) {
        if (!is_ours(c, &found->uploads[i]))
            continue;
        c->orphans[c->orphan_count] = strdup(found->uploads[i].id);
        if (!c->orphans[c->orphan_count])
            break;
        c->orphan_count++;
    }
    if (!c->orphans || i < found->count) {
        err_nomem(&e);
        give_up(c, &e);
    }
    copy_wake(c);
}

static void on_aborted(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;

    copy_count(c, reply);
    c->ask = ASK_NOT;
    c->orphan_next++;
    if (reply->err.code != ERR_OK && reply->err.code != ERR_NOT_FOUND)
        give_up(c, &reply->err);
    copy_wake(c);
}

enum copy_next copy_step_sweep(struct copy *c)
{
    struct s3_where to = copy_destination(c);
    struct err e;

    if (c->sweep_ask == ASK_NOT) {
        if (s3_list_uploads(c->env->s3, to.bucket, to.key, on_listed, c, &e) != ERR_OK) {
            give_up(c, &e);
            return COPY_WAITS;
        }
        return copy_asked(c, &c->sweep_ask);
    }
    if (c->sweep_ask != ASK_ANSWERED || c->ask != ASK_NOT)
        return COPY_WAITS;
    if (c->orphan_next == c->orphan_count) {
        c->create_to_s = 0;
        sweep_over(c);
        return COPY_WAITS;
    }
    if (s3_abort_multipart_upload(c->env->s3, to.bucket, to.key, c->orphans[c->orphan_next],
                on_aborted, c, &e) != ERR_OK) {
        give_up(c, &e);
        return COPY_WAITS;
    }
    return copy_asked(c, &c->ask);
}
