#include "s3/queues.h"

#include <stdlib.h>
#include <string.h>

void s3_queues_init(struct s3_queues *l, unsigned most)
{
    memset(l, 0, sizeof *l);
    l->most = most ? most : LIMITER_MOST;
}

void s3_queues_free(struct s3_queues *l)
{
    unsigned i;

    for (i = 0; i < l->count; i++)
        free(l->queues[i].bucket);
    l->count = 0;
}

struct s3_queue *s3_queues_of(struct s3_queues *l, const char *bucket, uint64_t now_us)
{
    struct s3_queue *queue;
    unsigned i;

    for (i = 0; i < l->count; i++)
        if (l->queues[i].bucket && strcmp(l->queues[i].bucket, bucket) == 0)
            return &l->queues[i];
    if (l->count == S3_QUEUES_MOST)
        return &l->queues[S3_QUEUES_MOST - 1];
    queue = &l->queues[l->count++];
    queue->bucket = strdup(bucket); /* without memory for its name it is a queue for this once */
    list_init(&queue->ready);
    limiter_init(&queue->limiter, 0, l->most, now_us);
    return queue;
}

unsigned s3_queue_free_slots(const struct s3_queues *l, const struct s3_queue *queue)
{
    unsigned room = limiter_free_slots(&queue->limiter),
             left = l->in_use < l->most ? l->most - l->in_use : 0;
    const struct list *link;

    if (room > left)
        room = left;
    /* Retries that are ready come first. There are seldom any: a ready call waits only for room. */
    for (link = queue->ready.next; link != &queue->ready && room > 0; link = link->next)
        room--;
    return room;
}

struct list *s3_queues_pop(struct s3_queues *l)
{
    unsigned i;

    if (l->in_use >= l->most)
        return NULL;
    for (i = 0; i < l->count; i++) {
        struct s3_queue *queue = &l->queues[(l->next + i) % l->count];

        if (limiter_free_slots(&queue->limiter) > 0 && !list_empty(&queue->ready)) {
            l->next = (l->next + i + 1) % l->count;
            return list_pop(&queue->ready);
        }
    }
    return NULL;
}

void s3_queue_take(struct s3_queues *l, struct s3_queue *queue)
{
    l->in_use++;
    limiter_take(&queue->limiter);
}

void s3_queue_give(
        struct s3_queues *l, struct s3_queue *queue, enum limiter_outcome outcome, uint64_t now_us)
{
    l->in_use--;
    limiter_give(&queue->limiter, outcome, now_us);
}
