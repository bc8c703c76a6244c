/* The knowledge of a copy, in the shape in which the pure functions ask for it. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/tag_set.h"

void copy_look(const struct copy *c, struct copy_view *out)
{
    *out = (struct copy_view){.item = &c->result.item,
            .size = c->result.size,
            .parts = c->try.upload_id ? c->try.layout.count : 0,
            .started_us = c->started_us};
    if (out->parts > 0)
        out->parts_done = c->try.parts.done;
}

unsigned copy_parts_to_send(const struct copy *c)
{
    const struct copy_parts *p = &c->try.parts;

    return c->state == STATE_PARTS && p->refused == 0 && p->next <= p->last ? p->last - p->next + 1
                                                                            : 0;
}

struct s3_where copy_source(const struct copy *c)
{
    return (struct s3_where){c->result.item.bucket, c->result.item.key, c->result.item.version_id,
            &c->options.source};
}

struct s3_where copy_destination(const struct copy *c)
{
    return (struct s3_where){c->env->input->destination_bucket, c->result.item.destination_key,
            NULL, &c->options.destination};
}

unsigned copy_source_parts(const struct copy *c)
{
    return etag_parts(c->try.source.etag);
}

bool copy_is_mirrored(const struct copy *c)
{
    return layout_source_mirrors(c->try.layout_from);
}

bool copy_puts_tags_after(const struct copy *c)
{
    if (c->try.tags_way == TAGS_WAY_UNREAD) /* an earlier run, or try, may have made the copy */
        return etag_same(c->record.tags_after, c->try.source.etag);
    return c->try.tags_way == TAGS_WAY_AFTER;
}

/* Whether the copy has no tags by a decision: the job's, ours, or since the source has none. */
static bool has_no_tags(const struct copy *c)
{
    const struct copy_try *t = &c->try;

    if (c->options.tags == TAGS_SET)
        return false;
    return c->options.tags == TAGS_NONE || t->tags_way == TAGS_WAY_LEFT ||
           t->proof.made == MADE_BY_UNTAGGED_COPY || t->source.tags == 0 ||
           (t->tags_way == TAGS_WAY_CREATE && !t->tagging);
}

/* Whether the object at the destination was written with the tags that the options set, as far as
 * S3 has said. */
static bool is_given_set(const struct copy *c)
{
    enum made_by made = c->try.proof.made;

    return made == MADE_BY_COPY || made == MADE_BY_COMPLETE;
}

/* Ceph RGW 16 leaves the tags behind where CopyObject is given metadata, and HEAD then shows no
 * number of them. */
static bool may_lose_tags(const struct copy *c)
{
    return !copy_options_keep_metadata(&c->options) && c->try.proof.made == MADE_BY_COPY &&
           c->try.source.tags != TAGS_UNKNOWN;
}

static enum tags_need tags_need(const struct copy *c)
{
    if (has_no_tags(c))
        return TAGS_NEED_COUNT;
    if (c->options.tags == TAGS_SET && !is_given_set(c))
        return TAGS_NEED_LOOK;
    if (copy_puts_tags_after(c) && c->try.proof.made != MADE_BY_COPY)
        return TAGS_NEED_PUT;
    return c->options.tags == TAGS_REQUIRE || may_lose_tags(c) ? TAGS_NEED_LOOK : TAGS_NEED_COUNT;
}

/* Whether what is at the destination may be of an earlier run's upload, or of an earlier try's. */
static bool may_have_been_made(const struct copy *c)
{
    bool by_this_run = c->wrote != WRITE_NONE && c->try.proof.made == MADE_BY_NOTHING;

    return c->record.recalled.key || by_this_run;
}

/* Ceph RGW 16 drops the tags that Create was given, so that their number is looked at. They may
 * have been given by an earlier run or try, and are then not known here: that there are some is. */
static unsigned wanted_tags(const struct copy *c)
{
    if (has_no_tags(c))
        return TAGS_UNKNOWN;
    if (c->options.tags == TAGS_SET) /* CopyObject drops none */
        return c->try.proof.made == MADE_BY_COMPLETE
                       ? tag_set_count(c->options.object[OBJECT_TAG_SET])
                       : TAGS_UNKNOWN;
    if (c->try.tagging)
        return tag_set_count(c->try.tagging);
    return may_have_been_made(c) ? c->try.source.tags : TAGS_UNKNOWN;
}

static enum decide_sums sums_known(const struct copy *c)
{
    const struct copy_try *t = &c->try;
    bool source = t->sums.source == ASKED_ANSWERED;
    bool destination = t->sums.destination == ASKED_ANSWERED;

    if (source && destination)
        return SUMS_KNOWN;
    /* One side without checksums is enough. */
    if ((source && !checksums_any(&t->source.checksums)) ||
            (destination && !checksums_any(&t->destination.checksums)))
        return SUMS_KNOWN;
    return SUMS_TO_ASK;
}

struct decide_facts copy_facts(const struct copy *c)
{
    return (struct decide_facts){
            .options = &c->options,
            .source = &c->try.source,
            .at = c->try.at,
            .there = &c->try.destination,
            .source_by = c->try.lookup.source_by,
            .there_by = c->try.lookup.destination_by,
            .there_version = c->try.there_version,
            .ledger = c->try.ledger,
            .server = c->env->server,
            .memory = &c->memory,
            .sums = sums_known(c),
            .source_sums = c->try.sums.source == ASKED_ANSWERED ? SUMS_KNOWN : SUMS_TO_ASK,
            .wrote = c->wrote,
            .wanted_tags = wanted_tags(c),
            .tags = tags_need(c),
            .thaw = c->env->thaw ? THAW_RESTORES : THAW_FAILS,
            .dry_run = c->env->input->dry_run,
            .layout_from = c->try.layout_from,
            .made = c->try.proof.made,
            .rechecked = c->try.proof.source == ASKED_ANSWERED,
            .at_before = c->try.proof.at_before,
            .before = c->try.proof.before,
            .unread = c->try.proof.unread,
            .completes = c->try.parts.completes,
            .said = c->try.written.etag,
            .said_kind = c->try.proof.said_kind,
            .said_sum = c->try.written.checksum,
            .said_sum_kind = c->try.written.checksum_kind,
    };
}

/* The checksum that an upload is created with, where the job asks for one. Amazon S3 User Guide,
 * "Checking object integrity": CRCs may be of the whole object, the others of the parts only. Of
 * the source's own kind it is of the source's type. */
static void wish_checksum(const struct copy *c, const char *wished, struct upload_checksum *out)
{
    enum checksum kind = checksum_of_name(wished);
    bool crc = kind == CHECKSUM_CRC64NVME || kind == CHECKSUM_CRC32C || kind == CHECKSUM_CRC32;

    if (object_info_upload_checksum(&c->try.source, out) && out->kind == kind)
        return;
    out->kind = kind;
    out->type = crc ? CHECKSUMS_OF_OBJECT : CHECKSUMS_OF_PARTS;
}

struct copy_attributes copy_attributes(const struct copy *c)
{
    struct upload_checksum checksum = {.type = CHECKSUMS_UNTYPED};

    const char *wished = c->options.object[OBJECT_CHECKSUM];

    if (copy_keeps_checksum(c) && wished)
        wish_checksum(c, wished, &checksum);
    else if (copy_keeps_checksum(c))
        (void)object_info_upload_checksum(&c->try.source, &checksum);
    return (struct copy_attributes){
            .options = &c->options,
            .source = &c->try.source,
            .kept = &c->try.kept,
            .checksum = checksum,
            .tagging = c->try.tags_way == TAGS_WAY_CREATE ? c->try.tagging : NULL,
            .now_s = c->env->port.now_s(c->env->port.self),
            .omitted = c->omissions.out,
    };
}

bool copy_etags_decide(const struct copy *c)
{
    return server_facts_etags_prove(c->env->server);
}

bool copy_keeps_checksum(const struct copy *c)
{
    return c->checksums == CHECKSUMS_KEPT &&
           !server_facts_has(c->env->server, TRAIT_NO_UPLOAD_CHECKSUMS);
}

/* Nothing is at the destination, as far as was seen, and the write must not take place else. */
static bool is_only_if_absent(const struct copy *c)
{
    struct decide_facts f = copy_facts(c);

    return decide_only_if_absent(&f) && c->try.at == DESTINATION_NOTHING;
}

const char *copy_target_match(const struct copy *c)
{
    const struct copy_try *t = &c->try;

    if (c->options.on_different != ON_DIFFERENT_OVERWRITE || t->at != DESTINATION_OBJECT ||
            t->lookup.destination_by != SEEN_BY_HEAD || t->proof.made != MADE_BY_NOTHING)
        return NULL;
    return t->destination.etag[0] ? t->destination.etag : NULL;
}

/* OMIT_LOCK if the write gives the copy what Object Lock holds of its source, and may do without.
 */
static unsigned may_omit_lock(const struct copy *c)
{
    const char *mode = c->options.object[OBJECT_OBJECT_LOCK];
    struct copy_attributes attributes;

    if (!mode || strcmp(mode, "keep") != 0)
        return 0;
    attributes = copy_attributes(c);
    return copy_headers_lock(&attributes) ? OMIT_LOCK : 0;
}

/* OMIT_ANNOTATIONS if CopyObject takes annotations along, and that may be why it is refused: no
 * other server than Amazon S3 has them. */
static unsigned may_omit_annotations(const struct copy *c)
{
    if (!copy_has_annotations(c) ||
            server_buckets_have(&c->env->server->granted, c->result.item.bucket))
        return 0;
    return OMIT_ANNOTATIONS;
}

unsigned copy_may_omit(const struct copy *c)
{
    unsigned source = c->try.source.etag[0] ? OMIT_SOURCE_CONDITION : 0;
    unsigned target = is_only_if_absent(c)   ? OMIT_TARGET_CONDITION
                      : copy_target_match(c) ? OMIT_TARGET_MATCH
                                             : 0;

    switch (c->state) {
    case STATE_SINGLE:
        return source | target | (c->options.tags == TAGS_NONE ? OMIT_TAG_DIRECTIVE : 0) |
               may_omit_lock(c) | may_omit_annotations(c);
    case STATE_SINGLE_UNTAGGED: /* with the directive alone does it differ from SINGLE */
        return source | target | may_omit_lock(c) | may_omit_annotations(c);
    case STATE_CREATE:
        return may_omit_lock(c);
    case STATE_PARTS:
        return source;
    case STATE_COMPLETE:
        return target;
    default:
        return 0;
    }
}

unsigned copy_omits(const struct copy *c)
{
    return copy_may_omit(c) & c->omissions.out;
}

unsigned copy_omits_next(const struct copy *c, unsigned of)
{
    unsigned may = copy_may_omit(c) & of, out = c->omissions.out;
    unsigned known = may & omit_known(c->env->server);

    if (known & ~out) /* another object's copy has found it out meanwhile */
        return out | known;
    return omit_next(may & ~known, out);
}

bool copy_must_look(const struct copy *c)
{
    unsigned doubtful = c->omissions.out | omit_known(c->env->server);

    return (copy_may_omit(c) & doubtful & OMIT_TARGET_CONDITION) &&
           c->try.looked + 1 != c->sequence;
}

/* Whether a condition that does not hold, though all that it asks for was seen to hold, was refused
 * before. What is known of CopyObject need not be so of Complete, which is therefore asked; where
 * it is refused, it has the look that LOOK_FOR_COMPLETE made, and will have another. */
static bool was_refused(const struct copy *c)
{
    const char *etag = c->omissions.refused_etag;
    bool known = server_facts_has(c->env->server, TRAIT_NO_TARGET_CONDITION);

    return (etag[0] && strcmp(etag, c->try.source.etag) == 0) ||
           (c->state == STATE_COMPLETE && known);
}

/* The bits of error_known that tell of headers. A write that is made only if nothing is where we
 * may not look is refused for what is there: no header is to blame. */
static unsigned known_of_headers(const struct copy *c)
{
    const struct omissions *o = &c->omissions;
    struct decide_facts f = copy_facts(c);
    unsigned known = 0;

    if (copy_omits_next(c, OMIT_ALL) != o->out)
        known |= KNOWN_TO_OMIT;
    if (decide_only_if_absent(&f) && c->try.at != DESTINATION_NOTHING)
        return known;
    if (was_refused(c) && copy_omits_next(c, OMIT_CONDITIONS) != o->out)
        known |= KNOWN_WRONG;
    return known;
}

unsigned copy_known(const struct copy *c)
{
    unsigned known = known_of_headers(c);

    if (copy_may_omit(c) & ~c->omissions.out & OMIT_ANNOTATIONS)
        known |= KNOWN_ANNOTATIONS;
    if (copy_may_omit(c) & ~c->omissions.out & OMIT_LOCK)
        known |= KNOWN_LOCKS;
    if (copy_target_match(c) && !(copy_omits(c) & OMIT_TARGET_MATCH))
        known |= KNOWN_MATCHED;
    if (c->env->server->copies_parts)
        known |= KNOWN_PARTS;
    if (c->try.explained)
        known |= KNOWN_READABLE;
    if (c->try.layout_from == LAYOUT_FROM_GUESS && c->try.source.size <= LAYOUT_COPY_MOST)
        known |= KNOWN_SMALL_GUESS;
    if (c->try.probes.phase == PROBE_FIRST)
        known |= KNOWN_FIRST_PROBE;
    return known;
}

unsigned copy_known_of_look(const struct copy *c, enum copy_asked sums)
{
    return copy_known(c) | (sums == ASKED_SENT ? KNOWN_WITH_SUMS : 0);
}

const char *copy_version_of(const struct s3_reply *reply)
{
    return reply->headers ? headers_get(reply->headers, "x-amz-version-id") : NULL;
}

bool copy_has_annotations(const struct copy *c)
{
    const char *mode = c->options.object[OBJECT_ANNOTATIONS];
    const char *server = headers_get(&c->try.kept, COPY_SERVER_HEADER);

    return server && strcmp(server, "AmazonS3") == 0 && !(mode && strcmp(mode, "none") == 0);
}

bool copy_requires_annotations(const struct copy *c)
{
    const char *mode = c->options.object[OBJECT_ANNOTATIONS];

    return mode && strcmp(mode, "require") == 0;
}

/* Whether no CopyObject, which takes annotations along, has made the copy that is there. */
static bool may_be_of_parts(const struct copy *c)
{
    switch (c->try.proof.made) {
    case MADE_BY_COMPLETE:
    case MADE_BY_LOST_COMPLETE:
    case MADE_BY_UNREAD_COMPLETE:
        return true;
    case MADE_BY_NOTHING:
        return copy_requires_annotations(c) || may_have_been_made(c);
    case MADE_BY_COPY:
    case MADE_BY_UNTAGGED_COPY:
    case MADE_BY_UNREAD_COPY:
        break;
    }
    return false;
}

bool copy_may_lack_annotations(const struct copy *c, enum result_status status)
{
    if ((status != RESULT_COPIED && status != RESULT_SAME) || c->env->input->dry_run)
        return false;
    /* An object under SSE-C has none (Amazon S3 User Guide, "Annotating your objects"). */
    return may_be_of_parts(c) && !c->options.source.key && copy_has_annotations(c);
}

bool copy_spares_tags(const struct copy *c)
{
    return c->options.tags == TAGS_BEST_EFFORT;
}
