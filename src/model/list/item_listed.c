#include "model/list/item_listed.h"

#include <jansson.h>
#include <string.h>

#include "base/str.h"
#include "model/object/etag.h"

enum { CLASS_NAME_SIZE = 32 };

static const char *const restored_names[] = {[LISTED_RESTORE_UNSAID] = "",
        [LISTED_NOT_RESTORED] = "no",
        [LISTED_RESTORING] = "underway",
        [LISTED_RESTORED] = "yes"};

/* Whether it is written as Amazon S3 writes the MD5 of bytes or of parts. */
static bool is_digest(const char *etag)
{
    enum { DIGITS = 2 * ETAG_MD5_BYTES };

    return strlen(etag) < LISTED_ETAG_SIZE && strspn(etag, "0123456789abcdef") == DIGITS &&
           (etag_is_md5(etag) || etag_parts(etag) > 0);
}

bool item_listed_set(
        struct item_listed *out, int64_t at_s, uint64_t size, const char *etag, const char *class)
{
    memset(out, 0, sizeof *out);
    out->at_s = at_s;
    out->size = size;
    out->class = storage_class_of(class);
    if (out->class == STORAGE_CLASS_COUNT || !is_digest(etag) || size > INT64_MAX || at_s < 0)
        return false;
    str_copy(out->etag, sizeof out->etag, etag);
    return true;
}

static enum listed_restored restored_of(const char *name)
{
    unsigned i = LISTED_RESTORED;

    while (i > 0 && strcmp(restored_names[i], name) != 0)
        i--;
    return (enum listed_restored)i;
}

void item_listed_write(struct buf *out, const struct item_listed *listed)
{
    buf_adds(out, "{\"at\":");
    buf_addu(out, (uint64_t)listed->at_s);
    buf_adds(out, ",\"size\":");
    buf_addu(out, listed->size);
    buf_adds(out, ",\"etag\":\"");
    buf_adds(out, listed->etag);
    if (listed->class != STORAGE_STANDARD) {
        buf_adds(out, "\",\"storageClass\":\"");
        buf_adds(out, storage_class_name(listed->class));
    }
    if (listed->restored != LISTED_RESTORE_UNSAID) {
        buf_adds(out, "\",\"restored\":\"");
        buf_adds(out, restored_names[listed->restored]);
    }
    buf_adds(out, "\"}");
}

/* The text of a member that may be left out; "" then. false: it is none. */
static bool take_name(struct flat_json *f, bool is_there, char *name, size_t size)
{
    struct flat_text text;

    name[0] = '\0';
    return !is_there || (flat_json_text(f, &text) && flat_text_copy(&text, name, size));
}

bool item_listed_take(struct flat_json *f, struct item_listed *out)
{
    char class[CLASS_NAME_SIZE], restored[CLASS_NAME_SIZE], etag[LISTED_ETAG_SIZE];
    uint64_t at, size;

    if (!FLAT_JSON_SKIP(f, "{\"at\":") || !flat_json_count(f, INT64_MAX, &at) ||
            !FLAT_JSON_SKIP(f, ",\"size\":") || !flat_json_count(f, INT64_MAX, &size) ||
            !FLAT_JSON_SKIP(f, ",\"etag\":") || !take_name(f, true, etag, sizeof etag) ||
            !take_name(f, FLAT_JSON_SKIP(f, ",\"storageClass\":"), class, sizeof class) ||
            !take_name(f, FLAT_JSON_SKIP(f, ",\"restored\":"), restored, sizeof restored) ||
            !FLAT_JSON_SKIP(f, "}") || !item_listed_set(out, (int64_t)at, size, etag, class))
        return false;
    out->restored = restored_of(restored);
    return true;
}

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text ? text : "";
}

bool item_listed_read(struct item_listed *out, const struct json_t *json)
{
    json_int_t size = json_integer_value(json_object_get(json, "size"));

    if (!json_is_object(json) || size < 0 ||
            !item_listed_set(out, json_integer_value(json_object_get(json, "at")), (uint64_t)size,
                    text_of(json, "etag"), text_of(json, "storageClass")))
        return false;
    out->restored = restored_of(text_of(json, "restored"));
    return true;
}
