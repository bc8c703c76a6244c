#include "s3/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "s3/client_int.h"

static void on_deferred_closed(uv_handle_t *handle)
{
    free(handle);
}

/* Who was told that there is no room at this moment must hear when there is again. */
static void on_rate_tick(uv_timer_t *timer)
{
    s3_send_more(timer->data);
}

static void start_ticking(struct s3_client *c)
{
    enum { TICK_MS = 10 };

    uv_timer_init(net_loop(c->config.net), c->rate_tick);
    c->rate_tick->data = c;
    uv_timer_start(c->rate_tick, on_rate_tick, TICK_MS, TICK_MS);
}

enum err_code s3_client_new(struct s3_client **out, const struct s3_config *config, struct err *e)
{
    struct s3_client *c = calloc(1, sizeof *c);

    if (!c)
        return err_nomem(e);
    c->config = *config;
    c->deferred = calloc(1, sizeof *c->deferred);
    c->rate_tick = config->most_per_second ? calloc(1, sizeof *c->rate_tick) : NULL;
    c->regions = s3_regions_new();
    if (!c->deferred || !c->regions || (config->most_per_second && !c->rate_tick)) {
        free(c->deferred);
        free(c->rate_tick);
        s3_regions_free(c->regions);
        free(c);
        return err_nomem(e);
    }
    uv_timer_init(net_loop(config->net), c->deferred);
    c->deferred->data = c;
    s3_queues_init(&c->queues, config->most_in_flight);
    rate_init(&c->rate, config->most_per_second, clock_mono_us());
    if (c->rate_tick)
        start_ticking(c);
    retry_budget_init(&c->budget, clock_mono_us());
    rng_init(&c->rng);
    s3_address_init(&c->address);
    headers_init(&c->signed_headers);
    buf_init(&c->url, BUF_MAX_SMALL);
    list_init(&c->want_creds);
    list_init(&c->sent);
    list_init(&c->retry_wait);
    list_init(&c->failing);
    *out = c;
    return ERR_OK;
}

static void drop_all(struct list *list)
{
    struct list *link;

    while ((link = list_pop(list))) {
        struct s3_call *call = LIST_ENTRY(link, struct s3_call, link);

        net_timer_stop(call->timer);
        s3_call_free(call);
    }
}

/* The answers of what is sent go nowhere. */
static void on_dropped(void *ctx, const struct s3_reply *reply)
{
    (void)ctx;
    (void)reply;
}

void s3_client_free(struct s3_client *c)
{
    struct list *link, *tmp;
    unsigned i;

    if (!c)
        return;
    c->on_free_slots = NULL;
    creds_wait_cancel(c->config.creds, c);
    c->pumping = true; /* nothing new goes out */
    LIST_FOR_EACH(link, tmp, &c->sent)
    LIST_ENTRY(link, struct s3_call, link)->done = on_dropped;
    while (!list_empty(&c->sent))
        http_cancel(LIST_ENTRY(c->sent.next, struct s3_call, link)->exchange);
    for (i = 0; i < c->queues.count; i++)
        drop_all(&c->queues.queues[i].ready);
    s3_queues_free(&c->queues);
    drop_all(&c->want_creds);
    drop_all(&c->retry_wait);
    drop_all(&c->failing);
    uv_timer_stop(c->deferred);
    uv_close((uv_handle_t *)c->deferred, on_deferred_closed);
    if (c->rate_tick)
        uv_close((uv_handle_t *)c->rate_tick, on_deferred_closed);
    sigv4_key_cache_clear(&c->keys);
    s3_regions_free(c->regions);
    s3_address_free(&c->address);
    headers_free(&c->signed_headers);
    buf_free(&c->url);
    free(c->default_region);
    free(c);
}

static void cancel_list(struct list *list)
{
    struct list calls, *link;
    struct err e;

    err_set(&e, ERR_CANCELLED, "cancelled");
    list_init(&calls);
    while ((link = list_pop(list)))
        list_push(&calls, link);
    while ((link = list_pop(&calls))) {
        struct s3_call *call = LIST_ENTRY(link, struct s3_call, link);

        net_timer_stop(call->timer);
        call->timer = NULL;
        s3_send_fail_later(call, &e);
    }
}

void s3_client_cancel_all(struct s3_client *c)
{
    unsigned i;

    for (i = 0; i < c->queues.count; i++)
        cancel_list(&c->queues.queues[i].ready);
    cancel_list(&c->want_creds);
    cancel_list(&c->retry_wait);
    while (!list_empty(&c->sent))
        http_cancel(LIST_ENTRY(c->sent.next, struct s3_call, link)->exchange);
}

void s3_client_set_main_bucket(struct s3_client *c, const char *bucket)
{
    c->main_bucket = bucket;
}

unsigned s3_client_free_slots(struct s3_client *c)
{
    uint64_t now = clock_mono_us();

    if (c->waiting_creds || !rate_allows(&c->rate, now))
        return 0;
    return s3_queue_free_slots(
            &c->queues, s3_queues_of(&c->queues, c->main_bucket ? c->main_bucket : "", now));
}

void s3_client_on_free_slots(struct s3_client *c, void (*on_free_slots)(void *ctx), void *ctx)
{
    c->on_free_slots = on_free_slots;
    c->on_free_slots_ctx = ctx;
}

void s3_client_begin_stop(struct s3_client *c)
{
    c->stopping = true;
}

void s3_client_set_follow_region(struct s3_client *c, bool follow)
{
    c->config.follow_region = follow;
}

enum err_code s3_client_set_default_region(struct s3_client *c, const char *region, struct err *e)
{
    char *copy = strdup(region);

    if (!copy)
        return err_nomem(e);
    free(c->default_region);
    c->default_region = copy;
    c->config.region = copy;
    return ERR_OK;
}

void s3_client_set_region(struct s3_client *c, const char *bucket, const char *region)
{
    s3_regions_set(c->regions, bucket, region);
}

const char *s3_client_region(const struct s3_client *c, const char *bucket)
{
    const char *region = s3_regions_get(c->regions, bucket);

    return region ? region : c->config.region;
}

uint64_t s3_client_requests(const struct s3_client *c, enum s3_op op)
{
    return c->requests[op];
}

unsigned s3_client_in_flight(const struct s3_client *c)
{
    return c->queues.in_use;
}

int64_t s3_client_now(const struct s3_client *c)
{
    return clock_wall_s() + c->server_ahead_s;
}
