#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/list/glob.h"

static void test_matches(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } rows[] = {
            {"*.bam", "a/b/x.bam", true},
            {"*.bam", "a/b/x.bam.bai", false},
            {"a/*", "a/b/c", true},
            {"a/*", "ab/c", false},
            {"*", "", true},
            {"a*b*c", "aXbYbZc", true},
            {"a*b*c", "aXbYbZ", false},
            {"?", "\xc3\xa4", true},
            {"?", "", false},
            {"x?z", "xyz", true},
            {"[a-c]1", "a1", true},
            {"[a-c]1", "b1", true},
            {"[a-c]1", "c1", true},
            {"[a-c]1", "d1", false},
            {"[!a-c]1", "d1", true},
            {"[]]", "]", true},
            {"\\*", "*", true},
            {"\\*", "x", false},
            {"*.{bam,cram}", "x.cram", true},
            {"*.{bam,cram}", "x.vcf", false},
            {"{a,b}/{1,2,3}", "b/3", true},
            {"{a,b}/{1,2,3}", "b/4", false},
            {"x{,.gz}", "x", true},
            {"x{,.gz}", "x.gz", true},
            {"x{[,],y}", "x,", true},
            {"\\{a,b\\}", "{a,b}", true},
            {"{1}{2}{3}{4}{5}{6}{7}{8}", "12345678", true}, /* as many pairs as may be */
            {"*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_null(glob_problem_of(rows[i].pattern));
        if (glob_matches(rows[i].pattern, rows[i].text) != rows[i].matches)
            fail_msg("%s of %s", rows[i].pattern, rows[i].text);
    }
}

static void test_problems(void **state)
{
    static const char *const wrong[] = {
            "a\\", "[a", "[]", "{a", "a}", "{a{b}}", "{1}{2}{3}{4}{5}{6}{7}{8}{9}"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_non_null(glob_problem_of(wrong[i]));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_matches),
            cmocka_unit_test(test_problems),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
