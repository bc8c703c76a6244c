"""Credentials that S3 refuses: for one object among many, for all, or again and again."""

from __future__ import annotations

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
        script = self.folder / "credentials"
        script.write_text(f"""#!/bin/sh
            echo asked >> {self.folder}/asked
            number=$(wc -l < {self.folder}/asked)
            echo '{{"Version": 1, "AccessKeyId": "KEY'$number'", "SecretAccessKey": "secret",' \\
                 '"SessionToken": "token", "Expiration": "2100-01-01T00:00:00Z"}}'
            """)
        script.chmod(0o755)
        (self.folder / "config").write_text(f"[default]\ncredential_process = {script}\n")
        env = {"AWS_CONFIG_FILE": str(self.folder / "config"), "AWS_ACCESS_KEY_ID": None,
               "AWS_SECRET_ACCESS_KEY": None}
        self.make([Spec("k", 10)])
        (self.folder / "list").write_bytes(manifest.write([(self.src, "k")]))
        self.proxy.reset([Rule(fp.status(400, "ExpiredToken"), op="CopyObject")])
        result = copyout.run(["run", "-m", "list", "-t", f"s3://{self.dst}/", "--json"],
                             self.through, cwd=self.folder, env=env, timeout=120).expect(4)
        self.assertEqual((result.json["failed"], result.json["missing"]), (1, 0))
        self.assertIn("ExpiredToken", result.stderr)
        self.assertLessEqual(len(self.proxy.requests("CopyObject")), 20)


if __name__ == "__main__":
    unittest.main()
