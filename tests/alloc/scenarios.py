"""The runs in which allocations fail: what is there before, and what may be there afterwards."""

from __future__ import annotations

import csv
import io
import itertools
import json
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from lib import copyout, manifest, results, s3util
from lib.s3util import MIN_PART, Spec
from lib.servers import FaultProxy, Rule

import faultproxy as fp  # lies with the servers: lib.servers knows where

MISSING = "missing"
PRESENT = "there already"
SPECS = [
    Spec("empty"),
    Spec("small", size=1000, metadata={"sample": "S-0001"}, tags={"project": "copyout", "a b": "c"},
         headers={"ContentType": "text/plain", "CacheControl": "max-age=31"}),
    Spec("in parts", parts=[MIN_PART + 1, 7], metadata={"sample": "S-0002"}, tags={"x": "y+z"}),
    Spec(PRESENT, size=100),
    Spec("plain", size=10),
]
DONE = ("COPIED", "SAME", "KEPT")
SECONDS = 60


class World:
    """What all scenarios share: a server, the sources, a bucket for everything else."""

    def __init__(self, server):
        self.server, self.s3 = server, server.client("dest")
        self.src = server.bucket_name("alloc-src")
        s3util.make_sources(server, self.src, SPECS)
        self.dst = s3util.make_bucket(self.s3, server.bucket_name("alloc-dst"))
        self.work = s3util.make_bucket(self.s3, server.bucket_name("alloc-work"))
        self.seen = {spec.key: s3util.look(self.s3, self.src, spec.key) for spec in SPECS}
        self.numbers = itertools.count(1)  # its next() is one step, also for threads

    def rows(self, missing: bool) -> bytes:
        """The manifest."""
        keys = [*self.seen, *([MISSING] if missing else [])]
        return manifest.write(manifest.of_bucket(self.src, keys))


@dataclass
class Place:
    """Where one run takes place."""

    prefix: str  # in the destination, and in the work bucket; "run-7/"
    folder: Path
    args: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class Found:
    """What the work store holds after a run."""

    results: dict[str, dict]
    report: dict | None
    uploads: set[str]  # of those on record: ids, and keys where the id is not known


class Scenario:
    """One kind of run. A subclass says what comes before, and what makes it whole."""

    name = ""
    missing = False  # whether the manifest lists an object that is not there
    in_s3 = False  # where the work store is

    def __init__(self, world: World):
        self.world = world
        self.expected: tuple | None = None

    # --- before

    def place(self, folder: Path) -> Place:
        """A new one, with the manifest and what is there already."""
        place = Place(f"{self.name}-{next(self.world.numbers)}/", folder)
        (folder / "list").write_bytes(self.world.rows(self.missing))
        spec = next(spec for spec in SPECS if spec.key == PRESENT)
        self.world.s3.put_object(Bucket=self.world.dst, Key=place.prefix + spec.key,
                                 Body=spec.body())
        return place

    def work(self, place: Place) -> str:
        """The work store."""
        return f"s3://{self.world.work}/{place.prefix}" if self.in_s3 else "work"

    # --- afterwards

    def files(self, place: Place) -> dict[str, str]:
        """The files of the work store by their names."""
        s3, bucket = self.world.s3, self.world.work
        if self.in_s3:
            return {key.removeprefix(place.prefix):
                    s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
                    for key in s3util.keys(s3, bucket, place.prefix)}
        top = place.folder / "work"
        return {str(path.relative_to(top)): path.read_text()
                for path in sorted(top.rglob("*")) if path.is_file()}

    def found(self, place: Place) -> Found:
        """The same, understood. What is not JSON, or torn, is an error here."""
        files = self.files(place)
        by_key = results.merge((name, text) for name, text in files.items()
                               if name.startswith("results/"))
        report = json.loads(files["report.json"]) if "report.json" in files else None
        records = [json.loads(text) for name, text in files.items() if name.startswith("uploads/")]
        return Found(by_key, report, {record.get("uploadId") or record["key"]
                                      for record in records})

    def rows(self, place: Place) -> dict[str, str] | None:
        """The report in the destination: statuses by source; None if there is none."""
        s3, key = self.world.s3, place.prefix + "ENDED_COPY.csv"
        if not s3util.exists(s3, self.world.dst, key):
            return None
        body = s3.get_object(Bucket=self.world.dst, Key=key)["Body"].read().decode()
        return {row["source"].removeprefix(f"s3://{self.world.src}/"): row["status"]
                for row in csv.DictReader(io.StringIO(body, newline=""))}

    def false_claims(self, result: copyout.Result, place: Place) -> list[str]:
        """What is said to be there and is not, and what was left that nobody knows of."""
        found = self.found(place)
        claims = {key: line for key, line in found.results.items() if line["status"] in DONE}
        for key, status in (self.rows(place) or {}).items():
            if status in DONE:
                claims.setdefault(key, {"status": status})
        wrong = [text for key, line in claims.items()
                 for text in self.differences(place, key, line)]
        for name, told in (("report.json", found.report), ("--json", self.told(result))):
            counted = sum(told[status.lower()] for status in DONE) if told else 0
            if counted > len(claims):
                wrong.append(f"{name} says {counted} are there, the results say {len(claims)}")
        for key, upload in s3util.unfinished_uploads(self.world.s3, self.world.dst):
            if key.startswith(place.prefix) and not {key, upload} & found.uploads:
                wrong.append(f"an upload of {key} that is not on record")
        return wrong

    def differences(self, place: Place, key: str, line: dict) -> list[str]:
        """How a copy that is said to be there differs from its source."""
        s3 = self.world.s3
        if not s3util.exists(s3, self.world.dst, place.prefix + key):
            return [f"{key} is {line['status']}, and not there"]
        there, source = s3util.look(s3, self.world.dst, place.prefix + key), self.world.seen[key]
        names = ["size"] + (["etag"] if line.get("verified", "etag") == "etag" else [])
        if line["status"] == "COPIED":
            names += ["headers", "metadata"] + ([] if line.get("notes") else ["tags"])
        return [f"{key} is {line['status']}; {name}: {getattr(source, name)!r} became "
                f"{getattr(there, name)!r}"
                for name in names if getattr(source, name) != getattr(there, name)]

    def told(self, result: copyout.Result) -> dict | None:
        """What --json said of the objects, if anything."""
        try:
            told = json.loads(result.stdout.strip().split("\n")[-1])
        except ValueError:
            return None
        return told if isinstance(told, dict) and "copied" in told else None

    def said(self, place: Place) -> str:
        """What else than standard error may tell a person that memory ran out."""
        return json.dumps([line.get("error") for line in self.found(place).results.values()])

    def state(self, result: copyout.Result, place: Place) -> tuple:
        """What makes a run whole: equal to that of one in which nothing failed."""
        found = self.found(place)
        told = self.told(result) or {}
        return (result.returncode, {key: line["status"] for key, line in found.results.items()},
                found.report and {name: found.report[name] for name in ("items", "copied", "same",
                                                                        "failed", "missing")},
                self.rows(place),
                {name: told.get(name) for name in ("items", "copied", "same", "failed")})

    def remember(self, result: copyout.Result, place: Place) -> None:
        """This is what a whole run leaves."""
        self.expected = self.state(result, place)

    def is_whole(self, result: copyout.Result, place: Place) -> bool:
        """Whether it left the same."""
        return self.state(result, place) == self.expected

    def remove(self, place: Place) -> None:
        """Make room for the next."""
        s3 = self.world.s3
        for key, upload in s3util.unfinished_uploads(s3, self.world.dst):
            if key.startswith(place.prefix):
                s3.abort_multipart_upload(Bucket=self.world.dst, Key=key, UploadId=upload)
        for bucket in (self.world.dst, self.world.work):
            for key in s3util.keys(s3, bucket, place.prefix):
                s3.delete_object(Bucket=bucket, Key=key)


class Run(Scenario):
    """copyout run, with a folder for the work."""

    name, missing = "run", True

    def place(self, folder: Path) -> Place:
        place = super().place(folder)
        place.args = ["run", "-m", "list", "-t", f"s3://{self.world.dst}/{place.prefix}", "--json",
                      "--destination-keys", "full", "-w", self.work(place)]
        return place


class RunInS3(Run):
    """The same with the work store in S3; all is there in the end."""

    name, missing, in_s3 = "run-in-s3", False, True


class Step(Scenario):
    """One of prepare, copy, report; those before it are done once, and copied for each run."""

    steps = ("prepare", "copy", "report")

    def __init__(self, world: World):
        super().__init__(world)
        self._home = tempfile.TemporaryDirectory(prefix="copyout-alloc-")

    def command(self, step: str, place: Place) -> list[str]:
        """The arguments of one step."""
        return [step, *(["input.json"] if step == "prepare" else []), "--job", self.work(place),
                "--json"]

    def place(self, folder: Path) -> Place:
        place = super().place(folder)
        self.world.s3.put_object(Bucket=self.world.work, Key=place.prefix + "list.csv",
                                 Body=(folder / "list").read_bytes())
        (folder / "input.json").write_text(json.dumps({
            "sourceFilesCsvBucket": self.world.work, "sourceFilesCsvKey": place.prefix + "list.csv",
            "destinationBucket": self.world.dst, "destinationFolderKey": place.prefix,
            "destinationKeys": "full"}))
        for step in self.steps[:self.steps.index(self.name)]:
            copyout.run(self.command(step, place), self.world.server, cwd=folder).expect(0)
        place.args = self.command(self.name, place)
        return place

    def state(self, result: copyout.Result, place: Place) -> tuple:
        files = self.files(place)
        answer = json.loads(result.stdout) if result.returncode == 0 else None
        for name in ("job", "shardsKey"):
            (answer or {}).pop(name, None)
        # A record may outlive its upload: whoever reads it finds that out.
        kept = sorted(name for name in files if not name.startswith("uploads/"))
        return (*super().state(result, place), kept, answer and sorted(answer))


class Prepare(Step):
    """copyout prepare, into S3."""

    name, in_s3 = "prepare", True

    def files(self, place: Place) -> dict[str, str]:
        return {name: text for name, text in super().files(place).items() if name != "list.csv"}


class Copy(Step):
    """copyout copy, in a folder."""

    name = "copy"


class Report(Step):
    """copyout report, in a folder."""

    name = "report"


class Cleanup(Scenario):
    """copyout cleanup of what a killed run left: one upload on record."""

    name = "cleanup"
    left: dict[str, str] = {}  # the work folder of the run that was killed
    key = "in parts"

    def leave(self, folder: Path) -> None:
        """Kill a run while it copies a part, and keep what its work folder holds."""
        place = super().place(folder)
        stalled = [Rule(fp.stall(), op="UploadPartCopy")]
        with FaultProxy(self.world.server.endpoint, stalled) as proxy:
            running = copyout.Running(
                ["run", "-m", "list", "-t", f"s3://{self.world.dst}/{self.name}/", "-q",
                 "--destination-keys", "full", "-w", "work"],
                self.world.server.through(proxy), cwd=folder)
            deadline = time.monotonic() + SECONDS
            while not proxy.requests("UploadPartCopy") and time.monotonic() < deadline:
                time.sleep(0.02)
            running.signal(signal.SIGKILL)
            running.wait()
        self.left = self.files(place)
        shutil.rmtree(folder / "work")

    def place(self, folder: Path) -> Place:
        if not self.left:
            self.leave(folder)
        place = Place(f"{self.name}/", folder, ["cleanup", "-w", "work"])
        upload = self.world.s3.create_multipart_upload(
            Bucket=self.world.dst, Key=place.prefix + self.key)["UploadId"]
        place.env["UPLOAD"] = upload  # for ourselves
        for name, text in self.left.items():
            path = folder / "work" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.startswith("uploads/"):
                text = json.dumps({**json.loads(text), "uploadId": upload})
            path.write_text(text)
        return place

    def is_open(self, place: Place) -> bool:
        """Whether the upload is still there."""
        return any(upload == place.env["UPLOAD"] for _, upload in
                   s3util.unfinished_uploads(self.world.s3, self.world.dst))

    def false_claims(self, result: copyout.Result, place: Place) -> list[str]:
        recorded = place.env["UPLOAD"] in self.found(place).uploads
        return ["an upload that is not on record"] if self.is_open(place) and not recorded else []

    def said(self, place: Place) -> str:
        return ""

    def state(self, result: copyout.Result, place: Place) -> tuple:
        return (result.returncode, self.is_open(place), bool(self.found(place).uploads))

    def remove(self, place: Place) -> None:
        if self.is_open(place):
            self.world.s3.abort_multipart_upload(
                Bucket=self.world.dst, Key=place.prefix + self.key, UploadId=place.env["UPLOAD"])


class Verify(Scenario):
    """copyout verify of a job, of which one copy was removed and one object is extra."""

    name = "verify"
    left: dict[str, str] = {}  # the work folder of the job
    gone, extra = "plain", "extra"

    def leave(self, folder: Path) -> None:
        """Run the job, and keep what its work folder holds."""
        place = super().place(folder)
        copyout.run(["run", "-m", "list", "-t", f"s3://{self.world.dst}/{self.name}/", "-q", "--destination-keys",
                     "full", "-w", "work", "--delivery-record", "destination"], self.world.server, cwd=folder).expect(0)
        self.world.s3.delete_object(Bucket=self.world.dst, Key=f"{self.name}/{self.gone}")
        self.world.s3.put_object(Bucket=self.world.dst, Key=f"{self.name}/{self.extra}", Body=b"")
        self.left = self.files(place)
        shutil.rmtree(folder / "work")

    def place(self, folder: Path) -> Place:
        if not self.left:
            self.leave(folder)
        place = Place(f"{self.name}/", folder, ["verify", *self.what(), "--extra", "--tags", "--json", "--report", "f"])
        for name, text in self.left.items():
            path = folder / "work" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return place

    def what(self) -> list[str]:
        """What is verified."""
        return ["-w", "work"]

    def told(self, result: copyout.Result) -> dict | None:
        try:
            told = json.loads(result.stdout.strip().split("\n")[-1])
        except ValueError:
            return None
        return told if "same" in told else None

    def false_claims(self, result: copyout.Result, place: Place) -> list[str]:
        told = self.told(result)
        if result.returncode == 0 or (told and (told["missing"], told["extra"]) != (1, 1)):
            return [f"an object is missing, and one is extra: exit code {result.returncode}, {told}"]
        return []

    def said(self, place: Place) -> str:
        return ""

    def state(self, result: copyout.Result, place: Place) -> tuple:
        told, rows = self.told(result), place.folder / "f"
        return (result.returncode, told and {name: told[name] for name in ("objects", "same", "missing", "extra")},
                sorted(rows.read_text().split("\n")) if rows.exists() else None)

    def remove(self, place: Place) -> None:
        """What is there is looked at by all of them, and changed by none."""


SCENARIOS = [Run, RunInS3, Prepare, Copy, Report, Cleanup, Verify]
