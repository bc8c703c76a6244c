/* The outcome of one item: one JSON line in results/<shard>.jsonl. docs/results.md names the
 * fields. */
#ifndef COPYOUT_MODEL_RESULT_H
#define COPYOUT_MODEL_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/item.h"
#include "model/verify.h"

enum result_status {
    RESULT_COPIED, /* it was copied, by this run */
    RESULT_SAME,   /* it was there already, and proven the same */
    RESULT_KEPT,   /* something else is there, and was left as the input asks */
    RESULT_FAILED,
    RESULT_PENDING, /* a dry run: it would be copied */
    RESULT_STATUS_COUNT
};

const char *result_status_name(enum result_status status);

/* Things worth knowing of a copy that is otherwise well; a set of bits. */
enum result_note {
    NOTE_TAGS_DROPPED = 1,        /* "tags-dropped": we may not read or write them */
    NOTE_LAYOUT_NOT_MIRRORED = 2, /* "layout-not-mirrored": the source's parts could not be had */
    NOTE_CLASS_CHANGED = 4,       /* "storage-class-changed": archived there, STANDARD here */
    NOTE_DESTINATION_UNREADABLE = 8, /* "destination-unreadable": we may write it, not look at it */
    NOTE_NO_SOURCE_CONDITION = 1024, /* "source-condition-unsupported": copied without
                                        x-amz-copy-source-if-match */
    NOTE_NO_TARGET_CONDITION = 2048, /* "destination-condition-unsupported": written without
                                        If-None-Match */
    NOTE_NO_TAG_DIRECTIVE = 4096,    /* "tagging-directive-unsupported": copied without
                                        x-amz-tagging-directive, and may have tags */
};

/* The object that we wrote, as the destination described it: by the answer to CopyObject or
 * CompleteMultipartUpload, and where that left something out, by HeadObject. */
struct written {
    char etag[ETAG_SIZE];         /* "": not said */
    char *version_id;             /* NULL: not said, as where the bucket keeps no versions. Owned */
    char checksum[CHECKSUM_SIZE]; /* "": not said */
    enum checksum checksum_kind;  /* of what kind checksum is */
};

struct result {
    struct item item; /* owned */
    uint64_t size;
    char etag[ETAG_SIZE]; /* the source's, as it was copied */
    enum result_status status;
    enum verified verified;
    struct err err;    /* when FAILED */
    unsigned attempts; /* 1, and one more for every request that had to be sent again */
    unsigned requests; /* sent for this item */
    double seconds;
    unsigned notes;         /* enum result_note */
    struct written written; /* when COPIED */
};

/* Fill what is empty in w yet; NULL and "" fill nothing. etag: as etag_copy() makes it. A version
 * id or checksum that is not printable ASCII, or too long, fills nothing; nor does a version id for
 * which there is no memory. */
void written_add(struct written *w, const char *etag, const char *version_id);
void written_add_checksum(struct written *w, enum checksum kind, const char *value);
void written_free(struct written *w); /* what is inside; leaves it zeroed */

void result_free(struct result *r); /* frees its content, leaves it zeroed */

/* Appends the result as one JSON line with '\n'. */
void result_write(struct buf *out, const struct result *r);
/* The reverse, of a line without '\n'. ERR_IO: it is no such line. */
enum err_code result_read(
        struct result *r, const char *line, size_t len, struct err *e) ERR_MUST_CHECK;

/* Appends the names of the notes, joined by sep. */
void result_notes_text(struct buf *out, unsigned notes, const char *sep);

#endif
