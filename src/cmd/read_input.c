#include "cmd/read_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static enum err_code read_json(struct input *in, const char *path, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rbe");
    enum err_code code = ERR_OK;
    char block[16384];
    struct buf text;
    size_t n;

    if (!file)
        return err_set(e, ERR_INPUT, "input %s: %s", path, strerror(errno));
    buf_init(&text, BUF_MAX_CONFIG);
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        buf_add(&text, block, n);
    if (ferror(file))
        code = err_set(e, ERR_INPUT, "input %s: %s", path, strerror(errno));
    if (code == ERR_OK && buf_check(&text, "the input", e) != ERR_OK)
        code = e->code = ERR_INPUT;
    if (code == ERR_OK) {
        code = input_parse(in, buf_str(&text), text.len, e);
        if (code != ERR_OK)
            err_prefix(e, "input %s", standard ? "(standard input)" : path);
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
    if (code != ERR_OK)
        return code;
    /* The option table admits the same words only. */
    if (o->destination_keys)
        in->destination_keys =
                strcmp(o->destination_keys, "full") == 0 ? DEST_KEYS_FULL : DEST_KEYS_BASENAME;
    if (o->on_different)
        in->on_different = strcmp(o->on_different, "keep") == 0   ? ON_DIFFERENT_KEEP
                           : strcmp(o->on_different, "fail") == 0 ? ON_DIFFERENT_FAIL
                                                                  : ON_DIFFERENT_OVERWRITE;
    if (o->tags)
        in->tags = strcmp(o->tags, "none") == 0      ? TAGS_NONE
                   : strcmp(o->tags, "require") == 0 ? TAGS_REQUIRE
                                                     : TAGS_BEST_EFFORT;
    if (o->url_encoded)
        in->manifest_encoding = KEY_ENCODING_URL;
    if (o->dry_run)
        in->dry_run = true;
    return ERR_OK;
}

/* The fields that are there are wrong; what is missing besides is told in the same line. Of a field
 * that is wrong it may be said that it is missing: that part is left out. */
static void tell_missing_too(const struct input *in, struct err *e)
{
    struct err missing;
    const char *part;
    struct buf all;

    if (input_check(in, &missing) == ERR_OK)
        return;
    buf_init(&all, BUF_MAX_SMALL);
    buf_adds(&all, e->message);
    for (part = missing.message; *part;) {
        const char *end = strstr(part, "; ");
        size_t len = end ? (size_t)(end - part) : strlen(part), name = strcspn(part, ": ");
        char field[64];

        snprintf(field, sizeof field, "%.*s", (int)(name < 60 ? name : 60), part);
        if (!strstr(e->message, field))
            buf_addf(&all, "; %.*s", (int)len, part);
        part += len + (end ? 2 : 0);
    }
    err_copy_text(e->message, sizeof e->message, buf_str(&all), all.len);
    buf_free(&all);
}

enum err_code read_input(
        struct input *in, const char *path, const struct input_options *options, struct err *e)
{
    enum err_code code = ERR_OK;

    if (!path && !options->manifest && !options->to)
        return err_set(e, ERR_USAGE,
                "what is to be copied? Give an input (INPUT.json), or --manifest and --to");
    if (path && strcmp(path, "-") == 0 && options->manifest && strcmp(options->manifest, "-") == 0)
        return err_set(e, ERR_USAGE, "input and manifest cannot both be standard input");
    if (path)
        code = read_json(in, path, e);
    if (code == ERR_INPUT && strstr(e->message, "not valid JSON") == NULL) {
        struct err ignored;

        if (apply(in, options, &ignored) == ERR_OK)
            tell_missing_too(in, e);
    }
    if (code == ERR_OK)
        code = apply(in, options, e);
    return code == ERR_OK ? input_check(in, e) : code;
}
