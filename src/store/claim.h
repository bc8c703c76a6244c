/* Whether a work store is ours. It is when it is new (absent or empty) or holds a job.json that
 * copyout wrote; in any other place nothing is made, replaced or removed.
 *
 * The first thing that is written into a new store is the mark: a job.json of "{}". It says that
 * the store is ours and holds no plan. plan_forget() leaves the same mark, so that a program that
 * is killed while it makes a plan leaves a store that it finds its own again. */
#ifndef COPYOUT_STORE_CLAIM_H
#define COPYOUT_STORE_CLAIM_H

#include <jansson.h>

#include "model/input.h"
#include "store/store.h"

#define CLAIM_MARK_TEXT "{}\n"

enum claim_state {
    CLAIM_NEW,    /* nothing is there */
    CLAIM_MARKED, /* ours, without a plan */
    CLAIM_JOB,    /* ours; job.json is of a job, of this format or of another */
};

struct claim {
    enum claim_state state;
    json_t *job; /* job.json, when it was read; else NULL */
};

/* Frees the content of c and leaves it zeroed. */
void claim_free(struct claim *c);

/* Looks at the store, and writes nothing. c is filled; claim_free() it. Not from within a callback.
 * Errors: ERR_INPUT when the store is not ours: the message names some of what is there and says
 * what to do. ERR_IO when job.json is no regular file, or cannot be read. c is zeroed then. */
enum err_code claim_check(struct claim *c, struct store *store, struct err *e) ERR_MUST_CHECK;

/* After claim_check() has accepted the store: writes the mark into a new one, makes the subfolders,
 * and sees that the report's files can be replaced when the job is over.
 * Errors: ERR_IO, also when something else is in the place of a file of ours. */
enum err_code claim_take(const struct claim *c, struct store *store, struct err *e) ERR_MUST_CHECK;

/* Removes the mark, if no plan has replaced it and nothing else is there: of a store that will be
 * given up. Beside other files the mark stays, since they would be taken for somebody else's
 * without it. A failure leaves the mark there, which is no loss. */
void claim_drop(struct store *store);

/* Whether the job that is there goes to the input's bucket and folder. */
bool claim_is_destination(const struct claim *c, const struct input *input);
/* The place of the list as job.json has it, with its ETag or file times. "": an old job that read
 * standard input; NULL: job.json has none. Valid until claim_free(). */
const char *claim_manifest(const struct claim *c);
/* The digest of the list's content, "sha256:" and hex. NULL: an old job. Valid until claim_free().
 */
const char *claim_digest(const struct claim *c);

/* Whether the job that is there calls copies by what follows the last '/' of their keys. */
bool claim_drops_folders(const struct claim *c);

#endif
