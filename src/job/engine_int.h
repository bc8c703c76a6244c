/* The inside of the engine, for engine.c, which works, and engine_asks.c, which tells of it. */
#ifndef COPYOUT_JOB_ENGINE_INT_H
#define COPYOUT_JOB_ENGINE_INT_H

#include "job/copying.h"
#include "job/engine.h"
#include "plan/list_copy.h"
#include "report/summary.h"

/* The work that a stop finds the engine at; the table in engine.h says what it then does. */
enum phase {
    PHASE_PREPARING, /* and whatever else is lost without harm */
    PHASE_COPYING,
    PHASE_PUBLISHING,
};

struct engine {
    struct engine_config config;
    struct store *store;
    struct store *ledgers; /* NULL: none */
    struct list_copy list; /* of a list that can be read once only */
    enum phase phase;
    struct input loaded;         /* of engine_load() */
    struct copy_options options; /* the job's own, of input */
    struct headers of_files;     /* of copyout's own files at the destination */
    const struct input *input;   /* loaded, or the one given to engine_prepare() */
    struct plan plan;
    struct server_facts server;
    struct thaw thaw;        /* of the input, if archived sources are restored */
    struct copying *copying; /* from engine_copy() on */
    uint64_t opened_ms, copying_ms;
    char *report_key;          /* of the CSV that engine_report() put at the destination; or NULL */
    struct cost_counts before; /* requests of the client before this engine */
    struct cost_counts to_do;  /* for what was looked at before the first copy */
    uint64_t cost_micro;       /* US dollars / 1e6 that were too much; 0: they were not */
    enum {
        LOOK_NEVER,
        LOOK_FIRST
    } look; /* whether the objects are looked at before the first copy */
};

/* What the report is made of and for. */
struct report_env engine_report_env(const struct engine *g);

#endif
