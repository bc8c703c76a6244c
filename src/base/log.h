/* Lines to standard error, for a person (plain) at or above a level. Never anything secret. */
#ifndef COPYOUT_BASE_LOG_H
#define COPYOUT_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum log_level { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_NONE };

/* LOG_INFO until said otherwise. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
/* Called before a line is written, so that a progress display can make room; NULL: none. */
void log_set_hook(void (*before_line)(void *ctx), void *ctx);

void log_line(enum log_level level, const char *fmt, ...) ERR_PRINTF(2, 3);

#define log_trace(...)                        \
    do {                                      \
        if (log_enabled(LOG_TRACE))           \
            log_line(LOG_TRACE, __VA_ARGS__); \
    } while (0)
#define log_debug(...)                        \
    do {                                      \
        if (log_enabled(LOG_DEBUG))           \
            log_line(LOG_DEBUG, __VA_ARGS__); \
    } while (0)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

#endif
