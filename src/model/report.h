/* The outcome of a job: the counts, and the first failures. A value; report/summary.h makes it. */
#ifndef COPYOUT_MODEL_REPORT_H
#define COPYOUT_MODEL_REPORT_H

#include "model/cost/estimate.h"
#include "model/result.h"

enum { REPORT_FAILURES_KEPT = 100, REPORT_NOTES_MOST = 32 };

/* The results that a run which went on with an interrupted job found settled. */
struct report_earlier {
    uint64_t copied, same; /* items */
    uint64_t bytes;        /* of those copied */
};

/* Whether copies are called by whole keys. */
enum report_folders { FOLDERS_UNTOLD, FOLDERS_KEPT, FOLDERS_DROPPED };

/* Kinds of rows that are mostly mistakes (report/hints.h). */
enum report_hint {
    HINT_SIZE,
    HINT_STAR,
    HINT_BLANKS,
    HINT_SLASH,
    HINT_PERCENT,
    REPORT_HINT_COUNT,
};

struct report_hints {
    uint64_t rows; /* of the kind, that were reached */
    uint64_t lost; /* of these, whose object was not found */
};

/* A shard that failed by itself, and did not reach all of its items. */
struct shard_failure {
    unsigned shard;   /* its number in the job */
    uint64_t missing; /* items */
    char *error;      /* "NAME: CAUSE"; owned */
};

struct report {
    enum report_folders folders;             /* in the destination */
    bool made;                               /* it was written: what follows is what happened */
    uint64_t items;                          /* lines of the manifest */
    uint64_t duplicates;                     /* lines besides, which named an object again */
    uint64_t left_out, folder_markers;       /* objects that are no items (model/plan.h) */
    uint64_t by_status[RESULT_STATUS_COUNT]; /* items */
    uint64_t missing; /* items without a result, or of which it says that a run was stopped */
    uint64_t verified[VERIFIED_COUNT]; /* of COPIED and SAME */
    uint64_t tags_dropped;             /* items with NOTE_TAGS_DROPPED */
    uint64_t notes[REPORT_NOTES_MOST]; /* items, by result_note_name()'s number */
    uint64_t seen_by_listing;          /* items: their sources were seen in listings alone */
    uint64_t bytes;                    /* of COPIED; of PENDING in a dry run */
    struct report_earlier earlier;     /* of these counts, what earlier workers did */
    bool dry_run;
    struct report_hints hints[REPORT_HINT_COUNT];
    char *hint_texts[REPORT_HINT_COUNT]; /* sentences; NULL: there is none. Owned */
    /* The requests that were sent for the items, by their results; of a dry run those that are
     * still to be sent. */
    struct cost_counts sent, to_do;
    /* The cost of the job in all: of sent, or of all requests of this process where it did the
     * copying. In a dry run what the copy would take. */
    struct cost_estimate estimate;
    double seconds;
    uint64_t last_line;                           /* of the shards so far: lines only go up */
    struct result failures[REPORT_FAILURES_KEPT]; /* the first, by line; owned */
    unsigned failures_kept;
    uint64_t failed_shards; /* that did not reach all of their items */
    struct shard_failure shard_failures[REPORT_FAILURES_KEPT]; /* the first; owned */
    unsigned shard_failures_kept;
    char *key;      /* of the CSV in the destination; NULL: it was not put there. Owned */
    char *page;     /* the place of the report page, for people; NULL: there is none. Owned */
    char *delivery; /* the same of the delivery record */
};

/* Frees what is inside; leaves it zeroed. */
void report_free(struct report *r);

/* Whether everything is there. */
static inline bool report_is_complete(const struct report *r)
{
    return r->missing == 0 && r->by_status[RESULT_FAILED] == 0;
}

#endif
