#include "model/verify.h"

#include <string.h>

const char *verified_name(enum verified v)
{
    static const char *const names[VERIFIED_COUNT] = {"none", "size", "checksum", "etag"};

    return names[v];
}

static bool is_composite(const char *checksum)
{
    return strchr(checksum, '-') != NULL;
}

/* Checksums of one kind: equal ones prove it; different ones disprove it only if both are of the
 * whole object, or both of the same parts. */
static enum verdict compare_checksums(
        const struct object_info *a, const struct object_info *b, bool mirrored)
{
    bool different = false;
    int i;

    for (i = 0; i < CHECKSUM_COUNT; i++) {
        const char *x = a->checksums[i], *y = b->checksums[i];

        if (!x[0] || !y[0])
            continue;
        if (strcmp(x, y) == 0)
            return VERDICT_SAME;
        if (a->checksum_type != CHECKSUMS_OF_PARTS && b->checksum_type != CHECKSUMS_OF_PARTS &&
                !is_composite(x) && !is_composite(y))
            different = true;
        if (mirrored && is_composite(x) && is_composite(y))
            different = true;
    }
    return different ? VERDICT_DIFFERENT : VERDICT_UNKNOWN;
}

static bool tells_of_bytes(enum etag_kind kind)
{
    return kind != ETAG_KIND_NONE && kind != ETAG_KIND_OPAQUE;
}

enum verdict verify_compare(const struct object_info *source, const struct object_info *copy,
        bool mirrored, enum verified *by)
{
    enum verdict sums;

    *by = VERIFIED_SIZE;
    if (source->size != copy->size)
        return VERDICT_DIFFERENT;
    if (source->etag[0] && strcmp(source->etag, copy->etag) == 0) {
        *by = VERIFIED_ETAG;
        return VERDICT_SAME;
    }
    sums = compare_checksums(source, copy, mirrored);
    if (sums != VERDICT_UNKNOWN) {
        *by = VERIFIED_CHECKSUM;
        return sums;
    }
    /* Two plain MD5s are of the bytes, whatever the layout. */
    if (source->etag_kind == ETAG_KIND_MD5 && copy->etag_kind == ETAG_KIND_MD5)
        mirrored = true;
    /* ETags of different makes tell nothing of each other (Swift, of its own segments: "…-N"). */
    if ((source->etag_kind == ETAG_KIND_OTHER) != (copy->etag_kind == ETAG_KIND_OTHER))
        return VERDICT_UNKNOWN;
    if (mirrored && tells_of_bytes(source->etag_kind) && tells_of_bytes(copy->etag_kind)) {
        *by = VERIFIED_ETAG;
        return VERDICT_DIFFERENT;
    }
    return VERDICT_UNKNOWN;
}
