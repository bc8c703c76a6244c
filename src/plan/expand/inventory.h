/* S3 Inventory as a list: the manifest.json of one inventory, and the gzip'ed CSV files that it
 * names (Amazon S3 User Guide, "Locating your inventory list"). */
#ifndef COPYOUT_PLAN_EXPAND_INVENTORY_H
#define COPYOUT_PLAN_EXPAND_INVENTORY_H

#include "model/problems.h"
#include "plan/expand/expand.h"

enum { INVENTORY_MANIFEST_MAX = 64 * 1024 * 1024 }; /* bytes of a manifest.json */

/* Whether the input's manifest is one, by its name, which is always manifest.json. */
bool inventory_is_named(const struct input *in);

/* Whether the text of such a file is an inventory's: a completion report of S3 Batch Operations has
 * a manifest.json, too, and no fileSchema. */
bool inventory_is_one(const char *json, size_t len);

struct inventory_counts {
    uint64_t objects;
    uint64_t passed_over; /* rows of delete markers, and of versions that were not the latest */
};

/* Reads the files that the manifest.json names, from beside a manifest.json that is a local file if
 * they lie there, else from S3, and calls each for every row of them that is the
 * latest version of an object, with its version id, where it has one. Keys are URL-encoded, as the
 * service writes them. The facts of an object are as old as the inventory. Runs the loop; memory is
 * bounded. What is wrong with the manifest or with rows goes to problems, with the file and the
 * line in it. Errors: those of S3, with the file's key named; ERR_MANIFEST (a file is not the one
 * that the manifest tells of); what each says. */
enum err_code inventory_read(const struct plan_env *env, const char *json, size_t len,
        struct problems *problems, expanded_cb each, void *ctx, struct inventory_counts *counts,
        struct err *e) ERR_MUST_CHECK;

#endif
