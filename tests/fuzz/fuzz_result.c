/* A line of results/: written and read again it is the same line, and its row of the report is one
 * row of ten columns (eleven where formulas are escaped) for whoever reads CSV. What the fast
 * reader takes is the same to the other one. */
#include "fuzz.h"
#include "model/result.h"
#include "plan/manifest_csv.h"
#include "report/report_csv.h"

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_same(const struct result *a, const struct result *b)
{
    FUZZ_CHECK(a->item.line == b->item.line && same(a->item.bucket, b->item.bucket));
    FUZZ_CHECK(same(a->item.key, b->item.key) && same(a->item.version_id, b->item.version_id));
    FUZZ_CHECK(same(a->item.destination_key, b->item.destination_key) && a->size == b->size);
    FUZZ_CHECK(same(a->etag, b->etag) && a->status == b->status && a->notes == b->notes &&
               a->seen == b->seen && a->storage == b->storage);
    FUZZ_CHECK(a->verified == b->verified && a->verified_by == b->verified_by);
    FUZZ_CHECK(a->attempts == b->attempts && a->requests == b->requests);
    FUZZ_CHECK(memcmp(&a->seconds, &b->seconds, sizeof a->seconds) == 0);
    FUZZ_CHECK(a->err.code == b->err.code && a->err.http_status == b->err.http_status);
    FUZZ_CHECK(same(a->err.message, b->err.message));
    FUZZ_CHECK(same(a->err.service_code, b->err.service_code));
    FUZZ_CHECK(same(a->err.request_id, b->err.request_id) && same(a->err.host_id, b->err.host_id));
    FUZZ_CHECK(same(a->written.etag, b->written.etag));
    FUZZ_CHECK(same(a->written.version_id, b->written.version_id));
    FUZZ_CHECK(same(a->written.checksum, b->written.checksum));
    FUZZ_CHECK(a->written.checksum_kind == b->written.checksum_kind);
}

static void check_fast(const char *line, size_t len)
{
    struct result fast, any;
    struct err e;

    if (!result_read_flat(&fast, line, len)) {
        FUZZ_CHECK(!fast.item.bucket && !fast.item.key && !fast.item.destination_key);
        return;
    }
    FUZZ_CHECK(result_read_any(&any, line, len, &e) == ERR_OK);
    check_same(&fast, &any);
    result_free(&any);
    result_free(&fast);
}

static void check_again(const struct result *r)
{
    struct buf line, twice;
    struct result again;
    struct err e;

    buf_init(&line, BUF_MAX_ANSWER);
    buf_init(&twice, BUF_MAX_ANSWER);
    result_write(&line, r);
    FUZZ_CHECK(buf_ok(&line) && line.data[line.len - 1] == '\n');
    FUZZ_CHECK(
            strlen(line.data) == line.len && strchr(line.data, '\n') == line.data + line.len - 1);
    check_fast(line.data, line.len - 1);
    FUZZ_CHECK(result_read(&again, line.data, line.len - 1, &e) == ERR_OK);
    FUZZ_CHECK(again.item.line == r->item.line && again.size == r->size);
    FUZZ_CHECK(again.status == r->status && again.verified == r->verified);
    FUZZ_CHECK(again.notes == r->notes && strcmp(again.etag, r->etag) == 0);
    result_write(&twice, &again);
    FUZZ_CHECK(strcmp(line.data, twice.data) == 0);
    result_free(&again);
    buf_free(&line);
    buf_free(&twice);
}

struct rows {
    const struct result *of;
    enum report_formulas formulas;
    unsigned count;
};

static enum err_code on_row(void *ctx, const struct csv_row *row, struct err *e)
{
    struct rows *rows = ctx;
    const char *name = row->field[0].data;
    bool escaped = rows->formulas == REPORT_FORMULAS_ESCAPED;

    (void)e;
    rows->count++;
    FUZZ_CHECK(row->columns == (escaped ? 11 : 10));
    if (escaped) {
        FUZZ_CHECK(!report_csv_is_formula(name));
        name += name[0] == '\'' && report_csv_is_formula(name + 1);
    }
    FUZZ_CHECK(str_ends(rows->of->item.destination_key, name));
    FUZZ_CHECK(strcmp(row->field[1].data, result_status_name(rows->of->status)) == 0);
    return ERR_OK;
}

static void on_bad(void *ctx, uint64_t line, const char *problem)
{
    (void)ctx, (void)line;
    FUZZ_CHECK(problem == NULL);
}

static void check_csv(const struct result *r, enum report_formulas formulas)
{
    struct rows rows = {.of = r, .formulas = formulas};
    struct csv_rows_cb cb = {&rows, on_row, on_bad};
    struct csv_rows *csv;
    struct buf text;
    struct err e;

    buf_init(&text, BUF_MAX_LINE);
    report_csv_row(&text, r, "their-bucket", formulas);
    if (buf_ok(&text)) {
        FUZZ_CHECK(csv_rows_new(&csv, &cb, &e) == ERR_OK);
        FUZZ_CHECK(csv_rows_feed(csv, buf_str(&text), text.len, &e) == ERR_OK);
        FUZZ_CHECK(csv_rows_finish(csv, &e) == ERR_OK && rows.count == 1);
        csv_rows_free(csv);
    }
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct result r;
    struct err e;

    check_fast((const char *)data, size);
    if (result_read(&r, (const char *)data, size, &e) == ERR_OK) {
        FUZZ_CHECK(r.item.bucket && r.item.key && r.item.destination_key);
        check_again(&r);
        check_csv(&r, REPORT_FORMULAS_EXACT);
        check_csv(&r, REPORT_FORMULAS_ESCAPED);
    } else {
        fuzz_check_err(&e);
        FUZZ_CHECK(!r.item.bucket && !r.item.key && !r.item.destination_key);
    }
    result_free(&r);
    return 0;
}
