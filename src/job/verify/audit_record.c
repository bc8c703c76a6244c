/* A delivery record: whether it can be relied on, and what it says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "base/temp_file.h"
#include "job/verify/audit_int.h"
#include "model/names.h"

#define CHANGED_MEANWHILE "the record was changed while it was read"

/* --- lines --- */

/* Reads a line without its '\n'; *whole: it had one. false: there is none, or it is longer than any
 * line of a record, which buf_ok() says. */
static bool read_line(FILE *file, struct buf *line, bool *whole)
{
    int c;

    buf_clear(line);
    *whole = false;
    while ((c = getc_unlocked(file)) != EOF) {
        if (c == '\n') {
            *whole = true;
            break;
        }
        buf_addc(line, (char)c);
        if (!buf_ok(line))
            return false;
    }
    return *whole || line->len > 0;
}

#define RECORD_BEGINS "{\"record\":\"copyout delivery\""

bool audit_begins_as_record(const char *text, size_t len)
{
    size_t begin = sizeof RECORD_BEGINS - 1;

    return len >= begin && memcmp(text, RECORD_BEGINS, begin) == 0;
}

bool audit_is_record(const char *path)
{
    char text[sizeof RECORD_BEGINS - 1];
    FILE *file = fopen(path, "rbe");
    size_t len;

    if (!file)
        return false;
    len = fread(text, 1, sizeof text, file);
    fclose(file);
    return audit_begins_as_record(text, len);
}

/* --- opening --- */

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    (void)status;
    if (fwrite(data, 1, len, ctx) == len)
        return ERR_OK;
    return err_errno(e, errno, "cannot write the record to a temporary file");
}

static enum err_code download(
        FILE *file, const struct audit_config *config, const char *place, struct err *e)
{
    struct s3_get get = {.last = UINT64_MAX, .on_body = on_body, .on_body_ctx = file};
    struct s3_where where = {0};
    char *bucket = NULL, *key = NULL;
    enum err_code code;

    if (!names_parse_s3_uri(place, &bucket, &key))
        return err_set(e, ERR_INPUT, "%s: not of the form s3://bucket/key", place);
    where.bucket = bucket;
    where.key = key;
    code = sync_get_object(&config->session->sync, &where, &get, e);
    if (code != ERR_OK)
        err_prefix(e, "%s", place);
    free(bucket);
    free(key);
    if (code == ERR_OK && (fflush(file) != 0 || fseeko(file, 0, SEEK_SET) != 0))
        code = err_errno(e, errno, "a temporary file for the record");
    return code;
}

static enum err_code open_file(
        struct audit_record *r, const struct audit_config *config, const char *place, struct err *e)
{
    const char *tmp = config->tmp && config->tmp[0] ? config->tmp : "/tmp";
    int fd;

    if (!names_is_s3_uri(place)) {
        r->file = fopen(place, "rbe");
        return r->file ? ERR_OK : err_set(e, ERR_INPUT, "%s: %s", place, strerror(errno));
    }
    fd = temp_file_open(tmp);
    r->file = fd >= 0 ? fdopen(fd, "w+b") : NULL;
    if (!r->file) {
        err_errno(e, errno, "a temporary file in %s", tmp);
        if (fd >= 0)
            close(fd);
        return e->code;
    }
    return download(r->file, config, place, e);
}

void audit_record_close(struct audit_record *r)
{
    if (r->file)
        fclose(r->file);
    delivery_head_free(&r->head);
    memset(r, 0, sizeof *r);
}

/* --- checking --- */

struct reading {
    struct audit_record *record;
    struct buf line, before; /* the line before it, which is known to be none but the last */
    struct delivery_digest digest;
    const char *folder; /* of the destination, which all keys begin with */
    char *last_key;     /* owned */
    uint64_t number;
};

static void be_bad(struct audit_record *r, const char *problem)
{
    if (!r->problem[0])
        str_copy(r->problem, sizeof r->problem, problem);
}

static void hash(struct reading *x, const struct buf *line)
{
    delivery_digest_add(&x->digest, buf_str(line), line->len);
    delivery_digest_add(&x->digest, "\n", 1);
}

/* A line between the first and the last. */
static void take_object(struct reading *x, const struct buf *line)
{
    struct audit_record *r = x->record;
    struct delivered d;
    char problem[128];

    hash(x, line);
    if (!delivered_read(&d, buf_str(line), line->len)) {
        snprintf(problem, sizeof problem,
                "the record was changed: its line %llu is no line of a record",
                (unsigned long long)x->number);
        be_bad(r, problem);
        return;
    }
    if (x->last_key && strcmp(x->last_key, d.key) >= 0) {
        snprintf(problem, sizeof problem,
                "the record was changed: its line %llu is not in the order of keys",
                (unsigned long long)x->number);
        be_bad(r, problem);
    }
    if (!str_starts(d.key, x->folder)) {
        snprintf(problem, sizeof problem,
                "the record was changed: its line %llu is not in the folder of its destination",
                (unsigned long long)x->number);
        be_bad(r, problem);
    }
    free(x->last_key);
    x->last_key = d.key;
    d.key = NULL;
    r->lines++;
    r->with_tags += d.tags[0] != '\0';
    delivered_free(&d);
}

/* The folder of s3://bucket/folder/; "": there is none. */
static const char *folder_of(const char *destination)
{
    const char *slash =
            names_is_s3_uri(destination) ? strchr(destination + strlen("s3://"), '/') : NULL;

    return slash ? slash + 1 : "";
}

static enum err_code take_head(struct reading *x, const char *place, struct err *e)
{
    bool whole;

    if (!read_line(x->record->file, &x->line, &whole))
        return err_set(e, ERR_INPUT, "%s is no delivery record", place);
    switch (delivery_head_read(&x->record->head, buf_str(&x->line), x->line.len)) {
    case DELIVERY_LINE_GOOD:
        hash(x, &x->line);
        x->folder = folder_of(x->record->head.destination);
        if (!whole)
            be_bad(x->record, "the record is cut off: it ends in its first line");
        return ERR_OK;
    case DELIVERY_LINE_LATER:
        return err_set(e, ERR_INPUT,
                "%s is a delivery record of a later version; this copyout knows version %d", place,
                DELIVERY_VERSION);
    case DELIVERY_LINE_OTHER:
        break;
    }
    return err_set(e, ERR_INPUT, "%s is no delivery record", place);
}

/* The line that was read last is the last of the file. */
static enum err_code take_end(struct reading *x, bool any, bool whole, struct err *e)
{
    struct audit_record *r = x->record;
    char digest[DELIVERY_DIGEST_SIZE];

    if (!any || !whole || !delivery_end_read(&r->end, buf_str(&x->before), x->before.len)) {
        be_bad(r, "the record is cut off: its last line, which has the digest, is not there");
        return ERR_OK;
    }
    if (delivery_digest_end(&x->digest, digest, e) != ERR_OK)
        return e->code;
    if (strcmp(digest, r->end.digest) != 0)
        be_bad(r, "the record was changed: its digest is not that of its lines");
    if (r->lines != r->head.objects)
        be_bad(r, "the record was changed: it has more or fewer lines than its first line says");
    return ERR_OK;
}

static enum err_code read_all(struct reading *x, const char *place, struct err *e)
{
    enum err_code code = take_head(x, place, e);
    bool any = false, whole = true, now;

    while (code == ERR_OK && read_line(x->record->file, &x->line, &now)) {
        struct buf other = x->before;

        if (any) {
            x->number++;
            take_object(x, &x->before);
        }
        x->before = x->line;
        x->line = other;
        any = true;
        whole = now;
    }
    if (code == ERR_OK && !buf_ok(&x->line))
        be_bad(x->record, "the record was changed: a line is longer than any that copyout writes");
    if (code == ERR_OK && ferror(x->record->file))
        code = err_set(e, ERR_INPUT, "%s: %s", place, strerror(errno));
    return code == ERR_OK ? take_end(x, any, whole, e) : code;
}

static void check_seal(struct audit_record *r, const struct delivery_key *key)
{
    if (!r->end.key[0])
        r->seal = AUDIT_UNSIGNED;
    else if (!key)
        r->seal = AUDIT_UNCHECKED;
    else if (strcmp(delivery_key_id(key), r->end.key) != 0)
        r->seal = AUDIT_OTHER_KEY;
    else
        r->seal = delivery_is_signed(key, r->end.digest, r->end.signature) ? AUDIT_SIGNED
                                                                           : AUDIT_FORGED;
    if (key && r->seal == AUDIT_UNSIGNED)
        be_bad(r, "the record is not signed, and a key was given to check it by");
    if (r->seal == AUDIT_OTHER_KEY)
        be_bad(r, "the record is signed by another key than the one that was given");
    if (r->seal == AUDIT_FORGED)
        be_bad(r, "the record's signature is wrong: the key that was given did not make it");
}

enum err_code audit_record_open(struct audit_record *r, const struct audit_config *config,
        const char *place, const struct delivery_key *key, struct err *e)
{
    struct reading x = {.record = r, .number = 1};
    enum err_code code;

    memset(r, 0, sizeof *r);
    buf_init(&x.line, BUF_MAX_RESULT);
    buf_init(&x.before, BUF_MAX_RESULT);
    code = open_file(r, config, place, e);
    if (code == ERR_OK)
        code = delivery_digest_begin(&x.digest, e);
    if (code == ERR_OK)
        code = read_all(&x, place, e);
    if (code == ERR_OK)
        check_seal(r, key);
    if (code == ERR_OK && fseeko(r->file, 0, SEEK_SET) != 0)
        code = err_set(e, ERR_INPUT, "%s: %s", place, strerror(errno));
    delivery_digest_free(&x.digest);
    buf_free(&x.line);
    buf_free(&x.before);
    free(x.last_key);
    return code;
}

/* --- the rows of a record --- */

struct rows {
    struct audit_record *record;
    struct buf line;
    struct delivery_digest digest; /* of the lines, as they are now */
    const char *from, *to; /* the destination's folder: that of the record, and that of --to */
    uint64_t given;        /* rows */
    char *own[DELIVERY_OWN_MOST]; /* owned; NULL at the end */
};

/* Reads a line again. The lines must be the same bytes that were checked: their digest is compared
 * behind the last one. */
static enum err_code read_again(struct rows *rows, struct err *e)
{
    bool whole;

    if (!read_line(rows->record->file, &rows->line, &whole))
        return err_set(e, ERR_IO, CHANGED_MEANWHILE);
    delivery_digest_add(&rows->digest, buf_str(&rows->line), rows->line.len);
    delivery_digest_add(&rows->digest, "\n", 1);
    return ERR_OK;
}

static enum err_code compare_digest(struct rows *rows, struct err *e)
{
    char digest[DELIVERY_DIGEST_SIZE];
    enum err_code code = delivery_digest_end(&rows->digest, digest, e);

    if (code == ERR_OK && strcmp(digest, rows->record->end.digest) != 0)
        code = err_set(e, ERR_IO, CHANGED_MEANWHILE);
    return code;
}

/* Gives a key the other folder. */
static bool move(struct delivered *d, const struct rows *rows)
{
    size_t skip = strlen(rows->from);
    struct buf key;
    char *moved;

    if (strcmp(rows->from, rows->to) == 0 || strncmp(d->key, rows->from, skip) != 0)
        return true;
    buf_init(&key, BUF_MAX_SMALL);
    buf_addf(&key, "%s%s", rows->to, d->key + skip);
    moved = buf_take(&key);
    if (!moved)
        return false;
    free(d->key);
    d->key = moved;
    return true;
}

static enum err_code next_row(void *ctx, struct audit_row *row, bool *more, struct err *e)
{
    struct rows *rows = ctx;
    enum err_code code;

    memset(row, 0, sizeof *row);
    *more = rows->given < rows->record->lines;
    if (!*more)
        return compare_digest(rows, e);
    rows->given++;
    code = read_again(rows, e);
    if (code == ERR_OK && !delivered_read(&row->said, buf_str(&rows->line), rows->line.len))
        code = err_set(e, ERR_IO, CHANGED_MEANWHILE);
    if (code != ERR_OK) {
        *more = false;
        return code;
    }
    return move(&row->said, rows) ? ERR_OK : err_nomem(e);
}

static enum err_code no_destination(const char *place, struct err *e)
{
    return err_set(
            e, ERR_INPUT, "\"%s\" is not of the form s3://bucket/ or s3://bucket/folder/", place);
}

/* A destination into its bucket and folder (free()). */
static enum err_code parse(const char *place, char **bucket, char **folder, struct err *e)
{
    bool slash; /* the missing slash at the end is not what is wrong */

    if (!names_parse_s3_uri(place, bucket, folder))
        return no_destination(place, e);
    if (!names_bucket_problem(*bucket, strlen(*bucket)) &&
            ((*folder)[0] == '\0' || str_ends(*folder, "/")))
        return ERR_OK;
    slash = names_bucket_problem(*bucket, strlen(*bucket)) != NULL || str_ends(place, "/");
    free(*bucket);
    free(*folder);
    *bucket = *folder = NULL;
    return slash ? no_destination(place, e)
                 : err_set(e, ERR_INPUT, "\"%s\" has no \"/\" at its end, as a folder does; add it",
                           place);
}

/* The names of copyout's own files, in the folder where the delivery is. */
static enum err_code name_own(struct rows *rows, const struct delivery_head *head, struct err *e)
{
    unsigned i;

    for (i = 0; i < head->own_count; i++) {
        struct delivered d = {.key = strdup(head->own[i])};
        bool good = d.key && move(&d, rows);

        rows->own[i] = d.key;
        if (!good)
            return err_nomem(e);
    }
    return ERR_OK;
}

static enum err_code run(struct audit_record *r, struct audit *a, struct rows *rows, struct err *e)
{
    enum err_code code = name_own(rows, &r->head, e);

    a->own = (const char *const *)rows->own;
    a->own_count = r->head.own_count;
    a->objects = r->lines;
    if (code == ERR_OK)
        code = delivery_digest_begin(&rows->digest, e);
    if (code == ERR_OK)
        code = read_again(rows, e);
    return code == ERR_OK ? audit_run(a, next_row, rows, e) : code;
}

static void free_rows(struct rows *rows)
{
    unsigned i;

    for (i = 0; i < DELIVERY_OWN_MOST; i++)
        free(rows->own[i]);
    delivery_digest_free(&rows->digest);
    buf_free(&rows->line);
}

enum err_code audit_record_run(struct audit_record *r, const struct audit_config *config,
        const char *to, struct audit_counts *counts, struct err *e)
{
    struct audit a = {.config = config, .counts = counts};
    struct rows rows = {.record = r};
    char *bucket = NULL, *folder = NULL, *to_bucket = NULL, *to_folder = NULL;
    enum err_code code;

    memset(counts, 0, sizeof *counts);
    counts->failed = r->head.failed;
    counts->not_reached = r->head.missing;
    if (config->tags && r->with_tags == 0 && r->lines > r->head.kept)
        return err_set(e, ERR_INPUT,
                "--tags: the record has no digests of tags (copyout run --delivery-tags makes them)");
    buf_init(&rows.line, BUF_MAX_RESULT);
    code = parse(r->head.destination, &bucket, &folder, e);
    if (code == ERR_OK && to) {
        code = parse(to, &to_bucket, &to_folder, e);
        if (code != ERR_OK)
            err_prefix(e, "--to");
    }
    if (code == ERR_OK) {
        a.bucket = to ? to_bucket : bucket;
        a.folder = to ? to_folder : folder;
        rows.from = folder;
        rows.to = a.folder;
        code = run(r, &a, &rows, e);
    }
    free_rows(&rows);
    free(bucket);
    free(folder);
    free(to_bucket);
    free(to_folder);
    return code;
}
