#include "plan/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "model/item.h"
#include "model/names.h"
#include "plan/collide.h"
#include "plan/list_copy.h"
#include "plan/manifest.h"
#include "plan/repeats.h"

struct ingest {
    const struct plan_env *env;
    struct plan *plan;
    struct problems *problems;
    struct manifest *manifest; /* NULL: only the digest is wanted */
    EVP_MD_CTX *digest;        /* of all bytes so far */
    struct collide *collide;
    FILE *items;
    uint64_t offset;                         /* in items.jsonl */
    struct buf line, key;                    /* scratch */
    struct buf start_key, end_key, page_key; /* our own objects in the destination */
};

static bool admits(const struct plan_env *env, const char *bucket)
{
    return !env->source_buckets || str_matches_any(env->source_buckets, bucket);
}

/* --- rows --- */

/* Says what is wrong with a row's destination key; NULL: nothing is. */
static const char *destination_problem(const struct ingest *in, const struct manifest_row *row)
{
    size_t folder = strlen(in->env->input->destination_folder);

    if (row->naming.root && in->key.len <= folder)
        return "is its sourceRootFolderKey itself, so that its copy has no name";
    if (row->naming.relative && str_ends(row->key, "/"))
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
    return NULL;
}

/* The task role may read no other bucket; this says so before anything is copied. */
static bool is_source(struct ingest *in, const struct manifest_row *row)
{
    struct buf shown;

    if (admits(in->env, row->bucket))
        return true;
    buf_init(&shown, BUF_MAX_SMALL);
    problems_add(in->problems, row->line,
            "bucket \"%s\" is none that this installation copies from (%s); its owner adds it to "
            "sourceBuckets of the stack",
            str_show(&shown, row->bucket, strlen(row->bucket)), in->env->source_buckets);
    buf_free(&shown);
    return false;
}

/* A row that stands for the objects of a prefix. */
static void refuse_prefix(struct ingest *in, const struct manifest_row *row)
{
    struct buf shown;

    buf_init(&shown, BUF_MAX_SMALL);
    problems_add(in->problems, row->line,
            "sourceKey \"%s\" stands for many objects, which this version does not list; name each "
            "of them",
            str_show(&shown, row->key, strlen(row->key)));
    buf_free(&shown);
}

static void refuse_key(struct ingest *in, const struct manifest_row *row, const char *problem)
{
    struct buf shown;

    buf_init(&shown, BUF_MAX_SMALL);
    problems_add(in->problems, row->line, "key \"%s\" %s",
            str_show(&shown, row->key, strlen(row->key)), problem);
    buf_free(&shown);
}

static enum err_code on_row(void *ctx, const struct manifest_row *row, struct err *e)
{
    struct ingest *in = ctx;
    const char *problem;
    enum err_code code;
    struct item item;

    if (!is_source(in, row))
        return ERR_OK;
    if (row->kind == MANIFEST_ROW_PREFIX) {
        refuse_prefix(in, row);
        return ERR_OK;
    }
    buf_clear(&in->key);
    item_named_key(&in->key, in->env->input, &row->naming, row->key);
    if (in->key.failed == ERR_NOMEM)
        return err_nomem(e);
    problem = destination_problem(in, row);
    if (problem) {
        refuse_key(in, row, problem);
        return ERR_OK;
    }
    item = (struct item){.line = row->line,
            .bucket = (char *)row->bucket,
            .key = (char *)row->key,
            .version_id = (char *)row->version_id,
            .destination_key = (char *)buf_str(&in->key),
            .overrides = row->overrides};
    buf_clear(&in->line);
    item_write(&in->line, &item);
    code = buf_check(&in->line, "an item's line", e);
    if (code == ERR_OK)
        code = collide_add(in->collide, buf_str(&in->key), in->key.len, row->line, in->offset, e);
    if (code == ERR_OK)
        code = plan_add_bucket(in->plan, row->bucket, e);
    if (code == ERR_OK && fwrite(buf_str(&in->line), 1, in->line.len, in->items) != in->line.len)
        code = err_errno(e, errno, "cannot write " ITEMS_FILE);
    in->offset += in->line.len;
    in->plan->items++;
    return code;
}

/* --- where the manifest comes from --- */

static struct s3_where manifest_object(const struct plan_env *env)
{
    struct s3_where where = {env->input->csv_bucket, env->input->csv_key, NULL};

    return where;
}

/* Errors of S3 about the manifest are errors of the manifest: ours, not the destination's. */
static enum err_code manifest_error(
        const struct plan_env *env, const struct s3_where *where, struct err *e)
{
    if (e->cls == ERR_CLASS_PERMANENT && e->http_status >= 400 && e->code != ERR_CREDENTIALS)
        e->code = ERR_MANIFEST;
    if (e->http_status == 404)
        snprintf(e->message, sizeof e->message, "it is not there");
    else if (e->code == ERR_PRECONDITION || e->http_status == 412)
        snprintf(e->message, sizeof e->message, "it changed while it was read; run again");
    if (e->http_status == 403 && !admits(env, where->bucket))
        snprintf(e->message, sizeof e->message,
                "this installation reads %s alone; its owner adds the bucket of the manifest to "
                "sourceBuckets of the stack",
                env->source_buckets);
    err_prefix(e, "manifest s3://%s/%s%s%s", where->bucket, where->key,
            e->service_code[0] ? ": " : "", e->service_code);
    return e->code;
}

/* A HEAD's error has no body: a GET of one byte tells it in S3's own words. */
static enum err_code explain(
        const struct plan_env *env, const struct s3_where *where, struct err *e)
{
    struct s3_get get = {.first = 0, .last = 0};
    struct err words;

    if (sync_get_object(&env->sync, where, &get, &words) != ERR_OK && words.service_code[0])
        *e = words;
    return e->code;
}

static enum err_code file_identity(const struct input *input, struct buf *out, struct err *e)
{
    struct stat st;

    if (strcmp(input->csv_path, "-") == 0)
        return ERR_OK;
    if (stat(input->csv_path, &st) != 0)
        return err_set(e, ERR_MANIFEST, "manifest %s: %s", input->csv_path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_MANIFEST, "manifest %s: it is a folder", input->csv_path);
    if (S_ISREG(st.st_mode)) /* a pipe is never the same again */
        buf_addf(out, "file:%s:%lld:%lld:%lld.%09ld", input->csv_path, (long long)st.st_ino,
                (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    return ERR_OK;
}

enum err_code ingest_identity(const struct plan_env *env, char **out, struct err *e)
{
    struct s3_where where = manifest_object(env);
    struct object_info object;
    enum err_code code;
    struct buf id;

    *out = NULL;
    buf_init(&id, BUF_MAX_SMALL);
    if (env->input->csv_path) {
        code = file_identity(env->input, &id, e);
    } else {
        code = sync_head_object(&env->sync, &where, &object, e);
        if (code != ERR_OK && e->http_status >= 400 && !e->service_code[0])
            code = explain(env, &where, e);
        if (code != ERR_OK)
            code = manifest_error(env, &where, e);
        else
            buf_addf(&id, "s3://%s/%s:%s", where.bucket, where.key, object.etag);
    }
    if (code == ERR_OK) {
        *out = buf_take(&id);
        if (!*out)
            code = err_nomem(e);
    }
    buf_free(&id);
    return code;
}

/* --- the manifest's bytes --- */

static enum err_code digest_begin(struct ingest *in, struct err *e)
{
    in->digest = EVP_MD_CTX_new();
    if (!in->digest || EVP_DigestInit_ex(in->digest, EVP_sha256(), NULL) != 1)
        return err_nomem(e);
    return ERR_OK;
}

static enum err_code feed(struct ingest *in, const char *data, size_t len, struct err *e)
{
    if (EVP_DigestUpdate(in->digest, data, len) != 1)
        return err_nomem(e);
    return in->manifest ? manifest_feed(in->manifest, data, len, e) : ERR_OK;
}

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct ingest *in = ctx;

    (void)status;
    if (stop_asked(in->env->stop))
        return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
    return feed(in, data, len, e);
}

/* etag: which object it is to be; NULL: any. */
static enum err_code read_s3(
        struct ingest *in, const struct s3_where *where, const char *etag, struct err *e)
{
    struct s3_get get = {.first = 0,
            .last = UINT64_MAX,
            .if_match = etag,
            .on_body = on_body,
            .on_body_ctx = in};
    enum err_code code = sync_get_object(&in->env->sync, where, &get, e);

    if (code != ERR_OK && e->http_status >= 400)
        code = manifest_error(in->env, where, e);
    return code;
}

static bool has_copy(const struct plan_env *env)
{
    return env->copy && env->copy->fd >= 0;
}

static enum err_code read_file(struct ingest *in, struct err *e)
{
    const char *path = in->env->input->csv_path;
    bool copied = has_copy(in->env), standard = strcmp(path, "-") == 0 && !copied;
    int fd = copied     ? list_copy_open(in->env->copy)
             : standard ? STDIN_FILENO
                        : open(path, O_RDONLY | O_CLOEXEC);
    enum err_code code = ERR_OK;
    char *block = malloc(LIST_BLOCK);
    size_t len = 1;

    if (fd < 0)
        code = err_set(e, ERR_MANIFEST, "manifest %s: %s", path, strerror(errno));
    else if (!block)
        code = err_nomem(e);
    while (code == ERR_OK && len > 0) {
        code = list_read_block(in->env, fd, block, &len, e);
        if (code == ERR_OK && len > 0)
            code = feed(in, block, len, e);
    }
    if (fd >= 0 && !standard)
        close(fd);
    free(block);
    return code;
}

/* The list itself, which may be an index of others. */
static enum err_code read_list(struct ingest *in, const char *identity, struct err *e)
{
    const struct s3_where where = manifest_object(in->env);
    const char *etag = strrchr(identity, ':');

    if (in->env->input->csv_path)
        return read_file(in, e);
    return read_s3(in, &where, etag ? etag + 1 : NULL, e);
}

enum err_code ingest_digest(
        const struct plan_env *env, const char *identity, char **out, struct err *e)
{
    struct ingest in = {.env = env};
    enum err_code code;

    *out = NULL;
    if (has_copy(env)) {
        *out = strdup(env->copy->digest);
        return *out ? ERR_OK : err_nomem(e);
    }
    if (!env->input->csv_path || !*identity)
        return ERR_OK;
    code = digest_begin(&in, e);
    if (code == ERR_OK)
        code = read_file(&in, e);
    if (code == ERR_OK) {
        *out = list_digest_text(in.digest);
        code = *out ? ERR_OK : err_nomem(e);
    }
    EVP_MD_CTX_free(in.digest);
    return code;
}

/* --- the whole --- */

/* Heartbeats go out, signals come in. */
static void tick(void *ctx)
{
    net_turn(ctx);
}

static struct manifest_options options_of(const struct input *input)
{
    return (struct manifest_options){
            .encoding = input->manifest_encoding,
            .header = input->manifest_header,
            .only_failed = input->only_failed,
            .words = input->words,
            .columns = input->manifest_columns,
            .destination_bucket = input->destination_bucket,
            .destination_folder = input->destination_folder,
    };
}

static enum err_code begin(struct ingest *in, struct err *e)
{
    const struct input *input = in->env->input;
    enum err_code code;

    buf_init(&in->line, BUF_MAX_LINE);
    buf_init(&in->key, BUF_MAX_SMALL);
    buf_init(&in->start_key, BUF_MAX_SMALL);
    buf_init(&in->end_key, BUF_MAX_SMALL);
    buf_init(&in->page_key, BUF_MAX_SMALL);
    input_marker_key(&in->start_key, input);
    input_report_key(&in->end_key, input);
    input_page_key(&in->page_key, input);
    code = digest_begin(in, e);
    if (code == ERR_OK)
        code = buf_check(&in->start_key, "the start marker's key", e);
    if (code == ERR_OK)
        code = buf_check(&in->end_key, "the report's key", e);
    if (code == ERR_OK)
        code = buf_check(&in->page_key, "the report page's key", e);
    if (code == ERR_OK)
        code = manifest_new(&in->manifest, options_of(input), in->problems, on_row, in, e);
    if (code == ERR_OK)
        code = collide_new(&in->collide, store_temp_dir(in->env->store), 0, e);
    if (code == ERR_OK)
        collide_set_tick(in->collide, tick, in->env->sync.net);
    if (code == ERR_OK)
        code = store_create(in->env->store, ITEMS_FILE, &in->items, e);
    return code;
}

/* Reads one file that the index names, by a parser of its own. *lines: those before it, and then
 * with its own. */
static enum err_code read_indexed(struct ingest *in, const struct list_index *index,
        const struct list_index_file *file, uint64_t *lines, struct err *e)
{
    const struct s3_where where = {file->bucket, file->key, file->version_id};
    struct manifest_options options = options_of(in->env->input);
    enum err_code code;

    options.header = false;
    options.columns = NULL;
    options.encoding = index->encoding;
    options.of_index = &index->columns;
    options.lines_before = *lines;
    code = manifest_new(&in->manifest, options, in->problems, on_row, in, e);
    if (code == ERR_OK)
        code = read_s3(in, &where, NULL, e);
    if (code == ERR_OK)
        code = manifest_finish(in->manifest, e);
    if (code == ERR_OK)
        *lines = manifest_lines(in->manifest);
    return code;
}

/* Reads all files that the list names, if it is an index of them. */
static enum err_code read_index(struct ingest *in, struct err *e)
{
    struct manifest *list = in->manifest;
    const struct list_index *index = manifest_index(list);
    enum err_code code = ERR_OK;
    uint64_t lines = 0;
    size_t i;

    for (i = 0; index && code == ERR_OK && i < index->count; i++) {
        in->manifest = NULL;
        code = read_indexed(in, index, &index->files[i], &lines, e);
        manifest_free(in->manifest);
    }
    in->manifest = list;
    return code;
}

static enum err_code find_repeats(struct ingest *in, struct err *e)
{
    uint64_t dropped;
    enum err_code code =
            repeats_find(in->collide, in->items, in->env->input, in->problems, &dropped, e);

    in->plan->items -= dropped;
    in->plan->duplicates = dropped;
    return code;
}

enum err_code ingest(const struct plan_env *env, const char *identity, struct plan *p,
        struct problems *problems, FILE **items, struct err *e)
{
    struct ingest in = {.env = env, .plan = p, .problems = problems};
    enum err_code code = begin(&in, e);

    if (code == ERR_OK)
        code = read_list(&in, identity, e);
    if (code == ERR_OK)
        code = manifest_finish(in.manifest, e);
    if (code == ERR_OK)
        code = read_index(&in, e);
    if (code == ERR_OK)
        code = find_repeats(&in, e);
    if (code == ERR_OK) {
        p->digest = list_digest_text(in.digest);
        code = p->digest ? ERR_OK : err_nomem(e);
    }
    *items = code == ERR_OK && problems->total == 0 ? in.items : NULL;
    if (in.items && !*items)
        store_discard(env->store, ITEMS_FILE, in.items);
    EVP_MD_CTX_free(in.digest);
    manifest_free(in.manifest);
    collide_free(in.collide);
    buf_free(&in.line);
    buf_free(&in.key);
    buf_free(&in.start_key);
    buf_free(&in.end_key);
    buf_free(&in.page_key);
    return code;
}
