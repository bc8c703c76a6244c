/* copyout jobs rm: removes work stores. */
#include "base/str.h"
#include "cmd/cmd.h"
#include "cmd/jobs/job_words.h"
#include "model/names.h"

enum { JOBS_MOST = 1000 }; /* on one command line */

/* Removes one, and tells of it: in words, or as an element of all. */
static enum err_code remove_one(const struct connect *c, const struct cmd_io *io,
        const struct jobs_options *o, const char *place, json_t *all, struct err *e)
{
    struct job_removed removed = {0};
    enum err_code code;

    if (names_is_s3_uri(place) && !o->yes)
        return err_set(e, ERR_USAGE,
                "%s: S3 deletes for good, and others may work there; give --yes to remove it",
                place);
    code = job_remove(&removed, &c->session, io_env(io, "TMPDIR"), place, e);
    if (code != ERR_OK)
        return code;
    if (o->output.json &&
            json_array_append_new(all,
                    json_pack("{s:s, s:I, s:I}", "job", place, "files", (json_int_t)removed.files,
                            "others", (json_int_t)removed.others)) != 0)
        return err_nomem(e);
    if (!o->output.json && !o->output.quiet) {
        fprintf(io->out, "%s: %llu file%s removed", place, (unsigned long long)removed.files,
                str_plural(removed.files));
        if (removed.others > 0)
            fprintf(io->out, "; %llu that are not copyout's stay",
                    (unsigned long long)removed.others);
        io_line(io, "");
    }
    return ERR_OK;
}

static enum err_code remove_all(const struct connect *c, const struct command_line *line,
        const struct jobs_options *o, struct err *e)
{
    enum err_code code = ERR_OK;
    json_t *all = json_array();
    unsigned i;

    for (i = 0; code == ERR_OK && i < line->operand_count; i++)
        code = stop_asked(&c->stop) ? err_set(e, ERR_INTERRUPTED, "interrupted")
                                    : remove_one(c, line->io, o, line->operands[i], all, e);
    if (code == ERR_OK && o->output.json)
        io_json(line->io, json_pack("{s:O}", "removed", all), 0);
    json_decref(all);
    return code;
}

static int run(const struct command_line *line, const void *options)
{
    return jobs_run(line, options, 1, remove_all);
}

static const struct option options[] = {
        {"yes", 'y', OPTION_FLAG, NULL, JOBS_OPTION(yes), "remove also what lies in S3"},
        JOBS_OPTIONS,
};

const struct command cmd_jobs_rm = {
        .name = "jobs rm",
        .summary = "remove work stores whose jobs are not wanted any more",
        .operands = "JOB [JOB ...]",
        .operands_most = JOBS_MOST,
        .description =
                "Removes work stores: the files that copyout made there, and no others, and the folder "
                "when it is empty then. What was copied stays where it is; a later run of the same list "
                "looks at all objects again. A job that runs is refused, and one that has unfinished "
                "uploads on record: copyout cleanup removes those. The first that is refused ends it.",
        .examples = "copyout jobs rm copyout-work/their-bucket-0123456789abcdef\there\n"
                    "copyout jobs rm s3://work/jobs/release-1/ --yes\tin S3\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct jobs_options),
        .run = run,
};
