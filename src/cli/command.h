/* A subcommand: a name, texts, a table of options and a function. The table is the only
 * place where an option is described: parsing, help, man page and completions are made of it. */
#ifndef COPYOUT_CLI_COMMAND_H
#define COPYOUT_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/io.h"

enum option_type {
    OPTION_FLAG,     /* bool */
    OPTION_COUNT,    /* unsigned: how often it was given */
    OPTION_STRING,   /* const char *, of argv */
    OPTION_CHOICE,   /* const char *: one of `argument`, which is "a|b|c" */
    OPTION_DURATION, /* uint64_t, milliseconds */
    OPTION_NUMBER,   /* uint64_t */
    OPTION_LIST,     /* struct option_list: each time that it is given adds a value */
};

enum { OPTION_LIST_MOST = 64 };

struct option_list {
    const char *values[OPTION_LIST_MOST]; /* of argv */
    unsigned count;
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
    size_t options_size;   /* of the struct that the offsets are in */
    bool tells_of_program; /* its help ends with the environment and the exit codes */
    /* options: that struct, filled in. Returns the exit code. */
    int (*run)(const struct command_line *line, const void *options);
};

/* A command line that was read; operands and options are the process's arguments. */
struct command_line {
    const struct cmd_io *io;
    const char *program;                   /* how it was called: argv[0] */
    const struct command *const *commands; /* all of them, for man and completion */
    size_t command_count;
    const struct command *command;
    char *const *operands;
    unsigned operand_count;
};

#endif
