/* One queue of calls and one limiter (net/limits/limiter.h) for each bucket, so that a bucket that
 * throttles does not slow the others: the destination, the sources, the work store. All queues
 * together stay within one limit. For the client's own files. Pure: time is passed in. */
#ifndef COPYOUT_S3_QUEUES_H
#define COPYOUT_S3_QUEUES_H

#include "base/list.h"
#include "net/limits/limiter.h"

enum { S3_QUEUES_MOST = 32 }; /* the buckets beyond these share the last queue */

struct s3_queue {
    char *bucket; /* NULL: there was no memory for its name; no other call finds the queue */
    struct limiter limiter;
    struct list ready; /* calls that wait for a free slot */
};

struct s3_queues {
    struct s3_queue queues[S3_QUEUES_MOST];
    unsigned count;
    unsigned most;       /* requests at once, of all queues together */
    unsigned in_use;     /* requests under way, of all queues together; never above most */
    uint64_t slow_downs; /* answers so far that told to slow down */
    unsigned next;       /* the queue whose turn it is */
};

/* most: requests at once, of all queues together; 0 for LIMITER_MOST. */
void s3_queues_init(struct s3_queues *q, unsigned most);
/* Frees the names. The lists of calls must be empty. */
void s3_queues_free(struct s3_queues *q);

/* The bucket's queue, which is made if there is none. Never NULL; valid as long as q is. */
struct s3_queue *s3_queues_of(struct s3_queues *q, const char *bucket, uint64_t now_us);

/* Requests that may start now in that queue and for which no call waits yet. */
unsigned s3_queue_free_slots(const struct s3_queues *q, struct s3_queue *queue, uint64_t now_us);

/* The link of the call that may be sent next; it stays in its queue's list. NULL: no call may be
 * sent now. The queues take turns. */
struct list *s3_queues_next(struct s3_queues *q, uint64_t now_us);

/* Microseconds until the rate that a SlowDown has set (net/limits/throttle.h) lets a request of any
 * queue start; 0: no request waits for that alone. */
uint64_t s3_queues_wait_us(struct s3_queues *q, uint64_t now_us);

/* How long ago, in microseconds, something kept requests of a bucket back; UINT64_MAX: never. */
struct s3_kept_back {
    uint64_t full_us; /* as many requests were under way as the limit allows */
    uint64_t rate_us; /* the rate that a SlowDown has set was used up, or it is being found out */
    unsigned limit;   /* requests at once that the limit allows, that of all queues included */
};

/* Of that queue. */
struct s3_kept_back s3_queue_kept_back(
        const struct s3_queues *q, const struct s3_queue *queue, uint64_t now_us);

/* A request of that queue goes out: takes a slot. Returns the ticket for s3_queue_give(). */
uint32_t s3_queue_take(
        struct s3_queues *q, struct s3_queue *queue, enum limiter_kind kind, uint64_t now_us);
/* Its answer came, or it failed: gives the slot back, and the limiter learns from the outcome. */
void s3_queue_give(struct s3_queues *q, struct s3_queue *queue, uint32_t ticket,
        enum limiter_outcome outcome, uint64_t now_us);

#endif
