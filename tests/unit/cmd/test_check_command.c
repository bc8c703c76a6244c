/* copyout check, and --metrics of copyout run, as a person meets them. What is asked and found has
 * tests of its own (tests/unit/job/test_check.c, tests/unit/model/check). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command_line.h"

#include <sys/stat.h>

/* --- check --- */

static void test_check(void **state)
{
    (void)state;
    exits(0, "check s3://src/");
    says_out("s3://src/ (source and destination)\n");
    says_out("  ok       writing                yes          ");
    says_out("  ?        reading                ?            ");
    says_out("\nAll that a job needs works, as far as it could be asked.\n");
    assert_string_equal(err_text, "");
    assert_int_equal(fake.object_count, 0);
    assert_int_equal(fake.uploads_aborted, 4);
}

static void test_check_writes(void **state)
{
    (void)state;
    exits(0, "check s3://src/ --to s3://dst/out/ --write");
    says_out("s3://src/ (source)\n");
    says_out("s3://dst/out/ (destination)\n");
    says_out("  note     if-none-match-put      ignored ");
    says_out("  ok       removing               yes ");
    assert_null(fake_find_begin("dst/"));
}

static void test_check_finds_what_is_missing(void **state)
{
    (void)state;
    fake_source("src/k0", 1, 10);
    fake_rule("POST /dst/", 403,
            "<Error><Code>AccessDenied</Code><Message>no\x1b</Message></Error>", -1);
    exits(1, "check s3://src/ --to s3://dst/");
    says_out("  looked at k0\n");
    says_out("  MISSING  writing                no ");
    says_out(" S3 said: AccessDenied (403): no?, request R1\n");
    says_out("\nNot all that a job needs works.\n");
    exits(0, "check s3://src/ --read-only");
    assert_null(strstr(out_text, " writing "));
    says_out("\nAll that a job needs works.\n");
}

static void test_check_json(void **state)
{
    json_t *json;

    (void)state;
    fake_rule("DELETE /src/", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    exits(1, "check s3://src/ --json");
    json = json_loads(out_text, 0, NULL);
    assert_non_null(json);
    assert_true(json_is_true(json_object_get(json, "works")));
    assert_int_equal(json_array_size(json_object_get(json, "left")), 1);
    assert_string_equal(json_string_value(json_object_get(
                                json_array_get(json_object_get(json, "left"), 0), "uploadId")),
            "U1");
    json_decref(json);
    exits(1, "check s3://src/");
    says_out("LEFT: this check could not remove s3://src/copyout-check-");
    says_out(", upload U1\n");
}

static void test_check_mistakes(void **state)
{
    (void)state;
    exits(2, "check");
    says_err("copyout: error: which bucket? Give it as s3://bucket/prefix/\n");
    assert_string_equal(out_text, "");
    exits(2, "check src");
    exits(2, "check s3://src/ --read-only --write");
    exits(2, "check s3://src/ --json --to dst");
    says_out("\"error\": {\"code\": \"UsageError\"");
    exits(4, "check s3://src/ --endpoint-url http://127.0.0.1:1");
    says_err("copyout: error: ");
    says_err("is its server there?\n");
    assert_string_equal(out_text, "");
}

static void test_check_stopped(void **state)
{
    (void)state;
    fake_rule("POST /src/", 0, NULL, 1);
    fake.rules[0].signal = SIGTERM;
    exits(143, "check s3://src/ --write");
    says_err("stopping: what was begun is removed");
    assert_int_equal(fake.uploads_aborted, 1);
    assert_int_equal(fake.object_count, 0);
}

/* --- metrics --- */

#define RUN "run -m list.csv -t s3://dst/out/ -w work"

static bool file_has(const char *name, const char *part)
{
    return strstr(home_read(name), part) != NULL;
}

static void test_metrics(void **state)
{
    (void)state;
    make_list(3);
    exits(0, RUN " --metrics x.prom");
    assert_true(file_has("x.prom", "destination=\"s3://dst/out/\",status=\"copied\"} 3\n"));
    assert_true(file_has("x.prom", ",state=\"ended\"} 1\n"));
    assert_true(file_has(
            "x.prom", "copyout_exit_code{work=\"work\",destination=\"s3://dst/out/\"} 0\n"));
    home_write("list.csv", "no row\n");
    exits(2, RUN " --metrics x.prom");
    assert_true(file_has(
            "x.prom", "copyout_exit_code{work=\"work\",destination=\"s3://dst/out/\"} 2\n"));
    exits(2, RUN " --metrics x.prom --endpoint-url nonsense");
    assert_true(
            file_has("x.prom", "copyout_exit_code{work=\"\",destination=\"s3://dst/out/\"} 2\n"));
}

/* It is said before anything is sent. */
static void test_metrics_cannot_be_written(void **state)
{
    (void)state;
    make_list(3);
    exits(4, RUN " --metrics no/such/x.prom");
    says_err("copyout: error: --metrics no/such/x.prom: No such file or directory\n");
    exits(2, RUN " --metrics /dev/null");
    says_err("copyout: error: --metrics /dev/null: there is something that is no file\n");
    assert_int_equal(fake.server->connections, 0);
    assert_null(fake_find_begin("dst/"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_check),
            TEST(test_check_writes),
            TEST(test_check_finds_what_is_missing),
            TEST(test_check_json),
            TEST(test_check_mistakes),
            TEST(test_check_stopped),
            TEST(test_metrics),
            TEST(test_metrics_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
