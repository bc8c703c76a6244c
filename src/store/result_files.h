/* Which files hold the results of a plan's shards, and their lines in turn. */
#ifndef COPYOUT_STORE_RESULT_FILES_H
#define COPYOUT_STORE_RESULT_FILES_H

#include "model/plan.h"
#include "model/result.h"
#include "store/store.h"

struct result_files {
    /* Of one shard after the other, and of a shard the oldest first. */
    struct results_name *all;
    size_t count, cap;
};

/* Lists the work store's files of results of the plan's shards, of all runs. Files of no shard of
 * the plan are passed over. result_files_free() it, also after an error. Not from within a
 * callback. */
enum err_code result_files_find(struct result_files *f, struct store *store,
        const struct plan *plan, struct err *e) ERR_MUST_CHECK;
void result_files_free(struct result_files *f);
/* Adds one, such as a piece that was not published; one that is there already is not added again
 * when it is sorted. */
enum err_code result_files_add(
        struct result_files *f, const struct results_name *name, struct err *e) ERR_MUST_CHECK;
/* Restores the order after result_files_add(). */
void result_files_sort(struct result_files *f);

/* The run that a file is of (runs.h); a plain one is of the first. */
unsigned result_file_run(const struct results_name *name);
/* The name of the file in the work store. */
void result_file_name(char out[RESULTS_NAME_SIZE], const struct results_name *name);
/* The files of a shard, by its number in the job: *count of them, from the one returned on. */
const struct results_name *result_files_of(
        const struct result_files *f, unsigned shard, size_t *count);
/* The same, of the newest run that the shard has files of. Their lines are the shard's results: of
 * several of one item that which result_beats() finds in this order counts. */
const struct results_name *result_files_newest(
        const struct result_files *f, unsigned shard, size_t *count);
/* The newest run that any file is of; 0: there are none. */
unsigned result_files_last_run(const struct result_files *f);

/* Calls each(ctx, line, len, e) for every whole line of a file of results, without its '\n'. What a
 * kill left of a last one is no result. A file that is not there has none. An error of each ends it
 * and is returned. In a folder, or of a file that is here, it may be called from within a callback.
 */
enum err_code result_file_lines(struct store *store, const char *name,
        enum err_code (*each)(void *ctx, const char *line, size_t len, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;

/* Whether any of them is a piece, and not the plain file of its shard. */
bool result_files_have_pieces(const struct result_files *files);

/* Has a file of the work store lie here, so that it can be read from within a callback. One that is
 * not there is no error. */
enum err_code result_files_fetch(
        struct store *store, const char *name, struct err *e) ERR_MUST_CHECK;

#endif
