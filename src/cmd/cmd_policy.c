/* copyout policy: the rights that a job takes, as policies for those who give them. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/console.h"
#include "cmd/cmd.h"
#include "cmd/connect.h"
#include "cmd/outcome.h"
#include "cmd/read_input.h"
#include "cmd/scratch.h"
#include "job/engine.h"
#include "model/policy/policy.h"

struct policy_options {
    struct input_options input;
    const char *principal, *work, *source_keys, *destination_key;
    bool listing;
    struct connect_options connect;
    struct output_options output;
};

#define OPTION(member) offsetof(struct policy_options, member)

static const struct option options[] = {
        LIST_OPTIONS(struct policy_options, input),
        OWN_FILE_OPTIONS(struct policy_options, input),
        {"principal", '\0', OPTION_STRING, "ARN", OPTION(principal),
                "the role or user that will copy, whose rights these are; it must be given"},
        {"with-listing", '\0', OPTION_FLAG, NULL, OPTION(listing),
                "the right to list the buckets, too: fewer requests, and an object that is missing is told "
                "from one that may not be read"},
        {"source-kms-keys", '\0', OPTION_STRING, "ARN[,ARN]", OPTION(source_keys),
                "the keys of KMS with which the sources are encrypted"},
        {"destination-kms-key", '\0', OPTION_STRING, "ARN", OPTION(destination_key),
                "the key of KMS with which the copies will be encrypted"},
        {"work", 'w', OPTION_STRING, "PLACE", OPTION(work),
                "the job's work store, if it will be in S3: s3://bucket/prefix/"},
        CONNECT_OPTIONS(struct policy_options, connect),
        REGION_OPTION(struct policy_options, connect),
        JSON_OPTION(struct policy_options, output),
        LOG_OPTIONS(struct policy_options, output),
};

/* One policy, from the command line to the exit code. */
struct making {
    const struct policy_options *options;
    const struct cmd_io *io;
    char *work; /* a temporary folder; NULL: not made */
    struct input input;
    struct connect connect;
    struct engine *engine;
    struct problems problems;
    struct policy *policy;
};

static void on_signal(void *ctx, unsigned count, int number)
{
    struct making *m = ctx;

    signals_say(SIGNALS_AT_BEGINNING, count, number, m->connect.work_ms, "");
}

static enum err_code add_item(void *ctx, const struct item *item, struct err *e)
{
    struct making *m = ctx;

    return policy_add(m->policy, item, e);
}

static enum err_code add_list_file(
        void *ctx, const char *bucket, const char *key, const char *version_id, struct err *e)
{
    struct making *m = ctx;

    return policy_add_list(m->policy, bucket, key, version_id, e);
}

static enum err_code read_list(struct making *m, struct err *e)
{
    const struct engine_config config = {
            .session = &m->connect.session,
            .stop = &m->connect.stop,
            .work = m->work,
            .tmp = io_env(m->io, "TMPDIR"),
            .list_only = true,
            .on_list_file = add_list_file,
            .ctx = m,
    };
    enum err_code code = engine_open(&m->engine, &config, e);

    if (code == ERR_OK)
        code = engine_prepare(m->engine, &m->input, &m->problems, e);
    return code == ERR_OK ? engine_each_item(m->engine, add_item, m, e) : code;
}

static enum err_code work(struct making *m, const char *input_path, struct err *e)
{
    const struct policy_options *o = m->options;
    const struct policy_config config = {
            .input = &m->input,
            .principal = o->principal,
            .work = o->work,
            .source_keys = o->source_keys,
            .destination_key = o->destination_key,
            .listing = o->listing,
    };
    enum err_code code = input_init(&m->input, e);

    if (code == ERR_OK)
        code = read_input(&m->input, m->io, input_path, &o->input, e);
    if (code == ERR_OK)
        code = policy_new(&m->policy, &config, e);
    if (code == ERR_OK)
        code = scratch_make(&m->work, m->io, e);
    if (code == ERR_OK)
        code = connect_open(&m->connect, m->io, &o->connect, on_signal, m, e);
    return code == ERR_OK ? read_list(m, e) : code;
}

static void print(const struct making *m)
{
    json_t *json = policy_json(m->policy);
    struct buf text;

    if (m->options->output.json) {
        io_json(m->io, json, 0);
        return;
    }
    buf_init(&text, BUF_MAX_CONFIG);
    policy_text(&text, json);
    fputs(buf_str(&text), m->io->out);
    buf_free(&text);
    json_decref(json);
}

static int tell(const struct making *m, const struct err *e)
{
    int exit_code = connect_stop_code(&m->connect);

    if (exit_code == 0 && e)
        exit_code = err_exit_code(e->code);
    outcome_print_problems(m->io, &m->problems);
    if (e)
        log_error("%s", e->message);
    if (e && m->options->output.json)
        outcome_print_error(m->io, e, &m->problems, NULL, exit_code, 0);
    if (!e)
        print(m);
    return exit_code;
}

static int run(const struct command_line *line, const void *opts)
{
    struct making m = {.options = opts, .io = line->io};
    enum err_code code;
    struct err e;
    int exit_code;

    console_set_level(&m.options->output);
    err_clear(&e);
    problems_init(&m.problems);
    code = work(&m, line->operand_count > 0 ? line->operands[0] : NULL, &e);
    exit_code = tell(&m, code == ERR_OK ? NULL : &e);
    engine_close(m.engine);
    policy_free(m.policy);
    problems_free(&m.problems);
    if (!connect_close(&m.connect) && exit_code == 0)
        exit_code = err_exit_code(ERR_INTERNAL);
    input_free(&m.input);
    scratch_remove(m.work);
    return exit_code;
}

const struct command cmd_policy = {
        .name = "policy",
        .summary = "print the policies that a copy takes: IAM, buckets, keys of KMS",
        .operands = "[INPUT.json | - | S3-FOLDER]",
        .operands_most = 1,
        .description =
                "Reads the list that copyout run would copy and prints the rights that this takes, and no "
                "others: the policy of the role or user that copies, the bucket policies for the owners of "
                "the sources and of the destination, and the statements for the policies of keys of KMS. "
                "Buckets and objects are not asked about; only a manifest in S3 is read.\n"
                "Objects are named one by one where there are few of them, and else by the folders that "
                "they are in. The text has a section for each one who gives rights; --json prints "
                "the policies as one object.",
        .examples =
                "copyout policy --manifest files.csv --to s3://their-bucket --principal ARN\ta text to "
                "send\n"
                "copyout policy input.json --principal ARN --json | jq .copier\tthe policy of the "
                "role\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct policy_options),
        .run = run,
};
