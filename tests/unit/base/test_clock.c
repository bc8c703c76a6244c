#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "base/clock.h"

static void test_format(void **state)
{
    static const struct {
        int64_t wall_s;
        const char *basic, *iso;
    } rows[] = {
            {0, "19700101T000000Z", "1970-01-01T00:00:00Z"},
            {784111777, "19941106T084937Z", "1994-11-06T08:49:37Z"},
            {951782400, "20000229T000000Z", "2000-02-29T00:00:00Z"},
            {1798761599, "20261231T235959Z", "2026-12-31T23:59:59Z"},
            {4102444800, "21000101T000000Z", "2100-01-01T00:00:00Z"},
            {253402300799, "99991231T235959Z", "9999-12-31T23:59:59Z"},
            {253402300800, "", ""}, /* does not fit */
    };
    char basic[CLOCK_BASIC_SIZE], iso[CLOCK_ISO_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        clock_format_basic(basic, rows[i].wall_s);
        clock_format_iso(iso, rows[i].wall_s);
        assert_string_equal(basic, rows[i].basic);
        assert_string_equal(iso, rows[i].iso);
    }
}

static void test_parse_iso(void **state)
{
    static const struct {
        const char *text;
        bool good;
        int64_t wall_s;
    } rows[] = {
            {"1994-11-06T08:49:37Z", true, 784111777},
            {"1994-11-06T08:49:37.123456Z", true, 784111777},
            {"1994-11-06T08:49:37+00:00", true, 784111777},
            {"1994-11-06T09:49:37+01:00", true, 784111777},
            {"1994-11-06T03:19:37.5-05:30", true, 784111777},
            {"2000-02-29T00:00:00Z", true, 951782400},
            {"1994-11-06T08:49:37", false, 0},
            {"1994-11-06", false, 0},
            {"1994-11-06T08:49Z", false, 0},
            {"1994-13-06T08:49:37Z", false, 0},
            {"1994-11-06T08:49:37Zjunk", false, 0},
            {"1994-11-06T08:49:37*01:00", false, 0},
            {"1994-11-06T08:49:37+01:00 or so", false, 0},
            {"1994-11-06T08:49:37+1:00", false, 0},
            {"1994-11-06T08:49:37+01:5", false, 0},
            {"1994-11-06T08:49:37+-1:-1", false, 0},
            {"1994-11-06T08:49:37+ 1: 1", false, 0},
            {"1994-11-06T08:49:37+", false, 0},
            {"Sun, 06 Nov 1994 08:49:37 GMT", false, 0},
            {"", false, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t wall_s = -1;

        if (clock_parse_iso(rows[i].text, &wall_s) != rows[i].good)
            fail_msg("\"%s\"", rows[i].text);
        if (rows[i].good)
            assert_true(wall_s == rows[i].wall_s);
    }
}

static void test_http_between(void **state)
{
    static const char one[] = "Tue, 10 Nov 2026 23:59:59 GMT";
    static const char two[] = "Wed, 11 Nov 2026 00:01:00 GMT";

    (void)state;
    assert_int_equal(clock_http_between(one, two), 61);
    assert_int_equal(clock_http_between(one, one), 0);
    assert_int_equal(clock_http_between(two, one), 0);
    assert_int_equal(clock_http_between(one, "now"), 0);
    assert_int_equal(clock_http_between("now", two), 0);
    assert_int_equal(clock_http_between(NULL, two), 0);
    assert_int_equal(clock_http_between(one, NULL), 0);
}

static void test_parse_http(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
            {"Sun, 06 Nov 1994 08:49:37 GMT", true},
            {"Sun, 06 Nov 1994 08:49:37", false},
            {"Sun, 06 Nov 1994 08:49:37 GMT+1", false},
            {"Sunday, 06-Nov-94 08:49:37 GMT", false},
            {"1994-11-06T08:49:37Z", false},
            {"120", false},
            {"", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t wall_s = -1;

        if (clock_parse_http(rows[i].text, &wall_s) != rows[i].good)
            fail_msg("\"%s\"", rows[i].text);
        if (rows[i].good)
            assert_true(wall_s == 784111777);
    }
}

/* The answers of gmtime_r() and strptime() of every day for four hundred years; and of days that
 * are none.
 */
static void test_parse_http_calendar(void **state)
{
    char text[64];
    int64_t at, read_s;
    struct tm tm;
    time_t t;

    (void)state;
    for (at = 0; at < INT64_C(86400) * 146097; at += 86400 + 61) {
        t = (time_t)at;
        assert_non_null(gmtime_r(&t, &tm));
        assert_true(strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 29);
        assert_true(clock_parse_http(text, &read_s));
        if (read_s != at)
            fail_msg("%s", text);
    }
}

static void test_parse_http_odd(void **state)
{
    static const struct {
        const char *text;
        bool good;
        int64_t wall_s;
    } rows[] = {
            {"Thu, 01 Jan 1970 00:00:00 GMT", true, 0},
            {"Wed, 31 Dec 1969 23:59:59 GMT", true, -1},
            {"Thu, 29 Feb 2024 12:00:00 GMT", true, 1709208000},
            {"Sat, 30 Feb 2024 12:00:00 GMT", true, 1709294400}, /* as timegm() sees it */
            {"Mon, 06 Nov 1994 08:49:37 GMT", true, 784111777},  /* it was a Sunday */
            {"sunday, 06 november 1994 08:49:37 GMT", true, 784111777},
            {"Sun, 6 Nov 1994 08:49:37 GMT", true, 784111777},
            {"Fri, 31 Dec 9999 23:59:59 GMT", true, INT64_C(253402300799)},
            {"Sun, 00 Nov 1994 08:49:37 GMT", false, 0},
            {"Sun, 32 Nov 1994 08:49:37 GMT", false, 0},
            {"Sun, 06 Nov 1994 24:49:37 GMT", false, 0},
            {"Sun, 06 Nov 1994 08:60:37 GMT", false, 0},
            {"Sun, 06 Nov 1994 08:49:62 GMT", false, 0},
            {"Sun, 06 Nox 1994 08:49:37 GMT", false, 0},
            {"Xun, 06 Nov 1994 08:49:37 GMT", false, 0},
            {"Sun, 06 Nov 19:4 08:49:37 GMT", false, 0},
            {"Sun, 06 Nov 1994 08:49:37 GMT ", false, 0},
            {"Sun, 06 Nov 1994 08:49:37 UTC", false, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t wall_s = -1;

        if (clock_parse_http(rows[i].text, &wall_s) != rows[i].good)
            fail_msg("\"%s\"", rows[i].text);
        if (rows[i].good && wall_s != rows[i].wall_s)
            fail_msg("\"%s\": %lld", rows[i].text, (long long)wall_s);
    }
}

static void test_monotonic(void **state)
{
    uint64_t us = clock_mono_us(), ms = clock_mono_ms();

    (void)state;
    assert_true(clock_mono_us() >= us);
    assert_true(ms >= us / 1000);
    assert_true(clock_wall_s() > 1700000000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_format),
            cmocka_unit_test(test_parse_iso),
            cmocka_unit_test(test_parse_http),
            cmocka_unit_test(test_parse_http_calendar),
            cmocka_unit_test(test_parse_http_odd),
            cmocka_unit_test(test_http_between),
            cmocka_unit_test(test_monotonic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
