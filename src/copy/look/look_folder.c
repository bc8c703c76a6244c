/* The objects that the destination's folder held before the first copy, where one page of a listing
 * showed all of it: nothing but our marker, mostly. */
#include <stdlib.h>
#include <string.h>

#include "copy/look/lookahead_int.h"

void look_folder_free(struct look_folder *f)
{
    unsigned i;

    for (i = 0; i < f->count; i++)
        free(f->held[i].key);
    free(f->held);
    memset(f, 0, sizeof *f);
}

void look_folder_take(struct look_folder *f, const struct s3_keys *page, uint64_t since_us)
{
    unsigned i;

    f->state = LOOK_FOLDER_PARTLY;
    f->held = calloc(page->count + 1, sizeof *f->held);
    for (i = 0; f->held && i < page->count; i++) {
        f->held[i].key = strdup(page->objects[i].key);
        if (!f->held[i].key)
            return; /* what is there is freed with the rest */
        seen_take(&f->held[i].seen, &page->objects[i]);
        f->count++;
    }
    if (!f->held)
        return;
    f->state = LOOK_FOLDER_WHOLE;
    f->since_us = since_us;
}

static int compare(const void *key, const void *held)
{
    return strcmp(key, ((const struct look_held *)held)->key);
}

struct seen_object look_folder_find(const struct look_folder *f, const char *key)
{
    const struct look_held *held = bsearch(key, f->held, f->count, sizeof *f->held, compare);

    return held ? held->seen : (struct seen_object){.state = SEEN_ABSENT};
}
