"""Executions of the state machine with archived sources: restored, waited for by nobody, copied.

moto restores an object when it is told to, or some seconds after it was asked; nothing here counts
those seconds: the tests wait for what they look for.
"""

from __future__ import annotations

import json
import sys
import threading
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib.aws import Case, Execution, Stack, numbered, wait_for
from lib.s3util import MIN_PART, Spec, keys, restores_take
from lib.servers import Rule

from faultproxy import hold, status

THAW = {"glacierFlexibleRetrievalThawDays": 3, "glacierFlexibleRetrievalThawSpeed": "Standard"}
ARCHIVED = ("deep/x", "glacier", "parts")
NEVER = 100000  # seconds


def setUpModule():
    """S3 holds the tasks to their task role."""
    Case.stack = Stack(rights=True)


def tearDownModule():
    Case.stack.stop()


class Thawing(Case):
    """A list of archived and other objects, in shards of two."""

    def setUp(self):
        super().setUp()
        self.stack.set_environment(COPYOUT_THAW_SECONDS="1")
        self.addCleanup(self.stack.set_environment, COPYOUT_THAW_SECONDS=None)
        self.addCleanup(restores_take, self.stack.endpoint, progression="immediate")
        restores_take(self.stack.endpoint, progression="time", seconds=NEVER)

    def archive(self, **input):
        """The job."""
        job = self.job([
            Spec("plain", size=5), Spec("deep/plain", size=0), *numbered(3),
            Spec("glacier", size=7, headers={"StorageClass": "GLACIER"}),
            Spec("deep/x", size=3, headers={"StorageClass": "DEEP_ARCHIVE"}),
            Spec("parts", parts=[MIN_PART, 9], headers={"StorageClass": "GLACIER"})],
            **{"maxItemsPerBatch": 2, "thawParams": THAW, **input})
        return job

    def restored(self, proxy) -> Counter:
        """How often each object was asked to be restored."""
        return Counter(request.key for request in proxy.log if request.op == "RestoreObject")

    def states(self, execution: Execution) -> Counter:
        """How often each of its states was entered."""
        return Counter(event["stateEnteredEventDetails"]["name"]
                       for event in self.stack.history(execution.arn)
                       if event["type"].endswith("StateEntered"))

    def waits(self, execution: Execution) -> int:
        """How often it has begun to wait."""
        return self.states(execution)["WaitForRestores"]

    def test_restored_and_copied(self):
        """No worker waits; all that can be read is copied at once, and the rest when it can."""
        job = self.archive()
        proxy = job.proxied()
        execution = job.start()
        wait_for(lambda: self.waits(execution) >= 2, "two waits", execution)
        self.assertFalse(execution.tasks("copy", running=True))
        self.assertEqual(set(keys(self.stack.s3, job.dst)) & set(job.specs), set(job.specs) - set(ARCHIVED))
        self.assertEqual(self.restored(proxy), {key: 1 for key in ARCHIVED})
        status = json.loads(self.stack.copyout("status", execution.arn, "--json").stdout)
        self.assertEqual(status["restoring"], 3)
        self.assertIn("3 objects are being restored", self.stack.copyout("status", execution.arn).stdout)
        self.assertIn("waiting/", "".join(execution.names()))
        restores_take(self.stack.endpoint, progression="immediate")
        output = execution.output()
        self.assertEqual((output["copied"], output["items"], output["missing"]), (8, 8, 0))
        job.assert_copied()
        self.assertEqual(self.restored(proxy), {key: 1 for key in ARCHIVED})
        self.assertEqual(set(execution.statuses().values()), {"COPIED"})
        self.assertEqual({row["status"] for row in job.report()}, {"COPIED"})
        self.assertEqual(execution.counts()["total"], 4)  # of one map run
        self.assertNotIn("waiting/", "".join(execution.names()))
        # Nobody asks again about what was copied before.
        self.assertTrue(all(count == 1 for count in job.copies().values()), job.copies())

    def test_killed_while_it_copies(self):
        """Another task goes on: it copies what is missing, and asks for no restore again."""
        job, gate = self.archive(), threading.Event()
        self.addCleanup(gate.set)
        proxy = job.proxied(Rule(hold(gate), op="CopyObject", key="deep/x$"))
        execution = job.start()
        wait_for(lambda: self.waits(execution) >= 1, "a wait", execution)
        restores_take(self.stack.endpoint, progression="immediate")
        wait_for(lambda: proxy.requests("CopyObject", key="deep/x"), "the copy", execution)
        wait_for(lambda: "glacier" in keys(self.stack.s3, job.dst), "another copy", execution)
        task, = execution.tasks("thaw", running=True)
        self.stack.kill(task.id)
        gate.set()
        output = execution.output()
        self.assertEqual((output["copied"] + output["same"], output["missing"]), (8, 0))
        execution.assert_errors({"States.HeartbeatTimeout": 1})
        job.assert_copied()
        self.assertEqual(self.restored(proxy), {key: 1 for key in ARCHIVED})
        self.assertEqual(job.copies()["glacier"], 1)

    def test_stopped_and_started_again(self):
        """A new execution waits for the same restores, and asks for none of them again."""
        job = self.archive()
        proxy = job.proxied()
        first = job.start()
        wait_for(lambda: self.waits(first) >= 1, "a wait", first)
        self.stack.copyout("stop", first.arn).expect(0)
        again = job.start()
        wait_for(lambda: self.waits(again) >= 1, "a wait", again)
        restores_take(self.stack.endpoint, progression="immediate")
        output = again.output()
        self.assertEqual((output["copied"], output["same"]), (3, 5))
        job.assert_copied()
        self.assertEqual(self.restored(proxy), {key: 1 for key in ARCHIVED})

    def test_no_fourth_task(self):
        """With nothing archived, and where nothing is to be restored, there is none."""
        job = self.job(numbered(5), maxItemsPerBatch=2, thawParams=THAW)
        execution = job.start()
        self.assertEqual(execution.output()["copied"], 5)
        self.assertEqual(self.states(execution)["FindWaiting"], 1)
        execution.assert_errors({})
        unasked = self.archive(thawParams=None)
        proxy = unasked.proxied()
        failed = unasked.start()
        failed.ends("FAILED")
        self.assertEqual(failed.statuses()["glacier"], "FAILED")
        self.assertEqual(self.states(failed)["FindWaiting"], 0)
        dry = unasked.start(thawParams=THAW, dryRun=True)
        dry.ends()
        self.assertEqual(self.restored(proxy), {})
        for one in (execution, failed, dry):
            self.assertEqual(one.tasks("thaw"), [])

    def test_refused(self):
        """A restore that is not allowed is a failure of that object; the others are waited for."""
        job = self.archive()
        job.proxied(Rule(status(403, "AccessDenied"), op="RestoreObject", key="glacier"))
        execution = job.start()
        wait_for(lambda: self.waits(execution) >= 1, "a wait", execution)
        restores_take(self.stack.endpoint, progression="immediate")
        execution.ends("FAILED")
        self.assertEqual(execution.statuses(), {key: "FAILED" if key == "glacier" else "COPIED"
                                                for key in job.specs})
        self.assertEqual(execution.results()["glacier"]["error"]["code"], "AccessDenied")
        # An object that failed is not tried again at each look.
        self.assertEqual(len(job.proxy.requests("RestoreObject", key="glacier")), 1)


if __name__ == "__main__":
    unittest.main()
