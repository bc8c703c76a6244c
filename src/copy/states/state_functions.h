/* The functions of the states: those that the table of states.c names, and those that one state has
 * for others. */
#ifndef COPYOUT_COPY_STATES_STATE_FUNCTIONS_H
#define COPYOUT_COPY_STATES_STATE_FUNCTIONS_H

#include "copy/machine_int.h"

/* --- act.c --- */

/* Does what was decided. f: the facts it was decided by; refused: S3's error, for WHY_REFUSED. */
void copy_act(struct copy *c, const struct decision *d, const struct decide_facts *f,
        const struct err *refused);

/* --- of one state, for others --- */

/* state_lookup.c: takes an answer to HeadObject of the destination, where an object is. */
void copy_take_there(struct copy *c, const struct s3_reply *reply);
/* state_lookup.c: both sides were looked at: decides, and does what is decided. */
void copy_lookup_over(struct copy *c);
/* state_verify.c: the same of the copy that was made. */
void copy_verify_over(struct copy *c);
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
/* state_parts.c: notes the checksum of a part ("": none was said), if it is of the kind that the
 * upload has. false: out of memory. */
bool copy_keep_sum(struct copy *c, unsigned part, enum checksum kind, const char *text);
/* state_recall.c: the record of an upload of ours was read: goes on with it. found is emptied. */
void copy_take_record(struct copy *c, struct upload *found);
/* state_resume.c: a multipart copy begins: the upload that was recalled is gone on with, if it is
 * of use; else it is removed. */
void copy_begin_parts(struct copy *c);
/* state_verify.c: notes what an answer to HeadObject says of the object that we wrote, where the
 * answer to the write left something out. */
void copy_written_there(struct copy *c, const struct s3_reply *reply);
/* state_verify.c: as copy_fail(), when the object is there, maybe without its tags: its record
 * stays, so that the next run looks. */
void copy_fail_with_tags_to_put(struct copy *c, const struct err *err);
/* state_abort.c: an upload has parts after an abort that worked: notes when it is to be aborted
 * once more. false: that was done often enough, as *e says. */
bool copy_abort_again(const struct copy *c, struct copy_aborts *aborts, struct err *e);
/* state_abort.c: the next step to remove an upload: AbortMultipartUpload, which comes back with the
 * tag abort, when it is time for it; after one that worked ListParts, with the tag list. */
enum copy_next copy_abort_step(struct copy *c, const struct copy_aborts *aborts,
        const char *upload_id, unsigned abort, unsigned list);
/* state_sweep.c: a Create was sent between these times (seconds since 1970, by S3's clock), and may
 * have made an upload that we do not know of. */
void copy_doubt_create(struct copy *c, int64_t from_s, int64_t to_s);

/* --- the states: the functions of the table --- */

#define COPY_STATE_FUNCTIONS(name)                     \
    enum copy_next copy_##name##_next(struct copy *c); \
    void copy_##name##_answer(struct copy *c, const struct copy_answer *a)

COPY_STATE_FUNCTIONS(recall);
COPY_STATE_FUNCTIONS(recall_shared);
COPY_STATE_FUNCTIONS(sweep);
COPY_STATE_FUNCTIONS(lookup);
COPY_STATE_FUNCTIONS(sums);
COPY_STATE_FUNCTIONS(explain);
COPY_STATE_FUNCTIONS(look);
COPY_STATE_FUNCTIONS(restore);
COPY_STATE_FUNCTIONS(single);
COPY_STATE_FUNCTIONS(resume);
COPY_STATE_FUNCTIONS(layout);
COPY_STATE_FUNCTIONS(tags_for_create);
COPY_STATE_FUNCTIONS(announce);
COPY_STATE_FUNCTIONS(create);
COPY_STATE_FUNCTIONS(record);
COPY_STATE_FUNCTIONS(publish);
COPY_STATE_FUNCTIONS(published);
COPY_STATE_FUNCTIONS(parts);
COPY_STATE_FUNCTIONS(complete);
COPY_STATE_FUNCTIONS(relist);
COPY_STATE_FUNCTIONS(recheck);
COPY_STATE_FUNCTIONS(verify);
COPY_STATE_FUNCTIONS(source_tags);
COPY_STATE_FUNCTIONS(tags_there);
COPY_STATE_FUNCTIONS(put_tags);
COPY_STATE_FUNCTIONS(annotations_list);
COPY_STATE_FUNCTIONS(annotations_there);
COPY_STATE_FUNCTIONS(annotation_get);
COPY_STATE_FUNCTIONS(annotation_put);
COPY_STATE_FUNCTIONS(annotations_check);
void copy_annotations_ask_answer(struct copy *c, const struct copy_answer *a);
COPY_STATE_FUNCTIONS(abort);
COPY_STATE_FUNCTIONS(forget);
enum copy_next copy_done_next(struct copy *c);

/* For the table's `late`: answers that come after their state was left. */
void copy_lookup_late(struct copy *c, const struct copy_answer *a);

#endif
