/* Drives many copies at once: whenever the S3 client has room, the copy whose turn it is is asked
 * for its next request; a new item is taken in only when those under way have nothing to send. So
 * one object of ten thousand parts and a million small ones both fill the same budget. */
#ifndef COPYOUT_COPY_SCHED_H
#define COPYOUT_COPY_SCHED_H

#include "copy/machine.h"
#include "net/net.h"

struct sched;

struct sched_config {
    struct net *net;
    struct s3_client *s3;
    const struct input *input;
    struct uploads *uploads; /* may be NULL */
    /* The next item, and whose it is (handed back with the result). *end when there is none. */
    enum err_code (*next)(void *ctx, struct item *item, void **owner, bool *end, struct err *e);
    /* An item is finished; an error (it could not be recorded) ends the job. */
    enum err_code (*result)(void *ctx, const struct result *result, void *owner, struct err *e);
    void *ctx;
};

/* What has happened so far, for who watches. */
struct sched_counts {
    uint64_t taken; /* items begun */
    uint64_t by_status[RESULT_STATUS_COUNT];
    uint64_t bytes_copied;
    unsigned active;    /* items under way */
    uint64_t left_open; /* unfinished uploads that are on record */
};

enum err_code sched_new(
        struct sched **out, const struct sched_config *config, struct err *e) ERR_MUST_CHECK;
void sched_free(struct sched *s);

/* Runs the loop until all items are done, or those under way after sched_stop(). The error is what
 * next or result said. */
enum err_code sched_run(struct sched *s, struct err *e) ERR_MUST_CHECK;

/* Begin nothing new, finish what is under way (multipart uploads are aborted). */
void sched_stop(struct sched *s);
/* And do not wait for answers either. */
void sched_stop_now(struct sched *s);

const struct sched_counts *sched_counts(const struct sched *s);

#endif
