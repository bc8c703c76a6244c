/* Help, manual page and completions: made of the tables, and whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "base/version.h"
#include "cmd/about/versions.h"
#include "cmd/task.h"
#include "command_line.h"
#include "model/catalogue/catalogue.h"
#include "model/result.h"
#include "net/http1/http1_read.h"

static bool has_line_longer_than(const char *text, size_t most)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        if (len > most)
            return true;
        text += len + (text[len] == '\n');
    }
    return false;
}

static void test_program(void **state)
{
    char *first;
    size_t i;

    (void)state;
    exits(0, "--help");
    assert_string_equal(err_text, "");
    for (i = 0; i < COMMANDS; i++) {
        char line[128];

        snprintf(line, sizeof line, "\n  %-14s%s\n", commands[i]->name, commands[i]->summary);
        says_out(line);
    }
    says_out("Usage: copyout COMMAND [OPTIONS]\n");
    first = strdup(out_text);
    exits(0, "-h");
    assert_string_equal(out_text, first);
    exits(0, "help");
    assert_string_equal(out_text, first);
    exits(2, ""); /* the same, as a mistake */
    assert_string_equal(out_text, "");
    assert_string_equal(err_text, first);
    free(first);
}

/* --version in one line, version in a line for each library and as JSON: the same versions, and of
 * the libraries that say theirs the one that is loaded. */
static void test_versions(void **state)
{
    struct library_version libraries[VERSIONS_LIBRARIES];
    const char *from, *line_end;
    json_t *json, *one;
    size_t i;

    (void)state;
    versions_libraries(libraries);
    exits(0, "--version");
    line_end = strchr(out_text, '\n');
    assert_non_null(line_end);
    assert_string_equal(line_end, "\n"); /* scripts read one line */
    assert_memory_equal(
            out_text, "copyout " COPYOUT_VERSION " (libcurl ", 17 + sizeof COPYOUT_VERSION);
    for (i = 0; i < VERSIONS_LIBRARIES; i++) {
        char said[64];

        snprintf(said, sizeof said, "%s %s%s", libraries[i].name, libraries[i].version,
                i + 1 < VERSIONS_LIBRARIES ? ", " : ")\n");
        says_out(said);
    }
    exits(0, "version --json");
    json = json_loads(out_text, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "version")), COPYOUT_VERSION);
    assert_int_equal(json_array_size(json_object_get(json, "libraries")), VERSIONS_LIBRARIES);
    json_array_foreach(json_object_get(json, "libraries"), i, one)
    {
        assert_string_equal(json_string_value(json_object_get(one, "name")), libraries[i].name);
        assert_string_equal(
                json_string_value(json_object_get(one, "version")), libraries[i].version);
        from = libraries[i].from == VERSION_RUNNING ? "running" : "built";
        assert_string_equal(json_string_value(json_object_get(one, "from")), from);
    }
    json_decref(json);
    exits(0, "version");
    says_out("copyout  " COPYOUT_VERSION "\nlibcurl  ");
    says_out("\nllhttp   " HTTP1_LLHTTP_VERSION " (when it was built)\nTLS      ");
    assert_string_equal(libraries[0].version, curl_version_info(CURLVERSION_NOW)->version);
    assert_string_equal(libraries[4].version, jansson_version_str());
}

/* Every command's help: every option with its letter and argument, and nothing too wide. */
static void test_commands(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < COMMANDS; i++) {
        const struct command *c = commands[i];
        char words[64], *whole;

        snprintf(words, sizeof words, "%s --help", c->name);
        exits(0, words);
        assert_string_equal(err_text, "");
        assert_false(has_line_longer_than(out_text, 100));
        whole = strdup(out_text);
        snprintf(words, sizeof words, "help %s", c->name);
        exits(0, words);
        assert_string_equal(out_text, whole);
        free(whole);
        snprintf(words, sizeof words, "Usage: copyout %s [OPTIONS] %s\n", c->name, c->operands);
        says_out(words);
        for (j = 0; j < c->option_count; j++) {
            const struct option *o = &c->options[j];

            snprintf(words, sizeof words, "  %c%c%s --%s", o->letter ? '-' : ' ',
                    o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name);
            says_out(words);
        }
        assert_int_equal(strstr(out_text, "\nExit codes:\n") != NULL, c == &cmd_run);
        assert_int_equal(strstr(out_text, "\nEnvironment:\n") != NULL, c == &cmd_run);
    }
}

/* An option that several commands have has one type, letter and wording in all of them. */
static void test_one_wording(void **state)
{
    static const char *const shared[] = {"endpoint-url", "region", "profile", "max-in-flight",
            "max-requests-per-second", "json", "quiet", "verbose", "manifest", "to", "replace-job",
            "any-region", "log"};
    size_t i, j, k;

    (void)state;
    for (k = 0; k < sizeof shared / sizeof shared[0]; k++) {
        const struct option *first = NULL;
        unsigned seen = 0;

        for (i = 0; i < COMMANDS; i++) {
            for (j = 0; j < commands[i]->option_count; j++) {
                const struct option *o = &commands[i]->options[j];

                if (strcmp(o->name, shared[k]) != 0)
                    continue;
                first = first ? first : o;
                seen++;
                assert_string_equal(o->help, first->help);
                assert_int_equal(o->type, first->type);
                assert_int_equal(o->letter, first->letter);
            }
        }
        if (seen < 2)
            fail_msg("--%s is not shared", shared[k]);
    }
}

/* No command has two options of one name or one letter: only the first would be found. */
static void test_names_are_single(void **state)
{
    size_t i, j, k;

    (void)state;
    for (i = 0; i < COMMANDS; i++) {
        const struct option *options = commands[i]->options;

        for (j = 0; j < commands[i]->option_count; j++) {
            for (k = 0; k < j; k++) {
                if (strcmp(options[j].name, options[k].name) == 0)
                    fail_msg("%s has --%s twice", commands[i]->name, options[j].name);
                if (options[j].letter && options[j].letter == options[k].letter)
                    fail_msg("%s has -%c twice", commands[i]->name, options[j].letter);
            }
        }
    }
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *words, *said;
    } rows[] = {
            {"rum", "copyout: error: rum: there is no such command; did you mean \"copyout run\"?\n"},
            {"rnu", "rnu: there is no such command; did you mean \"copyout run\"?\n"},
            {"stauts x", "stauts: there is no such command; did you mean \"copyout status\"?\n"},
            {"cp a b",
                    "cp: there is no such command; copyout copies the objects that a list names: "
                    "copyout run --manifest LIST.csv --to s3://bucket/folder/\n"},
            {"sync a b", "sync: there is no such command; copyout copies"},
            {"copy s3://a s3://b",
                    "s3://a: one argument too many; copyout copies the objects that a "
                    "list names: copyout run --manifest"},
            {"run --checkers 8", "--checkers: there is no such option; copyout finds the number of "
                                 "requests at once itself; --max-in-flight N limits it\nSee: "},
            {"run -r", "-r: there is no such option; copyout copies what a list names"},
            {"frobnicate",
                    "copyout: error: frobnicate: there is no such command; see copyout --help\n"},
            {"--frobnicate", "copyout: error: --frobnicate: there is no such command"},
            {"run --frobnicate",
                    "copyout: error: --frobnicate: there is no such option\nSee: copyout "
                    "run --help\n"},
            {"run --manifst x", "did you mean --manifest?\nSee: copyout run --help\n"},
            {"run s3://a/ s3://b/", "s3://b/: one argument too many; the destination is given with "
                                    "--to: --to s3://b/\nSee: copyout run --help\n"},
            {"status a b", "b: one argument too many\nSee: copyout status --help\n"},
            {"completion", "completion: which shell? One of bash, zsh, fish\n"},
            {"completion tcsh", "completion: which shell? One of bash, zsh, fish\n"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        exits(2, rows[i].words);
        says_err(rows[i].said);
        assert_string_equal(out_text, "");
    }
}

static void test_explain(void **state)
{
    static const struct {
        int exit_code;
        const char *words, *out, *err;
    } rows[] = {
            {0, "explain NoSuchKey",
                    "NoSuchKey (S3's own name, in FAILED lines and messages)\nThere is no such "
                    "object.\nWhat to do: It was removed",
                    NULL},
            {0, "explain nosuchkey", "NoSuchKey (S3's own", NULL},
            {0, "explain WrongRegionError", "WrongRegionError (ends a command, exit code 3)\n",
                    NULL},
            {0, "explain InternalError", "\n\nInternalError (S3's own name", NULL},
            {0, "explain tags-dropped", "tags-dropped (a note of a line)\n", NULL},
            {0, "explain 3",
                    "Exit code 3: the destination is not writable, or a bucket is in the wrong "
                    "region\nNames of errors with it: AccessDeniedError, WrongRegionError\n",
                    NULL},
            {0, "explain 143", "Exit code 143: ended (SIGTERM)\n", NULL},
            {0, "explain", "(ends a command)\nCopyIncomplete: The job came to its end", NULL},
            {0, "explain --markdown", "| `NoSuchKey` | There is no such object. |", NULL},
            {2, "explain NoSuchKy", NULL,
                    "copyout: error: NoSuchKy: there is no such name; did you mean NoSuchKey?\n"},
            {2, "explain Frobnicated", NULL, "there is no such name; copyout explain lists all."},
            {2, "explain 77", NULL, "77: there is no such name; copyout explain lists all."},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        exits(rows[i].exit_code, rows[i].words);
        if (rows[i].out)
            says_out(rows[i].out);
        else
            assert_string_equal(out_text, "");
        if (rows[i].err)
            says_err(rows[i].err);
        else
            assert_string_equal(err_text, "");
    }
}

/* The name stands in the catalogue, as one of this kind; CATALOGUE_KINDS: of any. */
static void is_in_catalogue(const char *name, enum catalogue_kind kind)
{
    const struct catalogue_row *row = catalogue_find(name, NULL);

    while (row && (strcmp(row->name, name) != 0 || (kind != CATALOGUE_KINDS && row->kind != kind)))
        row = catalogue_find(name, row);
    if (!row)
        fail_msg("%s is not in the catalogue", name);
}

/* Each note and each status that a result can have, and each name that a task fails with. */
static void test_catalogue_has_results(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < 32; i++)
        if (result_note_name(i))
            is_in_catalogue(result_note_name(i), CATALOGUE_NOTE);
    for (i = 0; i < RESULT_STATUS_COUNT; i++)
        is_in_catalogue(result_status_name((enum result_status)i), CATALOGUE_STATUS);
    for (i = ERR_INCOMPLETE; i <= ERR_INTERNAL; i++)
        is_in_catalogue(task_error_name((enum err_code)i), CATALOGUE_KINDS);
}

/* docs/errors.md, read before a test changes the current folder; it is what the table gives. */
static char errors_page[64 * 1024];

static void read_errors_page(void)
{
    FILE *file = fopen("../../../docs/errors.md", "rb"); /* from tests/unit/cmd */
    size_t len = file ? fread(errors_page, 1, sizeof errors_page - 1, file) : 0;

    errors_page[len] = '\0';
    if (file)
        fclose(file);
}

static void test_errors_page(void **state)
{
    (void)state;
    exits(0, "explain --markdown");
    assert_string_equal(out_text, errors_page);
}

static void test_man(void **state)
{
    const char *line;
    size_t i, j;

    (void)state;
    exits(0, "man");
    says_out(".\\\" Made by `copyout man`; do not edit.\n.TH COPYOUT 1 ");
    assert_int_equal(out_text[0], '.');
    for (i = 0; i < COMMANDS; i++) {
        for (j = 0; j < commands[i]->option_count; j++) {
            char text[128] = "\\-\\-";
            const char *p;
            size_t len = strlen(text);

            for (p = commands[i]->options[j].name; *p; p++)
                len += (size_t)snprintf(
                        text + len, sizeof text - len, *p == '-' ? "\\%c" : "%c", *p);
            says_out(text);
        }
    }
    says_out("\n.SH ENVIRONMENT\n");
    says_out("\n.SH EXIT STATUS\n.TP\n.B 0\nevery object is there");
    says_out(
            "\n.B 2\nthe input or the manifest is wrong, or the work store is not copyout's or holds "
            "another job's results; nothing was written\n");
    /* A line that begins with '.' is an order: only those that are meant. */
    for (line = out_text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == '.' && strncmp(line, ".\\\"", 3) != 0)
            assert_non_null(strstr(".TH .SH .B .br .TP .PP .nf .RS .RE .fi",
                    (char[]){line[0], line[1], line[2] == '\n' ? '\0' : line[2], '\0'}));
        assert_true(*line != '\'');
    }
}

/* The reference in Markdown: each command is a section with a link to it, each option is a row, and
 * no '|' of a text ends a cell. */
static void test_reference(void **state)
{
    size_t i, j;

    (void)state;
    exits(0, "man --markdown");
    says_out("# Commands and options\n\n");
    for (i = 0; i < COMMANDS; i++) {
        char row[160];

        snprintf(row, sizeof row, "\n## copyout %s\n\n```text\n", commands[i]->name);
        says_out(row);
        for (j = 0; j < commands[i]->option_count; j++) {
            snprintf(row, sizeof row, "`--%s", commands[i]->options[j].name);
            says_out(row);
        }
    }
    says_out("| [`copyout jobs show`](#copyout-jobs-show) | ");
    says_out("| `-t`, `--to S3-FOLDER` | the destination: ");
    says_out("| `--tags WORD` | `best-effort`, `require`, `none` or `set`: ");
    says_out("CSV rows bucket,key\\[,versionId\\], or ");
    says_out("read it with: copyout man \\| man -l -\n");
    says_out("\n| `AWS_CA_BUNDLE` | certificates to trust instead of the system's |\n");
    says_out("\n| 0 | every object is there ");
}

static void test_examples(void **state)
{
    (void)state;
    exits(0, "jobs rm --help");
    says_out("\nExamples:\n  # here\n"
             "  copyout jobs rm copyout-work/their-bucket-0123456789abcdef\n  # in S3\n");
}

/* How often a part is in what was printed. */
static unsigned times_out(const char *part)
{
    const char *at = out_text;
    unsigned n;

    for (n = 0; (at = strstr(at, part)) != NULL; n++)
        at += strlen(part);
    return n;
}

static void test_completion(void **state)
{
    (void)state;
    exits(0, "completion bash");
    says_out("complete -o default -F _copyout copyout\n");
    says_out(
            "compgen -W \"run verify estimate policy check prepare copy thaw report start status list logs stop "
            "cleanup jobs explain man completion version --help --version\"");
    says_out(
            "    run:--tags) COMPREPLY=($(compgen -W \"best-effort require none set\" -- \"$cur\")); return ;;\n");
    says_out("    run) COMPREPLY=($(compgen -W \"--help --manifest --to ");
    says_out("    run:--proof) COMPREPLY=($(compgen -W \"etag checksum fast\"");
    says_out("    \"jobs show\") [ \"$COMP_CWORD\" -gt 2 ] && command=");
    says_out("    status) COMPREPLY=($(compgen -W \"--help ");
    exits(0, "completion zsh");
    assert_memory_equal(out_text, "#compdef copyout\n_copyout() {\n", 30);
    says_out("            'run:copy all objects of a manifest, here, and prove each copy'\n");
    says_out("            'explain:what the name of an error or note means, and what to do'\n");
    says_out(
            "        'run') _arguments '--help[tell of the command]' \\\n            '--manifest[the "
            "manifest: CSV rows bucket,key\\[,versionId\\], or s3://bucket/key one a line, plain");
    says_out("\"$words[2] $words[3]\" == 'jobs show' ]]; then\n        command='jobs show'\n");
    says_out("'1:word:(show retry rm )' '*:file:_files' ;;");
    assert_int_equal(times_out("'1:word:("), 1); /* of no other command */
    says_out(":MANIFEST:_files' \\\n            '--to[the destination: s3://bucket");
    says_out("'--tags[object tags: copied if we may");
    says_out("]:word:(best-effort require none set)'");
    says_out("'--endpoint-url[the server to use instead of AWS'\\''s own]:URL:_files'");
    says_out("'*--verbose[");
    says_out("\nif [[ $funcstack[1] == _copyout ]]; then _copyout \"$@\"\n");
    exits(0, "completion fish");
    says_out("complete -c copyout -n __fish_use_subcommand -a run -d 'copy all objects");
    says_out("complete -c copyout -n '__fish_seen_subcommand_from run' -l manifest -r\n");
    says_out("complete -c copyout -n '__fish_seen_subcommand_from run' -l json\n");
}

/* Output that does not get out is no success. */
static void test_closed_output(void **state)
{
    char name[] = "copyout", version[] = "--version", *argv[] = {name, version, NULL}, *said = NULL;
    size_t size;
    struct cmd_io io = {.getenv = env_get};

    (void)state;
    io.in = stdin;
    io.out = fopen("/dev/full", "w");
    io.err = open_memstream(&said, &size);
    assert_int_equal(cmd_execute(commands, COMMANDS, 2, argv, &io), 4);
    fclose(io.err);
    fclose(io.out);
    assert_string_equal(said, "copyout: error: cannot write to standard output\n");
    free(said);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_program),
            TEST(test_versions),
            TEST(test_commands),
            TEST(test_one_wording),
            TEST(test_names_are_single),
            TEST(test_mistakes),
            TEST(test_explain),
            TEST(test_catalogue_has_results),
            TEST(test_errors_page),
            TEST(test_man),
            TEST(test_reference),
            TEST(test_examples),
            TEST(test_completion),
            TEST(test_closed_output),
    };

    read_errors_page();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
