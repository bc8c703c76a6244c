/* All that a program needs to speak to AWS: configuration, event loop, credentials and an S3
 * client, opened and closed together. */
#ifndef COPYOUT_JOB_SESSION_H
#define COPYOUT_JOB_SESSION_H

#include "aws/config.h"
#include "aws/creds.h"
#include "model/options/sse_c_key.h"
#include "net/net.h"
#include "s3/client.h"
#include "s3/sync.h"

/* All strings must outlive the session; NULL means what the environment and the shared files of AWS
 * say. */
struct session_config {
    /* The environment, as getenv of stdlib.h: a value, or NULL. NULL: an empty environment. */
    char *(*getenv)(const char *name);
    const char *profile;
    const char *region;
    const char *endpoint_url;
    uint64_t most_in_flight;  /* requests at once; 0: the default */
    uint64_t most_per_second; /* requests; 0: no limit */
    /* For a process that may have few files open: connections at once, those kept open for the next
     * request included, and objects under way at once; 0: the defaults. */
    unsigned most_connections, most_objects;
};

struct session {
    struct aws_config *aws;
    struct net *net;
    struct creds_provider *creds;
    struct s3_client *s3;
    struct sync sync;       /* net and s3, for single requests */
    const char *region;     /* where we run; NULL: nobody says */
    struct sse_c_keys keys; /* those of the objects; zeroed: there are none */
    unsigned most_objects;  /* of the config */
};

/* ERR_INPUT: the region, the endpoint or the profile is wrong. After an error there is nothing to
 * close. */
enum err_code session_open(
        struct session *s, const struct session_config *config, struct err *e) ERR_MUST_CHECK;

/* Closes what is open; s may be zeroed. false: something was left open in the loop, which is a bug
 * (it is logged). */
bool session_close(struct session *s);

#endif
