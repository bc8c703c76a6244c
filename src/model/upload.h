/* The record of a multipart upload that is not finished: one small JSON file in the work store,
 * uploads/<digest of the destination>.json, so that whoever comes next can go on with it or remove
 * it. docs/results.md names the fields. */
#ifndef COPYOUT_MODEL_UPLOAD_H
#define COPYOUT_MODEL_UPLOAD_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/object/checksum.h"
#include "model/object/etag.h"
#include "model/object/layout.h"

/* The records of one destination key. The first is that of an upload that one worker makes. Of an
 * object that many workers copy together (model/item.h: slices) the first is that of the upload
 * that they share; where that was of no use any more, the next one's is 1, and so on. Besides,
 * each worker that is about to create such an upload announces it in a record of its own:
 * UPLOAD_ANNOUNCED and a random number. */
enum {
    UPLOAD_FIRST = 0,
    UPLOAD_TURNS_MOST = 16, /* uploads, one after another, for an object that workers share */
    UPLOAD_ANNOUNCED = 1000,
};

/* How long a Create with all its retries may take, and how far two of S3's clocks are apart. */
enum { UPLOAD_CREATE_MOST_S = 900, UPLOAD_CLOCK_SLACK_S = 2 };

struct upload {
    char *bucket; /* of the destination */
    char *key;
    char *id; /* NULL: it is about to be created, or was, and the answer was not seen */
    char *source_bucket;
    char *source_key;
    char *version_id;     /* NULL: none */
    char *tags;           /* the input's mode: what Create was given depends on it */
    char *options;        /* object_options_sign(): likewise; NULL: none */
    bool tags_after;      /* Create was not given the tags: they are put when the copy is there */
    bool shared;          /* workers of several shards copy parts into it */
    char etag[ETAG_SIZE]; /* the source's */
    /* Of an upload that is shared, the one that Create was given; CHECKSUMS_UNTYPED: none, or not
     * said.
     */
    struct upload_checksum checksum;
    struct layout layout;
    int layout_from; /* enum layout_source */
    int64_t at_s;    /* a moment before it was created, by S3's clock: whole seconds */
    /* A Create of ours whose answer was not seen may have made one more, begun between at_s and
     * this; 0: there is no doubt. Never 0 without an id. */
    int64_t until_s;
    /* Not of the record's text: how many seconds ago it was written, when it was read; and which of
     * the records of its destination it is. */
    int64_t age_s;
    unsigned which;
};

/* The times between which an upload was begun, by S3's clock, of which nothing is known but that
 * its record was written age_s seconds before now_s: the record is written before Create, or after
 * its answer, and Create takes UPLOAD_CREATE_MOST_S at most. Sets at_s and until_s. */
void upload_times_of_record(struct upload *u, int64_t now_s);

void upload_free(struct upload *u); /* frees its content, leaves it zeroed */

/* Appends it as JSON. */
void upload_write(struct buf *out, const struct upload *u);
/* ERR_INPUT: it is no such file. */
enum err_code upload_read(
        struct upload *u, const char *text, size_t len, struct err *e) ERR_MUST_CHECK;

#endif
