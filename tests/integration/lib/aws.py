"""Executions of the state machine on a local AWS: the program itself runs as their tasks.

    def setUpModule():
        Case.stack = Stack()                 # moto and local Fargate, the CDK app's template in it

    class Some(Case):
        def test_it(self):
            job = self.job(numbered(60), maxItemsPerBatch=10)
            proxy = job.proxied(Rule(hold(gate), op="CopyObject"))
            execution = job.start()
            self.stack.kill(execution.wait_for_tasks("copy", 6)[0].id)
            execution.ends("SUCCEEDED")

All that is asked afterwards is asked by boto3. After each test the output of every task is looked
through for secrets and for what sanitizers say.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import time
import unittest
from collections import Counter
from typing import Callable, Iterable

from . import copyout, manifest, results, s3util
from .s3util import Spec
from .servers import FaultProxy, Rule

import local_aws  # lies with the servers: .servers knows where

SECONDS = 240  # for an execution, also of a sanitized program on a busy machine
TOKEN = "AAAAKgAAAAIAAAAAAAAAA"  # what the task tokens of local AWS begin with, as AWS's do
SECRETS = re.compile(TOKEN + r"|Signature=|x-amz-security-token|Authorization|ASIA[0-9A-F]{16}",
                     re.IGNORECASE)
SANITIZERS = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|Assertion")
SANITIZED = local_aws.is_sanitized(str(copyout.BINARY))
LINES_SHOWN = 8  # of what each task wrote, when a test fails
# The exit codes that a task may end with: 137 is SIGKILL, the others are those of the README.
EXIT_CODES = {0, 1, 2, 3, 4, 137, 143}
TASK_EVENTS = {"TaskFailed", "TaskTimedOut", "TaskSubmitFailed", "TaskSucceeded"}


def wait_for(condition: Callable, what: str, about=None, seconds: float = 90,
             every: float = 0.05):
    """Wait until `condition()` is true; returns what it gave. A failure tells of `about`, too."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s for {what}\n{about or ''}")
        time.sleep(every)
    return found


def numbered(count: int, size: int = 10) -> list[Spec]:
    """`count` small objects, all different: "some/00000", "some/00001", ..."""
    return [Spec(f"some/{number:05d}", size=size) for number in range(count)]


class Stack(local_aws.LocalAws):
    """A local AWS with the CDK app's stack in it.

    `heartbeat`: seconds after which a silent task is given up (instead of the template's 8);
    `stop`: COPYOUT_STOP_SECONDS; `longest_retry`: what longer waits before a retry are cut to;
    `template`: of which of the kept templates.
    """

    def __init__(self, *, heartbeat: int | None = None, stop: int | None = None,
                 template: str = "CopyOut", **options):
        path = local_aws.TEMPLATE.with_name(f"{template}.template.json")
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing: cd deploy/cdk && npm ci && "
                                    "npm run synth:local")
        super().__init__({"longest_retry": 0.2, **options})
        template = json.loads(path.read_text())
        for resource in template["Resources"].values():
            properties = resource["Properties"] if "Properties" in resource else {}
            if heartbeat and resource["Type"] == "AWS::StepFunctions::StateMachine":
                properties["DefinitionSubstitutions"]["heartbeatSeconds"] = str(heartbeat)
            for container in properties.get("ContainerDefinitions", []):
                for variable in container["Environment"]:
                    if stop and variable["Name"] == "COPYOUT_STOP_SECONDS":
                        variable["Value"] = str(stop)
        self.outputs = self.deploy(template, "CopyOut")
        self.machine = self.outputs["StateMachineArn"]
        self.work = self.outputs["WorkFolder"].removeprefix("s3://").rstrip("/")
        self.s3, self.sfn = self.client("s3"), self.client("stepfunctions")
        self._numbers = itertools.count(1)

    def bucket(self, purpose: str, **where) -> str:
        """A new bucket."""
        name = self.bucket_name(purpose)
        self.s3.create_bucket(Bucket=name, **where)
        return name

    def bucket_name(self, purpose: str) -> str:
        """A name that no bucket has."""
        return f"{purpose}-{next(self._numbers):03d}"

    def environment(self) -> dict[str, str]:
        """What a person exports to work with the stack."""
        access, secret = self.users["dest"]
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": self.region,
                "AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret,
                "COPYOUT_STATE_MACHINE": self.machine, "COPYOUT_WORK": self.outputs["WorkFolder"]}

    def copyout(self, *args: str, env: dict | None = None, **options) -> copyout.Result:
        """Run the program as a person does who has exported that."""
        return copyout.run(list(args), env={**self.environment(), **(env or {})}, **options)

    def run_tasks(self) -> list[dict]:
        """The environments of all tasks that were asked for, also of those that were refused."""
        return [{entry["name"]: entry["value"] for override in
                 request["request"]["overrides"]["containerOverrides"]
                 for entry in override["environment"]} for request in self.requests()]


class Execution:
    """One execution, and what it did."""

    def __init__(self, stack: Stack, arn: str):
        self.stack, self.arn = stack, arn
        self.name = arn.rsplit(":", 1)[1]
        self.prefix = f"jobs/{self.name}/"

    def __str__(self) -> str:
        found = self.describe()
        lines = [f"{key}: {found[key]}" for key in ("status", "error", "cause", "input", "output")
                 if key in found]
        return "\n".join([*lines, *(line for task in self.tasks()
                                    for line in str(task).splitlines()[:1] +
                                    str(task).splitlines()[1:][-LINES_SHOWN:])])

    def describe(self) -> dict:
        """DescribeExecution."""
        return self.stack.sfn.describe_execution(executionArn=self.arn)

    def ends(self, status: str = "SUCCEEDED", seconds: float = SECONDS) -> dict:
        """Wait for its end, which has to be this; returns DescribeExecution's answer."""
        found = self.stack.wait(self.arn, seconds)
        if found["status"] != status:
            raise AssertionError(f"{found['status']} is not {status}\n{self}")
        return found

    def output(self) -> dict:
        """Wait until it SUCCEEDED, and say with what."""
        return json.loads(self.ends()["output"])

    def tasks(self, command: str | None = None, running: bool | None = None) -> list:
        """Its tasks, in the order of their starts."""
        return [task for task in self.stack.tasks(command, running)
                if task.environment.get("COPYOUT_JOB", "").endswith("/" + self.prefix)]

    def wait_for_tasks(self, command: str, count: int = 1, running: bool | None = True) -> list:
        """Wait until so many of them run (False: ended; None: either)."""
        return wait_for(lambda: (found := self.tasks(command, running))[count - 1:] and found,
                        f"{count} {command}", self)

    def by_shard(self) -> dict[int, list]:
        """The tasks of each shard, in the order of their starts."""
        found: dict[int, list] = {}
        for task in self.tasks("copy"):
            shard = json.loads(task.environment["COPYOUT_SHARD"])["shard"]
            found.setdefault(shard, []).append(task)
        return found

    def errors(self) -> Counter:
        """How often Prepare and Report failed with which error. (Shards are executions apart.)"""
        return Counter(details["error"] for event in self.stack.history(self.arn)
                       for key, details in event.items()
                       if event["type"] in TASK_EVENTS and key.endswith("Details")
                       and "error" in details)

    def causes(self) -> list[str]:
        """The error and the cause of each failure that its history tells of, in order."""
        return [f"{event['type']}: {details['error']}: {details.get('cause', 'no cause')}"
                for event in self.stack.history(self.arn) for key, details in event.items()
                if key.endswith("Details") and "error" in details]

    def assert_errors(self, expected: dict[str, int]) -> None:
        """Raise AssertionError, with every cause, unless errors() is this."""
        if (found := self.errors()) != expected:
            raise AssertionError("\n".join([f"{dict(found)} is not {expected}", *self.causes(),
                                            str(self)]))

    def counts(self) -> dict:
        """The item counts of its one map run; {} when there is none yet."""
        runs = self.stack.sfn.list_map_runs(executionArn=self.arn)["mapRuns"]
        if not runs:
            return {}
        if len(runs) > 1:
            raise AssertionError(f"{len(runs)} map runs\n{self}")
        return self.stack.sfn.describe_map_run(mapRunArn=runs[0]["mapRunArn"])["itemCounts"]

    # --- its folder in the work bucket

    def names(self) -> list[str]:
        """The names of all files in it."""
        return [key.removeprefix(self.prefix)
                for key in s3util.keys(self.stack.s3, self.stack.work, self.prefix)]

    def file(self, name: str) -> str:
        """One of them."""
        return self.stack.s3.get_object(
            Bucket=self.stack.work, Key=self.prefix + name)["Body"].read().decode()

    def lines(self, name: str) -> list[dict]:
        """The objects in a file of lines."""
        return [json.loads(line) for line in self.file(name).split("\n") if line]

    def results(self, shard: int | None = None) -> dict[str, dict]:
        """The result lines that count, of all shards or of one, by source key."""
        return results.merge((name, self.file(name)) for name in self.names()
                             if results.is_name(name) and shard in (None, results.age(name)[0]))

    def statuses(self) -> dict[str, str]:
        """{source key: status}."""
        return {key: result["status"] for key, result in self.results().items()}


class Job:
    """What is to be copied: objects in a new bucket, a manifest of them, a new destination."""

    def __init__(self, case: Case, specs: Iterable[Spec], **input):
        self.case, self.stack = case, case.stack
        self.specs = {spec.key: spec for spec in specs}
        self.src, self.dst = self.stack.bucket("src"), self.stack.bucket("dst")
        s3util.make_objects(self.stack.s3, self.src, self.specs.values())
        self.manifest = f"manifests/{self.dst}.csv"
        self.list(self.specs)
        self.input = {"sourceFilesCsvBucket": self.stack.work, "sourceFilesCsvKey": self.manifest,
                      "destinationBucket": self.dst, "destinationKeys": "full", **input}
        self.proxy: FaultProxy | None = None

    def list(self, keys: Iterable[str], **how) -> None:
        """Write the manifest: these keys of the source bucket."""
        manifest.put(self.stack.s3, self.stack.work, self.manifest,
                     manifest.of_bucket(self.src, keys), **how)

    def start(self, name: str | None = None, **changes) -> Execution:
        """Start the state machine; `changes` are made to the input, None takes a field away."""
        given = {key: value for key, value in {**self.input, **changes}.items()
                 if value is not None}
        execution = Execution(self.stack, self.stack.start(self.stack.machine, given, name))
        self.case.executions.append(execution)
        return execution

    def proxied(self, *rules: Rule) -> FaultProxy:
        """Have a fault proxy between the tasks and S3 from now on."""
        self.proxy = FaultProxy(self.stack.endpoint, rules)
        self.case.addCleanup(self.case.assertEqual, self.proxy.errors, [])
        self.case.addCleanup(self.proxy.stop)
        self.stack.set_environment(AWS_ENDPOINT_URL_S3=self.proxy.endpoint)
        return self.proxy

    def copies(self) -> Counter:
        """How often S3 was made to copy each key, as the proxy saw it."""
        return Counter(request.key for request in self.proxy.requests("CopyObject")
                       if request.upstream_status is not None)

    def assert_copied(self, *keys: str, **what) -> None:
        """Raise AssertionError unless the copies of these (or all) are what their sources are."""
        s3util.assert_same_objects(self.stack.s3, self.src, self.stack.s3, self.dst,
                                   {key: key for key in keys or self.specs}, **what)

    def report(self) -> list[dict]:
        """The rows of the report in the destination."""
        body = self.stack.s3.get_object(Bucket=self.dst, Key="ENDED_COPY.csv")["Body"]
        return list(csv.DictReader(io.StringIO(body.read().decode(), newline="")))


class Case(unittest.TestCase):
    """A test on the stack that the module started."""

    stack: Stack
    _looked_at: set[str] = set()  # the tasks whose output was looked through

    def setUp(self):
        self.executions: list[Execution] = []
        self.addCleanup(self._end)

    def job(self, specs: Iterable[Spec] = (), **input) -> Job:
        """A job for these objects; `input` adds to its input."""
        return Job(self, specs, **input)

    def _end(self) -> None:
        """Leave nothing behind for the next test, and look through what the tasks wrote."""
        self.stack.throttle(0)
        self.stack.fail_tasks(0)
        self.stack.set_environment(AWS_ENDPOINT_URL_S3=None)
        for execution in self.executions:
            if execution.describe()["status"] == "RUNNING":
                self.stack.sfn.stop_execution(executionArn=execution.arn)
        for task in self.stack.tasks(running=True):
            self.stack.kill(task.id)
        wait_for(lambda: not self.stack.tasks(running=True), "the end of killed tasks")
        for task in self.stack.tasks():
            if task.id not in self._looked_at:
                self._looked_at.add(task.id)
                self.look_through(task)

    def look_through(self, task) -> None:
        """Neither secrets nor faults of the program in what a task wrote and answered."""
        self.assertTrue(task.environment.get("COPYOUT_TASK_TOKEN", TOKEN).startswith(TOKEN))
        told = task.text + json.dumps(task.callbacks)
        self.assertNotRegex(told, SECRETS)
        self.assertNotRegex(told, SANITIZERS)
        if task.pid is not None:  # it started
            self.assertIn(task.exitCode, EXIT_CODES, task)
