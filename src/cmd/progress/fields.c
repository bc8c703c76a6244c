#include "cmd/progress/fields.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "cli/cells.h"

enum shape { SHAPE_LONG, SHAPE_BRIEF, SHAPE_OUT };

void fields_begin(struct fields *f, const char *label)
{
    f->label = label;
    f->count = 0;
    f->name = NULL;
}

struct field *fields_add(struct fields *f, unsigned rank, const char *fmt, ...)
{
    struct field *field = &f->fields[f->count++];
    va_list args;

    assert(f->count <= FIELDS_MOST);
    *field = (struct field){.rank = rank};
    va_start(args, fmt);
    (void)vsnprintf(field->text, sizeof field->text, fmt, args);
    va_end(args);
    return field;
}

void field_brief(struct field *field, unsigned rank, const char *fmt, ...)
{
    va_list args;

    field->brief_rank = rank;
    va_start(args, fmt);
    (void)vsnprintf(field->brief, sizeof field->brief, fmt, args);
    va_end(args);
}

static const char *shown(const struct field *field, enum shape shape)
{
    return shape == SHAPE_LONG ? field->text : field->brief;
}

/* Cells of all fields that are not left out, with ", " between them. */
static unsigned width_of(const struct fields *f, const enum shape *shapes)
{
    unsigned sum = 0, i;

    for (i = 0; i < f->count; i++)
        if (shapes[i] != SHAPE_OUT)
            sum += cells_of(shown(&f->fields[i], shapes[i])) + (sum > 0 ? 2 : 0);
    return sum;
}

/* The rank of what can be done next to the field: it is shortened, or left out. */
static unsigned next_rank(const struct field *field, enum shape shape)
{
    return shape == SHAPE_LONG && field->brief[0] ? field->brief_rank : field->rank;
}

/* Does what is of the lowest rank: shortens a field, or leaves it out. false: only one is left, in
 * its shortest form. */
static bool shorten(const struct fields *f, enum shape *shapes)
{
    unsigned i, lowest = f->count, there = 0;

    for (i = 0; i < f->count; i++) {
        if (shapes[i] == SHAPE_OUT)
            continue;
        there++;
        if (lowest == f->count ||
                next_rank(&f->fields[i], shapes[i]) < next_rank(&f->fields[lowest], shapes[lowest]))
            lowest = i;
    }
    if (there == 0)
        return false;
    if (shapes[lowest] == SHAPE_LONG && f->fields[lowest].brief[0])
        shapes[lowest] = SHAPE_BRIEF;
    else if (there > 1)
        shapes[lowest] = SHAPE_OUT;
    else
        return false;
    return true;
}

/* Appends s to the line; returns the line's length then. */
static size_t append(struct terminal_line *out, size_t len, const char *s)
{
    str_copy(out->text + len, sizeof out->text - len, s);
    return len + strlen(out->text + len);
}

static size_t append_fields(
        const struct fields *f, const enum shape *shapes, struct terminal_line *out, size_t len)
{
    size_t begin = len;
    unsigned i;

    for (i = 0; i < f->count; i++) {
        const struct field *field = &f->fields[i];

        if (shapes[i] == SHAPE_OUT)
            continue;
        if (len > begin)
            len = append(out, len, ", ");
        if (field->tone > out->tone) {
            out->tone = field->tone;
            out->from = len;
            out->to = len + strlen(shown(field, shapes[i]));
        }
        len = append(out, len, shown(field, shapes[i]));
    }
    return len;
}

/* The name takes what the fields leave; they make space for the least of it. */
static void append_name(const struct fields *f, unsigned columns, struct terminal_line *out)
{
    size_t len = strlen(out->text);
    unsigned taken = cells_of(out->text);
    char name[TERMINAL_LINE_SIZE];

    if (!f->name || taken + 2 + FIELDS_NAME_LEAST > columns)
        return;
    (void)cells_fit(name, sizeof name, f->name, columns - taken - 2);
    len = append(out, len, ": ");
    (void)append(out, len, name);
}

/* A number that is cut would be taken for a smaller one without a mark. */
static void cut(struct terminal_line *out, unsigned columns)
{
    if (cells_of(out->text) <= columns)
        return;
    cells_cut(out->text, columns > 0 ? columns - 1 : 0);
    if (out->to > strlen(out->text))
        out->tone = TONE_PLAIN;
    if (columns > 0)
        (void)append(out, strlen(out->text), "…");
}

void fields_fit(const struct fields *f, unsigned columns, struct terminal_line *out)
{
    unsigned name = f->name ? 2 + FIELDS_NAME_LEAST : 0, fit = columns;
    enum shape shapes[FIELDS_MOST] = {SHAPE_LONG};
    char label[FIELDS_LABEL + 1];
    size_t len;

    memset(out, 0, sizeof *out);
    fit = columns > FIELDS_LABEL + name ? columns - FIELDS_LABEL - name : 0;
    while (width_of(f, shapes) > fit && shorten(f, shapes))
        ;
    (void)snprintf(label, sizeof label, "%-*.*s", FIELDS_LABEL, FIELDS_LABEL - 1, f->label);
    len = append(out, 0, label);
    append_fields(f, shapes, out, len);
    append_name(f, columns, out);
    cut(out, columns);
}

void fields_text(const struct fields *f, struct buf *out)
{
    unsigned i;

    for (i = 0; i < f->count; i++)
        buf_addf(out, "%s%s", i > 0 ? ", " : "", f->fields[i].text);
}

static const struct {
    const char *large, *small;
    unsigned long long each, part; /* seconds */
} units[] = {{"d", "h", 86400, 3600}, {"h", "min", 3600, 60}, {"min", "s", 60, 1}};

/* The number of the largest unit that there is one of; behind the last: it is seconds alone. */
static size_t unit_of(unsigned long long seconds)
{
    size_t i = 0;

    while (i < sizeof units / sizeof units[0] && seconds < units[i].each)
        i++;
    return i;
}

static unsigned long long whole(double seconds)
{
    static const double most = 1e12;

    return seconds < 1 ? 1 : (unsigned long long)((seconds > most ? most : seconds) + 0.5);
}

const char *fields_duration(char *out, size_t size, double seconds)
{
    unsigned long long s = whole(seconds);
    size_t u = unit_of(s);

    if (u == sizeof units / sizeof units[0])
        (void)snprintf(out, size, "%llu s", s);
    else
        (void)snprintf(out, size, "%llu %s %llu %s", s / units[u].each, units[u].large,
                s % units[u].each / units[u].part, units[u].small);
    return out;
}

const char *fields_duration_brief(char *out, size_t size, double seconds)
{
    unsigned long long s = whole(seconds);
    size_t u = unit_of(s);

    if (u == sizeof units / sizeof units[0])
        (void)snprintf(out, size, "%llu s", s);
    else
        (void)snprintf(out, size, "%llu %s", s / units[u].each, units[u].large);
    return out;
}
