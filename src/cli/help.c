#include "cli/help.h"

#include <stdbool.h>
#include <string.h>

const char help_exit_codes[] =
        "0\tevery object is there (the report says how it was proven), or was kept as asked\n"
        "1\tsome objects are not there; the report says which and why\n"
        "2\tthe input or the manifest is wrong, or the work store is not copyout's or holds another "
        "job's results; nothing was written\n"
        "3\tthe destination is not writable, or a bucket is in the wrong region\n"
        "4\tanything else\n"
        "129\tended because its terminal was closed (SIGHUP)\n"
        "130\tinterrupted (SIGINT)\n"
        "143\tended (SIGTERM)\n";

const char help_environment[] =
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN\tcredentials; else as the AWS "
        "SDKs find them: profile, role, web identity, container, instance\n"
        "AWS_PROFILE, AWS_REGION, AWS_DEFAULT_REGION\tas for the AWS CLI\n"
        "AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE\twhere the shared files are\n"
        "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_STS\tother endpoints than AWS's\n"
        "AWS_CA_BUNDLE\tcertificates to trust instead of the system's\n";

enum { WIDTH = 88, COLUMN = 28 };

/* The length of the word that the text begins with; of one that no line has room for, the words of
 * a choice, as much as a line has, up to a '|'. */
static int word_length(const char *text, int room)
{
    int len = (int)strcspn(text, " \n"), i = room;

    if (len <= room)
        return len;
    while (i > 0 && text[i - 1] != '|')
        i--;
    return i > 0 ? i : len;
}

/* Text from column `indent` on, broken at spaces; a newline in it ends a paragraph. The line is
 * there up to column `at`. */
static void wrap(FILE *out, const char *text, int indent, int at)
{
    bool first = true; /* word of a line */

    while (*text) {
        int len = word_length(text, WIDTH - indent);

        if (!first && at + 1 + len > WIDTH) {
            fputc('\n', out);
            at = 0;
            first = true;
        }
        fprintf(out, "%*s%.*s", first ? (at < indent ? indent - at : 0) : 1, "", len, text);
        at = first ? (at < indent ? indent : at) + len : at + 1 + len;
        first = false;
        text += len;
        if (text[-1] == '|') /* the rest of the word begins the next line */
            at = WIDTH;
        if (*text == '\n') {
            fputs("\n\n", out);
            at = 0;
            first = true;
        }
        text += *text == ' ' || *text == '\n';
    }
    fputc('\n', out);
}

/* Rows "left TAB right newline". */
static void rows(FILE *out, const char *text)
{
    while (*text) {
        const char *tab = strchr(text, '\t'), *end = strchr(text, '\n');
        char right[512];
        int left = (int)(tab - text);

        snprintf(right, sizeof right, "%.*s", (int)(end - tab - 1), tab + 1);
        fprintf(out, "  %.*s", left, text);
        left += 2;
        if (left + 2 > COLUMN) {
            fputc('\n', out);
            left = 0;
        }
        wrap(out, right, COLUMN, left);
        text = end + 1;
    }
}

static void option(FILE *out, const struct option *o)
{
    bool choice = o->type == OPTION_CHOICE;
    char left[96], help[512];
    int at;

    snprintf(left, sizeof left, "  %c%c%s --%s%s%s", o->letter ? '-' : ' ',
            o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, o->argument ? " " : "",
            choice        ? "WORD"
            : o->argument ? o->argument
                          : "");
    snprintf(help, sizeof help, "%s%s%s", choice ? o->argument : "", choice ? ": " : "", o->help);
    at = (int)strlen(left);
    fputs(left, out);
    if (at + 2 > COLUMN) {
        fputc('\n', out);
        at = 0;
    }
    wrap(out, help, COLUMN, at);
}

static void examples(FILE *out, const char *text)
{
    while (*text) {
        const char *tab = strchr(text, '\t'), *end = strchr(text, '\n');

        fprintf(out, "  # %.*s\n  %.*s\n", (int)(end - tab - 1), tab + 1, (int)(tab - text), text);
        text = end + 1;
    }
}

void help_program(FILE *out, const struct command *const *commands, size_t count)
{
    size_t i;

    fputs("copyout copies a list of S3 objects, server side and in parallel, into one destination,\n"
          "and proves that every copy is the object it came from.\n\n"
          "Usage: copyout COMMAND [OPTIONS]\n\nCommands:\n",
            out);
    for (i = 0; i < count; i++)
        fprintf(out, "  %-14s%s\n", commands[i]->name, commands[i]->summary);
    fputs("\nExamples:\n", out);
    examples(out, commands[0]->examples);
    fputs("\ncopyout COMMAND --help tells more; copyout --version tells the version.\n", out);
}

void help_command(FILE *out, const struct command *command)
{
    size_t i;

    fprintf(out, "Usage: copyout %s [OPTIONS] %s\n\n", command->name, command->operands);
    wrap(out, command->description, 0, 0);
    if (command->option_count > 0) {
        fputs("\nOptions:\n", out);
        for (i = 0; i < command->option_count; i++)
            option(out, &command->options[i]);
    }
    if (command->examples) {
        fputs("\nExamples:\n", out);
        examples(out, command->examples);
    }
    if (command->tells_of_program) {
        fputs("\nEnvironment:\n", out);
        rows(out, help_environment);
        fputs("\nExit codes:\n", out);
        rows(out, help_exit_codes);
    }
}
