/* A budget of requests at once for each bucket, so that one that throttles does not slow the
 * others: the destination, the sources, the work store. For the client's own files. */
#ifndef COPYOUT_S3_LANES_H
#define COPYOUT_S3_LANES_H

#include "base/list.h"
#include "net/pace.h"

enum { S3_LANES_MOST = 32 }; /* buckets beyond these share the last */

struct s3_lane {
    char *bucket;
    struct pace pace;
    struct list ready; /* calls that wait for room */
};

struct s3_lanes {
    struct s3_lane lanes[S3_LANES_MOST];
    unsigned count;
    unsigned most;   /* requests at once, of all together */
    unsigned in_use; /* of all together */
    unsigned next;   /* whose turn it is */
};

void s3_lanes_init(struct s3_lanes *l, unsigned most);
/* The lists of calls must be empty. */
void s3_lanes_free(struct s3_lanes *l);

/* The bucket's lane, made if need be; never NULL. */
struct s3_lane *s3_lanes_of(struct s3_lanes *l, const char *bucket, uint64_t now_us);

/* Requests that may start now in that lane, for which nobody waits yet. */
unsigned s3_lane_room(const struct s3_lanes *l, const struct s3_lane *lane);

/* The next call that may go out, taken from its lane's list; NULL: none. */
struct list *s3_lanes_pop(struct s3_lanes *l);

void s3_lane_take(struct s3_lanes *l, struct s3_lane *lane);
void s3_lane_give(
        struct s3_lanes *l, struct s3_lane *lane, enum pace_outcome outcome, uint64_t now_us);

#endif
