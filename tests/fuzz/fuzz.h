/* The fuzz targets share this: checks, and taking an input apart.
 *
 * Inputs are text as far as possible, so that a seed can be written and read by a person:
 * parameters are lines, each ended by '\n'; what is parsed is the rest. */
#ifndef COPYOUT_TESTS_FUZZ_H
#define COPYOUT_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

/* The target. What does not hold ends the program, which makes the input a finding. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(holds)                                                              \
    do {                                                                               \
        if (!(holds)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
            abort();                                                                   \
        }                                                                              \
    } while (0)

struct fuzz_input {
    const char *at;
    size_t left;
};

static inline struct fuzz_input fuzz_begin(const uint8_t *data, size_t size)
{
    return (struct fuzz_input){(const char *)data, size};
}

/* A copy that ends where its memory does, so that reading on is seen; free(). Without memory there
 * is nothing to learn. */
static inline char *fuzz_dup(const char *s, size_t len)
{
    char *copy = str_dup_n(len ? s : "", len);

    FUZZ_CHECK(copy);
    return copy;
}

/* The next line, without its '\n', as a string (cut at a NUL); "" at the end. free(). */
static inline char *fuzz_line(struct fuzz_input *in)
{
    const char *newline = in->left ? memchr(in->at, '\n', in->left) : NULL;
    size_t len = newline ? (size_t)(newline - in->at) : in->left;
    char *line = fuzz_dup(in->at, len);

    in->at += newline ? len + 1 : len;
    in->left -= newline ? len + 1 : len;
    return line;
}

/* All up to a line that is "----", or the end, as it is: not a string. free(). */
static inline char *fuzz_section(struct fuzz_input *in, size_t *len)
{
    static const char mark[] = "\n----\n";
    const char *end = in->left ? memmem(in->at, in->left, mark, sizeof mark - 1) : NULL;
    size_t skip = end ? sizeof mark - 1 : 0;
    char *bytes;

    *len = end ? (size_t)(end - in->at) : in->left;
    bytes = malloc(*len ? *len : 1);
    FUZZ_CHECK(bytes);
    if (*len)
        memcpy(bytes, in->at, *len);
    in->at += *len + skip;
    in->left -= *len + skip;
    return bytes;
}

/* The next line as a number; 0 when it is none. */
static inline uint64_t fuzz_number(struct fuzz_input *in)
{
    char *line = fuzz_line(in);
    uint64_t n;

    if (!str_parse_u64(line, strlen(line), &n))
        n = 0;
    free(line);
    return n;
}

/* Text for people: UTF-8 without control characters. */
static inline bool fuzz_is_clean(const char *s)
{
    const char *c;

    for (c = s; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return false;
    return str_utf8_valid(s, strlen(s));
}

/* Every error is so, whatever it is about. */
static inline void fuzz_check_err(const struct err *e)
{
    FUZZ_CHECK(e->code != ERR_OK && e->message[0]);
    FUZZ_CHECK(fuzz_is_clean(e->message));
    FUZZ_CHECK(fuzz_is_clean(e->service_code));
    FUZZ_CHECK(fuzz_is_clean(e->request_id));
    FUZZ_CHECK(fuzz_is_clean(e->host_id));
    FUZZ_CHECK(e->retry_after_ms >= 0);
}

#endif
