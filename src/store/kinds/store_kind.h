/* The face of a kind of work store: a table of functions, each as store.h specifies the function of
 * the same name. The kinds themselves include it (store_folder.c, store_s3.c beside it), and tests
 * that bring a kind of their own; no other file does.
 *
 * An implementation has a struct that begins with struct store, and sets ops. store.c sets *out to
 * NULL, -1 or false before it calls a function that has an out-parameter. */
#ifndef COPYOUT_STORE_STORE_KIND_H
#define COPYOUT_STORE_STORE_KIND_H

#include "store/store.h"

typedef enum err_code (*store_name_cb)(void *ctx, const char *name, struct err *e);

struct store_ops {
    bool is_exclusive;
    void (*close)(struct store *s); /* frees s */
    void (*remove_if_empty)(struct store *s);
    enum err_code (*make_folders)(struct store *s, struct err *e);
    void (*show)(const struct store *s, const char *name, struct buf *out);
    const char *(*temp_dir)(const struct store *s);
    void (*keep_region)(struct store *s);

    enum err_code (*list)(
            struct store *s, const char *folder, store_name_cb each, void *ctx, struct err *e);
    bool (*is_unfinished)(const struct store *s, const char *name, const char *of);
    enum err_code (*check_file)(const struct store *s, const char *name, struct err *e);
    enum err_code (*has_bytes)(struct store *s, const char *name, bool *has, struct err *e);
    enum err_code (*remove)(struct store *s, const char *name, struct err *e);

    enum err_code (*create)(struct store *s, const char *name, FILE **out, struct err *e);
    enum err_code (*commit)(struct store *s, const char *name, FILE *file, struct err *e);
    enum err_code (*settle)(struct store *s, const char *name, FILE *file, struct err *e);
    /* NULL: nothing is moved. */
    enum err_code (*move)(
            struct store *s, const char *from, const char *to, bool *moved, struct err *e);
    void (*discard)(struct store *s, const char *name, FILE *file);
    enum err_code (*read)(struct store *s, const char *name, FILE **out, struct err *e);
    enum err_code (*read_range)(struct store *s, const char *name, uint64_t offset, uint64_t length,
            FILE **out, struct err *e);
    void (*release)(struct store *s, const char *name);

    enum err_code (*append)(struct store *s, const char *name, int *out, struct err *e);

    enum err_code (*get)(
            struct store *s, const char *name, store_got_cb cb, void *ctx, struct err *e);
    /* store_put(); is_new: store_put_new(). */
    enum err_code (*put)(struct store *s, const char *name, const void *data, size_t len,
            bool is_new, store_cb cb, void *ctx, struct err *e);
    enum err_code (*delete)(
            struct store *s, const char *name, store_cb cb, void *ctx, struct err *e);
    enum err_code (*publish)(
            struct store *s, const char *name, store_cb cb, void *ctx, struct err *e);
    void (*wait)(struct store *s, const bool *done); /* store_wait() sees whether *done is set */
};

struct store {
    const struct store_ops *ops;
};

/* The two kinds. Parameters and errors: store_open(). */
enum err_code store_folder_open(
        struct store **out, const char *where, struct net *net, struct err *e) ERR_MUST_CHECK;
enum err_code store_folder_open_to_look(struct store **out, const char *where, struct net *net,
        bool *in_use, struct err *e) ERR_MUST_CHECK;
enum err_code store_s3_open(struct store **out, const char *where, const char *tmp, struct net *net,
        struct s3_client *s3, struct err *e) ERR_MUST_CHECK;

#endif
