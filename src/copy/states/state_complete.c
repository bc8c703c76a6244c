/* COMPLETE: one object of the parts. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

/* The ETag is known before anything is written to the destination: the MD5 of the parts' MD5s.
 * false: it is not the source's, and the copy went elsewhere. */
static bool parts_make_the_source(struct copy *c)
{
    const struct copy_parts *p = &c->try.parts;
    const struct object_info *source = &c->try.source;
    char etag[ETAG_SIZE];
    struct err e;

    if (!copy_is_mirrored(c) || source->etag_kind == ETAG_KIND_OPAQUE || p->opaque > 0)
        return true;
    if (!etag_of_parts(etag, (const char(*)[ETAG_SIZE])p->etags, c->try.layout.count))
        return true;
    if (strcmp(etag, source->etag) == 0)
        return true;
    if (c->try.layout_from == LAYOUT_FROM_ALL) {
        err_set(&e, ERR_VERIFY, "the copied parts make the ETag %s, and the source's is %s", etag,
                source->etag);
        copy_restart(c, &e);
    } else {
        copy_next_layout(c);
    }
    return false;
}

static void failed(struct copy *c, const struct err *err, bool sent_again)
{
    unsigned known = copy_known(c) | (sent_again ? KNOWN_SENT_AGAIN : 0);
    struct decide_facts f = copy_facts(c);
    struct decision d;

    switch (error_rule(ERROR_AT_COMPLETE, err, known)) {
    case THEN_VERIFY: /* the object will tell */
        copy_forget_upload(c);
        copy_wrote(c, MADE_BY_LOST_COMPLETE, NULL);
        return;
    case THEN_GONE: /* someone else removed the upload */
        copy_forget_upload(c);
        copy_restart(c, err);
        return;
    case THEN_OMIT:
        copy_omit_more(c, err);
        return;
    case THEN_CONDITION:
        copy_note_refusal(c);
        d = decide_precondition(&f, c->restarts);
        copy_act(c, &d, &f, err);
        return;
    case THEN_LAST_RESORT:
        copy_last_resort(c);
        return;
    default:
        copy_fail(c, err);
        return;
    }
}

void copy_complete_answer(struct copy *c, const struct copy_answer *a)
{
    if (a->attempts > 1 && c->wrote == WRITE_NONE)
        c->wrote = WRITE_MAYBE;
    if (a->err->code == ERR_OK) {
        copy_note_omissions(c);
        copy_forget_upload(c);
        copy_wrote(c, MADE_BY_COMPLETE, a->reply);
    } else {
        failed(c, a->err, a->attempts > 1);
    }
}

static enum copy_next send_complete(struct copy *c)
{
    bool unconditional = copy_omits(c) & OMIT_TARGET_CONDITION;
    struct decide_facts facts = copy_facts(c);
    struct s3_request request = {.op = S3_COMPLETE_MULTIPART_UPLOAD,
            .where = copy_destination(c),
            .u.complete = {.upload_id = c->try.upload_id,
                    .etags = (const char(*)[ETAG_SIZE])c->try.parts.etags,
                    .count = c->try.layout.count,
                    .only_if_absent = decide_only_if_absent(&facts) && !unconditional}};

    return copy_send(c, &request, 0);
}

enum copy_next copy_complete_next(struct copy *c)
{
    if (c->open > 0)
        return COPY_WAITS;
    if (!parts_make_the_source(c))
        return COPY_MOVED;
    if (copy_must_look(c)) {
        copy_set_state(c, STATE_LOOK_FOR_COMPLETE);
        return COPY_MOVED;
    }
    return send_complete(c);
}
