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

const char *server_trait_name(enum server_trait trait)
{
    static const char *const names[TRAIT_COUNT] = {
            [TRAIT_ETAG_NOT_MD5] = "etag-not-md5",
            [TRAIT_ENCRYPTS] = "kms-encrypted",
            [TRAIT_NO_SOURCE_CONDITION] = "no-source-condition",
            [TRAIT_NO_TARGET_CONDITION] = "no-destination-condition",
            [TRAIT_NO_TARGET_MATCH] = "no-destination-match",
            [TRAIT_NO_OBJECT_LOCK] = "no-object-lock",
            [TRAIT_NO_TAG_DIRECTIVE] = "no-tagging-directive",
            [TRAIT_NO_PART_COPY] = "no-part-copy",
            [TRAIT_NO_UPLOAD_CHECKSUMS] = "no-upload-checksums",
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

#define OTHER_PROOF                                                                                \
    "Checksums do, where both objects have one; else the results in the work store tell the next " \
    "run what copyout wrote: keep it, and use it again"

const char *server_trait_text(enum server_trait trait)
{
    static const char *const texts[TRAIT_COUNT] = {
            [TRAIT_ETAG_NOT_MD5] =
                    "the destination's ETags are not MD5 sums, so that they prove no "
                    "copy. " OTHER_PROOF,
            [TRAIT_NO_UPLOAD_CHECKSUMS] = "the destination's server refuses multipart uploads with "
                                          "the checksums of their sources; they are made without",
            [TRAIT_ENCRYPTS] = "the destination encrypts with KMS keys, so that its ETags prove no "
                               "copy. " OTHER_PROOF,
            [TRAIT_NO_SOURCE_CONDITION] = "this server cannot make a copy on condition of the "
                                          "source's ETag; copies go without the condition, and the "
                                          "source is looked at again afterwards",
            [TRAIT_NO_TARGET_CONDITION] = "this server cannot make a copy on condition that "
                                          "nothing is at the destination; that is looked at right "
                                          "before, and an object that somebody else writes in that "
                                          "moment would be overwritten",
            [TRAIT_NO_TARGET_MATCH] =
                    "this server cannot write over an object on condition that it "
                    "is still the one that was seen; an object that somebody else "
                    "writes there in that moment would be overwritten, too",
            [TRAIT_NO_OBJECT_LOCK] =
                    "copies cannot be given the retention and the legal hold of "
                    "their sources: the destination bucket has no Object Lock, or "
                    "s3:PutObjectRetention or s3:PutObjectLegalHold is missing; they "
                    "go without",
            [TRAIT_NO_TAG_DIRECTIVE] = "this server does not know x-amz-tagging-directive; copies "
                                       "go without it, and may have their sources' tags",
            [TRAIT_NO_PART_COPY] = "this server cannot copy parts (UploadPartCopy); objects up to "
                                   "5 GiB are copied in one piece, and larger ones cannot be",
    };

    return texts[trait];
}

void server_facts_learn(struct server_facts *f, enum server_trait trait)
{
    bool usual = trait == TRAIT_ENCRYPTS; /* many buckets encrypt with KMS keys */

    if (server_facts_add(f, trait))
        log_line(usual ? LOG_INFO : LOG_WARN, "%s", server_trait_text(trait));
}

void server_facts_take_copy(struct server_facts *f, bool same_etag)
{
    if (same_etag)
        f->copies = COPIES_HAVE_THE_SAME;
    else if (f->copies == COPIES_SHOW_NOTHING)
        f->copies = COPIES_HAVE_OTHERS;
}

bool server_facts_etags_differ(const struct server_facts *f)
{
    return server_facts_has(f, TRAIT_ETAG_NOT_MD5) && !server_facts_has(f, TRAIT_ENCRYPTS) &&
           f->copies != COPIES_HAVE_THE_SAME;
}

bool server_facts_etags_prove(const struct server_facts *f)
{
    return !server_facts_has(f, TRAIT_ENCRYPTS) &&
           !(server_facts_has(f, TRAIT_ETAG_NOT_MD5) && f->copies == COPIES_HAVE_OTHERS);
}

/* FNV-1a (RFC 9923), of a name that a user gave: two names of one value cost a note. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash;
}

bool server_buckets_have(const struct server_buckets *b, const char *bucket)
{
    uint64_t hash = hash_of(bucket);
    unsigned i;

    for (i = 0; i < b->count; i++)
        if (b->hashes[i] == hash)
            return true;
    return false;
}

void server_buckets_add(struct server_buckets *b, const char *bucket)
{
    if (b->count < SERVER_BUCKETS_MOST && !server_buckets_have(b, bucket))
        b->hashes[b->count++] = hash_of(bucket);
}
