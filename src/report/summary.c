#include "report/summary.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/temp_file.h"
#include "report/deliver.h"
#include "report/delivery/delivery_record.h"
#include "report/hints.h"
#include "report/page/page.h"
#include "report/report_csv.h"
#include "report/shard_rows.h"

enum {
    SHARDS_EACH_MOST = 100,                 /* whose items are fetched for each of them */
    ITEMS_AT_ONCE_MOST = 256 * 1024 * 1024, /* bytes of the temporary folder */
};

void report_place(const struct report_env *env, struct buf *out)
{
    if (deliver_wants_csv(env)) {
        buf_addf(out, "s3://%s/", env->input->destination_bucket);
        if (env->key)
            buf_adds(out, env->key);
        else
            input_report_key(out, env->input);
    } else {
        store_show(env->store, REPORT_CSV_FILE, out);
    }
}

/* --- the rows --- */

static enum err_code write_shard(struct shard_rows *rows, const struct plan *plan, unsigned shard,
        const struct report_facts *facts, struct err *e)
{
    unsigned number = plan->first_shard + shard, i;
    size_t count;
    const struct results_name *file = result_files_newest(facts->files, number, &count);
    char error[MAP_ERROR_MAX];
    bool failed = false;
    char(*names)[RESULTS_NAME_SIZE] = calloc(count + 1, sizeof *names);
    const char **list = calloc(count + 1, sizeof *list);
    enum err_code code = names && list ? ERR_OK : err_nomem(e);

    for (i = 0; code == ERR_OK && i < count; i++) {
        result_file_name(names[i], &file[i]);
        list[i] = names[i];
    }
    if (code == ERR_OK)
        code = map_results_error(facts->map, shard, &failed, error, e);
    if (code == ERR_OK)
        code = shard_rows_write(rows, &plan->shards[shard], number, list, (unsigned)count,
                failed ? error : NULL, e);
    free(names);
    free(list);
    return code;
}

static unsigned count_without_results(const struct plan *plan, const struct result_files *files)
{
    unsigned i, without = 0;
    size_t count;

    for (i = 0; i < plan->shard_count; i++) {
        (void)result_files_newest(files, plan->first_shard + i, &count);
        without += count == 0 && plan->shards[i].items > 0;
    }
    return without;
}

/* Brings all items here at once where many shards have none of their results: a request for the
 * items of each would take as long as an answer of S3 takes, one after the other. */
static enum err_code fetch_items(const struct report_env *env, const struct plan *plan,
        const struct result_files *files, struct err *e)
{
    enum err_code code;
    FILE *items;

    if (plan->items_bytes == 0 || plan->items_bytes > ITEMS_AT_ONCE_MOST ||
            count_without_results(plan, files) <= SHARDS_EACH_MOST)
        return ERR_OK;
    code = store_read(env->store, ITEMS_FILE, &items, e);
    if (code == ERR_OK && items)
        fclose(items);
    return code;
}

static enum err_code write_shards(const struct report_env *env, const struct plan *plan,
        const struct report_facts *facts, struct report *r, const struct row_sinks *sinks,
        struct err *e)
{
    struct shard_rows *rows;
    enum err_code code = fetch_items(env, plan, facts->files, e);
    unsigned i;

    if (code == ERR_OK)
        code = shard_rows_new(&rows, env->store, env->input, r, sinks, e);
    if (code != ERR_OK)
        return code;
    if (sinks->csv)
        fputs(report_csv_header(REPORT_FORMULAS_EXACT), sinks->csv);
    if (sinks->escaped)
        fputs(report_csv_header(REPORT_FORMULAS_ESCAPED), sinks->escaped);
    for (i = 0; code == ERR_OK && i < plan->shard_count; i++)
        code = write_shard(rows, plan, i, facts, e);
    shard_rows_free(rows);
    return code;
}

enum err_code report_count(const struct report_env *env, const struct plan *plan,
        const struct result_files *files, struct report *r, FILE *csv, struct err *e)
{
    const struct report_facts facts = {.files = files};
    const struct row_sinks sinks = {.csv = csv};

    memset(r, 0, sizeof *r);
    r->items = plan->items;
    r->dry_run = env->input->dry_run;
    return write_shards(env, plan, &facts, r, &sinks, e);
}

enum err_code report_each(const struct report_env *env, const struct plan *plan,
        const struct result_files *files, struct report *r,
        enum err_code (*each)(void *ctx, const struct result *result, struct err *e), void *ctx,
        struct err *e)
{
    const struct report_facts facts = {.files = files};
    const struct row_sinks sinks = {.each = each, .ctx = ctx};

    memset(r, 0, sizeof *r);
    r->items = plan->items;
    r->dry_run = env->input->dry_run;
    return write_shards(env, plan, &facts, r, &sinks, e);
}

/* The forms of the report that are no files of the work store while the rows are written. */
struct forms {
    FILE *escaped; /* the CSV for the destination; NULL: it gets the work store's */
    struct page page;
    struct delivery_record *record; /* NULL: none is made */
};

static enum err_code open_escaped(const struct report_env *env, FILE **out, struct err *e)
{
    const char *dir = store_temp_dir(env->store);
    int fd = temp_file_open(dir);

    if (fd >= 0 && (*out = fdopen(fd, "w+b")))
        return ERR_OK;
    err_set(e, ERR_IO, "a temporary file in %s: %s", dir, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ERR_IO;
}

/* A key to sign it with asks for the record, too. A dry run delivers nothing. */
static bool wants_record(const struct report_env *env)
{
    return !env->input->dry_run &&
           (env->input->delivery_record != DELIVERY_NONE || env->sign_key != NULL);
}

static enum err_code forms_open(struct forms *f, const struct report_env *env, struct err *e)
{
    enum err_code code = ERR_OK;

    memset(f, 0, sizeof *f);
    if (deliver_wants_csv(env) && env->input->report_formulas == REPORT_FORMULAS_ESCAPED)
        code = open_escaped(env, &f->escaped, e);
    if (code == ERR_OK)
        code = page_init(&f->page, env->input, store_temp_dir(env->store), e);
    if (code == ERR_OK && wants_record(env))
        code = delivery_record_new(&f->record, store_temp_dir(env->store), e);
    return code;
}

static void forms_close(struct forms *f)
{
    if (f->escaped)
        fclose(f->escaped);
    page_free(&f->page);
    delivery_record_free(f->record);
}

static enum err_code check_escaped(FILE *escaped, struct err *e)
{
    if (!escaped || (fflush(escaped) == 0 && !ferror(escaped)))
        return ERR_OK;
    return err_set(e, ERR_IO, "a temporary file of the report: %s", strerror(errno));
}

static enum err_code write_csv(const struct report_env *env, const struct plan *plan,
        const struct report_facts *facts, struct report *r, struct forms *forms, struct err *e)
{
    struct row_sinks sinks = {
            .escaped = forms->escaped, .page = &forms->page, .record = forms->record};
    enum err_code code;

    code = store_create(env->store, REPORT_CSV_FILE, &sinks.csv, e);
    if (code != ERR_OK)
        return code;
    code = write_shards(env, plan, facts, r, &sinks, e);
    if (code == ERR_OK)
        code = check_escaped(forms->escaped, e);
    if (code != ERR_OK) {
        store_discard(env->store, REPORT_CSV_FILE, sinks.csv);
        return code;
    }
    return store_commit(env->store, REPORT_CSV_FILE, sinks.csv, e);
}

/* --- the whole --- */

/* Writes the page into the work store. r holds all that is told of the job. */
static enum err_code write_page(
        const struct report_env *env, struct page *page, const struct report *r, struct err *e)
{
    struct report_env there = *env;
    struct page_facts facts = {.report = r, .made_s = clock_wall_s()};
    enum err_code code;
    struct buf place, work;
    FILE *file;

    code = store_create(env->store, REPORT_PAGE_FILE, &file, e);
    if (code != ERR_OK)
        return code;
    buf_init(&place, BUF_MAX_SMALL);
    buf_init(&work, BUF_MAX_SMALL);
    there.key = r->key;
    report_place(&there, &place);
    store_show(env->store, "", &work);
    facts.csv_place = buf_str(&place);
    facts.work_place = buf_str(&work);
    code = page_write(page, &facts, file, e);
    if (code == ERR_OK)
        code = store_commit(env->store, REPORT_PAGE_FILE, file, e);
    else
        store_discard(env->store, REPORT_PAGE_FILE, file);
    buf_free(&place);
    buf_free(&work);
    return code;
}

/* Puts the page into the destination, if it is wanted there, and says where it lies. */
static enum err_code place_page(const struct report_env *env, struct report *r, struct err *e)
{
    char *key = NULL;
    enum err_code code = deliver_page(env, &key, e);
    struct buf place;

    buf_init(&place, BUF_MAX_SMALL);
    if (code == ERR_OK && key)
        buf_addf(&place, "s3://%s/%s", env->input->destination_bucket, key);
    else
        store_show(env->store, REPORT_PAGE_FILE, &place);
    r->page = buf_take(&place);
    free(key);
    return code == ERR_OK && !r->page ? err_nomem(e) : code;
}

/* Writes the delivery record into the work store. */
static enum err_code write_record(const struct report_env *env, const struct plan *plan,
        struct delivery_record *record, const struct report *r, struct err *e)
{
    const struct delivery_facts facts = {
            &env->sync, env->input, plan, r, env->sign_key, clock_wall_s()};
    enum err_code code;
    FILE *file;

    code = store_create(env->store, DELIVERY_FILE, &file, e);
    if (code != ERR_OK)
        return code;
    code = delivery_record_write(record, &facts, file, e);
    if (code == ERR_OK)
        return store_commit(env->store, DELIVERY_FILE, file, e);
    store_discard(env->store, DELIVERY_FILE, file);
    return code;
}

/* Puts it into the destination, if it is wanted there, and says where it lies. */
static enum err_code place_record(const struct report_env *env, struct report *r, struct err *e)
{
    char *key = NULL;
    enum err_code code = deliver_record(env, &key, e);
    struct buf place;

    buf_init(&place, BUF_MAX_SMALL);
    if (code == ERR_OK && key)
        buf_addf(&place, "s3://%s/%s", env->input->destination_bucket, key);
    else
        store_show(env->store, DELIVERY_FILE, &place);
    r->delivery = buf_take(&place);
    free(key);
    return code == ERR_OK && !r->delivery ? err_nomem(e) : code;
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

static json_t *shard_failures_json(const struct report *r)
{
    json_t *array = json_array();
    unsigned i;

    for (i = 0; i < r->shard_failures_kept; i++) {
        const struct shard_failure *f = &r->shard_failures[i];

        json_array_append_new(array, json_pack("{s:I, s:I, s:s}", "shard", (json_int_t)f->shard,
                                             "missing", (json_int_t)f->missing, "error", f->error));
    }
    return array;
}

static json_t *hints_json(const struct report *r)
{
    json_t *array = json_array();
    int i;

    for (i = 0; i < REPORT_HINT_COUNT; i++)
        if (r->hint_texts[i])
            json_array_append_new(array, json_string(r->hint_texts[i]));
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

char *report_json(const struct report *r, const struct s3_client *s3, const char *place,
        const char *work, size_t indent)
{
    json_t *verified = json_object(), *json;
    char *text;
    int i;

    for (i = VERIFIED_COUNT - 1; i >= 0; i--)
        json_object_set_new(verified, verified_name((enum verified)i),
                json_integer((json_int_t)r->verified[i]));
    json = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:I, s:o, s:f, s:s, s:o}",
            "items", (json_int_t)r->items, "copied", (json_int_t)r->by_status[RESULT_COPIED],
            "same", (json_int_t)r->by_status[RESULT_SAME], "kept",
            (json_int_t)r->by_status[RESULT_KEPT], "failed",
            (json_int_t)r->by_status[RESULT_FAILED], "missing", (json_int_t)r->missing, "bytes",
            (json_int_t)r->bytes, "verified", verified, "tagsDropped", (json_int_t)r->tags_dropped,
            "notes", notes_json(r), "seenByListing", (json_int_t)r->seen_by_listing, "requests",
            requests_json(s3), "seconds", (double)(int64_t)(r->seconds * 1000 + 0.5) / 1000,
            "report", place, "failures", failures_json(r));
    if (json)
        json_object_set_new(json, "earlierRuns",
                json_pack("{s:I, s:I, s:I}", "copied", (json_int_t)r->earlier.copied, "same",
                        (json_int_t)r->earlier.same, "bytes", (json_int_t)r->earlier.bytes));
    if (json)
        json_object_set_new(json, "duplicateLines", json_integer((json_int_t)r->duplicates));
    if (json && r->page)
        json_object_set_new(json, "page", json_string(r->page));
    if (json && r->delivery)
        json_object_set_new(json, "deliveryRecord", json_string(r->delivery));
    if (json)
        json_object_set_new(json, "leftOutByFilters", json_integer((json_int_t)r->left_out));
    if (json)
        json_object_set_new(json, "folderMarkers", json_integer((json_int_t)r->folder_markers));
    if (json)
        json_object_set_new(json, "hints", hints_json(r));
    if (json && r->failed_shards > 0) {
        json_object_set_new(json, "failedShards", json_integer((json_int_t)r->failed_shards));
        json_object_set_new(json, "shardFailures", shard_failures_json(r));
    }
    json_object_set_new(json, "workStore", json_string(work));
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
    struct report_env there = *env;
    enum err_code code;
    struct buf place, work;
    char *text;

    buf_init(&place, BUF_MAX_SMALL);
    buf_init(&work, BUF_MAX_SMALL);
    store_show(env->store, "", &work);
    there.key = r->key;
    report_place(&there, &place);
    text = report_json(r, env->sync.s3, buf_str(&place), buf_str(&work), 2);
    code = text ? store_save(env->store, REPORT_FILE, text, strlen(text), e) : err_nomem(e);
    free(text);
    buf_free(&place);
    buf_free(&work);
    return code;
}

/* The end, when all is counted. A report that cannot be written to the destination is in the work
 * store all the same. */
static enum err_code finish(const struct report_env *env, const struct plan *plan,
        const struct report_facts *facts, struct forms *forms, struct report *r, struct err *e)
{
    enum err_code code, upload;
    struct err upload_err;

    upload = deliver_csv(env, forms->escaped, &r->key, &upload_err);
    spent_sum(r, env->sync.s3, env->input, &facts->spent);
    code = write_page(env, &forms->page, r, e);
    if (code == ERR_OK && upload == ERR_OK)
        upload = place_page(env, r, &upload_err);
    if (code == ERR_OK && forms->record)
        code = write_record(env, plan, forms->record, r, e);
    if (code == ERR_OK && forms->record && upload == ERR_OK)
        upload = place_record(env, r, &upload_err);
    if (code == ERR_OK)
        code = save_json(env, r, e);
    r->made = code == ERR_OK;
    if (code == ERR_OK && upload != ERR_OK) {
        *e = upload_err;
        code = upload;
    }
    return code;
}

enum err_code report_make(const struct report_env *env, const struct plan *plan,
        const struct report_facts *facts, struct report *r, struct err *e)
{
    enum err_code code;
    struct forms forms;

    memset(r, 0, sizeof *r);
    r->items = plan->items;
    r->duplicates = plan->duplicates;
    r->left_out = plan->left_out;
    r->folder_markers = plan->folder_markers;
    r->folders = plan->destination_keys == DEST_KEYS_BASENAME ? FOLDERS_DROPPED : FOLDERS_KEPT;
    r->seconds = facts->seconds;
    r->earlier = facts->earlier;
    r->dry_run = env->input->dry_run;
    code = forms_open(&forms, env, e);
    if (code == ERR_OK)
        code = write_csv(env, plan, facts, r, &forms, e);
    if (code == ERR_OK)
        code = hints_tell(r, e);
    if (code == ERR_OK)
        code = finish(env, plan, facts, &forms, r, e);
    forms_close(&forms);
    return code;
}
