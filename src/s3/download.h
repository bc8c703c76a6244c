/* A GetObject whose body goes to the caller in pieces, as it comes. When the body breaks off, the
 * next attempt asks for the rest only, of the same object only. For the files of s3 only.
 *
 * Invariants: no byte is handed on twice. A range is asked for with If-Match, and refused when the
 * object's ETag is not known, so that the bytes of two objects are not mixed. */
#ifndef COPYOUT_S3_DOWNLOAD_H
#define COPYOUT_S3_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "s3/build.h"
#include "s3/request.h"

struct s3_download {
    uint64_t first, last; /* the bytes asked for, as in struct s3_get */
    uint64_t handed_on;   /* bytes so far */
    uint64_t at_failure;  /* handed_on when an attempt last failed */
    bool continuing;      /* the attempt under way has handed on some */
    char etag[ETAG_SIZE]; /* of the object; "" as long as it is not known */
    http_body_cb on_body; /* the caller's */
    void *ctx;
};

/* A download of what get asks for; free() ends it. NULL: out of memory. */
struct s3_download *s3_download_new(const struct s3_get *get);

/* To be called before each attempt is sent. */
void s3_download_begin_attempt(struct s3_download *d);

/* An http_body_cb with a struct s3_download as its ctx: hands the piece on to the caller.
 * Errors: the caller's own; ERR_SERVICE when the server sends the whole object again in answer to
 * a range, or a range of an object whose ETag is not known. */
enum err_code s3_download_on_body(
        void *download, int status, const char *data, size_t len, struct err *e);

/* Whether more bytes came than at the last failure. d: NULL for a call that is no download. */
bool s3_download_came_further(const struct s3_download *d);
/* Notes that an attempt failed here. d may be NULL. */
void s3_download_note_failure(struct s3_download *d);

/* After an attempt failed: makes m ask for what is still missing. headers: those of the answer that
 * broke off, which name the object's ETag; or of none. */
void s3_download_resume(struct s3_download *d, const struct headers *headers, struct s3_message *m);

#endif
