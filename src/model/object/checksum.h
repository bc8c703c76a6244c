/* The checksums that Amazon S3 keeps with objects: their kinds, what they are of, and which of them
 * a copy in parts is created with. Pure. */
#ifndef COPYOUT_MODEL_OBJECT_CHECKSUM_H
#define COPYOUT_MODEL_OBJECT_CHECKSUM_H

#include <stdbool.h>

/* All kinds that there are (Amazon S3 API Reference, CreateMultipartUpload:
 * x-amz-checksum-algorithm), those first whose equality says most. */
enum checksum {
    CHECKSUM_SHA512,
    CHECKSUM_SHA256,
    CHECKSUM_SHA1,
    CHECKSUM_MD5,
    CHECKSUM_XXHASH128,
    CHECKSUM_CRC64NVME,
    CHECKSUM_XXHASH3,
    CHECKSUM_XXHASH64,
    CHECKSUM_CRC32C,
    CHECKSUM_CRC32,
    CHECKSUM_COUNT
};

enum {
    CHECKSUM_SIZE = 96,       /* base64 of 64 bytes and "-10000", with the NUL */
    CHECKSUM_BYTES_MOST = 64, /* of one checksum */
    /* Bytes for an object's checksums, each with its kind and its NUL. An object has one, of any
     * kind (Amazon S3 User Guide, "Checking object integrity"); some servers show a few. */
    CHECKSUMS_SIZE = 256,
};

/* The checksums that a server shows of an object. Zeroed memory is none. */
struct checksums {
    char text[CHECKSUMS_SIZE]; /* of each: a byte of its kind + 1, its text, NUL; then NUL */
};

/* The checksum of that kind as the server wrote it; "": there is none. */
const char *checksums_get(const struct checksums *c, enum checksum kind);
/* Adds one. The first of a kind stays; one that is empty, too long for any kind or for the room
 * that is left, is left out. */
void checksums_add(struct checksums *c, enum checksum kind, const char *text);
/* Whether there is any. */
bool checksums_any(const struct checksums *c);

/* The data that the checksums of an object are of. */
enum checksum_type {
    CHECKSUMS_UNTYPED,   /* the answer does not say: of the object, unless "-N" ends them */
    CHECKSUMS_OF_OBJECT, /* FULL_OBJECT */
    CHECKSUMS_OF_PARTS,  /* COMPOSITE: of the checksums of the parts */
};

/* The name of a kind, as Amazon S3's ChecksumAlgorithm has it ("CRC64NVME"). */
const char *checksum_name(enum checksum kind);
/* The kind of that name, in either case, as headers have it behind "x-amz-checksum-" and XML
 * elements behind "Checksum"; CHECKSUM_COUNT: there is none. */
enum checksum checksum_of_name(const char *name);
/* The length of a checksum of the kind in bytes, at most CHECKSUM_BYTES_MOST. */
unsigned checksum_bytes(enum checksum kind);

/* The name of a type, as x-amz-checksum-type has it; "" for CHECKSUMS_UNTYPED. */
const char *checksum_type_name(enum checksum_type type);
/* The type of that name. NULL: CHECKSUMS_UNTYPED. A name that is not known is taken for COMPOSITE,
 * so that what it stands for is not compared with the checksum of a whole object. */
enum checksum_type checksum_type_of_name(const char *name);
/* The type of a checksum by what is said of it and by its text: never CHECKSUMS_UNTYPED. */
enum checksum_type checksum_type_of(const char *text, enum checksum_type said);

/* Whether an upload in parts may be created with that kind and type: a checksum of the whole object
 * only with the CRCs, whose values can be joined, and CRC64NVME with no other type (Amazon S3 User
 * Guide, "Checking object integrity for data uploads": full object and composite checksum types).
 * type: not CHECKSUMS_UNTYPED. */
bool checksum_can_be_of_upload(enum checksum kind, enum checksum_type type);

/* The checksum that an upload in parts has. */
struct upload_checksum {
    enum checksum_type type; /* CHECKSUMS_UNTYPED: it has none, and kind means nothing */
    enum checksum kind;
};

#endif
