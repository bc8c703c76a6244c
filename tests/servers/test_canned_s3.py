"""The canned S3 (nginx) takes what copyout writes of its own.

    python3 -m unittest discover -s tests/servers -p 'test_*.py'
"""

from __future__ import annotations

import sys
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from nginx.canned_s3 import COPIES, CannedS3
from nginx.daemon import has_modules
from procs import Workplace


def setUpModule() -> None:
    """Without nginx there is nothing to test; scripts/skipped.py names it."""
    if not has_modules():
        raise unittest.SkipTest("nginx is not installed (scripts/deps.sh test)")


class Conditions(unittest.TestCase):
    def test_nothing_is_there(self):
        """If-None-Match: * holds for whatever is put or completed."""
        workplace = Workplace("canned-test")
        self.addCleanup(workplace.close)
        server = CannedS3(workplace, log=False)
        for method, query in (("PUT", ""), ("POST", "?uploadId=canned")):
            with self.subTest(method):
                request = urllib.request.Request(f"{server.endpoint}/{COPIES}/k{query}", b"x", method=method,
                                                 headers={"If-None-Match": "*"})
                with urllib.request.urlopen(request) as answer:
                    self.assertEqual(answer.status // 100, 2)


if __name__ == "__main__":
    unittest.main()
