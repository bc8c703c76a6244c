/* Lines about what happens, for a person. The program says once where they go; until then, and in a
 * library whose user asks for none, they go nowhere. Never anything secret.
 *
 * The sink and the least level are the only process-wide state of the program: where a line goes is
 * a property of the process. */
#ifndef COPYOUT_BASE_LOG_H
#define COPYOUT_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum log_level { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_NONE };

enum { LOG_LINE_MAX = 4096 }; /* bytes of a line with the NUL; longer ones are cut */

/* Takes one line: valid UTF-8 without control characters and without '\n'. It must not log. */
typedef void (*log_sink)(void *ctx, enum log_level level, const char *line);

/* Sends the lines to sink from now on; NULL: nowhere. ctx is handed back to it. */
void log_set_sink(log_sink sink, void *ctx);

/* Lines below this level are dropped. LOG_INFO until said otherwise; LOG_NONE drops all. */
void log_set_level(enum log_level level);
/* Whether a line of that level would go anywhere. */
bool log_enabled(enum log_level level);

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
