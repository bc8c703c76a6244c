#include "report/shard_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/flat_json.h"
#include "report/hints.h"
#include "report/line_index.h"
#include "report/report_csv.h"
#include "report/spent.h"

struct shard_rows {
    struct store *store;
    const struct input *input;
    struct report *report;
    const struct row_sinks *sinks;
    struct line_index *results, *items;
    size_t at_result, at_item; /* the next of each */
    bool has_items;            /* the items are indexed, too: some have no result */
    const char *failure;       /* of the shard; NULL: it is not known to have failed */
    struct buf row;            /* scratch */
};

/* --- lines --- */

/* Both kinds of lines begin so, if this program has written them. */
static bool begins_with_line(const char *text, size_t len, uint64_t *line)
{
    struct flat_json f = flat_json_begin(text, len);

    return FLAT_JSON_SKIP(&f, "{\"line\":") && flat_json_count(&f, INT64_MAX, line) &&
           FLAT_JSON_SKIP(&f, ",");
}

static enum err_code line_of_result(const char *text, size_t len, uint64_t *line, struct err *e)
{
    struct result r;
    enum err_code code;

    if (begins_with_line(text, len, line))
        return ERR_OK;
    code = result_read(&r, text, len, e);
    *line = r.item.line;
    result_free(&r);
    return code;
}

static enum err_code line_of_item(const char *text, size_t len, uint64_t *line, struct err *e)
{
    struct item item;
    enum err_code code;

    if (begins_with_line(text, len, line))
        return ERR_OK;
    code = item_read(&item, text, len, e);
    *line = item.line;
    item_free(&item);
    return code;
}

/* --- opening and closing --- */

enum err_code shard_rows_new(struct shard_rows **out, struct store *store,
        const struct input *input, struct report *r, const struct row_sinks *sinks, struct err *e)
{
    struct shard_rows *s = calloc(1, sizeof *s);
    const char *tmp = store_temp_dir(store);

    if (!s)
        return err_nomem(e);
    s->store = store;
    s->input = input;
    s->report = r;
    s->sinks = sinks;
    buf_init(&s->row, BUF_MAX_RESULT);
    if (line_index_new(&s->results, line_of_result, tmp, e) != ERR_OK ||
            line_index_new(&s->items, line_of_item, tmp, e) != ERR_OK) {
        shard_rows_free(s);
        return e->code;
    }
    *out = s;
    return ERR_OK;
}

void shard_rows_free(struct shard_rows *s)
{
    if (!s)
        return;
    line_index_free(s->results);
    line_index_free(s->items);
    buf_free(&s->row);
    free(s);
}

/* --- reading --- */

static enum err_code add_file(struct shard_rows *s, const char *name, uint64_t items, struct err *e)
{
    size_t before = line_index_count(s->results);
    enum err_code code;
    FILE *file;

    code = store_read(s->store, name, &file, e);
    if (code != ERR_OK || !file)
        return code;
    code = line_index_add(s->results, file, items + 1, e);
    store_release(s->store, name);
    if (code == ERR_OK && line_index_count(s->results) - before > items)
        code = err_set(e, ERR_IO, "a shard has more results than items");
    return code;
}

static enum err_code add_files(struct shard_rows *s, const char *const *names, unsigned count,
        uint64_t items, struct err *e)
{
    enum err_code code = line_index_begin(s->results, count, e);
    unsigned i;

    for (i = 0; code == ERR_OK && i < count; i++) {
        code = add_file(s, names[i], items, e);
        if (code != ERR_OK)
            err_prefix(e, "%s", names[i]);
    }
    return code == ERR_OK ? line_index_sort(s->results, e) : code;
}

/* How many lines of the manifest have results. */
static uint64_t count_lines(const struct line_index *x)
{
    const struct line_place *place, *before = NULL;
    uint64_t lines = 0;
    size_t i;

    for (i = 0; (place = line_index_at(x, i)); i++) {
        lines += !before || before->line != place->line;
        before = place;
    }
    return lines;
}

/* Indexes the shard's items. *s->has_items stays false if the work store has none. */
static enum err_code add_items(struct shard_rows *s, const struct shard *shard, struct err *e)
{
    enum err_code code;
    FILE *items;

    code = store_read_range(s->store, ITEMS_FILE, shard->offset, shard->length, &items, e);
    if (code != ERR_OK || !items)
        return code;
    s->has_items = true;
    code = line_index_begin(s->items, 1, e);
    if (code == ERR_OK)
        code = line_index_add(s->items, items, shard->items, e);
    else
        fclose(items);
    if (code == ERR_OK && line_index_count(s->items) < shard->items)
        code = err_set(e, ERR_IO, "the items end before the plan does");
    if (code == ERR_OK)
        code = line_index_sort(s->items, e);
    if (code != ERR_OK)
        err_prefix(e, ITEMS_FILE);
    return code;
}

/* Reads the next result, and goes on to the one behind it. */
static enum err_code next_result(struct shard_rows *s, struct result *r, struct err *e)
{
    const struct line_place *place = line_index_at(s->results, s->at_result++);
    enum err_code code;
    const char *text;

    code = line_index_text(s->results, place, &text, e);
    if (code == ERR_OK)
        code = result_read(r, text, place->length, e);
    else
        memset(r, 0, sizeof *r);
    if (code == ERR_OK && r->item.line != place->line) {
        result_free(r);
        code = err_set(e, ERR_IO, "a result is of two lines");
    }
    return code;
}

static enum err_code two_results(uint64_t line, struct err *e)
{
    return err_set(e, ERR_IO, "line %llu has two results, or is another shard's",
            (unsigned long long)line);
}

/* Reads all results of the next line that has any, and keeps the one that counts. */
static enum err_code best_result(struct shard_rows *s, struct result *best, struct err *e)
{
    const struct line_place *place = line_index_at(s->results, s->at_result), *next;
    enum err_code code = next_result(s, best, e);

    while (code == ERR_OK && (next = line_index_at(s->results, s->at_result)) &&
            next->line == place->line) {
        struct result other;

        if (next->file == place->file) {
            code = two_results(next->line, e);
            break;
        }
        code = next_result(s, &other, e);
        if (code == ERR_OK && result_beats(&other, best)) {
            result_free(best);
            *best = other;
        } else {
            result_free(&other);
        }
        place = next;
    }
    if (code != ERR_OK)
        result_free(best);
    return code;
}

/* --- rows --- */

/* Whether it says no more than that a run was stopped. Older versions wrote such results. */
static bool is_interrupted(const struct result *r)
{
    const char *code;

    if (r->status != RESULT_FAILED)
        return false;
    code = err_report_code(&r->err);
    return strcmp(code, err_name(ERR_INTERRUPTED)) == 0 ||
           strcmp(code, err_name(ERR_CANCELLED)) == 0;
}

static void count(struct report *r, struct result *result)
{
    unsigned i;

    r->by_status[result->status]++;
    if (result->status == RESULT_COPIED || result->status == RESULT_PENDING)
        r->bytes += result->size;
    if (result->status == RESULT_COPIED || result->status == RESULT_SAME)
        r->verified[result->verified]++;
    if (result->notes & NOTE_TAGS_DROPPED)
        r->tags_dropped++;
    if (result->seen == RESULT_SEEN_BY_LISTING)
        r->seen_by_listing++;
    for (i = 0; result->notes && i < REPORT_NOTES_MOST; i++)
        r->notes[i] += (result->notes >> i) & 1;
    if (result->status == RESULT_FAILED && r->failures_kept < REPORT_FAILURES_KEPT) {
        r->failures[r->failures_kept++] = *result;
        memset(result, 0, sizeof *result); /* moved */
    }
}

/* Writes the row in the scratch buffer, and empties that. The caller sees ferror(). */
static enum err_code put_row(struct shard_rows *s, FILE *csv, struct err *e)
{
    enum err_code code = buf_check(&s->row, "a row of the report", e);

    if (code == ERR_OK && csv)
        (void)fwrite(buf_str(&s->row), 1, s->row.len, csv);
    buf_clear(&s->row);
    return code;
}

/* The rows of an item that has no result, or none that counts. */
static enum err_code put_not_reached(struct shard_rows *s, const struct item *item, struct err *e)
{
    const char *there = s->input->destination_bucket;
    enum err_code code;

    report_csv_not_reached(&s->row, item, there, s->failure, REPORT_FORMULAS_EXACT);
    code = put_row(s, s->sinks->csv, e);
    if (code == ERR_OK && s->sinks->escaped) {
        report_csv_not_reached(&s->row, item, there, s->failure, REPORT_FORMULAS_ESCAPED);
        code = put_row(s, s->sinks->escaped, e);
    }
    if (code == ERR_OK && s->sinks->page)
        page_add_item(s->sinks->page, item, s->failure);
    return code;
}

static enum err_code put_result(struct shard_rows *s, const struct result *result, struct err *e)
{
    const char *there = s->input->destination_bucket;
    enum err_code code;

    report_csv_row(&s->row, result, there, REPORT_FORMULAS_EXACT);
    code = put_row(s, s->sinks->csv, e);
    if (code == ERR_OK && s->sinks->escaped) {
        report_csv_row(&s->row, result, there, REPORT_FORMULAS_ESCAPED);
        code = put_row(s, s->sinks->escaped, e);
    }
    if (code == ERR_OK && s->sinks->page)
        page_add(s->sinks->page, result);
    if (code == ERR_OK && s->sinks->record)
        code = delivery_record_add(s->sinks->record, result, e);
    if (code == ERR_OK && s->sinks->each)
        code = s->sinks->each(s->sinks->ctx, result, e);
    return code;
}

static enum err_code result_row(struct shard_rows *s, struct err *e)
{
    struct result result;
    enum err_code code = best_result(s, &result, e);
    bool reached;

    if (code != ERR_OK)
        return code;
    reached = !is_interrupted(&result);
    spent_count(s->report, &result, s->input);
    code = reached ? put_result(s, &result, e) : put_not_reached(s, &result.item, e);
    if (code == ERR_OK && reached) {
        hints_count(s->report, &result, s->input);
        count(s->report, &result);
    } else if (code == ERR_OK) {
        s->report->missing++;
    }
    result_free(&result);
    return code;
}

static enum err_code not_reached_row(
        struct shard_rows *s, const struct line_place *place, struct err *e)
{
    struct item item = {0};
    enum err_code code;
    const char *text;

    code = line_index_text(s->items, place, &text, e);
    if (code == ERR_OK)
        code = item_read(&item, text, place->length, e);
    if (code != ERR_OK) {
        err_prefix(e, ITEMS_FILE);
        return code;
    }
    code = put_not_reached(s, &item, e);
    item_free(&item);
    return code;
}

/* Writes the row of the next line of the manifest. Lines only go up, also from shard to shard. */
static enum err_code next_row(struct shard_rows *s, const struct line_place *result,
        const struct line_place *item, struct err *e)
{
    bool is_reached = result && (!item || result->line <= item->line);
    const struct line_place *place = is_reached ? result : item;
    uint64_t line = place->line;

    if (line <= s->report->last_line)
        return two_results(line, e);
    if (is_reached && s->has_items && (!item || item->line != line))
        return err_set(e, ERR_IO, "a result is another shard's");
    s->report->last_line = line;
    if (item && item->line == line)
        s->at_item++;
    return is_reached ? result_row(s, e) : not_reached_row(s, item, e);
}

static enum err_code write_rows(struct shard_rows *s, const struct shard *shard, struct err *e)
{
    const struct line_place *result, *item;
    uint64_t reached = count_lines(s->results);
    enum err_code code = ERR_OK;

    s->at_result = s->at_item = 0;
    s->has_items = false;
    if (reached < shard->items)
        code = add_items(s, shard, e);
    while (code == ERR_OK) {
        result = line_index_at(s->results, s->at_result);
        item = s->has_items ? line_index_at(s->items, s->at_item) : NULL;
        if (!result && !item)
            break;
        code = next_row(s, result, item, e);
    }
    if (code == ERR_OK && reached > shard->items)
        code = err_set(e, ERR_IO, "a shard has more results than items");
    if (code == ERR_OK)
        s->report->missing += shard->items - reached;
    return code;
}

/* Counts the shard, if it failed and left items. missing: of the shards before it. */
static enum err_code count_failure(
        struct shard_rows *s, unsigned number, uint64_t missing, struct err *e)
{
    struct report *r = s->report;
    struct shard_failure *kept = &r->shard_failures[r->shard_failures_kept];

    if (!s->failure || r->missing == missing)
        return ERR_OK;
    r->failed_shards++;
    if (r->shard_failures_kept == REPORT_FAILURES_KEPT)
        return ERR_OK;
    kept->error = strdup(s->failure);
    if (!kept->error)
        return err_nomem(e);
    kept->shard = number;
    kept->missing = r->missing - missing;
    r->shard_failures_kept++;
    return ERR_OK;
}

enum err_code shard_rows_write(struct shard_rows *s, const struct shard *shard, unsigned number,
        const char *const *names, unsigned files, const char *failure, struct err *e)
{
    enum err_code code = add_files(s, names, files, shard->items, e);
    uint64_t missing = s->report->missing;
    char name[RESULTS_NAME_SIZE];

    if (code != ERR_OK)
        return code;
    s->failure = failure;
    code = write_rows(s, shard, e);
    if (code == ERR_OK)
        return count_failure(s, number, missing, e);
    results_name(name, number);
    err_prefix(e, "%s", name);
    return code;
}
