/* The layout of libcopyout's structs on 64-bit machines: a program that was compiled once goes on
 * with any later library of the same soname, so that a field stays where it is, and structs grow at
 * their end only. A field that is added gets a row here in the commit that adds it; no row changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "copyout/copyout.h"

struct row {
    const char *field;
    size_t offset, is;
};

/* clang-format off */
#define ROW(type, field, offset) {#type "." #field, offset, offsetof(struct type, field)}
/* clang-format on */

static const struct row rows[] = {
        ROW(copyout_progress, items, 0),
        ROW(copyout_progress, done, 8),
        ROW(copyout_progress, copied, 16),
        ROW(copyout_progress, same, 24),
        ROW(copyout_progress, kept, 32),
        ROW(copyout_progress, failed, 40),
        ROW(copyout_progress, bytes, 48),
        ROW(copyout_progress, requests_in_flight, 56),
        ROW(copyout_progress, seconds, 64),
        ROW(copyout_result, line, 0),
        ROW(copyout_result, source_bucket, 8),
        ROW(copyout_result, source_key, 16),
        ROW(copyout_result, version_id, 24),
        ROW(copyout_result, destination_key, 32),
        ROW(copyout_result, size, 40),
        ROW(copyout_result, etag, 48),
        ROW(copyout_result, status, 56),
        ROW(copyout_result, verified, 64),
        ROW(copyout_result, error_code, 72),
        ROW(copyout_result, error_text, 80),
        ROW(copyout_result, http_status, 88),
        ROW(copyout_result, attempts, 92),
        ROW(copyout_result, requests, 96),
        ROW(copyout_result, seconds, 104),
        ROW(copyout_result, verified_by, 112),
        ROW(copyout_counts, items, 0),
        ROW(copyout_counts, copied, 8),
        ROW(copyout_counts, same, 16),
        ROW(copyout_counts, kept, 24),
        ROW(copyout_counts, failed, 32),
        ROW(copyout_counts, pending, 40),
        ROW(copyout_counts, missing, 48),
        ROW(copyout_counts, bytes, 56),
        ROW(copyout_counts, verified_etag, 64),
        ROW(copyout_counts, verified_checksum, 72),
        ROW(copyout_counts, verified_size, 80),
        ROW(copyout_counts, verified_none, 88),
        ROW(copyout_counts, tags_dropped, 96),
        ROW(copyout_counts, seconds, 104),
        ROW(copyout_config, size, 0),
        ROW(copyout_config, get_env, 8),
        ROW(copyout_config, profile, 16),
        ROW(copyout_config, region, 24),
        ROW(copyout_config, endpoint_url, 32),
        ROW(copyout_config, work, 40),
        ROW(copyout_config, replace_job, 48),
        ROW(copyout_config, wait_ms, 56),
        ROW(copyout_config, max_in_flight, 64),
        ROW(copyout_config, max_requests_per_second, 72),
        ROW(copyout_config, log_level, 80),
        ROW(copyout_config, on_log, 88),
        ROW(copyout_config, progress_ms, 96),
        ROW(copyout_config, on_progress, 104),
        ROW(copyout_config, on_result, 112),
        ROW(copyout_config, ctx, 120),
};

static void test_offsets(void **state)
{
    size_t i;

    (void)state;
    if (sizeof(void *) != 8)
        skip();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].is != rows[i].offset)
            fail_msg("%s is at %zu, not %zu", rows[i].field, rows[i].is, rows[i].offset);
}

/* Values that a program has compiled in. */
static void test_values(void **state)
{
    (void)state;
    assert_int_equal(COPYOUT_OK, 0);
    assert_int_equal(COPYOUT_INCOMPLETE, 1);
    assert_int_equal(COPYOUT_INPUT, 2);
    assert_int_equal(COPYOUT_DESTINATION, 3);
    assert_int_equal(COPYOUT_ERROR, 4);
    assert_int_equal(COPYOUT_STOPPED, 5);
    assert_int_equal(COPYOUT_LOG_TRACE, 0);
    assert_int_equal(COPYOUT_LOG_DEBUG, 1);
    assert_int_equal(COPYOUT_LOG_INFO, 2);
    assert_int_equal(COPYOUT_LOG_WARN, 3);
    assert_int_equal(COPYOUT_LOG_ERROR, 4);
    assert_int_equal(COPYOUT_LOG_NONE, 5);
}

/* A program that was compiled when the config ended with ctx, and with a counts struct of one
 * field: the library reads and writes no byte behind. */
static void test_older_structs(void **state)
{
    struct copyout_config config;
    unsigned char *bytes = (unsigned char *)&config;
    size_t old = offsetof(struct copyout_config, on_progress), i;
    struct copyout_counts counts;
    copyout *job;

    (void)state;
    for (i = 0; i < sizeof config; i++)
        bytes[i] = 0x5a;
    copyout_config_init_size(&config, old);
    assert_int_equal(config.size, old);
    assert_int_equal(config.progress_ms, 1000);
    for (i = old; i < sizeof config; i++)
        assert_int_equal(bytes[i], 0x5a);
    assert_int_equal(copyout_open(&job, &config), COPYOUT_OK); /* on_progress is not looked at */
    assert_int_equal(copyout_get_counts_size(job, &counts, sizeof counts.items), 0);
    copyout_close(job);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_offsets),
            cmocka_unit_test(test_values),
            cmocka_unit_test(test_older_structs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
