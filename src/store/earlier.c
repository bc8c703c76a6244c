#include "store/earlier.h"

#include "store/ledger_file.h"
#include "store/runs.h"

/* --- all of them --- */

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

enum err_code earlier_any(struct store *store, bool *any, struct err *e)
{
    enum err_code code = any_in(store, RESULTS_FOLDER, results_is_name, any, e);

    if (code == ERR_OK && !*any)
        code = any_in(store, LEDGER_FOLDER, ledger_is_name, any, e);
    return code;
}

enum err_code earlier_remove_all(struct store *store, struct err *e)
{
    enum err_code code = store_remove_all(store, RESULTS_FOLDER, results_is_name, e);

    if (code == ERR_OK)
        code = store_remove_all(store, LEDGER_FOLDER, ledger_is_name, e);
    return code == ERR_OK ? store_remove(store, RUNS_FILE, e) : code;
}

enum err_code earlier_forsake(struct store *store, const struct plan *plan, struct err *e)
{
    struct result_files files;
    enum err_code code = result_files_find(&files, store, plan, e);

    if (code == ERR_OK && files.count > 0)
        code = runs_finish(store, result_files_last_run(&files), e);
    result_files_free(&files);
    return code;
}

/* --- publishing --- */

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

enum err_code earlier_publish(struct store *store, const char *name, struct err *e)
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

/* --- setting aside --- */

/* Writes what both files say to the ledger, here; a ledger that would say nothing is not made. */
static enum err_code write_merged(struct store *store, const char *ledger, FILE *older, FILE *newer,
        bool *has_ledger, struct err *e)
{
    enum err_code code;
    FILE *out;

    code = store_create(store, ledger, &out, e);
    if (code != ERR_OK)
        return code;
    code = ledger_file_merge(older, newer, out, e);
    if (code == ERR_OK && ftello(out) > 0) {
        *has_ledger = true;
        return store_settle(store, ledger, out, e);
    }
    store_discard(store, ledger, out);
    if (code == ERR_OK && *has_ledger)
        code = store_remove(store, ledger, e);
    if (code == ERR_OK)
        *has_ledger = false;
    return code;
}

/* Puts what a file of results says of objects that were written to what older ones say. *gone: it
 * is not there any more: another worker has set it aside. */
static enum err_code merge(struct store *store, const char *name, const char *ledger,
        bool *has_ledger, bool *gone, struct err *e)
{
    FILE *newer = NULL, *older = NULL;
    enum err_code code = store_read(store, name, &newer, e);

    *gone = code == ERR_OK && !newer;
    if (code == ERR_OK && newer && *has_ledger)
        code = store_read(store, ledger, &older, e);
    if (code == ERR_OK && newer)
        code = write_merged(store, ledger, older, newer, has_ledger, e);
    if (newer)
        fclose(newer);
    if (older)
        fclose(older);
    return code;
}

static enum err_code merge_all(struct store *store, const struct results_name *files, size_t count,
        const char *ledger, bool *has_ledger, struct err *e)
{
    char name[RESULTS_NAME_SIZE];
    enum err_code code = ERR_OK;
    bool gone = false;
    size_t i;

    for (i = 0; code == ERR_OK && !gone && i < count; i++) {
        result_file_name(name, &files[i]);
        code = merge(store, name, ledger, has_ledger, &gone, e);
    }
    if (code == ERR_OK && gone) { /* that worker's ledger says as much, and is there already */
        store_release(store, ledger);
        code = store_has_bytes(store, ledger, has_ledger, e);
    }
    if (code == ERR_OK && !gone && *has_ledger)
        code = earlier_publish(store, ledger, e);
    for (i = 0; code == ERR_OK && i < count; i++) {
        result_file_name(name, &files[i]);
        code = store_remove(store, name, e);
    }
    return code;
}

enum err_code earlier_set_aside(struct store *store, const struct results_name *files, size_t count,
        bool *has_ledger, struct err *e)
{
    char name[RESULTS_NAME_SIZE], ledger[LEDGER_NAME_SIZE];
    bool moved = false;
    enum err_code code = ERR_OK;

    if (count == 0)
        return ERR_OK;
    result_file_name(name, &files[0]);
    ledger_name(ledger, files[0].shard);
    /* One file alone needs not be read. */
    if (count == 1 && !*has_ledger)
        code = store_move(store, name, ledger, &moved, e);
    if (code == ERR_OK && moved)
        *has_ledger = true;
    if (code == ERR_OK && !moved)
        code = merge_all(store, files, count, ledger, has_ledger, e);
    return code;
}
