#include "plan/lists/jsonl_lines.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "model/fields/input_fields.h"
#include "model/list/sums.h"
#include "model/names.h"

struct jsonl_lines {
    struct problems *problems;
    manifest_row_cb on_row;
    void *ctx;
    uint64_t line; /* of the next byte, from 1 */
    uint64_t good;
    bool skip;       /* the line was refused: pass over the rest of it */
    struct buf text; /* of the line so far */
};

/* One line while it is read. Texts are of the JSON, or NULL. */
struct line {
    const char *bucket, *key, *version, *root, *relative, *destination_key, *sums;
    struct copy_overrides overrides;
    struct faults faults;
    bool nomem;
};

enum err_code jsonl_lines_new(struct jsonl_lines **out, struct problems *problems,
        manifest_row_cb on_row, void *ctx, struct err *e)
{
    struct jsonl_lines *j = calloc(1, sizeof *j);

    *out = j;
    if (!j)
        return err_nomem(e);
    j->problems = problems;
    j->on_row = on_row;
    j->ctx = ctx;
    j->line = 1;
    buf_init(&j->text, BUF_MAX_LINE);
    return ERR_OK;
}

void jsonl_lines_free(struct jsonl_lines *j)
{
    if (!j)
        return;
    buf_free(&j->text);
    free(j);
}

uint64_t jsonl_lines_good(const struct jsonl_lines *j)
{
    return j->good;
}

uint64_t jsonl_lines_line(const struct jsonl_lines *j)
{
    return j->line;
}

/* --- the members --- */

static const char *sums_problem(const char *s, size_t len)
{
    struct sums sums;

    return sums_read(&sums, s, len);
}

/* The texts that a line has. Their names are those of steps-s3-copy where it has them. */
static const struct text_member {
    const char *name;
    size_t offset; /* in struct line: a const char * */
    /* Says what is wrong with it (it follows the text in quotes), or NULL. */
    const char *(*problem)(const char *s, size_t len);
} texts[] = {
        {"sourceBucket", offsetof(struct line, bucket), names_bucket_problem},
        {"sourceKey", offsetof(struct line, key), names_key_problem},
        {"versionId", offsetof(struct line, version), names_version_problem},
        {"sourceRootFolderKey", offsetof(struct line, root), names_key_problem},
        {"destinationRelativeFolderKey", offsetof(struct line, relative), names_key_problem},
        {"destinationKey", offsetof(struct line, destination_key), names_key_problem},
        {"sums", offsetof(struct line, sums), sums_problem},
};

static void add_problem(
        struct faults *f, const char *name, const char *s, size_t len, const char *problem)
{
    struct buf show;

    if (len == 0) {
        faults_add(f, "%s: must not be empty", name);
        return;
    }
    buf_init(&show, BUF_MAX_SMALL);
    faults_add(f, "%s: \"%s\" %s", name, str_show(&show, s, len), problem);
    buf_free(&show);
}

static void take_text(struct line *l, const struct text_member *t, const json_t *value)
{
    const char *s = json_string_value(value), *problem;
    size_t len = json_string_length(value);

    if (!s) {
        faults_add(&l->faults, "%s: must be a string", t->name);
        return;
    }
    problem = t->problem(s, len);
    if (problem)
        add_problem(&l->faults, t->name, s, len, problem);
    else
        *(const char **)(void *)((char *)l + t->offset) = s;
}

/* The name that an unknown one is probably meant for; NULL: none is near. */
static const char *near_name(const char *name)
{
    const char *best = copy_overrides_near(name);
    unsigned least = best ? str_distance(best, name) : UINT32_MAX;
    size_t i;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        unsigned distance = str_distance(texts[i].name, name);

        if (distance < least && str_is_near(distance, texts[i].name)) {
            least = distance;
            best = texts[i].name;
        }
    }
    return best;
}

static void unknown(struct line *l, const char *name)
{
    const char *near = near_name(name);
    struct buf show;

    buf_init(&show, BUF_MAX_SMALL);
    str_show(&show, name, strlen(name));
    if (near)
        faults_add(&l->faults, "%s: unknown field; did you mean \"%s\"?", buf_str(&show), near);
    else
        faults_add(&l->faults, "%s: unknown field", show.len > 0 ? buf_str(&show) : "\"\"");
    buf_free(&show);
}

static void take_member(struct line *l, const char *name, json_t *value)
{
    size_t i;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].name, name) != 0)
            continue;
        take_text(l, &texts[i], value);
        return;
    }
    switch (copy_overrides_take(&l->overrides, name, value, &l->faults)) {
    case COPY_OVERRIDES_TAKEN:
        return;
    case COPY_OVERRIDES_NOMEM:
        l->nomem = true;
        return;
    case COPY_OVERRIDES_UNKNOWN:
        break;
    }
    unknown(l, name);
}

/* --- what belongs together --- */

/* Whether a part between two '/' of a folder's key is "..", which some programs that read the copy
 * take for the folder above. A name that only has two dots in it (a..b) is not. */
static bool has_parent(const char *folder)
{
    const char *at = folder;

    while ((at = strstr(at, "../"))) {
        if (at == folder || at[-1] == '/')
            return true;
        at += 3;
    }
    return false;
}

static void check_folders(struct line *l)
{
    struct faults *f = &l->faults;

    if (!!l->root + !!l->relative + !!l->destination_key > 1)
        faults_add(f, "only one of sourceRootFolderKey, destinationRelativeFolderKey and "
                      "destinationKey may be given");
    if (l->root && !str_ends(l->root, "/"))
        faults_add(f, "sourceRootFolderKey: does not end with \"/\"");
    else if (l->root && l->key && !str_starts(l->key, l->root))
        faults_add(f, "sourceRootFolderKey: sourceKey does not begin with it");
    if (l->relative && !str_ends(l->relative, "/"))
        faults_add(f, "destinationRelativeFolderKey: does not end with \"/\"");
    if (l->relative && str_starts(l->relative, "/"))
        faults_add(f, "destinationRelativeFolderKey: begins with \"/\"");
    if (l->relative && has_parent(l->relative))
        faults_add(f, "destinationRelativeFolderKey: has \"..\" as the name of a folder");
}

static bool is_prefix(const char *key)
{
    return str_ends(key, "/*") || strcmp(key, "*") == 0;
}

/* A wildcard names many objects, which only a folder can be said of. */
static void check_prefix(struct line *l)
{
    const char *of_one = l->root              ? "sourceRootFolderKey"
                         : l->destination_key ? "destinationKey"
                         : l->version         ? "versionId"
                         : l->sums            ? "sums"
                                              : NULL;

    if (l->key && is_prefix(l->key) && of_one)
        faults_add(&l->faults, "%s: does not go with a sourceKey that ends with \"/*\"", of_one);
}

static void check_line(struct line *l, const json_t *root)
{
    if (!l->bucket && !json_object_get(root, "sourceBucket"))
        faults_add(&l->faults, "sourceBucket: is missing");
    if (!l->key && !json_object_get(root, "sourceKey"))
        faults_add(&l->faults, "sourceKey: is missing");
    check_folders(l);
    check_prefix(l);
}

/* --- lines --- */

static enum err_code emit(struct jsonl_lines *j, struct line *l, struct err *e)
{
    struct manifest_row row = {.line = j->line,
            .bucket = l->bucket,
            .key = l->key,
            .version_id = l->version,
            .sums = l->sums,
            .naming = {l->destination_key, l->root, l->relative}};

    if (!field_set_is_empty(&l->overrides.given))
        row.overrides = &l->overrides;
    if (is_prefix(l->key))
        row.kind = MANIFEST_ROW_PREFIX;
    j->good++;
    return j->on_row(j->ctx, &row, e);
}

static enum err_code take_object(struct jsonl_lines *j, json_t *root, struct err *e)
{
    struct line *l = calloc(1, sizeof *l);
    enum err_code code = ERR_OK;
    const char *name;
    json_t *value;
    struct err faults;

    if (!l)
        return err_nomem(e);
    faults_init(&l->faults);
    json_object_foreach(root, name, value) take_member(l, name, value);
    check_line(l, root);
    if (l->nomem)
        code = err_nomem(e);
    else if (faults_result(&l->faults, &faults) != ERR_OK)
        problems_add(j->problems, j->line, "%s", faults.message);
    else
        code = emit(j, l, e);
    copy_overrides_free(&l->overrides);
    free(l);
    return code;
}

static void say_no_json(struct jsonl_lines *j, const json_error_t *error)
{
    struct buf show;

    buf_init(&show, BUF_MAX_SMALL);
    problems_add(j->problems, j->line, "it is not valid JSON: column %d: %s", error->column,
            str_show(&show, error->text, strlen(error->text)));
    buf_free(&show);
}

/* The line in j->text ends here. */
static enum err_code take_line(struct jsonl_lines *j, struct err *e)
{
    const char *text = buf_str(&j->text);
    size_t len = j->text.len;
    enum err_code code = ERR_OK;
    json_error_t error;
    json_t *root;

    while (len > 0 && strchr(" \t\r", text[len - 1]))
        len--;
    if (len == 0)
        return ERR_OK;
    /* \u0000 is let in here and refused with the name of its field. */
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    /* jansson has no text for most of the places where it may lack memory. */
    if (!root && (json_error_code(&error) == json_error_out_of_memory || !error.text[0]))
        return err_nomem(e);
    if (!root)
        say_no_json(j, &error);
    else if (!json_is_object(root))
        problems_add(j->problems, j->line, "it is not a JSON object");
    else
        code = take_object(j, root, e);
    json_decref(root);
    return code;
}

enum err_code jsonl_lines_finish(struct jsonl_lines *j, struct err *e)
{
    enum err_code code = j->skip ? ERR_OK : take_line(j, e);

    buf_clear(&j->text);
    j->skip = false;
    return code;
}

enum err_code jsonl_lines_feed(struct jsonl_lines *j, const char *data, size_t len, struct err *e)
{
    const char *end = data + len;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && data < end) {
        const char *newline = memchr(data, '\n', (size_t)(end - data));
        const char *stop = newline ? newline : end;

        if (!j->skip)
            buf_add(&j->text, data, (size_t)(stop - data));
        if (j->text.failed == ERR_NOMEM)
            return err_nomem(e);
        if (!buf_ok(&j->text) && !j->skip) {
            problems_add(j->problems, j->line, "the line is longer than 65,536 bytes");
            j->skip = true;
        }
        if (newline) {
            code = jsonl_lines_finish(j, e);
            j->line++;
        }
        data = stop + 1;
    }
    return code;
}
