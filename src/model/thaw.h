/* How archived objects are restored: the input's thawParams as values. Pure. */
#ifndef COPYOUT_MODEL_THAW_H
#define COPYOUT_MODEL_THAW_H

#include <stdint.h>

#include "base/err.h"
#include "model/object/object_info.h"

/* The speeds of a restore (Amazon S3 API Reference, GlacierJobParameters). */
enum thaw_tier { THAW_BULK, THAW_STANDARD, THAW_EXPEDITED };

struct thaw_rule {
    unsigned days; /* for which the object can be read then; 0: not said */
    enum thaw_tier tier;
};

struct thaw {
    struct thaw_rule of[ARCHIVE_KIND_COUNT];
};

/* Reads thawParams, which the input has checked, over the defaults: 1 day and Bulk. ERR_NOMEM. */
enum err_code thaw_read(struct thaw *out, const char *json, struct err *e) ERR_MUST_CHECK;

/* The rule for an object in that archive. An object of INTELLIGENT_TIERING goes back to its tier of
 * frequent access for good, so that S3 takes no days (Amazon S3 API Reference, RestoreObject). */
struct thaw_rule thaw_rule_of(const struct thaw *thaw, enum archive_kind kind);
/* "Bulk", "Standard", "Expedited" */
const char *thaw_tier_name(enum thaw_tier tier);

/* How long to wait, in seconds, before objects of that archive are looked at again, when they were
 * looked at so many times since their restoring was asked for. It grows up to a part of the time
 * that AWS says a restore takes (Amazon S3 User Guide, "Archive retrieval options": Expedited 1 to
 * 5 minutes; Standard 3 to 5 hours, of the deep archives 12; Bulk 5 to 12 hours, or 48). */
unsigned thaw_look_again_s(const struct thaw *thaw, enum archive_kind kind, unsigned looks);

enum { THAW_TASK_LOOKS_MOST = 150 }; /* the state machine has this number, too */

/* The same where each look is a task of its own, which costs money to start, and may be at most
 * THAW_TASK_LOOKS_MOST: a fraction of the time that a restore takes, doubled with every eighth look
 * up to 8 hours, a third of the shortest time for which a restored object can be read. All looks
 * together take 30 days or more. */
unsigned thaw_task_again_s(const struct thaw *thaw, enum archive_kind kind, unsigned looks);

/* How many such tasks there are at most for what is in that archive, if its restoring takes no
 * longer than AWS says (the times above); the first one comes at once. 0: it is in none. */
unsigned thaw_task_looks(const struct thaw *thaw, enum archive_kind kind);

#endif
