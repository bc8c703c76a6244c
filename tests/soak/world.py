"""What the rows copy, where to, and how they see what became of it.

    world = World(row, "rgw", specs)            # the sources, in a bucket of their own
    target = world.target(in_s3=True)           # an empty destination and work store
    target.run(proxy)                           # copyout run, to its end
    target.problems()                           # what is not as it should be, by boto3

Nothing here believes a result line: objects are looked at through boto3, on the server itself.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import time
from collections import Counter
from pathlib import Path

from faultproxy import FaultProxy, Rule, change_answer, enforce_copy_conditions
from lib import copyout, manifest, results, s3util, servers
from lib.s3util import KIB, MIB, MIN_PART, Spec

FOLDER = "the copies/"
WORK = "work/a job/"
OUR_OWN = ("STARTED_COPY.txt", "ENDED_COPY.csv")
SEEN_IN_PART = 5  # problems of one kind that are told


def small_objects(count: int, dice, prefix: str = "small/") -> list[Spec]:
    """Objects of one piece as manifests have them: headers, metadata, tags, hard names."""
    specs = []
    for number in range(count):
        spec = Spec(f"{prefix}{number % 7}/a b+{number:05d}",
                    size=dice.choice([0, 1, 100, 4 * KIB, 4 * KIB, 20 * KIB]))
        if number % 3 == 0:
            spec.metadata = {**s3util.ALL_METADATA, "number": str(number)}
        if number % 4 == 0:
            spec.tags = {"number": str(number), "with space": "a b"}
        specs.append(spec)
    return specs


def objects_in_parts(all_kinds: bool = True) -> list[Spec]:
    """Uniform and uneven ones; of one part; of a few more parts. As small as S3 lets them be."""
    specs = [Spec("parts/uniform 1", parts=[MIN_PART] * 3 + [77], tags={"a": "b"}),
             Spec("parts/uneven 1", parts=[MIN_PART, MIN_PART + 1, 6 * MIB, 12345],
                  tags=s3util.ALL_TAGS),
             Spec("parts/one", parts=[1 * MIB], headers={"ContentType": "text/x-one"})]
    if all_kinds:
        specs += [Spec("parts/uniform 2", parts=[8 * MIB, 1 * MIB], metadata={"kind": "8 MiB"}),
                  Spec("parts/uneven 2", parts=[6 * MIB, MIN_PART, 1]),
                  Spec("parts/many", parts=[MIN_PART] * 8)]
    return specs


class Dates:
    """moto says of every unfinished upload that it was begun in 2010, which would make nobody find
    his own again; with these rules it says when."""

    def __init__(self):
        self.begun: dict[bytes, float] = {}

    def _created(self, _request, answer):
        found = re.search(rb"<UploadId>([^<]+)</UploadId>", answer.body)
        if found:
            self.begun[found[1]] = time.time()
        return answer

    def _listed(self, _request, answer):
        def dated(upload):
            text = upload[0]
            begun = self.begun.get(re.search(rb"<UploadId>([^<]+)</UploadId>", text)[1])
            if begun is None:
                return text
            iso = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(begun)).encode()
            return re.sub(rb"<Initiated>[^<]*<", b"<Initiated>" + iso + b"<", text)

        answer.body = re.sub(rb"<Upload>.*?</Upload>", dated, answer.body, flags=re.DOTALL)
        return answer

    def rules(self) -> list[Rule]:
        """For every proxy in front of the same server."""
        return [Rule(change_answer(self._created), op="CreateMultipartUpload"),
                Rule(change_answer(self._listed), op="ListMultipartUploads")]


class World:
    """Sources on a server, and clients that look at what came of them."""

    def __init__(self, row, kind: str, specs: list[Spec], *, compare: bool = True):
        self.row, self.kind = row, kind
        self.server = servers.get(kind)
        self.owner, self.s3 = self.server.client("source"), self.server.client("dest")
        self.specs = {spec.key: spec for spec in specs}
        self.src = self.server.bucket_name("soak-src")
        self.etags = s3util.make_sources(self.server, self.src, specs)
        self.digests: dict[str, str] = {}
        if compare:
            self.digests = {spec.key: hashlib.sha256(spec.body()).hexdigest()
                            for spec in specs if spec.parts}
        self._targets = 0
        self._dates = Dates()
        row.stack.callback(lambda: self.clear(self.src))

    def clear(self, bucket: str) -> None:
        """Free the server's memory: nobody needs these objects any more."""
        if self.server.backend.alive():
            s3util.delete_all(self.s3 if bucket != self.src else self.owner, bucket)

    def proxy(self, rules=(), conditions: bool = True) -> FaultProxy:
        """A proxy with these rules, in which the server is as close to S3 as we can make it."""
        base = self._dates.rules() if self.kind == "moto" else []
        if conditions and not self.server.features.copy_conditions:
            base.append(Rule(enforce_copy_conditions(self.s3), op=("CopyObject", "UploadPartCopy",
                                                                   "CompleteMultipartUpload")))
        proxy = FaultProxy(self.server.endpoint, [*base, *rules])
        self.row.stack.callback(proxy.stop)
        return proxy

    def target(self, in_s3: bool = False) -> Target:
        """A new place to copy to."""
        self._targets += 1
        return Target(self, self.row.folder / f"{self.src}-{self._targets}", in_s3)


class Target:
    """A destination, a work store and the command that goes with them."""

    def __init__(self, world: World, folder: Path, in_s3: bool):
        self.world, self.folder, self.in_s3 = world, folder, in_s3
        self.s3 = world.s3
        folder.mkdir()
        self.dst = s3util.make_bucket(self.s3, world.server.bucket_name("soak-dst"))
        self.work_bucket = (s3util.make_bucket(self.s3, world.server.bucket_name("soak-work"))
                            if in_s3 else None)
        self.work = f"s3://{self.work_bucket}/{WORK}" if in_s3 else str(folder / "work")
        self.manifest = folder / "manifest.csv"
        self.manifest.write_bytes(manifest.write(manifest.of_bucket(world.src, world.specs)))
        self.cwd = folder

    def close(self) -> None:
        """Free the server's memory."""
        for bucket in filter(None, (self.dst, self.work_bucket)):
            self.world.clear(bucket)

    # running

    def arguments(self, *options: str, work: str | None = None) -> list[str]:
        """The command line of `copyout run`."""
        return ["run", "--manifest", str(self.manifest), "--to", f"s3://{self.dst}/{FOLDER}",
                "--destination-keys", "full", "--work", work or self.work, "--json", "--quiet",
                *options]

    def start(self, proxy, *options: str, args: list[str] | None = None,
              env: dict | None = None, work: str | None = None) -> copyout.Running:
        """Start it, through the proxy (None: directly)."""
        server = self.world.server.through(proxy) if proxy else self.world.server
        running = copyout.Running(args or self.arguments(*options, work=work), server, env=env,
                                  cwd=self.cwd)
        self.world.row.stack.callback(running.process.kill)  # nothing, when it has ended
        return running

    def run(self, proxy=None, *options: str, timeout: float = 600, **how) -> copyout.Result:
        """Run it to its end."""
        return self.start(proxy, *options, **how).wait(timeout)

    # what it says

    def _files(self, folder: str) -> dict[str, bytes]:
        """The files of a folder of the work store, by name."""
        if not self.in_s3:
            return {path.name: path.read_bytes()
                    for path in sorted(Path(self.work, folder).glob("*"))}
        return {item["Key"].rsplit("/", 1)[-1]:
                self.s3.get_object(Bucket=self.work_bucket, Key=item["Key"])["Body"].read()
                for item in s3util.listing(self.s3, self.work_bucket, f"{WORK}{folder}/")}

    def results(self) -> list[dict]:
        """The result lines that count, one an object. Two by one worker are a failure."""
        return list(results.merge((f"results/{name}", text.decode())
                                  for name, text in self._files("results").items()).values())

    def records(self) -> list[str]:
        """The records of unfinished uploads in the work store."""
        return list(self._files("uploads"))

    def report(self, in_work: bool = False) -> list[dict] | None:
        """The rows of the report, in the destination or in the work store; None if there is
        none."""
        if in_work and not self.in_s3:
            path = Path(self.work, "report.csv")
            body = path.read_bytes() if path.exists() else None
        else:
            where = ((self.work_bucket, WORK + "report.csv") if in_work else
                     (self.dst, FOLDER + "ENDED_COPY.csv"))
            body = (self.s3.get_object(Bucket=where[0], Key=where[1])["Body"].read()
                    if s3util.exists(self.s3, *where) else None)
        return list(csv.DictReader(io.StringIO(body.decode(), newline=""))) if body else None

    # what is there

    def there(self) -> dict[str, str]:
        """{source key: ETag} of the copies that are there."""
        return {item["Key"].removeprefix(FOLDER): item["ETag"].strip('"')
                for item in s3util.listing(self.s3, self.dst)
                if not item["Key"].endswith(OUR_OWN)}

    def wrong(self) -> list[str]:
        """Copies that are there and are not their source, by their ETags."""
        return [key for key, etag in self.there().items() if self.world.etags.get(key) != etag]

    def orphans(self) -> list[str]:
        """Unfinished uploads, anywhere: "bucket/key upload id"."""
        found = []
        for bucket in filter(None, (self.dst, self.work_bucket, self.world.src)):
            client = self.world.owner if bucket == self.world.src else self.s3
            for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
                found += [f"{bucket}/{item['Key']} {item['UploadId']}"
                          for item in page.get("Uploads") or []]
        return found

    def lines_are_true(self, complete: bool = True) -> list[str]:
        """What result lines say against what is there."""
        lines, there, found = self.results(), self.there(), []
        counts = Counter(line["sourceKey"] for line in lines)
        twice = [key for key, count in counts.items() if count > 1]
        if twice:
            found.append(f"{len(twice)} objects with more than one result: {twice[:3]}")
        if complete and len(counts) != len(self.world.specs):
            found.append(f"{len(counts)} results of {len(self.world.specs)} objects")
        for line in lines:
            key = line["sourceKey"]
            good = there.get(key) == self.world.etags[key]
            if line["status"] in ("COPIED", "SAME") and not good:
                found.append(f"{key!r} is said to be {line['status']} and is not there as it was")
            elif line["status"] in ("COPIED", "SAME") and line["verified"] != "etag":
                found.append(f"{key!r} is {line['status']}, verified by {line['verified']!r}")
            elif line["status"] == "FAILED" and complete:
                found.append(f"{key!r} FAILED: {line['error']['code']} {line['error']['message']}")
        return found

    def problems(self, bytes_too: bool = True, records: bool = True) -> list[str]:
        """All that is wrong with a job that should be done; empty when it is."""
        found, there = [], self.there()
        lost = sorted(set(self.world.specs) - set(there))
        if lost:
            found.append(f"{len(lost)} lost: {lost[:SEEN_IN_PART]}")
        wrong = self.wrong()
        if wrong:
            found.append(f"{len(wrong)} wrong: {wrong[:SEEN_IN_PART]}")
        if not lost and not wrong:
            found += self._closer(bytes_too)
        orphans = self.orphans()
        if orphans:
            found.append(f"{len(orphans)} orphan uploads: {orphans[:SEEN_IN_PART]}")
        if records and self.records():
            found.append(f"{len(self.records())} records of uploads left in the work store")
        return found

    def _closer(self, bytes_too: bool) -> list[str]:
        """Headers, metadata and tags of each; the bytes of those that were copied in parts."""
        found = []
        try:
            s3util.assert_same_objects(self.world.owner, self.world.src, self.s3, self.dst,
                                       {key: FOLDER + key for key in self.world.specs})
        except AssertionError as error:
            found.append(str(error))
        for key, digest in self.world.digests.items() if bytes_too else ():
            if s3util.digest(self.s3, self.dst, FOLDER + key) != digest:
                found.append(f"{key!r}: other bytes")
        return found
