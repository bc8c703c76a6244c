#include "cmd/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/execution.h"
#include "s3/sync.h"

/* What was said last, so that a log gets a line only when something changed. */
struct follower {
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
    struct buf line;

    buf_init(&line, BUF_MAX_SMALL);
    execution_describe(x, &line);
    if (f->person && execution_is_running(x))
        printf("\r\033[K%s", buf_str(&line));
    else if (strcmp(news_of(buf_str(&line)), news_of(buf_str(&f->last))) != 0)
        printf("%s%s\n", f->person ? "\r\033[K" : "", buf_str(&line));
    fflush(stdout);
    buf_clear(&f->last);
    buf_adds(&f->last, buf_str(&line));
    buf_free(&line);
}

static void say_json(const struct execution *x)
{
    json_t *json = execution_json(x);
    char *text = json ? json_dumps(json, 0) : NULL;

    if (text)
        puts(text);
    free(text);
    json_decref(json);
}

/* A job takes days, and a network may be gone for minutes of them. */
static bool may_pass(const struct err *e)
{
    return e->code == ERR_NETWORK || e->code == ERR_TIMEOUT || e->cls != ERR_CLASS_PERMANENT ||
           e->http_status >= 500;
}

enum err_code follow_execution(struct session *s, struct json_api *sfn,
        const struct follow_options *o, int *exit_code, struct err *e)
{
    const struct sync sync = {s->net, s->s3};
    struct follower f = {.person = o->follow && isatty(STDOUT_FILENO)};
    bool running = true, seen = false;
    enum err_code code;

    buf_init(&f.last, BUF_MAX_SMALL);
    do {
        struct execution x;

        code = execution_load(&x, sfn, o->arn, e);
        if (code != ERR_OK && seen && o->follow && may_pass(e)) {
            log_warn("%s; asking again", e->message);
            code = sync_sleep(&sync, o->every_ms, &s->stop, e);
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
            say_json(&x);
        execution_free(&x);
        if (o->follow && running)
            code = sync_sleep(&sync, o->every_ms, &s->stop, e);
    } while (code == ERR_OK && o->follow && running && !s->stop);
    if (s->stop)
        code = err_set(e, ERR_INTERRUPTED, "not following any longer; the execution goes on");
    if (code != ERR_OK && f.person)
        putchar('\n');
    buf_free(&f.last);
    return code;
}
