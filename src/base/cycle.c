#include "base/cycle.h"

#include <stdlib.h>
#include <string.h>

enum err_code cycle_next(struct cycle *c, const char *text, struct err *e)
{
    if (c->kept && strcmp(c->kept, text) == 0) {
        err_set(e, ERR_PROTOCOL,
                "the server's listing does not end: the token of its next page came before");
        e->cls = ERR_CLASS_PERMANENT;
        return ERR_PROTOCOL;
    }
    if (c->since++ < c->most)
        return ERR_OK;
    c->most = c->most ? 2 * c->most : 1;
    c->since = 0;
    free(c->kept);
    c->kept = strdup(text);
    return c->kept ? ERR_OK : err_nomem(e);
}

enum err_code cycle_take(struct cycle *c, char **token, const char *next, struct err *e)
{
    free(*token);
    *token = next ? strdup(next) : NULL;
    if (next && !*token)
        return err_nomem(e);
    return next ? cycle_next(c, next, e) : ERR_OK;
}

void cycle_free(struct cycle *c)
{
    free(c->kept);
    memset(c, 0, sizeof *c);
}
