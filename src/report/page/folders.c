#include "report/page/folders.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096 }; /* of the table of names; more than twice the folders */

_Static_assert(SLOTS > 2 * FOLDERS_MOST, "a free slot ends each search");

struct folders {
    struct folder all[FOLDERS_MOST];
    unsigned slots[SLOTS]; /* numbers of folders; 0: a free slot, since the root is never sought */
    unsigned children[FOLDERS_MOST + 1]; /* scratch of folders_sum() */
    unsigned by_parent[FOLDERS_MOST], order[FOLDERS_MOST];
    unsigned count;
    uint64_t cut;
    size_t names_len;
    char names[FOLDERS_NAMES_MOST];
};

enum err_code folders_new(struct folders **out, struct err *e)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return err_nomem(e);
    (*out)->count = 1;
    (*out)->all[0].name = (*out)->names;
    return ERR_OK;
}

void folders_free(struct folders *f)
{
    free(f);
}

/* FNV-1a (draft-eastlake-fnv): of the parent's number and the name. */
static unsigned hash_of(unsigned parent, const char *name, size_t len)
{
    uint32_t hash = UINT32_C(2166136261) ^ parent;
    size_t i;

    for (i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * UINT32_C(16777619);
    return (hash ^ (hash >> 16)) % SLOTS;
}

/* The number of a folder in `parent`, which is made if there is room; 0: there is none. */
static unsigned child_of(struct folders *f, unsigned parent, const char *name, size_t len)
{
    unsigned slot = hash_of(parent, name, len);
    struct folder *made;

    for (; f->slots[slot]; slot = (slot + 1) % SLOTS) {
        const struct folder *is = &f->all[f->slots[slot]];

        if (is->parent == parent && is->name_len == len && memcmp(is->name, name, len) == 0)
            return f->slots[slot];
    }
    if (f->count == FOLDERS_MOST || len > FOLDERS_NAMES_MOST - f->names_len ||
            f->all[parent].depth == FOLDERS_DEEPEST)
        return 0;
    made = &f->all[f->count];
    *made = (struct folder){.parent = parent,
            .depth = f->all[parent].depth + 1,
            .name = f->names + f->names_len,
            .name_len = len};
    memcpy(f->names + f->names_len, name, len);
    f->names_len += len;
    f->slots[slot] = f->count;
    return f->count++;
}

void folders_add(struct folders *f, const char *key, uint64_t bytes, bool bad)
{
    unsigned at = 0, child;
    const char *slash;

    for (; (slash = strchr(key, '/')); key = slash + 1) {
        child = child_of(f, at, key, (size_t)(slash - key));
        if (child == 0) {
            f->cut++;
            break;
        }
        at = child;
    }
    f->all[at].objects++;
    f->all[at].bytes += bytes;
    f->all[at].bad += bad;
}

static int by_name(const void *a, const void *b)
{
    const struct folder *const *x = a, *const *y = b;
    size_t least = (*x)->name_len < (*y)->name_len ? (*x)->name_len : (*y)->name_len;
    int order = memcmp((*x)->name, (*y)->name, least);

    if (order != 0)
        return order;
    return ((*x)->name_len > (*y)->name_len) - ((*x)->name_len < (*y)->name_len);
}

/* Puts the numbers of the folders below each folder side by side: those of folder i begin at
 * children[i] of by_parent, and end where those of i + 1 begin. */
static void group(struct folders *f, const struct folder **sorted)
{
    unsigned i, next[FOLDERS_MOST];

    memset(f->children, 0, sizeof f->children);
    for (i = 1; i < f->count; i++)
        f->children[f->all[i].parent + 1]++;
    for (i = 0; i < f->count; i++) {
        f->children[i + 1] += f->children[i];
        next[i] = f->children[i];
    }
    for (i = 0; i + 1 < f->count; i++)
        f->by_parent[next[sorted[i]->parent]++] = (unsigned)(sorted[i] - f->all);
}

unsigned folders_sum(struct folders *f, const unsigned **order)
{
    const struct folder *sorted[FOLDERS_MOST] = {NULL};
    unsigned stack[FOLDERS_MOST], depth = 0, n = 0, i;

    for (i = f->count; i-- > 1;) {
        struct folder *parent = &f->all[f->all[i].parent];

        parent->objects += f->all[i].objects;
        parent->bytes += f->all[i].bytes;
        parent->bad += f->all[i].bad;
        sorted[i - 1] = &f->all[i];
    }
    qsort(sorted, f->count - 1, sizeof(const struct folder *), by_name);
    group(f, sorted);
    stack[depth++] = 0;
    while (depth > 0) {
        unsigned number = stack[--depth];

        f->order[n++] = number;
        for (i = f->children[number + 1]; i-- > f->children[number];)
            stack[depth++] = f->by_parent[i];
    }
    *order = f->order;
    return n;
}

const struct folder *folders_at(const struct folders *f, unsigned number)
{
    return &f->all[number];
}

uint64_t folders_cut(const struct folders *f)
{
    return f->cut;
}
