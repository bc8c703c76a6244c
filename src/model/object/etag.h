/* ETags as proof. An ETag is a plain MD5 ("0f34…", 32 digits), that of a multipart upload
 * ("0f34…-17": the MD5 of the parts' MD5s, then how many), or something else. Kept without quotes.
 * Pure. */
#ifndef COPYOUT_MODEL_OBJECT_ETAG_H
#define COPYOUT_MODEL_OBJECT_ETAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    ETAG_SIZE = 80,      /* bytes with the NUL: 32 digits, "-10000", and room for other makes */
    ETAG_MD5_BYTES = 16, /* of an MD5 that is not written as text */
};

/* Copies it without quotes and "W/"; "" when it is longer than any ETag we know,
 * or holds what no ETag does. */
void etag_copy(char out[ETAG_SIZE], const char *from);

/* Whether two ETags say the same, however they are written: hexadecimal digits in either case, with
 * or without "W/". No ETag ("") is not the same as another one. */
bool etag_same(const char *a, const char *b);

bool etag_is_md5(const char *etag);

/* The kind of an ETag, and so what it can be compared with. */
enum etag_kind {
    ETAG_KIND_NONE,   /* there is no ETag */
    ETAG_KIND_MD5,    /* the MD5 of the bytes */
    ETAG_KIND_PARTS,  /* the MD5 of the parts' MD5s, "-", and how many */
    ETAG_KIND_OTHER,  /* of another make; equal bytes in equal parts still give equal ETags */
    ETAG_KIND_OPAQUE, /* of an object encrypted with a key of KMS or the customer's: it tells
                         nothing of the bytes, whatever it looks like (Amazon S3 API Reference,
                         "Object": ETag) */
};

/* encrypted: the answer that gave the ETag says that the object is encrypted in that way. */
enum etag_kind etag_kind_of(const char *etag, bool encrypted);
/* The number of parts of a multipart ETag (1 to 10,000), or 0 when it is not one. */
unsigned etag_parts(const char *etag);

/* The ETag of an object of these bytes that is written in one piece: their MD5. false: the library
 * has no MD5, as under FIPS 140. */
bool etag_of_bytes(char out[ETAG_SIZE], const void *data, size_t len);

#endif
