#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/version.h"
#include "model/check/findings.h"

void check_seen_free(struct check_seen *s)
{
    free(s->bucket);
    free(s->prefix);
    free(s->object);
}

void check_report_free(struct check_report *r)
{
    unsigned i;

    for (i = 0; i < r->count; i++)
        check_seen_free(&r->seen[i]);
    for (i = 0; i < r->left_count; i++) {
        free(r->left[i].key);
        free(r->left[i].upload_id);
        free(r->left[i].version);
    }
    free(r->seen);
    free(r->endpoint);
    memset(r, 0, sizeof *r);
}

void check_report_add_left(struct check_report *r, const char *bucket, const char *key,
        const char *upload_id, const char *version)
{
    if (r->left_count == CHECK_LEFT_MOST)
        return;
    r->left[r->left_count++] = (struct check_left){.bucket = bucket,
            .key = strdup(key),
            .upload_id = upload_id ? strdup(upload_id) : NULL,
            .version = version && version[0] ? strdup(version) : NULL};
}

bool check_report_works(const struct check_report *r)
{
    struct check_finding f;
    unsigned i, row;

    for (i = 0; i < r->count; i++)
        for (row = 0; row < check_rows(); row++)
            if (check_find(&f, &r->seen[i], row) && f.level == CHECK_MISSING)
                return false;
    return true;
}

/* Whether something that a job needs could not be asked. */
static bool is_unsure(const struct check_report *r)
{
    static const char *const needed[] = {"reading", "part-copy", "writing"};
    struct check_finding f;
    unsigned i, row, n;

    for (i = 0; i < r->count; i++)
        for (row = 0; row < check_rows(); row++)
            for (n = 0; n < sizeof needed / sizeof needed[0]; n++)
                if (check_find(&f, &r->seen[i], row) && f.level == CHECK_UNKNOWN &&
                        strcmp(f.name, needed[n]) == 0)
                    return true;
    return false;
}

/* --- text --- */

static const char *role_text(unsigned roles)
{
    if ((roles & CHECK_SOURCE) && (roles & CHECK_DESTINATION))
        return "source and destination";
    return roles & CHECK_SOURCE ? "source" : "destination";
}

static const char *show(struct buf *shown, const char *text)
{
    return str_show(shown, text, strlen(text));
}

static void add_finding(struct buf *out, const struct check_finding *f)
{
    static const char *const marks[] = {[CHECK_OK] = "ok",
            [CHECK_NOTE] = "note",
            [CHECK_MISSING] = "MISSING",
            [CHECK_UNKNOWN] = "?"};
    char ids[ERR_IDS_MAX];
    struct buf value;

    buf_init(&value, BUF_MAX_SMALL);
    buf_addf(out, "  %-8s %-22s %-12s %s\n", marks[f->level], f->name, show(&value, f->value),
            f->meaning);
    if (f->err) {
        const char *named = err_ids(f->err, ids);

        buf_addf(out, "  %-8s %-22s %-12s %s: %s", "", "", "",
                f->err->http_status ? "S3 said" : "No answer", err_report_code(f->err));
        if (f->err->http_status)
            buf_addf(out, " (%d)", f->err->http_status);
        buf_addf(out, ": %s%s%s\n", f->err->message, named[0] ? ", " : "", named);
    }
    buf_free(&value);
}

/* Whether nothing is known of the row, and S3 has not said why. */
static bool is_blank(const struct check_finding *f)
{
    return f->level == CHECK_UNKNOWN && !f->err;
}

/* Adds a row that is unknown, and with it the names of those that are so for the same reason; none
 * if one before it has the reason. */
static void add_blank(struct buf *out, const struct check_seen *s, unsigned at)
{
    struct check_finding f, other;
    unsigned row, same = 0;

    check_find(&f, s, at);
    for (row = 0; row < at; row++)
        if (check_find(&other, s, row) && is_blank(&other) && strcmp(other.meaning, f.meaning) == 0)
            return;
    add_finding(out, &f);
    for (row = at + 1; row < check_rows(); row++)
        if (check_find(&other, s, row) && is_blank(&other) && strcmp(other.meaning, f.meaning) == 0)
            buf_addf(out, "%s%s", same++ ? ", " : "           the same of ", other.name);
    if (same)
        buf_addc(out, '\n');
}

static void add_row(struct buf *out, const struct check_seen *s, unsigned row, bool early)
{
    struct check_finding f;

    if (!check_find(&f, s, row) || (check_bucket_is_missing(s) && f.level != CHECK_MISSING))
        return;
    if (!is_blank(&f))
        add_finding(out, &f);
    else if (!early)
        add_blank(out, s, row);
}

static void add_seen(struct buf *out, const struct check_seen *s, bool early)
{
    struct buf name;
    unsigned row;

    buf_init(&name, BUF_MAX_SMALL);
    buf_addf(out, "s3://%s/%s (%s)\n", s->bucket, show(&name, s->prefix), role_text(s->roles));
    if (s->object)
        buf_addf(out, "  looked at %s\n", show(&name, s->object));
    for (row = 0; row < check_rows(); row++)
        add_row(out, s, row, early);
    buf_free(&name);
}

static void add_left(struct buf *out, const struct check_left *left)
{
    struct buf key;

    buf_init(&key, BUF_MAX_SMALL);
    buf_addf(out, "LEFT: this check could not remove s3://%s/%s", left->bucket,
            show(&key, left->key ? left->key : ""));
    if (left->upload_id)
        buf_addf(out, ", upload %s", show(&key, left->upload_id));
    if (left->version)
        buf_addf(out, ", version %s", show(&key, left->version));
    buf_addc(out, '\n');
    buf_free(&key);
}

/* Whether any request worked. */
static bool has_answer(const struct check_report *r)
{
    unsigned i, ask;

    for (i = 0; i < r->count; i++)
        for (ask = 0; ask < CHECK_ASKS; ask++)
            if (r->seen[i].answers[ask].asked && r->seen[i].answers[ask].err.code == ERR_OK)
                return true;
    return false;
}

/* Two buckets without --to are most often meant as a source and its destination. */
static void add_roles(struct buf *out, const struct check_report *r)
{
    const unsigned both = CHECK_SOURCE | CHECK_DESTINATION;

    if (r->count == 2 && (r->seen[0].roles & both) == both && (r->seen[1].roles & both) == both)
        buf_addf(out,
                "Each bucket was looked at as a source and as a destination. From the first to the "
                "second: copyout check s3://%s/ --to s3://%s/\n",
                r->seen[0].bucket, r->seen[1].bucket);
}

void check_report_text(struct buf *out, const struct check_report *r, bool early)
{
    bool shows = !early || has_answer(r);
    unsigned i;

    for (i = 0; shows && i < r->count; i++) {
        if (i > 0)
            buf_addc(out, '\n');
        add_seen(out, &r->seen[i], early);
    }
    if (shows)
        buf_addc(out, '\n');
    for (i = 0; i < r->left_count; i++)
        add_left(out, &r->left[i]);
    if (!shows)
        return;
    add_roles(out, r);
    if (!r->writes && !early)
        buf_adds(out, "The conditions of writes (If-None-Match) are asked with --write.\n");
    if (early)
        buf_adds(out, "The check ended early: what was not asked is not known.\n");
    else if (!check_report_works(r))
        buf_adds(out, "Not all that a job needs works.\n");
    else if (is_unsure(r))
        buf_adds(out, "All that a job needs works, as far as it could be asked.\n");
    else
        buf_adds(out, "All that a job needs works.\n");
}

/* --- JSON --- */

static json_t *error_json(const struct err *e)
{
    if (!e)
        return json_null();
    return json_pack("{s:s, s:s, s:i, s:s, s:s}", "code", err_report_code(e), "message", e->message,
            "httpStatus", e->http_status, "requestId", e->request_id, "hostId", e->host_id);
}

/* Bytes of a key may be no UTF-8; JSON then has them as a person is shown them. */
static json_t *text_json(const char *text)
{
    struct buf shown;
    json_t *json;

    if (!text)
        return json_null();
    json = json_string(text);
    if (json)
        return json;
    buf_init(&shown, BUF_MAX_SMALL);
    json = json_string(show(&shown, text));
    buf_free(&shown);
    return json;
}

static json_t *finding_json(const struct check_finding *f)
{
    return json_pack("{s:s, s:o, s:o, s:s, s:s, s:o}", "name", f->name, "asked",
            f->asked[0] ? json_string(f->asked) : json_null(), "finding", text_json(f->value),
            "level", check_level_name(f->level), "meaning", f->meaning, "error",
            error_json(f->err));
}

static json_t *roles_json(unsigned roles)
{
    json_t *list = json_array();

    if (roles & CHECK_SOURCE)
        json_array_append_new(list, json_string("source"));
    if (roles & CHECK_DESTINATION)
        json_array_append_new(list, json_string("destination"));
    return list;
}

static json_t *seen_json(const struct check_seen *s)
{
    json_t *findings = json_array();
    struct check_finding f;
    unsigned row;

    for (row = 0; row < check_rows(); row++)
        if (check_find(&f, s, row) && json_array_append_new(findings, finding_json(&f)) != 0) {
            json_decref(findings);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "bucket", s->bucket, "prefix",
            text_json(s->prefix), "roles", roles_json(s->roles), "object", text_json(s->object),
            "findings", findings);
}

static json_t *all_json(const struct check_report *r)
{
    json_t *list = json_array();
    unsigned i;

    for (i = 0; i < r->count; i++)
        if (json_array_append_new(list, seen_json(&r->seen[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *left_json(const struct check_report *r)
{
    json_t *list = json_array();
    unsigned i;

    for (i = 0; i < r->left_count; i++) {
        const struct check_left *left = &r->left[i];
        json_t *one = json_pack("{s:s, s:o, s:o, s:o}", "bucket", left->bucket, "key",
                text_json(left->key), "uploadId", text_json(left->upload_id), "versionId",
                text_json(left->version));

        if (json_array_append_new(list, one) == 0)
            continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

json_t *check_report_json(const struct check_report *r, const struct err *err)
{
    return json_pack("{s:s, s:o, s:b, s:b, s:o, s:o, s:o}", "copyout", COPYOUT_VERSION, "endpoint",
            text_json(r->endpoint), "write", r->writes, "works", !err && check_report_works(r),
            "buckets", all_json(r), "left", left_json(r), "error", error_json(err));
}
