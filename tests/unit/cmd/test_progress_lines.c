/* The display of a copying: from facts and a width to lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cells.h"
#include "cmd/progress/fields.h"
#include "cmd/progress/progress_lines.h"

#define GIB ((uint64_t)1 << 30)

static struct progress_facts facts;

static int setup(void **state)
{
    (void)state;
    facts = (struct progress_facts){
            .now = {.items = 10000,
                    .begun = 1500,
                    .done = 1234,
                    .by_status = {[RESULT_COPIED] = 1230, [RESULT_FAILED] = 4},
                    .requests_in_flight = 512,
                    .bytes_done = 12 * GIB + GIB / 4,
                    .sized = 5000,
                    .bytes_known = 49 * GIB,
                    .pressure = {.in_flight = 512, .limit = 512, .slow_downs = 3},
                    .largest = {{.size = 100 * GIB, .parts = 512, .parts_done = 17},
                            {.size = 2 * GIB}},
                    .largest_count = 2},
            .names = {"genomes/cohort-2024/NA12878/NA12878.hiseq.wgs.bwa.sorted.dedup.recal.bam",
                    "genomes/index.tar"},
            .objects_per_s = 203.4,
            .bytes_per_s = 1.25 * (double)GIB,
            .limited_by = LIMITED_BY_CONCURRENCY,
    };
    return 0;
}

/* The lines at that width and height are these, and then no more. */
static void shows(unsigned columns, unsigned rows, const char *const *expected)
{
    struct terminal_line lines[TERMINAL_LINES_MOST];
    unsigned count = progress_lines(&facts, columns, rows, lines), i;

    for (i = 0; i < count && expected[i]; i++) {
        assert_string_equal(lines[i].text, expected[i]);
        assert_true(cells_of(lines[i].text) <= columns);
    }
    assert_int_equal(i, count);
    assert_null(expected[i]);
}

static void test_widths(void **state)
{
    static const char *const at_199[] = {
            "objects 1234 of 10000 (12%), 4 FAILED, 203 a second, 43 s left",
            "bytes   12.25 GiB of about 98.00 GiB (12%), 1.25 GiB a second, 1 min 9 s left",
            "now     512 requests in flight, 3 throttled, limited by the concurrency limit (512)",
            "largest 17 of 512 parts, 100.00 GiB: genomes/cohort-2024/NA12878/NA12878.hiseq.wgs.bwa.sorted.dedup.recal.bam",
            "        2.00 GiB: genomes/index.tar", NULL};
    static const char *const at_79[] = {
            "objects 1234 of 10000 (12%), 4 FAILED, 203 a second, 43 s left",
            "bytes   12.25 GiB of about 98.00 GiB (12%), 1.25 GiB a second, 1 min 9 s left",
            "now     512 in flight, 3 throttled, limited by the concurrency limit (512)",
            "largest 17 of 512 parts, 100.00 GiB: genomes/cohor…s.bwa.sorted.dedup.recal.bam",
            "        2.00 GiB: genomes/index.tar", NULL};
    static const char *const at_39[] = {"objects 1234 of 10000, 4 FAILED",
            "bytes   12.25 of 98.00 GiB, 1 min left", "now     512 in flight, limit 512",
            "largest 17 of 512 parts: geno…recal.bam", "        2.00 GiB: genomes/index.tar", NULL};

    (void)state;
    shows(199, 50, at_199);
    shows(79, 50, at_79);
    shows(39, 50, at_39);
}

/* At no width is a line too long, and the fields go in the order of their ranks. */
static void test_all_widths(void **state)
{
    /* The sooner a field is left out, the sooner it stands here. */
    static const char *const objects[] = {" a second", "/s", "(12%)", " left", "FAILED", "1234"};
    static const char *const now[] = {"requests", "limited", "throttled", "in flight", "limit"};
    struct terminal_line lines[TERMINAL_LINES_MOST];
    unsigned width, i;

    (void)state;
    for (width = 200; width > 0; width--) {
        unsigned count = progress_lines(&facts, width, 50, lines);

        assert_int_equal(count, 5);
        for (i = 0; i < count; i++)
            assert_true(cells_of(lines[i].text) <= width);
        if (width < 25) /* then the last field is cut */
            continue;
        for (i = 1; i + 1 < sizeof objects / sizeof objects[0]; i++)
            if (i != 1 && strstr(lines[0].text, objects[i]))
                assert_non_null(strstr(lines[0].text, objects[i + 1]));
        for (i = 0; i + 1 < sizeof now / sizeof now[0]; i++)
            if (i != 0 && strstr(lines[2].text, now[i]))
                assert_non_null(strstr(lines[2].text, now[i + 1]));
    }
}

/* A line says what is bad in its tone, as far as it is shown. */
static void test_tones(void **state)
{
    struct terminal_line lines[TERMINAL_LINES_MOST];

    (void)state;
    progress_lines(&facts, 79, 50, lines);
    assert_int_equal(lines[0].tone, TONE_BAD);
    assert_memory_equal(lines[0].text + lines[0].from, "4 FAILED", lines[0].to - lines[0].from);
    assert_int_equal(lines[0].to - lines[0].from, strlen("4 FAILED"));
    assert_int_equal(lines[2].tone, TONE_PLAIN);
    facts.limited_by = LIMITED_BY_THROTTLING;
    facts.now.by_status[RESULT_FAILED] = 0;
    progress_lines(&facts, 79, 50, lines);
    assert_int_equal(lines[0].tone, TONE_PLAIN);
    assert_int_equal(lines[2].tone, TONE_WARNING);
    facts.now.by_status[RESULT_FAILED] = 4;
    progress_lines(&facts, 12, 50, lines);
    assert_int_equal(lines[0].tone, TONE_PLAIN);
}

/* A low terminal shows what matters most. */
static void test_rows(void **state)
{
    struct terminal_line lines[TERMINAL_LINES_MOST];

    (void)state;
    assert_int_equal(progress_lines(&facts, 79, 4, lines), 4);
    assert_int_equal(progress_lines(&facts, 79, 1, lines), 1);
    assert_memory_equal(lines[0].text, "objects ", 8);
    assert_int_equal(progress_lines(&facts, 79, 0, lines), 0);
}

/* Nothing is known at first; all sizes are at last. */
static void test_known(void **state)
{
    static const char *const first[] = {"objects 0 of 10000 (0%), 0 failed", "bytes   0 B",
            "now     0 requests in flight, 0 throttled, limited by the list", NULL};
    static const char *const last[] = {"objects 10000 of 10000 (100%), 0 failed, 9.9 a second",
            "bytes   1.00 GiB of 1.00 GiB (100%), 1.00 MiB a second",
            "now     0 requests in flight, 0 throttled, the last objects are under way", NULL};

    (void)state;
    facts = (struct progress_facts){.now = {.items = 10000},
            .objects_per_s = -1,
            .bytes_per_s = -1,
            .limited_by = LIMITED_BY_LIST};
    shows(79, 50, first);
    facts.now.done = facts.now.sized = 10000;
    facts.now.bytes_done = facts.now.bytes_known = GIB;
    facts.objects_per_s = 9.94;
    facts.bytes_per_s = 1 << 20;
    facts.limited_by = LIMITED_BY_LAST;
    shows(79, 50, last);
}

/* An object of one part is one all the same; no object in a second is a rate that is known. */
static void test_least(void **state)
{
    static const char *const expected[] = {"objects 1234 of 10000 (12%), 4 FAILED, 0.0 a second",
            "bytes   12.25 GiB of about 98.00 GiB (12%), 1.25 GiB a second, 1 min 9 s left",
            "now     512 in flight, 3 throttled, limited by the concurrency limit (512)",
            "largest 0 of 1 parts, 100.00 GiB: genomes/cohort…wgs.bwa.sorted.dedup.recal.bam",
            "        2.00 GiB: genomes/index.tar", NULL};

    (void)state;
    facts.objects_per_s = 0;
    facts.now.largest[0].parts = 1;
    facts.now.largest[0].parts_done = 0;
    shows(79, 50, expected);
}

static void test_left(void **state)
{
    (void)state;
    assert_true(fabs(progress_left_by_objects(&facts) - ((10000 - 1234) / 203.4)) <= 0.001);
    assert_true(fabs(progress_left_by_bytes(&facts) - ((98 - 12.25) / 1.25)) <= 0.001);
    facts.bytes_per_s = 0;
    assert_true(progress_left_by_bytes(&facts) < 0);
    facts.now.sized = 0;
    assert_true(progress_total(&facts.now).bytes < 0);
    assert_true(progress_left_by_bytes(&facts) < 0);
    facts.now.sized = facts.now.items;
    assert_true(progress_total(&facts.now).is_exact);
    assert_true(fabs(progress_total(&facts.now).bytes - (49.0 * (double)GIB)) <= 1);
}

static void test_text(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, BUF_MAX_SMALL);
    progress_text(&facts, &text);
    assert_string_equal(buf_str(&text),
            "objects 1234 of 10000 (12%), 4 FAILED, 203 a second, 43 s left; "
            "bytes 12.25 GiB of about 98.00 GiB (12%), 1.25 GiB a second, 1 min 9 s left; "
            "512 requests in flight, 3 throttled, limited by the concurrency limit (512)");
    buf_free(&text);
}

static void test_duration(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } rows[] = {{0, "1 s"}, {0.4, "1 s"}, {43.2, "43 s"}, {59.6, "1 min 0 s"}, {71, "1 min 11 s"},
            {3599, "59 min 59 s"}, {3600, "1 h 0 min"}, {11520, "3 h 12 min"}, {187200, "2 d 4 h"},
            {1e30, "11574074 d 1 h"}};
    char text[32];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(fields_duration(text, sizeof text, rows[i].seconds), rows[i].text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup(test_widths, setup),
            cmocka_unit_test_setup(test_all_widths, setup),
            cmocka_unit_test_setup(test_tones, setup),
            cmocka_unit_test_setup(test_rows, setup),
            cmocka_unit_test_setup(test_known, setup),
            cmocka_unit_test_setup(test_least, setup),
            cmocka_unit_test_setup(test_left, setup),
            cmocka_unit_test_setup(test_text, setup),
            cmocka_unit_test_setup(test_duration, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
