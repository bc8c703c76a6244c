#include "cli/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

static const struct cmd_io *console_io;
static FILE *console_log; /* NULL: there is no file */
static enum log_level console_least = LOG_INFO, console_log_least = LOG_DEBUG;
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

/* Each line at once: the log of a process that is killed is whole. */
static void write_to_file(enum log_level level, const char *line)
{
    char now[CLOCK_ISO_SIZE];

    clock_format_iso(now, clock_wall_s());
    fprintf(console_log, "%s %s%s\n", now, prefix_of(level), line);
    fflush(console_log);
}

static void write_line(void *ctx, enum log_level level, const char *line)
{
    char now[CLOCK_ISO_SIZE] = "", text[LOG_LINE_MAX + 64];

    (void)ctx;
    if (console_log && level >= console_log_least)
        write_to_file(level, line);
    if (level < console_least)
        return;
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
    console_least = LOG_INFO;
}

enum err_code console_log_to(const char *path, struct err *e)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);

    console_log = fd < 0 ? NULL : fdopen(fd, "a");
    if (console_log)
        return ERR_OK;
    err_errno(e, errno, "--log %s", path);
    if (fd >= 0)
        close(fd);
    return e->code;
}

void console_close(void)
{
    log_set_sink(NULL, NULL);
    if (console_log)
        fclose(console_log);
    console_log = NULL;
    console_set_writer(NULL, NULL);
    console_set_listener(NULL, NULL);
    console_io = NULL;
}

void console_set_level(const struct output_options *o)
{
    enum log_level verbose = o->verbose > 1 ? LOG_TRACE : o->verbose == 1 ? LOG_DEBUG : LOG_INFO;

    console_least = o->quiet ? LOG_ERROR : console_log ? LOG_INFO : verbose;
    console_log_least = verbose == LOG_TRACE ? LOG_TRACE : LOG_DEBUG;
    log_set_level(console_log ? console_log_least : console_least);
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
