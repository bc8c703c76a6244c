/* The subcommands: each is one file that gives a struct command. The tables of options here are the
 * only place where an option is described: parsing, help, man page and completions are made of
 * them. */
#ifndef COPYOUT_CMD_CMD_H
#define COPYOUT_CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define COPYOUT_VERSION "0.1.0"

enum option_type {
    OPTION_FLAG,     /* bool */
    OPTION_COUNT,    /* unsigned: how often it was given */
    OPTION_STRING,   /* const char *, of argv */
    OPTION_CHOICE,   /* const char *: one of `argument`, which is "a|b|c" */
    OPTION_DURATION, /* uint64_t, milliseconds */
    OPTION_NUMBER,   /* uint64_t */
};

struct option {
    const char *name; /* without "--" */
    char letter;      /* '\0': none */
    enum option_type type;
    const char *argument; /* how help calls it; NULL for flags */
    size_t offset;        /* in the command's struct of options */
    const char *help;     /* one sentence or two, without a final stop */
};

struct command_line;

struct command {
    const char *name;
    const char *summary;  /* one line */
    const char *operands; /* "[INPUT.json]" */
    unsigned operands_most;
    const char *description; /* paragraphs, separated by '\n' */
    const char *examples;    /* lines "command\twhat it does\n" */
    const struct option *options;
    size_t option_count;
    size_t options_size; /* of the struct that the offsets are in */
    /* options: that struct, filled in. Returns the exit code. */
    int (*run)(const struct command_line *line, const void *options);
};

struct command_line {
    const struct command *const *commands; /* all of them, for man and completion */
    size_t command_count;
    const struct command *command;
    char *const *operands;
    unsigned operand_count;
};

extern const struct command cmd_run, cmd_prepare, cmd_copy, cmd_report, cmd_start, cmd_status,
        cmd_cleanup, cmd_man, cmd_completion;

int cmd_main(const struct command *const *commands, size_t count, int argc, char **argv);

#endif
