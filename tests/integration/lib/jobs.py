"""A copy job as most tests need it: a source, a destination, a work store, a recording proxy.

    job = Job(self, servers.get("rgw"), [Spec("a"), Spec("b")])
    result = job.run()
    job.result("a")["status"], job.proxy.requests("CopyObject")
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Iterable

from . import copyout, manifest, results, s3util
from .s3util import Spec
from .servers import FaultProxy, Server

FOLDER = "the copies/"
WRITES = ("CopyObject", "UploadPartCopy", "CreateMultipartUpload", "CompleteMultipartUpload",
          "PutObjectTagging", "UploadPart", "DeleteObject")  # what changes an object that is copied


class Other(Spec):
    """An object like the Spec's in all but its bytes."""

    def body(self) -> bytes:
        """The bytes of the Spec, each another."""
        return super().body().translate(bytes(range(255, -1, -1)))


class Job:
    """One job of a test. Its buckets are new, its folder and proxy end with the test."""

    def __init__(self, case, server: Server, specs: Iterable[Spec] = (), *, tags: bool = True):
        self.server = server
        self.source, self.dest = server.client("source"), server.client("dest")
        self.src, self.dst = server.bucket_name("src"), server.bucket_name("dst")
        self.specs = {spec.key: spec for spec in specs}
        s3util.make_sources(server, self.src, self.specs.values(), tags)
        s3util.make_bucket(self.dest, self.dst)
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        case.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.work = self.folder / "work"
        self.manifest = self.folder / "manifest.csv"
        self.list(self.specs)
        self.proxy = FaultProxy(server.endpoint)
        case.addCleanup(self.proxy.stop)
        case.addCleanup(lambda: case.assertEqual(self.proxy.errors, []))

    def list(self, keys: Iterable[str]) -> None:
        """Write the manifest: these keys of the source bucket."""
        self.manifest.write_bytes(manifest.write(manifest.of_bucket(self.src, keys)))

    def put_source(self, *specs: Spec) -> None:
        """Make or replace objects in the source, readable as the others are."""
        reader = "dest" if self.server.features.rights else None
        s3util.make_objects(self.source, self.src, specs, reader=reader)

    def put_copy(self, key: str, body: bytes) -> None:
        """Have somebody else write what lies at a source key's place in the destination."""
        self.dest.put_object(Bucket=self.dst, Key=FOLDER + key, Body=body)

    def arguments(self, *options: str) -> list:
        """The command line."""
        return ["run", "--manifest", self.manifest, "--to", f"s3://{self.dst}/{FOLDER}",
                "--destination-keys", "full", "--work", self.work, *options]

    def run(self, *options: str, **how) -> copyout.Result:
        """Run it, through the proxy, whose log begins anew."""
        rules = self.proxy.rules
        self.proxy.reset(rules)
        return copyout.run(self.arguments("--json", "--quiet", *options),
                           self.server.through(self.proxy), **how)

    def results(self) -> dict[str, dict]:
        """The result lines that count, by source key."""
        return results.merge((f"results/{file.name}", file.read_bytes().decode())
                             for file in self.work.glob("results/*.jsonl"))

    def result(self, key: str) -> dict:
        """The result line of one source key."""
        return self.results()[key]

    def statuses(self) -> dict[str, str]:
        """{source key: status}."""
        return {key: result["status"] for key, result in self.results().items()}

    def report(self) -> list[dict]:
        """The rows of the report in the destination."""
        body = self.dest.get_object(Bucket=self.dst, Key=FOLDER + "ENDED_COPY.csv")["Body"]
        return list(csv.DictReader(io.StringIO(body.read().decode(), newline="")))

    def copy_of(self, key: str) -> bytes | None:
        """The bytes of an object's copy; None if there is none."""
        if not s3util.exists(self.dest, self.dst, FOLDER + key):
            return None
        return self.dest.get_object(Bucket=self.dst, Key=FOLDER + key)["Body"].read()

    def etag_of_source(self, key: str) -> str:
        """The ETag that a source object has now."""
        return self.source.head_object(Bucket=self.src, Key=key)["ETag"].strip('"')

    def assert_copied(self, *keys: str, **what) -> None:
        """Raise AssertionError unless the copies of these (or all) are what their sources are."""
        s3util.assert_same_objects(self.source, self.src, self.dest, self.dst,
                                   {key: FOLDER + key for key in keys or self.specs}, **what)

    def written(self) -> set[str]:
        """The source keys of all copies that were begun, as the proxy saw it."""
        return {request.key.removeprefix(FOLDER) for request in self.proxy.log
                if request.op in WRITES or request.op == "PutObject"
                and not request.key.endswith(("STARTED_COPY.txt", "ENDED_COPY.csv"))}
