/* How far the copying is: one line that is written over for a person, a line now and then for a
 * log. */
#ifndef COPYOUT_CMD_PROGRESS_H
#define COPYOUT_CMD_PROGRESS_H

#include "copy/sched.h"
#include "net/net.h"
#include "s3/client.h"

struct progress;

/* total: items in all. The pointers must outlive it. */
enum err_code progress_start(struct progress **out, struct net *net, const struct s3_client *s3,
        const struct sched_counts *counts, uint64_t total, struct err *e) ERR_MUST_CHECK;
void progress_stop(struct progress *p);

#endif
