/* The canonical request (AWS General Reference, "Create a signed AWS API request"). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/sigv4_int.h"
#include "base/str.h"

enum { PAIRS_ON_STACK = 48 }; /* headers or query parameters of nearly all requests */

#define EACH_BYTE(value) ((value)*UINT64_C(0x0101010101010101))

/* --- sorted pairs: headers, query parameters --- */

struct pair {
    const char *name, *value;
    size_t name_len, value_len;
    bool mixed; /* the name of a header has a capital letter */
};

typedef int (*pair_compare)(const struct pair *a, const struct pair *b);

struct pairs {
    struct pair *all; /* on_stack, or allocated for a request with very many */
    size_t count;
    struct pair on_stack[PAIRS_ON_STACK];
};

static bool pairs_init(struct pairs *p, size_t most)
{
    p->count = 0;
    p->all = p->on_stack;
    if (most > PAIRS_ON_STACK)
        p->all = calloc(most, sizeof *p->all);
    return p->all != NULL;
}

static void pairs_free(struct pairs *p)
{
    if (p->all != p->on_stack)
        free(p->all);
}

/* Keeps the order of equals. Lists are short, and most come sorted. */
static void pairs_insert(struct pairs *p, const struct pair *pair, pair_compare compare)
{
    size_t i = p->count++;

    for (; i > 0 && compare(&p->all[i - 1], pair) > 0; i--)
        p->all[i] = p->all[i - 1];
    p->all[i] = *pair;
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    if (order != 0)
        return order;
    return a_len < b_len ? -1 : a_len > b_len;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int compare_headers(const struct pair *a, const struct pair *b)
{
    const char *x = a->name, *y = b->name;

    if (!a->mixed && !b->mixed)
        return compare_bytes(x, a->name_len, y, b->name_len);
    while (*x && lower(*x) == lower(*y)) {
        x++;
        y++;
    }
    return lower(*x) - lower(*y);
}

static int compare_parameters(const struct pair *a, const struct pair *b)
{
    int order = compare_bytes(a->name, a->name_len, b->name, b->name_len);

    return order ? order : compare_bytes(a->value, a->value_len, b->value, b->value_len);
}

/* --- the canonical request --- */

/* Sorted by name, then value, as encoded; a name without '=' gets one. */
static enum err_code add_query(struct buf *out, const char *query, struct err *e)
{
    struct pairs p;
    const char *at;
    size_t most = 1, i;

    if (query[0] == '\0')
        return ERR_OK;
    for (at = query; *at; at++)
        most += *at == '&';
    if (!pairs_init(&p, most))
        return err_nomem(e);
    for (at = query;; at++) {
        size_t len = strcspn(at, "&"), name_len = strcspn(at, "=&");
        struct pair pair = {at, at + name_len, name_len, len - name_len, false};

        if (pair.value_len > 0) { /* the '=' */
            pair.value++;
            pair.value_len--;
        }
        if (len > 0)
            pairs_insert(&p, &pair, compare_parameters);
        at += len;
        if (*at == '\0')
            break;
    }
    for (i = 0; i < p.count; i++) {
        if (i > 0)
            buf_addc(out, '&');
        buf_add(out, p.all[i].name, p.all[i].name_len);
        buf_addc(out, '=');
        buf_add(out, p.all[i].value, p.all[i].value_len);
    }
    pairs_free(&p);
    return ERR_OK;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r';
}

/* Whether a byte of s is a control character or a space. Eight bytes at once: bit 7 of a byte of
 * the result is set for what is below '!', and perhaps for the byte above such a one. */
static bool may_have_space(const char *s, size_t len)
{
    uint64_t w;

    for (; len >= sizeof w; s += sizeof w, len -= sizeof w) {
        memcpy(&w, s, sizeof w);
        if ((w - EACH_BYTE('!')) & ~w & EACH_BYTE(0x80))
            return true;
    }
    for (; len > 0; s++, len--)
        if ((unsigned char)*s <= ' ')
            return true;
    return false;
}

/* Whether a byte of s is a capital letter, or no ASCII. Eight bytes at once: the first sum sets bit
 * 7 of a byte from 'A' on, the second from the byte behind 'Z' on. */
static bool may_have_capital(const char *s, size_t len)
{
    uint64_t w;

    for (; len >= sizeof w; s += sizeof w, len -= sizeof w) {
        memcpy(&w, s, sizeof w);
        if ((w | ((w + EACH_BYTE(0x80 - 'A')) & ~(w + EACH_BYTE(0x80 - 'Z' - 1)))) &
                EACH_BYTE(0x80))
            return true;
    }
    for (; len > 0; s++, len--)
        if ((*s >= 'A' && *s <= 'Z') || (unsigned char)*s >= 0x80)
            return true;
    return false;
}

/* Without spaces around it, and each run of spaces as one. */
static void add_folded(struct buf *out, const char *value, size_t len)
{
    const char *end = value + len, *from;

    if (!may_have_space(value, len)) {
        buf_add(out, value, len);
        return;
    }
    while (value < end && is_space(*value))
        value++;
    while (end > value && is_space(end[-1]))
        end--;
    while (value < end) {
        for (from = value; value < end && !is_space(*value); value++)
            ;
        buf_add(out, from, (size_t)(value - from));
        if (value < end)
            buf_addc(out, ' ');
        while (value < end && is_space(*value))
            value++;
    }
}

static void add_name(struct buf *out, const struct pair *header)
{
    size_t from = out->len;
    char *c, *end;

    buf_add(out, header->name, header->name_len);
    if (!header->mixed || !buf_ok(out))
        return;
    end = out->data + out->len;
    for (c = out->data + from; c < end; c++)
        *c = (char)lower(*c);
}

/* Sorts the headers and the host into p. */
static enum err_code collect(
        struct pairs *p, const char *host, const struct headers *headers, struct err *e)
{
    struct pair pair = {"host", host, 4, strlen(host), false};
    struct header header;
    size_t at = 0;

    if (!pairs_init(p, headers->count + 1))
        return err_nomem(e);
    pairs_insert(p, &pair, compare_headers);
    while (p->count <= headers->count && headers_next_header(headers, &at, &header)) {
        pair = (struct pair){header.name, header.value, header.name_len, header.value_len,
                may_have_capital(header.name, header.name_len)};
        pairs_insert(p, &pair, compare_headers);
    }
    return ERR_OK;
}

/* name:value lines, an empty line, the names. *names_at: where in out these are. */
static enum err_code add_headers(struct buf *out, const char *host, const struct headers *headers,
        size_t *names_at, struct err *e)
{
    struct pairs p;
    size_t i;
    enum err_code code = collect(&p, host, headers, e);

    if (code != ERR_OK)
        return code;
    for (i = 0; i < p.count; i++) {
        if (i > 0 && compare_headers(&p.all[i - 1], &p.all[i]) == 0) {
            buf_addc(out, ',');
        } else {
            if (i > 0)
                buf_addc(out, '\n');
            add_name(out, &p.all[i]);
            buf_addc(out, ':');
        }
        add_folded(out, p.all[i].value, p.all[i].value_len);
    }
    buf_adds(out, "\n\n");
    *names_at = out->len;
    for (i = 0; i < p.count; i++) {
        if (i > 0 && compare_headers(&p.all[i - 1], &p.all[i]) == 0)
            continue;
        if (i > 0)
            buf_addc(out, ';');
        add_name(out, &p.all[i]);
    }
    pairs_free(&p);
    return ERR_OK;
}

enum err_code sigv4_add_canonical(struct buf *out, const struct sigv4_request *r,
        const char *payload_hash, const struct headers *headers, size_t *names_at,
        size_t *names_end, struct err *e)
{
    enum err_code code = buf_check(&headers->text, "the request's header", e);

    if (code != ERR_OK)
        return code;
    buf_adds(out, r->method);
    buf_addc(out, '\n');
    if (r->double_encode_path)
        str_uri_encode(out, r->path, strlen(r->path), true);
    else
        buf_adds(out, r->path);
    buf_addc(out, '\n');
    code = add_query(out, r->query, e);
    if (code != ERR_OK)
        return code;
    buf_addc(out, '\n');
    code = add_headers(out, r->host, headers, names_at, e);
    if (code != ERR_OK)
        return code;
    *names_end = out->len;
    buf_addc(out, '\n');
    buf_adds(out, payload_hash);
    return buf_check(out, "the request's header", e);
}
