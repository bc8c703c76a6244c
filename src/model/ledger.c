#include "model/ledger.h"

#include <string.h>

bool ledger_take(struct ledger_entry *l, struct result *r)
{
    memset(l, 0, sizeof *l);
    if ((r->status != RESULT_COPIED && r->status != RESULT_SAME) || !r->written.etag[0] ||
            !r->etag[0])
        return false;
    l->size = r->size;
    memcpy(l->etag, r->etag, sizeof l->etag);
    l->verified = r->verified;
    l->written = r->written; /* with what is in it */
    memset(&r->written, 0, sizeof r->written);
    return true;
}

bool ledger_replaces(const struct result *r)
{
    return r->status == RESULT_COPIED ||
           (r->status == RESULT_SAME && (r->verified == VERIFIED_ETAG || r->written.etag[0]));
}

void ledger_free(struct ledger_entry *l)
{
    written_free(&l->written);
    memset(l, 0, sizeof *l);
}

bool ledger_proves(const struct ledger_entry *l, const struct object_info *source,
        const struct object_info *there, const char *there_version, struct proof *proof)
{
    if (!l || l->size != source->size || l->size != there->size)
        return false;
    if (!etag_same(l->etag, source->etag) || !etag_same(l->written.etag, there->etag))
        return false;
    if (l->written.version_id && there_version && strcmp(l->written.version_id, there_version) != 0)
        return false;
    proof->verified = l->verified > VERIFIED_SIZE ? l->verified : VERIFIED_SIZE;
    proof->by = BY_LEDGER;
    return true;
}
