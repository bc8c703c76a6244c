/* The engine: one job from its input to its report. The program's commands and libcopyout are faces
 * of it; they use nothing else of job, plan, copy and report.
 *
 *   engine_open ─▶ engine_prepare or engine_load ─▶ engine_copy ─▶ engine_report ─▶ engine_close
 *
 * engine_run() is the three steps in one. Each step can also be a process of its own, on another
 * machine: what it needs of the step before lies in the work store. A step runs the session's loop
 * until it is over; no function here may be called from within a callback, except those that only
 * ask. When stop's level rises, the step that is under way ends early:
 *
 *   while                    STOP_FINISH                               STOP_NOW
 *   preparing, loading, or   every request is ended                    the same
 *     listing uploads
 *   copying                  copies under way end, none is begun       every request is ended
 *   publishing what was      nothing: that is what tells what was      every request is ended
 *     done, or removing        done; the removing of uploads ends
 *     uploads                  after the one that it is at
 */
#ifndef COPYOUT_JOB_ENGINE_H
#define COPYOUT_JOB_ENGINE_H

#include "base/stop.h"
#include "job/session.h"
#include "model/delivery/delivery_key.h"
#include "model/input.h"
#include "model/item.h"
#include "model/plan.h"
#include "model/problems.h"
#include "model/report.h"

struct engine;

enum {
    ENGINE_LARGEST = 4,
    ENGINE_LARGEST_AFTER_S = 2, /* objects that are done sooner are not told of one by one */
};

/* One of the largest objects under way. */
struct engine_large {
    const char *bucket, *key; /* of the source */
    uint64_t size;            /* bytes */
    unsigned parts;           /* that are copied one by one; 0: it is copied as a whole */
    unsigned parts_done;
};

/* How far the copying is. */
struct engine_progress {
    uint64_t items;                          /* that there are to copy: of the plan, or its shard */
    uint64_t begun;                          /* items taken up so far, or settled before */
    uint64_t done;                           /* items that have a result, or are handed on */
    uint64_t carried;                        /* of done, those that were settled before */
    uint64_t by_status[RESULT_STATUS_COUNT]; /* results, of earlier workers of the run too */
    uint64_t handed_on;    /* of done, slices of objects that other workers finish: no results */
    uint64_t restoring;    /* items that wait until their sources are restored */
    uint64_t bytes_copied; /* of COPIED; of PENDING in a dry run */
    /* Of by_status and of bytes_copied, those of this engine alone. */
    uint64_t own_by_status[RESULT_STATUS_COUNT];
    uint64_t own_bytes_copied;
    unsigned requests_in_flight;
    double seconds; /* since the copying began */
    /* Bytes of items that have a result, of earlier workers of the run too, and of parts that are
     * there. */
    uint64_t bytes_done;
    uint64_t bytes_carried; /* of these, those of items that were settled before */
    /* Items whose sizes are known by now (those under way, those that listings have shown, and all
     * that have a result: an object that was never seen has none), and their bytes. */
    uint64_t sized, bytes_known;
    struct s3_pressure pressure; /* why requests wait */
    bool list_waits;             /* the next items are read, or looked at, and are not there yet */
    bool list_ended;             /* all items have been taken up */
    bool stopping;
    /* The largest objects that have been under way for ENGINE_LARGEST_AFTER_S, the largest first.
     * The strings hold as long as the callback runs. */
    struct engine_large largest[ENGINE_LARGEST];
    unsigned largest_count;
};

/* The fate of archived sources if the input has thawParams; without it they fail. */
enum engine_thaw {
    ENGINE_THAW_NEVER,  /* they fail all the same */
    ENGINE_THAW_WAITS,  /* they are restored, and waited for, for days if need be */
    ENGINE_THAW_LEAVES, /* they are restored, and left to engine_load_waiting() of a later engine */
};

/* Pointers and strings must outlive the engine; callbacks may be NULL. */
struct engine_config {
    const struct session *session;
    struct stop *stop; /* the engine is its listener as long as it is open */
    /* The work store: a folder (made if need be) or s3://bucket/prefix/. NULL: a folder in
     * copyout-work/, which is removed again when engine_run() puts nothing into it. */
    const char *work;
    /* Without such a place: the job whose list and destination that folder belongs to, so that the
     * next engine finds it again (plan/work_name.h). NULL: the folder is new. */
    const struct input *input;
    /* Whether the plan is for many workers: where the work store is in S3, large objects are then
     * cut into slices (model/plan.h). */
    bool many_workers;
    const char *tmp; /* where temporary folders are made; NULL: /tmp */
    /* Where jobs in S3 leave ledgers for later jobs of the same list and destination: an
     * s3://bucket/prefix/; NULL: nowhere. */
    const char *ledgers;
    bool recheck; /* engine_prepare() has the copying look at all again, also in a job that goes on
                   */
    bool retry;   /* engine_copy() takes up what failed or was not reached in the job's last run */
    const char *source_buckets; /* engine_prepare(): see plan/plan_env.h; NULL: any */
    const char *given_rights;   /* likewise */
    const char *writes_to;      /* likewise */
    enum engine_thaw thaw;      /* of engine_copy() */
    unsigned thaw_every_s; /* how often archived sources are looked at; 0: by archive and speed */
    /* engine_prepare() tells of each object of S3 that the list names as a file of it
     * (plan/plan_env.h). */
    enum err_code (*on_list_file)(
            void *ctx, const char *bucket, const char *key, const char *version_id, struct err *e);
    bool list_only; /* engine_prepare() reads the list and asks neither destination nor sources */
    const struct delivery_key *sign_key; /* engine_report() signs the delivery record with it; NULL:
                                             it does not */
    bool replace_job; /* engine_prepare() gives up the results of another job that are there */
    uint64_t wait_ms; /* how long engine_prepare() waits for permission to write */
    /* While it copies, every so many milliseconds. */
    uint64_t progress_ms;
    void (*on_progress)(void *ctx, const struct engine_progress *progress);
    /* After an item's result was recorded. */
    void (*on_result)(void *ctx, const struct result *result);
    /* Whether the results may be published when the copying is over. NULL: they may. */
    bool (*may_publish)(void *ctx);
    /* While it copies and the work store is in S3: how long a result waits at most until it is
     * published (0: half a minute), and whether it may be, as struct publisher_config of
     * job/publisher.h has them. */
    uint64_t publish_ms;
    void (*ask_publish)(void *ctx, void (*answer)(void *ctx, bool may), void *answer_ctx);
    void (*cancel_ask)(void *ctx);
    void *ctx; /* handed to the callbacks */
};

/* Opens the work store. ERR_USAGE, ERR_IO: it cannot be one, or another copyout works in it. */
enum err_code engine_open(
        struct engine **out, const struct engine_config *config, struct err *e) ERR_MUST_CHECK;
/* NULL is fine. */
void engine_close(struct engine *g);

/* --- the steps --- */

/* Step 1: reads the list that the input names, makes the plan (or keeps the one that is there for
 * the same input and list), and sees whether the destination lets us write. input is checked
 * (input_check) and must outlive the engine. ERR_MANIFEST: the list has problems, which are then in
 * problems (initialised); nothing was written to the destination. ERR_INPUT: the work store is not
 * ours (store/claim.h), or holds results of another job and replace_job is not set; nothing was
 * changed there. ERR_ACCESS_DENIED, ERR_WRONG_REGION: of the destination, or a source. */
enum err_code engine_prepare(struct engine *g, const struct input *input, struct problems *problems,
        struct err *e) ERR_MUST_CHECK;

/* After step 1: each item of the plan in its order, which holds until the callback returns; an
 * error of the callback ends it. */
enum err_code engine_each_item(struct engine *g,
        enum err_code (*each)(void *ctx, const struct item *item, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;

/* In place of step 1: the plan that an earlier one left in the work store. shard: NULL for all of
 * its shards, or the one to copy: its number, or its object in shards.json, as a text. ERR_INPUT:
 * there is no plan, or no such shard; ERR_USAGE: shard is neither. */
enum err_code engine_load(struct engine *g, const char *shard, struct err *e) ERR_MUST_CHECK;

/* The same of the objects that engine_copy() with ENGINE_THAW_LEAVES has left: those without any
 * result of the shards that it has marked. *any: false: nothing waits, and nothing is to be copied.
 */
enum err_code engine_load_waiting(struct engine *g, bool *any, struct err *e) ERR_MUST_CHECK;

/* Step 2: copies what was prepared or loaded, and publishes the results, also those of a copying
 * that failed or was stopped. An object that cannot be copied is a result and no error. The error
 * is the first: of the work store, or of credentials that nobody has. */
enum err_code engine_copy(struct engine *g, struct err *e) ERR_MUST_CHECK;

/* Step 3: writes the report, of all results of the job's newest run that are in the work store, and
 * of those that this engine made. The caller frees r, also after an error; r->made says whether
 * it holds something. */
enum err_code engine_report(struct engine *g, struct report *r, struct err *e) ERR_MUST_CHECK;

/* Steps 1 to 3. If the input has a maxCost, all objects are looked at before the first copy, which
 * is not made when all requests together would cost more: ERR_INPUT. Once the copying has begun the
 * report is made whatever came of it; the error is the first. ERR_INTERRUPTED: it was stopped
 * before the copying, and nothing was copied. */
enum err_code engine_run(struct engine *g, const struct input *input, struct problems *problems,
        struct report *r, struct err *e) ERR_MUST_CHECK;

struct engine_cleanup {
    uint64_t records; /* uploads on record that there were */
    uint64_t removed; /* uploads */
    uint64_t failed;  /* records that stay: their upload could not be removed */
};

/* Removes the unfinished uploads that the work store has on record, and no other. What cannot be
 * removed is logged, counted, and stays on record; the error is about the work store.
 * ERR_INTERRUPTED when it was stopped between two. */
enum err_code engine_clean_up(
        struct engine *g, struct engine_cleanup *counts, struct err *e) ERR_MUST_CHECK;

/* --- asking --- */

/* The plan and the input that were prepared or loaded; their fields are 0 or NULL before. */
const struct plan *engine_plan(const struct engine *g);
const struct input *engine_input(const struct engine *g);

/* The requests and the money that the job takes, by its plan alone: engine_prepare() made it, even
 * if it failed afterwards with ERR_ACCESS_DENIED or ERR_WRONG_REGION. */
void engine_estimate(const struct engine *g, struct cost_estimate *out);

/* Whether a plan was made or loaded. NULL: no. */
bool engine_has_plan(const struct engine *g);
/* The price of S3's requests for the copy, in millionths of a US dollar, when engine_run() ended
 * because maxCost allows less; else 0. */
uint64_t engine_cost_micro(const struct engine *g);
/* If the list can be read once only, as standard input, and was kept in the work store: appends the
 * place of that copy, which can be given as a list instead, to out. false: it was not. */
bool engine_show_list(const struct engine *g, struct buf *out);
/* Whether engine_copy() is at the objects. */
bool engine_is_copying(const struct engine *g);
/* Whether engine_copy() is over: the results are published, and the report is made. */
bool engine_has_copied(const struct engine *g);
/* All 0 before the copying began. */
void engine_progress(const struct engine *g, struct engine_progress *out);

/* After engine_copy() with ENGINE_THAW_LEAVES: in how many seconds the objects that it left are to
 * be looked at, when so many looks were made before; 0: it left none. */
unsigned engine_look_again_s(const struct engine *g, unsigned looks);
/* The items that have no result, and do not wait until their sources are restored either. */
uint64_t engine_not_reached(const struct engine_progress *p);

/* The name for people of a file of the work store, of itself for "", appended to out. */
void engine_show(const struct engine *g, const char *name, struct buf *out);
/* Where the shards of the plan are for a distributed map: s3://bucket/key, or a path; appended. */
void engine_show_shards(const struct engine *g, struct buf *out);
/* Where the report's CSV lies, appended to out. */
void engine_show_report(const struct engine *g, struct buf *out);
/* The report as one JSON object in one line, with the requests that were made; free(). NULL: out of
 * memory. */
char *engine_report_json(const struct engine *g, const struct report *r);

#endif
