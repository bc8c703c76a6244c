/* The inside of the client, for client.c (its life and limits) and send.c (a call's way) only. */
#ifndef COPYOUT_S3_CLIENT_INT_H
#define COPYOUT_S3_CLIENT_INT_H

#include "aws/sigv4.h"
#include "net/rate.h"
#include "net/retry.h"
#include "s3/address.h"
#include "s3/call.h"
#include "s3/client.h"
#include "s3/queues.h"
#include "s3/regions.h"

struct s3_client {
    struct s3_config config; /* fixed after init */
    struct s3_queues queues;
    struct rate rate;
    struct retry_budget budget;
    struct rng rng;
    struct sigv4_key_cache keys;
    struct s3_regions *regions;
    struct s3_address address; /* scratch: of the request being built */
    struct headers signed_headers;
    struct buf url;
    struct list want_creds, sent, retry_wait, failing; /* calls, by state; ready: in their queue */
    uv_timer_t *deferred;  /* calls back the failing ones, from the loop */
    uv_timer_t *rate_tick; /* with a limit on the rate: looks again; else NULL */
    char *default_region; /* in place of config.region, which then points to it; NULL: it is that */
    const char *main_bucket; /* whose room is ours to tell; NULL: any */
    bool waiting_creds;
    bool pumping;
    int64_t clock_skew_s;   /* what is added to our clock in signatures (RequestTimeTooSkewed) */
    int64_t server_ahead_s; /* what the server's clock is ahead of ours, by its last answer */
    void (*on_free_slots)(void *ctx);
    void *on_free_slots_ctx;
    uint64_t requests[S3_OP_COUNT];
    bool stopping;      /* being stopped */
    uint64_t warned_us; /* when it was last said that the server cannot be reached */
};

/* send.c */
void s3_send_set_state(struct s3_call *call, enum call_state state);
/* Sends what is ready while there is room. */
void s3_send_pump(struct s3_client *c);
/* The same, and tells who makes calls that there is room for more. */
void s3_send_more(struct s3_client *c);
/* Ends a call that could not be sent: later, since its owner may be the one who is calling us. */
void s3_send_fail_later(struct s3_call *call, const struct err *e);

#endif
