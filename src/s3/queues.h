/* A budget of requests at once for each bucket, so that one that throttles does not slow the
 * others: the destination, the sources, the work store. For the client's own files. */
#ifndef COPYOUT_S3_QUEUES_H
#define COPYOUT_S3_QUEUES_H

#include "base/list.h"
#include "net/limiter.h"

enum { S3_QUEUES_MOST = 32 }; /* buckets beyond these share the last */

struct s3_queue {
    char *bucket;
    struct limiter limiter;
    struct list ready; /* calls that wait for room */
};

struct s3_queues {
    struct s3_queue queues[S3_QUEUES_MOST];
    unsigned count;
    unsigned most;   /* requests at once, of all together */
    unsigned in_use; /* of all together */
    unsigned next;   /* whose turn it is */
};

void s3_queues_init(struct s3_queues *l, unsigned most);
/* The lists of calls must be empty. */
void s3_queues_free(struct s3_queues *l);

/* The bucket's queue, made if need be; never NULL. */
struct s3_queue *s3_queues_of(struct s3_queues *l, const char *bucket, uint64_t now_us);

/* Requests that may start now in that queue, for which nobody waits yet. */
unsigned s3_queue_free_slots(const struct s3_queues *l, const struct s3_queue *queue);

/* The next call that may go out, taken from its queue's list; NULL: none. */
struct list *s3_queues_pop(struct s3_queues *l);

void s3_queue_take(struct s3_queues *l, struct s3_queue *queue);
void s3_queue_give(
        struct s3_queues *l, struct s3_queue *queue, enum limiter_outcome outcome, uint64_t now_us);

#endif
