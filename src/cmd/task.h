/* The duties of a task of Step Functions: heartbeats while it works, and one answer. A worker
 * without a token has no task: every function takes NULL and does nothing. */
#ifndef COPYOUT_CMD_TASK_H
#define COPYOUT_CMD_TASK_H

#include "cli/io.h"
#include "job/session.h"
#include "model/problems.h"

struct task;

/* Starts the heartbeats (COPYOUT_HEARTBEAT_SECONDS, 30), the first at once. on_gone is called, from
 * the loop, when the token is no longer valid: the work was given to someone else. session and
 * token must outlive the task. token: NULL makes no task. */
enum err_code task_open(struct task **out, const struct cmd_io *io, const struct session *session,
        const char *token, void (*on_gone)(void *ctx), void *ctx, struct err *e) ERR_MUST_CHECK;
void task_close(struct task *t);

bool task_is_gone(const struct task *t);

/* Asks whether the token is still valid, before something is published: false when it is not. What
 * cannot be asked counts as valid. */
bool task_confirm(struct task *t);

/* The same while the loop runs: answer(ctx, valid) is called once, from the loop and never from
 * within. One question at a time. NULL is not allowed here. */
void task_ask(struct task *t, void (*answer)(void *ctx, bool valid), void *ctx);
/* Ends the question without an answer, if there is one. */
void task_ask_cancel(struct task *t);

/* The answer; a token that is no longer valid is no error, but makes the task gone. */
enum err_code task_succeed(struct task *t, const char *output, struct err *e) ERR_MUST_CHECK;
/* Tells why it failed (what), with the first problems of a manifest in the cause. */
enum err_code task_fail(struct task *t, const struct err *what, const struct problems *problems,
        struct err *e) ERR_MUST_CHECK;

/* The name that the state machine knows an error by: one of six. */
const char *task_error_name(enum err_code code);

#endif
