#include "copy/copy_headers.h"

#include <string.h>
#include <strings.h>

#include "copy/omit.h"
#include "model/result.h"

#define WEBSITE_REDIRECT "x-amz-website-redirect-location"
/* Of an answer to HeadObject (Amazon S3 API Reference): how many fields of the metadata it leaves
 * out, since HTTP cannot hold them; and what Object Lock holds of the object. */
#define MISSING_METADATA "x-amz-missing-meta"
#define OBJECT_LOCK_MODE "x-amz-object-lock-mode"
#define OBJECT_LOCK_HOLD "x-amz-object-lock-legal-hold"

/* The metadata that S3 keeps with an object under a name of its own (Amazon S3 User Guide, "Working
 * with object metadata": system-defined metadata that a user can modify), and the user's own. */
static bool is_metadata(const char *name)
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

/* Whether the copy is given the field, or a note comes of it. */
static bool is_of_use(const char *name)
{
    static const char *const names[] = {
            WEBSITE_REDIRECT, MISSING_METADATA, OBJECT_LOCK_MODE, OBJECT_LOCK_HOLD};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return is_metadata(name);
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

static void give_metadata(struct headers *out, const struct copy_attributes *source)
{
    const char *name, *value;
    size_t at = 0;

    while (headers_next(source->kept, &at, &name, &value))
        if (is_metadata(name))
            headers_add(out, name, value);
}

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
    if (is_readable_class(source->source->storage_class))
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

/* How CopyObject comes by an attribute; CreateMultipartUpload starts from nothing, and must be
 * given each (Amazon S3 API Reference, CopyObject: "x-amz-metadata-directive" and
 * "x-amz-tagging-directive", both COPY by default). */
enum by_copy {
    BY_COPY_ITSELF, /* CopyObject takes it over */
    BY_COPY_GIVEN,  /* CopyObject must be given it too */
};

static const struct {
    enum by_copy by_copy;
    void (*give)(struct headers *out, const struct copy_attributes *source);
} attributes[] = {
        {BY_COPY_ITSELF, give_metadata},
        {BY_COPY_GIVEN, give_redirect},
        {BY_COPY_GIVEN, give_class},
        {BY_COPY_ITSELF, give_tags},
        {BY_COPY_ITSELF, give_checksum},
};

void copy_headers_copy(struct headers *out, const struct copy_attributes *source,
        enum copy_tags tags, unsigned omitted)
{
    size_t i;

    for (i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
        if (attributes[i].by_copy == BY_COPY_GIVEN)
            attributes[i].give(out, source);
    /* "REPLACE" with no x-amz-tagging: no tags, and no need for the right to read them. */
    if ((tags == COPY_NO_TAGS || source->options->tags == TAGS_NONE) &&
            !(omitted & OMIT_TAG_DIRECTIVE))
        headers_add(out, "x-amz-tagging-directive", "REPLACE");
}

void copy_headers_create(struct headers *out, const struct copy_attributes *source)
{
    size_t i;

    for (i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
        attributes[i].give(out, source);
}

static bool is_class_lost(const char *class)
{
    return strcmp(class, "GLACIER") == 0 || strcmp(class, "DEEP_ARCHIVE") == 0 ||
           strcmp(class, "EXPRESS_ONEZONE") == 0;
}

/* "0" and "OFF" say that there is nothing. */
static bool says(const struct headers *kept, const char *name, const char *nothing)
{
    const char *value = headers_get(kept, name);

    return value && strcmp(value, nothing) != 0;
}

unsigned copy_headers_notes(const struct copy_attributes *source)
{
    unsigned notes = 0;

    if (is_class_lost(source->source->storage_class))
        notes |= NOTE_CLASS_CHANGED;
    if (says(source->kept, OBJECT_LOCK_MODE, "") || says(source->kept, OBJECT_LOCK_HOLD, "OFF"))
        notes |= NOTE_LOCK_NOT_COPIED;
    return notes;
}

unsigned copy_headers_create_notes(const struct copy_attributes *source)
{
    unsigned notes = copy_headers_notes(source);

    /* CopyObject takes the metadata over by itself, also what no header can say. */
    if (says(source->kept, MISSING_METADATA, "0"))
        notes |= NOTE_METADATA_MISSING;
    if (checksums_any(&source->source->checksums) && source->checksum.type == CHECKSUMS_UNTYPED)
        notes |= NOTE_CHECKSUM_DROPPED;
    return notes;
}
