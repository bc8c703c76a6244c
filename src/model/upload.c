#include "model/upload.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { UPLOAD_FORMAT = 1 };

static const int64_t AT_MOST_S = 253402300799; /* the year 9999: it is added to */

void upload_free(struct upload *u)
{
    free(u->bucket);
    free(u->key);
    free(u->id);
    free(u->source_bucket);
    free(u->source_key);
    free(u->version_id);
    free(u->tags);
    free(u->options);
    layout_free(&u->layout);
    memset(u, 0, sizeof *u);
}

static void add_text(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    buf_addf(out, ",\n \"%s\":", name);
    str_json_quote(out, value);
}

void upload_write(struct buf *out, const struct upload *u)
{
    const struct layout *l = &u->layout;
    unsigned i;

    buf_addf(out, "{\"format\":%d,\n \"at\":%lld", UPLOAD_FORMAT, (long long)u->at_s);
    if (u->until_s > 0)
        buf_addf(out, ", \"until\":%lld", (long long)u->until_s);
    add_text(out, "bucket", u->bucket);
    add_text(out, "key", u->key);
    add_text(out, "uploadId", u->id);
    add_text(out, "sourceBucket", u->source_bucket);
    add_text(out, "sourceKey", u->source_key);
    add_text(out, "versionId", u->version_id);
    add_text(out, "etag", u->etag);
    add_text(out, "tags", u->tags);
    add_text(out, "options", u->options);
    if (u->tags_after)
        buf_adds(out, ",\n \"tagsAfter\":true");
    if (u->shared)
        buf_adds(out, ",\n \"shared\":true");
    if (u->checksum.type != CHECKSUMS_UNTYPED) {
        add_text(out, "checksum", checksum_name(u->checksum.kind));
        add_text(out, "checksumType", checksum_type_name(u->checksum.type));
    }
    buf_addf(out, ",\n \"size\":%llu, \"parts\":%u, \"layoutFrom\":%d,\n ",
            (unsigned long long)l->size, l->count, u->layout_from);
    if (!l->ends) {
        buf_addf(out, "\"partSize\":%llu}\n", (unsigned long long)l->part);
        return;
    }
    buf_adds(out, "\"partLengths\":[");
    for (i = 0; i < l->count; i++)
        buf_addf(out, "%s%llu", i ? "," : "",
                (unsigned long long)(l->ends[i] - (i ? l->ends[i - 1] : 0)));
    buf_adds(out, "]}\n");
}

void upload_times_of_record(struct upload *u, int64_t now_s)
{
    int64_t written = now_s - u->age_s;

    u->at_s = written - UPLOAD_CREATE_MOST_S;
    u->until_s = written + UPLOAD_CREATE_MOST_S < now_s ? written + UPLOAD_CREATE_MOST_S : now_s;
}

/* --- reading --- */

/* None of them is ever empty; without an upload's id, or a key, an abort is a request that deletes.
 */
static bool take_text(char **to, const json_t *json, const char *name, bool needed, bool *nomem)
{
    const char *text = json_string_value(json_object_get(json, name));

    *to = text && text[0] ? strdup(text) : NULL;
    *nomem = *nomem || (text && text[0] && !*to);
    return text ? *to != NULL : !needed;
}

/* One that is not known is none. */
static void take_checksum(struct upload_checksum *c, const json_t *json)
{
    const char *name = json_string_value(json_object_get(json, "checksum"));
    const char *type = json_string_value(json_object_get(json, "checksumType"));

    if (!name || !type || checksum_of_name(name) == CHECKSUM_COUNT)
        return;
    c->kind = checksum_of_name(name);
    c->type = checksum_type_of_name(type);
}

static bool take_lengths(
        struct layout *l, uint64_t size, unsigned count, const json_t *array, bool *nomem)
{
    uint64_t *lengths;
    bool good;
    unsigned i;

    if (json_array_size(array) != count)
        return false;
    lengths = calloc(count, sizeof *lengths);
    *nomem = !lengths;
    if (!lengths)
        return false;
    for (i = 0; i < count; i++) {
        json_int_t n = json_integer_value(json_array_get(array, i));

        lengths[i] = n > 0 ? (uint64_t)n : 0;
    }
    good = layout_set_lengths(l, size, count, lengths, nomem);
    free(lengths);
    return good;
}

static bool take_layout(struct layout *l, const json_t *json, bool *nomem)
{
    json_int_t size = json_integer_value(json_object_get(json, "size"));
    json_int_t count = json_integer_value(json_object_get(json, "parts"));
    json_int_t part = json_integer_value(json_object_get(json, "partSize"));
    const json_t *lengths = json_object_get(json, "partLengths");

    if (size < 0 || count < 1 || count > LAYOUT_PARTS_MOST)
        return false;
    if (lengths)
        return take_lengths(l, (uint64_t)size, (unsigned)count, lengths, nomem);
    if (part < 0 || !layout_fits((uint64_t)size, (unsigned)count, (uint64_t)part))
        return false;
    layout_set_uniform(l, (uint64_t)size, (unsigned)count, (uint64_t)part);
    return true;
}

enum err_code upload_read(struct upload *u, const char *text, size_t len, struct err *e)
{
    json_t *json = json_loadb(text, len, 0, NULL);
    const char *etag = json_string_value(json_object_get(json, "etag"));
    bool good, nomem = false;

    memset(u, 0, sizeof *u);
    good = json_integer_value(json_object_get(json, "format")) == UPLOAD_FORMAT && etag &&
           strlen(etag) < ETAG_SIZE && take_text(&u->bucket, json, "bucket", true, &nomem) &&
           take_text(&u->key, json, "key", true, &nomem) &&
           take_text(&u->id, json, "uploadId", false, &nomem) &&
           take_text(&u->source_bucket, json, "sourceBucket", true, &nomem) &&
           take_text(&u->source_key, json, "sourceKey", true, &nomem) &&
           take_text(&u->version_id, json, "versionId", false, &nomem) &&
           take_text(&u->tags, json, "tags", true, &nomem) &&
           take_text(&u->options, json, "options", false, &nomem) &&
           take_layout(&u->layout, json, &nomem);
    if (good) {
        memcpy(u->etag, etag, strlen(etag) + 1);
        take_checksum(&u->checksum, json);
        u->shared = json_is_true(json_object_get(json, "shared"));
        u->tags_after = json_is_true(json_object_get(json, "tagsAfter"));
        u->layout_from = (int)json_integer_value(json_object_get(json, "layoutFrom"));
        u->at_s = json_integer_value(json_object_get(json, "at"));
        u->until_s = json_integer_value(json_object_get(json, "until"));
        good = u->at_s >= 0 && u->at_s <= AT_MOST_S && u->until_s >= 0 && u->until_s <= AT_MOST_S;
        if (!u->id && u->until_s < u->at_s)
            u->until_s = u->at_s + UPLOAD_CREATE_MOST_S;
    }
    json_decref(json);
    if (good)
        return ERR_OK;
    upload_free(u);
    return nomem ? err_nomem(e) : err_set(e, ERR_INPUT, "it is no record of an upload");
}
