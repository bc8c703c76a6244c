/* What the server of the destination was found to do otherwise than Amazon S3. One value for each
 * job: the start marker tells some of it, the answers to copies tell the rest. */
#ifndef COPYOUT_MODEL_SERVER_FACTS_H
#define COPYOUT_MODEL_SERVER_FACTS_H

#include <stdbool.h>

enum server_trait {
    /* The ETag of an object that is written in one piece is not the MD5 of its bytes: the bucket
     * encrypts with KMS keys, or the server makes its ETags in another way. */
    TRAIT_ETAG_NOT_MD5,
    /* x-amz-copy-source-if-match is refused, or never holds (OpenStack Swift, of objects of parts):
     * copies go without it. */
    TRAIT_NO_SOURCE_CONDITION,
    /* If-None-Match is refused, or judged against another object than the one to be written: writes
     * go without it. */
    TRAIT_NO_TARGET_CONDITION,
    TRAIT_NO_TAG_DIRECTIVE, /* x-amz-tagging-directive is refused */
    TRAIT_NO_PART_COPY,     /* UploadPartCopy is not implemented (s3rver, Storj) */
    TRAIT_COUNT
};

/* Zeroed memory is a server of which nothing was found. */
struct server_facts {
    unsigned traits;   /* a bit for each enum server_trait that was found */
    bool copies_parts; /* UploadPartCopy has worked: a 501 to another is about that one */
};

bool server_facts_has(const struct server_facts *f, enum server_trait trait);
/* Notes that the server has the trait. Whether that is new: the caller then tells the user, once,
 * with server_trait_text(). */
bool server_facts_add(struct server_facts *f, enum server_trait trait);
/* The name of a trait in job.json ("etag-not-md5"), and the reverse; TRAIT_COUNT: it is none. */
const char *server_trait_name(enum server_trait trait);
enum server_trait server_trait_of_name(const char *name);
/* What a trait means for the job, as one sentence without a full stop. */
const char *server_trait_text(enum server_trait trait);
/* As server_facts_add(), and a trait that is new is told. */
void server_facts_learn(struct server_facts *f, enum server_trait trait);

#endif
