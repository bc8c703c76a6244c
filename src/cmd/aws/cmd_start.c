/* copyout start: a job on AWS, begun from here. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/sfn.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/str.h"
#include "cli/console.h"
#include "cmd/aws/follow.h"
#include "cmd/cmd.h"
#include "cmd/read_input.h"
#include "model/names.h"

struct start_options {
    struct input_options input;
    const char *state_machine;
    const char *work;
    const char *name;
    const char *capacity, *architecture;
    uint64_t cpu, memory;
    struct connect_options connect;
    struct output_options output;
    bool follow;
};

#define OPTION(member) offsetof(struct start_options, member)

static const struct option options[] = {
        INPUT_OPTIONS(struct start_options, input),
        {"state-machine", '\0', OPTION_STRING, "ARN", OPTION(state_machine),
                "copyout's state machine (COPYOUT_STATE_MACHINE)"},
        {"work", 'w', OPTION_STRING, "S3-FOLDER", OPTION(work),
                "where a manifest that is not in S3 yet is put: the stack's work folder (COPYOUT_WORK)"},
        {"name", '\0', OPTION_STRING, "NAME", OPTION(name),
                "the execution's name; by default copyout-, the time, and a number"},
        {"capacity", '\0', OPTION_CHOICE, "spot-first|on-demand", OPTION(capacity),
                "where the shards run, if the installation lets a job choose: on Fargate Spot, which is "
                "cheaper and may be taken back, or on demand"},
        {"architecture", '\0', OPTION_CHOICE, "arm64|x86_64", OPTION(architecture),
                "the processors of the shards' tasks, if the installation lets a job choose"},
        {"cpu", '\0', OPTION_NUMBER, "UNITS", OPTION(cpu),
                "the CPU units of a shard's task, up to what the installation allows; 1024 are one "
                "processor"},
        {"memory", '\0', OPTION_NUMBER, "MIB", OPTION(memory),
                "the memory of a shard's task, up to what the installation allows"},
        {"follow", 'f', OPTION_FLAG, NULL, OPTION(follow),
                "go on until it has ended, as copyout status --follow does"},
        JSON_OPTION(struct start_options, output),
        CONNECT_OPTIONS(struct start_options, connect),
};

enum { NAME_MAX_LENGTH = 80, EVERY_MS = 5000 }; /* API Reference: StartExecution */

struct start {
    const struct start_options *options;
    const struct cmd_io *io;
    struct input input;
    struct clients clients;
    const char *machine;
    char name[NAME_MAX_LENGTH + 1];
    char *arn; /* the execution's */
};

static enum err_code choose_name(struct start *s, struct err *e)
{
    static const char allowed[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    const char *asked = s->options->name;
    char now[CLOCK_BASIC_SIZE];
    struct rng rng;

    if (!asked) {
        rng_init(&rng);
        clock_format_basic(now, clock_wall_s());
        snprintf(s->name, sizeof s->name, "copyout-%s-%08x", now,
                (unsigned)(rng_next(&rng) & 0xFFFFFFFF));
        return ERR_OK;
    }
    if (strlen(asked) > NAME_MAX_LENGTH || strspn(asked, allowed) != strlen(asked))
        return err_set(e, ERR_USAGE,
                "--name: 1 to %d letters, digits, '-' and '_' (it becomes a part of keys in S3)",
                NAME_MAX_LENGTH);
    snprintf(s->name, sizeof s->name, "%s", asked);
    return ERR_OK;
}

/* --- the manifest --- */

/* A stop that comes in time has nothing started: the list of a maker that was stopped, too, is not
 * whole. */
static enum err_code check_stop(struct start *s, struct err *e)
{
    net_turn(s->clients.connect.session.net);
    return stop_asked(&s->clients.connect.stop)
                   ? err_set(e, ERR_INTERRUPTED, "interrupted; nothing was started")
                   : ERR_OK;
}

/* The next bytes of a pipe, which may be silent for long: between looks the loop turns, so that a
 * signal is seen. 0: the end. */
static enum err_code read_some(
        struct start *s, int fd, char *block, size_t size, size_t *len, struct err *e)
{
    enum { LOOK_MS = 100 };
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ssize_t n;

    do {
        if (check_stop(s, e) != ERR_OK)
            return e->code;
    } while (poll(&ready, 1, LOOK_MS) <= 0);
    do
        n = read(fd, block, size);
    while (n < 0 && (errno == EINTR || errno == EAGAIN));
    if (n < 0)
        return err_errno(e, errno, "cannot read the manifest");
    *len = (size_t)n;
    return ERR_OK;
}

/* A pipe has no length and cannot be read twice: it goes through an unlinked file. */
static enum err_code spool(struct start *s, int fd, FILE **out, struct err *e)
{
    FILE *to = tmpfile();
    enum err_code code = to ? ERR_OK : err_errno(e, errno, "cannot keep the manifest");
    char block[64 * 1024];
    size_t len = 1;

    while (code == ERR_OK && len > 0) {
        code = read_some(s, fd, block, sizeof block, &len, e);
        if (code == ERR_OK && fwrite(block, 1, len, to) != len)
            code = err_errno(e, errno, "cannot keep the manifest");
    }
    if (code == ERR_OK) {
        rewind(to);
        *out = to;
    } else if (to) {
        fclose(to);
    }
    return code;
}

static enum err_code open_manifest(struct start *s, const char *path, FILE **out, struct err *e)
{
    enum err_code code;
    struct stat st;
    FILE *from;

    if (strcmp(path, "-") == 0)
        return spool(s, fileno(s->io->in), out, e);
    *out = fopen(path, "rbe");
    if (!*out || fstat(fileno(*out), &st) != 0)
        return err_set(e, ERR_INPUT, "manifest %s: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_INPUT, "manifest %s: it is a folder", path);
    if (S_ISREG(st.st_mode))
        return ERR_OK;
    from = *out;
    *out = NULL;
    code = spool(s, fileno(from), out, e);
    fclose(from);
    return code;
}

/* The manifest to s3://work/…/manifests/NAME-….csv. A state machine cannot read what lies here.
 * Never to a name that is there: an execution of the same name, that waits, may yet read it. */
static enum err_code upload_manifest(struct start *s, struct err *e)
{
    const char *work = s->options->work ? s->options->work : io_env(s->io, "COPYOUT_WORK");
    const struct put_file put = {.content_type = "text/csv"};
    char *bucket = NULL, *prefix = NULL;
    const char *problem;
    struct buf key, uri;
    struct rng rng;
    enum err_code code;
    FILE *file = NULL;

    if (!work || !names_parse_s3_uri(work, &bucket, &prefix))
        return err_set(e, ERR_USAGE,
                "the manifest is not in S3 yet: give the stack's work folder with --work, or set "
                "COPYOUT_WORK (s3://bucket/prefix/)");
    problem = names_bucket_problem(bucket, strlen(bucket));
    buf_init(&key, BUF_MAX_SMALL);
    buf_init(&uri, BUF_MAX_SMALL);
    rng_init(&rng);
    buf_addf(&key, "%s%smanifests/%s-%08x.csv", prefix,
            *prefix && !str_ends(prefix, "/") ? "/" : "", s->name,
            (unsigned)(rng_next(&rng) & 0xFFFFFFFF));
    code = problem ? err_set(e, ERR_USAGE, "work folder \"%s\": the bucket's name %s", work,
                             problem)
                   : open_manifest(s, s->input.csv_path, &file, e);
    if (code == ERR_OK)
        code = buf_check(&key, "the manifest's key", e);
    if (code == ERR_OK) {
        code = sync_put_file(
                &s->clients.connect.session.sync, bucket, buf_str(&key), &put, file, e);
        if (code != ERR_OK)
            err_prefix(e, "cannot put the manifest at s3://%s/%s (%s)", bucket, buf_str(&key),
                    err_report_code(e));
    }
    buf_addf(&uri, "s3://%s/%s", bucket, buf_str(&key));
    if (code == ERR_OK)
        code = input_set_manifest(&s->input, buf_str(&uri), e);
    if (file)
        fclose(file);
    buf_free(&key);
    buf_free(&uri);
    free(bucket);
    free(prefix);
    return code;
}

/* --- the execution --- */

/* The shards' tasks: options stand above the JSON here too. */
static enum err_code choose_tasks(struct start *s, struct err *e)
{
    const struct start_options *o = s->options;
    enum err_code code = ERR_OK;

    if (o->cpu > TASK_CPU_MOST)
        return err_set(e, ERR_USAGE, "--cpu: the largest task has %d CPU units", TASK_CPU_MOST);
    if (o->memory > TASK_MEMORY_MOST)
        return err_set(e, ERR_USAGE, "--memory: the largest task has %d MiB", TASK_MEMORY_MOST);
    if (o->capacity)
        code = input_set_text(&s->input, "taskCapacity", o->capacity, e);
    if (code == ERR_OK && o->architecture)
        code = input_set_text(&s->input, "taskArchitecture", o->architecture, e);
    if (o->cpu)
        s->input.task_cpu = o->cpu;
    if (o->memory)
        s->input.task_memory = o->memory;
    return code;
}

static enum err_code start_execution(struct start *s, struct err *e)
{
    char *input = input_to_json(&s->input);
    json_t *answer = NULL;
    const char *arn;
    enum err_code code;

    if (!input)
        return err_nomem(e);
    code = json_api_run(s->clients.sfn, "StartExecution",
            json_pack("{s:s, s:s, s:s}", "stateMachineArn", s->machine, "name", s->name, "input",
                    input),
            &answer, e);
    free(input);
    if (code != ERR_OK)
        return code;
    arn = json_string_value(json_object_get(answer, "executionArn"));
    s->arn = arn ? str_dup_n(arn, strlen(arn)) : NULL;
    json_decref(answer);
    return s->arn ? ERR_OK : err_set(e, ERR_PROTOCOL, "Step Functions gave no execution");
}

static void say(const struct start *s)
{
    if (s->options->output.json) {
        io_json(s->io, json_pack("{s:s, s:s}", "executionArn", s->arn, "name", s->name), 0);
        return;
    }
    io_line(s->io, s->arn);
    if (!s->options->follow)
        fprintf(s->io->err, "copyout status %s --follow\n", s->arn);
}

static enum err_code steps(
        struct start *s, const struct command_line *line, int *exit_code, struct err *e)
{
    const struct start_options *o = s->options;
    struct follow_options follow = {.follow = true, .json = o->output.json, .every_ms = EVERY_MS};
    enum err_code code = input_init(&s->input, e);
    char region[64];

    s->machine = o->state_machine ? o->state_machine : io_env(s->io, "COPYOUT_STATE_MACHINE");
    if (code == ERR_OK && (!s->machine || !sfn_arn_region(s->machine, region, sizeof region)))
        code = err_set(e, ERR_USAGE,
                "which state machine? Give its ARN with --state-machine, or set "
                "COPYOUT_STATE_MACHINE");
    if (code == ERR_OK)
        code = choose_name(s, e);
    if (code == ERR_OK)
        code = read_input(
                &s->input, s->io, line->operand_count > 0 ? line->operands[0] : NULL, &o->input, e);
    if (code == ERR_OK)
        code = choose_tasks(s, e);
    if (code != ERR_OK)
        return code;
    code = clients_open(&s->clients, s->io, &o->connect, s->machine, e);
    if (code == ERR_OK && s->input.csv_path)
        code = upload_manifest(s, e);
    if (code == ERR_OK)
        code = check_stop(s, e);
    if (code == ERR_OK)
        code = start_execution(s, e);
    if (code != ERR_OK)
        return code;
    say(s);
    follow.arn = s->arn;
    return o->follow ? follow_execution(&s->clients, s->io, &follow, exit_code, e) : ERR_OK;
}

static int run(const struct command_line *line, const void *opts)
{
    struct start s = {.options = opts, .io = line->io};
    int exit_code = 0;
    struct err e;
    enum err_code code = steps(&s, line, &exit_code, &e);

    if (code != ERR_OK) {
        log_error("%s", e.message);
        exit_code = err_exit_code(code);
    }
    input_free(&s.input);
    free(s.arn);
    clients_close(&s.clients);
    return exit_code;
}

const struct command cmd_start = {
        .name = "start",
        .summary = "begin a job on AWS: an execution of copyout's state machine",
        .operands = "[INPUT.json | - | S3-FOLDER]",
        .operands_most = 1,
        .description =
                "Starts an execution of the state machine that deploy/cdk deploys, and prints its ARN for "
                "copyout status. A manifest that lies here, or comes from standard input, is put into the "
                "stack's work folder first.\n"
                "The stack's outputs say what to set: COPYOUT_STATE_MACHINE, COPYOUT_WORK.",
        .examples = "copyout start --manifest files.csv --to s3://their-bucket/release-1/ "
                    "--follow\tcopy what files.csv lists, on AWS, and watch\n"
                    "copyout start input.json --name release-1\tan input as copyout run takes it\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct start_options),
        .run = run,
};
