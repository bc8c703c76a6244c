#include "job/check/check_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "job/check/check_int.h"
#include "model/catalogue/catalogue.h"

/* --- the addresses --- */

static enum err_code parse(
        struct check_seen *s, const char *uri, const char *endpoint, struct err *e)
{
    const char *problem;

    if (str_starts(uri, "s3://") && (uri[5] == '\0' || uri[5] == '/'))
        return err_set(e, ERR_USAGE,
                "%.200s: it names no bucket; give buckets as s3://bucket/ or s3://bucket/prefix/",
                uri);
    if (!names_is_s3_uri(uri))
        return err_set(
                e, ERR_USAGE, "%.200s: give buckets as s3://bucket/ or s3://bucket/prefix/", uri);
    if (!names_parse_s3_uri(uri, &s->bucket, &s->prefix))
        return err_nomem(e);
    problem = names_bucket_problem(s->bucket, strlen(s->bucket));
    if (problem)
        return err_set(e, ERR_USAGE, "%.200s: the bucket's name %s", uri, problem);
    problem = s->prefix[0] ? names_key_problem(s->prefix, strlen(s->prefix)) : NULL;
    if (problem)
        return err_set(e, ERR_USAGE, "%.200s: the prefix %s", uri, problem);
    /* s3/address.h: of an endpoint that was named, and of a bucket whose name has a dot. */
    s->in_path = endpoint || strchr(s->bucket, '.');
    return ERR_OK;
}

static enum err_code parse_all(
        struct check_report *r, const struct check_config *config, struct err *e)
{
    unsigned source = CHECK_SOURCE | (config->read_only ? 0 : CHECK_PAIR);
    unsigned i;

    if (config->count == 0)
        return err_set(e, ERR_USAGE, "which bucket? Give it as s3://bucket/prefix/");
    if (config->count > CHECK_BUCKETS_MOST)
        return err_set(e, ERR_USAGE, "at most %d buckets at once", CHECK_BUCKETS_MOST);
    if (config->read_only && (config->to || config->writes))
        return err_set(e, ERR_USAGE, "--read-only goes with neither --to nor --write");
    r->seen = calloc(config->count + 1, sizeof *r->seen);
    if (!r->seen)
        return err_nomem(e);
    if (!config->to && !config->read_only)
        source |= CHECK_DESTINATION;
    for (i = 0; i < config->count; i++) {
        r->seen[r->count].roles = source;
        if (parse(&r->seen[r->count++], config->uris[i], config->endpoint, e) != ERR_OK)
            return e->code;
    }
    if (!config->to)
        return ERR_OK;
    r->seen[r->count].roles = CHECK_DESTINATION;
    if (parse(&r->seen[r->count++], config->to, config->endpoint, e) != ERR_OK)
        return e->code;
    if (r->seen[r->count - 1].prefix[0] && !str_ends(r->seen[r->count - 1].prefix, "/"))
        return err_set(e, ERR_USAGE, "--to %.200s: a folder ends with '/': --to %.200s/",
                config->to, config->to);
    return ERR_OK;
}

/* --- a check --- */

/* Our object's name: in the folder of the destination, with 64 random bits. */
static enum err_code choose_key(struct checker *c, const struct check_seen *s, struct err *e)
{
    const char *slash = strrchr(s->prefix, '/');
    size_t folder = slash ? (size_t)(slash - s->prefix) + 1 : 0;
    struct rng rng;

    c->begun = c->lost = 0;
    rng_init(&rng);
    buf_clear(&c->key);
    buf_clear(&c->copy_key);
    buf_add(&c->key, s->prefix, folder);
    buf_addf(&c->key, "copyout-check-%016llx", (unsigned long long)rng_next(&rng));
    buf_addf(&c->copy_key, "%s-copy", buf_str(&c->key));
    return buf_check(&c->copy_key, "the name of an object", e);
}

static void look(struct checker *c, struct check_seen *s)
{
    const struct s3_request r = {.op = S3_HEAD_BUCKET, .where = {.bucket = s->bucket}};
    const struct check_answer *a = &s->answers[ASK_BUCKET];

    check_ask(c, &s->answers[ASK_BUCKET], &r, NULL);
    if (a->text[0])
        s3_client_set_region(c->config->sync.s3, s->bucket, a->text);
    /* It was asked of another region's server, which knew where the bucket is. */
    if (a->text[0] && a->err.code == ERR_WRONG_REGION)
        check_ask(c, &s->answers[ASK_BUCKET], &r, NULL);
    if (s->roles & CHECK_SOURCE && a->err.http_status != 404)
        check_reads(c, s);
}

/* One source and its destination, which may be the same. */
static void check_pair(struct checker *c, struct check_seen *source, struct check_seen *to)
{
    if (source->answers[ASK_BUCKET].err.http_status == 404 ||
            to->answers[ASK_BUCKET].err.http_status == 404)
        return;
    check_parts(c, source, to);
    if (c->config->writes)
        check_whole(c, source, to);
}

static void check_destination(struct checker *c, struct check_seen *s)
{
    if (c->begun == 0)
        return;
    check_headers(c, s);
    if (c->config->writes)
        check_writes(c, s);
    check_sweep(c, s);
}

/* The destination: the one of --to, or the bucket itself. */
static struct check_seen *destination_of(const struct checker *c, unsigned i)
{
    return &c->report->seen[c->config->to ? c->report->count - 1 : i];
}

static enum err_code ask_all(struct checker *c, struct err *e)
{
    struct check_report *r = c->report;
    unsigned i;

    for (i = 0; i < r->count; i++)
        look(c, &r->seen[i]);
    for (i = 0; i < r->count && !c->config->read_only; i++) {
        struct check_seen *to = destination_of(c, i);

        if ((i == 0 || !c->config->to) && choose_key(c, to, e) != ERR_OK)
            return e->code;
        to->writes = c->config->writes;
        s3_client_set_terms(c->config->sync.s3, to->bucket, c->terms, NULL);
        check_pair(c, &r->seen[i], to);
        if (&r->seen[i] == to)
            check_destination(c, to);
    }
    if (c->fatal.code != ERR_OK)
        *e = c->fatal;
    return c->fatal.code;
}

/* Says with the error that ended the check what is to be done about it. A message that ends with a
 * question says it already. */
static void advise(struct err *e)
{
    const struct catalogue_row *row = catalogue_find(err_report_code(e), NULL);
    size_t len = strlen(e->message);

    if (str_ends(e->message, "?"))
        return;
    if (e->code == ERR_NETWORK && strstr(e->message, "certificate")) {
        snprintf(e->message + len, sizeof e->message - len,
                ". Name a file with the certificate of the server's authority in AWS_CA_BUNDLE, and "
                "look whether the name in --endpoint-url is the certificate's.");
        return;
    }
    if (row && row->kind != CATALOGUE_NOTE && row->kind != CATALOGUE_STATUS)
        snprintf(e->message + len, sizeof e->message - len, ". %s", row->remedy);
}

enum err_code check_run(struct check_report *r, const struct check_config *config, struct err *e)
{
    static const struct bucket_terms paying = {.access = ACCESS_PAYING};
    struct checker c = {.config = config, .report = r, .terms = config->pays ? &paying : NULL};
    enum err_code code;

    memset(r, 0, sizeof *r);
    err_clear(&c.fatal);
    buf_init(&c.key, BUF_MAX_SMALL);
    buf_init(&c.copy_key, BUF_MAX_SMALL);
    code = parse_all(r, config, e);
    if (code != ERR_OK)
        check_report_free(r); /* half an address is none */
    r->writes = config->writes;
    if (code == ERR_OK && config->endpoint) {
        r->endpoint = strdup(config->endpoint);
        code = r->endpoint ? ERR_OK : err_nomem(e);
    }
    /* A failing request is tried three times, and not for minutes. */
    s3_client_begin_stop(config->sync.s3);
    if (code == ERR_OK)
        code = ask_all(&c, e);
    if (c.fatal.code != ERR_OK && c.fatal.code != ERR_INTERRUPTED)
        advise(e);
    s3_client_set_terms(config->sync.s3, NULL, NULL, NULL);
    buf_free(&c.key);
    buf_free(&c.copy_key);
    return code;
}
