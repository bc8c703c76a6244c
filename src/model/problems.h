/* The things wrong with an input: the first hundred with their places, and how many in all. */
#ifndef COPYOUT_MODEL_PROBLEMS_H
#define COPYOUT_MODEL_PROBLEMS_H

#include <stdint.h>

#include "base/err.h"

enum { PROBLEMS_KEPT = 100 };

struct problem {
    uint64_t line; /* 1-based; 0: not about one line */
    char *text;
};

struct problems {
    struct problem kept[PROBLEMS_KEPT]; /* in the order they were found */
    unsigned kept_count;
    uint64_t total;
};

void problems_init(struct problems *p);
void problems_free(struct problems *p);
/* Puts those that are kept in the order of their lines; of one line they stay as they were found.
 */
void problems_sort(struct problems *p);
/* Never fails: without memory the problem is counted and not kept. */
void problems_add(struct problems *p, uint64_t line, const char *fmt, ...) ERR_PRINTF(3, 4);

#endif
