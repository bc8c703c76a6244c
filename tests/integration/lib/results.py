"""Result lines of a work store: of several lines of one item, the one that counts.

A worker writes one line an item; a job that goes on has the lines of several workers, each in files
of its own (docs/results.md).
"""

from __future__ import annotations

import json
import re
from typing import Iterable

PLAIN = re.compile(r"results/(\d{6,10})\.jsonl")
PIECE = re.compile(r"results/(\d{6,10})-(\d+)\.(\d+)\.([0-9a-f]{8})-(\d+)\.jsonl")
MAP_RUN = re.compile(r"^map/[0-9a-f-]{36}/")


def is_name(name: str) -> bool:
    """Whether a file of the work store has results."""
    return bool(PLAIN.fullmatch(name) or PIECE.fullmatch(name))


def age(name: str) -> tuple:
    """What orders the files of a shard, the oldest first."""
    if found := PIECE.fullmatch(name):
        shard, run, seq, random, piece = found.groups()
        return int(shard), int(run), int(seq), random, int(piece)
    found = PLAIN.fullmatch(name)
    if not found:
        raise AssertionError(f"{name} is no file of results")
    return int(found.group(1)), 0, 0, "", 0


def without_worker(name: str) -> str:
    """The name of a file of results, or of a map's, with its run's own part left out."""
    found = PIECE.fullmatch(name)
    return f"results/{found.group(1)}-*.jsonl" if found else MAP_RUN.sub("map/*/", name)


def is_settled(line: dict) -> bool:
    """Whether it is finished and proven."""
    return line["status"] in ("COPIED", "SAME") and (
        line["verified"] in ("etag", "checksum") or "writtenEtag" in line)


def beats(newer: dict, older: dict) -> bool:
    """Which of two lines of one item counts."""
    if is_settled(newer) != is_settled(older):
        return is_settled(newer)
    return not is_settled(newer) or (newer["status"], older["status"]) != ("SAME", "COPIED") \
        or newer["etag"] != older["etag"]


def merge(files: Iterable[tuple[str, str]]) -> dict[str, dict]:
    """{source key: line} of files, given as (name, text). Two lines of one key in the files of one
    worker are a failure."""
    found: dict[str, dict] = {}
    told: set[tuple] = set()
    for name, text in sorted(files, key=lambda file: age(file[0])):
        for line in map(json.loads, filter(None, text.split("\n"))):  # keys may have U+0085
            key = line["sourceKey"]
            if (age(name)[:4], key) in told:
                raise AssertionError(f"{name}: two results of {key} by one worker")
            told.add((age(name)[:4], key))
            if key not in found or beats(line, found[key]):
                found[key] = line
    return found
