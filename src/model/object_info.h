/* One object by a server's answer to HeadObject or GetObject, as values. */
#ifndef COPYOUT_MODEL_OBJECT_INFO_H
#define COPYOUT_MODEL_OBJECT_INFO_H

#include <limits.h>
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

/* The name of a checksum, as Amazon S3's ChecksumAlgorithm has it ("CRC64NVME"). */
const char *checksum_name(enum checksum kind);

/* The data that the checksums are of. */
enum checksum_type {
    CHECKSUMS_UNTYPED,   /* the answer does not say: of the object, unless "-N" ends them */
    CHECKSUMS_OF_OBJECT, /* FULL_OBJECT */
    CHECKSUMS_OF_PARTS,  /* COMPOSITE: of the checksums of the parts */
};

/* Whether an object's bytes can be read, as far as archiving goes. */
enum archive {
    ARCHIVE_NOT,       /* it is in no archive */
    ARCHIVE_STORED,    /* it is in one, and must be restored before it can be read */
    ARCHIVE_RESTORING, /* that was asked for, and takes some hours */
    ARCHIVE_RESTORED,  /* there is a copy that can be read for some days */
};

/* object_info.tags when the answer has no number of tags: S3 leaves it out where there are none,
 * and for those who may not read tags. */
#define TAGS_UNKNOWN UINT_MAX

struct object_info {
    uint64_t size; /* bytes: of the object, or of the part that was asked for */
    char etag[ETAG_SIZE];
    enum etag_kind etag_kind;
    char checksums[CHECKSUM_COUNT][CHECKSUM_SIZE]; /* "": none */
    enum checksum_type checksum_type;
    unsigned parts_count; /* x-amz-mp-parts-count; 0: not said */
    unsigned tags;        /* x-amz-tagging-count, 0 to 50, or TAGS_UNKNOWN */
    enum archive archive;
    char storage_class[32]; /* "": STANDARD */
};

#endif
