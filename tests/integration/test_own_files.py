"""copyout's own two files in the destination, and files of others under their names, on real servers."""

from __future__ import annotations

import json
import unittest

from lib import copyout, s3util, servers
from lib.jobs import FOLDER, Job
from lib.s3util import Spec
from lib.servers import Rule

import faultproxy as fp  # lies with the servers: lib.servers knows where

THEIRS = b"somebody else's"


class OwnFiles(unittest.TestCase):
    """The same on each server."""

    def body(self, job: Job, name: str) -> bytes:
        """The bytes of a file in the destination's folder."""
        return job.dest.get_object(Bucket=job.dst, Key=FOLDER + name)["Body"].read()

    def test_names_with_a_number(self):
        """The command line leaves what is there, and finds its own files again."""
        for server in ("moto", "rgw"):
            with self.subTest(server):
                job = Job(self, servers.get(server), [Spec("a", 1)])
                for name in ("STARTED_COPY.txt", "ENDED_COPY.csv"):
                    job.dest.put_object(Bucket=job.dst, Key=FOLDER + name, Body=THEIRS)
                for _ in range(2):
                    told = job.run().expect(0)
                    self.assertEqual(told.json["report"],
                                     f"s3://{job.dst}/{FOLDER}ENDED_COPY-2.csv")
                for name in ("STARTED_COPY.txt", "ENDED_COPY.csv"):
                    self.assertEqual(self.body(job, name), THEIRS)
                self.assertEqual(set(s3util.keys(job.dest, job.dst)),
                                 {FOLDER + name for name in (
                                     "a", "STARTED_COPY.txt", "STARTED_COPY-2.txt",
                                     "ENDED_COPY.csv", "ENDED_COPY-2.csv")})
                job.assert_copied()

    def test_input_overwrites(self):
        """A JSON input replaces it as ever, and says so once."""
        for server in ("moto", "rgw"):
            with self.subTest(server):
                job = Job(self, servers.get(server), [Spec("a", 1)])
                job.dest.put_object(Bucket=job.dst, Key=FOLDER + "ENDED_COPY.csv", Body=THEIRS)
                given = job.folder / "input.json"
                given.write_text(json.dumps({"maxItemsPerBatch": 10}))
                job.proxy.reset([])
                first = job.run(str(given), "-v").expect(0)
                self.assertNotEqual(self.body(job, "ENDED_COPY.csv"), THEIRS)
                self.assertEqual(first.json["report"], f"s3://{job.dst}/{FOLDER}ENDED_COPY.csv")

    def test_empty_file(self):
        """An empty file of somebody else is a file all the same."""
        job = Job(self, servers.get("moto"), [Spec("a", 1)])
        job.dest.put_object(Bucket=job.dst, Key=FOLDER + "ENDED_COPY.csv", Body=b"")
        told = job.run().expect(0).json
        self.assertEqual(told["report"], f"s3://{job.dst}/{FOLDER}ENDED_COPY-2.csv")
        self.assertEqual(self.body(job, "ENDED_COPY.csv"), b"")

    def test_may_not_look(self):
        """What may not be read is left: the marker and the report are written where nothing is."""
        for server in ("moto", "rgw"):
            with self.subTest(server):
                job = Job(self, servers.get(server), [Spec("a", 1)])
                job.proxy.rules = [Rule(fp.status(403, "AccessDenied"), op="GetObject", bucket=job.dst)]
                told = job.run().expect(0).json
                self.assertEqual(told["report"], f"s3://{job.dst}/{FOLDER}ENDED_COPY.csv")
                job.dest.put_object(Bucket=job.dst, Key=FOLDER + "ENDED_COPY.csv", Body=THEIRS)
                again = copyout.run(job.arguments("--json"), job.server.through(job.proxy)).expect(0)
                self.assertEqual(again.json["report"], f"s3://{job.dst}/{FOLDER}ENDED_COPY-2.csv")
                self.assertEqual(self.body(job, "ENDED_COPY.csv"), THEIRS)
                self.assertIn("ENDED_COPY.csv may not be read", again.said)

    def test_comes_in_between(self):
        """Another file gets the name after copyout has looked: it is left."""
        job = Job(self, servers.get("moto"), [Spec("a", 1)])
        name = FOLDER + "ENDED_COPY.csv"

        def put_theirs(_: fp.Request) -> None:
            job.dest.put_object(Bucket=job.dst, Key=name, Body=THEIRS)

        job.proxy.rules = [Rule(fp.call_before(put_theirs), op="PutObject", key=name, times=1)]
        told = job.run().expect(0).json
        self.assertEqual(told["report"], f"s3://{job.dst}/{FOLDER}ENDED_COPY-2.csv")
        self.assertEqual(self.body(job, "ENDED_COPY.csv"), THEIRS)

    def test_options(self):
        """--report-name, --no-report and --no-marker."""
        job = Job(self, servers.get("moto"), [Spec("a", 1)])
        job.run("--no-report", "--no-marker").expect(0)
        self.assertEqual(s3util.keys(job.dest, job.dst), [FOLDER + "a"])
        self.assertEqual(job.proxy.requests("PutObject"), [])
        told = job.run("--report-name", "logs/first.csv").expect(0).json
        self.assertEqual(told["report"], f"s3://{job.dst}/{FOLDER}logs/first.csv")
        self.assertTrue(s3util.exists(job.dest, job.dst, FOLDER + "logs/first.csv"))
        self.assertFalse(s3util.exists(job.dest, job.dst, FOLDER + "ENDED_COPY.csv"))


if __name__ == "__main__":
    unittest.main()
