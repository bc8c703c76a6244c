/* A service of AWS that speaks JSON: a signed POST to "/" with the operation in X-Amz-Target
 * (Smithy 2.0: "AWS JSON 1.0 protocol", "AWS JSON 1.1 protocol"). */
#ifndef COPYOUT_AWS_JSON_API_H
#define COPYOUT_AWS_JSON_API_H

#include <jansson.h>

#include "aws/config.h"
#include "aws/creds.h"
#include "net/net.h"

struct json_api;

/* The facts of a service; they must outlive its clients. */
struct json_service {
    const char *title;        /* "Step Functions": for messages */
    const char *endpoint_id;  /* "sfn": as the SDKs' settings call the service */
    const char *signing_name; /* "states": in host name and signature */
    const char *target;       /* "AWSStepFunctions" */
    const char *version;      /* of the protocol, "1.1"; NULL: "1.0" */
};

/* net, creds and config must outlive it. region: NULL: the configuration's; ERR_INPUT when nobody
 * says one. */
enum err_code json_api_new(struct json_api **out, const struct json_service *service,
        struct net *net, struct creds_provider *creds, const struct aws_config *config,
        const char *region, struct err *e) ERR_MUST_CHECK;
/* From now on calls are tried for minutes: what they say is worth more than the time. */
void json_api_insist(struct json_api *a);
/* Not while a call is under way. NULL is fine. */
void json_api_free(struct json_api *a);

struct json_api_call;

/* Called once, from the loop; answer is NULL with an error and otherwise valid until it returns. */
typedef void (*json_api_cb)(void *ctx, const json_t *answer, const struct err *err);

/* Sends a request (whose reference is taken, also by an error; NULL: for want of memory).
 * Throttling, failures of the service and of the network are retried for up to a minute;
 * credentials that expired are renewed, and a wrong clock is set, once each. err then
 * has the service's code, message and request id: ERR_SERVICE, or ERR_CREDENTIALS. */
enum err_code json_api_start(struct json_api_call **out, struct json_api *a, const char *operation,
        json_t *request, json_api_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;
/* Ends it without calling back. NULL is fine. */
void json_api_cancel(struct json_api_call *call);

/* The same, and runs the loop until it is done; *answer (may be NULL) is the caller's to decref.
 * Not from within a callback. */
enum err_code json_api_run(struct json_api *a, const char *operation, json_t *request,
        json_t **answer, struct err *e) ERR_MUST_CHECK;

#endif
