#include "model/policy/key_cover.h"

#include <stdlib.h>
#include <string.h>

void key_cover_free(struct key_cover *c)
{
    unsigned i;

    for (i = 0; i < c->count; i++)
        free(c->patterns[i].text);
    memset(c, 0, sizeof *c);
}

static bool covers(const struct key_pattern *p, const char *key)
{
    return p->is_folder ? strncmp(key, p->text, strlen(p->text)) == 0 : strcmp(key, p->text) == 0;
}

bool key_cover_has(const struct key_cover *c, const char *key)
{
    unsigned i;

    for (i = 0; i < c->count; i++)
        if (covers(&c->patterns[i], key))
            return true;
    return false;
}

/* The length of the deepest folder that both texts begin with, its '/' included; 0: none. */
static size_t common_folder(const char *a, const char *b)
{
    size_t i, length = 0;

    for (i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '/')
            length = i + 1;
    return length;
}

static void remove_pattern(struct key_cover *c, unsigned i)
{
    free(c->patterns[i].text);
    c->count--;
    memmove(c->patterns + i, c->patterns + i + 1, (c->count - i) * sizeof *c->patterns);
}

/* The patterns of one folder follow one another, so that the deepest folder is that of neighbours.
 */
static void merge(struct key_cover *c)
{
    size_t length, deepest = 0;
    unsigned i, at = 0;

    for (i = 0; i + 1 < c->count; i++) {
        length = common_folder(c->patterns[i].text, c->patterns[i + 1].text);
        if (length > deepest) {
            deepest = length;
            at = i;
        }
    }
    c->patterns[at].text[deepest] = '\0';
    c->patterns[at].is_folder = true;
    for (i = c->count; i-- > 0;)
        if (i != at && covers(&c->patterns[at], c->patterns[i].text)) {
            remove_pattern(c, i);
            at -= i < at;
        }
}

enum err_code key_cover_add(struct key_cover *c, const char *key, struct err *e)
{
    unsigned i = c->count;
    char *text;

    if (key_cover_has(c, key))
        return ERR_OK;
    text = strdup(key);
    if (!text)
        return err_nomem(e);
    for (; i > 0 && strcmp(c->patterns[i - 1].text, key) > 0; i--)
        c->patterns[i] = c->patterns[i - 1];
    c->patterns[i] = (struct key_pattern){.text = text};
    c->count++;
    if (c->count > KEY_COVER_MOST)
        merge(c);
    return ERR_OK;
}

void key_pattern_write(struct buf *out, const struct key_pattern *pattern)
{
    const char *s;

    for (s = pattern->text; *s; s++) {
        if (strchr("*?$", *s))
            buf_addf(out, "${%c}", *s);
        else
            buf_addc(out, *s);
    }
    if (pattern->is_folder)
        buf_addc(out, '*');
}
