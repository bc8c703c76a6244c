/* Strings and numbers: strict parsing, percent-encoding, hex. No allocation unless said. What is
 * known of UTF-8 is in utf8.h, which comes with this header. */
#ifndef COPYOUT_BASE_STR_H
#define COPYOUT_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/utf8.h"

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* Whether s is one of `patterns`: texts with commas between, in which '*' stands for any characters
 * and '?' for one. An empty one matches nothing. */
bool str_matches_any(const char *patterns, const char *s);
/* Whether two texts are equal, each of which may be NULL: two that are NULL are. */
bool str_same(const char *a, const char *b);

/* Decimal digits only, whole of s[0..len), no sign, no spaces, no overflow. */
bool str_parse_u64(const char *s, size_t len, uint64_t *out);

/* A duration such as "5s", "10m", "2h", "30d" or "250ms"; a bare number means seconds. */
bool str_parse_duration_ms(const char *s, uint64_t *out_ms);

/* Percent-encodes every byte but RFC 3986's unreserved (and '/' if keep_slash) with upper-case hex:
 * what SigV4's canonical form, a request path and x-amz-copy-source all want. */
void str_uri_encode(struct buf *out, const char *s, size_t len, bool keep_slash);
/* The reverse; '+' means a space if plus_is_space. false: a bad escape. */
bool str_uri_decode(struct buf *out, const char *s, size_t len, bool plus_is_space);

void str_hex(char *out, const unsigned char *bytes, size_t n); /* writes 2n + 1 bytes */
bool str_unhex(unsigned char *out, const char *hex, size_t n); /* reads 2n digits */

/* Edits (insert, delete, change a letter, swap two neighbours; case ignored) between two names of
 * at most 63 bytes; a large number for longer ones. For "did you mean". */
unsigned str_distance(const char *a, const char *b);
/* Whether a word that is so many edits away from a name may be meant as it: three at most, and not
 * more than half of the name, since three edits make anything of a short one. */
bool str_is_near(unsigned distance, const char *name);

/* The ending of a regular noun after a number: "" for 1, else "s". */
const char *str_plural(uint64_t n);

/* Appends s, valid UTF-8, as a JSON string with its quotes. */
void str_json_quote(struct buf *out, const char *s);

/* Copies src to dst, which has size > 0 bytes; what does not fit is cut off. */
void str_copy(char *dst, size_t size, const char *src);

/* strdup of s[0..len); NULL for want of memory. */
char *str_dup_n(const char *s, size_t len);

/* Quotes a key for a message: control bytes and invalid UTF-8 as \xNN, cut to 200 bytes with "…".
 */
const char *str_show(struct buf *out, const char *s, size_t len);

/* 1234567 -> "1.18 MiB"; writes at most size bytes, returns out. */
const char *str_bytes(char *out, size_t size, uint64_t bytes);

#endif
