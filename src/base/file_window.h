/* A window on a file: reads places of a file most of which lie near one another, with few system
 * calls and in bounded memory. */
#ifndef COPYOUT_BASE_FILE_WINDOW_H
#define COPYOUT_BASE_FILE_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { FILE_WINDOW_BYTES = 4 * 1024 * 1024 };

struct file_window {
    int fd;
    char *data;     /* NULL: nothing was read yet */
    uint64_t at;    /* where in the file it begins */
    size_t len;     /* bytes in it */
    uint64_t asked; /* bytes that were asked for since it was moved */
    char *far;      /* a place outside of it */
    size_t far_cap;
};

/* Points the window at a file, whose content stays as it is. The descriptor stays the caller's. w
 * is zeroed before the first time; its memory is used again. */
void file_window_open(struct file_window *w, int fd);
void file_window_free(struct file_window *w); /* leaves it zeroed */

/* Reads len bytes (at least 1) from offset on; *out is valid until the next call. However the
 * places lie, the system reads at most five times what is asked for, and one window. Errors:
 * ERR_IO, also when the file ends before; ERR_NOMEM. */
enum err_code file_window_read(struct file_window *w, uint64_t offset, size_t len, const char **out,
        struct err *e) ERR_MUST_CHECK;

#endif
