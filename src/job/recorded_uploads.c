#include "job/recorded_uploads.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "model/item.h"
#include "model/upload.h"
#include "store/claim.h"
#include "store/plan_files.h"
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

/* A record that is read. */
struct loading {
    struct upload *u;
    bool done;
    struct err err;
};

static void on_loaded(void *ctx, const struct err *err, const struct buf *content, int64_t age_s)
{
    struct loading *l = ctx;

    l->done = true;
    l->err = *err;
    if (err->code == ERR_OK)
        (void)!upload_read(
                l->u, content ? buf_str(content) : "", content ? content->len : 0, &l->err);
    l->u->age_s = age_s;
}

enum err_code recorded_uploads_load(
        struct store *store, const char *name, struct upload *u, struct err *e)
{
    struct loading l = {.u = u};
    enum err_code code = store_get(store, name, on_loaded, &l, e);

    if (code == ERR_OK)
        code = store_wait(store, &l.done, e);
    if (code != ERR_OK || l.err.code == ERR_OK)
        return code;
    *e = l.err;
    return e->code;
}

/* Whether a record of that destination has that name. is_cut: objects of the plan are copied in
 * slices. */
static bool is_record_of(const char *name, const char *bucket, const char *key, bool is_cut)
{
    char of_key[UPLOADS_NAME_SIZE];
    unsigned turn;
    struct err e;

    for (turn = UPLOAD_FIRST; turn <= (is_cut ? UPLOAD_TURNS_MOST : UPLOAD_FIRST); turn++)
        if (uploads_name(of_key, bucket, key, turn, &e) == ERR_OK && strcmp(of_key, name) == 0)
            return true;
    return false;
}

/* Finds the destination key of which the record has that name, among the plan's items, and fills u
 * with bucket and key. *found is false when there is none. */
static enum err_code find_key(
        struct store *store, const char *name, struct upload *u, bool *found, struct err *e)
{
    struct plan plan = {0};
    struct item item = {0};
    struct input input;
    FILE *items = NULL;
    char *line = NULL;
    size_t cap = 0;
    uint64_t i;
    enum err_code code = input_init(&input, e);

    *found = false;
    if (code == ERR_OK)
        code = plan_open(&plan, store, &input, e);
    if (code == ERR_OK)
        code = store_read(store, ITEMS_FILE, &items, e);
    for (i = 0; code == ERR_OK && items && !*found && i < plan.items; i++) {
        item_free(&item);
        code = item_read_next(&item, items, &line, &cap, e);
        *found = code == ERR_OK && is_record_of(name, input.destination_bucket,
                                           item.destination_key, plan_is_cut(&plan));
    }
    if (*found) {
        u->bucket = strdup(input.destination_bucket);
        u->key = item.destination_key;
        item.destination_key = NULL;
        code = u->bucket ? ERR_OK : err_nomem(e);
    }
    item_free(&item);
    free(line);
    if (items)
        fclose(items);
    plan_free(&plan);
    input_free(&input);
    return code;
}

/* A record that cannot be understood: uploads of its key that were begun when it was written are
 * ours. said: why it cannot be; changed when no key can be found for it. */
static enum err_code guess(struct store *store, const struct sync *sync, const char *name,
        struct upload *u, struct err *said)
{
    struct err e;
    bool found;

    if (find_key(store, name, u, &found, &e) != ERR_OK) {
        err_set(said, ERR_INPUT, "%s, and its object cannot be found (%s)", said->message,
                e.message);
        return ERR_INPUT;
    }
    if (!found)
        return err_set(said, ERR_INPUT, "%s, and no object of the plan has it", said->message);
    upload_times_of_record(u, s3_client_now(sync->s3));
    log_warn("%s: %s; uploads of s3://%s/%s that were begun when it was written are removed", name,
            said->message, u->bucket, u->key);
    return ERR_OK;
}

enum err_code recorded_uploads_clean(struct store *store, const struct sync *sync, const char *name,
        struct engine_cleanup *counts, struct err *e)
{
    struct upload u = {0};
    struct err said;

    enum err_code code = recorded_uploads_load(store, name, &u, &said);

    if (code == ERR_INPUT)
        code = guess(store, sync, name, &u, &said);
    if (code != ERR_OK) {
        upload_free(&u);
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
            code = recorded_uploads_clean(store, sync, names->names[i], counts, e);
    }
    return code;
}
