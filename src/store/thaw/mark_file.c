#include "store/thaw/mark_file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The mark: {"results": the first of the files of results of the worker that left it} */
static const char field[] = "results";

enum err_code mark_file_save(struct store *store, const struct results_name *worker, struct err *e)
{
    char name[WAITING_NAME_SIZE], results[RESULTS_NAME_SIZE], text[RESULTS_NAME_SIZE + 32];
    int len;

    waiting_name(name, worker->shard);
    result_file_name(results, worker);
    len = snprintf(text, sizeof text, "{\"%s\": \"%s\"}\n", field, results);
    return store_save(store, name, text, (size_t)len, e);
}

enum err_code mark_file_remove(struct store *store, unsigned shard, struct err *e)
{
    char name[WAITING_NAME_SIZE];

    waiting_name(name, shard);
    return store_remove(store, name, e);
}

static enum err_code load(
        struct results_worker *out, struct store *store, unsigned shard, struct err *e)
{
    char name[WAITING_NAME_SIZE];
    const char *results = NULL;
    struct results_name read;
    json_t *json = NULL;
    enum err_code code;
    struct buf text;
    bool found;

    waiting_name(name, shard);
    buf_init(&text, BUF_MAX_CONFIG);
    code = store_load(store, name, &text, &found, e);
    if (code == ERR_LIMIT)
        code = ERR_OK; /* none of ours is so long: it says nothing */
    else if (code == ERR_OK && found)
        json = json_loadb(buf_str(&text), text.len, 0, NULL);
    results = json_string_value(json_object_get(json, field));
    if (results && results_name_read(results, &read))
        *out = read.worker;
    json_decref(json);
    buf_free(&text);
    store_release(store, name); /* in S3 others may write it */
    return code;
}

enum err_code mark_file_load_all(struct results_worker **out, unsigned *last, struct store *store,
        const struct plan *plan, unsigned run, struct err *e)
{
    struct results_worker *all = calloc(plan->shard_count + 1, sizeof *all);
    enum err_code code = all ? ERR_OK : err_nomem(e);
    unsigned i;

    *last = 0;
    for (i = 0; code == ERR_OK && i < plan->shard_count; i++) {
        if (plan->shards[i].items == 0)
            continue;
        code = load(&all[i], store, plan->first_shard + i, e);
        if (all[i].run == run && all[i].seq > *last)
            *last = all[i].seq;
    }
    *out = all;
    return code;
}

bool mark_file_is_answered(const struct results_worker *by, const struct results_worker *mark)
{
    if (by->run != mark->run)
        return by->run > mark->run;
    if (by->seq != mark->seq)
        return by->seq > mark->seq;
    return by->random == mark->random;
}
