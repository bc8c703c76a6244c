#include "plan/lists/row_taker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/copy_options.h"
#include "model/names.h"
#include "model/options/given_rights.h"
#include "plan/lists/list_source.h"

static const struct item_naming unnamed;

void row_taker_init(struct row_taker *in, const struct plan_env *env)
{
    memset(in, 0, sizeof *in);
    in->env = env;
    in->naming = &unnamed;
    buf_init(&in->line, BUF_MAX_LINE);
    buf_init(&in->key, BUF_MAX_SMALL);
    buf_init(&in->start_key, BUF_MAX_SMALL);
    buf_init(&in->end_key, BUF_MAX_SMALL);
    buf_init(&in->page_key, BUF_MAX_SMALL);
    buf_init(&in->delivery_key, BUF_MAX_SMALL);
}

enum err_code row_taker_begin(struct row_taker *in, struct err *e)
{
    enum err_code code;

    input_marker_key(&in->start_key, in->env->input);
    input_report_key(&in->end_key, in->env->input);
    input_page_key(&in->page_key, in->env->input);
    input_delivery_key(&in->delivery_key, in->env->input);
    code = buf_check(&in->start_key, "the start marker's key", e);
    if (code == ERR_OK)
        code = buf_check(&in->end_key, "the report's key", e);
    if (code == ERR_OK)
        code = buf_check(&in->page_key, "the report page's key", e);
    return code == ERR_OK ? buf_check(&in->delivery_key, "the delivery record's key", e) : code;
}

void row_taker_free(struct row_taker *in)
{
    buf_free(&in->line);
    buf_free(&in->key);
    buf_free(&in->start_key);
    buf_free(&in->end_key);
    buf_free(&in->page_key);
    buf_free(&in->delivery_key);
}

/* Says what is wrong with a row's destination key; NULL: nothing is. */
static const char *destination_problem(const struct row_taker *in, const char *key)
{
    size_t folder = strlen(in->env->input->destination_folder);

    if (in->naming->root && in->key.len <= folder)
        return "is its sourceRootFolderKey itself, so that its copy has no name";
    if (in->naming->relative && str_ends(key, "/"))
        return "ends with '/', so it has no basename to put into destinationRelativeFolderKey";
    if (in->key.len <= folder)
        return input_say(in->env->input,
                "ends with '/', so it has no basename to copy to; use --destination-keys full",
                "ends with '/', so it has no basename to copy to; use \"destinationKeys\": "
                "\"full\"");
    if (in->key.len > S3_KEY_MAX || !buf_ok(&in->key))
        return "makes a destination key of more than 1,024 bytes";
    if (in->env->input->include_marker && strcmp(buf_str(&in->key), buf_str(&in->start_key)) == 0)
        return "would be copied onto our own start marker "
               "(see destinationStartCopyRelativeKey)";
    if (in->env->input->include_report && strcmp(buf_str(&in->key), buf_str(&in->end_key)) == 0)
        return "would be copied onto our own report (see destinationEndCopyRelativeKey)";
    if (in->env->input->include_page && strcmp(buf_str(&in->key), buf_str(&in->page_key)) == 0)
        return "would be copied onto our own report page (see includeReportPage)";
    if (in->env->input->delivery_record == DELIVERY_DESTINATION &&
            strcmp(buf_str(&in->key), buf_str(&in->delivery_key)) == 0)
        return "would be copied onto our own delivery record (see deliveryRecord)";
    return NULL;
}

/* The task role may read no other bucket; this says so before anything is copied. */
static bool is_source(struct row_taker *in, uint64_t line, const char *bucket)
{
    struct buf shown;

    if (list_admits(in->env, bucket))
        return true;
    buf_init(&shown, BUF_MAX_SMALL);
    problems_add(in->problems, line,
            "bucket \"%s\" is none that this installation copies from (%s); its owner adds it to "
            "sourceBuckets of the stack",
            str_show(&shown, bucket, strlen(bucket)), in->env->source_buckets);
    buf_free(&shown);
    return false;
}

/* Whether the job's options and the line's own go together, and may be had here. */
static bool takes_options(struct row_taker *in, const struct manifest_row *row)
{
    struct copy_options options;
    const char *problem;

    if (!row->overrides)
        return true;
    options = copy_options_of(in->env->input, row->overrides);
    problem = copy_options_problem(&options);
    if (!problem)
        problem = given_rights_problem(in->env->given_rights, &options);
    if (problem)
        problems_add(in->problems, row->line, "%s", problem);
    return !problem;
}

static void say_key_problem(struct row_taker *in, const char *key, const char *problem)
{
    struct buf shown;

    buf_init(&shown, BUF_MAX_SMALL);
    problems_add(in->problems, in->line_of_row, "key \"%s\" %s", str_show(&shown, key, strlen(key)),
            problem);
    buf_free(&shown);
}

/* Whether the object stays in the list. */
static bool is_taken(struct row_taker *in, const struct expanded *o)
{
    const char *wants;

    switch (filter_verdict_of(in->env->input, &o->facts, &wants)) {
    case FILTER_TAKES:
        return true;
    case FILTER_LEAVES_OUT:
        in->plan->left_out++;
        return false;
    case FILTER_CANNOT_TELL:
        break;
    }
    problems_add(in->problems, in->line_of_row,
            "%s: this list does not tell that of its objects; a listing of a prefix "
            "(s3://bucket/prefix/) does",
            wants);
    return false;
}

/* An object of the list becomes an item, unless something is wrong with it. */
static enum err_code take(struct row_taker *in, const struct expanded *o, struct err *e)
{
    struct item item = {.line = (uint64_t)((int64_t)in->line_of_row + in->shift) + in->taken,
            .bucket = (char *)(uintptr_t)o->bucket,
            .key = (char *)(uintptr_t)o->key,
            .version_id = (char *)(uintptr_t)o->version_id,
            .overrides = in->overrides,
            .sums = (char *)(uintptr_t)in->sums,
            .listed = (struct item_listed *)(uintptr_t)o->listed};
    const char *problem;
    enum err_code code;

    if (!is_taken(in, o))
        return ERR_OK;
    buf_clear(&in->key);
    item_named_key(&in->key, in->env->input, in->naming, o->key, o->root);
    if (in->key.failed == ERR_NOMEM)
        return err_nomem(e);
    problem = destination_problem(in, o->key);
    if (problem) {
        say_key_problem(in, o->key, problem);
        return ERR_OK;
    }
    item.destination_key = (char *)buf_str(&in->key);
    buf_clear(&in->line);
    item_write(&in->line, &item);
    code = buf_check(&in->line, "an item's line", e);
    if (code == ERR_OK)
        code = collide_add(in->collide, buf_str(&in->key), in->key.len, item.line, in->offset, e);
    if (code == ERR_OK)
        code = plan_add_bucket(in->plan, o->bucket, e);
    if (code == ERR_OK && fwrite(buf_str(&in->line), 1, in->line.len, in->items) != in->line.len)
        code = err_errno(e, errno, "cannot write " ITEMS_FILE);
    in->offset += in->line.len;
    in->plan->items++;
    in->taken++;
    return code;
}

/* An object that a row stands for among others: it is a part of the list's content. */
static enum err_code on_expanded(void *ctx, const struct expanded *o, struct err *e)
{
    struct row_taker *in = ctx;
    const char *version = o->version_id ? o->version_id : "";
    const char *problem = names_key_problem(o->key, strlen(o->key));

    if (problem) { /* other servers than Amazon S3 have keys that are no UTF-8 */
        say_key_problem(in, o->key, problem);
        return ERR_OK;
    }
    /* The marker of the prefix itself would have no name. */
    if (in->naming->root && strlen(o->key) == o->root && o->facts.size == 0) {
        in->plan->folder_markers++;
        return ERR_OK;
    }
    if (EVP_DigestUpdate(in->digest, o->bucket, strlen(o->bucket) + 1) != 1 ||
            EVP_DigestUpdate(in->digest, o->key, strlen(o->key) + 1) != 1 ||
            EVP_DigestUpdate(in->digest, version, strlen(version) + 1) != 1)
        return err_nomem(e);
    return take(in, o, e);
}

/* The items of the next row are numbered behind those of this one, which stood for many. */
static void shift_lines(struct row_taker *in)
{
    in->shift += (int64_t)in->taken - 1;
    in->taken = 0;
}

enum err_code row_taker_prefix(
        struct row_taker *in, const char *bucket, const char *prefix, struct err *e)
{
    struct expand_counts counts;
    enum err_code code = expand_prefix(in->env, bucket, prefix, on_expanded, in, &counts, e);

    in->plan->prefixes++;
    in->plan->folder_markers += counts.markers;
    shift_lines(in);
    if (code == ERR_OK && counts.objects == 0)
        problems_add(in->problems, in->env->input->source_prefix ? 0 : in->line_of_row,
                "s3://%s/%s: there are no objects below it%s", bucket, prefix,
                counts.markers > 0 ? ", but for folder markers" : "");
    if (code != ERR_OK && e->cls == ERR_CLASS_PERMANENT && e->http_status >= 400 &&
            e->code != ERR_CREDENTIALS)
        code = e->code = ERR_MANIFEST;
    return code;
}

/* A row whose key ends with a '*', of a list in which that stands for many objects. Of copy
 * instructions the copies are called by what follows the prefix, as steps-s3-copy has it. */
static enum err_code take_wildcard(
        struct row_taker *in, const struct manifest_row *row, size_t prefix_len, struct err *e)
{
    struct item_naming by_prefix = {0};
    char *prefix;
    enum err_code code;

    if (row->version_id) {
        say_key_problem(in, row->key, "stands for many objects, and has the id of one version");
        return ERR_OK;
    }
    prefix = str_dup_n(row->key, prefix_len);
    if (!prefix)
        return err_nomem(e);
    by_prefix.root = prefix;
    if (row->kind == MANIFEST_ROW_PREFIX)
        in->naming = &by_prefix;
    code = row_taker_prefix(in, row->bucket, prefix, e);
    in->naming = &unnamed;
    free(prefix);
    return code;
}

enum err_code row_taker_row(void *ctx, const struct manifest_row *row, struct err *e)
{
    struct row_taker *in = ctx;
    const char *slash = strrchr(row->key, '/');
    struct expanded object = {.bucket = row->bucket,
            .key = row->key,
            .version_id = row->version_id,
            .root = slash ? (size_t)(slash - row->key) + 1 : 0,
            .facts = {.key = row->key}};
    size_t prefix_len;
    enum err_code code;

    in->line_of_row = row->line;
    in->naming = &row->naming;
    in->overrides = row->overrides;
    in->sums = row->sums;
    if (!is_source(in, row->line, row->bucket) || !takes_options(in, row))
        return ERR_OK;
    if ((row->kind == MANIFEST_ROW_PREFIX || in->env->input->wildcards) &&
            expand_is_wildcard(row->key, &prefix_len))
        return take_wildcard(in, row, prefix_len, e);
    if (in->env->input->wildcards && strchr(row->key, '*')) {
        say_key_problem(in, row->key,
                "has a * that does not stand at its end behind a '/', the only place where it "
                "stands for more; include and exclude take patterns");
        return ERR_OK;
    }
    code = take(in, &object, e);
    in->taken = 0;
    in->sums = NULL; /* of one object */
    return code;
}

enum err_code row_taker_source_prefix(struct row_taker *in, struct err *e)
{
    char *bucket;
    const char *prefix = input_prefix(in->env->input, &bucket);
    enum err_code code = ERR_OK;

    if (!prefix)
        return err_nomem(e);
    in->line_of_row = 1;
    if (is_source(in, 0, bucket))
        code = row_taker_prefix(in, bucket, prefix, e);
    free(bucket);
    return code;
}

enum err_code row_taker_listed(void *ctx, const struct expanded *o, struct err *e)
{
    struct row_taker *in = ctx;

    in->line_of_row = 1;
    return is_source(in, 0, o->bucket) ? take(in, o, e) : ERR_OK;
}

void row_taker_check_left(struct row_taker *in)
{
    if (in->plan->items == 0 && in->plan->left_out > 0 && in->problems->total == 0)
        problems_add(in->problems, 0, "the filters leave out all of its %llu object%s",
                (unsigned long long)in->plan->left_out, str_plural(in->plan->left_out));
}
