/* One line of work: an object to copy, as it stands in items.jsonl. */
#ifndef COPYOUT_MODEL_ITEM_H
#define COPYOUT_MODEL_ITEM_H

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/flat_json.h"
#include "model/copy_options.h"
#include "model/input.h"
#include "model/list/item_listed.h"

struct item {
    /* Which item it is: its place, from 0, among the items of the plan that is being copied. It is
     * given by who reads the items, and stands in no text form. */
    uint64_t index;
    /* Of an object that several shards copy together, each some of its parts: which of its slices
     * this is, from 1, and how many there are. 0: the object is copied as a whole. They are given
     * as the index is. */
    unsigned slice, slices;
    uint64_t line; /* of the manifest, 1-based: where its row begins. For people */
    char *bucket;
    char *key;
    char *version_id; /* NULL: the current version */
    char *destination_key;
    struct copy_overrides *overrides; /* options of this copy alone; NULL: none */
    struct item_listed *listed;       /* what a list told of the source; NULL: nothing */
    char *sums; /* what the line asserts of the object (list/sums.h); NULL: nothing */
};

void item_free(struct item *item); /* frees its content, leaves it zeroed */

/* Whether both are copies of one source: bucket, key and version. */
bool item_is_same_source(const struct item *a, const struct item *b);

/* Appends the item as one JSON line with '\n':
 * {"line":7,"sourceBucket":"b","sourceKey":"k","versionId":"v","destinationKey":"d"}
 * and before the last brace, of an item with overrides: ,"options":{"tags":"none"}
 * where the line asserts sums: ,"sums":"{…}" (list/sums.h)
 * and where a list told of the object: ,"listed":{…} (list/item_listed.h) */
void item_write(struct buf *out, const struct item *item);
/* The reverse, of a line without '\n'. ERR_IO when it is not such a line (the work store is ours).
 */
enum err_code item_read(
        struct item *item, const char *line, size_t len, struct err *e) ERR_MUST_CHECK;

/* The two readers that item_read() is made of, in this order. The first is fast and takes lines as
 * item_write() makes them of items without overrides; false: it is another one, or there is no
 * memory, and item is zeroed. The second takes any JSON of these members. What the first takes is
 * the same to the second. */
bool item_read_flat(struct item *item, const char *line, size_t len);
enum err_code item_read_any(
        struct item *item, const char *line, size_t len, struct err *e) ERR_MUST_CHECK;

/* A result's line begins as an item's does: with its members from "line" to "destinationKey". */
void item_write_members(struct buf *out, const struct item *item);
/* Takes them. false: it is another line, or there is no memory, and item is zeroed. */
bool item_take_members(struct flat_json *f, struct item *item);

/* Reads the next line of items.jsonl as an item; *line and *cap are getline(3)'s own. ERR_IO at the
 * end: the plan says how many there are. */
enum err_code item_read_next(
        struct item *item, FILE *items, char **line, size_t *cap, struct err *e) ERR_MUST_CHECK;

/* The line of a list may say how its copy is named. At most one is set; NULL: none. */
struct item_naming {
    const char *whole;    /* its name below the job's folder */
    const char *root;     /* a leading part of the key, without which the key is that name */
    const char *relative; /* a folder below the job's, in which it has the key's basename */
};

/* The destination key of a source key, appended to out: as the line says, else as
 * item_expanded_key() has it with that prefix. Bytes are put one behind the other and never tidied:
 * "//", "/./" and ".." stay what they are. */
void item_named_key(struct buf *out, const struct input *in, const struct item_naming *naming,
        const char *key, size_t prefix);

/* The destination key of a source key under the input's folder and destinationKeys, appended to
 * out. "basename", and "relative" of an object that no
 * prefix stands for, is what follows the last '/'; empty for a key that ends with one (a problem
 * for the caller to report: the copy would be the folder itself). */
void item_destination_key(struct buf *out, const struct input *in, const char *key);
/* The same of an object that a prefix stands for: under "relative" it is called by what follows the
 * prefix, which are the first root bytes of key. */
void item_expanded_key(struct buf *out, const struct input *in, const char *key, size_t root);

#endif
