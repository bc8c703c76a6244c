"""One large object, many workers: each shard of it copies some of its parts into one upload."""

from __future__ import annotations

import json
import re
import sys
import threading
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, s3util
from lib.aws import Case, Stack, numbered, wait_for
from lib.s3util import MIN_PART, Spec
from lib.servers import Rule

from faultproxy import hold, status

PARTS = 6
SLICES = 3  # of two parts each


def setUpModule():
    """Eight seconds without a heartbeat, and a task is given up; five to end after SIGTERM."""
    Case.stack = Stack(stop=5)


def tearDownModule():
    """One server at a time."""
    Case.stack.stop()


def large(key: str = "big") -> Spec:
    """An object of six parts, of which the last is short."""
    return Spec(key, parts=[MIN_PART] * (PARTS - 1) + [9], tags={"a": "b"})


class Slices(Case):
    """Objects above 10 MiB are cut here, and in real life above 500 GB."""

    def large_job(self, *more: Spec, **changes):
        """A job of one large object, and some more."""
        return self.job([large(), *more], splitAbove=2 * MIN_PART, copyConcurrency=SLICES,
                        **changes)

    def parts_copied(self, proxy) -> Counter:
        """How often each part was copied, as the server has done it."""
        return Counter(request.part for request in proxy.requests("UploadPartCopy")
                       if request.upstream_status == 200)

    def assert_done(self, job, execution, results: int = SLICES, status: str = "COPIED") -> None:
        """The object is there, its row is one and has that status, and nothing is left open. It has one result line;
        those who see all parts at the same time have one each."""
        job.assert_copied(content=True)
        rows = [row for row in job.report() if row["source"].endswith("/big")]
        self.assertEqual([row["status"] for row in rows], [status])
        lines = [line for name in execution.names() if name.startswith("results/")
                 for line in execution.lines(name) if line["sourceKey"] == "big"]
        self.assertLessEqual(len(lines), results)
        self.assertIn(status, {line["status"] for line in lines})
        self.assertEqual({line["verified"] for line in lines}, {"etag"})
        self.assertEqual(s3util.unfinished_uploads(self.stack.s3, job.dst), [])
        self.assertEqual([name for name in execution.names() if name.startswith("uploads/")], [])

    def shards(self, execution) -> list[dict]:
        """The plan."""
        return json.loads(execution.file("shards.json"))

    def worker(self, execution, shard: int, number: int = 0):
        """A task of a shard, from 0."""
        return execution.by_shard()[shard][number]

    def others_end(self, execution, last: threading.Event, *shards: int, tries: int = 1) -> None:
        """The last part is let go when the workers of these shards have ended well: one completes."""
        wait_for(lambda: all(len(tasks := execution.by_shard().get(shard, [])) == tries
                             and not tasks[-1].running for shard in shards),
                 "the end of the others", execution)
        last.set()

    def test_all_well(self):
        """The plan names the slices; each part is copied once, and one worker completes."""
        job = self.large_job(*numbered(4), maxItemsPerBatch=10)
        last = threading.Event()
        self.addCleanup(last.set)
        proxy = job.proxied(Rule(hold(last), op="UploadPartCopy", part=PARTS))
        execution = job.start()
        self.others_end(execution, last, 0, 1)
        said = execution.output()
        self.assertEqual((said["items"], said["copied"], said["missing"]), (5, 5, 0))
        self.assert_done(job, execution, results=1)
        shards = self.shards(execution)
        self.assertEqual([(shard.get("slice"), shard.get("slices"), shard["items"])
                          for shard in shards],
                         [(1, 3, 1), (2, 3, 1), (3, 3, 1), (None, None, 4)])
        self.assertEqual(len({(shard["offset"], shard["length"]) for shard in shards[:3]}), 1)
        self.assertEqual(self.parts_copied(proxy), dict.fromkeys(range(1, PARTS + 1), 1))
        self.assertEqual(proxy.counts()["CompleteMultipartUpload"], 1)
        self.assertEqual(execution.counts()["succeeded"], len(shards))
        self.assertEqual(json.loads(execution.file("job.json"))["format"], 2)
        # A second execution finds it there.
        again = job.start()
        self.assertEqual(again.output()["same"], 5)
        self.assertEqual(Counter(row["status"] for row in job.report()), {"SAME": 5})
        self.assertEqual(proxy.counts()["CompleteMultipartUpload"], 1)

    def test_not_cut(self):
        """splitAbove 0, or a limit that no object is above: one shard for each object."""
        for above in (0, 100 * MIN_PART, None):
            job = self.job([large()], splitAbove=above)
            execution = job.start()
            self.assertEqual(execution.output()["copied"], 1)
            self.assertEqual([shard.get("slices") for shard in self.shards(execution)], [None])
            self.assertEqual(json.loads(execution.file("job.json"))["format"], 1)

    def test_sizes_cannot_be_seen_beforehand(self):
        """Neither HEAD nor a listing at the preparation: the object is copied as a whole."""
        job = self.large_job()
        job.proxied(Rule(status(403, "AccessDenied"), op="HeadObject", bucket=job.src,
                         attempts=[1], when=lambda request: not request.part))
        execution = job.start()
        self.assertEqual(execution.output()["copied"], 1)
        self.assertEqual([shard.get("slices") for shard in self.shards(execution)], [None])

    def caught(self, execution, proxy, parts: int) -> None:
        """Wait until so many parts are copied and the others are held."""
        wait_for(lambda: sum(self.parts_copied(proxy).values()) == parts
                 and len(proxy.requests("UploadPartCopy")) == PARTS, f"{parts} parts", execution)

    def test_killed(self):
        """SIGKILL of the worker of the second slice: its successor copies what is missing."""
        job = self.large_job()
        never = threading.Event()
        self.addCleanup(never.set)
        proxy = job.proxied(Rule(hold(never), op="UploadPartCopy", part=4, attempts=[1]))
        execution = job.start()
        self.caught(execution, proxy, PARTS - 1)
        wait_for(lambda: not self.worker(execution, 0).running
                 and not self.worker(execution, 2).running, "the end of the others", execution)
        self.stack.kill(self.worker(execution, 1).id)
        self.assertEqual(execution.output()["copied"], 1)
        self.assertEqual(self.parts_copied(proxy), dict.fromkeys(range(1, PARTS + 1), 1))
        self.assertEqual(len(execution.by_shard()[1]), 2)
        self.assert_done(job, execution, results=1)

    def test_all_killed(self):
        """SIGKILL of all of them, one after the other: the upload goes on."""
        job = self.large_job()
        never = threading.Event()
        self.addCleanup(never.set)
        last = threading.Event()
        self.addCleanup(last.set)
        proxy = job.proxied(Rule(hold(last), op="UploadPartCopy", part=6, attempts=[2]),
                            *(Rule(hold(never), op="UploadPartCopy", part=part, attempts=[1])
                              for part in (2, 4, 6)))
        execution = job.start()
        self.caught(execution, proxy, 3)
        for shard in range(SLICES):
            self.stack.kill(self.worker(execution, shard).id)
        self.others_end(execution, last, 0, 1, tries=2)
        self.assertEqual(execution.output()["copied"], 1)
        self.assertEqual(self.parts_copied(proxy), dict.fromkeys(range(1, PARTS + 1), 1))
        self.assert_done(job, execution)

    def test_stopped(self):
        """SIGTERM, as when Spot takes a machine back: the next worker goes on."""
        job = self.large_job()
        never = threading.Event()
        self.addCleanup(never.set)
        last = threading.Event()
        self.addCleanup(last.set)
        proxy = job.proxied(Rule(hold(last), op="UploadPartCopy", part=4, attempts=[2]),
                            *(Rule(hold(never), op="UploadPartCopy", part=part, attempts=[1])
                              for part in (1, 4)))
        execution = job.start()
        self.caught(execution, proxy, 4)
        for shard in (0, 1):
            self.stack.stop_task(self.worker(execution, shard).id)
        self.others_end(execution, last, 0, tries=2)
        self.assertEqual(execution.output()["copied"], 1)
        self.assertEqual(self.parts_copied(proxy), dict.fromkeys(range(1, PARTS + 1), 1))
        self.assert_done(job, execution)

    def test_two_workers_on_one_slice(self):
        """The heartbeats of a worker that lives on are lost: two have its slice."""
        job = self.large_job()
        first, second = threading.Event(), threading.Event()
        for gate in (first, second):
            self.addCleanup(gate.set)
        proxy = job.proxied(Rule(hold(first), op="UploadPartCopy", part=3, attempts=[1]),
                            Rule(hold(second), op="UploadPartCopy", part=3, attempts=[2]))
        execution = job.start()
        self.caught(execution, proxy, PARTS - 1)
        self.stack.drop_heartbeats(self.worker(execution, 1).id)
        wait_for(lambda: len([request for request in proxy.requests("UploadPartCopy")
                              if request.part == 3]) == 2, "the second worker", execution)
        first.set()
        second.set()
        # The worker whose heartbeats are lost publishes no result: if it has completed the upload, the other sees
        # the object done.
        output = execution.output()
        self.assertEqual(output["copied"] + output["same"], 1, output)
        self.assert_done(job, execution, status="COPIED" if output["copied"] else "SAME")

    def test_upload_is_removed(self):
        """Somebody removes the upload when the first slice is done: the others begin it anew."""
        job = self.large_job()
        gate = threading.Event()
        self.addCleanup(gate.set)
        proxy = job.proxied(*(Rule(hold(gate), op="UploadPartCopy", part=part, attempts=[1])
                              for part in (4, 6)))
        execution = job.start()
        self.caught(execution, proxy, 4)
        wait_for(lambda: not self.worker(execution, 0).running, "the first slice", execution)
        for key, upload in [(upload["Key"], upload["UploadId"]) for upload in
                            self.stack.s3.list_multipart_uploads(Bucket=job.dst)["Uploads"]]:
            self.stack.s3.abort_multipart_upload(Bucket=job.dst, Key=key, UploadId=upload)
        gate.set()
        self.assertEqual(execution.output()["copied"], 1)
        self.assert_done(job, execution)

    def test_a_slice_fails_for_good(self):
        """The object is FAILED once; the report removes the upload; run again, it is copied."""
        job = self.large_job()
        proxy = job.proxied(Rule(status(403, "AccessDenied"), op="UploadPartCopy", part=4))
        execution = job.start()
        failed = execution.ends("FAILED")
        self.assertEqual(failed["error"], "CopyIncomplete")
        self.assertIn("1 of 1 object was not copied", failed["cause"])
        rows = job.report()
        self.assertEqual([row["status"] for row in rows], ["FAILED"])
        self.assertIn("AccessDenied", rows[0]["message"])
        self.assertEqual(s3util.unfinished_uploads(self.stack.s3, job.dst), [])
        self.assertEqual([name for name in execution.names() if name.startswith("uploads/")], [])
        proxy.reset()
        again = job.start()
        self.assertEqual(again.output()["copied"], 1)
        self.assert_done(job, again)

    def given_up(self):
        """A job whose execution was stopped for good, with the upload that was shared, and it."""
        job = self.large_job()
        never = threading.Event()
        self.addCleanup(never.set)
        proxy = job.proxied(*(Rule(hold(never), op="UploadPartCopy", part=part)
                              for part in (2, 4, 6)))
        execution = job.start()
        self.caught(execution, proxy, 3)
        self.stack.sfn.stop_execution(executionArn=execution.arn)

        def ended() -> bool:
            """Whether no task is left; a shard whose task is killed may have got another one."""
            for task in execution.tasks(running=True):
                self.stack.kill(task.id)
            return not execution.tasks(running=True)

        wait_for(ended, "the end of the tasks", execution)
        self.assertEqual(len(s3util.unfinished_uploads(self.stack.s3, job.dst)), 1)
        return job, execution

    def assert_cleaned_up(self, job, execution) -> None:
        """Neither the upload is there any more nor its record."""
        self.assertEqual(s3util.unfinished_uploads(self.stack.s3, job.dst), [])
        self.assertEqual([name for name in execution.names() if name.startswith("uploads/")], [])

    def test_given_up(self):
        """copyout cleanup removes it."""
        job, execution = self.given_up()
        self.stack.copyout("cleanup", "--work",
                           f"s3://{self.stack.work}/{execution.prefix}").expect(0)
        self.assert_cleaned_up(job, execution)

    def run_as_task(self, execution, command: list[str]):
        """`aws ecs run-task` with what docs/aws-operation.md says; returns the task that has ended."""
        docs = (copyout.REPOSITORY / "docs" / "aws-operation.md").read_text()
        overrides = json.loads(re.search(r"--overrides '(\{.*\})'$", docs, re.MULTILINE)[1])
        (container,) = overrides["containerOverrides"]
        documented = [container["command"], json.loads(re.search(r'`(\["report", .*?\])`', docs)[1])]
        container["command"] = next(words for words in documented if words[0] == command[0])
        self.assertEqual(container["command"][:2], command)
        filled = json.loads(json.dumps(overrides).replace("WORK-BUCKET", self.stack.work)
                            .replace("EXECUTION-NAME", execution.name))
        asked = self.stack.requests()[0]["request"]  # cluster and network are the state machine's
        arn = self.stack.client("ecs").run_task(
            cluster=asked["cluster"], taskDefinition="CopyOut", launchType="FARGATE",
            networkConfiguration=asked["networkConfiguration"],
            overrides=filled)["tasks"][0]["taskArn"]
        id = arn.rpartition("/")[2]
        return wait_for(lambda: (task := self.stack.task(id)).ended and task, command[0], execution)

    def test_given_up_and_cleaned_up_by_a_task(self):
        """A task does it, which the destination lets in; another makes the report."""
        job, execution = self.given_up()
        report = self.run_as_task(execution, ["report", "--job"])
        self.assertEqual(report.exitCode, 1, report)  # not all is there
        self.assertEqual(json.loads(execution.file("report.json"))["copied"], 0)
        task = self.run_as_task(execution, ["cleanup", "--work"])
        self.assertEqual(task.exitCode, 0, task)
        self.assert_cleaned_up(job, execution)

    def test_by_hand(self):
        """Step by step, one slice and then all: the second copies the other parts, and completes."""
        job = self.large_job()
        proxy = job.proxied()
        env = {"AWS_ENDPOINT_URL_S3": proxy.endpoint}
        place = f"s3://{self.stack.work}/jobs/by-hand-{job.dst}/"
        for step in (["prepare", "-", "--job", place], ["copy", "--job", place, "--shard", "1"],
                     ["copy", "--job", place], ["report", "--job", place]):
            self.stack.copyout(*step, env=env, input=json.dumps(job.input)).expect(0)
        self.assertEqual(self.parts_copied(proxy), dict.fromkeys(range(1, PARTS + 1), 1))
        job.assert_copied(content=True)
        self.assertEqual([row["status"] for row in job.report()], ["COPIED"])
        self.assertEqual(s3util.unfinished_uploads(self.stack.s3, job.dst), [])


if __name__ == "__main__":
    unittest.main()
