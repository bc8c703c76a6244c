/* An object that was delivered, as a line of a delivery record has it (docs/delivery-record.md). */
#ifndef COPYOUT_MODEL_DELIVERED_H
#define COPYOUT_MODEL_DELIVERED_H

#include "base/buf.h"
#include "model/delivery/tag_digest.h"
#include "model/result.h"

enum delivered_kind {
    DELIVERED_COPY, /* a copy, proven as it says */
    DELIVERED_KEPT, /* what was there already, and was left: nothing is said of it but its key */
};

struct delivered {
    enum delivered_kind kind;
    char *key;                    /* in the destination's bucket */
    uint64_t size;                /* bytes */
    char etag[ETAG_SIZE];         /* the destination's word of the copy; "": it is not known */
    char checksum[CHECKSUM_SIZE]; /* likewise */
    enum checksum checksum_kind;  /* of what kind checksum is */
    char *version_id;             /* NULL: not known, or there are none */
    struct proof proof;
    char tags[TAG_DIGEST_SIZE]; /* of its tags (tag_digest.h); "": they were not asked for */
};

/* Whether a result tells of an object that is there: COPIED, SAME or KEPT. */
bool delivered_by(const struct result *r);
/* Returns what such a result says. The strings stay the result's. */
struct delivered delivered_of(const struct result *r);

/* Appends the line, with '\n':
 * {"key":"a","size":4,"etag":"…","checksum":{"name":"CRC32","type":"FULL_OBJECT","value":"…"},
 * "versionId":"…","proof":"etag","proofBy":"etag","tags":"…"}
 * in one line, where what is not known is left out; or {"key":"a","kept":true}. */
void delivered_write(struct buf *out, const struct delivered *d);
/* The reverse, of a line without '\n' that is written exactly so. false:
 * it is another, or there is no memory; d is zeroed then. */
bool delivered_read(struct delivered *d, const char *line, size_t len);
void delivered_free(struct delivered *d); /* of delivered_read(); leaves it zeroed */

/* Fills *info with what the line says of the object, to be compared with what a server says
 * (verify_compare()). */
void delivered_info(const struct delivered *d, struct object_info *info);

#endif
