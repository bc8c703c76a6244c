/* copyout prepare: the first step of a job, as a task of its own. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "cmd/read_input.h"
#include "cmd/step.h"
#include "cmd/task_choice.h"
#include "model/names.h"
#include "model/options/given_rights.h"

static enum err_code take_input(struct step *s, struct err *e)
{
    static const struct input_options none = {0};
    const char *text = io_env(s->line->io, "COPYOUT_INPUT");
    enum err_code code;

    s->input.words = INPUT_WORDS_FIELDS;
    s->input.keys = &s->connect.session.keys;
    if (s->line->operand_count > 0)
        return read_input(&s->input, s->line->io, s->line->operands[0], &none, e);
    if (!text)
        return err_set(e, ERR_USAGE, "what is to be copied? Give INPUT.json, or set COPYOUT_INPUT");
    code = input_parse(&s->input, text, strlen(text), e);
    if (code == ERR_OK)
        code = input_check(&s->input, e);
    else if (!s->input.no_json)
        input_tell_missing(&s->input, e);
    if (code == ERR_OK)
        input_log_former(&s->input);
    return code;
}

/* Where the distributed map finds shards.json. */
static enum err_code add_place(struct step *s, struct err *e)
{
    char *bucket = NULL, *key = NULL;
    enum err_code code;
    struct buf uri;

    buf_init(&uri, BUF_MAX_SMALL);
    engine_show_shards(s->engine, &uri);
    code = buf_check(&uri, "the work store's place", e);
    if (code == ERR_OK && names_is_s3_uri(buf_str(&uri)) &&
            (!names_parse_s3_uri(buf_str(&uri), &bucket, &key) ||
                    json_object_set_new(s->answer, "workBucket", json_string(bucket)) != 0 ||
                    json_object_set_new(s->answer, "shardsKey", json_string(key)) != 0))
        code = err_nomem(e);
    free(bucket);
    free(key);
    buf_free(&uri);
    return code;
}

/* Outside of AWS there are no tasks to choose, and the input's wishes mean nothing. */
static enum err_code choose_tasks(struct step *s, json_t **task, struct err *e)
{
    const char *choices = io_env(s->line->io, "COPYOUT_TASK_CHOICES");

    *task = NULL;
    return s->task || choices ? task_choice(&s->input, choices, task, e) : ERR_OK;
}

/* Says whether sources may be restored, so that the job does not end with its shards. */
static void add_thaws(const struct step *s)
{
    if (!s->answer || !s->input.thaw_asked || s->input.dry_run)
        return;
    if (given_rights_restore(io_env(s->line->io, "COPYOUT_EXTRA_RIGHTS")))
        json_object_set_new(s->answer, "thaws", json_true());
    else
        log_warn(
                "thawParams: this installation may not restore, so that archived sources fail; its "
                "owner adds restore to extraRights of the stack");
}

static enum err_code work(struct step *s, struct err *e)
{
    const char *job = s->options->job ? s->options->job : io_env(s->line->io, "COPYOUT_JOB");
    enum err_code code = take_input(s, e);
    const struct plan *p = engine_plan(s->engine);
    json_t *task = NULL;
    struct buf place;

    if (code == ERR_OK)
        code = input_place_instructions(&s->input, job, e);
    if (code == ERR_OK)
        code = choose_tasks(s, &task, e);
    if (code == ERR_OK)
        code = engine_prepare(s->engine, &s->input, &s->problems, e);
    if (code != ERR_OK) {
        json_decref(task);
        return code;
    }
    buf_init(&place, BUF_MAX_SMALL);
    engine_show(s->engine, "", &place);
    code = buf_check(&place, "the work store's place", e);
    if (code == ERR_OK)
        s->answer = json_pack("{s:s, s:I, s:I, s:I, s:I, s:O*}", "job", buf_str(&place), "items",
                (json_int_t)p->items, "shards", (json_int_t)p->shard_count, "itemsPerShard",
                (json_int_t)p->items_per_shard, "copyConcurrency",
                (json_int_t)s->input.copy_concurrency, "shardTask", task);
    json_decref(task);
    add_thaws(s);
    if (code == ERR_OK)
        code = s->answer ? add_place(s, e) : err_nomem(e);
    buf_addf(&s->said, "%llu object%s in %u shard%s; job: %s", (unsigned long long)p->items,
            str_plural(p->items), p->shard_count, str_plural(p->shard_count), buf_str(&place));
    buf_free(&place);
    return code;
}

static int run(const struct command_line *line, const void *options)
{
    return step_main(line, options, work);
}

static const struct option options[] = {
        STEP_OPTIONS,
        SSE_C_OPTIONS(struct step_options, connect),
        {"replace-job", '\0', OPTION_FLAG, NULL, STEP_OPTION(replace_job), HELP_REPLACE_JOB},
        {"recheck", '\0', OPTION_FLAG, NULL, STEP_OPTION(recheck), HELP_RECHECK},
};

const struct command cmd_prepare = {
        .name = "prepare",
        .summary = "step 1 of a job: check input, manifest and permission, and make the plan",
        .operands = "[INPUT.json | -]",
        .operands_most = 1,
        .description =
                "Reads input and manifest, finds every mistake in them, cuts the objects into shards, "
                "and sees whether the destination lets us write. What comes of it lies in the job's "
                "work store, for copyout copy and copyout report. It can be repeated at any time.\n"
                "As a task of Step Functions it takes its input from COPYOUT_INPUT, its work store from "
                "COPYOUT_JOB, and answers for COPYOUT_TASK_TOKEN, with a heartbeat every "
                "COPYOUT_HEARTBEAT_SECONDS (30). After SIGTERM it has COPYOUT_STOP_SECONDS (90).",
        .examples = "copyout prepare input.json --job s3://work/jobs/release-1/\tthe plan, in S3\n"
                    "copyout prepare input.json --job job-1 && copyout copy --job job-1 && copyout "
                    "report --job job-1\twhat copyout run does, in three steps\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct step_options),
        .run = run,
};
