/* How an object is cut into parts. A copy made of the same parts as its source gets the same ETag,
 * so the source's own layout is what we want; where it cannot be had, guesses that its ETag will
 * judge. Pure arithmetic. */
#ifndef COPYOUT_MODEL_OBJECT_LAYOUT_H
#define COPYOUT_MODEL_OBJECT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

/* Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
#define LAYOUT_COPY_MOST  ((uint64_t)5 << 30) /* bytes of one CopyObject, and of one part */
#define LAYOUT_PART_LEAST ((uint64_t)5 << 20) /* bytes of a part, but for the last */
enum { LAYOUT_PARTS_MOST = 10000, LAYOUT_GUESSES_MOST = 16 };

struct layout {
    uint64_t size;  /* of the object */
    uint64_t part;  /* of every part but the last, when ends is NULL */
    unsigned count; /* parts */
    uint64_t *ends; /* where each part ends (one past its last byte); NULL: uniform. Owned. */
};

void layout_free(struct layout *l); /* frees its content, leaves it zeroed */

/* Whether count parts of `part` bytes, the last perhaps shorter, make up size. An object of no
 * bytes has one part. */
bool layout_fits(uint64_t size, unsigned count, uint64_t part);
void layout_set_uniform(struct layout *l, uint64_t size, unsigned count, uint64_t part);
/* From the lengths of all parts; false: they do not add up to size, or *nomem. */
bool layout_set_lengths(
        struct layout *l, uint64_t size, unsigned count, const uint64_t *lengths, bool *nomem);

/* Bytes first to last of part n (1 to count). For an object of no bytes both are 0. */
void layout_range(const struct layout *l, unsigned n, uint64_t *first, uint64_t *last);
/* The part is the whole object, to be copied without a range. */
static inline bool layout_is_whole(const struct layout *l)
{
    return l->count == 1;
}

/* The parts first to last of slice `slice` (1 to slices) of an object of so many parts, of which
 * the slices have as equal numbers as can be; first is last + 1 when the slice has none. */
void layout_slice(unsigned parts, unsigned slice, unsigned slices, unsigned *first, unsigned *last);

/* Whether the parts of l have these lengths. */
bool layout_has_lengths(const struct layout *l, unsigned count, const uint64_t *lengths);

/* Whether S3 would take such parts: sizes and number within its limits. */
bool layout_allowed(const struct layout *l);

/* Part sizes that tools use and that cut size into count parts, likeliest first; how many. */
unsigned layout_guess(uint64_t size, unsigned count, uint64_t guesses[LAYOUT_GUESSES_MOST]);

/* A layout of our own for an object that has none to mirror: few parts, but enough of them to be
 * copied in parallel, all within the limits. */
void layout_plan(struct layout *l, uint64_t size);

/* The same, to be done as soon as can be: parts of 128 MiB, or of as many times that as 10,000 of
 * them need. S3 copies each at some 65 MiB a second, and hundreds at once. */
void layout_plan_fast(struct layout *l, uint64_t size);

#endif
