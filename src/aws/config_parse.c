#include "aws/config_parse.h"

#include <ini.h>
#include <string.h>

#include "base/buf.h"

/* inih reads the lines through line_reader(), which mends what differs from the AWS format:
 * - inih takes every indented line for a continuation; AWS's (Python's configparser) only one that
 *   is indented more than the property it belongs to. So other lines come without indentation.
 * - inih cuts section names at 49 bytes, and does not report a section without properties. So the
 *   name is taken here.
 * - inih cannot say whether a value is a continuation or the name was given twice. */
struct parser {
    const char *path;
    const char *at, *end; /* the text that is left */
    size_t line;          /* number of the line last read */
    config_sink sink;
    void *ctx;
    struct buf section;
    struct buf parent;  /* name of the property last read */
    bool parent_empty;  /* that property has no value of its own, so what follows is nested */
    size_t indent;      /* of that property */
    bool has_property;  /* there is one to continue */
    bool continued;     /* the line last read is a continuation */
    struct err *e;      /* filled when code is not ERR_OK */
    enum err_code code; /* the sink's, or of the line itself */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static void parser_fail(struct parser *p, const char *what)
{
    p->code = err_set(p->e, ERR_INPUT, "%s", what);
}

static enum err_code emit(struct parser *p, enum config_event_kind kind, const char *parent,
        const char *name, const char *value)
{
    struct config_event event = {kind, buf_str(&p->section), parent, name, value};

    p->code = p->sink(p->ctx, &event, p->e);
    return p->code;
}

/* line[0..len) starts with '['. What lacks its ']' is left to inih to report. */
static void take_section(struct parser *p, const char *line, size_t len)
{
    const char *close = memchr(line, ']', len);
    const char *from = line + 1;

    p->has_property = false;
    if (!close)
        return;
    while (from < close && is_blank(*from))
        from++;
    while (close > from && is_blank(close[-1]))
        close--;
    buf_clear(&p->section);
    buf_add(&p->section, from, (size_t)(close - from));
    p->code = buf_check(&p->section, "a section's name", p->e);
    if (p->code == ERR_OK)
        emit(p, CONFIG_SECTION, NULL, NULL, NULL);
}

/* Looks at the line before inih does. Returns how many bytes of indentation to leave out. */
static size_t look_at(struct parser *p, const char *line, size_t len)
{
    size_t indent = 0;

    while (indent < len && is_blank(line[indent]))
        indent++;
    p->continued = false;
    if (memchr(line, '\0', len)) {
        parser_fail(p, "a NUL byte");
        return 0;
    }
    if (indent == len || line[indent] == '#' || line[indent] == ';')
        return indent;
    if (p->has_property && indent > p->indent) {
        p->continued = true;
        return 0;
    }
    p->indent = indent;
    if (line[indent] == '[')
        take_section(p, line + indent, len - indent);
    return indent;
}

/* An ini_reader: one whole line, as fgets() would give it. */
static char *line_reader(char *out, int size, void *stream)
{
    struct parser *p = stream;
    const char *newline;
    size_t len, skip;

    if (p->at == p->end || p->code != ERR_OK)
        return NULL;
    p->line++;
    newline = memchr(p->at, '\n', (size_t)(p->end - p->at));
    len = (size_t)((newline ? newline : p->end) - p->at);
    /* Never given in pieces: inih would take a piece for a line. */
    if (size < 2 || len > (size_t)size - 2) {
        parser_fail(p, "the line is too long");
        return NULL;
    }
    skip = look_at(p, p->at, len);
    memcpy(out, p->at + skip, len - skip);
    out[len - skip] = '\n';
    out[len - skip + 1] = '\0';
    p->at += len + (newline ? 1 : 0);
    return p->code == ERR_OK ? out : NULL;
}

static bool on_nested(struct parser *p, const char *text)
{
    struct buf name;
    const char *equals = strchr(text, '=');
    const char *end = equals;

    if (!equals || equals == text) {
        parser_fail(p, "an indented line that is not name = value");
        return false;
    }
    while (end > text && is_blank(end[-1]))
        end--;
    for (equals++; is_blank(*equals); equals++)
        ;
    buf_init(&name, BUF_MAX_LINE);
    buf_add(&name, text, (size_t)(end - text));
    p->code = buf_check(&name, "a name", p->e);
    if (p->code == ERR_OK)
        emit(p, CONFIG_NESTED, buf_str(&p->parent), buf_str(&name), equals);
    buf_free(&name);
    return p->code == ERR_OK;
}

/* An ini_handler: 0 is an error. */
static int on_property(void *ctx, const char *section, const char *name, const char *value)
{
    struct parser *p = ctx;

    (void)section; /* may be cut */
    if (p->continued) {
        if (p->parent_empty)
            return on_nested(p, value);
        return emit(p, CONFIG_MORE, NULL, buf_str(&p->parent), value) == ERR_OK;
    }
    if (name[0] == '\0') {
        parser_fail(p, "no name before the '='");
        return 0;
    }
    if (p->section.len == 0) {
        parser_fail(p, "it stands before the first [section]");
        return 0;
    }
    buf_clear(&p->parent);
    buf_adds(&p->parent, name);
    p->parent_empty = value[0] == '\0';
    p->has_property = true;
    p->code = buf_check(&p->parent, "a name", p->e);
    return p->code == ERR_OK && emit(p, CONFIG_PROPERTY, NULL, name, value) == ERR_OK;
}

/* Debian's inih takes at run time what upstream's takes when it is built. The defaults would cut
 * lines at 200 bytes (a session token is longer) and end a value at " ;" (the AWS CLI does not). */
static void set_up_inih(void)
{
    ini_use_stack = false;
    ini_allow_realloc = false;
    ini_initial_alloc = BUF_MAX_LINE;
    ini_max_line = BUF_MAX_LINE;
    ini_allow_multiline = true;
    ini_allow_inline_comments = false;
    ini_stop_on_first_error = true;
}

enum err_code config_parse(
        const char *path, const char *text, size_t len, config_sink sink, void *ctx, struct err *e)
{
    struct parser p = {.path = path,
            .at = text,
            .end = text + len,
            .sink = sink,
            .ctx = ctx,
            .e = e,
            .code = ERR_OK};
    int rc;

    buf_init(&p.section, BUF_MAX_LINE);
    buf_init(&p.parent, BUF_MAX_LINE);
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        p.at += 3;
    set_up_inih();
    rc = ini_parse_stream(line_reader, &p, on_property, &p);
    if (p.code == ERR_OK && rc == -2)
        p.code = err_nomem(e);
    else if (p.code == ERR_OK && rc != 0)
        parser_fail(&p, "neither a [section] nor name = value");
    if (p.code != ERR_OK && p.code != ERR_NOMEM)
        err_prefix(e, "%s:%zu", path, p.line);
    buf_free(&p.section);
    buf_free(&p.parent);
    return p.code;
}
