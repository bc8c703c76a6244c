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

bool clock_parse_http(const char *s, int64_t *wall_s)
{
    struct tm tm;
    const char *p;

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
