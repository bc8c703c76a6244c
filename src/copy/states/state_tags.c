/* TAGS_FOR_CREATE: the source's tags, to be given to a new upload.
 *
 * TAGS_FOR_PUT and PUT_TAGS: the copy is there and proven, and lacks its tags: they are too many
 * for the header of Create, its server takes none there (Cloudflare R2), or has dropped them (Ceph
 * RGW 16).
 *
 * TAGS_FOR_CHECK, TAGS_THERE and TAGS_CONFIRM: tags are required, and the number of them, which
 * HEAD gives, does not show that the copy has them: both ends are read. What the copy lacks is put
 * once. */
#include <stdlib.h>
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"
#include "copy/tag_set.h"
#include "model/object/tags_told.h"

/* S3 gives the number of tags only to those who may read them: when it gives none, there may be
 * some. */
static bool wants_tags(const struct copy *c)
{
    return c->options.tags != TAGS_NONE && c->try.source.tags != 0;
}

static enum error_then rule(const struct copy *c, const struct err *err)
{
    return error_rule(ERROR_AT_TAGS, err, copy_spares_tags(c) ? KNOWN_TAGS_TO_SPARE : 0);
}

/* The copy goes on, or stays, without tags. false: it may not. dropped: the note, if it is for want
 * of a right. */
static bool leave_tags(struct copy *c, const struct err *err, enum result_note dropped)
{
    enum error_then then = rule(c, err);

    if (then != THEN_NO_TAGGING && then != THEN_WITHOUT_TAGS)
        return false;
    c->try.notes |= then == THEN_NO_TAGGING ? NOTE_TAGS_UNSUPPORTED : dropped;
    c->try.tags_way = TAGS_WAY_LEFT;
    return true;
}

/* The copy fails for its tags; the message says so, since S3's own names a header of the request.
 */
static void fail_for_tags(struct copy *c, const struct err *err, const char *what)
{
    struct err e = *err;

    err_prefix(&e, "%s", what);
    copy_fail(c, &e);
}

/* Whether the answer tells the object's tags, perhaps that it has none. */
static bool is_told(const struct copy_answer *a)
{
    enum tags_told told = tags_told(a->err);

    return told == TAGS_TOLD || told == TAGS_TOLD_NO;
}

/* The tags of an answer that tells them (tag_set.h). */
static const char *tagging_of(const struct copy_answer *a)
{
    return a->err->code == ERR_OK && a->reply->u.tagging[0] ? a->reply->u.tagging : NULL;
}

/* false: the copy failed. */
static bool take_tagging(struct copy *c, const struct copy_answer *a)
{
    const char *tagging = tagging_of(a);

    free(c->try.tagging);
    c->try.tagging = tagging ? strdup(tagging) : NULL;
    if (!tagging || c->try.tagging)
        return true;
    copy_fail_nomem(c);
    return false;
}

static enum copy_next ask_for_tags(struct copy *c, struct s3_where where)
{
    struct s3_request request = {.op = S3_GET_OBJECT_TAGGING, .where = where};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &request, 0);
}

/* --- before the copy --- */

/* The source's tags may not be read: there may be none. */
static enum result_note unread_note(const struct copy *c)
{
    return c->try.source.tags != TAGS_UNKNOWN ? NOTE_TAGS_DROPPED : NOTE_TAGS_UNKNOWN;
}

void copy_tags_for_create_answer(struct copy *c, const struct copy_answer *a)
{
    if (is_told(a)) {
        if (!take_tagging(c, a))
            return;
        c->try.tags_way = tag_set_fits_header(c->try.tagging) ? TAGS_WAY_CREATE : TAGS_WAY_AFTER;
    } else if (!leave_tags(c, a->err, unread_note(c))) {
        fail_for_tags(c, a->err, "the source's tags cannot be read");
        return;
    }
    copy_set_state(c, STATE_ANNOUNCE);
}

enum copy_next copy_tags_for_create_next(struct copy *c)
{
    if (c->options.tags == TAGS_SET) {
        if (!copy_take_tag_set(c))
            return COPY_MOVED;
        c->try.tags_way = TAGS_WAY_CREATE;
    } else if (wants_tags(c))
        return ask_for_tags(c, copy_source(c));
    copy_set_state(c, STATE_ANNOUNCE);
    return COPY_MOVED;
}

/* --- when the copy is there --- */

static void finish(struct copy *c)
{
    copy_succeed(c, c->try.proof.status, c->try.proof.by);
}

/* The source's tags cannot be read: whether the copy has them all the same. */
static bool has_tags(const struct copy *c, const struct err *err)
{
    unsigned known = c->try.proof.made == MADE_BY_COPY ? KNOWN_TAGS_TAKEN : 0;

    return error_rule(ERROR_AT_TAGS, err, known) == THEN_HAS_TAGS;
}

void copy_source_tags_answer(struct copy *c, const struct copy_answer *a)
{
    if (is_told(a)) {
        if (!take_tagging(c, a))
            return;
        if (c->try.tagging)
            copy_set_state(c, copy_then(c));
        else
            finish(c);
    } else if ((c->state == STATE_TAGS_FOR_CHECK && has_tags(c, a->err)) ||
               leave_tags(c, a->err, unread_note(c))) {
        finish(c);
    } else {
        fail_for_tags(c, a->err, "the source's tags cannot be read");
    }
}

enum copy_next copy_source_tags_next(struct copy *c)
{
    return ask_for_tags(c, copy_source(c));
}

void copy_put_tags_answer(struct copy *c, const struct copy_answer *a)
{
    c->try.proof.status = RESULT_COPIED;
    if (a->err->code == ERR_OK && c->options.tags == TAGS_REQUIRE)
        copy_set_state(c, STATE_TAGS_CONFIRM);
    else if (a->err->code == ERR_OK || leave_tags(c, a->err, NOTE_TAGS_DROPPED))
        finish(c);
    else
        copy_fail_with_tags_to_put(c, a->err);
}

enum copy_next copy_put_tags_next(struct copy *c)
{
    struct s3_request request = {
            .op = S3_PUT_OBJECT_TAGGING, .where = copy_destination(c), .u.tagging = c->try.tagging};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &request, 0);
}

void copy_tags_there_answer(struct copy *c, const struct copy_answer *a)
{
    bool sets = c->options.tags == TAGS_SET, refused = !is_told(a);
    const char *there = refused ? NULL : tagging_of(a);
    struct err e;

    if (refused && !sets) {
        copy_fail_with_tags_to_put(c, a->err);
    } else if (!refused && tag_set_holds(there, c->try.tagging) &&
               (!sets || tag_set_count(there) == tag_set_count(c->try.tagging))) {
        finish(c);
    } else if (refused || copy_then(c) == STATE_PUT_TAGS) { /* to put them is another right */
        copy_set_state(c, STATE_PUT_TAGS);
    } else {
        err_set(&e, ERR_VERIFY, "the copy lacks tags of the source, although they were put");
        copy_fail(c, &e);
    }
}

enum copy_next copy_tags_there_next(struct copy *c)
{
    return ask_for_tags(c, copy_destination(c));
}
