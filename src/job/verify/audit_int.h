/* The inside of the audit: rows in the order of their keys, looked at a batch at a time. */
#ifndef COPYOUT_JOB_AUDIT_INT_H
#define COPYOUT_JOB_AUDIT_INT_H

#include "base/sort/ext_sort.h"
#include "job/ticker.h"
#include "job/verify/audit.h"
#include "model/delivery/delivered.h"
#include "s3/sync_many.h"
#include "store/store.h"

enum {
    AUDIT_CHUNK = 1000, /* objects that one listing may settle: Amazon S3 API Reference, MaxKeys */
    AUDIT_CHUNKS = 16,  /* that are listed at once */
    AUDIT_BATCH = AUDIT_CHUNK * AUDIT_CHUNKS,
};

/* How an object is to be looked at. */
enum audit_look {
    AUDIT_LOOK,       /* the object there is compared with the row */
    AUDIT_TAGS_ONLY,  /* the object was compared before and is the same: its tags are compared */
    AUDIT_KNOWN_ONLY, /* nothing is compared: the row says that its object is no extra one */
};

/* An object that is asked about. Strings are owned. */
struct audit_row {
    enum audit_look look;
    struct delivered said;
    char *source_bucket, *source_key; /* for its tags; NULL: `said` has their digest */
    char *source_version;             /* NULL: the current one */
};
void audit_row_free(struct audit_row *row); /* leaves it zeroed */

/* The state of knowledge about a row. */
enum audit_state {
    AUDIT_OPEN,   /* nothing yet */
    AUDIT_LISTED, /* a listing shows it */
    AUDIT_ABSENT, /* a listing that would show it does not */
    AUDIT_ASK,    /* HeadObject is to decide */
    AUDIT_SAME,   /* the object there is the one of the row */
    AUDIT_FOUND,  /* the row is settled: by a finding, or since nothing is to be compared */
};

struct audit_entry {
    struct audit_row row;
    enum audit_state state;
    uint64_t size; /* bytes, of the object that a listing showed */
    char etag[ETAG_SIZE];
    char tags[2][TAG_DIGEST_SIZE]; /* the source's and the destination's */
};

/* A piece of the range of keys, which one stream lists. */
struct audit_chunk {
    unsigned first, next, end; /* of the entries: its own, and the next that no page has settled */
    enum { CHUNK_LISTS, CHUNK_OVER } state;
    unsigned poor;     /* pages in a row that settled hardly any */
    char *start_after; /* the keys of the next page are behind it; owned */
    char *token;       /* of the next page; NULL: start_after says where it begins. Owned */
    bool to_the_end;   /* of the folder: it is the last, and looks for extra objects */
};

struct audit {
    const struct audit_config *config;
    struct audit_counts *counts;
    uint64_t objects; /* rows of AUDIT_LOOK, or that were looked at before; for progress */
    const char *bucket, *folder; /* the destination; folder "" or ending with '/' */
    const char *const *own;      /* keys of copyout's own files without their numbers */
    unsigned own_count;
    struct audit_entry *entries; /* AUDIT_BATCH of them */
    unsigned count;
    struct audit_chunk chunks[AUDIT_CHUNKS];
    unsigned chunk_count;
    char *behind;    /* the last key of the batch before; NULL: there is none. Owned */
    unsigned *asked; /* entries of the requests under way; AUDIT_BATCH of them */
    unsigned asked_count;
    struct store_names *own_found; /* extra objects that may be files of copyout's */
    struct err err;                /* of a callback */
    struct buf text;               /* scratch */
};

/* Gives the next row, in the order of the keys; *more is false when there are none. */
typedef enum err_code (*audit_next)(void *ctx, struct audit_row *row, bool *more, struct err *e);

/* Looks at all rows. The caller has set config, counts, bucket, folder and own of a, which is
 * zeroed besides. */
enum err_code audit_run(struct audit *a, audit_next next, void *ctx, struct err *e) ERR_MUST_CHECK;

/* --- the steps of a batch --- */

/* Sends the listings that show objects of the batch, and notes what they show (audit_listing.c).
 * more: rows follow this batch. */
enum err_code audit_list_batch(struct audit *a, bool more, struct err *e) ERR_MUST_CHECK;
/* Compares each row with the object that a listing showed, and asks for the others by HeadObject
 * (audit_judge.c). */
enum err_code audit_judge_batch(struct audit *a, struct err *e) ERR_MUST_CHECK;
/* Compares the tags of the objects that are the same (audit_tags.c). */
enum err_code audit_tag_batch(struct audit *a, struct err *e) ERR_MUST_CHECK;

/* Reports a finding; an error of the caller's is kept in a->err. */
void audit_tell(struct audit *a, enum audit_kind kind, const char *key, const char *message);
/* Reports a finding of an entry, whose state is AUDIT_FOUND then. */
void audit_find(
        struct audit *a, struct audit_entry *entry, enum audit_kind kind, const char *message);
/* Whether the error of a request to that bucket is the audit's, and not an object's: then a->err is
 * it. */
bool audit_is_fatal(struct audit *a, const char *bucket, const struct err *err);
/* Sends `many`, whose ctx is a, and returns the error of a callback, if there was one. */
enum err_code audit_send(
        struct audit *a, const struct sync_many *many, struct err *e) ERR_MUST_CHECK;

/* --- progress --- */

/* Calls the config's on_progress while the loop runs, from start to stop. */
struct audit_teller {
    const struct audit_config *config;
    const struct audit_counts *counts;
    uint64_t objects; /* that there are */
    struct ticker *ticker;
};
enum err_code audit_teller_start(struct audit_teller *t, const struct audit_config *config,
        const struct audit_counts *counts, uint64_t objects, struct err *e) ERR_MUST_CHECK;
void audit_teller_stop(struct audit_teller *t); /* t may be zeroed */

/* --- rows that must be sorted first --- */

/* Adds a row; strings of the row stay the caller's. Rows are sorted by said.key. */
enum err_code audit_sort_add(struct ext_sort *sort, struct buf *text, const struct audit_row *row,
        struct err *e) ERR_MUST_CHECK;
/* An audit_next of such rows, after ext_sort_begin(). */
enum err_code audit_sort_next(void *sort, struct audit_row *row, bool *more, struct err *e);

#endif
