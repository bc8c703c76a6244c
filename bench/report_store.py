#!/usr/bin/env python3
"""Makes the work store of a job that is copied, for measuring `copyout report` alone:

    bench/report_store.py 1000000 work
    /usr/bin/time -v build/copyout report --job work

The results lie as a run leaves them, each up to 200 lines from its place. No S3 is asked.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

SHARD = 10000  # items
APART = 200
ETAG = "6bfa26b7b5b8d3a8f4b2f1b0a9e2a1d3"


def main() -> None:
    """The files of the work store."""
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    (folder / "results").mkdir(parents=True)
    rng, shards, offset = random.Random(1), [], 0
    with (folder / "items.jsonl").open("w") as items:
        for first in range(0, count, SHARD):
            length, results = 0, []
            for number in range(first, min(first + SHARD, count)):
                key = f"sample-{number % 97:04d}/reads-{number:09d}.cram"
                begin = (f'{{"line":{number + 1},"sourceBucket":"canned-source","sourceKey":"{key}",'
                         f'"destinationKey":"release/{key}"')
                length += items.write(f"{begin}}}\n")
                results.append((number + rng.random() * APART,
                                f'{begin},"size":{rng.randrange(1 << 32)},"etag":"{ETAG}","status":"COPIED",'
                                f'"verified":"etag","verifiedBy":"etag","attempts":1,"requests":3,'
                                f'"seconds":{rng.random():.3f}}}\n'))
            name = f"{len(shards):06d}.jsonl"
            (folder / "results" / name).write_text("".join(line for _, line in sorted(results)))
            shards.append({"shard": len(shards), "items": len(results), "offset": offset, "length": length})
            offset += length
    (folder / "shards.json").write_text(json.dumps(shards))
    (folder / "job.json").write_text(json.dumps({
        "format": 1, "created": "2026-11-26T00:00:00Z", "manifest": "made", "items": count,
        "itemsBytes": offset, "itemsPerShard": SHARD, "shards": len(shards),
        "sourceBuckets": ["canned-source"], "input": {
            "sourceFilesCsvBucket": "canned-source", "sourceFilesCsvKey": "list.csv",
            "destinationBucket": "canned-copies", "destinationFolderKey": "release/",
            "destinationKeys": "full", "includeCopyReport": False}}))


if __name__ == "__main__":
    main()
