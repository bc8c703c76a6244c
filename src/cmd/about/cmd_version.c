/* copyout version: the versions of the program and of its libraries. */
#include "base/log.h"
#include "cli/console.h"
#include "cmd/about/versions.h"
#include "cmd/cmd.h"

struct version_options {
    struct output_options output;
};

static const struct option options[] = {JSON_OPTION(struct version_options, output)};

static int run(const struct command_line *l, const void *opts)
{
    const struct version_options *o = opts;
    json_t *json;

    if (!o->output.json) {
        versions_text(l->io->out);
        return 0;
    }
    json = versions_json();
    if (!json) {
        log_error("out of memory");
        return err_exit_code(ERR_NOMEM);
    }
    io_json(l->io, json, JSON_COMPACT);
    return 0;
}

const struct command cmd_version = {
        .name = "version",
        .summary = "the versions of copyout and of the libraries that it runs with",
        .operands = "",
        .description =
                "Tells the version of copyout, and of each library the version that is loaded now, or, "
                "where a library cannot be asked, the one that copyout was built with. copyout "
                "--version tells the same in one line.",
        .examples = "copyout version --json\tfor a script\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct version_options),
        .run = run,
};
