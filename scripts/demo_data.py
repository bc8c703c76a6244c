#!/usr/bin/env python3
"""The data of `make demo`, and the independent look at what became of it.

    demo_data.py make FOLDER     a data owner's bucket with objects of every kind, a recipient's
                                 bucket, the manifest, and FOLDER/input.json
    demo_data.py check FOLDER    compare every object with its copy, by boto3, and say what was
                                 proven; FOLDER holds first.json and second.json of the two runs

The server is the one that the AWS_* variables name: they are the recipient's, whom copyout runs
as. The data owner's keys are in OWNER_ACCESS_KEY_ID and OWNER_SECRET_ACCESS_KEY.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "integration"))
from lib import manifest, s3util
from lib.s3util import KIB, MIB, Spec
from lib.servers import boto_client

OWNERS, RECIPIENTS = "research-data", "collaborator"
FOLDER = "release-1/"
MANIFEST = "manifests/release-1.csv"


def clients():
    """boto3 clients of the data owner and of the recipient."""
    where = os.environ["AWS_ENDPOINT_URL_S3"], os.environ["AWS_REGION"]
    return (boto_client(*where, os.environ["OWNER_ACCESS_KEY_ID"],
                        os.environ["OWNER_SECRET_ACCESS_KEY"]),
            boto_client(*where, os.environ["AWS_ACCESS_KEY_ID"],
                        os.environ["AWS_SECRET_ACCESS_KEY"]))


def kinds() -> dict[str, list[Spec]]:
    """The objects of the demonstration, by kind."""
    dice = random.Random(2)
    described = {"headers": s3util.ALL_HEADERS, "metadata": s3util.ALL_METADATA}
    samples = [f"runs/{run:02d}/sample {number:03d}" for run in range(8) for number in range(30)]
    return {
        "small files": [
            Spec(f"{name}.vcf", size=dice.choice([1, 700, 4 * KIB, 60 * KIB, 300 * KIB]))
            for name in samples[:165]],
        "empty files": [Spec(f"{name}.done") for name in samples[165:180]],
        "with headers and metadata": [Spec(f"{name}.bam.bai", size=20 * KIB, **described)
                                      for name in samples[180:210]],
        "with tags": [
            Spec(f"{name}.txt", size=2 * KIB, tags={**s3util.ALL_TAGS, "run": str(number)})
            for number, name in enumerate(samples[210:240])],
        "multipart, equal parts": [
            Spec("bam/a.bam", parts=[8 * MIB] * 8, **described, tags=s3util.ALL_TAGS),
            Spec("bam/b.bam", parts=[16 * MIB] * 2 + [3 * MIB]),
            Spec("bam/c.bam", parts=[5 * MIB] * 4 + [1], **described),
            Spec("bam/d.bam", parts=[8 * MIB, 12345]),
            Spec("bam/one-part.bam", parts=[6 * MIB], tags=s3util.ALL_TAGS)],
        "multipart, unequal parts": [
            Spec("odd/a.cram", parts=[5 * MIB, 7 * MIB, 6 * MIB, 1 * MIB], **described),
            Spec("odd/b.cram", parts=[9 * MIB, 5 * MIB], tags=s3util.ALL_TAGS)],
        "large, in one piece": [Spec("one-piece/a.fastq", size=64 * MIB),
                                Spec("one-piece/b.fastq", size=33 * MIB, **described)],
        "hard names": [Spec(key, size=1 + number * 97)
                       for number, key in enumerate(s3util.hard_keys(room=len(FOLDER)))],
    }


def make(folder: Path) -> None:
    """Make everything that the two runs need."""
    owner, recipient = clients()
    s3util.make_bucket(owner, OWNERS)
    s3util.allow_reading(owner, OWNERS, "dest")
    s3util.make_bucket(recipient, RECIPIENTS)
    specs = []
    for kind, some in kinds().items():
        s3util.make_objects(owner, OWNERS, some, reader="dest")
        print(f"  {len(some):4d} {kind:28s} {_size(sum(spec.total() for spec in some)):>10s}")
        specs += some
    random.Random(3).shuffle(specs)
    rows = manifest.of_bucket(OWNERS, [spec.key for spec in specs])
    manifest.put(recipient, RECIPIENTS, MANIFEST, rows)
    total = _size(sum(spec.total() for spec in specs))
    print(f"  {len(specs):4d} {f'objects in s3://{OWNERS}':28s} {total:>10s}")
    print(f"       listed in s3://{RECIPIENTS}/{MANIFEST}")
    (folder / "input.json").write_text(json.dumps({
        "sourceFilesCsvBucket": RECIPIENTS, "sourceFilesCsvKey": MANIFEST,
        "destinationBucket": RECIPIENTS, "destinationFolderKey": FOLDER,
        "destinationKeys": "full",  # the whole source key below the folder
        "sourceRequiredRegion": "", "destinationRequiredRegion": ""}, indent=2) + "\n")


def check(folder: Path) -> int:
    """Compare all objects with their copies, print what was found; 0 if all is well."""
    owner, recipient = clients()
    by_kind = kinds()
    problems: list[str] = []

    def compare(spec: Spec) -> str:
        """How far one copy is like its source: what the table counts."""
        pair = (owner, OWNERS, spec.key, recipient, RECIPIENTS, FOLDER + spec.key)
        if not s3util.differences(*pair):
            return "etag"
        # A copy of another layout has another ETag: then the bytes themselves decide.
        found = s3util.differences(*pair, etag=False, content=True)
        problems.extend(f"{spec.key!r}: {line}" for line in found)
        return "bytes" if not found else "bad"

    print(f"  {'':28s} {'objects':>8s} {'same ETag':>10s} {'same bytes':>11s} {'wrong':>6s}")
    total: Counter = Counter()
    with ThreadPoolExecutor(s3util.THREADS) as pool:
        for kind, specs in by_kind.items():
            seen = Counter(pool.map(compare, specs))
            total += seen
            print(f"  {kind:28s} {len(specs):8d} {seen['etag']:10d} "
                  f"{seen['bytes'] or '-':>11} {seen['bad'] or '-':>6}")
    count = sum(map(len, by_kind.values()))
    print(f"  {'all':28s} {count:8d} {total['etag']:10d} "
          f"{total['bytes'] or '-':>11} {total['bad'] or '-':>6}")
    print("  Compared by boto3: size, ETag, six headers, user metadata and tags of every object;")
    print("  where the ETags cannot be equal, the bytes.")
    stray = set(s3util.keys(recipient, RECIPIENTS, FOLDER)) - {
        FOLDER + spec.key for specs in by_kind.values() for spec in specs}
    problems += [f"unexpected object {key!r}" for key in sorted(stray)
                 if not key.endswith(("STARTED_COPY.txt", "ENDED_COPY.csv"))]
    problems += [f"unfinished upload of {key!r}"
                 for key, _ in s3util.unfinished_uploads(recipient, RECIPIENTS)]

    first, second = (json.loads((folder / name).read_text())
                     for name in ("first.json", "second.json"))
    print()
    _say("First run", first)
    _say("Second run", second)
    expected = [("first run", first, {"items": count, "copied": count, "failed": 0}),
                ("second run", second, {"items": count, "copied": 0, "same": count, "failed": 0})]
    for name, run, wanted in expected:
        problems += [f"{name}: {key} is {run.get(key)}, not {value}"
                     for key, value in wanted.items() if run.get(key) != value]
    copies = sum(number for op, number in second["requests"].items()
                 if op in ("CopyObject", "UploadPartCopy", "CreateMultipartUpload"))
    if copies:
        problems.append(f"the second run sent {copies} requests to copy")
    print()
    for problem in problems[:20]:
        print(f"  WRONG: {problem}")
    if not problems:
        print("  All of it is there and right; the second run sent no copy at all.")
    return 1 if problems else 0


def _say(name: str, run: dict) -> None:
    verified = ", ".join(f"{number} by {how}" for how, number in run["verified"].items() if number)
    requests = ", ".join(f"{number} {op}" for op, number in sorted(run["requests"].items())
                         if number)
    print(f"  {name}: {run['copied']} copied, {run['same']} already there, {run['failed']} failed; "
          f"{_size(run['bytes'])} in {run['seconds']:.1f} s")
    print(f"    verified: {verified or 'nothing to verify'}")
    print(f"    requests: {requests}")


def _size(number: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("make", "check"):
        sys.exit(__doc__)
    sys.exit({"make": make, "check": check}[sys.argv[1]](Path(sys.argv[2])))
