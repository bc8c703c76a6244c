#include "plan/lists/list_source.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "plan/expand/filter.h"

#define FILTER_MARK "|" /* in an identity, behind the ETag */

enum { FILTER_BYTES = 8 }; /* of the digest of the filters in an identity */

bool list_admits(const struct plan_env *env, const char *bucket)
{
    return !env->source_buckets || str_matches_any(env->source_buckets, bucket);
}

struct s3_where list_object(const struct plan_env *env)
{
    struct s3_where where = {.bucket = env->input->csv_bucket, .key = env->input->csv_key};

    return where;
}

enum err_code list_tell_file(const struct plan_env *env, const struct s3_where *file, struct err *e)
{
    if (!env->on_list_file)
        return ERR_OK;
    return env->on_list_file(env->on_list_file_ctx, file->bucket, file->key, file->version_id, e);
}

enum err_code list_error(const struct plan_env *env, const struct s3_where *where, struct err *e)
{
    if (e->cls == ERR_CLASS_PERMANENT && e->http_status >= 400 && e->code != ERR_CREDENTIALS)
        e->code = ERR_MANIFEST;
    if (e->http_status == 404)
        snprintf(e->message, sizeof e->message, "it is not there");
    else if (e->code == ERR_PRECONDITION || e->http_status == 412)
        snprintf(e->message, sizeof e->message, "it changed while it was read; run again");
    if (e->http_status == 403 && !list_admits(env, where->bucket))
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

/* Appends what tells other items of the same list from these: the filters. */
static enum err_code add_filters(struct buf *id, const struct input *input, struct err *e)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * FILTER_BYTES + 1];
    enum err_code code;
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    filter_text(&text, input);
    code = buf_check(&text, "the filters", e);
    if (code == ERR_OK && text.len > 0) {
        SHA256((const unsigned char *)buf_str(&text), text.len, digest);
        str_hex(hex, digest, FILTER_BYTES);
        buf_addf(id, FILTER_MARK "%s", hex);
    }
    buf_free(&text);
    return code;
}

enum err_code list_identity(const struct plan_env *env, char **out, struct err *e)
{
    struct s3_where where = list_object(env);
    struct object_info object;
    enum err_code code;
    struct buf id;

    *out = NULL;
    buf_init(&id, BUF_MAX_SMALL);
    if (env->input->source_prefix) {
        buf_adds(&id, env->input->source_prefix);
        code = ERR_OK;
    } else if (env->input->csv_path) {
        code = file_identity(env->input, &id, e);
    } else {
        code = sync_head_object(&env->sync, &where, &object, e);
        if (code != ERR_OK && e->http_status >= 400 && !e->service_code[0])
            code = explain(env, &where, e);
        if (code != ERR_OK)
            code = list_error(env, &where, e);
        else
            buf_addf(&id, "s3://%s/%s:%s", where.bucket, where.key, object.etag);
    }
    if (code == ERR_OK && id.len > 0 && !str_ends(buf_str(&id), ":"))
        code = add_filters(&id, env->input, e);
    if (code == ERR_OK) {
        *out = buf_take(&id);
        if (!*out)
            code = err_nomem(e);
    }
    buf_free(&id);
    return code;
}

enum err_code list_etag(const char *identity, char **out, struct err *e)
{
    const char *etag = strrchr(identity, ':');

    etag = etag ? etag + 1 : "";
    *out = str_dup_n(etag, strcspn(etag, FILTER_MARK));
    return *out ? ERR_OK : err_nomem(e);
}
