/* The inside of a copy, for the files of this folder only. One file states/state_<name>.c for each
 * state, or for a few that go together; states.c has the table of states, machine.c the one way in
 * for answers.
 *
 * How a state works. Its `next` is asked what to send now. Its `answer` gets what came of a request
 * of its own, and moves on with copy_set_state(), or with one of the functions of endings.c.
 * Neither counts requests or wakes the copy: machine.c does. A state whose requests go out one by
 * one needs no mark that it has sent one: copy->open says so. */
#ifndef COPYOUT_COPY_MACHINE_INT_H
#define COPYOUT_COPY_MACHINE_INT_H

#include "base/cycle.h"
#include "copy/copy_headers.h"
#include "copy/copy_try.h"
#include "copy/error_rules.h"
#include "copy/machine.h"
#include "copy/omit.h"

enum copy_state {
    STATE_RECALL,        /* the record of an upload that was left open is read */
    STATE_RECALL_SHARED, /* the record of the upload that the workers of the slices share is read */
    STATE_SWEEP_FIRST,   /* it says that there may be uploads of ours that nobody knows of */
    STATE_LOOKUP,        /* HeadObject of source and destination, side by side */
    STATE_EXPLAIN_LOOKUP,  /* one GET, since the answer to a HEAD has no body: S3's own words */
    STATE_SUMS,            /* HeadObject of both sides with their checksums, since ETags leave it
                              open whether they are the same */
    STATE_RESTORE,         /* RestoreObject: the source is archived */
    STATE_LOOK_FOR_SINGLE, /* HeadObject of the destination, right before a CopyObject that cannot
                             be made on condition that nothing is there */
    STATE_SINGLE,          /* CopyObject */
    STATE_SINGLE_UNTAGGED, /* CopyObject that leaves the tags behind, since we may not copy them */
    STATE_RESUME,          /* ListParts: what is there of an upload that is gone on with */
    STATE_LAYOUT,          /* HeadObject of parts of the source: how long they are */
    STATE_EXPLAIN_LAYOUT,  /* as EXPLAIN_LOOKUP */
    STATE_TAGS_FOR_CREATE, /* GetObjectTagging */
    STATE_ANNOUNCE,        /* the record: there will be an upload */
    STATE_CREATE,          /* CreateMultipartUpload */
    STATE_RECORD,          /* the record: this is the upload, and these are its parts */
    STATE_PUBLISH,    /* the same of an upload that is to be shared, if no other worker was first
                       */
    STATE_PUBLISHED,  /* that record is read: whose upload it is that is shared */
    STATE_UNANNOUNCE, /* the announcement is of no use any more */
    STATE_PARTS,      /* UploadPartCopy, many at once */
    STATE_LOOK_FOR_COMPLETE, /* as LOOK_FOR_SINGLE, before a Complete */
    STATE_COMPLETE,          /* CompleteMultipartUpload */
    STATE_RELIST,            /* ListParts: which part it is that Complete missed */
    STATE_RECHECK,           /* HeadObject of the source, when no ETag will tell */
    STATE_EXPLAIN_RECHECK,   /* as EXPLAIN_LOOKUP */
    STATE_VERIFY,            /* HeadObject of the destination */
    STATE_EXPLAIN_VERIFY,    /* as EXPLAIN_LOOKUP */
    STATE_VERIFY_SUMS,       /* as SUMS, of the copy that was made */
    STATE_TAGS_FOR_PUT,      /* GetObjectTagging, when the copy is there without its tags */
    STATE_TAGS_FOR_CHECK,    /* GetObjectTagging, when the copy is there and must have its tags */
    STATE_TAGS_THERE,        /* GetObjectTagging of the copy: whether it has them */
    STATE_PUT_TAGS,          /* PutObjectTagging */
    STATE_TAGS_CONFIRM,      /* GetObjectTagging of the copy: whether it has them now */
    STATE_ANNOTATIONS_ASK,   /* ListObjectAnnotations of the source: CopyObject was refused, and may
                                leave out none that are required */
    STATE_ANNOTATIONS_LIST,  /* the same, when the copy is there and may lack them */
    STATE_ANNOTATIONS_THERE, /* ListObjectAnnotations of the copy: which of them it has */
    STATE_ANNOTATION_GET,    /* GetObjectAnnotation of the source, */
    STATE_ANNOTATION_PUT,    /* and PutObjectAnnotation of the copy: one after another */
    STATE_ANNOTATIONS_CHECK, /* HeadObject of the source: whether they were those of the object that
                                was copied */
    STATE_ABORT_RESTART,     /* AbortMultipartUpload, and ListParts until there is nothing; then the
                               object is started over */
    STATE_ABORT_FOR_SINGLE,  /* the same, and then SINGLE */
    STATE_ABORT_FOR_PARTS,   /* the same, and then LAYOUT, for another upload */
    STATE_ABORT_FOR_SHARED,  /* the same, and then RECALL_SHARED */
    STATE_ABORT_TO_END,      /* the same, and then DONE: the result is known already */
    STATE_SWEEP_LAST,        /* ListMultipartUploads: what came of a Create whose answer was lost */
    STATE_FORGET,            /* the record is of no use any more */
    STATE_DONE,              /* waits for answers that no longer matter, and puts things away */
    STATE_COUNT
};

enum {
    COPY_RESTARTS_MOST = 3,
    COPY_ABORTS_MOST = 5,
    COPY_RELISTS_MOST = 2,      /* of one layout */
    COPY_LOOKS_MOST = 3,        /* at a destination that changes whenever it is to be overwritten */
    COPY_ANNOTATIONS_MOST = 64, /* copies that have the text of an annotation at one time: 64 MiB */
};

/* Whether the object is copied by many workers, each some of its parts (share.c). */
enum copy_share {
    SHARE_ALONE,     /* it is not, or not any more */
    SHARE_SLICE,     /* it is: the copy is that of one slice */
    SHARE_HANDED_ON, /* the slice is finished, and others are not: who finishes the last one of them
                        has the result */
    SHARE_PUT_ASIDE, /* the source is being restored: another copy of the item will be made when it
                        can be read, and has the result */
};

enum { COPY_PUBLISHES_MOST = 8 };

/* Whether the work store has a record of the upload. */
enum on_record {
    RECORD_NONE,
    RECORD_WRITTEN,
    RECORD_KEPT, /* and it stays when the copy ends: there is an upload, or work, for the next run
                  */
};

/* Whether uploads are created with the checksum of the source, in all tries. */
enum copy_checksums {
    CHECKSUMS_KEPT,
    CHECKSUMS_REFUSED_AT_CREATE,   /* they go without, since one with it was refused */
    CHECKSUMS_REFUSED_AT_COMPLETE, /* the same */
};

/* Uploads of our key that are to be removed. */
struct copy_orphans {
    char **ids;   /* Owned */
    char *listed; /* where the next page of the listing begins; NULL: at its beginning. Owned */
    struct cycle cycle;   /* of these */
    enum copy_asked list; /* ASKED_ANSWERED: all pages are there */
    unsigned count;
    unsigned next;             /* how many were dealt with */
    struct copy_aborts aborts; /* of the next one */
};

/* The record of the upload, and doubts about uploads; they outlive one try. Times are seconds since
 * 1970, by S3's clock. */
struct copy_record {
    enum on_record kept; /* the copy's own record */
    unsigned which;      /* which record of the destination that is (model/upload.h) */
    /* The record as it was at the beginning; zeroed: there was none. Of a slice, that of the upload
     * that is shared, or was. */
    struct upload recalled;
    enum copy_share share;
    unsigned turn; /* which of the uploads that are shared, one after another: UPLOAD_FIRST, ... */
    unsigned lost; /* how many of them were gone when the copy came to them */
    /* The destination, as it was seen last before the last of these was found to be gone. */
    enum at_destination lost_at;
    char lost_there[ETAG_SIZE];
    unsigned publishes;  /* of the record of one upload */
    uint64_t publish_us; /* when to do so once more; 0: at once */
    /* The ETag of the source whose upload was not given its tags, by this run or the one before:
     * they are put when the copy is there. "": there is none. */
    char tags_after[ETAG_SIZE];
    int64_t at_s;          /* a moment before the upload on record was created */
    int64_t create_sent_s; /* when Create was sent */
    /* Uploads of our key that were begun between these are ours, but for the one we know: a Create
     * was sent whose answer is not known. doubt_to_s 0: there is no doubt. */
    int64_t doubt_from_s, doubt_to_s;
    struct copy_orphans orphans;
};

struct copy {
    struct copy_turn turn; /* of the scheduler's */
    struct copy_env *env;
    struct copy_options options;
    const struct copy_row *rows; /* the table of states */
    enum copy_state state;
    unsigned sequence;      /* of states, one more for each change: which answers are late */
    struct list asks;       /* struct copy_ask: requests whose answers are to come */
    struct copy_ask *spare; /* one that was answered, for the next; NULL: none */
    unsigned in_flight;     /* how many these are */
    unsigned open;          /* how many of them were asked by the state we are in */
    unsigned restarts;
    enum our_write wrote;
    enum copy_checksums checksums;
    struct omissions omissions;
    uint64_t started_us;
    uint64_t waits_until_us; /* after COPY_AT */
    struct decide_memory memory;
    struct copy_record record;
    struct copy_try try;
    struct result result;
};

/* The outcome of a request. */
struct copy_answer {
    const struct err *err;        /* ERR_OK, or why not; never NULL */
    const struct s3_reply *reply; /* NULL: of a record, or of a request that could not be started */
    struct upload *found;         /* of copy_load(): the record; NULL: there is none */
    unsigned tag;                 /* the one that the state gave copy_send() */
    unsigned attempts;            /* how often it was sent */
};

/* --- states.c --- */

#define STATE_BIT(state) ((uint64_t)1 << (state))

/* The lists of the copy's parts (copy_release_parts()) in a state. */
enum copy_lists {
    LISTS_FREED, /* it has none: those that there are are freed when it is entered */
    LISTS_KEPT,
};

/* A state. */
struct copy_row {
    const char *name;
    /* Sends what is to be sent now. */
    enum copy_next (*next)(struct copy *c);
    /* Takes an answer to a request of this state. */
    void (*answer)(struct copy *c, const struct copy_answer *a);
    /* The same, when the state was left meanwhile. NULL: it is never left before its answers came,
     * which is asserted. */
    void (*late)(struct copy *c, const struct copy_answer *a);
    /* For the functions that serve several states: which follows when this one is over. */
    enum copy_state then;
    /* All that may follow, as bits; asserted. FAILS_OPEN and the like: an upload may be open. */
    uint64_t may_follow;
    enum copy_lists lists;
};

/* The table, for the tests of it. */
const char *copy_state_name(enum copy_state state);
bool copy_may_follow(enum copy_state state, enum copy_state next);

/* --- machine.c --- */

/* A copy by that table, in that state; the rest is copy_new()'s contract. */
enum err_code copy_init(struct copy **out, const struct copy_row *rows, enum copy_state first,
        struct copy_env *env, struct item *item, struct err *e) ERR_MUST_CHECK;
/* Frees its content; leaves it zeroed. */
void copy_free_orphans(struct copy_orphans *orphans);

/* The one place where a copy changes its state. */
void copy_set_state(struct copy *c, enum copy_state state);
/* The state that the table names as the one that follows the present one by design. */
enum copy_state copy_then(const struct copy *c);

/* Sends a request of the present state; tag comes back with the answer. What cannot be started is
 * answered at once, with the error. */
enum copy_next copy_send(struct copy *c, const struct s3_request *request, unsigned tag);
/* The same, of the records of uploads: reads one, writes it, writes it if there is none yet,
 * removes it. */
enum copy_next copy_load(struct copy *c, unsigned which);
enum copy_next copy_save(struct copy *c, const struct upload *upload);
enum copy_next copy_publish(struct copy *c, const struct upload *upload);
enum copy_next copy_remove(struct copy *c, unsigned which);

/* COPY_AT: a `next` has nothing to send before that moment, by the port's now_us(). */
enum copy_next copy_at(struct copy *c, uint64_t at_us);

/* --- parts_held.c: lists of parts are what a copy takes most memory for --- */

/* Lets the copy hold the parts that its source has, unless it does already; before any list of them
 * is made. false: others hold too many now, and the state's `next` returns COPY_HELD. */
bool copy_hold_parts(struct copy *c);
/* Frees the lists of parts and tells the scheduler, unless the copy holds none. */
void copy_release_parts(struct copy *c);

/* --- share.c: an object that many workers copy, each some of its parts, in one upload --- */

/* Makes the copy, which has not begun, that of the slice that its item names, if it names one. */
void copy_share_begin(struct copy *c);
/* Whether the copy is that of a slice. */
bool copy_is_shared(const struct copy *c);
/* Whether the upload that is open is on record as the one that is shared. */
bool copy_shares_upload(const struct copy *c);
/* Whether the next run would find the upload that is open. */
bool copy_is_on_record(const struct copy *c);
/* The object is not copied in parts that can be shared after all: the first slice's copy goes on
 * alone, and so does one that has begun with an upload. false: the copy is another one, and has
 * ended. */
bool copy_goes_alone(struct copy *c);
/* The same when an error says that the server does not tell how long parts are: it may be one that
 * others have not met. false: the copy is another slice's, and is to fail with it; it does not
 * leave its parts to a copy that may not go alone. */
bool copy_guesses_alone(struct copy *c);
/* The upload that is open is of no use: it is removed, and the one on record is looked for. why:
 * for the case that the job is being stopped meanwhile. */
void copy_leave_for_shared(struct copy *c, const char *why);
/* The upload that was shared is over, and another one takes its place, should it be needed. */
void copy_end_shared(struct copy *c);
/* Another worker has completed the upload, it seems, since the destination has changed, although
 * nothing proves that it is the source: the copy has ended, and the other has the result. */
bool copy_was_completed(struct copy *c);
/* The parts that are to be copied next are those of the slice; of a copy that is alone, all. */
void copy_take_range(struct copy *c);
/* They are all parts. */
void copy_widen_range(struct copy *c);
/* Of a slice, all parts that are there are known: goes on. */
void copy_slice_listed(struct copy *c);
/* The same when we may not list them: the first slice's copy copies all, the others hand it on. */
void copy_slice_unlisted(struct copy *c);

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
/* The same of a HeadObject; sums: whether it asked for checksums (ASKED_SENT). */
unsigned copy_known_of_look(const struct copy *c, enum copy_asked sums);
/* The version of the object that an answer tells of; NULL: it names none. */
const char *copy_version_of(const struct s3_reply *reply);
/* Whether the tags are put when the copy is there, since its Create is not given them. */
bool copy_puts_tags_after(const struct copy *c);
/* Whether the ETags of the destination may tell whether it is the source, as far as is known. */
bool copy_etags_decide(const struct copy *c);
/* Whether an upload is to be created with its source's checksum. */
bool copy_keeps_checksum(const struct copy *c);
/* Makes the tags that the options set those of the copy, if they set any. false: the copy failed.
 */
bool copy_take_tag_set(struct copy *c);
/* Whether the options copy an object without its tags rather than not at all. */
bool copy_spares_tags(const struct copy *c);
/* Whether the source lies on Amazon S3, and the options copy its annotations; whether they copy no
 * object without them. */
bool copy_has_annotations(const struct copy *c);
bool copy_requires_annotations(const struct copy *c);
/* Whether the copy that is there, and proven, may lack annotations of its source: it was made in
 * parts, of which no upload is given them; or they are required, and it was found there. */
bool copy_may_lack_annotations(const struct copy *c, enum result_status status);
/* The ETag that the destination must still have when the present write takes place, since it was
 * seen to have it, and is to be overwritten; NULL: any, or nothing is there. */
const char *copy_target_match(const struct copy *c);
/* For omit.h: the headers that the write of the present state would have and may be made without,
 * and of these the ones that it is made without. */
unsigned copy_may_omit(const struct copy *c);
unsigned copy_omits(const struct copy *c);
/* The set (omissions.out) to be tried next, when more headers of the set `of` are left out; the
 * present one: there is none. */
unsigned copy_omits_next(const struct copy *c, unsigned of);
/* Whether the destination must be looked at before the write of the present state, which is to be
 * made only if nothing is there, and has no condition that says so and is known to be heeded. */
bool copy_must_look(const struct copy *c);

/* --- seen_before.c: what listings have shown before the copy began --- */

/* The source was looked at, by whatever: the memory of another source says nothing of this one. */
void copy_remember_source(struct copy *c);

/* Takes it, if anything is known of the item. Only before the first request of the copy. */
void copy_take_seen(struct copy *c);
/* Both sides are to be asked by HeadObject, as far as they were not. */
void copy_forget_seen(struct copy *c);

/* --- states/line_sums.c: the sums that the item's line asserts --- */

/* The source was looked at: whether it has them, as far as it shows any. false: it has others, as
 * *e says, and the copy is to fail. */
bool copy_source_has_line_sums(struct copy *c, struct err *e);
/* The result is set, but for this: the same of the copy, as far as S3 has said anything of it. The
 * result is made to say what the sums have proven. */
bool copy_has_line_sums(struct copy *c, struct err *e);

/* --- source_sums.c: a look at an object for its checksums, by whatever state --- */

/* Sends HeadObject of the source, with its checksums. */
enum copy_next copy_ask_source_sums(struct copy *c, unsigned tag);
/* Takes the answer to it: the source is what it was, and its checksums are known, or there are none
 * to be had. false: the copy went elsewhere. */
bool copy_take_source_sums(struct copy *c, const struct copy_answer *a);
/* The same of an answer that is an error, to such a look at either side. */
bool copy_goes_without_sums(struct copy *c, const struct err *err);

/* --- endings.c: how a copy goes on. But for copy_forget_upload(), each changes the state --- */

/* The copy fails with err, unless an earlier error is noted already; an upload that is open is
 * removed, or left open if the next run can go on with it. */
void copy_fail(struct copy *c, const struct err *err);
/* The same, for want of memory. */
void copy_fail_nomem(struct copy *c);
/* The copy is there and proven, with its tags: it has its result, unless it may lack annotations,
 * which then follow. An upload that is open yet is removed. */
void copy_succeed(struct copy *c, enum result_status status, struct proof proof);
/* The same, when its annotations are there, or it goes without: status and proof are those of
 * copy_succeed(). */
void copy_has_result(struct copy *c);
/* The copy ends without a result, since its source is being restored; an upload that is open is
 * removed. */
void copy_put_aside(struct copy *c);
/* The object is started over, because the source or the destination changed under us; it fails with
 * err when that has happened COPY_RESTARTS_MOST times, or when the job is being stopped. An upload
 * that is open is removed first. */
void copy_restart(struct copy *c, const struct err *err);
/* The same, since what listings show was not enough; the object has begun for once only. */
void copy_look_closer(struct copy *c, const struct err *err);
/* The same, since the source changed while it was looked at, or copied, as the text `done` says. */
void copy_restart_changed(struct copy *c, const char *done);
/* The second half of copy_restart(): no upload is open, and result.err says why. */
void copy_start_over(struct copy *c);
/* One GET of the source, in the state `explain`, learns S3's own words or renews the credentials;
 * then the present state is asked again. err: reported if the GET says no more. */
void copy_explain(struct copy *c, const struct err *err, enum copy_state explain);
/* The upload is gone, or cannot be removed: if it was shared, another one takes its place. */
void copy_forget_upload(struct copy *c);
/* One CopyObject; an upload that is open is removed first. from: LAYOUT_IN_ONE or LAYOUT_GIVEN_UP.
 */
void copy_begin_single(struct copy *c, enum layout_source from);
/* The answer to a write, to a part or to a look at the destination says how it encrypts, by the
 * kind of the object's ETag: the job is to know it. */
void copy_learn_etag(struct copy *c, enum etag_kind kind);
/* A condition of a write did not hold: notes it, for KNOWN_WRONG the next time. */
void copy_note_refusal(struct copy *c);
/* Leaves out of the write of the present state what the server is known not to deal with. Not while
 * such a write is under way: its answer is judged by what was left out. */
void copy_omit_known(struct copy *c);
/* The write of the present state is to be sent again without another header. */
void copy_omit_more(struct copy *c, const struct err *err);
/* The write of the present state is to be sent again without retention and legal hold. */
void copy_omit_lock(struct copy *c);
/* The write of the present state worked: what it was made without is noted, and learned of the
 * server. */
void copy_note_omissions(struct copy *c);
/* Takes what an answer to a write, or to HeadObject of the copy, shows of the encryption that was
 * asked for: the result of a copy of which none shows it has a note. */
void copy_see_sse(struct copy *c, const struct s3_reply *reply);
/* The server cannot copy parts: one CopyObject, as copy_begin_single(); or the copy fails, for the
 * object is too large for that. */
void copy_without_parts(struct copy *c);
/* A write worked: reply is its answer, which may be proof enough. NULL: the answer was lost, and
 * it may have worked. */
void copy_wrote(struct copy *c, enum made_by made, const struct s3_reply *reply);
/* A write may have worked: its answer cannot be read, as err says, and the destination is looked
 * at. An upload that Complete was sent for stays open until that is known. */
void copy_wrote_unread(struct copy *c, enum made_by made, const struct err *err);

#endif
