#include "cli/console.h"

#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"

static const struct cmd_io *console_io;
static void (*console_writer)(void *ctx, const char *text);
static void *console_writer_ctx;
static void (*console_listener)(void *ctx, enum log_level level, const char *line);
static void *console_listener_ctx;

static const char *prefix_of(enum log_level level)
{
    switch (level) {
    case LOG_TRACE:
        return "trace: ";
    case LOG_DEBUG:
        return "debug: ";
    case LOG_WARN:
        return "warning: ";
    case LOG_ERROR:
        return "error: ";
    default:
        return "";
    }
}

static void write_line(void *ctx, enum log_level level, const char *line)
{
    char now[CLOCK_ISO_SIZE] = "", text[LOG_LINE_MAX + 64];

    (void)ctx;
    if (console_listener)
        console_listener(console_listener_ctx, level, line);
    if (level <= LOG_DEBUG)
        clock_format_iso(now, clock_wall_s());
    (void)snprintf(text, sizeof text, "%s%scopyout: %s%s\n", now, now[0] ? " " : "",
            prefix_of(level), line);
    if (console_writer)
        console_writer(console_writer_ctx, text);
    else
        fputs(text, console_io->err);
}

void console_open(const struct cmd_io *io)
{
    console_io = io;
    log_set_sink(write_line, NULL);
    log_set_level(LOG_INFO);
}

void console_close(void)
{
    log_set_sink(NULL, NULL);
    console_set_writer(NULL, NULL);
    console_set_listener(NULL, NULL);
    console_io = NULL;
}

void console_set_level(const struct output_options *o)
{
    log_set_level(o->quiet          ? LOG_ERROR
                  : o->verbose > 1  ? LOG_TRACE
                  : o->verbose == 1 ? LOG_DEBUG
                                    : LOG_INFO);
}

void console_set_writer(void (*write)(void *ctx, const char *text), void *ctx)
{
    console_writer = write;
    console_writer_ctx = ctx;
}

void console_set_listener(
        void (*listen)(void *ctx, enum log_level level, const char *line), void *ctx)
{
    console_listener = listen;
    console_listener_ctx = ctx;
}
