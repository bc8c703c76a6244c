"""A server of several addresses, as S3 is: requests go to all of them, and the dead ones among them
keep no run from being completed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, manifest

sys.path.insert(0, str(copyout.REPOSITORY / "tests" / "servers"))
from fast_s3 import SOURCE, FastS3

NAME = "s3.many.test"
LIBRARY_SOURCE = Path(__file__).resolve().parent / "lib" / "many_addresses.c"
OBJECTS, PARTS, SLOTS = 8, 250, 64


class Addresses(unittest.TestCase):
    """The name's addresses are given to the program in place of those of DNS."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.library = self.folder / "many_addresses.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.library,
                        LIBRARY_SOURCE, "-ldl"], check=True)

    def copied(self, fake: FastS3, addresses: list[str]) -> dict[str, int]:
        """Copy objects of many parts; how many requests came to which address."""
        rows = self.folder / "manifest.csv"
        keys = [f"object-{number}" for number in range(OBJECTS)]
        rows.write_bytes(manifest.write([(SOURCE, key) for key in keys]))
        port = fake.endpoint.rpartition(":")[2]
        env = {**fake.environment(), "AWS_ENDPOINT_URL_S3": f"http://{NAME}:{port}",
               "LD_PRELOAD": str(self.library), "FAKE_NAME": NAME,
               "FAKE_ADDRESSES": ",".join(addresses),
               "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        copyout.run(["run", "--manifest", rows, "--to", "s3://dst/", "--work",
                     self.folder / "work", "--max-in-flight", str(SLOTS), "--quiet"],
                    env=env).expect(0)
        results = [json.loads(line) for file in (self.folder / "work" / "results").iterdir()
                   for line in file.read_text().splitlines()]
        self.assertEqual([result["status"] for result in results], ["COPIED"] * OBJECTS)
        figures = fake.figures()
        self.assertEqual(figures["part copies"], OBJECTS * PARTS)
        return figures["by address"]

    def check_shares(self, came: dict[str, int], addresses: list[str]) -> None:
        """Each of them has its share of the requests, give or take a quarter."""
        share = sum(came.values()) / len(addresses)
        for address in addresses:
            self.assertAlmostEqual(came.get(address, 0), share, delta=share / 4, msg=str(came))

    def test_each_has_its_share(self):
        """Eight addresses, all well."""
        addresses = [f"127.0.0.{number}" for number in range(1, 9)]
        with FastS3(parts=PARTS, head_ms=20, write_ms=20, addresses=8) as fake:
            self.check_shares(self.copied(fake, addresses), addresses)

    def test_dead_ones(self):
        """At four of eight nobody listens, nor at the one IPv6 address, which comes first."""
        living = [f"127.0.0.{number}" for number in range(1, 5)]
        dead = [f"127.0.0.{number}" for number in range(5, 9)]
        mixed = [address for pair in zip(dead, living) for address in pair]
        with FastS3(parts=PARTS, head_ms=20, write_ms=20, addresses=4) as fake:
            self.check_shares(self.copied(fake, ["::1", *mixed]), living)

    def test_one(self):
        """A name with one address is used as ever."""
        with FastS3(parts=PARTS, head_ms=5, write_ms=5) as fake:
            self.assertEqual(list(self.copied(fake, ["127.0.0.1"])), ["127.0.0.1"])


if __name__ == "__main__":
    unittest.main()
