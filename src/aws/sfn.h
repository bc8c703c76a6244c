/* AWS Step Functions: what a task says of itself. (Executions are asked about with json_api_run().)
 */
#ifndef COPYOUT_AWS_SFN_H
#define COPYOUT_AWS_SFN_H

#include "aws/json_api.h"

enum {
    SFN_OUTPUT_MAX = 262144, /* bytes (API Reference: SendTaskSuccess) */
    SFN_CAUSE_MAX = 32768,   /* characters (SendTaskFailure) */
};

/* region: NULL: the configuration's. */
enum err_code sfn_new(struct json_api **out, struct net *net, struct creds_provider *creds,
        const struct aws_config *config, const char *region, struct err *e) ERR_MUST_CHECK;

/* The task was given to someone else, or its execution has ended: what this one does is of no
 * interest any more. */
bool sfn_is_gone(const struct err *e);

enum err_code sfn_heartbeat_start(struct json_api_call **out, struct json_api *sfn,
        const char *token, json_api_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;
enum err_code sfn_heartbeat(struct json_api *sfn, const char *token, struct err *e) ERR_MUST_CHECK;
/* output: JSON text. */
enum err_code sfn_success(
        struct json_api *sfn, const char *token, const char *output, struct err *e) ERR_MUST_CHECK;
/* cause is cut if it is too long. */
enum err_code sfn_failure(struct json_api *sfn, const char *token, const char *error,
        const char *cause, struct err *e) ERR_MUST_CHECK;

/* The region of "arn:aws:states:REGION:…", into region[size]. false: that is no such ARN. */
bool sfn_arn_region(const char *arn, char *region, size_t size);

#endif
