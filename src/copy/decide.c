#include "copy/decide.h"

#include <string.h>

static struct decision end(enum result_status status, struct proof proof)
{
    return (struct decision){.action = DECIDE_END, .status = status, .proof = proof};
}

static struct decision end_unproven(enum result_status status)
{
    return end(status, (struct proof){VERIFIED_NONE, BY_NOTHING});
}

static struct decision because(enum decide_action action, enum decide_why why)
{
    return (struct decision){.action = action, .status = RESULT_FAILED, .why = why};
}

static struct decision put_tags(struct proof proof)
{
    return (struct decision){.action = DECIDE_PUT_TAGS, .proof = proof};
}

/* Ceph RGW 16 drops the tags that Create was given. */
static bool lacks_tags(const struct decide_facts *f)
{
    return f->wanted_tags != TAGS_UNKNOWN && f->there->tags != TAGS_UNKNOWN &&
           f->there->tags != f->wanted_tags;
}

bool decide_only_if_absent(const struct decide_facts *f)
{
    /* An object that we wrote ourselves is ours to write over. */
    return f->options->on_different != ON_DIFFERENT_OVERWRITE && f->wrote != WRITE_DONE;
}

/* Something else is at the destination, and is not to be overwritten. */
static struct decision leave_it(const struct decide_facts *f)
{
    if (f->options->on_different == ON_DIFFERENT_KEEP)
        return end_unproven(RESULT_KEPT);
    switch (f->at) {
    case DESTINATION_NEEDS_KEY:
        return because(DECIDE_FAIL, WHY_DIFFERENT_KEY);
    case DESTINATION_OBJECT:
        return because(DECIDE_FAIL, WHY_DIFFERENT);
    case DESTINATION_NOTHING:
    case DESTINATION_UNREADABLE:
        break;
    }
    return because(DECIDE_FAIL, WHY_DIFFERENT_UNSEEN);
}

static bool is_archived(const struct object_info *source)
{
    return source->archive == ARCHIVE_STORED || source->archive == ARCHIVE_RESTORING;
}

static struct decision begin(const struct decide_facts *f)
{
    bool in_parts = etag_parts(f->source->etag) > 0 || f->source->size > LAYOUT_COPY_MOST;

    if (is_archived(f->source))
        return because(DECIDE_FAIL, WHY_ARCHIVED);
    if (f->dry_run)
        return end_unproven(RESULT_PENDING);
    return because(in_parts ? DECIDE_PARTS : DECIDE_SINGLE, WHY_NOTHING);
}

bool decide_needs_sums(const struct decide_facts *f)
{
    bool mirrored = f->made != MADE_BY_NOTHING && layout_source_mirrors(f->layout_from);
    struct proof by;

    return f->sums == SUMS_TO_ASK && f->at == DESTINATION_OBJECT &&
           verify_compare(f->source, f->there, mirrored, &by) == VERDICT_UNKNOWN;
}

struct decision decide_copy(const struct decide_facts *f)
{
    struct proof by;

    if (f->at == DESTINATION_OBJECT &&
            verify_compare(f->source, f->there, false, &by) == VERDICT_SAME) {
        if (!f->dry_run && lacks_tags(f))
            return put_tags(by);
        return end(f->wrote == WRITE_NONE ? RESULT_SAME : RESULT_COPIED, by);
    }
    if ((f->at == DESTINATION_OBJECT || f->at == DESTINATION_NEEDS_KEY) && decide_only_if_absent(f))
        return leave_it(f);
    return begin(f);
}

struct decision decide_precondition(const struct decide_facts *f, unsigned restarts)
{
    /* We may not look, have looked at the source again, and are refused again: it is the
     * destination. */
    if (decide_only_if_absent(f) && restarts > 0 && f->at == DESTINATION_UNREADABLE)
        return leave_it(f);
    return because(DECIDE_RESTART, WHY_REFUSED);
}

/* --- of a copy that was made --- */

static bool said_is_the_source(const struct decide_facts *f)
{
    return f->source->etag[0] && strcmp(f->said, f->source->etag) == 0;
}

bool decide_is_proven(const struct decide_facts *f)
{
    /* With tags to look after, HEAD must show that they came along. */
    return f->wanted_tags == TAGS_UNKNOWN && said_is_the_source(f);
}

bool decide_verifies_by_sums(const struct decide_facts *f)
{
    return f->said[0] && !said_is_the_source(f);
}

static struct decision proven(const struct decide_facts *f, struct proof by)
{
    return lacks_tags(f) ? put_tags(by) : end(RESULT_COPIED, by);
}

struct decision decide_verify(const struct decide_facts *f)
{
    bool mirrored = layout_source_mirrors(f->layout_from);
    struct decision d;
    struct proof by;

    switch (verify_compare(f->source, f->there, mirrored, &by)) {
    case VERDICT_SAME:
        return proven(f, by);
    case VERDICT_DIFFERENT:
        return because(DECIDE_RESTART, WHY_NOT_THE_SOURCE);
    case VERDICT_UNKNOWN:
        break;
    }
    if (f->made == MADE_BY_LOST_COMPLETE) /* it may be what was there before */
        return because(DECIDE_RESTART, WHY_LOST);
    d = proven(f, by);
    if (!mirrored && etag_parts(f->source->etag) > 0)
        d.notes |= NOTE_LAYOUT_NOT_MIRRORED;
    return d;
}

static bool is_plain(enum etag_kind kind)
{
    return kind == ETAG_KIND_MD5 || kind == ETAG_KIND_PARTS;
}

/* The answer to the write is all that is known of the copy. */
struct decision decide_unreadable(const struct decide_facts *f)
{
    struct decision d;

    if (f->made == MADE_BY_LOST_COMPLETE) /* nothing was said, and nothing may be there */
        d = because(DECIDE_RESTART, WHY_REFUSED);
    else if (said_is_the_source(f))
        d = end(RESULT_COPIED, (struct proof){VERIFIED_ETAG, BY_ETAG});
    else if (layout_source_mirrors(f->layout_from) && is_plain(f->said_kind) &&
             is_plain(f->source->etag_kind))
        d = because(DECIDE_RESTART, WHY_ETAG_NOT_THE_SOURCE);
    else
        d = end_unproven(RESULT_COPIED);
    d.notes |= NOTE_DESTINATION_UNREADABLE;
    return d;
}

/* --- in words --- */

static void set_different(struct err *e, const char *what)
{
    err_set(e, ERR_PRECONDITION, "%s, and onDifferent is \"fail\"", what);
    memcpy(e->service_code, "DestinationDiffers", sizeof "DestinationDiffers");
}

static void set_different_object(const struct object_info *there, struct err *e)
{
    err_set(e, ERR_PRECONDITION,
            "something else is at the destination (%llu bytes, ETag %s), and onDifferent is "
            "\"fail\"",
            (unsigned long long)there->size, there->etag);
    memcpy(e->service_code, "DestinationDiffers", sizeof "DestinationDiffers");
}

void decide_error(const struct decision *d, const struct decide_facts *f, struct err *e)
{
    err_clear(e);
    switch (d->why) {
    case WHY_NOTHING:
    case WHY_REFUSED:
        break;
    case WHY_DIFFERENT:
        set_different_object(f->there, e);
        break;
    case WHY_DIFFERENT_KEY:
        set_different(e, "what is at the destination cannot be looked at (HTTP 400: encrypted with "
                         "a customer's key?)");
        break;
    case WHY_DIFFERENT_UNSEEN:
        set_different(e, "something else is at the destination, which we may not look at");
        break;
    case WHY_ARCHIVED:
        err_set(e, ERR_SERVICE,
                "the source is archived (%s) and not restored; restore it and run again",
                f->source->storage_class);
        memcpy(e->service_code, "InvalidObjectState", sizeof "InvalidObjectState");
        break;
    case WHY_NOT_THE_SOURCE:
        err_set(e, ERR_VERIFY,
                "the copy is not the source: %llu bytes with ETag %s, where the source has %llu "
                "bytes with ETag %s",
                (unsigned long long)f->there->size, f->there->etag,
                (unsigned long long)f->source->size, f->source->etag);
        break;
    case WHY_ETAG_NOT_THE_SOURCE:
        err_set(e, ERR_VERIFY, "the copy's ETag is %s, and the source's is %s", f->said,
                f->source->etag);
        break;
    case WHY_LOST:
        err_set(e, ERR_VERIFY, "the upload is gone, and what is there cannot be proven");
        break;
    }
}
