#include "store/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/earlier.h"
#include "store/results/results_int.h"

enum err_code results_new(struct results **out, const struct results_config *config, struct err *e)
{
    const struct plan *plan = config->plan;
    struct results *r = calloc(1, sizeof *r);

    if (!r)
        return err_nomem(e);
    r->store = config->store;
    r->plan = plan;
    r->retry = config->retry;
    r->has_gathered = store_is_exclusive(r->store);
    r->ledgers = config->dry_run ? NULL : config->ledgers;
    line_batch_init(&r->batch);
    buf_init(&r->line, BUF_MAX_RESULT);
    r->shards = calloc(plan->shard_count ? plan->shard_count : 1, sizeof *r->shards);
    r->has_ledger = calloc(plan->shard_count ? plan->shard_count : 1, sizeof *r->has_ledger);
    if (!r->shards || !r->has_ledger) {
        free(r->shards);
        free(r->has_ledger);
        free(r);
        return err_nomem(e);
    }
    if (results_begin_run(r, config, e) != ERR_OK) {
        results_free(r);
        return e->code;
    }
    *out = r;
    return ERR_OK;
}

static void forget_others(struct shard_state *shard)
{
    ledger_file_close(shard->file);
    shard->file = NULL;
    settled_free(shard->settled);
    shard->settled = NULL;
}

static enum err_code close_piece(struct shard_state *shard, struct err *e)
{
    struct line_writer *writer = shard->writer;

    shard->writer = NULL;
    return writer ? line_writer_close(writer, e) : ERR_OK;
}

/* Writes what is left of it before. If that fails, it is tried again later. */
static enum err_code end_piece(struct shard_state *state, struct err *e)
{
    enum err_code code = line_writer_flush(state->writer, e);

    if (code == ERR_OK)
        code = close_piece(state, e);
    if (code == ERR_OK)
        state->lines = 0;
    return code;
}

void results_free(struct results *r)
{
    struct err ignored;
    unsigned i;

    if (!r)
        return;
    for (i = 0; i < r->plan->shard_count; i++) {
        (void)!close_piece(&r->shards[i], &ignored); /* results_flush() has told of an error */
        forget_others(&r->shards[i]);
    }
    free(r->shards);
    free(r->has_ledger);
    free(r->marks);
    result_files_free(&r->files);
    ledger_file_close(r->gathered);
    buf_free(&r->line);
    free(r);
}

/* --- what earlier workers settled --- */

static bool is_over(const struct results *r, unsigned shard)
{
    return r->shards[shard].written + r->shards[shard].carried == r->plan->shards[shard].items;
}

/* After a result more: no item of a shard that is over will be looked up. */
static enum err_code end_if_over(struct results *r, unsigned shard, struct err *e)
{
    struct shard_state *state = &r->shards[shard];

    if (!is_over(r, shard))
        return ERR_OK;
    forget_others(state);
    return state->writer ? end_piece(state, e) : ERR_OK;
}

enum err_code results_put_aside(struct results *r, unsigned shard, struct err *e)
{
    struct shard_state *state = &r->shards[shard];

    state->aside++;
    if (!state->writer ||
            state->written + state->carried + state->aside < r->plan->shards[shard].items)
        return ERR_OK;
    return end_piece(state, e);
}

void results_take_up(struct results *r, unsigned shard)
{
    r->shards[shard].aside--;
}

uint64_t results_aside(const struct results *r, unsigned shard)
{
    return r->shards[shard].aside;
}

static enum settled_which settled_which(const struct results *r)
{
    if (r->plan->has_gaps)
        return SETTLED_ALL;
    return r->retry ? SETTLED_NOT_FAILED : SETTLED_PROVEN;
}

static enum err_code load_settled(struct results *r, unsigned shard, struct err *e)
{
    struct shard_state *state = &r->shards[shard];
    const struct results_name *files;
    size_t count;

    if (state->others != OTHERS_THERE)
        return ERR_OK;
    state->others = OTHERS_LOADED;
    files = result_files_of(&r->files, r->plan->first_shard + shard, &count);
    return settled_load(&state->settled, r->store, files, count, settled_which(r),
            r->marks ? &r->marks[shard] : NULL, e);
}

enum err_code results_carry(
        struct results *r, unsigned shard, const struct item *item, bool *carried, struct err *e)
{
    struct shard_state *state = &r->shards[shard];
    struct settled_item found;
    enum err_code code = load_settled(r, shard, e);

    *carried = false;
    if (code == ERR_OK)
        code = settled_find(state->settled, item, carried, &found, e);
    if (code != ERR_OK || !*carried)
        return code;
    state->carried++;
    state->unproven += !found.replaces;
    state->opaque += found.needs;
    r->carried.by_status[found.status]++;
    r->carried.bytes_all += found.size;
    if (found.status == RESULT_COPIED)
        r->carried.bytes += found.size;
    return end_if_over(r, shard, e);
}

const struct results_carried *results_carried(const struct results *r)
{
    return &r->carried;
}

/* --- writing --- */

/* The name of one of the files that this worker writes. In the first run in a folder, a shard that
 * has none yet gets a plain one; a file that was closed for items that were put aside is followed
 * by a piece, since one that is opened again is emptied. */
static struct results_name own_name(const struct results *r, unsigned shard, unsigned piece)
{
    struct results_name name = {.shard = r->plan->first_shard + shard};

    name.is_plain = store_is_exclusive(r->store) && r->worker.run == 0 && piece == 0 &&
                    r->shards[shard].others == OTHERS_NONE;
    if (!name.is_plain) {
        name.worker = r->worker;
        name.piece = piece;
    }
    return name;
}

struct results_name results_own_name(const struct results *r, unsigned shard)
{
    return own_name(r, shard, 0);
}

static void own_file(
        const struct results *r, unsigned shard, unsigned piece, char out[RESULTS_NAME_SIZE])
{
    const struct results_name name = own_name(r, shard, piece);

    result_file_name(out, &name);
}

/* Opens the next file of those that this worker writes. */
static enum err_code begin_piece(struct results *r, unsigned shard, struct err *e)
{
    struct shard_state *state = &r->shards[shard];
    char name[RESULTS_NAME_SIZE];
    enum err_code code;
    int fd;

    own_file(r, shard, state->pieces, name);
    code = store_append(r->store, name, &fd, e);
    if (code == ERR_OK)
        code = line_writer_new(&state->writer, &r->batch, fd, e);
    state->pieces += code == ERR_OK;
    return code;
}

enum err_code results_begin(struct results *r, unsigned shard, struct err *e)
{
    /* Of a look at what waits, the file is made with its first result, if there is one. */
    return r->shards[shard].pieces > 0 || r->plan->has_gaps ? ERR_OK : begin_piece(r, shard, e);
}

enum err_code results_add(
        struct results *r, unsigned shard, const struct result *result, struct err *e)
{
    struct shard_state *state = &r->shards[shard];
    enum err_code code = state->writer ? ERR_OK : begin_piece(r, shard, e);

    if (code != ERR_OK)
        return code;
    buf_clear(&r->line);
    result_write(&r->line, result);
    code = buf_check(&r->line, "a result's line", e);
    if (code == ERR_OK)
        code = line_writer_add(state->writer, buf_str(&r->line), r->line.len, e);
    if (code != ERR_OK)
        return code;
    if (state->lines++ == 0)
        state->first_ms = clock_mono_ms();
    state->unproven += !ledger_replaces(result);
    state->opaque += ledger_is_needed(result);
    state->written++;
    return end_if_over(r, shard, e);
}

enum err_code results_flush(struct results *r, struct err *e)
{
    return line_batch_flush(&r->batch, e);
}

bool results_find(
        struct results *r, unsigned shard, const struct item *item, struct ledger_entry *entry)
{
    struct shard_state *state = &r->shards[shard];
    char name[LEDGER_NAME_SIZE];

    ledger_name(name, r->plan->first_shard + shard);
    return ledger_file_look(&state->file, &r->has_ledger[shard], r->store, name, item, entry) ||
           ledger_file_look(&r->gathered, &r->has_gathered, r->store, LEDGER_ALL_FILE, item, entry);
}

/* --- publishing --- */

/* Whether a piece was closed, and is not published. */
static bool has_closed(const struct shard_state *state)
{
    return state->pieces - (state->writer != NULL) > state->published;
}

static bool is_due(const struct shard_state *state, uint64_t now_ms, uint64_t every_ms)
{
    if (has_closed(state))
        return true;
    return state->writer && state->lines > 0 &&
           (state->lines >= RESULTS_PIECE_LINES || now_ms - state->first_ms >= every_ms);
}

/* The first shard that has a piece to publish; plan->shard_count: none has. */
static unsigned find_due(const struct results *r, uint64_t now_ms, uint64_t every_ms)
{
    unsigned shard;

    for (shard = 0; shard < r->plan->shard_count; shard++)
        if (is_due(&r->shards[shard], now_ms, every_ms))
            break;
    return shard;
}

bool results_is_due(const struct results *r, uint64_t now_ms, uint64_t every_ms)
{
    return !store_is_exclusive(r->store) && find_due(r, now_ms, every_ms) < r->plan->shard_count;
}

static void on_piece(void *ctx, const struct err *err)
{
    struct results *r = ctx;

    if (err->code == ERR_OK)
        r->shards[r->publishing.shard].published++;
    r->publishing.cb(r->publishing.ctx, err);
}

enum err_code results_publish_due(struct results *r, uint64_t now_ms, uint64_t every_ms,
        store_cb cb, void *ctx, struct err *e)
{
    unsigned shard = find_due(r, now_ms, every_ms);
    struct shard_state *state = &r->shards[shard];
    char name[RESULTS_NAME_SIZE];
    enum err_code code = ERR_OK;

    if (!has_closed(state))
        code = end_piece(state, e);
    if (code != ERR_OK)
        return code;
    own_file(r, shard, state->published, name);
    r->publishing.shard = shard;
    r->publishing.cb = cb;
    r->publishing.ctx = ctx;
    return store_publish(r->store, name, on_piece, r, e);
}

/* Adds the files of a shard that this worker writes. */
static enum err_code add_own_files(
        const struct results *r, unsigned shard, struct result_files *files, struct err *e)
{
    enum err_code code = ERR_OK;
    unsigned piece;

    for (piece = 0; code == ERR_OK && piece < r->shards[shard].pieces; piece++) {
        const struct results_name name = own_name(r, shard, piece);

        code = result_files_add(files, &name, e);
    }
    return code;
}

/* Leaves what is known of a shard for jobs to come; if that fails, they are the slower for it. */
static void leave_ledger(struct results *r, unsigned shard)
{
    const struct results_name *others;
    struct result_files files = {0};
    enum err_code code = ERR_OK;
    struct err e;
    size_t count, i;

    if (!r->ledgers || r->shards[shard].opaque == 0)
        return;
    others = result_files_of(&r->files, r->plan->first_shard + shard, &count);
    for (i = 0; code == ERR_OK && i < count; i++)
        code = result_files_add(&files, &others[i], &e);
    if (code == ERR_OK)
        code = add_own_files(r, shard, &files, &e);
    if (code == ERR_OK)
        code = earlier_leave(
                r->store, files.all, files.count, r->has_ledger[shard], r->ledgers, &e);
    if (code != ERR_OK)
        log_warn("what was written cannot be left for later jobs: %s", e.message);
    result_files_free(&files);
}

/* What is left of a shard. Its ledger goes when its results say as much. */
static enum err_code publish_shard(struct results *r, unsigned shard, struct err *e)
{
    struct shard_state *state = &r->shards[shard];
    char name[RESULTS_NAME_SIZE], ledger[LEDGER_NAME_SIZE];
    enum err_code code = ERR_OK;

    while (code == ERR_OK && state->published < state->pieces) {
        own_file(r, shard, state->published, name);
        code = earlier_publish(r->store, name, e);
        state->published += code == ERR_OK;
    }
    if (code == ERR_OK)
        leave_ledger(r, shard);
    if (code != ERR_OK || !r->has_ledger[shard] || !is_over(r, shard) || state->unproven > 0 ||
            results_is_left_out(r, shard))
        return code;
    ledger_name(ledger, r->plan->first_shard + shard);
    return store_remove(r->store, ledger, e);
}

enum err_code results_publish(struct results *r, struct err *e)
{
    struct err flush_err;
    enum err_code flushed = results_flush(r, &flush_err), code = ERR_OK;
    unsigned i;

    for (i = 0; code == ERR_OK && i < r->plan->shard_count; i++)
        code = publish_shard(r, i, e);
    if (code == ERR_OK && flushed != ERR_OK) {
        *e = flush_err;
        code = flushed;
    }
    return code;
}

enum err_code results_add_files(const struct results *r, struct result_files *files, struct err *e)
{
    enum err_code code = ERR_OK;
    unsigned shard;

    for (shard = 0; code == ERR_OK && shard < r->plan->shard_count; shard++)
        code = add_own_files(r, shard, files, e);
    if (code == ERR_OK)
        result_files_sort(files);
    return code;
}
