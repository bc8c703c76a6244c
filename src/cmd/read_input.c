#include "cmd/read_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "job/verify/audit.h"
#include "model/names.h"

/* Whether a text begins as lists do, and JSON does not. */
static bool looks_like_list(const char *text, size_t len)
{
    const char *end = memchr(text, '\n', len);
    size_t line;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        return looks_like_list(text + 3, len - 3);
    if (len >= 2 && memcmp(text, "\x1f\x8b", 2) == 0)
        return true;
    if (len == 0 || strchr("{[ \t\r\n", text[0]))
        return false;
    line = end ? (size_t)(end - text) : len;
    return memchr(text, ',', line) || (line >= 5 && memcmp(text, "s3://", 5) == 0);
}

static enum err_code is_list(const struct input *in, const char *path, struct err *e)
{
    if (in->words == INPUT_WORDS_FIELDS)
        return err_set(e, ERR_INPUT,
                "input %s: it is not valid JSON (line 1) and looks like a manifest; put that into S3, and "
                "name it in a JSON by sourceFilesCsvBucket and sourceFilesCsvKey",
                path);
    return err_set(e, ERR_INPUT,
            "input %s: it is not valid JSON (line 1) and looks like a manifest; give it with --manifest %s",
            path, path);
}

static enum err_code is_record(const char *path, struct err *e)
{
    return err_set(e, ERR_INPUT,
            "input %s: this is a delivery record; copyout verify takes it as a file or from S3: copyout "
            "verify DELIVERY.jsonl",
            path);
}

static enum err_code cannot_read(const struct input *in, const char *path, struct err *e)
{
    const char *problem = strerror(errno);

    if (!names_is_s3_uri(path))
        return err_set(e, ERR_INPUT, "input %s: %s", path, problem);
    if (in->words == INPUT_WORDS_FIELDS)
        return err_set(
                e, ERR_INPUT, "input %s: an input is a file here, or standard input (-)", path);
    return err_set(e, ERR_INPUT,
            "input %s: an input is a file here, or standard input (-); a manifest is given with "
            "--manifest %s, and all objects below a prefix are %s/, with a slash at the end",
            path, path, path);
}

static enum err_code read_json(
        struct input *in, const struct cmd_io *io, const char *path, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard       ? io->in
                 : *path == '{' ? fmemopen((void *)(uintptr_t)path, strlen(path), "rb")
                                : fopen(path, "rbe");
    enum err_code code = ERR_OK;
    struct buf text;

    in->no_json = true; /* until it was read */
    if (!file)
        return cannot_read(in, path, e);
    buf_init(&text, BUF_MAX_CONFIG);
    if (!buf_add_file(&text, file))
        code = err_set(e, ERR_INPUT, "input %s: %s", path, strerror(errno));
    else if (audit_begins_as_record(buf_str(&text), text.len)) /* it may be too long for an input */
        code = is_record(standard ? "(standard input)" : path, e);
    else if (looks_like_list(buf_str(&text), text.len))
        code = is_list(in, standard ? "-" : path, e);
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

static enum err_code apply_object(struct input *in, const struct input_options *o, struct err *e)
{
    enum err_code code = ERR_OK;
    int i;

    for (i = 0; i < OBJECT_OPTION_COUNT && code == ERR_OK; i++) {
        const char *value = o->object_on[i] ? "true" : o->object[i];

        if (value)
            code = input_set_object(in, (enum object_option)i, value, e);
    }
    return code;
}

/* The patterns of a filter are one text, a pattern a line. */
static enum err_code apply_patterns(struct input *in, const char *flag, const char *field,
        const struct option_list *patterns, struct err *e)
{
    enum err_code code = ERR_OK;
    struct buf lines;
    unsigned i;

    if (patterns->count == 0)
        return ERR_OK;
    buf_init(&lines, BUF_MAX_CONFIG);
    for (i = 0; i < patterns->count; i++)
        buf_addf(&lines, "%s%s", i ? "\n" : "", patterns->values[i]);
    code = buf_check(&lines, flag, e);
    if (code == ERR_OK)
        code = input_set_checked(in, flag, field, buf_str(&lines), e);
    buf_free(&lines);
    return code;
}

/* The options of filters, which are fields' texts. */
static enum err_code apply_filters(struct input *in, const struct input_options *o, struct err *e)
{
    const struct {
        const char *flag, *field, *value;
    } texts[] = {
            {"--modified-after", "modifiedAfter", o->modified_after},
            {"--modified-before", "modifiedBefore", o->modified_before},
            {"--only-storage-class", "onlyStorageClass", o->only_storage_class},
    };
    enum err_code code = apply_patterns(in, "--include", "include", &o->include, e);
    size_t i;

    if (code == ERR_OK)
        code = apply_patterns(in, "--exclude", "exclude", &o->exclude, e);
    for (i = 0; i < sizeof texts / sizeof texts[0] && code == ERR_OK; i++)
        if (texts[i].value)
            code = input_set_checked(in, texts[i].flag, texts[i].field, texts[i].value, e);
    if (o->min_size > 0)
        in->min_size = o->min_size;
    if (o->max_size > 0)
        in->max_size = o->max_size;
    if (o->wildcards)
        in->wildcards = true;
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
    if (code == ERR_OK && o->columns)
        code = input_set_text(in, "manifestColumns", o->columns, e);
    if (code == ERR_OK && o->report_name)
        code = input_set_report_name(in, o->report_name, e);
    if (code == ERR_OK)
        code = apply_object(in, o, e);
    if (code != ERR_OK)
        return code;
    /* The option table admits the fields' words only. */
    if ((o->destination_keys && !input_set_word(in, "destinationKeys", o->destination_keys)) ||
            (o->on_different && !input_set_word(in, "onDifferent", o->on_different)) ||
            (o->on_duplicate && !input_set_word(in, "onDuplicate", o->on_duplicate)) ||
            (o->on_unproven && !input_set_word(in, "onUnproven", o->on_unproven)) ||
            (o->tags && !input_set_word(in, "tags", o->tags)) ||
            (o->proof && !input_set_word(in, "proof", o->proof)) ||
            (o->folder_markers && !input_set_word(in, "folderMarkers", o->folder_markers)) ||
            (o->look && !input_set_word(in, "look", o->look)) ||
            (o->delivery_record && !input_set_word(in, "deliveryRecord", o->delivery_record)) ||
            (o->report_formulas && !input_set_word(in, "reportFormulas", o->report_formulas)))
        return err_set(e, ERR_INTERNAL, "an option admits a word that its field does not know");
    if (o->url_encoded)
        in->manifest_encoding = KEY_ENCODING_URL;
    if (o->header)
        in->manifest_header = true;
    if (o->only_failed)
        in->only_failed = true;
    if (o->dry_run)
        in->dry_run = true;
    if (o->no_report)
        in->include_report = false;
    if (o->report_page)
        in->include_page = true;
    if (o->no_marker)
        in->include_marker = false;
    if (o->delivery_tags) {
        in->delivery_tags = true;
        if (!o->delivery_record && in->delivery_record == DELIVERY_NONE)
            in->delivery_record = DELIVERY_WORK;
    }
    if (apply_filters(in, o, e) != ERR_OK)
        return e->code;
    return o->any_region ? input_set_any_region(in, e) : ERR_OK;
}

enum err_code read_sign_key(
        struct delivery_key **key, const char *path, struct input *in, struct err *e)
{
    enum err_code code = delivery_key_read_private(key, path, e);

    if (code != ERR_OK)
        err_prefix(e, "--sign-key");
    else if (in->delivery_record == DELIVERY_NONE)
        in->delivery_record = DELIVERY_WORK;
    return code;
}

/* Whether an operand is a prefix in S3, and no file of JSON. */
static bool is_prefix(const struct input *in, const char *path)
{
    return in->words != INPUT_WORDS_FIELDS && names_is_s3_uri(path) &&
           (str_ends(path, "/") || str_ends(path, "/*") || !strchr(path + strlen("s3://"), '/'));
}

static enum err_code take_prefix(struct input *in, const char *path, struct err *e)
{
    in->destination_keys = DEST_KEYS_RELATIVE;
    in->keys_chosen = KEYS_CHOSEN;
    return input_set_prefix(in, path, e);
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
    if (options->report_name && options->no_report)
        return err_set(e, ERR_USAGE, "--report-name and --no-report: only one of them");
    if (path && !is_prefix(in, path)) {
        code = read_json(in, io, path, e);
    } else {
        in->on_foreign_file = ON_FOREIGN_FILE_NUMBER;
        in->report_formulas = REPORT_FORMULAS_ESCAPED;
        in->words = INPUT_WORDS_OPTIONS;
        in->destination_keys = DEST_KEYS_FULL;
        in->keys_chosen = options->destination_keys ? KEYS_CHOSEN : KEYS_ASSUMED;
        if (path)
            code = take_prefix(in, path, e);
    }
    if (code == ERR_INPUT && !in->no_json) {
        struct err ignored;

        if (apply(in, options, &ignored) == ERR_OK)
            input_tell_missing(in, e);
    }
    if (code == ERR_OK)
        code = apply(in, options, e);
    if (code == ERR_OK)
        code = input_check(in, e);
    if (code == ERR_OK)
        input_log_former(in);
    return code;
}
