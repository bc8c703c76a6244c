/* Step 3 of a job: all results into report.json, the CSV, and a verdict. Streams: one shard's
 * results are in memory at a time. */
#ifndef COPYOUT_REPORT_SUMMARY_H
#define COPYOUT_REPORT_SUMMARY_H

#include "model/plan.h"
#include "model/result.h"
#include "store/job.h"

enum { REPORT_FAILURES_KEPT = 100 };

struct report {
    bool made;      /* it was written: what follows is what happened */
    uint64_t items; /* lines of the manifest */
    uint64_t by_status[RESULT_STATUS_COUNT];
    uint64_t missing;                  /* items without a result */
    uint64_t verified[VERIFIED_COUNT]; /* of COPIED and SAME */
    uint64_t tags_dropped;
    uint64_t bytes; /* of COPIED; of PENDING in a dry run */
    bool dry_run;
    double seconds;
    uint64_t last_line;                           /* of the shards so far: lines only go up */
    struct result failures[REPORT_FAILURES_KEPT]; /* the first, by line */
    unsigned failures_kept;
};

void report_free(struct report *r); /* what is inside; leaves it zeroed */

/* Whether everything is there. */
static inline bool report_is_complete(const struct report *r)
{
    return r->missing == 0 && r->by_status[RESULT_FAILED] == 0;
}

/* The facts of a report besides the results. */
struct report_facts {
    double seconds;
    /* Whether there are results of that shard; NULL: look in the work store for all. */
    bool (*has)(const void *ctx, unsigned shard);
    const void *ctx;
};

/* Reads the results and writes the CSV and report.json to the work store, and the CSV to the
 * destination (unless the input says not to). */
enum err_code report_make(const struct job *job, const struct plan *plan,
        const struct report_facts *facts, struct report *r, struct err *e) ERR_MUST_CHECK;

/* The report as JSON: an object with the requests by operation and more; free(). place: where the
 * CSV lies. NULL: out of memory. indent: 0 for one line. */
char *report_json(
        const struct report *r, const struct s3_client *s3, const char *place, size_t indent);

/* Where the CSV lies in the destination (or in the work store, if it was not to be written there).
 * Appended to out. */
void report_place(const struct job *job, struct buf *out);

#endif
