/* The provider: keeps what the chain gave, has it renewed in time, and lets many wait for it. */
#include "aws/creds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/creds_int.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/rng.h"

enum {
    LEAST_LEFT_S = 10,    /* with less, a request may come too late (or half of their life) */
    REFRESH_LEFT_S = 300, /* with less, new ones are got in the background */
    RETRY_S = 30,         /* after a refresh failed while the old ones are good, and up to: */
    RETRY_JITTER_S = 30,
};

struct waiter {
    struct list link;
    creds_cb cb;
    void *ctx;
};

enum provider_state {
    PROVIDER_IDLE,   /* nothing under way */
    PROVIDER_SOON,   /* the timer will look at what is to be done, from the loop */
    PROVIDER_GETTING /* the chain is being walked */
};

struct creds_provider {
    struct net *net;
    const struct aws_config *config;
    int64_t (*now)(void);
    enum provider_state state; /* set by set_state() */
    struct net_timer *soon;
    struct creds_op *op;
    struct creds creds;
    bool usable;                        /* creds was got, and not given up by creds_expired() */
    int64_t good_until_s;               /* when to use them no more; 0: never */
    int64_t refresh_at_s;               /* when to get new ones; 0: never */
    char refused[CREDS_ACCESS_KEY_MAX]; /* key that the service called expired; "": none */
    struct list waiters;
    struct list calling; /* the ones being called */
    char source[CREDS_SOURCE_MAX];
    char next_source[CREDS_SOURCE_MAX]; /* of what is under way */
    struct rng rng;
    bool in_calls; /* waiters are being called */
    bool dead;     /* freed by one of them: the memory goes when the calls are done */
};

static void on_soon(void *ctx);

static void set_state(struct creds_provider *p, enum provider_state state)
{
    p->state = state;
}

static void free_waiters(struct list *waiters, const void *ctx, bool all)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, waiters)
    {
        struct waiter *w = LIST_ENTRY(link, struct waiter, link);

        if (!all && w->ctx != ctx)
            continue;
        list_remove(link);
        free(w);
    }
}

enum err_code creds_provider_new(struct creds_provider **out, struct net *net,
        const struct aws_config *config, struct err *e)
{
    struct creds_provider *p = calloc(1, sizeof *p);

    if (!p)
        return err_nomem(e);
    p->net = net;
    p->config = config;
    p->now = clock_wall_s;
    list_init(&p->waiters);
    list_init(&p->calling);
    rng_init(&p->rng);
    snprintf(p->source, sizeof p->source, "none yet");
    *out = p;
    return ERR_OK;
}

void creds_provider_set_clock(struct creds_provider *p, int64_t (*now)(void))
{
    p->now = now;
}

static void destroy(struct creds_provider *p)
{
    creds_clear(&p->creds);
    free(p);
}

void creds_provider_free(struct creds_provider *p)
{
    if (!p)
        return;
    net_timer_stop(p->soon);
    if (p->op)
        p->op->cancel(p->op);
    free_waiters(&p->waiters, NULL, true);
    free_waiters(&p->calling, NULL, true);
    p->dead = true;
    if (!p->in_calls)
        destroy(p);
}

const char *creds_source(const struct creds_provider *p)
{
    return p->source;
}

static bool are_good(const struct creds_provider *p, int64_t now)
{
    return p->usable && (p->good_until_s == 0 || now < p->good_until_s);
}

static bool wants_refresh(const struct creds_provider *p, int64_t now)
{
    return p->refresh_at_s != 0 && now >= p->refresh_at_s;
}

/* --- waiters --- */

/* Calls all who wait now; who comes meanwhile waits for the next time. false: p is gone. */
static bool call_waiters(struct creds_provider *p, const struct creds *creds, const struct err *err)
{
    struct list *link;

    while ((link = list_pop(&p->waiters)))
        list_push(&p->calling, link);
    p->in_calls = true;
    while ((link = list_pop(&p->calling))) {
        struct waiter *w = LIST_ENTRY(link, struct waiter, link);
        creds_cb cb = w->cb;
        void *ctx = w->ctx;

        free(w);
        cb(ctx, creds, err);
    }
    p->in_calls = false;
    if (!p->dead)
        return true;
    destroy(p);
    return false;
}

/* --- getting --- */

static enum err_code look_soon(struct creds_provider *p, struct err *e)
{
    enum err_code code;

    if (p->state != PROVIDER_IDLE)
        return ERR_OK;
    code = net_timer_start(p->net, 0, on_soon, p, &p->soon, e);
    if (code == ERR_OK)
        set_state(p, PROVIDER_SOON);
    return code;
}

/* The credentials that a source gave must be of use. */
static enum err_code check_new(
        const struct creds_provider *p, const struct creds *creds, int64_t now, struct err *e)
{
    char until[CLOCK_ISO_SIZE];

    if (p->refused[0] && strcmp(p->refused, creds->access_key) == 0) {
        err_set(e, ERR_CREDENTIALS,
                "the service calls the credentials expired or invalid, and their source (%s) has "
                "no others",
                p->next_source);
        if (creds->expires_s != 0)
            e->cls = ERR_CLASS_RETRY;
        return ERR_CREDENTIALS;
    }
    if (creds->expires_s == 0 || creds->expires_s > now)
        return ERR_OK;
    clock_format_iso(until, creds->expires_s);
    err_set(e, ERR_CREDENTIALS,
            "the credentials' source (%s) gave some that were good until %s; is the clock right?",
            p->next_source, until);
    e->cls = ERR_CLASS_RETRY;
    return ERR_CREDENTIALS;
}

static void take_new(struct creds_provider *p, struct creds *creds, int64_t now)
{
    int64_t left = creds->expires_s - now;
    char until[CLOCK_ISO_SIZE] = "further notice";

    p->good_until_s = 0;
    p->refresh_at_s = 0;
    if (creds->expires_s != 0) {
        p->good_until_s = creds->expires_s - (left / 2 < LEAST_LEFT_S ? left / 2 : LEAST_LEFT_S);
        p->refresh_at_s =
                creds->expires_s - (left / 2 < REFRESH_LEFT_S ? left / 2 : REFRESH_LEFT_S);
        clock_format_iso(until, creds->expires_s);
    }
    creds_move(&p->creds, creds);
    p->usable = true;
    p->refused[0] = '\0';
    memcpy(p->source, p->next_source, sizeof p->source);
    log_debug("credentials: %s, good until %s", p->source, until);
}

static void got_none(struct creds_provider *p, const struct err *err)
{
    int64_t now = p->now();
    struct err ok;

    if (!are_good(p, now)) {
        call_waiters(p, NULL, err);
        return;
    }
    p->refresh_at_s = now + RETRY_S + (int64_t)rng_below(&p->rng, RETRY_JITTER_S);
    log_warn("the credentials could not be renewed, and will be tried again; they are good for "
             "%lld s more: %s",
            (long long)(p->creds.expires_s - now), err->message);
    err_clear(&ok);
    call_waiters(p, &p->creds, &ok);
}

/* A creds_op_cb. */
static void on_got(void *ctx, struct creds *creds, const struct err *err)
{
    struct creds_provider *p = ctx;
    int64_t now = p->now();
    struct err e = *err;

    p->op = NULL;
    set_state(p, PROVIDER_IDLE);
    if (e.code == ERR_OK && check_new(p, creds, now, &e) == ERR_OK) {
        err_clear(&e);
        take_new(p, creds, now);
        call_waiters(p, &p->creds, &e);
    } else {
        got_none(p, &e);
    }
}

static void get_new(struct creds_provider *p)
{
    struct err e;

    set_state(p, PROVIDER_GETTING);
    if (creds_chain_start(&p->op, p->net, p->config, p->next_source, on_got, p, &e) == ERR_OK)
        return;
    set_state(p, PROVIDER_IDLE);
    got_none(p, &e);
}

static void on_soon(void *ctx)
{
    struct creds_provider *p = ctx;
    int64_t now = p->now();
    struct err e;

    p->soon = NULL;
    set_state(p, PROVIDER_IDLE);
    if (!are_good(p, now)) {
        if (!list_empty(&p->waiters))
            get_new(p);
        return;
    }
    err_clear(&e);
    if (!call_waiters(p, &p->creds, &e))
        return;
    if (p->state != PROVIDER_GETTING && wants_refresh(p, now))
        get_new(p);
}

/* --- asking --- */

const struct creds *creds_peek(struct creds_provider *p)
{
    int64_t now = p->now();
    struct err e;

    if (!are_good(p, now))
        return NULL;
    if (wants_refresh(p, now) && look_soon(p, &e) != ERR_OK)
        log_debug("credentials: %s", e.message);
    return &p->creds;
}

enum err_code creds_wait(struct creds_provider *p, creds_cb cb, void *ctx, struct err *e)
{
    struct waiter *w = calloc(1, sizeof *w);
    enum err_code code;

    if (!w)
        return err_nomem(e);
    code = look_soon(p, e);
    if (code != ERR_OK) {
        free(w);
        return code;
    }
    w->cb = cb;
    w->ctx = ctx;
    list_push(&p->waiters, &w->link);
    return ERR_OK;
}

void creds_wait_cancel(struct creds_provider *p, const void *ctx)
{
    free_waiters(&p->waiters, ctx, false);
    free_waiters(&p->calling, ctx, false);
}

void creds_expired(struct creds_provider *p, const char *used_access_key)
{
    if (!p->usable || strcmp(p->creds.access_key, used_access_key) != 0)
        return;
    /* Not wiped yet: who was given the pointer in this turn of the loop may still look at it. */
    p->usable = false;
    memcpy(p->refused, p->creds.access_key, sizeof p->refused);
}
