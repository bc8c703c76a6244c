/* The shards that failed, as the distributed map of Step Functions tells of them in the work store:
 * the FAILED files of its ResultWriter below MAP_FOLDER (AWS Step Functions Developer Guide,
 * "ResultWriter (Map)"). A map that was redriven has written them anew, and a map that was begun
 * again in a folder of its own; of several entries of a shard the one that ended last counts.
 *
 * In memory are 24 bytes for each shard of the plan, and one entry; the errors are in a temporary
 * file. */
#ifndef COPYOUT_REPORT_MAP_RESULTS_H
#define COPYOUT_REPORT_MAP_RESULTS_H

#include <stdbool.h>

#include "model/plan.h"
#include "store/store.h"

struct map_results;

enum { MAP_ERROR_MAX = ERR_MESSAGE_MAX }; /* bytes of the error of a shard with its NUL */

/* Reads all of them. plan: the whole job's; it must outlive *out. An entry that is of no shard of
 * the plan, or that cannot be understood, is passed over. What the work store has no such files of
 * tells of no failed shard. Not from within a callback. Errors: those of the work store; ERR_IO
 * also when a file is no JSON array. */
enum err_code map_results_read(struct map_results **out, struct store *store,
        const struct plan *plan, struct err *e) ERR_MUST_CHECK;
void map_results_free(struct map_results *m); /* NULL is fine */

/* Finds out whether a shard, by its index in the plan, failed by itself: *failed, and then its
 * error in text, "NAME: CAUSE". A shard that was aborted, or was never started, did not. The first
 * slice of an object stands for all of its slices: an object is not there if any of them failed.
 * m: NULL: nothing is known. ERR_IO: the temporary file cannot be read. */
enum err_code map_results_error(const struct map_results *m, unsigned shard, bool *failed,
        char text[MAP_ERROR_MAX], struct err *e) ERR_MUST_CHECK;

#endif
