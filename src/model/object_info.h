/* One object as a server describes it: sizes, ETag and checksums as values. */
#ifndef COPYOUT_MODEL_OBJECT_INFO_H
#define COPYOUT_MODEL_OBJECT_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "model/etag.h"

enum checksum {
    CHECKSUM_CRC64NVME,
    CHECKSUM_CRC32C,
    CHECKSUM_CRC32,
    CHECKSUM_SHA1,
    CHECKSUM_SHA256,
    CHECKSUM_COUNT
};
enum { CHECKSUM_SIZE = 96 }; /* base64 of 32 bytes and "-10000", with the NUL */

/* An object as HEAD describes it. */
struct object_info {
    uint64_t size; /* of the whole; with partNumber: of the part */
    char etag[ETAG_SIZE];
    char checksums[CHECKSUM_COUNT][CHECKSUM_SIZE]; /* "": none */
    bool full_object_checksums; /* they are of the bytes, not of the parts' checksums */
    unsigned parts_count;       /* x-amz-mp-parts-count; 0: not said */
    bool tag_count_said;        /* the header was there */
    unsigned tag_count;         /* x-amz-tagging-count; 0: none, or we may not know */
    bool opaque_etag;           /* encrypted so (SSE-KMS, DSSE, SSE-C) that the ETag is no MD5 */
    bool partial;               /* 206: the size is that of a part */
    bool archived;              /* GLACIER and the like, and not restored */
    char storage_class[32];     /* "": STANDARD */
};

#endif
