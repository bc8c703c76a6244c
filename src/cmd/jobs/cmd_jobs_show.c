/* copyout jobs show: one job, and what came of its objects. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/jobs/job_words.h"
#include "cmd/jobs/report_rows.h"

static enum err_code say_json(const struct cmd_io *io, const char *place, const struct job *job,
        const char *status, FILE *rows, struct err *e)
{
    json_t *json = job_json(place, job), *objects;
    enum err_code code = json ? ERR_OK : err_nomem(e);

    if (code == ERR_OK && status) {
        code = report_rows_json(&objects, rows, status, e);
        if (code == ERR_OK && json_object_set_new(json, "objects", objects) != 0)
            code = err_nomem(e);
    }
    if (code == ERR_OK)
        io_json(io, json_incref(json), 0);
    json_decref(json);
    return code;
}

static enum err_code show(const struct connect *c, const struct command_line *line,
        const struct jobs_options *o, struct err *e)
{
    const struct cmd_io *io = line->io;
    const char *place = line->operands[0];
    FILE *rows = o->status ? tmpfile() : NULL;
    struct job job = {0};
    enum err_code code = ERR_OK;

    if (o->status && !rows)
        code = err_errno(e, errno, "cannot make a temporary file");
    if (code == ERR_OK)
        code = job_look(&job, &c->session, io_env(io, "TMPDIR"), place, rows, e);
    if (code == ERR_OK && o->output.json) {
        code = say_json(io, place, &job, o->status, rows, e);
    } else if (code == ERR_OK) {
        if (!o->status)
            job_say(io, place, &job);
        else
            code = report_rows_copy(io->out, rows, o->status, e);
    }
    job_free(&job);
    if (rows)
        fclose(rows);
    return code;
}

static int run(const struct command_line *line, const void *options)
{
    return jobs_run(line, options, 1, show);
}

static const struct option options[] = {
        {"status", '\0', OPTION_CHOICE, "COPIED|SAME|KEPT|FAILED|PENDING|NOT-REACHED",
                JOBS_OPTION(status),
                "print the objects that have this status, each as a row of the report's CSV"},
        JOBS_OPTIONS,
};

const struct command cmd_jobs_show = {
        .name = "jobs show",
        .summary = "tell how a job is doing, and which of its objects failed",
        .operands = "JOB",
        .operands_most = 1,
        .description =
                "Tells of the job in a work store (a folder or s3://bucket/prefix/) what copyout jobs "
                "tells; with --status instead which objects have that status, and why, as rows of the "
                "report's CSV. All is counted anew from the results, also of a job that runs, or was "
                "killed before it could write its report.",
        .examples = "copyout jobs show copyout-work/their-bucket-0123456789abcdef --status FAILED\t"
                    "what failed, and why\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct jobs_options),
        .run = run,
};
