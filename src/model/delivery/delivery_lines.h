/* The first and the last line of a delivery record (docs/delivery-record.md); delivered.h has those
 * between them. */
#ifndef COPYOUT_MODEL_DELIVERY_LINES_H
#define COPYOUT_MODEL_DELIVERY_LINES_H

#include <stdint.h>

#include "base/buf.h"
#include "model/delivery/delivery_key.h"

enum {
    DELIVERY_VERSION = 1,
    DELIVERY_OWN_MOST = 4, /* copyout's own files in the destination */
};

/* The first line. Strings are owned where delivery_head_read() made them. */
struct delivery_head {
    char *tool;        /* "copyout 0.1.0" */
    char *list;        /* "sha256:…", the digest of the job's list; NULL: it is not known */
    char *created;     /* ISO 8601 */
    char *destination; /* s3://bucket/folder/ */
    uint64_t objects;  /* lines that follow */
    uint64_t bytes;    /* of them, but for what was kept */
    uint64_t kept;     /* of them, what was there already and was left */
    uint64_t failed, missing;     /* objects of the job that are not there: FAILED, not reached */
    char *own[DELIVERY_OWN_MOST]; /* keys of copyout's own files, as far as they have no number */
    unsigned own_count;
};

void delivery_head_write(struct buf *out, const struct delivery_head *h); /* with '\n' */

enum delivery_line {
    DELIVERY_LINE_GOOD,
    DELIVERY_LINE_OTHER, /* it is no such line */
    DELIVERY_LINE_LATER, /* it is of a record of a later version */
};

/* The reverse, of a line without '\n'. The head is zeroed unless it is good; no memory is
 * DELIVERY_LINE_OTHER. */
enum delivery_line delivery_head_read(struct delivery_head *h, const char *line, size_t len);
void delivery_head_free(struct delivery_head *h); /* leaves it zeroed */

/* The last line. */
struct delivery_end {
    char digest[DELIVERY_DIGEST_SIZE]; /* of all bytes before this line */
    char key[DELIVERY_DIGEST_SIZE];    /* delivery_key_id(); "": it is not signed */
    char signature[DELIVERY_SIGNATURE_SIZE];
};

void delivery_end_write(struct buf *out, const struct delivery_end *end); /* with '\n' */
/* Of a line without '\n'; false: it is no such line. */
bool delivery_end_read(struct delivery_end *end, const char *line, size_t len);

#endif
