/* How often the whole job was run to its end, as the work store has it (RUNS_FILE): so that a job
 * that was interrupted goes on from its results, and a job that was finished looks at all again.
 *
 * A run that is begun while the file says N is run N, and so are those that go on with it. Its
 * results lie in the work store under names that say so. When all its items were reached the file
 * says N + 1, and the next run finds results that are not its own. */
#ifndef COPYOUT_STORE_RUNS_H
#define COPYOUT_STORE_RUNS_H

#include "store/result_files.h"
#include "store/store.h"

struct runs {
    bool is_known;     /* the file is there; an older copyout made none */
    unsigned finished; /* how many runs are over */
    bool dry_run;      /* the run that is begun now copies nothing */
};

/* Reads the file, or zeroes r when there is none. Not from within a callback.
 * Errors: ERR_IO, also when it is not such a file. */
enum err_code runs_load(struct runs *r, struct store *store, struct err *e) ERR_MUST_CHECK;
enum err_code runs_save(const struct runs *r, struct store *store, struct err *e) ERR_MUST_CHECK;

/* Both choose which run this is, r->finished, by the files of results that there are, of which the
 * file may know nothing, and say whether runs_save() is needed. The next run, or the one that was
 * interrupted; exclusive: store_is_exclusive(). */
bool runs_begin(struct runs *r, const struct result_files *files, bool dry_run, bool exclusive);
/* The last run, whether that is over or not: for a retry. */
bool runs_take_last(struct runs *r, const struct result_files *files);

/* Says that run `number` is over; nothing is written if that is known. */
enum err_code runs_finish(struct store *store, unsigned number, struct err *e) ERR_MUST_CHECK;

#endif
