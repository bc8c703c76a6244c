/* The text for Prometheus: each line as "Exposition formats" has it, and the counts in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/progress/metrics.h"
#include "cmd/progress/prometheus.h"

static struct buf out;

static const char *text_of(const struct prometheus_facts *f)
{
    buf_free(&out);
    buf_init(&out, BUF_MAX_ANSWER);
    prometheus_text(&out, f);
    assert_true(buf_ok(&out));
    return buf_str(&out);
}

static bool matches(const char *pattern, const char *line)
{
    regex_t regex;
    bool yes;

    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    yes = regexec(&regex, line, 0, NULL, 0) == 0;
    regfree(&regex);
    return yes;
}

/* The text has that line. */
static void has(const char *text, const char *line)
{
    char whole[512];

    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (!strstr(text, whole))
        fail_msg("no line %s in\n%s", line, text);
}

/* Facts of a job that copies. */
static struct prometheus_facts copying(void)
{
    struct prometheus_facts f = {
            .work = "copyout-work/x", .destination = "s3://dst/out/", .state = PROMETHEUS_COPYING};

    f.started_s = 1794343714;
    f.progress.items = 20;
    f.progress.done = 9;
    f.progress.restoring = 2;
    f.progress.own_by_status[RESULT_COPIED] = 5;
    f.progress.own_by_status[RESULT_FAILED] = 1;
    f.progress.own_bytes_copied = 5000000000;
    f.pressure = (struct s3_pressure){.in_flight = 7, .limit = 64, .slow_downs = 3};
    f.retries = 4;
    f.requests[S3_COPY_OBJECT] = 12;
    f.counts = metrics_of(&f.progress, false);
    return f;
}

static void test_counts(void **state)
{
    struct prometheus_facts f = copying();
    const char *text = text_of(&f);

    (void)state;
    has(text, "copyout_objects_total{work=\"copyout-work/x\",destination=\"s3://dst/out/\","
              "status=\"copied\"} 5");
    has(text, "copyout_objects_total{work=\"copyout-work/x\",destination=\"s3://dst/out/\","
              "status=\"failed\"} 1");
    has(text, "copyout_objects_total{work=\"copyout-work/x\",destination=\"s3://dst/out/\","
              "status=\"pending\"} 0");
#define HAS(name, value) \
    has(text, name "{work=\"copyout-work/x\",destination=\"s3://dst/out/\"} " value)
    HAS("copyout_copied_bytes_total", "5000000000");
    HAS("copyout_job_objects", "20");
    HAS("copyout_job_objects_settled", "9");
    HAS("copyout_job_objects_restoring", "2");
    HAS("copyout_request_retries_total", "4");
    HAS("copyout_throttles_total", "3");
    HAS("copyout_requests_in_flight", "7");
    HAS("copyout_concurrency_limit", "64");
    HAS("copyout_start_time_seconds", "1794343714");
#undef HAS
    has(text, "copyout_requests_total{work=\"copyout-work/x\",destination=\"s3://dst/out/\","
              "operation=\"CopyObject\"} 12");
}

/* A dry run copies no bytes, as in the metrics for CloudWatch. */
static void test_dry_run(void **state)
{
    const struct prometheus_facts f = copying();

    (void)state;
    assert_int_equal(metrics_of(&f.progress, true).bytes, 0);
    assert_int_equal(metrics_of(&f.progress, true).objects, 6);
    assert_int_equal(metrics_of(&f.progress, true).objects_failed, 1);
}

/* One of the states holds, and how it ended is told at the end alone. */
static void test_states(void **state)
{
    static const char *const names[] = {"preparing", "copying", "reporting", "ended"};
    struct prometheus_facts f = copying();
    unsigned is, i;

    (void)state;
    f.exit_code = 130;
    f.ended_s = 1794343800;
    for (is = 0; is < PROMETHEUS_STATES; is++) {
        const char *text;

        f.state = (enum prometheus_state)is;
        text = text_of(&f);
        for (i = 0; i < PROMETHEUS_STATES; i++) {
            char line[256];

            snprintf(line, sizeof line,
                    "copyout_state{work=\"copyout-work/x\",destination=\"s3://dst/out/\",state=\"%s\"} "
                    "%d",
                    names[i], i == is);
            has(text, line);
        }
        assert_int_equal(strstr(text, "copyout_exit_code") != NULL, is == PROMETHEUS_ENDED);
        assert_int_equal(strstr(text, "copyout_end_time_seconds") != NULL, is == PROMETHEUS_ENDED);
    }
    has(buf_str(&out),
            "copyout_exit_code{work=\"copyout-work/x\",destination=\"s3://dst/out/\"} 130");
}

/* Every line is a HELP, a TYPE behind its HELP, or a sample of the metric that these are about; no
 * metric comes twice; the last line ends with a line feed. */
static void test_form(void **state)
{
    struct prometheus_facts f = copying();
    char name[128] = "", seen[8192] = "\n";
    char *text, *line, *rest = NULL;

    (void)state;
    f.state = PROMETHEUS_ENDED;
    f.work = "a\"b\\c\nd}e";
    text = strdup(text_of(&f));
    assert_int_equal(text[strlen(text) - 1], '\n');
    for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char pattern[512], entry[160];

        if (sscanf(line, "# HELP %127s", name) == 1) {
            assert_true(matches("^# HELP copyout_[a-z_]+ [A-Z][^\\]*\\.$", line));
            snprintf(entry, sizeof entry, "\n%s\n", name);
            assert_null(strstr(seen, entry));
            strcat(seen, entry + 1);
            line = strtok_r(NULL, "\n", &rest);
            assert_non_null(line);
            snprintf(pattern, sizeof pattern, "^# TYPE %s (counter|gauge)$", name);
            assert_true(matches(pattern, line));
            assert_int_equal(strstr(line, " counter") != NULL, strstr(name, "_total") != NULL);
            continue;
        }
        snprintf(pattern, sizeof pattern, "^%s\\{([a-z]+=\"([^\\\"]|\\\\[\\\"n])*\",?)+\\} [0-9]+$",
                name);
        if (!matches(pattern, line))
            fail_msg("%s is no sample of %s", line, name);
    }
    free(text);
}

static void test_hostile_labels(void **state)
{
    struct prometheus_facts f = copying();

    (void)state;
    f.work = "a\"b\\c\nd}e";
    f.destination = "s3://dst/\xff\xc3\xa4\xc3/";
    has(text_of(&f), "copyout_job_objects{work=\"a\\\"b\\\\c\\nd}e\",destination=\"s3://dst/"
                     "\xEF\xBF\xBD\xc3\xa4\xEF\xBF\xBD/\"} 20");
}

static int end(void **state)
{
    (void)state;
    buf_free(&out);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_counts),
            cmocka_unit_test(test_dry_run),
            cmocka_unit_test(test_states),
            cmocka_unit_test(test_form),
            cmocka_unit_test(test_hostile_labels),
    };

    return cmocka_run_group_tests(tests, NULL, end);
}
