/* Lookups in threads (net/resolver.h) and what an engine gets of them (net/hosts.h), with a
 * resolver of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "net/hosts.h"

#define NAME "s3.test"

static uv_loop_t loop;
static struct hosts *hosts;
static unsigned changes;
static struct address *address;
static char choices[ADDRESS_CHOICES_MAX];

/* The name server. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static unsigned asked, answered;
static unsigned asked_nonsense; /* of names that no test has looked up */
static bool silent;             /* it answers when this becomes false */
static const char *answer_text;

static bool look_up(const char *name, struct addresses_answer *answer)
{
    bool found;

    pthread_mutex_lock(&lock);
    asked++;
    asked_nonsense += !str_ends(name, ".test") || (unsigned char)name[0] >= 0x80;
    while (silent)
        pthread_cond_wait(&cond, &lock);
    found = answer_text && strcmp(name, "none.test") != 0;
    if (found)
        snprintf(answer->text[answer->count++], ADDRESS_TEXT_MAX, "%s", answer_text);
    answered++;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&lock);
    return found;
}

static void set_server(bool is_silent, const char *text)
{
    pthread_mutex_lock(&lock);
    silent = is_silent;
    answer_text = text;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&lock);
}

static void on_changed(void *ctx)
{
    (void)ctx;
    changes++;
}

static int set_up(void **state)
{
    struct hosts_config config = {.loop = &loop, .lookup = look_up, .changed = on_changed};
    struct err e;

    (void)state;
    changes = asked = answered = 0;
    set_server(false, "10.0.0.1");
    uv_loop_init(&loop);
    return hosts_new(&hosts, &config, &e) == ERR_OK ? 0 : -1;
}

static int end(void)
{
    hosts_free(hosts);
    hosts = NULL;
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static int tear_down(void **state)
{
    (void)state;
    return hosts ? end() : 0;
}

static enum hosts_dealt deal(const char *name, uint64_t now_ms)
{
    enum hosts_dealt dealt = hosts_deal(hosts, name, 0, now_ms, &address, choices);

    if (dealt == HOSTS_DEALT)
        addresses_give(address);
    return dealt;
}

static void on_time(uv_timer_t *timer)
{
    (void)timer;
}

/* Lets the loop turn until so many lookups have ended. */
static void wait_for_change(unsigned count)
{
    uv_timer_t alive;

    uv_timer_init(&loop, &alive);
    uv_timer_start(&alive, on_time, 60000, 0);
    while (changes < count && uv_is_active((uv_handle_t *)&alive))
        uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&alive, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(changes, count);
}

static void test_first_lookup(void **state)
{
    (void)state;
    assert_int_equal(deal(NAME, 0), HOSTS_WAIT);
    assert_int_equal(deal(NAME, 1), HOSTS_WAIT);
    uv_run(&loop, UV_RUN_DEFAULT); /* goes on until the answer has come, and ends then */
    assert_int_equal(changes, 1);
    assert_int_equal(deal(NAME, 2), HOSTS_DEALT);
    assert_string_equal(choices, "10.0.0.1");
    assert_int_equal(asked, 1);
}

/* The name is looked up again when it is used after a minute, and nothing waits for that. */
static void test_again(void **state)
{
    (void)state;
    deal(NAME, 0);
    wait_for_change(1);
    assert_int_equal(deal(NAME, HOSTS_AGAIN_MS - 1), HOSTS_DEALT);
    set_server(true, "10.0.0.2");
    assert_int_equal(deal(NAME, HOSTS_AGAIN_MS), HOSTS_DEALT);
    uv_run(&loop, UV_RUN_DEFAULT); /* ends although the name server is silent */
    assert_int_equal(deal(NAME, 3 * HOSTS_AGAIN_MS), HOSTS_DEALT);
    assert_string_equal(choices, "10.0.0.1");
    set_server(false, "10.0.0.2");
    wait_for_change(2);
    assert_int_equal(asked, 2);
    deal(NAME, 3 * HOSTS_AGAIN_MS + 1);
    assert_string_equal(choices, "10.0.0.2");
    wait_for_change(3);
}

/* Known addresses stay when the name server fails, and it is asked again soon. */
static void test_failing(void **state)
{
    (void)state;
    assert_int_equal(deal("none.test", 0), HOSTS_WAIT);
    wait_for_change(1);
    assert_int_equal(deal("none.test", 1), HOSTS_NONE);
    assert_int_equal(asked, 1);
    deal(NAME, 0);
    wait_for_change(2);
    set_server(false, NULL);
    deal(NAME, HOSTS_AGAIN_MS);
    wait_for_change(3);
    assert_int_equal(deal(NAME, HOSTS_AGAIN_MS + HOSTS_FAILED_MS - 1), HOSTS_DEALT);
    assert_int_equal(asked, 3);
    assert_int_equal(deal(NAME, HOSTS_AGAIN_MS + HOSTS_FAILED_MS), HOSTS_DEALT);
    wait_for_change(4);
    assert_int_equal(asked, 4);
}

/* A name server that drops packets holds nothing up: neither an exchange, nor the end. */
static void test_silent(void **state)
{
    (void)state;
    set_server(true, "10.0.0.1");
    assert_int_equal(deal(NAME, 0), HOSTS_WAIT);
    assert_int_equal(deal(NAME, HOSTS_WAIT_MOST_MS - 1), HOSTS_WAIT);
    assert_int_equal(deal(NAME, HOSTS_WAIT_MOST_MS), HOSTS_NONE);
    assert_int_equal(end(), 0);
    set_server(false, "10.0.0.1");
    pthread_mutex_lock(&lock);
    while (answered == 0)
        pthread_cond_wait(&cond, &lock);
    pthread_mutex_unlock(&lock);
    assert_int_equal(changes, 0);
}

/* More names at once than threads are allowed: the rest is libcurl's. */
static void test_many_names(void **state)
{
    char name[32];
    unsigned i, wait = 0;

    (void)state;
    set_server(true, "10.0.0.1");
    for (i = 0; i < 2 * ADDRESSES_NAMES_MOST; i++) {
        snprintf(name, sizeof name, "n%u.test", i);
        wait += deal(name, i) == HOSTS_WAIT;
    }
    assert_int_equal(wait, RESOLVER_LOOKUPS_MOST);
    set_server(false, "10.0.0.1");
    wait_for_change(RESOLVER_LOOKUPS_MOST);
    assert_int_equal(deal("n0.test", i), HOSTS_DEALT);
}

static void test_what_is_a_name(void **state)
{
    static const char *const are[] = {"s3.eu-west-1.amazonaws.com", "a", "bucket_1.s3.test",
            "10.0.0.1.nip.io", "1e.com", "localhost.test", "0xy.test"};
    static const char *const are_not[] = {"", "127.0.0.1", "2130706433", "127.1", "0x7f000001",
            "1.2.3.0x4", "localhost", "LocalHost", "a.localhost", "s3.test.", "::1", "a b", "a/b",
            "a,b", "a:b", "\xc3\xa4.test", "[::1]"};
    char too_long[ADDRESS_NAME_MAX + 1] = {0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof are / sizeof are[0]; i++)
        assert_true(hosts_is_name(are[i]));
    for (i = 0; i < sizeof are_not / sizeof are_not[0]; i++) {
        assert_false(hosts_is_name(are_not[i]));
        assert_int_equal(deal(are_not[i], 0), HOSTS_NONE);
    }
    memset(too_long, 'a', ADDRESS_NAME_MAX);
    assert_false(hosts_is_name(too_long));
    too_long[ADDRESS_NAME_MAX - 1] = '\0';
    assert_true(hosts_is_name(too_long));
    /* A thread of an earlier test may ask only now. */
    pthread_mutex_lock(&lock);
    assert_int_equal(asked_nonsense, 0);
    pthread_mutex_unlock(&lock);
}

/* The resolver of the program itself, as far as it needs no network. */
static void test_getaddrinfo(void **state)
{
    struct addresses_answer answer = {0};

    (void)state;
    assert_true(resolver_getaddrinfo("127.0.0.1", &answer));
    assert_int_equal(answer.count, 1);
    assert_string_equal(answer.text[0], "127.0.0.1");
    assert_false(resolver_getaddrinfo("no such name", &answer));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
            TEST(test_first_lookup),
            TEST(test_again),
            TEST(test_failing),
            TEST(test_silent),
            TEST(test_many_names),
            TEST(test_what_is_a_name),
            TEST(test_getaddrinfo),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
