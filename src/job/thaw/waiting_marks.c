#include "job/thaw/waiting_marks.h"

#include <stdlib.h>

#include "store/thaw/mark_file.h"

/* The shards of a plan that have a mark. */
struct marks {
    const struct plan *plan;
    bool *has; /* plan->shard_count */
};

/* A file that is no mark, or is the mark of a shard that is not here, is passed over. */
static enum err_code on_name(void *ctx, const char *name, struct err *e)
{
    struct marks *m = ctx;
    unsigned shard;

    (void)e;
    if (!waiting_is_name(name))
        return ERR_OK;
    shard = waiting_shard_of(name);
    if (shard >= m->plan->first_shard && shard - m->plan->first_shard < m->plan->shard_count)
        m->has[shard - m->plan->first_shard] = true;
    return ERR_OK;
}

static enum err_code find(
        struct marks *m, struct store *store, const struct plan *plan, struct err *e)
{
    m->plan = plan;
    m->has = calloc(plan->shard_count + 1, sizeof *m->has);
    return m->has ? store_list(store, WAITING_FOLDER, on_name, m, e) : err_nomem(e);
}

/* Whether the mark of a shard may be taken away. All slices of an object have one mark, and a
 * worker of one slice may find the object restored which another one has put aside: that worker's
 * slice is still to be copied. A later look takes that mark away. */
static bool may_unmark(const struct plan *plan, unsigned i)
{
    return !plan->is_part || plan->shards[i].slices == 0;
}

/* Whether a mark is to be written, of a shard that has one or not. A look of a plan with gaps
 * leaves marks as they are: what failed in it has its answer, and is not looked at again. A worker
 * of the shard says anew what waits. */
static bool may_mark(const struct plan *plan, bool has)
{
    return !has || !plan->has_gaps;
}

static enum err_code update(struct store *store, const struct plan *plan,
        const struct results *results, unsigned i, bool has, struct err *e)
{
    struct results_name name;

    if (results_aside(results, i) == 0)
        return has && may_unmark(plan, i) ? mark_file_remove(store, plan->first_shard + i, e)
                                          : ERR_OK;
    name = results_own_name(results, i);
    return may_mark(plan, has) ? mark_file_save(store, &name, e) : ERR_OK;
}

enum err_code waiting_marks_update(
        struct store *store, const struct plan *plan, const struct results *results, struct err *e)
{
    struct marks marks;
    enum err_code code = find(&marks, store, plan, e);
    unsigned i;

    for (i = 0; code == ERR_OK && i < plan->shard_count; i++)
        if (plan->shards[i].items > 0)
            code = update(store, plan, results, i, marks.has[i], e);
    free(marks.has);
    return code;
}

enum err_code waiting_marks_keep(struct plan *plan, struct store *store, bool *any, struct err *e)
{
    struct marks marks;
    enum err_code code = find(&marks, store, plan, e);
    unsigned i;

    *any = false;
    if (code == ERR_OK)
        plan_keep_shards(plan, marks.has);
    for (i = 0; code == ERR_OK && i < plan->shard_count; i++)
        *any |= plan->shards[i].items > 0;
    free(marks.has);
    return code;
}
