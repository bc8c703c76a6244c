#include "s3/regions.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "s3/errors.h"

enum {
    SLOTS = 4096, /* buckets remembered at most; beyond that a later one replaces an earlier */
    PROBES = 8,   /* slots looked at for one bucket */
};

struct slot {
    char *bucket; /* NULL: empty */
    char region[S3_REGION_MAX];
};

struct s3_regions {
    char *default_region;
    struct slot slots[SLOTS];
};

struct s3_regions *s3_regions_new(const char *default_region)
{
    struct s3_regions *r = calloc(1, sizeof *r);

    if (r)
        r->default_region = strdup(default_region);
    if (r && !r->default_region) {
        free(r);
        r = NULL;
    }
    return r;
}

enum err_code s3_regions_set_default(struct s3_regions *r, const char *region, struct err *e)
{
    char *copy = strdup(region);

    if (!copy)
        return err_nomem(e);
    free(r->default_region);
    r->default_region = copy;
    return ERR_OK;
}

void s3_regions_free(struct s3_regions *r)
{
    size_t i;

    if (!r)
        return;
    for (i = 0; i < SLOTS; i++)
        free(r->slots[i].bucket);
    free(r->default_region);
    free(r);
}

/* FNV-1a with 32 bits (draft-eastlake-fnv). The names of buckets are short, and making them collide
 * gains nothing. */
static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261u;

    while (*s)
        h = (h ^ (unsigned char)*s++) * 16777619u;
    return h;
}

/* The slot of the bucket, or SLOTS; then *empty is the one that it would get. */
static size_t slot_of(const struct s3_regions *r, const char *bucket, size_t *empty)
{
    uint32_t h = hash(bucket);
    size_t i;

    *empty = h % SLOTS;
    for (i = 0; i < PROBES; i++) {
        size_t at = (h + i) % SLOTS;

        if (!r->slots[at].bucket) {
            *empty = at;
            return SLOTS;
        }
        if (strcmp(r->slots[at].bucket, bucket) == 0)
            return at;
    }
    return SLOTS;
}

const char *s3_regions_get(const struct s3_regions *r, const char *bucket)
{
    size_t empty, at = slot_of(r, bucket, &empty);

    return at == SLOTS ? r->default_region : r->slots[at].region;
}

void s3_regions_set(struct s3_regions *r, const char *bucket, const char *region)
{
    size_t empty, at = slot_of(r, bucket, &empty);

    if (at == SLOTS) {
        char *name = strdup(bucket);

        if (!name)
            return;
        free(r->slots[empty].bucket);
        r->slots[empty].bucket = name;
        at = empty;
    }
    snprintf(r->slots[at].region, S3_REGION_MAX, "%s", region);
}
