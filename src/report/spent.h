/* The money and the requests of a job, for its report: what was spent, and in a dry run what the
 * copy would take. */
#ifndef COPYOUT_REPORT_SPENT_H
#define COPYOUT_REPORT_SPENT_H

#include "model/input.h"
#include "model/report.h"
#include "s3/client.h"

/* Counts one result into r->sent and r->to_do. */
void spent_count(struct report *r, const struct result *result, const struct input *in);

/* Counts what is still to be sent for the object of a PENDING result. */
void spent_count_pending(
        struct cost_counts *to_do, const struct result *result, const struct input *in);

struct spent_facts {
    bool copied_here;          /* the job's copies were made with this client */
    struct cost_counts before; /* requests that the client had made before the job */
    const char *region;        /* where the job runs; NULL: nobody says */
};

/* Fills r->estimate when all results were counted. The client's requests since the job began are
 * the job's if copied_here, else they come on top of those that the results tell. */
void spent_sum(struct report *r, const struct s3_client *s3, const struct input *in,
        const struct spent_facts *facts);

/* Adds the requests that a client made since it had made those of before, by operation. before:
 * NULL: since it was opened. */
void spent_add_client(
        struct cost_counts *c, const struct s3_client *s3, const struct cost_counts *before);

/* Takes what a looking run did (a dry run) and what is to do for what a copying run will do: it
 * looks at all objects again, writes a marker and a report, and does not try whether it may write.
 * The annotations of to_do are asked for on Amazon S3 only. */
enum spent_server { SPENT_ELSEWHERE, SPENT_AT_AMAZON };
void spent_forecast(
        struct cost_counts *looked, const struct cost_counts *to_do, enum spent_server server);
/* The server that the client has met. */
enum spent_server spent_server_of(const struct s3_client *s3);

#endif
