/* copyout thaw: between the second and the third step of a job, as often as objects wait until
 * they are restored. */
#include <string.h>

#include "base/str.h"
#include "cmd/step.h"

/* How many looks were made before this one. */
static enum err_code read_looks(const struct step *s, unsigned *looks, struct err *e)
{
    const char *text = io_env(s->line->io, "COPYOUT_LOOKS");
    uint64_t number = 0;

    if (text && (!str_parse_u64(text, strlen(text), &number) || number > INT32_MAX))
        return err_set(e, ERR_USAGE, "COPYOUT_LOOKS \"%.100s\": must be a number", text);
    *looks = (unsigned)number;
    return ERR_OK;
}

static void say(struct step *s, const struct engine_progress *p, unsigned wait_s)
{
    const uint64_t *n = p->own_by_status;
    unsigned long long restoring = p->restoring;

    buf_addf(&s->said, "%llu copied, %llu the same already, %llu kept, %llu failed",
            (unsigned long long)n[RESULT_COPIED], (unsigned long long)n[RESULT_SAME],
            (unsigned long long)n[RESULT_KEPT], (unsigned long long)n[RESULT_FAILED]);
    if (restoring > 0)
        buf_addf(&s->said,
                "; %llu object%s being restored from %s archive: look again in %u seconds",
                restoring, restoring == 1 ? " is" : "s are", restoring == 1 ? "its" : "their",
                wait_s);
}

static enum err_code answer(struct step *s, unsigned looks, struct err *e)
{
    unsigned wait_s = engine_look_again_s(s->engine, looks);
    const uint64_t *n;
    struct engine_progress p;
    uint64_t left;

    engine_progress(s->engine, &p);
    n = p.own_by_status;
    left = engine_not_reached(&p);
    if (left > 0)
        return err_set(e, ERR_INTERRUPTED, "stopped with %llu of %llu object%s not looked at",
                (unsigned long long)left, (unsigned long long)p.items, str_plural(p.items));
    s->answer = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "restoring",
            (json_int_t)p.restoring, "waitSeconds", (json_int_t)wait_s, "copied",
            (json_int_t)n[RESULT_COPIED], "same", (json_int_t)n[RESULT_SAME], "kept",
            (json_int_t)n[RESULT_KEPT], "failed", (json_int_t)n[RESULT_FAILED], "bytes",
            (json_int_t)p.own_bytes_copied);
    if (!s->answer)
        return err_nomem(e);
    say(s, &p, wait_s);
    if (p.restoring > 0 || n[RESULT_FAILED] > 0)
        s->exit_code = err_exit_code(ERR_INCOMPLETE);
    return ERR_OK;
}

static enum err_code answer_nothing(struct step *s, struct err *e)
{
    s->answer = json_pack("{s:i, s:i}", "restoring", 0, "waitSeconds", 0);
    buf_adds(&s->said, "no object waits until it is restored");
    return s->answer ? ERR_OK : err_nomem(e);
}

static enum err_code work(struct step *s, struct err *e)
{
    unsigned looks = 0;
    bool any;
    enum err_code code = read_looks(s, &looks, e);

    if (code == ERR_OK)
        code = engine_load_waiting(s->engine, &any, e);
    if (code == ERR_OK && !any)
        return answer_nothing(s, e);
    if (code == ERR_OK)
        code = engine_copy(s->engine, e);
    return code == ERR_OK ? answer(s, looks, e) : code;
}

static int run(const struct command_line *line, const void *options)
{
    return step_main(line, options, work);
}

static const struct option options[] = {
        STEP_OPTIONS,
        SSE_C_OPTIONS(struct step_options, connect),
        PROGRESS_OPTIONS(struct step_options, progress),
};

const struct command cmd_thaw = {
        .name = "thaw",
        .summary =
                "between steps 2 and 3: copy the objects that are by now restored from an archive",
        .operands = "",
        .description =
                "Looks at the objects for whose restoring copyout copy has asked (thawParams in the "
                "input), copies those that can be read by now, and says how many wait on. It waits for "
                "none of them: it is to be run again until none is left, and copyout report then.\n"
                "As a task of Step Functions it takes the work store from COPYOUT_JOB, how often it was "
                "run for this job before from COPYOUT_LOOKS, and answers for COPYOUT_TASK_TOKEN, also in "
                "how many seconds it is to be run again: by the archives and speeds of what waits, or "
                "COPYOUT_THAW_SECONDS.",
        .examples = "copyout thaw --job s3://work/jobs/release-1/\twhat can be read by now\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct step_options),
        .run = run,
};
