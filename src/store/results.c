#include "store/results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct shard_file {
    int fd; /* -1: not open */
    bool begun;
    uint64_t written; /* results */
};

struct results {
    struct store *store;
    const struct plan *plan;
    struct shard_file *files; /* plan->shard_count */
    struct buf line;          /* scratch */
};

enum err_code results_any(struct store *store, bool *any, struct err *e)
{
    struct store_names found;
    enum err_code code = store_names_load(&found, store, RESULTS_FOLDER, e);
    size_t i;

    *any = false;
    for (i = 0; code == ERR_OK && !*any && i < found.count; i++)
        if (results_is_name(found.names[i]))
            code = store_has_bytes(store, found.names[i], any, e);
    store_names_free(&found);
    return code;
}

enum err_code results_remove_all(struct store *store, struct err *e)
{
    return store_remove_all(store, RESULTS_FOLDER, results_is_name, e);
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
    buf_init(&r->line, BUF_MAX_RESULT);
    r->files = calloc(plan->shard_count ? plan->shard_count : 1, sizeof *r->files);
    if (!r->files) {
        free(r);
        return err_nomem(e);
    }
    for (i = 0; i < plan->shard_count; i++)
        r->files[i].fd = -1;
    /* Of a plan that was cut otherwise there may be more files than this run will write. */
    if (!plan->is_part)
        code = store_clear_for_append(store, RESULTS_FOLDER, results_is_name, e);
    if (code != ERR_OK) {
        results_free(r);
        return code;
    }
    *out = r;
    return ERR_OK;
}

void results_free(struct results *r)
{
    unsigned i;

    if (!r)
        return;
    for (i = 0; i < r->plan->shard_count; i++)
        if (r->files[i].fd >= 0)
            close(r->files[i].fd);
    free(r->files);
    buf_free(&r->line);
    free(r);
}

enum err_code results_begin(struct results *r, unsigned shard, struct err *e)
{
    struct shard_file *file = &r->files[shard];
    char name[RESULTS_NAME_SIZE];
    enum err_code code;

    if (file->begun)
        return ERR_OK;
    results_name(name, r->plan->first_shard + shard);
    code = store_append(r->store, name, &file->fd, e);
    file->begun = code == ERR_OK;
    return code;
}

static enum err_code write_all(int fd, const char *data, size_t len, struct err *e)
{
    off_t before = lseek(fd, 0, SEEK_END);

    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_errno(e, errno, "cannot record a result");
            if (before >= 0 && ftruncate(fd, before) != 0) /* no torn line */
                err_prefix(e, "a torn line remains");
            return ERR_IO;
        }
        data += n;
        len -= (size_t)n;
    }
    return ERR_OK;
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
        code = write_all(file->fd, buf_str(&r->line), r->line.len, e);
    if (code != ERR_OK)
        return code;
    if (++file->written == r->plan->shards[shard].items) {
        int fd = file->fd;

        file->fd = -1;
        if (close(fd) != 0)
            return err_errno(e, errno, "cannot record a result");
    }
    return ERR_OK;
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

enum err_code results_publish(struct results *r, struct err *e)
{
    enum err_code code = ERR_OK;
    unsigned i;

    for (i = 0; code == ERR_OK && i < r->plan->shard_count; i++) {
        char name[RESULTS_NAME_SIZE];

        results_name(name, r->plan->first_shard + i);
        if (r->files[i].begun)
            code = publish(r->store, name, e);
    }
    return code;
}

bool results_has(const struct results *r, unsigned shard)
{
    return r->files[shard].begun;
}
