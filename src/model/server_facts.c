#include "model/server_facts.h"

#include "base/log.h"

bool server_facts_has(const struct server_facts *f, enum server_trait trait)
{
    return f->traits & (1U << trait);
}

bool server_facts_add(struct server_facts *f, enum server_trait trait)
{
    bool new = !server_facts_has(f, trait);

    f->traits |= 1U << trait;
    return new;
}

enum { CHECKSUMS_REFUSED_MOST = 3 };

bool server_facts_asks_checksums(const struct server_facts *f)
{
    return f->checksums_refused < CHECKSUMS_REFUSED_MOST;
}

void server_facts_checksums_answered(struct server_facts *f, bool refused)
{
    if (!refused)
        f->checksums_refused = 0;
    else if (f->checksums_refused < CHECKSUMS_REFUSED_MOST)
        f->checksums_refused++;
}

const char *server_trait_text(enum server_trait trait)
{
    static const char *const texts[TRAIT_COUNT] = {
            [TRAIT_ETAG_NOT_MD5] = "the destination's ETags are not MD5 sums, as where a bucket "
                                   "encrypts with KMS keys; copies are proven by checksums, or by "
                                   "what copyout itself wrote",
            [TRAIT_NO_UPLOAD_CHECKSUMS] = "the destination's server refuses multipart uploads with "
                                          "the checksums of their sources; they are made without",
            [TRAIT_ENCRYPTS] =
                    "the destination encrypts with KMS keys, so that its ETags show nothing; "
                    "copies are proven by checksums, or by what copyout itself wrote",
    };

    return texts[trait];
}

void server_facts_learn(struct server_facts *f, enum server_trait trait)
{
    if (server_facts_add(f, trait))
        log_warn("%s", server_trait_text(trait));
}

bool server_facts_etags_prove(const struct server_facts *f)
{
    return !server_facts_has(f, TRAIT_ETAG_NOT_MD5) && !server_facts_has(f, TRAIT_ENCRYPTS);
}
