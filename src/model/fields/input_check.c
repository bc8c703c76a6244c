/* The half of model/input.h that is about whole inputs, wherever their values came from: the flags
 * that give some of them, and whether all fit together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "model/fields/input_fields.h"
#include "model/input.h"
#include "model/names.h"

/* Replaces a string of the input; takes s. */
static void replace(char **to, char *s)
{
    free(*to);
    *to = s;
}

static enum err_code bad_flag(struct err *e, const char *flag, const char *value, const char *why)
{
    struct buf show;

    buf_init(&show, BUF_MAX_SMALL);
    err_set(e, ERR_INPUT, "%s: \"%s\" %s", flag, str_show(&show, value, strlen(value)), why);
    buf_free(&show);
    return ERR_INPUT;
}

static enum err_code bad_name(
        struct err *e, const char *flag, const char *value, const char *what, const char *problem)
{
    struct buf show;

    buf_init(&show, BUF_MAX_SMALL);
    err_set(e, ERR_INPUT, "%s: the %s of \"%s\" %s", flag, what,
            str_show(&show, value, strlen(value)), problem);
    buf_free(&show);
    return ERR_INPUT;
}

static bool has_scheme(const char *value)
{
    return strstr(value, "://") != NULL;
}

/* s3://bucket/key into two names of which the bucket can be one. */
static enum err_code parse_flag(const char *flag, const char *value, const char *form,
        char **bucket, char **key, struct err *e)
{
    const char *problem;

    *bucket = *key = NULL;
    if (!str_starts(value, "s3://"))
        return bad_flag(e, flag, value, form);
    if (value[5] == '\0' || value[5] == '/')
        return bad_name(e, flag, value, "bucket", "is empty");
    if (!names_parse_s3_uri(value, bucket, key))
        return err_nomem(e);
    problem = names_bucket_problem(*bucket, strlen(*bucket));
    return problem ? bad_name(e, flag, value, "bucket", problem) : ERR_OK;
}

static enum err_code set_manifest_path(struct input *in, const char *path, struct err *e)
{
    char *copy;

    if (*path == '\0')
        return err_set(e, ERR_INPUT, "--manifest: is empty; give s3://bucket/key, a path or -");
    copy = strdup(path);
    if (!copy)
        return err_nomem(e);
    replace(&in->csv_path, copy);
    replace(&in->csv_bucket, NULL);
    replace(&in->csv_key, NULL);
    replace(&in->instructions_key, NULL);
    return ERR_OK;
}

enum err_code input_set_manifest(struct input *in, const char *value, struct err *e)
{
    char *bucket, *key;
    const char *problem;
    enum err_code rc;

    if (!has_scheme(value))
        return set_manifest_path(in, value, e);
    rc = parse_flag("--manifest", value, "is neither s3://bucket/key nor a path", &bucket, &key, e);
    if (rc == ERR_OK) {
        problem = names_key_problem(key, strlen(key));
        if (!problem && str_ends(key, "/"))
            problem = "is that of a folder; a manifest is one object";
        if (problem)
            rc = bad_name(e, "--manifest", value, "key", problem);
    }
    if (rc != ERR_OK)
        goto out;
    replace(&in->csv_bucket, bucket);
    replace(&in->csv_key, key);
    replace(&in->csv_path, NULL);
    replace(&in->instructions_key, NULL);
    return ERR_OK;

out:
    free(bucket);
    free(key);
    return rc;
}

enum err_code input_place_instructions(struct input *in, const char *work, struct err *e)
{
    char *bucket, *prefix;

    if (!in->instructions_key)
        return ERR_OK;
    if (!work || !names_is_s3_uri(work))
        return err_set(e, ERR_INPUT,
                "copyInstructionsKey: names a list in the work bucket, and the work store is not in "
                "S3; %s",
                input_say(in, "give the list with --manifest",
                        "name the list by sourceFilesCsvBucket and sourceFilesCsvKey"));
    if (!names_parse_s3_uri(work, &bucket, &prefix))
        return err_nomem(e);
    free(prefix);
    replace(&in->csv_bucket, bucket);
    replace(&in->csv_key, in->instructions_key);
    in->instructions_key = NULL;
    return ERR_OK;
}

enum err_code input_set_report_name(struct input *in, const char *value, struct err *e)
{
    const char *problem = names_key_problem(value, strlen(value));
    char *copy;

    if (problem)
        return bad_flag(e, "--report-name", value, problem);
    copy = strdup(value);
    if (!copy)
        return err_nomem(e);
    replace(&in->end_key, copy);
    return ERR_OK;
}

enum err_code input_set_max_cost(struct input *in, const char *value, struct err *e)
{
    static const char form[] = "is no number of US dollars, as 12.50 is";
    const struct field *field = field_find(&input_fields, "maxCost");
    size_t whole = strcspn(value, "."), decimals = strlen(value) - whole;
    uint64_t dollars = 0, micro = 0, i;

    if (decimals > 0)
        decimals--; /* the point */
    if (!str_parse_u64(value, whole, &dollars) || dollars > field->most / 1000000 || decimals > 6 ||
            (value[whole] == '.' && !str_parse_u64(value + whole + 1, decimals, &micro)))
        return bad_flag(e, "--max-cost", value, form);
    for (i = decimals; i < 6; i++)
        micro *= 10;
    micro += dollars * 1000000;
    if (micro > field->most)
        return bad_flag(e, "--max-cost", value, form);
    if (micro == 0)
        return bad_flag(e, "--max-cost", value, "is not above 0");
    in->max_cost_micro = micro;
    return ERR_OK;
}

enum err_code input_set_destination(struct input *in, const char *value, struct err *e)
{
    const struct field *folder = field_find(&input_fields, "destinationFolderKey");
    char *bucket, *key;
    const char *problem;
    enum err_code rc;

    rc = parse_flag("--to", value, "is not of the form s3://bucket/ or s3://bucket/folder/",
            &bucket, &key, e);
    if (rc == ERR_OK) {
        problem = folder->problem(key, strlen(key));
        if (problem && !str_ends(key, "/") && !names_key_problem(key, strlen(key)))
            rc = bad_flag(e, "--to", value, "has no \"/\" at its end, as a folder does; add it");
        else if (problem)
            rc = bad_name(e, "--to", value, "folder", problem);
    }
    if (rc != ERR_OK)
        goto out;
    replace(&in->destination_bucket, bucket);
    replace(&in->destination_folder, key);
    return ERR_OK;

out:
    free(bucket);
    free(key);
    return rc;
}

enum err_code input_set_prefix(struct input *in, const char *value, struct err *e)
{
    const struct field *field = field_find(&input_fields, "sourcePrefix");
    size_t len = strlen(value);
    const char *problem;
    char *copy;

    if (str_ends(value, "/*"))
        len--;
    copy = malloc(len + 2);
    if (!copy)
        return err_nomem(e);
    memcpy(copy, value, len);
    copy[len] = '\0';
    if (str_starts(copy, "s3://") && len > 5 && !strchr(copy + 5, '/'))
        memcpy(copy + len, "/", 2);
    problem = field->problem(copy, strlen(copy));
    if (problem) {
        free(copy);
        return bad_flag(e, "sourcePrefix", value, problem);
    }
    replace(&in->source_prefix, copy);
    return ERR_OK;
}

const char *input_prefix(const struct input *in, char **bucket)
{
    const char *name = in->source_prefix + strlen("s3://"), *slash = strchr(name, '/');

    *bucket = str_dup_n(name, (size_t)(slash - name));
    return *bucket ? slash + 1 : NULL;
}

bool input_set_word(struct input *in, const char *name, const char *word)
{
    const struct field *field = field_find(&input_fields, name);
    int i;

    for (i = 0; field && field->values && field->values[i]; i++) {
        if (strcmp(field->values[i], word) != 0)
            continue;
        memcpy((char *)in + field->offset, &i, sizeof i);
        return true;
    }
    return false;
}

enum err_code input_set_object(
        struct input *in, enum object_option which, const char *value, struct err *e)
{
    char flag[64], *text;
    const char *problem;

    if (object_option_read(which, value, strlen(value), &text, &problem)) {
        replace(&in->options.object[which], text);
        return ERR_OK;
    }
    if (!problem)
        return err_nomem(e);
    snprintf(flag, sizeof flag, "--%s", object_option_rows[which].option);
    return bad_flag(e, flag, value, problem);
}

const char *input_say(const struct input *in, const char *option, const char *field)
{
    return in->words == INPUT_WORDS_OPTIONS ? option : field;
}

enum err_code input_set_text(struct input *in, const char *name, const char *value, struct err *e)
{
    const struct field *field = field_find(&input_fields, name);
    char *copy = strdup(value);

    if (!copy)
        return err_nomem(e);
    replace((char **)(void *)((char *)in + field->offset), copy);
    return ERR_OK;
}

enum err_code input_set_checked(
        struct input *in, const char *flag, const char *name, const char *value, struct err *e)
{
    const char *problem = field_find(&input_fields, name)->problem(value, strlen(value));

    return problem ? bad_flag(e, flag, value, problem) : input_set_text(in, name, value, e);
}

enum err_code input_set_any_region(struct input *in, struct err *e)
{
    char *source = strdup(""), *destination = strdup("");

    if (!source || !destination) {
        free(source);
        free(destination);
        return err_nomem(e);
    }
    replace(&in->source_region, source);
    replace(&in->destination_region, destination);
    return ERR_OK;
}

bool input_may_be_anywhere(const struct input *in)
{
    return (in->source_region && !in->source_region[0]) ||
           (in->destination_region && !in->destination_region[0]);
}

void input_marker_key(struct buf *out, const struct input *in)
{
    buf_addf(out, "%s%s", in->destination_folder, in->start_key);
}

void input_report_key(struct buf *out, const struct input *in)
{
    buf_addf(out, "%s%s", in->destination_folder, in->end_key);
}

/* Appends the key of a file that lies beside the report. */
static void key_beside_report(struct buf *out, const struct input *in, const char *name)
{
    const char *slash = strrchr(in->end_key, '/');

    buf_adds(out, in->destination_folder);
    buf_add(out, in->end_key, slash ? (size_t)(slash + 1 - in->end_key) : 0);
    buf_adds(out, name);
}

void input_page_key(struct buf *out, const struct input *in)
{
    key_beside_report(out, in, INPUT_PAGE_NAME);
}

void input_delivery_key(struct buf *out, const struct input *in)
{
    key_beside_report(out, in, INPUT_DELIVERY_NAME);
}

/* Every string that is set, by its own rule: a flag may have set it. */
static void check_strings(const struct input *in, struct faults *f)
{
    size_t i;

    for (i = 0; i < input_fields.count; i++) {
        const struct field *field = &input_fields.fields[i];
        const char *s;

        if (field->type != FIELD_STRING)
            continue;
        s = *(char *const *)(const void *)((const char *)in + field->offset);
        if (s)
            field_check_string(field, "", s, strlen(s), f);
    }
}

/* Neither set nor there and wrong (that is told by itself). */
static bool is_missing(const struct input *in, const char *name, const char *value)
{
    unsigned number = input_field_number(field_find(&input_fields, name));

    return !value && !field_set_has(&in->wrong, number);
}

static const char *const no_manifest[] = {
        [INPUT_WORDS_EITHER] = "sourceFilesCsvBucket and sourceFilesCsvKey, or --manifest",
        [INPUT_WORDS_FIELDS] = "sourceFilesCsvBucket and sourceFilesCsvKey",
        [INPUT_WORDS_OPTIONS] =
                "it with --manifest (s3://bucket/key, a path, or - for standard input)",
};
static const char *const no_destination[] = {
        [INPUT_WORDS_EITHER] = "destinationBucket: is missing; give it, or --to "
                               "s3://bucket/folder/",
        [INPUT_WORDS_FIELDS] = "destinationBucket: is missing",
        [INPUT_WORDS_OPTIONS] = "there is no destination; give it with --to s3://bucket/folder/",
};

static void check_there(const struct input *in, struct faults *f)
{
    bool no_bucket = is_missing(in, "sourceFilesCsvBucket", in->csv_bucket);
    bool no_key = is_missing(in, "sourceFilesCsvKey", in->csv_key);
    bool has_instructions = !is_missing(in, "copyInstructionsKey", in->instructions_key);

    if (in->source_prefix &&
            (in->csv_path || in->csv_bucket || in->csv_key || in->instructions_key))
        faults_add(f, "sourcePrefix and a manifest: only one of them says what to copy");
    else if (in->source_prefix)
        no_bucket = no_key = false;
    else if (in->instructions_key && (in->csv_path || in->csv_bucket || in->csv_key))
        faults_add(f, "copyInstructionsKey and sourceFilesCsvBucket or sourceFilesCsvKey: only one "
                      "list may be given");
    else if (!in->csv_path && no_bucket && no_key && !has_instructions)
        faults_add(f, "there is no manifest; give %s", no_manifest[in->words]);
    else if (!in->csv_path && no_bucket && !no_key)
        faults_add(f, "sourceFilesCsvBucket: is missing (sourceFilesCsvKey is there)");
    else if (!in->csv_path && no_key && !no_bucket)
        faults_add(f, "sourceFilesCsvKey: is missing (sourceFilesCsvBucket is there)");
    if (is_missing(in, "destinationBucket", in->destination_bucket))
        faults_add(f, "%s", no_destination[in->words]);
}

void input_tell_missing(const struct input *in, struct err *e)
{
    struct faults faults;
    char all[2 * ERR_MESSAGE_MAX + 2];

    faults_init(&faults);
    check_there(in, &faults);
    if (faults.count == 0)
        return;
    snprintf(all, sizeof all, "%s; %s", e->message, faults.text);
    err_copy_text(e->message, sizeof e->message, all, strlen(all));
}

static void check_lengths(const struct input *in, struct faults *f)
{
    size_t folder = strlen(in->destination_folder);

    if (folder >= S3_KEY_MAX) /* said already */
        return;
    if (strlen(in->start_key) <= S3_KEY_MAX && folder + strlen(in->start_key) > S3_KEY_MAX)
        faults_add(f, "destinationStartCopyRelativeKey: is longer than 1,024 bytes together with "
                      "destinationFolderKey");
    if (strlen(in->end_key) <= S3_KEY_MAX && folder + strlen(in->end_key) > S3_KEY_MAX)
        faults_add(f, "destinationEndCopyRelativeKey: is longer than 1,024 bytes together with "
                      "destinationFolderKey");
}

static void check_counts(const struct input *in, struct faults *f)
{
    if (in->items_per_shard > ITEMS_PER_SHARD_MOST)
        faults_add(
                f, "maxItemsPerBatch: must be a whole number from 1 to %d", ITEMS_PER_SHARD_MOST);
    if (in->copy_concurrency < 1 ||
            in->copy_concurrency > field_find(&input_fields, "copyConcurrency")->most)
        faults_add(f, "copyConcurrency: must be a whole number from 1 to 10000");
}

/* A file that lies beside the report has a name of its own, which neither of the two may have that
 * the input names. */
static void check_key_beside(const struct input *in, const char *what, const char *name,
        void (*key)(struct buf *out, const struct input *in), struct faults *f)
{
    struct buf ours, other;

    buf_init(&ours, BUF_MAX_SMALL);
    buf_init(&other, BUF_MAX_SMALL);
    key(&ours, in);
    input_report_key(&other, in);
    if (strcmp(buf_str(&ours), buf_str(&other)) == 0)
        faults_add(
                f, "destinationEndCopyRelativeKey: must not be the key of the %s, %s", what, name);
    buf_clear(&other);
    input_marker_key(&other, in);
    if (strcmp(buf_str(&ours), buf_str(&other)) == 0)
        faults_add(f, "destinationStartCopyRelativeKey: must not be the key of the %s, %s", what,
                name);
    if (ours.len > S3_KEY_MAX && strlen(in->destination_folder) < S3_KEY_MAX)
        faults_add(f,
                "destinationEndCopyRelativeKey: the key of the %s beside it is longer than 1,024 bytes",
                what);
    buf_free(&ours);
    buf_free(&other);
}

enum err_code input_check(const struct input *in, struct err *e)
{
    struct faults faults;
    const char *problem;

    faults_init(&faults);
    check_there(in, &faults);
    check_strings(in, &faults);
    check_lengths(in, &faults);
    check_counts(in, &faults);
    if (in->min_size > 0 && in->max_size > 0 && in->min_size > in->max_size)
        faults_add(&faults, "minSize: is larger than maxSize");
    if (strcmp(in->start_key, in->end_key) == 0)
        faults_add(&faults, "destinationStartCopyRelativeKey and destinationEndCopyRelativeKey: "
                            "must not be the same key");
    problem = object_options_problem(in->options.object);
    if (problem)
        faults_add(&faults, "%s", problem);
    if (in->include_page)
        check_key_beside(in, "report page", INPUT_PAGE_NAME, input_page_key, &faults);
    if (in->delivery_record == DELIVERY_DESTINATION)
        check_key_beside(in, "delivery record", INPUT_DELIVERY_NAME, input_delivery_key, &faults);
    if (in->delivery_tags && in->delivery_record == DELIVERY_NONE)
        faults_add(&faults,
                "deliveryTags: there is no delivery record to put them into (deliveryRecord)");
    return faults_result(&faults, e);
}
