#include "cmd/task.h"

#include <stdlib.h>
#include <string.h>

#include "aws/sfn.h"
#include "base/log.h"

enum {
    HEARTBEAT_S = 30,
    PROBLEMS_TOLD = 20,
};

struct task {
    struct net *net;
    struct json_api *sfn;
    const char *token; /* never logged: it is all that is needed to answer for us */
    uv_timer_t *timer;
    struct json_api_call *beat; /* under way */
    bool gone;
    void (*on_gone)(void *ctx);
    void *ctx;
    struct {
        struct json_api_call *call; /* under way */
        struct net_timer *later;    /* the answer, when nothing could be asked */
        void (*answer)(void *ctx, bool valid);
        void *ctx;
    } question;
};

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

/* The work is of no interest any more. */
static void give_up(struct task *t)
{
    if (t->gone)
        return;
    t->gone = true;
    log_info("this task was given to someone else, or its execution has ended: stopping");
    t->on_gone(t->ctx);
}

static void on_beat(void *ctx, const json_t *answer, const struct err *err)
{
    struct task *t = ctx;
    struct err e = *err;

    (void)answer;
    t->beat = NULL;
    if (e.code == ERR_OK)
        return;
    err_hide(&e, t->token);
    if (sfn_is_gone(&e))
        give_up(t);
    else
        log_warn("%s; trying again at the next heartbeat", e.message);
}

static void on_timer(uv_timer_t *timer)
{
    struct task *t = timer->data;
    struct err e;

    if (t->gone || t->beat)
        return;
    if (sfn_heartbeat_start(&t->beat, t->sfn, t->token, on_beat, t, &e) != ERR_OK)
        log_warn("%s", e.message);
}

enum err_code task_open(struct task **out, const struct cmd_io *io, const struct session *session,
        const char *token, void (*on_gone)(void *ctx), void *ctx, struct err *e)
{
    struct task *t;
    uint64_t beat_ms;
    enum err_code code;

    *out = NULL;
    if (!token)
        return ERR_OK;
    code = io_env_seconds(io, "COPYOUT_HEARTBEAT_SECONDS", HEARTBEAT_S, &beat_ms, e);
    if (code != ERR_OK)
        return code;
    t = calloc(1, sizeof *t);
    if (!t)
        return err_nomem(e);
    t->net = session->net;
    t->token = token;
    t->on_gone = on_gone;
    t->ctx = ctx;
    code = sfn_new(&t->sfn, session->net, session->creds, session->aws, NULL, e);
    if (code == ERR_OK) {
        t->timer = calloc(1, sizeof *t->timer);
        if (!t->timer)
            code = err_nomem(e);
    }
    if (code != ERR_OK) {
        task_close(t);
        return code;
    }
    uv_timer_init(net_loop(session->net), t->timer);
    t->timer->data = t;
    uv_timer_start(t->timer, on_timer, 0, beat_ms);
    uv_unref((uv_handle_t *)t->timer); /* a heartbeat is no reason to go on */
    *out = t;
    return ERR_OK;
}

/* --- a question --- */

static void on_told(void *ctx, const json_t *answer, const struct err *err)
{
    struct task *t = ctx;
    struct err e = *err;

    (void)answer;
    t->question.call = NULL;
    if (e.code != ERR_OK) {
        err_hide(&e, t->token);
        if (sfn_is_gone(&e))
            give_up(t);
        else
            log_warn("%s", e.message);
    }
    t->question.answer(t->question.ctx, !t->gone);
}

static void on_later(void *ctx)
{
    struct task *t = ctx;

    t->question.later = NULL;
    t->question.answer(t->question.ctx, !t->gone);
}

void task_ask(struct task *t, void (*answer)(void *ctx, bool valid), void *ctx)
{
    struct err e;

    t->question.answer = answer;
    t->question.ctx = ctx;
    if (!t->gone &&
            sfn_heartbeat_start(&t->question.call, t->sfn, t->token, on_told, t, &e) == ERR_OK)
        return;
    if (net_timer_start(t->net, 0, on_later, t, &t->question.later, &e) != ERR_OK)
        log_warn("%s", e.message); /* no answer: nothing is published before the end */
}

void task_ask_cancel(struct task *t)
{
    json_api_cancel(t->question.call);
    t->question.call = NULL;
    net_timer_stop(t->question.later);
    t->question.later = NULL;
}

static void stop_beating(struct task *t)
{
    task_ask_cancel(t);
    if (t->timer)
        uv_timer_stop(t->timer);
    json_api_cancel(t->beat);
    t->beat = NULL;
}

void task_close(struct task *t)
{
    if (!t)
        return;
    stop_beating(t);
    if (t->timer)
        uv_close((uv_handle_t *)t->timer, on_closed);
    json_api_free(t->sfn);
    free(t);
}

bool task_is_gone(const struct task *t)
{
    return t && t->gone;
}

bool task_confirm(struct task *t)
{
    struct err e;

    if (!t || t->gone)
        return !t;
    if (sfn_heartbeat(t->sfn, t->token, &e) == ERR_OK)
        return true;
    if (sfn_is_gone(&e))
        give_up(t);
    else
        log_warn("%s", e.message);
    return !t->gone;
}

const char *task_error_name(enum err_code code)
{
    switch (code) {
    case ERR_ACCESS_DENIED:
    case ERR_WRONG_REGION:
    case ERR_INPUT:
    case ERR_MANIFEST:
        return err_name(code);
    case ERR_USAGE: /* of a program that is started by a state machine: its input */
        return err_name(ERR_INPUT);
    case ERR_INTERRUPTED:
        return "SpotInterrupted";
    default:
        return "CopyoutError";
    }
}

static void add_problems(struct buf *cause, const struct problems *p)
{
    unsigned told = p->kept_count < PROBLEMS_TOLD ? p->kept_count : PROBLEMS_TOLD, i;

    if (p->total == 1 && p->kept_count == 1 && strstr(buf_str(cause), p->kept[0].text))
        return;

    for (i = 0; i < told; i++) {
        if (p->kept[i].line > 0)
            buf_addf(
                    cause, "; line %llu: %s", (unsigned long long)p->kept[i].line, p->kept[i].text);
        else
            buf_addf(cause, "; %s", p->kept[i].text);
    }
    if (p->total > told)
        buf_addf(cause, "; and %llu more", (unsigned long long)(p->total - told));
}

/* The last word was said. Being too late for it is no error: someone else will say it. */
static enum err_code answered(struct task *t, enum err_code code, const struct err *e)
{
    if (code != ERR_OK && sfn_is_gone(e)) {
        give_up(t);
        return ERR_OK;
    }
    return code;
}

enum err_code task_succeed(struct task *t, const char *output, struct err *e)
{
    if (!t || t->gone)
        return ERR_OK;
    stop_beating(t);
    json_api_insist(t->sfn); /* of a heartbeat's time-out there are minutes left */
    return answered(t, sfn_success(t->sfn, t->token, output, e), e);
}

enum err_code task_fail(
        struct task *t, const struct err *what, const struct problems *problems, struct err *e)
{
    const char *name = task_error_name(what->code);
    enum err_code code;
    struct buf cause;

    if (!t || t->gone)
        return ERR_OK;
    stop_beating(t);
    json_api_insist(t->sfn);
    buf_init(&cause, BUF_MAX_SMALL);
    /* Which of the many errors behind the general name it was. */
    if (strcmp(name, "CopyoutError") == 0)
        buf_addf(&cause, "%s: ", err_name(what->code));
    buf_adds(&cause, what->message);
    add_problems(&cause, problems);
    code = sfn_failure(t->sfn, t->token, name, buf_str(&cause), e);
    buf_free(&cause);
    return answered(t, code, e);
}
