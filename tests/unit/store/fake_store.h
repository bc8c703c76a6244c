/* A work store in memory, for tests of what is built on store.h: nothing touches a disk, callbacks
 * come when the test says so (or from a loop), and any function can be made to fail. It keeps the
 * contract of a folder; test_store_kinds.c shows it. To be included from any layer's tests above
 * store:
 *
 *     struct fake_store *f = fake_store_new(NULL);
 *     f->fail = (struct fake_fault){.op = "commit", .name = JOB_FILE};
 *     ... &f->store ...
 *     fake_store_answer_all(f);
 *     store_close(&f->store);
 */
#ifndef COPYOUT_TEST_FAKE_STORE_H
#define COPYOUT_TEST_FAKE_STORE_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "store/kinds/store_kind.h"

enum { FAKE_FILES_MOST = 256, FAKE_ANSWERS_MOST = 256, FAKE_NAME_MAX = 128 };

struct fake_file {
    char name[FAKE_NAME_MAX]; /* "": a free entry */
    int fd;                   /* of a file in memory */
};

struct fake_answer {
    struct err err;
    struct buf content;
    bool found;
    store_cb cb;
    store_got_cb got; /* of store_get(); else NULL */
    void *ctx;
};

/* Makes a function fail. */
struct fake_fault {
    const char *op;   /* the member of struct store_ops; or "write": what is written to the streams
                         and descriptors of create and append fails for want of space. NULL: none */
    const char *name; /* of the one file for which it fails; NULL: of all */
    unsigned skip;    /* calls that go well before it fails */
    enum err_code code; /* 0: ERR_IO */
};

struct fake_store {
    struct store store;
    struct net *net; /* NULL: answers come from fake_store_answer() */
    struct fake_file files[FAKE_FILES_MOST];
    struct fake_answer *answers[FAKE_ANSWERS_MOST]; /* the oldest first */
    unsigned answer_count;
    struct fake_fault fail;
    unsigned calls;        /* of functions that may fail */
    unsigned regions_kept; /* calls of store_keep_region() */
    unsigned folders_made; /* of store_make_folders() */
    int64_t age_s;         /* of all files */
    bool *closed;          /* set by store_close(); NULL: not asked */
};

static inline struct fake_store *fake_of(const struct store *s)
{
    return (struct fake_store *)(uintptr_t)s;
}

static inline bool fake_is_hit(struct fake_store *f, const char *op, const char *name)
{
    if (!f->fail.op || strcmp(f->fail.op, op) != 0)
        return false;
    if (f->fail.name && (!name || strcmp(f->fail.name, name) != 0))
        return false;
    if (f->fail.skip > 0) {
        f->fail.skip--;
        return false;
    }
    return true;
}

static inline bool fake_fails(struct store *s, const char *op, const char *name, struct err *e)
{
    struct fake_store *f = fake_of(s);

    f->calls++;
    if (!fake_is_hit(f, op, name))
        return false;
    err_set(e, f->fail.code ? f->fail.code : ERR_IO, "the fake store fails: %s %s", op,
            name ? name : "");
    return true;
}

/* --- files --- */

static inline struct fake_file *fake_find(struct fake_store *f, const char *name)
{
    size_t i;

    for (i = 0; i < FAKE_FILES_MOST; i++)
        if (f->files[i].name[0] && strcmp(f->files[i].name, name) == 0)
            return &f->files[i];
    return NULL;
}

static inline void fake_unlink(struct fake_store *f, const char *name)
{
    struct fake_file *file = fake_find(f, name);

    if (!file)
        return;
    close(file->fd);
    file->name[0] = '\0';
}

/* An empty file in the place of what had the name. */
static inline struct fake_file *fake_make(struct fake_store *f, const char *name)
{
    size_t i;

    fake_unlink(f, name);
    for (i = 0; i < FAKE_FILES_MOST; i++) {
        struct fake_file *file = &f->files[i];

        if (file->name[0])
            continue;
        file->fd = memfd_create("fake-store", MFD_CLOEXEC);
        if (file->fd < 0 || strlen(name) >= sizeof file->name)
            abort();
        memcpy(file->name, name, strlen(name) + 1);
        return file;
    }
    abort();
}

/* A new descriptor of its own position. */
static inline int fake_open(const struct fake_file *file, int flags)
{
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/proc/self/fd/%d", file->fd);
    fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        abort();
    return fd;
}

static inline int fake_open_to_write(struct fake_store *f, const char *name, bool full)
{
    struct fake_file *file = fake_make(f, name);

    return full ? open("/dev/full", O_WRONLY | O_CLOEXEC) : fake_open(file, O_WRONLY | O_APPEND);
}

static inline void fake_part_name(char part[FAKE_NAME_MAX + 8], const char *name)
{
    snprintf(part, FAKE_NAME_MAX + 8, "%s.part", name);
}

/* --- the table --- */

static inline void fake_close(struct store *s)
{
    struct fake_store *f = fake_of(s);
    size_t i;

    for (i = 0; i < FAKE_FILES_MOST; i++)
        if (f->files[i].name[0])
            close(f->files[i].fd);
    if (f->answer_count > 0)
        abort(); /* a callback that never came */
    if (f->closed)
        *f->closed = true;
    free(f);
}

static inline void fake_remove_if_empty(struct store *s)
{
    (void)s;
}

static inline enum err_code fake_make_folders(struct store *s, struct err *e)
{
    if (fake_fails(s, "make_folders", NULL, e))
        return e->code;
    fake_of(s)->folders_made++;
    return ERR_OK;
}

static inline void fake_show(const struct store *s, const char *name, struct buf *out)
{
    (void)s;
    buf_addf(out, "fake:%s", name);
}

static inline const char *fake_temp_dir(const struct store *s)
{
    (void)s;
    return "/tmp";
}

static inline void fake_keep_region(struct store *s)
{
    fake_of(s)->regions_kept++;
}

static inline enum err_code fake_list(
        struct store *s, const char *folder, store_name_cb each, void *ctx, struct err *e)
{
    struct fake_store *f = fake_of(s);
    size_t i;

    if (fake_fails(s, "list", folder, e))
        return e->code;
    for (i = 0; i < FAKE_FILES_MOST; i++)
        if (f->files[i].name[0] && str_starts(f->files[i].name, folder) &&
                each(ctx, f->files[i].name, e) != ERR_OK)
            return e->code;
    return ERR_OK;
}

static inline bool fake_is_unfinished(const struct store *s, const char *name, const char *of)
{
    char part[FAKE_NAME_MAX + 8];

    (void)s;
    fake_part_name(part, of);
    return strcmp(name, part) == 0;
}

static inline enum err_code fake_check_file(const struct store *s, const char *name, struct err *e)
{
    return fake_fails((struct store *)(uintptr_t)s, "check_file", name, e) ? e->code : ERR_OK;
}

static inline enum err_code fake_has_bytes(
        struct store *s, const char *name, bool *has, struct err *e)
{
    struct fake_file *file = fake_find(fake_of(s), name);
    struct stat st;

    if (fake_fails(s, "has_bytes", name, e))
        return e->code;
    *has = file && fstat(file->fd, &st) == 0 && st.st_size > 0;
    return ERR_OK;
}

static inline enum err_code fake_remove(struct store *s, const char *name, struct err *e)
{
    if (fake_fails(s, "remove", name, e))
        return e->code;
    fake_unlink(fake_of(s), name);
    return ERR_OK;
}

static inline enum err_code fake_create(
        struct store *s, const char *name, FILE **out, struct err *e)
{
    char part[FAKE_NAME_MAX + 8];

    if (fake_fails(s, "create", name, e))
        return e->code;
    fake_part_name(part, name);
    *out = fdopen(
            fake_open_to_write(fake_of(s), part, fake_is_hit(fake_of(s), "write", name)), "wb");
    return ERR_OK;
}

static inline void fake_discard(struct store *s, const char *name, FILE *file)
{
    char part[FAKE_NAME_MAX + 8];

    fclose(file);
    fake_part_name(part, name);
    fake_unlink(fake_of(s), part);
}

static inline enum err_code fake_commit(
        struct store *s, const char *name, FILE *file, struct err *e)
{
    bool written = fflush(file) == 0 && !ferror(file);
    char part[FAKE_NAME_MAX + 8];

    if (fake_fails(s, "commit", name, e) ||
            (!written && err_errno(e, ENOSPC, "cannot write %s", name) != ERR_OK)) {
        fake_discard(s, name, file);
        return e->code;
    }
    fclose(file);
    fake_unlink(fake_of(s), name);
    fake_part_name(part, name);
    snprintf(fake_find(fake_of(s), part)->name, FAKE_NAME_MAX, "%s", name);
    return ERR_OK;
}

static inline enum err_code fake_settle(
        struct store *s, const char *name, FILE *file, struct err *e)
{
    if (fake_fails(s, "settle", name, e)) {
        fake_discard(s, name, file);
        return e->code;
    }
    return fake_commit(s, name, file, e);
}

static inline enum err_code fake_move(
        struct store *s, const char *from, const char *to, bool *moved, struct err *e)
{
    struct fake_file *file = fake_find(fake_of(s), from);

    if (fake_fails(s, "move", from, e))
        return e->code;
    if (fake_find(fake_of(s), to))
        return ERR_OK;
    *moved = true;
    if (file)
        memcpy(file->name, to, strlen(to) + 1);
    return ERR_OK;
}

static inline enum err_code fake_read(struct store *s, const char *name, FILE **out, struct err *e)
{
    struct fake_file *file = fake_find(fake_of(s), name);

    if (fake_fails(s, "read", name, e))
        return e->code;
    *out = file ? fdopen(fake_open(file, O_RDONLY), "rb") : NULL;
    return ERR_OK;
}

static inline enum err_code fake_read_range(struct store *s, const char *name, uint64_t offset,
        uint64_t length, FILE **out, struct err *e)
{
    struct fake_file *file = fake_find(fake_of(s), name);

    (void)length;
    if (fake_fails(s, "read_range", name, e))
        return e->code;
    *out = file ? fdopen(fake_open(file, O_RDONLY), "rb") : NULL;
    if (*out && fseeko(*out, (off_t)offset, SEEK_SET) != 0)
        abort();
    return ERR_OK;
}

static inline void fake_release(struct store *s, const char *name)
{
    (void)s, (void)name;
}

static inline enum err_code fake_append(struct store *s, const char *name, int *out, struct err *e)
{
    if (fake_fails(s, "append", name, e))
        return e->code;
    *out = fake_open_to_write(fake_of(s), name, fake_is_hit(fake_of(s), "write", name));
    return ERR_OK;
}

/* --- answers --- */

/* Gives the oldest answer. false: there is none. */
static inline bool fake_store_answer(struct fake_store *f)
{
    struct fake_answer *a = f->answers[0];

    if (f->answer_count == 0)
        return false;
    f->answer_count--;
    memmove(f->answers, f->answers + 1, f->answer_count * sizeof f->answers[0]);
    if (a->got)
        a->got(a->ctx, &a->err, a->found ? &a->content : NULL, f->age_s);
    else
        a->cb(a->ctx, &a->err);
    buf_free(&a->content);
    free(a);
    return true;
}

static inline void fake_store_answer_all(struct fake_store *f)
{
    while (fake_store_answer(f)) {
    }
}

static inline void fake_on_timer(void *ctx)
{
    fake_store_answer(ctx);
}

static inline struct fake_answer *fake_answer_new(store_cb cb, void *ctx)
{
    struct fake_answer *a = calloc(1, sizeof *a);

    buf_init(&a->content, STORE_SMALL_MOST);
    err_clear(&a->err);
    a->cb = cb;
    a->ctx = ctx;
    return a;
}

static inline enum err_code fake_answer_later(struct store *s, struct fake_answer *a, struct err *e)
{
    struct fake_store *f = fake_of(s);

    if (f->answer_count == FAKE_ANSWERS_MOST)
        abort();
    f->answers[f->answer_count++] = a;
    return f->net ? net_timer_start(f->net, 0, fake_on_timer, f, NULL, e) : ERR_OK;
}

/* Two faults for each of these: "get" is told by the callback, "get_start" is returned. */
static inline enum err_code fake_get(
        struct store *s, const char *name, store_got_cb cb, void *ctx, struct err *e)
{
    struct fake_answer *a;

    if (fake_fails(s, "get_start", name, e))
        return e->code;
    a = fake_answer_new(NULL, ctx);
    a->got = cb;
    if (!fake_fails(s, "get", name, &a->err) &&
            store_load(s, name, &a->content, &a->found, &a->err) == ERR_OK)
        err_clear(&a->err);
    a->found = a->found && a->err.code == ERR_OK;
    return fake_answer_later(s, a, e);
}

static inline enum err_code fake_put(struct store *s, const char *name, const void *data,
        size_t len, bool is_new, store_cb cb, void *ctx, struct err *e)
{
    struct fake_answer *a;

    if (fake_fails(s, "put_start", name, e))
        return e->code;
    a = fake_answer_new(cb, ctx);
    if (is_new && fake_find(fake_of(s), name)) {
        err_set(&a->err, ERR_PRECONDITION, "%s is there already", name);
        return fake_answer_later(s, a, e);
    }
    if (!fake_fails(s, "put", name, &a->err) &&
            write(fake_make(fake_of(s), name)->fd, data, len) != (ssize_t)len)
        abort();
    return fake_answer_later(s, a, e);
}

static inline enum err_code fake_delete(
        struct store *s, const char *name, store_cb cb, void *ctx, struct err *e)
{
    struct fake_answer *a;

    if (fake_fails(s, "delete_start", name, e))
        return e->code;
    a = fake_answer_new(cb, ctx);
    if (!fake_fails(s, "delete", name, &a->err))
        fake_unlink(fake_of(s), name);
    return fake_answer_later(s, a, e);
}

static inline enum err_code fake_publish(
        struct store *s, const char *name, store_cb cb, void *ctx, struct err *e)
{
    struct fake_answer *a;

    if (fake_fails(s, "publish_start", name, e))
        return e->code;
    a = fake_answer_new(cb, ctx);
    (void)fake_fails(s, "publish", name, &a->err);
    return fake_answer_later(s, a, e);
}

static inline void fake_wait(struct store *s, const bool *done)
{
    struct fake_store *f = fake_of(s);

    if (f->net)
        net_run_until(f->net, done);
    while (!*done && fake_store_answer(f)) {
    }
}

static inline struct fake_store *fake_store_new(struct net *net)
{
    static const struct store_ops ops = {
            .is_exclusive = true,
            .close = fake_close,
            .remove_if_empty = fake_remove_if_empty,
            .make_folders = fake_make_folders,
            .show = fake_show,
            .temp_dir = fake_temp_dir,
            .keep_region = fake_keep_region,
            .list = fake_list,
            .is_unfinished = fake_is_unfinished,
            .check_file = fake_check_file,
            .has_bytes = fake_has_bytes,
            .remove = fake_remove,
            .create = fake_create,
            .commit = fake_commit,
            .settle = fake_settle,
            .move = fake_move,
            .discard = fake_discard,
            .read = fake_read,
            .read_range = fake_read_range,
            .release = fake_release,
            .append = fake_append,
            .get = fake_get,
            .put = fake_put,
            .delete = fake_delete,
            .publish = fake_publish,
            .wait = fake_wait,
    };
    struct fake_store *f = calloc(1, sizeof *f);

    f->store.ops = &ops;
    f->net = net;
    return f;
}

/* Whether there is a file of that name, with that text. */
static inline bool fake_store_has(struct fake_store *f, const char *name, const char *text)
{
    struct fake_file *file = fake_find(f, name);
    size_t len = strlen(text);
    char *is = malloc(len + 1);
    bool same =
            file && pread(file->fd, is, len + 1, 0) == (ssize_t)len && memcmp(is, text, len) == 0;

    free(is);
    return same;
}

#endif
