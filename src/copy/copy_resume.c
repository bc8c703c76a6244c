/* RESUME: an upload that was left open is gone on with. Of its parts those are kept that are as
 * long as the layout has them: they were copied on condition of the ETag that the source still has,
 * and the ETag that all parts make together is looked at before anything is completed. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"

/* A layout that was guessed may yet prove wrong: then the guesses go on where they were. */
static void find_guess(struct copy *c)
{
    c->guess_count = layout_guess(c->source.size, c->parts, c->guesses);
    c->guess = 0;
    while (c->guess < c->guess_count && c->guesses[c->guess++] != c->layout.part)
        ;
}

void copy_resume_layout(struct copy *c)
{
    enum layout_source from = (enum layout_source)c->recalled.layout_from;
    struct err e;

    layout_free(&c->layout);
    c->layout = c->recalled.layout; /* and what is in it */
    memset(&c->recalled.layout, 0, sizeof c->recalled.layout);
    if (from == LAYOUT_FROM_GUESS)
        find_guess(c);
    free(c->lengths);
    c->lengths = c->parts > 1 ? calloc(c->parts, sizeof *c->lengths) : NULL;
    if (c->parts > 1 && !c->lengths) {
        err_nomem(&e);
        copy_fail(c, &e);
        return;
    }
    copy_layout_found(c, from, COPY_STATE_RESUME);
}

static void keep_part(struct copy *c, const struct s3_part *part)
{
    uint64_t first, last;

    if (part->number < 1 || part->number > c->layout.count || !part->etag[0])
        return;
    layout_range(&c->layout, part->number, &first, &last);
    if (part->size != last - first + 1 || c->etags[part->number - 1][0])
        return;
    memcpy(c->etags[part->number - 1], part->etag, ETAG_SIZE);
    c->parts_done++;
}

static bool make_the_source(const struct copy *c)
{
    char etag[ETAG_SIZE];

    return etag_of_parts(etag, (const char(*)[ETAG_SIZE])c->etags, c->layout.count) &&
           strcmp(etag, c->source.etag) == 0;
}

/* Whether the destination encrypts with a key, so that its ETags prove nothing, is said by answers
 * to parts and not by the list of them: where that may be why they are not what they should be, one
 * is copied again. */
static void all_listed(struct copy *c)
{
    bool all = c->parts_done == c->layout.count;

    if (all && c->mirrored && !make_the_source(c)) {
        c->etags[c->layout.count - 1][0] = '\0';
        c->parts_done--;
        all = false;
    }
    log_debug("line %llu: going on with upload %s: %u of %u parts are there",
            (unsigned long long)c->result.item.line, c->upload_id, c->parts_done, c->layout.count);
    copy_set_state(c, all ? COPY_STATE_COMPLETE : COPY_STATE_PARTS);
}

static void on_listed(void *ctx, const struct s3_reply *reply)
{
    struct copy *c = ctx;
    const struct err *e = &reply->err;
    unsigned i;

    copy_count(c, reply);
    if (e->code == ERR_OK) {
        for (i = 0; i < reply->u.parts.count; i++)
            keep_part(c, &reply->u.parts.parts[i]);
        c->ask = ASK_NOT;
        if (reply->u.parts.next > c->listed)
            c->listed = reply->u.parts.next;
        else
            all_listed(c);
    } else if (e->code == ERR_NOT_FOUND) {
        /* Completed or removed since the destination was looked at, by another worker, or by a
         * request of a run that was killed, which came late: what is there now? */
        free(c->upload_id);
        c->upload_id = NULL;
        copy_restart(c, e);
    } else if (e->code == ERR_ACCESS_DENIED) {
        c->after_abort = COPY_STATE_BEGIN; /* we may not look: anew */
        copy_set_state(c, COPY_STATE_ABORT);
    } else {
        copy_fail(c, e);
    }
    copy_wake(c);
}

enum copy_next copy_step_resume(struct copy *c)
{
    struct s3_where to = copy_destination(c);
    struct err e;

    if (c->ask != ASK_NOT)
        return COPY_WAITS;
    if (s3_list_parts(c->env->s3, to.bucket, to.key, c->upload_id, c->listed, on_listed, c, &e) !=
            ERR_OK)
        return copy_fail_now(c, &e);
    return copy_asked(c, &c->ask);
}
