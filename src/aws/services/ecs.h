/* Amazon ECS: what became of a task that a state machine has begun, and where its log is. */
#ifndef COPYOUT_AWS_SERVICES_ECS_H
#define COPYOUT_AWS_SERVICES_ECS_H

#include "aws/json_api.h"

enum { ECS_TASKS_MOST = 100 }; /* of one request (API Reference: DescribeTasks) */

/* region: NULL: the configuration's. */
enum err_code ecs_new(struct json_api **out, struct net *net, struct creds_provider *creds,
        const struct aws_config *config, const char *region, struct err *e) ERR_MUST_CHECK;

/* DescribeTasks: *answer is {"tasks": […], "failures": [{"arn", "reason": "MISSING"}]}, the
 * caller's to decref. cluster: name or ARN; arns: a JSON array of 1 to ECS_TASKS_MOST task ARNs of
 * that cluster, whose reference is taken. ECS forgets a task about an hour after its end, and
 * counts it among the failures then. */
enum err_code ecs_describe_tasks(struct json_api *ecs, const char *cluster, json_t *arns,
        json_t **answer, struct err *e) ERR_MUST_CHECK;

/* The answer of DescribeTasks about one task: the entry of "tasks" with this ARN; NULL: it is
 * not known any more. */
const json_t *ecs_find_task(const json_t *answer, const char *arn);

/* Why a task ended, as ECS says it: its stoppedReason, and the reason of a container that has one,
 * into out ("" when there is none). task: an entry of "tasks". */
void ecs_show_reason(const json_t *task, struct buf *out);

/* The id of a task, within its ARN (arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID); NULL: it has none.
 */
const char *ecs_task_id(const char *arn);

/* Where containers of a task definition log to (ECS Developer Guide, "Using the awslogs log
 * driver": the stream is PREFIX/CONTAINER/TASK-ID). */
struct ecs_log_place {
    char *group;
    char *prefix; /* "copyout/copyout/": the id of the task follows */
};

void ecs_log_place_free(struct ecs_log_place *p); /* leaves it zeroed */

/* Asks DescribeTaskDefinition for the first container that logs by the awslogs driver. Without one,
 * or without a stream prefix, both members are NULL. */
enum err_code ecs_find_log(struct json_api *ecs, const char *definition, struct ecs_log_place *out,
        struct err *e) ERR_MUST_CHECK;

#endif
