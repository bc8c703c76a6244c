#include "job/verify/audit.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "job/verify/audit_int.h"
#include "s3/own_file.h"

/* --- copyout's own files --- */

/* Extra objects by whose names they may be copyout's: their metadata tells. */
static enum err_code judge_own(struct audit *a, struct err *e)
{
    enum err_code code = ERR_OK;
    size_t i;

    for (i = 0; code == ERR_OK && i < a->own_found->count; i++) {
        const char *key = a->own_found->names[i];
        enum own_file is;

        code = own_file_look(&a->config->session->sync, a->bucket, key, &is, e);
        if (code == ERR_OK && is == OWN_FILE_FOREIGN)
            audit_tell(a, AUDIT_EXTRA, key, "nobody named this object");
        if (code == ERR_OK && is == OWN_FILE_UNKNOWN)
            audit_tell(a, AUDIT_UNREADABLE, key,
                    "it may be a file of copyout's own, and cannot be looked at");
    }
    store_names_free(a->own_found);
    if (code == ERR_OK && a->err.code != ERR_OK) {
        *e = a->err;
        code = e->code;
    }
    return code;
}

/* --- the whole --- */

static void free_batch(struct audit *a)
{
    while (a->count > 0)
        audit_row_free(&a->entries[--a->count].row);
}

static enum err_code begin(struct audit *a, struct store_names *own, struct err *e)
{
    memset(own, 0, sizeof *own);
    a->own_found = own;
    err_clear(&a->err);
    buf_init(&a->text, BUF_MAX_SMALL);
    a->entries = calloc(AUDIT_BATCH, sizeof *a->entries);
    a->asked = calloc((size_t)2 * AUDIT_BATCH, sizeof *a->asked);
    return a->entries && a->asked ? ERR_OK : err_nomem(e);
}

static void end(struct audit *a)
{
    if (a->entries)
        free_batch(a);
    store_names_free(a->own_found);
    buf_free(&a->text);
    free(a->entries);
    free(a->asked);
    free(a->behind);
}

/* Remembers the last key, behind which the next batch begins. */
static enum err_code keep_behind(struct audit *a, struct err *e)
{
    if (a->count == 0)
        return ERR_OK;
    free(a->behind);
    a->behind = strdup(a->entries[a->count - 1].row.said.key);
    return a->behind ? ERR_OK : err_nomem(e);
}

static enum err_code look_at_batch(struct audit *a, bool more, struct err *e)
{
    enum err_code code = audit_list_batch(a, more, e);

    if (code == ERR_OK)
        code = audit_judge_batch(a, e);
    if (code == ERR_OK && a->config->tags)
        code = audit_tag_batch(a, e);
    if (code == ERR_OK)
        code = keep_behind(a, e);
    free_batch(a);
    return code;
}

/* Fills the batch. *ahead gets the row behind it, if there is one, which *more says. */
static enum err_code fill(struct audit *a, audit_next next, void *ctx, struct audit_row *ahead,
        bool *more, struct err *e)
{
    enum err_code code = ERR_OK;

    while (code == ERR_OK && *more && a->count < AUDIT_BATCH) {
        struct audit_entry *entry = &a->entries[a->count++];

        memset(entry, 0, sizeof *entry);
        entry->row = *ahead;
        memset(ahead, 0, sizeof *ahead);
        a->counts->objects += entry->row.look == AUDIT_LOOK;
        code = next(ctx, ahead, more, e);
    }
    return code;
}

enum err_code audit_run(struct audit *a, audit_next next, void *ctx, struct err *e)
{
    struct audit_teller teller = {0};
    struct audit_row ahead = {0};
    struct store_names own;
    bool more = false, first = true;
    enum err_code code = begin(a, &own, e);

    if (code == ERR_OK)
        code = audit_teller_start(&teller, a->config, a->counts, a->objects, e);
    if (code == ERR_OK)
        code = next(ctx, &ahead, &more, e);
    while (code == ERR_OK && (more || (first && a->config->extra))) {
        code = fill(a, next, ctx, &ahead, &more, e);
        if (code == ERR_OK)
            code = look_at_batch(a, more, e);
        first = false;
    }
    if (code == ERR_OK)
        code = judge_own(a, e);
    audit_teller_stop(&teller);
    audit_row_free(&ahead);
    end(a);
    return code;
}

/* --- rows that are sorted --- */

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

enum err_code audit_sort_add(
        struct ext_sort *sort, struct buf *text, const struct audit_row *row, struct err *e)
{
    enum err_code code;

    buf_clear(text);
    buf_addz(text, row->said.key);
    buf_addc(text, (char)('0' + (int)row->look));
    buf_addz(text, or_empty(row->source_bucket));
    buf_addz(text, or_empty(row->source_key));
    buf_addz(text, or_empty(row->source_version));
    delivered_write(text, &row->said);
    code = buf_check(text, "a row of what is to be there", e);
    return code == ERR_OK ? ext_sort_add(sort, buf_str(text), text->len, e) : code;
}

/* Copies the text at *at, which is moved behind its NUL; NULL: it is empty. *good: there was
 * memory.
 */
static char *take_text(const char **at, bool *good)
{
    const char *text = *at;
    char *copy = *text ? strdup(text) : NULL;

    *at += strlen(text) + 1;
    *good = *good && (!*text || copy);
    return copy;
}

enum err_code audit_sort_next(void *sort, struct audit_row *row, bool *more, struct err *e)
{
    const char *record, *at;
    bool good = true;
    enum err_code code;
    size_t len;

    memset(row, 0, sizeof *row);
    code = ext_sort_next(sort, &record, &len, e);
    *more = code == ERR_OK && record;
    if (!*more)
        return code;
    at = record + strlen(record) + 1;
    row->look = (enum audit_look)(*at++ - '0');
    row->source_bucket = take_text(&at, &good);
    row->source_key = take_text(&at, &good);
    row->source_version = take_text(&at, &good);
    if (good && delivered_read(&row->said, at, len - (size_t)(at - record) - 1))
        return ERR_OK;
    audit_row_free(row);
    *more = false;
    return err_nomem(e);
}
