#include "cmd/about/catalogue_write.h"

#include <string.h>

#include "cli/help.h"
#include "model/catalogue/catalogue.h"

static const struct {
    const char *title, *about;
} kinds[CATALOGUE_KINDS] = {
        [CATALOGUE_END] = {"Errors that end a command",
                "`error.name` of `--json`, and the cause that a task gives. The exit code is the "
                "program's. An object's error may have these names too, in its FAILED line, and ends "
                "nothing."},
        [CATALOGUE_OBJECT] = {"Errors of objects, copyout's own", "`error.code` of a FAILED line."},
        [CATALOGUE_SERVICE] = {"Errors of objects, S3's own",
                "`error.code` of a FAILED line, as the server gave it. A server may have other names "
                "than these, which are the usual ones: [S3's own list](https://docs.aws.amazon.com/"
                "AmazonS3/latest/API/ErrorResponses.html)."},
        [CATALOGUE_STATUS] = {"Status of an object",
                "`status` of a result, and of a row of the report."},
        [CATALOGUE_NOTE] = {"Notes",
                "`notes` of a result, and of a row of the report: things worth knowing of an object "
                "whose copy is otherwise well."},
        [CATALOGUE_TASK] = {"Errors of a task",
                "The names that the state machine of [aws.md](aws.md) knows, besides "
                "`InvalidInputError`, `ManifestError`, `AccessDeniedError` and `WrongRegionError`."},
};

static void write_kind(FILE *out, enum catalogue_kind kind)
{
    size_t count, i;
    const struct catalogue_row *rows = catalogue_rows(&count);

    fprintf(out, "\n## %s\n\n%s\n", kinds[kind].title, kinds[kind].about);
    fprintf(out, "\n| name |%s what it means | what to do |\n|---|%s---|---|\n",
            kind == CATALOGUE_END ? " exit code |" : "", kind == CATALOGUE_END ? "---|" : "");
    for (i = 0; i < count; i++) {
        if (rows[i].kind != kind)
            continue;
        fprintf(out, "| `%s` |", rows[i].name);
        if (kind == CATALOGUE_END)
            fprintf(out, " %d |", catalogue_exit_code(&rows[i]));
        fprintf(out, " %s | %s |\n", rows[i].meaning, rows[i].remedy);
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
          "This page is made of the table `src/model/catalogue/catalogue.def`: `copyout explain --markdown > "
          "docs/errors.md`.\n",
            out);
    write_exit_codes(out);
    for (kind = 0; kind < CATALOGUE_KINDS; kind++)
        write_kind(out, kind);
}
