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
#include "fake_port.h"

#define KEY "k"

struct world {
    struct fake fake;
    struct input input;
    struct server_facts server_facts;
    struct copy_env env;
    struct copy *copy;
    const struct result *result; /* after world_run() */
    struct buf path;             /* "LOOKUP SINGLE DONE" */
    unsigned stop_at;            /* the answer, from 1, before which the job is stopped; 0: never */
    unsigned cancel_at;          /* the same, and everything under way is cancelled */
    unsigned waited;             /* moments that were waited for */
    unsigned most;               /* requests that were under way at once */
    struct copy_overrides *overrides; /* of the item; taken over */
    const char *version_id;           /* of the item; NULL: none */
    const char *sums;                 /* likewise */
    unsigned slice, slices;           /* of the item; 0: it is copied as a whole */
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
    w->env.server = &w->server_facts;
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

/* Runs the copy of KEY to its end. NULL: it is one of a slice, which was handed on. */
static inline const struct result *world_run(struct world *w)
{
    struct item item = world_item(0);
    unsigned answers = 0, steps = 0;
    struct err e;

    item.overrides = w->overrides;
    item.version_id = w->version_id ? strdup(w->version_id) : NULL;
    item.sums = w->sums ? strdup(w->sums) : NULL;
    item.slice = w->slice;
    item.slices = w->slices;
    assert_int_equal(copy_new(&w->copy, &w->env, &item, &e), ERR_OK);
    assert_null(item.key);
    for (;;) {
        assert_true(++steps < 100000);
        switch (copy_step(w->copy)) {
        case COPY_SENT:
        case COPY_MOVED:
            break;
        case COPY_WAITS:
            if (fake_in_flight(&w->fake) > w->most)
                w->most = fake_in_flight(&w->fake);
            world_turn(w, ++answers);
            break;
        case COPY_AT:
            assert_true(copy_waits_until(w->copy) > w->fake.now_us);
            w->fake.now_us = copy_waits_until(w->copy);
            w->waited++;
            break;
        case COPY_HELD:
            fail_msg("a copy alone waits for others: %s", buf_str(&w->path));
            break;
        case COPY_ENDED:
            assert_int_equal(fake_in_flight(&w->fake), 0);
            w->result = copy_result(w->copy);
            if (w->result)
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

/* Sources. */
static inline struct fake_object *put_small(struct world *w)
{
    return fake_put(&w->fake, SRC, KEY, 1000, 0, NULL);
}

/* In six parts of 8 MiB, the last of five bytes. */
static inline struct fake_object *put_big(struct world *w)
{
    return fake_put_uniform(&w->fake, SRC, KEY, 5 * 8 * MIB + 5, 8 * MIB);
}

static inline void put_tags(struct fake_object *o, const char *tagging)
{
    snprintf(o->tagging, sizeof o->tagging, "%s", tagging);
}

/* Something else of `size` bytes at the destination. */
static inline struct fake_object *put_other(struct world *w, uint64_t size)
{
    return fake_put(&w->fake, DST, KEY, size, 0, NULL);
}

/* A rule about the nth request of that operation to that bucket: it fails so. */
static inline struct fake_rule *fails(struct world *w, enum s3_op op, const char *bucket,
        unsigned nth, int status, const char *code)
{
    return fake_rule(&w->fake, op, bucket, nth, fake_error(status, code));
}

/* A rule about the nth such request (0: each): its answer is a 200 that cannot be read. done: it
 * was done all the same. */
static inline void unread(struct world *w, enum s3_op op, unsigned nth, bool done)
{
    fake_rule(&w->fake, op, DST, nth, fake_malformed(op))->outcome = done ? FAKE_LOSES : FAKE_FAILS;
}

static inline void change_source(struct fake *f)
{
    struct fake_object *o = fake_find(f, SRC, KEY);

    if (o->parts > 0)
        fake_put_uniform(f, SRC, KEY, o->bytes.size, o->lengths[0]);
    else
        fake_put(f, SRC, KEY, o->bytes.size, 0, NULL);
}

/* A rule that lets the nth such request do what it does after `before` was called. */
static inline struct fake_rule *happens(struct world *w, enum s3_op op, const char *bucket,
        unsigned nth, void (*before)(struct fake *f))
{
    struct err none;
    struct fake_rule *r;

    err_clear(&none);
    r = fake_rule(&w->fake, op, bucket, nth, none);
    r->outcome = FAKE_DOES;
    r->before = before;
    return r;
}

/* The remains of a run that was killed: an upload of so many parts, on record. */
static inline struct fake_upload *leave_upload(struct world *w, unsigned parts, int64_t until_s)
{
    struct fake_object *o = fake_find(&w->fake, SRC, KEY);
    struct fake_upload *made = fake_new_upload(&w->fake, DST, KEY);
    struct upload u;
    struct buf text;

    memset(&u, 0, sizeof u);
    u.bucket = (char *)(uintptr_t)DST;
    u.key = u.source_key = (char *)(uintptr_t)KEY;
    u.source_bucket = (char *)(uintptr_t)SRC;
    u.tags = (char *)(uintptr_t) "best-effort";
    u.id = made->id;
    memcpy(u.etag, o->etag, sizeof u.etag);
    layout_set_uniform(&u.layout, o->bytes.size, o->parts, o->lengths[0]);
    u.at_s = fake_now_s(&w->fake);
    u.until_s = until_s;
    buf_init(&text, BUF_MAX_CONFIG);
    upload_write(&text, &u);
    fake_set_record(&w->fake, KEY, buf_str(&text));
    buf_free(&text);
    while (made->count < parts) {
        struct fake_part *part = fake_part_of(made, made->count + 1);

        fake_bytes_cut(&part->bytes, &o->bytes, (made->count - 1) * o->lengths[0],
                o->lengths[made->count - 1]);
        fake_md5(part->etag, &part->bytes, w->fake.ways.encrypts ? "a key" : "");
    }
    return made;
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

static inline bool is_in_path(struct world *w, const char *text)
{
    return strstr(buf_str(&w->path), text) != NULL;
}

#define world_test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

#endif
