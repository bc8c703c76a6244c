#include "cli/terminal.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cells.h"

/* ECMA-48: CSI n A goes n lines up, CSI K erases the rest of the line, CSI J that of the screen,
 * CSI n m sets a color. */
#define ERASE_LINE   "\033[K"
#define ERASE_SCREEN "\033[J"
#define PLAIN        "\033[0m"

enum { COLUMNS = 80, ROWS = 24 };

void terminal_init(struct terminal *t, FILE *file, char *(*env)(const char *name))
{
    const char *term = env("TERM"), *no_color = env("NO_COLOR");

    *t = (struct terminal){.file = file};
    buf_init(&t->drawn, BUF_MAX_SMALL);
    if (isatty(fileno(file)) != 1)
        return;
    t->kind = term && *term && strcmp(term, "dumb") != 0 ? TERMINAL_LIVE : TERMINAL_DUMB;
    t->colors = no_color && *no_color ? TERMINAL_MONOCHROME : TERMINAL_COLORS;
}

void terminal_end(struct terminal *t)
{
    terminal_wipe(t);
    buf_free(&t->drawn);
}

void terminal_size(const struct terminal *t, unsigned *columns, unsigned *rows)
{
    struct winsize size = {0};

    if (ioctl(fileno(t->file), TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    *columns = size.ws_col > 0 ? size.ws_col : COLUMNS;
    *rows = size.ws_row > 0 ? size.ws_row : ROWS;
}

static unsigned columns_of(const struct terminal *t)
{
    unsigned columns, rows;

    terminal_size(t, &columns, &rows);
    return columns;
}

/* Rows that the lines on the screen take. Where the terminal has become narrower they are wrapped
 * by now, as nearly all terminals do. */
static unsigned rows_of(const struct terminal *t)
{
    unsigned columns = columns_of(t), sum = 0, i;

    for (i = 0; i < t->count; i++)
        sum += t->widths[i] > columns ? (t->widths[i] + columns - 1) / columns : 1;
    return sum;
}

/* To the beginning of the first line; the cursor is always at that of the line behind the last. */
static void go_up(const struct terminal *t, struct buf *out)
{
    unsigned rows = rows_of(t);

    buf_adds(out, "\r");
    if (rows > 0)
        buf_addf(out, "\033[%uA", rows);
}

/* The same, and takes the lines away. The rest of the screen is erased from the second row on: tmux
 * takes the erasing of a whole screen for "clear", and keeps what was on it in its history. Each
 * row is erased as a whole, so that one that was wrapped is none any more. */
static void take_away(const struct terminal *t, struct buf *out)
{
    go_up(t, out);
    if (t->count > 0)
        buf_adds(out, ERASE_LINE "\n" ERASE_SCREEN "\033[1A");
}

static void add_line(const struct terminal *t, struct buf *out, const struct terminal_line *line)
{
    static const char *const tones[] = {"", "\033[33m", "\033[31m"}; /* yellow, red */
    const char *text = line->text;

    if (t->colors == TERMINAL_MONOCHROME || line->tone == TONE_PLAIN || line->to <= line->from) {
        buf_adds(out, text);
    } else {
        buf_add(out, text, line->from);
        buf_adds(out, tones[line->tone]);
        buf_add(out, text + line->from, line->to - line->from);
        buf_adds(out, PLAIN);
        buf_adds(out, text + line->to);
    }
    buf_adds(out, ERASE_LINE "\n");
}

/* In one write. */
static void put(struct terminal *t, struct buf *out)
{
    if (buf_ok(out))
        fwrite(buf_str(out), 1, out->len, t->file);
    fflush(t->file);
    buf_free(out);
}

void terminal_draw(struct terminal *t, const struct terminal_line *lines, unsigned count)
{
    struct buf drawn, out;
    unsigned i;

    if (count > TERMINAL_LINES_MOST)
        count = TERMINAL_LINES_MOST;
    buf_init(&drawn, BUF_MAX_SMALL);
    for (i = 0; i < count; i++)
        add_line(t, &drawn, &lines[i]);
    if (count == t->count && strcmp(buf_str(&drawn), buf_str(&t->drawn)) == 0) {
        buf_free(&drawn);
        return;
    }
    buf_init(&out, BUF_MAX_SMALL);
    if (columns_of(t) == t->columns)
        go_up(t, &out);
    else
        take_away(t, &out);
    buf_adds(&out, buf_str(&drawn));
    buf_adds(&out, ERASE_SCREEN);
    put(t, &out);
    for (i = 0; i < count; i++)
        t->widths[i] = cells_of(lines[i].text);
    t->count = count;
    t->columns = columns_of(t);
    buf_free(&t->drawn);
    t->drawn = drawn;
}

void terminal_wipe(struct terminal *t)
{
    struct buf out;

    if (t->count == 0)
        return;
    buf_init(&out, BUF_MAX_SMALL);
    take_away(t, &out);
    put(t, &out);
    t->count = 0;
    buf_clear(&t->drawn);
}

void terminal_write_above(struct terminal *t, const char *text)
{
    struct buf out;

    buf_init(&out, BUF_MAX_SMALL);
    if (t->count > 0)
        take_away(t, &out);
    buf_adds(&out, text);
    buf_adds(&out, buf_str(&t->drawn));
    put(t, &out);
}
