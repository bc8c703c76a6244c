"""What the whole is made for: many objects, many shards, ten workers at once."""

from __future__ import annotations

import json
import sys
import time
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, s3util
from lib.aws import SANITIZED, SECONDS, Case, Stack
from lib.results import without_worker
from lib.s3util import ALL_HEADERS, ALL_METADATA, ALL_TAGS, MIN_PART, Spec

# Objects and shards; what a shard costs here is the start of its task, on one machine for all.
COUNT, SHARDS = (3000, 30) if copyout.FULL and not SANITIZED else (300, 12)
WORKERS = 10


def setUpModule():
    """The template as it is: eight seconds without a heartbeat, and a task is given up."""
    Case.stack = Stack()


def tearDownModule():
    """One server at a time."""
    Case.stack.stop()


def some_kinds() -> list[Spec]:
    """Small objects, some of them with all that an object may have, two of parts."""
    specs = [Spec(f"data/{number % 7}/{number:05d}", size=number % 50) for number in range(COUNT)]
    for spec in specs[::50]:
        spec.headers, spec.metadata = dict(ALL_HEADERS), {**ALL_METADATA, "key": spec.key}
        spec.tags = dict(ALL_TAGS)
    for number, parts in enumerate(([MIN_PART, 7], [MIN_PART, MIN_PART, 9])):
        specs[number * 100 + 1].parts = parts
    return specs


class Scale(Case):
    """300 objects in 12 shards with 10 workers; in `make full` 3,000 in 30."""

    def most_at_once(self, execution) -> int:
        """Wait for its end; how many shards were under way at one time, as its map run had it."""
        most = 0
        deadline = time.monotonic() + SECONDS
        while execution.describe()["status"] == "RUNNING" and time.monotonic() < deadline:
            most = max(most, execution.counts().get("running", 0))
            time.sleep(0.1)
        return most

    def check(self, job, execution, status: str) -> None:
        """One end of it: what it said, what it ran, what it left."""
        most = self.most_at_once(execution)
        said = execution.output()
        self.assertTrue(said["complete"])
        counts = {name: said[name] for name in ("items", "copied", "same", "failed", "missing")}
        self.assertEqual(counts, {"items": COUNT, "copied": 0, "same": 0, "failed": 0,
                                  "missing": 0, status.lower(): COUNT})
        self.assertEqual({shard: len(tasks) >= 1 for shard, tasks in execution.by_shard().items()},
                         dict.fromkeys(range(SHARDS), True))
        self.assertLessEqual(most, WORKERS)
        self.assertGreater(most, 1)
        self.assertEqual(execution.counts()["succeeded"], SHARDS)
        results = execution.results()
        self.assertEqual(Counter((result["status"], result["verified"])
                                 for result in results.values()), {(status, "etag"): COUNT})
        self.assertEqual(set(results), set(job.specs))
        self.assertEqual(Counter(row["status"] for row in job.report()), {status: COUNT})
        self.assertEqual(sorted(map(without_worker, execution.names())), sorted([
            "job.json", "items.jsonl", "shards.json", "runs.json", "report.json", "report.csv", "COPY_REPORT.html",
            "map/*/SUCCEEDED_0.json", "map/*/manifest.json",
            *(f"results/{shard:06d}-*.jsonl" for shard in range(SHARDS))]))
        self.assertEqual(json.loads(execution.file("report.json"))["items"], COUNT)

    def test_all_of_it_and_again(self):
        job = self.job(some_kinds(), maxItemsPerBatch=COUNT // SHARDS, copyConcurrency=WORKERS)
        first = job.start()
        self.check(job, first, "COPIED")
        listed = {item["Key"]: item for item in s3util.listing(self.stack.s3, job.dst)}
        self.assertEqual(set(listed), {*job.specs, "STARTED_COPY.txt", "ENDED_COPY.csv"})
        for item in s3util.listing(self.stack.s3, job.src):
            copy = listed[item["Key"]]
            self.assertEqual((copy["ETag"], copy["Size"]), (item["ETag"], item["Size"]))
        some = [key for number, key in enumerate(job.specs) if number % 10 == 0 or number < 110]
        job.assert_copied(*some)
        self.assertEqual(s3util.unfinished_uploads(self.stack.s3, job.dst), [])

        again = job.start()
        self.check(job, again, "SAME")
        after = {item["Key"]: item for item in s3util.listing(self.stack.s3, job.dst)}
        self.assertEqual(set(after), set(listed))
        for key in job.specs:
            self.assertEqual(after[key]["LastModified"], listed[key]["LastModified"], key)


if __name__ == "__main__":
    unittest.main()
