"""What a test does with a local AWS: deploy, start, wait, and lay hands on its tasks.

boto3 of any version from 1.26 (Debian 12) on. LocalAws (local_aws.py) is such a client, and the
server as well.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from procs import ServerError

REGION = "us-east-1"
ACCOUNT = "123456789012"
USER = ("COPYOUTTESTLOCALAWS0", "not-a-secret-anybody-may-do-all-00000000")
BOOTSTRAP = {"/cdk-bootstrap/hnb659fds/version": "30"}  # a parameter that CDK's templates ask for
ENDED = ("SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT")


@dataclass
class Task:
    """A task of local Fargate, as it was when asked for."""

    id: str
    container: str
    command: list[str]
    capacity: str  # FARGATE or FARGATE_SPOT
    pid: int | None  # None: it never started
    environment: dict[str, str]
    started: float
    ended: float | None
    exitCode: int | None
    reason: str | None
    memory: int | None  # the limit, in MiB
    mostMemory: float
    callbacks: list[dict]  # each: at, action, answer (OK, TaskTimedOut), output or error, cause
    heartbeats: int
    dropHeartbeats: bool
    credentialsAsked: int
    output: str = field(repr=False)  # a file with what it wrote
    definition: str  # ARN of the task definition
    cluster: str  # ARN
    stopCode: str | None
    forgotten: bool  # by DescribeTasks, as after an hour
    log: dict | None  # group and stream in CloudWatch Logs

    @property
    def running(self) -> bool:
        """Whether it had not ended."""
        return self.ended is None

    @property
    def text(self) -> str:
        """What it wrote so far, to standard output and error."""
        if self.pid is None:
            return ""
        return Path(self.output).read_text(errors="replace")

    def __str__(self) -> str:
        end = "runs" if self.running else f"exit {self.exitCode} {self.reason or ''}".strip()
        return (f"--- task {self.id[:8]} {' '.join(self.command)} on {self.capacity}: {end}, "
                f"{[(call['action'], call['answer']) for call in self.callbacks]}\n{self.text}")


class Aws:
    """A local AWS that runs: `facts` are what its supervisor said."""

    def __init__(self, facts: dict):
        self.endpoint: str = facts["endpoint"]
        self.callbacks: str = facts["callbacks"]  # Step Functions only, and quick
        self.fargate: str = facts["fargate"]
        self._clients: dict = {}

    # --- AWS

    def client(self, service: str, **config):
        """A boto3 client of any service, that sends each request once."""
        key = (service, tuple(sorted(config.items())))
        if key not in self._clients:
            options = {"retries": {"total_max_attempts": 1}, "max_pool_connections": 32,
                       "inject_host_prefix": False,  # Cloud Map would be data-127.0.0.1
                       "s3": {"addressing_style": "path"}, "read_timeout": 120, **config}
            self._clients[key] = boto3.session.Session().client(
                service, region_name=REGION,
                endpoint_url=self.callbacks if service == "stepfunctions" else self.endpoint,
                aws_access_key_id=USER[0], aws_secret_access_key=USER[1], config=Config(**options))
        return self._clients[key]

    def deploy(self, template: str | os.PathLike | dict, stack: str,
               parameters: dict[str, str] | None = None) -> dict[str, str]:
        """Create a stack, or update it if it exists, and return its outputs.

        A path may be that of a template in a folder that `cdk synth` wrote: the files that its
        `.assets.json` names are uploaded first. ServerError with CloudFormation's message and
        events when it fails.
        """
        if not isinstance(template, dict):
            publish_assets(Path(template), self.client("s3"))
            template = json.loads(Path(template).read_text())
        ssm, cloudformation = self.client("ssm"), self.client("cloudformation")
        for name, value in BOOTSTRAP.items():
            ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
        request = {"StackName": stack, "TemplateBody": json.dumps(template), "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in (parameters or {}).items()],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]}
        exists = any(summary["StackName"] == stack and summary["StackStatus"] != "DELETE_COMPLETE"
                     for summary in cloudformation.list_stacks()["StackSummaries"])
        act = cloudformation.update_stack if exists else cloudformation.create_stack
        try:
            act(**request)
        except ClientError as error:
            raise ServerError(f"stack {stack}: {error}{stack_events(cloudformation, stack)}"
                              ) from None
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if not found["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")):
            raise ServerError(f"stack {stack} is {found['StackStatus']}"
                              f"{stack_events(cloudformation, stack)}")
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def start(self, state_machine: str, input: dict | str, name: str | None = None) -> str:
        """Start an execution; returns its ARN."""
        text = input if isinstance(input, str) else json.dumps(input)
        return self.client("stepfunctions").start_execution(
            stateMachineArn=state_machine, input=text, **({"name": name} if name else {})
        )["executionArn"]

    def wait(self, execution: str, seconds: float = 120, every: float = 0.1) -> dict:
        """Wait for an execution's end; returns DescribeExecution's answer.

        AssertionError with the history and every task's output when it has not ended by then.
        """
        sfn, deadline = self.client("stepfunctions"), time.monotonic() + seconds
        while True:
            found = sfn.describe_execution(executionArn=execution)
            if found["status"] in ENDED:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"not over after {seconds:.0f} s\n{self.story(execution)}")
            time.sleep(every)

    def history(self, execution: str) -> list[dict]:
        """All events of an execution."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(
            executionArn=execution, maxResults=1000)
        return [event for page in pages for event in page["events"]]

    def story(self, execution: str) -> str:
        """What a failing test shows: the execution, its events, its tasks and what they wrote."""
        found = self.client("stepfunctions").describe_execution(executionArn=execution)
        lines = [f"{key}: {found[key]}" for key in ("status", "error", "cause", "input", "output")
                 if key in found]
        for event in self.history(execution):
            details = next((event[key] for key in event if key.endswith("Details")), {})
            lines.append(f"{event['id']:4} {event['type']} " + " ".join(
                f"{key}={str(details[key])[:200]}" for key in ("name", "error", "cause", "output")
                if key in details))
        return "\n".join([*lines, *map(str, self.tasks())])

    # --- local Fargate

    def tasks(self, command: str | None = None, running: bool | None = None) -> list[Task]:
        """The tasks so far, in order; only those of a command, only those that (do not) run."""
        found = [Task(**task) for task in self._get("tasks")]
        return [task for task in found if (command is None or task.command[:1] == [command])
                and (running is None or task.running == running)]

    def task(self, id: str) -> Task:
        """One task."""
        return next(task for task in self.tasks() if task.id == id)

    def wait_for_task(self, command: str | None = None, seconds: float = 90, count: int = 1,
                      running: bool = True) -> Task:
        """Wait until `count` such tasks run (or, not running, ended); returns the last of them."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.tasks(command, running)
            if len(found) >= count:
                return found[-1]
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(found)} of {count} tasks after {seconds:.0f} s\n"
                                     + "\n".join(map(str, self.tasks())))
            time.sleep(0.05)

    def requests(self) -> list[dict]:
        """All RunTasks: at, request (as ECS would see it), error or task (its id)."""
        return self._get("requests")

    def stop_task(self, id: str, seconds: float | None = None) -> None:
        """As Spot and StopTask do: SIGTERM, and SIGKILL after the container's stopTimeout."""
        self._post(f"tasks/{id}/stop", {"seconds": seconds})

    def kill(self, id: str) -> None:
        """SIGKILL: the machine is gone."""
        self.signal(id, "SIGKILL")

    def freeze(self, id: str) -> None:
        """SIGSTOP: the worker hangs."""
        self.signal(id, "SIGSTOP")

    def unfreeze(self, id: str) -> None:
        """SIGCONT: it goes on as if nothing had been."""
        self.signal(id, "SIGCONT")

    def signal(self, id: str, name: str) -> None:
        """Any signal, to everything that the task started."""
        self._post(f"tasks/{id}/signal", {"signal": name})

    def drop_heartbeats(self, id: str, drop: bool = True) -> None:
        """The worker is told that its heartbeats arrive; the state machine never sees them."""
        self._post(f"tasks/{id}/drop-heartbeats", {"drop": drop})

    def throttle(self, times: int, error: str = "AmazonECSException",
                 cause: str = "Rate exceeded.") -> None:
        """The next RunTasks fail with ECS.<error> (0: those that are left do not)."""
        self._post("refuse", {"times": times, "error": error, "cause": cause})

    def fail_tasks(self, times: int, reason: str = "CannotPullContainerError: pull image manifest "
                   "has been retried 5 time(s): failed to resolve ref copyout:local") -> None:
        """The next tasks are begun, and never start (0: those that are left do)."""
        self._post("fail", {"times": times, "reason": reason})

    def forget_task(self, id: str) -> None:
        """Have DescribeTasks miss it, as about an hour after its end."""
        self._post(f"tasks/{id}/forget", {})

    def set_environment(self, **variables: str | None) -> None:
        """Give later tasks variables, such as AWS_ENDPOINT_URL_S3 of a fault proxy; None: not."""
        self._post("environment", variables)

    def reset(self) -> None:
        """Kill all tasks and forget everything, stacks and buckets too."""
        self._post("reset", {})
        urllib.request.urlopen(urllib.request.Request(
            f"{self.endpoint}/moto-api/reset", data=b"", method="POST"), timeout=30).close()

    def _get(self, path: str):
        with urllib.request.urlopen(f"{self.fargate}/{path}", timeout=30) as answer:
            return json.load(answer)

    def _post(self, path: str, body: dict) -> None:
        urllib.request.urlopen(f"{self.fargate}/{path}", json.dumps(body).encode(),
                               timeout=30).close()


def stack_events(cloudformation, stack: str) -> str:
    """The events of a stack, for an error message."""
    try:
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    except ClientError:
        return ""
    return "".join(f"\n  {event.get('LogicalResourceId')} {event.get('ResourceStatus')} "
                   f"{event.get('ResourceStatusReason', '')}" for event in reversed(events))


def publish_assets(template: Path, s3) -> None:
    """What `cdk deploy` does before: upload the files that the template refers to."""
    manifest = template.with_name(template.name.replace(".template.json", ".assets.json"))
    if not manifest.exists():
        return
    for asset in json.loads(manifest.read_text()).get("files", {}).values():
        if asset["source"].get("packaging", "file") != "file":
            raise ServerError(f"{manifest.name}: only single files can be uploaded")
        for place in asset["destinations"].values():
            bucket, key = (
                place[name].replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)
                for name in ("bucketName", "objectKey"))
            if bucket not in [found["Name"] for found in s3.list_buckets()["Buckets"]]:
                s3.create_bucket(Bucket=bucket)
            s3.put_object(Bucket=bucket, Key=key,
                          Body=(template.parent / asset["source"]["path"]).read_bytes())
