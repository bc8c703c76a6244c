/* A scanner for lines of JSON that this program has written itself: one object, its members in the
 * order in which the writer puts them, no space between them, texts quoted as str_json_quote()
 * does. It goes through a line once and allocates nothing but the texts that are asked for.
 *
 * It knows less than JSON, on purpose. A function that says false has found something else than
 * the writer makes there; the line may be good JSON all the same, so the caller lets a general
 * reader judge the whole line again. What is accepted here means the same to that reader. */
#ifndef COPYOUT_BASE_FLAT_JSON_H
#define COPYOUT_BASE_FLAT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct flat_json {
    const char *at, *end; /* what is left of the line */
};

/* A text in the line, without its quotes. Valid as long as the line. */
struct flat_text {
    const char *at;
    size_t len; /* bytes, as they stand there */
    bool is_escaped;
};

static inline struct flat_json flat_json_begin(const char *line, size_t len)
{
    return (struct flat_json){line, line + len};
}

/* Takes these bytes, if they come next. */
static inline bool flat_json_skip(struct flat_json *f, const char *bytes, size_t len)
{
    if ((size_t)(f->end - f->at) < len || memcmp(f->at, bytes, len) != 0)
        return false;
    f->at += len;
    return true;
}
/* The same of a string literal. */
#define FLAT_JSON_SKIP(f, literal) flat_json_skip((f), literal, sizeof(literal) - 1)

/* Whether nothing is left. */
static inline bool flat_json_is_over(const struct flat_json *f)
{
    return f->at == f->end;
}

enum { FLAT_JSON_DIGITS_MOST = 19 }; /* of a number: no such number passes 64 bits */

/* A number without sign, fraction or exponent, of so many digits and at most `most`. */
bool flat_json_count(struct flat_json *f, uint64_t most, uint64_t *out);
/* A number with exactly three digits behind the point and at most 15 in all: what "%.3f" makes of
 * most. */
bool flat_json_thousandths(struct flat_json *f, double *out);
/* A text with its quotes: valid UTF-8 in which nothing is escaped but the quote, the backslash and
 * control characters, the latter as \u001f. */
bool flat_json_text(struct flat_json *f, struct flat_text *out);

/* The text itself. NULL: out of memory; free(). */
char *flat_text_dup(const struct flat_text *text);
/* Writes the text with its NUL into out, of size bytes. false: there is no room for it. */
bool flat_text_copy(const struct flat_text *text, char *out, size_t size);
/* Whether it is that text, of printable characters without quotes and backslashes. */
static inline bool flat_text_is(const struct flat_text *text, const char *plain)
{
    return strlen(plain) == text->len && memcmp(plain, text->at, text->len) == 0;
}

#endif
