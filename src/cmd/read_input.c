#include "cmd/read_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static enum err_code read_json(
        struct input *in, const struct cmd_io *io, const char *path, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard       ? io->in
                 : *path == '{' ? fmemopen((void *)(uintptr_t)path, strlen(path), "rb")
                                : fopen(path, "rbe");
    enum err_code code = ERR_OK;
    struct buf text;

    if (!file)
        return err_set(e, ERR_INPUT, "input %s: %s", path, strerror(errno));
    buf_init(&text, BUF_MAX_CONFIG);
    if (!buf_add_file(&text, file))
        code = err_set(e, ERR_INPUT, "input %s: %s", path, strerror(errno));
    if (code == ERR_OK && buf_check(&text, "the input", e) != ERR_OK)
        code = e->code = ERR_INPUT;
    if (code == ERR_OK) {
        code = input_parse(in, buf_str(&text), text.len, e);
        if (code != ERR_OK)
            err_prefix(e, "input %s",
                    standard       ? "(standard input)"
                    : *path == '{' ? "(command line)"
                                   : path);
    }
    if (!standard)
        fclose(file);
    buf_free(&text);
    return code;
}

static enum err_code apply(struct input *in, const struct input_options *o, struct err *e)
{
    enum err_code code = ERR_OK;

    if (o->manifest)
        code = input_set_manifest(in, o->manifest, e);
    if (code == ERR_OK && o->to)
        code = input_set_destination(in, o->to, e);
    if (code == ERR_OK && o->max_cost)
        code = input_set_max_cost(in, o->max_cost, e);
    if (code != ERR_OK)
        return code;
    /* The option table admits the fields' words only. */
    if ((o->destination_keys && !input_set_word(in, "destinationKeys", o->destination_keys)) ||
            (o->on_different && !input_set_word(in, "onDifferent", o->on_different)) ||
            (o->on_unproven && !input_set_word(in, "onUnproven", o->on_unproven)) ||
            (o->tags && !input_set_word(in, "tags", o->tags)) ||
            (o->look && !input_set_word(in, "look", o->look)))
        return err_set(e, ERR_INTERNAL, "an option admits a word that its field does not know");
    if (o->url_encoded)
        in->manifest_encoding = KEY_ENCODING_URL;
    if (o->dry_run)
        in->dry_run = true;
    return ERR_OK;
}

enum err_code read_input(struct input *in, const struct cmd_io *io, const char *path,
        const struct input_options *options, struct err *e)
{
    enum err_code code = ERR_OK;

    if (!path && !options->manifest && !options->to)
        return err_set(e, ERR_USAGE,
                "what is to be copied? Give an input (INPUT.json), or --manifest and --to");
    if (path && strcmp(path, "-") == 0 && options->manifest && strcmp(options->manifest, "-") == 0)
        return err_set(e, ERR_USAGE, "input and manifest cannot both be standard input");
    if (path)
        code = read_json(in, io, path, e);
    if (code == ERR_INPUT && !in->no_json) {
        struct err ignored;

        if (apply(in, options, &ignored) == ERR_OK)
            input_tell_missing(in, e);
    }
    if (code == ERR_OK)
        code = apply(in, options, e);
    return code == ERR_OK ? input_check(in, e) : code;
}
