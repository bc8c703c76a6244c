"""Shards that fail on AWS: the report has their errors, however many they are.

A script stands before the program. It takes S3, or the temporary folder, away from the shards that
the tasks' environment names.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout
from lib.aws import SANITIZED, Case, Execution, Stack, numbered, wait_for

SHARDS = 400  # whose results are more than 262,144 bytes
SCRIPT = """#!/bin/sh
for shard in $SHARDS_WITHOUT_S3; do
  case "$COPYOUT_SHARD" in *"\\"shard\\":$shard,"*) export AWS_ENDPOINT_URL_S3=http://127.0.0.1:9 ;; esac
done
for shard in $COPIES_HELD; do
  case "$COPYOUT_SHARD" in *"\\"shard\\":$shard,"*) exec sleep 600 ;; esac
done
[ "$1" = copy ] && [ -n "$COPIES_WITHOUT_TMP" ] && export TMPDIR=/no/such/folder
[ "$1" = "$NEVER_STARTS" ] && exec sleep 600
exec '{program}' "$@"
"""


def setUpModule():
    """One stack for all."""
    folder = tempfile.TemporaryDirectory(prefix="copyout-test-")
    unittest.addModuleCleanup(folder.cleanup)
    program = Path(folder.name, "copyout")
    program.write_text(SCRIPT.replace("{program}", str(copyout.BINARY)))
    program.chmod(0o755)
    Case.stack = Stack(heartbeat=60, program=str(program), memory_limits=not SANITIZED)
    unittest.addModuleCleanup(Case.stack.stop)


class Failed(Case):
    """Each ends in a report."""

    def environment(self, **variables: str) -> None:
        """What the script is told, until the end of the test."""
        self.stack.set_environment(**variables)
        self.addCleanup(self.stack.set_environment, **dict.fromkeys(variables))

    def start(self, job, name: str, change) -> Execution:
        """Start the job with a state machine of which `change(states)` has changed something."""
        machine = self.stack.sfn.describe_state_machine(stateMachineArn=self.stack.machine)
        definition = json.loads(machine["definition"])
        change(definition["States"])
        arn = self.stack.sfn.create_state_machine(
            name=name, roleArn=machine["roleArn"], definition=json.dumps(definition))[
                "stateMachineArn"]
        execution = Execution(self.stack, self.stack.start(arn, job.input))
        self.executions.append(execution)
        return execution

    def test_a_shard_that_cannot_reach_s3(self):
        """It is told with its own error in the report's rows, in report.json, in the cause."""
        self.environment(SHARDS_WITHOUT_S3="1")
        job = self.job(numbered(6), maxItemsPerBatch=2)
        execution = job.start()
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "CopyIncomplete", execution)
        error = r"CopyoutError: NetworkError: .*127\.0\.0\.1.*"
        self.assertRegex(found["cause"], r"^2 of 6 objects were not copied; .*; 2 were not reached, "
                         rf"since 1 shard failed, the first \(1\) with {error}: run it again$")
        rows = job.report()
        self.assertEqual([row["status"] for row in rows],
                         ["COPIED"] * 2 + ["NOT REACHED"] * 2 + ["COPIED"] * 2)
        for row in rows[2:4]:
            self.assertRegex(row["message"], rf"^its shard failed: {error}; run it again$")
        report = json.loads(execution.file("report.json"))
        self.assertEqual((report["missing"], report["failedShards"]), (2, 1))
        [failure] = report["shardFailures"]
        self.assertEqual((failure["shard"], failure["missing"]), (1, 2))
        self.assertRegex(failure["error"], f"^{error}$")
        told = self.stack.copyout("status", execution.arn).expect(1).stdout
        self.assertRegex(told, "NetworkError")
        # The state machine's own view of it lies beside.
        names = [name for name in execution.names() if name.startswith("map/")]
        self.assertEqual(sorted(re.sub("/[0-9a-f-]{36}/", "/*/", name) for name in names),
                         ["map/*/FAILED_0.json", "map/*/SUCCEEDED_0.json", "map/*/manifest.json"])
        # A person's report is the same, and tells on standard error.
        again = self.stack.copyout("report", "--job", f"s3://{self.stack.work}/{execution.prefix}",
                                   "--json").expect(1)
        self.assertRegex(again.stderr, rf"(?m)^shard 1 failed, 2 objects not reached: {error}$")
        self.assertEqual(job.report(), rows)
        self.assertEqual(json.loads(execution.file("report.json"))["shardFailures"], [failure])

    def test_many_shards(self):
        """400 shards fail, and the execution ends in Report and CopyIncomplete, with causes."""
        self.environment(COPIES_WITHOUT_TMP="1")
        job = self.job(numbered(SHARDS), maxItemsPerBatch=1, copyConcurrency=40)
        proxy = job.proxied()

        def once(states):
            for retrier in states["Copy"]["ItemProcessor"]["States"]["CopyShard"]["Retry"]:
                retrier["MaxAttempts"] = 0

        execution = self.start(job, "once", once)
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "CopyIncomplete", execution)
        self.assertRegex(found["cause"], rf"^{SHARDS} of {SHARDS} objects were not copied; .*since "
                         rf"{SHARDS} shards failed, the first \(0\) with CopyoutError: IOError: "
                         ".*/no/such/folder")
        self.assertEqual(execution.counts()["failed"], SHARDS)
        self.assertEqual(len(execution.tasks("report")), 1)
        items = proxy.requests("GetObject", key=f"{execution.prefix}items.jsonl")
        self.assertEqual(len(items), 1)  # and not one for each shard
        rows = job.report()
        self.assertEqual({(row["status"], bool(re.match(
            "its shard failed: CopyoutError: IOError: .*/no/such/folder", row["message"])))
            for row in rows}, {("NOT REACHED", True)})
        self.assertEqual(len(rows), SHARDS)
        report = json.loads(execution.file("report.json"))
        self.assertEqual((report["missing"], report["failedShards"]), (SHARDS, SHARDS))
        self.assertEqual([failure["shard"] for failure in report["shardFailures"]],
                         list(range(100)))
        # The same without a ResultWriter: the results do not fit, nobody catches that, and
        # nobody reports. Most RunTasks are refused here, which is sooner over.

        def no_writer(states):
            once(states)
            del states["Copy"]["ResultWriter"]

        job = self.job(numbered(SHARDS), maxItemsPerBatch=1, copyConcurrency=40)
        execution = self.start(job, "no-writer", no_writer)
        execution.wait_for_tasks("prepare", running=None)
        self.stack.throttle(SHARDS + 1, error="ClientException", cause="no such thing")
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "States.DataLimitExceeded", execution)
        self.assertEqual(execution.counts()["failed"], SHARDS)
        self.assertEqual(execution.tasks("report"), [])

    def test_stopped(self):
        """A job that was stopped is told as such, since no shard of it failed."""
        self.environment(NEVER_STARTS="copy")
        job = self.job(numbered(4), maxItemsPerBatch=2)
        execution = job.start()
        execution.wait_for_tasks("copy", 2)
        self.stack.sfn.stop_execution(executionArn=execution.arn)
        execution.ends("ABORTED")
        told = self.stack.copyout("report", "--job", f"s3://{self.stack.work}/{execution.prefix}",
                                  "--json").expect(1).json
        self.assertEqual(told["missing"], 4)
        self.assertNotIn("failedShards", told)
        self.assertEqual({(row["status"], row["message"]) for row in job.report()},
                         {("NOT REACHED", "the job was stopped before it; run it again")})

    def test_a_report_that_is_redriven(self):
        """Stopped within Report, and redriven: it finds what the map wrote before."""
        self.environment(SHARDS_WITHOUT_S3="0 1", NEVER_STARTS="report")
        job = self.job(numbered(6), maxItemsPerBatch=2, copyConcurrency=3)
        execution = job.start()
        execution.wait_for_tasks("report")
        self.stack.sfn.stop_execution(executionArn=execution.arn)
        execution.ends("ABORTED")
        told = self.stack.copyout("report", "--job", f"s3://{self.stack.work}/{execution.prefix}",
                                  "--json").expect(1).json
        self.assertEqual(told["failedShards"], 2)
        # It goes on from Report, and the map, which went well, is not run again.
        self.stack.set_environment(NEVER_STARTS=None, SHARDS_WITHOUT_S3=None)
        tasks = len(execution.tasks("copy"))
        self.stack.sfn.redrive_execution(executionArn=execution.arn)
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "CopyIncomplete", execution)
        self.assertEqual(len(execution.tasks("copy")), tasks)
        self.assertRegex(found["cause"], "since 2 shards failed")

    def test_a_map_that_is_redriven(self):
        """Stopped within the map: the shards that failed, and those that ran, are run again.

        It writes its results again. The shard that fails again is told with its error, and the one
        that goes well now with none.
        """
        self.environment(SHARDS_WITHOUT_S3="0 1", COPIES_HELD="2")
        job = self.job(numbered(6), maxItemsPerBatch=2, copyConcurrency=3)
        execution = job.start()
        wait_for(lambda: execution.counts().get("failed") == 2, "two shards to fail", execution)
        self.stack.sfn.stop_execution(executionArn=execution.arn)
        execution.ends("ABORTED")
        self.stack.set_environment(SHARDS_WITHOUT_S3="1", COPIES_HELD=None)
        self.stack.sfn.redrive_execution(executionArn=execution.arn)
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "CopyIncomplete", execution)
        self.assertRegex(found["cause"], r"since 1 shard failed, the first \(1\) with CopyoutError: "
                         "NetworkError: ")
        self.assertEqual([(row["status"], row["message"].split(":")[0]) for row in job.report()], [
            *[("COPIED", "verified by etag")] * 2, *[("NOT REACHED", "its shard failed")] * 2,
            *[("COPIED", "verified by etag")] * 2])
        [failed] = json.loads(next(execution.file(name) for name in execution.names()
                                   if name.endswith("/FAILED_0.json")))
        self.assertEqual((json.loads(failed["Input"])["shard"]["shard"], failed["RedriveCount"]),
                         (1, 1))

    def test_results_that_cannot_be_read(self):
        """The report is made all the same, and says on standard error what it cannot tell."""
        self.environment(SHARDS_WITHOUT_S3="0")
        job = self.job(numbered(2), maxItemsPerBatch=1)
        execution = job.start()
        execution.ends("FAILED")
        [name] = [name for name in execution.names() if name.endswith("/FAILED_0.json")]
        self.stack.s3.put_object(Bucket=self.stack.work, Key=execution.prefix + name, Body=b"[{")
        again = self.stack.copyout("report", "--job", f"s3://{self.stack.work}/{execution.prefix}",
                                   "--json").expect(1)
        self.assertIn(f"the report cannot tell why shards failed: {name}: it is no whole JSON array",
                      again.stderr)
        self.assertEqual([row["message"] for row in job.report() if row["status"] != "COPIED"],
                         ["the job was stopped before it; run it again"])

    def test_what_the_map_wrote_goes_with_the_job(self):
        job = self.job(numbered(2))
        execution = job.start()
        execution.ends("SUCCEEDED")
        self.assertEqual(sum(name.startswith("map/") for name in execution.names()), 2)
        self.stack.copyout("jobs", "rm", f"s3://{self.stack.work}/{execution.prefix}",
                           "--yes").expect(0)
        self.assertEqual(execution.names(), [])

    def test_prepare_that_never_starts(self):
        """It is given up after three tries."""
        self.environment(NEVER_STARTS="prepare")
        job = self.job(numbered(1))

        def sooner(states):
            states["Settings"]["Parameters"]["heartbeatSeconds.$"] = "States.StringToJson('1')"

        execution = self.start(job, "sooner", sooner)
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "States.HeartbeatTimeout", execution)
        self.assertEqual(len(execution.tasks("prepare")), 3)
        self.assertEqual(dict(execution.errors()), {"States.HeartbeatTimeout": 3})


if __name__ == "__main__":
    unittest.main()
