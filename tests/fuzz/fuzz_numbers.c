/* Numbers, durations, dates and the distance of names, each against another way to get it. Lines: a
 * number or duration, a date, two names. */
#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "base/clock.h"
#include "fuzz.h"

static void check_number(const char *s)
{
    size_t len = strlen(s), i;
    bool digits = len > 0;
    uint64_t n;
    unsigned long long reference;

    for (i = 0; i < len; i++)
        digits = digits && isdigit((unsigned char)s[i]);
    errno = 0;
    reference = digits ? strtoull(s, NULL, 10) : 0;
    FUZZ_CHECK(str_parse_u64(s, len, &n) == (digits && errno == 0));
    if (digits && errno == 0)
        FUZZ_CHECK(n == reference);
}

static void check_duration(const char *s)
{
    char again[32];
    uint64_t ms, same;

    if (!str_parse_duration_ms(s, &ms))
        return;
    snprintf(again, sizeof again, "%llums", (unsigned long long)ms);
    FUZZ_CHECK(str_parse_duration_ms(again, &same) && same == ms);
}

/* From year 1000 to 9999: what we write has no other. */
static bool has_four_digits(int64_t s)
{
    return s >= -30610224000 && s <= 253402300799;
}

static void check_dates(const char *s)
{
    char iso[CLOCK_ISO_SIZE], basic[CLOCK_BASIC_SIZE];
    int64_t when, same;

    if (clock_parse_iso(s, &when) && has_four_digits(when)) {
        clock_format_iso(iso, when);
        FUZZ_CHECK(strlen(iso) == sizeof iso - 1);
        FUZZ_CHECK(clock_parse_iso(iso, &same) && same == when);
        clock_format_basic(basic, when);
        FUZZ_CHECK(strlen(basic) == sizeof basic - 1);
    }
    if (clock_parse_http(s, &when)) {
        clock_format_iso(iso, when);
        FUZZ_CHECK(!has_four_digits(when) || (clock_parse_iso(iso, &same) && same == when));
    }
}

/* An offset is a sign, two digits, a colon, two digits, and nothing else: what a person would take
 * for garbage at the end of a date must not move it. */
static void check_offset(const char *s)
{
    char *date = NULL;
    size_t len = strlen(s);
    bool good = strcmp(s, "Z") == 0 ||
                (len == 6 && strchr("+-", s[0]) && isdigit((unsigned char)s[1]) &&
                        isdigit((unsigned char)s[2]) && s[3] == ':' &&
                        isdigit((unsigned char)s[4]) && isdigit((unsigned char)s[5]));
    int64_t when;

    FUZZ_CHECK(asprintf(&date, "2026-01-02T03:04:05%s", s) > 0);
    if (s[0] != '.' && !isspace((unsigned char)s[0])) {
        if (clock_parse_iso(date, &when))
            FUZZ_CHECK(good);
    }
    free(date);
}

static void check_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned d = str_distance(a, b);

    FUZZ_CHECK(d == str_distance(b, a));
    if (n > 63 || m > 63)
        return;
    FUZZ_CHECK((d == 0) == (strcasecmp(a, b) == 0));
    FUZZ_CHECK(d <= (n > m ? n : m) && d >= (n > m ? n - m : m - n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    char *number = fuzz_line(&in), *date = fuzz_line(&in);
    char *a = fuzz_line(&in), *b = fuzz_line(&in);
    char text[32];
    uint64_t n;

    check_number(number);
    check_duration(number);
    check_dates(date);
    check_offset(date);
    check_distance(a, b);
    if (str_parse_u64(number, strlen(number), &n))
        FUZZ_CHECK(strlen(str_bytes(text, sizeof text, n)) < sizeof text - 1);
    free(number);
    free(date);
    free(a);
    free(b);
    return 0;
}
