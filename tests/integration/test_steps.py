"""prepare, copy and report as a person uses them: one after the other, in a folder or in S3."""

from __future__ import annotations

import csv
import io
import json
import signal
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, results, s3util, servers  # also puts tests/servers on the path
from lib.aws import wait_for
from lib.jobs import FOLDER, Job
from lib.s3util import ALL_HEADERS, ALL_METADATA, ALL_TAGS, MIN_PART, Spec
from lib.servers import Rule

from faultproxy import hold, status

NO_NEWS = ("attempts", "requests", "seconds", "ended")  # what differs from run to run
COUNTS = ("items", "copied", "same", "kept", "failed", "missing")


def some_kinds() -> list[Spec]:
    """Thirteen objects; three of each four shards or so."""
    full = {"headers": ALL_HEADERS, "metadata": ALL_METADATA, "tags": ALL_TAGS}
    return [*(Spec(f"small/{number}", size=number) for number in range(9)),
            Spec("full", size=12, **full), Spec("a b/+%41", size=11),
            Spec("parts", parts=[MIN_PART, 9], **full), Spec("one part", parts=[100])]


class Steps:
    """The tests, for each server and each kind of work store: the gate has one of each."""

    kind: str
    in_s3: bool

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)

    def job(self, specs=(), **input) -> Job:
        """A job in shards of four objects, its manifest and its place."""
        job = Job(self, self.server, specs or some_kinds())
        job.bucket = self.server.bucket_name("work")
        s3util.make_bucket(job.dest, job.bucket)
        where = manifest.put(job.dest, job.bucket, "list.csv",
                             manifest.of_bucket(job.src, job.specs))
        job.input = {"sourceFilesCsvBucket": job.bucket, "sourceFilesCsvKey": "list.csv",
                     "destinationBucket": job.dst, "destinationFolderKey": FOLDER,
                     "destinationKeys": "full", "maxItemsPerBatch": 4, **input}
        self.assertEqual(where, f"s3://{job.bucket}/list.csv")
        (job.folder / "input.json").write_text(json.dumps(job.input))
        self.place(job, "job")
        return job

    def place(self, job: Job, name: str) -> None:
        """Have what follows work in this work store."""
        job.name = name
        job.place = f"s3://{job.bucket}/{name}/" if self.in_s3 else str(job.folder / name)

    def step(self, job: Job, *args, **how) -> copyout.Result:
        """One step, or another command that takes --job."""
        return copyout.run([*args, "--job", job.place], self.server.through(job.proxy), **how)

    def prepare(self, job: Job, *options: str) -> dict:
        """The first step; its answer."""
        return self.step(job, "prepare", job.folder / "input.json", "--json", *options
                         ).expect(0).json

    def names(self, job: Job) -> set[str]:
        """The files of the work store."""
        if self.in_s3:
            return {key.removeprefix(f"{job.name}/")
                    for key in s3util.keys(job.dest, job.bucket, f"{job.name}/")}
        top = Path(job.place)
        return {str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()}

    def own_names(self, job: Job) -> set[str]:
        """The same, without what differs from worker to worker."""
        return set(map(results.without_worker, self.names(job)))

    def file(self, job: Job, name: str) -> str:
        """One of them."""
        if self.in_s3:
            return job.dest.get_object(Bucket=job.bucket, Key=f"{job.name}/{name}"
                                       )["Body"].read().decode()
        return Path(job.place, name).read_bytes().decode()  # read_text() takes CRLF for LF

    def results(self, job: Job) -> dict[str, dict]:
        """The result lines without what differs from run to run, by source key."""
        lines = results.merge((name, self.file(job, name)) for name in self.names(job)
                              if name.startswith("results/"))
        return {source: {key: value for key, value in line.items() if key not in NO_NEWS}
                for source, line in lines.items()}

    def rows(self, job: Job) -> list[dict]:
        """The report's rows, as the work store has them, without times."""
        rows = list(csv.DictReader(io.StringIO(self.file(job, "report.csv"), newline="")))
        there = job.dest.get_object(Bucket=job.dst, Key=FOLDER + "ENDED_COPY.csv")["Body"].read()
        self.assertEqual(there.decode(), self.file(job, "report.csv"))
        return [{key: value for key, value in row.items()
                 if not key.lower().startswith(("sec", "mb", "time", "speed"))} for row in rows]

    def report(self, job: Job, exit_code: int = 0) -> dict:
        """The third step; its answer."""
        return self.step(job, "report", "--json").expect(exit_code).json

    def counts(self, said: dict) -> dict:
        """Those that are not 0."""
        return {name: said[name] for name in COUNTS if said[name]}

    def test_former_names_of_fields(self):
        """An input of Elsa Data's earlier services: taken, warned of, and stored by the new names."""
        job = self.job([Spec("a", size=1)])
        given = {name: value for name, value in job.input.items() if name != "destinationFolderKey"}
        given |= {"destinationPrefixKey": FOLDER, "requiredRegion": self.server.region}
        said = self.step(job, "prepare", "--json", env={"COPYOUT_INPUT": json.dumps(given)}).expect(0)
        self.assertIn("destinationPrefixKey: the field is now called destinationFolderKey", said.stderr)
        self.assertIn("requiredRegion: the field is now called sourceRequiredRegion and "
                      "destinationRequiredRegion", said.stderr)
        stored = json.loads(self.file(job, "job.json"))["input"]
        self.assertEqual((stored["destinationFolderKey"], stored["sourceRequiredRegion"],
                          stored["destinationRequiredRegion"]),
                         (FOLDER, self.server.region, self.server.region))
        self.assertEqual(self.step(job, "copy", "--json").expect(0).json["copied"], 1)
        job.assert_copied()
        (job.folder / "input.json").write_text(json.dumps(given | {"requiredRegion": "eu-north-9"}))
        elsewhere = copyout.run(["run", job.folder / "input.json"], self.server.through(job.proxy))
        known = self.server.features.bucket_region  # of buckets, by the server
        self.assertEqual("eu-north-9" in elsewhere.expect(3 if known else 0).stderr, known)

    def test_the_same_as_run(self):
        """Results, reports and objects are those of `copyout run` on the same data."""
        job = self.job()
        told = self.prepare(job)
        self.assertEqual((told["items"], told["shards"], told["itemsPerShard"]), (13, 4, 4))
        self.assertEqual(self.names(job), {"job.json", "items.jsonl", "shards.json"})
        said = self.step(job, "copy", "--json").expect(0).json
        self.assertEqual((said["items"], said["copied"], said["failed"]), (13, 13, 0))
        self.assertEqual(self.counts(self.report(job)), {"items": 13, "copied": 13})
        job.assert_copied(content=True)
        mine = self.results(job), self.rows(job), self.own_names(job)

        s3util.delete_all(job.dest, job.dst)
        self.place(job, "run")
        copyout.run(["run", job.folder / "input.json", "--work", job.place],
                    self.server.through(job.proxy)).expect(0)
        self.assertEqual((self.results(job), self.rows(job), self.own_names(job)), mine)

    def test_shard_by_shard(self):
        """In any order; what was not reached yet is in the report, which can be repeated."""
        job = self.job()
        self.prepare(job)
        self.assertEqual(self.counts(self.report(job, 1)), {"items": 13, "missing": 13})
        self.assertEqual({row["status"] for row in self.rows(job)}, {"NOT REACHED"})
        for number, done in ((2, 4), (0, 8), (3, 9)):
            said = self.step(job, "copy", "--json", "--shard", str(number)).expect(0).json
            self.assertEqual(said["copied"], said["items"])
            self.assertEqual(self.counts(self.report(job, 1)),
                             {"items": 13, "copied": done, "missing": 13 - done})
        keys = list(job.specs)
        self.assertEqual([row["status"] for row in self.rows(job)],
                         ["COPIED"] * 4 + ["NOT REACHED"] * 4 + ["COPIED"] * 5)
        self.assertEqual({request.key.removeprefix(FOLDER) for request in job.proxy.log
                          if request.op in ("CopyObject", "CompleteMultipartUpload")},
                         {*keys[:4], *keys[8:]})
        summary = self.step(job, "report").expect(1)
        self.assertIn("4 not reached", summary.stdout)
        self.step(job, "copy", env={"COPYOUT_SHARD": "1"}).expect(0)
        for _ in range(2):
            self.assertEqual(self.counts(self.report(job)), {"items": 13, "copied": 13})
        job.assert_copied()
        # As a task is told of it: the shard's own object.
        shard = json.loads(self.file(job, "shards.json"))[1]
        said = self.step(job, "copy", "--json", env={"COPYOUT_SHARD": json.dumps(shard)}
                         ).expect(0).json
        self.assertEqual((said["items"], said["same"]), (4, 4))
        self.assertEqual(self.counts(self.report(job)), {"items": 13, "copied": 9, "same": 4})

    def test_prepare_again_keeps_the_plan(self):
        """Unless the input, or the manifest, is another."""
        job = self.job()
        self.prepare(job)
        before = self.file(job, "job.json")
        self.step(job, "copy", "--shard", "0").expect(0)
        self.prepare(job)
        self.assertEqual(self.file(job, "job.json"), before)
        self.assertEqual(self.counts(self.report(job, 1))["copied"], 4)

    def test_results_of_another_plan_are_none(self):
        """A report never counts what an earlier plan's lines came to as those of this one."""
        job = self.job()
        self.prepare(job)
        self.step(job, "copy", "--shard", "0").expect(0)
        manifest.put(job.dest, job.bucket, "list.csv",
                     manifest.of_bucket(job.src, list(job.specs)[4:]))
        result = self.step(job, "prepare", job.folder / "input.json").expect(2)
        self.assertIn("--replace-job", result.stderr)
        self.assertEqual(self.counts(self.report(job, 1)), {"items": 13, "copied": 4, "missing": 9})
        self.assertEqual(self.prepare(job, "--replace-job")["items"], 9)
        self.assertEqual(self.counts(self.report(job, 1)), {"items": 9, "missing": 9})

    def test_failures(self):
        """A missing object: exit 1 of copy and of report; all others are copied."""
        job = self.job()
        job.source.delete_object(Bucket=job.src, Key="small/5")
        self.prepare(job)
        self.assertEqual(self.step(job, "copy", "--json").expect(1).json["failed"], 1)
        said = self.report(job, 1)
        self.assertEqual(self.counts(said), {"items": 13, "copied": 12, "failed": 1})
        self.assertFalse(said["complete"])
        self.assertRegex(said["cause"], r"\b1 of 13\b.*ENDED_COPY\.csv.*small/5.*NoSuchKey")

    def test_interrupted(self):
        """SIGTERM: what was done is recorded; the same again does the rest."""
        job = self.job()
        self.prepare(job)
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxy.reset([Rule(hold(gate), op="CopyObject", key="small/[5-8]$", attempts=[1])])
        copying = copyout.Running(["copy", "--job", job.place], self.server.through(job.proxy),
                                  env={"COPYOUT_STOP_SECONDS": "1"})
        wait_for(lambda: sum(request.upstream_status is None for request in
                             job.proxy.requests("CopyObject")) == 4
                 and s3util.exists(job.dest, job.dst, FOLDER + "parts"), "four that wait")
        copying.signal(signal.SIGTERM)
        result = copying.wait().expect(143)
        self.assertIn("stopped", result.stderr)
        said = self.report(job, 1)
        self.assertEqual(said["copied"], 9)
        self.assertEqual(said["failed"] + said["missing"], 4)
        job.proxy.reset()
        self.step(job, "copy").expect(0)
        self.assertEqual({request.key.removeprefix(FOLDER) for request in job.proxy.log
                          if request.op in ("CopyObject", "HeadObject")},
                         {f"small/{number}" for number in (5, 6, 7, 8)})
        self.assertEqual(self.counts(self.report(job)), {"items": 13, "copied": 13})
        self.assertEqual(s3util.unfinished_uploads(job.dest, job.dst), [])
        job.assert_copied()

    def test_mistakes(self):
        job = self.job()
        for args, code, said in [
                (("copy",), 2, "prepare"), (("report",), 2, "prepare"),
                (("prepare",), 2, "COPYOUT_INPUT"),
                (("prepare", "/no/such.json"), 2, "/no/such.json")]:
            with self.subTest(args=args):
                result = self.step(job, *args).expect(code)
                self.assertIn(said, result.stderr)
                told = self.step(job, *args, "--json").expect(code).json
                self.assertIn(said, told["error"]["message"])
                self.assertEqual(told["exitCode"], code)
        self.prepare(job)
        for shard in ("4", "x", "-1", "99999999999999999999"):
            self.assertIn("shard", self.step(job, "copy", "--shard", shard).expect(2).stderr)
        result = copyout.run(["copy"], self.server)
        self.assertIn("--job", result.expect(2).stderr)
        self.assertEqual(s3util.keys(job.dest, job.dst), [FOLDER + "STARTED_COPY.txt"])


class StepsInS3(Steps):
    """What can only go wrong with a prefix in S3."""

    in_s3 = True

    def test_work_store_that_does_not_answer(self):
        """A fault of the work store is none of the objects', nor one of permission to wait for."""
        job = self.job()
        self.prepare(job)
        for rule in (Rule(status(403, "AccessDenied"), op="GetObject", key="/items.jsonl$"),
                     Rule(status(403, "AccessDenied"), op="PutObject", key="/results/")):
            job.proxy.reset([rule])
            self.assertIn("work store", self.step(job, "copy").expect(4).stderr)
        job.proxy.reset()
        self.step(job, "copy").expect(0)
        self.assertEqual(self.counts(self.report(job)), {"items": 13, "same": 13})


    def publishing(self, job: Job) -> tuple[copyout.Running, threading.Event]:
        """All is copied, and the first of the shards' results is on its way to the work store."""
        self.prepare(job)
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxy.reset([Rule(hold(gate), op="PutObject", key="/results/")])
        copying = copyout.Running(["copy", "--job", job.place], self.server.through(job.proxy))
        wait_for(lambda: any("/results/" in request.key for request in
                             job.proxy.requests("PutObject")), "results that are written")
        return copying, gate

    def test_stopped_while_publishing(self):
        """SIGTERM when the objects are done: their results are written all the same."""
        job = self.job()
        copying, gate = self.publishing(job)
        copying.signal(signal.SIGTERM)
        wait_for(lambda: "stopping" in copying.stderr().lower(), "it knows")
        gate.set()
        copying.wait().expect(0)
        self.assertEqual(self.counts(self.report(job)), {"items": 13, "copied": 13})

    def test_stopped_twice_while_publishing(self):
        """Who insists is obeyed at once; the next run finds all of it done."""
        job = self.job()
        copying, _ = self.publishing(job)
        copying.signal(signal.SIGTERM)
        wait_for(lambda: "stopping" in copying.stderr().lower(), "it knows")
        copying.signal(signal.SIGTERM)
        self.assertIn(copying.wait(60).returncode, (4, 143))
        job.proxy.reset()
        self.step(job, "copy").expect(0)
        self.assertEqual(self.counts(self.report(job)), {"items": 13, "same": 13})


@copyout.full_only
class InFolderOnRgw(Steps, unittest.TestCase):
    """RGW, and a folder here."""

    kind, in_s3 = "rgw", False


class InS3OnRgw(StepsInS3, unittest.TestCase):
    """RGW, and a prefix in it."""

    kind = "rgw"


@copyout.full_only
class InS3OnMoto(StepsInS3, unittest.TestCase):
    """moto, and a prefix in it."""

    kind = "moto"


class InFolderOnMoto(Steps, unittest.TestCase):
    """moto, and a folder here."""

    kind, in_s3 = "moto", False


if __name__ == "__main__":
    unittest.main()
