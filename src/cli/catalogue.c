#include "cli/catalogue.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/str.h"
#include "cli/help.h"

static const struct catalogue_row table[] = {
#define ROW(kind, name, meaning, remedy) {CATALOGUE_##kind, name, meaning, remedy},
#include "cli/catalogue.def"
#undef ROW
};

enum { ROWS = sizeof table / sizeof table[0] };

static const struct {
    const char *name, *title, *about;
} kinds[CATALOGUE_KINDS] = {
        [CATALOGUE_END] = {"ends a command", "Errors that end a command",
                "`error.name` of `--json`, and the cause that a task gives. The exit code is the "
                "program's. An object's error may have these names too, in its FAILED line, and ends "
                "nothing."},
        [CATALOGUE_OBJECT] = {"stands in FAILED lines", "Errors of objects, copyout's own",
                "`error.code` of a FAILED line."},
        [CATALOGUE_SERVICE] = {"S3's own name, in FAILED lines and messages",
                "Errors of objects, S3's own",
                "`error.code` of a FAILED line, as the server gave it. A server may have other names "
                "than these, which are the usual ones: [S3's own list](https://docs.aws.amazon.com/"
                "AmazonS3/latest/API/ErrorResponses.html)."},
        [CATALOGUE_STATUS] = {"the status of a line", "Status of an object",
                "`status` of a result, and of a row of the report."},
        [CATALOGUE_NOTE] = {"a note of a line", "Notes",
                "`notes` of a result, and of a row of the report: things worth knowing of an object "
                "whose copy is otherwise well."},
        [CATALOGUE_TASK] = {"what a task of Step Functions fails with", "Errors of a task",
                "The names that the state machine of [aws.md](aws.md) knows, besides "
                "`InvalidInputError`, `ManifestError`, `AccessDeniedError` and `WrongRegionError`."},
};

const struct catalogue_row *catalogue_find(const char *name, const struct catalogue_row *after)
{
    const struct catalogue_row *row = after ? after + 1 : table;

    while (row < table + ROWS && strcasecmp(row->name, name) != 0)
        row++;
    return row < table + ROWS ? row : NULL;
}

const char *catalogue_near(const char *name)
{
    unsigned least = UINT_MAX;
    const char *best = NULL;
    size_t i;

    for (i = 0; i < ROWS; i++) {
        unsigned d = str_distance(name, table[i].name);

        if (d < least && str_is_near(d, table[i].name)) {
            least = d;
            best = table[i].name;
        }
    }
    return best;
}

const struct catalogue_row *catalogue_rows(size_t *count)
{
    *count = ROWS;
    return table;
}

const char *catalogue_kind_name(enum catalogue_kind kind)
{
    return kinds[kind].name;
}

int catalogue_exit_code(const struct catalogue_row *row)
{
    enum err_code code;

    for (code = ERR_OK; row->kind == CATALOGUE_END && code <= ERR_INTERNAL; code++)
        if (strcmp(err_name(code), row->name) == 0)
            return err_exit_code(code);
    return -1;
}

static void write_kind(FILE *out, enum catalogue_kind kind)
{
    size_t i;

    fprintf(out, "\n## %s\n\n%s\n", kinds[kind].title, kinds[kind].about);
    fprintf(out, "\n| name |%s what it means | what to do |\n|---|%s---|---|\n",
            kind == CATALOGUE_END ? " exit code |" : "", kind == CATALOGUE_END ? "---|" : "");
    for (i = 0; i < ROWS; i++) {
        if (table[i].kind != kind)
            continue;
        fprintf(out, "| `%s` |", table[i].name);
        if (kind == CATALOGUE_END)
            fprintf(out, " %d |", catalogue_exit_code(&table[i]));
        fprintf(out, " %s | %s |\n", table[i].meaning, table[i].remedy);
    }
}

static void write_exit_codes(FILE *out)
{
    const char *at = help_exit_codes;

    fputs("\n## Exit codes\n\n| code | |\n|---|---|\n", out);
    while (*at) {
        int code = (int)strcspn(at, "\t"), meaning = (int)strcspn(at + code, "\n");

        fprintf(out, "| %.*s | %.*s |\n", code, at, meaning - 1, at + code + 1);
        at += code + meaning + 1;
    }
}

void catalogue_write(FILE *out)
{
    enum catalogue_kind kind;

    fputs("# Names of errors, results and notes\n\n"
          "All names by which copyout tells what came of something, what each means and what to do.\n"
          "`copyout explain NAME` prints the same for one name.\n\n"
          "This page is made of the table `src/cli/catalogue.def`: `copyout explain --markdown > "
          "docs/errors.md`.\n",
            out);
    write_exit_codes(out);
    for (kind = 0; kind < CATALOGUE_KINDS; kind++)
        write_kind(out, kind);
}
