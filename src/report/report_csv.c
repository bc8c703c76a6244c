#include "report/report_csv.h"

#include <string.h>

static void add_field(struct buf *out, const char *text)
{
    buf_addc(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            buf_addc(out, '"');
        buf_addc(out, *text);
    }
    buf_addc(out, '"');
}

/* Takes over the text that was put together in scratch, and its failure, if it has one. */
static void add_scratch(struct buf *out, const struct buf *scratch)
{
    if (!buf_ok(scratch))
        out->failed = scratch->failed;
    add_field(out, buf_str(scratch));
}

static void add_object(struct buf *out, struct buf *scratch, const char *bucket, const char *key)
{
    buf_clear(scratch);
    buf_addf(scratch, "s3://%s/", bucket);
    buf_adds(scratch, key);
    add_scratch(out, scratch);
}

/* With the checksum that was equal, or the ledger, where they are what it rests on. */
static void add_proof(struct buf *out, const struct result *r)
{
    buf_addf(out, "verified by %s",
            r->verified == VERIFIED_NONE ? "nothing" : verified_name(r->verified));
    if (r->verified_by != BY_NOTHING && r->verified_by != BY_ETAG)
        buf_addf(out, " (%s)", verified_by_name(r->verified_by));
}

/* The message of a row: the error, or how the copy was proven and what did not come along. */
static void add_message(struct buf *out, struct buf *scratch, const struct result *r)
{
    char ids[ERR_IDS_MAX];

    buf_clear(scratch);
    if (r->status == RESULT_FAILED) {
        buf_addf(scratch, "%s: %s", err_report_code(&r->err), r->err.message);
        if (err_ids(&r->err, ids)[0])
            buf_addf(scratch, " (%s)", ids);
    } else if (r->status == RESULT_PENDING) {
        buf_adds(scratch, "would be copied");
    } else if (r->status == RESULT_KEPT) {
        buf_adds(scratch, r->notes & NOTE_UNPROVEN
                                  ? "what is there cannot be compared with the source and was kept"
                                  : "something else is there and was kept");
    } else {
        add_proof(scratch, r);
    }
    if (r->notes) {
        buf_adds(scratch, "; ");
        result_notes_text(scratch, r->notes, "; ");
    }
    add_scratch(out, scratch);
}

/* A key that ends with '/' has no shorter name than itself. */
static const char *name_of(const struct item *item)
{
    const char *slash = strrchr(item->destination_key, '/');

    return slash && slash[1] ? slash + 1 : item->destination_key;
}

static void add_places(struct buf *out, const struct item *item, const char *destination_bucket)
{
    struct buf scratch;

    buf_init(&scratch, BUF_MAX_LINE);
    buf_addc(out, ',');
    add_object(out, &scratch, item->bucket, item->key);
    buf_addc(out, ',');
    add_object(out, &scratch, destination_bucket, item->destination_key);
    buf_adds(out, "\r\n");
    buf_free(&scratch);
}

void report_csv_not_reached(
        struct buf *out, const struct item *item, const char *destination_bucket)
{
    add_field(out, name_of(item));
    buf_adds(out, ",NOT REACHED,,,,\"the job was stopped before it; run it again\"");
    add_places(out, item, destination_bucket);
}

void report_csv_row(struct buf *out, const struct result *r, const char *destination_bucket)
{
    bool moved = r->status == RESULT_COPIED && r->seconds > 0;
    struct buf scratch;

    buf_init(&scratch, BUF_MAX_LINE);
    add_field(out, name_of(&r->item));
    buf_addf(out, ",%s,%llu,%.3f,", result_status_name(r->status), (unsigned long long)r->size,
            r->seconds);
    if (moved)
        buf_addf(out, "%.2f", (double)r->size / 1e6 / r->seconds);
    buf_addc(out, ',');
    add_message(out, &scratch, r);
    add_places(out, &r->item, destination_bucket);
    buf_free(&scratch);
}
