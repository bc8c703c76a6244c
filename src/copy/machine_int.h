/* The inside of a copy, for the copy_*.c files only: one file for each leg of the way. */
#ifndef COPYOUT_COPY_MACHINE_INT_H
#define COPYOUT_COPY_MACHINE_INT_H

#include "base/list.h"
#include "copy/machine.h"
#include "copy/old_calls.h"
#include "model/layout.h"

enum copy_state {
    COPY_STATE_RECALL,   /* the record of an upload that was left open */
    COPY_STATE_LOOKUP,   /* HEAD of source and destination, side by side */
    COPY_STATE_EXPLAIN,  /* a HEAD's answer has no body: one GET to learn S3's own words */
    COPY_STATE_SINGLE,   /* CopyObject */
    COPY_STATE_BEGIN,    /* a copy in parts: anew, or with the parts that are there */
    COPY_STATE_RESUME,   /* ListParts: which are */
    COPY_STATE_LAYOUT,   /* HEADs of parts */
    COPY_STATE_TAGGING,  /* GetObjectTagging */
    COPY_STATE_RECORD,   /* before Create: that there will be an upload; after it: which */
    COPY_STATE_CREATE,   /* CreateMultipartUpload */
    COPY_STATE_PARTS,    /* UploadPartCopy, many at once */
    COPY_STATE_COMPLETE, /* CompleteMultipartUpload */
    COPY_STATE_VERIFY,   /* HEAD of the destination */
    COPY_STATE_RETAG,    /* PutObjectTagging, for a server that dropped the tags given at Create */
    COPY_STATE_ABORT,    /* AbortMultipartUpload, when no part is under way any more */
    COPY_STATE_ABORTED,  /* ListParts, until there is nothing */
    COPY_STATE_SWEEP,    /* ListMultipartUploads: what came of a Create whose answer was lost */
    COPY_STATE_FORGET,   /* the record is of no use any more */
    COPY_STATE_DONE,
    COPY_STATE_COUNT
};

enum {
    COPY_RESTARTS_MOST = 3,
    COPY_ABORTS_MOST = 5,
};

/* How the layout that is being used was come by. */
enum layout_source {
    LAYOUT_FROM_PROBES, /* three parts asked for agree with a uniform one */
    LAYOUT_FROM_ALL,    /* every part was asked for, or there is but one way */
    LAYOUT_FROM_GUESS,  /* the server does not tell: a usual part size */
    LAYOUT_OF_OUR_OWN,  /* nothing to mirror */
};

/* Which parts are being asked for: the first tells whether the server knows of parts at all. */
enum probe_phase { PROBE_FIRST, PROBE_SAMPLES, PROBE_ALL };

/* How far one question that is asked once has come. */
enum copy_ask { ASK_NOT, ASK_SENT, ASK_ANSWERED };

struct copy {
    struct list link; /* who drives it */
    struct copy_env *env;
    void *owner;
    enum copy_state state;
    unsigned in_flight; /* requests under way */
    struct result result;
    uint64_t started_us;
    unsigned restarts;

    /* LOOKUP */
    enum copy_ask source_ask, destination_ask;
    struct object_info source, destination;
    struct headers keep;        /* of the source's headers, what a multipart upload must be given */
    bool destination_there;     /* HEAD found something */
    bool destination_needs_key; /* ... that it cannot be asked about without its key (SSE-C) */
    bool only_if_absent;        /* write only if nothing is there (onDifferent keep, fail) */
    bool wrote;                 /* a write of ours worked: what is there is what we made */
    bool maybe_written;         /* an answer to a write was lost: what is there may be ours */

    /* EXPLAIN */
    enum copy_state after_explain;
    bool explained; /* the source can be read: another 400 without a word means what it says */

    /* SINGLE, CREATE */
    enum copy_ask ask; /* the one request of the state we are in */
    bool without_tags;
    char *tagging;       /* given at Create as x-amz-tagging; NULL: none */
    enum verified proof; /* what VERIFY found, while RETAG is on its way */
    bool tags_only;      /* TAGGING: the object is there already */

    /* LAYOUT */
    struct layout layout;
    unsigned parts; /* of the source, by its ETag; 0: it has none */
    enum layout_source layout_from;
    bool mirrored; /* the copy is made of the source's parts, as far as we know */
    enum probe_phase probe;
    unsigned probe_next; /* how many probes of this phase were sent */
    uint64_t *lengths;   /* of the source's parts; 0: not known. parts entries */
    uint64_t guesses[LAYOUT_GUESSES_MOST];
    unsigned guess_count, guess;

    /* PARTS */
    char *upload_id;
    char (*etags)[ETAG_SIZE]; /* of the parts that are done; layout.count entries */
    enum copy_ask recheck;    /* VERIFY: HEAD of the source once more, when nothing was mirrored */
    bool answer_lost;         /* Complete may have worked: only proof will do */
    struct s3_copied said;    /* VERIFY: by the answer to CopyObject or Complete */
    unsigned next_part;       /* 1-based; the next to send */
    unsigned parts_done;
    bool opaque_parts; /* the parts' ETags are no MD5s: the destination encrypts with a key */

    /* RECALL, RESUME, RECORD, FORGET */
    struct upload recalled; /* what was on record; an empty one when there was nothing */
    bool recorded;          /* there is a record to forget */
    int64_t record_at_s;    /* when the upload on record was about to be created, by S3's clock */
    bool keep_record;       /* the upload stays: so must its record */
    unsigned listed;        /* RESUME: parts listed so far go up to this number */

    /* SWEEP: uploads of our key that were begun in this time are ours, but for the one we know. At
     * the end, and before anything else when the record says so. */
    enum copy_state after_sweep;
    int64_t create_sent_s;
    int64_t create_from_s, create_to_s; /* 0: nothing to look for */
    enum copy_ask sweep_ask;
    char **orphans;
    unsigned orphan_count, orphan_next;

    /* ABORT: what to do when it is over */
    enum copy_state after_abort;
    unsigned aborts;
};

/* copy.c */
void copy_set_state(struct copy *c, enum copy_state state);
/* Counts a reply; call it first in every callback. */
void copy_count(struct copy *c, const struct s3_reply *reply);
/* Tells who drives it that copy_step() has something to do; call it last in every callback. */
void copy_wake(struct copy *c);
/* The result is FAILED with err (the first error stays), and the state the one that cleans up. */
void copy_fail(struct copy *c, const struct err *err);
/* A request could not even be built. */
enum copy_next copy_fail_now(struct copy *c, const struct err *err);
void copy_succeed(struct copy *c, enum result_status status, enum verified verified);
/* From the beginning again, because the source or the destination changed under us; fails with err
 * when that has happened too often. */
void copy_restart(struct copy *c, const struct err *err);
struct s3_where copy_source(const struct copy *c);
struct s3_where copy_destination(const struct copy *c);
/* So S3 answers a HEAD with an expired token, which has no body to say so. */
bool copy_has_no_error_body(const struct err *e);
/* One GET of the source learns S3's own words, or renews the credentials; then it is asked again in
 * that state. */
void copy_explain(struct copy *c, const struct err *err, enum copy_state again);
/* Stopped: what is under way stays as it is, on record, for whoever comes next. */
void copy_leave_open(struct copy *c);
/* Marks the one request of this state as sent, and counts it. */
enum copy_next copy_asked(struct copy *c, enum copy_ask *ask);

/* One per state: sends the next request, or says that it waits. */
enum copy_next copy_step_recall(struct copy *c);
enum copy_next copy_step_lookup(struct copy *c);
enum copy_next copy_step_explain(struct copy *c);
enum copy_next copy_step_single(struct copy *c);
enum copy_next copy_step_begin(struct copy *c);
enum copy_next copy_step_resume(struct copy *c);
enum copy_next copy_step_layout(struct copy *c);
enum copy_next copy_step_tagging(struct copy *c);
enum copy_next copy_step_record(struct copy *c);
enum copy_next copy_step_create(struct copy *c);
enum copy_next copy_step_parts(struct copy *c);
enum copy_next copy_step_complete(struct copy *c);
enum copy_next copy_step_verify(struct copy *c);
enum copy_next copy_step_retag(struct copy *c);
enum copy_next copy_step_abort(struct copy *c);
enum copy_next copy_step_aborted(struct copy *c);
enum copy_next copy_step_sweep(struct copy *c);
enum copy_next copy_step_forget(struct copy *c);

/* Neither way of copying takes this over by itself. */
#define COPY_WEBSITE_REDIRECT "x-amz-website-redirect-location"

/* copy_lookup.c */
void copy_choose(struct copy *c);           /* both sides are known: what is to be done */
void copy_choose_different(struct copy *c); /* something else is at the destination */
/* S3 says 412: the source changed, or something appeared at the destination. */
void copy_precondition(struct copy *c, const struct err *err);
/* copy_lookup.c: headers that neither way of copying takes over by itself. */
void copy_extra_headers(struct copy *c, struct headers *out);
/* copy_layout.c */
void copy_begin_layout(struct copy *c);
/* The layout tried was not the source's: the next guess, or a last resort. */
void copy_next_layout(struct copy *c);
/* No layout will do: CopyObject, and see what its ETag is; or parts of our own. */
void copy_last_resort(struct copy *c);
/* Which part of the layout found is to be sent first; goes on to `next`. */
void copy_layout_found(struct copy *c, enum layout_source from, enum copy_state next);
/* copy_resume.c: with the layout of what was recalled. */
void copy_resume_layout(struct copy *c);
/* copy_sweep.c: a Create was sent, and what came of it is not known. */
void copy_doubt_create(struct copy *c, int64_t from_s, int64_t to_s);
void copy_free_orphans(struct copy *c);
/* copy_verify.c: the copy's ETag is etag; done, or look closer. */
void copy_check_etag(struct copy *c, const struct s3_copied *copied);
/* Whether the copy that is there, of an upload of ours, is without its tags. */
bool copy_lacks_tags(const struct copy *c, const struct object_info *there);
/* It is there and proven by `by`: only its tags are to be put yet. */
void copy_put_tags(struct copy *c, enum verified by);

#endif
