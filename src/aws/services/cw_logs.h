/* Amazon CloudWatch Logs: reading one stream of a group. */
#ifndef COPYOUT_AWS_SERVICES_CW_LOGS_H
#define COPYOUT_AWS_SERVICES_CW_LOGS_H

#include "aws/json_api.h"

enum { CW_LOGS_EVENTS_MOST = 10000 }; /* of one request (API Reference: GetLogEvents) */

/* region: NULL: the configuration's. */
enum err_code cw_logs_new(struct json_api **out, struct net *net, struct creds_provider *creds,
        const struct aws_config *config, const char *region, struct err *e) ERR_MUST_CHECK;

/* The next events of a stream, the earliest first (GetLogEvents, startFromHead). *token: NULL at
 * the start; it is replaced, and is the caller's to free. Calls each(ctx, time in ms since 1970,
 * message) for each of them; *more tells whether the service gave another token than before: that
 * there may be more now. A stream or group that is not there is ERR_SERVICE with the service's
 * ResourceNotFoundException. limit: 1 to CW_LOGS_EVENTS_MOST. */
enum err_code cw_logs_read(struct json_api *logs, const char *group, const char *stream,
        unsigned limit, char **token, bool *more,
        void (*each)(void *ctx, int64_t time_ms, const char *message), void *ctx,
        struct err *e) ERR_MUST_CHECK;

/* The error says that the stream, or its group, is not there. */
bool cw_logs_is_missing(const struct err *e);

#endif
