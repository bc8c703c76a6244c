/* TAGS_FOR_CREATE: the source's tags, to be given to a new upload. TAGS_FOR_PUT and PUT_TAGS: the
 * copy is there and proven, and a server has dropped the tags that Create gave it (Ceph RGW 16):
 * they are put again. */
#include <stdlib.h>
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

/* S3 gives the number of tags only to those who may read them: when it gives none, there may be
 * some. */
static bool wants_tags(const struct copy *c)
{
    return c->options.tags != TAGS_NONE && c->try.source.tags != 0;
}

/* false: the copy failed. */
static bool take_tagging(struct copy *c, const struct copy_answer *a)
{
    const char *tagging;

    if (a->err->code == ERR_OK) {
        tagging = a->reply->u.tagging;
        free(c->try.tagging);
        c->try.tagging = tagging[0] ? strdup(tagging) : NULL;
        if (!tagging[0] || c->try.tagging)
            return true;
        copy_fail_nomem(c);
        return false;
    }
    if (error_rule(ERROR_AT_TAGS, a->err, copy_spares_tags(c) ? KNOWN_TAGS_TO_SPARE : 0) ==
            THEN_WITHOUT_TAGS) {
        c->try.notes |= NOTE_TAGS_DROPPED;
        return true;
    }
    copy_fail(c, a->err);
    return false;
}

static enum copy_next ask_for_tags(struct copy *c)
{
    struct s3_request request = {.op = S3_GET_OBJECT_TAGGING, .where = copy_source(c)};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &request, 0);
}

void copy_tags_for_create_answer(struct copy *c, const struct copy_answer *a)
{
    if (take_tagging(c, a))
        copy_set_state(c, STATE_ANNOUNCE);
}

enum copy_next copy_tags_for_create_next(struct copy *c)
{
    if (wants_tags(c))
        return ask_for_tags(c);
    copy_set_state(c, STATE_ANNOUNCE);
    return COPY_MOVED;
}

void copy_tags_for_put_answer(struct copy *c, const struct copy_answer *a)
{
    if (!take_tagging(c, a))
        return;
    if (c->try.tagging)
        copy_set_state(c, STATE_PUT_TAGS);
    else
        copy_succeed(c, RESULT_COPIED, c->try.proof.by);
}

enum copy_next copy_tags_for_put_next(struct copy *c)
{
    return ask_for_tags(c);
}

void copy_put_tags_answer(struct copy *c, const struct copy_answer *a)
{
    unsigned known = copy_spares_tags(c) ? KNOWN_TAGS_TO_SPARE : 0;

    if (a->err->code == ERR_OK) {
        copy_succeed(c, RESULT_COPIED, c->try.proof.by);
    } else if (error_rule(ERROR_AT_TAGS, a->err, known) == THEN_WITHOUT_TAGS) {
        c->try.notes |= NOTE_TAGS_DROPPED;
        copy_succeed(c, RESULT_COPIED, c->try.proof.by);
    } else {
        copy_fail_with_tags_to_put(c, a->err);
    }
}

enum copy_next copy_put_tags_next(struct copy *c)
{
    struct s3_request request = {
            .op = S3_PUT_OBJECT_TAGGING, .where = copy_destination(c), .u.tagging = c->try.tagging};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &request, 0);
}
