#include "store/result_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* --- names --- */

unsigned result_file_run(const struct results_name *name)
{
    return name->is_plain ? 0 : name->worker.run;
}

void result_file_name(char out[RESULTS_NAME_SIZE], const struct results_name *name)
{
    if (name->is_plain)
        results_name(out, name->shard);
    else
        results_piece_name(out, name->shard, &name->worker, name->piece);
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* By shard, and by age. A plain file, whose worker is all zero, is the oldest. */
static int by_age(const void *a, const void *b)
{
    const struct results_name *x = a, *y = b;
    int order = compare(x->shard, y->shard);

    if (order == 0)
        order = compare(x->worker.run, y->worker.run);
    if (order == 0)
        order = compare(x->worker.seq, y->worker.seq);
    if (order == 0)
        order = compare(x->worker.random, y->worker.random);
    return order ? order : compare(x->piece, y->piece);
}

enum err_code result_files_add(
        struct result_files *f, const struct results_name *name, struct err *e)
{
    struct results_name *all = array_grow(f->all, f->count, &f->cap, sizeof *all);

    if (!all)
        return err_nomem(e);
    f->all = all;
    f->all[f->count++] = *name;
    return ERR_OK;
}

void result_files_sort(struct result_files *f)
{
    size_t i, kept = 0;

    if (f->count == 0)
        return;
    qsort(f->all, f->count, sizeof *f->all, by_age);
    for (i = 0; i < f->count; i++)
        if (i == 0 || by_age(&f->all[kept - 1], &f->all[i]) != 0)
            f->all[kept++] = f->all[i];
    f->count = kept;
}

void result_files_free(struct result_files *f)
{
    free(f->all);
    memset(f, 0, sizeof *f);
}

/* --- those of a plan --- */

struct finding {
    struct result_files *files;
    const struct plan *plan;
};

static enum err_code on_name(void *ctx, const char *name, struct err *e)
{
    const struct finding *f = ctx;
    struct results_name read;

    if (!results_name_read(name, &read) || read.shard < f->plan->first_shard ||
            read.shard - f->plan->first_shard >= f->plan->shard_count)
        return ERR_OK;
    return result_files_add(f->files, &read, e);
}

enum err_code result_files_find(
        struct result_files *f, struct store *store, const struct plan *plan, struct err *e)
{
    struct finding finding = {f, plan};
    char names[RESULTS_NAME_SIZE] = RESULTS_FOLDER;
    enum err_code code;

    memset(f, 0, sizeof *f);
    if (plan->is_part && plan->shard_count == 1) {
        results_name(names, plan->first_shard);
        *strchr(names, '.') = '\0';
    }
    code = store_list(store, names, on_name, &finding, e);
    if (code == ERR_OK)
        result_files_sort(f);
    return code;
}

/* The first file of that shard or of a later one. */
static size_t first_from(const struct result_files *f, uint64_t shard)
{
    size_t low = 0, high = f->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (f->all[middle].shard < shard)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct results_name *result_files_of(
        const struct result_files *f, unsigned shard, size_t *count)
{
    size_t first = first_from(f, shard);

    *count = first_from(f, (uint64_t)shard + 1) - first;
    return *count > 0 ? f->all + first : NULL;
}

const struct results_name *result_files_newest(
        const struct result_files *f, unsigned shard, size_t *count)
{
    const struct results_name *of = result_files_of(f, shard, count);
    unsigned run;

    if (*count == 0)
        return of;
    for (run = result_file_run(&of[*count - 1]); result_file_run(of) != run; of++)
        --*count;
    return of;
}

unsigned result_files_last_run(const struct result_files *f)
{
    unsigned last = 0;
    size_t i;

    for (i = 0; i < f->count; i++)
        if (result_file_run(&f->all[i]) > last)
            last = result_file_run(&f->all[i]);
    return last;
}

/* --- lines --- */

enum err_code result_file_lines(struct store *store, const char *name,
        enum err_code (*each)(void *ctx, const char *line, size_t len, struct err *e), void *ctx,
        struct err *e)
{
    char *line = NULL;
    size_t cap = 0;
    FILE *file;
    ssize_t len;
    enum err_code code = store_read(store, name, &file, e);

    if (code != ERR_OK || !file)
        return code;
    errno = 0;
    while (code == ERR_OK && (len = getline(&line, &cap, file)) > 0 && line[len - 1] == '\n')
        code = each(ctx, line, (size_t)len - 1, e);
    if (code == ERR_OK && (ferror(file) || errno == ENOMEM))
        code = err_errno(e, errno ? errno : EIO, "cannot read the results");
    free(line);
    fclose(file);
    return code;
}

bool result_files_have_pieces(const struct result_files *files)
{
    size_t i;

    for (i = 0; i < files->count; i++)
        if (!files->all[i].is_plain)
            return true;
    return false;
}

enum err_code result_files_fetch(struct store *store, const char *name, struct err *e)
{
    FILE *file = NULL;
    enum err_code code = store_read(store, name, &file, e);

    if (file)
        fclose(file);
    return code;
}
