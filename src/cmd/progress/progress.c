#include "cmd/progress/progress.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/console.h"
#include "cli/host.h"
#include "cmd/progress/progress_json.h"

enum {
    TERMINAL_MS = 200,
    LOG_MS = 10000,
    JSON_MS = 1000,
    PACE_S = 30, /* the pace is that of so many seconds */
};

/* --- the log --- */

static void write_above(void *ctx, const char *text)
{
    struct progress *p = ctx;

    terminal_write_above(&p->terminal, text);
}

static void on_log(void *ctx, enum log_level level, const char *line)
{
    const struct progress *p = ctx;

    if (level >= LOG_WARN)
        progress_json_warning(p->io, level, line);
}

void progress_init(struct progress *p, const struct cmd_io *io,
        const struct progress_options *options, bool quiet)
{
    memset(p, 0, sizeof *p);
    p->io = io;
    if (options)
        p->options = *options;
    p->quiet = quiet ? PROGRESS_QUIET : PROGRESS_TELLS;
    terminal_init(&p->terminal, io->err, io->getenv);
    pace_init(&p->pace, PACE_S);
    p->processor = host_processor("");
    if (p->options.json)
        console_set_listener(on_log, p);
    else if (p->terminal.kind == TERMINAL_LIVE)
        console_set_writer(write_above, p);
}

void progress_end(struct progress *p)
{
    resize_watch_end(p->resize);
    p->resize = NULL;
    terminal_end(&p->terminal);
    console_set_writer(NULL, NULL);
}

/* --- what is shown --- */

uint64_t progress_every_ms(const struct progress *p)
{
    uint64_t asked = p->options.interval_ms;

    if (p->options.json)
        return asked ? asked : JSON_MS;
    if (p->quiet == PROGRESS_QUIET)
        return 0;
    if (p->terminal.kind == TERMINAL_LIVE)
        return TERMINAL_MS;
    return asked ? asked : LOG_MS;
}

static void name_largest(struct progress_facts *f, const struct engine_progress *now)
{
    struct buf name, shown;
    unsigned i;

    buf_init(&name, BUF_MAX_SMALL);
    buf_init(&shown, BUF_MAX_SMALL);
    for (i = 0; i < now->largest_count; i++) {
        buf_clear(&name);
        buf_addf(&name, "%s/%s", now->largest[i].bucket, now->largest[i].key);
        str_copy(f->names[i], sizeof f->names[i],
                str_show(&shown, buf_str(&name), strlen(buf_str(&name))));
        f->now.largest[i].bucket = f->now.largest[i].key = NULL;
    }
    buf_free(&name);
    buf_free(&shown);
}

static void learn(struct progress *p, const struct engine_progress *now)
{
    struct progress_facts *f = &p->facts;
    const struct pace_sample sample = {.at_s = now->seconds,
            .done = (double)(now->done - now->carried),
            .bytes = (double)(now->bytes_done - now->bytes_carried),
            .cpu_s = (double)clock_cpu_us() / 1e6};
    struct limited_facts limited = {.stopping = now->stopping,
            .list_waits = now->list_waits,
            .list_ended = now->list_ended,
            .restoring = now->restoring > 0,
            .pressure = now->pressure};

    pace_add(&p->pace, &sample);
    limited.processor = pace_cpu(&p->pace) / p->processor;
    f->now = *now;
    name_largest(f, now);
    f->objects_per_s = pace_done(&p->pace);
    f->bytes_per_s = pace_bytes(&p->pace);
    f->limited_by = limited_by(&limited);
}

static void draw(struct progress *p)
{
    struct terminal_line lines[TERMINAL_LINES_MOST];
    unsigned columns, rows;

    terminal_size(&p->terminal, &columns, &rows);
    /* Neither in the last column, after which some terminals wrap, nor in the last row, where the
     * cursor is. */
    terminal_draw(&p->terminal, lines,
            p->view.lines(p->view.facts, columns - (columns > 1), rows - (rows > 1), lines));
}

static void log_text(const struct progress_view *view)
{
    char now[CLOCK_ISO_SIZE];
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    view->text(view->facts, &text);
    clock_format_iso(now, clock_wall_s());
    log_info("%s %s", now, buf_str(&text));
    buf_free(&text);
}

static unsigned copying_lines(
        const void *facts, unsigned columns, unsigned rows, struct terminal_line *lines)
{
    return progress_lines(facts, columns, rows, lines);
}

static void copying_text(const void *facts, struct buf *out)
{
    progress_text(facts, out);
}

void progress_show_view(struct progress *p, const struct progress_view *view)
{
    p->view = *view;
    if (p->terminal.kind == TERMINAL_LIVE)
        draw(p);
    else
        log_text(&p->view);
}

void progress_show(void *ctx, const struct engine_progress *now)
{
    struct progress *p = ctx;
    const struct progress_view view = {&p->facts, copying_lines, copying_text};

    learn(p, now);
    if (p->options.json)
        progress_json_status(p->io, &p->facts, now);
    else
        progress_show_view(p, &view);
}

static void on_resize(void *ctx)
{
    struct progress *p = ctx;

    if (p->terminal.count > 0)
        draw(p);
}

enum err_code progress_watch(struct progress *p, struct net *net, struct err *e)
{
    if (p->options.json || p->quiet == PROGRESS_QUIET || p->terminal.kind != TERMINAL_LIVE)
        return ERR_OK;
    return resize_watch_start(&p->resize, net, on_resize, p, e);
}

/* --- objects --- */

/* The line of -v: "COPIED line 3 s3://b/k -> folder/k, 10 B, etag, 0.2 s, 1 request". */
static void log_object(const struct result *r)
{
    char bytes[32];
    struct buf from, to, notes;

    if (!log_enabled(LOG_DEBUG))
        return;
    buf_init(&from, BUF_MAX_SMALL);
    buf_init(&to, BUF_MAX_SMALL);
    buf_init(&notes, BUF_MAX_SMALL);
    result_notes_text(&notes, r->notes, ", ");
    str_show(&from, r->item.key, strlen(r->item.key));
    str_show(&to, r->item.destination_key, strlen(r->item.destination_key));
    if (r->status == RESULT_FAILED)
        log_debug("FAILED line %llu s3://%s/%s -> %s: %s: %s", (unsigned long long)r->item.line,
                r->item.bucket, buf_str(&from), buf_str(&to), err_report_code(&r->err),
                r->err.message);
    else
        log_debug("%s line %llu s3://%s/%s -> %s, %s, %s, %.1f s, %u request%s%s%s",
                result_status_name(r->status), (unsigned long long)r->item.line, r->item.bucket,
                buf_str(&from), buf_str(&to), str_bytes(bytes, sizeof bytes, r->size),
                verified_name(r->verified), r->seconds, r->requests, str_plural(r->requests),
                notes.len > 0 ? ", " : "", buf_str(&notes));
    buf_free(&from);
    buf_free(&to);
    buf_free(&notes);
}

bool progress_wants_results(const struct progress *p)
{
    return p->options.json || log_enabled(LOG_DEBUG);
}

void progress_on_result(void *ctx, const struct result *result)
{
    const struct progress *p = ctx;

    log_object(result);
    if (p->options.json)
        progress_json_object(p->io, result);
}

/* --- the last line --- */

FILE *progress_summary_open(struct progress_summary *s, const struct progress *p)
{
    *s = (struct progress_summary){0};
    if (p->options.json)
        s->file = open_memstream(&s->text, &s->size);
    return s->file;
}

void progress_summary_close(struct progress_summary *s, const struct progress *p, int exit_code)
{
    if (!s->file)
        return;
    if (fclose(s->file) == 0 && s->text)
        progress_json_summary(p->io, s->text, exit_code);
    free(s->text);
    console_set_listener(NULL, NULL);
}
