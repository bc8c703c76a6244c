/* Help of a command, made of its table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"

static const struct option options[] = {
        {"short", 's', OPTION_FLAG, NULL, 0, "one line"},
        {"of-a-rather-long-name", '\0', OPTION_STRING, "ARGUMENT", 0, "on a line of its own"},
        {"many", '\0', OPTION_CHOICE,
                "aaaaaaaaaaaaaaaaaaaaaaaa|bbbbbbbbbbbbbbbbbbbbbbbbbbb|ccccccccccccccccccccc", 0,
                "a choice"},
        {"endless", '\0', OPTION_STRING, "X", 0,
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa end"},
};

static const struct command command = {
        .name = "try",
        .summary = "tries",
        .operands = "X",
        .description = "First.\nSecond.",
        .examples = "copyout try x\tit is tried\ncopyout try\tnothing\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
};

static void test_command(void **state)
{
    FILE *out;
    char *text;
    size_t size;

    (void)state;
    out = open_memstream(&text, &size);
    assert_non_null(out);
    help_command(out, &command);
    fclose(out);
    assert_string_equal(text,
            "Usage: copyout try [OPTIONS] X\n\nFirst.\n\nSecond.\n\nOptions:\n"
            "  -s, --short               one line\n"
            "      --of-a-rather-long-name ARGUMENT\n"
            "                            on a line of its own\n"
            "      --many WORD           aaaaaaaaaaaaaaaaaaaaaaaa|bbbbbbbbbbbbbbbbbbbbbbbbbbb|\n"
            "                            ccccccccccccccccccccc: a choice\n"
            "      --endless X           aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
            "                            end\n"
            "\nExamples:\n  # it is tried\n  copyout try x\n  # nothing\n  copyout try\n");
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
