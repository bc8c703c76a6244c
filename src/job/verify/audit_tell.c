/* Functions that the steps of the audit share: telling of findings, sending requests. */
#include <stdlib.h>
#include <string.h>

#include "job/verify/audit_int.h"

const char *audit_name(enum audit_kind kind)
{
    static const char *const names[AUDIT_KINDS] = {
            "MISSING", "DIFFERENT", "NOT-COMPARABLE", "TAGS", "EXTRA", "UNREADABLE"};

    return names[kind];
}

bool audit_is_clean(const struct audit_counts *counts)
{
    int i;

    for (i = 0; i < AUDIT_KINDS; i++)
        if (counts->findings[i] > 0)
            return false;
    return true;
}

void audit_row_free(struct audit_row *row)
{
    delivered_free(&row->said);
    free(row->source_bucket);
    free(row->source_key);
    free(row->source_version);
    memset(row, 0, sizeof *row);
}

void audit_tell(struct audit *a, enum audit_kind kind, const char *key, const char *message)
{
    const struct audit_finding finding = {kind, key, message};

    a->counts->findings[kind]++;
    if (a->err.code == ERR_OK)
        (void)(a->config->on_finding(a->config->ctx, &finding, &a->err) == ERR_OK);
}

void audit_find(
        struct audit *a, struct audit_entry *entry, enum audit_kind kind, const char *message)
{
    if (entry->state == AUDIT_SAME) { /* it was, but for its tags */
        a->counts->same--;
        a->counts->bytes -= entry->row.said.size;
    }
    entry->state = AUDIT_FOUND;
    audit_tell(a, kind, entry->row.said.key, message);
}

bool audit_is_fatal(struct audit *a, const char *bucket, const struct err *err)
{
    bool no_bucket = strcmp(err->service_code, "NoSuchBucket") == 0;
    bool of_object = err->http_status / 100 == 4 || err->http_status == 501;

    if (of_object && err->code != ERR_CREDENTIALS && !no_bucket)
        return false;
    if (a->err.code != ERR_OK)
        return true;
    a->err = *err;
    if (no_bucket) /* S3's message does not name it */
        err_prefix(&a->err, "bucket %s", bucket);
    return true;
}

enum err_code audit_send(struct audit *a, const struct sync_many *many, struct err *e)
{
    enum err_code code;

    if (stop_asked(a->config->stop))
        return err_set(e, ERR_INTERRUPTED, "interrupted; not all was looked at");
    code = sync_many(&a->config->session->sync, many, e);
    if (code == ERR_OK && a->err.code != ERR_OK) {
        *e = a->err;
        code = e->code;
    }
    if (code == ERR_CANCELLED)
        code = err_set(e, ERR_INTERRUPTED, "interrupted; not all was looked at");
    return code;
}
