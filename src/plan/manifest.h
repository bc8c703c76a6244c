/* The CSV manifest, as a push parser: bytes in (plain or gzip, found out from the first two), a
 * callback for every good row, a problem for every bad one. No I/O; constant memory.
 *
 * A row is bucket,key or bucket,key,versionId, or s3://bucket/key alone: RFC 4180 quotes, LF or
 * CRLF, with or without a last newline or a UTF-8 byte order mark. Blank lines are passed over. A
 * quoted key may hold a newline; a row's number is that of the line it begins on. */
#ifndef COPYOUT_PLAN_MANIFEST_H
#define COPYOUT_PLAN_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/input.h"
#include "model/problems.h"

struct manifest_row {
    uint64_t line;
    const char *bucket;     /* all valid until the callback returns */
    const char *key;        /* decoded, if the input says that keys are URL-encoded */
    const char *version_id; /* NULL: none given */
};

/* Anything but ERR_OK ends the parsing with that error. */
typedef enum err_code (*manifest_row_cb)(void *ctx, const struct manifest_row *row, struct err *e);

struct manifest;

struct manifest_options {
    enum key_encoding encoding;
    bool header;            /* the first row is passed over */
    enum input_words words; /* of problems */
};

enum err_code manifest_new(struct manifest **out, struct manifest_options options,
        struct problems *problems, manifest_row_cb on_row, void *ctx, struct err *e) ERR_MUST_CHECK;
void manifest_free(struct manifest *m);

/* Bad rows are problems, not errors. Errors: out of memory, and what the callback said. Gzip that
 * cannot be read is a problem, after which all further bytes are passed over, as is a file of
 * another kind (mistakes.h). */
enum err_code manifest_feed(
        struct manifest *m, const char *data, size_t len, struct err *e) ERR_MUST_CHECK;
/* At the end of the bytes; a manifest without any row, good or bad, is a problem. A mistake of the
 * whole list takes the place of the problems of its rows. */
enum err_code manifest_finish(struct manifest *m, struct err *e) ERR_MUST_CHECK;

uint64_t manifest_rows(const struct manifest *m); /* good ones so far */

#endif
