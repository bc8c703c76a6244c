"""What Elsa Data does with a deployed stack, call by call; and what the work folder has then."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import s3util
from lib.aws import SECONDS, TOKEN, Case, Execution, Stack, numbered, wait_for
from lib.results import without_worker
from lib.servers import Rule

from faultproxy import hold

NAMESPACE = "copyout-local"
SHARDS = 8
OBJECTS = 10 * SHARDS  # a shard has ten objects, by the default rule
CALLS = Path(__file__).resolve().parent / "elsa_data" / "elsa_data.mjs"
MODULES = Path(__file__).resolve().parents[2] / "build" / "elsa-data"  # of scripts/deps.sh test


def setUpModule():
    """No task is lost here: slow ones are waited for."""
    Case.stack = Stack(heartbeat=60)


def tearDownModule():
    """One server at a time."""
    Case.stack.stop()


def held_back(case: Case, job) -> list[threading.Event]:
    """Have S3 hold back one copy of each shard until its event is set; returns the events."""
    gates = [threading.Event() for _ in range(SHARDS)]
    for gate in gates:
        case.addCleanup(gate.set)
    job.proxied(*[Rule(hold(gate), op="CopyObject", bucket=job.dst,
                       key=f"{shard * OBJECTS // SHARDS:05d}$")
                  for shard, gate in enumerate(gates)])
    return gates


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
        gates = held_back(self, job)
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
        for number, gate in enumerate(gates):
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
            "job.json", "items.jsonl", "shards.json", "runs.json", "report.json", "report.csv", "COPY_REPORT.html",
            "map/*/SUCCEEDED_0.json", "map/*/manifest.json",
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


class ItsOwnSdk(Case):
    """The same with the library that Elsa Data has: the AWS SDK for JavaScript."""

    def calls(self, job) -> list[dict]:
        """Start elsa_data.mjs for the job; returns the list that its lines come to."""
        node = shutil.which("node")
        if not node or not (MODULES / "node_modules").is_dir():
            raise FileNotFoundError("Node or the AWS SDK for JavaScript is not installed "
                                    "(run scripts/deps.sh test)")
        options = {"modules": str(MODULES), "namespace": NAMESPACE, "tempBucket": self.stack.work,
                   "destinationBucket": job.dst, "everyMs": 50,
                   "objects": [[job.src, key] for key in job.specs]}
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("AWS_", "NODE_"))}
        process = subprocess.Popen([node, str(CALLS), json.dumps(options)], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env={**environment, **self.stack.environment()})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        lines: list[dict] = []

        def read() -> None:
            for line in process.stdout:
                lines.append(json.loads(line) if line.startswith("{") else {"said": line})

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        self.addCleanup(process.stdout.close)
        self.addCleanup(reader.join)
        self.addCleanup(process.kill)
        return lines

    def until(self, lines: list[dict], condition, what: str) -> dict:
        """Wait for a line that is so."""
        return wait_for(lambda: next((line for line in list(lines) if condition(line)), None),
                        what, lines, SECONDS)

    def execution(self, lines: list[dict]) -> Execution:
        """What it started."""
        started = self.until(lines, lambda line: "executionArn" in line, "an execution")
        execution = Execution(self.stack, started["executionArn"])
        self.executions.append(execution)
        self.assertEqual(sorted(json.loads(execution.describe()["input"])),
                         ["destinationBucket", "sourceFilesCsvBucket", "sourceFilesCsvKey"])
        return execution

    def end(self, lines: list[dict]) -> dict:
        """Its last line, when the progress that it showed was right all the way."""
        ended = self.until(lines, lambda line: "ended" in line, "the end")
        progress = [line["percentDone"] for line in lines if "percentDone" in line]
        self.assertEqual(progress, sorted(progress))
        self.assertEqual(progress[-1], 100)
        self.assertLessEqual(max(line.get("mapRuns", 0) for line in lines), 1)
        self.assertEqual([line for line in lines if "said" in line], [])
        return ended

    def test_copies_all_and_shows_how_far_it_is(self):
        job = self.job(numbered(OBJECTS))
        gates = held_back(self, job)
        lines = self.calls(job)
        self.execution(lines)
        for number, gate in enumerate(gates):  # eighths, rounded up
            percent = max(1, -(-100 * number // SHARDS))
            seen = self.until(lines, lambda line: line.get("percentDone") == percent
                              and line.get("counts", {}).get("total"), f"{percent} %")
            self.assertEqual((seen["status"], seen["mapRuns"]), ("RUNNING", 1))
            gate.set()
        self.assertEqual(self.end(lines)["status"], "SUCCEEDED")
        copies = {name: name.rpartition("/")[2] for name in job.specs}
        s3util.assert_same_objects(self.stack.s3, job.src, self.stack.s3, job.dst, copies,
                                   content=True)
        self.assertEqual([row["status"] for row in job.report()], ["COPIED"] * OBJECTS)

    def test_a_failure_is_an_end_like_any_other_and_the_report_tells_it(self):
        job = self.job(numbered(3))
        self.stack.s3.delete_object(Bucket=job.src, Key=list(job.specs)[1])
        lines = self.calls(job)
        self.execution(lines)
        ended = self.end(lines)
        self.assertEqual((ended["status"], ended["error"]), ("FAILED", "CopyIncomplete"))
        self.assertEqual([row["status"] for row in job.report()], ["COPIED", "FAILED", "COPIED"])


if __name__ == "__main__":
    unittest.main()
