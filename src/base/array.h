/* Arrays that grow one entry at a time. */
#ifndef COPYOUT_BASE_ARRAY_H
#define COPYOUT_BASE_ARRAY_H

#include <stddef.h>
#include <stdlib.h>

/* Makes room for one entry more in an array of count entries of `size` bytes each, which has room
 * for *cap: where count has reached that, for twice as many, or for 64 at first. The caller bounds
 * the count. Returns the array, which may have moved; NULL: out of memory, the array and *cap are
 * as before. */
static inline void *array_grow(void *array, size_t count, size_t *cap, size_t size)
{
    size_t more = *cap ? 2 * *cap : 64;
    void *grown;

    if (count < *cap)
        return array;
    grown = realloc(array, more * size);
    if (grown)
        *cap = more;
    return grown;
}

#endif
