#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

uint64_t clock_mono_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

uint64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000u;
}

uint64_t clock_cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

int64_t clock_wall_s(void)
{
    return (int64_t)time(NULL);
}

static void format(char *out, size_t size, int64_t wall_s, const char *fmt)
{
    time_t t = (time_t)wall_s;
    struct tm tm;

    if (!gmtime_r(&t, &tm) || strftime(out, size, fmt, &tm) == 0)
        out[0] = '\0';
}

void clock_format_basic(char out[CLOCK_BASIC_SIZE], int64_t wall_s)
{
    format(out, CLOCK_BASIC_SIZE, wall_s, "%Y%m%dT%H%M%SZ");
}

void clock_format_iso(char out[CLOCK_ISO_SIZE], int64_t wall_s)
{
    format(out, CLOCK_ISO_SIZE, wall_s, "%Y-%m-%dT%H:%M:%SZ");
}

/* "Z", or "+hh:mm" or "-hh:mm", and nothing after it; in seconds. */
static bool parse_offset(const char *s, int64_t *offset)
{
    static const char digits[] = "0123456789";
    int h, m;

    *offset = 0;
    if (strcmp(s, "Z") == 0)
        return true;
    if ((s[0] != '+' && s[0] != '-') || strspn(s + 1, digits) != 2 || s[3] != ':' ||
            strspn(s + 4, digits) != 2 || s[6] != '\0')
        return false;
    h = (s[1] - '0') * 10 + (s[2] - '0');
    m = (s[4] - '0') * 10 + (s[5] - '0');
    *offset = (s[0] == '+' ? 1 : -1) * (int64_t)(h * 3600 + m * 60);
    return true;
}

bool clock_parse_iso(const char *s, int64_t *wall_s)
{
    struct tm tm;
    const char *p;
    int64_t offset;

    memset(&tm, 0, sizeof tm);
    p = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!p)
        return false;
    if (*p == '.')
        p += 1 + strspn(p + 1, "0123456789");
    if (!parse_offset(p, &offset))
        return false;
    *wall_s = (int64_t)timegm(&tm) - offset;
    return true;
}

/* The two digits at s as a number; 100: there are none. */
static unsigned two_digits(const char *s)
{
    unsigned tens = (unsigned)(s[0] - '0'), ones = (unsigned)(s[1] - '0');

    return tens > 9 || ones > 9 ? 100 : 10 * tens + ones;
}

/* The place in `names`, which are of three letters each, of the name at s; count: it is none. */
static unsigned place_of(const char *names, unsigned count, const char *s)
{
    unsigned i;

    for (i = 0; i < count; i++)
        if (memcmp(names + (size_t)3 * i, s, 3) == 0)
            break;
    return i;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. month: 0 for January. A year is counted
 * from March on, so that the day of a leap year is its last. */
static int64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
    int64_t y = month < 2 ? (int64_t)year - 1 : year;
    int64_t m = month < 2 ? month + 10 : month - 2;

    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

/* The usual way of writing a time, which nearly all servers keep to, from 1970 on: every answer has
 * one, and strptime() takes thousands of instructions. false: it is written in another way. */
static bool parse_usual(const char *s, int64_t *wall_s)
{
    static const char shape[] = "..., .. ... .... ..:..:.. GMT";
    unsigned day, month, century, year, hour, minute, second;
    size_t i;

    for (i = 0; i < sizeof shape; i++) /* with the NUL */
        if (shape[i] == '.' ? s[i] == '\0' : s[i] != shape[i])
            return false;
    day = two_digits(s + 5);
    month = place_of("JanFebMarAprMayJunJulAugSepOctNovDec", 12, s + 8);
    century = two_digits(s + 12);
    year = two_digits(s + 14);
    hour = two_digits(s + 17);
    minute = two_digits(s + 20);
    second = two_digits(s + 23);
    if (place_of("SunMonTueWedThuFriSat", 7, s) == 7 || day < 1 || day > 31 || month == 12 ||
            century > 99 || year > 99 || 100 * century + year < 1970 || hour > 23 || minute > 59 ||
            second > 59)
        return false;
    *wall_s = days_since_1970(100 * century + year, month, day) * INT64_C(86400) +
              (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
    return true;
}

bool clock_parse_http(const char *s, int64_t *wall_s)
{
    struct tm tm;
    const char *p;

    if (parse_usual(s, wall_s))
        return true;
    memset(&tm, 0, sizeof tm);
    p = strptime(s, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    if (!p || *p != '\0')
        return false;
    *wall_s = (int64_t)timegm(&tm);
    return true;
}

int64_t clock_http_between(const char *from, const char *to)
{
    int64_t from_s, to_s;

    if (!from || !to || !clock_parse_http(from, &from_s) || !clock_parse_http(to, &to_s))
        return 0;
    return from_s < to_s ? to_s - from_s : 0;
}
