/* Credentials and where they come from: the chain that the AWS SDKs document ("AWS SDKs and Tools
 * Reference Guide: Standardized credential providers"), refreshed before they expire. */
#ifndef COPYOUT_AWS_CREDS_H
#define COPYOUT_AWS_CREDS_H

#include <stdint.h>

#include "aws/config.h"
#include "base/err.h"
#include "net/net.h"

enum {
    CREDS_ACCESS_KEY_MAX = 129, /* bytes with the NUL (IAM API Reference: AccessKey) */
    CREDS_SECRET_MAX = 256,
    CREDS_TOKEN_MAX = 16 * 1024,
};

struct creds {
    char access_key[CREDS_ACCESS_KEY_MAX];
    char secret[CREDS_SECRET_MAX]; /* wiped when freed; never logged */
    char *token;                   /* session token; NULL: none */
    int64_t expires_s;             /* seconds since 1970; 0: never */
};

/* Wipes and frees what is inside. */
void creds_clear(struct creds *c);

struct creds_provider;

/* Chooses nothing yet: the chain is walked at the first need. In its order: environment; the
 * profile that config names (keys, role_arn with source_profile or credential_source,
 * credential_process, web identity); web identity from the environment; ECS container endpoint;
 * EC2 instance metadata (v2). config and net must outlive it. */
enum err_code creds_provider_new(struct creds_provider **out, struct net *net,
        const struct aws_config *config, struct err *e) ERR_MUST_CHECK;
/* Ends what is under way without calling back. NULL is fine. */
void creds_provider_free(struct creds_provider *p);

/* The credentials if they are at hand and good for at least some seconds more, else NULL: the fast
 * path of every request. Starts a refresh in the background when less than 5 minutes are left.
 * The pointer is good until the loop turns. */
const struct creds *creds_peek(struct creds_provider *p);

/* Calls cb (never before it returns... from the loop) when creds_peek() would give something, or
 * with the error. Many may wait; they share one refresh. */
typedef void (*creds_cb)(void *ctx, const struct creds *creds, const struct err *err);
enum err_code creds_wait(struct creds_provider *p, creds_cb cb, void *ctx,
        struct err *e) ERR_MUST_CHECK;

/* The service said ExpiredToken or the like of them: forget what we hold, unless it was renewed
 * since `used` (access key of the failed request). */
void creds_expired(struct creds_provider *p, const char *used_access_key);

/* For one line of --verbose: "environment", "profile lab (assume role)", … ; never a secret. */
const char *creds_source(const struct creds_provider *p);

#endif
