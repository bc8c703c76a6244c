#include "cmd/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/execution.h"

/* Remembers the last line, so that a log gets a line only when something changed. */
struct follower {
    const struct cmd_io *io;
    struct buf last;
    bool person;
};

/* The time it has run for changes always, and is no news: what follows it is. */
static const char *news_of(const char *line)
{
    const char *colon = strstr(line, " for ");

    colon = colon ? strchr(colon, ':') : NULL;
    return colon ? colon : line;
}

static void say(struct follower *f, const struct execution *x)
{
    FILE *out = f->io->out;
    struct buf line;

    buf_init(&line, BUF_MAX_SMALL);
    execution_describe(x, &line);
    if (f->person && execution_is_running(x))
        fprintf(out, "\r\033[K%s", buf_str(&line));
    else if (strcmp(news_of(buf_str(&line)), news_of(buf_str(&f->last))) != 0)
        fprintf(out, "%s%s\n", f->person ? "\r\033[K" : "", buf_str(&line));
    fflush(out);
    buf_clear(&f->last);
    buf_adds(&f->last, buf_str(&line));
    buf_free(&line);
}

/* A job takes days, and a network may be gone for minutes of them. */
static bool may_pass(const struct err *e)
{
    return e->code == ERR_NETWORK || e->code == ERR_TIMEOUT || e->cls != ERR_CLASS_PERMANENT ||
           e->http_status >= 500;
}

enum err_code follow_execution(const struct connect *c, const struct cmd_io *io,
        struct json_api *sfn, const struct follow_options *o, int *exit_code, struct err *e)
{
    struct follower f = {.io = io, .person = o->follow && isatty(fileno(io->out)) == 1};
    bool running = true, seen = false;
    enum err_code code;

    buf_init(&f.last, BUF_MAX_SMALL);
    do {
        struct execution x;

        code = execution_load(&x, sfn, o->arn, e);
        if (code != ERR_OK && seen && o->follow && may_pass(e)) {
            log_warn("%s; asking again", e->message);
            code = sync_sleep(&c->session.sync, o->every_ms, &c->stop, e);
            continue;
        }
        if (code != ERR_OK)
            break;
        seen = true;
        running = execution_is_running(&x);
        *exit_code = execution_exit_code(&x);
        if (!o->json)
            say(&f, &x);
        else if (!o->follow || !running)
            io_json(io, execution_json(&x), 0);
        execution_free(&x);
        if (o->follow && running)
            code = sync_sleep(&c->session.sync, o->every_ms, &c->stop, e);
    } while (code == ERR_OK && o->follow && running && !stop_asked(&c->stop));
    if (stop_asked(&c->stop))
        code = err_set(e, ERR_INTERRUPTED, "not following any longer; the execution goes on");
    if (code != ERR_OK && f.person)
        fputc('\n', io->out);
    buf_free(&f.last);
    return code;
}
