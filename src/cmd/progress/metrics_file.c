#include "cmd/progress/metrics_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd/progress/metrics.h"

enum { EVERY_MS = 10000, FILE_MODE = 0644 /* node_exporter is another user */ };

/* --- the file --- */

static enum err_code cannot(struct err *e, const char *path)
{
    return err_errno(e, errno, "--metrics %s", path);
}

/* Makes the file beside, whose name does not end with .prom, so that nobody reads it. */
static int open_beside(struct buf *beside, const char *path)
{
    buf_init(beside, BUF_MAX_SMALL);
    buf_addf(beside, "%s.XXXXXX", path);
    if (!buf_ok(beside)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return mkstemp(beside->data);
}

static bool write_all(int fd, const char *data, size_t len)
{
    ssize_t n;

    for (; len > 0; data += n, len -= (size_t)n) {
        n = write(fd, data, len);
        if (n < 0 && errno != EINTR)
            return false;
        if (n < 0)
            n = 0;
    }
    return true;
}

/* Replaces the file whole: rename(2) puts the new one in the place of the old one at once. text:
 * NULL: only finds out whether that could be done. */
static enum err_code replace(const char *path, const struct buf *text, struct err *e)
{
    enum err_code code = ERR_OK;
    struct buf beside;
    int fd = open_beside(&beside, path);

    if (fd < 0) {
        code = cannot(e, path);
        buf_free(&beside);
        return code;
    }
    if (text && (!write_all(fd, text->data, text->len) || fchmod(fd, FILE_MODE) != 0))
        code = cannot(e, path);
    if (close(fd) != 0 && code == ERR_OK)
        code = cannot(e, path);
    if (text && code == ERR_OK && rename(beside.data, path) != 0)
        code = cannot(e, path);
    if (!text || code != ERR_OK)
        (void)unlink(beside.data);
    buf_free(&beside);
    return code;
}

/* --- what is in it --- */

static enum prometheus_state state_of(const struct metrics_file *m)
{
    if (m->engine && engine_is_copying(m->engine))
        return PROMETHEUS_COPYING;
    return m->engine && engine_has_copied(m->engine) ? PROMETHEUS_REPORTING : PROMETHEUS_PREPARING;
}

static void count(struct prometheus_facts *f, const struct metrics_file *m)
{
    unsigned op;

    if (m->engine)
        engine_progress(m->engine, &f->progress);
    f->counts = metrics_of(&f->progress, m->input->dry_run);
    if (!m->session)
        return;
    s3_client_pressure(m->session->s3, &f->pressure);
    f->retries = s3_client_retries(m->session->s3);
    for (op = 0; op < S3_OP_COUNT; op++)
        f->requests[op] = s3_client_requests(m->session->s3, (enum s3_op)op);
}

/* exit_code: negative: it has not ended. */
static enum err_code write_file(const struct metrics_file *m, int exit_code, struct err *e)
{
    struct prometheus_facts f = {.state = state_of(m), .started_s = m->started_s};
    struct buf work, destination, text;
    enum err_code code;

    buf_init(&work, BUF_MAX_SMALL);
    buf_init(&destination, BUF_MAX_SMALL);
    buf_init(&text, BUF_MAX_ANSWER);
    if (m->engine)
        engine_show(m->engine, "", &work);
    if (m->input->destination_bucket)
        buf_addf(&destination, "s3://%s/%s", m->input->destination_bucket,
                m->input->destination_folder);
    count(&f, m);
    f.work = buf_str(&work);
    f.destination = buf_str(&destination);
    if (exit_code >= 0) {
        f.state = PROMETHEUS_ENDED;
        f.exit_code = exit_code;
        f.ended_s = clock_wall_s();
    }
    prometheus_text(&text, &f);
    code = buf_check(&text, "the file of metrics", e);
    if (code == ERR_OK)
        code = replace(m->path, &text, e);
    buf_free(&work);
    buf_free(&destination);
    buf_free(&text);
    return code;
}

/* A file that cannot be written any more is no reason to stop a job: it is said once. */
static void try_write(struct metrics_file *m, int exit_code)
{
    struct err e;

    if (write_file(m, exit_code, &e) == ERR_OK) {
        m->last = METRICS_FILE_WORKS;
        return;
    }
    if (m->last == METRICS_FILE_WORKS)
        log_warn("%s; the job goes on without", e.message);
    m->last = METRICS_FILE_FAILED;
}

static void on_timer(void *ctx)
{
    struct metrics_file *m = ctx;

    try_write(m, -1);
    net_timer_set(m->timer, m->every_ms);
}

/* --- its life --- */

enum err_code metrics_file_open(struct metrics_file *m, const char *path,
        const struct progress_options *options, const struct input *input, struct err *e)
{
    struct stat is;

    if (!path)
        return ERR_OK;
    if (stat(path, &is) == 0 && !S_ISREG(is.st_mode))
        return err_set(e, ERR_USAGE, "--metrics %s: there is something that is no file", path);
    if (replace(path, NULL, e) != ERR_OK)
        return e->code;
    m->path = path;
    m->input = input;
    m->every_ms = options->interval_ms ? options->interval_ms : EVERY_MS;
    m->started_s = clock_wall_s();
    return ERR_OK;
}

enum err_code metrics_file_start(struct metrics_file *m, const struct engine *engine,
        const struct session *session, struct err *e)
{
    if (!m->path)
        return ERR_OK;
    m->engine = engine;
    m->session = session;
    if (write_file(m, -1, e) != ERR_OK)
        return e->code;
    m->timer = net_timer_new(session->net, on_timer, m);
    if (!m->timer)
        return err_nomem(e);
    net_timer_set(m->timer, m->every_ms);
    return ERR_OK;
}

void metrics_file_end(struct metrics_file *m, int exit_code)
{
    net_timer_stop(m->timer);
    m->timer = NULL;
    if (m->path)
        try_write(m, exit_code);
}
