/* RECALL, RECORD and FORGET: what the work store is told of an upload, so that a kill at any
 * instant leaves none that nobody knows of. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"

static const char *const tags_modes[] = {
        [TAGS_BEST_EFFORT] = "best-effort", [TAGS_REQUIRE] = "require", [TAGS_NONE] = "none"};

/* An answer of the work store's, which is no reply to count. */
static void answered(struct copy *c)
{
    c->in_flight--;
}

/* --- RECALL --- */

static bool is_of_destination(const struct copy *c, const struct upload *u)
{
    struct s3_where to = copy_destination(c);

    return strcmp(u->bucket, to.bucket) == 0 && strcmp(u->key, to.key) == 0;
}

static void recalled(struct copy *c, struct upload *found)
{
    bool ours = found && found->key && is_of_destination(c, found);

    if (found && found->key && !ours)
        log_warn(
                "line %llu: the record of its upload is that of another object's; copying from the "
                "beginning",
                (unsigned long long)c->result.item.line);
    if (ours) {
        c->recalled = *found;
        memset(found, 0, sizeof *found);
        c->recorded = true;
        c->upload_id = c->recalled.id ? strdup(c->recalled.id) : NULL;
        c->record_at_s = c->recalled.at_s;
    }
    /* Killed between Create and its answer: there may be one more, of which the time is known. It
     * is looked for before we begin one of our own, which has a time of its own. */
    if (ours && c->recalled.until_s > 0) {
        copy_doubt_create(c, c->recalled.at_s, c->recalled.until_s);
        c->after_sweep = COPY_STATE_LOOKUP;
        copy_set_state(c, COPY_STATE_SWEEP);
    } else {
        copy_set_state(c, COPY_STATE_LOOKUP);
    }
}

/* What is no record is written over; the upload it was of is lost to us. One that could not be
 * fetched stays, and so does its upload: not this time. */
static void not_recalled(struct copy *c, const struct err *e)
{
    if (e->code != ERR_INPUT) {
        copy_fail(c, e);
        return;
    }
    log_warn("line %llu: %s; copying from the beginning", (unsigned long long)c->result.item.line,
            e->message);
    recalled(c, NULL);
}

static void on_recalled(void *ctx, const struct err *err, struct upload *found)
{
    struct copy *c = ctx;

    answered(c);
    if (err->code == ERR_OK)
        recalled(c, found);
    else
        not_recalled(c, err);
    copy_wake(c);
}

enum copy_next copy_step_recall(struct copy *c)
{
    struct s3_where to = copy_destination(c);
    struct err e;

    if (c->ask != ASK_NOT)
        return COPY_WAITS;
    if (uploads_load(c->env->uploads, to.bucket, to.key, on_recalled, c, &e) != ERR_OK)
        return copy_fail_now(c, &e);
    return copy_asked(c, &c->ask);
}

/* --- RECORD --- */

static void recorded(struct copy *c)
{
    c->recorded = true;
    copy_set_state(c, c->upload_id ? COPY_STATE_PARTS : COPY_STATE_CREATE);
}

static void on_recorded(void *ctx, const struct err *err, struct upload *found)
{
    struct copy *c = ctx;

    (void)found;
    answered(c);
    if (err->code == ERR_OK)
        recorded(c);
    else
        copy_fail(c, err);
    copy_wake(c);
}

/* Which uploads of our key we may have made without knowing, should this be the last that is heard
 * of us: any, from now on, when Create is sent next. */
static void set_times(struct copy *c, struct upload *u)
{
    if (!c->upload_id) {
        c->record_at_s = s3_client_now(c->env->s3);
        u->until_s = c->record_at_s + UPLOAD_CREATE_MOST_S;
    } else {
        u->until_s = c->create_to_s;
    }
    u->at_s = c->record_at_s;
    if (c->create_to_s > 0 && c->create_from_s < u->at_s)
        u->at_s = c->create_from_s;
}

enum copy_next copy_step_record(struct copy *c)
{
    struct s3_where to = copy_destination(c), source = copy_source(c);
    struct upload u = {
            .bucket = (char *)(uintptr_t)to.bucket,
            .key = (char *)(uintptr_t)to.key,
            .id = c->upload_id,
            .source_bucket = (char *)(uintptr_t)source.bucket,
            .source_key = (char *)(uintptr_t)source.key,
            .version_id = (char *)(uintptr_t)source.version_id,
            .tags = (char *)(uintptr_t)tags_modes[c->env->input->tags],
            .layout = c->layout,
            .layout_from = (int)c->layout_from,
    };
    struct err e;

    if (!c->env->uploads) {
        copy_set_state(c, c->upload_id ? COPY_STATE_PARTS : COPY_STATE_CREATE);
        return COPY_WAITS;
    }
    if (c->ask != ASK_NOT)
        return COPY_WAITS;
    set_times(c, &u);
    memcpy(u.etag, c->source.etag, sizeof u.etag);
    if (uploads_save(c->env->uploads, &u, on_recorded, c, &e) != ERR_OK)
        return copy_fail_now(c, &e);
    return copy_asked(c, &c->ask);
}

/* --- FORGET --- */

static void forgotten(struct copy *c, const struct err *e)
{
    if (e->code != ERR_OK)
        log_warn("line %llu: %s", (unsigned long long)c->result.item.line, e->message);
    c->recorded = false;
    copy_set_state(c, COPY_STATE_DONE);
}

static void on_forgotten(void *ctx, const struct err *err, struct upload *found)
{
    struct copy *c = ctx;

    (void)found;
    answered(c);
    forgotten(c, err);
    copy_wake(c);
}

enum copy_next copy_step_forget(struct copy *c)
{
    struct s3_where to = copy_destination(c);
    struct err e;

    if (c->ask != ASK_NOT)
        return COPY_WAITS;
    if (uploads_remove(c->env->uploads, to.bucket, to.key, on_forgotten, c, &e) == ERR_OK)
        return copy_asked(c, &c->ask);
    forgotten(c, &e);
    return COPY_WAITS;
}

/* --- BEGIN: is what was recalled of any use? --- */

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The same bytes of the same object, and all that Create was given. */
static bool is_same_source(const struct copy *c)
{
    const struct upload *u = &c->recalled;
    struct s3_where source = copy_source(c);

    return same_text(u->source_bucket, source.bucket) && same_text(u->source_key, source.key) &&
           same_text(u->version_id, source.version_id) && c->source.etag[0] &&
           strcmp(u->etag, c->source.etag) == 0 && u->layout.size == c->source.size &&
           same_text(u->tags, tags_modes[c->env->input->tags]) && layout_allowed(&u->layout) &&
           u->layout_from >= LAYOUT_FROM_PROBES && u->layout_from <= LAYOUT_OF_OUR_OWN;
}

enum copy_next copy_step_begin(struct copy *c)
{
    if (!c->upload_id) {
        copy_begin_layout(c);
    } else if (c->restarts == 0 && c->recalled.id && is_same_source(c)) {
        c->listed = 0;
        copy_resume_layout(c);
    } else {
        c->after_abort = COPY_STATE_BEGIN;
        copy_set_state(c, COPY_STATE_ABORT);
    }
    return COPY_WAITS;
}
