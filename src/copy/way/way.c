#include "copy/way/way.h"

#include <string.h>

#include "model/object/layout.h"

bool decide_parts_prove(const struct decide_facts *f)
{
    const struct object_info *source = f->source;
    int i;

    if (source->etag_kind == ETAG_KIND_PARTS && server_facts_etags_prove(f->server) &&
            f->memory->vain_mirrors == 0)
        return true;
    for (i = 0; i < CHECKSUM_COUNT; i++) {
        const char *text = checksums_get(&source->checksums, (enum checksum)i);

        if (text[0] && (source->checksum_type == CHECKSUMS_OF_PARTS || strchr(text, '-')))
            return true;
    }
    return false;
}

static bool is_of_object(const struct object_info *o, enum checksum kind)
{
    const char *text = checksums_get(&o->checksums, kind);

    return text[0] && checksum_type_of(text, o->checksum_type) == CHECKSUMS_OF_OBJECT;
}

/* Whether the source has a checksum that S3 gives the copy, too, whatever the copy is made of:
 * CopyObject takes the source's algorithm over and computes it of the whole object (Amazon S3 User
 * Guide, "Checking object integrity": "Using full object and composite checksums when copying");
 * an upload of parts has one of the whole object with the CRCs alone. */
static bool keeps_sum(const struct decide_facts *f, bool in_parts)
{
    const char *wished = f->options->object[OBJECT_CHECKSUM]; /* the copy is to have that one */
    int i;

    if (f->source_sums == SUMS_TO_ASK)
        return false;
    if (in_parts && server_facts_has(f->server, TRAIT_NO_UPLOAD_CHECKSUMS))
        return false;
    for (i = 0; i < CHECKSUM_COUNT; i++) {
        enum checksum kind = (enum checksum)i;

        if (is_of_object(f->source, kind) && (!wished || checksum_of_name(wished) == kind) &&
                (!in_parts || checksum_can_be_of_upload(kind, CHECKSUMS_OF_OBJECT)))
            return true;
    }
    return false;
}

static bool may_mirror(const struct decide_facts *f)
{
    return etag_parts(f->source->etag) > 0 && decide_parts_prove(f);
}

static enum copy_way by_etag(const struct decide_facts *f)
{
    if (may_mirror(f))
        return WAY_MIRROR;
    return f->source->size > LAYOUT_COPY_MOST ? WAY_FEW : WAY_IN_ONE;
}

/* The cheapest: one request, where one can do it. */
static enum copy_way by_checksum(const struct decide_facts *f)
{
    bool in_parts = f->source->size > LAYOUT_COPY_MOST;

    if (!keeps_sum(f, in_parts))
        return by_etag(f);
    return in_parts ? WAY_FEW : WAY_IN_ONE;
}

/* The source's own parts are as fast where they are not large, and prove the copy where no checksum
 * does. */
static enum copy_way by_time(const struct decide_facts *f)
{
    uint64_t size = f->source->size;

    if (size <= WAY_FAST_ABOVE)
        return by_checksum(f);
    if (!keeps_sum(f, true) && may_mirror(f) &&
            size / etag_parts(f->source->etag) <= WAY_FAST_ABOVE)
        return WAY_MIRROR;
    return WAY_FAST;
}

enum copy_way copy_way_of(const struct decide_facts *f)
{
    switch (f->options->proof) {
    case PROOF_CHECKSUM:
        return by_checksum(f);
    case PROOF_FAST:
        return by_time(f);
    case PROOF_ETAG:
        break;
    }
    return by_etag(f);
}

bool copy_way_needs_sums(const struct decide_facts *f)
{
    return f->options->proof != PROOF_ETAG && f->made == MADE_BY_NOTHING &&
           f->source_sums == SUMS_TO_ASK && etag_parts(f->source->etag) > 0;
}

unsigned copy_way_notes(const struct decide_facts *f)
{
    enum copy_way way = copy_way_of(f);

    if (way == by_etag(f))
        return 0;
    return way == WAY_FAST ? NOTE_LAYOUT_FAST : NOTE_LAYOUT_BY_CHECKSUM;
}

bool copy_way_is_proven(const struct decide_facts *f, struct proof *by)
{
    const struct object_info *source = f->source;

    /* With tags to look after, HEAD must show that they came along. */
    if (f->tags != TAGS_NEED_COUNT || f->wanted_tags != TAGS_UNKNOWN)
        return false;
    if (f->options->proof == PROOF_ETAG || !f->said_sum[0] || strchr(f->said_sum, '-') ||
            !is_of_object(source, f->said_sum_kind) ||
            strcmp(f->said_sum, checksums_get(&source->checksums, f->said_sum_kind)) != 0)
        return false;
    *by = (struct proof){VERIFIED_CHECKSUM, (enum verified_by)(BY_CHECKSUM + f->said_sum_kind)};
    return true;
}
