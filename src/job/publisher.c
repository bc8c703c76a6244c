#include "job/publisher.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "job/ticker.h"

enum { TICK_MS = 1000 };

/* The answer that it waits for. */
enum publisher_at {
    AT_REST,       /* the next tick */
    AT_ASKING,     /* whether a piece may be published */
    AT_PUBLISHING, /* a piece */
};

struct publisher {
    struct publisher_config config;
    struct ticker *ticker; /* NULL: it is halted */
    enum publisher_at at;
    uint64_t not_before_ms; /* after a failure */
    bool at_rest;           /* at is AT_REST: publisher_stop() waits for it */
    struct err last;        /* what came of the last piece */
};

static void set_at(struct publisher *p, enum publisher_at at)
{
    p->at = at;
    p->at_rest = at == AT_REST;
}

void publisher_halt(struct publisher *p)
{
    if (!p)
        return;
    ticker_stop(p->ticker);
    p->ticker = NULL;
}

/* A piece that could not be published is tried again later, and at the end. */
static void failed(struct publisher *p, const struct err *err)
{
    p->last = *err;
    if (p->ticker)
        log_warn("results cannot be published yet: %s", err->message);
    p->not_before_ms = clock_mono_ms() + p->config.every_ms;
    set_at(p, AT_REST);
}

static void go_on(struct publisher *p);

static void on_published(void *ctx, const struct err *err)
{
    struct publisher *p = ctx;

    if (err->code != ERR_OK) {
        failed(p, err);
        return;
    }
    set_at(p, AT_REST);
    go_on(p); /* another shard may have one, too */
}

static void publish(struct publisher *p)
{
    struct err e;

    set_at(p, AT_PUBLISHING);
    err_clear(&p->last);
    if (results_publish_due(p->config.results, clock_mono_ms(), p->config.every_ms, on_published, p,
                &e) != ERR_OK)
        failed(p, &e);
}

static void on_answer(void *ctx, bool may)
{
    struct publisher *p = ctx;

    set_at(p, AT_REST);
    if (!may)
        publisher_halt(p);
    else if (p->ticker)
        publish(p);
}

static void go_on(struct publisher *p)
{
    uint64_t now_ms = clock_mono_ms();

    if (!p->ticker || now_ms < p->not_before_ms ||
            !results_is_due(p->config.results, now_ms, p->config.every_ms))
        return;
    if (!p->config.ask) {
        publish(p);
        return;
    }
    set_at(p, AT_ASKING);
    p->config.ask(p->config.ctx, on_answer, p);
}

static void on_tick(void *ctx)
{
    struct publisher *p = ctx;

    if (p->at == AT_REST)
        go_on(p);
}

enum err_code publisher_start(
        struct publisher **out, const struct publisher_config *config, struct err *e)
{
    struct publisher *p = calloc(1, sizeof *p);

    if (!p)
        return err_nomem(e);
    p->config = *config;
    set_at(p, AT_REST);
    if (ticker_start(&p->ticker, config->net, TICK_MS, on_tick, p, e) != ERR_OK) {
        free(p);
        return e->code;
    }
    *out = p;
    return ERR_OK;
}

enum err_code publisher_stop(struct publisher *p, struct err *e)
{
    enum err_code code = ERR_OK;

    if (!p)
        return ERR_OK;
    publisher_halt(p);
    if (p->at == AT_ASKING)
        p->config.cancel(p->config.ctx);
    if (p->at == AT_PUBLISHING) {
        net_run_until(p->config.net, &p->at_rest);
        code = p->last.code;
        if (code != ERR_OK)
            *e = p->last;
    }
    free(p);
    return code;
}
