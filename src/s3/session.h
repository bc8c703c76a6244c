/* What every command that speaks to AWS needs: configuration, loop, credentials, S3 client,
 * signals. */
#ifndef COPYOUT_CMD_SESSION_H
#define COPYOUT_CMD_SESSION_H

#include "aws/config.h"
#include "aws/creds.h"
#include "net/net.h"
#include "s3/client.h"

struct session_config {
    const char *profile;
    const char *region;
    const char *endpoint_url;
    uint64_t most_in_flight;  /* 0: the default */
    uint64_t most_per_second; /* 0: no limit */
    /* A signal to stop came; count: the how-manyeth. From the loop. When COPYOUT_STOP_SECONDS (90)
     * are nearly over after the first, it is called as if a second had come. May be NULL. */
    void (*on_stop)(void *ctx, unsigned count);
    void *ctx;
};

struct session {
    struct aws_config *aws;
    struct net *net;
    struct creds_provider *creds;
    struct s3_client *s3;
    const char *region; /* where we run; NULL: nobody says */
    bool stop;          /* a signal to stop came */
    int signal;         /* which, the first; 0: none */
    unsigned signals;
    uint64_t stop_ms; /* from the first signal until all is written and said */
    struct net_timer *deadline;
    struct session_config config;
    uv_signal_t *handles[2];
};

enum err_code session_open(
        struct session *s, const struct session_config *config, struct err *e) ERR_MUST_CHECK;
/* false: something was left open in the loop, which is a bug (it is logged). */
bool session_close(struct session *s);

/* The exit code of being stopped by the signal that came: 130 or 143. */
int session_stop_code(const struct session *s);

#endif
