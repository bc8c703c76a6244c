#include "report/delivery/delivery_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sort/ext_sort.h"
#include "base/str.h"
#include "base/version.h"
#include "model/delivery/delivered.h"
#include "model/delivery/delivery_lines.h"
#include "model/object/tags_told.h"
#include "s3/sync_many.h"

enum { BATCH = 512 }; /* objects that are asked for their tags together */

struct delivery_record {
    struct ext_sort *lines; /* of each object its key, NUL, and its line */
    uint64_t objects, kept, bytes;
    struct buf text; /* scratch */
    /* While it is written: */
    FILE *out;
    struct delivery_digest digest;
    const struct delivery_facts *facts;
    struct delivered batch[BATCH];
    unsigned batched;
    uint64_t without_tags;
    struct err err; /* of a callback */
};

enum err_code delivery_record_new(struct delivery_record **out, const char *tmp_dir, struct err *e)
{
    struct delivery_record *d = calloc(1, sizeof *d);

    *out = NULL;
    if (!d)
        return err_nomem(e);
    buf_init(&d->text, BUF_MAX_RESULT);
    if (ext_sort_new(&d->lines, tmp_dir, e) != ERR_OK) {
        free(d);
        return e->code;
    }
    *out = d;
    return ERR_OK;
}

static void drop_batch(struct delivery_record *d)
{
    while (d->batched > 0)
        delivered_free(&d->batch[--d->batched]);
}

void delivery_record_free(struct delivery_record *d)
{
    if (!d)
        return;
    drop_batch(d);
    ext_sort_free(d->lines);
    delivery_digest_free(&d->digest);
    buf_free(&d->text);
    free(d);
}

enum err_code delivery_record_add(struct delivery_record *d, const struct result *r, struct err *e)
{
    struct delivered object;
    enum err_code code;

    if (!delivered_by(r))
        return ERR_OK;
    object = delivered_of(r);
    buf_clear(&d->text);
    buf_addz(&d->text, object.key);
    delivered_write(&d->text, &object);
    code = buf_check(&d->text, "a line of the delivery record", e);
    if (code != ERR_OK)
        return code;
    d->objects++;
    d->bytes += object.size;
    d->kept += object.kind == DELIVERED_KEPT;
    return ext_sort_add(d->lines, buf_str(&d->text), d->text.len, e);
}

/* --- writing --- */

static void put(struct delivery_record *d, const char *line, size_t len)
{
    delivery_digest_add(&d->digest, line, len);
    (void)fwrite(line, 1, len, d->out); /* the caller sees ferror() */
}

/* The keys of copyout's own files, by which they are told from objects that nobody named. */
static void name_own(
        struct delivery_head *h, struct buf own[DELIVERY_OWN_MOST], const struct input *in)
{
    static void (*const keys[DELIVERY_OWN_MOST])(struct buf * out, const struct input *in) = {
            input_marker_key, input_report_key, input_page_key, input_delivery_key};
    unsigned i;

    for (i = 0; i < DELIVERY_OWN_MOST; i++) {
        buf_init(&own[i], BUF_MAX_SMALL);
        keys[i](&own[i], in);
        h->own[i] = own[i].data;
    }
    h->own_count = DELIVERY_OWN_MOST;
}

static enum err_code put_head(struct delivery_record *d, struct err *e)
{
    const struct delivery_facts *f = d->facts;
    char created[CLOCK_ISO_SIZE], tool[] = "copyout " COPYOUT_VERSION;
    struct buf destination, own[DELIVERY_OWN_MOST];
    struct delivery_head h = {.tool = tool,
            .list = f->plan->digest,
            .created = created,
            .objects = d->objects,
            .bytes = d->bytes,
            .kept = d->kept,
            .failed = f->report->by_status[RESULT_FAILED],
            .missing = f->report->missing};
    enum err_code code = ERR_OK;
    unsigned i;

    clock_format_iso(created, f->made_s);
    buf_init(&destination, BUF_MAX_SMALL);
    buf_addf(
            &destination, "s3://%s/%s", f->input->destination_bucket, f->input->destination_folder);
    h.destination = destination.data;
    name_own(&h, own, f->input);
    for (i = 0; i < DELIVERY_OWN_MOST && code == ERR_OK; i++)
        code = buf_check(&own[i], "the name of a file", e);
    if (code == ERR_OK)
        code = buf_check(&destination, "the destination", e);
    buf_clear(&d->text);
    if (code == ERR_OK)
        delivery_head_write(&d->text, &h);
    if (code == ERR_OK)
        code = buf_check(&d->text, "the first line of the delivery record", e);
    if (code == ERR_OK)
        put(d, buf_str(&d->text), d->text.len);
    for (i = 0; i < DELIVERY_OWN_MOST; i++)
        buf_free(&own[i]);
    buf_free(&destination);
    return code;
}

/* --- tags --- */

static void make_request(void *ctx, unsigned i, struct s3_request *request)
{
    const struct delivery_record *d = ctx;

    request->op = S3_GET_OBJECT_TAGGING;
    request->where.bucket = d->facts->input->destination_bucket;
    request->where.key = d->batch[i].key;
}

static bool take_tags(void *ctx, unsigned i, const struct s3_reply *reply)
{
    struct delivery_record *d = ctx;

    const char *tagging = reply->err.code == ERR_OK ? reply->u.tagging : NULL;

    if (tags_told(&reply->err) == TAGS_UNTOLD)
        d->without_tags++;
    else if (tag_digest(d->batch[i].tags, tagging, &d->err) != ERR_OK)
        d->batch[i].tags[0] = '\0';
    return d->err.code == ERR_OK;
}

static enum err_code put_batch(struct delivery_record *d, struct err *e)
{
    const struct sync_many many = {d->batched, make_request, take_tags, d};
    enum err_code code = sync_many(d->facts->sync, &many, e);
    unsigned i;

    if (code == ERR_OK && d->err.code != ERR_OK) {
        *e = d->err;
        code = e->code;
    }
    for (i = 0; code == ERR_OK && i < d->batched; i++) {
        buf_clear(&d->text);
        delivered_write(&d->text, &d->batch[i]);
        code = buf_check(&d->text, "a line of the delivery record", e);
        if (code == ERR_OK)
            put(d, buf_str(&d->text), d->text.len);
    }
    drop_batch(d);
    return code;
}

/* Adds a line to the batch, which is asked for its tags when it is full. */
static enum err_code batch_line(
        struct delivery_record *d, const char *line, size_t len, struct err *e)
{
    if (!delivered_read(&d->batch[d->batched], line, len - 1))
        return err_set(e, ERR_INTERNAL, "a line of the delivery record cannot be read again");
    d->batched++;
    return d->batched == BATCH ? put_batch(d, e) : ERR_OK;
}

/* --- the whole --- */

static enum err_code put_lines(struct delivery_record *d, struct err *e)
{
    enum err_code code = ext_sort_begin(d->lines, e);
    const char *record = "";
    size_t len, skip;

    while (code == ERR_OK && record) {
        code = ext_sort_next(d->lines, &record, &len, e);
        if (code != ERR_OK || !record)
            break;
        skip = strlen(record) + 1;
        if (d->facts->input->delivery_tags)
            code = batch_line(d, record + skip, len - skip, e);
        else
            put(d, record + skip, len - skip);
    }
    return code == ERR_OK && d->batched > 0 ? put_batch(d, e) : code;
}

static enum err_code put_end(struct delivery_record *d, struct err *e)
{
    const struct delivery_key *key = d->facts->key;
    struct delivery_end end = {0};
    enum err_code code = delivery_digest_end(&d->digest, end.digest, e);

    if (code == ERR_OK && key) {
        str_copy(end.key, sizeof end.key, delivery_key_id(key));
        code = delivery_sign(key, end.digest, end.signature, e);
    }
    buf_clear(&d->text);
    if (code == ERR_OK)
        delivery_end_write(&d->text, &end);
    if (code == ERR_OK)
        code = buf_check(&d->text, "the last line of the delivery record", e);
    if (code == ERR_OK)
        (void)fwrite(buf_str(&d->text), 1, d->text.len, d->out);
    return code;
}

enum err_code delivery_record_write(
        struct delivery_record *d, const struct delivery_facts *facts, FILE *out, struct err *e)
{
    enum err_code code = delivery_digest_begin(&d->digest, e);

    d->facts = facts;
    d->out = out;
    err_clear(&d->err);
    if (code == ERR_OK)
        code = put_head(d, e);
    if (code == ERR_OK)
        code = put_lines(d, e);
    if (code == ERR_OK)
        code = put_end(d, e);
    if (d->without_tags > 0)
        log_warn(
                "the tags of %llu object%s could not be read at the destination: the delivery record "
                "does not tell of them",
                (unsigned long long)d->without_tags, str_plural(d->without_tags));
    return code;
}
