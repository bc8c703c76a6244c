/* The sums that a line of JSON instructions asserts of its object, in the field "sums". Its text is
 * that of steps-s3-copy ("a SUMS checksum definition we are asserting about this object"), which is
 * a file of copyrite's (umccr/copyrite, docs/ARCHITECTURE.md, "The .sums file"):
 *
 *   {"version":"1","size":10485760,"md5-aws-5242880b":"ec1e…-5242880b","crc64nvme":"c8cf…"}
 *
 * Digests are hexadecimal, those of CRCs big-endian, unless the name ends with "-le". A name with
 * "-aws-" is of the digests of parts, as an ETag is. Pure. */
#ifndef COPYOUT_MODEL_LIST_SUMS_H
#define COPYOUT_MODEL_LIST_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "model/object/object_info.h"
#include "model/object/verify.h"

enum {
    SUMS_TEXT_MOST = 4096, /* bytes of the text */
    SUMS_MOST = 24,
};

struct sum {
    enum checksum kind;
    enum checksum_type type; /* never CHECKSUMS_UNTYPED */
    unsigned char bytes[CHECKSUM_BYTES_MOST];
};

struct sums {
    uint64_t size; /* bytes; UINT64_MAX: not said */
    unsigned count;
    struct sum all[SUMS_MOST];
};

/* Reads text[0..len), which may hold any bytes. NULL: *out has it. Else a text that says what is
 * wrong with it, to be put behind it ("has a sum of a kind that S3 has not"). */
const char *sums_read(struct sums *out, const char *text, size_t len);

enum sums_verdict {
    SUMS_NOT_COMPARED, /* the object shows nothing that any of them can be compared with */
    SUMS_ARE_ITS,      /* at least one is the object's, and none is another one */
    SUMS_ARE_OTHERS,   /* one is another than the object shows */
};

/* The outcome of a comparison. */
struct sums_found {
    enum sums_verdict verdict;
    /* By what, of SUMS_ARE_ITS and SUMS_ARE_OTHERS; BY_NOTHING: the size alone. A checksum goes
     * before an ETag. */
    enum verified_by by;
    const struct sum *sum; /* of SUMS_ARE_OTHERS; NULL: the size */
};

/* Compares the sums with what S3 shows of an object. A sum of parts proves it when it is equal; a
 * different one says nothing, since the object may be made of other parts. etags_are_md5: whether
 * the ETag of an object in one piece is the MD5 of its bytes. */
struct sums_found sums_compare(
        const struct sums *s, const struct object_info *object, bool etags_are_md5);

/* Puts into words how they differ; what: "the source" or "the copy". ERR_VERIFY, with the service
 * code "SumsDiffer". */
void sums_error(const struct sums *s, const struct sums_found *found,
        const struct object_info *object, const char *what, struct err *e);

#endif
