/* RECALL_SHARED, PUBLISH and PUBLISHED: the record of the upload that the workers of the slices of
 * an object share (share.c). */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

enum { PUBLISH_AGAIN_US = 100000 };

static bool is_of_destination(const struct copy *c, const struct upload *u)
{
    struct s3_where to = copy_destination(c);

    return strcmp(u->bucket, to.bucket) == 0 && strcmp(u->key, to.key) == 0;
}

/* A first record that is not shared is that of a copy which has gone alone. */
static bool is_of_one_alone(const struct copy *c, const struct copy_answer *a)
{
    return a->err->code == ERR_OK && a->found && !a->found->shared &&
           c->record.turn == UPLOAD_FIRST && is_of_destination(c, a->found);
}

/* found is emptied. */
static void recall(struct copy *c, struct upload *found)
{
    struct copy_record *r = &c->record;

    upload_free(&r->recalled);
    r->recalled = *found;
    memset(found, 0, sizeof *found);
    if (r->recalled.tags_after)
        memcpy(r->tags_after, r->recalled.etag, sizeof r->tags_after);
}

/* A record that tells of no upload stays, since another worker may be about to read it; all take
 * the next one. false: there are too many, and the copy has failed. */
static bool next_turn(struct copy *c)
{
    struct err e;

    if (c->record.turn < UPLOAD_TURNS_MOST) {
        c->record.turn++;
        return true;
    }
    err_set(&e, ERR_SERVICE, "%d uploads of this object, which workers share, were lost",
            UPLOAD_TURNS_MOST);
    copy_fail(c, &e);
    return false;
}

static void join(struct copy *c, struct upload *found)
{
    recall(c, found);
    c->try.upload_id = strdup(c->record.recalled.id);
    if (c->try.upload_id)
        copy_set_state(c, STATE_LOOKUP);
    else
        copy_fail_nomem(c);
}

/* Whether an answer is a record, or the lack of one; else it tells of no upload. */
static bool is_record(const struct copy *c, const struct copy_answer *a)
{
    return a->err->code == ERR_OK &&
           (!a->found || (a->found->id && is_of_destination(c, a->found)));
}

static void unusable(struct copy *c, const struct copy_answer *a)
{
    log_warn("line %llu: %s; the next upload is shared", (unsigned long long)c->result.item.line,
            a->err->code == ERR_INPUT ? a->err->message
                                      : "the record of the upload that is shared tells of none");
}

void copy_recall_shared_answer(struct copy *c, const struct copy_answer *a)
{
    if (is_of_one_alone(c, a)) {
        if (copy_goes_alone(c))
            copy_take_record(c, a->found);
    } else if (is_record(c, a) && a->found) {
        join(c, a->found);
    } else if (is_record(c, a)) {
        copy_set_state(c, STATE_LOOKUP);
    } else if (a->err->code == ERR_OK || a->err->code == ERR_INPUT) {
        unusable(c, a);
        (void)next_turn(c); /* and it is asked for */
    } else {
        copy_fail(c, a->err);
    }
}

enum copy_next copy_recall_shared_next(struct copy *c)
{
    if (c->open > 0)
        return COPY_WAITS;
    if (c->record.turn > UPLOAD_TURNS_MOST) {
        (void)next_turn(c); /* which fails */
        return COPY_MOVED;
    }
    return copy_load(c, c->record.turn);
}

/* ERR_PRECONDITION may be the answer to our own record, sent twice: PUBLISHED tells. */
void copy_publish_answer(struct copy *c, const struct copy_answer *a)
{
    if (a->err->code == ERR_OK || a->err->code == ERR_PRECONDITION)
        copy_set_state(c, STATE_PUBLISHED);
    else
        copy_fail(c, a->err);
}

/* No record is there, although one was: another worker's write of it is not over. */
static void publish_again(struct copy *c)
{
    struct err e;

    if (++c->record.publishes < COPY_PUBLISHES_MOST) {
        c->record.publish_us = c->env->port.now_us(c->env->port.self) + PUBLISH_AGAIN_US;
        copy_set_state(c, STATE_PUBLISH);
        return;
    }
    err_set(&e, ERR_IO, "the record of the upload that is shared cannot be written");
    copy_fail(c, &e);
}

static void shared_is(struct copy *c, struct upload *found)
{
    struct copy_record *r = &c->record;

    if (strcmp(found->id, c->try.upload_id) == 0) {
        recall(c, found);
        copy_set_state(c,
                r->kept == RECORD_WRITTEN && r->doubt_to_s == 0 ? STATE_UNANNOUNCE : STATE_PARTS);
        return;
    }
    copy_leave_for_shared(c, "another worker's upload is the one that is shared");
}

void copy_published_answer(struct copy *c, const struct copy_answer *a)
{
    if (is_record(c, a) && a->found) {
        shared_is(c, a->found);
    } else if (is_record(c, a)) {
        publish_again(c);
    } else if (a->err->code == ERR_OK || a->err->code == ERR_INPUT) {
        unusable(c, a);
        if (next_turn(c))
            publish_again(c);
    } else {
        copy_fail(c, a->err);
    }
}

enum copy_next copy_published_next(struct copy *c)
{
    return c->open > 0 ? COPY_WAITS : copy_load(c, c->record.turn);
}
