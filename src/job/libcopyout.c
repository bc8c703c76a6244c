/* The face that other programs see: include/copyout/copyout.h over the engine. */
#include "copyout/copyout.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "base/version.h"
#include "job/engine.h"

struct copyout {
    struct copyout_config config;
    char *strings[4]; /* the config's, copied */
    struct session session;
    struct stop stop;
    _Atomic(int) asked; /* enum stop_level, from any thread or signal handler */
    uv_async_t *wake;   /* brings it to the loop; NULL: the session is not open */
    struct engine *engine;
    struct input input;
    struct problems problems;
    struct report report;
    struct buf report_place, work_place;
    char *report_json;
    bool was_run;
    struct err err;
};

/* --- codes --- */

static enum copyout_code code_of(enum err_code code)
{
    if (code == ERR_INTERRUPTED)
        return COPYOUT_STOPPED;
    switch (err_exit_code(code)) { /* its meanings are the same up to 3 */
    case 0:
        return COPYOUT_OK;
    case 1:
        return COPYOUT_INCOMPLETE;
    case 2:
        return COPYOUT_INPUT;
    case 3:
        return COPYOUT_DESTINATION;
    default:
        return COPYOUT_ERROR;
    }
}

/* --- the log --- */

static void on_log(void *ctx, enum log_level level, const char *line)
{
    const copyout *job = ctx;

    job->config.on_log(job->config.ctx, (enum copyout_log_level)level, line);
}

/* Whose lines they are, so that a job that is closed takes its own sink away only. */
static _Atomic(const copyout *) log_owner;

static void open_log(copyout *job)
{
    if (!job->config.on_log)
        return;
    atomic_store(&log_owner, job);
    log_set_level((enum log_level)job->config.log_level);
    log_set_sink(on_log, job);
}

static void close_log(const copyout *job)
{
    const copyout *owner = job;

    if (atomic_compare_exchange_strong(&log_owner, &owner, NULL))
        log_set_sink(NULL, NULL);
}

/* --- opening and closing --- */

const char *copyout_version(void)
{
    return COPYOUT_VERSION;
}

void copyout_config_init_size(struct copyout_config *config, size_t size)
{
    struct copyout_config all = {.size = size, .log_level = COPYOUT_LOG_INFO, .progress_ms = 1000};

    memset(config, 0, size);
    memcpy(config, &all, size < sizeof all ? size : sizeof all);
}

static bool copy_string(copyout *job, unsigned number, const char **text)
{
    if (!*text)
        return true;
    *text = job->strings[number] = strdup(*text);
    return *text != NULL;
}

static bool copy_config(copyout *job, const struct copyout_config *config)
{
    struct copyout_config *c = &job->config;

    memcpy(c, config, config->size < sizeof *c ? config->size : sizeof *c);
    return copy_string(job, 0, &c->profile) && copy_string(job, 1, &c->region) &&
           copy_string(job, 2, &c->endpoint_url) && copy_string(job, 3, &c->work);
}

/* On the loop's thread. */
static void take_stop(copyout *job)
{
    enum stop_level level = (enum stop_level)atomic_load(&job->asked);

    if (level != STOP_RUNNING)
        stop_raise(&job->stop, level, STOP_CAUSE_CALLER, 0);
}

static void on_wake(uv_async_t *wake)
{
    take_stop(wake->data);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static enum err_code open_wake(copyout *job, struct err *e)
{
    uv_async_t *wake = calloc(1, sizeof *wake);

    if (!wake)
        return err_nomem(e);
    if (uv_async_init(net_loop(job->session.net), wake, on_wake) != 0) {
        free(wake);
        return err_set(e, ERR_IO, "cannot make the handle that wakes the loop");
    }
    wake->data = job;
    uv_unref((uv_handle_t *)wake);
    job->wake = wake;
    return ERR_OK;
}

enum copyout_code copyout_open(copyout **out, const struct copyout_config *config)
{
    copyout *job = calloc(1, sizeof *job);
    struct session_config session;
    enum err_code code = ERR_OK;
    struct err e;

    *out = job;
    if (!job)
        return COPYOUT_ERROR;
    problems_init(&job->problems);
    buf_init(&job->report_place, BUF_MAX_SMALL);
    buf_init(&job->work_place, BUF_MAX_SMALL);
    if (!copy_config(job, config) || input_init(&job->input, &e) != ERR_OK)
        code = err_nomem(&e);
    open_log(job);
    session = (struct session_config){
            .getenv = job->config.get_env,
            .profile = job->config.profile,
            .region = job->config.region,
            .endpoint_url = job->config.endpoint_url,
            .most_in_flight = job->config.max_in_flight,
            .most_per_second = job->config.max_requests_per_second,
    };
    if (code == ERR_OK)
        code = session_open(&job->session, &session, &e);
    if (code == ERR_OK)
        code = open_wake(job, &e);
    if (code != ERR_OK)
        job->err = e;
    return code_of(code);
}

void copyout_close(copyout *job)
{
    size_t i;

    if (!job)
        return;
    engine_close(job->engine);
    if (job->wake)
        uv_close((uv_handle_t *)job->wake, on_closed);
    session_close(&job->session);
    close_log(job);
    report_free(&job->report);
    problems_free(&job->problems);
    input_free(&job->input);
    buf_free(&job->report_place);
    buf_free(&job->work_place);
    free(job->report_json);
    for (i = 0; i < sizeof job->strings / sizeof job->strings[0]; i++)
        free(job->strings[i]);
    free(job);
}

void copyout_stop(copyout *job, int now)
{
    int level = now ? STOP_NOW : STOP_FINISH, before = atomic_load(&job->asked);

    while (before < level && !atomic_compare_exchange_weak(&job->asked, &before, level))
        ;
    if (job->wake)
        (void)uv_async_send(job->wake);
}

/* --- running --- */

static void on_progress(void *ctx, const struct engine_progress *now)
{
    const copyout *job = ctx;
    const struct copyout_progress progress = {
            .items = now->items,
            .done = now->done,
            .copied = now->by_status[RESULT_COPIED],
            .same = now->by_status[RESULT_SAME],
            .kept = now->by_status[RESULT_KEPT],
            .failed = now->by_status[RESULT_FAILED],
            .bytes = now->bytes_copied,
            .requests_in_flight = now->requests_in_flight,
            .seconds = now->seconds,
    };

    job->config.on_progress(job->config.ctx, &progress);
}

static void on_result(void *ctx, const struct result *r)
{
    const copyout *job = ctx;
    bool failed = r->status == RESULT_FAILED;
    const struct copyout_result result = {
            .line = r->item.line,
            .source_bucket = r->item.bucket,
            .source_key = r->item.key,
            .version_id = r->item.version_id,
            .destination_key = r->item.destination_key,
            .size = r->size,
            .etag = r->etag,
            .status = result_status_name(r->status),
            .verified = verified_name(r->verified),
            .error_code = failed ? err_report_code(&r->err) : NULL,
            .error_text = failed ? r->err.message : NULL,
            .http_status = r->err.http_status,
            .attempts = r->attempts,
            .requests = r->requests,
            .seconds = r->seconds,
            .verified_by = r->verified_by ? verified_by_name(r->verified_by) : NULL,
    };

    job->config.on_result(job->config.ctx, &result);
}

static enum err_code read_input(copyout *job, const char *input, const char *list, struct err *e)
{
    enum err_code code;

    job->input.words = INPUT_WORDS_FIELDS;
    code = input_parse(&job->input, input, strlen(input), e);
    if (code == ERR_OK && list)
        code = input_set_manifest(&job->input, list, e);
    if (code == ERR_OK)
        code = input_check(&job->input, e);
    if (code == ERR_OK)
        input_log_former(&job->input);
    if (code == ERR_OK)
        code = input_place_instructions(&job->input, job->config.work, e);
    return code;
}

static enum err_code open_engine(copyout *job, struct err *e)
{
    const struct copyout_config *c = &job->config;
    const char *tmp = c->get_env ? c->get_env("TMPDIR") : NULL;
    const struct engine_config config = {
            .session = &job->session,
            .stop = &job->stop,
            .work = c->work,
            .input = &job->input,
            .tmp = tmp && *tmp ? tmp : NULL,
            .replace_job = c->replace_job != 0,
            .wait_ms = c->wait_ms,
            .progress_ms = c->progress_ms,
            .on_progress = c->on_progress ? on_progress : NULL,
            .on_result = c->on_result ? on_result : NULL,
            .ctx = job,
    };
    enum err_code code = engine_open(&job->engine, &config, e);

    if (code == ERR_OK)
        engine_show(job->engine, "", &job->work_place);
    return code;
}

/* Keeps the texts that are asked for after the run. */
static void keep_report(copyout *job)
{
    if (!job->report.made)
        return;
    engine_show_report(job->engine, &job->report_place);
    job->report_json = engine_report_json(job->engine, &job->report);
}

static enum err_code run_engine(copyout *job, struct err *e)
{
    const struct report *r = &job->report;
    enum err_code code;
    uint64_t lost;

    take_stop(job);
    if (stop_asked(&job->stop))
        return err_set(e, ERR_INTERRUPTED, "stopped; nothing was copied");
    code = engine_run(job->engine, &job->input, &job->problems, &job->report, e);
    keep_report(job);
    if (!r->made || (code == ERR_OK && report_is_complete(r)))
        return code;
    if (stop_asked(&job->stop))
        return err_set(e, ERR_INTERRUPTED, "stopped; what was done is recorded");
    if (code != ERR_OK)
        return code;
    lost = r->by_status[RESULT_FAILED] + r->missing;
    return err_set(e, ERR_INCOMPLETE, "%llu of %llu object%s %s not copied",
            (unsigned long long)lost, (unsigned long long)r->items, str_plural(r->items),
            lost == 1 ? "was" : "were");
}

enum copyout_code copyout_run(copyout *job, const char *input, const char *list)
{
    enum err_code code = ERR_OK;
    struct err e;

    if (!job->wake || job->was_run)
        code = err_set(&e, ERR_USAGE, "the job is not open, or was run already");
    job->was_run = true;
    if (code == ERR_OK)
        code = read_input(job, input, list, &e);
    if (code == ERR_OK)
        code = open_engine(job, &e);
    if (code == ERR_OK)
        code = run_engine(job, &e);
    if (code != ERR_OK)
        job->err = e;
    return code_of(code);
}

/* --- asking --- */

const char *copyout_error_name(const copyout *job)
{
    if (!job)
        return err_name(ERR_NOMEM);
    return job->err.code == ERR_OK ? "" : err_name(job->err.code);
}

const char *copyout_error_text(const copyout *job)
{
    return job ? job->err.message : "out of memory";
}

uint64_t copyout_problem_count(const copyout *job)
{
    return job->problems.total;
}

const char *copyout_problem(const copyout *job, unsigned number, uint64_t *line)
{
    if (number >= job->problems.kept_count)
        return NULL;
    if (line)
        *line = job->problems.kept[number].line;
    return job->problems.kept[number].text;
}

int copyout_get_counts_size(const copyout *job, struct copyout_counts *counts, size_t size)
{
    const struct report *r = &job->report;
    const struct copyout_counts all = {
            .items = r->items,
            .copied = r->by_status[RESULT_COPIED],
            .same = r->by_status[RESULT_SAME],
            .kept = r->by_status[RESULT_KEPT],
            .failed = r->by_status[RESULT_FAILED],
            .pending = r->by_status[RESULT_PENDING],
            .missing = r->missing,
            .bytes = r->bytes,
            .verified_etag = r->verified[VERIFIED_ETAG],
            .verified_checksum = r->verified[VERIFIED_CHECKSUM],
            .verified_size = r->verified[VERIFIED_SIZE],
            .verified_none = r->verified[VERIFIED_NONE],
            .tags_dropped = r->tags_dropped,
            .seconds = r->seconds,
    };

    if (!r->made)
        return 0;
    memset(counts, 0, size);
    memcpy(counts, &all, size < sizeof all ? size : sizeof all);
    return 1;
}

const char *copyout_report_json(const copyout *job)
{
    return job->report_json;
}

const char *copyout_report_place(const copyout *job)
{
    return job->report.made ? buf_str(&job->report_place) : NULL;
}

const char *copyout_work_place(const copyout *job)
{
    return job->engine ? buf_str(&job->work_place) : NULL;
}
