#include "job/jobs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "model/input.h"
#include "model/names.h"
#include "report/summary.h"
#include "store/claim.h"
#include "store/dirs.h"
#include "store/plan_files.h"
#include "store/runs.h"
#include "store/store.h"

enum {
    RECENT_S = 600,      /* a worker publishes every half a minute, if it has anything */
    PLACES_MOST = 10000, /* that are told of */
};

/* --- states --- */

enum job_state job_state_of(const struct job_facts *f)
{
    if (f->in_use)
        return JOB_RUNNING;
    if (!f->has_plan)
        return JOB_EMPTY;
    if (!f->has_results)
        return JOB_PREPARED;
    if (f->missing > 0)
        return JOB_UNFINISHED;
    if (f->failed > 0)
        return JOB_FAILED;
    return f->dry_run ? JOB_LOOKED_AT : JOB_COMPLETE;
}

const char *job_state_name(enum job_state state)
{
    static const char *const names[JOB_STATES] = {
            "running", "empty", "prepared", "unfinished", "failed", "complete", "looked-at"};

    return names[state];
}

void job_free(struct job *j)
{
    free(j->destination);
    free(j->created);
    report_free(&j->report);
    memset(j, 0, sizeof *j);
}

/* --- looking --- */

static enum err_code count_uploads(struct store *store, uint64_t *count, struct err *e)
{
    struct store_names found;
    enum err_code code = store_names_load(&found, store, UPLOADS_FOLDER, e);
    size_t i;

    *count = 0;
    for (i = 0; code == ERR_OK && i < found.count; i++)
        *count += uploads_is_name(found.names[i]);
    store_names_free(&found);
    return code;
}

struct age {
    bool done, found;
    int64_t seconds;
};

static void on_age(void *ctx, const struct err *err, const struct buf *content, int64_t age_s)
{
    struct age *age = ctx;

    (void)err; /* what cannot be read has no age */
    age->found = content != NULL;
    age->seconds = age_s;
    age->done = true;
}

static bool is_recent(struct store *store, const char *name)
{
    struct age age = {0};
    struct err e;

    return store_get(store, name, on_age, &age, &e) == ERR_OK &&
           store_wait(store, &age.done, &e) == ERR_OK && age.found && age.seconds < RECENT_S;
}

/* Whether workers may be at a job in S3 that is not finished: the newest file of results is the
 * last of its shard. */
static bool may_be_worked_at(struct store *store, const struct result_files *files)
{
    char name[RESULTS_NAME_SIZE];
    size_t i;

    if (is_recent(store, JOB_FILE))
        return true;
    for (i = 0; i < files->count; i++) {
        bool last = i + 1 == files->count || files->all[i].shard != files->all[i + 1].shard;

        result_file_name(name, &files->all[i]);
        if (last && is_recent(store, name))
            return true;
    }
    return false;
}

static enum err_code count_results(struct job *j, const struct report_env *env,
        const struct plan *plan, FILE *csv, struct job_facts *facts, struct err *e)
{
    FILE *rows = csv ? csv : fopen("/dev/null", "we");
    struct result_files files = {0};
    struct runs runs = {0};
    enum err_code code = result_files_find(&files, env->store, plan, e);

    if (code == ERR_OK && !rows)
        code = err_set(e, ERR_IO, "cannot open /dev/null");
    if (code == ERR_OK)
        code = runs_load(&runs, env->store, e);
    if (code == ERR_OK)
        code = report_count(env, plan, &files, &j->report, rows, e);
    if (code == ERR_OK) {
        j->report.made = true;
        j->report.dry_run = runs.is_known ? runs.dry_run : env->input->dry_run;
        facts->has_results = files.count > 0;
        facts->dry_run = j->report.dry_run;
        facts->missing = j->report.missing;
        facts->failed = j->report.by_status[RESULT_FAILED];
        if (facts->missing > 0 && !store_is_exclusive(env->store))
            facts->in_use = may_be_worked_at(env->store, &files);
    }
    if (rows && !csv)
        fclose(rows);
    result_files_free(&files);
    return code;
}

static enum err_code look_at_plan(struct job *j, const struct session *s, struct store *store,
        FILE *csv, struct job_facts *facts, struct err *e)
{
    struct plan plan = {0};
    struct input input;
    struct report_env env = {.sync = s->sync, .store = store, .input = &input};
    enum err_code code = input_init(&input, e);

    if (code == ERR_OK)
        code = plan_open(&plan, store, &input, e);
    if (code == ERR_OK)
        code = count_results(j, &env, &plan, csv, facts, e);
    plan_free(&plan);
    input_free(&input);
    return code;
}

/* What job.json says besides. */
static bool take_words(struct job *j, const struct claim *c)
{
    const json_t *input = json_object_get(c->job, "input");
    const char *bucket = json_string_value(json_object_get(input, "destinationBucket"));
    const char *folder = json_string_value(json_object_get(input, "destinationFolderKey"));
    const char *created = json_string_value(json_object_get(c->job, "created"));
    struct buf to;

    if (bucket) {
        buf_init(&to, BUF_MAX_SMALL);
        buf_addf(&to, "s3://%s/%s", bucket, folder ? folder : "");
        j->destination = buf_take(&to);
    }
    if (created)
        j->created = strdup(created);
    return (!bucket || j->destination) && (!created || j->created);
}

static enum err_code look(struct job *j, const struct session *s, struct store *store, FILE *csv,
        struct job_facts *facts, struct err *e)
{
    struct claim claim;
    enum err_code code = claim_check(&claim, store, e);

    if (code == ERR_OK && claim.state == CLAIM_NEW)
        code = err_set(e, ERR_INPUT, "there is no job");
    if (code == ERR_OK && !take_words(j, &claim))
        code = err_nomem(e);
    facts->has_plan = claim.state == CLAIM_JOB;
    claim_free(&claim);
    if (code == ERR_OK)
        code = count_uploads(store, &j->uploads, e);
    if (code == ERR_OK && facts->has_plan)
        code = look_at_plan(j, s, store, csv, facts, e);
    return code;
}

enum err_code job_look(struct job *j, const struct session *s, const char *tmp, const char *where,
        FILE *csv, struct err *e)
{
    struct job_facts facts = {0};
    struct store *store = NULL;
    enum err_code code;

    memset(j, 0, sizeof *j);
    code = store_open_to_look(&store, where, tmp, s->net, s->s3, &facts.in_use, e);
    if (code == ERR_OK)
        code = look(j, s, store, csv, &facts, e);
    store_close(store);
    j->state = job_state_of(&facts);
    return code;
}

/* --- finding --- */

struct finding {
    struct store_names *places;
    const char *place; /* the folder that is listed, or s3://bucket/ */
    unsigned depth;    /* of folders that may still be gone into */
};

static enum err_code add_place(struct finding *f, const char *place, struct err *e)
{
    if (f->places->count == PLACES_MOST)
        return err_set(e, ERR_LIMIT, "there are more than %d jobs; name a place that has fewer",
                PLACES_MOST);
    return store_names_add(f->places, place, e);
}

static enum err_code find_here(struct finding *f, struct err *e);

static enum err_code on_folder(void *ctx, const char *name, struct err *e)
{
    const struct finding *f = ctx;
    struct finding inner = {.places = f->places, .depth = f->depth - 1};
    enum err_code code;
    struct buf path;
    struct stat st;

    buf_init(&path, BUF_MAX_SMALL);
    if (strcmp(f->place, ".") != 0)
        buf_addf(&path, "%s%s", f->place, str_ends(f->place, "/") ? "" : "/");
    buf_adds(&path, name);
    code = buf_check(&path, "a folder's name", e);
    inner.place = buf_str(&path);
    if (code == ERR_OK && lstat(inner.place, &st) == 0 && S_ISDIR(st.st_mode))
        code = find_here(&inner, e);
    buf_free(&path);
    return code;
}

static enum err_code find_here(struct finding *f, struct err *e)
{
    enum err_code code;
    struct buf path;
    struct stat st;
    bool is_job;

    buf_init(&path, BUF_MAX_SMALL);
    buf_addf(&path, "%s/%s", f->place, JOB_FILE);
    code = buf_check(&path, "a folder's name", e);
    is_job = code == ERR_OK && lstat(buf_str(&path), &st) == 0 && S_ISREG(st.st_mode);
    buf_free(&path);
    if (is_job)
        return add_place(f, f->place, e);
    if (code != ERR_OK || f->depth == 0)
        return code;
    /* A folder that may not be read is none of ours. */
    code = dirs_list(f->place, "", "", on_folder, f, e);
    return code == ERR_IO && f->places->count < PLACES_MOST ? ERR_OK : code;
}

static enum err_code on_key(void *ctx, const char *key, struct err *e)
{
    struct finding *f = ctx;
    size_t len = strlen(key), tail = sizeof JOB_FILE - 1;
    enum err_code code;
    struct buf place;

    if (!str_ends(key, JOB_FILE) || len == tail || key[len - tail - 1] != '/')
        return ERR_OK;
    buf_init(&place, BUF_MAX_SMALL);
    buf_addf(&place, "%s%.*s", f->place, (int)(len - tail), key);
    code = buf_check(&place, "a work store's name", e);
    if (code == ERR_OK)
        code = add_place(f, buf_str(&place), e);
    buf_free(&place);
    return code;
}

static enum err_code find_in_s3(struct finding *f, const struct session *s, struct err *e)
{
    char *bucket = NULL, *prefix = NULL;
    enum err_code code = ERR_OK;
    struct buf place;

    if (!names_parse_s3_uri(f->place, &bucket, &prefix))
        code = err_set(e, ERR_USAGE, "%s: is not of the form s3://bucket/prefix/", f->place);
    buf_init(&place, BUF_MAX_SMALL);
    buf_addf(&place, "s3://%s/", bucket ? bucket : "");
    f->place = buf_str(&place);
    if (code == ERR_OK)
        code = sync_list_objects(&s->sync, bucket, prefix, on_key, f, e);
    buf_free(&place);
    free(bucket);
    free(prefix);
    return code;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err_code jobs_find(const struct session *s, const char *place,
        enum err_code (*each)(void *ctx, const char *place, struct err *e), void *ctx,
        struct err *e)
{
    enum { DEPTH = 2 };
    struct store_names places = {0};
    struct finding f = {.places = &places, .place = place, .depth = DEPTH};
    enum err_code code = names_is_s3_uri(place) ? find_in_s3(&f, s, e) : find_here(&f, e);
    size_t i;

    if (places.count > 0)
        qsort(places.names, places.count, sizeof *places.names, by_name);
    for (i = 0; code == ERR_OK && i < places.count; i++)
        code = each(ctx, places.names[i], e);
    store_names_free(&places);
    return code;
}

/* --- removing --- */

/* Whether it is a name of ours, or of what a kill leaves of one. */
static bool is_ours(const struct store *store, const char *name)
{
    static const char part[] = ".part";
    size_t len = strlen(name);
    bool ours = work_is_name(name);
    char *whole;

    if (ours || !str_ends(name, part))
        return ours;
    whole = str_dup_n(name, len - (sizeof part - 1));
    ours = whole && work_is_name(whole) && store_is_unfinished(store, name, whole);
    free(whole);
    return ours;
}

bool jobs_is_file(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    struct buf shards;
    bool is;

    buf_init(&shards, BUF_MAX_SMALL);
    buf_add(&shards, path, (size_t)(name - path));
    buf_adds(&shards, SHARDS_FILE);
    is = work_is_name(name) && access(path, F_OK) == 0 && buf_ok(&shards) &&
         access(buf_str(&shards), F_OK) == 0;
    buf_free(&shards);
    return is;
}

static bool is_subfolder(const char *name)
{
    return strcmp(name, "results") == 0 || strcmp(name, "uploads") == 0 ||
           strcmp(name, "ledger") == 0;
}

static enum err_code remove_files(
        struct job_removed *out, struct store *store, const char *folder, struct err *e)
{
    struct store_names found;
    enum err_code code = store_names_load(&found, store, folder, e);
    size_t i;

    for (i = 0; code == ERR_OK && i < found.count; i++) {
        const char *name = found.names[i];

        if (strcmp(name, JOB_FILE) == 0 || (!*folder && strchr(name, '/')) || is_subfolder(name))
            continue; /* the last; one of a subfolder, whose turn it was; that itself */
        if (!is_ours(store, name)) {
            out->others++;
            continue;
        }
        code = store_remove(store, name, e);
        out->files += code == ERR_OK;
    }
    store_names_free(&found);
    return code;
}

static enum err_code remove_all(struct job_removed *out, struct store *store, struct err *e)
{
    static const char *const folders[] = {
            RESULTS_FOLDER, LEDGER_FOLDER, UPLOADS_FOLDER, WAITING_FOLDER, MAP_FOLDER, ""};
    enum err_code code = ERR_OK;
    size_t i;

    for (i = 0; code == ERR_OK && i < sizeof folders / sizeof folders[0]; i++)
        code = remove_files(out, store, folders[i], e);
    if (code == ERR_OK)
        code = store_remove(store, JOB_FILE, e);
    out->files += code == ERR_OK;
    if (code == ERR_OK)
        store_remove_if_empty(store);
    return code;
}

static enum err_code admit(const struct job *j, const char *where, struct err *e)
{
    if (j->state == JOB_RUNNING)
        return err_set(e, ERR_INPUT, "%s: the job is running; nothing was removed", where);
    if (j->uploads > 0)
        return err_set(e, ERR_INPUT,
                "%s: %llu unfinished uploads are on record, which S3 would bill for ever; copyout "
                "cleanup --work removes them; nothing was removed",
                where, (unsigned long long)j->uploads);
    return ERR_OK;
}

enum err_code job_remove(struct job_removed *out, const struct session *s, const char *tmp,
        const char *where, struct err *e)
{
    struct store *store = NULL;
    struct job j;
    enum err_code code = job_look(&j, s, tmp, where, NULL, e);

    memset(out, 0, sizeof *out);
    if (code == ERR_OK)
        code = admit(&j, where, e);
    job_free(&j);
    if (code == ERR_OK)
        code = store_open(&store, where, tmp, s->net, s->s3, e); /* and nobody else from now on */
    if (code == ERR_OK)
        code = remove_all(out, store, e);
    store_close(store);
    return code;
}
