/* The checksums of the parts of one multipart upload, as CompleteMultipartUpload needs them: all of
 * one kind, in as many bytes as a checksum of that kind has. 10,000 parts with CRC32 take 50 KB.
 *
 * Invariants: a part is numbered from 1 to count; it has the checksum that it was last given, or
 * none. */
#ifndef COPYOUT_MODEL_OBJECT_PART_SUMS_H
#define COPYOUT_MODEL_OBJECT_PART_SUMS_H

#include "model/object/checksum.h"
#include "model/object/layout.h"

struct part_sums {
    enum checksum kind;
    unsigned count;       /* of parts; 0: there is no list, and no memory is held */
    unsigned char *cells; /* of each part: 1 if it has a checksum, else 0, and its bytes. Owned */
};

/* Makes s, which is zeroed or freed, a list of count (1 to 10,000) parts, none of which has a
 * checksum. false: out of memory, and s is zeroed. */
bool part_sums_init(struct part_sums *s, enum checksum kind, unsigned count);
/* Frees its content, leaves it zeroed. Zeroed memory is fine. */
void part_sums_free(struct part_sums *s);

/* Notes the checksum of a part in place of the one it had: in base64, as S3 writes it. Text that is
 * no checksum of the list's kind leaves the part without one. */
void part_sums_set(struct part_sums *s, unsigned part, const char *text);
/* The checksum of a part in base64; "": it has none. */
void part_sums_get(const struct part_sums *s, unsigned part, char out[CHECKSUM_SIZE]);

/* The checksum of the object that the parts of that layout make, in base64. false: the kind's
 * values cannot be joined (crc_join.h), or the checksum of a part is not known. */
bool part_sums_object(const struct part_sums *s, const struct layout *l, char out[CHECKSUM_SIZE]);

#endif
