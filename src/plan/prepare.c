#include "plan/prepare.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "plan/access.h"
#include "plan/cut.h"
#include "plan/ingest.h"
#include "store/plan_files.h"

/* What came of an earlier plan's lines says nothing of this one's. */
static enum err_code forget_results(const struct plan_env *env, struct err *e)
{
    struct store_names found;
    enum err_code code = store_names_load(&found, env->store, "results/", e);
    size_t i;

    for (i = 0; code == ERR_OK && i < found.count; i++)
        code = store_remove(env->store, found.names[i], e);
    store_names_free(&found);
    return code;
}

static enum err_code make_plan(const struct plan_env *env, char *identity, struct plan *p,
        struct problems *problems, struct err *e)
{
    enum err_code code;
    FILE *items;

    p->manifest = identity;
    code = plan_forget(env->store, e);
    if (code == ERR_OK)
        code = forget_results(env, e);
    if (code == ERR_OK)
        code = ingest(env, identity, p, problems, e);
    if (code != ERR_OK)
        return code;
    if (problems->total > 0)
        return err_set(e, ERR_MANIFEST, "the manifest has %llu problem%s; nothing was copied",
                (unsigned long long)problems->total, problems->total == 1 ? "" : "s");
    p->items_per_shard = plan_items_per_shard(p->items, env->input->items_per_shard);
    code = store_read(env->store, ITEMS_FILE, &items, e);
    if (code != ERR_OK)
        return code;
    if (!items)
        return err_errno(e, errno, "cannot read " ITEMS_FILE);
    code = plan_cut(p, items, env->sync.net, e);
    fclose(items);
    return code == ERR_OK ? plan_save(p, env->store, env->input, e) : code;
}

enum err_code prepare(
        const struct plan_env *env, struct plan *p, struct problems *problems, struct err *e)
{
    char *identity;
    enum err_code code = ingest_identity(env, &identity, e);
    bool found;

    if (code != ERR_OK)
        return code;
    code = plan_load(p, env->store, env->input, identity, &found, e);
    if (code != ERR_OK || found) {
        free(identity);
        if (found)
            log_debug("the work store holds a plan of this manifest already; keeping it");
    } else {
        code = make_plan(env, identity, p, problems, e);
    }
    if (code != ERR_OK)
        return code;
    log_debug("%llu objects in %u shards", (unsigned long long)p->items, p->shard_count);
    if (stop_asked(env->stop))
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    return access_check(env, p, e);
}
