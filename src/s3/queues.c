#include "s3/queues.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void s3_queues_init(struct s3_queues *q, unsigned most)
{
    memset(q, 0, sizeof *q);
    q->most = most ? most : LIMITER_MOST;
}

void s3_queues_free(struct s3_queues *q)
{
    unsigned i;

    for (i = 0; i < q->count; i++)
        free(q->queues[i].bucket);
    q->count = 0;
}

struct s3_queue *s3_queues_of(struct s3_queues *q, const char *bucket, uint64_t now_us)
{
    struct s3_queue *queue;
    unsigned i;

    for (i = 0; i < q->count; i++)
        if (q->queues[i].bucket && strcmp(q->queues[i].bucket, bucket) == 0)
            return &q->queues[i];
    if (q->count == S3_QUEUES_MOST)
        return &q->queues[S3_QUEUES_MOST - 1];
    queue = &q->queues[q->count++];
    queue->bucket = strdup(bucket);
    list_init(&queue->ready);
    limiter_init(&queue->limiter, 0, q->most, now_us);
    return queue;
}

unsigned s3_queue_free_slots(const struct s3_queues *q, struct s3_queue *queue, uint64_t now_us)
{
    unsigned slots = limiter_free_slots(&queue->limiter, now_us), left = q->most - q->in_use;
    const struct list *link;

    if (slots > left)
        slots = left;
    /* Each call that waits has a claim to a slot. Their list is short: a call is sent as soon as
     * there is a free slot for it. */
    for (link = queue->ready.next; link != &queue->ready && slots > 0; link = link->next)
        slots--;
    return slots;
}

struct list *s3_queues_next(struct s3_queues *q, uint64_t now_us)
{
    unsigned i;

    if (q->in_use >= q->most)
        return NULL;
    for (i = 0; i < q->count; i++) {
        struct s3_queue *queue = &q->queues[(q->next + i) % q->count];

        if (!list_empty(&queue->ready) && limiter_free_slots(&queue->limiter, now_us) > 0) {
            q->next = (q->next + i + 1) % q->count;
            return queue->ready.next;
        }
    }
    return NULL;
}

uint64_t s3_queues_wait_us(struct s3_queues *q, uint64_t now_us)
{
    uint64_t least = 0;
    unsigned i;

    if (q->in_use >= q->most)
        return 0;
    for (i = 0; i < q->count; i++) {
        uint64_t wait = limiter_wait_us(&q->queues[i].limiter, now_us);

        if (wait > 0 && (least == 0 || wait < least))
            least = wait;
    }
    return least;
}

static uint64_t ago(uint64_t at_us, uint64_t now_us)
{
    return at_us == 0 ? UINT64_MAX : at_us < now_us ? now_us - at_us : 0;
}

struct s3_kept_back s3_queue_kept_back(
        const struct s3_queues *q, const struct s3_queue *queue, uint64_t now_us)
{
    const struct limiter *p = &queue->limiter;
    struct s3_kept_back k = {.full_us = ago(p->full_us, now_us),
            .rate_us = UINT64_MAX,
            .limit = p->limit < q->most ? p->limit : q->most};

    if (q->in_use >= q->most)
        k.full_us = 0;
    if (p->throttle.state == THROTTLE_BRAKES)
        k.rate_us = 0;
    else if (p->throttle.state == THROTTLE_PACED)
        k.rate_us = ago(p->throttle.used_up_us, now_us);
    return k;
}

uint32_t s3_queue_take(
        struct s3_queues *q, struct s3_queue *queue, enum limiter_kind kind, uint64_t now_us)
{
    assert(q->in_use < q->most);
    q->in_use++;
    return limiter_take(&queue->limiter, kind, now_us);
}

void s3_queue_give(struct s3_queues *q, struct s3_queue *queue, uint32_t ticket,
        enum limiter_outcome outcome, uint64_t now_us)
{
    assert(q->in_use > 0);
    q->in_use--;
    if (outcome == LIMITER_THROTTLED)
        q->slow_downs++;
    limiter_give(&queue->limiter, ticket, outcome, now_us);
}
