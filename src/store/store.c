/* The part of a work store that is the same for every kind: the way to its table, and the functions
 * that are made of others. */
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/kinds/store_kind.h"

/* --- the table --- */

void store_close(struct store *s)
{
    if (s)
        s->ops->close(s);
}

void store_remove_if_empty(struct store *s)
{
    s->ops->remove_if_empty(s);
}

enum err_code store_make_folders(struct store *s, struct err *e)
{
    return s->ops->make_folders(s, e);
}

void store_show(const struct store *s, const char *name, struct buf *out)
{
    s->ops->show(s, name, out);
}

bool store_is_exclusive(const struct store *s)
{
    return s->ops->is_exclusive;
}

const char *store_temp_dir(const struct store *s)
{
    return s->ops->temp_dir(s);
}

void store_keep_region(struct store *s)
{
    s->ops->keep_region(s);
}

enum err_code store_list(
        struct store *s, const char *folder, store_name_cb each, void *ctx, struct err *e)
{
    return s->ops->list(s, folder, each, ctx, e);
}

bool store_is_unfinished(const struct store *s, const char *name, const char *of)
{
    return s->ops->is_unfinished(s, name, of);
}

enum err_code store_check_file(const struct store *s, const char *name, struct err *e)
{
    return s->ops->check_file(s, name, e);
}

enum err_code store_has_bytes(struct store *s, const char *name, bool *has, struct err *e)
{
    *has = false;
    return s->ops->has_bytes(s, name, has, e);
}

enum err_code store_remove(struct store *s, const char *name, struct err *e)
{
    return s->ops->remove(s, name, e);
}

enum err_code store_create(struct store *s, const char *name, FILE **out, struct err *e)
{
    *out = NULL;
    return s->ops->create(s, name, out, e);
}

enum err_code store_commit(struct store *s, const char *name, FILE *file, struct err *e)
{
    return s->ops->commit(s, name, file, e);
}

enum err_code store_settle(struct store *s, const char *name, FILE *file, struct err *e)
{
    return s->ops->settle(s, name, file, e);
}

enum err_code store_move(
        struct store *s, const char *from, const char *to, bool *moved, struct err *e)
{
    *moved = false;
    return s->ops->move ? s->ops->move(s, from, to, moved, e) : ERR_OK;
}

void store_discard(struct store *s, const char *name, FILE *file)
{
    s->ops->discard(s, name, file);
}

enum err_code store_read(struct store *s, const char *name, FILE **out, struct err *e)
{
    *out = NULL;
    return s->ops->read(s, name, out, e);
}

enum err_code store_read_range(struct store *s, const char *name, uint64_t offset, uint64_t length,
        FILE **out, struct err *e)
{
    *out = NULL;
    return s->ops->read_range(s, name, offset, length, out, e);
}

void store_release(struct store *s, const char *name)
{
    s->ops->release(s, name);
}

enum err_code store_append(struct store *s, const char *name, int *out, struct err *e)
{
    *out = -1;
    return s->ops->append(s, name, out, e);
}

enum err_code store_get(
        struct store *s, const char *name, store_got_cb cb, void *ctx, struct err *e)
{
    return s->ops->get(s, name, cb, ctx, e);
}

enum err_code store_put(struct store *s, const char *name, const void *data, size_t len,
        store_cb cb, void *ctx, struct err *e)
{
    return s->ops->put(s, name, data, len, false, cb, ctx, e);
}

enum err_code store_put_new(struct store *s, const char *name, const void *data, size_t len,
        store_cb cb, void *ctx, struct err *e)
{
    return s->ops->put(s, name, data, len, true, cb, ctx, e);
}

enum err_code store_delete(struct store *s, const char *name, store_cb cb, void *ctx, struct err *e)
{
    return s->ops->delete (s, name, cb, ctx, e);
}

enum err_code store_publish(
        struct store *s, const char *name, store_cb cb, void *ctx, struct err *e)
{
    return s->ops->publish(s, name, cb, ctx, e);
}

enum err_code store_wait(struct store *s, const bool *done, struct err *e)
{
    s->ops->wait(s, done);
    return *done ? ERR_OK : err_set(e, ERR_INTERNAL, "nothing is left to wait for");
}

/* --- what is made of it --- */

enum err_code store_load(
        struct store *s, const char *name, struct buf *out, bool *found, struct err *e)
{
    enum err_code code;
    FILE *file;

    code = store_read(s, name, &file, e);
    *found = file != NULL;
    if (code != ERR_OK || !file)
        return code;
    if (!buf_add_file(out, file))
        code = err_errno(e, errno, "cannot read %s", name);
    fclose(file);
    return code != ERR_OK ? code : buf_check(out, name, e);
}

enum err_code store_save(
        struct store *s, const char *name, const void *data, size_t len, struct err *e)
{
    FILE *file;
    enum err_code code = store_create(s, name, &file, e);

    if (code != ERR_OK)
        return code;
    (void)fwrite(data, 1, len, file); /* store_commit() sees ferror() */
    return store_commit(s, name, file, e);
}

enum err_code store_remove_all(
        struct store *s, const char *folder, bool (*is_ours)(const char *name), struct err *e)
{
    struct store_names found;
    enum err_code code = store_names_load(&found, s, folder, e);
    size_t i;

    for (i = 0; code == ERR_OK && i < found.count; i++)
        if (is_ours(found.names[i]))
            code = store_remove(s, found.names[i], e);
    store_names_free(&found);
    return code;
}

/* --- a list of names --- */

enum err_code store_names_add(struct store_names *n, const char *name, struct err *e)
{
    char **names = array_grow(n->names, n->count, &n->cap, sizeof(char *));

    if (!names)
        return err_nomem(e);
    n->names = names;
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
