/* Time. Monotonic for measuring, wall clock for signing and reports. */
#ifndef COPYOUT_BASE_CLOCK_H
#define COPYOUT_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t clock_mono_us(void); /* microseconds since some fixed point */
uint64_t clock_mono_ms(void);
uint64_t clock_cpu_us(void); /* microseconds of processors that the process has used */
int64_t clock_wall_s(void);  /* seconds since 1970-01-01T00:00:00Z */

enum {
    CLOCK_BASIC_SIZE = sizeof "20261231T235959Z",
    CLOCK_ISO_SIZE = sizeof "2026-12-31T23:59:59Z",
};

void clock_format_basic(char out[CLOCK_BASIC_SIZE], int64_t wall_s); /* 20261231T235959Z: SigV4 */
void clock_format_iso(char out[CLOCK_ISO_SIZE], int64_t wall_s);     /* 2026-12-31T23:59:59Z */

/* ISO 8601 as AWS writes it: 2026-12-31T23:59:59Z, with an optional fraction (dropped), and
 * "Z", "+00:00" or another offset. */
bool clock_parse_iso(const char *s, int64_t *wall_s);
/* RFC 9110 5.6.7's preferred form: "Sun, 06 Nov 1994 08:49:37 GMT". */
bool clock_parse_http(const char *s, int64_t *wall_s);
/* The seconds between two such times; 0: they are in another order, or one is none (or NULL). */
int64_t clock_http_between(const char *from, const char *to);

#endif
