/* Bytes and objects over time, in a number of bins that does not grow: when a time lies outside,
 * the bins become wider. A value; pure. */
#ifndef COPYOUT_REPORT_TIMELINE_H
#define COPYOUT_REPORT_TIMELINE_H

#include <stdint.h>

enum { TIMELINE_BINS = 120 };

/* Zeroed memory is empty. Bin i is the time from start + i * width on, width seconds long. Times
 * are seconds since 1970; start is a multiple of width. */
struct timeline {
    uint64_t start;
    uint64_t width; /* seconds; 0: nothing was added */
    double bytes[TIMELINE_BINS];
    double objects[TIMELINE_BINS];
};

/* Adds an object that took so many seconds and ended in the second `ended`, its bytes spread
 * evenly over that time. seconds is cut to what lies after 1970, and is at least one. */
void timeline_add(struct timeline *t, uint64_t ended, double seconds, uint64_t bytes);

/* The bins that hold something lie in [*first, *first + the count that is returned); 0: none. */
unsigned timeline_used(const struct timeline *t, unsigned *first);

#endif
