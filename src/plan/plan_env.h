/* The surroundings in which a plan is made. */
#ifndef COPYOUT_PLAN_PLAN_ENV_H
#define COPYOUT_PLAN_PLAN_ENV_H

#include "base/stop.h"
#include "model/input.h"
#include "model/plan.h"
#include "model/server_facts.h"
#include "s3/sync.h"
#include "store/store.h"

struct list_copy;

struct plan_env {
    struct sync sync;    /* the loop and the S3 client */
    struct store *store; /* the work store that the plan is written to */
    const struct input *input;
    struct list_copy *copy; /* of a list that can be read once only (list_copy.h); NULL: none is
                               made, and such a list is read as it comes */
    const char *tmp;        /* where temporary files may be made; NULL: /tmp */
    const char *region;     /* where we run; NULL: nobody says */
    uint64_t wait_ms;       /* how long to wait for permission to write */
    bool try_only;          /* see whether we may write and leave nothing, as a dry run does */
    bool list_only;         /* make the plan alone: the destination is not asked */
    bool replace;           /* give up the results of another job that the work store holds */
    struct server_facts *server; /* facts found of the destination's server are added */
    /* Finds the objects that are to be copied in slices, of the items in that file, which it reads
     * from its beginning; what it adds to `found`, also before an error, is the caller's to free.
     * NULL: none is. */
    enum err_code (*find_large)(
            void *ctx, FILE *items, uint64_t count, struct large_items *found, struct err *e);
    void *find_large_ctx;
    /* Is told of each object of S3 that the list names as a file of it, before it is read: of an
     * inventory, of a completion report. The list itself is none of them. NULL: nobody is. */
    enum err_code (*on_list_file)(void *ctx, const char *bucket, const char *key,
            const char *version_id, struct err *e); /* version_id NULL: the current one */
    void *on_list_file_ctx;
    /* The only buckets that a manifest may name, as str_matches_any() takes them; NULL: any. */
    const char *source_buckets;
    /* The rights beyond plain copies that this installation gives (options/given_rights.h); NULL:
     * nobody says. */
    const char *given_rights;
    /* Whose buckets this installation may write to, for a sentence; NULL: nobody says. */
    const char *writes_to;
    const struct stop *stop; /* asked between two requests, and while a pipe is read */
};

#endif
