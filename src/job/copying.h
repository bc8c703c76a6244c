/* Step 2 of a job: the items of a plan through the scheduler, their results to the work store. */
#ifndef COPYOUT_JOB_COPY_JOB_H
#define COPYOUT_JOB_COPY_JOB_H

#include "copy/sched.h"
#include "model/plan.h"
#include "store/job.h"
#include "store/results.h"

struct copy_job;

enum err_code copy_job_new(struct copy_job **out, const struct job *job, const struct plan *plan,
        struct err *e) ERR_MUST_CHECK;
void copy_job_free(struct copy_job *c);

/* Returns when every item has its result, or, after copy_job_stop(), those that were begun. */
enum err_code copy_job_run(struct copy_job *c, struct err *e) ERR_MUST_CHECK;

/* The results so far, to S3 if that is where the work store is. Not while it runs. */
enum err_code copy_job_publish(struct copy_job *c, struct err *e) ERR_MUST_CHECK;

/* From a signal's callback: the first time begin nothing new, the second time wait for nothing. */
void copy_job_stop(struct copy_job *c, bool now);

const struct sched_counts *copy_job_counts(const struct copy_job *c);
const struct results *copy_job_results(const struct copy_job *c);

#endif
