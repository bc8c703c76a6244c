#include "plan/collide_sort.h"

#include <stdlib.h>

enum {
    BYTE_VALUES = 256,
    INSERT_MOST = 32, /* records that are sorted by insertion */
    FIRST_SHIFT = 56,
    LAST_SHIFT = 40, /* digests that agree in more bytes than three were chosen so */
};

static int rec_compare(const void *a, const void *b)
{
    return collide_rec_compare(a, b);
}

static void sort_by_insertion(struct collide_rec *recs, size_t count)
{
    size_t i, at;

    for (i = 1; i < count; i++) {
        struct collide_rec moved = recs[i];

        for (at = i; at > 0 && collide_rec_compare(&moved, &recs[at - 1]) < 0; at--)
            recs[at] = recs[at - 1];
        recs[at] = moved;
    }
}

/* The byte of the digest by which records are dealt into buckets. */
static unsigned byte_of(const struct collide_rec *rec, unsigned shift)
{
    return (unsigned)(rec->digest[0] >> shift) & (BYTE_VALUES - 1);
}

/* Moves every record into the bucket of its byte; end[b] is then where bucket b ends. */
static void deal(struct collide_rec *recs, size_t count, unsigned shift, size_t end[BYTE_VALUES])
{
    size_t next[BYTE_VALUES] = {0}, begin = 0, i;
    unsigned b;

    for (i = 0; i < count; i++)
        next[byte_of(&recs[i], shift)]++;
    for (b = 0; b < BYTE_VALUES; b++) {
        end[b] = begin + next[b];
        next[b] = begin;
        begin = end[b];
    }
    for (b = 0; b < BYTE_VALUES; b++) {
        while (next[b] < end[b]) {
            struct collide_rec moved = recs[next[b]];
            unsigned to;

            while ((to = byte_of(&moved, shift)) != b) {
                struct collide_rec other = recs[next[to]];

                recs[next[to]++] = moved;
                moved = other;
            }
            recs[next[b]++] = moved;
        }
    }
}

static void sort_from(struct collide_rec *recs, size_t count, unsigned shift)
{
    size_t end[BYTE_VALUES], begin = 0;
    unsigned b;

    deal(recs, count, shift, end);
    for (b = 0; b < BYTE_VALUES; b++) {
        size_t n = end[b] - begin;

        if (n <= INSERT_MOST)
            sort_by_insertion(recs + begin, n);
        else if (shift > LAST_SHIFT)
            sort_from(recs + begin, n, shift - 8); /* at most three deep */
        else
            qsort(recs + begin, n, sizeof *recs, rec_compare);
        begin = end[b];
    }
}

void collide_sort(struct collide_rec *recs, size_t count)
{
    if (count <= INSERT_MOST)
        sort_by_insertion(recs, count);
    else
        sort_from(recs, count, FIRST_SHIFT);
}
