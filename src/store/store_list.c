/* The work store's files as a whole: listing and removing them. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "s3/sync.h"
#include "store/store.h"

static char *path_of(const struct store *s, const char *name)
{
    struct buf path;

    buf_init(&path, BUF_MAX_SMALL);
    buf_addf(&path, "%s/%s", store_dir(s), name);
    return buf_take(&path);
}

typedef enum err_code (*name_cb)(void *ctx, const char *name, struct err *e);

static enum err_code list_dir(
        struct store *s, const char *folder, name_cb each, void *ctx, struct err *e)
{
    char *path = path_of(s, folder);
    enum err_code code = ERR_OK;
    struct dirent *entry;
    struct stat st;
    struct buf name;
    DIR *dir = NULL;

    if (!path)
        return err_nomem(e);
    if (*folder)
        path[strlen(path) - 1] = '\0'; /* with its '/' a symbolic link would be followed */
    if (*folder && lstat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        errno = ENOTDIR;
    else
        dir = opendir(path);
    if (!dir && errno != ENOENT)
        code = err_errno(e, errno, "cannot read the folder %s", path);
    buf_init(&name, BUF_MAX_SMALL);
    while (dir && code == ERR_OK && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        buf_clear(&name);
        buf_addf(&name, "%s%s", folder, entry->d_name);
        code = buf_check(&name, "a file's name", e);
        if (code == ERR_OK)
            code = each(ctx, buf_str(&name), e);
    }
    if (dir)
        closedir(dir);
    buf_free(&name);
    free(path);
    return code;
}

struct listing {
    const struct store *store;
    name_cb each;
    void *ctx;
};

static enum err_code on_key(void *ctx, const char *key, struct err *e)
{
    const struct listing *l = ctx;
    size_t skip = strlen(store_prefix(l->store));

    return strlen(key) > skip ? l->each(l->ctx, key + skip, e) : ERR_OK;
}

enum err_code store_list(
        struct store *s, const char *folder, name_cb each, void *ctx, struct err *e)
{
    struct listing listing = {.store = s, .each = each, .ctx = ctx};
    enum err_code code;
    struct buf prefix;

    if (!store_bucket(s))
        return list_dir(s, folder, each, ctx, e);
    buf_init(&prefix, BUF_MAX_SMALL);
    buf_addf(&prefix, "%s%s", store_prefix(s), folder);
    code = buf_check(&prefix, "the work store's prefix", e);
    if (code == ERR_OK)
        code = sync_list_objects(
                store_sync(s), store_bucket(s), buf_str(&prefix), on_key, &listing, e);
    if (code != ERR_OK && e->http_status)
        code = store_error(s, folder, e);
    buf_free(&prefix);
    return code;
}

enum err_code store_names_add(struct store_names *n, const char *name, struct err *e)
{
    if (n->count == n->cap) {
        size_t cap = n->cap ? 2 * n->cap : 64;
        char **more = realloc(n->names, cap * sizeof *more);

        if (!more)
            return err_nomem(e);
        n->names = more;
        n->cap = cap;
    }
    n->names[n->count] = strdup(name);
    if (!n->names[n->count])
        return err_nomem(e);
    n->count++;
    return ERR_OK;
}

static enum err_code add_name(void *ctx, const char *name, struct err *e)
{
    return store_names_add(ctx, name, e);
}

enum err_code store_names_load(
        struct store_names *n, struct store *s, const char *folder, struct err *e)
{
    memset(n, 0, sizeof *n);
    return store_list(s, folder, add_name, n, e);
}

void store_names_free(struct store_names *n)
{
    size_t i;

    for (i = 0; i < n->count; i++)
        free(n->names[i]);
    free(n->names);
    memset(n, 0, sizeof *n);
}

enum err_code store_check_file(const struct store *s, const char *name, struct err *e)
{
    char *path = path_of(s, name);
    enum err_code code = ERR_OK;
    struct stat st;

    if (!path)
        return err_nomem(e);
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        code = err_set(e, ERR_IO, "cannot write %s: %s", path,
                S_ISDIR(st.st_mode) ? strerror(EISDIR) : "it is not a file");
    free(path);
    return code;
}

enum err_code store_remove(struct store *s, const char *name, struct err *e)
{
    char *path = path_of(s, name);
    enum err_code code = path ? store_check_file(s, name, e) : err_nomem(e);
    struct buf key;

    if (code == ERR_OK && unlink(path) != 0 && errno != ENOENT)
        code = err_errno(e, errno, "cannot remove %s", path);
    free(path);
    if (code != ERR_OK || !store_bucket(s))
        return code;
    buf_init(&key, BUF_MAX_SMALL);
    buf_addf(&key, "%s%s", store_prefix(s), name);
    code = buf_check(&key, "the work store's key", e);
    if (code == ERR_OK)
        code = sync_delete_object(store_sync(s), store_bucket(s), buf_str(&key), e);
    if (code != ERR_OK)
        code = store_error(s, name, e);
    buf_free(&key);
    return code;
}
