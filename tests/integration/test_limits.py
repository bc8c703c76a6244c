"""How many requests are under way at once: as many as S3 and this host let there be.

tests/unit/net/test_limiter_growth.c and test_limiter_fleet.c show how the number is found, in
virtual time.
"""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest, servers  # also puts tests/servers on the path
from lib.jobs import Job
from lib.s3util import Spec
from fast_s3 import SOURCE, FastS3

CAP = 1024  # LIMITER_MOST (src/net/limits/limiter.h)


class OpenFiles(unittest.TestCase):
    """A process that may have few files open has fewer connections, and copies all the same."""

    def test_few_open_files(self):
        """64 are the least that are tried: each shard of ten objects has a file of results."""
        job = Job(self, servers.rgw(), [Spec(f"k{number:03d}", size=1) for number in range(300)])
        done = copyout.run(job.arguments("--json"), job.server.through(job.proxy),
                           open_files=64).expect(0)
        self.assertEqual((done.json["copied"], done.json["failed"]), (300, 0))
        self.assertEqual(done.stderr.count("ulimit -n"), 1, done)
        self.assertLessEqual(job.proxy.most_in_flight, 13)
        self.assertGreater(job.proxy.most_in_flight, 3)
        job.assert_copied()


class Busy(unittest.TestCase):
    """On a server that takes whatever comes."""

    def test_the_cap_is_reached(self):
        """The parts of one object fill all the slots there are. Copies of two seconds each say nothing
        against more of them, however busy this machine is."""
        with tempfile.TemporaryDirectory(prefix="copyout-limits-") as folder, \
                FastS3(parts=4000, head_ms=20, write_ms=2000) as fake:
            rows = Path(folder, "manifest.csv")
            rows.write_bytes(manifest.write([(SOURCE, "large")]))
            copyout.run(["run", "--manifest", rows, "--to", "s3://dst/", "--work",
                         Path(folder, "work"), "--quiet"], env=fake.environment()).expect(0)
            figures = fake.figures()
        self.assertEqual(figures["part copies"], 4000)
        self.assertLessEqual(figures["most at once"], CAP)
        self.assertGreaterEqual(figures["most at once"], CAP * 9 // 10)


if __name__ == "__main__":
    unittest.main()
