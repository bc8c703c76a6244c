#include "store/results.h"

#include "base/log.h"
#include "store/ledger_file.h"
#include "store/line_writer.h"

#include <stdio.h>
#include <stdlib.h>

/* The results of earlier runs, which ledger_name() names. */
enum earlier {
    EARLIER_NONE,
    EARLIER_HERE,   /* of a store in S3: here alone */
    EARLIER_STORED, /* in the store, and here */
};

struct shard_file {
    struct line_writer *lines; /* NULL: the file is not open */
    bool begun;
    uint64_t written;  /* results */
    uint64_t unproven; /* of them, those that do not make needless what earlier ones say */
    enum earlier earlier;
    struct ledger_file *ledger; /* NULL: nothing was looked up yet */
};

struct results {
    struct store *store;
    const struct plan *plan;
    struct shard_file *files; /* plan->shard_count */
    struct line_batch batch;  /* of the open ones */
    struct buf line;          /* scratch */
};

static enum err_code any_in(struct store *store, const char *folder,
        bool (*is_ours)(const char *name), bool *any, struct err *e)
{
    struct store_names found;
    enum err_code code = store_names_load(&found, store, folder, e);
    size_t i;

    *any = false;
    for (i = 0; code == ERR_OK && !*any && i < found.count; i++)
        if (is_ours(found.names[i]))
            code = store_has_bytes(store, found.names[i], any, e);
    store_names_free(&found);
    return code;
}

enum err_code results_any(struct store *store, bool *any, struct err *e)
{
    enum err_code code = any_in(store, RESULTS_FOLDER, results_is_name, any, e);

    if (code == ERR_OK && !*any)
        code = any_in(store, LEDGER_FOLDER, ledger_is_name, any, e);
    return code;
}

enum err_code results_remove_all(struct store *store, struct err *e)
{
    enum err_code code = store_remove_all(store, RESULTS_FOLDER, results_is_name, e);

    return code == ERR_OK ? store_remove_all(store, LEDGER_FOLDER, ledger_is_name, e) : code;
}

/* --- the results of earlier runs --- */

/* Puts what the newest results say of objects that were written to what older ones say. A kill at
 * any moment leaves files from which the same is made again. */
static enum err_code merge(struct results *r, const char *name, const char *before,
        enum earlier *earlier, struct err *e)
{
    FILE *newer = NULL, *older = NULL, *out = NULL;
    enum err_code code = store_read(r->store, name, &newer, e);

    if (code == ERR_OK && newer)
        code = store_read(r->store, before, &older, e);
    if (code == ERR_OK && newer)
        code = store_create(r->store, before, &out, e);
    if (code == ERR_OK && newer) {
        code = ledger_file_merge(older, newer, out, e);
        if (code == ERR_OK)
            code = store_settle(r->store, before, out, e);
        else
            store_discard(r->store, before, out);
        *earlier = older ? EARLIER_STORED : EARLIER_HERE;
    }
    if (newer)
        fclose(newer);
    if (older)
        fclose(older);
    return code;
}

/* Sets the results of the last run aside, if there are any, before the file is written anew. */
static enum err_code set_aside(struct results *r, unsigned shard, struct err *e)
{
    enum earlier *earlier = &r->files[shard].earlier;
    char name[RESULTS_NAME_SIZE], before[LEDGER_NAME_SIZE];
    enum err_code code;
    bool moved, there;

    results_name(name, r->plan->first_shard + shard);
    ledger_name(before, r->plan->first_shard + shard);
    code = store_move(r->store, name, before, &moved, e);
    if (code != ERR_OK)
        return code;
    if (!moved)
        return merge(r, name, before, earlier, e);
    code = store_has_bytes(r->store, before, &there, e);
    *earlier = there ? EARLIER_STORED : EARLIER_NONE;
    return code;
}

/* Of the shards of a whole plan that have a file in that folder. */
static enum err_code set_found_aside(
        struct results *r, const char *folder, bool (*is_ours)(const char *name), struct err *e)
{
    struct store_names found;
    enum err_code code = store_names_load(&found, r->store, folder, e);
    size_t i;

    for (i = 0; code == ERR_OK && i < found.count; i++) {
        const char *name = found.names[i];

        if (is_ours(name) && results_shard_of(name) < r->plan->shard_count &&
                r->files[results_shard_of(name)].earlier == EARLIER_NONE)
            code = set_aside(r, results_shard_of(name), e);
    }
    store_names_free(&found);
    return code;
}

/* Of all shards of a whole plan. What is left of other names is of no use. */
static enum err_code set_all_aside(struct results *r, struct err *e)
{
    enum err_code code = set_found_aside(r, RESULTS_FOLDER, results_is_name, e);

    if (code == ERR_OK)
        code = set_found_aside(r, LEDGER_FOLDER, ledger_is_name, e);
    if (code == ERR_OK)
        code = store_clear_for_append(r->store, RESULTS_FOLDER, results_is_name, e);
    return code;
}

enum err_code results_new(
        struct results **out, struct store *store, const struct plan *plan, struct err *e)
{
    struct results *r = calloc(1, sizeof *r);
    enum err_code code = ERR_OK;
    unsigned i;

    if (!r)
        return err_nomem(e);
    r->store = store;
    r->plan = plan;
    line_batch_init(&r->batch);
    buf_init(&r->line, BUF_MAX_RESULT);
    r->files = calloc(plan->shard_count ? plan->shard_count : 1, sizeof *r->files);
    if (!r->files) {
        free(r);
        return err_nomem(e);
    }
    if (!plan->is_part)
        code = set_all_aside(r, e);
    else
        for (i = 0; code == ERR_OK && i < plan->shard_count; i++)
            code = set_aside(r, i, e);
    if (code != ERR_OK) {
        results_free(r);
        return code;
    }
    *out = r;
    return ERR_OK;
}

static enum err_code close_lines(struct shard_file *file, struct err *e)
{
    struct line_writer *lines = file->lines;

    file->lines = NULL;
    return lines ? line_writer_close(lines, e) : ERR_OK;
}

void results_free(struct results *r)
{
    enum err_code ignored; /* results_flush() has told of lines that cannot be written */
    struct err e;
    unsigned i;

    if (!r)
        return;
    for (i = 0; i < r->plan->shard_count; i++) {
        ignored = close_lines(&r->files[i], &e);
        (void)ignored;
        ledger_file_close(r->files[i].ledger);
    }
    free(r->files);
    buf_free(&r->line);
    free(r);
}

enum err_code results_begin(struct results *r, unsigned shard, struct err *e)
{
    struct shard_file *file = &r->files[shard];
    char name[RESULTS_NAME_SIZE];
    enum err_code code;
    int fd;

    if (file->begun)
        return ERR_OK;
    results_name(name, r->plan->first_shard + shard);
    code = store_append(r->store, name, &fd, e);
    if (code == ERR_OK)
        code = line_writer_new(&file->lines, &r->batch, fd, e);
    file->begun = code == ERR_OK;
    return code;
}

enum err_code results_add(
        struct results *r, unsigned shard, const struct result *result, struct err *e)
{
    struct shard_file *file = &r->files[shard];
    enum err_code code;

    buf_clear(&r->line);
    result_write(&r->line, result);
    code = buf_check(&r->line, "a result's line", e);
    if (code == ERR_OK)
        code = line_writer_add(file->lines, buf_str(&r->line), r->line.len, e);
    if (code != ERR_OK)
        return code;
    if (!ledger_replaces(result))
        file->unproven++;
    if (++file->written < r->plan->shards[shard].items)
        return ERR_OK;
    ledger_file_close(file->ledger); /* no item of the shard is left to be looked up */
    file->ledger = NULL;
    code = line_writer_flush(file->lines, e); /* if it fails, it is tried again later */
    return code == ERR_OK ? close_lines(file, e) : code;
}

enum err_code results_flush(struct results *r, struct err *e)
{
    return line_batch_flush(&r->batch, e);
}

bool results_find(
        struct results *r, unsigned shard, const struct item *item, struct ledger_entry *entry)
{
    struct shard_file *file = &r->files[shard];
    char before[LEDGER_NAME_SIZE];
    struct err e;

    if (file->earlier == EARLIER_NONE)
        return false;
    ledger_name(before, r->plan->first_shard + shard);
    if (!file->ledger && ledger_file_open(&file->ledger, r->store, before, &e) != ERR_OK) {
        log_warn("what earlier runs wrote cannot be read: %s", e.message);
        file->earlier = EARLIER_NONE;
    }
    return file->ledger && ledger_file_find(file->ledger, item, entry);
}

/* A file that is being published. */
struct publishing {
    bool done;
    struct err err;
};

static void on_published(void *ctx, const struct err *err)
{
    struct publishing *p = ctx;

    p->err = *err;
    p->done = true;
}

static enum err_code publish(struct store *store, const char *name, struct err *e)
{
    struct publishing p = {0};
    enum err_code code = store_publish(store, name, on_published, &p, e);

    if (code == ERR_OK)
        code = store_wait(store, &p.done, e);
    if (code != ERR_OK || p.err.code == ERR_OK)
        return code;
    *e = p.err;
    return e->code;
}

/* The results of earlier runs go first while they are needed, and last when they are not. */
static enum err_code publish_shard(struct results *r, unsigned shard, struct err *e)
{
    const struct shard_file *file = &r->files[shard];
    char name[RESULTS_NAME_SIZE], before[LEDGER_NAME_SIZE];
    bool over = file->written == r->plan->shards[shard].items && file->unproven == 0;
    enum err_code code = ERR_OK;

    results_name(name, r->plan->first_shard + shard);
    ledger_name(before, r->plan->first_shard + shard);
    if (file->earlier != EARLIER_NONE && !over)
        code = publish(r->store, before, e);
    if (code == ERR_OK)
        code = publish(r->store, name, e);
    if (code == ERR_OK && file->earlier == EARLIER_STORED && over)
        code = store_remove(r->store, before, e);
    else if (code == ERR_OK && file->earlier == EARLIER_HERE && over)
        store_release(r->store, before);
    return code;
}

enum err_code results_publish(struct results *r, struct err *e)
{
    struct err flush_err;
    enum err_code flushed = results_flush(r, &flush_err), code = ERR_OK;
    unsigned i;

    for (i = 0; code == ERR_OK && i < r->plan->shard_count; i++)
        if (r->files[i].begun)
            code = publish_shard(r, i, e);
    if (code == ERR_OK && flushed != ERR_OK) {
        *e = flush_err;
        code = flushed;
    }
    return code;
}

bool results_has(const struct results *r, unsigned shard)
{
    return r->files[shard].begun;
}
