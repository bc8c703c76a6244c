/* Work stores as jobs: which there are, how each is doing, and the end of one that is not wanted
 * any more. */
#ifndef COPYOUT_JOB_JOBS_H
#define COPYOUT_JOB_JOBS_H

#include <stdio.h>

#include "job/session.h"
#include "model/report.h"

enum job_state {
    JOB_RUNNING,    /* a process works in it */
    JOB_EMPTY,      /* it has no plan (any more) */
    JOB_PREPARED,   /* it has a plan and no result */
    JOB_UNFINISHED, /* some objects were not reached */
    JOB_FAILED,     /* all were reached, and some failed */
    JOB_COMPLETE,   /* all objects are there, or were kept */
    JOB_LOOKED_AT,  /* a dry run looked at all objects */
    JOB_STATES
};

/* The facts that a state is made of. */
struct job_facts {
    bool in_use, has_plan, has_results, dry_run;
    uint64_t missing, failed;
};

enum job_state job_state_of(const struct job_facts *facts);
/* "running", "complete", …: one word. */
const char *job_state_name(enum job_state state);

/* A job that was looked at. Strings are owned, and NULL where they are not known. */
struct job {
    enum job_state state;
    char *destination; /* s3://bucket/folder */
    char *created;     /* when it was planned, as job.json has it */
    uint64_t uploads;  /* unfinished uploads on record */
    /* The counts of its newest run, over all processes that worked at that; report.made is set when
     * there are any. */
    struct report report;
};

void job_free(struct job *j); /* frees its content, leaves it zeroed */

/* Looks at the work store at that place, and changes nothing there but that it makes subfolders
 * which are missing. csv: gets a row for each object, after a header, as a report's CSV has them;
 * NULL: none are wanted. A folder is in use when its lock is taken. In S3 there is no lock: a job
 * that is not finished counts as running when one of its workers has published something in the
 * last ten minutes, or it was planned then. Errors: ERR_INPUT (it is no work store of copyout's),
 * ERR_IO. job_free() it also then. */
enum err_code job_look(struct job *j, const struct session *s, const char *tmp, const char *where,
        FILE *csv, struct err *e) ERR_MUST_CHECK;

/* Whether a file on this machine is one that copyout keeps in a work store. */
bool jobs_is_file(const char *path);

/* Calls each(ctx, place) for the places that may be work stores, since a job.json lies there,
 * sorted: `place` itself, or the folders in it and in those (links are not followed); of
 * s3://bucket/prefix/ all below. An error of each ends it and is returned. Errors besides:
 * ERR_LIMIT, there are too many. */
enum err_code jobs_find(const struct session *s, const char *place,
        enum err_code (*each)(void *ctx, const char *place, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;

struct job_removed {
    uint64_t files;  /* that were copyout's, and are gone */
    uint64_t others; /* that are not, and stay */
};

/* Removes all files of copyout's from the work store, job.json last, and a folder that is empty
 * then. Errors: ERR_INPUT: it is not copyout's, is in use, or has uploads on record; nothing was
 * removed. */
enum err_code job_remove(struct job_removed *out, const struct session *s, const char *tmp,
        const char *where, struct err *e) ERR_MUST_CHECK;

#endif
