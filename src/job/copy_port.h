/* The real functions behind copy/port.h: the S3 client, the records of uploads in the work store,
 * and the event loop. */
#ifndef COPYOUT_JOB_COPY_PORT_H
#define COPYOUT_JOB_COPY_PORT_H

#include "copy/port.h"
#include "net/net.h"
#include "s3/client.h"
#include "store/uploads.h"

/* The things that the functions work on. It must stay where it is while they are used. */
struct copy_world {
    struct net *net;
    struct s3_client *s3;
    struct uploads *uploads; /* NULL: no records are kept */
    struct net_timer *timer; /* the scheduler's, while it is set */
    void (*on_timer)(void *ctx);
    void *on_timer_ctx;
    struct copy_records records;
};

/* Makes w of these, which must outlive it. */
void copy_world_init(
        struct copy_world *w, struct net *net, struct s3_client *s3, struct uploads *uploads);

/* Without a ledger, which is the caller's to add. */
struct copy_port copy_world_copy_port(struct copy_world *w);
struct sched_port copy_world_sched_port(struct copy_world *w);

#endif
