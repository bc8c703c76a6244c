"""Why an execution does not get on, and commands to list, read, stop and go on with executions."""

from __future__ import annotations

import json
import re
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import jsonschema
from lib import copyout, s3util
from lib.aws import Case, Execution, Stack, numbered, wait_for
from lib.servers import Rule

from faultproxy import hold, status

SCHEMA = copyout.REPOSITORY / "docs" / "status.schema.json"
HEARTBEAT = 5  # seconds
PULL = "CannotPullContainerError: no such image"
KMS = ("User: arn:aws:sts::111122223333:assumed-role/copyout/task is not authorized to perform: "
       "kms:GenerateDataKey on resource: arn:aws:kms:us-east-1:444455556666:key/1 because no "
       "resource-based policy allows the kms:GenerateDataKey action")


def setUpModule():
    """A task that is silent for five seconds is given up."""
    Case.stack = Stack(heartbeat=HEARTBEAT)


def tearDownModule():
    """One server at a time."""
    Case.stack.stop()


def validate(told: dict) -> dict:
    """The same, which is as docs/status.schema.json has it."""
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(told)
    return told


class Told(Case):
    """What all tests below do."""

    def status(self, execution: Execution, exit_code: int = 0) -> dict:
        """What `copyout status --json` prints."""
        return validate(self.stack.copyout("status", "--json", execution.arn)
                        .expect(exit_code).json)

    def text(self, execution: Execution, exit_code: int = 0) -> str:
        """What `copyout status` prints."""
        return self.stack.copyout("status", execution.arn).expect(exit_code).stdout

    def says(self, execution: Execution, words: str) -> str:
        """Wait until `copyout status` says so; returns all of it."""
        return wait_for(lambda: re.search(words, text := self.text(execution)) and text,
                        words, execution)

    def held(self, job, key: str = "^start|STARTED", **what) -> threading.Event:
        """A gate before a request of the job's."""
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxied(Rule(hold(gate), **{"key": key, **what}))
        return gate


class Status(Told):
    """Why."""

    def test_prepare_never_starts(self):
        """It is told with ECS's reason before three heartbeats are over, and in the end."""
        self.stack.fail_tasks(3, PULL)
        execution = self.job(numbered(1)).start()
        text = self.says(execution, "CannotPull")
        self.assertLessEqual(execution.errors()["States.HeartbeatTimeout"], 2, text)
        self.assertRegex(text, "preparing.*\n(.*\n)?  task arn:aws:ecs:.* is STOPPED: "
                         f"TaskFailedToStart: {PULL}\n")
        told = self.status(execution)
        self.assertEqual((told["task"]["stopCode"], told["task"]["stoppedReason"]),
                         ("TaskFailedToStart", PULL))
        self.assertNotIn("logStream", told["task"])
        execution.ends("FAILED")
        told = self.status(execution, 4)
        self.assertEqual(told["error"], "States.HeartbeatTimeout")
        self.assertEqual((told["timedOutTasks"], told["task"]["stoppedReason"]), (3, PULL))
        self.assertIn("3 tasks were given up", self.text(execution, 4))

    def test_a_task_that_ecs_has_forgotten(self):
        """About an hour later nobody knows why; that is said."""
        self.stack.fail_tasks(3, PULL)
        execution = self.job(numbered(1)).start()
        execution.ends("FAILED")
        for task in execution.tasks():
            self.stack.forget_task(task.id)
        told = self.status(execution, 4)
        self.assertTrue(told["task"]["forgotten"])
        self.assertNotIn("stoppedReason", told["task"])
        self.assertIn("not known to ECS any more", self.text(execution, 4))

    def test_a_shard_that_never_starts(self):
        job = self.job(numbered(4), maxItemsPerBatch=2)
        gate = self.held(job, "shards.json$", op="PutObject")
        execution = job.start()
        wait_for(lambda: self.waiting(job), "the plan", execution)
        self.stack.fail_tasks(2, PULL)
        gate.set()
        text = self.says(execution, "does not get on")
        self.assertRegex(text, r"  shard \d does not get on.*\n(    .*\n)*?    task .* is STOPPED: "
                         f"TaskFailedToStart: {PULL}")
        told = execution.output()
        self.assertEqual(told["copied"], 4)
        self.assertEqual(self.status(execution)["slowShards"], [])

    def waiting(self, job) -> list:
        """The requests that a gate holds back."""
        return [request for request in job.proxy.requests("PutObject")
                if request.key.endswith("shards.json")]

    def test_a_shard_whose_s3_is_unreachable(self):
        """It fails with its own error, and its log is named; five are shown, the rest is counted."""
        job = self.job(numbered(7), maxItemsPerBatch=1)
        gate = self.held(job, "shards.json$", op="PutObject")
        execution = job.start()
        wait_for(lambda: self.waiting(job), "the plan", execution)
        self.stack.set_environment(AWS_ENDPOINT_URL_S3="http://127.0.0.1:9")
        gate.set()
        wait_for(lambda: execution.counts().get("failed") == 7, "failed shards", execution, 240)
        self.stack.set_environment(AWS_ENDPOINT_URL_S3=None)
        for task in execution.tasks("report", running=True):
            self.stack.kill(task.id)  # it was begun without S3; the next one has it
        execution.ends("FAILED")
        told = self.status(execution, 1)
        numbers = {shard["shard"] for shard in told["failedShards"]}
        self.assertEqual((len(numbers), told["failedShardsNotShown"]), (5, 2))
        self.assertLess(numbers, set(range(7)))
        for shard in told["failedShards"]:
            self.assertEqual((shard["status"], shard["error"]), ("FAILED", "CopyoutError"))
            self.assertRegex(shard["cause"], "NetworkError.*127.0.0.1")
            last = execution.by_shard()[shard["shard"]][-1]
            self.assertEqual((shard["task"]["logGroup"], shard["task"]["logStream"]),
                             (last.log["group"], last.log["stream"]))
        text = self.text(execution, 1)
        self.assertEqual(len(re.findall(r"(?m)^  shard \d FAILED: CopyoutError: NetworkError",
                                        text)), 5)
        self.assertIn("  and 2 more failed shards\n", text)
        self.assertRegex(text, r"    log: \S+, stream copyout/copyout/[0-9a-f]{32}\n")
        lines = self.stack.copyout("logs", execution.arn, "1").expect(0).stdout
        self.assertEqual(lines.count("--- CopyShard, task arn:"), 4)
        self.assertIn("127.0.0.1", lines)

    def test_kms_and_s3_deny_apart(self):
        """Both wait; who has to do something is told by S3's own words."""
        for said, by, words in ((KMS, "kms", "KMS key.* refuses.*kms:GenerateDataKey on resource"),
                                ("Access Denied", "s3", "Access Denied")):
            with self.subTest(by=by):
                job = self.job(numbered(1))
                proxy = job.proxied(Rule(status(403, "AccessDenied", said), op="PutObject",
                                         bucket=job.dst))
                execution = job.start()
                self.says(execution, f"waiting: AccessDeniedError: these rights may not write .*{words}")
                told = wait_for(lambda: (told := self.status(execution)).get("deniedBy") and told,
                                "deniedBy", execution)
                self.assertEqual((told["deniedBy"], told["status"]), (by, "RUNNING"))
                lines = self.stack.copyout("logs", execution.arn, "prepare").expect(0).stdout
                self.assertRegex(lines, words)
                proxy.rules.clear()
                self.assertEqual(execution.output()["copied"], 1)

    def test_a_disabled_key_is_waited_for(self):
        job = self.job(numbered(1))
        proxy = job.proxied(Rule(status(400, "KMS.DisabledException", "key/1 is disabled."),
                                 op="PutObject", bucket=job.dst))
        execution = job.start()
        self.says(execution, r"waiting: AccessDeniedError: .*KMS\.DisabledException.* refuses")
        proxy.rules.clear()
        self.assertEqual(execution.output()["copied"], 1)


class Commands(Told):
    """list, logs, stop."""

    def test_list(self):
        job = self.job(numbered(3))
        good, bad = job.start("list-good"), job.start("list-bad", destinationBucket="B")
        good.ends()
        bad.ends("FAILED")
        lines = self.stack.copyout("list", "--limit", "2").expect(0).stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["list-bad", "list-good"])
        self.assertRegex(lines[0], r"^list-bad +FAILED +\d{4}-.*Z  InvalidInputError: ")
        self.assertRegex(lines[1], r"^list-good +SUCCEEDED +\d{4}-.*Z  3 objects, 3 copied$")
        result = self.stack.copyout("list", "--json", "--limit", "1").expect(0)
        self.assertTrue(result.json["more"])
        self.assertEqual([validate(told)["name"] for told in result.json["executions"]],
                         ["list-bad"])
        result = self.stack.copyout("list", "--status", "SUCCEEDED", "--limit", "1000").expect(0)
        self.assertEqual({line.split()[1] for line in result.stdout.splitlines()}, {"SUCCEEDED"})
        self.assertEqual(self.stack.copyout("list", "--status", "TIMED_OUT").expect(0).stdout, "")

    def test_logs(self):
        job = self.job(numbered(6), maxItemsPerBatch=2)
        execution = job.start("logs")
        execution.ends()
        result = self.stack.copyout("logs", "logs").expect(0)
        self.assertRegex(result.stdout, r"\A--- Prepare, task arn:aws:ecs:\S+\n\d{4}-\S+Z ")
        self.assertRegex(result.stdout, "(?m)^--- Report, task arn:")
        for shard in range(3):
            (task,) = execution.by_shard()[shard]
            lines = self.stack.copyout("logs", execution.arn, str(shard), "--json").expect(0).json[
                "lines"]
            self.assertEqual([line["message"] for line in lines], task.text.splitlines())
            self.assertEqual({(line["step"], line["task"].rsplit("/")[-1]) for line in lines},
                             {("CopyShard", task.id)})
        result = self.stack.copyout("logs", execution.arn, "report").expect(0)
        self.assertNotIn("--- Prepare", result.stdout)
        self.assertIn("no child execution of shard 7",
                      self.stack.copyout("logs", execution.arn, "7").expect(2).stderr)
        self.stack.copyout("logs", execution.arn, "x").expect(2)

    def test_logs_of_a_task_that_never_started(self):
        self.stack.fail_tasks(1, PULL)
        execution = self.job(numbered(1)).start()
        execution.ends()
        result = self.stack.copyout("logs", execution.arn, "prepare").expect(0)
        self.assertIn("there is no log", result.stderr)
        self.assertEqual(result.stdout.count("--- Prepare"), 1)

    def test_logs_follow(self):
        job = self.job(numbered(2))
        gate = self.held(job, "^some/", op="CopyObject")
        execution = job.start()
        execution.wait_for_tasks("copy")
        following = copyout.Running(["logs", "--follow", execution.arn],
                                    env=self.stack.environment())
        wait_for(lambda: "--- Prepare" in following.stdout(), "Prepare's log", execution)
        gate.set()
        result = following.wait(120).expect(0)
        self.assertEqual(result.stdout.count("--- Prepare"), 1)
        self.assertIn("--- Report", result.stdout)

    def test_stop_and_go_on(self):
        """Stopped while it copies; then redriven: what was done is not done again."""
        job = self.job(numbered(6), maxItemsPerBatch=2)
        gate = self.held(job, "/0000[45]", op="CopyObject")
        execution = job.start()
        wait_for(lambda: execution.counts().get("succeeded") == 2, "two shards", execution)
        result = self.stack.copyout("stop", execution.arn, "--cause", "wrong day").expect(0)
        self.assertRegex(result.stdout, "stopped. .*next heartbeat.*\nTo go on: .*copyout start.*"
                         "redrive-execution --execution-arn " + re.escape(execution.arn))
        self.assertIn(f"copyout report --job s3://{self.stack.work}/{execution.prefix}",
                      result.stdout)
        found = execution.ends("ABORTED")
        self.assertEqual((found["error"], found["cause"]), ("Stopped", "wrong day"))
        told = self.status(execution, 4)
        self.assertEqual((told["status"], told["cause"]), ("ABORTED", "wrong day"))
        self.assertEqual((told["failedShards"], told["failedShardsNotShown"]), ([], 0))
        gate.set()
        wait_for(lambda: not execution.tasks(running=True), "the end of its tasks", execution)
        again = self.stack.copyout("stop", execution.arn, "--json").expect(0).json
        self.assertEqual((again["stopped"], again["status"]), (False, "ABORTED"))
        self.stack.sfn.redrive_execution(executionArn=execution.arn)
        said = execution.output()
        self.assertEqual((said["copied"] + said["same"], said["items"]), (6, 6))
        self.assertEqual({shard: len(tasks) for shard, tasks in execution.by_shard().items()},
                         {0: 1, 1: 1, 2: 2})
        job.assert_copied()

    def test_cleanup_of_a_stopped_job(self):
        """What was left open is on record in the job's folder, and removed from there."""
        job = self.job(numbered(2))
        gate = self.held(job, "^some/", op="CopyObject")
        execution = job.start()
        wait_for(lambda: job.proxy.requests("CopyObject"), "a copy", execution)
        self.stack.copyout("stop", execution.name).expect(0)
        gate.set()
        execution.ends("ABORTED")
        wait_for(lambda: not execution.tasks(running=True), "the end of its tasks", execution)
        self.stack.copyout("cleanup", "--work",
                           f"s3://{self.stack.work}/{execution.prefix}").expect(0)
        self.assertEqual(s3util.keys(self.stack.s3, self.stack.work,
                                     f"{execution.prefix}uploads/"), [])

    def test_mistakes(self):
        for arguments, code, said in [
                (("stop",), 2, "which execution?"), (("logs",), 2, "which execution?"),
                (("stop", "no-such"), 4, "Execution"), (("logs", "no-such"), 4, "Execution"),
                (("list", "--status", "DONE"), 2, "--status"),
                (("list", "--limit", "1001"), 2, "--limit"),
                (("list", "--state-machine", self.stack.machine + "x"), 4, "StateMachine")]:
            with self.subTest(arguments=arguments):
                result = self.stack.copyout(*arguments).expect(code)
                self.assertIn(said, result.stderr)
                self.assertEqual(result.stdout, "")
        result = self.stack.copyout("list", env={"COPYOUT_STATE_MACHINE": None}).expect(2)
        self.assertIn("which state machine?", result.stderr)


if __name__ == "__main__":
    unittest.main()
