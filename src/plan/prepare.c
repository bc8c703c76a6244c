#include "plan/prepare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "model/cost/cost.h"
#include "model/item.h"
#include "model/options/given_rights.h"
#include "plan/access.h"
#include "plan/cut.h"
#include "plan/ingest.h"
#include "plan/list_copy.h"
#include "plan/lists/list_source.h"
#include "store/claim.h"
#include "store/earlier.h"
#include "store/plan_files.h"
#include "store/plan_lines.h"

/* One preparation: the job that is asked for, and the one that the work store holds. */
struct preparing {
    const struct plan_env *env; /* of the input that follows */
    struct input input; /* the caller's, with the destination keys that the plan is to have */
    struct claim claim;
    bool is_ours;   /* the work store was taken */
    char *identity; /* of the manifest */
    /* RELISTED: it is the list that the job was made of, by its name, size and times */
    enum { LIST_FIXED, LIST_RELISTED } lists;
    bool same_list; /* as far as is known yet: the content decides, and may have to be read first */
    struct plan *plan;
    struct problems *problems;
};

/* Whether the work store's list is known to be ours without taking ours in. */
static enum err_code compare_lists(struct preparing *p, struct err *e)
{
    const char *manifest = claim_manifest(&p->claim), *digest = claim_digest(&p->claim);
    enum err_code code;
    char *ours;

    if (p->claim.state != CLAIM_JOB || !manifest)
        return ERR_OK;
    /* The objects below a prefix are known only when it was listed. */
    p->lists = manifest[0] && strcmp(manifest, p->identity) == 0 ? LIST_RELISTED : LIST_FIXED;
    if (p->env->input->source_prefix || p->env->input->wildcards)
        return ERR_OK;
    /* Of a job of an older copyout this is all that is known without reading the list. Of S3 the
     * ETag tells, where the server gives one: what it does not tell is found out when the list is
     * read. */
    if (!digest || !p->env->input->csv_path) {
        p->same_list =
                manifest[0] && strcmp(manifest, p->identity) == 0 && !str_ends(manifest, ":");
        return ERR_OK;
    }
    code = ingest_digest(p->env, p->identity, &ours, e);
    p->same_list = code == ERR_OK && ours && strcmp(ours, digest) == 0;
    free(ours);
    return code;
}

/* Whether the list is the same, and stands for prefixes, below which other objects may lie now. */
static bool is_relisted(const struct preparing *p)
{
    return p->lists == LIST_RELISTED && p->plan->prefixes > 0;
}

/* The results of another list, or of another destination, are not ours to give up. */
static enum err_code admit(const struct preparing *p, bool same_list, struct err *e)
{
    bool same_place = claim_is_destination(&p->claim, p->env->input), any;
    enum err_code code;
    struct buf place;

    same_list = same_list || is_relisted(p);
    if (p->claim.state != CLAIM_JOB || (same_list && same_place) || p->env->replace)
        return ERR_OK;
    code = earlier_any(p->env->store, &any, e);
    if (code != ERR_OK || !any)
        return code;
    buf_init(&place, BUF_MAX_SMALL);
    store_show(p->env->store, "", &place);
    code = err_set(e, ERR_INPUT,
            "the work store %s holds the results of another job: %s. Give this job a work store of its "
            "own, or --replace-job to remove the other job's plan and results",
            buf_str(&place),
            same_place ? "its list is not the same" : "its destination is not the same");
    buf_free(&place);
    return code;
}

/* Whether items.jsonl is what the plan was made of. Where it is not, the plan is made again, unless
 * there are results: which objects these are of is then not known. */
static enum err_code check_items(const struct preparing *p, bool *good, struct err *e)
{
    struct store *store = p->env->store;
    struct err mismatch;
    bool any = false;
    FILE *items;
    enum err_code code = store_read(store, ITEMS_FILE, &items, e);

    *good = false;
    if (code != ERR_OK)
        return code;
    code = items ? plan_check_items(p->plan, items, p->env->sync.net, &mismatch)
                 : err_set(&mismatch, ERR_VERIFY, "the work store has no " ITEMS_FILE);
    if (items)
        fclose(items);
    *good = code == ERR_OK;
    if (code != ERR_OK)
        *e = mismatch;
    if (code != ERR_VERIFY)
        return code;
    code = p->env->replace ? ERR_OK : earlier_any(store, &any, e);
    if (code == ERR_OK && any)
        return err_set(e, ERR_VERIFY,
                "%s, and there are results of it; --replace-job removes them and plans again",
                mismatch.message);
    if (code == ERR_OK)
        log_warn("%s; it is planned again", mismatch.message);
    store_release(store, ITEMS_FILE);
    return code;
}

/* Takes the plan that is there, if it is of this list and input. */
static enum err_code keep_plan(struct preparing *p, bool *kept, struct err *e)
{
    enum err_code code;

    *kept = false;
    if (!p->same_list)
        return ERR_OK;
    code = plan_load(p->plan, p->env->store, p->env->input, claim_manifest(&p->claim), kept, e);
    if (code == ERR_OK && *kept)
        code = check_items(p, kept, e);
    if (code == ERR_OK && !*kept)
        plan_free(p->plan);
    if (code == ERR_OK && *kept)
        log_debug("the work store holds a plan of this manifest already; keeping it");
    return code;
}

/* Results of an earlier plan's lines say nothing of this one's; what they know of objects that were
 * written stays, where these are of the same prefixes and destination. The results go while
 * job.json still says what they are of; then it says that there is no plan, until there is one
 * again. */
static enum err_code forget(const struct preparing *p, struct err *e)
{
    struct store *store = p->env->store;
    bool any, known = is_relisted(p) && claim_is_destination(&p->claim, p->env->input);
    enum err_code code;

    if (p->claim.state == CLAIM_NEW)
        return ERR_OK;
    code = earlier_any(store, &any, e);
    if (code == ERR_OK && any && known)
        code = earlier_gather(store, e);
    if (code == ERR_OK && !known)
        code = store_remove(store, LEDGER_ALL_FILE, e);
    if (code == ERR_OK && any)
        code = store_remove(store, REPORT_FILE, e);
    if (code == ERR_OK && any)
        code = store_remove(store, REPORT_CSV_FILE, e);
    if (code == ERR_OK && any)
        code = store_remove(store, REPORT_PAGE_FILE, e);
    if (code == ERR_OK && any)
        code = store_remove(store, DELIVERY_FILE, e);
    if (code == ERR_OK)
        code = earlier_remove_all(store, e);
    return code == ERR_OK && p->claim.state == CLAIM_JOB ? plan_forget(p->env->store, e) : code;
}

/* items.jsonl is there; shards.json and job.json follow. */
static enum err_code write_plan(const struct preparing *p, struct err *e)
{
    const struct plan_env *env = p->env;
    struct plan *plan = p->plan;
    struct large_items large = {0};
    enum err_code code;
    FILE *items;

    plan->manifest = strdup(p->identity[0] ? p->identity : plan->digest);
    if (!plan->manifest)
        return err_nomem(e);
    plan->items_per_shard = plan_items_per_shard(plan->items, env->input->items_per_shard);
    code = store_read(env->store, ITEMS_FILE, &items, e);
    if (code != ERR_OK)
        return code;
    if (!items)
        return err_errno(e, errno, "cannot read " ITEMS_FILE);
    if (env->find_large)
        code = env->find_large(env->find_large_ctx, items, plan->items, &large, e);
    rewind(items);
    if (code == ERR_OK)
        code = plan_cut(plan, &large, items, env->sync.net, e);
    free(large.all);
    fclose(items);
    return code == ERR_OK ? plan_save(plan, env->store, env->input, e) : code;
}

static bool is_same_row(const struct item *a, const struct item *b)
{
    return a->line == b->line && item_is_same_source(a, b);
}

/* Whether the items of `theirs` are the rows that `ours`, with the plan's items, was made of. The
 * destination keys are left out, since other options make others of the same rows. */
static enum err_code compare_rows(
        const struct preparing *p, FILE *ours, FILE *theirs, bool *same, struct err *e)
{
    enum { ROWS_A_TURN = 10000 }; /* heartbeats go out, signals come in */
    char *line = NULL;
    size_t cap = 0;
    enum err_code code = ERR_OK;
    uint64_t i;

    *same = true;
    for (i = 0; code == ERR_OK && *same && i < p->plan->items; i++) {
        struct item a = {0}, b = {0};
        struct err theirs_err;

        if (i % ROWS_A_TURN == 0)
            net_turn(p->env->sync.net);
        code = item_read_next(&a, ours, &line, &cap, e);
        if (code == ERR_OK)
            *same = item_read_next(&b, theirs, &line, &cap, &theirs_err) == ERR_OK &&
                    is_same_row(&a, &b);
        item_free(&a);
        item_free(&b);
    }
    if (code == ERR_OK && *same)
        *same = fgetc(theirs) == EOF;
    free(line);
    return code;
}

/* The same for a job of an older copyout, which kept no digest of its list: its items tell. */
static enum err_code compare_items(struct preparing *p, FILE *ours, struct err *e)
{
    FILE *theirs;
    enum err_code code = store_read(p->env->store, ITEMS_FILE, &theirs, e);

    if (code != ERR_OK || !theirs)
        return code;
    if (fseeko(ours, 0, SEEK_SET) != 0)
        code = err_errno(e, errno, "cannot read " ITEMS_FILE);
    if (code == ERR_OK)
        code = compare_rows(p, ours, theirs, &p->same_list, e);
    if (code == ERR_OK && fseeko(ours, 0, SEEK_END) != 0)
        code = err_errno(e, errno, "cannot read " ITEMS_FILE);
    fclose(theirs);
    return code;
}

/* The list was taken in: now it is known whether it is the one of the job that is there. */
static enum err_code compare_content(struct preparing *p, FILE *items, struct err *e)
{
    const char *digest = claim_digest(&p->claim);

    if (p->claim.state != CLAIM_JOB)
        return ERR_OK;
    if (digest)
        p->same_list = strcmp(digest, p->plan->digest) == 0;
    return digest || p->same_list ? ERR_OK : compare_items(p, items, e);
}

/* A job goes on as it began: before the command line's default was "full" it was "basename". */
static void adopt_keys(struct preparing *p)
{
    if (p->same_list && p->input.keys_chosen == KEYS_ASSUMED && claim_drops_folders(&p->claim) &&
            claim_is_destination(&p->claim, &p->input))
        p->input.destination_keys = DEST_KEYS_BASENAME;
}

static enum err_code problems_error(
        const struct preparing *p, const struct problems *problems, struct err *e)
{
    const struct problem *first = &problems->kept[0];
    const char *path = p->input.csv_path;
    char line[32] = "";

    if (problems->total > 1 || problems->kept_count == 0)
        return err_set(e, ERR_MANIFEST, "the manifest has %llu problem%s; nothing was copied",
                (unsigned long long)problems->total, str_plural(problems->total));
    if (first->line > 0)
        snprintf(line, sizeof line, "line %llu: ", (unsigned long long)first->line);
    err_set(e, ERR_MANIFEST, "%s%s; nothing was copied", line, first->text);
    if (path && strcmp(path, "-") == 0)
        err_prefix(e, "manifest (standard input)");
    else if (path)
        err_prefix(e, "manifest %s", path);
    else if (!p->input.source_prefix)
        err_prefix(e, "manifest s3://%s/%s", p->input.csv_bucket, p->input.csv_key);
    return ERR_MANIFEST;
}

/* Reads the list, and replaces the plan that is there unless it turns out to be the same. */
static enum err_code make_plan(struct preparing *p, struct err *e)
{
    const struct plan_env *env = p->env;
    bool known = p->same_list, kept = false;
    FILE *items = NULL;
    enum err_code code = ingest(env, p->identity, p->plan, p->problems, &items, e);

    if (code != ERR_OK)
        return code;
    if (p->problems->total > 0)
        return problems_error(p, p->problems, e);
    code = compare_content(p, items, e);
    if (code == ERR_OK)
        code = admit(p, p->same_list, e);
    if (code == ERR_OK && p->same_list && !known) {
        enum dest_keys taken = p->input.destination_keys; /* for the items that were read */
        struct plan fresh = *p->plan;

        memset(p->plan, 0, sizeof *p->plan);
        adopt_keys(p);
        code = keep_plan(p, &kept, e);
        plan_free(kept ? &fresh : p->plan);
        if (!kept) {
            *p->plan = fresh;
            p->input.destination_keys = taken;
        }
    }
    if (code == ERR_OK && !kept && is_relisted(p) && !p->same_list)
        log_info("the objects of the list are others than when this job was planned; it is planned "
                 "anew, and what is copied already is found again by a look");
    if (code == ERR_OK && !kept)
        code = forget(p, e);
    if (code != ERR_OK || kept) {
        store_discard(env->store, ITEMS_FILE, items);
        return code;
    }
    code = store_commit(env->store, ITEMS_FILE, items, e);
    return code == ERR_OK ? write_plan(p, e) : code;
}

/* Checks what the whole job asks for; the lines that ask for more are told by their numbers. */
static enum err_code check_rights(const struct plan_env *env, struct err *e)
{
    struct copy_options options = copy_options_of(env->input, NULL);
    const char *problem = given_rights_problem(env->given_rights, &options);

    return problem ? err_set(e, ERR_INPUT, "%s", problem) : ERR_OK;
}

static enum err_code find_plan(struct preparing *p, struct err *e)
{
    bool kept = false;
    enum err_code code = check_rights(p->env, e);

    if (code == ERR_OK)
        code = claim_check(&p->claim, p->env->store, e);
    if (code == ERR_OK)
        code = admit(p, true, e); /* the destination alone */
    if (code == ERR_OK)
        code = list_identity(p->env, &p->identity, e);
    if (code == ERR_OK)
        code = claim_take(&p->claim, p->env->store, e);
    p->is_ours = code == ERR_OK;
    if (code == ERR_OK && p->env->copy)
        code = list_copy_read(p->env->copy, p->env, store_temp_dir(p->env->store), p->env->tmp, e);
    if (code == ERR_OK)
        code = compare_lists(p, e);
    adopt_keys(p);
    if (code == ERR_OK)
        code = keep_plan(p, &kept, e);
    return code == ERR_OK && !kept ? make_plan(p, e) : code;
}

/* A job that does not look at the objects before the first copy stops here at what is too dear for
 * certain. */
static enum err_code check_cost(const struct plan_env *env, const struct plan *plan, struct err *e)
{
    struct cost_counts least, most;
    struct cost_excess excess;

    if (env->input->max_cost_micro == 0 || env->input->dry_run || env->try_only)
        return ERR_OK;
    cost_of_list(&least, &most, plan->items, plan->source_bucket_count);
    if (!cost_exceeds(&excess, &least, cost_prices_of(env->region), env->input->max_cost_micro))
        return ERR_OK;
    return err_set(e, ERR_INPUT,
            "S3's requests for %llu object%s would cost at least %s if none of them is there yet, more "
            "than the %s that maxCost allows; nothing was copied",
            (unsigned long long)plan->items, str_plural(plan->items), excess.usd, excess.most);
}

/* A list that can be read once only stays in the work store, of which it is known now that it is
 * this job's, or when the work was stopped may be. */
static enum err_code keep_list(const struct preparing *p, enum err_code code, struct err *e)
{
    const struct plan_env *env = p->env;
    struct err keep_err;

    if (!env->copy || !p->is_ours || (code != ERR_OK && !stop_asked(env->stop)))
        return code;
    if (list_copy_keep(env->copy, env->store, &keep_err) == ERR_OK || code != ERR_OK)
        return code;
    *e = keep_err;
    return e->code;
}

enum err_code prepare(
        const struct plan_env *env, struct plan *plan, struct problems *problems, struct err *e)
{
    struct preparing p = {.input = *env->input, .plan = plan, .problems = problems};
    struct plan_env of_plan = *env;
    enum err_code code;

    of_plan.input = &p.input;
    p.env = &of_plan;
    code = find_plan(&p, e);
    code = keep_list(&p, code, e);
    plan->destination_keys = p.input.destination_keys;
    if (code == ERR_OK && plan->destination_keys != env->input->destination_keys)
        log_info("this job began with --destination-keys basename, and goes on with it");
    free(p.identity);
    claim_free(&p.claim);
    if (code != ERR_OK)
        return code;
    log_debug("%llu object%s in %u shard%s", (unsigned long long)plan->items,
            str_plural(plan->items), plan->shard_count, str_plural(plan->shard_count));
    if (stop_asked(env->stop))
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    if (env->list_only)
        return ERR_OK;
    code = check_cost(env, plan, e);
    if (code == ERR_OK)
        code = access_check(env, plan, e);
    /* The copies may run in other processes. */
    if (code == ERR_OK && env->server->traits != plan->server.traits)
        code = plan_save_server(plan, env->store, env->server, e);
    return code;
}
