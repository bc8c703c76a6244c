/* copyout explain: what a name or an exit code means, and what to do. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "cli/help.h"
#include "cmd/about/catalogue_write.h"
#include "cmd/cmd.h"
#include "model/catalogue/catalogue.h"

struct explain_options {
    bool markdown;
};

static const struct option options[] = {
        {"markdown", '\0', OPTION_FLAG, NULL, offsetof(struct explain_options, markdown),
                "write the whole catalogue as Markdown, as docs/errors.md is"},
};

/* One name may be of two kinds: InternalError is copyout's, and S3's. false: it is of none. */
static bool explain(FILE *out, const char *name)
{
    const struct catalogue_row *row = catalogue_find(name, NULL);
    const char *before = "";

    for (; row; row = catalogue_find(name, row)) {
        int exit_code = catalogue_exit_code(row);

        fprintf(out, "%s%s (%s", before, row->name, catalogue_kind_name(row->kind));
        if (exit_code >= 0)
            fprintf(out, ", exit code %d", exit_code);
        fprintf(out, ")\n%s\nWhat to do: %s\n", row->meaning, row->remedy);
        before = "\n";
    }
    return before[0] != '\0';
}

/* The names that end the program with this exit code. */
static void explain_names(FILE *out, int exit_code)
{
    const char *join = "Names of errors with it: ";
    const struct catalogue_row *rows;
    size_t count, i;

    rows = catalogue_rows(&count);
    for (i = 0; i < count; i++) {
        if (catalogue_exit_code(&rows[i]) != exit_code)
            continue;
        fprintf(out, "%s%s", join, rows[i].name);
        join = ", ";
    }
    if (join[0] == ',')
        fputc('\n', out);
}

/* false: the program has no such exit code. */
static bool explain_exit_code(FILE *out, const char *text)
{
    const char *at = help_exit_codes;
    uint64_t code = 0;

    if (!str_parse_u64(text, strlen(text), &code) || code > 255)
        return false;
    for (; *at; at += strcspn(at, "\n") + 1) {
        size_t len = strcspn(at, "\t");
        uint64_t row = 0;

        if (!str_parse_u64(at, len, &row) || row != code)
            continue;
        fprintf(out, "Exit code %llu: %.*s\n", (unsigned long long)code,
                (int)strcspn(at + len + 1, "\n"), at + len + 1);
        explain_names(out, (int)code);
        return true;
    }
    return false;
}

static void list(FILE *out)
{
    enum catalogue_kind kind = CATALOGUE_KINDS;
    const struct catalogue_row *rows;
    size_t count, i;

    rows = catalogue_rows(&count);
    for (i = 0; i < count; i++) {
        if (rows[i].kind != kind)
            fprintf(out, "%s(%s)\n", i > 0 ? "\n" : "", catalogue_kind_name(rows[i].kind));
        kind = rows[i].kind;
        fprintf(out, "%s: %s\n", rows[i].name, rows[i].meaning);
    }
}

static int unknown(const char *name)
{
    const char *near = catalogue_near(name);

    if (near)
        log_error("%.64s: there is no such name; did you mean %s?", name, near);
    else
        log_error(
                "%.64s: there is no such name; copyout explain lists all. A server may have others: "
                "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
                name);
    return err_exit_code(ERR_USAGE);
}

static int run(const struct command_line *l, const void *opts)
{
    const struct explain_options *o = opts;
    const char *name = l->operand_count > 0 ? l->operands[0] : NULL;

    if (o->markdown)
        catalogue_write(l->io->out);
    else if (!name)
        list(l->io->out);
    else if (!explain(l->io->out, name) && !explain_exit_code(l->io->out, name))
        return unknown(name);
    return 0;
}

const struct command cmd_explain = {
        .name = "explain",
        .summary = "what the name of an error or note means, and what to do",
        .operands = "[NAME | EXIT-CODE]",
        .operands_most = 1,
        .description =
                "Tells what a name in a report, a result or a message means, and what to do about it: of "
                "an error, of an object's status or of a note; or what an exit code means. Without a name "
                "it lists all. docs/errors.md is the same as one page.",
        .examples = "copyout explain AccessDenied\twhat S3 wants of us\n"
                    "copyout explain 3\twhat the exit code says\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct explain_options),
        .run = run,
};
