/* Step 3 of a job: all results into report.json, the CSV, and a verdict. */
#ifndef COPYOUT_REPORT_SUMMARY_H
#define COPYOUT_REPORT_SUMMARY_H

#include "model/delivery/delivery_key.h"
#include "model/input.h"
#include "model/plan.h"
#include "model/report.h"
#include "report/map_results.h"
#include "report/spent.h"
#include "s3/sync.h"
#include "store/result_files.h"
#include "store/store.h"

/* A report is made with these. */
struct report_env {
    struct sync sync;          /* the loop and the S3 client */
    struct store *store;       /* where the results are, and the report goes */
    const struct input *input; /* of the job */
    const char *key; /* under which the CSV was put at the destination; NULL: as the input says */
    const struct delivery_key *sign_key; /* of the delivery record; NULL: it is not signed */
};

/* The facts of a report besides the results. */
struct report_facts {
    double seconds; /* that the job took */
    struct spent_facts spent;
    struct report_earlier earlier;
    const struct result_files *files; /* of all shards of the plan */
    const struct map_results *map;    /* of the shards that failed; NULL: nobody tells of any */
};

/* Counts the results of the plan's shards without writing a report: fills r (report_free() it), and
 * writes the rows that a report's CSV would have, its header first, to csv. */
enum err_code report_count(const struct report_env *env, const struct plan *plan,
        const struct result_files *files, struct report *r, FILE *csv,
        struct err *e) ERR_MUST_CHECK;

/* The same for each result that counts, which holds until the function returns; its errors end it.
 */
enum err_code report_each(const struct report_env *env, const struct plan *plan,
        const struct result_files *files, struct report *r,
        enum err_code (*each)(void *ctx, const struct result *result, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;

/* Reads the results and writes the CSV and report.json to the work store, and the CSV to the
 * destination (unless the input says not to). r->made says whether report.json was written; it may
 * be when the CSV could not be put at the destination, which is then the error. r->key: under which
 * it was put there. The caller frees r. */
enum err_code report_make(const struct report_env *env, const struct plan *plan,
        const struct report_facts *facts, struct report *r, struct err *e) ERR_MUST_CHECK;

/* The report as JSON: an object with the requests by operation and more; free(). place: where the
 * CSV lies, work: the work store. NULL: out of memory. indent: 0 for one line. */
char *report_json(const struct report *r, const struct s3_client *s3, const char *place,
        const char *work, size_t indent);

/* Where the CSV lies in the destination (or in the work store, if it was not to be written there).
 * Appended to out. */
void report_place(const struct report_env *env, struct buf *out);

#endif
