/* The items of an engine's plan, one by one. */
#include <errno.h>
#include <stdlib.h>

#include "job/engine_int.h"
#include "store/plan_files.h"

enum err_code engine_each_item(struct engine *g,
        enum err_code (*each)(void *ctx, const struct item *item, struct err *e), void *ctx,
        struct err *e)
{
    enum { ITEMS_A_TURN = 10000 }; /* signals come in */
    char *line = NULL;
    size_t cap = 0;
    uint64_t i;
    FILE *items;
    enum err_code code = store_read(g->store, ITEMS_FILE, &items, e);

    if (code == ERR_OK && !items)
        code = err_set(e, ERR_IO, "the work store has no " ITEMS_FILE);
    if (code != ERR_OK)
        return code;
    for (i = 0; code == ERR_OK && i < g->plan.items; i++) {
        struct item item = {0};

        if (i % ITEMS_A_TURN == 0)
            net_turn(g->config.session->net);
        if (stop_asked(g->config.stop))
            code = err_set(e, ERR_INTERRUPTED, "interrupted");
        if (code == ERR_OK)
            code = item_read_next(&item, items, &line, &cap, e);
        if (code == ERR_OK)
            code = each(ctx, &item, e);
        item_free(&item);
    }
    free(line);
    fclose(items);
    return code;
}
