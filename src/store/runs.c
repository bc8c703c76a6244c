#include "store/runs.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS_TEXT_MOST = 96 };

static enum err_code read_runs(struct runs *r, const struct buf *text, struct err *e)
{
    json_t *json = json_loadb(buf_str(text), text->len, 0, NULL);
    const json_t *finished = json_object_get(json, "finished");
    json_int_t number = json_integer_value(finished);
    enum err_code code = ERR_OK;

    if (!json_is_integer(finished) || number < 0 || number >= INT_MAX)
        code = err_set(e, ERR_IO, "the work store's " RUNS_FILE " cannot be read");
    r->is_known = code == ERR_OK;
    r->finished = code == ERR_OK ? (unsigned)number : 0;
    r->dry_run = json_is_true(json_object_get(json, "dryRun"));
    json_decref(json);
    return code;
}

enum err_code runs_load(struct runs *r, struct store *store, struct err *e)
{
    enum err_code code;
    struct buf text;
    bool found;

    memset(r, 0, sizeof *r);
    buf_init(&text, BUF_MAX_CONFIG);
    code = store_load(store, RUNS_FILE, &text, &found, e);
    if (code == ERR_OK && found)
        code = read_runs(r, &text, e);
    buf_free(&text);
    store_release(store, RUNS_FILE); /* in S3 others may write it */
    return code;
}

enum err_code runs_save(const struct runs *r, struct store *store, struct err *e)
{
    char text[RUNS_TEXT_MOST];
    int len = snprintf(text, sizeof text, "{\"finished\": %u, \"dryRun\": %s}\n", r->finished,
            r->dry_run ? "true" : "false");

    return store_save(store, RUNS_FILE, text, (size_t)len, e);
}

enum err_code runs_finish(struct store *store, unsigned number, struct err *e)
{
    struct runs r;
    enum err_code code = runs_load(&r, store, e);

    if (code != ERR_OK || r.finished > number)
        return code;
    r.finished = number + 1;
    return runs_save(&r, store, e);
}

bool runs_begin(struct runs *r, const struct result_files *files, bool dry_run, bool exclusive)
{
    unsigned last = result_files_last_run(files);
    bool save = !r->is_known && exclusive;

    /* The file was lost: whether the run of these pieces was finished is not known. */
    if (!r->is_known && (last > 0 || (exclusive && result_files_have_pieces(files))))
        r->finished = last + 1;
    if (r->finished < last)
        r->finished = last;
    if (r->dry_run == dry_run)
        return save;
    if (files->count > 0)
        r->finished++;
    r->dry_run = dry_run;
    return true;
}

bool runs_take_last(struct runs *r, const struct result_files *files)
{
    unsigned last = result_files_last_run(files);
    bool save = !r->is_known || r->finished != last;

    r->is_known = true;
    r->finished = last;
    return save;
}
