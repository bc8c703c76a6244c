#include "model/object/verify.h"

#include <string.h>

const char *verified_name(enum verified v)
{
    static const char *const names[VERIFIED_COUNT] = {"none", "size", "checksum", "etag"};

    return names[v];
}

const char *verified_by_name(enum verified_by by)
{
    static const char *const names[BY_COUNT] = {
            [BY_NOTHING] = "",
            [BY_ETAG] = "etag",
            [BY_LEDGER] = "ledger",
            [BY_CHECKSUM + CHECKSUM_SHA512] = "sha512",
            [BY_CHECKSUM + CHECKSUM_SHA256] = "sha256",
            [BY_CHECKSUM + CHECKSUM_SHA1] = "sha1",
            [BY_CHECKSUM + CHECKSUM_MD5] = "md5",
            [BY_CHECKSUM + CHECKSUM_XXHASH128] = "xxhash128",
            [BY_CHECKSUM + CHECKSUM_CRC64NVME] = "crc64nvme",
            [BY_CHECKSUM + CHECKSUM_XXHASH3] = "xxhash3",
            [BY_CHECKSUM + CHECKSUM_XXHASH64] = "xxhash64",
            [BY_CHECKSUM + CHECKSUM_CRC32C] = "crc32c",
            [BY_CHECKSUM + CHECKSUM_CRC32] = "crc32",
    };

    return names[by];
}

/* Checksums of one kind, both of the whole object, or both of the checksums of parts: equal ones
 * prove it, different ones disprove it, those of parts only if the parts are the same. The kind
 * whose equality says most decides, and kind gets it. */
static enum verdict compare_checksums(const struct object_info *a, const struct object_info *b,
        bool mirrored, enum checksum *kind)
{
    int i;

    for (i = 0; i < CHECKSUM_COUNT; i++) {
        const char *x = checksums_get(&a->checksums, (enum checksum)i);
        const char *y = checksums_get(&b->checksums, (enum checksum)i);
        enum checksum_type type = checksum_type_of(x, a->checksum_type);

        if (!x[0] || !y[0] || checksum_type_of(y, b->checksum_type) != type)
            continue;
        *kind = (enum checksum)i;
        if (strcmp(x, y) == 0)
            return VERDICT_SAME;
        if (type == CHECKSUMS_OF_OBJECT || mirrored)
            return VERDICT_DIFFERENT;
    }
    return VERDICT_UNKNOWN;
}

static bool tells_of_bytes(enum etag_kind kind)
{
    return kind != ETAG_KIND_NONE && kind != ETAG_KIND_OPAQUE;
}

enum verdict verify_compare(const struct object_info *source, const struct object_info *copy,
        bool mirrored, struct proof *proof)
{
    enum checksum kind = CHECKSUM_CRC64NVME;
    enum verdict sums;

    *proof = (struct proof){VERIFIED_SIZE, BY_NOTHING};
    if (source->size != copy->size)
        return VERDICT_DIFFERENT;
    if (etag_same(source->etag, copy->etag)) {
        *proof = (struct proof){VERIFIED_ETAG, BY_ETAG};
        return VERDICT_SAME;
    }
    sums = compare_checksums(source, copy, mirrored, &kind);
    if (sums != VERDICT_UNKNOWN) {
        proof->verified = VERIFIED_CHECKSUM;
        proof->by = (enum verified_by)(BY_CHECKSUM + kind);
        return sums;
    }
    /* Two plain MD5s are of the bytes, whatever the layout. */
    if (source->etag_kind == ETAG_KIND_MD5 && copy->etag_kind == ETAG_KIND_MD5)
        mirrored = true;
    /* ETags of different makes tell nothing of each other (Swift, of its own segments: "…-N"). */
    if ((source->etag_kind == ETAG_KIND_OTHER) != (copy->etag_kind == ETAG_KIND_OTHER))
        return VERDICT_UNKNOWN;
    if (mirrored && tells_of_bytes(source->etag_kind) && tells_of_bytes(copy->etag_kind)) {
        *proof = (struct proof){VERIFIED_ETAG, BY_ETAG};
        return VERDICT_DIFFERENT;
    }
    return VERDICT_UNKNOWN;
}
