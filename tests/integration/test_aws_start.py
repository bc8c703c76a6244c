"""`copyout start` and `copyout status`: an execution begun and watched without the console."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, s3util
from lib.aws import SECRETS, Case, Execution, Stack, numbered, wait_for
from lib.servers import Rule

from faultproxy import hold


def setUpModule():
    """No task is lost here: slow ones are waited for."""
    Case.stack = Stack(heartbeat=60)


def tearDownModule():
    """One server at a time."""
    Case.stack.stop()


class WithFolder(Case):
    """Tests with files of a person's."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def started(self, result: copyout.Result, exit_code: int = 0) -> Execution:
        """The execution that `copyout start` says it has begun."""
        result.expect(exit_code)
        self.assertNotRegex(result.stdout + result.stderr, SECRETS)
        first = result.stdout.splitlines()[0]
        arn = json.loads(first)["executionArn"] if first.startswith("{") else first
        execution = Execution(self.stack, arn)
        self.executions.append(execution)
        self.assertEqual(execution.describe()["stateMachineArn"], self.stack.machine)
        return execution

    def list_of(self, job) -> Path:
        """The job's manifest, on this machine."""
        path = self.folder / "files.csv"
        path.write_bytes(manifest.write(manifest.of_bucket(job.src, job.specs)))
        return path

    def executions_so_far(self) -> int:
        """How many the state machine ever had."""
        return len(self.stack.sfn.list_executions(
            stateMachineArn=self.stack.machine, maxResults=1000)["executions"])


class Tasks(WithFolder):
    """What the tasks of a job are, and carry."""

    def asked(self, execution: Execution) -> dict[str, dict]:
        """The RunTasks of an execution as ECS saw them, by their commands."""
        found = {}
        for record in self.stack.requests():
            [override] = record["request"]["overrides"]["containerOverrides"]
            if any(entry["value"].endswith(f"/{execution.prefix}")
                   for entry in override["environment"] if entry["name"] == "COPYOUT_JOB"):
                found[override["command"][0]] = record["request"]
        return found

    def of(self, request: dict) -> tuple:
        """Where and what a task was to be."""
        overrides = request["overrides"]
        return (request["capacityProviderStrategy"][0]["capacityProvider"],
                request["taskDefinition"], overrides.get("cpu"), overrides.get("memory"))

    def test_as_the_installation_has_them(self):
        job = self.job(numbered(3))
        execution = job.start()
        execution.ends()
        asked = self.asked(execution)
        self.assertEqual({command: self.of(request) for command, request in asked.items()}, {
            "prepare": ("FARGATE", "CopyOut", None, None),
            "copy": ("FARGATE_SPOT", "CopyOut", "256", "512"),
            "report": ("FARGATE", "CopyOut", None, None)})
        self.assertNotIn("shardTask", execution.tasks("prepare")[0].callbacks[-1]["output"])

    def test_chosen(self):
        job = self.job(numbered(3))
        execution = self.started(self.stack.copyout(
            "start", "--manifest", str(self.list_of(job)), "--to", f"s3://{job.dst}/",
            "--capacity", "on-demand", "--architecture", "x86_64", "--cpu", "512",
            "--memory", "2048"))
        self.assertTrue(execution.output()["complete"])
        given = json.loads(execution.describe()["input"])
        self.assertEqual([given[name] for name in (
            "taskCapacity", "taskArchitecture", "taskCpu", "taskMemory")],
            ["on-demand", "x86_64", 512, 2048])
        asked = self.asked(execution)
        self.assertEqual({command: self.of(request) for command, request in asked.items()}, {
            "prepare": ("FARGATE", "CopyOut", None, None),
            "copy": ("FARGATE", "CopyOut-x86_64", "512", "2048"),
            "report": ("FARGATE", "CopyOut", None, None)})
        for task in execution.tasks("copy"):
            self.assertEqual((task.capacity, task.memory), ("FARGATE", 2048))

    def test_more_than_the_installation_allows(self):
        job = self.job(numbered(1), taskMemory=8192)
        found = job.start().ends("FAILED")
        self.assertEqual(found["error"], "InvalidInputError")
        self.assertIn("taskMemory: the shards of a job may have 4096 MiB at most on this "
                      "installation, and not 8192 (jobMostMemoryMiB of the stack)", found["cause"])
        result = self.stack.copyout("start", "--manifest", str(self.list_of(job)), "--to",
                                    f"s3://{job.dst}/", "--cpu", "99999")
        self.assertIn("--cpu: the largest task has 16384 CPU units", result.expect(2).stderr)

    def test_whose_cost_it_is(self):
        for name, tag in (("invoice-7_a.b", "invoice-7_a.b"), ("it's(so)", "it")):
            with self.subTest(name=name):
                execution = self.job(numbered(2)).start(name)
                execution.ends()
                for command, request in self.asked(execution).items():
                    self.assertEqual(request["propagateTags"], "TASK_DEFINITION")
                    self.assertEqual({entry["key"]: entry["value"] for entry in request["tags"]},
                                     {"copyout:job": tag, "copyout:step": command})


class Start(WithFolder):
    """All ways to say what is to be copied."""

    def test_local_manifest(self):
        job = self.job(numbered(5))
        execution = self.started(self.stack.copyout(
            "start", "--manifest", str(self.list_of(job)), "--to", f"s3://{job.dst}/release-1/",
            "--destination-keys", "full", "--name", "release-1_a"))
        self.assertEqual(execution.name, "release-1_a")
        self.assertEqual(execution.output()["copied"], 5)
        s3util.assert_same_objects(self.stack.s3, job.src, self.stack.s3, job.dst,
                                   {key: f"release-1/{key}" for key in job.specs}, content=True)
        given = json.loads(execution.describe()["input"])
        self.assertEqual(given["sourceFilesCsvBucket"], self.stack.work)
        self.assertRegex(given["sourceFilesCsvKey"], r"\Amanifests/release-1_a-[0-9a-f]{8}\.csv\Z")
        stored = self.stack.s3.get_object(Bucket=self.stack.work,
                                          Key=given["sourceFilesCsvKey"])["Body"].read()
        self.assertEqual(stored, (self.folder / "files.csv").read_bytes())

    def test_standard_input(self):
        """A pipe: plain, and compressed. The names are made up, and differ."""
        job = self.job(numbered(3))
        rows = manifest.of_bucket(job.src, job.specs)
        names = set()
        for compressed in (False, True):
            execution = self.started(self.stack.copyout(
                "start", "-m", "-", "-t", f"s3://{job.dst}", "--destination-keys", "basename",
                input=manifest.write(rows, compressed=compressed)))
            names.add(execution.name)
            self.assertRegex(execution.name, r"\Acopyout-[0-9TZ]+-[0-9a-f]{8}\Z")
            said = execution.output()
            self.assertEqual(said["copied"] + said["same"], 3)
        self.assertEqual(len(names), 2)
        s3util.assert_same_objects(self.stack.s3, job.src, self.stack.s3, job.dst,
                                   {key: key.rpartition("/")[2] for key in job.specs})

    def test_interrupted_while_the_list_comes(self):
        """Ctrl-C ends who makes the list as well: half of it starts nothing."""
        job, before = self.job(numbered(2)), self.executions_so_far()
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        running = copyout.Running(["start", "-m", str(pipe), "-t", f"s3://{job.dst}"],
                                  env=self.stack.environment())
        with open(pipe, "wb") as list_:  # when the program has opened it, too
            list_.write(manifest.write(manifest.of_bucket(job.src, job.specs))[:-3])
            list_.flush()
            running.signal(signal.SIGINT)
            result = running.wait(60).expect(130)
        self.assertIn("nothing was started", result.stderr)
        self.assertEqual(self.executions_so_far(), before)

    def test_input_file(self):
        """The JSON of docs/input.md, from a file and from standard input, with options over it."""
        job = self.job(numbered(3))
        path = self.folder / "input.json"
        path.write_text(json.dumps({**job.input, "maxItemsPerBatch": 2,
                                    "destinationBucket": "other"}))
        execution = self.started(self.stack.copyout("start", str(path), "--to", f"s3://{job.dst}"))
        self.assertEqual(execution.output()["copied"], 3)
        given = json.loads(execution.describe()["input"])
        self.assertEqual({**given, **job.input, "maxItemsPerBatch": 2}, given)
        dry = self.started(self.stack.copyout("start", "-", "--dry-run",
                                              input=json.dumps(job.input)))
        dry.ends()
        self.assertEqual(set(dry.statuses().values()), {"SAME"})

    def test_json(self):
        job = self.job(numbered(2))
        result = self.stack.copyout("start", "--json", "-t", f"s3://{job.dst}",
                                    "-m", f"s3://{self.stack.work}/{job.manifest}")
        execution = self.started(result)
        self.assertEqual(len(result.stdout.splitlines()), 1)
        self.assertEqual(result.json, {"executionArn": execution.arn, "name": execution.name})
        execution.ends()
        self.assertEqual(json.loads(execution.describe()["input"])["destinationKeys"], "full")

    def test_follow(self):
        """It ends when the execution does, with the exit code that `copyout run` would have had."""
        job = self.job(numbered(2))
        arguments = ("start", "--follow", "-m", str(self.list_of(job)), "-t", f"s3://{job.dst}")
        result = self.stack.copyout(*arguments)
        self.assertEqual(self.started(result).describe()["status"], "SUCCEEDED")
        self.assertRegex(result.stdout.splitlines()[-1], r"SUCCEEDED after .*\b2 copied\b.*"
                         + re.escape(f"s3://{job.dst}/ENDED_COPY.csv"))
        s3util.delete_all(self.stack.s3, job.src)
        result = self.stack.copyout(*arguments, "--json")
        self.assertEqual(self.started(result, 1).describe()["status"], "FAILED")
        said = result.json
        self.assertEqual((said["status"], said["error"]), ("FAILED", "CopyIncomplete"))

    def test_mistakes_start_nothing(self):
        job = self.job(numbered(1))
        manifest_option = ("-m", f"s3://{self.stack.work}/{job.manifest}")
        good = ("start", *manifest_option, "-t", f"s3://{job.dst}")
        local = ("start", "-m", str(self.list_of(job)), "-t", f"s3://{job.dst}")
        before = self.executions_so_far()
        for arguments, env, code, said in [
                ((*good, "--name", "a b"), {}, 2, "--name"),
                ((*good, "--name", "a/../b"), {}, 2, "--name"),
                ((*good, "--name", ""), {}, 2, "--name"),
                ((*good, "--name", "x" * 81), {}, 2, "--name"),
                (good, {"COPYOUT_STATE_MACHINE": None}, 2, "COPYOUT_STATE_MACHINE"),
                (good, {"COPYOUT_STATE_MACHINE": "CopyOut"}, 2, "COPYOUT_STATE_MACHINE"),
                ((*good, "--state-machine", self.stack.machine + "x"), {}, 4, "StateMachine"),
                (local, {"COPYOUT_WORK": None}, 2, "COPYOUT_WORK"),
                ((*local, "--work", "s3://no-such-bucket-here/"), {}, 4, "NoSuchBucket"),
                ((*local, "--work", "elsewhere"), {}, 2, "--work"),
                (("start", "-m", "/no/such", "-t", f"s3://{job.dst}"), {}, 2, "/no/such"),
                (("start", *manifest_option), {}, 2, "--to"),
                (("start", "-t", f"s3://{job.dst}"), {}, 2, "--manifest"),
                (("start", "/no/such.json"), {}, 2, "/no/such.json")]:
            with self.subTest(arguments=arguments, env=env):
                result = self.stack.copyout(*arguments, env=env).expect(code)
                self.assertIn(said, result.stderr)
                self.assertEqual(result.stdout, "")
                self.assertTrue(result.stderr.startswith("copyout: error: "), result)
                self.assertLessEqual(len(result.stderr.strip().splitlines()), 2, result)
        self.assertEqual(self.executions_so_far(), before)
        self.assertEqual(s3util.keys(self.stack.s3, job.dst), [])

    def test_name_that_was_used(self):
        """Names are for ever, for they are folders: another job may not have one of them."""
        job = self.job(numbered(1))
        where = ("-m", f"s3://{self.stack.work}/{job.manifest}")
        first = self.started(self.stack.copyout("start", *where, "-t", f"s3://{job.dst}",
                                                "--name", "used"))
        first.ends()
        result = self.stack.copyout("start", *where, "-t", f"s3://{job.dst}/other/",
                                    "--name", "used").expect(4)
        self.assertIn("ExecutionAlreadyExists", result.stderr)


class Status(WithFolder):
    """Where an execution is. (How it failed: test_aws_errors.)"""

    def test_from_start_to_end(self):
        job = self.job(numbered(30), maxItemsPerBatch=10)
        preparing, copying, last, reporting = (threading.Event() for _ in range(4))
        for gate in (preparing, copying, last, reporting):
            self.addCleanup(gate.set)
        job.proxied(Rule(hold(preparing), op="GetObject", key="^manifests/"),
                    Rule(hold(copying), op="CopyObject", key="/000[01]"),
                    Rule(hold(last), op="CopyObject", key="/0002"),
                    Rule(hold(reporting), op="PutObject", key="^ENDED_COPY.csv$"))
        execution = job.start()

        def says(words: str) -> dict:
            """Wait until it says so, on one line; returns the JSON of the same."""
            wait_for(lambda: re.search(words, self.stack.copyout("status", execution.arn)
                                       .expect(0).stdout), words, execution)
            return self.stack.copyout("status", "--json", execution.arn).expect(0).json

        self.assertEqual(says("RUNNING for .*: preparing")["status"], "RUNNING")
        following = copyout.Running(["status", "--follow", "--every", "1s", execution.arn],
                                    env=self.stack.environment())
        wait_for(lambda: "preparing" in following.stdout(), "a first line", execution)
        preparing.set()
        told = says("copying; 0 of 3 shards done .*3 under way")
        self.assertEqual(told["shards"], {"total": 3, "done": 0, "failed": 0, "running": 3,
                                          "aborted": 0, "pending": 0})
        self.assertEqual(told["prepared"]["items"], 30)
        wait_for(lambda: "0 of 3 shards" in following.stdout(), "a second line", execution)
        copying.set()
        says(r"copying; 2 of 3 shards done \(about 20 of 30 objects\), 1 under way")
        last.set()
        says("all shards are done; making the report")
        reporting.set()
        execution.ends()
        told = says("SUCCEEDED after .*: 30 objects, 30 copied. Report: "
                    + re.escape(f"s3://{job.dst}/ENDED_COPY.csv"))
        self.assertEqual((told["status"], told["output"]["copied"]), ("SUCCEEDED", 30))
        lines = following.wait(60).expect(0).stdout.splitlines()
        self.assertIn("preparing", lines[0])
        self.assertIn("SUCCEEDED", lines[-1])
        self.assertEqual(len(lines), len(set(lines)), lines)  # a line only when there is news

    def test_following_does_not_hold_it_up(self):
        """Ctrl-C ends the watching, not the execution."""
        job = self.job(numbered(1))
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxied(Rule(hold(gate), op="CopyObject"))
        execution = job.start()
        following = copyout.Running(["status", "--follow", execution.arn],
                                    env=self.stack.environment())
        wait_for(lambda: "RUNNING" in following.stdout(), "a first line", execution)
        following.signal(2)
        result = following.wait(60).expect(130)
        self.assertIn("the execution goes on", result.stderr)
        gate.set()
        execution.ends()

    def test_stopped(self):
        """Aborted by a person: not what the program can end with itself."""
        job = self.job(numbered(1))
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxied(Rule(hold(gate), op="CopyObject"))
        execution = job.start()
        worker = execution.wait_for_tasks("copy")[0]
        self.stack.sfn.stop_execution(executionArn=execution.arn, error="Mine", cause="not today")
        execution.ends("ABORTED")
        told = self.stack.copyout("status", execution.arn).expect(4).stdout
        self.assertRegex(told, "ABORTED after .*Mine: not today")
        ended = wait_for(lambda: not (now := self.stack.task(worker.id)).running and now,
                         "the end of its worker", execution)
        self.assertEqual(ended.exitCode, 0, ended)  # nobody waits for it any more

    def test_executions_that_are_none(self):
        name = self.stack.machine.replace(":stateMachine:", ":execution:") + ":none"
        for arguments, code, said in [((name,), 4, "ExecutionDoesNotExist"),
                                      ((), 2, "which execution"),
                                      (("none",), 4, "ExecutionDoesNotExist"),
                                      (("no:ne",), 2, "which execution"),
                                      (("arn:aws:s3:::bucket",), 2, "which execution"),
                                      (("--every", "x", name), 2, "--every")]:
            with self.subTest(arguments=arguments):
                result = self.stack.copyout("status", *arguments).expect(code)
                self.assertIn(said, result.stderr)
                self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    unittest.main()
