#include "cmd/aws/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/console.h"
#include "cmd/aws/execution.h"
#include "cmd/aws/trouble.h"
#include "cmd/progress/execution_lines.h"
#include "cmd/progress/pace.h"
#include "cmd/signals.h"

enum { PACE_S = 600 }; /* a shard takes minutes */

/* The display of one execution. A log gets a line only when something changed, or when the interval
 * that was asked for is over. */
struct follower {
    const struct cmd_io *io;
    const struct follow_options *options;
    struct terminal terminal;
    struct resize_watch *resize; /* NULL: not on a terminal */
    struct pace pace;
    uint64_t began_ms, told_ms; /* told_ms: when the last line was written */
    struct buf last;            /* that line */
    struct execution x;         /* as it was when last asked for */
    struct trouble trouble;     /* likewise */
    struct buf told;            /* the troubles that stand above the lines of a terminal */
};

/* The time it has run for changes always, and is no news: what follows it is. */
static const char *news_of(const char *line)
{
    const char *colon = strstr(line, " for ");

    colon = colon ? strchr(colon, ':') : NULL;
    return colon ? colon : line;
}

static bool is_live(const struct follower *f)
{
    return f->options->follow && f->terminal.kind == TERMINAL_LIVE;
}

static void draw(struct follower *f)
{
    struct terminal_line lines[TERMINAL_LINES_MOST];
    unsigned columns, rows;

    terminal_size(&f->terminal, &columns, &rows);
    terminal_draw(&f->terminal, lines,
            execution_lines(
                    &f->x, pace_done(&f->pace), columns - (columns > 1), rows - (rows > 1), lines));
}

static void on_resize(void *ctx)
{
    struct follower *f = ctx;

    if (f->terminal.count > 0)
        draw(f);
}

static void write_above(void *ctx, const char *text)
{
    struct follower *f = ctx;

    fflush(f->io->err);
    terminal_write_above(&f->terminal, text);
}

/* A line, with its date while the execution goes on; what it says at the end is the answer. */
static void write_line(struct follower *f, const char *line)
{
    uint64_t now_ms = clock_mono_ms(), every_ms = f->options->interval_ms;
    bool running = execution_is_running(&f->x);
    char now[CLOCK_ISO_SIZE] = "";

    if (strcmp(news_of(line), news_of(buf_str(&f->last))) == 0 &&
            (every_ms == 0 || now_ms - f->told_ms < every_ms))
        return;
    if (running && f->options->follow)
        clock_format_iso(now, clock_wall_s());
    fprintf(f->io->out, "%s%s%s\n", now, now[0] ? " " : "", line);
    fflush(f->io->out);
    f->told_ms = now_ms;
    buf_clear(&f->last);
    buf_adds(&f->last, line);
}

static void learn(struct follower *f)
{
    const struct pace_sample sample = {.at_s = (double)(clock_mono_ms() - f->began_ms) / 1000,
            .done = (double)execution_objects_done(&f->x)};

    if (f->x.has_map)
        pace_add(&f->pace, &sample);
}

/* Above the lines that stay, when they are others than before. */
static void write_troubles(struct follower *f)
{
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    trouble_describe(&f->trouble, &f->x, &text);
    buf_addc(&text, '\n');
    if (text.len > 1 && strcmp(buf_str(&text), buf_str(&f->told)) != 0) {
        terminal_write_above(&f->terminal, buf_str(&text) + 1);
        buf_clear(&f->told);
        buf_adds(&f->told, buf_str(&text));
    }
    buf_free(&text);
}

static void say(struct follower *f)
{
    struct buf line;

    learn(f);
    if (is_live(f) && execution_is_running(&f->x)) {
        write_troubles(f);
        draw(f);
        return;
    }
    terminal_wipe(&f->terminal);
    buf_init(&line, BUF_MAX_SMALL);
    execution_describe(&f->x, &line);
    trouble_describe(&f->trouble, &f->x, &line);
    write_line(f, buf_str(&line));
    buf_free(&line);
}

/* A job takes days, and a network may be gone for minutes of them. */
static bool may_pass(const struct err *e)
{
    return e->code == ERR_NETWORK || e->code == ERR_TIMEOUT || e->cls != ERR_CLASS_PERMANENT ||
           e->http_status >= 500;
}

static void say_json(const struct follower *f)
{
    json_t *json = execution_json(&f->x);

    if (json)
        trouble_add_json(&f->trouble, json);
    io_json(f->io, json, 0);
}

static enum err_code begin(struct follower *f, const struct connect *c, struct err *e)
{
    terminal_init(&f->terminal, f->io->out, f->io->getenv);
    pace_init(&f->pace, PACE_S);
    f->began_ms = clock_mono_ms();
    buf_init(&f->last, BUF_MAX_SMALL);
    buf_init(&f->told, BUF_MAX_SMALL);
    if (!is_live(f) || f->options->json)
        return ERR_OK;
    if (isatty(fileno(f->io->err)) == 1)
        console_set_writer(write_above, f);
    return resize_watch_start(&f->resize, c->session.net, on_resize, f, e);
}

static void end(struct follower *f)
{
    resize_watch_end(f->resize);
    console_set_writer(NULL, NULL);
    terminal_end(&f->terminal);
    execution_free(&f->x);
    trouble_free(&f->trouble);
    buf_free(&f->last);
    buf_free(&f->told);
}

/* Asks until it has ended, if it is to be followed. */
static enum err_code follow(
        struct follower *f, struct clients *clients, int *exit_code, struct err *e)
{
    const struct follow_options *o = f->options;
    const struct connect *c = &clients->connect;
    bool running = true, seen = false;
    enum err_code code;

    do {
        struct execution x;

        code = execution_load(&x, clients->sfn, o->arn, e);
        if (code != ERR_OK && seen && o->follow && may_pass(e)) {
            log_warn("%s; asking again", e->message);
            code = sync_sleep(&c->session.sync, o->every_ms, &c->stop, e);
            continue;
        }
        if (code != ERR_OK)
            break;
        execution_free(&f->x);
        f->x = x;
        trouble_load(&f->trouble, clients, &f->x);
        seen = true;
        running = execution_is_running(&x);
        *exit_code = execution_exit_code(&x);
        if (!o->json)
            say(f);
        else if (!o->follow || !running)
            say_json(f);
        if (o->follow && running)
            code = sync_sleep(&c->session.sync, o->every_ms, &c->stop, e);
    } while (code == ERR_OK && o->follow && running && !stop_asked(&c->stop));
    return code;
}

enum err_code follow_execution(struct clients *c, const struct cmd_io *io,
        const struct follow_options *o, int *exit_code, struct err *e)
{
    struct follower f = {.io = io, .options = o};
    enum err_code code = begin(&f, &c->connect, e);

    if (code == ERR_OK)
        code = follow(&f, c, exit_code, e);
    if (stop_asked(&c->connect.stop))
        code = err_set(e, ERR_INTERRUPTED, "not following any longer; the execution goes on");
    end(&f);
    return code;
}
