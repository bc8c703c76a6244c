/* copyout man: the manual page, in roff, made of the tables. */
#include <stdio.h>
#include <string.h>

#include "cmd/help.h"

/* roff takes a line's first '.' or '\'' and every '\' and '-' for its own. */
static void text(const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (i == 0 && (s[i] == '.' || s[i] == '\''))
            fputs("\\&", stdout);
        if (s[i] == '\\')
            fputs("\\e", stdout);
        else if (s[i] == '-')
            fputs("\\-", stdout);
        else
            putchar(s[i]);
    }
}

static void line(const char *s)
{
    text(s, strlen(s));
    putchar('\n');
}

static void option(const struct option *o)
{
    fputs(".TP\n.B ", stdout);
    if (o->letter)
        printf("\\-%c, ", o->letter);
    fputs("\\-\\-", stdout);
    text(o->name, strlen(o->name));
    if (o->argument) {
        fputs(" \\fI", stdout);
        text(o->argument, strlen(o->argument));
        fputs("\\fR", stdout);
    }
    putchar('\n');
    line(o->help);
}

static void rows(const char *s)
{
    while (*s) {
        const char *tab = strchr(s, '\t'), *end = strchr(s, '\n');

        fputs(".TP\n.B ", stdout);
        text(s, (size_t)(tab - s));
        putchar('\n');
        text(tab + 1, (size_t)(end - tab - 1));
        putchar('\n');
        s = end + 1;
    }
}

static void examples(const char *s)
{
    while (*s) {
        const char *tab = strchr(s, '\t'), *end = strchr(s, '\n');

        fputs(".PP\n", stdout);
        text(tab + 1, (size_t)(end - tab - 1));
        fputs(":\n.PP\n.nf\n.RS\n", stdout);
        text(s, (size_t)(tab - s));
        fputs("\n.RE\n.fi\n", stdout);
        s = end + 1;
    }
}

static void paragraphs(const char *s)
{
    while (*s) {
        size_t len = strcspn(s, "\n");

        fputs(".PP\n", stdout);
        text(s, len);
        putchar('\n');
        s += len + (s[len] == '\n');
    }
}

static void command(const struct command *c)
{
    size_t i;

    fputs(".SH COPYOUT ", stdout);
    for (i = 0; c->name[i]; i++)
        putchar(c->name[i] - 'a' + 'A');
    fputs("\n.B copyout ", stdout);
    text(c->name, strlen(c->name));
    fputs(" \\fR[\\fIoptions\\fR] ", stdout);
    line(c->operands);
    paragraphs(c->description);
    for (i = 0; i < c->option_count; i++)
        option(&c->options[i]);
    if (c->examples)
        examples(c->examples);
}

static int run(const struct command_line *l, const void *options)
{
    size_t i;

    (void)options;
    puts(".\\\" Made by `copyout man`; do not edit.");
    puts(".TH COPYOUT 1 \"\" \"copyout " COPYOUT_VERSION "\" \"User commands\"");
    puts(".SH NAME\ncopyout \\- copy a list of S3 objects, server side, with proof");
    puts(".SH SYNOPSIS");
    for (i = 0; i < l->command_count; i++) {
        fputs(i ? ".br\n.B copyout " : ".B copyout ", stdout);
        text(l->commands[i]->name, strlen(l->commands[i]->name));
        fputs(" \\fR[\\fIoptions\\fR] ", stdout);
        line(l->commands[i]->operands);
    }
    for (i = 0; i < l->command_count; i++)
        command(l->commands[i]);
    puts(".SH ENVIRONMENT");
    rows(help_environment);
    puts(".SH EXIT STATUS");
    rows(help_exit_codes);
    return 0;
}

const struct command cmd_man = {
        .name = "man",
        .summary = "write the manual page, in roff",
        .operands = "",
        .description =
                "Writes the manual page to standard output; read it with: copyout man | man -l -",
        .run = run,
};
