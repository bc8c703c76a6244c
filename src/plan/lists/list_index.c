#include "plan/lists/list_index.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/names.h"

/* While a JSON is read. */
struct index_reading {
    struct list_index *ix;
    const char *problem;
    bool nomem;
};

void list_index_free(struct list_index *ix)
{
    size_t i;

    for (i = 0; i < ix->count; i++) {
        free(ix->files[i].bucket);
        free(ix->files[i].key);
        free(ix->files[i].version_id);
    }
    free(ix->files);
    memset(ix, 0, sizeof *ix);
}

static void add_file(struct index_reading *r, const char *bucket, size_t len, const char *key,
        const char *version)
{
    struct list_index_file *file = &r->ix->files[r->ix->count];

    if (names_bucket_problem(bucket, len) || names_key_problem(key, strlen(key))) {
        r->problem = "it names a list whose bucket or key cannot be one";
        return;
    }
    r->ix->count++;
    file->bucket = str_dup_n(bucket, len);
    file->key = strdup(key);
    file->version_id = version ? strdup(version) : NULL;
    r->nomem |= !file->bucket || !file->key || (version && !file->version_id);
}

static void make_room(struct index_reading *r, size_t count)
{
    if (count > LIST_INDEX_FILES_MOST) {
        r->problem = "it names more than 10,000 lists";
        return;
    }
    r->ix->files = calloc(count + 1, sizeof *r->ix->files);
    r->nomem |= !r->ix->files;
}

/* --- the manifest of a job --- */

/* "arn:aws:s3:::bucket/key" */
static void take_location(struct index_reading *r, const json_t *location)
{
    const char *arn = json_string_value(json_object_get(location, "ObjectArn"));
    const char *version = json_string_value(json_object_get(location, "ObjectVersionId"));
    const char *name = arn ? strstr(arn, ":::") : NULL;
    const char *slash = name ? strchr(name, '/') : NULL;

    if (!slash || !str_starts(arn, "arn:")) {
        r->problem = "it has no Location with the ObjectArn of a list";
        return;
    }
    name += strlen(":::");
    make_room(r, 1);
    if (r->ix->files)
        add_file(r, name, (size_t)(slash - name), slash + 1, version);
}

static void take_fields(struct index_reading *r, const json_t *fields)
{
    struct list_columns *c = &r->ix->columns;
    const json_t *field;
    size_t i;

    json_array_foreach((json_t *)(uintptr_t)fields, i, field)
    {
        const char *name = json_string_value(field);

        if (c->count == CSV_COLUMNS_KEPT || !name ||
                !list_column_of_batch(name, &c->kind[c->count++])) {
            r->problem = "its Fields are not Bucket, Key, VersionId and Ignore";
            return;
        }
    }
    if (!memchr(c->kind, LIST_BUCKET, c->count) || !memchr(c->kind, LIST_KEY, c->count))
        r->problem = "its Fields do not name Bucket and Key";
}

static void take_manifest(struct index_reading *r, const json_t *manifest)
{
    const json_t *spec = json_object_get(manifest, "Spec");
    const char *format = json_string_value(json_object_get(spec, "Format"));

    r->ix->encoding = KEY_ENCODING_URL;
    if (format && strcmp(format, "S3InventoryReport_CSV_20161130") == 0)
        r->problem = "it is of an S3 Inventory; give the manifest.json that it names";
    else if (!format || strcmp(format, "S3BatchOperations_CSV_20180820") != 0)
        r->problem = "its Spec has no Format that is known";
    else
        take_fields(r, json_object_get(spec, "Fields"));
    if (!r->problem)
        take_location(r, json_object_get(manifest, "Location"));
}

/* --- the manifest.json of a completion report --- */

static void take_results(struct index_reading *r, const json_t *results)
{
    const json_t *result;
    size_t i;

    make_room(r, json_array_size(results));
    if (!r->ix->files || r->problem)
        return;
    json_array_foreach((json_t *)(uintptr_t)results, i, result)
    {
        const char *status = json_string_value(json_object_get(result, "TaskExecutionStatus"));
        const char *bucket = json_string_value(json_object_get(result, "Bucket"));
        const char *key = json_string_value(json_object_get(result, "Key"));

        if (!status || !bucket || !key)
            r->problem = "one of its Results has no TaskExecutionStatus, Bucket or Key";
        else if (strcmp(status, "failed") == 0)
            add_file(r, bucket, strlen(bucket), key, NULL);
        if (r->problem)
            return;
    }
    if (r->ix->count == 0)
        r->problem = "no task failed: there is nothing to copy";
}

/* The object that has the member, wherever it was copied from: as it is, or as an answer of
 * DescribeJob or the arguments of CreateJob have it. */
static const json_t *holder(const json_t *root, const char *member)
{
    const json_t *job = json_object_get(root, "Job");
    const json_t *of_job = json_object_get(job, "Manifest");
    const json_t *own = json_object_get(root, "Manifest");

    if (json_object_get(root, member))
        return root;
    return json_object_get(own, member) ? own : of_job;
}

enum err_code list_index_read(
        struct list_index *ix, const char *json, size_t len, const char **problem, struct err *e)
{
    struct index_reading r = {.ix = ix};
    json_error_t error;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
    const json_t *manifest = holder(root, "Spec");

    memset(ix, 0, sizeof *ix);
    if (!root && (json_error_code(&error) == json_error_out_of_memory || !error.text[0]))
        return err_nomem(e);
    if (!root)
        r.problem = "it is not valid JSON";
    else if (json_object_get(root, "Results"))
        take_results(&r, json_object_get(root, "Results"));
    else if (manifest)
        take_manifest(&r, manifest);
    else
        r.problem = "it has neither Spec nor Results";
    json_decref(root);
    *problem = r.problem;
    if (r.nomem || r.problem)
        list_index_free(ix);
    return r.nomem ? err_nomem(e) : ERR_OK;
}
