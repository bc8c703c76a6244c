"""Ways to spoil a work folder, and how the next command must take it."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from .s3util import MIN_PART, Spec

SPECS = [Spec("a", 10), Spec("b", 20), Spec("c", 30), Spec("in parts", parts=[MIN_PART, 9])]
KEYS = [spec.key for spec in SPECS]  # lines 1 to 4 of the manifest, two in a shard
FIRST, SECOND = "results/000000.jsonl", "results/000001.jsonl"
GONE_ON = 0  # the exit code of who goes on


@dataclass
class Damage:
    """What was done to a folder, and how the next command must take it."""

    name: str
    do: Callable[[Work], None]
    said: list[str]
    exit: int
    command: str = "run"
    args: list[str] = field(default_factory=list)
    writes: bool = True  # False: it is known before anything is written
    counts: dict[str, int] = field(default_factory=dict)  # of report


class Work:
    """The folder of one case, and the buckets of all."""

    def __init__(self, case: type, folder: Path):
        self.folder, self.case = folder, case

    def where(self, name: str) -> Path:
        """RECORD is the name of the record of "in parts"."""
        return self.folder / name.replace("RECORD", self.case.record)

    def path(self, name: str) -> Path:
        """Where a file lies, or lay: it is gone now."""
        path = self.where(name)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        return path

    def read(self, name: str) -> bytes:
        """What a file has."""
        return self.where(name).read_bytes()

    def record(self, **fields) -> None:
        """The record of an upload of "in parts", right but for these fields; None leaves out."""
        source = self.case.s3.head_object(Bucket=self.case.src, Key=KEYS[3])
        right = {"format": 1, "at": 1794343714, "bucket": self.case.dst, "key": KEYS[3],
                 "uploadId": "gone", "sourceBucket": self.case.src, "sourceKey": KEYS[3],
                 "etag": source["ETag"].strip('"'), "tags": "best-effort",
                 "size": source["ContentLength"], "parts": 2, "layoutFrom": 1,
                 "partSize": MIN_PART, **fields}
        text = json.dumps({key: value for key, value in right.items() if value is not None})
        self.path("uploads/RECORD").write_text(text)


def record(**fields):
    """There is a record like this."""
    return lambda work: work.record(**fields)


def write(name: str, data: str | bytes):
    """A file has this instead."""
    return lambda work: work.path(name).write_bytes(data if isinstance(data, bytes)
                                                    else data.encode())


def cut(name: str, left: int):
    """Of a file only the first bytes are there, or all but some of the last."""
    return lambda work: write(name, work.read(name)[:left])(work)


def change(name: str, old: str, new: str):
    """A file has something else in one place."""
    def do(work):
        text = work.read(name).decode()
        assert old in text, (name, text)
        write(name, text.replace(old, new, 1))(work)
    return do


def change_json(name: str, edit):
    """A file of JSON, edited."""
    def do(work):
        content = json.loads(work.read(name))
        write(name, json.dumps(edit(content) or content))(work)
    return do


def lines(name: str, edit):
    """The lines of a file, edited."""
    return lambda work: write(name, b"".join(edit(work.read(name).splitlines(True))))(work)


def copy_file(name: str, to: str):
    """One file in another's place."""
    return lambda work: write(to, work.read(name))(work)


def gone(name: str):
    """A file is not there."""
    return lambda work: work.path(name) and None


def folder(name: str):
    """A folder in a file's place, with something in it."""
    return lambda work: (work.path(name).mkdir(), (work.where(name) / "x").touch()) and None


def pipe(name: str):
    """A pipe, which nobody writes to."""
    return lambda work: os.mkfifo(work.path(name))


def link(name: str, to: str):
    """A symbolic link."""
    return lambda work: work.path(name).symlink_to(to)


def after(*steps):
    """One thing after the other."""
    return lambda work: [step(work) for step in steps] and None


def swap_shards(shards: list) -> None:
    """Each has the other's lines."""
    for name in ("offset", "length"):
        shards[0][name], shards[1][name] = shards[1][name], shards[0][name]


def ours(name: str, do, *said: str, **more) -> Damage:
    """Before run: it goes on, and ends well, unless another code is given."""
    return Damage(name, do, list(said), more.pop("code", GONE_ON), **more)


def stops(command: str, name: str, do, code: int, *said: str, **more) -> Damage:
    """Before another command: an error."""
    return Damage(name, do, list(said), code, command, **more)


def counts(name: str, do, *said: str, **numbers) -> Damage:
    """Before report: something is missing, and it says so."""
    return Damage(name, do, list(said), 1, "report", counts=numbers)
