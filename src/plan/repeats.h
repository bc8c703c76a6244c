/* Lines of a list that would have one destination key: objects that are named twice, and different
 * objects that would be copied onto one another. */
#ifndef COPYOUT_PLAN_REPEATS_H
#define COPYOUT_PLAN_REPEATS_H

#include <stdint.h>
#include <stdio.h>

#include "model/input.h"
#include "model/problems.h"
#include "plan/collide.h"

/* The least lines of which a collision is told are kept, whatever their order; of so many it is
 * found out whether they name one object twice. */
enum { REPEATS_LOOKED_AT = 10000 };

/* Finds them among the items in the file that `items` writes. Each is a problem that names both
 * lines, both objects, and what to change; where all of them name an object again, that is one
 * problem. With ON_DUPLICATE_SKIP lines that name an object again are none: they are taken out of
 * the file, and *dropped is how many there were. collide is finished.
 * Errors: ERR_IO, ERR_NOMEM, ERR_INTERNAL. */
enum err_code repeats_find(struct collide *collide, FILE *items, const struct input *input,
        struct problems *problems, uint64_t *dropped, struct err *e) ERR_MUST_CHECK;

#endif
