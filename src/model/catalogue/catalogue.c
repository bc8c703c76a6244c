#include "model/catalogue/catalogue.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/str.h"

static const struct catalogue_row table[] = {
#define ROW(kind, name, meaning, remedy) {CATALOGUE_##kind, name, meaning, remedy},
#include "model/catalogue/catalogue.def"
#undef ROW
};

enum { ROWS = sizeof table / sizeof table[0] };

static const char *const kind_names[CATALOGUE_KINDS] = {
        [CATALOGUE_END] = "ends a command",
        [CATALOGUE_OBJECT] = "stands in FAILED lines",
        [CATALOGUE_SERVICE] = "S3's own name, in FAILED lines and messages",
        [CATALOGUE_STATUS] = "the status of a line",
        [CATALOGUE_NOTE] = "a note of a line",
        [CATALOGUE_TASK] = "what a task of Step Functions fails with",
};

const struct catalogue_row *catalogue_find(const char *name, const struct catalogue_row *after)
{
    const struct catalogue_row *row = after ? after + 1 : table;

    while (row < table + ROWS && strcasecmp(row->name, name) != 0)
        row++;
    return row < table + ROWS ? row : NULL;
}

const char *catalogue_near(const char *name)
{
    unsigned least = UINT_MAX;
    const char *best = NULL;
    size_t i;

    for (i = 0; i < ROWS; i++) {
        unsigned d = str_distance(name, table[i].name);

        if (d < least && str_is_near(d, table[i].name)) {
            least = d;
            best = table[i].name;
        }
    }
    return best;
}

const struct catalogue_row *catalogue_rows(size_t *count)
{
    *count = ROWS;
    return table;
}

const char *catalogue_kind_name(enum catalogue_kind kind)
{
    return kind_names[kind];
}

int catalogue_exit_code(const struct catalogue_row *row)
{
    enum err_code code;

    for (code = ERR_OK; row->kind == CATALOGUE_END && code <= ERR_INTERNAL; code++)
        if (strcmp(err_name(code), row->name) == 0)
            return err_exit_code(code);
    return -1;
}
