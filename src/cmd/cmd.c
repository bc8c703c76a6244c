#include "cmd/cmd.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/console.h"
#include "cli/habits.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cmd/about/versions.h"

/* How many of the words, of which there are `most` at least one, are the command's name: 0, 1 or 2.
 */
static int words_of_name(const struct command *command, int most, char *const *words)
{
    size_t first = strcspn(command->name, " ");

    if (strlen(words[0]) != first || memcmp(command->name, words[0], first) != 0)
        return 0;
    if (command->name[first] == '\0')
        return 1;
    return most > 1 && strcmp(command->name + first + 1, words[1]) == 0 ? 2 : 0;
}

/* The command that the words begin with, the one of the longer name if there are two; *taken: words
 * that are its name. NULL: there is none. */
static const struct command *find(const struct command *const *commands, size_t count, int most,
        char *const *words, int *taken)
{
    const struct command *found = NULL;
    size_t i;

    *taken = 0;
    for (i = 0; most > 0 && i < count; i++) {
        int n = words_of_name(commands[i], most, words);

        if (n > *taken) {
            found = commands[i];
            *taken = n;
        }
    }
    return found;
}

/* Says that the typed word is no command. Returns the exit code. */
static int unknown(const struct command *const *commands, size_t count, const char *name)
{
    const char *habit = habit_of_command(name);
    const char *near = options_nearest_command(commands, count, name);

    if (habit)
        log_error("%s: there is no such command; %s", name, habit);
    else if (near)
        log_error("%s: there is no such command; did you mean \"copyout %s\"?", name, near);
    else
        log_error("%s: there is no such command; see copyout --help", name);
    return err_exit_code(ERR_USAGE);
}

/* Opens the file that --log names, of a command that has this option. */
static enum err_code open_log(const struct command *c, const void *options, struct err *e)
{
    const char *path = NULL;
    size_t i;

    for (i = 0; i < c->option_count; i++)
        if (strcmp(c->options[i].name, "log") == 0)
            memcpy(&path, (const char *)options + c->options[i].offset, sizeof path);
    return path ? console_log_to(path, e) : ERR_OK;
}

static int run_command(struct command_line *line, int argc, char **argv)
{
    void *options = calloc(1, line->command->options_size + 1);
    char **operands = calloc((size_t)argc + 1, sizeof *operands);
    bool help = false;
    int exit_code;
    struct err e;

    err_clear(&e);
    if (!options || !operands) {
        err_nomem(&e);
    } else if (options_parse(line->command, argc, argv, options, operands, &line->operand_count,
                       &help, &e) == ERR_OK) {
        line->operands = operands;
        if (help) {
            help_command(line->io->out, line->command);
            exit_code = 0;
            goto out;
        }
        if (open_log(line->command, options, &e) == ERR_OK) {
            exit_code = line->command->run(line, options);
            goto out;
        }
    }
    log_error("%s", e.message);
    if (e.code == ERR_USAGE)
        fprintf(line->io->err, "See: copyout %s --help\n", line->command->name);
    exit_code = err_exit_code(e.code);
out:
    free(options);
    free(operands);
    return exit_code;
}

/* Output that did not get out is no success. */
static int checked(const struct cmd_io *io, int exit_code)
{
    if ((fflush(io->out) != 0 || ferror(io->out)) && exit_code == 0) {
        log_error("cannot write to standard output");
        return err_exit_code(ERR_IO);
    }
    return exit_code;
}

/* copyout, copyout --help and copyout help COMMAND. */
static int help(const struct command *const *commands, size_t count, int argc, char **argv,
        const struct cmd_io *io)
{
    int taken;
    const struct command *about = find(commands, count, argc - 2, argv + 2, &taken);

    if (about)
        help_command(io->out, about);
    else
        help_program(argc > 1 ? io->out : io->err, commands, count);
    return argc > 1 ? 0 : err_exit_code(ERR_USAGE);
}

int cmd_execute(const struct command *const *commands, size_t count, int argc, char **argv,
        const struct cmd_io *io)
{
    struct command_line line = {.io = io,
            .program = argc > 0 && argv[0][0] ? argv[0] : "copyout",
            .commands = commands,
            .command_count = count};
    const char *name = argc > 1 ? argv[1] : "--help";
    int exit_code, taken;

    console_open(io);
    line.command = find(commands, count, argc - 1, argv + 1, &taken);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        exit_code = checked(io, help(commands, count, argc, argv, io));
    } else if (strcmp(name, "--version") == 0) {
        versions_line(io->out);
        io_line(io, "");
        exit_code = checked(io, 0);
    } else if (line.command) {
        exit_code = checked(io, run_command(&line, argc - 1 - taken, argv + 1 + taken));
    } else {
        exit_code = unknown(commands, count, name);
    }
    console_close();
    return exit_code;
}

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

static void fill_standard_streams(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
                open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            _exit(err_exit_code(ERR_IO));
}

static void forbid_core_dumps(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none); /* a limit may always be lowered */
    if (!IS_SANITIZED)
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* 0 is always taken */
}

void cmd_begin_process(void)
{
    fill_standard_streams();
    forbid_core_dumps();
    signal(SIGXFSZ, SIG_IGN);
}

int cmd_main(const struct command *const *commands, size_t count, int argc, char **argv)
{
    const struct cmd_io io = {.in = stdin, .out = stdout, .err = stderr, .getenv = getenv};

    cmd_begin_process();
    return cmd_execute(commands, count, argc, argv, &io);
}
