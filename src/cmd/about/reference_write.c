#include "cmd/about/reference_write.h"

#include <string.h>

#include "cli/help.h"

/* A backslash goes before each character that Markdown would take for its own. */
static void text(FILE *out, const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (strchr("\\`*_<>[]|~", s[i]))
            fputc('\\', out);
        fputc(s[i], out);
    }
}

/* Code in a cell of a table: a '|' would end the cell. */
static void code(FILE *out, const char *s, size_t len)
{
    size_t i;

    fputc('`', out);
    for (i = 0; i < len; i++) {
        if (s[i] == '|')
            fputc('\\', out);
        fputc(s[i], out);
    }
    fputc('`', out);
}

/* The words of a choice, "a|b|c", as a list of code. */
static void choice(FILE *out, const char *words)
{
    while (*words) {
        size_t len = strcspn(words, "|");

        code(out, words, len);
        words += len;
        if (*words)
            fputs(strchr(++words, '|') ? ", " : " or ", out);
    }
    fputs(": ", out);
}

static void option(FILE *out, const struct option *o)
{
    bool is_choice = o->type == OPTION_CHOICE;

    fputs("| ", out);
    if (o->letter)
        fprintf(out, "`-%c`, ", o->letter);
    fprintf(out, "`--%s", o->name);
    if (o->argument)
        fprintf(out, " %s", is_choice ? "WORD" : o->argument);
    fputs("` | ", out);
    if (is_choice)
        choice(out, o->argument);
    text(out, o->help, strlen(o->help));
    fputs(" |\n", out);
}

static void paragraphs(FILE *out, const char *s)
{
    while (*s) {
        size_t len = strcspn(s, "\n");

        fputc('\n', out);
        text(out, s, len);
        fputc('\n', out);
        s += len + (s[len] == '\n');
    }
}

/* Lines of a shell, each after a comment that says what it does. */
static void examples(FILE *out, const char *s)
{
    fputs("\n```sh\n", out);
    while (*s) {
        const char *tab = strchr(s, '\t'), *end = strchr(s, '\n');

        fprintf(out, "# %.*s\n%.*s\n", (int)(end - tab - 1), tab + 1, (int)(tab - s), s);
        s = end + 1;
    }
    fputs("```\n", out);
}

/* Rows "left TAB right newline" as a table; left is code if it is_code. */
static void rows(FILE *out, const char *s, const char *head, bool is_code)
{
    fprintf(out, "\n| %s | |\n|---|---|\n", head);
    while (*s) {
        const char *tab = strchr(s, '\t'), *end = strchr(s, '\n');

        fputs("| ", out);
        if (is_code)
            code(out, s, (size_t)(tab - s));
        else
            text(out, s, (size_t)(tab - s));
        fputs(" | ", out);
        text(out, tab + 1, (size_t)(end - tab - 1));
        fputs(" |\n", out);
        s = end + 1;
    }
}

static void command(FILE *out, const struct command *c)
{
    size_t i;

    fprintf(out, "\n## copyout %s\n\n```text\ncopyout %s%s%s%s\n```\n", c->name, c->name,
            c->option_count > 0 ? " [OPTIONS]" : "", c->operands[0] ? " " : "", c->operands);
    paragraphs(out, c->description);
    if (c->option_count > 0)
        fputs("\n| option | meaning |\n|---|---|\n", out);
    for (i = 0; i < c->option_count; i++)
        option(out, &c->options[i]);
    if (c->examples)
        examples(out, c->examples);
}

/* Commands with a link to the section of each: a heading's anchor has '-' for each space. */
static void contents(FILE *out, const struct command *const *commands, size_t count)
{
    size_t i;
    const char *p;

    fputs("\n| command | what it does |\n|---|---|\n", out);
    for (i = 0; i < count; i++) {
        fprintf(out, "| [`copyout %s`](#copyout-", commands[i]->name);
        for (p = commands[i]->name; *p; p++)
            fputc(*p == ' ' ? '-' : *p, out);
        fputs(") | ", out);
        text(out, commands[i]->summary, strlen(commands[i]->summary));
        fputs(" |\n", out);
    }
}

void reference_write(FILE *out, const struct command *const *commands, size_t count)
{
    size_t i;

    fputs("# Commands and options\n\n"
          "This page lists every command with every option. `copyout COMMAND --help` prints the same for "
          "one\ncommand, and `man copyout` for all. The fields of a JSON input are in "
          "[input.md](input.md), the names of\nerrors in [errors.md](errors.md).\n\n"
          "The page is made of the program's own option tables: `copyout man --markdown > "
          "docs/reference.md`.\n",
            out);
    contents(out, commands, count);
    for (i = 0; i < count; i++)
        command(out, commands[i]);
    fputs("\n## Environment\n", out);
    rows(out, help_environment, "variable", true);
    fputs("\n## Exit codes\n", out);
    rows(out, help_exit_codes, "code", false);
}
