/* Headers that a server may not deal with: the order in which they are left out, and what is
 * learned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "copy/omit.h"
#include "model/result.h"

/* Every set of the headers that may go is tried once, each after all of its subsets; what else is
 * left out stays so. */
static void test_order(void **state)
{
    unsigned may, before;

    (void)state;
    for (may = 0; may <= OMIT_ALL; may++) {
        unsigned keep = OMIT_ALL & ~may, out = keep, tried = 1U << out, next;

        while ((next = omit_next(may, out)) != out) {
            assert_int_equal(next & keep, keep);
            assert_false(tried & (1U << next));
            for (before = 0; before < next; before++)
                if ((before & next) == before && (before & keep) == keep)
                    assert_true(tried & (1U << before));
            tried |= 1U << next;
            out = next;
        }
        assert_int_equal(out, OMIT_ALL);
    }
}

static void test_learned(void **state)
{
    unsigned out;

    (void)state;
    log_set_level(LOG_NONE);
    for (out = 0; out <= OMIT_ALL; out++) {
        struct server_facts f = {0};

        omit_learn(&f, out);
        assert_int_equal(omit_known(&f), out);
        assert_false(server_facts_has(&f, TRAIT_ETAG_NOT_MD5));
        assert_false(server_facts_has(&f, TRAIT_NO_PART_COPY));
    }
    assert_int_equal(omit_notes(0), 0);
    assert_int_equal(omit_notes(OMIT_CONDITIONS),
            NOTE_NO_SOURCE_CONDITION | NOTE_NO_TARGET_CONDITION | NOTE_NO_TARGET_MATCH);
    assert_int_equal(omit_notes(OMIT_TAG_DIRECTIVE), NOTE_NO_TAG_DIRECTIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_order),
            cmocka_unit_test(test_learned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
