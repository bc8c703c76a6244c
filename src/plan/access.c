#include "plan/access.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "model/copy_options.h"
#include "s3/own_file.h"
#include "s3/sync_many.h"

enum {
    WAIT_FIRST_MS = 1000,
    WAIT_MOST_MS = 60000,
    SOURCES_TOLD = 10, /* source buckets that are told by name */
};

static enum err_code wrong_region(struct err *e, const char *what, const char *bucket,
        const char *is_in, const char *wanted, const char *field)
{
    return err_set(e, ERR_WRONG_REGION,
            "%s bucket %s is in region %s, and must be in %s (set %s to \"\", or give "
            "--any-region, to allow any)",
            what, bucket, is_in, wanted, field);
}

/* The region that a bucket must be in; NULL: any. */
static const char *required(const struct plan_env *env, const char *asked)
{
    if (!asked)
        return env->region;
    return asked[0] ? asked : NULL;
}

static enum err_code no_bucket(const struct plan_env *env, const char *bucket, struct err *e)
{
    struct buf endpoint;

    buf_init(&endpoint, BUF_MAX_SMALL);
    s3_client_show_endpoint(env->sync.s3, bucket, &endpoint);
    err_set(e, ERR_ACCESS_DENIED, "destination bucket %s does not exist at %s", bucket,
            buf_str(&endpoint));
    buf_free(&endpoint);
    return ERR_ACCESS_DENIED;
}

static enum err_code check_destination_region(const struct plan_env *env, struct err *e)
{
    const char *bucket = env->input->destination_bucket;
    const char *must = required(env, env->input->destination_region);
    char region[64];
    struct err said;
    enum err_code code = sync_head_bucket(&env->sync, bucket, region, &said);

    if (region[0]) {
        if (must && strcmp(region, must) != 0)
            return wrong_region(
                    e, "destination", bucket, region, must, "destinationRequiredRegion");
        s3_client_set_region(env->sync.s3, bucket, region);
        return ERR_OK;
    }
    /* A destination that lets us write need not let us look: the marker will tell. */
    if (code == ERR_OK || code == ERR_ACCESS_DENIED || said.http_status == 400)
        return ERR_OK;
    *e = said;
    if (code == ERR_NOT_FOUND)
        return no_bucket(env, bucket, e);
    if (!e->http_status || code == ERR_WRONG_REGION)
        err_prefix(e, "destination bucket %s", bucket);
    return code;
}

/* What is found of the source buckets: which are in a wrong region, and which are not there. */
struct sources {
    const struct plan_env *env;
    const struct plan *plan;
    const char *must; /* NULL: any region will do */
    unsigned wrong;   /* index in the plan of the first one in a wrong region */
    char region[64];  /* where that is; "": none is */
    unsigned missing;
    unsigned first_missing[SOURCES_TOLD]; /* their indices, the least first */
    bool stopped;
};

/* 404 is the answer for a bucket that is not there; a 403 tells nothing of it (Amazon S3 API
 * Reference, HeadBucket). */
static void note_missing(struct sources *s, unsigned i)
{
    unsigned kept = s->missing < SOURCES_TOLD ? s->missing : SOURCES_TOLD, at = kept;

    s->missing++;
    while (at > 0 && s->first_missing[at - 1] > i)
        at--;
    if (at == SOURCES_TOLD)
        return;
    if (kept == SOURCES_TOLD)
        kept--;
    memmove(&s->first_missing[at + 1], &s->first_missing[at], (kept - at) * sizeof(unsigned));
    s->first_missing[at] = i;
}

/* Other errors of a source bucket are told for each of its objects. */
static bool on_source(void *ctx, unsigned i, const char *region, const struct err *err)
{
    struct sources *s = ctx;

    if (s->must && region[0] && strcmp(region, s->must) != 0 && (!s->region[0] || i < s->wrong)) {
        s->wrong = i;
        snprintf(s->region, sizeof s->region, "%s", region);
    }
    if (err->code == ERR_NOT_FOUND && err->http_status == 404)
        note_missing(s, i);
    if (err->code == ERR_CANCELLED || stop_asked(s->env->stop))
        s->stopped = true;
    return !s->region[0] && !s->stopped;
}

/* One sentence for each; the lines of these buckets will be FAILED. */
static void tell_missing(const struct sources *s)
{
    unsigned told = s->missing < SOURCES_TOLD ? s->missing : SOURCES_TOLD, i;

    for (i = 0; i < told; i++)
        log_warn(
                "source bucket %s does not exist; the objects that are listed in it will be FAILED",
                s->plan->source_buckets[s->first_missing[i]]);
    if (s->missing > told)
        log_warn("and %u more source buckets do not exist", s->missing - told);
}

/* Where no source bucket is there, the list is wrong, or was written for another server. */
static enum err_code all_missing(const struct sources *s, struct err *e)
{
    const struct plan *p = s->plan;
    struct buf endpoint;

    buf_init(&endpoint, BUF_MAX_SMALL);
    s3_client_show_endpoint(s->env->sync.s3, p->source_buckets[0], &endpoint);
    if (p->source_bucket_count == 1)
        err_set(e, ERR_MANIFEST,
                "the source bucket %s does not exist at %s: is the first column of the manifest the "
                "bucket, and is this the server (--endpoint-url)? Nothing was copied",
                p->source_buckets[0], buf_str(&endpoint));
    else
        err_set(e, ERR_MANIFEST,
                "none of the %u source buckets exists at %s (%s, %s%s): is the first column of the "
                "manifest the bucket, and is this the server (--endpoint-url)? Nothing was copied",
                p->source_bucket_count, buf_str(&endpoint), p->source_buckets[0],
                p->source_buckets[1], p->source_bucket_count > 2 ? ", …" : "");
    buf_free(&endpoint);
    return ERR_MANIFEST;
}

/* There may be a thousand buckets (PLAN_BUCKETS_MOST), and each takes a request. */
static enum err_code check_sources(const struct plan_env *env, const struct plan *p, struct err *e)
{
    struct sources s = {.env = env, .plan = p, .must = required(env, env->input->source_region)};
    const struct copy_options options = copy_options_of(env->input, NULL);
    enum err_code code = sync_head_buckets(&env->sync, p->source_buckets, p->source_bucket_count,
            &options.source, on_source, &s, e);

    if (code != ERR_OK)
        return code;
    if (s.region[0])
        return wrong_region(
                e, "source", p->source_buckets[s.wrong], s.region, s.must, "sourceRequiredRegion");
    if (s.stopped)
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    if (s.missing > 0 && s.missing == p->source_bucket_count &&
            p->source_bucket_count < PLAN_BUCKETS_MOST)
        return all_missing(&s, e);
    tell_missing(&s);
    return ERR_OK;
}

/* The bytes of the marker are known, so that the answer to it tells how this server makes ETags.
 * Where it tells nothing, copies will. */
static void learn_of_etags(
        const struct plan_env *env, const struct s3_copied *written, const struct buf *text)
{
    char md5[ETAG_SIZE];
    bool opaque = written->etag_kind == ETAG_KIND_OPAQUE;

    if (!opaque && (!written->etag[0] || !etag_of_bytes(md5, text->data, text->len)))
        return;
    if (opaque)
        server_facts_learn(env->server, TRAIT_ENCRYPTS);
    else if (!etag_same(written->etag, md5))
        server_facts_learn(env->server, TRAIT_ETAG_NOT_MD5);
}

/* A marker under way, for own_file_put(). */
struct marker {
    const struct plan_env *env;
    const struct buf *text;
};

static enum err_code put_marker(void *ctx, const char *key, bool only_if_absent, struct err *e)
{
    const struct marker *m = ctx;
    const struct s3_where where = {.bucket = m->env->input->destination_bucket, .key = key};
    const struct s3_put put = {.content_type = "text/plain",
            .ours = OWN_FILE_MARKER,
            .body = m->text->data,
            .len = m->text->len,
            .only_if_absent = only_if_absent};
    struct s3_copied written;
    enum err_code code = sync_put_object(&m->env->sync, &where, &put, &written, e);

    if (code == ERR_OK)
        learn_of_etags(m->env, &written, m->text);
    return code;
}

/* The marker goes where no other file is, if the input says so. */
static enum err_code place_marker(
        const struct plan_env *env, const char *key, const struct buf *text, struct err *e)
{
    const struct own_file_target target = {.bucket = env->input->destination_bucket,
            .wanted = key,
            .what = "start marker",
            .foreign = env->input->on_foreign_file};
    struct marker m = {.env = env, .text = text};
    struct buf place;
    enum err_code code;

    buf_init(&place, BUF_MAX_SMALL);
    code = own_file_put(&env->sync, &target, put_marker, &m, &place, e);
    buf_free(&place);
    return code;
}

static enum err_code write_marker(const struct plan_env *env, const struct plan *p, struct err *e)
{
    const struct input *in = env->input;
    char now[CLOCK_ISO_SIZE];
    struct buf key, text;
    enum err_code code;

    buf_init(&key, BUF_MAX_SMALL);
    buf_init(&text, BUF_MAX_SMALL);
    clock_format_iso(now, clock_wall_s());
    input_marker_key(&key, in);
    buf_addf(&text, "copyout started at %s to copy %llu object%s here.\n", now,
            (unsigned long long)p->items, str_plural(p->items));
    code = buf_check(&key, "the start marker's key", e);
    if (code == ERR_OK)
        code = buf_check(&text, "the start marker", e);
    if (code == ERR_OK)
        code = in->dry_run || env->try_only || !in->include_marker
                       ? sync_try_write(&env->sync, in->destination_bucket, buf_str(&key), e)
                       : place_marker(env, buf_str(&key), &text, e);
    buf_free(&key);
    buf_free(&text);
    return code;
}

/* S3's words for a key of KMS that refuses. To a request that is denied it says AccessDenied, with
 * the action in the message ("User: … is not authorized to perform: kms:GenerateDataKey on resource
 * …"); a key that is disabled, is not there or will be deleted has a code of its own, with status
 * 400 (Amazon S3 API Reference, "Error responses"). KMS.ThrottlingException is none of these. */
static bool is_kms_refusal(const struct err *e)
{
    static const char *const codes[] = {"KMS.DisabledException", "KMS.InvalidKeyUsageException",
            "KMS.KMSInvalidStateException", "KMS.NotFoundException"};
    size_t i;

    for (i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(e->service_code, codes[i]) == 0)
            return true;
    return e->code == ERR_ACCESS_DENIED && strstr(e->message, " kms:");
}

/* 404 for the bucket means what 403 does: the recipient has something to do yet. */
static bool is_refusal(const struct err *e)
{
    return e->code == ERR_ACCESS_DENIED || e->code == ERR_NOT_FOUND || is_kms_refusal(e);
}

/* The sentence says who has to do what, where S3 says that it is the key and not the bucket. */
static void name_key(struct err *e)
{
    if (is_kms_refusal(e))
        err_prefix(e, PLAN_DENIED_BY_KMS
                " refuses: its owner has to enable it, and to allow kms:GenerateDataKey and "
                "kms:Decrypt to the one who writes");
}

/* S3's own words seldom tell a refusal of the recipient's from one of this installation's, and
 * never what is to be allowed. */
static void tell_what_helps(const struct plan_env *env, struct err *e)
{
    size_t len = strlen(e->message);

    if (e->http_status != 403 || strstr(e->message, "kms:"))
        return;
    if (env->writes_to)
        snprintf(e->message + len, sizeof e->message - len,
                "; this installation may write to %s alone", env->writes_to);
    else
        snprintf(e->message + len, sizeof e->message - len,
                "; copyout policy prints the rights that have to be given");
}

static enum err_code try_once(const struct plan_env *env, const struct plan *p, struct err *e)
{
    enum err_code code = check_destination_region(env, e);
    char ids[ERR_IDS_MAX];

    if (code == ERR_OK)
        code = write_marker(env, p, e);
    if (code != ERR_OK && e->http_status && !is_refusal(e) && code != ERR_WRONG_REGION)
        err_prefix(e, "destination s3://%s/%s (%s)", env->input->destination_bucket,
                env->input->destination_folder, err_report_code(e));
    if (code == ERR_OK || !is_refusal(e))
        return code;
    name_key(e);
    e->code = ERR_ACCESS_DENIED;
    tell_what_helps(env, e);
    if (e->service_code[0] || e->http_status)
        err_prefix(e, "these rights may not write to s3://%s/%s (%s%s%s)",
                env->input->destination_bucket, env->input->destination_folder, err_report_code(e),
                err_ids(e, ids)[0] ? ", " : "", ids);
    return ERR_ACCESS_DENIED;
}

enum err_code access_check(const struct plan_env *env, const struct plan *p, struct err *e)
{
    uint64_t began = clock_mono_ms(), pause = WAIT_FIRST_MS;
    enum err_code code = check_sources(env, p, e);
    bool told = false;

    if (code != ERR_OK)
        return code;
    while ((code = try_once(env, p, e)) == ERR_ACCESS_DENIED) {
        uint64_t waited = clock_mono_ms() - began;
        struct err timer;

        if (waited >= env->wait_ms)
            return code;
        if (!told)
            log_info("%s; waiting for permission", e->message);
        told = true;
        if (pause > env->wait_ms - waited)
            pause = env->wait_ms - waited;
        code = sync_sleep(&env->sync, pause, env->stop, &timer);
        if (stop_asked(env->stop))
            return err_set(e, ERR_INTERRUPTED, "interrupted while waiting for permission");
        if (code != ERR_OK) {
            *e = timer;
            return code;
        }
        pause = pause * 3 / 2 > WAIT_MOST_MS ? WAIT_MOST_MS : pause * 3 / 2;
    }
    return code;
}

enum err_code access_set_regions(const struct plan_env *env, struct err *e)
{
    const struct input *in = env->input;
    struct s3_client *s3 = env->sync.s3;
    char ours[64];
    enum err_code code = ERR_OK;

    s3_client_set_follow_region(s3, input_may_be_anywhere(in) || !env->region);
    if (in->source_region && in->source_region[0]) {
        /* All buckets but those that are known to be elsewhere: there may be many sources. */
        if (env->store)
            store_keep_region(env->store);
        snprintf(ours, sizeof ours, "%s", s3_client_region(s3, in->destination_bucket));
        s3_client_set_region(s3, in->destination_bucket, ours);
        code = s3_client_set_default_region(s3, in->source_region, e);
    }
    if (in->destination_region && in->destination_region[0])
        s3_client_set_region(s3, in->destination_bucket, in->destination_region);
    return code;
}
