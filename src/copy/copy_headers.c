#include "copy/copy_headers.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "copy/omit.h"
#include "model/result.h"

#define WEBSITE_REDIRECT "x-amz-website-redirect-location"
/* Of an answer to HeadObject (Amazon S3 API Reference): how many fields of the metadata it leaves
 * out, since HTTP cannot hold them; and what Object Lock holds of the object. */
#define MISSING_METADATA "x-amz-missing-meta"
#define OBJECT_LOCK_MODE "x-amz-object-lock-mode"
#define OBJECT_LOCK_HOLD "x-amz-object-lock-legal-hold"
#define OBJECT_LOCK_DATE "x-amz-object-lock-retain-until-date"

/* Whether the copy is given the field, or a note comes of it. */
static bool is_of_use(const char *name)
{
    static const char *const names[] = {WEBSITE_REDIRECT, MISSING_METADATA, OBJECT_LOCK_MODE,
            OBJECT_LOCK_HOLD, OBJECT_LOCK_DATE, COPY_SERVER_HEADER};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return object_options_is_metadata(name);
}

void copy_headers_keep(struct headers *kept, const struct headers *answer)
{
    const char *name, *value;
    struct buf joined;
    size_t at = 0;

    buf_init(&joined, BUF_MAX_SMALL);
    headers_clear(kept);
    while (answer && headers_next(answer, &at, &name, &value)) {
        if (!is_of_use(name) || headers_get(kept, name))
            continue;
        buf_clear(&joined);
        headers_join(answer, name, &joined);
        if (!buf_ok(&joined))
            kept->text.failed = joined.failed;
        headers_add(kept, name, buf_str(&joined));
    }
    buf_free(&joined);
}

/* --- metadata --- */

static void take_wished(void *ctx, const char *name, const char *value)
{
    headers_add(ctx, name, value);
}

/* The metadata that the copy is to have, where it is not the source's. */
static void give_wished(struct headers *out, const struct copy_attributes *source)
{
    const char *text = source->options->object[OBJECT_METADATA];
    bool add = copy_options_add_metadata(source->options);
    const char *name, *value;
    struct headers wished;
    size_t at = 0;

    headers_init(&wished);
    if (!object_options_metadata(text, take_wished, &wished))
        wished.text.failed = ERR_NOMEM;
    while (add && headers_next(source->kept, &at, &name, &value))
        if (object_options_is_metadata(name) && !headers_get(&wished, name))
            headers_add(out, name, value);
    headers_add_all(out, &wished);
    headers_free(&wished);
}

static void give_metadata(struct headers *out, const struct copy_attributes *source)
{
    const char *name, *value;
    size_t at = 0;

    if (!copy_options_keep_metadata(source->options)) {
        give_wished(out, source);
        return;
    }
    while (headers_next(source->kept, &at, &name, &value))
        if (object_options_is_metadata(name))
            headers_add(out, name, value);
}

static void replace_metadata(struct headers *out, const struct copy_attributes *source)
{
    if (copy_options_keep_metadata(source->options))
        return;
    headers_add(out, "x-amz-metadata-directive", "REPLACE");
    give_wished(out, source);
}

/* --- the rest --- */

static void give_redirect(struct headers *out, const struct copy_attributes *source)
{
    const char *redirect = headers_get(source->kept, WEBSITE_REDIRECT);

    if (redirect)
        headers_add(out, WEBSITE_REDIRECT, redirect);
}

/* Whether a copy with this storage class can be read like its source: an archive's cannot. */
static bool is_readable_class(const char *class)
{
    static const char *const classes[] = {
            "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "REDUCED_REDUNDANCY"};
    size_t i;

    for (i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strcmp(class, classes[i]) == 0)
            return true;
    return false;
}

static void give_class(struct headers *out, const struct copy_attributes *source)
{
    const char *wished = source->options->object[OBJECT_STORAGE_CLASS];

    if (wished)
        headers_add(out, "x-amz-storage-class", wished);
    else if (is_readable_class(source->source->storage_class))
        headers_add(out, "x-amz-storage-class", source->source->storage_class);
}

static void give_tags(struct headers *out, const struct copy_attributes *source)
{
    if (source->tagging)
        headers_add(out, "x-amz-tagging", source->tagging);
}

static void give_checksum(struct headers *out, const struct copy_attributes *source)
{
    const struct upload_checksum *sum = &source->checksum;

    if (sum->type == CHECKSUMS_UNTYPED)
        return;
    headers_add(out, "x-amz-checksum-algorithm", checksum_name(sum->kind));
    headers_add(out, "x-amz-checksum-type", checksum_type_name(sum->type));
}

/* CopyObject works the checksum out of the bytes, and knows of no types. */
static void wish_checksum(struct headers *out, const struct copy_attributes *source)
{
    const char *wished = source->options->object[OBJECT_CHECKSUM];

    if (wished)
        headers_add(out, "x-amz-checksum-algorithm", wished);
}

struct given_option {
    enum object_option which;
    const char *name;
};

static void give_options(struct headers *out, const struct copy_options *options,
        const struct given_option *given, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const char *text = options->object[given[i].which];

        if (text)
            headers_add(out, given[i].name, text);
    }
}

static void add_sse(struct headers *out, const struct copy_options *options)
{
    static const struct given_option given[] = {
            {OBJECT_SSE, "x-amz-server-side-encryption"},
            {OBJECT_SSE_KMS_KEY_ID, "x-amz-server-side-encryption-aws-kms-key-id"},
            {OBJECT_SSE_BUCKET_KEY, "x-amz-server-side-encryption-bucket-key-enabled"},
    };

    give_options(out, options, given, sizeof given / sizeof given[0]);
}

static void add_acl(struct headers *out, const struct copy_options *options)
{
    static const struct given_option given[] = {
            {OBJECT_ACL, "x-amz-acl"},
            {OBJECT_GRANT_FULL_CONTROL, "x-amz-grant-full-control"},
            {OBJECT_GRANT_READ, "x-amz-grant-read"},
            {OBJECT_GRANT_READ_ACP, "x-amz-grant-read-acp"},
            {OBJECT_GRANT_WRITE_ACP, "x-amz-grant-write-acp"},
    };

    give_options(out, options, given, sizeof given / sizeof given[0]);
}

/* --- Object Lock --- */

/* "0" and "OFF" say that there is nothing. */
static bool says(const struct headers *kept, const char *name, const char *nothing)
{
    const char *value = headers_get(kept, name);

    return value && strcmp(value, nothing) != 0;
}

/* S3 refuses a date that is past. One that cannot be read is S3's to judge. */
static bool is_retained(const struct copy_attributes *source)
{
    const char *date = headers_get(source->kept, OBJECT_LOCK_DATE);
    int64_t until_s;

    if (!says(source->kept, OBJECT_LOCK_MODE, "") || !date)
        return false;
    return !clock_parse_iso(date, &until_s) || until_s > source->now_s;
}

static bool is_held(const struct copy_attributes *source)
{
    return says(source->kept, OBJECT_LOCK_HOLD, "OFF");
}

static bool keeps_lock(const struct copy_attributes *source)
{
    const char *mode = source->options->object[OBJECT_OBJECT_LOCK];

    return mode && strcmp(mode, "none") != 0;
}

bool copy_headers_lock(const struct copy_attributes *source)
{
    return keeps_lock(source) && (is_retained(source) || is_held(source));
}

static void add_kept(struct headers *out, const struct copy_attributes *source, const char *name)
{
    headers_add(out, name, headers_get(source->kept, name));
}

static void give_lock(struct headers *out, const struct copy_attributes *source)
{
    if (!keeps_lock(source) || (source->omitted & OMIT_LOCK))
        return;
    if (is_retained(source)) {
        add_kept(out, source, OBJECT_LOCK_MODE);
        add_kept(out, source, OBJECT_LOCK_DATE);
    }
    if (is_held(source))
        add_kept(out, source, OBJECT_LOCK_HOLD);
}

static void give_sse(struct headers *out, const struct copy_attributes *source)
{
    add_sse(out, source->options);
}

static void give_acl(struct headers *out, const struct copy_attributes *source)
{
    add_acl(out, source->options);
}

void copy_headers_file(struct headers *out, const struct copy_options *options)
{
    add_sse(out, options);
    add_acl(out, options);
}

/* CreateMultipartUpload starts from nothing, and is given each attribute. CopyObject takes some
 * over by itself (NULL), and is given them only where the copy is to have others (Amazon S3 API
 * Reference, CopyObject: "x-amz-metadata-directive" and "x-amz-tagging-directive", both COPY by
 * default). */
static const struct {
    void (*create)(struct headers *out, const struct copy_attributes *source);
    void (*copy)(struct headers *out, const struct copy_attributes *source);
} attributes[] = {
        {give_metadata, replace_metadata},
        {give_redirect, give_redirect},
        {give_class, give_class},
        {give_sse, give_sse},
        {give_acl, give_acl},
        {give_lock, give_lock},
        {give_tags, NULL},
        {give_checksum, wish_checksum},
};

void copy_headers_copy(struct headers *out, const struct copy_attributes *source,
        enum copy_tags tags, unsigned omitted)
{
    const char *annotations = source->options->object[OBJECT_ANNOTATIONS];
    size_t i;

    for (i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
        if (attributes[i].copy)
            attributes[i].copy(out, source);
    if ((annotations && strcmp(annotations, "none") == 0) || (omitted & OMIT_ANNOTATIONS))
        headers_add(out, "x-amz-object-annotation-directive", "EXCLUDE");
    if (source->options->tags == TAGS_SET) {
        headers_add(out, "x-amz-tagging-directive", "REPLACE");
        headers_add(out, "x-amz-tagging", source->options->object[OBJECT_TAG_SET]);
    }
    /* "REPLACE" with no x-amz-tagging: no tags, and no need for the right to read them. */
    if ((tags == COPY_NO_TAGS || source->options->tags == TAGS_NONE) &&
            !(omitted & OMIT_TAG_DIRECTIVE))
        headers_add(out, "x-amz-tagging-directive", "REPLACE");
}

void copy_headers_create(struct headers *out, const struct copy_attributes *source)
{
    size_t i;

    for (i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
        attributes[i].create(out, source);
}

static bool is_class_lost(const char *class)
{
    return strcmp(class, "GLACIER") == 0 || strcmp(class, "DEEP_ARCHIVE") == 0 ||
           strcmp(class, "EXPRESS_ONEZONE") == 0;
}

unsigned copy_headers_notes(const struct copy_attributes *source)
{
    bool class_wished = source->options->object[OBJECT_STORAGE_CLASS] != NULL;
    unsigned notes = 0;

    if (!class_wished && is_class_lost(source->source->storage_class))
        notes |= NOTE_CLASS_CHANGED;
    /* Where it is to be kept and may not be, omit_notes() says so. */
    if (!keeps_lock(source) && (says(source->kept, OBJECT_LOCK_MODE, "") || is_held(source)))
        notes |= NOTE_LOCK_NOT_COPIED;
    /* They are given to the copy, since others are added to them. */
    if (copy_options_add_metadata(source->options) && says(source->kept, MISSING_METADATA, "0"))
        notes |= NOTE_METADATA_MISSING;
    return notes;
}

unsigned copy_headers_create_notes(const struct copy_attributes *source)
{
    unsigned notes = copy_headers_notes(source);

    /* CopyObject takes the metadata over by itself, also what no header can say. */
    if (copy_options_keep_metadata(source->options) && says(source->kept, MISSING_METADATA, "0"))
        notes |= NOTE_METADATA_MISSING;
    if ((checksums_any(&source->source->checksums) || source->options->object[OBJECT_CHECKSUM]) &&
            source->checksum.type == CHECKSUMS_UNTYPED)
        notes |= NOTE_CHECKSUM_DROPPED;
    return notes;
}
