/* Where a range of keys is split, so that its halves can be listed side by side. Pure. */
#ifndef COPYOUT_PLAN_EXPAND_KEY_SPLIT_H
#define COPYOUT_PLAN_EXPAND_KEY_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Replaces out by a text that lies behind `after` and before `until` in the order of bytes, for a
 * listing that begins behind it (ListObjectsV2: start-after). It shares the first `least` bytes of
 * after, which are the prefix of the listing, and adds one character of printable ASCII to some
 * more of them. Nobody knows how the keys of the range lie: it halves what the first byte may be in
 * which keys can differ, among the characters of the same kind (digits, capitals, small letters)
 * first. until NULL: the range ends with the prefix. after begins with the prefix; if it is a key
 * of UTF-8, so is out. false: there is no such place. */
bool key_split(struct buf *out, const char *after, const char *until, size_t least);

#endif
