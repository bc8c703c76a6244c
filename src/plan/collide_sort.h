/* Sorts the records of plan/collide.h in place. For collide.c alone. */
#ifndef COPYOUT_PLAN_COLLIDE_SORT_H
#define COPYOUT_PLAN_COLLIDE_SORT_H

#include "plan/collide_runs.h"

/* Sorts by collide_rec_compare(). Digests are spread evenly, so that the first bytes of a digest
 * tell nearly where it belongs: this takes two passes where a merge sort takes eighteen, and no
 * second array. Digests that somebody chose to begin alike are sorted by qsort(3). */
void collide_sort(struct collide_rec *recs, size_t count);

#endif
