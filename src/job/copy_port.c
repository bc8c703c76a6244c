#include "job/copy_port.h"

#include <string.h>

#include "base/clock.h"

/* --- S3 and clocks --- */

static enum err_code start(
        void *self, const struct s3_request *request, s3_done_cb done, void *ctx, struct err *e)
{
    struct copy_world *w = self;

    return s3_start(w->s3, request, done, ctx, e);
}

static int64_t now_s(void *self)
{
    struct copy_world *w = self;

    return s3_client_now(w->s3);
}

static uint64_t now_us(void *self)
{
    (void)self;
    return clock_mono_us();
}

/* --- records --- */

static bool has(void *self, const char *bucket, const char *key)
{
    return uploads_has(self, bucket, key);
}

static enum err_code load(void *self, const char *bucket, const char *key, unsigned which,
        copy_record_cb cb, void *ctx, struct err *e)
{
    return uploads_load(self, bucket, key, which, cb, ctx, e);
}

static enum err_code save(
        void *self, const struct upload *upload, copy_record_cb cb, void *ctx, struct err *e)
{
    return uploads_save(self, upload, cb, ctx, e);
}

static enum err_code publish(
        void *self, const struct upload *upload, copy_record_cb cb, void *ctx, struct err *e)
{
    return uploads_publish(self, upload, cb, ctx, e);
}

static enum err_code remove_record(void *self, const char *bucket, const char *key, unsigned which,
        copy_record_cb cb, void *ctx, struct err *e)
{
    return uploads_remove(self, bucket, key, which, cb, ctx, e);
}

/* --- the scheduler's --- */

static unsigned free_slots(void *self)
{
    struct copy_world *w = self;

    return s3_client_free_slots(w->s3);
}

static void on_free_slots(void *self, void (*free_cb)(void *ctx), void *ctx)
{
    struct copy_world *w = self;

    s3_client_on_free_slots(w->s3, free_cb, ctx);
}

static void begin_stop(void *self)
{
    struct copy_world *w = self;

    s3_client_begin_stop(w->s3);
}

static void cancel_all(void *self)
{
    struct copy_world *w = self;

    s3_client_cancel_all(w->s3);
}

static void run_until(void *self, const bool *done)
{
    struct copy_world *w = self;

    net_run_until(w->net, done);
}

static void on_timer(void *ctx)
{
    struct copy_world *w = ctx;

    w->timer = NULL;
    w->on_timer(w->on_timer_ctx);
}

static enum err_code timer_start(
        void *self, uint64_t after_us, void (*cb)(void *ctx), void *ctx, struct err *e)
{
    struct copy_world *w = self;

    w->on_timer = cb;
    w->on_timer_ctx = ctx;
    /* Not a moment too early. */
    return net_timer_start(w->net, (after_us + 999) / 1000, on_timer, w, &w->timer, e);
}

static void timer_stop(void *self)
{
    struct copy_world *w = self;

    net_timer_stop(w->timer);
    w->timer = NULL;
}

/* --- the tables --- */

void copy_world_init(
        struct copy_world *w, struct net *net, struct s3_client *s3, struct uploads *uploads)
{
    memset(w, 0, sizeof *w);
    w->net = net;
    w->s3 = s3;
    w->uploads = uploads;
    w->records = (struct copy_records){uploads, has, load, save, publish, remove_record};
}

struct copy_port copy_world_copy_port(struct copy_world *w)
{
    return (struct copy_port){w, start, now_s, now_us, w->uploads ? &w->records : NULL, NULL, NULL};
}

struct sched_port copy_world_sched_port(struct copy_world *w)
{
    return (struct sched_port){w, free_slots, on_free_slots, begin_stop, cancel_all, run_until,
            timer_start, timer_stop};
}
