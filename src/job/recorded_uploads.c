#include "job/recorded_uploads.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "model/upload.h"
#include "store/claim.h"
#include "store/uploads.h"

/* Uploads of the record's key that were begun when its Create was under way. */
struct orphans {
    const struct upload *of;
    struct store_names ids;
};

static enum err_code add_orphan(void *ctx, const struct s3_upload *found, struct err *e)
{
    struct orphans *s = ctx;

    if (found->initiated_s < s->of->at_s - UPLOAD_CLOCK_SLACK_S ||
            found->initiated_s > s->of->until_s + UPLOAD_CLOCK_SLACK_S)
        return ERR_OK;
    return store_names_add(&s->ids, found->id, e);
}

static enum err_code remove_upload(const struct sync *sync, const struct upload *u, const char *id,
        struct engine_cleanup *counts, struct err *e)
{
    enum err_code code = sync_abort_upload(sync, u->bucket, u->key, id, e);

    if (code == ERR_OK)
        counts->removed++;
    return code;
}

static enum err_code remove_uploads(const struct sync *sync, const struct upload *u,
        struct engine_cleanup *counts, struct err *e)
{
    struct orphans orphans = {.of = u};
    enum err_code code = ERR_OK;
    size_t i;

    if (u->id)
        code = remove_upload(sync, u, u->id, counts, e);
    if (code == ERR_OK && u->until_s > 0) {
        code = sync_list_uploads(sync, u->bucket, u->key, add_orphan, &orphans, e);
        /* The upload we know is gone. Without the right to list, no later call would find out
         * whether there is another, so the record goes too. */
        if (code == ERR_ACCESS_DENIED && u->id) {
            log_warn("there may be one more unfinished upload of s3://%s/%s, and we may not list "
                     "them (%s)",
                    u->bucket, u->key, e->message);
            code = ERR_OK;
        }
    }
    for (i = 0; code == ERR_OK && i < orphans.ids.count; i++)
        code = remove_upload(sync, u, orphans.ids.names[i], counts, e);
    store_names_free(&orphans.ids);
    return code;
}

static enum err_code load(struct store *store, const char *name, struct upload *u, struct err *e)
{
    enum err_code code;
    struct buf text;
    bool there;

    buf_init(&text, BUF_MAX_CONFIG);
    code = store_load(store, name, &text, &there, e);
    if (code == ERR_OK)
        code = upload_read(u, buf_str(&text), text.len, e);
    buf_free(&text);
    return code;
}

static enum err_code clean_one(struct store *store, const struct sync *sync, const char *name,
        struct engine_cleanup *counts, struct err *e)
{
    struct upload u = {0};
    struct err said;

    if (load(store, name, &u, &said) != ERR_OK) {
        log_error("%s: %s", name, said.message);
        counts->failed++;
        return ERR_OK;
    }
    if (remove_uploads(sync, &u, counts, &said) != ERR_OK) {
        log_error("%s: the upload of s3://%s/%s: %s: %s", name, u.bucket, u.key,
                err_report_code(&said), said.message);
        counts->failed++;
        upload_free(&u);
        return ERR_OK;
    }
    log_debug("removed what was left of s3://%s/%s", u.bucket, u.key);
    upload_free(&u);
    return store_remove(store, name, e);
}

/* The names of the records. Other files there are not ours. */
static enum err_code add_record(void *ctx, const char *name, struct err *e)
{
    return uploads_is_name(name) ? store_names_add(ctx, name, e) : ERR_OK;
}

/* A person who misspells the place must not be told that nothing is left there; and what a store
 * that is not ours has in uploads/ is not followed. */
static enum err_code check_ours(struct store *store, size_t records, struct err *e)
{
    struct claim claim;
    enum err_code code = claim_check(&claim, store, e);
    bool is_new = code == ERR_OK && claim.state == CLAIM_NEW;
    struct buf place;

    claim_free(&claim);
    if ((!is_new && code != ERR_INPUT) || records > 0)
        return code;
    buf_init(&place, BUF_MAX_SMALL);
    store_show(store, JOB_FILE, &place);
    code = err_set(e, ERR_INPUT, "%s: there is no job, and no upload on record", buf_str(&place));
    buf_free(&place);
    return code;
}

enum err_code recorded_uploads_find(struct store_names *n, struct store *store, struct err *e)
{
    enum err_code code = store_list(store, UPLOADS_FOLDER, add_record, n, e);

    return code == ERR_OK ? check_ours(store, n->count, e) : code;
}

enum err_code recorded_uploads_remove(struct store *store, const struct store_names *names,
        const struct sync *sync, const struct stop *stop, struct engine_cleanup *counts,
        struct err *e)
{
    enum err_code code = ERR_OK;
    size_t i;

    memset(counts, 0, sizeof *counts);
    counts->records = names->count;
    for (i = 0; code == ERR_OK && i < names->count; i++) {
        if (stop_asked(stop))
            code = err_set(e, ERR_INTERRUPTED, "stopped; run it again");
        else
            code = clean_one(store, sync, names->names[i], counts, e);
    }
    return code;
}
