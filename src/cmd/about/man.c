/* copyout man: the manual page, in roff, or the reference of the documents, made of the tables. */
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "cli/help.h"
#include "cmd/about/reference_write.h"
#include "cmd/cmd.h"

struct man_options {
    bool markdown;
};

static const struct option man_options[] = {
        {"markdown", '\0', OPTION_FLAG, NULL, offsetof(struct man_options, markdown),
                "write the same as Markdown, as docs/reference.md is"},
};

/* roff takes a line's first '.' or '\'' and every '\' and '-' for its own. */
static void text(FILE *out, const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (i == 0 && (s[i] == '.' || s[i] == '\''))
            fputs("\\&", out);
        if (s[i] == '\\')
            fputs("\\e", out);
        else if (s[i] == '-')
            fputs("\\-", out);
        else
            fputc(s[i], out);
    }
}

static void line(FILE *out, const char *s)
{
    text(out, s, strlen(s));
    fputc('\n', out);
}

static void option(FILE *out, const struct option *o)
{
    fputs(".TP\n.B ", out);
    if (o->letter)
        fprintf(out, "\\-%c, ", o->letter);
    fputs("\\-\\-", out);
    text(out, o->name, strlen(o->name));
    if (o->argument) {
        fputs(" \\fI", out);
        text(out, o->argument, strlen(o->argument));
        fputs("\\fR", out);
    }
    fputc('\n', out);
    line(out, o->help);
}

static void rows(FILE *out, const char *s)
{
    while (*s) {
        const char *tab = strchr(s, '\t'), *end = strchr(s, '\n');

        fputs(".TP\n.B ", out);
        text(out, s, (size_t)(tab - s));
        fputc('\n', out);
        text(out, tab + 1, (size_t)(end - tab - 1));
        fputc('\n', out);
        s = end + 1;
    }
}

static void examples(FILE *out, const char *s)
{
    while (*s) {
        const char *tab = strchr(s, '\t'), *end = strchr(s, '\n');

        fputs(".PP\n", out);
        text(out, tab + 1, (size_t)(end - tab - 1));
        fputs(":\n.PP\n.nf\n.RS\n", out);
        text(out, s, (size_t)(tab - s));
        fputs("\n.RE\n.fi\n", out);
        s = end + 1;
    }
}

static void paragraphs(FILE *out, const char *s)
{
    while (*s) {
        size_t len = strcspn(s, "\n");

        fputs(".PP\n", out);
        text(out, s, len);
        fputc('\n', out);
        s += len + (s[len] == '\n');
    }
}

static void command(FILE *out, const struct command *c)
{
    size_t i;

    fputs(".SH COPYOUT ", out);
    for (i = 0; c->name[i]; i++)
        fputc(c->name[i] == ' ' ? ' ' : c->name[i] - 'a' + 'A', out);
    fputs("\n.B copyout ", out);
    text(out, c->name, strlen(c->name));
    fputs(" \\fR[\\fIoptions\\fR] ", out);
    line(out, c->operands);
    paragraphs(out, c->description);
    for (i = 0; i < c->option_count; i++)
        option(out, &c->options[i]);
    if (c->examples)
        examples(out, c->examples);
}

static void manual_page(const struct command_line *l)
{
    FILE *out = l->io->out;
    size_t i;

    io_line(l->io, ".\\\" Made by `copyout man`; do not edit.");
    io_line(l->io, ".TH COPYOUT 1 \"\" \"copyout " COPYOUT_VERSION "\" \"User commands\"");
    io_line(l->io, ".SH NAME\ncopyout \\- copy a list of S3 objects, server side, with proof");
    io_line(l->io, ".SH SYNOPSIS");
    for (i = 0; i < l->command_count; i++) {
        fputs(i ? ".br\n.B copyout " : ".B copyout ", out);
        text(out, l->commands[i]->name, strlen(l->commands[i]->name));
        fputs(" \\fR[\\fIoptions\\fR] ", out);
        line(out, l->commands[i]->operands);
    }
    for (i = 0; i < l->command_count; i++)
        command(out, l->commands[i]);
    io_line(l->io, ".SH ENVIRONMENT");
    rows(out, help_environment);
    io_line(l->io, ".SH EXIT STATUS");
    rows(out, help_exit_codes);
}

static int run(const struct command_line *l, const void *opts)
{
    const struct man_options *o = opts;

    if (o->markdown)
        reference_write(l->io->out, l->commands, l->command_count);
    else
        manual_page(l);
    return 0;
}

const struct command cmd_man = {
        .name = "man",
        .summary = "write the manual page, in roff",
        .operands = "",
        .description =
                "Writes the manual page to standard output; read it with: copyout man | man -l -",
        .examples = "copyout man | man -l -\tread it, where it is not installed\n",
        .options = man_options,
        .option_count = sizeof man_options / sizeof man_options[0],
        .options_size = sizeof(struct man_options),
        .run = run,
};
