#include "report/summary.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_csv.h"

/* A dry run leaves nothing there. */
static bool is_for_destination(const struct report_env *env)
{
    return env->input->include_report && !env->input->dry_run;
}

void report_place(const struct report_env *env, struct buf *out)
{
    if (is_for_destination(env)) {
        buf_addf(out, "s3://%s/", env->input->destination_bucket);
        input_report_key(out, env->input);
    } else {
        store_show(env->store, REPORT_CSV_FILE, out);
    }
}

/* --- one shard --- */

struct shard_results {
    struct result *results;
    size_t count, cap;
};

static void shard_free(struct shard_results *s)
{
    size_t i;

    for (i = 0; i < s->count; i++)
        result_free(&s->results[i]);
    free(s->results);
    memset(s, 0, sizeof *s);
}

static int by_line(const void *a, const void *b)
{
    uint64_t x = ((const struct result *)a)->item.line, y = ((const struct result *)b)->item.line;

    return x < y ? -1 : x > y;
}

/* By line, and of one line by age: results are read in the order of their ages. */
static int by_line_and_age(const void *a, const void *b)
{
    const struct result *x = a, *y = b;
    int order = by_line(a, b);

    return order ? order : (x->item.index > y->item.index) - (x->item.index < y->item.index);
}

/* Reading one file of a shard. */
struct reading {
    struct shard_results *shard;
    size_t first;  /* result of the file */
    uint64_t most; /* results that it may have */
};

static enum err_code on_line(void *ctx, const char *line, size_t len, struct err *e)
{
    struct reading *reading = ctx;
    struct shard_results *s = reading->shard;
    enum err_code code;

    if (s->count - reading->first == reading->most)
        return err_set(e, ERR_IO, "a shard has more results than items");
    if (s->count == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 64;
        struct result *more = realloc(s->results, cap * sizeof *more);

        if (!more)
            return err_nomem(e);
        s->results = more;
        s->cap = cap;
    }
    code = result_read(&s->results[s->count], line, len, e);
    if (code == ERR_OK)
        s->results[s->count].item.index = s->count;
    s->count += code == ERR_OK;
    return code;
}

/* Of the results from `first` on, of one file, no two may be of one line. */
static enum err_code check_file(const struct shard_results *s, size_t first, struct err *e)
{
    size_t i;

    for (i = first + 1; i < s->count; i++)
        if (by_line(&s->results[i - 1], &s->results[i]) == 0)
            return err_set(e, ERR_IO, "line %llu has two results, or is another shard's",
                    (unsigned long long)s->results[i].item.line);
    return ERR_OK;
}

/* Leaves of each line's results the one that counts. */
static void keep_the_best(struct shard_results *s)
{
    size_t i, kept = 0;

    for (i = 0; i < s->count; i++) {
        struct result *result = &s->results[i];

        if (kept == 0 || by_line(&s->results[kept - 1], result) != 0) {
            s->results[kept++] = *result;
        } else if (result_beats(result, &s->results[kept - 1])) {
            result_free(&s->results[kept - 1]);
            s->results[kept - 1] = *result;
        } else {
            result_free(result);
        }
    }
    s->count = kept;
}

/* Reads a file's whole lines, and puts them in order. */
static enum err_code shard_read(struct shard_results *s, struct store *store, const char *name,
        uint64_t most, struct err *e)
{
    struct reading reading = {s, s->count, most};
    enum err_code code = result_file_lines(store, name, on_line, &reading, e);

    if (code == ERR_OK && s->count > reading.first) {
        qsort(s->results + reading.first, s->count - reading.first, sizeof *s->results,
                by_line_and_age);
        code = check_file(s, reading.first, e);
    }
    if (code != ERR_OK)
        err_prefix(e, "%s", name);
    store_release(store, name);
    return code;
}

static bool is_interrupted(const struct result *r)
{
    const char *code = err_report_code(&r->err);

    return r->status == RESULT_FAILED && (strcmp(code, err_name(ERR_INTERRUPTED)) == 0 ||
                                                 strcmp(code, err_name(ERR_CANCELLED)) == 0);
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
    for (i = 0; i < REPORT_NOTES_MOST; i++)
        r->notes[i] += (result->notes >> i) & 1;
    r->interrupted += is_interrupted(result);
    if (result->status == RESULT_FAILED && r->failures_kept < REPORT_FAILURES_KEPT) {
        uint64_t line = result->item.line;

        r->failures[r->failures_kept++] = *result;
        memset(result, 0, sizeof *result); /* moved, but for what it is sorted by */
        result->item.line = line;
    }
}

static enum err_code shard_report(const struct report_env *env, struct report *r,
        struct shard_results *s, uint64_t items, FILE *csv, struct err *e)
{
    enum err_code code = ERR_OK;
    uint64_t distinct = 0;
    struct buf row;
    size_t i;

    buf_init(&row, BUF_MAX_RESULT);
    if (s->count > 0)
        qsort(s->results, s->count, sizeof *s->results, by_line_and_age);
    keep_the_best(s);
    for (i = 0; code == ERR_OK && i < s->count; i++) {
        struct result *result = &s->results[i];

        if (result->item.line <= r->last_line) {
            code = err_set(e, ERR_IO, "line %llu has two results, or is another shard's",
                    (unsigned long long)result->item.line);
            break;
        }
        r->last_line = result->item.line;
        distinct++;
        buf_clear(&row);
        report_csv_row(&row, result, env->input->destination_bucket);
        code = buf_check(&row, "a row of the report", e);
        if (code == ERR_OK)
            (void)fwrite(buf_str(&row), 1, row.len, csv); /* store_commit() sees ferror() */
        count(r, result);
    }
    r->missing += items - distinct;
    buf_free(&row);
    return code;
}

/* The items of a shard that have no result, from items.jsonl; results are sorted by line. */
static enum err_code add_not_reached(const struct report_env *env, const struct shard *shard,
        const struct shard_results *results, uint64_t line_before, struct report *r, FILE *csv,
        struct err *e)
{
    uint64_t not_reached = 0;
    bool is_behind = false; /* a line that an earlier shard has a result of */
    enum err_code code;
    FILE *items;
    char *line = NULL;
    size_t line_cap = 0;
    struct buf row;
    uint64_t i;

    code = store_read_range(env->store, ITEMS_FILE, shard->offset, shard->length, &items, e);
    if (code != ERR_OK || !items)
        return code;
    buf_init(&row, BUF_MAX_RESULT);
    for (i = 0; code == ERR_OK && i < shard->items; i++) {
        struct result wanted = {0};

        code = item_read_next(&wanted.item, items, &line, &line_cap, e);
        if (code == ERR_OK &&
                (results->count == 0 || !bsearch(&wanted, results->results, results->count,
                                                sizeof wanted, by_line))) {
            buf_clear(&row);
            report_csv_not_reached(&row, &wanted.item, env->input->destination_bucket);
            code = buf_check(&row, "a row of the report", e);
            (void)fwrite(buf_str(&row), 1, row.len, csv);
            not_reached++;
        }
        if (code == ERR_OK && wanted.item.line <= line_before)
            is_behind = true;
        if (wanted.item.line > r->last_line)
            r->last_line = wanted.item.line;
        item_free(&wanted.item);
    }
    if (code == ERR_OK && (not_reached != shard->items - results->count || is_behind))
        code = err_set(e, ERR_IO, "a result is another shard's");
    free(line);
    fclose(items);
    buf_free(&row);
    return code;
}

static enum err_code read_shard(const struct report_env *env, const struct plan *plan,
        unsigned shard, const struct result_files *files, struct report *r, FILE *csv,
        struct err *e)
{
    struct shard_results results = {0};
    uint64_t items = plan->shards[shard].items, line_before = r->last_line;
    const struct results_name *file;
    char name[RESULTS_NAME_SIZE];
    enum err_code code = ERR_OK;
    size_t count, i;

    file = result_files_newest(files, plan->first_shard + shard, &count);
    for (i = 0; code == ERR_OK && i < count; i++) {
        result_file_name(name, &file[i]);
        code = shard_read(&results, env->store, name, items, e);
    }
    if (code == ERR_OK) {
        results_name(name, plan->first_shard + shard);
        code = shard_report(env, r, &results, items, csv, e);
        if (code == ERR_OK && results.count < items)
            code = add_not_reached(env, &plan->shards[shard], &results, line_before, r, csv, e);
        if (code != ERR_OK)
            err_prefix(e, "%s", name);
    }
    shard_free(&results);
    return code;
}

/* --- the whole --- */

static enum err_code write_csv(const struct report_env *env, const struct plan *plan,
        const struct report_facts *facts, struct report *r, struct err *e)
{
    enum err_code code;
    FILE *csv;
    unsigned i;

    code = store_create(env->store, REPORT_CSV_FILE, &csv, e);
    if (code != ERR_OK)
        return code;
    fputs(REPORT_CSV_HEADER, csv);
    for (i = 0; code == ERR_OK && i < plan->shard_count; i++)
        code = read_shard(env, plan, i, facts->files, r, csv, e);
    if (code != ERR_OK) {
        store_discard(env->store, REPORT_CSV_FILE, csv);
        return code;
    }
    return store_commit(env->store, REPORT_CSV_FILE, csv, e);
}

static enum err_code upload_csv(const struct report_env *env, struct err *e)
{
    enum err_code code;
    struct buf key;
    FILE *csv;

    if (!is_for_destination(env))
        return ERR_OK;
    code = store_read(env->store, REPORT_CSV_FILE, &csv, e);
    if (code != ERR_OK)
        return code;
    if (!csv)
        return err_set(e, ERR_IO, "the work store has no %s", REPORT_CSV_FILE);
    buf_init(&key, BUF_MAX_SMALL);
    input_report_key(&key, env->input);
    code = buf_check(&key, "the report's key", e);
    if (code == ERR_OK)
        code = sync_put_file(
                &env->sync, env->input->destination_bucket, buf_str(&key), "text/csv", csv, e);
    if (code != ERR_OK)
        err_prefix(e, "cannot write the report s3://%s/%s", env->input->destination_bucket,
                buf_str(&key));
    fclose(csv);
    buf_free(&key);
    return code;
}

static json_t *requests_json(const struct s3_client *s3)
{
    json_t *requests = json_object();
    int op;

    for (op = 0; op < S3_OP_COUNT; op++) {
        uint64_t n = s3_client_requests(s3, (enum s3_op)op);

        if (n > 0)
            json_object_set_new(requests, s3_op_name((enum s3_op)op), json_integer((json_int_t)n));
    }
    return requests;
}

static json_t *failures_json(const struct report *r)
{
    json_t *array = json_array();
    unsigned i;

    for (i = 0; i < r->failures_kept; i++) {
        const struct result *f = &r->failures[i];

        json_array_append_new(
                array, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "line",
                               (json_int_t)f->item.line, "sourceBucket", f->item.bucket,
                               "sourceKey", f->item.key, "destinationKey", f->item.destination_key,
                               "code", err_report_code(&f->err), "message", f->err.message,
                               "httpStatus", f->err.http_status, "requestId", f->err.request_id,
                               "hostId", f->err.host_id));
    }
    return array;
}

/* How many items have each note; notes that no item has are left out. */
static json_t *notes_json(const struct report *r)
{
    json_t *notes = json_object();
    unsigned i;

    for (i = 0; i < REPORT_NOTES_MOST; i++)
        if (r->notes[i] > 0 && result_note_name(i))
            json_object_set_new(notes, result_note_name(i), json_integer((json_int_t)r->notes[i]));
    return notes;
}

char *report_json(
        const struct report *r, const struct s3_client *s3, const char *place, size_t indent)
{
    json_t *verified = json_object(), *json;
    char *text;
    int i;

    for (i = VERIFIED_COUNT - 1; i >= 0; i--)
        json_object_set_new(verified, verified_name((enum verified)i),
                json_integer((json_int_t)r->verified[i]));
    json = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:o, s:f, s:s, s:o}",
            "items", (json_int_t)r->items, "copied", (json_int_t)r->by_status[RESULT_COPIED],
            "same", (json_int_t)r->by_status[RESULT_SAME], "kept",
            (json_int_t)r->by_status[RESULT_KEPT], "failed",
            (json_int_t)r->by_status[RESULT_FAILED], "missing", (json_int_t)r->missing, "bytes",
            (json_int_t)r->bytes, "verified", verified, "tagsDropped", (json_int_t)r->tags_dropped,
            "notes", notes_json(r), "requests", requests_json(s3), "seconds",
            (double)(int64_t)(r->seconds * 1000 + 0.5) / 1000, "report", place, "failures",
            failures_json(r));
    if (json)
        json_object_set_new(json, "earlierRuns",
                json_pack("{s:I, s:I, s:I}", "copied", (json_int_t)r->earlier.copied, "same",
                        (json_int_t)r->earlier.same, "bytes", (json_int_t)r->earlier.bytes));
    if (json && r->dry_run) {
        json_object_set_new(json, "dryRun", json_true());
        json_object_set_new(
                json, "pending", json_integer((json_int_t)r->by_status[RESULT_PENDING]));
    }
    text = json ? json_dumps(json, JSON_INDENT(indent) | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(json);
    return text;
}

static enum err_code save_json(const struct report_env *env, const struct report *r, struct err *e)
{
    enum err_code code;
    struct buf place;
    char *text;

    buf_init(&place, BUF_MAX_SMALL);
    report_place(env, &place);
    text = report_json(r, env->sync.s3, buf_str(&place), 2);
    code = text ? store_save(env->store, REPORT_FILE, text, strlen(text), e) : err_nomem(e);
    free(text);
    buf_free(&place);
    return code;
}

enum err_code report_make(const struct report_env *env, const struct plan *plan,
        const struct report_facts *facts, struct report *r, struct err *e)
{
    enum err_code code, upload;
    struct err upload_err;

    memset(r, 0, sizeof *r);
    r->items = plan->items;
    r->seconds = facts->seconds;
    r->earlier = facts->earlier;
    r->dry_run = env->input->dry_run;
    code = write_csv(env, plan, facts, r, e);
    if (code != ERR_OK)
        return code;
    /* A report that cannot be written to the destination is in the work store all the same. */
    upload = upload_csv(env, &upload_err);
    code = save_json(env, r, e);
    r->made = code == ERR_OK;
    if (code == ERR_OK && upload != ERR_OK) {
        *e = upload_err;
        code = upload;
    }
    return code;
}
