/* `copyout check`: the requests, one after another, and their answers (model/check/check_seen.h).
 * docs/check.md says what is asked, and what is never done. */
#ifndef COPYOUT_JOB_CHECK_CHECK_RUN_H
#define COPYOUT_JOB_CHECK_CHECK_RUN_H

#include "base/stop.h"
#include "model/check/findings.h"
#include "s3/sync.h"

enum { CHECK_BUCKETS_MOST = 16 };

/* Pointers must outlive the check. */
struct check_config {
    struct sync sync;
    const struct stop *stop;
    const char *endpoint; /* a URL; NULL: AWS */
    char *const *uris;    /* s3://bucket/[prefix], the sources */
    unsigned count;
    const char *to; /* s3://bucket/[folder/], the destination; NULL: each source is one */
    bool read_only; /* there is no destination */
    bool writes;    /* objects are written, too */
    bool pays;      /* we pay where a bucket asks it (Requester Pays) */
};

/* Asks all, and removes what it made, also after a stop of the level STOP_FINISH. The caller frees
 * r, also after an error. ERR_USAGE: an address, or how many; r is empty then. Otherwise the error
 * is what ended the asking early: no answer, credentials that are refused, ERR_INTERRUPTED. A
 * refusal is a finding and no error. */
enum err_code check_run(
        struct check_report *r, const struct check_config *config, struct err *e) ERR_MUST_CHECK;

#endif
