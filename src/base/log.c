#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum log_level log_least = LOG_INFO;
static log_sink log_to;
static void *log_ctx;

void log_set_sink(log_sink sink, void *ctx)
{
    log_to = sink;
    log_ctx = ctx;
}

void log_set_level(enum log_level level)
{
    log_least = level;
}

bool log_enabled(enum log_level level)
{
    return log_to && level >= log_least && level < LOG_NONE;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    char line[LOG_LINE_MAX];
    char shown[sizeof line];
    va_list ap;

    if (!log_enabled(level))
        return;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    err_copy_text(shown, sizeof shown, line, strlen(line));
    log_to(log_ctx, level, shown);
}
