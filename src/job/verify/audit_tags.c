/* The tags of a batch. For each object that is the same, the digest of its tags is compared with
 * the digest in its row, or where the row has none with that of its source's tags. */
#include <stdio.h>
#include <string.h>

#include "job/verify/audit_int.h"
#include "model/object/tags_told.h"

enum { OF_SOURCE, OF_COPY, SIDES };

/* A request is for an entry and a side of it. */
static struct audit_entry *entry_of(const struct audit *a, unsigned i)
{
    return &a->entries[a->asked[i] / SIDES];
}

static void make_request(void *ctx, unsigned i, struct s3_request *request)
{
    const struct audit *a = ctx;
    const struct audit_row *row = &entry_of(a, i)->row;

    request->op = S3_GET_OBJECT_TAGGING;
    if (a->asked[i] % SIDES == OF_SOURCE) {
        request->where.bucket = row->source_bucket;
        request->where.key = row->source_key;
        request->where.version_id = row->source_version;
    } else {
        request->where.bucket = a->bucket;
        request->where.key = row->said.key;
    }
}

static bool on_tags(void *ctx, unsigned i, const struct s3_reply *reply)
{
    struct audit *a = ctx;
    struct audit_entry *entry = entry_of(a, i);
    unsigned side = a->asked[i] % SIDES;
    char message[ERR_MESSAGE_MAX + ERR_SERVICE_CODE_MAX + 64];

    if (tags_told_none(&reply->err))
        return tag_digest(entry->tags[side], NULL, &a->err) == ERR_OK;
    if (reply->err.code == ERR_OK)
        return tag_digest(entry->tags[side], reply->u.tagging, &a->err) == ERR_OK;
    if (audit_is_fatal(a, side == OF_SOURCE ? entry->row.source_bucket : a->bucket, &reply->err))
        return false;
    if (entry->state == AUDIT_FOUND)
        return true;
    snprintf(message, sizeof message, "the tags of %s cannot be read: %s: %s",
            side == OF_SOURCE ? "its source" : "the copy", err_report_code(&reply->err),
            reply->err.message);
    audit_find(a, entry, AUDIT_UNREADABLE, message);
    return a->err.code == ERR_OK;
}

/* Which requests the entry takes. */
static void gather(struct audit *a, unsigned i)
{
    struct audit_entry *entry = &a->entries[i];

    if (entry->state != AUDIT_SAME)
        return;
    if (entry->row.source_key) {
        a->asked[a->asked_count++] = SIDES * i + OF_SOURCE;
    } else if (entry->row.said.tags[0]) {
        memcpy(entry->tags[OF_SOURCE], entry->row.said.tags, TAG_DIGEST_SIZE);
    } else {
        audit_find(a, entry, AUDIT_UNREADABLE, "the record does not tell of its tags");
        return;
    }
    a->asked[a->asked_count++] = SIDES * i + OF_COPY;
}

enum err_code audit_tag_batch(struct audit *a, struct err *e)
{
    struct sync_many many = {.make = make_request, .each = on_tags, .ctx = a};
    enum err_code code;
    unsigned i;

    a->asked_count = 0;
    for (i = 0; i < a->count; i++)
        gather(a, i);
    many.count = a->asked_count;
    code = audit_send(a, &many, e);
    for (i = 0; code == ERR_OK && i < a->count; i++) {
        struct audit_entry *entry = &a->entries[i];

        if (entry->state == AUDIT_SAME && strcmp(entry->tags[OF_SOURCE], entry->tags[OF_COPY]) != 0)
            audit_find(a, entry, AUDIT_TAGS, "it has other tags");
    }
    return code;
}
