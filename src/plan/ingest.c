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
#include "plan/manifest.h"
#include "plan/repeats.h"

struct ingest {
    const struct plan_env *env;
    struct plan *plan;
    struct problems *problems;
    struct manifest *manifest; /* NULL: only the digest is wanted */
    struct buf inventory;      /* the list, where it is the manifest.json of an inventory */
    enum { LIST_OF_ROWS, LIST_OF_FILES } kind;
    EVP_MD_CTX *digest; /* of all bytes so far */
    struct collide *collide;
    FILE *items;
    uint64_t offset;      /* in items.jsonl */
    uint64_t line_of_row; /* of the manifest: of the row that is taken */
    /* Every item has a line of its own: where a row stands for many objects, those behind it are
     * numbered as if the list were written out. This is added to the line of a row. */
    int64_t shift;
    uint64_t taken;       /* objects of the row that became items */
    int spool;            /* a list in S3 that is read from a file; -1: it is read as it comes */
    struct buf line, key; /* scratch */
    struct buf start_key, end_key; /* our own objects in the destination */
};

/* --- rows --- */

/* Says what is wrong with a row's destination key; NULL: nothing is. */
static const char *destination_problem(const struct ingest *in)
{
    size_t folder = strlen(in->env->input->destination_folder);

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
    return NULL;
}

/* The task role may read no other bucket; this says so before anything is copied. */
static bool is_source(struct ingest *in, uint64_t line, const char *bucket)
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

static void say_key_problem(struct ingest *in, const char *key, const char *problem)
{
    struct buf shown;

    buf_init(&shown, BUF_MAX_SMALL);
    problems_add(in->problems, in->line_of_row, "key \"%s\" %s", str_show(&shown, key, strlen(key)),
            problem);
    buf_free(&shown);
}

/* Whether the object stays in the list. */
static bool is_taken(struct ingest *in, const struct expanded *o)
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
static enum err_code take(struct ingest *in, const struct expanded *o, struct err *e)
{
    struct item item = {.line = (uint64_t)((int64_t)in->line_of_row + in->shift) + in->taken,
            .bucket = (char *)(uintptr_t)o->bucket,
            .key = (char *)(uintptr_t)o->key,
            .version_id = (char *)(uintptr_t)o->version_id,
            .listed = (struct item_listed *)(uintptr_t)o->listed};
    const char *problem;
    enum err_code code;

    if (!is_taken(in, o))
        return ERR_OK;
    buf_clear(&in->key);
    item_expanded_key(&in->key, in->env->input, o->key, o->root);
    if (in->key.failed == ERR_NOMEM)
        return err_nomem(e);
    problem = destination_problem(in);
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
    struct ingest *in = ctx;
    const char *version = o->version_id ? o->version_id : "";

    if (EVP_DigestUpdate(in->digest, o->bucket, strlen(o->bucket) + 1) != 1 ||
            EVP_DigestUpdate(in->digest, o->key, strlen(o->key) + 1) != 1 ||
            EVP_DigestUpdate(in->digest, version, strlen(version) + 1) != 1)
        return err_nomem(e);
    return take(in, o, e);
}

/* The items of the next row are numbered behind those of this one, which stood for many. */
static void shift_lines(struct ingest *in)
{
    in->shift += (int64_t)in->taken - 1;
    in->taken = 0;
}

static enum err_code take_prefix(
        struct ingest *in, const char *bucket, const char *prefix, struct err *e)
{
    struct expand_counts counts;
    enum err_code code = expand_prefix(in->env, bucket, prefix, on_expanded, in, &counts, e);

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

/* A row whose key ends with a '*', of a list in which that stands for many objects. */
static enum err_code take_wildcard(
        struct ingest *in, const struct manifest_row *row, size_t prefix_len, struct err *e)
{
    char *prefix;
    enum err_code code;

    if (row->version_id) {
        say_key_problem(in, row->key, "stands for many objects, and has the id of one version");
        return ERR_OK;
    }
    prefix = str_dup_n(row->key, prefix_len);
    code = prefix ? take_prefix(in, row->bucket, prefix, e) : err_nomem(e);
    free(prefix);
    return code;
}

static enum err_code on_row(void *ctx, const struct manifest_row *row, struct err *e)
{
    struct ingest *in = ctx;
    const char *slash = strrchr(row->key, '/');
    struct expanded object = {.bucket = row->bucket,
            .key = row->key,
            .version_id = row->version_id,
            .root = slash ? (size_t)(slash - row->key) + 1 : 0,
            .facts = {.key = row->key}};
    size_t prefix_len;
    enum err_code code;

    in->line_of_row = row->line;
    if (!is_source(in, row->line, row->bucket))
        return ERR_OK;
    if (in->env->input->wildcards && expand_is_wildcard(row->key, &prefix_len))
        return take_wildcard(in, row, prefix_len, e);
    if (in->env->input->wildcards && strchr(row->key, '*')) {
        say_key_problem(in, row->key,
                "has a * that does not stand at its end behind a '/', the only place where it "
                "stands for more; include and exclude take patterns");
        return ERR_OK;
    }
    code = take(in, &object, e);
    in->taken = 0;
    return code;
}

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

static enum err_code feed(struct ingest *in, const char *data, size_t len, struct err *e)
{
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

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct ingest *in = ctx;

    (void)status;
    if (stop_asked(in->env->stop))
        return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
    return in->spool >= 0 ? write_spool(in, data, len, e) : feed(in, data, len, e);
}

/* Takes the bytes of an open file in, from its beginning. */
static enum err_code feed_file(struct ingest *in, int fd, struct err *e)
{
    enum err_code code = ERR_OK;
    char *block = malloc(LIST_BLOCK);
    size_t len = 1;

    if (!block)
        return err_nomem(e);
    while (code == ERR_OK && len > 0) {
        code = list_read_block(in->env, fd, block, &len, e);
        if (code == ERR_OK && len > 0)
            code = feed(in, block, len, e);
    }
    free(block);
    return code;
}

static enum err_code open_spool(struct ingest *in, struct err *e)
{
    if (!in->env->input->wildcards)
        return ERR_OK;
    in->spool = temp_file_open(store_temp_dir(in->env->store));
    return in->spool >= 0 ? ERR_OK : err_errno(e, errno, "cannot make a temporary file");
}

static enum err_code read_spool(struct ingest *in, struct err *e)
{
    enum err_code code = ERR_OK;

    if (in->spool < 0)
        return ERR_OK;
    code = lseek(in->spool, 0, SEEK_SET) == 0 ? feed_file(in, in->spool, e)
                                              : err_errno(e, errno, "cannot read a temporary file");
    close(in->spool);
    in->spool = -1;
    return code;
}

static enum err_code read_s3(struct ingest *in, const char *identity, struct err *e)
{
    struct s3_get get = {.first = 0, .last = UINT64_MAX, .on_body = on_body, .on_body_ctx = in};
    struct s3_where where = list_object(in->env);
    enum err_code code = open_spool(in, e);
    char *etag = NULL;

    if (code == ERR_OK)
        code = list_etag(identity, &etag, e);
    if (code != ERR_OK)
        return code;
    get.if_match = etag;
    code = sync_get_object(&in->env->sync, &where, &get, e);
    if (code != ERR_OK && e->http_status >= 400)
        code = list_error(in->env, e);
    if (code == ERR_OK)
        code = read_spool(in, e);
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
    code = feed_file(in, fd, e);
    if (!standard)
        close(fd);
    return code;
}

/* The list is what lies below a prefix. */
static enum err_code read_prefix(struct ingest *in, struct err *e)
{
    char *bucket;
    const char *prefix = input_prefix(in->env->input, &bucket);
    enum err_code code = ERR_OK;

    if (!prefix)
        return err_nomem(e);
    in->line_of_row = 1;
    if (is_source(in, 0, bucket))
        code = take_prefix(in, bucket, prefix, e);
    free(bucket);
    return code;
}

static enum err_code on_inventory(void *ctx, const struct expanded *o, struct err *e)
{
    struct ingest *in = ctx;

    return is_source(in, 0, o->bucket) ? take(in, o, e) : ERR_OK;
}

/* The manifest.json was read: its digest, and those of its files that stand in it, tell the list.
 */
static enum err_code read_inventory(struct ingest *in, struct err *e)
{
    struct inventory_counts counts;
    enum err_code code;

    in->line_of_row = 1;
    code = inventory_read(in->env, buf_str(&in->inventory), in->inventory.len, in->problems,
            on_inventory, in, &counts, e);
    if (code == ERR_OK && counts.passed_over > 0)
        log_info("%llu row%s of the inventory, of delete markers or of older versions, %s left out",
                (unsigned long long)counts.passed_over, str_plural(counts.passed_over),
                counts.passed_over == 1 ? "is" : "are");
    if (code == ERR_OK && counts.objects == 0 && in->problems->total == 0)
        problems_add(in->problems, 0, "the inventory has no objects");
    return code;
}

static enum err_code read_list(struct ingest *in, const char *identity, struct err *e)
{
    const struct input *input = in->env->input;
    enum err_code code;

    if (input->source_prefix)
        return read_prefix(in, e);
    code = input->csv_path ? read_file(in, e) : read_s3(in, identity, e);
    if (code == ERR_OK && inventory_is_one(buf_str(&in->inventory), in->inventory.len))
        return read_inventory(in, e);
    if (code == ERR_OK && in->inventory.len > 0)
        code = manifest_feed(in->manifest, buf_str(&in->inventory), in->inventory.len, e);
    return code == ERR_OK ? manifest_finish(in->manifest, e) : code;
}

/* Nothing is left of a list in which nothing is wrong. */
static void check_left(struct ingest *in)
{
    if (in->plan->items == 0 && in->plan->left_out > 0 && in->problems->total == 0)
        problems_add(in->problems, 0, "the filters leave out all of its %llu object%s",
                (unsigned long long)in->plan->left_out, str_plural(in->plan->left_out));
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

static enum err_code begin(struct ingest *in, struct err *e)
{
    const struct input *input = in->env->input;
    const struct manifest_options options = {
            .encoding = input->manifest_encoding,
            .header = input->manifest_header,
            .words = input->words,
    };
    enum err_code code;

    in->kind = inventory_is_named(input) ? LIST_OF_FILES : LIST_OF_ROWS;
    buf_init(&in->inventory, INVENTORY_MANIFEST_MAX);
    buf_init(&in->line, BUF_MAX_LINE);
    buf_init(&in->key, BUF_MAX_SMALL);
    buf_init(&in->start_key, BUF_MAX_SMALL);
    buf_init(&in->end_key, BUF_MAX_SMALL);
    input_marker_key(&in->start_key, input);
    input_report_key(&in->end_key, input);
    code = digest_begin(in, e);
    if (code == ERR_OK)
        code = buf_check(&in->start_key, "the start marker's key", e);
    if (code == ERR_OK)
        code = buf_check(&in->end_key, "the report's key", e);
    if (code == ERR_OK)
        code = manifest_new(&in->manifest, options, in->problems, on_row, in, e);
    if (code == ERR_OK)
        code = collide_new(&in->collide, store_temp_dir(in->env->store), 0, e);
    if (code == ERR_OK)
        collide_set_tick(in->collide, tick, in->env->sync.net);
    if (code == ERR_OK)
        code = store_create(in->env->store, ITEMS_FILE, &in->items, e);
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
    struct ingest in = {.env = env, .plan = p, .problems = problems, .spool = -1};
    enum err_code code = begin(&in, e);

    if (code == ERR_OK)
        code = read_list(&in, identity, e);
    if (code == ERR_OK)
        check_left(&in);
    if (code == ERR_OK)
        code = find_repeats(&in, e);
    if (code == ERR_OK) {
        p->digest = list_digest_text(in.digest);
        code = p->digest ? ERR_OK : err_nomem(e);
    }
    *items = code == ERR_OK && problems->total == 0 ? in.items : NULL;
    if (in.items && !*items)
        store_discard(env->store, ITEMS_FILE, in.items);
    if (in.spool >= 0)
        close(in.spool);
    EVP_MD_CTX_free(in.digest);
    manifest_free(in.manifest);
    collide_free(in.collide);
    buf_free(&in.inventory);
    buf_free(&in.line);
    buf_free(&in.key);
    buf_free(&in.start_key);
    buf_free(&in.end_key);
    return code;
}
