/* The audits of what the results of a job say, and of what the sources of a list are. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "job/engine_int.h"
#include "job/verify/audit_int.h"
#include "store/result_files.h"

enum { OWN_FILES = 4 };

/* An audit whose rows are sorted first. */
struct sorted {
    struct audit audit;
    struct audit_counts *counts;
    struct ext_sort *sort;
    struct buf text;              /* scratch */
    struct buf own[OWN_FILES];    /* keys of copyout's own files */
    const char *names[OWN_FILES]; /* the same */
    struct err err;               /* of a callback */
};

static enum err_code begin(struct sorted *s, const struct engine *g,
        const struct audit_config *config, struct audit_counts *counts, struct err *e)
{
    static void (*const keys[OWN_FILES])(struct buf * out, const struct input *in) = {
            input_marker_key, input_report_key, input_page_key, input_delivery_key};
    const struct input *in = g->input;
    enum err_code code = ERR_OK;
    unsigned i;

    memset(s, 0, sizeof *s);
    memset(counts, 0, sizeof *counts);
    err_clear(&s->err);
    s->counts = counts;
    buf_init(&s->text, (size_t)2 * BUF_MAX_RESULT);
    for (i = 0; i < OWN_FILES; i++) {
        buf_init(&s->own[i], BUF_MAX_SMALL);
        keys[i](&s->own[i], in);
        s->names[i] = buf_str(&s->own[i]);
        if (code == ERR_OK)
            code = buf_check(&s->own[i], "the name of a file", e);
    }
    s->audit = (struct audit){.config = config,
            .counts = counts,
            .bucket = in->destination_bucket,
            .folder = in->destination_folder,
            .own = s->names,
            .own_count = OWN_FILES};
    return code == ERR_OK ? ext_sort_new(&s->sort, store_temp_dir(g->store), e) : code;
}

static void end(struct sorted *s)
{
    unsigned i;

    ext_sort_free(s->sort);
    buf_free(&s->text);
    for (i = 0; i < OWN_FILES; i++)
        buf_free(&s->own[i]);
}

static enum err_code run(struct sorted *s, struct err *e)
{
    enum err_code code = ext_sort_begin(s->sort, e);

    return code == ERR_OK ? audit_run(&s->audit, audit_sort_next, s->sort, e) : code;
}

/* A row of a result: the object that it tells of, and where its tags are. The strings stay the
 * result's. */
static struct audit_row row_of(const struct result *r, enum audit_look look)
{
    return (struct audit_row){.look = look,
            .said = delivered_of(r),
            .source_bucket = r->item.bucket,
            .source_key = r->item.key,
            .source_version = r->item.version_id};
}

/* --- a job --- */

static enum err_code take_result(void *ctx, const struct result *r, struct err *e)
{
    struct sorted *s = ctx;
    struct audit_row row;

    if (!delivered_by(r))
        return ERR_OK;
    row = row_of(r, AUDIT_LOOK);
    s->audit.objects++;
    return audit_sort_add(s->sort, &s->text, &row, e);
}

/* The objects that the job did not deliver. ERR_INPUT: it delivered nothing, and never meant to. */
static enum err_code take_counts(struct sorted *s, const struct report *r, struct err *e)
{
    s->counts->failed = r->by_status[RESULT_FAILED];
    s->counts->not_reached = r->missing;
    if (r->by_status[RESULT_PENDING] > 0)
        return err_set(e, ERR_INPUT, "the job was a dry run: it copied nothing");
    if (r->missing == r->items)
        return err_set(e, ERR_INPUT, "the job has no results yet");
    return ERR_OK;
}

enum err_code audit_job(struct engine *g, const struct audit_config *config,
        struct audit_counts *counts, struct err *e)
{
    const struct report_env env = engine_report_env(g);
    struct result_files files = {0};
    struct report report = {0};
    struct sorted s;
    enum err_code code = begin(&s, g, config, counts, e);

    if (code == ERR_OK && config->tags && g->input->options.tags != TAGS_BEST_EFFORT &&
            g->input->options.tags != TAGS_REQUIRE)
        code = err_set(e, ERR_INPUT,
                "--tags: the copies of this job were not to have the tags of their sources");
    if (code == ERR_OK)
        code = result_files_find(&files, g->store, &g->plan, e);
    if (code == ERR_OK)
        code = report_each(&env, &g->plan, &files, &report, take_result, &s, e);
    if (code == ERR_OK)
        code = take_counts(&s, &report, e);
    if (code == ERR_OK)
        code = run(&s, e);
    report_free(&report);
    result_files_free(&files);
    end(&s);
    return code;
}

/* --- a list --- */

static enum audit_kind kind_of_failure(const struct result *r)
{
    const char *code = err_report_code(&r->err);

    if (strcmp(code, "DestinationDiffers") == 0)
        return AUDIT_DIFFERENT;
    return strcmp(code, "Unproven") == 0 ? AUDIT_NOT_COMPARABLE : AUDIT_UNREADABLE;
}

static void tell_failure(struct sorted *s, const struct result *r)
{
    enum audit_kind kind = kind_of_failure(r);

    buf_clear(&s->text);
    if (kind == AUDIT_UNREADABLE)
        buf_addf(&s->text, "%s: %s", err_report_code(&r->err), r->err.message);
    audit_tell(&s->audit, kind, r->item.destination_key,
            kind == AUDIT_DIFFERENT        ? "something else than its source is there"
            : kind == AUDIT_NOT_COMPARABLE ? "something of the same size is there, and cannot be "
                                             "compared with its source"
                                           : buf_str(&s->text));
}

/* Takes the result that the dry run has for an object. */
static void judge_result(struct sorted *s, const struct result *r)
{
    const char *key = r->item.destination_key;

    switch (r->status) {
    case RESULT_SAME:
    case RESULT_COPIED:
        s->counts->same++;
        s->counts->bytes += r->size;
        s->counts->by_size += r->verified == VERIFIED_SIZE;
        break;
    case RESULT_PENDING:
        audit_tell(&s->audit, AUDIT_MISSING, key, "nothing is there");
        break;
    case RESULT_FAILED:
        tell_failure(s, r);
        break;
    default: /* a line of the list may say for itself what becomes of objects that differ */
        audit_tell(&s->audit, r->notes & NOTE_UNPROVEN ? AUDIT_NOT_COMPARABLE : AUDIT_DIFFERENT,
                key, "something else than its source is there");
    }
}

static void on_result(void *ctx, const struct result *r)
{
    struct sorted *s = ctx;
    struct audit_row row = row_of(r, r->status == RESULT_SAME ? AUDIT_TAGS_ONLY : AUDIT_KNOWN_ONLY);

    s->counts->objects++;
    judge_result(s, r);
    if (s->err.code == ERR_OK && (s->audit.config->extra || s->audit.config->tags))
        (void)(audit_sort_add(s->sort, &s->text, &row, &s->err) == ERR_OK);
}

/* The error of a callback, if there was one. */
static enum err_code callback_error(const struct sorted *s, struct err *e)
{
    const struct err *err = s->audit.err.code != ERR_OK ? &s->audit.err : &s->err;

    if (err->code != ERR_OK)
        *e = *err;
    return err->code;
}

static enum err_code look(struct engine *g, struct sorted *s, struct err *e)
{
    struct engine_config config = g->config;
    struct engine_progress progress;
    struct audit_teller teller;
    enum err_code code;

    s->audit.objects = g->plan.items;
    code = audit_teller_start(&teller, s->audit.config, s->counts, s->audit.objects, e);
    if (code != ERR_OK)
        return code;
    g->config.on_result = on_result;
    g->config.ctx = s;
    g->config.on_progress = NULL;
    code = engine_copy(g, e);
    audit_teller_stop(&teller);
    g->config = config;
    if (code == ERR_OK)
        code = callback_error(s, e);
    engine_progress(g, &progress);
    if (code == ERR_OK && stop_asked(g->config.stop))
        code = err_set(e, ERR_INTERRUPTED, "interrupted; not all was looked at");
    if (code == ERR_OK && engine_not_reached(&progress) > 0)
        code = err_set(e, ERR_INTERNAL, "not all objects of the list were looked at");
    return code;
}

enum err_code audit_list(struct engine *g, const struct audit_config *config,
        const struct input *input, struct problems *problems, struct audit_counts *counts,
        struct err *e)
{
    enum err_code code = engine_prepare(g, input, problems, e);
    struct sorted s;

    memset(counts, 0, sizeof *counts);
    if (code != ERR_OK)
        return code;
    code = begin(&s, g, config, counts, e);
    if (code == ERR_OK)
        code = look(g, &s, e);
    if (code == ERR_OK && (config->extra || config->tags))
        code = run(&s, e);
    end(&s);
    return code;
}
