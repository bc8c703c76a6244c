/* How far the copying is: a few lines that stay at the bottom of a terminal, a dated line of the
 * log now and then for all others, or JSON lines for a program. */
#ifndef COPYOUT_CMD_PROGRESS_PROGRESS_H
#define COPYOUT_CMD_PROGRESS_PROGRESS_H

#include "cli/io.h"
#include "cli/terminal.h"
#include "cmd/progress/pace.h"
#include "cmd/progress/progress_lines.h"
#include "cmd/signals.h"
#include "job/engine.h"

struct progress_options {
    bool json;            /* JSON lines on standard output, nothing else there */
    uint64_t interval_ms; /* 0: the default */
};

/* Their entries in a command's table, for a struct type with such a member. */
/* clang-format off */
#define PROGRESS_OPTIONS(type, member) \
    {"progress-interval", '\0', OPTION_DURATION, "TIME", offsetof(type, member.interval_ms), \
        "where standard error is no terminal, say so often how far it is; 10s is the default, and 1s " \
        "with --json-progress"}, \
    {"json-progress", '\0', OPTION_FLAG, NULL, offsetof(type, member.json), \
        "print JSON lines on standard output as it goes: status, object, warning, and at the end " \
        "summary, which has what --json prints (docs/progress.md)"}
/* clang-format on */

/* The display of some work: its facts, and how they are shown. */
struct progress_view {
    const void *facts;
    /* As progress_lines() and progress_text() of progress_lines.h. */
    unsigned (*lines)(
            const void *facts, unsigned columns, unsigned rows, struct terminal_line *lines);
    void (*text)(const void *facts, struct buf *out);
};

struct progress {
    const struct cmd_io *io;
    struct progress_options options;
    enum { PROGRESS_TELLS, PROGRESS_QUIET } quiet; /* --quiet: JSON lines are told all the same */
    struct terminal terminal;
    struct resize_watch *resize; /* NULL: not on a terminal */
    struct pace pace;
    double processor;            /* the part of one that we may use */
    struct progress_facts facts; /* the last */
    struct progress_view view;   /* that was shown last */
};

/* Prepares p; io must outlive it. The log goes by way of it from now on until progress_end(). */
void progress_init(struct progress *p, const struct cmd_io *io,
        const struct progress_options *options, bool quiet);
/* Redraws the lines at once when the terminal's size changes, from now on; to be ended before the
 * net. Without it they are redrawn at the next progress_show(). */
enum err_code progress_watch(struct progress *p, struct net *net, struct err *e) ERR_MUST_CHECK;

/* Milliseconds after which progress_show() is to be called; 0: never. */
uint64_t progress_every_ms(const struct progress *p);
/* Shows how far it is. ctx of engine_config's on_progress: a struct progress. */
void progress_show(void *ctx, const struct engine_progress *now);
/* Shows other work than a copying, which has no JSON lines. What the view points to must hold until
 * the next one, or progress_end(). */
void progress_show_view(struct progress *p, const struct progress_view *view);
/* Tells of an object's result, with -v and in JSON lines; whether any of these is wanted. ctx of
 * engine_config's on_result: a struct progress. */
bool progress_wants_results(const struct progress *p);
void progress_on_result(void *ctx, const struct result *result);

/* Takes the lines away, when nothing more will be shown. */
void progress_end(struct progress *p);

/* With --json-progress: what --json would print goes to that stream, which progress_summary() makes
 * the last line of. Otherwise, and for want of memory, NULL: it is to be printed as ever. */
struct progress_summary {
    FILE *file;
    char *text;
    size_t size;
};
FILE *progress_summary_open(struct progress_summary *s, const struct progress *p);
void progress_summary_close(struct progress_summary *s, const struct progress *p, int exit_code);

#endif
