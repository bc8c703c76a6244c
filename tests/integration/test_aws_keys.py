"""Keys of every kind and length, and manifests of a hundred thousand rows, through the tasks."""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import manifest, s3util
from lib.aws import Case, Stack
from lib.s3util import HARD_KEYS, Spec

COUNT = 200
MANY = 100_000


def setUpModule():
    """No task is lost here: slow ones are waited for."""
    Case.stack = Stack(heartbeat=60)


def tearDownModule():
    """One server at a time."""
    Case.stack.stop()


def longest_keys() -> list[str]:
    """Keys of 1,024 bytes: some of ASCII, some of what JSON and URLs make six times as long."""
    fills = ["a", "\u20ac", "\x01", "\"", " ", "+", "\U0001f9ec", "%2F"]
    keys = []
    for number in range(COUNT):
        fill = fills[number % len(fills)]
        left = 1024 - len(f"{number:03d}/".encode())
        key = f"{number:03d}/" + fill * (left // len(fill.encode()))
        keys.append(key + "x" * (1024 - len(key.encode())))
    return keys


class Keys(Case):
    """The whole way: manifest, items, shards, overrides of a task, results, report."""

    def check(self, job, execution, keys) -> None:
        """All copied, and every line of the manifest accounted for under its own name."""
        said = execution.output()
        self.assertEqual((said["items"], said["copied"]), (len(keys), len(keys)))
        job.assert_copied(content=True)
        self.assertEqual(set(s3util.keys(self.stack.s3, job.dst)),
                         {*keys, "STARTED_COPY.txt", "ENDED_COPY.csv"})
        results = execution.results()
        self.assertEqual(set(results), set(keys))
        self.assertEqual({(result["status"], result["verified"]) for result in results.values()},
                         {("COPIED", "etag")})
        self.assertEqual([item["sourceKey"] for item in execution.lines("items.jsonl")],
                         list(keys))
        rows = job.report()
        self.assertEqual(len({row["source"] for row in rows}), len(keys))
        most = max(len(json.dumps(request["request"]["overrides"], ensure_ascii=False))
                   for request in self.stack.requests())
        self.assertLess(most, 4000)  # of 8,192: no list of keys is among a task's overrides

    def test_two_hundred_of_the_longest_in_one_shard(self):
        keys = longest_keys()
        self.assertEqual({len(key.encode()) for key in keys}, {1024})
        job = self.job([Spec(key, size=number) for number, key in enumerate(keys)],
                       maxItemsPerBatch=COUNT)
        execution = job.start()
        self.check(job, execution, keys)
        self.assertEqual(len(execution.tasks("copy")), 1)

    def test_hard_keys_in_many_shards(self):
        job = self.job([Spec(key, size=10 + number) for number, key in enumerate(HARD_KEYS)],
                       maxItemsPerBatch=9, copyConcurrency=3)
        execution = job.start()
        self.check(job, execution, HARD_KEYS)
        self.assertEqual(len(execution.by_shard()), -(-len(HARD_KEYS) // 9))

    def test_missing_hard_keys_are_named(self):
        """The cause of the failure is text that Step Functions takes, whatever the key is."""
        job = self.job([Spec("there", size=1)], maxItemsPerBatch=20)
        job.list([*HARD_KEYS, "there"])
        execution = job.start()
        found = execution.ends("FAILED")
        self.assertEqual(found["error"], "CopyIncomplete", execution)
        self.assertRegex(found["cause"], rf"\b{len(HARD_KEYS)} of {len(HARD_KEYS) + 1}\b")
        results = execution.results()
        self.assertEqual(set(results), {*HARD_KEYS, "there"})
        self.assertEqual({results[key]["error"]["code"] for key in HARD_KEYS}, {"NoSuchKey"})

    def test_names_of_work_folder_and_execution(self):
        """An execution's name may be 80 characters long; all of it is in the job's folder."""
        name = "A-name_" + "x" * 73
        job = self.job([Spec("a b", size=3)])
        execution = job.start(name=name)
        self.assertEqual(execution.output()["copied"], 1)
        self.assertIn("report.json", execution.names())


class Plans(Case):
    """`copyout prepare` of very many: a plan, and no copy."""

    def prepare(self, rows: int, **how) -> dict:
        """Prepare that many; returns its answer, with its plan's files checked."""
        dst, place = self.stack.bucket("dst"), f"jobs/{rows}-{len(how)}/"
        manifest.put(self.stack.s3, self.stack.work, f"manifests/{dst}.csv",
                     ((dst, f"data/{number:07d}") for number in range(rows)), **how)
        given = {"sourceFilesCsvBucket": self.stack.work, "destinationBucket": dst,
                 "sourceFilesCsvKey": f"manifests/{dst}.csv"}
        told = self.stack.copyout("prepare", "--json", env={
            "COPYOUT_INPUT": json.dumps(given),
            "COPYOUT_JOB": f"s3://{self.stack.work}/{place}"}).expect(0).json
        read = {name: self.stack.s3.get_object(Bucket=self.stack.work, Key=place + name)["Body"]
                .read() for name in ("items.jsonl", "shards.json")}
        items = read["items.jsonl"].split(b"\n")
        self.assertEqual(items.pop(), b"")
        self.assertEqual(len(items), rows)
        self.assertEqual((told["items"], told["workBucket"], told["shardsKey"]),
                         (rows, self.stack.work, place + "shards.json"))
        shards = json.loads(read["shards.json"])
        self.assertEqual(told["shards"], len(shards))
        self.assertEqual([shard["shard"] for shard in shards], list(range(len(shards))))
        self.assertEqual(sum(shard["items"] for shard in shards), rows)
        at = line = 0
        for shard in shards:  # each is the lines that follow those of the one before
            self.assertEqual(shard["offset"], at)
            at, line = at + shard["length"], line + shard["items"]
            self.assertEqual(read["items.jsonl"][at - 1:at], b"\n")
            self.assertEqual(json.loads(items[line - 1])["sourceKey"], f"data/{line - 1:07d}")
        self.assertEqual(at, len(read["items.jsonl"]))
        return told

    def test_a_hundred_thousand_are_about_a_hundred_shards(self):
        self.assertEqual(self.prepare(MANY)["shards"], 100)

    def test_a_compressed_manifest_of_more(self):
        told = self.prepare(MANY + 12_345, compressed=True)
        self.assertLessEqual(abs(told["shards"] - 100), 1)

    def test_few(self):
        for rows, shards in ((1, 1), (10, 1), (11, 2), (100, 10), (1000, 100), (1100, 100)):
            with self.subTest(rows=rows):
                self.assertEqual(self.prepare(rows)["shards"], shards)


if __name__ == "__main__":
    unittest.main()
