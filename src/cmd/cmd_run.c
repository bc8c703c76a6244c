/* copyout run: prepare, copy and report in one process, here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "cmd/env.h"
#include "cmd/outcome.h"
#include "cmd/progress.h"
#include "cmd/read_input.h"
#include "cmd/session.h"
#include "job/copy_job.h"
#include "plan/access.h"
#include "plan/prepare.h"
#include "report/summary.h"
#include "store/claim.h"

struct run_options {
    struct input_options input;
    const char *work;
    const char *endpoint_url;
    const char *region;
    const char *profile;
    uint64_t wait_ms;
    uint64_t most_in_flight;
    uint64_t most_per_second;
    bool replace_job;
    bool json;
    bool quiet;
    unsigned verbose;
};

#define OPTION(member) offsetof(struct run_options, member)

static const struct option options[] = {
        INPUT_OPTIONS(struct run_options, input),
        {"wait", '\0', OPTION_DURATION, "TIME", OPTION(wait_ms),
                "without permission to write, ask again for so long (10m, 12h, 30d)"},
        {"work", 'w', OPTION_STRING, "PLACE", OPTION(work),
                "the work store: plan, results and report are kept there; a folder or s3://bucket/prefix/ "
                "that is new, empty or copyout's own; by default a new folder in copyout-work/"},
        {"replace-job", '\0', OPTION_FLAG, NULL, OPTION(replace_job), HELP_REPLACE_JOB},
        {"endpoint-url", '\0', OPTION_STRING, "URL", OPTION(endpoint_url),
                "an S3 server other than AWS"},
        {"region", '\0', OPTION_STRING, "REGION", OPTION(region), "where we run"},
        {"profile", '\0', OPTION_STRING, "NAME", OPTION(profile),
                "the profile of the AWS configuration to use"},
        {"max-in-flight", '\0', OPTION_NUMBER, "N", OPTION(most_in_flight),
                "never more than N requests at once; the number below that finds itself"},
        {"max-requests-per-second", '\0', OPTION_NUMBER, "N", OPTION(most_per_second),
                "never more than N requests a second; without it as many as S3 takes"},
        {"json", '\0', OPTION_FLAG, NULL, OPTION(json),
                "print one JSON object at the end, on standard output"},
        {"quiet", 'q', OPTION_FLAG, NULL, OPTION(quiet), "print errors only"},
        {"verbose", 'v', OPTION_COUNT, NULL, OPTION(verbose),
                "say more; twice: every step of every object"},
};

/* What a signal to stop finds us at. */
enum phase { PHASE_PREPARE, PHASE_COPY, PHASE_REPORT };

/* One run, from the command line to the exit code. */
struct run {
    const struct run_options *options;
    struct input input;
    struct session session;
    struct store *store;
    struct job job;
    struct plan plan;
    struct problems problems;
    enum phase phase;
    struct copy_job *copying; /* in PHASE_COPY */
    bool own_work;            /* the work folder is of our own naming */
    struct report report;
    uint64_t started_ms;
};

static void on_stop(void *ctx, unsigned count)
{
    struct run *r = ctx;

    switch (r->phase) {
    case PHASE_PREPARE: /* nothing was copied yet, so there is nothing to bring to an end */
        s3_client_cancel_all(r->session.s3);
        return;
    case PHASE_COPY:
        if (count == 1)
            log_warn("stopping: finishing what is under way; once more to stop at once");
        copy_job_stop(r->copying, count > 1);
        return;
    case PHASE_REPORT: /* it is what tells what was done: only who insists goes without */
        if (count > 1)
            s3_client_cancel_all(r->session.s3);
        return;
    }
}

/* copyout-work/20261124T065000Z-1a2b3c4d */
static enum err_code default_work(struct buf *out, struct err *e)
{
    char now[CLOCK_BASIC_SIZE];
    struct rng rng;

    rng_init(&rng);
    clock_format_basic(now, clock_wall_s());
    buf_addf(out, "copyout-work/%s-%08x", now, (unsigned)(rng_next(&rng) & 0xFFFFFFFF));
    return buf_check(out, "the work folder's name", e);
}

static enum err_code open_run(struct run *r, const char *input_path, struct err *e)
{
    const struct run_options *o = r->options;
    struct session_config config = {
            .profile = o->profile,
            .region = o->region,
            .endpoint_url = o->endpoint_url,
            .most_in_flight = o->most_in_flight,
            .most_per_second = o->most_per_second,
            .on_stop = on_stop,
            .ctx = r,
    };
    enum err_code code = input_init(&r->input, e);
    struct buf work;

    if (code == ERR_OK)
        code = read_input(&r->input, input_path, &o->input, e);
    if (code == ERR_OK)
        code = session_open(&r->session, &config, e);
    if (code != ERR_OK)
        return code;
    if (r->input.thaw_asked)
        log_warn(
                "thawParams: archived objects are not restored by this version; those that are not "
                "restored yet will be FAILED");
    buf_init(&work, BUF_MAX_SMALL);
    if (o->work)
        buf_adds(&work, o->work);
    else
        code = default_work(&work, e);
    if (code == ERR_OK)
        code = buf_check(&work, "--work", e);
    r->own_work = !o->work;
    if (code == ERR_OK) {
        code = store_open(
                &r->store, buf_str(&work), env_get("TMPDIR"), r->session.net, r->session.s3, e);
        if (code != ERR_OK)
            err_prefix(e, "--work");
    }
    buf_free(&work);
    r->job = (struct job){
            .sync = {r->session.net, r->session.s3},
            .store = r->store,
            .input = &r->input,
            .region = r->session.region,
            .wait_ms = o->wait_ms,
            .replace = o->replace_job,
            .stop = &r->session.stop,
    };
    return code;
}

static void close_run(struct run *r)
{
    report_free(&r->report);
    problems_free(&r->problems);
    plan_free(&r->plan);
    store_close(r->store);
    input_free(&r->input);
}

static bool has_results(const void *ctx, unsigned shard)
{
    return results_has(ctx, shard);
}

static enum err_code make_report(struct run *r, const struct results *results, struct err *e)
{
    struct report_facts facts = {
            .seconds = (double)(clock_mono_ms() - r->started_ms) / 1000,
            .has = has_results,
            .ctx = results,
    };

    return report_make(&r->job, &r->plan, &facts, &r->report, e);
}

static enum err_code copy_and_report(struct run *r, struct err *e)
{
    struct progress *progress = NULL;
    struct copy_job *copying;
    enum err_code code = copy_job_new(&copying, &r->job, &r->plan, e);
    struct err copy_err, publish_err;

    if (code != ERR_OK)
        return code;
    r->copying = copying;
    r->phase = PHASE_COPY;
    if (!r->options->quiet)
        code = progress_start(&progress, r->session.net, r->session.s3, copy_job_counts(copying),
                r->plan.items, e);
    if (code == ERR_OK)
        code = copy_job_run(copying, e);
    progress_stop(progress);
    /* Results and report are wanted most when something went wrong. */
    if (copy_job_publish(copying, &publish_err) != ERR_OK && code == ERR_OK) {
        *e = publish_err;
        code = e->code;
    }
    r->phase = PHASE_REPORT;
    r->copying = NULL;
    copy_err = *e;
    if (make_report(r, copy_job_results(copying), e) != ERR_OK) {
        if (code != ERR_OK)
            *e = copy_err; /* the first error is the one told */
        else
            code = e->code;
    } else if (code != ERR_OK) {
        *e = copy_err;
    }
    copy_job_free(copying);
    return code;
}

static enum err_code steps(struct run *r, const char *input_path, bool *reported, struct err *e)
{
    enum err_code code = open_run(r, input_path, e);

    if (code == ERR_OK)
        code = prepare(&r->job, &r->plan, &r->problems, e);
    if (r->session.stop)
        code = err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
    if (code != ERR_OK) {
        if (r->own_work && r->store) {
            claim_drop(r->store);
            store_remove_if_empty(r->store);
        }
        return code;
    }
    code = access_set_regions(&r->job, e);
    if (code == ERR_OK)
        code = copy_and_report(r, e);
    *reported = r->report.made;
    return code;
}

static void set_level(const struct run_options *o)
{
    log_set_level(o->quiet          ? LOG_ERROR
                  : o->verbose > 1  ? LOG_TRACE
                  : o->verbose == 1 ? LOG_DEBUG
                                    : LOG_INFO);
}

static int run(const struct command_line *line, const void *opts)
{
    struct run r = {.options = opts};
    struct outcome outcome = {.json = r.options->json, .quiet = r.options->quiet};
    enum err_code code;
    struct err e;
    int exit_code;

    set_level(r.options);
    err_clear(&e);
    problems_init(&r.problems);
    r.started_ms = clock_mono_ms();
    code = steps(&r, line->operand_count > 0 ? line->operands[0] : NULL, &outcome.reported, &e);
    outcome.job = &r.job;
    outcome.plan = &r.plan;
    outcome.problems = &r.problems;
    outcome.report = &r.report;
    outcome.err = code == ERR_OK ? NULL : &e;
    outcome.stop_code = r.session.stop ? session_stop_code(&r.session) : 0;
    exit_code = outcome_print(&outcome);
    close_run(&r);
    if (!session_close(&r.session) && exit_code == 0)
        exit_code = err_exit_code(ERR_INTERNAL);
    return exit_code;
}

const struct command cmd_run = {
        .name = "run",
        .summary = "copy all objects of a manifest, here, and prove each copy",
        .operands = "[INPUT.json | -]",
        .operands_most = 1,
        .description =
                "Copies every object that the manifest lists into the destination, server side: no "
                "byte passes through this machine. A copy is done when the destination's ETag is the "
                "source's; what is there already and proven the same is not copied again, so a run "
                "can be repeated at any time.\n"
                "What to copy is said by an input of JSON (a file, or - for standard input), by "
                "--manifest and --to, or by both, where the options win.",
        .examples = "copyout run --manifest files.csv --to s3://their-bucket/release-1/\tcopy what "
                    "files.csv lists\n"
                    "copyout run --manifest s3://our-bucket/files.csv.gz --to s3://their-bucket "
                    "--dry-run\tcheck manifest and permission, copy nothing\n"
                    "copyout run input.json --wait 12h\twait until the recipient lets us write\n"
                    "copyout run input.json --json | jq .failed\tfor a script\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct run_options),
        .run = run,
};
