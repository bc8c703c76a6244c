"""Objects of many parts, more of them than can be copied at once: they are finished one after another.

tests/soak/large.py is the same with 2,500 objects of 10,000 parts, and measures memory.
"""

from __future__ import annotations

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest

sys.path.insert(0, str(copyout.REPOSITORY / "tests" / "servers"))
from fast_s3 import SOURCE, FastS3

SLOTS = 32


class LargeObjects(unittest.TestCase):
    """On a fast server that knows what was done when."""

    def copied(self, objects: int, parts: int) -> tuple[dict, list[dict]]:
        """The server's figures of a run, and the results."""
        keys = [f"large-{number:03d}" for number in range(objects)]
        with tempfile.TemporaryDirectory(prefix="copyout-large-") as folder, \
                FastS3(parts=parts, head_ms=20, write_ms=5) as fake:
            rows = Path(folder, "manifest.csv")
            rows.write_bytes(manifest.write([(SOURCE, key) for key in keys]))
            copyout.run(["run", "--manifest", rows, "--to", "s3://dst/", "--work",
                         Path(folder, "work"), "--destination-keys", "full", "--max-in-flight",
                         str(SLOTS), "--quiet"], env=fake.environment()).expect(0)
            results = [json.loads(line) for file in Path(folder, "work", "results").iterdir()
                       for line in file.read_text().splitlines()]
            return fake.figures(), results

    def test_one_after_another(self):
        """The first object is complete when little more than its own parts was copied; with every
        object in turn, nearly all parts would have been copied by then. 60 objects of 2,400 parts
        are 144,000, more than are held at once."""
        objects, parts = (60, 2400) if copyout.FULL else (10, 600)
        figures, results = self.copied(objects, parts)
        self.assertEqual([(r["status"], r["verified"]) for r in results],
                         [("COPIED", "etag")] * objects)
        self.assertEqual(figures["part copies"], objects * parts)
        self.assertEqual((figures["refused"], figures["open"]), (0, 0))
        self.assertLessEqual(figures["part copies before the first"], parts + 3 * SLOTS)
        self.assertLessEqual(figures["most open"], 131072 // parts)
        # Two neighbours may change places at the end, where the answers of both are awaited.
        places = [int(key.removeprefix("large-")) for key in figures["completed"]]
        self.assertEqual(sorted(places), list(range(objects)))
        self.assertTrue(all(abs(at - place) <= 1 for at, place in enumerate(places)), places)


if __name__ == "__main__":
    unittest.main()
