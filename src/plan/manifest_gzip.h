/* Gzip as a push decoder: one member after another (`cat a.gz b.gz`, bgzip), constant memory. */
#ifndef COPYOUT_PLAN_MANIFEST_GZIP_H
#define COPYOUT_PLAN_MANIFEST_GZIP_H

#include <stddef.h>

#include "base/err.h"

struct gunzip;

typedef enum err_code (*gunzip_cb)(void *ctx, const char *data, size_t len, struct err *e);

enum err_code gunzip_new(
        struct gunzip **out, gunzip_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;
void gunzip_free(struct gunzip *g);

/* Errors: out of memory, and what the callback said. Bytes that are not gzip are none: *problem is
 * then what is wrong with them (else NULL), and nothing more may be fed. */
enum err_code gunzip_feed(struct gunzip *g, const char *data, size_t len, const char **problem,
        struct err *e) ERR_MUST_CHECK;
/* At the end of the bytes: NULL, or what is wrong. */
const char *gunzip_end_problem(const struct gunzip *g);

#endif
