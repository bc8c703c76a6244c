"""moto 5.2.1's ECS, as Step Functions and CloudFormation need it.

    apply(fargate)

Runs in moto's server (local_aws_launch.py). `fargate` is the address of local_fargate.py, which
starts what is asked for here, once the request is one that ECS would take.
"""

import json
import time
import urllib.error
import urllib.request

from moto.core.responses import ActionResult
from moto.ec2 import ec2_backends
from moto.ecs import ecs_backends
from moto.ecs.exceptions import EcsClientException
from moto.ecs.models import Cluster, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.stepfunctions.parser.api import HistoryEventType, TaskSubmitFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_ecs,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto_patch import replace

Ecs = state_task_service_ecs.StateTaskServiceEcs
MOST_DESCRIBED = 100  # tasks of one DescribeTasks
REMEMBERED = 3600  # seconds for which a stopped task can be described (API Reference: "at least")


class Refused(Exception):
    """One of ECS's errors, and what it says."""

    def __init__(self, error, cause):
        super().__init__(cause)
        self.error, self.cause = error, cause


def camel(value):
    """Step Functions' PascalCase as the API's camelCase, in all keys."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: camel(inner) for key, inner in value.items()}
    return [camel(inner) for inner in value] if isinstance(value, list) else value


def invalid(cause):
    """ECS's InvalidParameterException."""
    return Refused("InvalidParameterException", cause)


def check(request, account, region):
    """What ECS checks before it starts anything; returns the task definition and the cluster."""
    ecs, ec2 = ecs_backends[account][region], ec2_backends[account][region]
    wanted = request.get("taskDefinition", "")
    definition = next((definition for revisions in ecs.task_definitions.values()
                       for definition in revisions.values()
                       if wanted in (definition.arn, f"{definition.family}:{definition.revision}")
                       or (wanted == definition.family and definition.status == "ACTIVE")), None)
    if definition is None:
        raise Refused("ClientException", "TaskDefinition not found.")
    name = request.get("cluster", "default").split("/")[-1]
    cluster = ecs.clusters.get(name)
    if cluster is None:
        raise Refused("ClusterNotFoundException", "Cluster not found.")
    strategy = request.get("capacityProviderStrategy")
    if strategy and request.get("launchType"):
        raise invalid("Specifying both a launch type and capacity provider strategy is not "
                      "supported. Remove one and try again.")
    for entry in strategy or []:
        if entry["capacityProvider"] not in (cluster.capacity_providers or []):
            raise invalid("The specified capacity provider strategy cannot contain a capacity "
                          "provider that is not associated with the cluster. Associate the "
                          "capacity provider with the cluster and try again.")
    if definition.network_mode == "awsvpc":
        check_network(request.get("networkConfiguration", {}).get("awsvpcConfiguration"), ec2)
    for override in request.get("overrides", {}).get("containerOverrides", []):
        texts = [*override.get("command", []),
                 *(entry.get("value") for entry in override.get("environment", []))]
        if not all(isinstance(text, str) for text in texts):
            raise Refused("SdkClientException", "a command or environment value is not a string")
    return definition, cluster


def check_network(network, ec2):
    """Subnets and security groups exist."""
    if not network or not network.get("subnets"):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is "
                      "specified.")
    subnets = {subnet.id for subnet in ec2.describe_subnets()}
    groups = {group.id for group in ec2.describe_security_groups()}
    for subnet in network["subnets"]:
        if subnet not in subnets:
            raise invalid(f"Error retrieving subnet information for [{subnet}]: The subnet ID "
                          f"'{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)")
    for group in network.get("securityGroups", []):
        if group not in groups:
            raise invalid(f"Error retrieving security group information for [{group}]: The "
                          f"security group '{group}' does not exist")
    if network.get("assignPublicIp", "DISABLED") not in ("ENABLED", "DISABLED"):
        raise invalid("assignPublicIp is ENABLED or DISABLED")


def post(address, body):
    """Ask local Fargate for something; its refusals are ECS's."""
    request = urllib.request.Request(address, json.dumps(body).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        refusal = json.load(error)
        raise Refused(refusal["error"], refusal.get("cause", "")) from None


def describe(definition, cluster):
    """What a task is started from, and where."""
    return {"arn": definition.arn, "cluster": cluster.arn, "memory": definition.memory,
            "cpu": definition.cpu, "taskRoleArn": definition.task_role_arn,
            "containerDefinitions": definition.container_definitions}


def run_tasks_as_processes(fargate):
    """moto asks for the task at localhost:5000, where nobody is, and drops the strategy."""
    parameters = state_task_service_ecs._SUPPORTED_API_PARAM_BINDINGS["runtask"]
    parameters.update({"CapacityProviderStrategy", "PropagateTags", "Tags"})

    def run_task(self, env, resource_runtime_part, normalised_parameters, state_credentials):
        account, region = resource_runtime_part.account, resource_runtime_part.region
        request = camel(normalised_parameters)
        try:
            definition, cluster = check(request, account, region)
            task = post(f"{fargate}/run-task",
                        {"request": request, "taskDefinition": describe(definition, cluster)})
        except Refused as refused:
            raise submit_failed(self, env, refused) from None
        arn = f"{cluster.arn.replace(':cluster/', ':task/')}/{task['id']}"
        env.stack.append({"Failures": [], "Tasks": [{
            "TaskArn": arn, "ClusterArn": cluster.arn, "TaskDefinitionArn": definition.arn,
            "LastStatus": "PROVISIONING", "DesiredStatus": "RUNNING", "LaunchType": "FARGATE",
            "CreatedAt": int(task["started"] * 1000)}]})

    replace(Ecs, "_eval_service_task", run_task)


def run_tasks_for_people(fargate):
    """RunTask that is not Step Functions' own (aws ecs run-task): moto's tasks are on paper only."""

    def run_task(self):
        request = json.loads(self.body)
        try:
            definition, cluster = check(request, self.current_account, self.region)
            started = post(f"{fargate}/run-task",
                           {"request": request, "taskDefinition": describe(definition, cluster)})
        except Refused as refused:
            raise EcsClientException(f"{refused.error}: {refused}") from None
        with urllib.request.urlopen(f"{fargate}/tasks", timeout=60) as answer:
            task = next(task for task in json.load(answer) if task["id"] == started["id"])
        return ActionResult({"tasks": [told(task)], "failures": []})

    replace(EC2ContainerServiceResponse, "run_task", run_task)


def told(task):
    """A task as DescribeTasks tells of it."""
    ended = task["ended"] is not None
    arn = f"{task['cluster'].replace(':cluster/', ':task/')}/{task['id']}"
    container = {"name": task["container"], "taskArn": arn,
                 "lastStatus": "STOPPED" if ended else "RUNNING"}
    if task["exitCode"] is not None:
        container["exitCode"] = task["exitCode"]
    answer = {"taskArn": arn, "clusterArn": task["cluster"], "lastStatus": container["lastStatus"],
              "desiredStatus": container["lastStatus"], "taskDefinitionArn": task["definition"],
              "capacityProviderName": task["capacity"], "launchType": "FARGATE",
              "createdAt": task["started"], "containers": [container]}
    if ended:
        answer.update(stoppedAt=task["ended"], stopCode=task["stopCode"],
                      stoppedReason=task["reason"] or "Essential container in task exited")
    return answer


def describe_tasks_of_fargate(fargate):
    """DescribeTasks knows nothing of the processes; AWS forgets a task an hour after its end."""

    def describe_tasks(self):
        cluster = self._get_param("cluster", "default").split("/")[-1]
        wanted = self._get_param("tasks", [])
        if not 0 < len(wanted) <= MOST_DESCRIBED:
            raise EcsClientException(f"Tasks cannot be empty, and at most {MOST_DESCRIBED}.")
        with urllib.request.urlopen(f"{fargate}/tasks", timeout=60) as answer:
            tasks = {task["id"]: task for task in json.load(answer)
                     if task["cluster"].split("/")[-1] == cluster and not task["forgotten"] and
                     (task["ended"] is None or time.time() - task["ended"] < REMEMBERED)}
        ids = {name: name.split("/")[-1] for name in wanted}
        return ActionResult({
            "tasks": [told(tasks[id]) for id in ids.values() if id in tasks],
            "failures": [{"arn": name, "reason": "MISSING"} for name, id in ids.items()
                         if id not in tasks]})

    replace(EC2ContainerServiceResponse, "describe_tasks", describe_tasks)


def submit_failed(state, env, refused):
    """The exception that a refused RunTask is in the state machine: ECS.<error>."""
    error = f"ECS.{refused.error}"
    code = {"AmazonECSException": "ThrottlingException"}.get(refused.error, refused.error)
    cause = f"{refused.cause} (Service: AmazonECS; Status Code: 400; Error Code: {code}; " \
            "Request ID: 00000000-0000-0000-0000-000000000000; Proxy: null)"
    return FailureEventException(FailureEvent(
        env=env, error_name=CustomErrorName(error), event_type=HistoryEventType.TaskSubmitFailed,
        event_details=EventDetails(taskSubmitFailedEventDetails=TaskSubmitFailedEventDetails(
            resourceType=state._get_sfn_resource_type(), resource=state._get_sfn_resource(),
            error=error, cause=cause))))


def deploy_whole_definitions():
    """CloudFormation keeps of a task definition its containers, volumes and memory only.

    An update registers the containers with the template's upper-case keys. Of a cluster nothing
    but its name is kept.
    """
    rename = {"TaskRoleArn": "task_role_arn", "ExecutionRoleArn": "execution_role_arn",
              "NetworkMode": "network_mode", "Cpu": "cpu", "Memory": "memory"}
    create_cluster = Cluster.create_from_cloudformation_json.__func__

    def create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json["Properties"]
        return ecs_backends[account_id][region_name].register_task_definition(
            family=properties.get("Family") or resource_name.replace("-", ""),
            container_definitions=camel(properties["ContainerDefinitions"]),
            volumes=camel(properties.get("Volumes", [])),
            requires_compatibilities=properties.get("RequiresCompatibilities"),
            runtime_platform=camel(properties.get("RuntimePlatform")),
            ephemeral_storage=camel(properties.get("EphemeralStorage")),
            tags=camel(properties.get("Tags")),
            **{argument: properties.get(name) for name, argument in rename.items()})

    def update(cls, original_resource, new_resource_name, cloudformation_json, account_id,
               region_name):
        ecs_backends[account_id][region_name].deregister_task_definition(original_resource.arn)
        return create(cls, original_resource.family, cloudformation_json, account_id, region_name)

    def cluster(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        made = create_cluster(cls, resource_name, cloudformation_json, account_id, region_name)
        properties = cloudformation_json["Properties"]
        made.capacity_providers = properties.get("CapacityProviders") or []
        made.default_capacity_provider_strategy = \
            camel(properties.get("DefaultCapacityProviderStrategy")) or []
        return made

    replace(TaskDefinition, "create_from_cloudformation_json", classmethod(create))
    replace(TaskDefinition, "update_from_cloudformation_json", classmethod(update))
    replace(Cluster, "create_from_cloudformation_json", classmethod(cluster))


def apply(fargate):
    """All of it. A moto that is built differently fails here."""
    run_tasks_as_processes(fargate)
    run_tasks_for_people(fargate)
    describe_tasks_of_fargate(fargate)
    deploy_whole_definitions()
