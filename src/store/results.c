#include "store/results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "s3/sync.h"

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

void results_name(char name[RESULTS_NAME_SIZE], unsigned shard)
{
    snprintf(name, RESULTS_NAME_SIZE, "results/%06u.jsonl", shard);
}

bool results_is_name(const char *name)
{
    static const char head[] = "results/", tail[] = ".jsonl";
    size_t len = strlen(name), digits;

    if (!str_starts(name, head))
        return false;
    digits = strspn(name + sizeof head - 1, "0123456789");
    return len == sizeof head - 1 + digits + sizeof tail - 1 && digits >= 6 && digits <= 10 &&
           str_ends(name, tail);
}

/* Whether the file has anything in it. */
static enum err_code has_bytes(struct store *store, const char *name, bool *has, struct err *e)
{
    struct s3_where where = {.bucket = store_bucket(store)};
    struct object_info object = {0};
    enum err_code code;
    struct buf key;
    FILE *file;

    if (!store_bucket(store)) {
        code = store_read(store, name, &file, e);
        *has = file && fgetc(file) != EOF;
        if (file)
            fclose(file);
        return code;
    }
    buf_init(&key, BUF_MAX_SMALL);
    buf_addf(&key, "%s%s", store_prefix(store), name);
    code = buf_check(&key, "the work store's key", e);
    where.key = buf_str(&key);
    if (code == ERR_OK && sync_head_object(store_sync(store), &where, &object, e) != ERR_OK)
        code = store_error(store, name, e);
    *has = code == ERR_OK && object.size > 0;
    buf_free(&key);
    return code;
}

enum err_code results_any(struct store *store, bool *any, struct err *e)
{
    struct store_names found;
    enum err_code code = store_names_load(&found, store, "results/", e);
    size_t i;

    *any = false;
    for (i = 0; code == ERR_OK && !*any && i < found.count; i++)
        if (results_is_name(found.names[i]))
            code = has_bytes(store, found.names[i], any, e);
    store_names_free(&found);
    return code;
}

enum err_code results_remove_all(struct store *store, struct err *e)
{
    struct store_names found;
    enum err_code code = store_names_load(&found, store, "results/", e);
    size_t i;

    for (i = 0; code == ERR_OK && i < found.count; i++)
        if (results_is_name(found.names[i]))
            code = store_remove(store, found.names[i], e);
    store_names_free(&found);
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
    buf_init(&r->line, BUF_MAX_RESULT);
    r->files = calloc(plan->shard_count ? plan->shard_count : 1, sizeof *r->files);
    if (!r->files) {
        free(r);
        return err_nomem(e);
    }
    for (i = 0; i < plan->shard_count; i++)
        r->files[i].fd = -1;
    /* Of a plan that was cut otherwise there may be more files than this run will write. */
    if (!plan->is_part && !store_bucket(store))
        code = results_remove_all(store, e);
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

enum err_code results_publish(struct results *r, struct err *e)
{
    enum err_code code = ERR_OK;
    unsigned i;

    for (i = 0; code == ERR_OK && i < r->plan->shard_count; i++) {
        char name[RESULTS_NAME_SIZE];

        results_name(name, r->plan->first_shard + i);
        if (r->files[i].begun)
            code = store_publish(r->store, name, e);
    }
    return code;
}

bool results_has(const struct results *r, unsigned shard)
{
    return r->files[shard].begun;
}
