#include "aws/services/cw_logs.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static const struct json_service service = {
        .title = "CloudWatch Logs",
        .endpoint_id = "cloudwatch_logs",
        .signing_name = "logs",
        .target = "Logs_20140328",
        .version = "1.1",
};

enum err_code cw_logs_new(struct json_api **out, struct net *net, struct creds_provider *creds,
        const struct aws_config *config, const char *region, struct err *e)
{
    return json_api_new(out, &service, net, creds, config, region, e);
}

static json_t *question(const char *group, const char *stream, unsigned limit, const char *token)
{
    json_t *request = json_pack("{s:s, s:s, s:b, s:i}", "logGroupName", group, "logStreamName",
            stream, "startFromHead", 1, "limit", (int)limit);

    if (request && token && json_object_set_new(request, "nextToken", json_string(token)) != 0) {
        json_decref(request);
        return NULL;
    }
    return request;
}

/* "If you have reached the end of the stream, it returns the same token you passed in." (API
 * Reference: GetLogEvents.) A page may be empty though more follows. */
static enum err_code take_token(const json_t *answer, char **token, bool *more, struct err *e)
{
    const char *next = json_string_value(json_object_get(answer, "nextForwardToken"));

    *more = next && !(*token && strcmp(next, *token) == 0);
    if (!*more)
        return ERR_OK;
    free(*token);
    *token = str_dup_n(next, strlen(next));
    return *token ? ERR_OK : err_nomem(e);
}

enum err_code cw_logs_read(struct json_api *logs, const char *group, const char *stream,
        unsigned limit, char **token, bool *more,
        void (*each)(void *ctx, int64_t time_ms, const char *message), void *ctx, struct err *e)
{
    json_t *answer, *event;
    enum err_code code;
    size_t i;

    *more = false;
    code = json_api_run(logs, "GetLogEvents", question(group, stream, limit, *token), &answer, e);
    if (code != ERR_OK)
        return code;
    json_array_foreach(json_object_get(answer, "events"), i, event)
    {
        const char *message = json_string_value(json_object_get(event, "message"));

        if (message)
            each(ctx, json_integer_value(json_object_get(event, "timestamp")), message);
    }
    code = take_token(answer, token, more, e);
    json_decref(answer);
    return code;
}

bool cw_logs_is_missing(const struct err *e)
{
    return strcmp(e->service_code, "ResourceNotFoundException") == 0;
}
