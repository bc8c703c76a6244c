/* Where the log goes in the program: to standard error, in words for a person, above the lines that
 * show the progress. */
#ifndef COPYOUT_CLI_CONSOLE_H
#define COPYOUT_CLI_CONSOLE_H

#include <stdbool.h>

#include "base/log.h"
#include "cli/io.h"

/* How much is said; the options --json, --quiet and --verbose. */
struct output_options {
    bool json;        /* one JSON object on standard output, nothing else there */
    bool quiet;       /* errors only */
    unsigned verbose; /* 1: a line for each object; 2: each request, each step of each object */
    const char *log;  /* a file that gets the log too; NULL: none */
};

/* Their entries in a command's table, for a struct type with such a member. */
/* clang-format off */
#define JSON_OPTION(type, member) \
    {"json", '\0', OPTION_FLAG, NULL, offsetof(type, member.json), \
        "print one JSON object at the end, on standard output"}
#define LOG_OPTIONS(type, member) \
    {"quiet", 'q', OPTION_FLAG, NULL, offsetof(type, member.quiet), "print errors only"}, \
    {"verbose", 'v', OPTION_COUNT, NULL, offsetof(type, member.verbose), \
        "tell of each object in a line; twice: of each request, too, and of each step of an object"}, \
    {"log", '\0', OPTION_STRING, "FILE", offsetof(type, member.log), \
        "append the log to a file, a dated line for each object, and with -vv for each request; " \
        "the terminal then does not show these"}
/* clang-format on */

/* The log goes to io->err from now on; io must live until console_close(). */
void console_open(const struct cmd_io *io);
void console_close(void);

/* Sets the least level by --quiet and --verbose, of the file as well. */
void console_set_level(const struct output_options *o);

/* Has the log appended to a file too, which is made if need be, for its owner alone to read.
 * ERR_IO: it cannot be opened. console_close() closes it. */
enum err_code console_log_to(const char *path, struct err *e) ERR_MUST_CHECK;

/* Has each line written by that function instead: a progress display shows it above its own lines.
 * text: the line with its '\n'. NULL: none. */
void console_set_writer(void (*write)(void *ctx, const char *text), void *ctx);
/* Tells that function of each line too, without prefix and '\n'; NULL: none. */
void console_set_listener(
        void (*listen)(void *ctx, enum log_level level, const char *line), void *ctx);

#endif
