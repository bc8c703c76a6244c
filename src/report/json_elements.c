#include "report/json_elements.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Where within an element a byte stands. */
struct place {
    unsigned depth; /* brackets that are open */
    enum { OUTSIDE, IN_STRING, BEHIND_BACKSLASH } string;
};

void json_elements_begin(struct json_elements *x, FILE *file)
{
    memset(x, 0, sizeof *x);
    x->file = file;
    buf_init(&x->text, JSON_ELEMENT_MOST);
}

void json_elements_end(struct json_elements *x)
{
    buf_free(&x->text);
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int next_byte(struct json_elements *x)
{
    return getc_unlocked(x->file);
}

static enum err_code ended(struct json_elements *x, struct err *e)
{
    if (ferror(x->file))
        return err_errno(e, errno, "cannot read it");
    return err_set(e, ERR_IO, "it is no whole JSON array");
}

/* Goes on to the place behind c. */
static void move_on(struct place *p, int c)
{
    if (p->string == IN_STRING && c == '\\')
        p->string = BEHIND_BACKSLASH;
    else if (p->string == BEHIND_BACKSLASH || (p->string == OUTSIDE && c == '"'))
        p->string = IN_STRING;
    else if (p->string == IN_STRING)
        p->string = c == '"' ? OUTSIDE : IN_STRING;
    else if (c == '[' || c == '{')
        p->depth++;
    else if ((c == ']' || c == '}') && p->depth > 0)
        p->depth--;
}

/* Whether c, at that place, is behind the element. */
static bool is_end(const struct place *p, int c)
{
    return p->string == OUTSIDE && p->depth == 0 && (c == ',' || c == ']');
}

/* Reads one element into x->text, as far as there is room, and what ends it. */
static enum err_code read_one(struct json_elements *x, struct err *e)
{
    struct place place = {0};
    int c;

    buf_clear(&x->text);
    while ((c = next_byte(x)) != EOF && !is_end(&place, c)) {
        move_on(&place, c);
        if (x->text.len > 0 || !is_blank(c))
            buf_addc(&x->text, (char)c);
    }
    if (c == EOF)
        return ended(x, e);
    if (x->text.failed == ERR_NOMEM)
        return err_nomem(e);
    if (c == ']')
        x->at = ELEMENTS_BEHIND;
    while (x->text.len > 0 && is_blank(x->text.data[x->text.len - 1]))
        buf_cut(&x->text, x->text.len - 1);
    return ERR_OK;
}

static enum err_code read_begin(struct json_elements *x, struct err *e)
{
    int c;

    do
        c = next_byte(x);
    while (is_blank(c));
    if (c != '[')
        return ended(x, e);
    x->at = ELEMENTS_INSIDE;
    return ERR_OK;
}

enum err_code json_elements_next(
        struct json_elements *x, const char **text, size_t *len, struct err *e)
{
    enum err_code code = x->at == ELEMENTS_BEFORE ? read_begin(x, e) : ERR_OK;

    *text = NULL;
    *len = 0;
    while (code == ERR_OK && !*text && x->at == ELEMENTS_INSIDE) {
        code = read_one(x, e);
        if (code == ERR_OK && x->text.failed == ERR_LIMIT)
            x->too_long++;
        else if (code == ERR_OK && x->text.len > 0)
            *text = buf_str(&x->text);
    }
    if (*text)
        *len = x->text.len;
    return code;
}
