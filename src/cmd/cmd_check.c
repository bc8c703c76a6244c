/* copyout check: what a server and these rights can do, before a job depends on it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/console.h"
#include "cmd/cmd.h"
#include "cmd/connect.h"
#include "job/check/check_run.h"

struct check_options {
    const char *to;
    bool read_only;
    bool writes;
    bool pays;
    struct connect_options connect;
    struct output_options output;
};

#define OPTION(member) offsetof(struct check_options, member)

static const struct option options[] = {
        {"to", 't', OPTION_STRING, "S3-FOLDER", OPTION(to),
                "the destination: s3://bucket or s3://bucket/folder/"},
        {"read-only", '\0', OPTION_FLAG, NULL, OPTION(read_only),
                "look at the buckets as sources alone: no request that writes is sent"},
        {"write", '\0', OPTION_FLAG, NULL, OPTION(writes),
                "ask also by writing one small object in the destination, copyout-check-<random digits>, "
                "and a copy of it; both are removed again"},
        {"requester-pays", '\0', OPTION_FLAG, NULL, OPTION(pays),
                "we pay for requests and transfer where a bucket asks it (Requester Pays)"},
        CONNECT_OPTIONS(struct check_options, connect),
        REGION_OPTION(struct check_options, connect),
        JSON_OPTION(struct check_options, output),
        LOG_OPTIONS(struct check_options, output),
};

static void on_signal(void *ctx, unsigned count, int number)
{
    (void)ctx;
    (void)number;
    if (count == 1)
        log_info("stopping: what was begun is removed; once more: at once");
}

static void print(
        const struct cmd_io *io, const struct check_report *r, bool json, const struct err *e)
{
    struct buf text;

    if (json) {
        io_json(io, check_report_json(r, e), 0);
        return;
    }
    buf_init(&text, BUF_MAX_CONFIG);
    check_report_text(&text, r, e != NULL);
    fputs(buf_str(&text), io->out);
    buf_free(&text);
}

static int tell(const struct cmd_io *io, const struct check_options *o, const struct connect *c,
        const struct check_report *r, const struct err *e)
{
    int exit_code = connect_stop_code(c);

    if (exit_code == 0 && e->code != ERR_OK)
        exit_code = err_exit_code(e->code);
    if (exit_code == 0 && (!check_report_works(r) || r->left_count > 0))
        exit_code = err_exit_code(ERR_INCOMPLETE);
    if (o->output.json || r->count > 0)
        print(io, r, o->output.json, e->code == ERR_OK ? NULL : e);
    if (e->code != ERR_OK)
        log_error("%s", e->message);
    return exit_code;
}

static int run(const struct command_line *line, const void *opts)
{
    const struct check_options *o = opts;
    struct connect connect = {0};
    struct check_report report = {0};
    struct check_config config = {.stop = &connect.stop,
            .uris = line->operands,
            .count = line->operand_count,
            .to = o->to,
            .read_only = o->read_only,
            .writes = o->writes,
            .pays = o->pays};
    int exit_code;
    struct err e;

    console_set_level(&o->output);
    err_clear(&e);
    if (connect_open(&connect, line->io, &o->connect, on_signal, NULL, &e) == ERR_OK) {
        config.sync = connect.session.sync;
        config.endpoint = aws_config_endpoint(connect.session.aws, "s3");
        if (check_run(&report, &config, &e) == ERR_OK)
            err_clear(&e);
    }
    exit_code = tell(line->io, o, &connect, &report, &e);
    check_report_free(&report);
    if (!connect_close(&connect) && exit_code == 0)
        exit_code = err_exit_code(ERR_INTERNAL);
    return exit_code;
}

const struct command cmd_check = {
        .name = "check",
        .summary = "tell what a server and these rights can do, before a job depends on it",
        .operands = "s3://BUCKET/[PREFIX/] ...",
        .operands_most = CHECK_BUCKETS_MOST,
        .description =
                "Asks each bucket some twenty things that a job depends on, or does otherwise without: "
                "listings, reading, tags, part numbers, checksums, the condition on the source, uploads, "
                "encryption, versions. Prints for each what came of it, and what that means for a job. Without "
                "--to each bucket is looked at as a source and as a destination.\n"
                "No object is made unless --write is given: the right to write is shown by an upload that is "
                "aborted. Nothing that is there already is ever written to, whatever a server does with the "
                "conditions of a request. What cannot be removed is told, and makes the exit code 1, as does "
                "anything that a job needs and that does not work.",
        .examples =
                "copyout check s3://our-bucket/release-1/ --to s3://their-bucket/folder/\tfrom one bucket "
                "to another\n"
                "copyout check s3://our-bucket/ --read-only\tas a source; nothing is written\n"
                "copyout check s3://our-bucket/ --to s3://their-bucket/ --write --json\tall, for a "
                "script\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct check_options),
        .run = run,
};
