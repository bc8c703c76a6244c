"""Tasks that Spot takes back, that ECS does not start, and lost ones of Prepare and Report."""

from __future__ import annotations

import sys
import threading
import time
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import s3util
from lib.aws import Case, Stack, numbered, wait_for
from lib.servers import Rule

from faultproxy import hold


def setUpModule():
    """Eight seconds without a heartbeat, and a task is given up; twenty to end after SIGTERM, of which
    a quarter is kept for the results."""
    Case.stack = Stack(stop=20)


def tearDownModule():
    """One server at a time."""
    Case.stack.stop()


class Stopped(Case):
    """SIGTERM, two minutes before the machine is taken back: here twenty seconds."""

    def is_full(self, proxy) -> bool:
        """Whether the worker waits for answers, and sends nothing new."""
        sent = len(proxy.log)
        time.sleep(1)
        return len(proxy.log) == sent

    def begun(self, job) -> set[str]:
        """The objects that were looked at so far."""
        return {request.key for request in job.proxy.requests("HeadObject", bucket=job.src)}

    def test_what_was_done_is_published_and_the_rest_is_done_by_another(self):
        """The first 20 are done; 10 more may finish after SIGTERM; the others never would."""
        job = self.job(numbered(160), maxItemsPerBatch=160, look="head", splitAbove=0)
        never, finishing, successor = (threading.Event() for _ in range(3))
        for gate in (never, finishing, successor):
            self.addCleanup(gate.set)
        proxy = job.proxied(Rule(hold(finishing), op="CopyObject", key="/0002.$"),
                            Rule(hold(never), op="HeadObject", bucket=job.src,
                                 key="/00(0[3-9]|1.).$"),
                            Rule(hold(successor), op="CopyObject", bucket=job.dst))
        successor.set()
        execution = job.start()
        wait_for(lambda: sum(job.copies().values()) == 20
                 and len(proxy.requests("CopyObject")) == 30, "the first twenty", execution)
        wait_for(lambda: self.is_full(proxy), "as many as it sends at once", execution)
        worker = execution.tasks("copy")[0]
        self.stack.stop_task(worker.id, seconds=30)
        wait_for(lambda: "stopping" in self.stack.task(worker.id).text, "SIGTERM", execution)
        begun = self.begun(job)
        finishing.set()
        wait_for(lambda: sum(job.copies().values()) == 30, "what is under way", execution)
        successor.clear()
        ended = wait_for(lambda: not (now := self.stack.task(worker.id)).running and now,
                         "the worker's end", execution)
        begun_since = self.begun(job) - begun
        never.set()
        self.assertEqual(ended.exitCode, 143, ended)
        answers = [call for call in ended.callbacks if call["action"] != "SendTaskHeartbeat"]
        self.assertEqual([(call["action"], call["error"], call["answer"]) for call in answers],
                         [("SendTaskFailure", "SpotInterrupted", "OK")])
        self.assertLess(len(begun), 150)  # or nothing new could have been begun
        # Ten had room; what was on its way to the proxy when we looked is not meant.
        self.assertLess(len(begun_since), 10)
        done = [f"some/{number:05d}" for number in range(30)]
        statuses = execution.statuses()
        self.assertEqual([key for key in sorted(statuses) if statuses[key] == "COPIED"], done)
        self.assertEqual({statuses[key] for key in statuses if key not in done} - {"FAILED"}, set())
        successor.set()
        said = execution.output()
        self.assertEqual((said["copied"], said["same"]), (160, 0))
        self.assertEqual(len(execution.tasks("copy")), 2)
        self.assertEqual(job.copies(), dict.fromkeys(job.specs, 1))
        job.assert_copied()

    def test_who_can_finish_in_time_does(self):
        """All is under way at SIGTERM and ends before the deadline: nothing is left for another."""
        job = self.job(numbered(20), maxItemsPerBatch=20)
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxied(Rule(hold(gate), op="CopyObject", bucket=job.dst))
        execution = job.start()
        wait_for(lambda: len(job.proxy.requests("CopyObject")) == 20, "all of it", execution)
        worker = execution.tasks("copy")[0]
        self.stack.stop_task(worker.id, seconds=30)
        wait_for(lambda: "stopping" in self.stack.task(worker.id).text, "SIGTERM", execution)
        gate.set()
        self.assertEqual(execution.output()["copied"], 20)
        self.assertEqual(len(execution.tasks("copy")), 1)
        self.assertEqual(job.copies(), dict.fromkeys(job.specs, 1))


class BeforeAndAfter(Case):
    """Prepare and Report are lost, each twice: stopped, then killed or frozen."""

    def test_prepare_and_report_lost(self):
        job = self.job(numbered(4), maxItemsPerBatch=2)
        never = threading.Event()
        self.addCleanup(never.set)
        proxy = job.proxied(
            Rule(hold(never), op="GetObject", key=f"^{job.manifest}$", attempts=[1, 2]),
            Rule(hold(never), op="PutObject", key="^ENDED_COPY.csv$", attempts=[1, 2]))
        execution = job.start()

        def caught(command: str, op: str, key: str, attempt: int):
            """The task, when its request is held."""
            wait_for(lambda: len(proxy.requests(op, key=key)) == attempt, f"{command}", execution)
            tasks = execution.tasks(command)
            self.assertEqual(len(tasks), attempt)
            return tasks[-1]

        stopped = [caught("prepare", "GetObject", job.manifest, 1)]
        self.stack.stop_task(stopped[0].id, seconds=30)
        self.stack.kill(caught("prepare", "GetObject", job.manifest, 2).id)
        stopped.append(caught("report", "PutObject", "ENDED_COPY.csv", 1))
        self.stack.stop_task(stopped[1].id, seconds=30)
        frozen = caught("report", "PutObject", "ENDED_COPY.csv", 2)
        self.stack.freeze(frozen.id)
        self.assertEqual(execution.output()["copied"], 4)
        for task in stopped:
            self.assertEqual(self.stack.task(task.id).exitCode, 143)
        execution.assert_errors({"SpotInterrupted": 2, "States.HeartbeatTimeout": 2})
        self.stack.unfreeze(frozen.id)
        ended = wait_for(lambda: not (now := self.stack.task(frozen.id)).running and now,
                         "the end of a Report that was given up", execution)
        self.assertEqual(ended.exitCode, 0, ended)
        self.assertIn("given to someone else", ended.text)
        self.assertEqual(sum(request.upstream_status is not None for request in
                             proxy.requests("PutObject", key="ENDED_COPY.csv")), 1)
        self.assertEqual(job.copies(), dict.fromkeys(job.specs, 1))
        job.assert_copied()


class Throttled(Case):
    """RunTask is refused: the account's rate, or no room on Spot."""

    def prepared(self, job, refusals: int):
        """Start the job; Prepare runs, and the next RunTasks, those of shards, are refused."""
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxied(Rule(hold(gate), op="GetObject", key=f"^{job.manifest}$"))
        execution = job.start()
        execution.wait_for_tasks("prepare")
        self.stack.throttle(refusals)
        gate.set()
        return execution

    def refused(self, execution) -> list[str]:
        """The errors of its RunTasks."""
        return [request["error"] for request, environment in
                zip(self.stack.requests(), self.stack.run_tasks())
                if environment["COPYOUT_JOB"].endswith("/" + execution.prefix) and request["error"]]

    def test_every_step(self):
        """Prepare three times, shards five, Report twice."""
        job = self.job(numbered(30), maxItemsPerBatch=10)
        later = threading.Event()
        self.addCleanup(later.set)
        self.stack.throttle(3)
        execution = self.prepared(job, 5)
        job.proxy.rules = [*job.proxy.rules, Rule(hold(later), op="CopyObject")]
        wait_for(lambda: len(job.proxy.requests("CopyObject")) == 30, "all shards", execution)
        self.stack.throttle(2)
        later.set()
        self.assertEqual(execution.output()["copied"], 30)
        self.assertEqual(self.refused(execution), ["AmazonECSException"] * 10)
        execution.assert_errors({"ECS.AmazonECSException": 5})  # Prepare's, Report's
        self.assertEqual(Counter(task.command[0] for task in execution.tasks()),
                         {"prepare": 1, "copy": 3, "report": 1})
        self.assertEqual({task.capacity for task in execution.tasks("copy")}, {"FARGATE_SPOT"})
        self.assertEqual(job.copies(), dict.fromkeys(job.specs, 1))
        job.assert_copied()

    def test_no_room_on_spot(self):
        """Eleven times refused, and the shard goes to ordinary Fargate."""
        job = self.job(numbered(3), maxItemsPerBatch=3)
        execution = self.prepared(job, 11)
        self.assertEqual(execution.output()["copied"], 3)
        self.assertEqual(self.refused(execution), ["AmazonECSException"] * 11)
        self.assertEqual([task.capacity for task in execution.tasks("copy")], ["FARGATE"])
        self.assertEqual(s3util.unfinished_uploads(self.stack.s3, job.dst), [])


if __name__ == "__main__":
    unittest.main()
