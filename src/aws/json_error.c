#include "aws/json_error.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Both "TaskTimedOut" and "com.amazonaws.swf.service.v2.model#TaskTimedOut" are seen, the latter
 * with a URI after a colon as well (Smithy: "Operation error serialization"). */
static void keep_code(struct err *e, const char *type)
{
    const char *hash = strchr(type, '#');

    if (hash)
        type = hash + 1;
    err_copy_text(e->service_code, sizeof e->service_code, type, strcspn(type, ":"));
}

static bool is_one_of(const char *code, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(code, *list) == 0)
            return true;
    return false;
}

static bool is_expired(const char *code)
{
    static const char *const list[] = {"ExpiredTokenException", "ExpiredToken",
            "UnrecognizedClientException", "InvalidClientTokenId", NULL};

    return is_one_of(code, list);
}

static bool is_about_credentials(const char *code)
{
    static const char *const list[] = {"InvalidSignatureException", "MissingAuthenticationToken",
            "MissingAuthenticationTokenException", "IncompleteSignature", NULL};

    return is_expired(code) || is_one_of(code, list);
}

static bool is_throttle(const char *code)
{
    static const char *const list[] = {"ThrottlingException", "Throttling", "RequestLimitExceeded",
            "TooManyRequestsException", NULL};

    return is_one_of(code, list);
}

void json_error_read(struct err *e, const struct http_response *response)
{
    json_t *body = json_loadb(buf_str(&response->body), response->body.len, 0, NULL);
    const char *type = json_string_value(json_object_get(body, "__type"));
    const char *message = json_string_value(json_object_get(body, "message"));
    const char *id = headers_get(&response->headers, "x-amzn-requestid");
    char text[ERR_MESSAGE_MAX / 2];

    if (!type)
        type = headers_get(&response->headers, "x-amzn-errortype");
    if (!message)
        message = json_string_value(json_object_get(body, "Message"));
    err_set(e, ERR_SERVICE, "HTTP status %d", response->status);
    e->http_status = response->status;
    if (type)
        keep_code(e, type);
    if (id)
        err_copy_text(e->request_id, sizeof e->request_id, id, strlen(id));
    if (is_about_credentials(e->service_code))
        e->code = ERR_CREDENTIALS;
    if (is_throttle(e->service_code))
        e->cls = ERR_CLASS_THROTTLE;
    if (e->service_code[0]) {
        err_copy_text(text, sizeof text, message ? message : "", message ? strlen(message) : 0);
        snprintf(e->message, sizeof e->message, "%s%s%s%s%s%s", e->service_code,
                text[0] ? ": " : "", text, id ? " (request " : "", e->request_id, id ? ")" : "");
    }
    json_decref(body);
}

bool json_error_is_expired(const struct err *e)
{
    return is_expired(e->service_code);
}

bool json_error_is_skewed(const struct err *e)
{
    static const char *const list[] = {
            "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed", NULL};

    return is_one_of(e->service_code, list);
}
