/* The disk half of plan/collide.h: sorted runs of records in one unlinked temporary file, and the
 * merge that reads them back in order. For collide.c alone. */
#ifndef COPYOUT_PLAN_COLLIDE_RUNS_H
#define COPYOUT_PLAN_COLLIDE_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

/* As it stands in the file, in the byte order of the machine: no other process reads it. */
struct collide_rec {
    uint64_t digest[2]; /* the more significant half first */
    uint64_t line;
    uint64_t offset;
};

/* By digest, then line, so that the order does not depend on how the records fell into runs. */
static inline int collide_rec_compare(const struct collide_rec *a, const struct collide_rec *b)
{
    if (a->digest[0] != b->digest[0])
        return a->digest[0] < b->digest[0] ? -1 : 1;
    if (a->digest[1] != b->digest[1])
        return a->digest[1] < b->digest[1] ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

struct collide_runs;

/* Called about once in a million records while runs are merged. tick may be NULL. */
struct collide_tick {
    void (*tick)(void *ctx);
    void *ctx;
};

/* tmp_dir must outlive it. */
enum err_code collide_runs_new(
        struct collide_runs **out, const char *tmp_dir, struct err *e) ERR_MUST_CHECK;
void collide_runs_free(struct collide_runs *r);

/* Adds one run; the records are sorted. */
enum err_code collide_runs_add(struct collide_runs *r, const struct collide_rec *recs, size_t count,
        struct err *e) ERR_MUST_CHECK;

void collide_runs_set_tick(struct collide_runs *r, struct collide_tick tick);

/* Hands over every record in order; an error of the callback ends it. Once only. */
typedef enum err_code (*collide_rec_cb)(void *ctx, const struct collide_rec *rec, struct err *e);
enum err_code collide_runs_merge(
        struct collide_runs *r, collide_rec_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;

#endif
