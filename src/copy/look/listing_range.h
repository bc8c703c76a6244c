/* Which part of a bucket a listing is asked for, and whether its answer keeps to it. Pure; keys are
 * bytes, and are compared as such, which is how Amazon S3 orders them (User Guide, "Listing object
 * keys programmatically": "in UTF-8 binary order"). */
#ifndef COPYOUT_COPY_LOOK_LISTING_RANGE_H
#define COPYOUT_COPY_LOOK_LISTING_RANGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "s3/reply.h"

/* Appends a key shortly before `key`, for a listing that begins behind it and is to show `key`
 * first; nothing: the listing begins at its beginning. */
void listing_before(struct buf *out, const char *key);

/* Appends what all keys from `first` to `last` (in order) have in common, up to their last common
 * '/'. least: a folder that all of them are in. */
void listing_prefix(struct buf *out, const char *first, const char *last, const char *least);

/* Whether a page shows what was asked for: keys of that prefix, behind start_after, each behind the
 * one before, and some if another page follows. prefix and start_after may be "". A server that
 * passes over one of these, or does not sort, cannot show that an object is absent. */
bool listing_is_sound(const struct s3_keys *page, const char *prefix, const char *start_after);

#endif
