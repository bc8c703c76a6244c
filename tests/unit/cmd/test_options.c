#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cli/options.h"
#include "cmd/cmd.h"

struct opts {
    bool flag;
    unsigned count;
    const char *string, *choice;
    uint64_t duration, number;
};

static const struct option table[] = {
        {"flag", 'f', OPTION_FLAG, NULL, offsetof(struct opts, flag), "a flag"},
        {"verbose", 'v', OPTION_COUNT, NULL, offsetof(struct opts, count), "more"},
        {"work", 'w', OPTION_STRING, "PLACE", offsetof(struct opts, string), "a place"},
        {"on-different", '\0', OPTION_CHOICE, "overwrite|keep|fail", offsetof(struct opts, choice),
                "what then"},
        {"wait", '\0', OPTION_DURATION, "TIME", offsetof(struct opts, duration), "a time"},
        {"number", 'n', OPTION_NUMBER, "N", offsetof(struct opts, number), "a number"},
};

static const struct command command = {
        .name = "run",
        .operands_most = 1,
        .options = table,
        .option_count = sizeof table / sizeof table[0],
        .options_size = sizeof(struct opts),
};

enum { ARGS_MOST = 8 };

struct parsed {
    struct opts opts;
    char *operands[ARGS_MOST];
    unsigned operand_count;
    bool help;
    struct err err;
};

static enum err_code parse(const char *const *args, struct parsed *p)
{
    char *argv[ARGS_MOST + 1];
    int argc = 0;

    memset(p, 0, sizeof *p);
    while (args[argc]) {
        argv[argc] = (char *)(uintptr_t)args[argc];
        argc++;
    }
    argv[argc] = NULL;
    return options_parse(
            &command, argc, argv, &p->opts, p->operands, &p->operand_count, &p->help, &p->err);
}

static void same_text(const char *got, const char *expected)
{
    assert_int_equal(got != NULL, expected != NULL);
    if (got)
        assert_string_equal(got, expected);
}

static void test_good(void **state)
{
    static const struct {
        const char *args[ARGS_MOST + 1];
        struct opts opts;
        const char *operand;
    } rows[] = {
            {{NULL}, {0}, NULL},
            {{"in.json"}, {0}, "in.json"},
            {{"-"}, {0}, "-"},
            {{"--flag"}, {.flag = true}, NULL},
            {{"-f", "x"}, {.flag = true}, "x"},
            {{"x", "-f"}, {.flag = true}, "x"},
            {{"-v", "--verbose", "-vv"}, {.count = 4}, NULL},
            {{"-vfv"}, {.flag = true, .count = 2}, NULL},
            {{"--work", "dir"}, {.string = "dir"}, NULL},
            {{"--work=dir"}, {.string = "dir"}, NULL},
            {{"--work=a=b"}, {.string = "a=b"}, NULL},
            {{"--work", "-"}, {.string = "-"}, NULL},
            {{"--work", "--flag"}, {.string = "--flag"}, NULL}, /* a value is a value */
            {{"-w", "dir"}, {.string = "dir"}, NULL},
            {{"-wdir"}, {.string = "dir"}, NULL},
            {{"-fwdir"}, {.flag = true, .string = "dir"}, NULL},
            {{"-vw", "dir", "x"}, {.count = 1, .string = "dir"}, "x"},
            {{"--work", "a", "--work", "b"}, {.string = "b"}, NULL}, /* the last wins */
            {{"--on-different", "keep"}, {.choice = "keep"}, NULL},
            {{"--on-different=overwrite"}, {.choice = "overwrite"}, NULL},
            {{"--wait", "10m"}, {.duration = 600000}, NULL},
            {{"--wait=250ms"}, {.duration = 250}, NULL},
            {{"--number", "1"}, {.number = 1}, NULL},
            {{"-n18446744073709551615"}, {.number = UINT64_MAX}, NULL},
            {{"--", "--flag"}, {0}, "--flag"},
            {{"--flag", "--", "-"}, {.flag = true}, "-"},
            {{"--"}, {0}, NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct parsed p;

        if (parse(rows[i].args, &p) != ERR_OK)
            fail_msg("row %zu: %s", i, p.err.message);
        assert_int_equal(p.opts.flag, rows[i].opts.flag);
        assert_int_equal(p.opts.count, rows[i].opts.count);
        same_text(p.opts.string, rows[i].opts.string);
        same_text(p.opts.choice, rows[i].opts.choice);
        assert_true(p.opts.duration == rows[i].opts.duration);
        assert_true(p.opts.number == rows[i].opts.number);
        assert_int_equal(p.operand_count, rows[i].operand ? 1 : 0);
        same_text(p.operands[0], rows[i].operand);
        assert_false(p.help);
    }
}

static void test_bad(void **state)
{
    static const struct {
        const char *args[ARGS_MOST + 1];
        const char *message;
    } rows[] = {
            {{"a", "b"}, "b: one argument too many"},
            {{"--nothing-like-it"}, "--nothing-like-it: there is no such option"},
            {{"--flags"}, "--flags: there is no such option; did you mean --flag?"},
            {{"--on-diferent=keep"},
                    "--on-diferent: there is no such option; did you mean --on-different?"},
            {{"--Flag"}, "--Flag: there is no such option; did you mean --flag?"},
            {{"--wrok=a"}, "--wrok: there is no such option; did you mean --work?"},
            {{"--fl"}, "--fl: there is no such option; did you mean --flag?"},
            {{"--waiting-for"}, "--waiting-for: there is no such option"},
            {{"--transfers=8"},
                    "--transfers: there is no such option; copyout finds the number of requests at "
                    "once itself; --max-in-flight N limits it"},
            {{"--dryrun"}, "--dryrun: there is no such option; it is --dry-run"},
            {{"-P"}, "-P: there is no such option; the progress is shown on a terminal by itself; "
                     "--quiet shows none"},
            {{"-flag"}, "-l: there is no such option; did you mean --flag?"},
            {{"-x"}, "-x: there is no such option"},
            {{"-fx"}, "-x: there is no such option"},
            {{"--flag=yes"}, "--flag: takes no value"},
            {{"--work"}, "--work: a value is missing (PLACE)"},
            {{"-w"}, "-w: a value is missing (PLACE)"},
            {{"--work="}, "--work: must not be empty"},
            {{"--on-different", "kee"},
                    "--on-different: must be one of overwrite|keep|fail, not \"kee\""},
            {{"--on-different", "keep|fail"},
                    "--on-different: must be one of overwrite|keep|fail, not \"keep|fail\""},
            {{"--on-different", ""},
                    "--on-different: must be one of overwrite|keep|fail, not \"\""},
            {{"--wait", "soon"},
                    "--wait: must be a time such as 30s, 10m, 2h or 30d, not \"soon\""},
            {{"--number", "0"}, "--number: must be a whole number from 1, not \"0\""},
            {{"--number", "-1"}, "--number: must be a whole number from 1, not \"-1\""},
            {{"--number", "18446744073709551616"},
                    "--number: must be a whole number from 1, not \"18446744073709551616\""},
            {{"--number", "1k"}, "--number: must be a whole number from 1, not \"1k\""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct parsed p;

        if (parse(rows[i].args, &p) != ERR_USAGE)
            fail_msg("row %zu", i);
        assert_string_equal(p.err.message, rows[i].message);
    }
}

/* A name of any length is answered with a message, and nothing worse. */
static void test_long_name(void **state)
{
    static char arg[5000];
    const char *args[] = {arg, NULL};
    struct parsed p;

    (void)state;
    memset(arg, '-', sizeof arg - 1);
    assert_int_equal(parse(args, &p), ERR_USAGE);
    memset(arg + 2, 'x', sizeof arg - 3);
    assert_int_equal(parse(args, &p), ERR_USAGE);
    assert_true(strlen(p.err.message) < 200);
}

static void test_help(void **state)
{
    static const char *const rows[][4] = {
            {"--help"}, {"-h"}, {"x", "--help"}, {"--flag", "-h", "--nonsense"}};
    struct parsed p;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(parse(rows[i], &p), ERR_OK);
        assert_true(p.help);
    }
}

static void test_nearest_command(void **state)
{
    static const struct command *const commands[] = {&cmd_run, &cmd_man, &cmd_completion};
    static const struct {
        const char *typed, *near;
    } rows[] = {
            {"rum", "run"},
            {"RUN", "run"},
            {"completions", "completion"},
            {"completion", "completion"},
            {"prepare", NULL},
            {"somethingelse", NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        same_text(options_nearest_command(commands, 3, rows[i].typed), rows[i].near);
}

/* The tables themselves: no name or letter twice, no help without words. */
static void test_tables(void **state)
{
    static const struct command *const commands[] = {&cmd_run, &cmd_prepare, &cmd_copy, &cmd_thaw,
            &cmd_report, &cmd_start, &cmd_status, &cmd_list, &cmd_logs, &cmd_stop, &cmd_cleanup,
            &cmd_jobs, &cmd_jobs_show, &cmd_jobs_retry, &cmd_jobs_rm, &cmd_explain, &cmd_man,
            &cmd_completion};
    size_t c, i, j;

    (void)state;
    for (c = 0; c < sizeof commands / sizeof commands[0]; c++) {
        for (i = 0; i < commands[c]->option_count; i++) {
            const struct option *o = &commands[c]->options[i];
            bool valued = o->type != OPTION_FLAG && o->type != OPTION_COUNT;

            assert_int_equal(o->argument != NULL, valued);
            assert_true(o->help[0] != '\0' && o->help[strlen(o->help) - 1] != '.');
            assert_true(o->offset < commands[c]->options_size);
            assert_string_not_equal(o->name, "help");
            assert_int_not_equal(o->letter, 'h');
            for (j = 0; j < i; j++) {
                assert_string_not_equal(o->name, commands[c]->options[j].name);
                if (o->letter)
                    assert_int_not_equal(o->letter, commands[c]->options[j].letter);
                assert_int_not_equal(o->offset, commands[c]->options[j].offset);
            }
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_good),
            cmocka_unit_test(test_bad),
            cmocka_unit_test(test_long_name),
            cmocka_unit_test(test_help),
            cmocka_unit_test(test_nearest_command),
            cmocka_unit_test(test_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
