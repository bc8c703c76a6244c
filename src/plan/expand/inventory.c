#include "plan/expand/inventory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "model/names.h"
#include "plan/list_copy.h"
#include "plan/lists/list_source.h"
#include "plan/manifest_csv.h"
#include "plan/manifest_gzip.h"

/* The columns that mean something here, by their names in fileSchema. */
enum column {
    COLUMN_BUCKET,
    COLUMN_KEY,
    COLUMN_VERSION,
    COLUMN_LATEST,
    COLUMN_DELETED,
    COLUMN_SIZE,
    COLUMN_MODIFIED,
    COLUMN_ETAG,
    COLUMN_CLASS,
    COLUMN_COUNT,
};

static const char *const column_names[] = {[COLUMN_BUCKET] = "Bucket",
        [COLUMN_KEY] = "Key",
        [COLUMN_VERSION] = "VersionId",
        [COLUMN_LATEST] = "IsLatest",
        [COLUMN_DELETED] = "IsDeleteMarker",
        [COLUMN_SIZE] = "Size",
        [COLUMN_MODIFIED] = "LastModifiedDate",
        [COLUMN_ETAG] = "ETag",
        [COLUMN_CLASS] = "StorageClass"};

enum { ABSENT = CSV_COLUMNS_KEPT, MD5_DIGITS = 32 };

struct inventory {
    const struct plan_env *env;
    struct problems *problems;
    expanded_cb each;
    void *ctx;
    struct inventory_counts *counts;
    int64_t at_s;
    unsigned place[COLUMN_COUNT]; /* of each column in a row; ABSENT: there is none */
    unsigned columns;             /* of a row */
    const char *file;             /* the key of the one that is read */
    struct gunzip *gunzip;
    struct csv_rows *rows;
    EVP_MD_CTX *md5;
    const char *gzip_problem; /* of the file; NULL: none */
    struct buf key;           /* decoded */
};

bool inventory_is_named(const struct input *in)
{
    const char *name = in->csv_path ? in->csv_path : in->csv_key;
    const char *slash = name ? strrchr(name, '/') : NULL;

    return name && strcmp(slash ? slash + 1 : name, "manifest.json") == 0;
}

bool inventory_is_one(const char *json, size_t len)
{
    static const char name[] = "\"fileSchema\"";
    const char *end = json + len;

    while ((json = memchr(json, '"', (size_t)(end - json))) != NULL) {
        if ((size_t)(end - json) >= sizeof name - 1 && memcmp(json, name, sizeof name - 1) == 0)
            return true;
        json++;
    }
    return false;
}

/* --- rows --- */

static const char *field(const struct inventory *v, const struct csv_row *row, enum column column)
{
    return v->place[column] < ABSENT ? row->field[v->place[column]].data : "";
}

static void bad_row(void *ctx, uint64_t line, const char *problem)
{
    struct inventory *v = ctx;

    problems_add(v->problems, 0, "inventory file %s, line %" PRIu64 ": %s", v->file, line, problem);
}

/* Decodes the row's key. false: it is none; the problem is told. */
static bool take_key(struct inventory *v, const struct csv_row *row)
{
    const char *text = field(v, row, COLUMN_KEY), *bucket = field(v, row, COLUMN_BUCKET);
    const char *problem = names_bucket_problem(bucket, strlen(bucket));

    buf_clear(&v->key);
    if (row->columns != v->columns)
        problem = "it has another number of columns than fileSchema tells";
    else if (problem)
        problem = "its bucket is none";
    else if (!str_uri_decode(&v->key, text, strlen(text), true))
        problem = "its key has a % that is not followed by two hex digits";
    else if (names_key_problem(buf_str(&v->key), v->key.len))
        problem = "its key is none";
    if (problem)
        bad_row(v, row->line, problem);
    return !problem;
}

static enum err_code on_row(void *ctx, const struct csv_row *row, struct err *e)
{
    struct inventory *v = ctx;
    const char *version = field(v, row, COLUMN_VERSION), *size = field(v, row, COLUMN_SIZE);
    struct item_listed listed;
    struct expanded object = {.bucket = field(v, row, COLUMN_BUCKET)};
    const char *slash;

    if (!take_key(v, row))
        return buf_check(&v->key, "a key", e) == ERR_NOMEM ? ERR_NOMEM : ERR_OK;
    if (strcmp(field(v, row, COLUMN_DELETED), "true") == 0 ||
            strcmp(field(v, row, COLUMN_LATEST), "false") == 0) {
        v->counts->passed_over++;
        return ERR_OK;
    }
    object.key = buf_str(&v->key);
    slash = strrchr(object.key, '/');
    object.root = slash ? (size_t)(slash - object.key) + 1 : 0;
    object.version_id = version[0] ? version : NULL;
    object.facts = (struct filtered){.key = object.key,
            .modified = field(v, row, COLUMN_MODIFIED),
            .class = v->place[COLUMN_CLASS] < ABSENT ? field(v, row, COLUMN_CLASS) : NULL};
    object.facts.is_told = str_parse_u64(size, strlen(size), &object.facts.size);
    if (object.facts.is_told && object.facts.class &&
            item_listed_set(&listed, v->at_s, object.facts.size, field(v, row, COLUMN_ETAG),
                    object.facts.class))
        object.listed = &listed;
    v->counts->objects++;
    return v->each(v->ctx, &object, e);
}

/* --- a file --- */

static enum err_code on_text(void *ctx, const char *data, size_t len, struct err *e)
{
    struct inventory *v = ctx;

    return csv_rows_feed(v->rows, data, len, e);
}

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct inventory *v = ctx;

    (void)status;
    if (stop_asked(v->env->stop))
        return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
    if (EVP_DigestUpdate(v->md5, data, len) != 1)
        return err_nomem(e);
    return v->gzip_problem ? ERR_OK : gunzip_feed(v->gunzip, data, len, &v->gzip_problem, e);
}

static enum err_code file_begin(struct inventory *v, struct err *e)
{
    struct csv_rows_cb cb = {.ctx = v, .row = on_row, .bad = bad_row};
    enum err_code code = csv_rows_new(&v->rows, &cb, e);

    v->gzip_problem = NULL;
    if (code == ERR_OK)
        code = gunzip_new(&v->gunzip, on_text, v, e);
    v->md5 = EVP_MD_CTX_new();
    if (code == ERR_OK && (!v->md5 || EVP_DigestInit_ex(v->md5, EVP_md5(), NULL) != 1))
        code = err_nomem(e);
    return code;
}

static void file_end(struct inventory *v)
{
    csv_rows_free(v->rows);
    gunzip_free(v->gunzip);
    EVP_MD_CTX_free(v->md5);
    v->rows = NULL;
    v->gunzip = NULL;
    v->md5 = NULL;
}

/* Whether the file was the one that the manifest tells of. md5: hex digits; NULL: not told. */
static enum err_code check_file(struct inventory *v, const char *md5, struct err *e)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned len = 0;

    if (EVP_DigestFinal_ex(v->md5, digest, &len) != 1)
        return err_nomem(e);
    str_hex(hex, digest, len);
    if (md5 && strlen(md5) == MD5_DIGITS && strcmp(md5, hex) != 0)
        return err_set(e, ERR_MANIFEST,
                "inventory file %s: its MD5 is not what manifest.json says: it was changed since",
                v->file);
    if (!v->gzip_problem)
        v->gzip_problem = gunzip_end_problem(v->gunzip);
    if (v->gzip_problem)
        problems_add(v->problems, 0, "inventory file %s: the gzip data cannot be read: %s", v->file,
                v->gzip_problem);
    return v->gzip_problem ? ERR_OK : csv_rows_finish(v->rows, e);
}

static enum err_code read_object(
        struct inventory *v, const char *bucket, const char *key, struct err *e)
{
    struct s3_where where = {.bucket = bucket, .key = key};
    struct s3_get get = {.last = UINT64_MAX, .on_body = on_body, .on_body_ctx = v};
    enum err_code code = list_tell_file(v->env, &where, e);

    if (code != ERR_OK)
        return code;
    code = sync_get_object(&v->env->sync, &where, &get, e);
    if (code != ERR_OK && e->http_status >= 400) {
        if (e->cls == ERR_CLASS_PERMANENT && e->code != ERR_CREDENTIALS)
            code = e->code = ERR_MANIFEST;
        err_prefix(e, "inventory file s3://%s/%s: %s%s", bucket, key, e->service_code,
                v->env->input->csv_path ? ", and no such file lies beside manifest.json" : "");
    }
    return code;
}

static enum err_code take_local(void *ctx, const char *data, size_t len, struct err *e)
{
    return on_body(ctx, 0, data, len, e);
}

/* Opens the file of that key where a copy of the inventory on a disk has it: beside its
 * manifest.json, or in the folder data, which lies beside the manifest's own (Amazon S3 User Guide,
 * "Locating your inventory list"). -1: it is not there, or the manifest is in S3. */
static int open_local(const struct plan_env *env, const char *key)
{
    static const char *const folders[] = {"", "data/", "../data/"};
    const char *path = env->input->csv_path, *slash = path ? strrchr(path, '/') : NULL;
    const char *name = strrchr(key, '/');
    struct buf file;
    int fd = -1;
    size_t i;

    name = name ? name + 1 : key;
    if (!path || strspn(name, ".") == strlen(name))
        return -1;
    buf_init(&file, BUF_MAX_SMALL);
    for (i = 0; fd < 0 && i < sizeof folders / sizeof folders[0]; i++) {
        buf_clear(&file);
        buf_add(&file, path, slash ? (size_t)(slash + 1 - path) : 0);
        buf_addf(&file, "%s%s", folders[i], name);
        fd = buf_ok(&file) ? open(buf_str(&file), O_RDONLY | O_CLOEXEC) : -1;
    }
    buf_free(&file);
    return fd;
}

static enum err_code read_part(
        struct inventory *v, const char *bucket, const char *key, const char *md5, struct err *e)
{
    int fd = open_local(v->env, key);
    enum err_code code;

    v->file = key;
    code = file_begin(v, e);
    if (code == ERR_OK)
        code = fd >= 0 ? list_read(v->env, fd, take_local, v, e) : read_object(v, bucket, key, e);
    if (fd >= 0)
        close(fd);
    if (code == ERR_OK)
        code = check_file(v, md5, e);
    file_end(v);
    return code;
}

/* --- manifest.json --- */

static void take_column(struct inventory *v, const char *name, size_t len, unsigned at)
{
    unsigned i;

    for (i = 0; i < COLUMN_COUNT; i++)
        if (strlen(column_names[i]) == len && memcmp(column_names[i], name, len) == 0 &&
                at < CSV_COLUMNS_KEPT)
            v->place[i] = at;
}

/* "Bucket, Key, VersionId, IsLatest, …" */
static void take_schema(struct inventory *v, const char *schema)
{
    unsigned i;

    for (i = 0; i < COLUMN_COUNT; i++)
        v->place[i] = ABSENT;
    for (v->columns = 0; *schema; v->columns++) {
        size_t len;

        schema += strspn(schema, " ");
        len = strcspn(schema, ",");
        take_column(v, schema, len, v->columns);
        schema += len + (schema[len] == ',');
    }
}

/* Says what is wrong with the manifest; NULL: nothing is. */
static const char *take_manifest(struct inventory *v, const json_t *root, const char **bucket)
{
    static const char arn[] = ":s3:::";
    const char *format = json_string_value(json_object_get(root, "fileFormat"));
    const char *schema = json_string_value(json_object_get(root, "fileSchema"));
    const char *name = json_string_value(json_object_get(root, "destinationBucket"));
    const char *made = json_string_value(json_object_get(root, "creationTimestamp"));
    uint64_t made_ms = 0;

    if (!json_is_array(json_object_get(root, "files")) || !schema || !name || !format)
        return "it is not the manifest.json of an S3 Inventory: fileFormat, fileSchema, "
               "destinationBucket and files are not all there";
    if (strcmp(format, "CSV") != 0)
        return "the inventory's files are not CSV; have it made as CSV";
    take_schema(v, schema);
    if (v->place[COLUMN_BUCKET] == ABSENT || v->place[COLUMN_KEY] == ABSENT)
        return "its fileSchema has no Bucket or no Key";
    if (made && str_parse_u64(made, strlen(made), &made_ms))
        v->at_s = (int64_t)(made_ms / 1000);
    *bucket = strstr(name, arn) ? strstr(name, arn) + strlen(arn) : name;
    return names_bucket_problem(*bucket, strlen(*bucket)) ? "its destinationBucket is none" : NULL;
}

static enum err_code read_parts(
        struct inventory *v, const json_t *root, const char *bucket, struct err *e)
{
    enum err_code code = ERR_OK;
    const json_t *file;
    size_t i;

    json_array_foreach(json_object_get(root, "files"), i, file)
    {
        const char *key = json_string_value(json_object_get(file, "key"));
        const char *md5 = json_string_value(json_object_get(file, "MD5checksum"));

        if (!key) {
            problems_add(v->problems, 0, "a file of the inventory has no key");
            continue;
        }
        code = read_part(v, bucket, key, md5, e);
        if (code != ERR_OK)
            break;
    }
    return code;
}

enum err_code inventory_read(const struct plan_env *env, const char *json, size_t len,
        struct problems *problems, expanded_cb each, void *ctx, struct inventory_counts *counts,
        struct err *e)
{
    struct inventory v = {
            .env = env, .problems = problems, .each = each, .ctx = ctx, .counts = counts};
    enum err_code code = ERR_OK;
    const char *bucket = NULL, *problem;
    json_error_t error;
    json_t *root = json_loadb(json, len, 0, &error);

    memset(counts, 0, sizeof *counts);
    if (!root && json_error_code(&error) == json_error_out_of_memory)
        return err_nomem(e);
    buf_init(&v.key, BUF_MAX_LINE);
    problem = root ? take_manifest(&v, root, &bucket) : "it is not JSON";
    if (problem)
        problems_add(problems, 0, "%s", problem);
    else
        code = read_parts(&v, root, bucket, e);
    json_decref(root);
    buf_free(&v.key);
    return code;
}
