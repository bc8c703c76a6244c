#include "model/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

void problems_init(struct problems *p)
{
    memset(p, 0, sizeof *p);
}

void problems_free(struct problems *p)
{
    unsigned i;

    for (i = 0; i < p->kept_count; i++)
        free(p->kept[i].text);
    problems_init(p);
}

void problems_sort(struct problems *p)
{
    unsigned i, at;

    for (i = 1; i < p->kept_count; i++) {
        struct problem moved = p->kept[i];

        for (at = i; at > 0 && p->kept[at - 1].line > moved.line; at--)
            p->kept[at] = p->kept[at - 1];
        p->kept[at] = moved;
    }
}

void problems_add(struct problems *p, uint64_t line, const char *fmt, ...)
{
    char text[ERR_MESSAGE_MAX], clean[ERR_MESSAGE_MAX];
    char *copy;
    va_list ap;

    p->total++;
    if (p->kept_count == PROBLEMS_KEPT)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    err_copy_text(clean, sizeof clean, text, strlen(text));
    copy = strdup(clean);
    if (!copy)
        return;
    p->kept[p->kept_count].line = line;
    p->kept[p->kept_count].text = copy;
    p->kept_count++;
}
