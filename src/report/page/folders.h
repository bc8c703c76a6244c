/* The folders of the destination, as a tree of a bounded size: of each folder the objects, their
 * bytes, and how many are not there. What lies deeper, or in folders beyond the most, is counted
 * with the nearest folder above that is in the tree. A value but for its memory; pure. */
#ifndef COPYOUT_REPORT_FOLDERS_H
#define COPYOUT_REPORT_FOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    FOLDERS_MOST = 2000,             /* folders of the tree */
    FOLDERS_DEEPEST = 8,             /* levels below the root */
    FOLDERS_NAMES_MOST = 256 * 1024, /* bytes of all names */
};

struct folder {
    unsigned parent;  /* its number; the root, number 0, is its own. Less than the folder's own */
    unsigned depth;   /* 0: the root */
    const char *name; /* without slashes; "": the root, or a slash follows a slash */
    size_t name_len;
    uint64_t objects, bytes, bad; /* its own; after folders_sum() with all below it */
};

struct folders;

/* Error: ERR_NOMEM. */
enum err_code folders_new(struct folders **out, struct err *e) ERR_MUST_CHECK;
void folders_free(struct folders *f); /* NULL is fine */

/* Counts an object. key: below the root. bad: it is not there. */
void folders_add(struct folders *f, const char *key, uint64_t bytes, bool bad);

/* Adds to each folder what is below it, once, when all objects are counted; and puts the folders
 * into *order: each before those in it, those of one folder by their names. Returns how many there
 * are. *order is valid until folders_free(). */
unsigned folders_sum(struct folders *f, const unsigned **order);
/* By its number. */
const struct folder *folders_at(const struct folders *f, unsigned number);
/* Objects that were counted with a folder above their own. */
uint64_t folders_cut(const struct folders *f);

#endif
