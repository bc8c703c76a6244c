#include "report/page/timeline.h"

#include <string.h>

/* Makes the bins so wide that all of them and [from, to) have room, and takes them over. */
static void widen(struct timeline *t, uint64_t from, uint64_t to)
{
    struct timeline wide = {.start = from, .width = t->width};
    unsigned i, first, used = timeline_used(t, &first);
    uint64_t used_from = t->start + first * t->width, used_to = used_from + used * t->width;
    uint64_t end = to;

    if (used > 0 && used_from < from)
        wide.start = used_from;
    if (used > 0 && used_to > to)
        end = used_to;
    while (end - wide.start / wide.width * wide.width > wide.width * TIMELINE_BINS)
        wide.width *= 2;
    wide.start = wide.start / wide.width * wide.width;
    for (i = first; i < first + used; i++) {
        uint64_t into = (t->start + i * t->width - wide.start) / wide.width;

        wide.bytes[into] += t->bytes[i];
        wide.objects[into] += t->objects[i];
    }
    *t = wide;
}

void timeline_add(struct timeline *t, uint64_t ended, double seconds, uint64_t bytes)
{
    uint64_t whole = seconds < 1 ? 1 : seconds > (double)ended ? ended : (uint64_t)seconds;
    uint64_t to = ended + 1, from = to - whole, i, last;

    if (t->width == 0) {
        t->width = 1;
        t->start = from;
    }
    if (from < t->start || to > t->start + t->width * TIMELINE_BINS)
        widen(t, from, to);
    last = (ended - t->start) / t->width;
    for (i = (from - t->start) / t->width; i <= last; i++) {
        uint64_t bin = t->start + i * t->width, bin_end = bin + t->width;
        uint64_t a = from > bin ? from : bin, b = to < bin_end ? to : bin_end;

        t->bytes[i] += (double)bytes * (double)(b - a) / (double)whole;
    }
    t->objects[last] += 1;
}

unsigned timeline_used(const struct timeline *t, unsigned *first)
{
    unsigned end = TIMELINE_BINS;

    for (*first = 0; *first < TIMELINE_BINS; ++*first)
        if (t->objects[*first] > 0 || t->bytes[*first] > 0)
            break;
    while (end > *first && t->objects[end - 1] == 0 && t->bytes[end - 1] == 0)
        end--;
    return end - *first;
}
