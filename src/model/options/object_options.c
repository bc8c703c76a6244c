#include "model/options/object_options.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

/* Amazon S3 User Guide, "Working with object metadata": the user's own may have 2 KB in all. */
enum { GRANT_MOST = 1024, KMS_KEY_MOST = 2048, ACCOUNT_DIGITS = 12, METADATA_MOST = 2048 };

const struct object_option_row object_option_rows[OBJECT_OPTION_COUNT] = {
#define OBJECT_OPTION_ROW(a, b, id, kind, field, option, argument, help) \
    [OBJECT_##id] = {OBJECT_OPTION_##kind, field, option, argument},
        OBJECT_OPTION_TABLE(OBJECT_OPTION_ROW, , )
#undef OBJECT_OPTION_ROW
};

void object_options_free(char *text[OBJECT_OPTION_COUNT])
{
    int i;

    for (i = 0; i < OBJECT_OPTION_COUNT; i++) {
        free(text[i]);
        text[i] = NULL;
    }
}

/* --- rules of values --- */

/* A header can hold printable ASCII. */
static bool is_plain(const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (s[i] < ' ' || s[i] > '~')
            return false;
    return len > 0;
}

static bool is_word_of(const char *words, const char *s, size_t len)
{
    const char *at = words;

    while (at) {
        size_t n = strcspn(at, "|");

        if (n == len && memcmp(at, s, n) == 0)
            return true;
        at = at[n] ? at + n + 1 : NULL;
    }
    return false;
}

static const char *account_problem(const char *s, size_t len)
{
    if (len != ACCOUNT_DIGITS || strspn(s, "0123456789") < len)
        return "is no AWS account: it must have twelve digits";
    return NULL;
}

static const char *grant_problem(const char *s, size_t len)
{
    if (!is_plain(s, len) || len > GRANT_MOST || !memchr(s, '=', len))
        return "names nobody: it must be a list like id=...,uri=... of printable ASCII";
    return NULL;
}

static const char *kms_key_problem(const char *s, size_t len)
{
    if (!is_plain(s, len) || len > KMS_KEY_MOST || memchr(s, ' ', len))
        return "is no id or ARN of a KMS key";
    return NULL;
}

/* Amazon S3 User Guide, "Categorizing your objects using tags": at most ten tags of an object,
 * names of 128 characters and values of 256; x-amz-tagging takes 2,048 bytes (copy/tag_set.h). */
enum { TAGS_MOST = 10, TAG_NAME_MOST = 128, TAG_VALUE_MOST = 256, TAGGING_MOST = 2048 };

/* Characters of UTF-8. */
static size_t characters(const struct buf *text)
{
    size_t n = 0, i;

    for (i = 0; i < text->len; i++)
        n += ((unsigned char)text->data[i] & 0xC0) != 0x80;
    return n;
}

/* Decodes a name or a value and appends it as S3's answers are written here; false: it is wrong. */
static bool take_tag_text(struct buf *out, const char *s, size_t len, size_t most)
{
    struct buf text;
    bool good;

    buf_init(&text, BUF_MAX_SMALL);
    good = str_uri_decode(&text, s, len, true) && characters(&text) <= most;
    if (good)
        str_uri_encode(out, text.data ? text.data : "", text.len, false);
    buf_free(&text);
    return good;
}

/* Whether the tag at `name` is named as one before it in the set. */
static bool is_named_before(const char *set, const char *name, size_t len)
{
    const char *at = set;

    while (at < name) {
        if (strncmp(at, name, len) == 0 && at[len] == '=')
            return true;
        at += strcspn(at, "&") + 1;
    }
    return false;
}

static bool add_tag(struct buf *out, const char *s, size_t len)
{
    size_t name = strcspn(s, "=&"), at;

    if (out->len > 0)
        buf_addc(out, '&');
    at = out->len;
    if (name == 0 || name >= len || !take_tag_text(out, s, name, TAG_NAME_MOST))
        return false;
    buf_addc(out, '=');
    return take_tag_text(out, s + name + 1, len - name - 1, TAG_VALUE_MOST) && buf_ok(out) &&
           !is_named_before(buf_str(out), out->data + at, strcspn(out->data + at, "="));
}

/* The set in the form in which tag_set.h compares it. *problem as object_option_read() has it. */
static char *take_tag_set(const char *s, size_t len, const char **problem)
{
    char *text = str_dup_n(s, len), *set = NULL;
    const char *at = text;
    unsigned count = 0;
    struct buf out;

    buf_init(&out, BUF_MAX_SMALL);
    *problem = NULL;
    if (text && (len == 0 || strlen(text) != len))
        *problem = "is no set of tags";
    while (text && !*problem && *at) {
        size_t n = strcspn(at, "&");

        if (++count > TAGS_MOST)
            *problem = "is more than the ten tags that an object may have";
        else if (!add_tag(&out, at, n))
            *problem =
                    "is no set of tags: it must be name=value&name=value, URL-encoded, each name "
                    "once";
        at += n + (at[n] == '&');
    }
    if (!*problem && out.len > TAGGING_MOST)
        *problem = "is longer than the 2,048 bytes of tags that a request takes";
    if (text && !*problem && buf_ok(&out))
        set = strdup(buf_str(&out));
    buf_free(&out);
    free(text);
    return set;
}

static const char *text_problem(enum object_option which, const char *s, size_t len)
{
    switch (which) {
    case OBJECT_SOURCE_OWNER:
    case OBJECT_DESTINATION_OWNER:
        return account_problem(s, len);
    case OBJECT_SSE_KMS_KEY_ID:
        return kms_key_problem(s, len);
    default:
        return grant_problem(s, len);
    }
}

bool object_options_is_metadata(const char *name)
{
    static const char *const names[] = {"content-type", "cache-control", "content-disposition",
            "content-encoding", "content-language", "expires"};
    size_t i;

    if (strncasecmp(name, "x-amz-meta-", 11) == 0)
        return true;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* RFC 9110, 5.6.2: the characters of a field's name. */
static bool is_header_name(const char *name)
{
    static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "!#$%&'*+-.^_`|~";

    return *name && name[strspn(name, token)] == '\0';
}

static bool is_header_value(const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
            return false;
    return len == 0 || (s[0] != ' ' && s[len - 1] != ' ');
}

static const char *metadata_problem(json_t *object)
{
    size_t size = 0;
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        if (!is_header_name(name) || !object_options_is_metadata(name) ||
                strcasecmp(name, "x-amz-meta-") == 0)
            return "has a name that is none of metadata: Content-Type, Cache-Control, "
                   "Content-Disposition, Content-Encoding, Content-Language, Expires or "
                   "x-amz-meta-NAME";
        if (!json_is_string(value) ||
                !is_header_value(json_string_value(value), json_string_length(value)))
            return "has a value that is no text of one line";
        if (strncasecmp(name, "x-amz-meta-", 11) == 0)
            size += strlen(name) - 11 + json_string_length(value);
    }
    return size > METADATA_MOST ? "is more than the 2,048 bytes of metadata that S3 takes" : NULL;
}

/* The compact form of the JSON; *problem as object_options_set() has it. NULL with no problem: no
 * memory. */
static char *take_metadata(const char *s, size_t len, const char **problem)
{
    json_t *root = json_loadb(s, len, JSON_REJECT_DUPLICATES, NULL);
    char *text = NULL;

    *problem = json_is_object(root) ? metadata_problem(root) : "is no JSON object of texts";
    if (!*problem)
        text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(root);
    return text;
}

bool object_option_read(
        enum object_option which, const char *s, size_t len, char **out, const char **problem)
{
    const struct object_option_row *row = &object_option_rows[which];

    *problem = NULL;
    *out = NULL;
    if (row->kind == OBJECT_OPTION_METADATA) {
        *out = take_metadata(s, len, problem);
        return *out != NULL;
    }
    if (which == OBJECT_TAG_SET) {
        *out = take_tag_set(s, len, problem);
        return *out != NULL;
    }
    if (row->kind == OBJECT_OPTION_TEXT)
        *problem = text_problem(which, s, len);
    else if (!is_word_of(row->kind == OBJECT_OPTION_WORD ? row->words : "true|false", s, len))
        *problem = "is none of the words that this option knows";
    if (!*problem)
        *out = str_dup_n(s, len);
    return *out != NULL;
}

/* --- values --- */

static bool is_on(const char *text)
{
    return text && strcmp(text, "true") == 0;
}

const char *object_options_problem(char *const text[OBJECT_OPTION_COUNT])
{
    const char *sse = text[OBJECT_SSE], *mode = text[OBJECT_METADATA_MODE];
    bool grants = text[OBJECT_GRANT_FULL_CONTROL] || text[OBJECT_GRANT_READ] ||
                  text[OBJECT_GRANT_READ_ACP] || text[OBJECT_GRANT_WRITE_ACP];

    if (text[OBJECT_SSE_KMS_KEY_ID] && (!sse || !str_starts(sse, "aws:kms")))
        return "sseKmsKeyId: needs sse to be \"aws:kms\" or \"aws:kms:dsse\"";
    if (is_on(text[OBJECT_SSE_BUCKET_KEY]) && (!sse || strcmp(sse, "aws:kms") != 0))
        return "sseBucketKey: needs sse to be \"aws:kms\"";
    if (grants && text[OBJECT_ACL])
        return "acl: S3 takes a canned ACL or grants, and not both";
    if (is_on(text[OBJECT_NO_SIGN]) && is_on(text[OBJECT_REQUESTER_PAYS]))
        return "sourceNoSignRequest: S3 takes no unsigned request where the requester pays";
    if (mode && strcmp(mode, "keep") != 0 && !text[OBJECT_METADATA])
        return "metadataMode: needs metadata ({} for none at all)";
    return NULL;
}

void object_options_sign(struct buf *out, char *const text[OBJECT_OPTION_COUNT])
{
    static const enum object_option given[] = {OBJECT_STORAGE_CLASS, OBJECT_SSE,
            OBJECT_SSE_KMS_KEY_ID, OBJECT_SSE_BUCKET_KEY, OBJECT_ACL, OBJECT_GRANT_FULL_CONTROL,
            OBJECT_GRANT_READ, OBJECT_GRANT_READ_ACP, OBJECT_GRANT_WRITE_ACP, OBJECT_METADATA_MODE,
            OBJECT_METADATA, OBJECT_CHECKSUM, OBJECT_TAG_SET, OBJECT_OBJECT_LOCK};
    size_t i;

    for (i = 0; i < sizeof given / sizeof given[0]; i++)
        if (text[given[i]])
            buf_addf(out, "%s%s=%s", out->len > 0 ? "\n" : "", object_option_rows[given[i]].field,
                    text[given[i]]);
}

bool object_options_metadata(
        const char *text, void (*each)(void *ctx, const char *name, const char *value), void *ctx)
{
    json_t *root = json_loads(text, 0, NULL), *value;
    const char *name;

    json_object_foreach(root, name, value) each(ctx, name, json_string_value(value));
    json_decref(root);
    return root != NULL;
}
