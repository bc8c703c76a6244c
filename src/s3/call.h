/* One operation on its way: put together by build.c, driven by send.c. For the files of s3 only;
 * what callers see are struct s3_request and struct s3_reply. */
#ifndef COPYOUT_S3_CALL_H
#define COPYOUT_S3_CALL_H

#include "base/list.h"
#include "net/http.h"
#include "s3/client.h"
#include "s3/reply.h"

enum call_state {
    CALL_BUILT,      /* being put together */
    CALL_READY,      /* waits for room */
    CALL_WANT_CREDS, /* waits for credentials */
    CALL_SENT,       /* waits for the answer */
    CALL_RETRY_WAIT, /* waits before it is sent again */
    CALL_FAILING,    /* could not be sent; waits for the loop to call back */
    CALL_DONE,
};

struct s3_call {
    struct list link; /* in the client's list of its state */
    struct s3_client *client;
    struct s3_queue *queue; /* the budget of its bucket */
    enum call_state state;
    enum s3_op op;
    char *bucket;
    char *key;        /* NULL: the bucket itself */
    char *wanted_key; /* ListMultipartUploads: the one key that matters; else NULL */
    struct buf query; /* encoded, without '?' */
    struct headers headers;
    struct buf body; /* what we send, unless borrowed_body */
    const void *borrowed_body;
    size_t borrowed_len;
    uint64_t stall_ms;
    http_body_cb on_body;
    void *on_body_ctx;
    /* Reads the body of a success into reply; an error makes the answer a failed one. */
    enum err_code (*parse)(
            struct s3_call *call, const struct http_response *response, struct err *e);
    void (*free_parsed)(struct s3_reply *reply); /* NULL: nothing in there to free */
    /* Called before it is sent again after an answer that broke off; NULL: sent as it was. */
    void (*before_retry)(struct s3_call *call, const struct http_response *response);
    uint64_t streamed;            /* GetObject: body bytes handed on so far */
    unsigned streamed_by;         /* the attempt that handed on the last of them */
    uint64_t get_first, get_last; /* the range asked for */
    char resume_etag[ETAG_SIZE];
    http_body_cb user_on_body;
    void *user_ctx;
    s3_done_cb done;
    void *ctx;

    struct http_exchange *exchange; /* while CALL_SENT */
    struct net_timer *timer;        /* while CALL_RETRY_WAIT */
    bool holds_slot;                /* while CALL_RETRY_WAIT: in its queue's pace */
    uint64_t wait_left_ms;          /* when the place is given back, and the timer starts again */
    unsigned attempts;
    unsigned failures; /* since it last came further */
    uint64_t streamed_at_failure;
    unsigned redirects, renewals; /* answers that were no failure of the request */
    char signed_with[CREDS_ACCESS_KEY_MAX];
    char signed_region[64];
    struct s3_reply reply;
};

/* A call of that operation about that object, with nothing else in it yet. NULL: out of memory. */
struct s3_call *s3_call_new(struct s3_client *c, enum s3_op op, const struct s3_where *where,
        s3_done_cb done, void *ctx);
/* Appends name=value to the query, encoded; value NULL: the name alone. */
void s3_call_query(struct s3_call *call, const char *name, const char *value);
void s3_call_query_u64(struct s3_call *call, const char *name, uint64_t value);
/* Content-MD5 of the body, which must be there. A bucket with Object Lock and a default retention
 * takes no object without it (Amazon S3 User Guide, "Object Lock considerations"). */
void s3_call_content_md5(struct s3_call *call);
void s3_call_free(struct s3_call *call);

#endif
