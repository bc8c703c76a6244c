/* The sums that the line of a list asserts of its object (model/list/sums.h): the source is
 * compared with them before anything is written, and what S3 says of the copy afterwards. */
#include <string.h>

#include "copy/machine_int.h"
#include "model/list/sums.h"

/* false: the line has none. */
static bool sums_of(const struct copy *c, struct sums *sums)
{
    const char *text = c->result.item.sums;

    return text && !sums_read(sums, text, strlen(text)); /* prepare has read it */
}

bool copy_source_has_line_sums(struct copy *c, struct err *e)
{
    struct sums sums;
    struct sums_found found;

    if (!sums_of(c, &sums))
        return true;
    found = sums_compare(&sums, &c->try.source, !server_facts_etags_differ(c->env->server));
    c->try.line_sums = found.by;
    c->try.line_sums_known = found.verdict == SUMS_ARE_ITS ? ASKED_ANSWERED : ASKED_NOT;
    if (found.verdict != SUMS_ARE_OTHERS)
        return true;
    sums_error(&sums, &found, &c->try.source, "the source", e);
    return false;
}

/* S3's words about the copy: the answer to the write, and a look that asked for checksums. */
static struct object_info said_of_copy(const struct copy *c)
{
    const struct copy_try *t = &c->try;
    struct object_info info = {.size = t->source.size, .etag_kind = ETAG_KIND_NONE};

    if (t->at == DESTINATION_OBJECT && t->sums.destination == ASKED_ANSWERED) {
        info.checksums = t->destination.checksums;
        info.checksum_type = t->destination.checksum_type;
    }
    if (t->written.checksum[0])
        checksums_add(&info.checksums, t->written.checksum_kind, t->written.checksum);
    return info;
}

/* A checksum that the list knew proves more than S3's own. */
static void note_proof(struct copy *c, enum verified_by by)
{
    struct result *r = &c->result;

    if (by < BY_CHECKSUM)
        return;
    r->verified = VERIFIED_CHECKSUM;
    r->verified_by = by;
}

/* The rest of copy_has_line_sums(), of a line that has some. */
static bool compare_copy(struct copy *c, const struct sums *sums, struct err *e)
{
    struct object_info said = said_of_copy(c);
    bool there = c->result.status == RESULT_COPIED || c->result.status == RESULT_SAME;
    bool proven = c->result.verified == VERIFIED_ETAG || c->result.verified == VERIFIED_CHECKSUM;
    struct sums_found found = {.verdict = SUMS_NOT_COMPARED};

    if (there)
        found = sums_compare(sums, &said, false);
    if (found.verdict == SUMS_ARE_OTHERS) {
        sums_error(sums, &found, &said, "the copy", e);
        return false;
    }
    if (found.verdict == SUMS_ARE_ITS)
        note_proof(c, found.by);
    else if (c->try.line_sums_known != ASKED_ANSWERED)
        c->try.notes |= NOTE_SUMS_NOT_COMPARED;
    else if (proven) /* the copy is its source, and that has the line's */
        note_proof(c, c->try.line_sums);
    return true;
}

bool copy_has_line_sums(struct copy *c, struct err *e)
{
    struct sums sums;

    if (c->result.status == RESULT_KEPT || !sums_of(c, &sums))
        return true;
    return compare_copy(c, &sums, e);
}
