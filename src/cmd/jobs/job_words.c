#include "cmd/jobs/job_words.h"

#include "base/log.h"
#include "base/str.h"
#include "cmd/outcome.h"

static void add_count(struct buf *out, const char **before, uint64_t n, const char *what)
{
    if (n == 0)
        return;
    buf_addf(out, "%s%llu %s", *before, (unsigned long long)n, what);
    *before = ", ";
}

static void describe(struct buf *out, const char *place, const struct job *j)
{
    const uint64_t *n = j->report.by_status;
    const char *before = ": ";

    buf_addf(out, "%s: %s", place, job_state_name(j->state));
    if (j->report.made) {
        buf_addf(out, "; %llu object%s", (unsigned long long)j->report.items,
                str_plural(j->report.items));
        add_count(out, &before, n[RESULT_COPIED], "copied");
        add_count(out, &before, n[RESULT_SAME], "the same already");
        add_count(out, &before, n[RESULT_KEPT], "kept as they were");
        add_count(out, &before, n[RESULT_PENDING], "would be copied");
        add_count(out, &before, n[RESULT_FAILED], "failed");
        add_count(out, &before, j->report.missing, "not reached");
    }
    if (j->uploads > 0)
        buf_addf(out, "; %llu unfinished upload%s on record", (unsigned long long)j->uploads,
                str_plural(j->uploads));
    if (j->destination)
        buf_addf(out, "; to %s", j->destination);
    if (j->created)
        buf_addf(out, "; planned %s", j->created);
}

void job_say(const struct cmd_io *io, const char *place, const struct job *j)
{
    struct buf text;

    buf_init(&text, BUF_MAX_CONFIG);
    describe(&text, place, j);
    io_line(io, buf_str(&text));
    buf_free(&text);
}

json_t *job_json(const char *place, const struct job *j)
{
    const struct report *r = &j->report;
    const uint64_t *n = r->by_status;
    json_t *json = json_pack("{s:s, s:s, s:s?, s:s?, s:I}", "job", place, "state",
            job_state_name(j->state), "destination", j->destination, "created", j->created,
            "uploads", (json_int_t)j->uploads);
    json_t *counts =
            !r->made
                    ? NULL
                    : json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "dryRun",
                              r->dry_run, "items", (json_int_t)r->items, "copied",
                              (json_int_t)n[RESULT_COPIED], "same", (json_int_t)n[RESULT_SAME],
                              "kept", (json_int_t)n[RESULT_KEPT], "pending",
                              (json_int_t)n[RESULT_PENDING], "failed", (json_int_t)n[RESULT_FAILED],
                              "missing", (json_int_t)r->missing, "bytes", (json_int_t)r->bytes);

    if (json && (!r->made || (counts && json_object_update(json, counts) == 0))) {
        json_decref(counts);
        return json;
    }
    json_decref(json);
    json_decref(counts);
    return NULL;
}

static int tell_error(
        const struct cmd_io *io, const struct jobs_options *o, int stop_code, const struct err *e)
{
    int exit_code = stop_code ? stop_code : err_exit_code(e->code);

    log_error("%s", e->message);
    if (o->output.json)
        outcome_print_error(io, e, NULL, NULL, exit_code, 0);
    return exit_code;
}

enum err_code jobs_need_one(const struct command_line *line, struct err *e)
{
    if (line->operand_count > 0)
        return ERR_OK;
    return err_set(e, ERR_USAGE, "which job? Give its work store; copyout jobs lists them");
}

int jobs_run(const struct command_line *line, const struct jobs_options *o, unsigned least,
        jobs_work work)
{
    struct connect connect = {0};
    enum err_code code;
    int exit_code = 0;
    struct err e;

    console_set_level(&o->output);
    code = least > 0 ? jobs_need_one(line, &e) : ERR_OK;
    if (code == ERR_OK)
        code = connect_open(&connect, line->io, &o->connect, NULL, NULL, &e);
    if (code == ERR_OK)
        code = work(&connect, line, o, &e);
    if (code != ERR_OK)
        exit_code = tell_error(line->io, o, connect_stop_code(&connect), &e);
    connect_close(&connect);
    return exit_code;
}
