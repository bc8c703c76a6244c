"""Workers are lost on purpose: the execution succeeds, nothing is missing, nothing is copied twice.

A fault proxy between the tasks and S3 holds some copies back, so that every worker is caught in the
middle of its shard: the "early" half of it is done, the "late" half under way.
"""

from __future__ import annotations

import random
import sys
import threading
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import s3util
from lib.aws import Case, Stack, numbered, wait_for
from lib.s3util import MIN_PART, Spec
from lib.servers import Rule

from faultproxy import call_after, hold

EACH = 10  # objects in a shard; those that end with 0 to 4 are early


def setUpModule():
    """Eight seconds without a heartbeat, and a task is given up; five to end after SIGTERM."""
    Case.stack = Stack(stop=5)


def tearDownModule():
    """One server at a time."""
    Case.stack.stop()


def late(*shards: int) -> str:
    """The late keys of some shards, as a regular expression."""
    return "/(" + "|".join(f"{shard:04d}" for shard in shards) + ")[5-9]$"


class Lost(Case):
    """Workers that do not come back, or come back too late."""

    def held(self, job, gate: threading.Event, *shards: int, attempt: int = 1) -> Rule:
        """Holds back the first copies of the late half of some shards."""
        self.addCleanup(gate.set)
        return Rule(hold(gate), op="CopyObject", bucket=job.dst, key=late(*shards),
                    attempts=[attempt])

    def caught(self, job, execution, shards: int) -> list:
        """Wait until each worker has done its early half and waits for the late one."""
        wait_for(lambda: sum(job.copies().values()) == shards * 5
                 and len(job.proxy.requests("CopyObject")) == shards * EACH
                 and all(request.status for request in job.proxy.requests("CopyObject")
                         if request.upstream_status), "half of each shard", execution)
        by_shard = execution.by_shard()
        self.assertEqual(sorted(by_shard), list(range(shards)))
        return [by_shard[shard][0] for shard in range(shards)]

    def setUp(self):
        """Results are published at the end, unless a test has them published as they come."""
        super().setUp()
        self.publishing(3600)
        self.addCleanup(self.stack.set_environment, COPYOUT_PUBLISH_SECONDS=None)

    def publishing(self, seconds: int) -> None:
        """How long a result waits at most until it is published."""
        self.stack.set_environment(COPYOUT_PUBLISH_SECONDS=str(seconds))

    def published(self, execution, shard: int) -> int:
        """How many of a shard's results lie in the work store."""
        return len(execution.results(shard))

    def halves(self, execution, shard: int) -> tuple[set[str], set[str]]:
        """The statuses in a shard's results: of the early half, and of the late one."""
        found: tuple[set[str], set[str]] = (set(), set())
        lines = execution.results(shard).values()
        self.assertEqual(len(lines), EACH)
        for line in lines:
            found[int(line["sourceKey"][-1]) >= 5].add(line["status"])
        return found

    def assert_once(self, job) -> None:
        """Everything is there, and was copied once."""
        self.assertEqual(job.copies(), dict.fromkeys(job.specs, 1))
        job.assert_copied(content=True)
        self.assertEqual(len(job.report()), len(job.specs))

    def test_killed(self):
        """SIGKILL: the machine is gone. What was finished before is not copied again."""
        job = self.job(numbered(6 * EACH), maxItemsPerBatch=EACH)
        never, later = threading.Event(), threading.Event()
        victims = sorted(random.Random(20).sample(range(6), 3))
        others = sorted(set(range(6)) - set(victims))
        job.proxied(self.held(job, never, *victims), self.held(job, later, *others))
        execution = job.start()
        workers = self.caught(job, execution, 6)
        for shard in victims:
            self.stack.kill(workers[shard].id)
        later.set()
        execution.ends()
        self.assert_once(job)
        for shard in victims:
            self.assertEqual(self.halves(execution, shard), ({"SAME"}, {"COPIED"}), shard)
            self.assertEqual(len(execution.by_shard()[shard]), 2)
        for shard in others:
            self.assertEqual(self.halves(execution, shard), ({"COPIED"}, {"COPIED"}), shard)

    def test_published_as_they_come(self):
        """SIGKILL again: the next worker starts from what the first had published, and asks nothing
        about it. A third of the shard's workers was given up, and lives on meanwhile."""
        job = self.job(numbered(2 * EACH), maxItemsPerBatch=EACH)
        never, successor = threading.Event(), threading.Event()
        self.publishing(1)
        proxy = job.proxied(self.held(job, never, 0, 1), self.held(job, successor, 0, attempt=2))
        execution = job.start()
        workers = self.caught(job, execution, 2)
        for shard in range(2):
            wait_for(lambda shard=shard: self.published(execution, shard) == 5,
                     "the results of the early half", execution)
        looks = len(proxy.requests("HeadObject"))
        self.stack.drop_heartbeats(workers[0].id)
        self.stack.kill(workers[1].id)
        wait_for(lambda: len(proxy.requests("CopyObject")) == 2 * EACH + 5 + 5, "successors",
                 execution)
        self.assertEqual({request.key for request in proxy.requests("HeadObject")[looks:]},
                         {key for key in job.specs if int(key[-1]) >= 5})
        self.quietly(execution, workers[0])
        successor.set()
        self.assertEqual(execution.output()["copied"], 2 * EACH)
        for shard in range(2):
            self.assertEqual(self.halves(execution, shard), ({"COPIED"}, {"COPIED"}))
            self.assertEqual(len(execution.by_shard()[shard]), 2)
        self.assert_once(job)

    def quietly(self, execution, task) -> None:
        """A worker that was given up ends by itself, with nothing said to Step Functions."""
        ended = wait_for(lambda: not (now := self.stack.task(task.id)).running and now,
                         "the end of a worker", execution)
        self.assertEqual(ended.exitCode, 0, ended)
        self.assertNotIn(("SendTaskSuccess", "OK"),
                         [(call["action"], call["answer"]) for call in ended.callbacks])
        self.assertEqual([call for call in ended.callbacks
                          if call["action"] == "SendTaskFailure"], [])
        self.assertIn("TaskTimedOut", [call["answer"] for call in ended.callbacks])
        self.assertIn("given to someone else", ended.text)
        self.assertNotIn("error", ended.text.lower())

    def test_hangs(self):
        """SIGSTOP: its heartbeats stop, and someone else does it. Then it wakes up.

        Shard 0's wakes when all is over; shard 1's while its successor works; shard 2's finds that
        all it waited for was done, and could publish.
        """
        job = self.job(numbered(4 * EACH), maxItemsPerBatch=EACH)
        never, successor, answers, later = (threading.Event() for _ in range(4))
        self.addCleanup(answers.set)
        job.proxied(
            self.held(job, never, 0, 1), self.held(job, successor, 1, attempt=2),
            self.held(job, later, 3),
            Rule(call_after(lambda _: answers.wait() and None), op="CopyObject", key=late(2)))
        execution = job.start()
        wait_for(lambda: sum(job.copies().values()) == 4 * 5 + 5, "half of each shard")
        wait_for(lambda: len(job.proxy.requests("CopyObject")) == 4 * EACH, "the other half")
        workers = [execution.by_shard()[shard][0] for shard in range(4)]
        for shard in range(3):
            self.stack.freeze(workers[shard].id)
        later.set()
        wait_for(lambda: len(job.proxy.requests("CopyObject")) == 4 * EACH + 10,
                 "successors", execution)
        self.stack.unfreeze(workers[1].id)
        self.quietly(execution, workers[1])
        successor.set()
        answers.set()
        execution.ends()
        before = self.stored(execution)
        for shard in (0, 2):
            self.stack.unfreeze(workers[shard].id)
            self.quietly(execution, workers[shard])
        self.assertEqual(self.stored(execution), before)
        self.assertEqual(self.halves(execution, 0), ({"SAME"}, {"COPIED"}))
        self.assertEqual(self.halves(execution, 1), ({"SAME"}, {"COPIED"}))
        self.assertEqual(self.halves(execution, 2), ({"SAME"}, {"SAME"}))
        self.assertEqual(self.halves(execution, 3), ({"COPIED"}, {"COPIED"}))
        self.assert_once(job)

    def stored(self, execution) -> dict:
        """When each file of the work folder was written."""
        return {item["Key"]: item["LastModified"] for item in
                s3util.listing(self.stack.s3, self.stack.work, execution.prefix)}

    def test_heartbeats_lost_while_the_worker_lives(self):
        """Two work on one shard: the first is told so, and leaves it to the second."""
        job = self.job(numbered(2 * EACH), maxItemsPerBatch=EACH)
        never, later = threading.Event(), threading.Event()
        job.proxied(self.held(job, never, 0), self.held(job, later, 1))
        execution = job.start()
        workers = self.caught(job, execution, 2)
        self.stack.drop_heartbeats(workers[0].id)
        self.quietly(execution, workers[0])
        later.set()
        execution.ends()
        self.assertEqual(self.halves(execution, 0), ({"SAME"}, {"COPIED"}))
        self.assertEqual(self.halves(execution, 1), ({"COPIED"}, {"COPIED"}))
        self.assert_once(job)

    def test_objects_in_parts(self):
        """Interrupted, then killed: the third copies the part that is missing, and no other."""
        job = self.job([Spec("big", parts=[MIN_PART, MIN_PART, 9], tags={"a": "b"})])
        never = threading.Event()
        self.addCleanup(never.set)
        proxy = job.proxied(Rule(hold(never), op="UploadPartCopy", part=2, attempts=[1, 2]))
        execution = job.start()
        for attempt, lose in ((1, self.stack.stop_task), (2, self.stack.kill)):
            wait_for(lambda: [request for request in proxy.requests("UploadPartCopy")
                              if (request.part, request.attempt) == (2, attempt)]
                     and len([request for request in proxy.requests("UploadPartCopy")
                              if request.status == 200]) == 2, "part 2", execution)
            lose(execution.tasks("copy")[-1].id)
        execution.ends()
        self.assertEqual(len(execution.tasks("copy")), 3)
        self.assertEqual(Counter(request.part for request in proxy.requests("UploadPartCopy")
                                 if request.upstream_status), {1: 1, 2: 1, 3: 1})
        self.assertEqual((proxy.counts()["CreateMultipartUpload"],
                          proxy.counts()["CompleteMultipartUpload"]), (1, 1))
        job.assert_copied(content=True)
        self.assertEqual(s3util.unfinished_uploads(self.stack.s3, job.dst), [])
        self.assertEqual([name for name in execution.names() if name.startswith("uploads/")], [])


if __name__ == "__main__":
    unittest.main()
