#include "s3/lanes.h"

#include <stdlib.h>
#include <string.h>

void s3_lanes_init(struct s3_lanes *l, unsigned most)
{
    memset(l, 0, sizeof *l);
    l->most = most ? most : PACE_MOST;
}

void s3_lanes_free(struct s3_lanes *l)
{
    unsigned i;

    for (i = 0; i < l->count; i++)
        free(l->lanes[i].bucket);
    l->count = 0;
}

struct s3_lane *s3_lanes_of(struct s3_lanes *l, const char *bucket, uint64_t now_us)
{
    struct s3_lane *lane;
    unsigned i;

    for (i = 0; i < l->count; i++)
        if (l->lanes[i].bucket && strcmp(l->lanes[i].bucket, bucket) == 0)
            return &l->lanes[i];
    if (l->count == S3_LANES_MOST)
        return &l->lanes[S3_LANES_MOST - 1];
    lane = &l->lanes[l->count++];
    lane->bucket = strdup(bucket); /* without memory for its name it is a lane for this once */
    list_init(&lane->ready);
    pace_init(&lane->pace, 0, l->most, now_us);
    return lane;
}

unsigned s3_lane_room(const struct s3_lanes *l, const struct s3_lane *lane)
{
    unsigned room = pace_room(&lane->pace), left = l->in_use < l->most ? l->most - l->in_use : 0;
    const struct list *link;

    if (room > left)
        room = left;
    /* Retries that are ready come first. There are seldom any: a ready call waits only for room. */
    for (link = lane->ready.next; link != &lane->ready && room > 0; link = link->next)
        room--;
    return room;
}

struct list *s3_lanes_pop(struct s3_lanes *l)
{
    unsigned i;

    if (l->in_use >= l->most)
        return NULL;
    for (i = 0; i < l->count; i++) {
        struct s3_lane *lane = &l->lanes[(l->next + i) % l->count];

        if (pace_room(&lane->pace) > 0 && !list_empty(&lane->ready)) {
            l->next = (l->next + i + 1) % l->count;
            return list_pop(&lane->ready);
        }
    }
    return NULL;
}

void s3_lane_take(struct s3_lanes *l, struct s3_lane *lane)
{
    l->in_use++;
    pace_take(&lane->pace);
}

void s3_lane_give(
        struct s3_lanes *l, struct s3_lane *lane, enum pace_outcome outcome, uint64_t now_us)
{
    l->in_use--;
    pace_give(&lane->pace, outcome, now_us);
}
