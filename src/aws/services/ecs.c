#include "aws/services/ecs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static const struct json_service service = {
        .title = "ECS",
        .endpoint_id = "ecs",
        .signing_name = "ecs",
        .target = "AmazonEC2ContainerServiceV20141113",
        .version = "1.1",
};

enum err_code ecs_new(struct json_api **out, struct net *net, struct creds_provider *creds,
        const struct aws_config *config, const char *region, struct err *e)
{
    return json_api_new(out, &service, net, creds, config, region, e);
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

enum err_code ecs_describe_tasks(
        struct json_api *ecs, const char *cluster, json_t *arns, json_t **answer, struct err *e)
{
    return json_api_run(ecs, "DescribeTasks",
            json_pack("{s:s, s:o}", "cluster", cluster, "tasks", arns), answer, e);
}

const json_t *ecs_find_task(const json_t *answer, const char *arn)
{
    const json_t *task;
    size_t i;

    json_array_foreach(json_object_get(answer, "tasks"), i, task)
    {
        const char *is = text_of(task, "taskArn");

        if (is && strcmp(is, arn) == 0)
            return task;
    }
    return NULL;
}

/* A container that could not be started says more than the task does, or the same. */
void ecs_show_reason(const json_t *task, struct buf *out)
{
    const char *reason = text_of(task, "stoppedReason");
    const json_t *container;
    size_t i;

    if (reason)
        buf_adds(out, reason);
    json_array_foreach(json_object_get(task, "containers"), i, container)
    {
        const char *more = text_of(container, "reason");

        if (more && !(reason && strstr(reason, more)))
            buf_addf(out, "%s%s", out->len > 0 ? "; " : "", more);
    }
}

const char *ecs_task_id(const char *arn)
{
    const char *slash = strrchr(arn, '/');

    return slash && slash[1] && strstr(arn, ":task/") ? slash + 1 : NULL;
}

void ecs_log_place_free(struct ecs_log_place *p)
{
    free(p->group);
    free(p->prefix);
    memset(p, 0, sizeof *p);
}

/* The place of one container, if it logs by that driver; what is missing leaves it unknown. */
static enum err_code take_place(const json_t *container, struct ecs_log_place *out, struct err *e)
{
    const json_t *log = json_object_get(container, "logConfiguration");
    const json_t *options = json_object_get(log, "options");
    const char *driver = text_of(log, "logDriver"), *name = text_of(container, "name");
    const char *group = text_of(options, "awslogs-group");
    const char *prefix = text_of(options, "awslogs-stream-prefix");
    enum err_code code;
    struct buf text;

    if (!driver || strcmp(driver, "awslogs") != 0 || !name || !group || !prefix)
        return ERR_OK;
    buf_init(&text, BUF_MAX_SMALL);
    buf_addf(&text, "%s/%s/", prefix, name);
    code = buf_check(&text, "the name of a log stream", e);
    if (code == ERR_OK) {
        out->group = str_dup_n(group, strlen(group));
        out->prefix = buf_take(&text);
        if (!out->group || !out->prefix)
            code = err_nomem(e);
    }
    buf_free(&text);
    return code;
}

enum err_code ecs_find_log(
        struct json_api *ecs, const char *definition, struct ecs_log_place *out, struct err *e)
{
    const json_t *container;
    json_t *answer;
    enum err_code code;
    size_t i;

    memset(out, 0, sizeof *out);
    code = json_api_run(ecs, "DescribeTaskDefinition",
            json_pack("{s:s}", "taskDefinition", definition), &answer, e);
    if (code != ERR_OK)
        return code;
    json_array_foreach(
            json_object_get(json_object_get(answer, "taskDefinition"), "containerDefinitions"), i,
            container)
    {
        if (code == ERR_OK && !out->group)
            code = take_place(container, out, e);
    }
    if (code != ERR_OK)
        ecs_log_place_free(out);
    json_decref(answer);
    return code;
}
