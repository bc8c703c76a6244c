/* A set of fields of the input's table, by their numbers. Zeroed memory is the empty one. */
#ifndef COPYOUT_MODEL_FIELD_SET_H
#define COPYOUT_MODEL_FIELD_SET_H

#include <stdbool.h>
#include <stdint.h>

enum { FIELD_SET_WORDS = 2, FIELD_SET_MOST = 64 * FIELD_SET_WORDS };

struct field_set {
    uint64_t bits[FIELD_SET_WORDS];
};

/* number: below FIELD_SET_MOST. */
static inline void field_set_add(struct field_set *set, unsigned number)
{
    set->bits[number / 64] |= UINT64_C(1) << number % 64;
}

static inline bool field_set_has(const struct field_set *set, unsigned number)
{
    return (set->bits[number / 64] >> number % 64 & 1) != 0;
}

static inline bool field_set_is_empty(const struct field_set *set)
{
    unsigned i;

    for (i = 0; i < FIELD_SET_WORDS; i++)
        if (set->bits[i])
            return false;
    return true;
}

#endif
