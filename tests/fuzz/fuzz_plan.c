/* A plan that another step, or another machine, left in the work store: job.json, "----",
 * shards.json,
 * "----", and the shard that a worker is given. */
#include <ftw.h>
#include <unistd.h>

#include "fuzz.h"
#include "store/plan_files.h"

static char folder[] = "/dev/shm/copyout-fuzz-XXXXXX"; /* in memory: files are synced to disk */
static struct store *store;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void clean_up(void)
{
    store_close(store);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void open_store(void)
{
    struct err e;

    if (store)
        return;
    FUZZ_CHECK(mkdtemp(folder));
    FUZZ_CHECK(store_open(&store, folder, NULL, NULL, NULL, &e) == ERR_OK);
    atexit(clean_up);
}

static void put(const char *name, struct fuzz_input *in)
{
    size_t len;
    char *text = fuzz_section(in, &len);
    struct err e;

    FUZZ_CHECK(store_save(store, name, text, len, &e) == ERR_OK);
    free(text);
}

static void check_plan(struct plan *p)
{
    uint64_t shard = p->shard_count / 2;
    struct err e;

    FUZZ_CHECK(p->shards && p->source_bucket_count <= PLAN_BUCKETS_MOST);
    if (plan_keep_shard(p, shard, &e) == ERR_OK)
        FUZZ_CHECK(p->is_part && p->shard_count == 1 && p->first_shard == shard);
    else
        FUZZ_CHECK(p->shard_count == 0);
}

/* A shard by itself, as a worker is given it. */
static void open_shard(const char *text)
{
    struct plan p = {0};
    struct input input;
    struct err e;

    FUZZ_CHECK(input_init(&input, &e) == ERR_OK);
    if (plan_open_shard(&p, store, &input, text, &e) != ERR_OK)
        fuzz_check_err(&e);
    else
        FUZZ_CHECK(p.is_part && p.shard_count == 1 && p.shards[0].items > 0);
    plan_free(&p);
    input_free(&input);
}

static void check_equal(const struct plan *a, const struct plan *b)
{
    unsigned i;

    FUZZ_CHECK(a->items == b->items && a->items_per_shard == b->items_per_shard);
    FUZZ_CHECK(a->shard_count == b->shard_count && strcmp(a->manifest, b->manifest) == 0);
    for (i = 0; i < a->shard_count; i++)
        FUZZ_CHECK(memcmp(&a->shards[i], &b->shards[i], sizeof a->shards[i]) == 0);
    FUZZ_CHECK(a->source_bucket_count == b->source_bucket_count);
    for (i = 0; i < a->source_bucket_count; i++)
        FUZZ_CHECK(strcmp(a->source_buckets[i], b->source_buckets[i]) == 0);
}

/* The plan that is there is taken if it is of this input; saved and loaded again it is the same. */
static void load(const struct input *input)
{
    static const char manifest[] = "s3://ours/files.csv \"etag\"";
    struct plan p = {0}, again = {0};
    struct err e;
    bool found;

    if (plan_load(&p, store, input, manifest, &found, &e) != ERR_OK) {
        fuzz_check_err(&e);
    } else if (found) {
        FUZZ_CHECK(p.shards && p.manifest);
        FUZZ_CHECK(plan_save(&p, store, input, &e) == ERR_OK);
        FUZZ_CHECK(plan_load(&again, store, input, manifest, &found, &e) == ERR_OK && found);
        check_equal(&p, &again);
    }
    plan_free(&p);
    plan_free(&again);
}

static void open_plan(void)
{
    struct plan p = {0};
    struct input input;
    struct err e;

    FUZZ_CHECK(input_init(&input, &e) == ERR_OK);
    if (plan_open(&p, store, &input, &e) != ERR_OK)
        fuzz_check_err(&e);
    else
        check_plan(&p);
    load(&input);
    plan_free(&p);
    input_free(&input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    char *shard;

    open_store();
    put(JOB_FILE, &in);
    put(SHARDS_FILE, &in);
    shard = fuzz_line(&in);
    open_shard(shard);
    open_plan();
    free(shard);
    return 0;
}
