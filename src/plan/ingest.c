#include "plan/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "base/temp_file.h"
#include "model/item.h"
#include "model/names.h"
#include "plan/collide.h"
#include "plan/expand/expand.h"
#include "plan/expand/inventory.h"
#include "plan/list_copy.h"
#include "plan/lists/list_source.h"
#include "plan/lists/row_taker.h"
#include "plan/manifest.h"
#include "plan/repeats.h"

struct ingest {
    const struct plan_env *env;
    struct row_taker rows;
    struct manifest *manifest; /* NULL: only the digest is wanted */
    struct buf inventory;      /* the list, where it is the manifest.json of an inventory */
    enum { LIST_OF_ROWS, LIST_OF_FILES } kind;
    EVP_MD_CTX *digest; /* of all bytes so far */
    uint64_t bytes;     /* of the file that is read from S3, so far */
    int spool;          /* a list in S3 that is read from a file; -1: it is read as it comes */
};

/* --- the manifest's bytes --- */

static enum err_code digest_begin(struct ingest *in, struct err *e)
{
    enum err_code code;
    struct buf filters;

    in->digest = EVP_MD_CTX_new();
    if (!in->digest || EVP_DigestInit_ex(in->digest, EVP_sha256(), NULL) != 1)
        return err_nomem(e);
    buf_init(&filters, BUF_MAX_SMALL);
    filter_text(&filters, in->env->input);
    code = buf_check(&filters, "the filters", e);
    if (code == ERR_OK && EVP_DigestUpdate(in->digest, buf_str(&filters), filters.len) != 1)
        code = err_nomem(e);
    buf_free(&filters);
    return code;
}

static bool has_filters(const struct input *input)
{
    struct buf filters;
    bool has;

    buf_init(&filters, BUF_MAX_SMALL);
    filter_text(&filters, input);
    has = filters.len > 0;
    buf_free(&filters);
    return has;
}

static enum err_code feed(void *ctx, const char *data, size_t len, struct err *e)
{
    struct ingest *in = ctx;

    if (EVP_DigestUpdate(in->digest, data, len) != 1)
        return err_nomem(e);
    if (in->manifest && in->kind == LIST_OF_FILES) {
        buf_add(&in->inventory, data, len);
        return buf_check(&in->inventory, "the inventory's manifest.json", e);
    }
    return in->manifest ? manifest_feed(in->manifest, data, len, e) : ERR_OK;
}

/* A list whose rows are asked about while it is read cannot be read while it comes. */
static enum err_code write_spool(struct ingest *in, const char *data, size_t len, struct err *e)
{
    while (len > 0) {
        ssize_t n = write(in->spool, data, len);

        if (n < 0 && errno != EINTR)
            return err_errno(e, errno, "cannot write the manifest to a temporary file");
        data += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return ERR_OK;
}

/* Whether rows of the list may stand for prefixes, by its first bytes: those of JSON, or of gzip,
 * of which nobody knows yet. */
static bool may_expand(const struct ingest *in, char first)
{
    return in->env->input->wildcards || first == '{' || first == '\x1f' || first == '\xef';
}

static enum err_code open_spool(struct ingest *in, struct err *e)
{
    in->spool = temp_file_open(store_temp_dir(in->env->store));
    return in->spool >= 0 ? ERR_OK : err_errno(e, errno, "cannot make a temporary file");
}

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct ingest *in = ctx;

    (void)status;
    if (stop_asked(in->env->stop))
        return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
    if (in->bytes == 0 && len > 0 && may_expand(in, data[0]) && open_spool(in, e) != ERR_OK)
        return e->code;
    in->bytes += len;
    return in->spool >= 0 ? write_spool(in, data, len, e) : feed(in, data, len, e);
}

static enum err_code read_spool(struct ingest *in, struct err *e)
{
    enum err_code code = ERR_OK;

    if (in->spool < 0)
        return ERR_OK;
    code = lseek(in->spool, 0, SEEK_SET) == 0 ? list_read(in->env, in->spool, feed, in, e)
                                              : err_errno(e, errno, "cannot read a temporary file");
    close(in->spool);
    in->spool = -1;
    return code;
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
    enum err_code code;

    in->bytes = 0;
    code = sync_get_object(&in->env->sync, where, &get, e);
    if (code != ERR_OK && e->http_status >= 400)
        code = list_error(in->env, where, e);
    return code == ERR_OK ? read_spool(in, e) : code;
}

/* The list, as its identity tells of it. */
static enum err_code read_list_object(struct ingest *in, const char *identity, struct err *e)
{
    const struct s3_where where = list_object(in->env);
    char *etag = NULL;
    enum err_code code = list_etag(identity, &etag, e);

    if (code == ERR_OK)
        code = read_s3(in, &where, etag, e);
    free(etag);
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
    enum err_code code;

    if (fd < 0)
        return err_set(e, ERR_MANIFEST, "manifest %s: %s", path, strerror(errno));
    code = list_read(in->env, fd, feed, in, e);
    if (!standard)
        close(fd);
    return code;
}

/* The manifest.json was read: its digest, and those of its files that stand in it, tell the list.
 */
static enum err_code read_inventory(struct ingest *in, struct err *e)
{
    struct inventory_counts counts;
    enum err_code code;

    code = inventory_read(in->env, buf_str(&in->inventory), in->inventory.len, in->rows.problems,
            row_taker_listed, &in->rows, &counts, e);
    if (code == ERR_OK && counts.passed_over > 0)
        log_info("%llu row%s of the inventory, of delete markers or of older versions, %s left out",
                (unsigned long long)counts.passed_over, str_plural(counts.passed_over),
                counts.passed_over == 1 ? "is" : "are");
    if (code == ERR_OK && counts.objects == 0 && in->rows.problems->total == 0)
        problems_add(in->rows.problems, 0, "the inventory has no objects");
    return code;
}

static enum err_code read_list(struct ingest *in, const char *identity, struct err *e)
{
    const struct input *input = in->env->input;
    enum err_code code;

    if (input->source_prefix)
        return row_taker_source_prefix(&in->rows, e);
    code = input->csv_path ? read_file(in, e) : read_list_object(in, identity, e);
    if (code == ERR_OK && inventory_is_one(buf_str(&in->inventory), in->inventory.len))
        return read_inventory(in, e);
    in->kind = LIST_OF_ROWS;
    if (code == ERR_OK && in->inventory.len > 0)
        code = manifest_feed(in->manifest, buf_str(&in->inventory), in->inventory.len, e);
    return code == ERR_OK ? manifest_finish(in->manifest, e) : code;
}

enum err_code ingest_digest(
        const struct plan_env *env, const char *identity, char **out, struct err *e)
{
    struct ingest in = {.env = env};
    enum err_code code;

    *out = NULL;
    if (has_copy(env) && !has_filters(env->input)) {
        *out = strdup(env->copy->digest);
        return *out ? ERR_OK : err_nomem(e);
    }
    if (!env->input->csv_path || (!*identity && !has_copy(env)))
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
    struct row_taker *rows = &in->rows;
    enum err_code code;

    in->kind = inventory_is_named(input) ? LIST_OF_FILES : LIST_OF_ROWS;
    buf_init(&in->inventory, INVENTORY_MANIFEST_MAX);
    code = digest_begin(in, e);
    rows->digest = in->digest;
    if (code == ERR_OK)
        code = row_taker_begin(rows, e);
    if (code == ERR_OK)
        code = manifest_new(
                &in->manifest, options_of(input), rows->problems, row_taker_row, rows, e);
    if (code == ERR_OK)
        code = collide_new(&rows->collide, store_temp_dir(in->env->store), 0, e);
    if (code == ERR_OK)
        collide_set_tick(rows->collide, tick, in->env->sync.net);
    if (code == ERR_OK)
        code = store_create(in->env->store, ITEMS_FILE, &rows->items, e);
    return code;
}

/* Reads one file that the index names, by a parser of its own. *lines: those before it, and then
 * with its own. */
static enum err_code read_indexed(struct ingest *in, const struct list_index *index,
        const struct list_index_file *file, uint64_t *lines, struct err *e)
{
    const struct s3_where where = {
            .bucket = file->bucket, .key = file->key, .version_id = file->version_id};
    struct manifest_options options = options_of(in->env->input);
    enum err_code code;

    options.header = false;
    options.columns = NULL;
    options.encoding = index->encoding;
    options.of_index = &index->columns;
    options.lines_before = *lines;
    code = manifest_new(&in->manifest, options, in->rows.problems, row_taker_row, &in->rows, e);
    if (code == ERR_OK)
        code = list_tell_file(in->env, &where, e);
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

static enum err_code find_repeats(struct row_taker *rows, struct err *e)
{
    uint64_t dropped;
    enum err_code code =
            repeats_find(rows->collide, rows->items, rows->env->input, rows->problems, &dropped, e);

    rows->plan->items -= dropped;
    rows->plan->duplicates = dropped;
    return code;
}

enum err_code ingest(const struct plan_env *env, const char *identity, struct plan *p,
        struct problems *problems, FILE **items, struct err *e)
{
    struct ingest in = {.env = env, .spool = -1};
    struct row_taker *rows = &in.rows;
    enum err_code code;

    row_taker_init(rows, env);
    rows->plan = p;
    rows->problems = problems;
    code = begin(&in, e);
    if (code == ERR_OK)
        code = read_list(&in, identity, e);
    if (code == ERR_OK)
        code = read_index(&in, e);
    if (code == ERR_OK)
        row_taker_check_left(rows);
    if (code == ERR_OK)
        code = find_repeats(rows, e);
    if (code == ERR_OK) {
        p->digest = list_digest_text(in.digest);
        code = p->digest ? ERR_OK : err_nomem(e);
    }
    *items = code == ERR_OK && problems->total == 0 ? rows->items : NULL;
    if (rows->items && !*items)
        store_discard(env->store, ITEMS_FILE, rows->items);
    if (in.spool >= 0)
        close(in.spool);
    EVP_MD_CTX_free(in.digest);
    manifest_free(in.manifest);
    collide_free(rows->collide);
    buf_free(&in.inventory);
    row_taker_free(rows);
    return code;
}
