/* One queue and one limiter for each bucket (s3/queues.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "s3/queues.h"

/* Takes the next call out of its queue's list. */
static struct list *pop(struct s3_queues *q)
{
    struct list *link = s3_queues_next(q, 1);

    if (link)
        list_remove(link);
    return link;
}

static void test_one_queue_a_bucket(void **state)
{
    struct s3_queues q;
    struct s3_queue *a, *b;

    (void)state;
    s3_queues_init(&q, 0);
    a = s3_queues_of(&q, "a", 1);
    b = s3_queues_of(&q, "b", 1);
    assert_ptr_not_equal(a, b);
    assert_ptr_equal(s3_queues_of(&q, "a", 2), a);
    assert_int_equal(s3_queue_free_slots(&q, a, 1), LIMITER_START);
    s3_queues_free(&q);
}

/* A bucket that throttles does not slow another one. */
static void test_throttled_alone(void **state)
{
    struct s3_queues q;
    struct s3_queue *a, *b;

    (void)state;
    s3_queues_init(&q, 0);
    a = s3_queues_of(&q, "a", 1);
    b = s3_queues_of(&q, "b", 1);
    s3_queue_give(&q, a, s3_queue_take(&q, a, LIMITER_COPY, 1), LIMITER_THROTTLED, 1000000);
    assert_int_equal(s3_queue_free_slots(&q, a, 1), LIMITER_START / 2);
    assert_int_equal(s3_queue_free_slots(&q, b, 1), LIMITER_START);
    s3_queues_free(&q);
}

/* What keeps requests back is told with how long ago it did. */
static void test_kept_back(void **state)
{
    struct s3_kept_back k;
    struct s3_queues q;
    struct s3_queue *a;
    uint32_t ticket = 0;
    uint64_t now;
    unsigned i;

    (void)state;
    s3_queues_init(&q, 0);
    a = s3_queues_of(&q, "a", 1);
    k = s3_queue_kept_back(&q, a, 5);
    assert_true(k.full_us == UINT64_MAX && k.rate_us == UINT64_MAX);
    assert_int_equal(k.limit, LIMITER_START);
    for (i = 0; i < LIMITER_START; i++)
        ticket = s3_queue_take(&q, a, LIMITER_COPY, 1000000);
    k = s3_queue_kept_back(&q, a, 1000010);
    assert_int_equal(k.full_us, 10);
    assert_true(k.rate_us == UINT64_MAX);
    assert_int_equal(q.slow_downs, 0);
    now = 2000000;
    s3_queue_give(&q, a, ticket, LIMITER_THROTTLED, now);
    assert_int_equal(q.slow_downs, 1);
    k = s3_queue_kept_back(&q, a, now + 5);
    assert_int_equal(k.rate_us, 0); /* it brakes until it has counted what S3 takes */
    for (i = 1; i < LIMITER_START; i++)
        s3_queue_give(&q, a, ticket, LIMITER_GOOD, now += 10000);
    assert_int_equal(a->limiter.throttle.state, THROTTLE_PACED);
    now += 1000;
    s3_queue_take(&q, a, LIMITER_COPY, now);
    k = s3_queue_kept_back(&q, a, now + 700);
    assert_int_equal(k.rate_us, now + 700 - a->limiter.throttle.used_up_us);
    assert_int_equal(q.slow_downs, 1);
    s3_queues_free(&q);
    s3_queues_init(&q, 2); /* all queues together */
    a = s3_queues_of(&q, "a", 1);
    assert_int_equal(s3_queue_kept_back(&q, a, 1).limit, 2);
    s3_queue_take(&q, s3_queues_of(&q, "b", 1), LIMITER_OTHER, 1);
    s3_queue_take(&q, s3_queues_of(&q, "b", 1), LIMITER_OTHER, 1);
    assert_int_equal(s3_queue_kept_back(&q, a, 9).full_us, 0);
    s3_queues_free(&q);
}

/* A queue whose bucket has set a rate says when it may send again; the others need not wait. */
static void test_rate_of_a_bucket(void **state)
{
    struct s3_queues q;
    struct s3_queue *a, *b;
    struct list call;
    uint64_t now = 1;
    unsigned i;

    (void)state;
    s3_queues_init(&q, 0);
    a = s3_queues_of(&q, "a", now);
    b = s3_queues_of(&q, "b", now);
    s3_queue_give(&q, a, s3_queue_take(&q, a, LIMITER_COPY, now), LIMITER_THROTTLED, now);
    assert_int_equal(s3_queues_wait_us(&q, now), 0);
    for (i = 0; i < 50; i++) { /* 50 answers in a second */
        now += 20000;
        s3_queue_give(&q, a, s3_queue_take(&q, a, LIMITER_COPY, now), LIMITER_GOOD, now);
    }
    while (s3_queue_free_slots(&q, a, now) > 0)
        (void)s3_queue_take(&q, a, LIMITER_COPY, now);
    assert_in_range(s3_queues_wait_us(&q, now), 1, 1000000 / 40);
    list_init(&call);
    list_push(&a->ready, &call);
    assert_null(s3_queues_next(&q, now));
    assert_int_equal(s3_queue_free_slots(&q, b, now), LIMITER_START);
    now += s3_queues_wait_us(&q, now);
    assert_ptr_equal(s3_queues_next(&q, now), &call);
    list_remove(&call);
    s3_queues_free(&q);
}

static void test_bound_of_all(void **state)
{
    struct s3_queues q;
    struct s3_queue *a, *b;
    struct list call;
    unsigned i;

    (void)state;
    s3_queues_init(&q, 10);
    a = s3_queues_of(&q, "a", 1);
    b = s3_queues_of(&q, "b", 1);
    for (i = 0; i < 7; i++)
        s3_queue_take(&q, a, LIMITER_COPY, 1);
    assert_int_equal(s3_queue_free_slots(&q, b, 1), 3);
    for (i = 0; i < 3; i++)
        s3_queue_take(&q, b, LIMITER_COPY, 1);
    list_init(&call);
    list_push(&b->ready, &call);
    assert_null(pop(&q));
    s3_queue_give(&q, a, 0, LIMITER_GOOD, 2);
    assert_ptr_equal(s3_queues_next(&q, 2), &call); /* it stays in the list until it is taken out */
    assert_ptr_equal(pop(&q), &call);
    assert_null(pop(&q));
    s3_queues_free(&q);
}

/* A call that waits has a claim to a slot. */
static void test_waiting_counts(void **state)
{
    struct s3_queues q;
    struct s3_queue *a;
    struct list calls[3];
    unsigned i;

    (void)state;
    s3_queues_init(&q, 4);
    a = s3_queues_of(&q, "a", 1);
    for (i = 0; i < 3; i++) {
        list_init(&calls[i]);
        list_push(&a->ready, &calls[i]);
    }
    assert_int_equal(s3_queue_free_slots(&q, a, 1), 1);
    for (i = 0; i < 3; i++)
        assert_ptr_equal(pop(&q), &calls[i]);
    s3_queues_free(&q);
}

/* The queues take turns. */
static void test_turns(void **state)
{
    struct s3_queues q;
    struct list calls[4];
    unsigned i;

    (void)state;
    s3_queues_init(&q, 0);
    for (i = 0; i < 4; i++) {
        list_init(&calls[i]);
        list_push(&s3_queues_of(&q, i % 2 ? "odd" : "even", 1)->ready, &calls[i]);
    }
    for (i = 0; i < 4; i++)
        assert_ptr_equal(pop(&q), &calls[i]);
    s3_queues_free(&q);
}

static void test_many_buckets(void **state)
{
    struct s3_queue *last = NULL;
    struct s3_queues q;
    char name[16];
    unsigned i;

    (void)state;
    s3_queues_init(&q, 0);
    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "bucket-%u", i);
        last = s3_queues_of(&q, name, 1);
        assert_non_null(last);
    }
    assert_ptr_equal(last, s3_queues_of(&q, "bucket-500", 1));
    assert_ptr_not_equal(last, s3_queues_of(&q, "bucket-3", 1));
    s3_queues_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_one_queue_a_bucket),
            cmocka_unit_test(test_throttled_alone),
            cmocka_unit_test(test_kept_back),
            cmocka_unit_test(test_rate_of_a_bucket),
            cmocka_unit_test(test_bound_of_all),
            cmocka_unit_test(test_waiting_counts),
            cmocka_unit_test(test_turns),
            cmocka_unit_test(test_many_buckets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
