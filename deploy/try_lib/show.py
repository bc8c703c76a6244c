"""What is printed: a line for each check, and progress that a terminal overwrites."""

from __future__ import annotations

import sys
import time


class Show:
    """Lines on standard output, in order."""

    def __init__(self, verbose: bool):
        self._verbose = verbose
        self._started = time.monotonic()
        self._terminal = sys.stdout.isatty()
        self._progress = ""
        self._ok = self._failed = 0

    def line(self, text: str) -> None:
        """A line that stays."""
        if self._terminal and self._progress:
            sys.stdout.write("\r\x1b[K")
        self._progress = ""
        print(text, flush=True)

    def step(self, text: str) -> None:
        """What is being done: kept if asked for; else on a terminal, until the next line."""
        if text == self._progress:
            return
        if self._verbose:
            self.line(f"        {text}")
        elif self._terminal:
            sys.stdout.write(f"\r\x1b[K        {text[:100]}")
            sys.stdout.flush()
        self._progress = text

    def result(self, ok: bool, name: str, seconds: float, text: str) -> None:
        """How a check ended."""
        self._ok += ok
        self._failed += not ok
        self.line(f"{'ok' if ok else 'FAILED':<8}{name:<14}{seconds:6.1f} s  {text}")

    def summary(self, well: bool) -> None:
        """The last line."""
        took = f"in {time.monotonic() - self._started:.0f} s"
        if well:
            self.line(f"all {self._ok} checks went well, {took}")
        else:
            self.line(f"FAILED: {self._failed} of {self._ok + self._failed} checks, {took}")
