#include "report/report_csv.h"

#include <string.h>

/* A part of a quoted field. */
static void add_text(struct buf *out, const char *text)
{
    const char *quote;

    for (; (quote = strchr(text, '"')); text = quote + 1) {
        buf_add(out, text, (size_t)(quote - text + 1));
        buf_addc(out, '"');
    }
    buf_adds(out, text);
}

static void add_field(struct buf *out, const char *text)
{
    buf_addc(out, '"');
    add_text(out, text);
    buf_addc(out, '"');
}

static void add_object(struct buf *out, const char *bucket, const char *key)
{
    buf_adds(out, "\"s3://");
    add_text(out, bucket);
    buf_addc(out, '/');
    add_text(out, key);
    buf_addc(out, '"');
}

static void add_failure(struct buf *out, const struct err *err)
{
    char ids[ERR_IDS_MAX];

    add_text(out, err_report_code(err));
    buf_adds(out, ": ");
    add_text(out, err->message);
    if (!err_ids(err, ids)[0])
        return;
    buf_adds(out, " (");
    add_text(out, ids);
    buf_addc(out, ')');
}

/* With the checksum that was equal, or the ledger, where they are what it rests on. */
static void add_proof(struct buf *out, const struct result *r)
{
    buf_adds(out, "verified by ");
    buf_adds(out, r->verified == VERIFIED_NONE ? "nothing" : verified_name(r->verified));
    if (r->verified_by == BY_NOTHING || r->verified_by == BY_ETAG)
        return;
    buf_adds(out, " (");
    buf_adds(out, verified_by_name(r->verified_by));
    buf_addc(out, ')');
}

/* The message of a row: the error, or how the copy was proven and what did not come along. */
static void add_message(struct buf *out, const struct result *r)
{
    buf_addc(out, '"');
    if (r->status == RESULT_FAILED)
        add_failure(out, &r->err);
    else if (r->status == RESULT_PENDING)
        buf_adds(out, "would be copied");
    else if (r->status == RESULT_KEPT)
        buf_adds(out, r->notes & NOTE_UNPROVEN
                              ? "what is there cannot be compared with the source and was kept"
                              : "something else is there and was kept");
    else
        add_proof(out, r);
    if (r->notes) {
        buf_adds(out, "; ");
        result_notes_text(out, r->notes, "; ");
    }
    buf_addc(out, '"');
}

/* A key that ends with '/' has no shorter name than itself. */
static const char *name_of(const struct item *item)
{
    const char *slash = strrchr(item->destination_key, '/');

    return slash && slash[1] ? slash + 1 : item->destination_key;
}

/* An id that is none is an empty field. */
static void add_version(struct buf *out, const char *version)
{
    buf_addc(out, ',');
    if (version)
        add_field(out, version);
}

/* version: of the copy; NULL: none, or there is no copy. */
static void add_places(struct buf *out, const struct item *item, const char *destination_bucket,
        const char *version)
{
    buf_addc(out, ',');
    add_object(out, item->bucket, item->key);
    buf_addc(out, ',');
    add_object(out, destination_bucket, item->destination_key);
    add_version(out, item->version_id);
    add_version(out, version);
    buf_adds(out, "\r\n");
}

void report_csv_not_reached(struct buf *out, const struct item *item,
        const char *destination_bucket, const char *failure)
{
    add_field(out, name_of(item));
    buf_adds(out, ",NOT REACHED,,,,\"");
    buf_adds(out, failure ? "its shard failed: " : "the job was stopped before it");
    if (failure)
        add_text(out, failure);
    buf_adds(out, "; run it again\"");
    add_places(out, item, destination_bucket, NULL);
}

void report_csv_row(struct buf *out, const struct result *r, const char *destination_bucket)
{
    add_field(out, name_of(&r->item));
    buf_addc(out, ',');
    buf_adds(out, result_status_name(r->status));
    buf_addc(out, ',');
    buf_addu(out, r->size);
    buf_addc(out, ',');
    buf_add_fixed(out, r->seconds, 3);
    buf_addc(out, ',');
    if (r->status == RESULT_COPIED && r->seconds > 0)
        buf_add_fixed(out, (double)r->size / 1e6 / r->seconds, 2);
    buf_addc(out, ',');
    add_message(out, r);
    add_places(out, &r->item, destination_bucket, r->written.version_id);
}
