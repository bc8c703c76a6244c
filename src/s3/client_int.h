/* The inside of the client, for its own files only: client.c (its life and its settings), send.c (a
 * call's way), call.c (a call's state) and outgoing.c (a request of it, signed). Calls go from
 * client.c to send.c to the other two, never back. */
#ifndef COPYOUT_S3_CLIENT_INT_H
#define COPYOUT_S3_CLIENT_INT_H

#include "aws/sigv4.h"
#include "net/limits/rate.h"
#include "net/retry.h"
#include "s3/address.h"
#include "s3/call.h"
#include "s3/client.h"
#include "s3/queues.h"
#include "s3/transport.h"

/* Memory in which the request that is being sent is put together; used again for each. */
struct s3_scratch {
    struct s3_address address;
    struct headers headers; /* with those of the signature */
    struct buf url;
};

/* The server's clock as far as it is known, in seconds that are added to ours. */
struct s3_clocks {
    int64_t skew_s;  /* in signatures; set by RequestTimeTooSkewed only */
    int64_t ahead_s; /* by the Date of the last answer */
};

struct s3_client {
    struct s3_config config; /* fixed after init, except for follow_region */
    struct s3_transport transport;
    struct list calls[S3_CALL_STATES]; /* by state; those that are ready are in their queues */
    struct s3_call_spares spares;
    struct s3_queues queues;
    struct rate rate;
    struct retry_budget budget;
    struct rng rng;
    struct sigv4_key_cache keys;
    struct s3_regions *regions;
    struct s3_scratch scratch;
    struct s3_clocks clocks;
    struct net_timer *deferred;  /* calls back the failing calls, from the loop */
    struct net_timer *rate_tick; /* looks for free slots when a rate was in their way */
    uint64_t rate_tick_us;       /* when it does so, if a SlowDown set that rate; 0: not set */
    const char *main_bucket;     /* whose free slots the client tells; NULL: those of no bucket */
    /* s3_client_set_terms() */
    const char *terms_bucket;
    const struct bucket_terms *terms;
    const struct headers *of_files;
    void (*on_free_slots)(void *ctx);
    void *on_free_slots_ctx;
    uint64_t requests[S3_OP_COUNT]; /* sent */
    uint64_t retries;               /* calls that were made to wait for their next attempt */
    uint64_t first_sent_us;         /* the first request of all; 0: none yet */
    uint64_t warned_us;             /* when it was last said that the server cannot be reached */
    bool waiting_creds;             /* creds_wait() has not called back yet */
    bool pumping;                   /* s3_send_pump() is running, or nothing is to be sent */
    bool stopping;
    enum {
        ANSWERED_NOT,
        ANSWERED_BY_SOME,
        ANSWERED_BY_AMAZON, /* s3_client_is_amazon() */
    } answered;             /* a server has answered a request */
    unsigned cancels;       /* calls of s3_client_cancel_all() */
    bool told_of_sizes;     /* that HEAD does not tell them on this server */
};

/* The rest is send.c's. */

/* Sends the calls that are ready as long as there are free slots. */
void s3_send_pump(struct s3_client *c);
/* The same, and then tells the one who makes calls of slots that are still free. rate_tick calls
 * it. */
void s3_send_more(struct s3_client *c);
/* Ends a call without an answer: from the loop, since its owner may be calling us now. */
void s3_send_fail_later(struct s3_call *call, const struct err *e);
/* Calls back the calls that are failing, and goes on. To be called from the loop. */
void s3_send_failing(struct s3_client *c);
/* As s3_client_free_slots(). */
unsigned s3_send_free_slots(struct s3_client *c);

#endif
