"""A job of one object in four parts, the uploads that it leaves, and the records of them."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

from . import copyout, s3util, servers
from .aws import wait_for
from .jobs import Job
from .s3util import MIN_PART, Spec
from faultproxy import Rule, stall, stall_after, status  # lib.servers knows where it lies

PARTS = [MIN_PART, MIN_PART, MIN_PART, 9]
KEY = "big one"
DENIED = status(403, "AccessDenied")


class UploadCase(unittest.TestCase):
    """A job of one object in four parts, on moto."""

    def setUp(self):
        self.server = servers.moto()
        self.job = self.make(Spec(KEY, parts=PARTS))

    def make(self, *specs: Spec) -> Job:
        """A job of its own."""
        return Job(self, self.server, specs)

    def uploads(self) -> list[tuple[str, str]]:
        """Those that are not finished."""
        return s3util.unfinished_uploads(self.job.dest, self.job.dst)

    def records(self) -> list[Path]:
        """Those of the work folder."""
        return sorted(self.job.work.glob("uploads/*.json"))

    def change_record(self, change) -> None:
        """Have `change` alter the only record there is."""
        (path,) = self.records()
        record = json.loads(path.read_text())
        change(record)
        path.write_text(json.dumps(record))

    def shift_record(self, seconds: int) -> None:
        """As if the record had been written so much later (earlier: less than 0)."""
        def change(record):
            for name in ("at", "until"):
                if name in record:
                    record[name] += seconds

        self.change_record(change)

    def cleanup(self, code: int = 0) -> copyout.Result:
        """`copyout cleanup`, through the proxy."""
        return copyout.run(["cleanup", "--work", self.job.work],
                           self.server.through(self.job.proxy)).expect(code)

    def killed_at(self, rule: Rule, ready=lambda: True, *options: str,
                  others: list[Rule] | None = None) -> None:
        """A run is killed when the rule has struck and `ready` is true. `others` come before it."""
        self.job.proxy.reset([*(others or []), rule])
        running = copyout.Running(self.job.arguments(*options),
                                  self.server.through(self.job.proxy))
        wait_for(lambda: rule.hits and ready(), "the request at which it is killed")
        running.process.kill()
        running.wait()
        self.job.proxy.reset()

    def killed_at_part(self, part: int = 4, *options: str) -> None:
        """All parts but this one are there."""
        self.killed_at(Rule(stall(), op="UploadPartCopy", part=part), lambda: sum(
            request.status == 200 for request in self.job.proxy.requests("UploadPartCopy")) == 3,
            *options)

    def killed_in_create(self) -> str:
        """The server has made the upload, and the program does not know: which."""
        self.killed_at(Rule(stall_after(), op="CreateMultipartUpload"), self.uploads)
        ((_, upload),) = self.uploads()
        return upload

    def part_numbers(self) -> list[int]:
        """The parts that the last run has asked for."""
        return sorted(request.part for request in self.job.proxy.requests("UploadPartCopy"))

    def run_to_the_end(self) -> None:
        """Nothing stands in the way any more: done, and nothing left."""
        self.job.proxy.rules = []
        self.job.run().expect(0)
        self.job.assert_copied()
        self.assertEqual((self.uploads(), self.records()), ([], []))
