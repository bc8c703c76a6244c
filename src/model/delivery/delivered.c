#include "model/delivery/delivered.h"

#include <stdlib.h>
#include <string.h>

#include "base/flat_json.h"
#include "base/str.h"

bool delivered_by(const struct result *r)
{
    return r->status == RESULT_COPIED || r->status == RESULT_SAME || r->status == RESULT_KEPT;
}

struct delivered delivered_of(const struct result *r)
{
    struct delivered d = {.key = r->item.destination_key};
    const struct written *w = &r->written;

    if (r->status == RESULT_KEPT) {
        d.kind = DELIVERED_KEPT;
        return d;
    }
    d.size = r->size;
    d.proof = (struct proof){r->verified, r->verified_by};
    if (w->etag[0])
        memcpy(d.etag, w->etag, sizeof d.etag);
    else if (r->verified == VERIFIED_ETAG)
        memcpy(d.etag, r->etag, sizeof d.etag);
    else
        memcpy(d.etag, r->found_etag, sizeof d.etag);
    memcpy(d.checksum, w->checksum, sizeof d.checksum);
    d.checksum_kind = w->checksum_kind;
    d.version_id = w->version_id;
    return d;
}

static void write_text(struct buf *out, const char *before, const char *text)
{
    buf_adds(out, before);
    str_json_quote(out, text);
}

void delivered_write(struct buf *out, const struct delivered *d)
{
    write_text(out, "{\"key\":", d->key);
    if (d->kind == DELIVERED_KEPT) {
        buf_adds(out, ",\"kept\":true}\n");
        return;
    }
    buf_adds(out, ",\"size\":");
    buf_addu(out, d->size);
    if (d->etag[0])
        write_text(out, ",\"etag\":", d->etag);
    if (d->checksum[0]) {
        write_text(out, ",\"checksum\":{\"name\":", checksum_name(d->checksum_kind));
        write_text(out,
                ",\"type\":", checksum_type_name(checksum_type_of(d->checksum, CHECKSUMS_UNTYPED)));
        write_text(out, ",\"value\":", d->checksum);
        buf_addc(out, '}');
    }
    if (d->version_id)
        write_text(out, ",\"versionId\":", d->version_id);
    write_text(out, ",\"proof\":", verified_name(d->proof.verified));
    if (d->proof.by != BY_NOTHING)
        write_text(out, ",\"proofBy\":", verified_by_name(d->proof.by));
    if (d->tags[0])
        write_text(out, ",\"tags\":", d->tags);
    buf_adds(out, "}\n");
}

/* --- reading --- */

static bool take_checksum(struct flat_json *f, struct delivered *d)
{
    struct flat_text name, type, value;
    int i;

    if (!FLAT_JSON_SKIP(f, ",\"checksum\":{\"name\":"))
        return true;
    if (!flat_json_text(f, &name) || !FLAT_JSON_SKIP(f, ",\"type\":") ||
            !flat_json_text(f, &type) || !FLAT_JSON_SKIP(f, ",\"value\":") ||
            !flat_json_text(f, &value) || !FLAT_JSON_SKIP(f, "}") || value.len == 0 ||
            !flat_text_copy(&value, d->checksum, sizeof d->checksum) ||
            !flat_text_is(
                    &type, checksum_type_name(checksum_type_of(d->checksum, CHECKSUMS_UNTYPED))))
        return false;
    for (i = 0; i < CHECKSUM_COUNT; i++) {
        if (flat_text_is(&name, checksum_name((enum checksum)i))) {
            d->checksum_kind = (enum checksum)i;
            return true;
        }
    }
    return false;
}

static bool take_etag(struct flat_json *f, struct delivered *d)
{
    struct flat_text text;

    return !FLAT_JSON_SKIP(f, ",\"etag\":") ||
           (flat_json_text(f, &text) && text.len > 0 &&
                   flat_text_copy(&text, d->etag, sizeof d->etag));
}

static bool take_version(struct flat_json *f, struct delivered *d)
{
    struct flat_text text;

    if (!FLAT_JSON_SKIP(f, ",\"versionId\":"))
        return true;
    if (!flat_json_text(f, &text) || text.len == 0)
        return false;
    d->version_id = flat_text_dup(&text);
    return d->version_id != NULL;
}

static bool take_proof(struct flat_json *f, struct proof *proof)
{
    struct flat_text text;
    int i;

    if (!FLAT_JSON_SKIP(f, ",\"proof\":") || !flat_json_text(f, &text))
        return false;
    for (i = 0; i < VERIFIED_COUNT && !flat_text_is(&text, verified_name((enum verified)i)); i++)
        ;
    proof->verified = (enum verified)i;
    proof->by = BY_NOTHING;
    if (i == VERIFIED_COUNT)
        return false;
    if (!FLAT_JSON_SKIP(f, ",\"proofBy\":"))
        return true;
    if (!flat_json_text(f, &text) || text.len == 0)
        return false;
    for (i = 0; i < BY_COUNT && !flat_text_is(&text, verified_by_name((enum verified_by)i)); i++)
        ;
    proof->by = (enum verified_by)i;
    return i < BY_COUNT;
}

static bool take_tags(struct flat_json *f, struct delivered *d)
{
    struct flat_text text;

    return !FLAT_JSON_SKIP(f, ",\"tags\":") ||
           (flat_json_text(f, &text) && text.len == TAG_DIGEST_SIZE - 1 &&
                   flat_text_copy(&text, d->tags, sizeof d->tags));
}

static bool take_copy(struct flat_json *f, struct delivered *d)
{
    return FLAT_JSON_SKIP(f, ",\"size\":") && flat_json_count(f, INT64_MAX, &d->size) &&
           take_etag(f, d) && take_checksum(f, d) && take_version(f, d) &&
           take_proof(f, &d->proof) && take_tags(f, d) && FLAT_JSON_SKIP(f, "}");
}

bool delivered_read(struct delivered *d, const char *line, size_t len)
{
    struct flat_json f = flat_json_begin(line, len);
    struct flat_text key;
    bool good;

    memset(d, 0, sizeof *d);
    if (!FLAT_JSON_SKIP(&f, "{\"key\":") || !flat_json_text(&f, &key) || key.len == 0)
        return false;
    d->key = flat_text_dup(&key);
    if (FLAT_JSON_SKIP(&f, ",\"kept\":true}")) {
        d->kind = DELIVERED_KEPT;
        good = d->key != NULL;
    } else {
        good = d->key && take_copy(&f, d);
    }
    if (good && flat_json_is_over(&f))
        return true;
    delivered_free(d);
    return false;
}

void delivered_free(struct delivered *d)
{
    free(d->key);
    free(d->version_id);
    memset(d, 0, sizeof *d);
}

void delivered_info(const struct delivered *d, struct object_info *info)
{
    memset(info, 0, sizeof *info);
    info->size = d->size;
    memcpy(info->etag, d->etag, sizeof info->etag);
    info->etag_kind = etag_kind_of(d->etag, false);
    info->tags = TAGS_UNKNOWN;
    if (d->checksum[0])
        checksums_add(&info->checksums, d->checksum_kind, d->checksum);
}
