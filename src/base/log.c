#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* The one piece of process-wide state: where a line goes is a property of the process. */
static enum log_level log_least = LOG_INFO;
static void (*log_hook)(void *ctx);
static void *log_hook_ctx;

void log_set_level(enum log_level level)
{
    log_least = level;
}

bool log_enabled(enum log_level level)
{
    return level >= log_least;
}

void log_set_hook(void (*before_line)(void *ctx), void *ctx)
{
    log_hook = before_line;
    log_hook_ctx = ctx;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    static const char *const prefix[] = {"trace: ", "debug: ", "", "warning: ", "error: "};
    char line[4096];
    char shown[sizeof line];
    va_list ap;

    if (!log_enabled(level) || level == LOG_NONE)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    err_copy_text(shown, sizeof shown, line, strlen(line));
    if (log_hook)
        log_hook(log_hook_ctx);
    if (level == LOG_TRACE || level == LOG_DEBUG) {
        char now[CLOCK_ISO_SIZE];

        clock_format_iso(now, clock_wall_s());
        fprintf(stderr, "%s copyout: %s%s\n", now, prefix[level], shown);
    } else {
        fprintf(stderr, "copyout: %s%s\n", prefix[level], shown);
    }
}
