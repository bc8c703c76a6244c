"""The local AWS: does it deploy, run and fail as AWS does?

The state machine is the real one (deploy/state-machine.asl.json), the program a stand-in
(fake_copyout.py).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from botocore.exceptions import ClientError
from local_aws import LocalAws
from local_aws_template import template
from procs import ServerError


def setUpModule():
    """One local AWS for all, with the stack in it."""
    global aws, stack, folder
    folder = tempfile.TemporaryDirectory()
    program = Path(folder.name, "copyout")  # without site-packages: up in a tenth of the time
    program.write_text(f"#!{os.path.realpath(sys.executable)} -SE\n"
                       + (HERE / "fake_copyout.py").read_text())
    program.chmod(0o755)
    aws = LocalAws({"program": str(program), "longest_retry": 0.1})
    unittest.addModuleCleanup(folder.cleanup)
    unittest.addModuleCleanup(aws.stop)
    stack = aws.deploy(template(), "CopyOut")


def run(input: dict, name: str | None = None) -> str:
    """Start the state machine."""
    return aws.start(stack["StateMachineArn"], input, name)


def tasks_of(execution: str, command: str | None = None) -> list:
    """The tasks of an execution."""
    name = execution.rsplit(":", 1)[1]
    return [task for task in aws.tasks(command)
            if task.environment["COPYOUT_JOB"].endswith(f"/{name}/")]


def wait_for(condition, seconds: float = 90):
    """Wait until `condition()` is true, and return what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError("\n".join(map(str, aws.tasks())))
        time.sleep(0.05)
    return found


class Case(unittest.TestCase):
    """What the tests below say often."""

    def ends(self, execution: str, status: str = "SUCCEEDED", seconds: float = 120) -> dict:
        """Wait for the end of an execution; it has to be this."""
        found = aws.wait(execution, seconds)
        if found["status"] != status:
            self.fail(f"{found['status']} is not {status}\n{aws.story(execution)}")
        return found

    def refused(self, code: str, function, **arguments) -> str:
        """The message of the error with this code, that the call has to end in."""
        with self.assertRaises(ClientError) as caught:
            function(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response["Error"]["Message"]


class Deploying(Case):
    """CloudFormation."""

    def test_what_is_deployed(self):
        found = aws.client("servicediscovery").discover_instances(
            NamespaceName="somewhere", ServiceName="CopyOut")["Instances"]
        self.assertEqual([instance["Attributes"] for instance in found],
                         [{"stateMachineArn": stack["StateMachineArn"]}])
        definition = aws.client("ecs").describe_task_definition(taskDefinition="copyout")[
            "taskDefinition"]
        self.assertEqual((definition["memory"], definition["networkMode"]), ("512", "awsvpc"))
        self.assertEqual(definition["containerDefinitions"][0]["stopTimeout"], 1)
        machine = aws.client("stepfunctions").describe_state_machine(
            stateMachineArn=stack["StateMachineArn"])
        self.assertNotIn("${", machine["definition"])
        json.loads(machine["definition"])

    def test_again(self):
        changed = template(workPrefix="other/")
        changed["Resources"]["Namespace"]["Properties"]["Name"] = "elsewhere"
        changed["Resources"]["Definition"]["Properties"]["Family"] = "other"
        first = aws.deploy(changed, "Other")
        changed = json.loads(json.dumps(changed))
        changed["Resources"]["Machine"]["Properties"]["DefinitionSubstitutions"][
            "workPrefix"] = "new/"
        self.assertEqual(aws.deploy(changed, "Other"), first)
        execution = aws.start(first["StateMachineArn"], {"shards": []})
        self.ends(execution)
        self.assertIn("/new/jobs/", tasks_of(execution)[0].environment["COPYOUT_JOB"])

    def test_what_cannot_be_deployed(self):
        wrong = {"Resources": {"It": {"Type": "AWS::Nothing::AtAll"}}}
        with self.assertRaisesRegex(ServerError, "It .AWS::Nothing::AtAll.*does not know"):
            aws.deploy(wrong, "Wrong")
        missing = template()
        del missing["Resources"]["Machine"]["Properties"]["DefinitionSubstitutions"]["subnets"]
        with self.assertRaisesRegex(ServerError, "Machine.*nothing given for subnets"):
            aws.deploy(missing, "Missing")


class Running(Case):
    """Executions that go well, or are meant to fail."""

    def test_many_shards(self):
        sfn, total, seen = aws.client("stepfunctions"), 12, []
        execution = run({"shards": [{"seconds": 0.1}] * total, "copyConcurrency": 4})
        while aws.client("stepfunctions").describe_execution(
                executionArn=execution)["status"] == "RUNNING":
            for run_ in sfn.list_map_runs(executionArn=execution)["mapRuns"]:
                seen.append(sfn.describe_map_run(mapRunArn=run_["mapRunArn"])["itemCounts"])
            time.sleep(0.05)
        self.ends(execution)
        runs = sfn.list_map_runs(executionArn=execution)["mapRuns"]
        self.assertEqual(len(runs), 1)
        end = sfn.describe_map_run(mapRunArn=runs[0]["mapRunArn"])
        self.assertEqual((end["status"], end["maxConcurrency"]), ("SUCCEEDED", 4))
        self.assertEqual((end["itemCounts"]["succeeded"], end["executionCounts"]["running"]),
                         (total, 0))
        done = [counts["succeeded"] for counts in seen]
        self.assertEqual(done, sorted(done))
        self.assertTrue(any(0 < counts["succeeded"] < total for counts in seen), done)
        for counts in seen[1:]:
            self.assertEqual(sum(counts[name] for name in ("pending", "running", "succeeded")),
                             counts["total"])
            self.assertLessEqual(counts["running"], 4)
        copies = tasks_of(execution, "copy")
        self.assertEqual({task.capacity for task in copies}, {"FARGATE_SPOT"})
        self.assertEqual({task.capacity for task in tasks_of(execution, "report")}, {"FARGATE"})
        self.assertEqual(len({task.environment["COPYOUT_SHARD"] for task in copies}), total)

    def test_environment(self):
        aws.set_environment(FROM_THE_TEST="yes")
        self.addCleanup(aws.set_environment, FROM_THE_TEST=None)
        execution = run({"shards": []}, name="its-name")
        self.ends(execution)
        self.refused("ExecutionAlreadyExists", run, input={"shards": [{}]}, name="its-name")
        task = tasks_of(execution, "prepare")[0]
        self.assertEqual(task.environment["FROM_THE_TEST"], "yes")
        self.assertEqual(task.environment["COPYOUT_HEARTBEAT_SECONDS"], "1")
        self.assertEqual(task.environment["AWS_ENDPOINT_URL"], aws.endpoint)
        self.assertEqual(json.loads(task.environment["COPYOUT_INPUT"]), {"shards": []})
        self.assertEqual(task.environment["COPYOUT_JOB"], f"{stack['WorkFolder']}jobs/its-name/")
        self.assertEqual(len(task.environment["COPYOUT_TASK_TOKEN"]), 1024)
        self.assertGreater(task.credentialsAsked, 0)
        self.assertFalse(any("ACCESS_KEY" in name or "AUTHORIZATION" in name
                             for name in task.environment))
        request = next(found["request"] for found in aws.requests() if found["task"] == task.id)
        self.assertEqual(len(request["networkConfiguration"]["awsvpcConfiguration"]["subnets"]), 2)

    def test_permission_comes_later(self):
        started = time.monotonic()
        execution = run({"prepare": {"fail": ["AccessDeniedError", "not yet"], "attempts": 2}})
        self.ends(execution)
        self.assertGreater(time.monotonic() - started, 2)  # two waits of a second
        self.assertEqual(len([task for task in tasks_of(execution, "prepare") if any(
            call.get("error") == "AccessDeniedError" for call in task.callbacks)]), 2)

    def test_failures_by_name(self):
        named = {name: run({"prepare": {"fail": [name, f"because of {name}"]}})
                 for name in ("InvalidInputError", "WrongRegionError", "States.Odd")}
        for name, execution in named.items():
            found = self.ends(execution, "FAILED")
            self.assertEqual((found["error"], found["cause"]), (name, f"because of {name}"))
        self.assertEqual(len(tasks_of(named["WrongRegionError"])), 1)
        incomplete = run({"shards": [{}, {"fail": ["ECS.ClientException", "no"]}, {}]})
        found = self.ends(incomplete, "FAILED")
        self.assertEqual((found["error"], found["cause"]), ("CopyIncomplete", "1 of 3 missing"))
        sfn = aws.client("stepfunctions")
        counts = sfn.describe_map_run(mapRunArn=sfn.list_map_runs(executionArn=incomplete)[
            "mapRuns"][0]["mapRunArn"])["itemCounts"]
        self.assertEqual((counts["succeeded"], counts["failed"]), (2, 1))


class Losing(Case):
    """Tasks that are lost, and answers that come too late."""

    def test_lost_tasks(self):
        slow = {"seconds": 600, "heartbeat": 0.5, "attempts": 1}
        execution = run({"shards": [slow] * 4 + [{"exit": 1, "attempts": 1}]})
        first = {}
        for number in range(4):
            first[number] = wait_for(lambda: next(
                (task for task in tasks_of(execution, "copy") if task.heartbeats
                 and json.loads(task.environment["COPYOUT_SHARD"])["id"] == number), None)).id
        aws.kill(first[0])
        aws.freeze(first[1])
        aws.stop_task(first[2])
        aws.drop_heartbeats(first[3])
        self.ends(execution)
        again = {number: [task for task in tasks_of(execution, "copy")
                          if json.loads(task.environment["COPYOUT_SHARD"])["id"] == number]
                 for number in range(5)}
        for tasks in again.values():  # each attempt has a token of its own
            self.assertGreater(len(tasks), 1)
            self.assertEqual(len({task.environment["COPYOUT_TASK_TOKEN"] for task in tasks}),
                             len(tasks))
        self.assertEqual(aws.task(first[0]).exitCode, 137)
        self.assertTrue(aws.task(first[1]).running)
        aws.unfreeze(first[1])
        aws.drop_heartbeats(first[3], False)
        stopped = aws.task(first[2])
        self.assertEqual((stopped.exitCode, stopped.callbacks[-1]["error"]),
                         (143, "SpotInterrupted"))
        for number in (1, 3):  # they come back, and find their tokens no longer good
            wait_for(lambda: not aws.task(first[number]).running)
            task = aws.task(first[number])
            self.assertEqual((task.exitCode, task.callbacks[-1]["answer"]), (0, "TaskTimedOut"))

    def test_stop_without_mercy(self):
        execution = run({"prepare": {"seconds": 600, "heartbeat": 0.5, "stubborn": True,
                                     "attempts": 1}})
        task = wait_for(lambda: next((t for t in tasks_of(execution) if t.heartbeats), None))
        asked = time.time()
        aws.stop_task(task.id)
        wait_for(lambda: not aws.task(task.id).running)
        task = aws.task(task.id)
        self.assertEqual(task.exitCode, 137)
        self.assertGreater(task.ended - asked, 0.9)  # the container's stopTimeout is 1 s
        self.ends(execution)

    def test_throttled(self):
        aws.throttle(3)
        execution = run({"shards": [{}]})
        self.ends(execution)
        errors = [event["taskSubmitFailedEventDetails"] for event in aws.history(execution)
                  if event["type"] == "TaskSubmitFailed"]
        self.assertEqual([error["error"] for error in errors], ["ECS.AmazonECSException"] * 3)
        self.assertIn("ThrottlingException", errors[0]["cause"])

    def test_no_spot_capacity(self):
        gate = Path(folder.name, "throttled")
        execution = run({"shards": [{}], "prepare": {"until": str(gate)}})
        wait_for(lambda: tasks_of(execution))
        aws.throttle(11, cause="Capacity is unavailable at this time.")  # one more than retries
        gate.write_text("")
        self.ends(execution)
        self.assertEqual([task.capacity for task in tasks_of(execution, "copy")], ["FARGATE"])

    def test_tokens(self):
        sfn = aws.client("stepfunctions")
        for call, arguments in ((sfn.send_task_heartbeat, {}),
                                (sfn.send_task_success, {"output": "{}"}),
                                (sfn.send_task_failure, {"error": "x", "cause": "y"})):
            self.refused("InvalidToken", call, taskToken="no such token", **arguments)
        execution = run({"prepare": {"seconds": 600, "heartbeat": 0.2}})
        token = wait_for(lambda: tasks_of(execution))[0].environment["COPYOUT_TASK_TOKEN"]
        sfn.send_task_heartbeat(taskToken=token)
        self.refused("InvalidOutput", sfn.send_task_success, taskToken=token, output="{")
        sfn.send_task_failure(taskToken=token, error="InvalidInputError", cause="of the test")
        self.refused("TaskTimedOut", sfn.send_task_success, taskToken=token, output="{}")
        self.refused("TaskTimedOut", sfn.send_task_heartbeat, taskToken=token)
        self.assertEqual(self.ends(execution, "FAILED")["cause"], "of the test")

    def test_stop_execution(self):
        sfn = aws.client("stepfunctions")
        execution = run({"shards": [{"seconds": 600, "heartbeat": 0.5}] * 3, "copyConcurrency": 2})
        wait_for(lambda: len(tasks_of(execution, "copy")) == 2)
        sfn.stop_execution(executionArn=execution, error="Enough", cause="of it")
        found = self.ends(execution, "ABORTED", 90)
        self.assertEqual((found["error"], found["cause"]), ("Enough", "of it"))
        self.assertGreater(found["stopDate"], found["startDate"])
        wait_for(lambda: not any(task.running for task in tasks_of(execution)))
        self.assertEqual({task.callbacks[-1]["answer"] for task in tasks_of(execution, "copy")},
                         {"TaskTimedOut"})
        run_ = wait_for(lambda: sfn.list_map_runs(executionArn=execution)["mapRuns"])[0]
        end = wait_for(lambda: (found := sfn.describe_map_run(mapRunArn=run_["mapRunArn"]))[
            "status"] == "ABORTED" and found)
        self.assertEqual((end["itemCounts"]["aborted"], end["itemCounts"]["total"]), (3, 3))
        wait_for(lambda: aws.history(execution)[-1]["type"] == "ExecutionAborted")


class Limits(Case):
    """What ECS and Fargate refuse."""

    def test_overrides(self):
        fits = {"shards": [], "padding": ""}
        execution = run(fits)
        self.ends(execution)
        request = next(found["request"] for found in aws.requests()
                       if found["task"] == tasks_of(execution)[0].id)
        size = len(json.dumps(request["overrides"], separators=(",", ":")))
        # A name of an execution that is as long as the one that moto gave: 36 characters.
        most, beyond = "m" * 36, "b" * 36
        taken = run({**fits, "padding": "x" * (8192 - size)}, most)
        found = self.ends(run({**fits, "padding": "x" * (8193 - size)}, beyond), "FAILED")
        self.ends(taken)
        self.assertEqual(found["error"], "ECS.InvalidParameterException")
        self.assertIn("Container Overrides length must be at most 8192", found["cause"])

    def test_memory(self):
        execution = run({"prepare": {"memory": 140, "seconds": 600, "heartbeat": 0.5,
                                     "attempts": 1}})
        self.ends(execution)
        killed = tasks_of(execution, "prepare")[0]
        self.assertEqual((killed.exitCode, killed.memory), (137, 100))
        self.assertIn("OutOfMemory", killed.reason)

    def test_what_is_not_there(self):
        machine = json.loads(aws.client("stepfunctions").describe_state_machine(
            stateMachineArn=stack["StateMachineArn"])["definition"])
        parameters = machine["States"]["Prepare"]["Parameters"]
        network = parameters["NetworkConfiguration"]["AwsvpcConfiguration"]
        network.pop("Subnets.$")
        for number, (change, error, cause) in enumerate([
                ({"Cluster": "none"}, "ClusterNotFoundException", "Cluster not found"),
                ({"TaskDefinition": "none"}, "ClientException", "TaskDefinition not found"),
                ({"CapacityProviderStrategy": [{"CapacityProvider": "OTHER"}]},
                 "InvalidParameterException", "not associated with the cluster"),
                ({"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-0"]}}},
                 "InvalidParameterException", "subnet-0")]):
            with self.subTest(error=error):
                network["Subnets"] = [stack["Subnet"]]
                state = {**machine["States"]["Prepare"], "Parameters": {**parameters, **change}}
                for name in ("Retry", "Catch", "Next", "HeartbeatSecondsPath"):
                    state.pop(name)
                state["Parameters"]["Overrides"] = {}
                found = Language.execute({"Only": {**state, "End": True}}, f"refused-{number}",
                                         {"jobTag": "it"})
                self.assertEqual((found["status"], found["error"]), ("FAILED", f"ECS.{error}"))
                self.assertIn(cause, found["cause"])


class Language(Case):
    """Amazon States Language, as far as ours is concerned."""

    @staticmethod
    def execute(states: dict, name: str, input: dict | None = None) -> dict:
        """The end of an execution of a machine of these states."""
        arn = aws.client("stepfunctions").create_state_machine(
            name=name, roleArn=stack["RoleArn"], definition=json.dumps(
                {"StartAt": next(iter(states)), "States": states}))["stateMachineArn"]
        return aws.wait(aws.start(arn, input or {}), 120)

    def test_functions(self):
        found = self.execute({"Only": {"Type": "Pass", "End": True, "Parameters": {
            "text.$": "States.JsonToString($$.Execution.Input)",
            "number.$": "States.StringToJson('600')",
            "list.$": "States.StringSplit('a,b', ',')",
            "one.$": "States.StringSplit('a', ',')",
            "sum.$": "States.MathAdd($.n, 1)",
            "format.$": "States.Format('s3://b/{}/', $.n)"}}},
            "functions", {"n": 3})
        self.assertEqual(json.loads(found["output"]), {
            "text": '{"n":3}', "number": 600, "list": ["a", "b"], "one": ["a"], "sum": 4,
            "format": "s3://b/3/"})

    def test_errors(self):
        odd = {"Type": "Pass", "Parameters": {"x.$": "$.missing"}, "End": True}
        found = self.execute({"Odd": odd}, "runtime")
        self.assertEqual(found["error"], "States.Runtime")
        caught = {"Type": "Map", "ItemsPath": "$.items", "End": True, "ItemProcessor": {
            "StartAt": "Odd", "States": {"Odd": odd}}, "Catch": [
                {"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}
        found = self.execute({"Map": caught, "Caught": {"Type": "Succeed"}}, "uncaught",
                         {"items": [{}]})
        self.assertEqual((found["status"], found["error"]), ("FAILED", "States.Runtime"))

    def test_maps(self):
        s3, (bucket, _) = aws.client("s3"), stack["WorkFolder"][5:].split("/", 1)
        s3.put_object(Bucket=bucket, Key="items.json", Body=json.dumps(list(range(100))))
        s3.put_object(Bucket=bucket, Key="broken.json", Body="[")
        s3.put_object(Bucket=bucket, Key="empty.json", Body="[]")

        def machine(name, key, last, percentage, concurrency):
            return self.execute({"Map": {
                "Type": "Map", "End": True, "Label": "It", "ToleratedFailurePercentage": percentage,
                "MaxConcurrencyPath": "$.width",
                "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
                               "ReaderConfig": {"InputType": "JSON"},
                               "Parameters": {"Bucket": bucket, "Key": key}},
                "ItemSelector": {"item.$": "$$.Map.Item.Value"}, "ResultPath": None,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Choose", "States": {
                        "Choose": {"Type": "Choice", "Default": "Bad", "Choices": [
                            {"Variable": "$.item", "NumericLessThan": last, "Next": "Good"}]},
                        "Good": {"Type": "Succeed"}, "Bad": {"Type": "Fail", "Error": "Bad"}}}}},
                name, {"width": concurrency})

        found = machine("map-one", "items.json", 100, 0, 1)
        self.assertEqual((found["status"], found["output"]), ("SUCCEEDED", '{"width": 1}'))
        for name, percentage, status in (("map-ten", 10, "SUCCEEDED"), ("map-nine", 9, "FAILED")):
            found = machine(name, "items.json", 90, percentage, 3)
            self.assertEqual(found["status"], status)
        self.assertEqual(found["error"], "States.ExceedToleratedFailureThreshold")
        for key in ("missing.json", "broken.json"):
            found = machine(f"map-{key[:4]}", key, 0, 100, 3)
            self.assertEqual((found["status"], found["error"]),
                             ("FAILED", "States.ItemReaderFailed"))
        self.assertEqual(machine("map-empty", "empty.json", 0, 0, 3)["status"], "SUCCEEDED")

    def test_history_in_pages(self):
        sfn = aws.client("stepfunctions")
        execution = run({"shards": []})
        self.ends(execution)
        events = aws.history(execution)
        self.assertEqual([event["id"] for event in events], list(range(1, len(events) + 1)))
        last = sfn.get_execution_history(executionArn=execution, maxResults=2, reverseOrder=True)
        self.assertEqual([event["id"] for event in last["events"]],
                         [len(events), len(events) - 1])
        self.assertIn("nextToken", last)
        self.assertIsNotNone(events[0]["timestamp"].year)


class MapResults(Case):
    """The results of a map's children: in the state's output, or in S3."""

    @staticmethod
    def execute(items: list, child: dict, name: str, **fields) -> dict:
        """The end of an execution whose map has this child for each item, and catches States.ALL."""
        return Language.execute({
            "Map": {"Type": "Map", "Label": "Some", "ItemsPath": "$.items",
                    "ToleratedFailurePercentage": 100,
                    "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                        "StartAt": "Child", "States": {"Child": child}},
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
                    "Next": "Over", **fields},
            "Over": {"Type": "Succeed"},
            "Caught": {"Type": "Fail", "Error": "Caught"}}, name, {"items": items})

    def too_large(self, found: dict) -> None:
        """It ended so, although the map catches States.ALL."""
        self.assertEqual((found["status"], found["error"]),
                         ("FAILED", "States.DataLimitExceeded"), found)
        self.assertIn("size exceeding the maximum number of bytes", found["cause"])
        events = {event["type"] for event in aws.history(found["executionArn"])}
        self.assertLessEqual({"MapRunFailed", "MapStateFailed"}, events)
        self.assertNotIn("FailStateEntered", events)

    def test_an_output_has_262_144_bytes(self):
        """As JSON in UTF-8, the array's brackets and the quotes included; not one more.

        A ResultPath that drops the output does not help.
        """
        for number, (text, fits) in enumerate([("x" * 262140, True), ("x" * 262141, False),
                                               ("ü" * 131070, True), ("ü" * 131070 + "x", False)]):
            child = {"Type": "Pass", "Result": text, "End": True}
            with self.subTest(number=number):
                found = self.execute([1], child, f"measured-{number}", ResultPath=None)
                if fits:
                    self.assertEqual(found["status"], "SUCCEEDED", found.get("cause"))
                    self.assertEqual(json.loads(found["output"]), {"items": [1]})
                else:
                    self.too_large(found)

    def test_failed_children_are_not_shortened(self):
        """Each is in the output with its input, its names and its error: a hundred fit."""
        shard = {"job": "s3://a-bucket/of/some/jobs/a-name-of-thirty-six-characters-xx/", "shard": {
            "shard": 123, "items": 1000, "offset": 123456789, "length": 123456}}
        fails = {"Type": "Fail", "Error": "CopyoutError", "Cause": "NetworkError: " + "x" * 100}
        found = self.execute([shard] * 100, fails, "failed-100")
        self.assertEqual(found["status"], "SUCCEEDED", found.get("cause"))
        child = json.loads(found["output"])[99]
        self.assertEqual(
            {name: child.pop(name) for name in ("Error", "Cause", "Status", "RedriveStatus")},
            {"Error": "CopyoutError", "Cause": fails["Cause"], "Status": "FAILED",
             "RedriveStatus": "REDRIVABLE"})
        self.assertEqual(json.loads(child.pop("Input")), shard)
        self.assertEqual(child["ExecutionArn"],
                         f"{child['StateMachineArn']}:{child['Name']}".replace(
                             ":stateMachine:", ":execution:"))
        self.assertEqual(set(child), {"ExecutionArn", "InputDetails", "Name", "RedriveCount",
                                      "StartDate", "StateMachineArn", "StopDate"})
        self.too_large(self.execute([shard] * 400, fails, "failed-400", ResultPath=None))

    def test_result_writer(self):
        """Then they lie in S3, and the output says where."""
        bucket = stack["WorkFolder"].split("/")[2]
        choice = {"Type": "Choice", "Choices": [
            {"Variable": "$", "NumericEquals": 3, "Next": "Bad"}], "Default": "Good"}
        states = {"Child": choice, "Good": {"Type": "Pass", "End": True},
                  "Bad": {"Type": "Fail", "Error": "Odd", "Cause": "three"}}
        writer = {"Resource": "arn:aws:states:::s3:putObject",
                  "Parameters": {"Bucket": bucket, "Prefix.$": "$.prefix"}}
        processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                     "StartAt": "Child", "States": states}
        machine = {"Map": {"Type": "Map", "Label": "Some", "ItemsPath": "$.items",
                           "ToleratedFailurePercentage": 100, "ItemProcessor": processor,
                           "ResultWriter": writer, "End": True}}
        found = Language.execute(machine, "writer", {"items": [1, 2, 3], "prefix": "a/b"})
        self.assertEqual(found["status"], "SUCCEEDED", found.get("cause"))
        output = json.loads(found["output"])
        run_id = output["MapRunArn"].rsplit(":", 1)[1]
        self.assertEqual(output["ResultWriterDetails"],
                         {"Bucket": bucket, "Key": f"a/b/{run_id}/manifest.json"})

        def read(name: str):
            return aws.client("s3").get_object(
                Bucket=bucket, Key=f"a/b/{run_id}/{name}")["Body"].read()

        failed, good = read("FAILED_0.json"), read("SUCCEEDED_0.json")
        self.assertEqual(json.loads(read("manifest.json")), {
            "DestinationBucket": bucket, "MapRunArn": output["MapRunArn"], "ResultFiles": {
                "FAILED": [{"Key": f"a/b/{run_id}/FAILED_0.json", "Size": len(failed)}],
                "PENDING": [],
                "SUCCEEDED": [{"Key": f"a/b/{run_id}/SUCCEEDED_0.json", "Size": len(good)}]}})
        self.assertEqual([(child["Status"], child["Error"], child["Cause"], child["Input"])
                          for child in json.loads(failed)], [("FAILED", "Odd", "three", "3")])
        self.assertEqual(sorted((child["Status"], child["Output"], child["Input"])
                                for child in json.loads(good)),
                         [("SUCCEEDED", "1", "1"), ("SUCCEEDED", "2", "2")])
        writer["Parameters"]["Bucket"] = "no-such-bucket"
        found = Language.execute(machine, "no-writer", {"items": [1], "prefix": "a/b"})
        self.assertEqual((found["status"], found["error"]),
                         ("FAILED", "States.ResultWriterFailed"))


if __name__ == "__main__":
    unittest.main()
