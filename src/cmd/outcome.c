#include "cmd/outcome.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

enum { FAILURES_SHOWN = 10 };

static void print_problems(const struct problems *p)
{
    unsigned i;

    for (i = 0; i < p->kept_count; i++) {
        if (p->kept[i].line > 0)
            fprintf(stderr, "line %llu: %s\n", (unsigned long long)p->kept[i].line,
                    p->kept[i].text);
        else
            fprintf(stderr, "%s\n", p->kept[i].text);
    }
    if (p->total > p->kept_count)
        fprintf(stderr, "… and %llu more\n", (unsigned long long)(p->total - p->kept_count));
}

static void print_failures(const struct report *r)
{
    unsigned shown = r->failures_kept < FAILURES_SHOWN ? r->failures_kept : FAILURES_SHOWN, i;
    struct buf key;

    buf_init(&key, BUF_MAX_SMALL);
    for (i = 0; i < shown; i++) {
        const struct result *f = &r->failures[i];

        fprintf(stderr, "FAILED line %llu s3://%s/%s: %s: %s%s%s\n",
                (unsigned long long)f->item.line, f->item.bucket,
                str_show(&key, f->item.key, strlen(f->item.key)), err_report_code(&f->err),
                f->err.message, f->err.request_id[0] ? ", request " : "", f->err.request_id);
    }
    if (r->by_status[RESULT_FAILED] > shown)
        fprintf(stderr, "… and %llu more; the report names them all\n",
                (unsigned long long)(r->by_status[RESULT_FAILED] - shown));
    buf_free(&key);
}

/* ", 7 failed": only what there is. */
static void print_count(uint64_t n, const char *what)
{
    if (n > 0)
        printf(", %llu %s", (unsigned long long)n, what);
}

static void print_proof(const struct report *r)
{
    const uint64_t *v = r->verified;
    uint64_t there = r->by_status[RESULT_COPIED] + r->by_status[RESULT_SAME];

    if (there > 0 && v[VERIFIED_ETAG] == there) {
        fputs("; all proven by ETag", stdout);
        return;
    }
    if (there > 0) {
        printf("; proven by ETag %llu", (unsigned long long)v[VERIFIED_ETAG]);
        print_count(v[VERIFIED_CHECKSUM], "by checksum");
        print_count(v[VERIFIED_SIZE], "by size only");
        print_count(v[VERIFIED_NONE], "not at all");
    }
}

static void print_summary(const struct outcome *o)
{
    const struct report *r = o->report;
    const uint64_t *n = r->by_status;
    char bytes[32];
    struct buf place;

    printf("%llu objects: ", (unsigned long long)r->items);
    if (r->dry_run)
        printf("dry run, nothing was copied; %llu would be (%s)",
                (unsigned long long)n[RESULT_PENDING], str_bytes(bytes, sizeof bytes, r->bytes));
    else if (n[RESULT_COPIED] > 0)
        printf("%llu copied (%s in %.1f s)", (unsigned long long)n[RESULT_COPIED],
                str_bytes(bytes, sizeof bytes, r->bytes), r->seconds);
    else
        fputs("nothing copied", stdout);
    print_count(n[RESULT_SAME], "the same already");
    print_count(n[RESULT_KEPT], "kept as they were");
    print_count(n[RESULT_FAILED], "failed");
    print_count(r->missing, "not reached");
    print_proof(r);
    print_count(r->tags_dropped, "without their tags");
    buf_init(&place, BUF_MAX_SMALL);
    report_place(o->job, &place);
    printf(". Report: %s", buf_str(&place));
    buf_clear(&place);
    store_show(o->job->store, "", &place);
    printf("; work store: %s\n", buf_str(&place));
    buf_free(&place);
}

static int exit_code_of(const struct outcome *o)
{
    if (o->stop_code)
        return o->stop_code;
    if (o->err)
        return err_exit_code(o->err->code);
    if (o->reported && !report_is_complete(o->report))
        return err_exit_code(ERR_INCOMPLETE);
    return 0;
}

static void print_json(const struct outcome *o, int exit_code)
{
    struct buf place;
    char *text = NULL;

    buf_init(&place, BUF_MAX_SMALL);
    if (o->reported) {
        report_place(o->job, &place);
        text = report_json(o->report, o->job->sync.s3, buf_str(&place), 0);
    } else if (o->err) {
        json_t *json = json_pack("{s:{s:s, s:s}, s:i}", "error", "name", err_name(o->err->code),
                "message", o->err->message, "exitCode", exit_code);

        text = json ? json_dumps(json, 0) : NULL;
        json_decref(json);
    }
    if (text)
        puts(text);
    free(text);
    buf_free(&place);
}

int outcome_print(const struct outcome *o)
{
    int exit_code = exit_code_of(o);

    if (o->problems->total > 0)
        print_problems(o->problems);
    if (o->reported)
        print_failures(o->report);
    if (o->err)
        log_error("%s", o->err->message);
    if (o->json && (o->reported || o->err))
        print_json(o, exit_code);
    else if (o->reported && !o->quiet)
        print_summary(o);
    return exit_code;
}
