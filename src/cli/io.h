/* The surroundings of a command: streams and environment. The program gives the process's
 * own, a test gives others. */
#ifndef COPYOUT_CLI_IO_H
#define COPYOUT_CLI_IO_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct cmd_io {
    FILE *in;                          /* standard input */
    FILE *out;                         /* the answer: text or JSON */
    FILE *err;                         /* messages, the log, the progress */
    char *(*getenv)(const char *name); /* a value, or NULL, as the C function */
};

/* The variable's value, or NULL when it is not set or empty. */
const char *io_env(const struct cmd_io *io, const char *name);

/* A whole number of seconds from 1 to 86,400, in *ms as milliseconds; otherwise_s when it is not
 * set. ERR_USAGE names the variable. */
enum err_code io_env_seconds(const struct cmd_io *io, const char *name, uint64_t otherwise_s,
        uint64_t *ms, struct err *e) ERR_MUST_CHECK;

/* One line to io->out. */
void io_line(const struct cmd_io *io, const char *text);
/* The object in one line to io->out, written with jansson's flags; takes the reference. NULL (no
 * memory): nothing is written. */
void io_json(const struct cmd_io *io, json_t *json, size_t flags);

#endif
