#include "job/shared_uploads.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "job/recorded_uploads.h"
#include "model/result.h"

/* --- what became of an object --- */

struct best {
    struct result result;
    bool any;
};

static enum err_code on_line(void *ctx, const char *line, size_t len, struct err *e)
{
    struct best *best = ctx;
    struct result r;

    if (result_read(&r, line, len, e) != ERR_OK)
        return e->code;
    if (best->any && !result_beats(&r, &best->result)) {
        result_free(&r);
        return ERR_OK;
    }
    if (best->any)
        result_free(&best->result);
    best->result = r;
    best->any = true;
    return ERR_OK;
}

/* Adds the destination key of the shard's item if it is finished: it has a result. */
static enum err_code add_finished(struct store_names *finished, struct store *store,
        const struct result_files *files, unsigned number, struct err *e)
{
    size_t count, i;
    const struct results_name *of = result_files_newest(files, number, &count);
    char name[RESULTS_NAME_SIZE];
    enum err_code code = ERR_OK;
    struct best best = {.any = false};

    for (i = 0; code == ERR_OK && i < count; i++) {
        result_file_name(name, &of[i]);
        code = result_file_lines(store, name, on_line, &best, e);
    }
    if (code == ERR_OK && best.any)
        code = store_names_add(finished, best.result.item.destination_key, e);
    if (best.any)
        result_free(&best.result);
    return code;
}

static enum err_code find_finished(struct store_names *finished, const struct plan *plan,
        struct store *store, const struct result_files *files, struct err *e)
{
    enum err_code code = ERR_OK;
    unsigned i;

    for (i = 0; code == ERR_OK && i < plan->shard_count; i++)
        if (plan->shards[i].slice == 1)
            code = add_finished(finished, store, files, plan->first_shard + i, e);
    return code;
}

/* --- the records --- */

static enum err_code add_record(void *ctx, const char *name, struct err *e)
{
    return uploads_is_name(name) ? store_names_add(ctx, name, e) : ERR_OK;
}

static bool is_of_one(const struct upload *u, const struct store_names *finished)
{
    size_t i;

    for (i = 0; u->key && i < finished->count; i++)
        if (strcmp(finished->names[i], u->key) == 0)
            return true;
    return false;
}

/* A record that cannot be read is for copyout cleanup, which says why. */
static enum err_code put_away(struct store *store, const struct sync *sync, const char *name,
        const struct store_names *finished, struct err *e)
{
    struct engine_cleanup counts = {0};
    struct upload u = {0};
    struct err ignored;
    bool is_ours =
            recorded_uploads_load(store, name, &u, &ignored) == ERR_OK && is_of_one(&u, finished);

    upload_free(&u);
    return is_ours ? recorded_uploads_clean(store, sync, name, &counts, e) : ERR_OK;
}

void shared_uploads_put_away(const struct plan *plan, struct store *store, const struct sync *sync,
        const struct result_files *files, const struct stop *stop)
{
    struct store_names finished = {0}, records = {0};
    enum err_code code;
    struct err e;
    size_t i;

    if (!plan_is_cut(plan))
        return;
    code = store_list(store, UPLOADS_FOLDER, add_record, &records, &e);
    if (code == ERR_OK && records.count > 0)
        code = find_finished(&finished, plan, store, files, &e);
    for (i = 0; code == ERR_OK && i < records.count && !stop_asked(stop); i++)
        code = put_away(store, sync, records.names[i], &finished, &e);
    if (code != ERR_OK)
        log_warn("the uploads that workers shared stay on record: %s", e.message);
    store_names_free(&finished);
    store_names_free(&records);
}
