#include "aws/services/executions.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum {
    EVENTS_A_PAGE = 100,
    PAGES_MOST = 1000
}; /* a service that gives empty pages for ever is left */

static json_t *question(const struct executions_query *q, uint64_t left, const char *token)
{
    json_t *request = json_pack("{s:s, s:i}", q->map_run ? "mapRunArn" : "stateMachineArn",
            q->map_run ? q->map_run : q->state_machine, "maxResults",
            left < EXECUTIONS_PAGE_MOST ? (int)left : EXECUTIONS_PAGE_MOST);

    if (q->status)
        json_object_set_new(request, "statusFilter", json_string(q->status));
    if (token)
        json_object_set_new(request, "nextToken", json_string(token));
    return request;
}

enum err_code executions_list(struct json_api *sfn, const struct executions_query *query,
        json_t *list, bool *more, struct err *e)
{
    const char *token = NULL;
    json_t *answer = NULL;
    uint64_t begun = json_array_size(list);
    unsigned page = 0;

    do {
        uint64_t left = query->most - (json_array_size(list) - begun);
        json_t *request = question(query, left, token);
        enum err_code code;

        json_decref(answer);
        answer = NULL;
        code = json_api_run(sfn, "ListExecutions", request, &answer, e);
        if (code != ERR_OK)
            return code;
        json_array_extend(list, json_object_get(answer, "executions"));
        token = json_string_value(json_object_get(answer, "nextToken"));
    } while (token && json_array_size(list) - begun < query->most && ++page < PAGES_MOST);
    if (more)
        *more = token != NULL;
    json_decref(answer);
    return ERR_OK;
}

enum err_code executions_history(struct json_api *sfn, const char *arn, enum executions_order order,
        json_t **page, bool *more, struct err *e)
{
    const char *token = json_string_value(json_object_get(*page, "nextToken"));
    json_t *request;

    *more = !*page || token;
    if (!*more)
        return ERR_OK;
    request = json_pack("{s:s}", "executionArn", arn);
    if (order == EXECUTIONS_LATEST_FIRST)
        json_object_set_new(request, "reverseOrder", json_true());
    json_object_set_new(request, "maxResults", json_integer(EVENTS_A_PAGE));
    if (token)
        json_object_set_new(request, "nextToken", json_string(token));
    json_decref(*page);
    *page = NULL;
    return json_api_run(sfn, "GetExecutionHistory", request, page, e);
}

enum err_code executions_stop(
        struct json_api *sfn, const char *arn, const char *error, const char *cause, struct err *e)
{
    return json_api_run(sfn, "StopExecution",
            json_pack("{s:s, s:s, s:s}", "executionArn", arn, "error", error, "cause", cause), NULL,
            e);
}

bool executions_arn(const char *state_machine, const char *name, struct buf *out)
{
    static const char kind[] = ":stateMachine:";
    const char *at = strstr(state_machine, kind), *machine, *end;

    if (!str_starts(state_machine, "arn:") || !at)
        return false;
    machine = at + strlen(kind);
    end = machine + strcspn(machine, ":"); /* a version or an alias may follow */
    buf_addf(out, "%.*s:execution:%.*s:%s", (int)(at - state_machine), state_machine,
            (int)(end - machine), machine, name);
    return end > machine;
}
