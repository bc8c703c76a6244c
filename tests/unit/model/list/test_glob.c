#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

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

/* Several patterns in one text. */
static void test_lines(void **state)
{
    static const char wrong_end[] = "a\0b";
    char long_line[GLOB_PATTERN_MOST + 2], long_text[GLOB_LINES_MOST + 2];

    (void)state;
    assert_true(glob_lines_match("*.bam\n*.{bai,csi}", "x.bam"));
    assert_true(glob_lines_match("*.bam\n*.{bai,csi}", "x.csi"));
    assert_false(glob_lines_match("*.bam\n*.{bai,csi}", "x.vcf"));
    assert_true(glob_lines_match("*.bam", "x.bam"));
    assert_null(glob_lines_problem("a\nb", 3));
    assert_null(glob_lines_problem("a", 1));
    assert_non_null(strstr(glob_lines_problem("a\n[", 3), "has a [ without a ]"));
    assert_non_null(strstr(glob_lines_problem("a\n\nb", 4), "is no pattern"));
    assert_non_null(strstr(glob_lines_problem("a\n", 2), "is no pattern"));
    assert_non_null(strstr(glob_lines_problem("", 0), "is no pattern"));
    assert_non_null(strstr(glob_lines_problem(wrong_end, 3), "is no pattern"));
    memset(long_line, 'a', sizeof long_line - 1);
    long_line[sizeof long_line - 1] = '\0';
    assert_non_null(strstr(glob_lines_problem(long_line, strlen(long_line)), "is no pattern"));
    long_line[GLOB_PATTERN_MOST] = '\0';
    assert_null(glob_lines_problem(long_line, strlen(long_line)));
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    assert_non_null(strstr(glob_lines_problem(long_text, strlen(long_text)), "16,384 bytes"));
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
            cmocka_unit_test(test_lines),
            cmocka_unit_test(test_problems),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
