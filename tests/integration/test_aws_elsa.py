"""What Elsa Data does with a deployed stack, call by call; and what the work folder has then."""

from __future__ import annotations

import json
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import s3util
from lib.aws import SECONDS, TOKEN, Case, Execution, Stack, numbered
from lib.results import without_worker
from lib.servers import Rule

from faultproxy import hold

NAMESPACE = "copyout-local"
SHARDS = 8
OBJECTS = 10 * SHARDS  # ten a shard, by the default rule


def setUpModule():
    """No task is lost here: slow ones are waited for."""
    Case.stack = Stack(heartbeat=60)


def tearDownModule():
    """One server at a time."""
    Case.stack.stop()


class ElsaData(Case):
    """discover, put, start, poll."""

    def discover(self) -> str:
        """The state machine, as Cloud Map tells it."""
        instances = self.stack.client("servicediscovery").discover_instances(
            NamespaceName=NAMESPACE, ServiceName="CopyOut")["Instances"]
        self.assertEqual(len(instances), 1)
        return instances[0]["Attributes"]["stateMachineArn"]

    def map_counts(self, execution: Execution) -> dict[str, int] | None:
        """What its progress bar is made of: only when there is one map run, and just one."""
        runs = self.stack.sfn.list_map_runs(executionArn=execution.arn)["mapRuns"]
        self.assertLessEqual(len(runs), 1)
        if not runs:
            return None
        return self.stack.sfn.describe_map_run(mapRunArn=runs[0]["mapRunArn"])["itemCounts"]

    def poll(self, execution: Execution, until) -> dict[str, int]:
        """Poll until the counts are such, or it has ended; they never go back."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            status = execution.describe()["status"]
            counts = self.map_counts(execution)
            if counts:
                now = (counts["total"], counts["succeeded"])
                self.assertIn(now[0], (0, SHARDS))  # 0: shards.json was not read yet
                self.assertLessEqual(now[1], now[0])
                self.assertGreaterEqual(now, self.last)
                self.last = now
                if now[0] and until(status, counts):
                    return counts
            self.assertIn(status, ("RUNNING", "SUCCEEDED"), execution)
            time.sleep(0.05)
        self.fail(f"{counts}\n{execution}")

    def test_its_own_sequence(self):
        job = self.job(numbered(OBJECTS))
        gates = [threading.Event() for _ in range(SHARDS)]
        for gate in gates:
            self.addCleanup(gate.set)
        job.proxied(*[Rule(hold(gate), op="CopyObject", bucket=job.dst, key=f"{number:04d}.$")
                      for number, gate in enumerate(gates)])
        key = "elsa-data/0123456789/files.csv"
        lines = [f'"{job.src}","{name}"' for name in job.specs]
        self.stack.s3.put_object(Bucket=self.stack.work, Key=key, Body="\n".join(lines))
        arn = self.stack.sfn.start_execution(
            stateMachineArn=self.discover(),
            input=json.dumps({"sourceFilesCsvBucket": self.stack.work, "sourceFilesCsvKey": key,
                              "destinationBucket": job.dst}))["executionArn"]
        execution = Execution(self.stack, arn)
        self.executions.append(execution)
        self.last = (0, 0)
        for number, gate in enumerate(gates):  # of a shard each
            self.poll(execution, lambda _, counts: counts["succeeded"] == number)
            self.assertEqual(execution.describe()["status"], "RUNNING")
            gate.set()
        counts = self.poll(execution, lambda status, _: status == "SUCCEEDED")
        self.assertEqual((counts["succeeded"], counts["failed"], counts["running"]),
                         (SHARDS, 0, 0))
        copies = {name: name.rpartition("/")[2] for name in job.specs}
        s3util.assert_same_objects(self.stack.s3, job.src, self.stack.s3, job.dst, copies,
                                   content=True)
        self.assertEqual(set(s3util.keys(self.stack.s3, job.dst)),
                         {*copies.values(), "STARTED_COPY.txt", "ENDED_COPY.csv"})
        self.assertEqual(len(job.report()), OBJECTS)
        self.check_folder(job, execution)

    def check_folder(self, job, execution: Execution) -> None:
        """The work folder has what docs/results.md says, and nothing else; no secret is in it."""
        names = execution.names()
        self.assertEqual(sorted(map(without_worker, names)), sorted([
            "job.json", "items.jsonl", "shards.json", "runs.json", "report.json", "report.csv",
            *(f"results/{shard:06d}-*.jsonl" for shard in range(SHARDS))]))
        for name in names:
            self.assertNotIn(TOKEN, execution.file(name))
        items = execution.file("items.jsonl").encode()
        shards = json.loads(execution.file("shards.json"))
        self.assertEqual([shard["shard"] for shard in shards], list(range(SHARDS)))
        cut = b"".join(items[shard["offset"]:shard["offset"] + shard["length"]] for shard in shards)
        self.assertEqual(cut, items)
        self.assertEqual([item["sourceKey"] for item in execution.lines("items.jsonl")],
                         list(job.specs))
        report = json.loads(execution.file("report.json"))
        self.assertEqual((report["items"], report["copied"], report["failures"]),
                         (OBJECTS, OBJECTS, []))
        told = self.stack.s3.get_object(Bucket=job.dst, Key="ENDED_COPY.csv")["Body"].read()
        self.assertEqual(execution.file("report.csv"), told.decode())


if __name__ == "__main__":
    unittest.main()
