/* copyout completion: what a shell needs to complete our command line, made of the tables. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"

static void bash(const struct command_line *l)
{
    FILE *out = l->io->out;
    size_t i, j;

    io_line(l->io,
            "_copyout() {\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}");
    io_line(l->io, "    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    fputs("        COMPREPLY=($(compgen -W \"", out);
    for (i = 0; i < l->command_count; i++)
        fprintf(out, "%s ", l->commands[i]->name);
    io_line(l->io, "--help --version\" -- \"$cur\"))\n        return\n    fi");
    io_line(l->io, "    case ${COMP_WORDS[1]}:$prev in");
    for (i = 0; i < l->command_count; i++) {
        for (j = 0; j < l->commands[i]->option_count; j++) {
            const struct option *o = &l->commands[i]->options[j];
            const char *c;

            if (o->type != OPTION_CHOICE)
                continue;
            fprintf(out, "    %s:--%s) COMPREPLY=($(compgen -W \"", l->commands[i]->name, o->name);
            for (c = o->argument; *c; c++)
                fputc(*c == '|' ? ' ' : *c, out);
            io_line(l->io, "\" -- \"$cur\")); return ;;");
        }
    }
    io_line(l->io, "    esac\n    case ${COMP_WORDS[1]} in");
    for (i = 0; i < l->command_count; i++) {
        fprintf(out, "    %s) COMPREPLY=($(compgen -W \"--help", l->commands[i]->name);
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

    fprintf(out, " \\\n            '%s--%s[", o->type == OPTION_COUNT ? "*" : "", o->name);
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

/* A function for $fpath, and to be sourced as well. */
static void zsh(const struct command_line *l)
{
    FILE *out = l->io->out;
    size_t i, j;

    io_line(l->io, "#compdef copyout\n_copyout() {\n    if (( CURRENT == 2 )); then\n"
                   "        local -a commands=(");
    for (i = 0; i < l->command_count; i++) {
        fprintf(out, "            '%s:", l->commands[i]->name);
        zsh_text(out, l->commands[i]->summary);
        io_line(l->io, "'");
    }
    io_line(l->io, "        )\n        _describe command commands\n        return\n    fi\n"
                   "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
                   "    case $command in");
    for (i = 0; i < l->command_count; i++) {
        fprintf(out, "        %s) _arguments '--help[tell of the command]'", l->commands[i]->name);
        for (j = 0; j < l->commands[i]->option_count; j++)
            zsh_option(out, &l->commands[i]->options[j]);
        io_line(l->io, " '*:file:_files' ;;");
    }
    io_line(l->io, "    esac\n}\n"
                   "if [[ $funcstack[1] == _copyout ]]; then _copyout \"$@\"\n"
                   "else compdef _copyout copyout; fi");
}

static void fish(const struct command_line *l)
{
    FILE *out = l->io->out;
    size_t i, j;

    for (i = 0; i < l->command_count; i++) {
        const struct command *c = l->commands[i];

        fprintf(out, "complete -c copyout -n __fish_use_subcommand -a %s -d '%s'\n", c->name,
                c->summary);
        for (j = 0; j < c->option_count; j++)
            fprintf(out, "complete -c copyout -n '__fish_seen_subcommand_from %s' -l %s%s\n",
                    c->name, c->options[j].name, c->options[j].argument ? " -r" : "");
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
                "Writes the completions to standard output; for bash and zsh: source <(copyout "
                "completion bash). make install puts them where the shells look.",
        .run = run,
};
