"""Credentials that S3 refuses: for one object among many, for all, or again and again."""

from __future__ import annotations

import json
import unittest

from lib import copyout, manifest, s3util
from lib.s3util import Spec
from lib.servers import Rule
from test_faults import WRITES, Faults

import faultproxy as fp  # lies with the servers: lib.servers knows where


class Credentials(Faults):
    """Each ends the job, or the object, and says why."""

    def run_it(self, rules, *args: str) -> copyout.Result:
        """Run the list of this test."""
        self.proxy.reset(rules)
        return copyout.run(["run", "-m", "list", "-t", f"s3://{self.dst}/", "--json", *args],
                           self.through, cwd=self.folder)

    def test_one_refused_signature_is_that_objects(self):
        """The others go on."""
        self.make([Spec(f"k{number:02d}", 1) for number in range(60)])
        (self.folder / "list").write_bytes(manifest.write(manifest.of_bucket(self.src, self.etags)))
        for code in ("SignatureDoesNotMatch", "InvalidAccessKeyId"):
            with self.subTest(code):
                s3util.delete_all(self.s3, self.dst)
                told = self.run_it([Rule(fp.status(403, code), op="CopyObject", key="k30$")],
                                   "--max-in-flight", "8").expect(1).json
                self.assertEqual((told["copied"], told["failed"], told["missing"]), (59, 1, 0))
                self.assertEqual([failure["code"] for failure in told["failures"]], [code])

    def test_first_refused_signature(self):
        """The marker was written with these keys, and a GET of it shows that they work yet."""
        self.make([Spec(f"k{number}", 1) for number in range(3)])
        (self.folder / "list").write_bytes(manifest.write(manifest.of_bucket(self.src, self.etags)))
        told = self.run_it([Rule(fp.status(403, "SignatureDoesNotMatch"), op="CopyObject",
                                 key="k0$")], "--max-in-flight", "1").expect(1).json
        self.assertEqual((told["copied"], told["failed"], told["missing"]), (2, 1, 0))
        asked = [request.key for request in self.proxy.requests("GetObject", bucket=self.dst)]
        # The first and the last are the looks before marker and report are put.
        self.assertEqual(asked, ["STARTED_COPY.txt", "STARTED_COPY.txt", "ENDED_COPY.csv"])

    def test_shard_of_one_object(self):
        """A task did not write the marker: it tells one object's trouble from wrong keys."""
        self.make([Spec("k", 1)])
        manifest.put(self.s3, self.src, "list", manifest.of_bucket(self.src, self.etags))
        (self.folder / "input").write_text(json.dumps(
            {"sourceFilesCsvBucket": self.src, "sourceFilesCsvKey": "list",
             "destinationBucket": self.dst, "destinationKeys": "full"}))
        refused = fp.status(403, "SignatureDoesNotMatch")

        def step(*args: str) -> copyout.Result:
            return copyout.run([*args, "--job", "job"], self.through, cwd=self.folder)

        step("prepare", "input").expect(0)
        self.proxy.reset([Rule(refused, op="CopyObject")])
        step("copy", "--shard", "0").expect(1)
        self.proxy.reset([Rule(refused)])
        result = step("copy", "--shard", "0").expect(4)
        self.assertIn("SignatureDoesNotMatch", result.stderr)
        self.proxy.reset([])
        step("copy", "--shard", "0").expect(0)

    def test_all_refused_end_the_job(self):
        """Nothing has worked: what is left is not tried in vain, and is not called failed."""
        self.make([Spec("k", 1)])
        count = 60
        (self.folder / "list").write_bytes(manifest.write(
            [(self.src, f"k{number}") for number in range(count)]))
        refused = fp.status(403, "InvalidAccessKeyId")
        result = self.run_it([Rule(refused, op=("HeadObject", "GetObject"))],
                             "--max-in-flight", "4").expect(4)
        told = result.json
        self.assertEqual(told["failed"] + told["missing"], count)
        self.assertGreater(told["missing"], count / 2)
        self.assertIn("InvalidAccessKeyId", result.stderr)
        self.assertEqual(WRITES & set(self.proxy.counts()), {"PutObject"})  # marker and report

    def test_token_that_is_always_expired(self):
        """There are new credentials each time, and each is called expired: that ends."""
        env = copyout.new_keys_each_time(self.folder)
        self.make([Spec("k", 10)])
        (self.folder / "list").write_bytes(manifest.write([(self.src, "k")]))
        self.proxy.reset([Rule(fp.status(400, "ExpiredToken"), op=("CopyObject", "GetObject"))])
        result = copyout.run(["run", "-m", "list", "-t", f"s3://{self.dst}/", "--json"],
                             self.through, cwd=self.folder, env=env, timeout=120).expect(4)
        self.assertEqual((result.json["failed"], result.json["missing"]), (1, 0))
        self.assertIn("ExpiredToken", result.stderr)
        self.assertLessEqual(len(self.proxy.requests("CopyObject")), 20)


if __name__ == "__main__":
    unittest.main()
