#include "plan/expand/expand.h"

#include <string.h>

#include "base/str.h"
#include "plan/expand/listing.h"

struct expansion {
    const struct input *input;
    const char *bucket;
    size_t root;
    int64_t at_s; /* when the listing began */
    expanded_cb each;
    void *ctx;
    struct expand_counts *counts;
};

bool expand_is_wildcard(const char *key, size_t *prefix_len)
{
    size_t len = strlen(key);

    if (len == 0 || key[len - 1] != '*' || (len > 1 && key[len - 2] != '/'))
        return false;
    *prefix_len = len - 1;
    return true;
}

static bool is_skipped(const struct expansion *x, const struct s3_listed *o)
{
    size_t len = strlen(o->key);

    if (o->size > 0 || len == 0 || o->key[len - 1] != '/')
        return false;
    return x->input->folder_markers == FOLDER_MARKERS_SKIP ||
           (x->input->destination_keys == DEST_KEYS_RELATIVE && len == x->root);
}

/* The numbers of both are one for one. */
static enum listed_restored restored_of(enum s3_restored restored)
{
    static const enum listed_restored of[] = {[S3_RESTORED_UNSAID] = LISTED_RESTORE_UNSAID,
            [S3_RESTORED_NOT] = LISTED_NOT_RESTORED,
            [S3_RESTORED_UNDER_WAY] = LISTED_RESTORING,
            [S3_RESTORED_YES] = LISTED_RESTORED};

    return of[restored];
}

static enum err_code on_listed(void *ctx, const struct s3_listed *o, struct err *e)
{
    struct expansion *x = ctx;
    struct item_listed listed;
    struct expanded object = {.bucket = x->bucket,
            .key = o->key,
            .root = x->root,
            .facts = {.key = o->key,
                    .is_told = true,
                    .size = o->size,
                    .modified = o->modified,
                    .class = o->storage_class}};

    if (is_skipped(x, o)) {
        x->counts->markers++;
        return ERR_OK;
    }
    if (item_listed_set(&listed, x->at_s, o->size, o->etag, o->storage_class)) {
        listed.restored = restored_of(o->restored);
        object.listed = &listed;
    }
    x->counts->objects++;
    return x->each(x->ctx, &object, e);
}

enum err_code expand_prefix(const struct plan_env *env, const char *bucket, const char *prefix,
        expanded_cb each, void *ctx, struct expand_counts *counts, struct err *e)
{
    struct expansion x = {.input = env->input,
            .bucket = bucket,
            .root = strlen(prefix),
            .at_s = s3_client_now(env->sync.s3),
            .each = each,
            .ctx = ctx,
            .counts = counts};

    memset(counts, 0, sizeof *counts);
    return listing_read(env, bucket, prefix, on_listed, &x, e);
}
