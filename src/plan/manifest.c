#include "plan/manifest.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "model/names.h"
#include "plan/manifest_csv.h"
#include "plan/manifest_gzip.h"
#include "plan/mistakes.h"

/* The first bytes of a stream, put aside until there are enough to tell what it is. */
struct head {
    char bytes[MISTAKE_HEAD_BYTES];
    size_t len, want;
    bool done;
};

/* Of the first row that shows a mistake what its sentence needs. */
struct shown_row {
    char *field; /* as it is shown; of MISTAKE_BUCKET all that is wrong with it */
    unsigned columns;
};

struct manifest {
    struct manifest_options options;
    struct problems *problems;
    manifest_row_cb on_row;
    void *ctx;

    struct head raw;       /* the magic number of gzip */
    struct gunzip *gunzip; /* NULL: plain */
    struct head text;      /* what kind of file it is, and a byte order mark */
    struct csv_rows *csv;
    bool unreadable; /* a problem was reported that leaves nothing to parse */

    bool any_row; /* good or bad, but for a header that is passed over */
    struct mistake_counts counts;
    struct shown_row shown[MISTAKE_COUNT];
    struct buf bucket; /* of an address */
    struct buf key;    /* decoded */
    struct buf show;   /* for messages */
    struct buf say;    /* likewise */
};

static enum err_code on_row(void *ctx, const struct csv_row *row, struct err *e);

/* Whether the row that has come is the header that the options speak of. */
static bool passes_over(struct manifest *m)
{
    bool header = m->options.header;

    m->options.header = false;
    return header;
}

static void on_bad_row(void *ctx, uint64_t line, const char *problem)
{
    struct manifest *m = ctx;

    if (passes_over(m))
        return;
    m->any_row = true;
    mistakes_count(&m->counts,
            str_starts(problem, CSV_OPEN_QUOTE) ? MISTAKE_OPEN_QUOTES : MISTAKE_NONE, line);
    problems_add(m->problems, line, "%s", problem);
}

enum err_code manifest_new(struct manifest **out, struct manifest_options options,
        struct problems *problems, manifest_row_cb on_row_cb, void *ctx, struct err *e)
{
    struct manifest *m = calloc(1, sizeof *m);
    struct csv_rows_cb cb = {.ctx = m, .row = on_row, .bad = on_bad_row};
    enum err_code rc;

    *out = NULL;
    if (!m)
        return err_nomem(e);
    rc = csv_rows_new(&m->csv, &cb, e);
    if (rc != ERR_OK) {
        free(m);
        return rc;
    }
    m->options = options;
    m->problems = problems;
    m->on_row = on_row_cb;
    m->ctx = ctx;
    m->raw.want = 2;
    m->text.want = sizeof m->text.bytes;
    buf_init(&m->bucket, BUF_MAX_LINE);
    buf_init(&m->key, BUF_MAX_LINE);
    buf_init(&m->show, BUF_MAX_SMALL);
    buf_init(&m->say, BUF_MAX_SMALL);
    *out = m;
    return ERR_OK;
}

void manifest_free(struct manifest *m)
{
    size_t i;

    if (!m)
        return;
    for (i = 0; i < MISTAKE_COUNT; i++)
        free(m->shown[i].field);
    gunzip_free(m->gunzip);
    csv_rows_free(m->csv);
    buf_free(&m->bucket);
    buf_free(&m->key);
    buf_free(&m->show);
    buf_free(&m->say);
    free(m);
}

uint64_t manifest_rows(const struct manifest *m)
{
    return m->counts.good;
}

/* S3 promises of a version id only that it is text of at most 1,024 bytes that can stand in a URL.
 */
static const char *version_problem(const char *s, size_t len)
{
    size_t i;

    if (len > S3_VERSION_ID_MAX)
        return "is longer than 1,024 bytes";
    for (i = 0; i < len; i++)
        if (s[i] <= ' ' || s[i] > '~')
            return "has a character that no version id has";
    return NULL;
}

/* The key as S3 knows it into m->key; false: it is not URL-encoded. Lists that AWS makes encode as
 * a form does: a space is '+' and a plus is %2B. */
static bool decode_key(struct manifest *m, const char *key, size_t len)
{
    buf_clear(&m->key);
    if (m->options.encoding == KEY_ENCODING_URL)
        return str_uri_decode(&m->key, key, len, true);
    buf_add(&m->key, key, len);
    return true;
}

/* The fields of a row, wherever they come from. */
struct fields {
    struct {
        const char *data; /* NUL-terminated */
        size_t len;
    } bucket, key, version;
};

/* Splits the address that a row of one column is. */
static void split_address(struct manifest *m, const struct csv_row *row, struct fields *out)
{
    const char *name = row->field[0].data + strlen("s3://");
    size_t len = row->field[0].len - strlen("s3://");
    const char *slash = memchr(name, '/', len);
    size_t bucket_len = slash ? (size_t)(slash - name) : len;

    buf_clear(&m->bucket);
    buf_add(&m->bucket, name, bucket_len);
    out->bucket.data = buf_str(&m->bucket);
    out->bucket.len = bucket_len;
    out->key.data = slash ? slash + 1 : "";
    out->key.len = slash ? len - bucket_len - 1 : 0;
    out->version.data = "";
    out->version.len = 0;
}

static bool is_address(const struct csv_row *row)
{
    return row->columns == 1 && str_starts(row->field[0].data, "s3://");
}

static void take_fields(struct manifest *m, const struct csv_row *row, struct fields *out)
{
    if (is_address(row)) {
        split_address(m, row, out);
        return;
    }
    out->bucket.data = row->field[0].data;
    out->bucket.len = row->field[0].len;
    out->key.data = row->field[1].data;
    out->key.len = row->field[1].len;
    out->version.data = row->field[2].data;
    out->version.len = row->field[2].len;
}

/* Appends what is wrong with a field; false: nothing is. */
static bool say_problem(
        struct manifest *m, const char *name, const char *data, size_t len, const char *problem)
{
    if (!problem)
        return false;
    if (len == 0)
        buf_addf(&m->say, "the %s %s", name, problem);
    else
        buf_addf(&m->say, "the %s \"%s\" %s", name, str_show(&m->show, data, len), problem);
    return true;
}

/* Says into m->say the first thing that is wrong with the row itself; leaves the key in m->key.
 * false: nothing is. */
static bool say_row_problem(struct manifest *m, const struct csv_row *row, const struct fields *f)
{
    const char *problem;

    if (!is_address(row) && (row->columns < 2 || row->columns > MANIFEST_COLUMNS_MOST)) {
        buf_addf(&m->say, "%u column%s; expected bucket,key or bucket,key,versionId", row->columns,
                row->columns == 1 ? "" : "s");
        return true;
    }
    problem = names_bucket_problem(f->bucket.data, f->bucket.len);
    if (say_problem(m, "bucket", f->bucket.data, f->bucket.len, problem))
        return true;
    problem = decode_key(m, f->key.data, f->key.len)
                      ? names_key_problem(buf_str(&m->key), m->key.len)
                      : "has a % that is not followed by two hex digits";
    if (say_problem(m, "key", f->key.data, f->key.len, problem))
        return true;
    problem = version_problem(f->version.data, f->version.len);
    return say_problem(m, "version id", f->version.data, f->version.len, problem);
}

/* Says the mistake that the row shows, and remembers it for that of the whole list. */
static void say_mistake(struct manifest *m, const struct csv_row *row, enum mistake mistake)
{
    struct shown_row *first = &m->shown[mistake];
    const char *shown = str_show(&m->show, row->field[0].data, row->field[0].len);

    if (!first->field) {
        first->field = strdup(mistake == MISTAKE_BUCKET ? buf_str(&m->say) : shown);
        first->columns = row->columns;
    }
    if (mistake_has_own_words(mistake)) {
        buf_clear(&m->say);
        mistake_say(&m->say, mistake, m->options.words, shown, row->columns, 0);
    }
}

/* Reports what is wrong with the row, if anything is. */
static bool row_is_good(
        struct manifest *m, const struct csv_row *row, const struct fields *f, bool first)
{
    enum mistake mistake = first && mistake_is_header(row) ? MISTAKE_HEADER : MISTAKE_NONE;

    buf_clear(&m->say);
    if (mistake == MISTAKE_NONE && !say_row_problem(m, row, f))
        return true;
    if (mistake == MISTAKE_NONE) {
        mistake = is_address(row) ? MISTAKE_NONE : mistake_of_row(row, first);
        mistakes_count(&m->counts, mistake, row->line);
    }
    if (mistake != MISTAKE_NONE)
        say_mistake(m, row, mistake);
    problems_add(m->problems, row->line, "%s", buf_str(&m->say));
    return false;
}

static void count_good(struct manifest *m, const struct fields *f)
{
    struct mistake_counts *c = &m->counts;

    /* Most lists are known by their first row for one that is not the other way round. */
    if (c->swappable == c->good && !names_bucket_problem(f->key.data, f->key.len))
        c->swappable++;
    c->good++;
}

static enum err_code on_row(void *ctx, const struct csv_row *row, struct err *e)
{
    struct manifest *m = ctx;
    struct manifest_row good = {.line = row->line};
    struct fields fields;
    enum err_code rc;
    bool is_good;

    if (passes_over(m))
        return ERR_OK;
    take_fields(m, row, &fields);
    is_good = row_is_good(m, row, &fields, !m->any_row);
    rc = buf_check(&m->key, "the key", e);
    if (rc == ERR_OK)
        rc = buf_check(&m->bucket, "the bucket", e);
    m->any_row = true;
    if (rc != ERR_OK || !is_good)
        return rc;
    count_good(m, &fields);
    good.bucket = fields.bucket.data;
    good.key = buf_str(&m->key);
    good.version_id = fields.version.len > 0 ? fields.version.data : NULL;
    return m->on_row(m->ctx, &good, e);
}

static void unreadable(struct manifest *m, const char *why)
{
    problems_add(m->problems, 0, "%s", why);
    m->unreadable = true;
}

static bool head_is(const struct head *h, const char *bytes, size_t len)
{
    return h->len >= len && memcmp(h->bytes, bytes, len) == 0;
}

/* Takes from data what is missing; returns how much that was. */
static size_t head_fill(struct head *h, const char *data, size_t len)
{
    size_t n = h->want - h->len;

    if (n > len)
        n = len;
    memcpy(h->bytes + h->len, data, n);
    h->len += n;
    h->done = h->len == h->want;
    return n;
}

/* The first bytes of text are there, or all there will be. */
static enum err_code start_text(struct manifest *m, struct err *e)
{
    enum mistake mistake = mistake_of_bytes(m->text.bytes, m->text.len);
    size_t mark = head_is(&m->text, "\xef\xbb\xbf", 3) ? 3 : 0;

    m->text.done = true;
    if (mistake != MISTAKE_NONE) {
        buf_clear(&m->say);
        mistake_say(&m->say, mistake, m->options.words, "", 0, 0);
        unreadable(m, buf_str(&m->say));
        return ERR_OK;
    }
    return csv_rows_feed(m->csv, m->text.bytes + mark, m->text.len - mark, e);
}

static enum err_code feed_text(void *ctx, const char *data, size_t len, struct err *e)
{
    struct manifest *m = ctx;

    if (!m->text.done) {
        size_t n = head_fill(&m->text, data, len);
        enum err_code rc = ERR_OK;

        if (m->text.done || mistake_is_text(m->text.bytes, m->text.len))
            rc = start_text(m, e);
        if (rc != ERR_OK)
            return rc;
        data += n;
        len -= n;
    }
    return m->unreadable ? ERR_OK : csv_rows_feed(m->csv, data, len, e);
}

static void gzip_problem(struct manifest *m, const char *problem)
{
    problems_add(m->problems, 0, "the gzip data cannot be read past line %" PRIu64 ": %s",
            csv_rows_line(m->csv), problem);
    m->unreadable = true;
}

static enum err_code feed_raw(struct manifest *m, const char *data, size_t len, struct err *e)
{
    const char *problem;
    enum err_code rc;

    if (!m->gunzip)
        return feed_text(m, data, len, e);
    rc = gunzip_feed(m->gunzip, data, len, &problem, e);
    if (rc == ERR_OK && problem && !m->unreadable && !m->text.done)
        rc = start_text(m, e);
    if (rc == ERR_OK && problem && !m->unreadable)
        gzip_problem(m, problem);
    return rc;
}

/* The first bytes of all are there, or all there will be. */
static enum err_code start_raw(struct manifest *m, struct err *e)
{
    m->raw.done = true;
    if (head_is(&m->raw, "\x1f\x8b", 2)) {
        enum err_code rc = gunzip_new(&m->gunzip, feed_text, m, e);

        if (rc != ERR_OK)
            return rc;
    }
    return feed_raw(m, m->raw.bytes, m->raw.len, e);
}

enum err_code manifest_feed(struct manifest *m, const char *data, size_t len, struct err *e)
{
    if (!m->raw.done) {
        size_t n = head_fill(&m->raw, data, len);
        enum err_code rc = m->raw.done ? start_raw(m, e) : ERR_OK;

        if (rc != ERR_OK)
            return rc;
        data += n;
        len -= n;
    }
    return m->unreadable || len == 0 ? ERR_OK : feed_raw(m, data, len, e);
}

/* One sentence in place of one for each row, where one mistake explains them. */
static void find_mistake(struct manifest *m)
{
    enum mistake mistake = mistake_of_list(&m->counts);
    const struct shown_row *first = &m->shown[mistake];

    if (mistake == MISTAKE_NONE || (m->counts.wrong == 1 && !mistake_has_own_words(mistake)))
        return;
    buf_clear(&m->say);
    mistake_say(&m->say, mistake, m->options.words, first->field ? first->field : "",
            first->columns, m->counts.by[mistake] - 1);
    problems_free(m->problems);
    problems_add(m->problems, m->counts.line[mistake], "%s", buf_str(&m->say));
}

enum err_code manifest_finish(struct manifest *m, struct err *e)
{
    enum err_code rc = m->raw.done ? ERR_OK : start_raw(m, e);
    const char *problem = m->gunzip ? gunzip_end_problem(m->gunzip) : NULL;

    if (rc != ERR_OK)
        return rc;
    if (!m->unreadable && !m->text.done)
        rc = start_text(m, e);
    if (rc == ERR_OK && problem && !m->unreadable)
        gzip_problem(m, problem);
    if (rc == ERR_OK && !m->unreadable)
        rc = csv_rows_finish(m->csv, e);
    if (rc == ERR_OK && !m->unreadable)
        find_mistake(m);
    if (rc == ERR_OK && !m->unreadable && !m->any_row)
        problems_add(m->problems, 0, "the manifest is empty: it has no rows");
    return rc;
}
