/* The traits of a server: each is told of once, and has its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "model/server_facts.h"

static void each_trait_is_new_once(void **state)
{
    unsigned i, j;

    (void)state;
    for (i = 0; i < TRAIT_COUNT; i++) {
        struct server_facts f = {0};

        assert_false(server_facts_has(&f, (enum server_trait)i));
        assert_true(server_facts_add(&f, (enum server_trait)i));
        assert_false(server_facts_add(&f, (enum server_trait)i));
        for (j = 0; j < TRAIT_COUNT; j++)
            assert_int_equal(server_facts_has(&f, (enum server_trait)j), i == j);
        assert_non_null(server_trait_text((enum server_trait)i));
    }
}

/* A refusal or two may be for a moment; three one after another are the rule. */
static void checksums_are_asked_until_refused(void **state)
{
    struct server_facts f = {0};
    unsigned i;

    (void)state;
    for (i = 0; i < 5; i++) {
        server_facts_checksums_answered(&f, true);
        server_facts_checksums_answered(&f, true);
        assert_true(server_facts_asks_checksums(&f));
        server_facts_checksums_answered(&f, false);
    }
    for (i = 0; i < 3; i++) {
        assert_true(server_facts_asks_checksums(&f));
        server_facts_checksums_answered(&f, true);
    }
    for (i = 0; i < 5; i++) {
        assert_false(server_facts_asks_checksums(&f));
        server_facts_checksums_answered(&f, true);
    }
}

static unsigned lines;

static void count_line(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    assert_true(level >= LOG_INFO && line[0]);
    lines++;
}

static void each_trait_has_its_name_and_is_told_once(void **state)
{
    struct server_facts f = {0};
    unsigned i;

    (void)state;
    log_set_sink(count_line, NULL);
    for (i = 0; i < TRAIT_COUNT; i++) {
        assert_int_equal(server_trait_of_name(server_trait_name((enum server_trait)i)), i);
        server_facts_learn(&f, (enum server_trait)i);
        server_facts_learn(&f, (enum server_trait)i);
        assert_int_equal(lines, i + 1);
    }
    log_set_sink(NULL, NULL);
    assert_int_equal(server_trait_of_name("of-a-newer-copyout"), TRAIT_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_trait_is_new_once),
            cmocka_unit_test(checksums_are_asked_until_refused),
            cmocka_unit_test(each_trait_has_its_name_and_is_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
