/* The facts of an object that a list told of it: a listing of its bucket, or an inventory. */
#ifndef COPYOUT_MODEL_LIST_ITEM_LISTED_H
#define COPYOUT_MODEL_LIST_ITEM_LISTED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/flat_json.h"
#include "model/object/storage_class.h"

enum listed_restored {
    LISTED_RESTORE_UNSAID,
    LISTED_NOT_RESTORED,
    LISTED_RESTORING,
    LISTED_RESTORED
};

enum { LISTED_ETAG_SIZE = 40 }; /* of a digest of MD5, "-10000" and a NUL */

struct item_listed {
    int64_t at_s;                /* when it was so, in seconds since 1970; 0: not known */
    uint64_t size;               /* bytes */
    char etag[LISTED_ETAG_SIZE]; /* as Amazon S3 writes it; others are not kept */
    enum storage_class class;    /* never STORAGE_CLASS_COUNT */
    enum listed_restored restored;
};

struct json_t;

/* Fills facts, but for `restored`, which is not known then. etag and class are as the list has
 * them. false: such facts cannot be kept, and are left to HeadObject. */
bool item_listed_set(
        struct item_listed *out, int64_t at_s, uint64_t size, const char *etag, const char *class);

/* Appends them as a JSON object:
 * {"at":1764160000,"size":4096,"etag":"…","storageClass":"GLACIER","restored":"yes"}
 * of which the last two are left out where they say nothing. */
void item_listed_write(struct buf *out, const struct item_listed *listed);
/* The reverse, of text as that function writes it; false: it is another. */
bool item_listed_take(struct flat_json *f, struct item_listed *out);
/* The same of any JSON of these members. */
bool item_listed_read(struct item_listed *out, const struct json_t *json);

#endif
