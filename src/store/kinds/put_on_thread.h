/* A small file is written into a folder by a thread: to sync it takes a disk milliseconds, and the
 * loop has hundreds of requests to look after. */
#ifndef COPYOUT_STORE_PUT_ON_THREAD_H
#define COPYOUT_STORE_PUT_ON_THREAD_H

#include "store/store.h"

struct put_file {
    char *from, *to;  /* the path while the file is unfinished, and its path then */
    bool is_new;      /* true: it must not be there yet (dirs_put_new()) */
    const void *data; /* must stay until the callback */
    size_t len;       /* in bytes */
    struct err err;   /* not ERR_OK: why it may not be written; this is what the callback is told */
};

/* Writes and syncs the file (dirs_replace(), dirs_put_new()), and calls cb from the loop; cb is not
 * called when the loop ends before. Takes over from and to, also with an error.
 * Errors: ERR_NOMEM, of which cb is not told. */
enum err_code put_file_start(struct net *net, const struct put_file *file, store_cb cb, void *ctx,
        struct err *e) ERR_MUST_CHECK;

#endif
