/* The inside of the results of a plan's shards, for results.c and results_begin.c only. Calls go
 * from results.c to results_begin.c, never back. */
#ifndef COPYOUT_STORE_RESULTS_INT_H
#define COPYOUT_STORE_RESULTS_INT_H

#include "base/line_writer.h"
#include "store/ledger_file.h"
#include "store/results.h"
#include "store/settled.h"

/* The files that earlier workers of this run left of a shard. */
enum others {
    OTHERS_NONE,
    OTHERS_THERE,  /* there are files of theirs */
    OTHERS_LOADED, /* and they were read */
};

struct shard_state {
    /* of this worker */
    struct line_writer *writer; /* of the piece that is written; NULL: it is not open */
    unsigned pieces;            /* that were opened */
    unsigned published;         /* of them */
    uint64_t lines;             /* of the piece that is written */
    uint64_t first_ms;          /* when the first of these came */
    uint64_t written;           /* results */
    uint64_t aside;             /* items that have none yet, and will have one only later */
    /* of earlier workers */
    uint64_t carried;         /* items that need not be asked about */
    struct settled *settled;  /* NULL: none, or not loaded yet */
    struct ledger_file *file; /* of the ledger; NULL: nothing was looked up yet */
    uint64_t unproven;        /* results of both that do not make the ledger needless */
    uint64_t opaque;          /* results of both that later runs need the ledger for */
    enum others others;
};

struct results {
    struct store *store;
    const struct plan *plan;
    struct store *ledgers;        /* that this run leaves what it knows in; NULL: none */
    struct shard_state *shards;   /* plan->shard_count */
    bool *has_ledger;             /* as many */
    struct result_files files;    /* of this run, as they were when it began */
    struct ledger_file *gathered; /* of the job before it was planned anew; NULL: not open */
    bool has_gathered;            /* there may be such a ledger */
    bool retry;
    struct results_worker *marks; /* of a plan with gaps: who left the mark of each shard */
    struct results_worker worker;
    struct results_carried carried;
    struct line_batch batch; /* of the pieces that are open */
    struct buf line;         /* scratch */
    struct {
        unsigned shard;
        store_cb cb;
        void *ctx;
    } publishing;
};

/* Whether nothing of that shard is looked at: of a plan with gaps. */
bool results_is_left_out(const struct results *r, unsigned shard);

/* Finds which run this is, of the results whose store, plan and ledgers are set, and what earlier
 * workers of it left: sets what there is of earlier runs aside, and names this worker. */
enum err_code results_begin_run(
        struct results *r, const struct results_config *config, struct err *e) ERR_MUST_CHECK;

#endif
