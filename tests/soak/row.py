"""A row of the table: what it is, what is to be reached, and what came of it.

A row is a class with run(). It notes figures, says what it missed, and leaves nothing behind: its
folder goes with it, and so does every process it started.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path

PROGRESS_EVERY = 5.0  # seconds
MISSED_SHOWN = 20


class Missed(AssertionError):
    """A goal was not reached, and there is no use in going on with this row."""


@dataclass
class Outcome:
    """What a row found."""

    name: str
    test: str
    goal: str
    measured: str = ""
    missed: list[str] = field(default_factory=list)
    figures: dict = field(default_factory=dict)
    seed: int = 0
    scale: float = 1.0
    seconds: float = 0.0

    def as_dict(self) -> dict:
        """For results.json."""
        return asdict(self)


class Row:
    """What all rows share. Those below say `name`, `test`, `goal`, and how long they may take."""

    name: str
    test: str
    goal: str
    most_seconds = 1500  # at scale 1; then it is ended, and has missed its goal

    def __init__(self, seed: int = 1, scale: float = 1.0):
        self.seed, self.scale = seed, scale
        self.dice = random.Random(f"{seed} {self.name}")
        self.stack = contextlib.ExitStack()
        self.figures: dict = {}
        self.missed: list[str] = []
        self.folder = Path()
        self._said = 0.0

    # what a row uses

    def count(self, whole: int, least: int = 1) -> int:
        """So many at scale 1, and fewer at a smaller one."""
        return max(least, round(whole * self.scale))

    def progress(self, done: int, of: int, what: str = "") -> None:
        """A line on standard error, not too often."""
        now = time.monotonic()
        if done == of or now - self._said >= PROGRESS_EVERY:
            self._said = now
            print(f"[{self.name}] {done:,} of {of:,} {what}".rstrip(), file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """A line on standard error, always."""
        print(f"[{self.name}] {text}", file=sys.stderr, flush=True)

    def miss(self, text: str) -> None:
        """A goal was not reached; the row goes on."""
        self.missed.append(text)
        if len(self.missed) <= MISSED_SHOWN:
            self.say(f"MISSED: {text}")

    def check(self, good: bool, text: str) -> None:
        """Misses with `text` unless it is so."""
        if not good:
            self.miss(text)

    def run(self) -> None:
        """The row's work; notes self.figures."""
        raise NotImplementedError

    def measured(self) -> str:
        """The figures in words, for the table."""
        return ", ".join(f"{value} {name}" for name, value in self.figures.items())

    # what soak.py uses

    def outcome(self) -> Outcome:
        """Runs it, to its end or the end of its time."""
        began = time.monotonic()
        limit = int(60 + self.most_seconds * max(self.scale, 0.2))

        def too_long(*_):
            raise Missed(f"not over after {limit} s")

        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(limit)
        before = os.environ.get("TMPDIR")
        try:
            with self.stack, tempfile.TemporaryDirectory(prefix="copyout-soak-") as folder:
                self.folder = Path(folder)
                temporary = self.folder / "tmp"  # what is left by killed runs goes with it
                temporary.mkdir()
                os.environ["TMPDIR"] = str(temporary)
                try:
                    self.run()
                finally:
                    self.stack.close()
        except Missed as error:
            self.miss(str(error))
        except Exception as error:  # a mistake here, or a server that is missing: not a pass
            traceback.print_exc()
            self.miss(f"{type(error).__name__}: {error}")
        finally:
            signal.alarm(0)
            if before is None:
                os.environ.pop("TMPDIR", None)
            else:
                os.environ["TMPDIR"] = before
        try:
            measured = self.measured()
        except Exception:  # it ended before it had measured all of it
            measured = "ended before its time"
        return Outcome(self.name, self.test, self.goal, measured, self.missed, self.figures,
                       self.seed, self.scale, round(time.monotonic() - began, 1))
