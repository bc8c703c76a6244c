"""The command that a run ends with when it did not copy all: given to a shell it goes on, and ends
complete. And the jobs that runs leave: listed, shown, taken up again, removed.

Each test has a fake S3 of its own (tests/servers/quirk_s3.py).
"""

from __future__ import annotations

import csv
import io
import json
import shlex
import signal
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from lib import copyout, manifest
from lib.aws import wait_for
from test_other_servers import Quirks

from quirk_s3 import error

SMALL, LARGE = 12, 2
COUNT = SMALL + LARGE
MIB = 1 << 20


class Case(Quirks):
    """A job of some small objects and two in parts, and a folder to work in."""

    def begin(self) -> None:
        self.serve()
        self.fake.bucket("work")
        self.keys = [f"small {number}" for number in range(SMALL)]
        self.add(*self.keys, size=10)
        large = [f"large{number}" for number in range(LARGE)]
        self.add(*large)
        self.keys += large
        self.list = manifest.write(manifest.of_bucket("src", self.keys))
        (self.folder / "the list.csv").write_bytes(self.list)
        self.here = self.folder / "here"
        self.here.mkdir()

    def run_here(self, *args, code: int, **how) -> copyout.Result:
        """A command in that folder."""
        return copyout.run([*args], self.server, cwd=self.here, **how).expect(code)

    def shell(self, line: str, code: int | None = 0) -> copyout.Result:
        """Give a line to a shell, in that folder."""
        with tempfile.TemporaryDirectory(prefix="copyout-test-") as home:
            ended = subprocess.run(["bash", "-c", line], cwd=self.here, text=True,
                                   stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
                                   env=copyout.environment(home, self.server), check=False)
        result = copyout.Result([line], ended.returncode, ended.stdout, ended.stderr)
        return result if code is None else result.expect(code)

    def last_line(self, result: copyout.Result) -> str:
        """The command that a run ended with."""
        lines = result.stderr.rstrip("\n").split("\n")
        self.assertEqual(lines[-2], "To go on, run:", result)
        self.assertEqual(shlex.split(lines[-1])[0], str(copyout.BINARY))
        return lines[-1]

    def answers_end(self, after: int, signals: tuple[int, ...], *args, for_ever: bool = False,
                    **how) -> copyout.Result:
        """A run whose server stops answering after so many requests, and which then gets these.

        When the run waits for nothing more, new requests are answered again: the report's. for_ever:
        they are not.
        """
        leave, counted, lock = threading.Event(), [0], threading.Lock()
        silent = threading.Event()
        self.addCleanup(leave.set)

        def hold(request, proceed):
            with lock:
                counted[0] += 1
                late = counted[0] > after
            if late and not leave.is_set():
                silent.set()
                leave.wait(90)
                return error(503, "SlowDown")
            return proceed(request)

        self.fake.quirks.append(hold)
        running = copyout.Running([*args], self.server, cwd=self.here, **how)
        wait_for(lambda: silent.is_set() or running.process.poll() is not None, "the silence")
        for number in signals:
            running.signal(number)
        wait_for(lambda: running.process.poll() is not None or (len(signals) > 1 and not for_ever)
                 or not for_ever and "the time to stop in is nearly over" in running.stderr(), "its end")
        leave.set()
        result = running.wait(60)
        self.fake.quirks.remove(hold)
        return result

    def check_complete(self, told: dict) -> None:
        """All is there, the counts are of the whole job, and no upload is left."""
        self.assertEqual(told["items"], COUNT)
        self.assertEqual(told["copied"] + told["same"], COUNT, told)
        self.assertEqual((told["failed"], told["missing"]), (0, 0))
        self.assertEqual(self.fake.uploads, {})
        for key in self.keys:
            self.assertEqual(self.fake.get("dst", key).content, self.fake.get("src", key).content)


class GoOn(Case):
    """Ctrl-C at many moments."""

    def check(self, after: int, *where: str, first=(), env=None) -> None:
        """Ended after so many requests, the printed command does the rest."""
        result = self.answers_end(
            after, (signal.SIGINT,), "run", *first, "--to", "s3://dst/", "--destination-keys",
            "full", "--json", "--max-in-flight", "3", *where,
            env={"COPYOUT_STOP_SECONDS": "1"}, **(env or {})).expect(130)
        told = json.loads(result.stdout.strip().split("\n")[-1])
        if "items" in told:
            self.assertEqual(told["failed"], 0, result)
            self.assertEqual(told["copied"] + told["same"] + told["missing"], COUNT)
        copied = told.get("copied", 0)
        done = self.shell(self.last_line(result)).json
        self.check_complete(done)
        self.assertGreaterEqual(done["copied"], copied)
        self.assertEqual(done["earlierRuns"]["copied"], copied)

    def test_at_many_moments(self):
        """Of a list in a file, in the default work store."""
        for after in (0, 1, 2, 3, 5, 8, 11, 14, 17, 20, 23):
            with self.subTest(after=after):
                self.begin()
                self.check(after, first=("--manifest", self.folder / "the list.csv"))
                self.assertEqual(len(list(self.here.glob("copyout-work/*"))), 1)

    def test_silent_for_ever(self):
        """What is written last meets the silence too, and is given up when all of the time is over."""
        self.begin()
        result = self.answers_end(
            14, (signal.SIGTERM,), "run", "--manifest", self.folder / "the list.csv", "--to",
            "s3://dst/", "--destination-keys", "full", "--max-in-flight", "3", "--json", for_ever=True,
            env={"COPYOUT_STOP_SECONDS": "1"}).expect(143)
        self.check_complete(self.shell(self.last_line(result)).json)

    def test_standard_input(self):
        """The list is kept: the command needs no input."""
        for after in (0, 3, 9, 15):
            with self.subTest(after=after):
                self.begin()
                self.check(after, first=("--manifest", "-"), env={"input": self.list})
                kept = list(self.here.glob("copyout-work/*/list-*"))
                self.assertEqual([file.read_bytes() for file in kept], [self.list])

    def test_work_in_s3(self):
        """The list is kept there."""
        for after in (9, 15, 21):
            with self.subTest(after=after):
                self.begin()
                self.check(after, "--work", "s3://work/a job/", first=("--manifest", "-"),
                           env={"input": self.list})
                self.assertEqual(list(self.here.iterdir()), [])

    def test_input_from_standard_input(self):
        """JSON is given on the command line."""
        self.begin()
        self.fake.add("work", "list.csv", self.list)
        given = {"sourceFilesCsvBucket": "work", "sourceFilesCsvKey": "list.csv",
                 "destinationBucket": "dst", "destinationKeys": "full"}
        result = self.answers_end(12, (signal.SIGTERM, signal.SIGTERM), "run", "-", "--json",
                                  input=json.dumps(given)).expect(143)
        self.check_complete(self.shell(self.last_line(result)).json)

    def test_same_command(self):
        """It goes on by itself, also of a list from standard input."""
        self.begin()
        command = ["run", "--manifest", "-", "--to", "s3://dst/", "--destination-keys", "full",
                   "--json"]
        first = self.answers_end(15, (signal.SIGINT, signal.SIGINT), *command,
                                 input=self.list).expect(130).json
        told = self.run_here(*command, code=0, input=self.list).json
        self.check_complete(told)
        self.assertEqual(told["earlierRuns"]["copied"], first["copied"])

    def test_too_dear(self):
        """The command has an amount that is enough."""
        self.begin()
        result = self.run_here(
            "run", "--manifest", self.folder / "the list.csv", "--to", "s3://dst/",
            "--destination-keys", "full", "--max-cost", "0.000001", "--json", code=2)
        self.check_complete(self.shell(self.last_line(result)).json)

    def test_failed(self):
        """An object that failed is tried again."""
        self.begin()
        self.fake.quirks.append(lambda request, proceed: error(403, "AccessDenied")
                                if request.key == "small 3" and request.op == "CopyObject"
                                else proceed(request))
        result = self.run_here(
            "run", "--manifest", self.folder / "the list.csv", "--to", "s3://dst/",
            "--destination-keys", "full", "--json", code=1)
        self.assertEqual(result.json["failed"], 1)
        self.fake.quirks.pop()
        self.check_complete(self.shell(self.last_line(result)).json)

    def steps(self) -> None:
        """The first step, in a folder of a name that a shell takes apart."""
        self.begin()
        self.fake.add("work", "list.csv", self.list)
        (self.here / "in.json").write_text(json.dumps(
            {"sourceFilesCsvBucket": "work", "sourceFilesCsvKey": "list.csv",
             "destinationBucket": "dst", "destinationKeys": "full"}))

    def test_step_was_stopped(self):
        """The step by itself is the command that goes on."""
        self.steps()
        self.run_here("prepare", "in.json", "--job", "a job", "--quiet", code=0)
        result = self.answers_end(8, (signal.SIGINT,), "copy", "--job", "a job", "--json",
                                  "--max-in-flight", "3", env={"COPYOUT_STOP_SECONDS": "1"})
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(" copy --job 'a job' ", self.last_line(result))
        self.shell(self.last_line(result))
        self.check_complete(self.run_here("report", "--job", "a job", "--json", code=0).json)

    def test_step_failed(self):
        """A report of failures begins with copying once more."""
        self.steps()
        self.fake.quirks.append(lambda request, proceed: error(403, "AccessDenied")
                                if request.key == "small 3" and request.op == "CopyObject"
                                else proceed(request))
        self.run_here("prepare", "in.json", "--job", "a job", "--quiet", code=0)
        self.last_line(self.run_here("copy", "--job", "a job", "--quiet", code=1))
        result = self.run_here("report", "--job", "a job", "--json", code=1)
        self.fake.quirks.pop()
        self.assertIn(" && ", self.last_line(result))
        done = self.shell(self.last_line(result).replace(" && ", " >/dev/null && "))
        self.check_complete(done.json)

    def test_step_from_standard_input(self):
        """What was read from there is given on the command line; a mistake in it is not."""
        self.steps()
        text = (self.here / "in.json").read_text()
        self.fake.quirks.append(lambda request, proceed: error(403, "AccessDenied")
                                if request.op == "PutObject" else proceed(request))
        result = self.run_here("prepare", "-", "--job", "a job", code=3, input=text)
        self.fake.quirks.pop()
        self.shell(self.last_line(result))
        self.assertTrue((self.here / "a job/shards.json").exists())
        wrong = self.run_here("prepare", "-", "--job", "b", code=2, input=text.replace("Bucket", "Bukcet"))
        self.assertNotIn("To go on", wrong.stderr)

    def test_no_litter(self):
        """What is refused before anything was there leaves nothing, and has nothing to go on."""
        self.begin()
        bad = self.folder / "bad.csv"
        bad.write_text("no bucket\n")
        for args in (["--manifest", bad], ["--manifest", self.folder / "none.csv"],
                     ["--manifest", "s3://work/none.csv"], ["--manifest", "-"]):
            for where in ([], ["--work", "a/b"]):
                with self.subTest(args=args, where=where):
                    result = self.run_here("run", *args, "--to", "s3://dst/", *where, code=2,
                                           input="x\n")
                    self.assertEqual(list(self.here.iterdir()), [])
                    self.assertNotIn("To go on", result.stderr)
        for step in (["copy"], ["report"], ["jobs", "retry"]):
            where = ["a/b"] if step[0] == "jobs" else ["--job", "a/b"]
            self.run_here(*step, *where, code=2)
            self.assertEqual(list(self.here.iterdir()), [])


class Jobs(Case):
    """copyout jobs."""

    where: str | None = None  # the work store; None: that of the list and the destination

    def place(self) -> list[str]:
        """The option that names it."""
        return ["--work", self.where] if self.where else []

    def command(self, *options: str) -> list:
        """A run."""
        return ["run", "--manifest", self.folder / "the list.csv", "--to", "s3://dst/",
                "--destination-keys", "full", "--json", *self.place(), *options]

    def jobs(self, *args: str, code: int = 0) -> copyout.Result:
        """copyout jobs …"""
        return self.run_here("jobs", *args, code=code)

    def listed(self) -> list[dict]:
        """The jobs that there are."""
        below = ["s3://work/"] if self.where and self.where.startswith("s3://") else []
        return self.jobs(*below, "--json").json["jobs"]

    def refuse(self, *keys: str):
        """Refuse to copy these."""
        def quirk(request, proceed):
            if request.key in keys and request.op in ("CopyObject", "CreateMultipartUpload"):
                return error(403, "AccessDenied")
            return proceed(request)
        self.fake.quirks.append(quirk)

    def rows(self, job: str, status: str) -> list[dict]:
        """The objects of that status, by the CSV and by JSON, which must be the same."""
        said = self.jobs("show", job, "--status", status).stdout
        rows = list(csv.DictReader(io.StringIO(said, newline="")))
        told = self.jobs("show", job, "--status", status, "--json").json["objects"]
        self.assertEqual(rows, told)
        return rows

    def test_from_its_plan_to_its_end(self):
        """States, counts, a retry of what failed, and the end."""
        self.begin()
        self.assertEqual(self.listed(), [])
        self.refuse("small 3", "large1")
        self.run_here(*self.command(), code=1)
        job, = self.listed()
        self.assertEqual((job["state"], job["copied"], job["failed"], job["missing"]),
                         ("failed", COUNT - 2, 2, 0))
        self.assertEqual(job["destination"], "s3://dst/")
        place = job["job"]
        self.assertIn(f"{place}: failed; {COUNT} objects: {COUNT - 2} copied, 2 failed",
                      self.jobs("show", place).stdout)
        self.assertEqual({row["source"] for row in self.rows(place, "FAILED")},
                         {"s3://src/small 3", "s3://src/large1"})
        self.assertIn("AccessDenied", self.rows(place, "FAILED")[0]["message"])
        self.assertEqual(len(self.rows(place, "COPIED")), COUNT - 2)
        result = self.jobs("retry", place, "--json", code=1)
        self.assertEqual((result.json["copied"], result.json["failed"]), (COUNT - 2, 2))
        self.fake.quirks.pop()
        self.fake.forget()
        self.check_complete(self.shell(self.last_line(result)).json)
        self.assertEqual({request.key for request in self.fake.log if request.key in self.keys},
                         {"small 3", "large1"})
        job, = self.listed()
        self.assertEqual((job["state"], job["copied"], job["failed"]), ("complete", COUNT, 0))
        self.remove(place)
        self.assertEqual(self.listed(), [])
        self.assertTrue(self.fake.get("dst", "small 3"))

    def remove(self, place: str) -> None:
        """Remove it; nothing of it is left."""
        self.jobs("rm", place)
        self.assertEqual(list(self.here.iterdir()), [])

    def test_killed(self):
        """What was not reached is known without a report, and taken up by a retry."""
        self.begin()
        self.answers_end(17, (signal.SIGKILL,), *self.command("--max-in-flight", "2"))
        job, = self.listed()
        self.assertIn(job["state"], self.killed_states)
        self.assertEqual(job["copied"] + job["missing"], COUNT)
        self.assertGreater(job["missing"], 0)
        self.assertEqual(len(self.rows(job["job"], "NOT-REACHED")), job["missing"])
        self.check_complete(self.jobs("retry", job["job"], "--json").json)
        self.assertEqual(self.listed()[0]["state"], "complete")

    killed_states = ("unfinished", "prepared")

    def test_uploads_on_record(self):
        """A job with unfinished uploads is not removed."""
        self.begin()
        self.fake.quirks.append(lambda request, proceed: proceed(request)
                                if request.op != "UploadPartCopy" else error(503, "SlowDown"))
        running = copyout.Running(self.command(), self.server, cwd=self.here)
        wait_for(lambda: len(self.fake.uploads) == LARGE, "the uploads")
        wait_for(lambda: self.fake.requests("UploadPartCopy"), "a part")
        running.signal(signal.SIGINT)
        running.signal(signal.SIGINT)
        running.wait(60).expect(130)
        self.fake.quirks.pop()
        job, = self.listed()
        self.assertGreater(job["uploads"], 0)
        yes = ["--yes"] if self.where else []
        self.assertIn("nothing was removed", self.jobs("rm", job["job"], *yes, code=2).stderr)
        self.assertEqual(self.listed(), [job])

    def test_dry_run(self):
        """A job that was only looked at."""
        self.begin()
        self.run_here(*self.command("--dry-run"), code=0)
        job, = self.listed()
        self.assertEqual((job["state"], job["pending"], job["dryRun"]), ("looked-at", COUNT, True))

    def test_which(self):
        """A job must be named."""
        self.begin()
        for command in ("show", "retry", "rm"):
            self.assertIn("which job?", self.jobs(command, code=2).stderr)


class JobsHere(Jobs):
    """What is so in a folder."""

    def test_running(self):
        """The lock tells; a running job is shown, and not removed."""
        self.begin()
        held = threading.Event()
        self.addCleanup(held.set)

        def hold(request, proceed):
            if request.op == "CopyObject" and request.key == "small 5":
                held.wait(90)
            return proceed(request)

        self.fake.quirks.append(hold)
        running = copyout.Running(self.command(), self.server, cwd=self.here)
        wait_for(lambda: self.listed() and self.listed()[0].get("copied") == COUNT - 1, "the rest")
        job, = self.listed()
        self.assertEqual((job["state"], job["missing"]), ("running", 1))
        self.assertIn("the job is running", self.jobs("rm", job["job"], code=2).stderr)
        held.set()
        running.wait().expect(0)
        self.assertEqual(self.listed()[0]["state"], "complete")

    def test_others(self):
        """Folders of others are no jobs; a folder's own files stay when its job goes."""
        self.begin()
        for name, text in {"theirs": '{"name": "nightly"}', "list": "[]"}.items():
            (self.here / name).mkdir()
            (self.here / name / "job.json").write_text(text)
        old = "copyout-work/20240102T030405Z-0a1b2c3d"  # as every run was called in old versions
        self.run_here(*self.command("--work", old), code=0)
        (self.here / old / "notes.txt").write_text("mine")
        self.assertEqual([job["job"] for job in self.listed()], [old])
        self.assertEqual(self.jobs("rm", "theirs", code=2).stdout, "")
        self.assertIn("1 that are not copyout's stay", self.jobs("rm", old).stdout)
        self.assertEqual([path.name for path in (self.here / old).iterdir()], ["notes.txt"])
        self.assertTrue((self.here / "theirs/job.json").exists())

    def test_named_or_none(self):
        """A place that is not there is not made."""
        self.begin()
        for command in ("show", "rm"):
            self.jobs(command, "nowhere", code=2)
        self.assertEqual(list(self.here.iterdir()), [])


class JobsInS3(Jobs):
    """The same below a prefix."""

    where = "s3://work/jobs/a b/"
    killed_states = ("running",)  # it was planned a moment ago, and nobody knows that it is dead

    def remove(self, place: str) -> None:
        self.fake.add("work", "jobs/a b/notes.txt", b"mine")
        self.assertIn("--yes", self.jobs("rm", place, code=2).stderr)
        self.jobs("rm", place, "--yes")
        self.assertEqual(self.fake.keys("work"), ["jobs/a b/notes.txt"])


if __name__ == "__main__":
    unittest.main()
