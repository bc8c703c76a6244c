/* The ETags of the parts of one multipart upload, as CompleteMultipartUpload needs them: exactly as
 * the server wrote them. A part's ETag is nearly always an MD5 in 32 lower-case digits, which is
 * kept in 16 bytes; any other text (upper-case digits, the make of another server) is kept beside
 * them as it is. 10,000 parts take 170 KB so, and not 800.
 *
 * Invariants: a part is numbered from 1 to count; it has the ETag that it was last given, or none.
 */
#ifndef COPYOUT_MODEL_OBJECT_PART_ETAGS_H
#define COPYOUT_MODEL_OBJECT_PART_ETAGS_H

#include <stdbool.h>

#include "base/buf.h"
#include "model/object/etag.h"

struct part_etags {
    unsigned count;
    unsigned char (*md5s)[ETAG_MD5_BYTES]; /* the MD5, or the place of the text. Owned */
    unsigned char *forms;                  /* enum part_etag_form of each. Owned */
    struct buf texts;                      /* ETags that are no such MD5, each with its NUL */
};

/* Makes p, which is zeroed or freed, a list of count (1 to 10,000) parts, none of which has an
 * ETag. false: out of memory, and p is zeroed. */
bool part_etags_init(struct part_etags *p, unsigned count);
/* Frees its content, leaves it zeroed. Zeroed memory is fine. */
void part_etags_free(struct part_etags *p);

/* Notes the ETag of a part, without quotes (etag_copy()), in place of the one it had. "": it has
 * none. false: out of memory, and the part has none. */
bool part_etags_set(struct part_etags *p, unsigned part, const char *etag);
/* Whether the part has an ETag. */
bool part_etags_has(const struct part_etags *p, unsigned part);
/* The part's ETag as it was given; "": it has none. */
void part_etags_get(const struct part_etags *p, unsigned part, char out[ETAG_SIZE]);

/* The ETag that a multipart upload of parts 1 to count gets: md5(md5s)-count (Amazon S3 User Guide,
 * "Checking object integrity"). false: the ETag of one of them is no MD5, or the library failed. */
bool part_etags_object(const struct part_etags *p, unsigned count, char out[ETAG_SIZE]);

#endif
