"""The local AWS: does it tell of executions and their tasks as AWS does?

As in test_local_aws.py the state machine is the real one and the program a stand-in.
"""

from __future__ import annotations

import json
import unittest

import test_local_aws as base
from test_local_aws import Case, run, tasks_of, wait_for


def setUpModule():
    """The same local AWS, of its own."""
    global aws, stack
    base.setUpModule()
    aws, stack = base.aws, base.stack


def tearDownModule():
    """What setUpModule of the other module has left to be cleaned up."""
    unittest.doModuleCleanups()


def map_run(execution: str) -> str:
    """The ARN of the one map run of an execution."""
    (found,) = wait_for(lambda: aws.client("stepfunctions").list_map_runs(
        executionArn=execution)["mapRuns"])
    return found["mapRunArn"]


class Tasks(Case):
    """DescribeTasks and the logs."""

    def arns(self, execution: str) -> list[str]:
        """The tasks of an execution, as the events name them."""
        return [json.loads(event["taskSubmittedEventDetails"]["output"])["Tasks"][0]["TaskArn"]
                for event in aws.history(execution) if event["type"] == "TaskSubmitted"]

    def test_tasks_and_their_end(self):
        execution = run({"shards": [], "prepare": {"seconds": 600, "heartbeat": 0.5}})
        task = wait_for(lambda: tasks_of(execution))[0]
        (arn,) = wait_for(lambda: self.arns(execution))
        ecs = aws.client("ecs")
        missing = arn.replace(task.id, "0" * 32)
        found = ecs.describe_tasks(cluster=stack["ClusterArn"], tasks=[arn, missing])
        self.assertEqual([(told["taskArn"], told["lastStatus"]) for told in found["tasks"]],
                         [(arn, "RUNNING")])
        self.assertEqual(found["failures"], [{"arn": missing, "reason": "MISSING"}])
        aws.stop_task(task.id, 0)
        told = wait_for(lambda: (told := ecs.describe_tasks(
            cluster=stack["ClusterArn"], tasks=[arn])["tasks"][0])["lastStatus"] == "STOPPED"
            and told)
        self.assertEqual((told["stopCode"], told["stoppedReason"]),
                         ("SpotInterruption", "stopped by the test"))
        aws.forget_task(task.id)
        self.assertEqual(ecs.describe_tasks(cluster=stack["ClusterArn"], tasks=[arn])["tasks"], [])
        aws.client("stepfunctions").stop_execution(executionArn=execution)

    def test_tasks_that_never_start(self):
        aws.fail_tasks(1, "CannotPullContainerError: no such image")
        execution = run({"shards": []})
        first = wait_for(lambda: self.arns(execution))[0]
        told = aws.client("ecs").describe_tasks(
            cluster=stack["ClusterArn"], tasks=[first])["tasks"][0]
        self.assertEqual((told["stopCode"], told["stoppedReason"]),
                         ("TaskFailedToStart", "CannotPullContainerError: no such image"))
        self.ends(execution)
        events = aws.history(execution)
        self.assertEqual([event["taskTimedOutEventDetails"]["error"] for event in events
                          if event["type"] == "TaskTimedOut"], ["States.HeartbeatTimeout"])

    def test_logs(self):
        logs = aws.client("logs")
        execution = run({"shards": [{}]})
        self.ends(execution)
        task = tasks_of(execution, "copy")[0]
        definition = aws.client("ecs").describe_task_definition(
            taskDefinition=task.definition)["taskDefinition"]["containerDefinitions"][0]
        options = definition["logConfiguration"]["options"]
        stream = f"{options['awslogs-stream-prefix']}/{definition['name']}/{task.id}"
        where = {"logGroupName": options["awslogs-group"], "logStreamName": stream}
        first = logs.get_log_events(**where, startFromHead=True, limit=1)
        self.assertEqual([event["message"] for event in first["events"]],
                         task.text.splitlines()[:1])
        rest = logs.get_log_events(**where, startFromHead=True,
                                   nextToken=first["nextForwardToken"])
        self.assertEqual([event["message"] for event in rest["events"]],
                         task.text.splitlines()[1:])
        self.assertEqual(logs.get_log_events(**where, nextToken=rest["nextForwardToken"])[
            "nextForwardToken"], rest["nextForwardToken"])
        found = logs.filter_log_events(logGroupName=where["logGroupName"],
                                       logStreamNamePrefix=stream, filterPattern='"SendTask"')
        self.assertEqual(len(found["events"]), task.text.count("SendTask"))
        for change in ({"logStreamName": "fake/copyout/0"}, {"logGroupName": "none"}):
            self.refused("ResourceNotFoundException", logs.get_log_events, **{**where, **change})


class Children(Case):
    """The child executions of a map run."""

    def test_lists_and_histories(self):
        sfn = aws.client("stepfunctions")
        execution = run({"shards": [{}, {"fail": ["Odd", "of the test"], "attempts": 9}, {}]})
        self.ends(execution, "FAILED")
        arn = map_run(execution)
        found = sfn.list_executions(mapRunArn=arn)["executions"]
        self.assertEqual(sorted(child["status"] for child in found),
                         ["FAILED", "SUCCEEDED", "SUCCEEDED"])
        self.assertEqual({child["mapRunArn"] for child in found}, {arn})
        pages = [page["executions"] for page in sfn.get_paginator("list_executions").paginate(
            mapRunArn=arn, PaginationConfig={"PageSize": 2})]
        self.assertEqual([len(page) for page in pages], [2, 1])
        (failed,) = sfn.list_executions(mapRunArn=arn, statusFilter="FAILED")["executions"]
        child = sfn.describe_execution(executionArn=failed["executionArn"])
        self.assertEqual((child["status"], child["error"], child["cause"]),
                         ("FAILED", "Odd", "of the test"))
        self.assertEqual(json.loads(child["input"])["shard"]["id"], 1)
        events = aws.history(failed["executionArn"])
        self.assertEqual([event["type"] for event in events].count("TaskSubmitted"), 4)
        self.assertNotIn("TaskSubmitted", [
            event["type"] for event in aws.history(execution)
            if "CopyShard" in json.dumps(event, default=str)])
        self.refused("ResourceNotFound", sfn.list_executions, mapRunArn=arn + "0")
        self.refused("ValidationException", sfn.list_executions)


class Redriving(Case):
    """RedriveExecution."""

    def test_a_stopped_map(self):
        """The shards that are done stay so, under the same map run."""
        sfn = aws.client("stepfunctions")
        execution = run({"shards": [{}, {"seconds": 600, "heartbeat": 0.3, "attempts": 1}, {}],
                         "copyConcurrency": 3})
        arn = map_run(execution)
        wait_for(lambda: sfn.describe_map_run(mapRunArn=arn)["itemCounts"]["succeeded"] == 2)
        self.refused("ExecutionNotRedrivable", sfn.redrive_execution, executionArn=execution)
        sfn.stop_execution(executionArn=execution)
        self.ends(execution, "ABORTED")
        sfn.redrive_execution(executionArn=execution)
        self.ends(execution)
        self.assertEqual(map_run(execution), arn)
        counts = sfn.describe_map_run(mapRunArn=arn)["itemCounts"]
        self.assertEqual((counts["succeeded"], counts["total"], counts["aborted"]), (3, 3, 0))
        self.assertEqual(len(tasks_of(execution, "copy")), 4)
        self.assertEqual(len(tasks_of(execution, "prepare")), 1)
        types = [event["type"] for event in aws.history(execution)]
        self.assertEqual(types.count("ExecutionRedriven"), 1)

    def test_a_failed_end(self):
        """The map has ended well, whatever its shards did: what failed is the last state."""
        sfn = aws.client("stepfunctions")
        execution = run({"shards": [{"fail": ["Odd", "of the test"], "attempts": 4}]})
        self.ends(execution, "FAILED")
        before = len(aws.tasks())
        sfn.redrive_execution(executionArn=execution)
        wait_for(lambda: sum(event["type"] == "FailStateEntered"
                             for event in aws.history(execution)) == 2)
        self.assertEqual(self.ends(execution, "FAILED")["error"], "CopyIncomplete")
        self.assertEqual(len(aws.tasks()), before)


if __name__ == "__main__":
    unittest.main()
