#include "model/item.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/fields/input_fields.h"

void item_free(struct item *item)
{
    free(item->bucket);
    free(item->key);
    free(item->version_id);
    free(item->destination_key);
    if (item->overrides)
        copy_overrides_free(item->overrides);
    free(item->overrides);
    free(item->listed);
    free(item->sums);
    memset(item, 0, sizeof *item);
}

bool item_is_same_source(const struct item *a, const struct item *b)
{
    return strcmp(a->bucket, b->bucket) == 0 && strcmp(a->key, b->key) == 0 &&
           str_same(a->version_id, b->version_id);
}

void item_write_members(struct buf *out, const struct item *item)
{
    buf_adds(out, "{\"line\":");
    buf_addu(out, item->line);
    buf_adds(out, ",\"sourceBucket\":");
    str_json_quote(out, item->bucket);
    buf_adds(out, ",\"sourceKey\":");
    str_json_quote(out, item->key);
    if (item->version_id) {
        buf_adds(out, ",\"versionId\":");
        str_json_quote(out, item->version_id);
    }
    buf_adds(out, ",\"destinationKey\":");
    str_json_quote(out, item->destination_key);
}

void item_write(struct buf *out, const struct item *item)
{
    item_write_members(out, item);
    if (item->overrides && !field_set_is_empty(&item->overrides->given)) {
        buf_adds(out, ",\"options\":");
        copy_overrides_write(out, item->overrides);
    }
    if (item->sums) {
        buf_adds(out, ",\"sums\":");
        str_json_quote(out, item->sums);
    }
    if (item->listed) {
        buf_adds(out, ",\"listed\":");
        item_listed_write(out, item->listed);
    }
    buf_adds(out, "}\n");
}

/* A text of an item, which is never empty. */
static bool take_text(struct flat_json *f, char **out)
{
    struct flat_text text;

    if (!flat_json_text(f, &text) || text.len == 0)
        return false;
    *out = flat_text_dup(&text);
    return *out != NULL;
}

bool item_take_members(struct flat_json *f, struct item *item)
{
    memset(item, 0, sizeof *item);
    if (FLAT_JSON_SKIP(f, "{\"line\":") && flat_json_count(f, INT64_MAX, &item->line) &&
            item->line > 0 && FLAT_JSON_SKIP(f, ",\"sourceBucket\":") &&
            take_text(f, &item->bucket) && FLAT_JSON_SKIP(f, ",\"sourceKey\":") &&
            take_text(f, &item->key) &&
            (!FLAT_JSON_SKIP(f, ",\"versionId\":") || take_text(f, &item->version_id)) &&
            FLAT_JSON_SKIP(f, ",\"destinationKey\":") && take_text(f, &item->destination_key))
        return true;
    item_free(item);
    return false;
}

static bool take_listed(struct flat_json *f, struct item *item)
{
    item->listed = malloc(sizeof *item->listed);
    return item->listed && item_listed_take(f, item->listed);
}

bool item_read_flat(struct item *item, const char *line, size_t len)
{
    struct flat_json f = flat_json_begin(line, len);

    if (!item_take_members(&f, item))
        return false;
    if ((!FLAT_JSON_SKIP(&f, ",\"sums\":") || take_text(&f, &item->sums)) &&
            (!FLAT_JSON_SKIP(&f, ",\"listed\":") || take_listed(&f, item)) &&
            FLAT_JSON_SKIP(&f, "}") && flat_json_is_over(&f))
        return true;
    item_free(item);
    return false;
}

/* Options that a line has for itself. false: they are none that this program writes. */
static bool take_options(struct item *item, const json_t *value, bool *nomem)
{
    struct faults faults;
    const char *name;
    json_t *member;

    if (!json_is_object(value) || json_object_size(value) == 0)
        return false;
    item->overrides = calloc(1, sizeof *item->overrides);
    *nomem = !item->overrides;
    faults_init(&faults);
    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        enum copy_overrides_taken taken = COPY_OVERRIDES_NOMEM;

        if (item->overrides)
            taken = copy_overrides_take(item->overrides, name, member, &faults);
        *nomem |= taken == COPY_OVERRIDES_NOMEM;
        if (taken != COPY_OVERRIDES_TAKEN || faults.count > 0)
            return false;
    }
    return true;
}

/* Takes one member of the object. false: unknown, of a wrong type or empty; *nomem says whether it
 * was rather for want of memory. */
static bool take_member(struct item *item, const char *name, const json_t *value, bool *nomem)
{
    char **to;

    if (strcmp(name, "line") == 0) {
        if (!json_is_integer(value) || json_integer_value(value) < 1)
            return false;
        item->line = (uint64_t)json_integer_value(value);
        return true;
    }
    if (strcmp(name, "listed") == 0) {
        item->listed = malloc(sizeof *item->listed);
        *nomem = !item->listed;
        return item->listed && item_listed_read(item->listed, value);
    }
    if (strcmp(name, "options") == 0)
        return take_options(item, value, nomem);
    if (strcmp(name, "sourceBucket") == 0)
        to = &item->bucket;
    else if (strcmp(name, "sourceKey") == 0)
        to = &item->key;
    else if (strcmp(name, "versionId") == 0)
        to = &item->version_id;
    else if (strcmp(name, "destinationKey") == 0)
        to = &item->destination_key;
    else if (strcmp(name, "sums") == 0)
        to = &item->sums;
    else
        return false;
    if (!json_is_string(value) || json_string_length(value) == 0)
        return false;
    *to = str_dup_n(json_string_value(value), json_string_length(value));
    *nomem = !*to;
    return *to != NULL;
}

enum err_code item_read_any(struct item *item, const char *line, size_t len, struct err *e)
{
    enum err_code rc = ERR_OK;
    bool nomem = false;
    json_error_t error;
    json_t *root, *value;
    const char *name;

    memset(item, 0, sizeof *item);
    root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        /* jansson has no text for most of the places where it may lack memory. */
        if (json_error_code(&error) == json_error_out_of_memory || !error.text[0])
            return err_nomem(e);
        return err_set(e, ERR_IO, "not an item: %s", error.text);
    }
    if (!json_is_object(root)) {
        rc = err_set(e, ERR_IO, "not an item: not a JSON object");
        goto out;
    }
    json_object_foreach(root, name, value)
    {
        if (take_member(item, name, value, &nomem))
            continue;
        rc = nomem ? err_nomem(e) : err_set(e, ERR_IO, "not an item: bad member \"%s\"", name);
        goto out;
    }
    if (item->line == 0 || !item->bucket || !item->key || !item->destination_key)
        rc = err_set(e, ERR_IO, "not an item: a member is missing");

out:
    json_decref(root);
    if (rc != ERR_OK)
        item_free(item);
    return rc;
}

enum err_code item_read(struct item *item, const char *line, size_t len, struct err *e)
{
    return item_read_flat(item, line, len) ? ERR_OK : item_read_any(item, line, len, e);
}

enum err_code item_read_next(
        struct item *item, FILE *items, char **line, size_t *cap, struct err *e)
{
    enum err_code code;
    ssize_t len;

    errno = 0;
    len = getline(line, cap, items);
    if (len >= 1)
        code = item_read(item, *line, (size_t)len - 1, e);
    else if (errno)
        code = err_errno(e, errno, "cannot read the items");
    else
        code = err_set(e, ERR_IO, "the items end before the plan does");
    if (len < 1)
        memset(item, 0, sizeof *item);
    if (code == ERR_IO)
        err_prefix(e, "items.jsonl");
    return code;
}

void item_destination_key(struct buf *out, const struct input *in, const char *key)
{
    const char *slash = strrchr(key, '/');

    buf_adds(out, in->destination_folder);
    if (in->destination_keys != DEST_KEYS_FULL && slash)
        key = slash + 1;
    buf_adds(out, key);
}

void item_expanded_key(struct buf *out, const struct input *in, const char *key, size_t root)
{
    if (in->destination_keys != DEST_KEYS_RELATIVE) {
        item_destination_key(out, in, key);
        return;
    }
    buf_adds(out, in->destination_folder);
    buf_adds(out, key + root);
}

void item_named_key(struct buf *out, const struct input *in, const struct item_naming *naming,
        const char *key, size_t prefix)
{
    const char *slash = strrchr(key, '/');

    if (!naming->whole && !naming->root && !naming->relative) {
        item_expanded_key(out, in, key, prefix);
        return;
    }
    buf_adds(out, in->destination_folder);
    if (naming->whole) {
        buf_adds(out, naming->whole);
    } else if (naming->root) {
        buf_adds(out, key + strlen(naming->root));
    } else {
        buf_adds(out, naming->relative);
        buf_adds(out, slash ? slash + 1 : key);
    }
}
