/* The outcome of one item: one JSON line in results/<shard>.jsonl. docs/results.md names the
 * fields. */
#ifndef COPYOUT_MODEL_RESULT_H
#define COPYOUT_MODEL_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/item.h"
#include "model/object/storage_class.h"
#include "model/object/verify.h"

enum result_status {
    RESULT_COPIED, /* it was copied, by this run */
    RESULT_SAME,   /* it was there already, and proven the same */
    RESULT_KEPT,   /* what is there was left as the input asks: something else, or unproven */
    RESULT_FAILED,
    RESULT_PENDING, /* a dry run: it would be copied */
    RESULT_STATUS_COUNT
};

const char *result_status_name(enum result_status status);

/* How the source was looked at before it was decided what to do. */
enum result_seen {
    RESULT_SEEN_NOT, /* nothing was decided, or the result is of an older version */
    RESULT_SEEN_BY_HEAD,
    RESULT_SEEN_BY_LISTING, /* ListObjectsV2 alone showed it */
};

/* Things worth knowing of a copy that is otherwise well; a set of bits. */
enum result_note {
    NOTE_TAGS_DROPPED = 1,        /* "tags-dropped": we may not read or write them */
    NOTE_LAYOUT_NOT_MIRRORED = 2, /* "layout-not-mirrored": the source's parts could not be had */
    NOTE_CLASS_CHANGED = 4, /* "storage-class-changed": in a class that the copy cannot have */
    NOTE_DESTINATION_UNREADABLE = 8, /* "destination-unreadable": we may write it, not look at it */
    NOTE_TAGS_UNSUPPORTED = 1 << 4,  /* "tags-unsupported": the server knows of no tags */
    NOTE_TAGS_UNKNOWN = 1 << 5,      /* "tags-unknown": we may not see whether there are any */
    NOTE_METADATA_MISSING = 1 << 6,  /* "metadata-missing": no header says all of the source's */
    NOTE_LOCK_NOT_COPIED = 1 << 7,   /* "object-lock-not-copied": the source is under Object Lock */
    NOTE_UNPROVEN = 1 << 8,     /* "unproven": what is there may be the source's copy, and cannot
                                   be compared with it */
    NOTE_ETAG_NOT_MD5 = 1 << 9, /* "etag-not-md5": the ETags differ, and the destination's are no
                                   MD5s */
    NOTE_NO_SOURCE_CONDITION = 1 << 10, /* "source-condition-unsupported": copied without
                                           x-amz-copy-source-if-match */
    NOTE_NO_TARGET_CONDITION = 1 << 11, /* "destination-condition-unsupported": written without
                                           If-None-Match */
    NOTE_NO_TAG_DIRECTIVE = 1 << 12,    /* "tagging-directive-unsupported": copied without
                                           x-amz-tagging-directive, and may have tags */
    NOTE_CHECKSUM_DROPPED = 1 << 13, /* "checksum-dropped": the copy was made without the checksum
                                        that the source has */
    NOTE_NO_TARGET_MATCH = 1 << 16,  /* "destination-match-unsupported": written over without
                                        If-Match */
    NOTE_ANNOTATIONS_DROPPED = 1 << 17, /* "annotations-dropped": we may not copy them */
    NOTE_SUMS_NOT_COMPARED = 1 << 18,   /* "sums-not-compared": S3 shows none of the line's kinds */
    NOTE_TO_BE_RESTORED = 1 << 20,      /* "to-be-restored": PENDING, and archived */
    NOTE_SSE_NOT_SHOWN = 1 << 19,       /* "sse-not-shown": the server has not said that the copy is
                                           encrypted as "sse" asks */
    /* The object was copied in other pieces than its source, since the input's "proof" says so: */
    NOTE_LAYOUT_BY_CHECKSUM = 1 << 14, /* "layout-by-checksum": in few, as a checksum proves it */
    NOTE_LAYOUT_FAST = 1 << 15,        /* "layout-fast": in parts of 128 MiB */
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
    enum verified_by verified_by;
    struct err err;    /* when FAILED */
    unsigned attempts; /* 1, and one more for every request that had to be sent again */
    unsigned requests; /* sent for this item */
    double seconds;
    uint64_t ended;        /* when it ended: seconds since 1970, by S3's clock; 0: not told */
    unsigned notes;        /* enum result_note */
    enum result_seen seen; /* only RESULT_SEEN_BY_LISTING stands in the text form */
    /* The source's. STORAGE_STANDARD, and what has no number, do not stand in the text form. */
    enum storage_class storage;
    struct written written; /* when COPIED, and when SAME by the ledger */
    /* When SAME, the ETag of what was there, where it is neither the source's nor in `written`; "":
     * it is one of these, or it is not known. It is not known who wrote that object. */
    char found_etag[ETAG_SIZE];
};

/* Fill what is empty in w yet; NULL and "" fill nothing. etag: as etag_copy() makes it. A version
 * id or checksum that is not printable ASCII, or too long, fills nothing; nor does a version id for
 * which there is no memory. */
void written_add(struct written *w, const char *etag, const char *version_id);
void written_add_checksum(struct written *w, enum checksum kind, const char *value);
void written_free(struct written *w); /* frees its content; leaves it zeroed */

void result_free(struct result *r); /* frees its content, leaves it zeroed */

/* Appends the result as one JSON line with '\n'. */
void result_write(struct buf *out, const struct result *r);
/* The reverse, of a line without '\n'. ERR_IO: it is no such line. */
enum err_code result_read(
        struct result *r, const char *line, size_t len, struct err *e) ERR_MUST_CHECK;

/* Whether the item is finished and proven, so that a run that goes on need not ask about it: it was
 * copied or found the same, by ETag or checksum, or we know under which ETag we wrote it. An item
 * that was kept, that failed, or of which no more than the size is known is to be looked at again.
 */
bool result_is_settled(const struct result *r);
/* Which of two results of one item counts: whether the newer one does. A settled one counts more
 * than one that is not; of two that are equal in that the newer counts, but for an object that the
 * older has copied and the newer found there: the job has copied it. Of many results the one that
 * counts is found by comparing each with the best so far, the oldest first. */
bool result_beats(const struct result *newer, const struct result *older);

/* The two readers that result_read() is made of, in this order. The first is fast and takes lines
 * as result_write() makes them; false: it is another one, or there is no memory, and r is zeroed.
 * The second takes any JSON of these members. What the first takes is the same to the second. */
bool result_read_flat(struct result *r, const char *line, size_t len);
enum err_code result_read_any(
        struct result *r, const char *line, size_t len, struct err *e) ERR_MUST_CHECK;

/* The name of the note whose bit is 1 << number; NULL: there is none. number is below 32. */
const char *result_note_name(unsigned number);
/* Appends the names of the notes, joined by sep. */
void result_notes_text(struct buf *out, unsigned notes, const char *sep);

/* --- the ledger: the results of earlier runs as the memory of what we wrote ---
 *
 * Where neither ETags nor checksums can show that a copy is its source, the ledger can: we wrote
 * this object, from that source, the answer was that ETag, and both are still what they were. */

/* A copy that an earlier run made or proved. */
struct ledger_entry {
    uint64_t size;          /* bytes of the source, as it was copied */
    char etag[ETAG_SIZE];   /* the source's, likewise */
    enum verified verified; /* by what the copy was verified then */
    struct written written; /* its etag is not "". Content owned */
};

/* Takes the entry out of a result, whose content it may move; false: the result tells of no object
 * that we wrote under an ETag of its own. */
bool ledger_take(struct ledger_entry *l, struct result *r);
/* Whether a result makes the entry of an earlier one needless: it tells of an object that we wrote
 * since, or the ETags prove it without us. */
bool ledger_replaces(const struct result *r);
/* Whether only the ledger can prove in a later run what this result tells of: an object that we
 * wrote under an ETag that is not its source's. */
bool ledger_is_needed(const struct result *r);
void ledger_free(struct ledger_entry *l); /* frees its content; leaves it zeroed */

/* Whether the entry proves that `there` is the copy of `source`: both still have the ETag and size
 * on record, and `there` has the version on record if both tell. there_version: NULL: not told. l
 * may be NULL. proof gets what is proven: as much as was known then, and at least the size. */
bool ledger_proves(const struct ledger_entry *l, const struct object_info *source,
        const struct object_info *there, const char *there_version, struct proof *proof);

#endif
