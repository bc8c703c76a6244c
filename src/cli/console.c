#include "cli/console.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/log.h"

static const struct cmd_io *console_io;
static void (*console_hook)(void *ctx);
static void *console_hook_ctx;

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
    FILE *err = console_io->err;
    char now[CLOCK_ISO_SIZE];

    (void)ctx;
    if (console_hook)
        console_hook(console_hook_ctx);
    if (level <= LOG_DEBUG) {
        clock_format_iso(now, clock_wall_s());
        fprintf(err, "%s ", now);
    }
    fprintf(err, "copyout: %s%s\n", prefix_of(level), line);
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
    console_set_hook(NULL, NULL);
    console_io = NULL;
}

void console_set_level(const struct output_options *o)
{
    log_set_level(o->quiet          ? LOG_ERROR
                  : o->verbose > 1  ? LOG_TRACE
                  : o->verbose == 1 ? LOG_DEBUG
                                    : LOG_INFO);
}

void console_set_hook(void (*before_line)(void *ctx), void *ctx)
{
    console_hook = before_line;
    console_hook_ctx = ctx;
}
