/* The client's life and its settings. */
#include "s3/client.h"

#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"
#include "s3/client_int.h"

enum { RATE_TICK_MS = 10 };

/* --- life --- */

static void on_deferred(void *ctx)
{
    s3_send_failing(ctx);
}

/* A caller that was told that there is no free slot at this moment must hear when there is one. */
static void on_rate_tick(void *ctx)
{
    struct s3_client *c = ctx;

    c->rate_tick_us = 0;
    if (c->config.most_per_second > 0)
        c->transport.timer_set(c->transport.ctx, c->rate_tick, RATE_TICK_MS);
    s3_send_more(c);
}

/* Makes the parts that need memory. */
static enum err_code make_parts(struct s3_client *c, struct err *e)
{
    const struct s3_transport *t = &c->transport;

    c->regions = s3_regions_new(c->config.region);
    c->deferred = t->timer_new(t->ctx, on_deferred, c);
    c->rate_tick = t->timer_new(t->ctx, on_rate_tick, c);
    if (!c->regions || !c->deferred || !c->rate_tick)
        return err_nomem(e);
    if (c->config.most_per_second > 0)
        t->timer_set(t->ctx, c->rate_tick, RATE_TICK_MS);
    return ERR_OK;
}

enum err_code s3_client_new(struct s3_client **out, const struct s3_config *config, struct err *e)
{
    struct s3_client *c = calloc(1, sizeof *c);
    enum err_code code;
    uint64_t now;
    int i;

    if (!c)
        return err_nomem(e);
    c->config = *config;
    c->transport = config->transport ? *config->transport : s3_transport_over_net(&c->config);
    now = c->transport.mono_us(c->transport.ctx);
    for (i = 0; i < S3_CALL_STATES; i++)
        list_init(&c->calls[i]);
    s3_queues_init(&c->queues, config->most_in_flight);
    rate_init(&c->rate, config->most_per_second, now);
    retry_budget_init(&c->budget, now);
    rng_init(&c->rng);
    s3_address_init(&c->scratch.address);
    headers_init(&c->scratch.headers);
    buf_init(&c->scratch.url, BUF_MAX_SMALL);
    code = make_parts(c, e);
    if (code == ERR_OK)
        *out = c;
    else
        s3_client_free(c);
    return code;
}

static void drop_all(struct list *calls)
{
    while (!list_empty(calls))
        s3_call_free(LIST_ENTRY(calls->next, struct s3_call, link));
}

/* Takes the reply to a call whose owner is not to hear of it. */
static void on_dropped(void *ctx, const struct s3_reply *reply)
{
    (void)ctx;
    (void)reply;
}

static void cancel_sent(struct s3_client *c)
{
    struct list *sent = &c->calls[S3_CALL_SENT];

    while (!list_empty(sent))
        c->transport.cancel(
                c->transport.ctx, LIST_ENTRY(sent->next, struct s3_call, link)->exchange);
}

void s3_client_free(struct s3_client *c)
{
    struct list *link, *tmp;
    unsigned i;

    if (!c)
        return;
    c->on_free_slots = NULL;
    c->transport.creds_wait_cancel(c->transport.ctx, c);
    c->pumping = true; /* nothing new goes out */
    LIST_FOR_EACH(link, tmp, &c->calls[S3_CALL_SENT])
    LIST_ENTRY(link, struct s3_call, link)->done = on_dropped;
    cancel_sent(c);
    for (i = 0; i < c->queues.count; i++)
        drop_all(&c->queues.queues[i].ready);
    for (i = 0; i < S3_CALL_STATES; i++)
        drop_all(&c->calls[i]);
    s3_call_spares_free(&c->spares);
    s3_queues_free(&c->queues);
    if (c->deferred)
        c->transport.timer_free(c->transport.ctx, c->deferred);
    if (c->rate_tick)
        c->transport.timer_free(c->transport.ctx, c->rate_tick);
    sigv4_key_cache_clear(&c->keys);
    s3_regions_free(c->regions);
    s3_address_free(&c->scratch.address);
    headers_free(&c->scratch.headers);
    buf_free(&c->scratch.url);
    free(c);
}

/* --- stopping --- */

static void cancel_waiting(struct list *calls)
{
    struct err e;

    err_set(&e, ERR_CANCELLED, "cancelled");
    while (!list_empty(calls))
        s3_send_fail_later(LIST_ENTRY(calls->next, struct s3_call, link), &e);
}

void s3_client_cancel_all(struct s3_client *c)
{
    unsigned i;

    c->cancels++;
    for (i = 0; i < c->queues.count; i++)
        cancel_waiting(&c->queues.queues[i].ready);
    cancel_waiting(&c->calls[S3_CALL_WANT_CREDS]);
    cancel_waiting(&c->calls[S3_CALL_RETRY_WAIT]);
    cancel_sent(c);
}

unsigned s3_client_cancels(const struct s3_client *c)
{
    return c->cancels;
}

void s3_client_begin_stop(struct s3_client *c)
{
    c->stopping = true;
}

/* --- free slots --- */

void s3_client_set_main_bucket(struct s3_client *c, const char *bucket)
{
    c->main_bucket = bucket;
}

void s3_client_set_terms(struct s3_client *c, const char *bucket, const struct bucket_terms *terms,
        const struct headers *of_files)
{
    c->terms_bucket = bucket;
    c->terms = terms;
    c->of_files = of_files;
}

unsigned s3_client_free_slots(struct s3_client *c)
{
    return s3_send_free_slots(c);
}

void s3_client_on_free_slots(struct s3_client *c, void (*on_free_slots)(void *ctx), void *ctx)
{
    c->on_free_slots = on_free_slots;
    c->on_free_slots_ctx = ctx;
}

/* --- regions --- */

void s3_client_set_follow_region(struct s3_client *c, bool follow)
{
    c->config.follow_region = follow;
}

enum err_code s3_client_set_default_region(struct s3_client *c, const char *region, struct err *e)
{
    return s3_regions_set_default(c->regions, region, e);
}

void s3_client_set_region(struct s3_client *c, const char *bucket, const char *region)
{
    s3_regions_set(c->regions, bucket, region);
}

const char *s3_client_region(const struct s3_client *c, const char *bucket)
{
    return s3_regions_get(c->regions, bucket);
}

/* --- what is known --- */

uint64_t s3_client_requests(const struct s3_client *c, enum s3_op op)
{
    return c->requests[op];
}

bool s3_client_is_amazon(const struct s3_client *c)
{
    return c->answered == ANSWERED_BY_AMAZON;
}

uint64_t s3_client_retries(const struct s3_client *c)
{
    return c->retries;
}

unsigned s3_client_in_flight(const struct s3_client *c)
{
    return c->queues.in_use;
}

void s3_client_pressure(struct s3_client *c, struct s3_pressure *out)
{
    const char *bucket = c->main_bucket ? c->main_bucket : "";
    uint64_t now_us = c->transport.mono_us(c->transport.ctx);
    struct s3_kept_back k =
            s3_queue_kept_back(&c->queues, s3_queues_of(&c->queues, bucket, now_us), now_us);

    *out = (struct s3_pressure){
            .in_flight = c->queues.in_use,
            .limit = k.limit,
            .slow_downs = c->queues.slow_downs,
            .full_us = k.full_us,
            .slowed_us = k.rate_us,
            .rate_used_up = !rate_allows(&c->rate, now_us),
    };
}

int64_t s3_client_now(const struct s3_client *c)
{
    return c->transport.wall_s(c->transport.ctx) + c->clocks.ahead_s;
}

void s3_client_show_endpoint(const struct s3_client *c, const char *bucket, struct buf *out)
{
    struct err ignored;

    if (c->config.endpoint)
        buf_adds(out, c->config.endpoint);
    else if (aws_endpoint_host(out, "s3", s3_regions_get(c->regions, bucket), &ignored) != ERR_OK)
        buf_adds(out, "S3");
}
