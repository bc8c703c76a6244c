#include "plan/manifest.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "model/names.h"
#include "plan/lists/jsonl_lines.h"
#include "plan/lists/row_fields.h"
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

enum list_kind { LIST_CSV, LIST_JSONL, LIST_INDEX };

struct manifest {
    struct manifest_options options;
    struct problems *problems;
    manifest_row_cb on_row;
    void *ctx;

    struct head raw;       /* the magic number of gzip */
    struct gunzip *gunzip; /* NULL: plain */
    struct head text;      /* what kind of file it is, and a byte order mark */
    struct csv_rows *csv;
    struct jsonl_lines *jsonl; /* NULL: it is no list of copy instructions */
    struct buf json;           /* of an index */
    enum list_kind kind;
    struct list_index index;
    struct list_columns columns;
    bool unreadable; /* a problem was reported that leaves nothing to parse */

    uint64_t last_row; /* the line of the last row, good or bad */
    bool any_row;      /* good or bad, but for a header that is passed over */
    struct mistake_counts counts;
    struct shown_row shown[MISTAKE_COUNT];
    struct row_names names;
    struct buf key;  /* decoded */
    struct buf show; /* for messages */
    struct buf say;  /* likewise */
};

static enum err_code on_row(void *ctx, const struct csv_row *row, struct err *e);

static uint64_t line_of(const struct manifest *m, uint64_t line)
{
    return m->options.lines_before + line;
}

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

    m->last_row = line;
    if (passes_over(m))
        return;
    m->any_row = true;
    mistakes_count(&m->counts,
            str_starts(problem, CSV_OPEN_QUOTE) ? MISTAKE_OPEN_QUOTES : MISTAKE_NONE,
            line_of(m, line));
    problems_add(m->problems, line_of(m, line), "%s", problem);
}

static enum err_code read_columns(struct manifest *m, struct err *e)
{
    const char *text = m->options.columns;
    const char *problem = list_columns_of_text(&m->columns, text, strlen(text));
    struct buf show;

    if (!problem)
        return ERR_OK;
    buf_init(&show, BUF_MAX_SMALL);
    err_set(e, ERR_INPUT, "%s: \"%s\" %s",
            m->options.words == INPUT_WORDS_OPTIONS ? "--columns" : "manifestColumns",
            str_show(&show, text, strlen(text)), problem);
    buf_free(&show);
    return ERR_INPUT;
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
    if (options.of_index)
        m->columns = *options.of_index;
    else if (options.columns)
        rc = read_columns(m, e);
    if (rc != ERR_OK) {
        csv_rows_free(m->csv);
        free(m);
        return rc;
    }
    m->problems = problems;
    m->on_row = on_row_cb;
    m->ctx = ctx;
    m->raw.want = 2;
    m->text.want = sizeof m->text.bytes;
    buf_init(&m->json, BUF_MAX_CONFIG);
    row_names_init(&m->names);
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
    jsonl_lines_free(m->jsonl);
    list_index_free(&m->index);
    buf_free(&m->json);
    row_names_free(&m->names);
    buf_free(&m->key);
    buf_free(&m->show);
    buf_free(&m->say);
    free(m);
}

uint64_t manifest_rows(const struct manifest *m)
{
    return m->jsonl ? jsonl_lines_good(m->jsonl) : m->counts.good;
}

uint64_t manifest_lines(const struct manifest *m)
{
    uint64_t ended = csv_rows_line(m->csv) - 1;

    return line_of(m, ended > m->last_row ? ended : m->last_row);
}

const struct list_index *manifest_index(const struct manifest *m)
{
    return m->index.count > 0 ? &m->index : NULL;
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
static bool say_row_problem(
        struct manifest *m, const struct csv_row *row, const struct row_fields *f)
{
    const char *problem;

    if (m->columns.count > 0 && row->columns != m->columns.count) {
        buf_addf(&m->say, "%u column%s; expected %u", row->columns, str_plural(row->columns),
                m->columns.count);
        return true;
    }
    if (m->columns.count == 0 && !row_is_address(&m->columns, row) &&
            (row->columns < 2 || row->columns > LIST_COLUMNS_MOST)) {
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
    problem = names_version_problem(f->version.data, f->version.len);
    if (say_problem(m, "version id", f->version.data, f->version.len, problem))
        return true;
    problem = f->destination.len > 0 ? names_key_problem(f->destination.data, f->destination.len)
                                     : NULL;
    return say_problem(m, "destination key", f->destination.data, f->destination.len, problem);
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
        struct manifest *m, const struct csv_row *row, const struct row_fields *f, bool first)
{
    enum mistake mistake = first && mistake_is_header(row) ? MISTAKE_HEADER : MISTAKE_NONE;

    buf_clear(&m->say);
    if (mistake == MISTAKE_NONE && !say_row_problem(m, row, f))
        return true;
    if (mistake == MISTAKE_NONE) {
        mistake = row_is_address(&m->columns, row) || m->columns.count > 0
                          ? MISTAKE_NONE
                          : mistake_of_row(row, first);
        mistakes_count(&m->counts, mistake, line_of(m, row->line));
    }
    if (mistake != MISTAKE_NONE)
        say_mistake(m, row, mistake);
    problems_add(m->problems, line_of(m, row->line), "%s", buf_str(&m->say));
    return false;
}

static void count_good(struct manifest *m, const struct row_fields *f)
{
    struct mistake_counts *c = &m->counts;

    /* Most lists are known by their first row for one that is not the other way round. */
    if (c->swappable == c->good && !names_bucket_problem(f->key.data, f->key.len))
        c->swappable++;
    c->good++;
}

/* Learns from the first row what the columns are. true: it is a header and no object. */
static bool take_header(struct manifest *m, const struct csv_row *row)
{
    bool header = passes_over(m);

    if (m->any_row || m->columns.count > 0)
        return header;
    if (list_columns_of_report(&m->columns, row))
        return m->any_row = true;
    if (header)
        return (void)list_columns_of_header(&m->columns, row), true;
    if (list_columns_of_completion(&m->columns, row))
        m->options.encoding = KEY_ENCODING_URL;
    return false;
}

static enum err_code on_row(void *ctx, const struct csv_row *row, struct err *e)
{
    struct manifest *m = ctx;
    struct manifest_row good = {.line = line_of(m, row->line)};
    struct row_fields fields;
    enum err_code rc;
    bool is_good;

    m->last_row = row->line;
    if (take_header(m, row))
        return ERR_OK;
    if (row->columns == m->columns.count &&
            !list_columns_take(&m->columns, row, m->options.only_failed)) {
        m->any_row = true;
        return ERR_OK;
    }
    row_fields_take(&fields, &m->names, &m->columns, row);
    if (m->columns.rows == LIST_ROWS_REPORT)
        row_fields_keep_destination(
                &fields, m->options.destination_bucket, m->options.destination_folder);
    is_good = row_is_good(m, row, &fields, !m->any_row && m->columns.count == 0);
    rc = buf_check(&m->key, "the key", e);
    if (rc == ERR_OK)
        rc = row_names_check(&m->names, e);
    m->any_row = true;
    if (rc != ERR_OK || !is_good)
        return rc;
    count_good(m, &fields);
    good.bucket = fields.bucket.data;
    good.key = buf_str(&m->key);
    good.version_id = fields.version.len > 0 ? fields.version.data : NULL;
    good.naming.whole = fields.destination.len > 0 ? fields.destination.data : NULL;
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

/* Whether the first line is an object, as far as it is there, that names a source. */
static bool is_instruction(const struct head *h, size_t mark)
{
    const char *at = h->bytes + mark, *end = h->bytes + h->len;
    const char *newline;

    while (at < end && *at && strchr(" \t\r\n", *at))
        at++;
    if (at == end || *at != '{')
        return false;
    newline = memchr(at, '\n', (size_t)(end - at));
    if (newline)
        end = newline;
    return memmem(at, (size_t)(end - at), "\"sourceKey\"", 11) ||
           memmem(at, (size_t)(end - at), "\"sourceBucket\"", 14);
}

/* The kind of a list that is no CSV; LIST_CSV: it may be, or a mistake. */
static enum list_kind kind_of(const struct manifest *m, enum mistake mistake, size_t mark)
{
    if ((mistake == MISTAKE_INSTRUCTIONS || mistake == MISTAKE_JSON) &&
            is_instruction(&m->text, mark))
        return LIST_JSONL;
    if ((mistake == MISTAKE_BATCH || mistake == MISTAKE_COMPLETION) && !m->options.of_index)
        return LIST_INDEX;
    return LIST_CSV;
}

static enum err_code feed_kind(struct manifest *m, const char *data, size_t len, struct err *e)
{
    switch (m->kind) {
    case LIST_JSONL:
        return jsonl_lines_feed(m->jsonl, data, len, e);
    case LIST_INDEX:
        buf_add(&m->json, data, len);
        return m->json.failed == ERR_NOMEM ? err_nomem(e) : ERR_OK;
    case LIST_CSV:
        break;
    }
    return csv_rows_feed(m->csv, data, len, e);
}

/* Whether the first line may be a row whose columns are named and begin with another one than the
 * bucket, such as a key, which may begin as a file of another format does. */
static bool may_be_row(const struct manifest *m)
{
    return m->options.columns && m->columns.kind[0] != LIST_BUCKET &&
           mistake_may_be_row(m->text.bytes, m->text.len, m->columns.count);
}

/* The first bytes of text are there, or all there will be. */
static enum err_code start_text(struct manifest *m, struct err *e)
{
    enum mistake mistake = mistake_of_bytes(m->text.bytes, m->text.len);
    size_t mark = head_is(&m->text, "\xef\xbb\xbf", 3) ? 3 : 0;
    enum err_code rc = ERR_OK;

    m->text.done = true;
    m->kind = kind_of(m, mistake, mark);
    if (m->kind == LIST_CSV && mistake != MISTAKE_NONE && !may_be_row(m)) {
        buf_clear(&m->say);
        mistake_say(&m->say, mistake, m->options.words, "", 0, 0);
        unreadable(m, buf_str(&m->say));
        return ERR_OK;
    }
    if (m->kind == LIST_JSONL)
        rc = jsonl_lines_new(&m->jsonl, m->problems, m->on_row, m->ctx, e);
    m->any_row |= m->kind != LIST_CSV;
    return rc == ERR_OK ? feed_kind(m, m->text.bytes + mark, m->text.len - mark, e) : rc;
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
    return m->unreadable ? ERR_OK : feed_kind(m, data, len, e);
}

static void gzip_problem(struct manifest *m, const char *problem)
{
    problems_add(m->problems, 0, "the gzip data cannot be read past line %" PRIu64 ": %s",
            m->jsonl ? jsonl_lines_line(m->jsonl) : csv_rows_line(m->csv), problem);
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

/* All of an index is there. */
static enum err_code finish_index(struct manifest *m, struct err *e)
{
    const char *problem = "it is longer than 4 MiB";
    enum err_code rc = ERR_OK;

    if (buf_ok(&m->json))
        rc = list_index_read(&m->index, buf_str(&m->json), m->json.len, &problem, e);
    if (rc == ERR_OK && problem)
        problems_add(m->problems, 0, "the manifest is a JSON that names a list, and %s", problem);
    return rc;
}

static enum err_code finish_kind(struct manifest *m, struct err *e)
{
    switch (m->kind) {
    case LIST_JSONL:
        return jsonl_lines_finish(m->jsonl, e);
    case LIST_INDEX:
        return finish_index(m, e);
    case LIST_CSV:
        break;
    }
    return csv_rows_finish(m->csv, e);
}

/* The mistake of a list of which every row is good. NULL: there is none. */
static const char *list_problem(const struct manifest *m)
{
    bool is_report = m->columns.rows != LIST_ROWS_OBJECTS;

    if (!m->any_row)
        return "the manifest is empty: it has no rows";
    if (m->options.only_failed && !is_report && !m->options.of_index && m->kind != LIST_INDEX)
        return m->options.words == INPUT_WORDS_OPTIONS
                       ? "--only-failed is for a report of copyout, which this list is not"
                       : "\"onlyFailed\" is for a report of copyout, which this list is not";
    if (is_report && m->counts.good == 0 && m->counts.wrong == 0)
        return "no row of the report is to be copied: none says that its object is not there";
    return NULL;
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
        rc = finish_kind(m, e);
    if (rc == ERR_OK && !m->unreadable)
        find_mistake(m);
    problem = list_problem(m);
    if (rc == ERR_OK && !m->unreadable && problem)
        problems_add(m->problems, 0, "%s", problem);
    return rc;
}
