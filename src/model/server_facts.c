#include "model/server_facts.h"

#include <string.h>

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

const char *server_trait_name(enum server_trait trait)
{
    static const char *const names[TRAIT_COUNT] = {
            [TRAIT_ETAG_NOT_MD5] = "etag-not-md5",
            [TRAIT_NO_SOURCE_CONDITION] = "no-source-condition",
            [TRAIT_NO_TARGET_CONDITION] = "no-destination-condition",
            [TRAIT_NO_TAG_DIRECTIVE] = "no-tagging-directive",
            [TRAIT_NO_PART_COPY] = "no-part-copy",
    };

    return names[trait];
}

enum server_trait server_trait_of_name(const char *name)
{
    unsigned i = 0;

    while (i < TRAIT_COUNT && strcmp(name, server_trait_name((enum server_trait)i)) != 0)
        i++;
    return (enum server_trait)i;
}

const char *server_trait_text(enum server_trait trait)
{
    static const char *const texts[TRAIT_COUNT] = {
            [TRAIT_ETAG_NOT_MD5] = "the destination's ETags are not MD5 sums, as where a bucket "
                                   "encrypts with KMS keys; copies are proven by checksums, or by "
                                   "what copyout itself wrote",
            [TRAIT_NO_SOURCE_CONDITION] = "this server cannot make a copy on condition of the "
                                          "source's ETag; copies go without the condition, and the "
                                          "source is looked at again afterwards",
            [TRAIT_NO_TARGET_CONDITION] = "this server cannot make a copy on condition that "
                                          "nothing is at the destination; that is looked at right "
                                          "before, and an object that somebody else writes in that "
                                          "moment would be overwritten",
            [TRAIT_NO_TAG_DIRECTIVE] = "this server does not know x-amz-tagging-directive; copies "
                                       "go without it, and may have their sources' tags",
            [TRAIT_NO_PART_COPY] = "this server cannot copy parts (UploadPartCopy); objects up to "
                                   "5 GiB are copied in one piece, and larger ones cannot be",
    };

    return texts[trait];
}

void server_facts_learn(struct server_facts *f, enum server_trait trait)
{
    bool usual = trait == TRAIT_ETAG_NOT_MD5; /* many buckets encrypt with KMS keys */

    if (server_facts_add(f, trait))
        log_line(usual ? LOG_INFO : LOG_WARN, "%s", server_trait_text(trait));
}
