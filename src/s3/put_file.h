/* Puts a file of any size into S3: at once if it is small, else in parts, one after the other. */
#ifndef COPYOUT_S3_PUT_FILE_H
#define COPYOUT_S3_PUT_FILE_H

#include <stdio.h>

#include "net/net.h"
#include "s3/client.h"

/* How a file is written. */
struct put_file {
    const char *content_type; /* NULL: none */
    const char *ours;         /* as struct s3_put has it */
    /* If-None-Match: *, at Complete for a file in parts; ERR_PRECONDITION: something is there */
    bool only_if_absent;
};

/* err is ERR_OK, or why the file is not there. Valid until the callback returns. */
typedef void (*s3_put_file_cb)(void *ctx, const struct err *err);

/* Starts it and returns at once; cb is called exactly once, from the loop and never from within
 * this function, and not at all when this returns an error. A multipart upload that was begun and
 * fails is aborted before that; err is what failed first. The strings are copied. file is open for
 * reading and can be measured by seeking; it must stay open until cb is called, and its position is
 * undefined then. Errors: ERR_NOMEM; ERR_IO when the file cannot be read; as s3_start(). */
enum err_code s3_put_file(struct net *net, struct s3_client *s3, const struct s3_where *where,
        const struct put_file *put, FILE *file, s3_put_file_cb cb, void *ctx,
        struct err *e) ERR_MUST_CHECK;

#endif
