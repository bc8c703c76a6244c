/* Takes the rows of a list: each object that a row names, or stands for, becomes a line of
 * items.jsonl, unless the filters leave it out or something is wrong with it. */
#ifndef COPYOUT_PLAN_LISTS_ROW_TAKER_H
#define COPYOUT_PLAN_LISTS_ROW_TAKER_H

#include <openssl/evp.h>

#include "model/plan.h"
#include "model/problems.h"
#include "plan/collide.h"
#include "plan/expand/expand.h"
#include "plan/manifest.h"

struct row_taker {
    const struct plan_env *env;
    struct plan *plan; /* its items, source buckets and counts */
    struct problems *problems;
    EVP_MD_CTX *digest; /* of the list: what a prefix stood for is a part of it */
    struct collide *collide;
    FILE *items;
    uint64_t offset;                  /* in items.jsonl */
    uint64_t line_of_row;             /* of the manifest: of the row that is taken */
    const struct item_naming *naming; /* of that row */
    struct copy_overrides *overrides; /* likewise; NULL: none */
    const char *sums;                 /* likewise; NULL: none */
    /* Every item has a line of its own: where a row stands for many objects, those behind it are
     * numbered as if the list were written out. This is added to the line of a row. */
    int64_t shift;
    uint64_t taken;                          /* objects of the row that became items */
    struct buf line, key;                    /* scratch */
    struct buf start_key, end_key, page_key; /* our own objects in the destination */
};

/* The caller fills plan, problems, digest, collide and items afterwards. */
void row_taker_init(struct row_taker *t, const struct plan_env *env);
enum err_code row_taker_begin(struct row_taker *t, struct err *e) ERR_MUST_CHECK;
void row_taker_free(struct row_taker *t); /* what init made, alone */

/* A manifest_row_cb, whose ctx is the taker. A row that stands for a prefix is listed at once, so
 * that it may not come from within a callback of the loop. */
enum err_code row_taker_row(void *ctx, const struct manifest_row *row, struct err *e);

/* Takes all objects below a prefix, as those of the present row. Errors: those of expand_prefix();
 * of S3's own about the listing, ERR_MANIFEST. */
enum err_code row_taker_prefix(
        struct row_taker *t, const char *bucket, const char *prefix, struct err *e) ERR_MUST_CHECK;

/* The whole list is what lies below the input's prefix. */
enum err_code row_taker_source_prefix(struct row_taker *t, struct err *e) ERR_MUST_CHECK;

/* An expanded_cb for a list whose rows have no lines of their own: an inventory's. */
enum err_code row_taker_listed(void *ctx, const struct expanded *object, struct err *e);

/* Nothing is left of a list in which nothing is wrong: that is a problem. */
void row_taker_check_left(struct row_taker *t);

#endif
