/* Finds destination keys that occur more than once, over any number of keys in bounded memory: an
 * external sort of 128-bit digests (SHA-256, cut), in an unlinked temporary file. */
#ifndef COPYOUT_PLAN_COLLIDE_H
#define COPYOUT_PLAN_COLLIDE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct collide;

/* tmp_dir: where the temporary files go (store_temp_dir()). memory: bytes for the sort; 0: 4 MiB.
 */
enum err_code collide_new(
        struct collide **out, const char *tmp_dir, size_t memory, struct err *e) ERR_MUST_CHECK;
void collide_free(struct collide *c);

/* Called now and then while collide_finish() works, which takes long for a hundred million keys. */
void collide_set_tick(struct collide *c, void (*tick)(void *ctx), void *ctx);

/* line: the manifest line; offset: where the item's line begins in items.jsonl, handed back. */
enum err_code collide_add(struct collide *c, const char *key, size_t len, uint64_t line,
        uint64_t offset, struct err *e) ERR_MUST_CHECK;

/* One pair: the first line that has the key, and another. */
struct collision {
    uint64_t first_line, first_offset;
    uint64_t line, offset;
};
typedef enum err_code (*collide_cb)(void *ctx, const struct collision *collision, struct err *e);

/* Calls cb for every line that has the key of an earlier one, paired with the earliest. Once only.
 */
enum err_code collide_finish(
        struct collide *c, collide_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;

#endif
