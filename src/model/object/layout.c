#include "model/object/layout.h"

#include <stdlib.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)
#define MB  ((uint64_t)1000000)

void layout_free(struct layout *l)
{
    free(l->ends);
    memset(l, 0, sizeof *l);
}

static uint64_t divide_up(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

bool layout_fits(uint64_t size, unsigned count, uint64_t part)
{
    if (size == 0)
        return count == 1;
    return part > 0 && divide_up(size, part) == count;
}

void layout_set_uniform(struct layout *l, uint64_t size, unsigned count, uint64_t part)
{
    layout_free(l);
    l->size = size;
    l->count = count;
    l->part = part;
}

bool layout_set_lengths(
        struct layout *l, uint64_t size, unsigned count, const uint64_t *lengths, bool *nomem)
{
    uint64_t *ends = malloc(count * sizeof *ends);
    uint64_t at = 0;
    unsigned i;

    *nomem = !ends;
    if (!ends)
        return false;
    for (i = 0; i < count && lengths[i] <= size - at; i++) {
        at += lengths[i];
        ends[i] = at;
    }
    if (i < count || at != size) {
        free(ends);
        return false;
    }
    layout_free(l);
    l->size = size;
    l->count = count;
    l->ends = ends;
    return true;
}

void layout_range(const struct layout *l, unsigned n, uint64_t *first, uint64_t *last)
{
    uint64_t end;

    if (l->ends) {
        *first = n > 1 ? l->ends[n - 2] : 0;
        end = l->ends[n - 1];
    } else {
        *first = (n - 1) * l->part;
        end = n == l->count ? l->size : n * l->part;
    }
    *last = end > *first ? end - 1 : *first;
}

void layout_slice(unsigned parts, unsigned slice, unsigned slices, unsigned *first, unsigned *last)
{
    *first = (unsigned)((uint64_t)parts * (slice - 1) / slices) + 1;
    *last = (unsigned)((uint64_t)parts * slice / slices);
}

bool layout_has_lengths(const struct layout *l, unsigned count, const uint64_t *lengths)
{
    uint64_t first, last;
    unsigned n;

    if (l->count != count)
        return false;
    for (n = 1; n <= count; n++) {
        layout_range(l, n, &first, &last);
        if (last - first + 1 != lengths[n - 1])
            return false;
    }
    return true;
}

bool layout_allowed(const struct layout *l)
{
    unsigned n;

    if (l->count < 1 || l->count > LAYOUT_PARTS_MOST)
        return false;
    for (n = 1; n <= l->count; n++) {
        uint64_t first, last;

        /* S3 takes an empty last part, and no range that copies one. */
        if (l->ends && n > 1 && l->ends[n - 1] == l->ends[n - 2])
            return false;
        layout_range(l, n, &first, &last);
        if (last - first + 1 > LAYOUT_COPY_MOST)
            return false;
        if (n < l->count && last - first + 1 < LAYOUT_PART_LEAST)
            return false;
    }
    return true;
}

static void offer(uint64_t size, unsigned count, uint64_t part, uint64_t *guesses, unsigned *n)
{
    unsigned i;

    if (*n == LAYOUT_GUESSES_MOST || !layout_fits(size, count, part))
        return;
    if (part < LAYOUT_PART_LEAST || part > LAYOUT_COPY_MOST)
        return;
    for (i = 0; i < *n; i++)
        if (guesses[i] == part)
            return;
    guesses[(*n)++] = part;
}

/* The defaults of the tools that write most multipart objects come first: AWS CLI and s3transfer
 * 8 MiB, Java and browsers 5 MiB, boto examples 16 to 64 MiB, s5cmd and s3cmd 50 and 15 MiB, htslib
 * and genomics pipelines 10 to 128 MiB; then round numbers in binary and decimal units. */
unsigned layout_guess(uint64_t size, unsigned count, uint64_t guesses[LAYOUT_GUESSES_MOST])
{
    static const unsigned usual[] = {8, 16, 5, 64, 32, 10, 15, 50, 100, 128, 256, 25, 20, 512, 1024,
            6, 7, 9, 12, 24, 30, 40, 48, 60, 75, 80, 96, 120, 125, 150, 160, 192, 200, 250, 300,
            320, 384, 400, 500, 600, 640, 750, 768, 800, 1000, 1280, 1536, 2000, 2048, 2500, 3000,
            3072, 4000, 4096, 5000, 5120};
    unsigned n = 0;
    size_t i;

    if (count == 0)
        return 0;
    if (count == 1) {
        guesses[0] = size;
        return 1;
    }
    for (i = 0; i < sizeof usual / sizeof usual[0]; i++)
        offer(size, count, usual[i] * MIB, guesses, &n);
    for (i = 0; i < sizeof usual / sizeof usual[0]; i++)
        offer(size, count, usual[i] * MB, guesses, &n);
    /* Tools that go by the number of parts: size divided by it, as it is or rounded up. */
    offer(size, count, divide_up(size, count), guesses, &n);
    offer(size, count, divide_up(divide_up(size, count), MIB) * MIB, guesses, &n);
    return n;
}

/* In parts of that length, the last perhaps shorter. */
static void cut(struct layout *l, uint64_t size, uint64_t part)
{
    if (part > LAYOUT_COPY_MOST)
        part = LAYOUT_COPY_MOST;
    layout_set_uniform(l, size, size == 0 ? 1 : (unsigned)divide_up(size, part), part);
}

void layout_plan(struct layout *l, uint64_t size)
{
    uint64_t part = 64 * MIB;

    /* Some 200 parts keep a budget of requests busy; more only cost. */
    while (divide_up(size, part) > 200 && part < LAYOUT_COPY_MOST)
        part *= 2;
    cut(l, size, part);
}

void layout_plan_fast(struct layout *l, uint64_t size)
{
    uint64_t part = 128 * MIB;

    cut(l, size, part * divide_up(divide_up(size, LAYOUT_PARTS_MOST), part));
}
