/* One operation on its way: the message it sends, the names it was signed with and its attempts.
 * call.c makes it, changes its state and reads its answers; send.c drives it. For the
 * files of s3 only; what callers see are struct s3_request and struct s3_reply. */
#ifndef COPYOUT_S3_CALL_H
#define COPYOUT_S3_CALL_H

#include "aws/creds.h"
#include "base/list.h"
#include "s3/answer.h"
#include "s3/build.h"
#include "s3/client.h"
#include "s3/download.h"
#include "s3/queues.h"

/* Which states may follow which is a table in call.c. */
enum s3_call_state {
    S3_CALL_BUILT,      /* made, and not yet started */
    S3_CALL_READY,      /* waits for a free slot, in the queue of its bucket */
    S3_CALL_WANT_CREDS, /* waits for credentials */
    S3_CALL_SENT,       /* waits for the answer */
    S3_CALL_RETRY_WAIT, /* waits before it is sent again */
    S3_CALL_FAILING,    /* has failed without an answer; waits for the loop to call back */
    S3_CALL_DONE,       /* is calling back, and is freed after that */
    S3_CALL_STATES
};

/* HeadObject: by which request the size is asked for. Some servers, and some proxies in front of
 * servers, answer HEAD without Content-Length; then a GET takes its place. */
enum s3_size_by {
    S3_SIZE_BY_HEAD,
    S3_SIZE_BY_BYTE,  /* GET of the first byte, whose Content-Range tells the size */
    S3_SIZE_BY_WHOLE, /* GET: there is no first byte */
};

enum s3_signing {
    S3_SIGNED,
    S3_UNSIGNED, /* it goes without credentials */
};

/* How often a call was tried, and its wait for the next attempt. */
struct s3_tries {
    unsigned attempts;            /* requests sent */
    unsigned failures;            /* since the call last came further */
    unsigned redirects, renewals; /* answers that were no failure of the request */
    unsigned avoid;               /* the address that the last attempt broke at; 0: it did not */
    struct net_timer *timer;      /* made for the first wait; NULL: none yet */
    uint64_t sent_us;             /* when the last request was sent, by the transport's clock */
    uint64_t wait_left_ms;        /* of S3_CALL_RETRY_WAIT, after the slot is given back */
    bool holds_slot;              /* in S3_CALL_RETRY_WAIT: a slot of its queue's limiter */
};

/* The names that the request was last signed with. */
struct s3_signed {
    char access_key[CREDS_ACCESS_KEY_MAX];
    char region[S3_REGION_MAX];
};

struct s3_call {
    struct list link;           /* in the list of its state */
    struct s3_call *next_spare; /* of a call in struct s3_call_spares */
    struct s3_client *client;
    struct s3_queue *queue;   /* of its bucket */
    uint32_t ticket;          /* in S3_CALL_SENT: of the queue's limiter */
    enum s3_call_state state; /* s3_call_set_state() alone changes it */
    enum s3_op op;            /* that is sent: of a HeadObject GetObject, when size_by says so */
    enum s3_size_by size_by;
    enum s3_signing signing;
    char *wanted_key;             /* ListMultipartUploads: the key whose uploads are wanted */
    struct s3_message message;    /* the request as it is sent */
    struct s3_download *download; /* GetObject with a body callback; else NULL */
    struct s3_signed signed_with;
    struct s3_tries tries;
    struct http_exchange *exchange; /* in S3_CALL_SENT */
    s3_done_cb done;
    void *ctx;
    struct err *failure; /* in S3_CALL_FAILING: why; NULL: there was no memory for it either */
};

/* Calls that have ended, for the next ones: they keep their memory. Zeroed memory holds none. */
struct s3_call_spares {
    struct s3_call *first;
    unsigned count;
};

/* Frees all of them. */
void s3_call_spares_free(struct s3_call_spares *spares);

/* Makes a call of a request, whose pointers are not needed after that (except for the bodies, see
 * request.h). It is in S3_CALL_BUILT; its queue is not set.
 * Errors: ERR_NOMEM, or ERR_LIMIT for a request that is larger than S3 would take. */
enum err_code s3_call_new(struct s3_call **out, struct s3_client *c,
        const struct s3_request *request, s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

/* Frees the call, in any state but S3_CALL_SENT. */
void s3_call_free(struct s3_call *call);

/* Changes the state: moves the call to the list of that state, gives back a slot that it holds, and
 * traces the step. The table of states must allow the step. */
void s3_call_set_state(struct s3_call *call, enum s3_call_state state);

/* Takes a slot of the queue's limiter for a call in S3_CALL_RETRY_WAIT, until its state changes or
 * until s3_call_release_slot(), which does nothing for a call that holds none. */
void s3_call_hold_slot(struct s3_call *call);
void s3_call_release_slot(struct s3_call *call);

/* After s3_call_read(): whether the answer left the size out, or says that there is no first byte;
 * the call is then changed so that it asks in another way, and is to be sent again. */
bool s3_call_ask_for_size(struct s3_call *call, const struct s3_reply *reply, const struct err *e);

/* Reads a complete answer: fills e (ERR_OK for a success), region (S3_REGION_MAX bytes) with the
 * region that the answer names or "", and the union of reply with what a success holds, which
 * s3_call_free_parsed() frees. reply: zeroed. now_s: seconds since 1970. */
void s3_call_read(const struct s3_call *call, const struct http_response *response, int64_t now_s,
        struct s3_reply *reply, struct err *e, char *region);
void s3_call_free_parsed(const struct s3_call *call, struct s3_reply *reply);

#endif
