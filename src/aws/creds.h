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

/* Chooses nothing yet: the chain is walked at the first need. In its order: environment (not with
 * --profile); the profile that config names (role_arn with web identity, source_profile or
 * credential_source; keys; credential_process); web identity from the environment; ECS container
 * endpoint; EC2 instance metadata (v2). What is set up but fails ends the walk: to go on would mean
 * to work under another name than was asked for. config and net must outlive it. */
enum err_code creds_provider_new(struct creds_provider **out, struct net *net,
        const struct aws_config *config, struct err *e) ERR_MUST_CHECK;
/* Ends what is under way without calling back; from within a callback, too. NULL is fine. */
void creds_provider_free(struct creds_provider *p);

/* The credentials if they are at hand and good for at least some seconds more, else NULL: the fast
 * path of every request. Starts a refresh in the background when less than 5 minutes are left (or
 * half of their life, if that is shorter). The pointer is good until the loop turns. */
const struct creds *creds_peek(struct creds_provider *p);

/* Calls cb (from the loop, never before it returns) when creds_peek() would give something, or with
 * the error. Many may wait; they share one refresh. */
typedef void (*creds_cb)(void *ctx, const struct creds *creds, const struct err *err);
enum err_code creds_wait(
        struct creds_provider *p, creds_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;
/* Takes back every creds_wait() of this ctx: its cb is not called. */
void creds_wait_cancel(struct creds_provider *p, const void *ctx);

/* The service said ExpiredToken or the like of them: do not use what we hold any more, unless it
 * was renewed since `used` (access key of the failed request). If the source then gives the same
 * key again, waiting for it is an error. */
void creds_expired(struct creds_provider *p, const char *used_access_key);

/* For one line of --verbose: "environment", "profile lab (assumed role)", … ; never a secret. "none
 * yet" before the first credentials. */
const char *creds_source(const struct creds_provider *p);

#endif
