#include "aws/sfn.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static const struct json_service service = {
        .title = "Step Functions",
        .endpoint_id = "sfn",
        .signing_name = "states",
        .target = "AWSStepFunctions",
};

enum err_code sfn_new(struct json_api **out, struct net *net, struct creds_provider *creds,
        const struct aws_config *config, const char *region, struct err *e)
{
    return json_api_new(out, &service, net, creds, config, region, e);
}

bool sfn_is_gone(const struct err *e)
{
    return strcmp(e->service_code, "TaskTimedOut") == 0 ||
           strcmp(e->service_code, "TaskDoesNotExist") == 0 ||
           strcmp(e->service_code, "InvalidToken") == 0;
}

/* A service that calls a token wrong may say which one it was. */
static enum err_code hide(enum err_code code, const char *token, struct err *e)
{
    if (code != ERR_OK)
        err_hide(e, token);
    return code;
}

enum err_code sfn_heartbeat_start(struct json_api_call **out, struct json_api *sfn,
        const char *token, json_api_cb cb, void *ctx, struct err *e)
{
    return json_api_start(
            out, sfn, "SendTaskHeartbeat", json_pack("{s:s}", "taskToken", token), cb, ctx, e);
}

enum err_code sfn_heartbeat(struct json_api *sfn, const char *token, struct err *e)
{
    return hide(
            json_api_run(sfn, "SendTaskHeartbeat", json_pack("{s:s}", "taskToken", token), NULL, e),
            token, e);
}

enum err_code sfn_success(
        struct json_api *sfn, const char *token, const char *output, struct err *e)
{
    if (strlen(output) > SFN_OUTPUT_MAX)
        return err_set(e, ERR_LIMIT, "the task's output is longer than %d bytes", SFN_OUTPUT_MAX);
    return hide(json_api_run(sfn, "SendTaskSuccess",
                        json_pack("{s:s, s:s}", "taskToken", token, "output", output), NULL, e),
            token, e);
}

/* The first bytes of text that Step Functions takes: whole characters. (It counts characters, of
 * which there are never more than bytes.) */
static size_t cause_length(const char *text)
{
    size_t len = strlen(text);

    if (len <= SFN_CAUSE_MAX)
        return len;
    len = SFN_CAUSE_MAX;
    while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    return len;
}

enum err_code sfn_failure(struct json_api *sfn, const char *token, const char *error,
        const char *cause, struct err *e)
{
    return hide(json_api_run(sfn, "SendTaskFailure",
                        json_pack("{s:s, s:s, s:s%}", "taskToken", token, "error", error, "cause",
                                cause, cause_length(cause)),
                        NULL, e),
            token, e);
}

bool sfn_arn_region(const char *arn, char *region, size_t size)
{
    const char *from = arn, *end;
    int i;

    if (!str_starts(arn, "arn:"))
        return false;
    for (i = 0; i < 3; i++) {
        from = strchr(from, ':');
        if (!from)
            return false;
        from++;
        if (i == 1 && !str_starts(from, "states:"))
            return false;
    }
    end = strchr(from, ':');
    if (!end || end == from || (size_t)(end - from) >= size)
        return false;
    memcpy(region, from, (size_t)(end - from));
    region[end - from] = '\0';
    return true;
}
