#include "cli/console.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/log.h"

static const struct cmd_io *console_io;
static void (*console_hook)(void *ctx);
static void *console_hook_ctx;

static void write_line(void *ctx, enum log_level level, const char *line)
{
    static const char *const prefix[] = {"trace: ", "debug: ", "", "warning: ", "error: "};
    FILE *err = console_io->err;

    (void)ctx;
    if (console_hook)
        console_hook(console_hook_ctx);
    if (level <= LOG_DEBUG) {
        char now[CLOCK_ISO_SIZE];

        clock_format_iso(now, clock_wall_s());
        fprintf(err, "%s copyout: %s%s\n", now, prefix[level], line);
    } else {
        fprintf(err, "copyout: %s%s\n", prefix[level], line);
    }
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
