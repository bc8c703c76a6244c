/* A command line in the test's own process: what is typed, and what a person then sees. */
#ifndef COPYOUT_TEST_COMMAND_LINE_H
#define COPYOUT_TEST_COMMAND_LINE_H

#include "../job/surroundings.h"
#include "cmd/cmd.h"

static const struct command *const commands[] = {&cmd_run, &cmd_verify, &cmd_estimate, &cmd_policy,
        &cmd_check, &cmd_prepare, &cmd_copy, &cmd_thaw, &cmd_report, &cmd_start, &cmd_status,
        &cmd_list, &cmd_logs, &cmd_stop, &cmd_cleanup, &cmd_jobs, &cmd_jobs_show, &cmd_jobs_retry,
        &cmd_jobs_rm, &cmd_explain, &cmd_man, &cmd_completion, &cmd_version};

enum { COMMANDS = sizeof commands / sizeof commands[0], WORDS_MOST = 24 };

static char *out_text, *err_text; /* of the last command line */

/* Standard input of the next one; "" is empty. */
static const char *in_text = "";

static inline void forget_texts(void)
{
    free(out_text);
    free(err_text);
    out_text = err_text = NULL;
}

/* copyout WORDS…, separated by single spaces; returns the exit code. */
static inline int type(const char *words)
{
    char line[2048], *argv[WORDS_MOST + 2] = {(char *)(uintptr_t) "copyout"}, *at = line, *word;
    size_t out_size, err_size;
    struct cmd_io io = {.getenv = env_get};
    int argc = 1, exit_code;

    forget_texts();
    snprintf(line, sizeof line, "%s", words);
    while ((word = strsep(&at, " ")) && *word)
        argv[argc++] = word;
    io.in = tmpfile();
    io.out = open_memstream(&out_text, &out_size);
    io.err = open_memstream(&err_text, &err_size);
    if (!io.in || !io.out || !io.err || fputs(in_text, io.in) < 0)
        abort();
    rewind(io.in);
    exit_code = cmd_execute(commands, COMMANDS, argc, argv, &io);
    fclose(io.in);
    fclose(io.out);
    fclose(io.err);
    return exit_code;
}

/* Types it and fails the test when it ends otherwise, with all that was said. */
static inline void exits(int expected, const char *words)
{
    int is = type(words);

    if (is != expected)
        fail_msg("copyout %s: exit %d, not %d\n%s\n%s", words, is, expected, out_text, err_text);
}

static inline void says_out(const char *part)
{
    if (!strstr(out_text, part))
        fail_msg("\"%s\" is not in:\n%s\n(standard error: %s)", part, out_text, err_text);
}

static inline void says_err(const char *part)
{
    if (!strstr(err_text, part))
        fail_msg("\"%s\" is not in:\n%s\n(standard output: %s)", part, err_text, out_text);
}

static inline int command_line_setup(void **state)
{
    (void)state;
    surroundings_begin();
    in_text = "";
    return 0;
}

static inline int command_line_teardown(void **state)
{
    (void)state;
    if (err_text)
        assert_null(strstr(err_text, "hushhush"));
    forget_texts();
    surroundings_end();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, command_line_setup, command_line_teardown)

#endif
