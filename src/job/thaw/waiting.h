/* The items that wait until their sources are restored: lines of temporary files, so that any
 * number of them takes no memory. They are taken in rounds: those of the last round are read while
 * those that must wait on are written. A file is gone with the process; the items have no results,
 * so that the next run takes them up again. */
#ifndef COPYOUT_JOB_WAITING_H
#define COPYOUT_JOB_WAITING_H

#include "model/item.h"
#include "model/thaw.h"

struct waiting;

/* dir: where the files are made. thaw must outlive it. every_s: how often to look, in seconds; 0:
 * as thaw_look_again_s() says. */
enum err_code waiting_new(struct waiting **out, const char *dir, const struct thaw *thaw,
        unsigned every_s, struct err *e) ERR_MUST_CHECK;
/* NULL is fine. */
void waiting_free(struct waiting *w);

/* Adds an item, whose source is in that archive. */
enum err_code waiting_add(struct waiting *w, const struct item *item, enum archive_kind kind,
        struct err *e) ERR_MUST_CHECK;
/* How many items wait. */
uint64_t waiting_count(const struct waiting *w);
/* In how many seconds a task is to look at those that were added, when so many tasks looked before;
 * 0: there are none. */
unsigned waiting_task_again_s(const struct waiting *w, unsigned looks);
/* How long, in milliseconds, until they are to be looked at again, at that moment of
 * clock_mono_ms(). 0: now, or nothing waits. */
uint64_t waiting_ms(const struct waiting *w, uint64_t now_ms);

/* Begins to look at all that wait. */
enum err_code waiting_begin(struct waiting *w, struct err *e) ERR_MUST_CHECK;
/* All of them were looked at: the time until the next look begins. */
void waiting_end(struct waiting *w);
/* The next of them, with its index; the caller frees it. *any: false: there is none left. */
enum err_code waiting_next(
        struct waiting *w, struct item *item, bool *any, struct err *e) ERR_MUST_CHECK;

#endif
