"""The sums that a line of copy instructions asserts of its object.

The server is the fake S3 of tests/servers/quirk_s3.py, which answers as Amazon S3 does.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unittest

from lib import copyout

from test_checksums import MIB, Checksums, refuse_mode

BODY = b"some bytes"


def sums(**of: object) -> str:
    """The text of a .sums file; names with "_" for "-"."""
    return json.dumps({"version": "1", **{name.replace("_", "-"): value
                                          for name, value in of.items()}})


class Sums(Checksums):
    def copy(self, *options: str, code: int = 0, **of: str) -> None:
        """Copy objects of src whose lines have these sums ("": none), with a new work store."""
        self.runs += 1
        work = self.folder / f"work{self.runs}"
        listed = self.folder / "list.jsonl"
        listed.write_text("".join(json.dumps(
            {"sourceBucket": "src", "sourceKey": key, **({"sums": text} if text else {})}) + "\n"
            for key, text in of.items()))
        self.fake.forget()
        copyout.run(["run", "--manifest", listed, "--to", "s3://dst/", "--json", "--work", work,
                     *options], self.server).expect(code)
        self.results = {line["sourceKey"]: line for file in work.glob("results/*")
                        for line in map(json.loads, file.read_text().splitlines())}

    def test_each(self):
        """Of each kind that the library of Python has: equal ones prove it, another one fails before
        anything is written."""
        for name in ("sha1", "sha256", "sha512", "md5", "crc32"):
            self.fake.add("src", name, BODY, checksums=[name])
        right = {name: base64.b64decode(self.fake.get("src", name).checksums[name]).hex()
                 for name in self.fake.keys("src")}
        wrong = {name: digit[:-1] + ("0" if digit[-1] != "0" else "1")
                 for name, digit in right.items()}
        self.copy(code=1, **{name: sums(**{name: text}) for name, text in wrong.items()})
        for name, line in self.results.items():
            self.assertEqual((line["status"], line["error"]["code"]), ("FAILED", "SumsDiffer"))
            self.assertIn(self.fake.get("src", name).checksums[name], line["error"]["message"])
        self.assertEqual(self.fake.counts()["CopyObject"], 0)
        self.copy(**{name: sums(size=len(BODY), **{name: text}) for name, text in right.items()})
        self.assert_results("COPIED", "checksum")
        self.assertEqual({key: line["verifiedBy"] for key, line in self.results.items()},
                         {name: name for name in right})
        self.copy(**{name: sums(**{name: text}) for name, text in right.items()})
        self.assert_results("SAME", "checksum")

    def test_only_such_lines(self):
        """Other lines are not looked at for checksums."""
        self.fake.add("src", "with", BODY, checksums=["sha256"])
        self.fake.add("src", "without", BODY, checksums=["sha256"])
        self.copy(**{"with": sums(sha256=hashlib.sha256(BODY).hexdigest()), "without": ""})
        self.assertEqual((self.asked("src", "with"), self.asked("src", "without").count(True)),
                         ([True], 0))
        self.assertEqual({key: line["verified"] for key, line in self.results.items()},
                         {"with": "checksum", "without": "etag"})

    def test_by_etag(self):
        self.fake.add("src", "one", BODY)
        self.fake.add("src", "parts", size=20 * MIB, part_size=8 * MIB)
        etag = self.fake.get("src", "parts").etag.partition("-")[0]
        right = {"one": sums(md5=hashlib.md5(BODY).hexdigest()),
                 "parts": sums(size=20 * MIB, md5_aws_8388608b=f"{etag}-8388608b")}
        self.copy(**right)
        self.assert_results("COPIED", "etag")
        self.copy(code=1, one=sums(md5="0" * 32), parts=sums(size=20 * MIB - 1))
        self.assertEqual({line["error"]["code"] for line in self.results.values()}, {"SumsDiffer"})
        # Of other parts, which say nothing.
        self.copy(one=right["one"], parts=sums(md5_aws_5242880b="0" * 32 + "-5242880b"))
        self.assertEqual({key: line.get("notes") for key, line in self.results.items()},
                         {"one": None, "parts": ["sums-not-compared"]})

    def test_refused(self):
        """Without the right to kms:Decrypt the source shows nothing; the answer to the copy may."""
        self.fake.quirks.append(refuse_mode(403, "src"))
        self.fake.add("src", "k", BODY, checksums=["sha256"], kms=True)
        self.copy(k=sums(sha256=hashlib.sha256(BODY).hexdigest()))
        self.assert_results("COPIED", "checksum")
        self.fake.delete("dst", "k")
        self.copy(code=1, k=sums(sha256="0" * 64))
        self.assertEqual(self.results["k"]["error"]["code"], "SumsDiffer")
        self.assertIn("the copy has", self.results["k"]["error"]["message"])
        self.fake.delete("dst", "k")
        self.copy(k=sums(md5=hashlib.md5(BODY).hexdigest()))
        self.assertEqual(self.results["k"]["notes"], ["sums-not-compared"])

    def test_dry_run(self):
        """A dry run compares them, too."""
        self.fake.add("src", "good", BODY)
        self.fake.add("src", "bad", BODY)
        self.copy("--dry-run", code=1, good=sums(size=len(BODY)), bad=sums(size=1))
        self.assertEqual({key: line["status"] for key, line in self.results.items()},
                         {"good": "PENDING", "bad": "FAILED"})
        self.assertEqual(self.fake.keys("dst"), [])


del Checksums

if __name__ == "__main__":
    unittest.main()
