#include "cmd/outcome.h"

#include <string.h>

#include "base/log.h"
#include "base/str.h"

enum { FAILURES_SHOWN = 10 };

void outcome_print_problems(const struct cmd_io *io, const struct problems *p)
{
    unsigned i;

    if (p->total == 1) /* the error says it */
        return;
    for (i = 0; i < p->kept_count; i++) {
        if (p->kept[i].line > 0)
            fprintf(io->err, "line %llu: %s\n", (unsigned long long)p->kept[i].line,
                    p->kept[i].text);
        else
            fprintf(io->err, "%s\n", p->kept[i].text);
    }
    if (p->total > p->kept_count)
        fprintf(io->err, "… and %llu more\n", (unsigned long long)(p->total - p->kept_count));
}

/* Whether a failure before this one told that its source bucket is not there. */
static bool bucket_was_told(const struct report *r, unsigned number)
{
    const struct result *f = &r->failures[number];
    unsigned i;

    if (strcmp(f->err.service_code, "NoSuchBucket") != 0)
        return false;
    for (i = 0; i < number; i++)
        if (strcmp(r->failures[i].err.service_code, "NoSuchBucket") == 0 &&
                strcmp(r->failures[i].item.bucket, f->item.bucket) == 0)
            return true;
    return false;
}

static void print_failure(const struct cmd_io *io, const struct result *f)
{
    char ids[ERR_IDS_MAX];
    const char *named = err_ids(&f->err, ids);
    struct buf key;

    buf_init(&key, BUF_MAX_SMALL);
    fprintf(io->err, "FAILED line %llu s3://%s/%s: %s: %s%s%s\n", (unsigned long long)f->item.line,
            f->item.bucket, str_show(&key, f->item.key, strlen(f->item.key)),
            err_report_code(&f->err), f->err.message, named[0] ? ", " : "", named);
    buf_free(&key);
}

static void print_hints(const struct cmd_io *io, const struct report *r)
{
    int i;

    for (i = 0; i < REPORT_HINT_COUNT; i++)
        if (r->hint_texts[i])
            fprintf(io->err, "hint: %s\n", r->hint_texts[i]);
}

/* The shards of a distributed map that failed, and left objects. */
static void print_shard_failures(const struct cmd_io *io, const struct report *r)
{
    unsigned i;

    for (i = 0; i < r->shard_failures_kept && i < FAILURES_SHOWN; i++) {
        const struct shard_failure *f = &r->shard_failures[i];

        fprintf(io->err, "shard %u failed, %llu object%s not reached: %s\n", f->shard,
                (unsigned long long)f->missing, str_plural(f->missing), f->error);
    }
    if (r->failed_shards > i)
        fprintf(io->err, "… and %llu more shards; the report names their objects\n",
                (unsigned long long)(r->failed_shards - i));
}

void outcome_print_failures(const struct cmd_io *io, const struct report *r)
{
    unsigned shown = 0, i;

    for (i = 0; i < r->failures_kept && shown < FAILURES_SHOWN; i++) {
        if (bucket_was_told(r, i))
            continue;
        print_failure(io, &r->failures[i]);
        shown++;
    }
    if (r->by_status[RESULT_FAILED] > shown)
        fprintf(io->err, "… and %llu more; the report names them all\n",
                (unsigned long long)(r->by_status[RESULT_FAILED] - shown));
    print_shard_failures(io, r);
    print_hints(io, r);
}

/* ", 7 failed": only what there is. */
static void add_count(struct buf *out, uint64_t n, const char *what)
{
    if (n > 0)
        buf_addf(out, ", %llu %s", (unsigned long long)n, what);
}

static void add_proof(struct buf *out, const struct report *r)
{
    const uint64_t *v = r->verified;
    uint64_t there = r->by_status[RESULT_COPIED] + r->by_status[RESULT_SAME];

    if (there > 0 && v[VERIFIED_ETAG] == there) {
        buf_adds(out, "; each copy proven by ETag");
        return;
    }
    if (there > 0) {
        buf_addf(out, "; %llu proven by ETag", (unsigned long long)v[VERIFIED_ETAG]);
        add_count(out, v[VERIFIED_CHECKSUM], "by checksum");
        add_count(out, v[VERIFIED_SIZE], "compared by size only");
        add_count(out, v[VERIFIED_NONE], "not compared");
    }
}

/* The objects that this run copied. */
static void add_copied(struct buf *out, const struct report *r)
{
    const struct cost_estimate *e = &r->estimate;
    char bytes[32];

    buf_addf(out, "%llu copied (%s in %.1f s",
            (unsigned long long)(r->by_status[RESULT_COPIED] - r->earlier.copied),
            str_bytes(bytes, sizeof bytes, r->bytes - r->earlier.bytes), r->seconds);
    if (e->prices) {
        buf_adds(out, ", requests for ");
        cost_show_usd(out, cost_usd(&e->most, e->prices));
    }
    buf_adds(out, ")");
}

void outcome_summary(
        struct buf *out, const struct report *r, const char *report_place, const char *work_place)
{
    const uint64_t *n = r->by_status;
    char bytes[32];

    buf_addf(out, "%llu object%s: ", (unsigned long long)r->items, str_plural(r->items));
    if (r->dry_run)
        buf_addf(out, "dry run, nothing was copied; %llu would be (%s)",
                (unsigned long long)n[RESULT_PENDING], str_bytes(bytes, sizeof bytes, r->bytes));
    else if (n[RESULT_COPIED] > r->earlier.copied)
        add_copied(out, r);
    else
        buf_adds(out, "nothing copied");
    add_count(out, r->earlier.copied, "copied before by this job");
    add_count(out, n[RESULT_SAME], "the same already");
    add_count(out, n[RESULT_KEPT], "kept as they were");
    add_count(out, n[RESULT_FAILED], "failed");
    add_count(out, r->missing, "not reached");
    add_proof(out, r);
    add_count(out, r->tags_dropped, "without their tags");
    add_count(out, r->seen_by_listing, "seen by listing");
    add_count(out, r->duplicates, "rows named an object again");
    add_count(out, r->left_out, "left out by filters");
    add_count(out, r->folder_markers, "folder markers left out");
    if (r->folders != FOLDERS_UNTOLD)
        buf_addf(out, ". Folders %s", r->folders == FOLDERS_KEPT ? "kept" : "dropped");
    buf_addf(out, ".\nReport: %s", report_place);
    if (r->page)
        buf_addf(out, "\nPage: %s", r->page);
    if (r->delivery)
        buf_addf(out, "\nDelivery record: %s", r->delivery);
    buf_addf(out, "\nWork store: %s", work_place);
}

void outcome_notes(struct buf *out, const struct report *r)
{
    const char *join = "\nNotes: ";
    unsigned i;

    for (i = 0; i < REPORT_NOTES_MOST; i++) {
        if (r->notes[i] == 0 || !result_note_name(i))
            continue;
        buf_addf(out, "%s%llu %s", join, (unsigned long long)r->notes[i], result_note_name(i));
        join = ", ";
    }
    if (join[0] == ',')
        buf_adds(out, " (copyout explain NAME says what that means)");
}

/* The requests, time and money that the copy of a dry run would take. */
static void print_estimate(const struct outcome *o)
{
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    cost_estimate_text(&text, &o->report->estimate);
    fprintf(o->io->out, "\nThe copy would take:\n%s", buf_str(&text));
    buf_free(&text);
}

static void print_summary(const struct outcome *o)
{
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    outcome_summary(&text, o->report, o->report_place, o->work_place);
    outcome_notes(&text, o->report);
    io_line(o->io, buf_str(&text));
    buf_free(&text);
    if (o->report->dry_run && o->report->estimate.prices)
        print_estimate(o);
}

static int exit_code_of(const struct outcome *o)
{
    if (o->stop_code)
        return o->stop_code;
    if (o->err)
        return err_exit_code(o->err->code);
    if (o->report->made && !report_is_complete(o->report))
        return err_exit_code(ERR_INCOMPLETE);
    return 0;
}

/* The problems that were kept, each with its line; line 0: the problem is of no line alone. */
static json_t *problems_json(const struct problems *p)
{
    json_t *array = json_array();
    unsigned i;

    for (i = 0; i < p->kept_count; i++)
        json_array_append_new(array, json_pack("{s:I, s:s}", "line", (json_int_t)p->kept[i].line,
                                             "message", p->kept[i].text));
    return array;
}

void outcome_print_error(const struct cmd_io *io, const struct err *e,
        const struct problems *problems, const char *work_place, int exit_code, size_t json_flags)
{
    json_t *json = json_pack("{s:{s:s, s:s}, s:i}", "error", "name", err_name(e->code), "message",
            e->message, "exitCode", exit_code);

    if (json && problems && problems->total > 0) {
        json_object_set_new(json, "problems", problems_json(problems));
        json_object_set_new(json, "problemsTotal", json_integer((json_int_t)problems->total));
    }
    if (json && work_place)
        json_object_set_new(json, "workStore", json_string(work_place));
    io_json(io, json, json_flags);
}

static void print_json(const struct outcome *o, int exit_code)
{
    if (o->report->made && o->report_json)
        io_line(o->io, o->report_json);
    else if (!o->report->made && o->err)
        outcome_print_error(o->io, o->err, o->problems,
                o->work_place && o->work_place[0] ? o->work_place : NULL, exit_code, 0);
}

/* Whether the same command may do better another time. */
static bool may_pass(const struct outcome *o)
{
    switch (o->err->code) {
    case ERR_USAGE:
    case ERR_INPUT:
    case ERR_MANIFEST:
    case ERR_WRONG_REGION:
        return o->costs_too_much;
    default:
        return o->has_plan || o->err->cls != ERR_CLASS_PERMANENT || o->err->http_status >= 500;
    }
}

bool outcome_goes_on(const struct outcome *o)
{
    const struct report *r = o->report;

    if (!o->go_on)
        return false;
    if (r->made && r->dry_run && r->missing == 0)
        return false;
    if (o->stop_code && (!r->made || !report_is_complete(r)))
        return true;
    if (r->made && !report_is_complete(r))
        return true;
    return o->err && may_pass(o);
}

/* The objects that are left, if any, are named before. */
static void print_go_on(const struct outcome *o)
{
    fflush(o->io->out);
    fprintf(o->io->err, "To go on, run:\n  %s\n", o->go_on);
}

int outcome_print(const struct outcome *o)
{
    int exit_code = exit_code_of(o);

    if (o->problems->total > 0)
        outcome_print_problems(o->io, o->problems);
    if (o->report->made)
        outcome_print_failures(o->io, o->report);
    if (o->err)
        log_error("%s", o->err->message);
    if (o->json)
        print_json(o, exit_code);
    else if (o->report->made && !o->quiet)
        print_summary(o);
    if (outcome_goes_on(o))
        print_go_on(o);
    return exit_code;
}

int outcome_print_progress(const struct outcome *o, const struct progress *progress)
{
    struct progress_summary summary;
    struct cmd_io io = *o->io;
    struct outcome told = *o;
    FILE *file = progress_summary_open(&summary, progress);
    int exit_code;

    if (file) {
        io.out = file;
        told.io = &io;
        told.json = true;
    }
    exit_code = outcome_print(&told);
    progress_summary_close(&summary, progress, exit_code);
    return exit_code;
}
