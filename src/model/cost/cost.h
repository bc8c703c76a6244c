/* The cost of a job before it is run: requests by operation, bytes, time and money. Counts in,
 * figures out; pure. estimate.h
 * puts them into words and JSON.
 *
 * Two ways to know the requests. An object that was looked at is known: cost_add_object() says what
 * is still to be sent for it. Of a list that was only read, cost_of_list() says the least and the
 * most. The requests of looking itself are not known here: the caller counts those that it made. */
#ifndef COPYOUT_MODEL_COST_H
#define COPYOUT_MODEL_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/object/storage_class.h"
#include "model/thaw.h"

/* How S3 charges for a request. */
enum cost_class { COST_WRITE, COST_READ, COST_FREE, COST_CLASS_COUNT };

/* Operations, by the names of the Amazon S3 API Reference, and how each is charged for. */
#define COST_OP_TABLE(X)                                                     \
    X(COST_HEAD_BUCKET, "HeadBucket", COST_READ)                             \
    X(COST_HEAD_OBJECT, "HeadObject", COST_READ)                             \
    X(COST_GET_OBJECT, "GetObject", COST_READ)                               \
    X(COST_GET_OBJECT_TAGGING, "GetObjectTagging", COST_READ)                \
    X(COST_LIST_OBJECT_ANNOTATIONS, "ListObjectAnnotations", COST_WRITE)     \
    X(COST_GET_OBJECT_ANNOTATION, "GetObjectAnnotation", COST_READ)          \
    X(COST_PUT_OBJECT_ANNOTATION, "PutObjectAnnotation", COST_WRITE)         \
    X(COST_LIST_OBJECTS, "ListObjectsV2", COST_WRITE)                        \
    X(COST_LIST_PARTS, "ListParts", COST_WRITE)                              \
    X(COST_LIST_MULTIPART_UPLOADS, "ListMultipartUploads", COST_WRITE)       \
    X(COST_PUT_OBJECT, "PutObject", COST_WRITE)                              \
    X(COST_PUT_OBJECT_TAGGING, "PutObjectTagging", COST_WRITE)               \
    X(COST_COPY_OBJECT, "CopyObject", COST_WRITE)                            \
    X(COST_CREATE_MULTIPART_UPLOAD, "CreateMultipartUpload", COST_WRITE)     \
    X(COST_UPLOAD_PART, "UploadPart", COST_WRITE)                            \
    X(COST_UPLOAD_PART_COPY, "UploadPartCopy", COST_WRITE)                   \
    X(COST_COMPLETE_MULTIPART_UPLOAD, "CompleteMultipartUpload", COST_WRITE) \
    X(COST_ABORT_MULTIPART_UPLOAD, "AbortMultipartUpload", COST_FREE)        \
    X(COST_RESTORE_OBJECT, "RestoreObject", COST_WRITE)                      \
    X(COST_DELETE_OBJECT, "DeleteObject", COST_FREE)

enum cost_op {
#define COST_OP_ENUM(op, name, class) op,
    COST_OP_TABLE(COST_OP_ENUM)
#undef COST_OP_ENUM
            COST_OP_COUNT
};

/* The operation of that name; COST_OP_COUNT: it is not in the table. */
enum cost_op cost_op_of(const char *name);
const char *cost_op_name(enum cost_op op);

/* Storage classes whose requests cost more, and which charge for each byte that is read. */
enum cost_storage { COST_STORAGE_IA, COST_STORAGE_IR, COST_STORAGE_COUNT };

/* Restores that S3 charges for by themselves. Those in Bulk of GLACIER, and all but the Expedited
 * ones of INTELLIGENT_TIERING, are free (Amazon S3 User Guide, "Understanding archive retrieval
 * options"). */
enum cost_restore {
    COST_RESTORE_STANDARD,  /* of GLACIER */
    COST_RESTORE_EXPEDITED, /* the same, and of INTELLIGENT_TIERING */
    COST_RESTORE_DEEP_BULK, /* of DEEP_ARCHIVE */
    COST_RESTORE_DEEP_STANDARD,
    COST_RESTORE_COUNT,
};

/* The restore that the rule is for in an archive of that kind; COST_RESTORE_COUNT: it is free. */
enum cost_restore cost_restore_of(enum archive_kind kind, struct thaw_rule rule);

/* Requests, and what they move. */
struct cost_counts {
    uint64_t requests[COST_OP_COUNT];
    uint64_t copies;        /* requests that copy: CopyObject, UploadPartCopy */
    uint64_t bytes;         /* that they copy */
    double stream_seconds;  /* the time of all copies, one after another */
    double longest_seconds; /* the time of the longest of them */
    /* Of all these, those for objects of such classes: requests that S3 charges for as writes and
     * as reads, and the bytes that are copied. */
    struct cost_of_storage {
        uint64_t writes, reads, bytes;
    } of[COST_STORAGE_COUNT];
    /* RestoreObject by what it costs, and the bytes that are restored. */
    struct cost_of_restore {
        uint64_t requests, bytes;
    } restores[COST_RESTORE_COUNT];
    double restored_byte_days; /* of the copies that lie in STANDARD meanwhile */
    /* Of each archive, the tasks that look at what is restored of it, at most. */
    unsigned looks[ARCHIVE_KIND_COUNT];
};

void cost_add_requests(struct cost_counts *c, enum cost_op op, uint64_t count);
/* Adds all of another. */
void cost_add(struct cost_counts *c, const struct cost_counts *more);
uint64_t cost_requests(const struct cost_counts *c);
uint64_t cost_requests_of(const struct cost_counts *c, enum cost_class class);

/* An object that was looked at and is to be copied. */
struct cost_object {
    uint64_t size;  /* bytes */
    unsigned parts; /* of its ETag; 0: one piece */
    unsigned own;   /* parts of our own that it is copied in instead; 0: none */
    bool has_tags;  /* the job copies tags */
    enum {
        COST_NO_ANNOTATIONS,
        COST_ANNOTATIONS, /* the job copies them: those of its source are listed for a copy in parts
                           */
    } annotations;
    bool listed; /* its source was seen in a listing alone */
    enum storage_class storage;
    /* The archive that it must be restored from first, and how; ARCHIVE_KIND_NONE: it can be read.
     */
    enum archive_kind archive;
    struct thaw_rule restore;
    unsigned looks; /* of that archive: thaw_task_looks(), or a greater number where it may be in
                       another one */
};

/* Adds what is still to be sent for it. An object in one piece takes one CopyObject; one of N parts
 * HEAD of the source if it was listed, of some parts and of the copy, its tags, Create, N part
 * copies, Complete; in parts of our own there is HEAD of the source, for its checksums. Annotations
 * are a listing of those of an object that is copied in parts, charged as listings are, whatever
 * the object's class; what is listed then is not known before. */
void cost_add_object(struct cost_counts *c, const struct cost_object *o);

/* Adds what an object took of which only the number of requests is known: copied says whether it
 * was copied, requests is the number of all. What is not a write was a HEAD, of whichever side; in
 * a storage class that charges more for it, each counts as one of the object's. */
void cost_add_result(
        struct cost_counts *c, const struct cost_object *o, bool copied, uint64_t requests);

/* The least and the most requests for a list of so many items from so many buckets, if nothing is
 * at the destination yet and all objects were made in one piece. */
void cost_of_list(
        struct cost_counts *least, struct cost_counts *most, uint64_t items, unsigned buckets);

/* Seconds: as long as S3 takes for all copies at the most requests at once, or for so many writes
 * below one prefix, or for the longest copy, whichever is longest. */
double cost_seconds(const struct cost_counts *c);

/* --- money --- */

struct cost_prices {
    const char *region;  /* "us-east-1" */
    const char *date;    /* "2026-11-26": when they were looked up */
    double write, read;  /* 1,000 requests */
    double transfer;     /* 1 GiB */
    double kms;          /* 10,000 requests */
    double vcpu, memory; /* of Fargate, an hour */
    double transitions;  /* 1,000 */
    double config;       /* one item */
    double logs;         /* 1 GiB */
    double metric;       /* one, a month */
    struct cost_storage_prices {
        double write, read; /* 1,000 requests */
        double bytes;       /* 1 GiB that is read */
    } of[COST_STORAGE_COUNT];
    double storage; /* 1 GiB in STANDARD, a month */
    struct cost_restore_prices {
        double requests; /* 1,000 */
        double bytes;    /* 1 GiB */
    } restores[COST_RESTORE_COUNT];
};

/* The prices of a region, or of the first that is known when those of it are not; region may be
 * NULL. Never NULL. */
const struct cost_prices *cost_prices_of(const char *region);
/* Where all prices are from. */
const char *cost_source(void);

/* US dollars for the requests. */
double cost_usd(const struct cost_counts *c, const struct cost_prices *prices);
/* The most that is added where all buckets are encrypted with KMS keys and have no bucket keys: a
 * request of KMS for each end of each copy. */
double cost_kms_usd(const struct cost_counts *c, const struct cost_prices *prices);
/* US dollars for the bytes that are read from storage classes that charge for that. */
double cost_retrieval_usd(const struct cost_counts *c, const struct cost_prices *prices);
/* US dollars for restores, besides what RestoreObject costs as a request; and for the storage of
 * what is restored for some days. */
double cost_restore_usd(const struct cost_counts *c, const struct cost_prices *prices);
double cost_restored_storage_usd(const struct cost_counts *c, const struct cost_prices *prices);
/* The price that is added for all bytes where source and destination lie in two regions. */
double cost_transfer_usd(const struct cost_counts *c, const struct cost_prices *prices);

/* The same job on AWS: docs/aws.md. */
struct cost_aws {
    double fargate, step_functions, config, logs; /* US dollars */
    double metrics;                               /* copyout's own: docs/metrics.md */
    double insights;                              /* where Container Insights is on */
};
/* The tasks that look at what is being restored, at most: c->looks of all archives, since those of
 * one may go on when those of another are over. */
unsigned cost_thaw_tasks(const struct cost_counts *c);
/* shards: of the plan; workers: shards at once (copyConcurrency). Tasks of the stack's default
 * size, on demand. AWS Config costs nothing in an account in which it does not record network
 * interfaces. */
struct cost_aws cost_on_aws(const struct cost_counts *c, const struct cost_prices *prices,
        uint64_t shards, uint64_t workers);

/* "$1.20", "less than $0.01"; appended. */
void cost_show_usd(struct buf *out, double usd);

/* Amounts that are compared with a limit are counted in millionths of a dollar, as maxCost is. This
 * is the greatest one, a thousand times the greatest limit, and is taken for what is more. */
#define COST_MICRO_MOST (UINT64_C(1000000000000) * 1000000)

/* The amount in millionths, rounded up to a whole one; what is less than a thousandth of one is the
 * error of adding doubles up. 0: it is not above 0. */
uint64_t cost_micro(double usd);
/* Appends an amount, of COST_MICRO_MOST at most here and below, with all its digits, and two
 * decimals at least: "$5.00", "$0.000001". */
void cost_show_micro(struct buf *out, uint64_t micro);
/* Appends it rounded up, to cents, or below ten cents to two significant digits: "$12.35",
 * "$0.000053". An amount that is above a limit is shown to be above it. */
void cost_show_micro_up(struct buf *out, uint64_t micro);

enum { COST_SHOWN_SIZE = 32 }; /* of any amount that is shown */

/* What counts cost that is above a limit, and both amounts as messages show them. */
struct cost_excess {
    uint64_t micro;
    char usd[COST_SHOWN_SIZE], most[COST_SHOWN_SIZE];
};

/* Whether the counts cost more than `most` millionths; fills out then. */
bool cost_exceeds(struct cost_excess *out, const struct cost_counts *c,
        const struct cost_prices *prices, uint64_t most);

#endif
