/* The ways in which the destination's server was found to differ from Amazon S3. One value for each
 * job: the start marker tells some of them, the answers to copies tell the rest. */
#ifndef COPYOUT_MODEL_SERVER_FACTS_H
#define COPYOUT_MODEL_SERVER_FACTS_H

#include <stdbool.h>
#include <stdint.h>

enum server_trait {
    /* The ETag of an object that is written in one piece is not the MD5 of its bytes, although
     * it is not encrypted with a key of KMS: the server makes its ETags in another way. */
    TRAIT_ETAG_NOT_MD5,
    /* A multipart upload cannot be created with the kind and type of checksum that its source has,
     * or cannot be completed then. */
    TRAIT_NO_UPLOAD_CHECKSUMS,
    /* Answers say that objects at the destination are encrypted with keys of KMS: the ETags of
     * those tell nothing of their bytes. */
    TRAIT_ENCRYPTS,
    /* x-amz-copy-source-if-match is refused, or never holds (OpenStack Swift, of objects of parts):
     * copies go without it. */
    TRAIT_NO_SOURCE_CONDITION,
    /* If-None-Match is refused, or judged against another object than the one to be written: writes
     * go without it. */
    TRAIT_NO_TARGET_CONDITION,
    /* If-Match is refused, or does not hold although the object is what was seen: what is at the
     * destination is written over without it. */
    TRAIT_NO_TARGET_MATCH,
    /* Retention and legal hold are refused: the bucket has no Object Lock, or a right is missing.
     */
    TRAIT_NO_OBJECT_LOCK,
    TRAIT_NO_TAG_DIRECTIVE, /* x-amz-tagging-directive is refused */
    TRAIT_NO_PART_COPY,     /* UploadPartCopy is not implemented (s3rver, Storj) */
    TRAIT_COUNT
};

/* The evidence that copies have given of the ETags at the destination. */
enum copies_show {
    COPIES_SHOW_NOTHING,  /* so far */
    COPIES_HAVE_OTHERS,   /* a copy had another ETag than its source, as the marker foretold */
    COPIES_HAVE_THE_SAME, /* a copy had its source's ETag, whatever the marker had told */
};

enum { SERVER_BUCKETS_MOST = 64 };

/* Buckets that are remembered: a hash of each name. */
struct server_buckets {
    uint64_t hashes[SERVER_BUCKETS_MOST];
    unsigned count;
};

/* Zeroed memory is a server of which nothing was found. */
struct server_facts {
    unsigned traits;   /* a bit for each enum server_trait that was found */
    bool copies_parts; /* UploadPartCopy has worked: a 501 to another is about that one */
    /* How often, one after another, an object could not be looked at with its checksums. */
    unsigned checksums_refused;
    /* Objects whose parts, copied twice, made one and the same checksum, and not the source's: the
     * server's CRCs are none, and are not joined any more. */
    unsigned sums_unjoined;
    enum copies_show copies;
    /* Source buckets whose annotations we may not copy there, and may: a refused copy has shown it.
     */
    struct server_buckets withheld, granted;
    /* Source buckets whose annotations are not copied there by requests of their own, after copies
     * in parts: a right to it is withheld; or their server knows of none. */
    struct server_buckets unlisted, unannotated;
};

bool server_facts_has(const struct server_facts *f, enum server_trait trait);
/* Notes that the server has the trait. Whether that is new: the caller then tells the user, once,
 * with server_trait_text(). */
bool server_facts_add(struct server_facts *f, enum server_trait trait);
/* Whether it is worth asking for checksums when objects of the destination are looked at: KMS,
 * which has to allow it, may have refused it a few times one after another (no right to
 * kms:Decrypt, or too many requests), and then it is not asked any more. */
bool server_facts_asks_checksums(const struct server_facts *f);
/* Notes whether such a look was refused. */
void server_facts_checksums_answered(struct server_facts *f, bool refused);
/* The name of a trait in job.json ("etag-not-md5"), and the reverse; TRAIT_COUNT: it is none. */
const char *server_trait_name(enum server_trait trait);
enum server_trait server_trait_of_name(const char *name);
/* The meaning of a trait for the job, as sentences without the last full stop. */
const char *server_trait_text(enum server_trait trait);
/* As server_facts_add(), and a trait that is new is told. */
void server_facts_learn(struct server_facts *f, enum server_trait trait);

/* Whether the bucket is in the set; adds it, as long as there is room. */
bool server_buckets_have(const struct server_buckets *b, const char *bucket);
void server_buckets_add(struct server_buckets *b, const char *bucket);

/* A copy has its source's ETag, or has another although it should have the same. The former
 * decides for good. */
void server_facts_take_copy(struct server_facts *f, bool same_etag);
/* Whether ETags that differ say nothing: they are no MD5s, as far as is known. */
bool server_facts_etags_differ(const struct server_facts *f);
/* Whether an object's ETag at the destination may show what the object is made of. The marker's
 * ETag alone does not deny it: that is left to the first copy. */
bool server_facts_etags_prove(const struct server_facts *f);

#endif
