/* A list, as a push parser: bytes in (plain or gzip, found out from the first two), a callback for
 * every good row, a problem for every bad one. No I/O; constant memory. What kind of list it is,
 * its first bytes or its first row tell: CSV rows, copy instructions as JSON lines
 * (lists/jsonl_lines.h), a report of copyout, a completion report of S3 Batch Operations, or a JSON
 * that names the files of a list (lists/list_index.h), which the caller reads then.
 *
 * A row of CSV is bucket,key or bucket,key,versionId, or s3://bucket/key alone: RFC 4180 quotes, LF
 * or CRLF, with or without a last newline or a UTF-8 byte order mark. Blank lines are passed over.
 * A quoted key may hold a newline; a row's number is that of the line it begins on. Other columns
 * are those of the options, or of a header that names a destination key (lists/list_columns.h). */
#ifndef COPYOUT_PLAN_MANIFEST_H
#define COPYOUT_PLAN_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/input.h"
#include "model/item.h"
#include "model/problems.h"
#include "plan/lists/list_index.h"

/* The object or objects that a row stands for. */
enum manifest_row_kind {
    MANIFEST_ROW_OBJECT,
    MANIFEST_ROW_PREFIX, /* the objects of a prefix: its key is "*", or ends with that behind a '/'.
                            Of copy instructions alone; elsewhere '*' is a byte of a key */
};

struct manifest_row {
    uint64_t line;
    enum manifest_row_kind kind;
    const char *bucket;     /* all valid until the callback returns */
    const char *key;        /* decoded, if the input says that keys are URL-encoded */
    const char *version_id; /* NULL: none given */
    struct item_naming naming;
    const char *sums; /* what it asserts of the object (model/list/sums.h); NULL: nothing */
    struct copy_overrides *overrides; /* NULL: the row has no options of its own. Moved out of by
                                         whoever keeps it; what is left is freed */
};

/* Anything but ERR_OK ends the parsing with that error. */
typedef enum err_code (*manifest_row_cb)(void *ctx, const struct manifest_row *row, struct err *e);

struct manifest;

struct manifest_options {
    enum key_encoding encoding;
    bool header;            /* the first row is passed over, or names the columns */
    bool only_failed;       /* of a report, the rows alone whose object is not there */
    enum input_words words; /* of problems */
    const char *columns;    /* as list_columns_of_text() takes them; NULL: the usual ones */
    /* A row of a report of copyout keeps the destination key that it has, if it lies below that
     * folder of that bucket. */
    const char *destination_bucket, *destination_folder;
    const struct list_columns *of_index; /* of a file that an index names; NULL: it is none */
    uint64_t lines_before;               /* of files before this one: added to the number of rows */
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
/* After manifest_finish(), of CSV: the lines that it has, with those before. */
uint64_t manifest_lines(const struct manifest *m);

/* After manifest_finish(): the files that the list named, if it was an index of them; the caller
 * reads each by a parser of its own, with these columns and this encoding. NULL: it was a list. */
const struct list_index *manifest_index(const struct manifest *m);

#endif
