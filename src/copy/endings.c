/* How a copy goes on when a state is over: done, failed, from the beginning, by another way. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "copy/way/way.h"

void copy_forget_upload(struct copy *c)
{
    if (copy_shares_upload(c))
        copy_end_shared(c);
    free(c->try.upload_id);
    c->try.upload_id = NULL;
}

/* Whether it is an error of the stop alone: the request was ended, or would have been sent again.
 */
static bool is_of_stop(const struct copy *c, const struct err *err)
{
    return c->env->stopping && (err->code == ERR_CANCELLED || err->code == ERR_INTERRUPTED ||
                                       err->cls != ERR_CLASS_PERMANENT);
}

bool copy_was_stopped(const struct copy *c)
{
    return c->result.status == RESULT_FAILED && is_of_stop(c, &c->result.err);
}

/* The parts that are there are of use to the next run: what failed is that there was no time for
 * more tries, or that we may not do anything any more, also not abort. */
static bool may_go_on_later(const struct copy *c, const struct err *err)
{
    if (!copy_is_on_record(c))
        return false;
    if (copy_shares_upload(c)) /* other workers go on with it */
        return true;
    return err->code == ERR_CREDENTIALS || is_of_stop(c, err);
}

/* The copy fails, as its result says already; the upload stays as it is, on record, for the next
 * run. */
static void leave_open(struct copy *c)
{
    free(c->try.upload_id);
    c->try.upload_id = NULL;
    if (c->record.kept != RECORD_NONE)
        c->record.kept = RECORD_KEPT;
    c->env->left_open++;
    copy_set_state(c, STATE_DONE);
}

/* Whether the object is there, or may be, without its tags, and without its record the next run
 * would not see that. Where tags are required, every run looks. */
static bool may_lack_tags(const struct copy *c)
{
    struct decide_facts f = copy_facts(c);

    if (c->options.tags != TAGS_BEST_EFFORT)
        return false;
    if (c->record.recalled.tags_after) /* the source may not have been looked at */
        return true;
    return c->wrote != WRITE_NONE && (f.tags == TAGS_NEED_PUT || f.wanted_tags != TAGS_UNKNOWN);
}

/* A source that everybody may read is copied only for those who may read it by a right of their
 * own (Amazon S3 API Reference, CopyObject: "All copy requests must be authenticated"). */
static void tell_of_anonymous(const struct copy *c, struct err *err)
{
    bool writes = c->state == STATE_SINGLE || c->state == STATE_SINGLE_UNTAGGED ||
                  c->state == STATE_PARTS;

    if (writes && err->code == ERR_ACCESS_DENIED && c->options.source.access == ACCESS_UNSIGNED)
        err_prefix(err,
                "the source was looked at without credentials, but S3 copies server side for "
                "signed requests only: these credentials need s3:GetObject of the source and "
                "s3:PutObject of the destination");
}

/* Whether the object is there, or may be, without its annotations: the same. */
static bool may_lack_annotations(const struct copy *c)
{
    return c->wrote != WRITE_NONE && copy_has_annotations(c) && !copy_requires_annotations(c);
}

void copy_fail(struct copy *c, const struct err *err)
{
    if (c->record.kept == RECORD_WRITTEN && (may_lack_tags(c) || may_lack_annotations(c)))
        c->record.kept = RECORD_KEPT;
    if (c->result.err.code == ERR_OK)
        c->result.err = *err;
    tell_of_anonymous(c, &c->result.err);
    c->try.notes |=
            c->memory.notes; /* a copy may be there, and the next run does not know of them */
    c->result.status = RESULT_FAILED;
    c->result.verified = VERIFIED_NONE;
    c->result.verified_by = BY_NOTHING;
    if (!c->try.upload_id)
        copy_set_state(c, STATE_DONE);
    else if (may_go_on_later(c, err))
        leave_open(c);
    else
        copy_set_state(c, STATE_ABORT_TO_END);
}

void copy_put_aside(struct copy *c)
{
    if (c->record.kept == RECORD_WRITTEN && may_lack_tags(c))
        c->record.kept = RECORD_KEPT;
    c->record.share = SHARE_PUT_ASIDE;
    copy_set_state(c, c->try.upload_id ? STATE_ABORT_TO_END : STATE_DONE);
}

void copy_fail_nomem(struct copy *c)
{
    struct err e;

    err_nomem(&e);
    copy_fail(c, &e);
}

bool copy_take_tag_set(struct copy *c)
{
    const char *set = c->options.object[OBJECT_TAG_SET];

    if (c->options.tags != TAGS_SET || c->try.tagging)
        return true;
    c->try.tagging = strdup(set);
    if (!c->try.tagging)
        copy_fail_nomem(c);
    return c->try.tagging != NULL;
}

void copy_succeed(struct copy *c, enum result_status status, struct proof proof)
{
    const struct server_facts *server = c->env->server;
    const char *bucket = c->result.item.bucket;

    c->try.proof.status = status;
    c->try.proof.by = proof;
    if (!copy_may_lack_annotations(c, status) ||
            server_buckets_have(&server->unannotated, bucket)) {
        copy_has_result(c);
    } else if (!copy_requires_annotations(c) &&
               (server_buckets_have(&server->withheld, bucket) ||
                       server_buckets_have(&server->unlisted, bucket))) {
        c->try.notes |= NOTE_ANNOTATIONS_DROPPED;
        copy_has_result(c);
    } else {
        copy_set_state(c, STATE_ANNOTATIONS_LIST);
    }
}

void copy_has_result(struct copy *c)
{
    const struct copy_proof *proof = &c->try.proof;
    struct err e;

    c->result.status = proof->status;
    c->result.verified = proof->by.verified;
    c->result.verified_by = proof->by.by;
    if (copy_has_line_sums(c, &e))
        copy_set_state(c, c->try.upload_id ? STATE_ABORT_TO_END : STATE_DONE);
    else
        copy_fail(c, &e);
}

/* The object would be started over for this, were the job not being stopped. An upload that is open
 * is of no use to the next run. */
static void stop_before_restart(struct copy *c, const struct err *err)
{
    const struct err why = *err;

    err_set(&c->result.err, ERR_INTERRUPTED, "stopped before it was started over: %s", why.message);
    copy_fail(c, &why);
}

void copy_restart(struct copy *c, const struct err *err)
{
    if (c->restarts >= COPY_RESTARTS_MOST) {
        copy_fail(c, err);
        return;
    }
    if (c->env->stopping) {
        stop_before_restart(c, err);
        return;
    }
    log_debug("line %llu: %s: starting this object over", (unsigned long long)c->result.item.line,
            err->message);
    c->restarts++;
    c->result.attempts++;
    c->result.err = *err; /* why, should it end before it is started over */
    if (c->try.upload_id)
        copy_set_state(c, STATE_ABORT_RESTART);
    else
        copy_start_over(c);
}

void copy_look_closer(struct copy *c, const struct err *err)
{
    c->result.attempts++;
    c->result.err = *err;
    copy_start_over(c);
}

void copy_restart_changed(struct copy *c, const char *done)
{
    struct err e;

    err_set(&e, ERR_PRECONDITION, "the source changed while it was %s", done);
    copy_restart(c, &e);
}

/* The object that the try wrote may be found there, and be the result. Other notes are of the look.
 */
static void remember_notes(struct copy *c)
{
    unsigned of_looks = NOTE_DESTINATION_UNREADABLE | NOTE_UNPROVEN | NOTE_ETAG_NOT_MD5;

    if (c->wrote != WRITE_NONE)
        c->memory.notes |= c->try.notes & ~of_looks;
}

void copy_start_over(struct copy *c)
{
    if (c->env->stopping) {
        stop_before_restart(c, &c->result.err);
        return;
    }
    remember_notes(c);
    copy_try_reset(&c->try);
    err_clear(&c->result.err);
    copy_set_state(c, copy_is_shared(c) ? STATE_RECALL_SHARED : STATE_LOOKUP);
}

void copy_explain(struct copy *c, const struct err *err, enum copy_state explain)
{
    c->result.err = *err;
    copy_set_state(c, explain);
}

void copy_begin_single(struct copy *c, enum layout_source from)
{
    if (!copy_goes_alone(c))
        return;
    c->try.layout_from = from;
    copy_set_state(c, c->try.upload_id ? STATE_ABORT_FOR_SINGLE : STATE_SINGLE);
}

void copy_learn_etag(struct copy *c, enum etag_kind kind)
{
    if (kind == ETAG_KIND_OPAQUE)
        server_facts_learn(c->env->server, TRAIT_ENCRYPTS);
}

void copy_note_refusal(struct copy *c)
{
    memcpy(c->omissions.refused_etag, c->try.source.etag, ETAG_SIZE);
}

void copy_omit_known(struct copy *c)
{
    unsigned known = omit_known(c->env->server);

    if (!copy_requires_annotations(c) &&
            server_buckets_have(&c->env->server->withheld, c->result.item.bucket))
        known |= OMIT_ANNOTATIONS;
    /* Another source, of which it is not known that it has none. */
    if (copy_requires_annotations(c) && c->try.annotations.none != ASKED_ANSWERED)
        c->omissions.out &= ~(unsigned)OMIT_ANNOTATIONS;
    c->omissions.out |= copy_may_omit(c) & known;
}

void copy_omit_more(struct copy *c, const struct err *err)
{
    bool condition = err->code == ERR_PRECONDITION;

    c->omissions.out = copy_omits_next(c, condition ? OMIT_CONDITIONS : OMIT_ALL);
    c->try.looked = UINT_MAX; /* the look is older than this request */
    log_debug("line %llu: %s: once more with other headers",
            (unsigned long long)c->result.item.line, err->message);
}

void copy_omit_lock(struct copy *c)
{
    c->omissions.out |= OMIT_LOCK;
}

/* The result says what the write of this state was made without. */
static void note_omitted(struct copy *c)
{
    unsigned out = copy_omits(c);

    /* A Complete has the condition all the same, and a server may just pass over it. */
    if (c->state == STATE_COMPLETE)
        out |= copy_may_omit(c) & omit_known(c->env->server);
    if (c->try.source.tags == 0)
        out &= ~(unsigned)OMIT_TAG_DIRECTIVE; /* there is nothing that it could keep away */
    if ((out & OMIT_ANNOTATIONS) && !copy_requires_annotations(c))
        c->try.notes |= NOTE_ANNOTATIONS_DROPPED;
    c->try.notes |= omit_notes(out);
}

void copy_note_omissions(struct copy *c)
{
    omit_learn(c->env->server, copy_omits(c));
    note_omitted(c);
}

void copy_without_parts(struct copy *c)
{
    uint64_t size = c->try.source.size;
    struct err e;

    c->omissions.out = 0; /* none of them was to blame */
    if (size <= LAYOUT_COPY_MOST) {
        copy_begin_single(c, LAYOUT_GIVEN_UP);
        return;
    }
    err_set(&e, ERR_SERVICE,
            "the destination's server cannot copy parts (UploadPartCopy is not implemented), and "
            "CopyObject takes 5 GiB at most; this object has %llu bytes",
            (unsigned long long)size);
    memcpy(e.service_code, "NotImplemented", sizeof "NotImplemented");
    copy_fail(c, &e);
}

void copy_see_sse(struct copy *c, const struct s3_reply *reply)
{
    const char *asked = c->options.object[OBJECT_SSE], *said;

    if (!asked)
        return;
    said = reply->headers ? headers_get(reply->headers, "x-amz-server-side-encryption") : NULL;
    if (said && strcmp(said, asked) == 0) {
        c->try.proof.sse = SSE_SHOWN;
        c->try.notes &= ~(unsigned)NOTE_SSE_NOT_SHOWN;
    } else if (c->state == STATE_CREATE || c->try.proof.made == MADE_BY_COPY ||
               c->try.proof.made == MADE_BY_UNTAGGED_COPY) {
        c->try.proof.sse = SSE_HIDDEN;
    }
}

/* Some servers pass over the header without a word. */
static void note_sse(struct copy *c, const struct s3_reply *reply)
{
    if (reply)
        copy_see_sse(c, reply);
    if (c->options.object[OBJECT_SSE] && c->try.proof.sse != SSE_SHOWN)
        c->try.notes |= NOTE_SSE_NOT_SHOWN;
}

static void note_written(struct copy *c, const struct s3_reply *reply)
{
    const struct s3_copied *copied = &reply->u.copied;

    c->wrote = WRITE_DONE;
    c->try.proof.said_kind = copied->etag_kind;
    copy_learn_etag(c, copied->etag_kind);
    written_add(&c->try.written, copied->etag, copy_version_of(reply));
    written_add_checksum(&c->try.written, copied->checksum_kind, copied->checksum);
}

/* From now on HeadObject tells of the time after the write. */
static void note_before(struct copy *c)
{
    struct copy_proof *p = &c->try.proof;

    if (p->made != MADE_BY_NOTHING)
        return;
    p->at_before = c->try.at;
    memcpy(p->before, c->try.destination.etag, sizeof p->before);
}

void copy_wrote(struct copy *c, enum made_by made, const struct s3_reply *reply)
{
    struct decide_facts f;
    struct proof by;
    bool tied; /* to the source that we saw: by its parts, and by the condition on them */

    note_before(c);
    c->try.proof.made = made;
    c->try.explained = false;            /* it held for an earlier look */
    c->try.sums.destination = ASKED_NOT; /* there is another object now */
    written_free(&c->try.written);
    if (reply)
        note_written(c, reply);
    else
        note_omitted(c); /* it teaches nothing of the server, but this copy may be without */
    note_sse(c, reply);
    f = copy_facts(c);
    tied = !decide_needs_recheck(&f) && !(c->try.notes & NOTE_NO_SOURCE_CONDITION) &&
           f.source_by == SEEN_BY_HEAD;
    if (reply && etag_same(f.said, f.source->etag))
        server_facts_take_copy(c->env->server, true);
    if (reply && decide_is_proven(&f))
        copy_succeed(c, RESULT_COPIED, (struct proof){VERIFIED_ETAG, BY_ETAG});
    else if (reply && copy_way_is_proven(&f, &by))
        copy_succeed(c, RESULT_COPIED, by);
    else
        copy_set_state(c, tied ? STATE_VERIFY : STATE_RECHECK);
}

void copy_wrote_unread(struct copy *c, enum made_by made, const struct err *err)
{
    struct err *unread = malloc(sizeof *unread);

    if (c->wrote == WRITE_NONE)
        c->wrote = WRITE_MAYBE;
    if (!unread) {
        copy_fail_nomem(c);
        return;
    }
    *unread = *err;
    free(c->try.proof.unread);
    c->try.proof.unread = unread;
    copy_wrote(c, made, NULL);
}
