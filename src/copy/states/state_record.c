/* ANNOUNCE, RECORD, PUBLISH, UNANNOUNCE and FORGET: what the work store is told of an upload, so
 * that a kill at any instant leaves none that nobody knows of. */
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

/* Which uploads of our key we may have made without knowing, should this be the last that is heard
 * of us: before Create, any from now on. */
static void set_times(struct copy *c, struct upload *u)
{
    const struct copy_port *port = &c->env->port;
    struct copy_record *r = &c->record;

    if (c->state == STATE_ANNOUNCE) {
        r->at_s = port->now_s(port->self);
        u->until_s = r->at_s + UPLOAD_CREATE_MOST_S;
    } else {
        u->until_s = r->doubt_to_s;
    }
    u->at_s = r->at_s;
    if (r->doubt_to_s > 0 && r->doubt_from_s < u->at_s)
        u->at_s = r->doubt_from_s;
}

/* Whether the upload goes without tags that a later try or run, which finds the upload or the copy,
 * is to put: it may have the right that we lack now, and else has it noted. */
static bool lacks_tags(const struct copy *c)
{
    return copy_puts_tags_after(c) || c->try.tags_way == TAGS_WAY_LEFT;
}

/* Another try has nothing else to know it by. */
static void remember_tags(struct copy *c, bool after)
{
    if (after)
        memcpy(c->record.tags_after, c->try.source.etag, sizeof c->record.tags_after);
    else
        c->record.tags_after[0] = '\0';
}

static void recorded(struct copy *c)
{
    c->record.kept = RECORD_WRITTEN;
    copy_set_state(c, copy_then(c));
}

static void record_answered(struct copy *c, const struct copy_answer *a)
{
    if (a->err->code == ERR_OK)
        recorded(c);
    else
        copy_fail(c, a->err);
}

static enum copy_next save(struct copy *c, const struct upload *u)
{
    return c->state == STATE_PUBLISH ? copy_publish(c, u) : copy_save(c, u);
}

/* The same with the options that the upload depends on. */
static enum copy_next save_with_options(struct copy *c, struct upload *u)
{
    enum copy_next next;
    struct buf tags, options;

    buf_init(&tags, BUF_MAX_SMALL);
    buf_init(&options, BUF_MAX_SMALL);
    copy_options_of_upload(&tags, &c->options);
    object_options_sign(&options, c->options.object);
    u->tags = (char *)(uintptr_t)buf_str(&tags);
    u->options = options.len > 0 ? (char *)(uintptr_t)buf_str(&options) : NULL;
    if (buf_ok(&tags) && buf_ok(&options)) {
        next = save(c, u);
    } else {
        copy_fail_nomem(c);
        next = COPY_MOVED;
    }
    buf_free(&tags);
    buf_free(&options);
    return next;
}

static enum copy_next write_record(struct copy *c)
{
    struct s3_where to = copy_destination(c), source = copy_source(c);
    struct upload u = {
            .bucket = (char *)(uintptr_t)to.bucket,
            .key = (char *)(uintptr_t)to.key,
            .id = c->try.upload_id,
            .source_bucket = (char *)(uintptr_t)source.bucket,
            .source_key = (char *)(uintptr_t)source.key,
            .version_id = (char *)(uintptr_t)source.version_id,
            .which = c->state == STATE_PUBLISH ? c->record.turn : c->record.which,
            .tags_after = lacks_tags(c),
            .shared = c->state == STATE_PUBLISH,
            .layout = c->try.layout,
            .layout_from = (int)c->try.layout_from,
    };

    if (c->open > 0)
        return COPY_WAITS;
    if (c->state == STATE_PUBLISH)
        u.checksum = c->try.upload_checksum;
    if (c->state != STATE_ANNOUNCE)
        remember_tags(c, u.tags_after);
    if (!c->env->port.records) {
        copy_set_state(c, copy_then(c));
        return COPY_MOVED;
    }
    set_times(c, &u);
    memcpy(u.etag, c->try.source.etag, sizeof u.etag);
    return save_with_options(c, &u);
}

void copy_announce_answer(struct copy *c, const struct copy_answer *a)
{
    record_answered(c, a);
}

enum copy_next copy_announce_next(struct copy *c)
{
    return write_record(c);
}

void copy_record_answer(struct copy *c, const struct copy_answer *a)
{
    record_answered(c, a);
}

enum copy_next copy_record_next(struct copy *c)
{
    return write_record(c);
}

/* The answer to it is in state_share.c. */
enum copy_next copy_publish_next(struct copy *c)
{
    const struct copy_port *port = &c->env->port;

    if (c->open == 0 && !c->env->stopping && port->now_us(port->self) < c->record.publish_us)
        return copy_at(c, c->record.publish_us);
    return write_record(c);
}

void copy_forget_answer(struct copy *c, const struct copy_answer *a)
{
    if (a->err->code != ERR_OK)
        log_warn("line %llu: %s", (unsigned long long)c->result.item.line, a->err->message);
    c->record.kept = RECORD_NONE;
    copy_set_state(c, copy_then(c));
}

enum copy_next copy_forget_next(struct copy *c)
{
    return c->open > 0 ? COPY_WAITS : copy_remove(c, c->record.which);
}
