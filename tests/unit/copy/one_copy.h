/* One object's copy against the fake S3, step by step, with the states that it passes. */
#ifndef COPYOUT_TEST_ONE_COPY_H
#define COPYOUT_TEST_ONE_COPY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "fake_server.h"

#define KEY "k"

struct world {
    struct fake fake;
    struct input input;
    struct copy_env env;
    struct copy *copy;
    const struct result *result; /* after world_run() */
    struct buf path;             /* "LOOKUP SINGLE DONE" */
    unsigned stop_at;            /* the answer, from 1, before which the job is stopped; 0: never */
    unsigned cancel_at;          /* the same, and everything under way is cancelled */
    unsigned waited;             /* moments that were waited for */
};

static inline void world_on_wake(void *ctx, struct copy *copy)
{
    (void)ctx;
    (void)copy;
}

static inline void world_on_state(
        void *ctx, const struct item *item, const char *from, const char *to)
{
    struct world *w = ctx;

    (void)item;
    if (w->path.len == 0)
        buf_adds(&w->path, from);
    buf_addf(&w->path, " %s", to);
}

static inline void world_init(struct world *w)
{
    struct err e;

    log_set_level(LOG_NONE);
    memset(w, 0, sizeof *w);
    fake_init(&w->fake);
    assert_int_equal(input_init(&w->input, &e), ERR_OK);
    w->input.destination_bucket = strdup(DST);
    buf_init(&w->path, BUF_MAX_SMALL);
    w->env.port = fake_copy_port(&w->fake);
    w->env.input = &w->input;
    w->env.wake = world_on_wake;
    w->env.on_state = world_on_state;
    w->env.ctx = w;
}

static inline void world_free(struct world *w)
{
    copy_free(w->copy);
    fake_free(&w->fake);
    input_free(&w->input);
    buf_free(&w->path);
}

static inline struct item world_item(uint64_t index)
{
    return (struct item){.index = index,
            .line = index + 1,
            .bucket = strdup(SRC),
            .key = strdup(KEY),
            .destination_key = strdup(KEY)};
}

/* Answers one request, or waits for a moment. */
static inline void world_turn(struct world *w, unsigned answer)
{
    if (w->stop_at == answer || w->cancel_at == answer)
        w->env.stopping = true;
    if (w->cancel_at == answer)
        fake_cancel_all(&w->fake);
    if (!fake_turn(&w->fake))
        fail_msg("nothing is under way, and the copy waits: %s", buf_str(&w->path));
}

/* Runs the copy of KEY to its end. */
static inline const struct result *world_run(struct world *w)
{
    struct item item = world_item(0);
    unsigned answers = 0, steps = 0;
    struct err e;

    assert_int_equal(copy_new(&w->copy, &w->env, &item, &e), ERR_OK);
    assert_null(item.key);
    for (;;) {
        assert_true(++steps < 100000);
        switch (copy_step(w->copy)) {
        case COPY_SENT:
        case COPY_MOVED:
            break;
        case COPY_WAITS:
            world_turn(w, ++answers);
            break;
        case COPY_AT:
            assert_true(copy_waits_until(w->copy) > w->fake.now_us);
            w->fake.now_us = copy_waits_until(w->copy);
            w->waited++;
            break;
        case COPY_ENDED:
            assert_int_equal(fake_in_flight(&w->fake), 0);
            w->result = copy_result(w->copy);
            assert_int_equal(w->result->requests, w->fake.sent);
            return w->result;
        }
    }
}

/* Asserts on what was asked and on the states passed. */
#define assert_asked(w, text) assert_string_equal(buf_str(&(w)->fake.log), text)
#define assert_path(w, text)  assert_string_equal(buf_str(&(w)->path), text)

static inline void assert_copied(struct world *w, enum verified verified)
{
    struct fake_object *from = fake_find(&w->fake, SRC, KEY), *to = fake_find(&w->fake, DST, KEY);

    assert_int_equal(w->result->status, RESULT_COPIED);
    assert_int_equal(w->result->verified, verified);
    assert_non_null(to);
    assert_true(fake_bytes_same(&from->bytes, &to->bytes));
    assert_string_equal(w->result->etag, from->etag);
    assert_int_equal(w->result->size, from->bytes.size);
}

static inline void assert_failed(struct world *w, const char *code)
{
    assert_int_equal(w->result->status, RESULT_FAILED);
    assert_int_equal(w->result->verified, VERIFIED_NONE);
    assert_string_equal(err_report_code(&w->result->err), code);
}

/* No upload is open, and none is on record. */
static inline void assert_clean(struct world *w)
{
    assert_true(list_empty(&w->fake.uploads));
    assert_null(fake_record(&w->fake, KEY));
}

/* A test is a function of a fresh world. */
static inline int world_setup(void **state)
{
    struct world *w = malloc(sizeof *w);

    assert_non_null(w);
    world_init(w);
    *state = w;
    return 0;
}

static inline int world_teardown(void **state)
{
    world_free(*state);
    free(*state);
    return 0;
}

#define world_test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

#endif
