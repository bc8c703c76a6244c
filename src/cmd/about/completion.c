/* copyout completion: what a shell needs to complete our command line, made of the tables. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"

/* The second word of a command's name; NULL: it has one word. */
static const char *second_word(const struct command *c)
{
    const char *space = strchr(c->name, ' ');

    return space ? space + 1 : NULL;
}

/* The word of the command line that is the command, or both of them with '-' between: one pattern
 * of a case. */
static void bash_name(FILE *out, const struct command *c)
{
    const char *p;

    for (p = c->name; *p; p++)
        fputc(*p == ' ' ? '-' : *p, out);
}

/* bash takes a command's name from the first word, and the second where both make a name. */
static void bash_names(const struct command_line *l)
{
    FILE *out = l->io->out;
    size_t i;

    io_line(l->io,
            "_copyout() {\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}");
    io_line(l->io, "    local command=${COMP_WORDS[1]}");
    io_line(l->io, "    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    fputs("        COMPREPLY=($(compgen -W \"", out);
    for (i = 0; i < l->command_count; i++)
        if (!second_word(l->commands[i]))
            fprintf(out, "%s ", l->commands[i]->name);
    io_line(l->io, "--help --version\" -- \"$cur\"))\n        return\n    fi");
    io_line(l->io, "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in");
    for (i = 0; i < l->command_count; i++)
        if (second_word(l->commands[i])) {
            fprintf(out, "    \"%s\") [ \"$COMP_CWORD\" -gt 2 ] && command=", l->commands[i]->name);
            bash_name(out, l->commands[i]);
            io_line(l->io, " ;;");
        }
    io_line(l->io, "    esac");
}

/* The second words that may follow a command's name. */
static void bash_second_words(const struct command_line *l, const struct command *c)
{
    size_t i, len = strlen(c->name);

    for (i = 0; i < l->command_count; i++)
        if (strncmp(l->commands[i]->name, c->name, len) == 0 && l->commands[i]->name[len] == ' ')
            fprintf(l->io->out, " %s", second_word(l->commands[i]));
}

static void bash(const struct command_line *l)
{
    FILE *out = l->io->out;
    size_t i, j;

    bash_names(l);
    io_line(l->io, "    case $command:$prev in");
    for (i = 0; i < l->command_count; i++) {
        for (j = 0; j < l->commands[i]->option_count; j++) {
            const struct option *o = &l->commands[i]->options[j];
            const char *c;

            if (o->type != OPTION_CHOICE)
                continue;
            fputs("    ", out);
            bash_name(out, l->commands[i]);
            fprintf(out, ":--%s) COMPREPLY=($(compgen -W \"", o->name);
            for (c = o->argument; *c; c++)
                fputc(*c == '|' ? ' ' : *c, out);
            io_line(l->io, "\" -- \"$cur\")); return ;;");
        }
    }
    io_line(l->io, "    esac\n    case $command in");
    for (i = 0; i < l->command_count; i++) {
        fputs("    ", out);
        bash_name(out, l->commands[i]);
        fputs(") COMPREPLY=($(compgen -W \"--help", out);
        bash_second_words(l, l->commands[i]);
        for (j = 0; j < l->commands[i]->option_count; j++)
            fprintf(out, " --%s", l->commands[i]->options[j].name);
        io_line(l->io, "\" -- \"$cur\")) ;;");
    }
    io_line(l->io, "    esac\n}\ncomplete -o default -F _copyout copyout");
}

/* The first clause of a text, for between single quotes in a spec of zsh's _arguments or _describe.
 */
static void zsh_text(FILE *out, const char *text)
{
    const char *end = text + strcspn(text, ";(\n");

    while (end > text && end[-1] == ' ')
        end--;
    for (; text < end; text++) {
        if (*text == '\'')
            fputs("'\\'", out);
        if (*text == '[' || *text == ']' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void zsh_option(FILE *out, const struct option *o)
{
    const char *c;

    fprintf(out, " \\\n            '%s--%s[",
            o->type == OPTION_COUNT || o->type == OPTION_LIST ? "*" : "", o->name);
    zsh_text(out, o->help);
    fputc(']', out);
    if (o->type == OPTION_CHOICE) {
        fputs(":word:(", out);
        for (c = o->argument; *c; c++)
            fputc(*c == '|' ? ' ' : *c, out);
        fputc(')', out);
    } else if (o->argument) {
        fprintf(out, ":%s:_files", o->argument);
    }
    fputc('\'', out);
}

/* Files, and in the place of one the second words that the command's name may have. */
static void zsh_operands(const struct command_line *l, const struct command *c)
{
    size_t i, len = strlen(c->name);
    FILE *out = l->io->out;

    for (i = 0; i < l->command_count; i++)
        if (second_word(l->commands[i]) && strncmp(l->commands[i]->name, c->name, len) == 0 &&
                l->commands[i]->name[len] == ' ')
            break;
    if (i == l->command_count) {
        io_line(l->io, " '*:file:_files' ;;");
        return;
    }
    fprintf(out, " '1:word:(");
    for (; i < l->command_count; i++)
        if (second_word(l->commands[i]) && strncmp(l->commands[i]->name, c->name, len) == 0 &&
                l->commands[i]->name[len] == ' ')
            fprintf(out, "%s ", second_word(l->commands[i]));
    io_line(l->io, ")' '*:file:_files' ;;");
}

/* A function for $fpath, and to be sourced as well. */
static void zsh(const struct command_line *l)
{
    FILE *out = l->io->out;
    size_t i, j;

    io_line(l->io, "#compdef copyout\n_copyout() {\n    if (( CURRENT == 2 )); then\n"
                   "        local -a commands=(");
    for (i = 0; i < l->command_count; i++) {
        if (second_word(l->commands[i]))
            continue;
        fprintf(out, "            '%s:", l->commands[i]->name);
        zsh_text(out, l->commands[i]->summary);
        io_line(l->io, "'");
    }
    io_line(l->io, "        )\n        _describe command commands\n        return\n    fi\n"
                   "    local command=$words[2]");
    for (i = 0; i < l->command_count; i++)
        if (second_word(l->commands[i]))
            fprintf(out,
                    "    if (( CURRENT > 3 )) && [[ \"$words[2] $words[3]\" == '%s' ]]; then\n"
                    "        command='%s'\n        shift words\n        (( CURRENT-- ))\n    fi\n",
                    l->commands[i]->name, l->commands[i]->name);
    io_line(l->io, "    shift words\n    (( CURRENT-- ))\n    case $command in");
    for (i = 0; i < l->command_count; i++) {
        fprintf(out, "        '%s') _arguments '--help[tell of the command]'",
                l->commands[i]->name);
        for (j = 0; j < l->commands[i]->option_count; j++)
            zsh_option(out, &l->commands[i]->options[j]);
        zsh_operands(l, l->commands[i]);
    }
    io_line(l->io, "    esac\n}\n"
                   "if [[ $funcstack[1] == _copyout ]]; then _copyout \"$@\"\n"
                   "else compdef _copyout copyout; fi");
}

/* Which words are typed already when the command is meant. */
static void fish_seen(FILE *out, const struct command *c)
{
    const char *second = second_word(c);

    fprintf(out, "__fish_seen_subcommand_from %.*s", (int)strcspn(c->name, " "), c->name);
    if (second)
        fprintf(out, "; and __fish_seen_subcommand_from %s", second);
}

static void fish_name(FILE *out, const struct command *c)
{
    const char *second = second_word(c);

    if (second)
        fprintf(out, "complete -c copyout -n '__fish_seen_subcommand_from %.*s' -a %s -d '%s'\n",
                (int)strcspn(c->name, " "), c->name, second, c->summary);
    else
        fprintf(out, "complete -c copyout -n __fish_use_subcommand -a %s -d '%s'\n", c->name,
                c->summary);
}

static void fish(const struct command_line *l)
{
    FILE *out = l->io->out;
    size_t i, j;

    for (i = 0; i < l->command_count; i++) {
        const struct command *c = l->commands[i];

        fish_name(out, c);
        for (j = 0; j < c->option_count; j++) {
            fputs("complete -c copyout -n '", out);
            fish_seen(out, c);
            fprintf(out, "' -l %s%s\n", c->options[j].name, c->options[j].argument ? " -r" : "");
        }
    }
}

static int run(const struct command_line *l, const void *options)
{
    const char *shell = l->operand_count > 0 ? l->operands[0] : "";

    (void)options;
    if (strcmp(shell, "bash") == 0) {
        bash(l);
    } else if (strcmp(shell, "zsh") == 0) {
        zsh(l);
    } else if (strcmp(shell, "fish") == 0) {
        fish(l);
    } else {
        log_error("completion: which shell? One of bash, zsh, fish");
        return err_exit_code(ERR_USAGE);
    }
    return 0;
}

const struct command cmd_completion = {
        .name = "completion",
        .summary = "write the completions of a shell",
        .operands = "bash|zsh|fish",
        .operands_most = 1,
        .description =
                "Writes the completions of bash, zsh or fish to standard output. make install puts them "
                "where the shells look.",
        .examples = "source <(copyout completion bash)\tfor this shell alone; zsh takes the same\n"
                    "copyout completion fish > ~/.config/fish/completions/copyout.fish\tfor each "
                    "new fish\n",
        .run = run,
};
