#include "cmd/progress/prometheus.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "base/version.h"

/* A label's value: any UTF-8, with \, " and the line feed escaped ("Exposition formats",
 * label_value). A byte that begins no UTF-8 becomes U+FFFD. */
static void add_value(struct buf *out, const char *s)
{
    size_t len = strlen(s), n;

    for (; len > 0; s += n, len -= n) {
        n = str_utf8_sequence(s, len);
        if (n == 0) {
            buf_adds(out, "\xEF\xBF\xBD");
            n = 1;
        } else if (*s == '\n') {
            buf_adds(out, "\\n");
        } else if (*s == '\\' || *s == '"') {
            buf_addc(out, '\\');
            buf_addc(out, *s);
        } else {
            buf_add(out, s, n);
        }
    }
}

/* A text under way. */
struct text {
    struct buf *out;
    struct buf labels; /* those of every sample, without braces */
    const char *name;  /* of the metric whose samples come now */
};

static void begin(struct text *t, const char *name, const char *type, const char *help)
{
    buf_addf(t->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
    t->name = name;
}

/* A sample of the metric. label, value: a label that it has besides; NULL: none. */
static void sample(struct text *t, const char *label, const char *value, int64_t number)
{
    buf_addf(t->out, "%s{%s", t->name, buf_str(&t->labels));
    if (label && value) {
        buf_addf(t->out, ",%s=\"", label);
        add_value(t->out, value);
        buf_addc(t->out, '"');
    }
    buf_addf(t->out, "} %" PRId64 "\n", number);
}

static void one(
        struct text *t, const char *name, const char *type, const char *help, uint64_t number)
{
    begin(t, name, type, help);
    sample(t, NULL, NULL, (int64_t)number);
}

/* "COPIED" as "copied". */
static const char *status_value(char out[32], enum result_status status)
{
    unsigned i;

    str_copy(out, 32, result_status_name(status));
    for (i = 0; out[i]; i++)
        out[i] = (char)tolower((unsigned char)out[i]);
    return out;
}

static void add_objects(struct text *t, const struct prometheus_facts *f)
{
    char status[32];
    unsigned i;

    begin(t, "copyout_objects_total", "counter",
            "Objects that have a result, by status, of this process.");
    for (i = 0; i < RESULT_STATUS_COUNT; i++)
        sample(t, "status", status_value(status, (enum result_status)i),
                (int64_t)f->progress.own_by_status[i]);
    one(t, "copyout_copied_bytes_total", "counter",
            "Bytes of objects that were copied, of this process.", f->counts.bytes);
    one(t, "copyout_job_objects", "gauge", "Objects that the job has.", f->progress.items);
    one(t, "copyout_job_objects_settled", "gauge",
            "Objects of the job that have a result, of earlier runs too.", f->progress.done);
    one(t, "copyout_job_objects_restoring", "gauge",
            "Objects that wait until their sources are restored from archives.",
            f->progress.restoring);
}

static void add_requests(struct text *t, const struct prometheus_facts *f)
{
    unsigned op;

    begin(t, "copyout_requests_total", "counter",
            "Requests sent to S3 by operation, repeated ones included.");
    for (op = 0; op < S3_OP_COUNT; op++)
        sample(t, "operation", s3_op_name((enum s3_op)op), (int64_t)f->requests[op]);
    one(t, "copyout_request_retries_total", "counter",
            "Requests that failed or were told to slow down, and were sent again.", f->retries);
    one(t, "copyout_throttles_total", "counter", "Answers of S3 that told to slow down.",
            f->pressure.slow_downs);
    one(t, "copyout_requests_in_flight", "gauge", "Requests under way.", f->pressure.in_flight);
    one(t, "copyout_concurrency_limit", "gauge",
            "Requests to the destination's bucket that may be under way at once.",
            f->pressure.limit);
}

static void add_state(struct text *t, const struct prometheus_facts *f)
{
    static const char *const states[PROMETHEUS_STATES] = {
            "preparing", "copying", "reporting", "ended"};
    unsigned i;

    begin(t, "copyout_state", "gauge", "What the job does: 1 for the present state.");
    for (i = 0; i < PROMETHEUS_STATES; i++)
        sample(t, "state", states[i], f->state == i);
    one(t, "copyout_start_time_seconds", "gauge", "When this process began, since 1970.",
            (uint64_t)f->started_s);
    if (f->state != PROMETHEUS_ENDED)
        return;
    one(t, "copyout_end_time_seconds", "gauge", "When this process ended, since 1970.",
            (uint64_t)f->ended_s);
    one(t, "copyout_exit_code", "gauge", "The exit code: 0 is a job that is complete.",
            (uint64_t)f->exit_code);
}

void prometheus_text(struct buf *out, const struct prometheus_facts *f)
{
    struct text t = {.out = out};

    buf_init(&t.labels, BUF_MAX_SMALL);
    buf_adds(&t.labels, "work=\"");
    add_value(&t.labels, f->work);
    buf_adds(&t.labels, "\",destination=\"");
    add_value(&t.labels, f->destination);
    buf_adds(&t.labels, "\"");
    if (!buf_ok(&t.labels))
        out->failed = t.labels.failed;
    begin(&t, "copyout_build_info", "gauge", "The version of copyout.");
    sample(&t, "version", COPYOUT_VERSION, 1);
    add_objects(&t, f);
    add_requests(&t, f);
    add_state(&t, f);
    buf_free(&t.labels);
}
