/* AWS Step Functions, of executions: lists of them, the end of one, and their ARNs. */
#ifndef COPYOUT_AWS_SERVICES_EXECUTIONS_H
#define COPYOUT_AWS_SERVICES_EXECUTIONS_H

#include "aws/json_api.h"

enum { EXECUTIONS_PAGE_MOST = 1000 }; /* API Reference: ListExecutions */

/* The executions that are listed: of a state machine, or of a map run (its children). */
struct executions_query {
    const char *state_machine; /* ARN; NULL: map_run is given */
    const char *map_run;       /* ARN; NULL: state_machine is given */
    const char *status;        /* "FAILED"; NULL: any */
    uint64_t most;             /* of all pages together; > 0 */
};

/* ListExecutions, page by page, the latest first: each entry ({"executionArn", "name", "status",
 * "startDate", "stopDate"}) is appended to list, a JSON array. *more (may be NULL): there are more
 * than query->most. */
enum err_code executions_list(struct json_api *sfn, const struct executions_query *query,
        json_t *list, bool *more, struct err *e) ERR_MUST_CHECK;

enum executions_order { EXECUTIONS_OLDEST_FIRST, EXECUTIONS_LATEST_FIRST };

/* The next page of GetExecutionHistory, {"events": […], "nextToken"}, takes the place of *page,
 * which is NULL at first; the caller's to decref. *more: false, and *page as it was, when there is
 * none. */
enum err_code executions_history(struct json_api *sfn, const char *arn, enum executions_order order,
        json_t **page, bool *more, struct err *e) ERR_MUST_CHECK;

/* StopExecution, with an error's name and a cause for whoever asks why. */
enum err_code executions_stop(struct json_api *sfn, const char *arn, const char *error,
        const char *cause, struct err *e) ERR_MUST_CHECK;

/* The ARN of the execution with that name of that state machine
 * (arn:aws:states:REGION:ACCOUNT:stateMachine:NAME): "…:execution:NAME:EXECUTION". false: that is
 * no ARN of a state machine. */
bool executions_arn(const char *state_machine, const char *name, struct buf *out);

#endif
