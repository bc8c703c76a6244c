/* The table of addresses, and how connections are dealt over it (net/addresses.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "net/addresses.h"

#define NAME "s3.test"

static struct addresses *table;
static char choices[ADDRESS_CHOICES_MAX];

static int set_up(void **state)
{
    (void)state;
    table = addresses_new();
    return table ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    addresses_free(table);
    return 0;
}

/* texts: separated by spaces. */
static void learn_as(const char *name, const char *texts, uint64_t now_ms)
{
    struct addresses_answer answer = {0};
    char copy[4096], *rest = copy, *text;

    snprintf(copy, sizeof copy, "%s", texts);
    while ((text = strsep(&rest, " ")))
        snprintf(answer.text[answer.count++], ADDRESS_TEXT_MAX, "%s", text);
    assert_true(addresses_learn(table, name, &answer, now_ms));
}

static void learn(const char *texts, uint64_t now_ms)
{
    learn_as(NAME, texts, now_ms);
}

static struct address *deal(uint64_t now_ms)
{
    return addresses_deal(table, NAME, 0, now_ms, choices);
}

static void deal_and_give(const char *expected, unsigned avoid, uint64_t now_ms)
{
    struct address *a = addresses_deal(table, NAME, avoid, now_ms, choices);

    assert_non_null(a);
    assert_string_equal(a->text, expected);
    addresses_give(a);
}

static void test_nothing_known(void **state)
{
    (void)state;
    assert_null(deal(0));
    assert_string_equal(choices, "");
    learn("", 0);
    learn("nonsense 1.2.3 1.2.3.4.5", 0);
    assert_int_equal(addresses_count(table, NAME), 0);
    assert_null(deal(0));
    addresses_give(NULL);
}

/* As many users each, within one, whatever their number; and as many again after they went. */
static void test_even(void **state)
{
    struct address *held[100];
    unsigned i, round;

    (void)state;
    learn("10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8", 0);
    for (round = 0; round < 3; round++) {
        for (i = 0; i < 100; i++)
            held[i] = deal(i);
        for (i = 0; i < 100; i++)
            assert_in_range(held[i]->users, 12, 13);
        for (i = 0; i < 100; i++)
            addresses_give(held[i]);
    }
    for (i = 0; i < 80; i++) { /* one after another, with nobody else there */
        held[i] = deal(i);
        addresses_give(held[i]);
    }
    for (i = 0; i < 80; i++)
        assert_in_range(held[i]->dealt, 47, 48);
}

/* Answers of the last minutes hold together; what none of them had is gone, but not for its users.
 */
static void test_union(void **state)
{
    struct address *old;

    (void)state;
    learn("10.0.0.1 10.0.0.2", 0);
    learn("10.0.0.2 10.0.0.3", 60000);
    assert_int_equal(addresses_count(table, NAME), 3);
    old = deal(60000);
    assert_string_equal(old->text, "10.0.0.1");
    learn("10.0.0.3", ADDRESSES_KEEP_MS);
    assert_int_equal(addresses_count(table, NAME), 3);
    learn("10.0.0.3", ADDRESSES_KEEP_MS + 1);
    assert_int_equal(addresses_count(table, NAME), 2);
    assert_false(old->known);
    assert_string_equal(old->text, "10.0.0.1");
    assert_ptr_equal(addresses_change(old, "10.0.0.2"), old);
    assert_false(addresses_has_other(old));
    learn("", ADDRESSES_KEEP_MS * 9); /* an answer without addresses takes none away */
    assert_int_equal(addresses_count(table, NAME), 2);
    learn("10.0.0.1", ADDRESSES_KEEP_MS * 9);
    assert_int_equal(addresses_count(table, NAME), 1);
    deal_and_give("10.0.0.1", old->id, 0); /* the same text, another address */
    addresses_give(old);
}

static void test_bounds(void **state)
{
    char text[ADDRESS_NAME_MAX + 1];
    struct addresses_answer one = {.count = 1, .text = {"10.9.9.9"}};
    unsigned i;

    (void)state;
    for (i = 0; i < ADDRESSES_MOST * 2; i++) {
        snprintf(text, sizeof text, "10.0.%u.1", i);
        learn(text, i);
    }
    assert_int_equal(addresses_count(table, NAME), ADDRESSES_MOST);
    for (i = 0; i < ADDRESSES_MOST; i++) { /* the newest are those that stayed */
        struct address *a = deal(i);

        assert_in_range(a->seen_ms, ADDRESSES_MOST, ADDRESSES_MOST * 2);
        addresses_give(a);
    }
    for (i = 1; i < ADDRESSES_NAMES_MOST; i++) {
        snprintf(text, sizeof text, "n%u.test", i);
        learn_as(text, "10.0.0.1", i);
    }
    assert_int_equal(addresses_count(table, NAME), ADDRESSES_MOST);
    addresses_give(deal(0)); /* used, so that n1 is the one that goes */
    learn_as("another.test", "10.0.0.1", i);
    assert_int_equal(addresses_count(table, NAME), ADDRESSES_MOST);
    assert_int_equal(addresses_count(table, "n1.test"), 0);
    assert_int_equal(addresses_count(table, "n2.test"), 1);
    memset(text, 'x', ADDRESS_NAME_MAX);
    text[ADDRESS_NAME_MAX] = '\0';
    assert_false(addresses_learn(table, text, &one, 0));
}

static void test_names_apart(void **state)
{
    struct address *a;

    (void)state;
    learn("10.0.0.1", 0);
    learn_as("other.test", "10.0.0.2", 0);
    a = addresses_deal(table, "S3.Test", 0, 0, choices);
    assert_string_equal(a->text, "10.0.0.1");
    assert_ptr_equal(addresses_change(a, "10.0.0.2"), a);
    addresses_give(a);
}

/* A retry goes to another address, unless there is none. */
static void test_avoid(void **state)
{
    struct address *first, *second;

    (void)state;
    learn("10.0.0.1 10.0.0.2", 0);
    first = deal(0);
    second = addresses_deal(table, NAME, first->id, 0, choices);
    assert_string_not_equal(first->text, second->text);
    assert_string_equal(choices, second->text);
    assert_true(addresses_has_other(first));
    /* The other one has failed, and this one works again: it is the better one. */
    addresses_failed(second, 1);
    assert_false(addresses_has_other(first));
    deal_and_give(first->text, first->id, 1);
    /* Both have failed. */
    addresses_failed(first, 2);
    deal_and_give(second->text, first->id, 3);
    addresses_give(first);
    addresses_give(second);
    learn_as("one.test", "10.0.0.3", 0);
    first = addresses_deal(table, "one.test", 0, 0, choices);
    second = addresses_deal(table, "one.test", first->id, 0, choices);
    assert_ptr_equal(first, second);
    assert_false(addresses_has_other(first));
    assert_string_equal(choices, "10.0.0.3");
    addresses_give(first);
    addresses_give(second);
}

/* An address that failed is left out, then tried by one, then used again by all. */
static void test_bad(void **state)
{
    struct address *bad, *held[8], *probe;
    unsigned i;

    (void)state;
    learn("10.0.0.1 10.0.0.2 10.0.0.3", 0);
    bad = deal(0);
    addresses_failed(bad, 1000);
    assert_true(addresses_is_bad(bad));
    addresses_give(bad);
    for (i = 0; i < 8; i++) {
        held[i] = deal(1000 + ADDRESSES_BAD_MS - 1);
        assert_ptr_not_equal(held[i], bad);
    }
    probe = deal(1000 + ADDRESSES_BAD_MS);
    assert_ptr_equal(probe, bad);
    for (i = 0; i < 3; i++) { /* the others wait */
        struct address *a = deal(1000 + ADDRESSES_BAD_MS);

        assert_ptr_not_equal(a, bad);
        addresses_give(a);
    }
    addresses_worked(probe);
    assert_false(addresses_is_bad(bad));
    deal_and_give(bad->text, 0, 1000 + ADDRESSES_BAD_MS);
    addresses_give(probe);
    for (i = 0; i < 8; i++)
        addresses_give(held[i]);
}

/* When all have failed the one is used whose failure is the oldest. */
static void test_all_bad(void **state)
{
    struct address *a[3];
    unsigned i;

    (void)state;
    learn("10.0.0.1 10.0.0.2 10.0.0.3", 0);
    for (i = 0; i < 3; i++)
        a[i] = deal(0);
    addresses_failed(a[1], 10);
    addresses_failed(a[2], 20);
    addresses_failed(a[0], 30);
    deal_and_give(a[1]->text, 0, 40);
    deal_and_give(a[2]->text, a[1]->id, 40);
    for (i = 0; i < 3; i++)
        addresses_give(a[i]);
}

static void test_two_families(void **state)
{
    struct address *a, *b;

    (void)state;
    learn("2001:db8::1 2001:db8::2 2001:db8::3 2001:db8::4 10.0.0.1 10.0.0.2", 0);
    a = deal(0);
    assert_true(a->v6);
    assert_string_equal(choices, "[2001:db8::1],10.0.0.1");
    b = deal(0);
    assert_string_equal(b->text, "2001:db8::2");
    addresses_give(b);
    addresses_give(a);
    learn("10.0.0.2 2001:db8::1", 1); /* the order of the answer is the machine's preference */
    a = deal(1);
    assert_false(a->v6);
    assert_string_equal(choices, "10.0.0.1,[2001:db8::3]");
    addresses_give(a);
}

/* IPv6 that leads nowhere does not keep a host from being used. */
static void test_family_that_fails(void **state)
{
    struct address *a, *b;

    (void)state;
    learn("2001:db8::1 2001:db8::2 10.0.0.1", 0);
    a = deal(0);
    b = deal(0);
    addresses_failed(a, 0);
    addresses_failed(b, 0);
    deal_and_give("10.0.0.1", 0, 1);
    addresses_give(a);
    addresses_give(b);
}

/* The user is counted where it is. */
static void test_change(void **state)
{
    struct address *a, *b;

    (void)state;
    learn("10.0.0.1 10.0.0.2", 0);
    a = deal(0);
    b = addresses_change(a, "10.0.0.2");
    assert_string_equal(b->text, "10.0.0.2");
    assert_int_equal(b->users, 1);
    assert_int_equal(a->users, 0);
    assert_ptr_equal(addresses_change(b, "10.0.0.2"), b);
    assert_ptr_equal(addresses_change(b, "192.0.2.1"), b);
    assert_int_equal(b->users, 1);
    addresses_give(b);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
            TEST(test_nothing_known),
            TEST(test_even),
            TEST(test_union),
            TEST(test_bounds),
            TEST(test_names_apart),
            TEST(test_avoid),
            TEST(test_bad),
            TEST(test_all_bad),
            TEST(test_two_families),
            TEST(test_family_that_fails),
            TEST(test_change),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
