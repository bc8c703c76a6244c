/* The verdict on each object of a batch: by the listing where that decides, else by
 * HeadObject. */
#include <stdio.h>
#include <string.h>

#include "job/verify/audit_int.h"
#include "model/object/verify.h"

enum { MESSAGE_SIZE = 512 };

static void be_same(struct audit *a, struct audit_entry *entry)
{
    entry->state = AUDIT_SAME;
    a->counts->same++;
    a->counts->bytes += entry->row.said.size;
}

static void be_same_by_size(struct audit *a, struct audit_entry *entry)
{
    a->counts->by_size++;
    be_same(a, entry);
}

static void be_of_another_size(struct audit *a, struct audit_entry *entry, uint64_t size)
{
    char message[MESSAGE_SIZE];

    snprintf(message, sizeof message, "%llu bytes are there, and %llu were delivered",
            (unsigned long long)size, (unsigned long long)entry->row.said.size);
    audit_find(a, entry, AUDIT_DIFFERENT, message);
}

static void be_missing(struct audit *a, struct audit_entry *entry)
{
    audit_find(a, entry, AUDIT_MISSING, "nothing is there");
}

static void be_kept(struct audit *a, struct audit_entry *entry)
{
    entry->state = AUDIT_FOUND;
    a->counts->kept++;
}

/* An object that a listing shows. */
static void judge_listed(struct audit *a, struct audit_entry *entry)
{
    const struct delivered *said = &entry->row.said;

    if (said->kind == DELIVERED_KEPT)
        be_kept(a, entry);
    else if (entry->size != said->size)
        be_of_another_size(a, entry, entry->size);
    else if (etag_same(entry->etag, said->etag))
        be_same(a, entry);
    else if (!said->etag[0] && !said->checksum[0])
        be_same_by_size(a, entry);
    else
        entry->state = AUDIT_ASK;
}

static void judge(struct audit *a, struct audit_entry *entry)
{
    if (entry->row.look != AUDIT_LOOK)
        entry->state = entry->row.look == AUDIT_TAGS_ONLY ? AUDIT_SAME : AUDIT_FOUND;
    else if (entry->state == AUDIT_OPEN)
        entry->state = AUDIT_ASK;
    else if (entry->state == AUDIT_ABSENT)
        be_missing(a, entry);
    else
        judge_listed(a, entry);
}

/* --- HeadObject --- */

/* Two ETags of one number of parts tell of bytes in one layout, as far as they tell of bytes. */
static void compare(struct audit *a, struct audit_entry *entry, const struct object_info *there)
{
    const struct delivered *said = &entry->row.said;
    bool mirrored = etag_parts(said->etag) == etag_parts(there->etag);
    struct object_info info;
    struct proof proof;
    char message[MESSAGE_SIZE];

    delivered_info(said, &info);
    switch (verify_compare(&info, there, mirrored, &proof)) {
    case VERDICT_SAME:
        be_same(a, entry);
        return;
    case VERDICT_DIFFERENT:
        if (proof.verified == VERIFIED_SIZE) {
            be_of_another_size(a, entry, there->size);
            return;
        }
        snprintf(message, sizeof message,
                "its %s is not the one that was delivered (ETag %s, was %s)",
                proof.verified == VERIFIED_ETAG ? "ETag" : "checksum",
                there->etag[0] ? there->etag : "none", said->etag[0] ? said->etag : "not known");
        audit_find(a, entry, AUDIT_DIFFERENT, message);
        return;
    case VERDICT_UNKNOWN:
        break;
    }
    if (!said->etag[0] && !said->checksum[0]) {
        be_same_by_size(a, entry);
        return;
    }
    snprintf(message, sizeof message,
            "it was written again: the size is the same, and its ETag (%s, was %s) cannot be compared",
            there->etag[0] ? there->etag : "none", said->etag[0] ? said->etag : "not known");
    audit_find(a, entry, AUDIT_NOT_COMPARABLE, message);
}

static void take_error(struct audit *a, struct audit_entry *entry, const struct err *err)
{
    char message[ERR_MESSAGE_MAX + ERR_SERVICE_CODE_MAX];

    if (err->http_status == 404 && strcmp(err->service_code, "NoSuchBucket") != 0) {
        be_missing(a, entry);
        return;
    }
    if (audit_is_fatal(a, a->bucket, err))
        return;
    snprintf(message, sizeof message, "%s: %s", err_report_code(err), err->message);
    audit_find(a, entry, AUDIT_UNREADABLE, message);
}

static bool on_head(void *ctx, unsigned i, const struct s3_reply *reply)
{
    struct audit *a = ctx;
    struct audit_entry *entry = &a->entries[a->asked[i]];

    if (reply->err.code != ERR_OK)
        take_error(a, entry, &reply->err);
    else if (entry->row.said.kind == DELIVERED_KEPT)
        be_kept(a, entry);
    else
        compare(a, entry, &reply->u.object);
    return a->err.code == ERR_OK;
}

/* Checksums are asked for where there is one to compare: of an object under KMS keys that takes a
 * right more. */
static void make_head(void *ctx, unsigned i, struct s3_request *request)
{
    const struct audit *a = ctx;
    const struct delivered *said = &a->entries[a->asked[i]].row.said;

    request->op = S3_HEAD_OBJECT;
    request->where.bucket = a->bucket;
    request->where.key = said->key;
    request->u.head.checksums = said->checksum[0] != '\0';
}

enum err_code audit_judge_batch(struct audit *a, struct err *e)
{
    struct sync_many many = {.make = make_head, .each = on_head, .ctx = a};
    unsigned i;

    a->asked_count = 0;
    for (i = 0; i < a->count; i++) {
        judge(a, &a->entries[i]);
        if (a->entries[i].state == AUDIT_ASK)
            a->asked[a->asked_count++] = i;
    }
    many.count = a->asked_count;
    return audit_send(a, &many, e);
}
