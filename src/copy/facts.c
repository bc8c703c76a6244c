/* The knowledge of a copy, in the shape in which the pure functions ask for it. */
#include <string.h>

#include "copy/machine_int.h"

struct s3_where copy_source(const struct copy *c)
{
    return (struct s3_where){c->result.item.bucket, c->result.item.key, c->result.item.version_id};
}

struct s3_where copy_destination(const struct copy *c)
{
    return (struct s3_where){
            c->env->input->destination_bucket, c->result.item.destination_key, NULL};
}

unsigned copy_source_parts(const struct copy *c)
{
    return etag_parts(c->try.source.etag);
}

bool copy_is_mirrored(const struct copy *c)
{
    return layout_source_mirrors(c->try.layout_from);
}

static unsigned count_tags(const char *tagging)
{
    unsigned n = 1;

    for (; *tagging; tagging++)
        n += *tagging == '&';
    return n;
}

/* Ceph RGW 16 drops the tags that Create was given, so that their number is looked at. They may
 * have been given by an earlier run, and are then not known here: that there are some is. */
static unsigned wanted_tags(const struct copy *c)
{
    if (c->try.tagging)
        return count_tags(c->try.tagging);
    if (!c->record.recalled.key || c->options.tags == TAGS_NONE ||
            c->try.proof.made == MADE_BY_UNTAGGED_COPY || c->try.source.tags == 0)
        return TAGS_UNKNOWN;
    return c->try.source.tags;
}

struct decide_facts copy_facts(const struct copy *c)
{
    return (struct decide_facts){
            .options = &c->options,
            .source = &c->try.source,
            .at = c->try.at,
            .there = &c->try.destination,
            .wrote = c->wrote,
            .wanted_tags = wanted_tags(c),
            .dry_run = c->env->input->dry_run,
            .layout_from = c->try.layout_from,
            .made = c->try.proof.made,
            .said = c->try.written.etag,
            .said_kind = c->try.proof.said_kind,
    };
}

struct copy_attributes copy_attributes(const struct copy *c)
{
    return (struct copy_attributes){
            .options = &c->options,
            .source = &c->try.source,
            .kept = &c->try.kept,
            .tagging = c->try.tagging,
    };
}

/* Nothing is at the destination, as far as was seen, and the write must not take place else. */
static bool is_only_if_absent(const struct copy *c)
{
    struct decide_facts f = copy_facts(c);

    return decide_only_if_absent(&f) && c->try.at == DESTINATION_NOTHING;
}

unsigned copy_may_omit(const struct copy *c)
{
    unsigned source = c->try.source.etag[0] ? OMIT_SOURCE_CONDITION : 0;
    unsigned target = is_only_if_absent(c) ? OMIT_TARGET_CONDITION : 0;

    switch (c->state) {
    case STATE_SINGLE:
        return source | target | (c->options.tags == TAGS_NONE ? OMIT_TAG_DIRECTIVE : 0);
    case STATE_SINGLE_UNTAGGED: /* with the directive alone does it differ from SINGLE */
        return source | target;
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

const char *copy_version_of(const struct s3_reply *reply)
{
    return reply->headers ? headers_get(reply->headers, "x-amz-version-id") : NULL;
}

bool copy_spares_tags(const struct copy *c)
{
    return c->options.tags == TAGS_BEST_EFFORT;
}
