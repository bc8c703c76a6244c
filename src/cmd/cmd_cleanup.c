/* copyout cleanup: removes the unfinished uploads that a dead run left. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "cli/console.h"
#include "cmd/cmd.h"
#include "cmd/connect.h"
#include "job/engine.h"
#include "model/names.h"

struct cleanup_options {
    const char *work;
    struct connect_options connect;
    struct output_options output;
};

static const struct option options[] = {
        {"work", 'w', OPTION_STRING, "PLACE", offsetof(struct cleanup_options, work),
                "the work store of the run: a folder or s3://bucket/prefix/"},
        CONNECT_OPTIONS(struct cleanup_options, connect),
        REGION_OPTION(struct cleanup_options, connect),
        LOG_OPTIONS(struct cleanup_options, output),
};

static enum err_code clean(struct connect *c, const struct cmd_io *io, const char *work,
        struct engine_cleanup *counts, struct err *e)
{
    const struct engine_config config = {
            .session = &c->session,
            .stop = &c->stop,
            .work = work,
            .tmp = io_env(io, "TMPDIR"),
    };
    struct engine *engine;
    enum err_code code;

    if (!names_is_s3_uri(work) && access(work, F_OK) != 0) /* it would be made */
        return err_set(e, ERR_INPUT, "--work %s: %s", work, strerror(errno));
    code = engine_open(&engine, &config, e);
    if (code != ERR_OK)
        return code;
    code = engine_clean_up(engine, counts, e);
    engine_close(engine);
    return code;
}

static int run(const struct command_line *line, const void *opts)
{
    const struct cleanup_options *o = opts;
    struct engine_cleanup counts = {0};
    struct connect connect = {0};
    int exit_code = 0;
    enum err_code code;
    struct err e;

    console_set_level(&o->output);
    if (!o->work) {
        log_error("what is to be cleaned up after? Give the run's work store with --work");
        return err_exit_code(ERR_USAGE);
    }
    code = connect_open(&connect, line->io, &o->connect, NULL, NULL, &e);
    if (code == ERR_OK)
        code = clean(&connect, line->io, o->work, &counts, &e);
    if (code == ERR_OK && !o->output.quiet)
        fprintf(line->io->out, "%llu upload%s on record, %llu removed, %llu could not be\n",
                (unsigned long long)counts.records, str_plural(counts.records),
                (unsigned long long)counts.removed, (unsigned long long)counts.failed);
    if (code != ERR_OK)
        log_error("%s", e.message);
    if (code != ERR_OK || counts.failed > 0)
        exit_code = code != ERR_OK ? err_exit_code(code) : err_exit_code(ERR_INCOMPLETE);
    if (stop_asked(&connect.stop))
        exit_code = connect_stop_code(&connect);
    connect_close(&connect);
    return exit_code;
}

const struct command cmd_cleanup = {
        .name = "cleanup",
        .summary = "remove the unfinished uploads that a dead run left",
        .operands = "",
        .description =
                "A run that was stopped or killed leaves its unfinished multipart uploads open, on record in "
                "its work store, so that the next run with that work store can go on with them. When there "
                "will be no next run this removes them, since S3 bills their parts for ever. Uploads that "
                "copyout did not make are never touched.",
        .examples =
                "copyout cleanup --work copyout-work/their-bucket-0123456789abcdef\tafter a run here\n"
                "copyout cleanup --work s3://work/jobs/release-1/\tafter an execution on AWS\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct cleanup_options),
        .run = run,
};
