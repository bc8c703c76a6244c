#include "report/summary.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_csv.h"
#include "store/results.h"

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

/* Reads the file's whole lines; what a kill left of a last one is no result. */
static enum err_code shard_read(struct shard_results *s, FILE *file, uint64_t most, struct err *e)
{
    enum err_code code = ERR_OK;
    char *line = NULL;
    size_t line_cap = 0;
    ssize_t len;

    while (code == ERR_OK && (len = getline(&line, &line_cap, file)) > 0) {
        if (line[len - 1] != '\n')
            break;
        if (s->count == s->cap) {
            size_t cap = s->cap ? 2 * s->cap : 64;
            struct result *more = realloc(s->results, cap * sizeof *more);

            if (!more) {
                code = err_nomem(e);
                break;
            }
            s->results = more;
            s->cap = cap;
        }
        if (s->count == most)
            code = err_set(e, ERR_IO, "a shard has more results than items");
        else
            code = result_read(&s->results[s->count], line, (size_t)len - 1, e);
        if (code == ERR_OK)
            s->count++;
    }
    if (code == ERR_OK && ferror(file))
        code = err_errno(e, errno, "cannot read the results");
    free(line);
    return code;
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
        qsort(s->results, s->count, sizeof *s->results, by_line);
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
        spent_count(r, result, env->input);
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
        unsigned shard, bool has_results, struct report *r, FILE *csv, struct err *e)
{
    struct shard_results results = {0};
    uint64_t items = plan->shards[shard].items, line_before = r->last_line;
    char name[RESULTS_NAME_SIZE];
    enum err_code code;
    FILE *file;

    results_name(name, plan->first_shard + shard);
    file = NULL;
    code = has_results ? store_read(env->store, name, &file, e) : ERR_OK;
    if (code == ERR_OK && file)
        code = shard_read(&results, file, items, e);
    if (code == ERR_OK)
        code = shard_report(env, r, &results, items, csv, e);
    if (code == ERR_OK && results.count < items)
        code = add_not_reached(env, &plan->shards[shard], &results, line_before, r, csv, e);
    if (code != ERR_OK)
        err_prefix(e, "%s", name);
    if (file) {
        fclose(file);
        store_release(env->store, name);
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
    for (i = 0; code == ERR_OK && i < plan->shard_count; i++) {
        bool has_results = !facts->has || facts->has(facts->ctx, i);

        code = read_shard(env, plan, i, has_results, r, csv, e);
    }
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
    if (json && r->dry_run) {
        json_object_set_new(json, "dryRun", json_true());
        json_object_set_new(
                json, "pending", json_integer((json_int_t)r->by_status[RESULT_PENDING]));
    }
    if (json && r->estimate.prices)
        json_object_set_new(json, r->dry_run ? "estimate" : "spent",
                r->dry_run ? cost_estimate_json(&r->estimate)
                           : cost_spent_json(&r->estimate.most, r->estimate.prices));
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
    r->dry_run = env->input->dry_run;
    code = write_csv(env, plan, facts, r, e);
    if (code != ERR_OK)
        return code;
    /* A report that cannot be written to the destination is in the work store all the same. */
    upload = upload_csv(env, &upload_err);
    spent_sum(r, env->sync.s3, env->input, &facts->spent);
    code = save_json(env, r, e);
    r->made = code == ERR_OK;
    if (code == ERR_OK && upload != ERR_OK) {
        *e = upload_err;
        code = upload;
    }
    return code;
}
