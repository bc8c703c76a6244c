"""--metrics FILE: the counts of a run for Prometheus. The file is whole at every moment, and its sums
are what the results say."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, prometheus, servers  # also puts tests/servers on the path
from lib.aws import numbered, wait_for
from lib.jobs import Job
from lib.servers import Rule

from faultproxy import hold, status

COUNT, SIZE, MISSING, SLOWED = 30, 10, 3, 5
LATE = r"/000[12]\d$"  # two thirds of the objects
REPLACED = 20  # so often the reader wants to see another file


class Reader(threading.Thread):
    """Reads the file all the time, each time strictly."""

    def __init__(self, path: Path):
        super().__init__(daemon=True)
        self.path = path
        self.files: set[tuple] = set()  # that were seen, by what stat tells of them
        self.states: list[str] = []
        self.objects: list[float] = []
        self.error: Exception | None = None
        self.over = threading.Event()

    def look(self) -> None:
        try:
            with open(self.path, "rb") as file:
                seen, data = os.fstat(file.fileno()), file.read()
        except FileNotFoundError:
            return
        found = prometheus.parse(data)
        self.files.add((seen.st_ino, seen.st_mtime_ns))
        state, = (name for name, holds in prometheus.by(found["copyout_state"], "state").items()
                  if holds)
        if self.states[-1:] != [state]:
            self.states.append(state)
        self.objects.append(sum(found["copyout_objects_total"].values()))

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self.look()
            self.look()
        except Exception as error:  # noqa: BLE001 (told by the test)
            self.error = error


class MetricsFile(unittest.TestCase):
    """`copyout run --metrics`, on moto."""

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get("moto")

    def job(self, missing: int = 0) -> Job:
        job = Job(self, self.server, numbered(COUNT, SIZE))
        for spec in [*job.specs.values()][:missing]:
            job.source.delete_object(Bucket=job.src, Key=spec.key)
        self.path = job.folder / "copyout.prom"
        return job

    def found(self) -> dict:
        return prometheus.parse(self.path.read_bytes())

    def test_whole_at_every_moment(self):
        job = self.job(missing=MISSING)
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxy.reset([Rule(hold(gate), op="CopyObject", key=LATE),
                         Rule(status(503, "SlowDown"), op="CopyObject", key=r"/0000[5-9]$", first=1)])
        reader = Reader(self.path)
        reader.start()
        self.addCleanup(reader.over.set)
        running = copyout.Running(
            job.arguments("--metrics", self.path, "--progress-interval", "10ms", "--look", "head"),
            self.server.through(job.proxy))
        wait_for(lambda: reader.error or len(reader.files) >= REPLACED and reader.objects
                 and reader.objects[-1] == COUNT // 3, "a file that is replaced", running)
        gate.set()
        result = running.wait().expect(1)
        reader.over.set()
        reader.join()
        self.assertIsNone(reader.error)
        self.assertEqual(reader.objects, sorted(reader.objects))
        self.assertEqual(reader.states[-1], "ended", result)
        self.assertIn("copying", reader.states)
        order = ["preparing", "copying", "reporting", "ended"]
        self.assertEqual(reader.states, [state for state in order if state in reader.states])
        found = self.found()
        statuses = Counter(line["status"].lower() for line in job.results().values())
        told = {name: number for name, number in
                prometheus.by(found["copyout_objects_total"], "status").items() if number}
        self.assertEqual(told, statuses)
        self.assertEqual(statuses, {"copied": COUNT - MISSING, "failed": MISSING})
        self.assertEqual(prometheus.only(found["copyout_copied_bytes_total"]), (COUNT - MISSING) * SIZE)
        self.assertEqual(prometheus.only(found["copyout_job_objects"]), COUNT)
        self.assertEqual(prometheus.only(found["copyout_job_objects_settled"]), COUNT)
        slow = sum(request.status == 503 for request in job.proxy.log)
        self.assertEqual(slow, SLOWED)
        self.assertEqual(prometheus.only(found["copyout_throttles_total"]), slow)
        self.assertEqual(prometheus.only(found["copyout_request_retries_total"]), slow)
        sent = Counter(request.op for request in job.proxy.log)
        for op, number in prometheus.by(found["copyout_requests_total"], "operation").items():
            self.assertEqual(number, sent.get(op, 0), op)
        self.assertEqual(prometheus.only(found["copyout_requests_in_flight"]), 0)
        self.assertEqual(prometheus.only(found["copyout_exit_code"]), 1)
        start, end = (prometheus.only(found[f"copyout_{name}_time_seconds"]) for name in ("start", "end"))
        self.assertTrue(time.time() - 3600 < start <= end <= time.time() + 1)
        self.assertEqual([name.name for name in job.folder.glob("copyout.prom*")], ["copyout.prom"])

    def test_labels(self):
        """Names that are hostile are text."""
        job = self.job()
        job.work = job.folder / 'w"o\\r\nk'
        folder = 'a"b\\c{}/'
        copyout.run(["run", "--manifest", job.manifest, "--to", f"s3://{job.dst}/{folder}", "--work",
                     job.work, "--metrics", self.path], self.server).expect(0)
        for metric in self.found().values():
            for labels in metric:
                self.assertEqual(dict(labels)["destination"], f"s3://{job.dst}/{folder}")
                self.assertTrue(dict(labels)["work"].rstrip("/").endswith('w"o\\r\nk'), labels)

    def test_replaces_what_was_there(self):
        """A file of an earlier run is gone, also where the run comes to nothing."""
        job = self.job()
        self.path.write_text("something else\n")
        self.path.chmod(0o600)
        job.run("--metrics", str(self.path)).expect(0)
        self.assertEqual(prometheus.only(self.found()["copyout_exit_code"]), 0)
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o644)
        job.manifest.write_text("nonsense\n")
        job.run("--metrics", str(self.path), "--replace-job").expect(2)
        self.assertEqual(prometheus.only(self.found()["copyout_exit_code"]), 2)
        self.assertEqual(sum(self.found()["copyout_objects_total"].values()), 0)

    def test_a_dry_run_moves_no_bytes(self):
        self.job().run("--dry-run", "--metrics", str(self.path)).expect(0)
        found = self.found()
        self.assertEqual(prometheus.by(found["copyout_objects_total"], "status")["pending"], COUNT)
        self.assertEqual(prometheus.only(found["copyout_copied_bytes_total"]), 0)

    def test_stopped(self):
        """SIGTERM: the file tells the exit code, and what was done."""
        job = self.job()
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxy.reset([Rule(hold(gate), op="CopyObject", key=LATE)])
        running = copyout.Running(job.arguments("--metrics", self.path, "--max-in-flight", "4"),
                                  self.server.through(job.proxy))
        wait_for(lambda: any(request.op == "CopyObject" and not request.status
                             for request in job.proxy.log), "a copy that is held", running)
        running.signal(signal.SIGTERM)
        wait_for(lambda: "stopping" in running.stderr().lower(), "it knows")
        gate.set()
        running.wait().expect(143)
        found = self.found()
        self.assertEqual(prometheus.only(found["copyout_exit_code"]), 143)
        self.assertEqual(sum(found["copyout_objects_total"].values()), len(job.results()))

    def test_a_file_that_cannot_be_written(self):
        """It is said before anything is copied."""
        job = self.job()
        for path, code, said in ((job.folder / "none" / "x.prom", 4, "No such file"),
                                 (job.folder, 2, "something that is no file"),
                                 (Path("/dev/null"), 2, "something that is no file")):
            with self.subTest(path):
                self.assertIn(said, job.run("--metrics", str(path)).expect(code).stderr)
                self.assertEqual(job.proxy.log, [])
        self.assertFalse(job.folder.joinpath("none").exists())

    def test_a_folder_that_goes(self):
        """A file that cannot be written any more does not stop the job."""
        job = self.job()
        folder = job.folder / "metrics"
        folder.mkdir()
        gate = threading.Event()
        self.addCleanup(gate.set)
        job.proxy.reset([Rule(hold(gate), op="CopyObject", key=LATE)])
        running = copyout.Running(
            job.arguments("--metrics", folder / "x.prom", "--progress-interval", "10ms"),
            self.server.through(job.proxy))
        wait_for((folder / "x.prom").exists, "the file", running)
        folder.rename(job.folder / "elsewhere")
        wait_for(lambda: "the job goes on without" in running.stderr(), "a warning", running)
        gate.set()
        result = running.wait().expect(0)
        self.assertEqual(result.stderr.count("the job goes on without"), 1)


if __name__ == "__main__":
    unittest.main()
