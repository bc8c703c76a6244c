#include "report/deliver.h"

#include <stdlib.h>

#include "base/heap.h"
#include "s3/own_file.h"

bool deliver_wants_csv(const struct report_env *env)
{
    return env->input->include_report && !env->input->dry_run;
}

/* A file of the report for the destination. */
struct delivery {
    void (*wanted)(struct buf *out, const struct input *in); /* its key, if nothing is there */
    const char *what, *content_type;
    enum on_foreign_file foreign;
    FILE *file; /* read from its beginning */
};

/* A file under way, for own_file_put(). */
struct writing {
    const struct report_env *env;
    const struct delivery *d;
};

static enum err_code write_file(void *ctx, const char *key, bool only_if_absent, struct err *e)
{
    const struct writing *w = ctx;
    const struct put_file put = {.content_type = w->d->content_type,
            .ours = OWN_FILE_REPORT,
            .only_if_absent = only_if_absent};

    return sync_put_file(
            &w->env->sync, w->env->input->destination_bucket, key, &put, w->d->file, e);
}

/* key: free(); NULL after an error. */
static enum err_code deliver(
        const struct report_env *env, const struct delivery *d, char **key, struct err *e)
{
    const char *bucket = env->input->destination_bucket;
    struct writing w = {.env = env, .d = d};
    struct buf wanted, at;
    enum err_code code;

    heap_trim(); /* what the rows needed is free now */
    buf_init(&wanted, BUF_MAX_SMALL);
    buf_init(&at, BUF_MAX_SMALL);
    d->wanted(&wanted, env->input);
    code = buf_check(&wanted, "the report's key", e);
    if (code == ERR_OK) {
        const struct own_file_target target = {.bucket = bucket,
                .wanted = buf_str(&wanted),
                .what = d->what,
                .foreign = d->foreign};

        code = own_file_put(&env->sync, &target, write_file, &w, &at, e);
    }
    if (code == ERR_OK)
        *key = buf_take(&at);
    else
        err_prefix(e, "cannot write the %s s3://%s/%s", d->what, bucket,
                buf_str(at.len ? &at : &wanted));
    buf_free(&wanted);
    buf_free(&at);
    return code;
}

/* Puts a file of the work store, or escaped in its place, into the destination. */
static enum err_code deliver_file(const struct report_env *env, const char *name,
        struct delivery *d, FILE *escaped, char **key, struct err *e)
{
    enum err_code code = ERR_OK;
    FILE *file = NULL;

    if (!escaped)
        code = store_read(env->store, name, &file, e);
    if (code == ERR_OK && !escaped && !file)
        code = err_set(e, ERR_IO, "the work store has no %s", name);
    if (code == ERR_OK) {
        d->file = escaped ? escaped : file;
        code = deliver(env, d, key, e);
    }
    if (file)
        fclose(file);
    return code;
}

enum err_code deliver_csv(const struct report_env *env, FILE *escaped, char **key, struct err *e)
{
    struct delivery csv = {.wanted = input_report_key,
            .what = "report",
            .content_type = "text/csv",
            .foreign = env->input->on_foreign_file};

    if (!deliver_wants_csv(env))
        return ERR_OK;
    return deliver_file(env, REPORT_CSV_FILE, &csv, escaped, key, e);
}

enum err_code deliver_page(const struct report_env *env, char **key, struct err *e)
{
    struct delivery page = {.wanted = input_page_key,
            .what = "report page",
            .content_type = "text/html; charset=utf-8",
            .foreign = env->input->on_foreign_file};

    if (!env->input->include_page || env->input->dry_run)
        return ERR_OK;
    return deliver_file(env, REPORT_PAGE_FILE, &page, NULL, key, e);
}

enum err_code deliver_record(const struct report_env *env, char **key, struct err *e)
{
    struct delivery record = {.wanted = input_delivery_key,
            .what = "delivery record",
            .content_type = "application/x-ndjson",
            .foreign = ON_FOREIGN_FILE_NUMBER};

    if (env->input->delivery_record != DELIVERY_DESTINATION || env->input->dry_run)
        return ERR_OK;
    return deliver_file(env, DELIVERY_FILE, &record, NULL, key, e);
}
