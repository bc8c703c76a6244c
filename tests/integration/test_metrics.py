"""Metrics for CloudWatch in the log of a worker: lines as the embedded metric format has them, whose
sums are what the results say."""

from __future__ import annotations

import json
import signal
import sys
import threading
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import jsonschema
from lib import copyout, servers  # also puts tests/servers on the path
from lib.aws import numbered, wait_for
from lib.jobs import FOLDER, Job
from lib.servers import Rule

from faultproxy import hold, status

SCHEMA = copyout.REPOSITORY / "tests" / "unit" / "cmd" / "metrics.schema.json"
STACK = "CopyOut-1"
NAMES = ("Objects", "Bytes", "ObjectsFailed", "Throttles")
COUNT, SIZE, MISSING, SLOWED = 30, 10, 3, 5
LATE = r"/000[12]\d$"  # two thirds of the objects


class Metrics(unittest.TestCase):
    """`copyout copy` of a job in a folder, on moto."""

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get("moto")

    def job(self, missing: int = 0, **input) -> Job:
        """A job that is prepared; so many of its objects, the first, are not there."""
        job = Job(self, self.server, numbered(COUNT, SIZE))
        (job.folder / "input.json").write_text(json.dumps({
            "destinationBucket": job.dst, "destinationFolderKey": FOLDER, "destinationKeys": "full",
            "sourceFilesCsvBucket": job.dst, "sourceFilesCsvKey": "list.csv", "look": "head", **input}))
        job.dest.put_object(Bucket=job.dst, Key="list.csv", Body=job.manifest.read_bytes())
        for spec in [*job.specs.values()][:missing]:
            job.source.delete_object(Bucket=job.src, Key=spec.key)
        self.command(job, "prepare", job.folder / "input.json").wait().expect(0)
        return job

    def command(self, job: Job, *args, seconds: str = "1", stack: str | None = STACK) -> copyout.Running:
        """A step of it, under way."""
        return copyout.Running([*args, "--job", job.work], self.server.through(job.proxy), env={
            "COPYOUT_METRICS_STACK": stack, "COPYOUT_METRICS_SECONDS": seconds})

    def lines(self, text: str) -> list[dict]:
        """The lines of metrics of an output, each as it must be."""
        lines = [json.loads(line) for line in text.splitlines() if '"_aws"' in line]
        for line in lines:
            jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(line)
            directive, = line["_aws"]["CloudWatchMetrics"]
            self.assertEqual((directive["Namespace"], directive["Dimensions"], line["Stack"]),
                             ("copyout", [["Stack"]], STACK))
            self.assertEqual(tuple(metric["Name"] for metric in directive["Metrics"]), NAMES)
            self.assertEqual(set(line), {"_aws", "Stack", *NAMES})
        return lines

    def sums(self, *texts: str) -> dict[str, int]:
        """What all lines of these outputs come to."""
        lines = [line for text in texts for line in self.lines(text)]
        return {name: sum(line[name] for line in lines) for name in NAMES}

    def test_sums_are_the_results(self):
        """Lines while it copies, and one at the end: each with what is new."""
        job = self.job(missing=MISSING)
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxy.reset([Rule(hold(gate), op="CopyObject", key=LATE),
                         Rule(status(503, "SlowDown"), op="CopyObject", key=r"/0000[5-9]$", first=1)])
        copying = self.command(job, "copy")
        early = COUNT // 3
        wait_for(lambda: self.sums(copying.stdout())["Objects"] == early, "those that are not held", copying)
        self.assertEqual(self.sums(copying.stdout()), {
            "Objects": early, "Bytes": (early - MISSING) * SIZE, "ObjectsFailed": MISSING,
            "Throttles": SLOWED})
        at = len(self.lines(copying.stdout()))
        wait_for(lambda: len(self.lines(copying.stdout())) > at, "a line without news", copying)
        gate.set()
        told = copying.wait().expect(1).stdout
        found = Counter(result["status"] for result in job.results().values())
        slow = sum(request.status == 503 for request in job.proxy.log)
        self.assertEqual(found, {"COPIED": COUNT - MISSING, "FAILED": MISSING})
        self.assertEqual(slow, SLOWED)
        self.assertEqual(self.sums(told), {
            "Objects": COUNT, "Bytes": found["COPIED"] * SIZE, "ObjectsFailed": found["FAILED"],
            "Throttles": slow})
        times = [line["_aws"]["Timestamp"] for line in self.lines(told)]
        self.assertEqual(times, sorted(times))

    def test_the_next_worker_counts_its_own(self):
        """SIGTERM and another worker: no object is counted by both."""
        job = self.job()
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxy.reset([Rule(hold(gate), op="CopyObject", key=LATE)])
        first = self.command(job, "copy", "--max-in-flight", "4", seconds="3600")
        wait_for(lambda: any(request.op == "CopyObject" and not request.status
                             for request in job.proxy.log), "a copy that is held", first)
        first.signal(signal.SIGTERM)
        wait_for(lambda: "stopping" in first.stderr().lower(), "it knows")
        gate.set()
        first = first.wait()
        self.assertNotEqual(first.returncode, 0)
        one = self.sums(first.stdout)
        self.assertEqual(len(self.lines(first.stdout)), 1)
        self.assertLess(one["Objects"], COUNT)
        self.assertGreater(one["Objects"], 0)
        second = self.command(job, "copy").wait().expect(0)
        self.assertEqual(self.sums(first.stdout, second.stdout), {
            "Objects": COUNT, "Bytes": COUNT * SIZE, "ObjectsFailed": 0, "Throttles": 0})

    def test_output_that_a_program_reads(self):
        """--json has standard output for itself, and the lines go where the log goes."""
        told = self.command(self.job(), "copy", "--json").wait().expect(0)
        self.assertEqual(json.loads(told.stdout)["copied"], COUNT)
        self.assertEqual(self.sums(told.stderr)["Objects"], COUNT)

    def test_a_dry_run_moves_no_bytes(self):
        told = self.command(self.job(dryRun=True), "copy").wait().expect(0)
        self.assertEqual(self.sums(told.stdout), {"Objects": COUNT, "Bytes": 0, "ObjectsFailed": 0,
                                                  "Throttles": 0})

    def test_only_where_they_are_asked_for(self):
        job = self.job()
        told = self.command(job, "copy", stack=None).wait().expect(0)
        self.assertNotIn("_aws", told.stdout + told.stderr)
        told = self.command(job, "report").wait().expect(0)
        self.assertNotIn("_aws", told.stdout + told.stderr)

    def test_wrong_settings(self):
        job = self.job()
        self.assertIn("COPYOUT_METRICS_SECONDS must be a number of seconds",
                      self.command(job, "copy", seconds="soon").wait().expect(2).stderr)
        self.assertIn("COPYOUT_METRICS_STACK is longer than 1,024 bytes",
                      self.command(job, "copy", stack="s" * 1025).wait().expect(2).stderr)


if __name__ == "__main__":
    unittest.main()
