#include "model/delivery/tag_digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/delivery/delivery_digest.h"

static int by_bytes(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

/* Cuts a text at each '&'. *out: its pieces; NULL: no memory. */
static size_t cut(char *text, char ***out)
{
    size_t count = 0, cap = 0;
    char **pieces = NULL, *at = text;

    while (at) {
        char **grown = array_grow(pieces, count, &cap, sizeof *grown);

        if (!grown) {
            free(pieces);
            *out = NULL;
            return 0;
        }
        pieces = grown;
        pieces[count++] = at;
        at = strchr(at, '&');
        if (at)
            *at++ = '\0';
    }
    *out = pieces;
    return count;
}

enum err_code tag_digest(char out[TAG_DIGEST_SIZE], const char *tagging, struct err *e)
{
    struct delivery_digest digest = {0};
    enum err_code code = delivery_digest_begin(&digest, e);
    char *copy, **pieces = NULL;
    size_t count = 0, i;

    if (code != ERR_OK)
        return code;
    copy = strdup(tagging ? tagging : "");
    if (copy && copy[0])
        count = cut(copy, &pieces);
    if (!copy || (copy[0] && !pieces))
        code = err_nomem(e);
    if (pieces)
        qsort(pieces, count, sizeof *pieces, by_bytes);
    for (i = 0; pieces && i < count; i++) {
        if (i > 0)
            delivery_digest_add(&digest, "&", 1);
        delivery_digest_add(&digest, pieces[i], strlen(pieces[i]));
    }
    if (code == ERR_OK)
        code = delivery_digest_end(&digest, out, e);
    delivery_digest_free(&digest);
    free(pieces);
    free(copy);
    return code;
}
