#include "base/buf.h"

#include <assert.h>
#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(DBL_MANT_DIG == 53 && sizeof(double) == 8, "double is IEEE 754 binary64");

enum { BUF_FIRST_CAP = 64 };

void buf_init(struct buf *b, size_t max)
{
    memset(b, 0, sizeof *b);
    b->max = max;
}

void buf_free(struct buf *b)
{
    free(b->data);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = ERR_OK;
    if (b->data)
        b->data[0] = '\0';
}

/* Makes room for `more` bytes and a NUL. */
static bool buf_reserve(struct buf *b, size_t more)
{
    size_t cap = b->cap ? b->cap : BUF_FIRST_CAP;
    char *data;

    if (b->failed != ERR_OK)
        return false;
    if (more > b->max - b->len) {
        b->failed = ERR_LIMIT;
        return false;
    }
    if (b->data && b->len + more < b->cap)
        return true;
    while (cap <= b->len + more)
        cap *= 2;
    data = realloc(b->data, cap);
    if (!data) {
        b->failed = ERR_NOMEM;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    if (!buf_reserve(b, len))
        return;
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->failed = ERR_NOMEM;
        return;
    }
    if (!buf_reserve(b, (size_t)n))
        return;
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

enum { U64_DIGITS = 20 };

void buf_addu(struct buf *b, uint64_t v)
{
    char digits[U64_DIGITS];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    buf_add(b, digits + at, sizeof digits - at);
}

/* Rounds v * scale to a whole number, halves to the even one, as printf does. v is a whole number
 * of at most 53 bits, divided by a power of two, so that nothing is lost on the way. scale: at most
 * 1,000. false: v is negative, no number, or 2^53 and more. */
static bool scaled(double v, uint64_t scale, uint64_t *out)
{
    /* IEEE 754, binary64: 52 bits of the mantissa, whose 53rd is always set; above them 11 of the
     * exponent, which is 1075 for the mantissa as it stands; the sign. */
    enum { MANTISSA_BITS = 52, EXPONENT_OF_WHOLE = 1075 };
    const uint64_t top = UINT64_C(1) << MANTISSA_BITS;
    uint64_t bits, product, rest, half;
    unsigned exponent, shift;

    memcpy(&bits, &v, sizeof bits);
    exponent = (unsigned)(bits >> MANTISSA_BITS); /* with the sign above it */
    *out = 0;
    if (exponent > EXPONENT_OF_WHOLE)
        return false;
    shift = EXPONENT_OF_WHOLE - exponent;
    if (shift > 63) /* the product is below 2^63: it rounds to 0 */
        return true;
    product = ((bits & (top - 1)) | top) * scale;
    *out = product >> shift;
    if (shift == 0)
        return true;
    rest = product & ((UINT64_C(1) << shift) - 1);
    half = UINT64_C(1) << (shift - 1);
    if (rest > half || (rest == half && (*out & 1)))
        ++*out;
    return true;
}

void buf_add_fixed(struct buf *b, double v, unsigned decimals)
{
    static const uint64_t scales[] = {1, 10, 100, 1000};
    char digits[4] = ".";
    uint64_t n, part;
    unsigned i;

    assert(decimals < sizeof scales / sizeof scales[0]);
    if (!scaled(v, scales[decimals], &n)) {
        buf_addf(b, "%.*f", (int)decimals, v);
        return;
    }
    buf_addu(b, n / scales[decimals]);
    part = n % scales[decimals];
    for (i = decimals; i > 0; i--) {
        digits[i] = (char)('0' + part % 10);
        part /= 10;
    }
    if (decimals > 0)
        buf_add(b, digits, decimals + 1);
}

bool buf_add_file(struct buf *b, FILE *file)
{
    char block[16384];
    size_t n;

    while (buf_ok(b) && (n = fread(block, 1, sizeof block, file)) > 0)
        buf_add(b, block, n);
    return !ferror(file);
}

enum err_code buf_check(const struct buf *b, const char *what, struct err *e)
{
    if (b->failed == ERR_OK)
        return ERR_OK;
    if (b->failed == ERR_NOMEM)
        return err_nomem(e);
    return err_set(e, ERR_LIMIT, "%s is longer than the %zu bytes allowed", what, b->max);
}

char *buf_take(struct buf *b)
{
    char *data;

    buf_reserve(b, 0); /* an empty buffer becomes an empty string */
    if (b->failed != ERR_OK) {
        buf_free(b);
        return NULL;
    }
    data = b->data;
    data[b->len] = '\0';
    buf_init(b, b->max);
    return data;
}
