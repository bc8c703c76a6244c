#include "report/hints.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

static bool is_number(const char *s)
{
    return s && *s && strspn(s, "0123456789") == strlen(s);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool has_size(const struct item *item, const struct input *input)
{
    (void)input;
    return is_number(item->version_id);
}

static bool has_star(const struct item *item, const struct input *input)
{
    (void)input;
    return strchr(item->key, '*') != NULL;
}

static bool has_blanks(const struct item *item, const struct input *input)
{
    size_t len = strlen(item->key);

    (void)input;
    return len > 0 && (is_blank(item->key[0]) || is_blank(item->key[len - 1]));
}

static bool has_slash(const struct item *item, const struct input *input)
{
    (void)input;
    return item->key[0] == '/';
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* What URL encoding leaves, where it was not undone. */
static bool has_percent(const struct item *item, const struct input *input)
{
    const char *at = strchr(item->key, '%');

    return input->manifest_encoding == KEY_ENCODING_NONE && at && is_hex(at[1]) && is_hex(at[2]);
}

static const struct {
    bool (*is_such)(const struct item *item, const struct input *input);
    const char *what;
    const char *remedy;
} hints[REPORT_HINT_COUNT] = {
        [HINT_SIZE] = {has_size, "with a number in the third column",
                "that column is the version id; if it is a size, leave it out: cut -d, -f1,2"},
        [HINT_STAR] = {has_star, "with a '*' in the key",
                "a '*' is a character of the key, unless --wildcards (\"wildcards\" in a JSON) has rows "
                "that end with /* stand for all objects below"},
        [HINT_BLANKS] = {has_blanks, "whose key begins or ends with a blank",
                "a blank beside the comma or at the end of the row is a part of the key; if it is "
                "not meant, remove it"},
        [HINT_SLASH] = {has_slash, "whose key begins with '/'",
                "keys mostly begin without one; if it is not meant, remove it"},
        [HINT_PERCENT] = {has_percent, "whose key has a '%' and two hex digits",
                "keys are taken as they stand; if they are URL-encoded, say so with --url-encoded, or "
                "\"manifestKeyEncoding\": \"url\" in a JSON"},
};

static bool is_not_found(const struct result *r)
{
    static const char *const codes[] = {
            "NoSuchKey", "NoSuchVersion", "NoSuchBucket", "NotFound", "InvalidVersionId", NULL};
    const char *const *code = codes;

    if (r->status != RESULT_FAILED)
        return false;
    if (r->err.http_status == 404)
        return true;
    /* A version id that S3 cannot have made is InvalidArgument, 400; other servers say more. */
    if (r->err.http_status == 400 && r->item.version_id)
        return true;
    for (; *code; code++)
        if (strcmp(r->err.service_code, *code) == 0)
            return true;
    return false;
}

void hints_count(struct report *r, const struct result *result, const struct input *input)
{
    bool lost = is_not_found(result);
    int i;

    for (i = 0; i < REPORT_HINT_COUNT; i++) {
        if (!hints[i].is_such(&result->item, input))
            continue;
        r->hints[i].rows++;
        r->hints[i].lost += lost;
    }
}

static char *say(const struct report_hints *counts, enum report_hint hint)
{
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    if (counts->rows == 1)
        buf_addf(&text, "the row %s was not found; %s", hints[hint].what, hints[hint].remedy);
    else
        buf_addf(&text, "none of the %llu rows %s was found; %s", (unsigned long long)counts->rows,
                hints[hint].what, hints[hint].remedy);
    return buf_take(&text);
}

enum err_code hints_tell(struct report *r, struct err *e)
{
    int i;

    for (i = 0; i < REPORT_HINT_COUNT; i++) {
        const struct report_hints *counts = &r->hints[i];

        if (counts->rows == 0 || counts->lost < counts->rows)
            continue;
        r->hint_texts[i] = say(counts, (enum report_hint)i);
        if (!r->hint_texts[i])
            return err_nomem(e);
    }
    return ERR_OK;
}
