#include "plan/manifest.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "model/names.h"
#include "plan/manifest_csv.h"
#include "plan/manifest_gzip.h"

/* The first bytes of a stream, put aside until there are enough to tell what it is. */
struct head {
    char bytes[3];
    size_t len, want;
    bool done;
};

struct manifest {
    enum key_encoding encoding;
    struct problems *problems;
    manifest_row_cb on_row;
    void *ctx;

    struct head raw;       /* the magic number of gzip */
    struct gunzip *gunzip; /* NULL: plain */
    struct head text;      /* a byte order mark */
    struct csv_rows *csv;
    bool unreadable; /* a problem was reported that leaves nothing to parse */

    bool any_row; /* good or bad */
    uint64_t good;
    struct buf key;  /* decoded */
    struct buf show; /* for messages */
};

static enum err_code on_row(void *ctx, const struct csv_row *row, struct err *e);

static void on_bad_row(void *ctx, uint64_t line, const char *problem)
{
    struct manifest *m = ctx;

    m->any_row = true;
    problems_add(m->problems, line, "%s", problem);
}

enum err_code manifest_new(struct manifest **out, enum key_encoding encoding,
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
    m->encoding = encoding;
    m->problems = problems;
    m->on_row = on_row_cb;
    m->ctx = ctx;
    m->raw.want = 2;
    m->text.want = 3;
    buf_init(&m->key, BUF_MAX_LINE);
    buf_init(&m->show, BUF_MAX_SMALL);
    *out = m;
    return ERR_OK;
}

void manifest_free(struct manifest *m)
{
    if (!m)
        return;
    gunzip_free(m->gunzip);
    csv_rows_free(m->csv);
    buf_free(&m->key);
    buf_free(&m->show);
    free(m);
}

uint64_t manifest_rows(const struct manifest *m)
{
    return m->good;
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

static bool is_header(const struct csv_row *row)
{
    return strcasecmp(row->field[0].data, "bucket") == 0 &&
           strcasecmp(row->field[1].data, "key") == 0;
}

/* The key as S3 knows it into m->key; false: it is not URL-encoded. Lists that AWS makes encode as
 * a form does: a space is '+' and a plus is %2B. */
static bool decode_key(struct manifest *m, const char *key, size_t len)
{
    buf_clear(&m->key);
    if (m->encoding == KEY_ENCODING_URL)
        return str_uri_decode(&m->key, key, len, true);
    buf_add(&m->key, key, len);
    return true;
}

static void bad_field(
        struct manifest *m, const struct csv_row *row, unsigned column, const char *problem)
{
    static const char *const names[CSV_COLUMNS_KEPT] = {"bucket", "key", "version id"};

    if (row->field[column].len == 0)
        problems_add(m->problems, row->line, "the %s %s", names[column], problem);
    else
        problems_add(m->problems, row->line, "the %s \"%s\" %s", names[column],
                str_show(&m->show, row->field[column].data, row->field[column].len), problem);
}

/* Reports the first thing that is wrong with the row; leaves the key in m->key. */
static bool row_is_good(struct manifest *m, const struct csv_row *row, bool first)
{
    const char *problem;

    if (first && is_header(row)) {
        problems_add(m->problems, row->line, "this looks like a header; the manifest has none");
        return false;
    }
    if (row->columns < 2 || row->columns > CSV_COLUMNS_KEPT) {
        problems_add(m->problems, row->line,
                "%u column%s; expected bucket,key or bucket,key,versionId", row->columns,
                row->columns == 1 ? "" : "s");
        return false;
    }
    problem = names_bucket_problem(row->field[0].data, row->field[0].len);
    if (problem) {
        bad_field(m, row, 0, problem);
        return false;
    }
    problem = decode_key(m, row->field[1].data, row->field[1].len)
                      ? names_key_problem(buf_str(&m->key), m->key.len)
                      : "has a % that is not followed by two hex digits";
    if (problem) {
        bad_field(m, row, 1, problem);
        return false;
    }
    problem = version_problem(row->field[2].data, row->field[2].len);
    if (problem)
        bad_field(m, row, 2, problem);
    return !problem;
}

static enum err_code on_row(void *ctx, const struct csv_row *row, struct err *e)
{
    struct manifest *m = ctx;
    struct manifest_row good = {.line = row->line, .bucket = row->field[0].data};
    bool is_good = row_is_good(m, row, !m->any_row);
    enum err_code rc = buf_check(&m->key, "the key", e);

    m->any_row = true;
    if (rc != ERR_OK || !is_good)
        return rc;
    m->good++;
    good.key = buf_str(&m->key);
    good.version_id = row->field[2].len > 0 ? row->field[2].data : NULL;
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
    m->text.done = true;
    if (head_is(&m->text, "\xff\xfe", 2) || head_is(&m->text, "\xfe\xff", 2)) {
        unreadable(m, "the manifest is UTF-16; it must be UTF-8");
        return ERR_OK;
    }
    if (head_is(&m->text, "\xef\xbb\xbf", 3))
        return ERR_OK;
    return csv_rows_feed(m->csv, m->text.bytes, m->text.len, e);
}

static enum err_code feed_text(void *ctx, const char *data, size_t len, struct err *e)
{
    struct manifest *m = ctx;

    if (!m->text.done) {
        size_t n = head_fill(&m->text, data, len);
        enum err_code rc = m->text.done ? start_text(m, e) : ERR_OK;

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

enum err_code manifest_finish(struct manifest *m, struct err *e)
{
    enum err_code rc = m->raw.done ? ERR_OK : start_raw(m, e);
    const char *problem = m->gunzip ? gunzip_end_problem(m->gunzip) : NULL;

    if (rc != ERR_OK)
        return rc;
    if (problem && !m->unreadable)
        gzip_problem(m, problem);
    if (!m->unreadable && !m->text.done)
        rc = start_text(m, e);
    if (rc == ERR_OK && !m->unreadable)
        rc = csv_rows_finish(m->csv, e);
    if (rc == ERR_OK && !m->unreadable && !m->any_row)
        problems_add(m->problems, 0, "the manifest is empty: it has no rows");
    return rc;
}
