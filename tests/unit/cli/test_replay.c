/* Words for a shell, and command lines that say the same as one that was read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/replay.h"
#include "cli/shell_word.h"

static const struct {
    const char *text, *word;
} words[] = {
        {"", "''"},
        {"plain", "plain"},
        {"s3://bucket/a_b/c.csv", "s3://bucket/a_b/c.csv"},
        {"-", "-"},
        {"--name=value", "--name=value"},
        {"=ls", "'=ls'"},
        {"~/list", "'~/list'"},
        {"two words", "'two words'"},
        {"it's", "'it'\\''s'"},
        {"'", "''\\'''"},
        {"$HOME `id` $(id)", "'$HOME `id` $(id)'"},
        {"a\"b\\c", "'a\"b\\c'"},
        {"!! *?[a] {a,b} <>|;&#", "'!! *?[a] {a,b} <>|;&#'"},
        {"\xC3\xA9t\xC3\xA9", "'\xC3\xA9t\xC3\xA9'"},
        {"new\nline", "$'new\\012line'"},
        {"\x1B[2J", "$'\\033[2J'"},
        {"it's \\ \t", "$'it\\'s \\\\ \\011'"},
        {"\xFF", "$'\\377'"},
        {"a\xE2\x80\xAE"
         "b",
                "$'a\\342\\200\\256b'"},
        {"\xC2\x9B", "$'\\302\\233'"},
};

enum { WORDS = sizeof words / sizeof words[0] };

static void test_words(void **state)
{
    struct buf out;
    size_t i;

    (void)state;
    for (i = 0; i < WORDS; i++) {
        buf_init(&out, BUF_MAX_SMALL);
        shell_word_add(&out, words[i].text);
        assert_string_equal(buf_str(&out), words[i].word);
        buf_free(&out);
    }
}

/* A shell makes the text of the word again. */
static void test_words_in_a_shell(void **state)
{
    char text[64];
    struct buf line;
    FILE *shell;
    size_t i, n;

    (void)state;
    for (i = 0; i < WORDS; i++) {
        buf_init(&line, BUF_MAX_SMALL);
        /* bash -c, since the shell of popen(3) may be one that has no $'…'. */
        buf_adds(&line, "bash -c ");
        {
            struct buf inner;

            buf_init(&inner, BUF_MAX_SMALL);
            buf_adds(&inner, "printf %s ");
            shell_word_add(&inner, words[i].text);
            shell_word_add(&line, buf_str(&inner));
            buf_free(&inner);
        }
        shell = popen(buf_str(&line), "re");
        assert_non_null(shell);
        n = fread(text, 1, sizeof text - 1, shell);
        text[n] = '\0';
        assert_int_equal(pclose(shell), 0);
        assert_string_equal(text, words[i].text);
        buf_free(&line);
    }
}

struct opts {
    bool flag;
    unsigned count;
    const char *string, *choice;
    uint64_t duration, number;
    struct option_list list;
};

static const struct option table[] = {
        {"flag", 'f', OPTION_FLAG, NULL, offsetof(struct opts, flag), "a flag"},
        {"verbose", 'v', OPTION_COUNT, NULL, offsetof(struct opts, count), "more"},
        {"work", 'w', OPTION_STRING, "PLACE", offsetof(struct opts, string), "a place"},
        {"on", '\0', OPTION_CHOICE, "a|b", offsetof(struct opts, choice), "what then"},
        {"wait", '\0', OPTION_DURATION, "TIME", offsetof(struct opts, duration), "a time"},
        {"number", 'n', OPTION_NUMBER, "N", offsetof(struct opts, number), "a number"},
        {"like", '\0', OPTION_LIST, "PATTERN", offsetof(struct opts, list), "patterns"},
};

static const struct command command = {
        .name = "jobs show",
        .operands_most = 3,
        .options = table,
        .option_count = sizeof table / sizeof table[0],
        .options_size = sizeof(struct opts),
};

enum { ARGS_MOST = 10 };

/* What is read is said again, in another form where a shorter one was typed, and read the same. */
static void test_replay(void **state)
{
    static const struct {
        const char *args[ARGS_MOST];
        const char *line;
    } rows[] = {
            {{NULL}, "copyout jobs show"},
            {{"-fvv", "-w", "a b"}, "copyout jobs show --flag --verbose --verbose --work 'a b'"},
            {{"--wait=90s", "--on=b", "-n7"}, "copyout jobs show --on b --wait 90s --number 7"},
            {{"--wait", "120m"}, "copyout jobs show --wait 2h"},
            {{"--wait", "250ms"}, "copyout jobs show --wait 250ms"},
            {{"--wait", "2d", "--work", "x", "--work", "y"},
                    "copyout jobs show --work y --wait 2d"},
            {{"-", "in put.json"}, "copyout jobs show - 'in put.json'"},
            {{"a", "--", "--flag", "-x"}, "copyout jobs show a -- --flag -x"},
            {{"--like", "a*", "-f", "--like=b"}, "copyout jobs show --flag --like 'a*' --like b"},
            {{"--work", "--flag"}, "copyout jobs show --work --flag"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *argv[ARGS_MOST + 1] = {NULL}, *operands[ARGS_MOST];
        struct opts opts = {0};
        unsigned count;
        bool help = false;
        struct buf out;
        struct err e;
        int argc = 0;

        for (; rows[i].args[argc]; argc++)
            argv[argc] = (char *)(uintptr_t)rows[i].args[argc];
        assert_int_equal(
                options_parse(&command, argc, argv, &opts, operands, &count, &help, &e), ERR_OK);
        buf_init(&out, BUF_MAX_SMALL);
        replay_add(&out, "copyout", &command, &opts, operands, count);
        assert_string_equal(buf_str(&out), rows[i].line);
        buf_free(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_words),
            cmocka_unit_test(test_words_in_a_shell),
            cmocka_unit_test(test_replay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
