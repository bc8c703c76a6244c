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

/* Finds the key that a file gets at the destination; free(). */
static enum err_code find_key(
        const struct report_env *env, const struct delivery *d, char **out, struct err *e)
{
    const struct input *in = env->input;
    struct buf wanted, key;
    enum err_code code;

    buf_init(&wanted, BUF_MAX_SMALL);
    buf_init(&key, BUF_MAX_SMALL);
    d->wanted(&wanted, in);
    code = buf_check(&wanted, "the report's key", e);
    if (code == ERR_OK)
        code = own_file_place(
                &env->sync, in->destination_bucket, buf_str(&wanted), d->what, d->foreign, &key, e);
    if (code == ERR_OK)
        code = buf_check(&key, "the report's key", e);
    if (code == ERR_OK)
        *out = buf_take(&key);
    buf_free(&wanted);
    buf_free(&key);
    return code;
}

static void name_delivery(
        const struct report_env *env, const struct delivery *d, const char *key, struct err *e)
{
    struct buf wanted;

    buf_init(&wanted, BUF_MAX_SMALL);
    d->wanted(&wanted, env->input);
    err_prefix(e, "cannot write the %s s3://%s/%s", d->what, env->input->destination_bucket,
            key ? key : buf_str(&wanted));
    buf_free(&wanted);
}

static enum err_code deliver(
        const struct report_env *env, const struct delivery *d, char **key, struct err *e)
{
    enum err_code code;

    heap_trim(); /* what the rows needed is free now */
    code = find_key(env, d, key, e);
    if (code == ERR_OK)
        code = sync_put_file(&env->sync, env->input->destination_bucket, *key, d->content_type,
                OWN_FILE_REPORT, d->file, e);
    if (code != ERR_OK)
        name_delivery(env, d, *key, e);
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
