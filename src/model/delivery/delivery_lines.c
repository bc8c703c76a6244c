#include "model/delivery/delivery_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/flat_json.h"
#include "base/str.h"

#define HEAD_BEGINS "{\"record\":\"copyout delivery\",\"version\":"

static void add_text(struct buf *out, const char *name, const char *text)
{
    buf_addf(out, ",\"%s\":", name);
    str_json_quote(out, text);
}

static void add_count(struct buf *out, const char *name, uint64_t count)
{
    buf_addf(out, ",\"%s\":", name);
    buf_addu(out, count);
}

void delivery_head_write(struct buf *out, const struct delivery_head *h)
{
    unsigned i;

    buf_addf(out, HEAD_BEGINS "%d", DELIVERY_VERSION);
    add_text(out, "tool", h->tool);
    if (h->list)
        add_text(out, "list", h->list);
    add_text(out, "created", h->created);
    add_text(out, "destination", h->destination);
    add_count(out, "objects", h->objects);
    add_count(out, "bytes", h->bytes);
    add_count(out, "kept", h->kept);
    add_count(out, "failed", h->failed);
    add_count(out, "missing", h->missing);
    buf_adds(out, ",\"ownFiles\":[");
    for (i = 0; i < h->own_count; i++) {
        if (i > 0)
            buf_addc(out, ',');
        str_json_quote(out, h->own[i]);
    }
    buf_adds(out, "]}\n");
}

/* --- reading --- */

static bool take_name(struct flat_json *f, const char *name)
{
    struct flat_json rest = *f;
    struct flat_text text;

    if (!FLAT_JSON_SKIP(&rest, ",") || !flat_json_text(&rest, &text) ||
            !FLAT_JSON_SKIP(&rest, ":") || !flat_text_is(&text, name))
        return false;
    *f = rest;
    return true;
}

static bool take_text(struct flat_json *f, const char *name, char **out)
{
    struct flat_text text;

    if (!take_name(f, name) || !flat_json_text(f, &text))
        return false;
    *out = flat_text_dup(&text);
    return *out != NULL;
}

static bool take_count(struct flat_json *f, const char *name, uint64_t *out)
{
    return take_name(f, name) && flat_json_count(f, INT64_MAX, out);
}

static bool take_own(struct flat_json *f, struct delivery_head *h)
{
    struct flat_text text;

    if (!take_name(f, "ownFiles") || !FLAT_JSON_SKIP(f, "["))
        return false;
    while (!FLAT_JSON_SKIP(f, "]")) {
        if (h->own_count == DELIVERY_OWN_MOST || (h->own_count > 0 && !FLAT_JSON_SKIP(f, ",")) ||
                !flat_json_text(f, &text))
            return false;
        h->own[h->own_count] = flat_text_dup(&text);
        if (!h->own[h->own_count])
            return false;
        h->own_count++;
    }
    return true;
}

static bool take_all(struct flat_json *f, struct delivery_head *h)
{
    struct flat_json rest;

    if (!take_text(f, "tool", &h->tool))
        return false;
    rest = *f;
    if (!take_text(f, "list", &h->list))
        *f = rest;
    return take_text(f, "created", &h->created) && take_text(f, "destination", &h->destination) &&
           take_count(f, "objects", &h->objects) && take_count(f, "bytes", &h->bytes) &&
           take_count(f, "kept", &h->kept) && take_count(f, "failed", &h->failed) &&
           take_count(f, "missing", &h->missing) && take_own(f, h) && FLAT_JSON_SKIP(f, "}") &&
           flat_json_is_over(f);
}

enum delivery_line delivery_head_read(struct delivery_head *h, const char *line, size_t len)
{
    struct flat_json f = flat_json_begin(line, len);
    uint64_t version;

    memset(h, 0, sizeof *h);
    if (!FLAT_JSON_SKIP(&f, HEAD_BEGINS) || !flat_json_count(&f, INT64_MAX, &version))
        return DELIVERY_LINE_OTHER;
    if (version > DELIVERY_VERSION)
        return DELIVERY_LINE_LATER;
    if (version == DELIVERY_VERSION && take_all(&f, h))
        return DELIVERY_LINE_GOOD;
    delivery_head_free(h);
    return DELIVERY_LINE_OTHER;
}

void delivery_head_free(struct delivery_head *h)
{
    unsigned i;

    free(h->tool);
    free(h->list);
    free(h->created);
    free(h->destination);
    for (i = 0; i < h->own_count; i++)
        free(h->own[i]);
    memset(h, 0, sizeof *h);
}

/* --- the last line --- */

#define END_BEGINS       "{\"end\":\"copyout delivery\",\"sha256\":"
#define SIGNATURE_BEGINS ",\"signature\":{\"algorithm\":\"Ed25519\",\"key\":"

void delivery_end_write(struct buf *out, const struct delivery_end *end)
{
    buf_adds(out, END_BEGINS);
    str_json_quote(out, end->digest);
    if (end->key[0]) {
        buf_adds(out, SIGNATURE_BEGINS);
        str_json_quote(out, end->key);
        add_text(out, "value", end->signature);
        buf_addc(out, '}');
    }
    buf_adds(out, "}\n");
}

static bool take_hex(struct flat_json *f, char out[DELIVERY_DIGEST_SIZE])
{
    struct flat_text text;

    return flat_json_text(f, &text) && text.len == DELIVERY_DIGEST_SIZE - 1 &&
           flat_text_copy(&text, out, DELIVERY_DIGEST_SIZE) &&
           strspn(out, "0123456789abcdef") == DELIVERY_DIGEST_SIZE - 1;
}

static bool take_signature(struct flat_json *f, struct delivery_end *end)
{
    struct flat_text text;

    return take_hex(f, end->key) && take_name(f, "value") && flat_json_text(f, &text) &&
           flat_text_copy(&text, end->signature, sizeof end->signature) && FLAT_JSON_SKIP(f, "}");
}

bool delivery_end_read(struct delivery_end *end, const char *line, size_t len)
{
    struct flat_json f = flat_json_begin(line, len);

    memset(end, 0, sizeof *end);
    if (!FLAT_JSON_SKIP(&f, END_BEGINS) || !take_hex(&f, end->digest) ||
            (FLAT_JSON_SKIP(&f, SIGNATURE_BEGINS) && !take_signature(&f, end)))
        return false;
    return FLAT_JSON_SKIP(&f, "}") && flat_json_is_over(&f);
}
