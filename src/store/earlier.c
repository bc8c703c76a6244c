#include "store/earlier.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/temp_file.h"
#include "store/ledger_file.h"
#include "store/runs.h"

enum { COPY_BLOCK = 64 * 1024 };

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
    if (code == ERR_OK)
        code = store_remove_all(store, WAITING_FOLDER, waiting_is_name, e);
    return code == ERR_OK ? store_remove(store, RUNS_FILE, e) : code;
}

enum err_code earlier_forsake(struct store *store, const struct plan *plan, struct err *e)
{
    struct result_files files = {0};
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

/* --- all shards --- */

static enum err_code copy_file(FILE *from, FILE *to, struct err *e)
{
    char block[COPY_BLOCK];
    size_t n;

    while ((n = fread(block, 1, sizeof block, from)) > 0)
        if (fwrite(block, 1, n, to) != n)
            return err_errno(e, errno, "cannot keep the results of earlier jobs");
    return ferror(from) ? err_errno(e, errno, "cannot read the results of earlier jobs") : ERR_OK;
}

/* Adds the lines of a file. What a kill left of a last line must not run into the next file's
 * first one. */
static enum err_code add_lines(struct store *store, const char *name, FILE *out, struct err *e)
{
    FILE *file;
    enum err_code code = store_read(store, name, &file, e);

    if (code != ERR_OK || !file)
        return code;
    code = copy_file(file, out, e);
    if (code == ERR_OK && fputc('\n', out) == EOF)
        code = err_errno(e, errno, "cannot keep the results of earlier jobs");
    fclose(file);
    return code;
}

/* The ledgers of shards are older than their results. */
static enum err_code add_all_lines(struct store *store, FILE *out, struct err *e)
{
    const struct plan all = {.shard_count = UINT_MAX};
    char name[RESULTS_NAME_SIZE];
    struct result_files files = {0};
    struct store_names found;
    enum err_code code = store_names_load(&found, store, LEDGER_FOLDER, e);
    size_t i;

    for (i = 0; code == ERR_OK && i < found.count; i++)
        if (ledger_is_name(found.names[i]))
            code = add_lines(store, found.names[i], out, e);
    store_names_free(&found);
    if (code == ERR_OK)
        code = result_files_find(&files, store, &all, e);
    for (i = 0; code == ERR_OK && i < files.count; i++) {
        result_file_name(name, &files.all[i]);
        code = add_lines(store, name, out, e);
    }
    result_files_free(&files);
    return code;
}

enum err_code earlier_gather(struct store *store, struct err *e)
{
    bool has_ledger = false;
    enum err_code code;
    FILE *newer, *older = NULL;
    int fd;

    if (!store_is_exclusive(store))
        return ERR_OK;
    fd = temp_file_open(store_temp_dir(store));
    newer = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (!newer) {
        err_errno(e, errno, "cannot make a temporary file");
        if (fd >= 0)
            close(fd);
        return e->code;
    }
    code = add_all_lines(store, newer, e);
    if (code == ERR_OK && fflush(newer) != 0)
        code = err_errno(e, errno, "cannot keep the results of earlier jobs");
    rewind(newer);
    if (code == ERR_OK)
        code = store_read(store, LEDGER_ALL_FILE, &older, e);
    if (code == ERR_OK)
        code = write_merged(store, LEDGER_ALL_FILE, older, newer, &has_ledger, e);
    if (older)
        fclose(older);
    fclose(newer);
    return code;
}

/* --- other jobs --- */

/* The names of the ledgers that a store has, of the plan's shards among others. */
static enum err_code list_ledgers(
        struct store *store, const struct plan *plan, struct store_names *found, struct err *e)
{
    char names[LEDGER_NAME_SIZE] = LEDGER_FOLDER;

    if (plan->is_part && plan->shard_count == 1) {
        ledger_name(names, plan->first_shard);
        *strchr(names, '.') = '\0';
    }
    return store_names_load(found, store, names, e);
}

/* Whether that is the ledger of a shard of the plan: which, counted within it. */
static bool is_ledger_of(const struct plan *plan, const char *name, unsigned *shard)
{
    if (!ledger_is_name(name))
        return false;
    *shard = ledger_shard_of(name) - plan->first_shard;
    return *shard < plan->shard_count;
}

enum err_code earlier_find_ledgers(
        struct store *store, const struct plan *plan, bool *has, struct err *e)
{
    struct store_names found;
    enum err_code code = list_ledgers(store, plan, &found, e);
    unsigned shard;
    size_t i;

    for (i = 0; code == ERR_OK && i < found.count; i++)
        if (is_ledger_of(plan, found.names[i], &shard))
            has[shard] = true;
    store_names_free(&found);
    return code;
}

static enum err_code borrow(
        struct store *store, struct store *ledgers, const char *name, bool *has, struct err *e)
{
    FILE *from = NULL, *to = NULL;
    enum err_code code = store_read(ledgers, name, &from, e);

    if (code != ERR_OK || !from)
        return code;
    code = store_create(store, name, &to, e);
    if (code == ERR_OK)
        code = copy_file(from, to, e);
    if (code == ERR_OK)
        code = store_settle(store, name, to, e);
    else if (to)
        store_discard(store, name, to);
    *has = code == ERR_OK;
    fclose(from);
    return code;
}

enum err_code earlier_borrow(struct store *store, struct store *ledgers, const struct plan *plan,
        bool *has, struct err *e)
{
    struct store_names found;
    enum err_code code = list_ledgers(ledgers, plan, &found, e);
    unsigned shard;
    size_t i;

    for (i = 0; code == ERR_OK && i < found.count; i++)
        if (is_ledger_of(plan, found.names[i], &shard) && !has[shard])
            code = borrow(store, ledgers, found.names[i], &has[shard], e);
    store_names_free(&found);
    return code;
}

/* The same as merge() into the other store; *older is what was merged so far, or NULL. */
static enum err_code merge_into(
        struct store *ledgers, const char *ledger, FILE **older, FILE *newer, struct err *e)
{
    enum err_code code;
    FILE *out;

    code = store_create(ledgers, ledger, &out, e);
    if (code != ERR_OK)
        return code;
    code = ledger_file_merge(*older, newer, out, e);
    if (code != ERR_OK) {
        store_discard(ledgers, ledger, out);
        return code;
    }
    code = store_settle(ledgers, ledger, out, e);
    if (*older)
        fclose(*older);
    *older = NULL;
    return code == ERR_OK ? store_read(ledgers, ledger, older, e) : code;
}

enum err_code earlier_leave(struct store *store, const struct results_name *files, size_t count,
        bool has_ledger, struct store *ledgers, struct err *e)
{
    char name[RESULTS_NAME_SIZE], ledger[LEDGER_NAME_SIZE];
    enum err_code code = ERR_OK;
    FILE *older = NULL;
    size_t i;

    ledger_name(ledger, files->shard);
    if (has_ledger)
        code = store_read(store, ledger, &older, e);
    for (i = 0; code == ERR_OK && i < count; i++) {
        FILE *newer = NULL;

        result_file_name(name, &files[i]);
        code = store_read(store, name, &newer, e);
        if (code == ERR_OK && newer)
            code = merge_into(ledgers, ledger, &older, newer, e);
        if (newer)
            fclose(newer);
    }
    if (older)
        fclose(older);
    return code == ERR_OK ? earlier_publish(ledgers, ledger, e) : code;
}
