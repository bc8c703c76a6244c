/* copyout jobs: the work stores that there are, and how each job is doing. */
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/jobs/job_words.h"

/* The means by which the places are told. */
struct telling {
    const struct connect *connect;
    const struct cmd_io *io;
    const struct jobs_options *options;
    json_t *all; /* for --json */
    unsigned told;
};

static enum err_code tell_job(
        struct telling *t, const char *place, const struct job *job, struct err *e)
{
    t->told++;
    if (t->options->output.json)
        return json_array_append_new(t->all, job_json(place, job)) == 0 ? ERR_OK : err_nomem(e);
    job_say(t->io, place, job);
    return ERR_OK;
}

/* One that turns out to be no work store of ours is passed over. */
static enum err_code on_place(void *ctx, const char *place, struct err *e)
{
    struct telling *t = ctx;
    struct job job;
    enum err_code code;

    if (stop_asked(&t->connect->stop))
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    code = job_look(&job, &t->connect->session, io_env(t->io, "TMPDIR"), place, NULL, e);
    if (code == ERR_OK)
        code = tell_job(t, place, &job, e);
    else if (code == ERR_INPUT)
        code = ERR_OK;
    else if (code == ERR_IO)
        log_warn("%s: %s", place, e->message);
    job_free(&job);
    return code == ERR_IO ? ERR_OK : code;
}

static enum err_code tell_all(const struct connect *c, const struct command_line *line,
        const struct jobs_options *o, struct err *e)
{
    const struct cmd_io *io = line->io;
    const char *where = line->operand_count > 0 ? line->operands[0] : ".";
    struct telling t = {.connect = c, .io = io, .options = o, .all = json_array()};
    enum err_code code = jobs_find(&c->session, where, on_place, &t, e);

    if (code == ERR_OK && o->output.json)
        io_json(io, json_pack("{s:O}", "jobs", t.all), 0);
    else if (code == ERR_OK && t.told == 0)
        log_info("%s: there are no jobs", where);
    json_decref(t.all);
    return code;
}

static int run(const struct command_line *line, const void *options)
{
    return jobs_run(line, options, 0, tell_all);
}

static const struct option options[] = {JOBS_OPTIONS};

const struct command cmd_jobs = {
        .name = "jobs",
        .summary = "list the jobs that there are, with their states and counts",
        .operands = "[PLACE]",
        .operands_most = 1,
        .description =
                "Lists the work stores in a folder (by default this one) and in the folders below it, "
                "such as copyout-work, or below s3://bucket/prefix/, one a line: its place, how its job "
                "is doing (running, empty, prepared, unfinished, failed, complete, looked-at), what "
                "came of its objects over all runs that went on with each other, and where they go.\n"
                "copyout jobs show tells of one of them, copyout jobs retry takes up what failed or was "
                "not reached, copyout jobs rm removes work stores that are not wanted any more.",
        .examples = "copyout jobs\tthose of this folder\n"
                    "copyout jobs s3://work/jobs/ --json\tfor a script\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct jobs_options),
        .run = run,
};
