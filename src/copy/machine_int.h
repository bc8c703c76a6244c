/* The inside of a copy, for the files of this folder only. One file state_<name>.c for each state,
 * or for a few that go together; machine.c has the table of states and the one way in for answers.
 *
 * How a state works. Its `next` is asked what to send now. Its `answer` gets what came of a request
 * of its own, and moves on with copy_set_state(), or with one of the functions of endings.c.
 * Neither counts requests or wakes the copy: machine.c does. A state whose requests go out one by
 * one needs no mark that it has sent one: copy->open says so. */
#ifndef COPYOUT_COPY_MACHINE_INT_H
#define COPYOUT_COPY_MACHINE_INT_H

#include "copy/copy_headers.h"
#include "copy/copy_try.h"
#include "copy/error_rules.h"
#include "copy/machine.h"

enum copy_state {
    STATE_RECALL,           /* the record of an upload that was left open is read */
    STATE_SWEEP_FIRST,      /* it says that there may be uploads of ours that nobody knows of */
    STATE_LOOKUP,           /* HeadObject of source and destination, side by side */
    STATE_EXPLAIN_LOOKUP,   /* one GET, since the answer to a HEAD has no body: S3's own words */
    STATE_SINGLE,           /* CopyObject */
    STATE_SINGLE_UNTAGGED,  /* CopyObject that leaves the tags behind, since we may not copy them */
    STATE_RESUME,           /* ListParts: what is there of an upload that is gone on with */
    STATE_LAYOUT,           /* HeadObject of parts of the source: how long they are */
    STATE_EXPLAIN_LAYOUT,   /* as EXPLAIN_LOOKUP */
    STATE_TAGS_FOR_CREATE,  /* GetObjectTagging */
    STATE_ANNOUNCE,         /* the record: there will be an upload */
    STATE_CREATE,           /* CreateMultipartUpload */
    STATE_RECORD,           /* the record: this is the upload, and these are its parts */
    STATE_PARTS,            /* UploadPartCopy, many at once */
    STATE_COMPLETE,         /* CompleteMultipartUpload */
    STATE_RECHECK,          /* HeadObject of the source, when its parts were not mirrored */
    STATE_EXPLAIN_RECHECK,  /* as EXPLAIN_LOOKUP */
    STATE_VERIFY,           /* HeadObject of the destination */
    STATE_EXPLAIN_VERIFY,   /* as EXPLAIN_LOOKUP */
    STATE_TAGS_FOR_PUT,     /* GetObjectTagging, when the copy is there without its tags */
    STATE_PUT_TAGS,         /* PutObjectTagging */
    STATE_ABORT_RESTART,    /* AbortMultipartUpload, and ListParts until there is nothing; then the
                              object is started over */
    STATE_ABORT_FOR_SINGLE, /* the same, and then SINGLE */
    STATE_ABORT_FOR_PARTS,  /* the same, and then LAYOUT, for another upload */
    STATE_ABORT_TO_END,     /* the same, and then DONE: the result is known already */
    STATE_SWEEP_LAST,       /* ListMultipartUploads: what came of a Create whose answer was lost */
    STATE_FORGET,           /* the record is of no use any more */
    STATE_DONE,             /* waits for answers that no longer matter, and puts things away */
    STATE_COUNT
};

enum {
    COPY_RESTARTS_MOST = 3,
    COPY_ABORTS_MOST = 5,
};

/* Whether the work store has a record of the upload. */
enum on_record {
    RECORD_NONE,
    RECORD_WRITTEN,
    RECORD_KEPT, /* and it stays when the copy ends: there is an upload, or work, for the next run
                  */
};

/* Uploads of our key that are to be removed. */
struct copy_orphans {
    char **ids; /* NULL: not listed yet. Owned */
    unsigned count;
    unsigned next; /* how many were dealt with */
};

/* The record of the upload, and doubts about uploads; they outlive one try. Times are seconds since
 * 1970, by S3's clock. */
struct copy_record {
    enum on_record kept;
    struct upload recalled; /* what the record said at the beginning; zeroed: there was none */
    int64_t at_s;           /* a moment before the upload on record was created */
    int64_t create_sent_s;  /* when Create was sent */
    /* Uploads of our key that were begun between these are ours, but for the one we know: a Create
     * was sent whose answer is not known. doubt_to_s 0: there is no doubt. */
    int64_t doubt_from_s, doubt_to_s;
    struct copy_orphans orphans;
};

struct copy {
    struct list link; /* of the scheduler's */
    struct copy_env *env;
    struct copy_options options;
    enum copy_state state;
    unsigned sequence;      /* of states, one more for each change: which answers are late */
    struct list asks;       /* struct copy_ask: requests whose answers are to come */
    struct copy_ask *spare; /* one that was answered, for the next; NULL: none */
    unsigned in_flight;     /* how many these are */
    unsigned open;          /* how many of them were asked by the state we are in */
    unsigned restarts;
    enum our_write wrote;
    uint64_t started_us;
    uint64_t waits_until_us; /* after COPY_AT */
    struct copy_record record;
    struct copy_try try;
    struct result result;
};

/* The outcome of a request. */
struct copy_answer {
    const struct err *err;        /* ERR_OK, or why not; never NULL */
    const struct s3_reply *reply; /* NULL: of a record, or of a request that could not be started */
    struct upload *found;         /* of copy_load(): the record; NULL: there is none */
    unsigned tag;                 /* what the state gave copy_send() */
    unsigned attempts;            /* how often it was sent */
};

/* --- machine.c --- */

/* The one place where a copy changes its state. */
void copy_set_state(struct copy *c, enum copy_state state);
/* The table, for who checks it. */
const char *copy_state_name(enum copy_state state);
bool copy_may_follow(enum copy_state state, enum copy_state next);
/* The state that the table names as the one that follows the present one by design. */
enum copy_state copy_then(const struct copy *c);

/* Sends a request of the present state; tag comes back with the answer. What cannot be started is
 * answered at once, with the error. */
enum copy_next copy_send(struct copy *c, const struct s3_request *request, unsigned tag);
/* The same, of the records of uploads: reads ours, writes it, removes it. */
enum copy_next copy_load(struct copy *c);
enum copy_next copy_save(struct copy *c, const struct upload *upload);
enum copy_next copy_remove(struct copy *c);

/* COPY_AT: a `next` has nothing to send before that moment, by the port's now_us(). */
enum copy_next copy_at(struct copy *c, uint64_t at_us);

/* --- facts.c: the knowledge of a copy; nothing is changed --- */

/* The source object, with its version if the item names one. */
struct s3_where copy_source(const struct copy *c);
/* The destination object. */
struct s3_where copy_destination(const struct copy *c);
/* The number of the source's parts by its ETag, 1 to 10,000; 0: it was written in one piece. */
unsigned copy_source_parts(const struct copy *c);
/* Whether the copy is made of the source's own parts, as far as we know. */
bool copy_is_mirrored(const struct copy *c);
/* For decide.h. Its pointers hold while the copy does. */
struct decide_facts copy_facts(const struct copy *c);
/* For copy_headers.h. Its pointers hold while the copy does. */
struct copy_attributes copy_attributes(const struct copy *c);
/* For error_rule(): the bits of error_known that hold whatever the request was. */
unsigned copy_known(const struct copy *c);
/* The version of the object that an answer tells of; NULL: it names none. */
const char *copy_version_of(const struct s3_reply *reply);
/* Whether the options copy an object without its tags rather than not at all. */
bool copy_spares_tags(const struct copy *c);

/* --- endings.c: how a copy goes on. But for copy_forget_upload(), each changes the state --- */

/* Does what was decided. f: the facts it was decided by; refused: S3's error, for WHY_REFUSED. */
void copy_act(struct copy *c, const struct decision *d, const struct decide_facts *f,
        const struct err *refused);
/* The copy fails with err, unless an earlier error is noted already; an upload that is open is
 * removed, or left open if the next run can go on with it. */
void copy_fail(struct copy *c, const struct err *err);
/* The same, for want of memory. */
void copy_fail_nomem(struct copy *c);
/* The copy has its result; an upload that is open yet is removed. */
void copy_succeed(struct copy *c, enum result_status status, enum verified verified);
/* The object is started over, because the source or the destination changed under us; it fails with
 * err when that has happened COPY_RESTARTS_MOST times, or when the job is being stopped. An upload
 * that is open is removed first. */
void copy_restart(struct copy *c, const struct err *err);
/* The second half of copy_restart(): no upload is open, and result.err says why. */
void copy_start_over(struct copy *c);
/* One GET of the source, in the state `explain`, learns S3's own words or renews the credentials;
 * then the present state is asked again. err: reported if the GET says no more. */
void copy_explain(struct copy *c, const struct err *err, enum copy_state explain);
/* The copy fails, as its result says already; the upload stays as it is, on record, for the next
 * run. */
void copy_leave_open(struct copy *c);
/* The upload is gone, or is left to itself. */
void copy_forget_upload(struct copy *c);
/* One CopyObject; an upload that is open is removed first. from: LAYOUT_IN_ONE or LAYOUT_GIVEN_UP.
 */
void copy_begin_single(struct copy *c, enum layout_source from);
/* A write worked: reply is its answer, which may be proof enough. NULL: the answer was lost, and
 * it may have worked. */
void copy_wrote(struct copy *c, enum made_by made, const struct s3_reply *reply);

/* --- of one state, for others --- */

/* state_layout.c: makes c->try.layout the layout of the copy, with no part of it copied yet. from:
 * how it was come by. false: S3 would not take such parts, or there is no memory, and the copy is
 * in another state. */
bool copy_take_layout(struct copy *c, enum layout_source from);
/* state_layout.c: the parts of the present layout do not make the source: on to the next layout, or
 * to the last resort. */
void copy_next_layout(struct copy *c);
/* state_layout.c: the source's parts cannot be mirrored: one CopyObject, whose ETag may be the
 * source's all the same; or parts of our own, where the object is too large for that. */
void copy_last_resort(struct copy *c);
/* state_resume.c: a multipart copy begins: the upload that was recalled is gone on with, if it is
 * of use; else it is removed. */
void copy_begin_parts(struct copy *c);
/* state_verify.c: notes what an answer to HeadObject says of the object that we wrote, where the
 * answer to the write left something out. */
void copy_written_there(struct copy *c, const struct s3_reply *reply);
/* state_verify.c: as copy_fail(), when the object is there, maybe without its tags: its record
 * stays, so that the next run looks. */
void copy_fail_with_tags_to_put(struct copy *c, const struct err *err);
/* state_sweep.c: a Create was sent between these times (seconds since 1970, by S3's clock), and may
 * have made an upload that we do not know of. */
void copy_doubt_create(struct copy *c, int64_t from_s, int64_t to_s);
/* state_sweep.c: frees what is inside; leaves it zeroed. */
void copy_free_orphans(struct copy_orphans *orphans);

/* --- the states: the functions of the table --- */

#define COPY_STATE_FUNCTIONS(name)                     \
    enum copy_next copy_##name##_next(struct copy *c); \
    void copy_##name##_answer(struct copy *c, const struct copy_answer *a)

COPY_STATE_FUNCTIONS(recall);
COPY_STATE_FUNCTIONS(sweep);
COPY_STATE_FUNCTIONS(lookup);
COPY_STATE_FUNCTIONS(explain);
COPY_STATE_FUNCTIONS(single);
COPY_STATE_FUNCTIONS(resume);
COPY_STATE_FUNCTIONS(layout);
COPY_STATE_FUNCTIONS(tags_for_create);
COPY_STATE_FUNCTIONS(announce);
COPY_STATE_FUNCTIONS(create);
COPY_STATE_FUNCTIONS(record);
COPY_STATE_FUNCTIONS(parts);
COPY_STATE_FUNCTIONS(complete);
COPY_STATE_FUNCTIONS(recheck);
COPY_STATE_FUNCTIONS(verify);
COPY_STATE_FUNCTIONS(tags_for_put);
COPY_STATE_FUNCTIONS(put_tags);
COPY_STATE_FUNCTIONS(abort);
COPY_STATE_FUNCTIONS(forget);
enum copy_next copy_done_next(struct copy *c);

/* For the table's `late`: answers that come after their state was left. */
void copy_lookup_late(struct copy *c, const struct copy_answer *a);
void copy_nothing_late(struct copy *c, const struct copy_answer *a);

#endif
