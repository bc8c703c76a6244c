/* A line of a list may stand for more than one object: all objects below a prefix,
 * or those of an inventory. */
#ifndef COPYOUT_PLAN_EXPAND_EXPAND_H
#define COPYOUT_PLAN_EXPAND_EXPAND_H

#include "model/list/item_listed.h"
#include "plan/expand/filter.h"
#include "plan/plan_env.h"

/* One object, as an expansion shows it; all of it holds until the callback returns. */
struct expanded {
    const char *bucket, *key;
    const char *version_id;           /* NULL: the current version */
    size_t root;                      /* bytes of the key that are the prefix it was found by */
    const struct item_listed *listed; /* NULL: its facts are left to HeadObject */
    struct filtered facts;            /* for the filters */
};

/* Anything but ERR_OK ends the expansion with that error. */
typedef enum err_code (*expanded_cb)(void *ctx, const struct expanded *object, struct err *e);

struct expand_counts {
    uint64_t objects; /* that were shown */
    uint64_t markers; /* empty objects whose keys end with '/', left out */
};

/* The prefix of a key "*", or of one that ends with "*" behind a '/': how many of its bytes. false:
 * it is none of these. */
bool expand_is_wildcard(const char *key, size_t *prefix_len);

/* Calls each for all objects of the bucket below prefix, which is "" or ends with '/', in the order
 * of their keys. Folder markers are left out unless the input keeps them; that of the prefix itself
 * always is where copies are called by what follows the prefix. Runs the loop; memory is bounded
 * (listing.h, which has the errors, too). */
enum err_code expand_prefix(const struct plan_env *env, const char *bucket, const char *prefix,
        expanded_cb each, void *ctx, struct expand_counts *counts, struct err *e) ERR_MUST_CHECK;

#endif
