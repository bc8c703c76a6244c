/* COMPLETE: one object of the parts. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

/* Nor is the checksum of the whole object: it is joined from those of the parts, so that a wrong
 * part is known also where ETags tell nothing (under KMS). false: as parts_make_the_source(). */
static bool sums_make_the_source(struct copy *c)
{
    const struct upload_checksum *upload = &c->try.upload_checksum;
    const char *of_source = checksums_get(&c->try.source.checksums, upload->kind);
    char sum[CHECKSUM_SIZE];
    struct err e;

    if (c->env->server->sums_unjoined > 0 || upload->type != CHECKSUMS_OF_OBJECT || !of_source[0] ||
            !part_sums_object(&c->try.parts.sums, &c->try.layout, sum) ||
            strcmp(sum, of_source) == 0)
        return true;
    if (strcmp(sum, c->memory.joined) == 0) { /* no part was wrong: the copy's checksum will tell */
        c->env->server->sums_unjoined++;
        return true;
    }
    memcpy(c->memory.joined, sum, sizeof sum);
    err_set(&e, ERR_VERIFY, "the copied parts make the %s %s, and the source has %s",
            checksum_name(upload->kind), sum, of_source);
    copy_restart(c, &e);
    return false;
}

/* The ETag is known before anything is written to the destination: the MD5 of the parts' MD5s.
 * false: it is not the source's, and the copy went elsewhere. */
static bool parts_make_the_source(struct copy *c)
{
    const struct copy_parts *p = &c->try.parts;
    const struct object_info *source = &c->try.source;
    char etag[ETAG_SIZE];

    if (!copy_is_mirrored(c) || source->etag_kind == ETAG_KIND_OPAQUE || p->opaque > 0 ||
            !server_facts_etags_prove(c->env->server))
        return sums_make_the_source(c);
    if (c->memory.vain_mirrors > 0) /* no parts make its ETag, and they were copied for checksums */
        return sums_make_the_source(c);
    if (!part_etags_object(&p->etags, c->try.layout.count, etag))
        return sums_make_the_source(c);
    if (etag_same(etag, source->etag)) {
        server_facts_take_copy(c->env->server, true);
        return true;
    }
    copy_next_layout(c);
    return false;
}

/* The server may also want other parts than the source's (Cloudflare R2: all of one length). */
static void misses_a_part(struct copy *c, const struct err *err)
{
    if (++c->try.parts.missed <= COPY_RELISTS_MOST)
        copy_set_state(c, STATE_RELIST);
    else if (copy_is_mirrored(c))
        copy_last_resort(c);
    else
        copy_fail(c, err);
}

/* Another object came to the destination, which is to be overwritten, too; or it was removed. */
static void look_again(struct copy *c, const struct err *err)
{
    if (++c->try.parts.looks > COPY_LOOKS_MOST)
        copy_fail(c, err);
    else
        copy_set_state(c, STATE_LOOK_FOR_COMPLETE);
}

static void failed(struct copy *c, const struct err *err, bool sent_again)
{
    bool has_sum = c->try.upload_checksum.type != CHECKSUMS_UNTYPED;
    unsigned known = copy_known(c) | (sent_again ? KNOWN_SENT_AGAIN : 0) |
                     (has_sum ? KNOWN_SUMS_TO_SPARE : 0);
    struct decide_facts f = copy_facts(c);
    struct decision d;

    switch (error_rule(ERROR_AT_COMPLETE, err, known)) {
    case THEN_LOOK:
        copy_wrote_unread(c, MADE_BY_UNREAD_COMPLETE, err);
        return;
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
        if (known & KNOWN_MATCHED) { /* the parts are as good as before */
            look_again(c, err);
            return;
        }
        d = decide_precondition(&f, c->restarts);
        copy_act(c, &d, &f, err);
        return;
    case THEN_RESTART:
        copy_restart(c, err);
        return;
    case THEN_LAST_RESORT:
        copy_last_resort(c);
        return;
    case THEN_WITHOUT_SUMS: /* by another upload: this one has them for good */
        c->checksums = CHECKSUMS_REFUSED_AT_COMPLETE;
        copy_restart(c, err);
        return;
    case THEN_RELIST:
        misses_a_part(c, err);
        return;
    default:
        copy_fail(c, err);
        return;
    }
}

/* An upload without its source's checksum could be completed where one with it was refused. */
static void learn_of_checksums(struct copy *c)
{
    if (c->checksums != CHECKSUMS_KEPT)
        server_facts_learn(c->env->server, TRAIT_NO_UPLOAD_CHECKSUMS);
}

/* Whether the upload may have been completed, whatever the answer is: it was sent more than once,
 * or there was none. */
static bool may_have_worked(const struct copy_answer *a)
{
    bool is_answered = a->err->code == ERR_OK || a->err->http_status != 0;

    return a->attempts > 1 || (a->attempts == 1 && !is_answered);
}

void copy_complete_answer(struct copy *c, const struct copy_answer *a)
{
    if (may_have_worked(a) && c->wrote == WRITE_NONE)
        c->wrote = WRITE_MAYBE;
    if (a->err->code == ERR_OK) {
        learn_of_checksums(c);
        copy_note_omissions(c);
        copy_forget_upload(c);
        copy_wrote(c, MADE_BY_COMPLETE, a->reply);
    } else {
        failed(c, a->err, a->attempts > 1);
    }
}

static enum copy_next send_complete(struct copy *c)
{
    unsigned out = copy_omits(c);
    struct decide_facts facts = copy_facts(c);
    const struct part_sums *sums = &c->try.parts.sums;
    struct s3_request request = {.op = S3_COMPLETE_MULTIPART_UPLOAD,
            .where = copy_destination(c),
            .u.complete = {.upload_id = c->try.upload_id,
                    .etags = &c->try.parts.etags,
                    .count = c->try.layout.count,
                    .only_if_absent =
                            decide_only_if_absent(&facts) && !(out & OMIT_TARGET_CONDITION),
                    .only_if_match = out & OMIT_TARGET_MATCH ? NULL : copy_target_match(c),
                    .sums = sums->count > 0 ? sums : NULL,
                    .checksum_type = c->try.upload_checksum.type}};

    if (!request.u.complete.sums && c->try.upload_checksum.type != CHECKSUMS_UNTYPED)
        c->try.notes |= NOTE_CHECKSUM_DROPPED; /* the server passed over what Create asked for */
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
