"""What sources and destinations are is learnt from listings: requests counted at the server.

A listing never changes a result: where it is refused, odd, or not enough, HEAD tells.
"""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from urllib.parse import quote

from lib import copyout, manifest, s3util, servers
from lib.jobs import FOLDER, Job
from lib.s3util import MIN_PART, Spec

import quirks  # lies with the servers: lib.servers knows where
from faultproxy import Rule, call_before, error_body
from quirk_s3 import Answer

MIB = 1 << 20


def numbered(count: int) -> list[Spec]:
    """Small objects whose keys follow one another."""
    return [Spec(f"data/{number:05}", size=1 + number % 7) for number in range(count)]


class Counts:
    """Counted on the way to each server."""

    kind: str

    @classmethod
    def setUpClass(cls):
        cls.server = servers.get(cls.kind)

    def test_one_request_an_object_and_then_almost_none(self):
        job = Job(self, self.server, numbered(120))
        told = job.run().expect(0).json
        self.assertEqual((told["copied"], told["verified"]["etag"], told["seenByListing"]),
                         (120, 120, 120))
        # HeadBucket of both, the marker and the report are of the whole job.
        self.assertEqual(dict(job.proxy.counts()), {"HeadBucket": 2, "GetObject": 2, "PutObject": 2,
                                                    "ListObjectsV2": 2, "CopyObject": 120})
        self.assertEqual(told["requests"], dict(job.proxy.counts()))
        job.assert_copied()
        for key, result in job.results().items():
            self.assertEqual((result["requests"], result["seenBy"]), (1, "listing"), key)
        told = job.run().expect(0).json
        self.assertEqual((told["same"], told["seenByListing"]), (120, 120))
        self.assertEqual(dict(job.proxy.counts()),
                         {"HeadBucket": 2, "GetObject": 2, "PutObject": 2, "ListObjectsV2": 2})
        for key, result in job.results().items():
            self.assertEqual((result["requests"], result["verified"]), (0, "etag"), key)

    def test_head_looks_at_each(self):
        job = Job(self, self.server, numbered(30))
        told = job.run("--look", "head").expect(0).json
        self.assertEqual(told["seenByListing"], 0)
        self.assertEqual(dict(job.proxy.counts()), {"HeadBucket": 2, "GetObject": 2, "PutObject": 2,
                                                    "HeadObject": 60, "CopyObject": 30})
        self.assertNotIn("seenBy", job.result("data/00007"))

    def test_few_objects_are_looked_at_one_by_one(self):
        """A listing costs as much as twelve and a half HEADs."""
        job = Job(self, self.server, numbered(12))
        job.run().expect(0)
        self.assertEqual(job.proxy.counts()["ListObjectsV2"], 0)
        self.assertEqual(job.proxy.counts()["HeadObject"], 24)

    def test_the_order_of_the_list_does_not_matter(self):
        job = Job(self, self.server, numbered(60))
        keys = list(job.specs)
        job.list([keys[i * 37 % 60] for i in range(60)])
        job.run().expect(0)
        self.assertEqual(job.proxy.counts()["HeadObject"], 0)
        self.assertEqual([row["source"] for row in job.report()],
                         [f"s3://{job.src}/{keys[i * 37 % 60]}" for i in range(60)])

    def test_the_largest_are_copied_first(self):
        specs = [Spec(f"data/{number:03}", size=100 + number * 37 % 100) for number in range(80)]
        job = Job(self, self.server, specs)
        job.run("--max-in-flight", "1").expect(0)
        # Objects of 64 shards may change their order; these are eight shards of ten.
        copied = [job.specs[request.key.removeprefix(FOLDER)].size
                  for request in job.proxy.requests("CopyObject")]
        self.assertEqual(copied, sorted(copied, reverse=True))

    def test_all_kinds_of_keys_and_objects(self):
        specs = s3util.many_kinds(60) + [Spec("p/1", parts=[MIN_PART, MIN_PART, 5])] + [
            Spec(key, size=9) for key in ("a b", "a+b", "a%2Bb", "a%b", "ü", "z/\U0001f600", "é/",
                                          "x~", "x\x7f")]
        job = Job(self, self.server, specs)
        job.run().expect(0)
        job.assert_copied()
        self.assertEqual(job.run().expect(0).json["same"], len(specs))
        self.assertEqual(job.written(), set())

    def test_dry_run(self):
        job = Job(self, self.server, numbered(40))
        told = job.run("--dry-run").expect(0).json
        self.assertEqual((told["pending"], told["seenByListing"]), (40, 40))
        self.assertEqual(job.proxy.counts()["HeadObject"], 0)


class CountsOnRgw(Counts, unittest.TestCase):
    """On Ceph RGW."""

    kind = "rgw"

    def test_without_the_right_to_list(self):
        """A data owner lets us read each object, and not list: no error, and nothing is missed."""
        job = Job(self, self.server, numbered(40))
        principal = {"AWS": ["arn:aws:iam:::user/dest"]}
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Resource": f"arn:aws:s3:::{job.src}/*",
             "Action": ["s3:GetObject", "s3:GetObjectTagging"]},
            {"Effect": "Deny", "Principal": principal, "Resource": f"arn:aws:s3:::{job.src}",
             "Action": ["s3:ListBucket"]}]}
        job.source.put_bucket_policy(Bucket=job.src, Policy=json.dumps(policy))
        told = job.run().expect(0)
        self.assertEqual((told.json["copied"], told.json["seenByListing"]), (40, 0))
        self.assertEqual(told.stderr, "")
        self.assertEqual(len(job.proxy.requests("ListObjectsV2", bucket=job.src)), 1)
        self.assertEqual(job.proxy.counts()["HeadObject"], 40)  # the destination was listed
        job.assert_copied()


class CountsOnMoto(Counts, unittest.TestCase):
    """On moto."""

    kind = "moto"


class Changes(unittest.TestCase):
    """Between its listing and its copy, an object may change."""

    def setUp(self):
        self.server = servers.get("moto")

    def after_listings(self, job: Job, change) -> None:
        """Let `change()` happen once, before the first copy."""
        once = [change]

        def first(_request):
            if once:
                once.pop()()

        job.proxy.rules = [Rule(call_before(first), op="CopyObject")]

    def test_a_source_that_changes(self):
        from faultproxy import enforce_copy_conditions
        job = Job(self, self.server, numbered(20))
        changed = Spec("data/00003", size=77)
        self.after_listings(job, lambda: job.put_source(changed))
        job.proxy.rules.append(Rule(enforce_copy_conditions(job.dest)))
        told = job.run("--max-in-flight", "1").expect(0).json
        self.assertEqual(told["copied"], 20)
        job.specs["data/00003"] = changed
        job.assert_copied()

    def test_a_source_that_is_removed(self):
        job = Job(self, self.server, numbered(20))
        self.after_listings(
            job, lambda: job.source.delete_object(Bucket=job.src, Key="data/00003"))
        job.run("--max-in-flight", "1").expect(1)
        error = job.result("data/00003")["error"]
        self.assertEqual((error["code"], error["httpStatus"]), ("NoSuchKey", 404))
        self.assertEqual(set(job.statuses().values()), {"COPIED", "FAILED"})

    def test_a_source_that_was_never_there(self):
        job = Job(self, self.server, numbered(20))
        job.list([*job.specs, "data/absent"])
        job.run().expect(1)
        self.assertEqual(job.result("data/absent")["error"]["code"], "NoSuchKey")
        self.assertEqual(sum(status == "COPIED" for status in job.statuses().values()), 20)

    def test_under_keep_what_came_since_is_kept(self):
        """The condition on the write holds; moto has none, so that the proxy sees to it."""
        from faultproxy import enforce_copy_conditions
        job = Job(self, self.server, numbered(20))
        self.after_listings(job, lambda: job.put_copy("data/00003", b"somebody else's"))
        job.proxy.rules.append(Rule(enforce_copy_conditions(job.dest)))
        job.run("--on-different", "keep", "--max-in-flight", "1").expect(0)
        self.assertEqual(job.result("data/00003")["status"], "KEPT")
        self.assertEqual(job.copy_of("data/00003"), b"somebody else's")

    def test_versions_empty_objects_and_archives(self):
        job = Job(self, self.server, numbered(20) + [Spec("data/empty")])
        job.source.put_object(Bucket=job.src, Key="data/cold", Body=b"ice", StorageClass="GLACIER")
        job.list([*job.specs, "data/cold"])
        job.run().expect(1)
        self.assertEqual(job.result("data/cold")["error"]["code"], "InvalidObjectState")
        asked = {request.key for request in job.proxy.requests("HeadObject", bucket=job.src)}
        self.assertEqual(asked, {"data/empty", "data/cold"})
        self.assertNotIn("seenBy", job.result("data/empty"))


class OnFake(unittest.TestCase):
    """Jobs from bucket src to bucket dst of a fake of their own."""

    def serve(self, *given) -> None:
        """Start the fake with these quirks."""
        self.server = servers.quirk(self, *given)
        self.fake = self.server.backend
        self.fake.bucket("src", "dst")
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def run_it(self, keys, *options: str, code: int = 0) -> dict:
        """Copy these keys of src."""
        self.fake.forget()
        listed = self.folder / "list.csv"
        listed.write_bytes(manifest.write(manifest.of_bucket("src", keys)))
        result = copyout.run(["run", "--manifest", listed, "--to", "s3://dst/copies/", "--json",
                              "--destination-keys", "full", "--work", self.folder / "work",
                              *options], self.server).expect(code)
        self.results = {line["sourceKey"]: line for file in self.folder.glob("work/results/*")
                        for line in map(json.loads, file.read_text().splitlines())}
        return result.json


def pages_of(count: int):
    """A quirk: listings come in pages of so many keys."""
    def quirk(request, proceed):
        if request.op == "ListObjectsV2":
            request.query["max-keys"] = str(count)
        return proceed(request)
    return quirk


class Scattered(OnFake):
    """Keys that lie far apart are looked at one by one; listings are tried now and then."""

    def test_scattered(self):
        self.serve(pages_of(20))
        for number in range(4000):
            self.fake.add("src", f"data/{number:05}", size=5)
        keys = [f"data/{number:05}" for number in range(0, 4000, 20)]
        told = self.run_it(keys)
        self.assertEqual(told["copied"], 200)
        self.assertLessEqual(told["requests"]["ListObjectsV2"], 8)
        self.assertLessEqual(told["requests"]["HeadObject"], 200)
        told = self.run_it(keys)
        self.assertEqual(told["same"], 200)
        self.assertLessEqual(told["requests"]["HeadObject"], 200)
        # Pages are of twenty here: the destination's 200 objects take about ten.
        self.assertLessEqual(told["requests"]["ListObjectsV2"], 20)

    def test_clusters(self):
        """What lies between is passed over."""
        self.serve(pages_of(50))
        for number in range(2000):
            self.fake.add("src", f"data/{number:05}", size=5)
        keys = [f"data/{start + number:05}" for start in range(0, 2000, 400)
                for number in range(50)]
        told = self.run_it(keys)
        self.assertEqual(told["copied"], 250)
        self.assertNotIn("HeadObject", told["requests"])
        self.assertLessEqual(told["requests"]["ListObjectsV2"], 7)


class Encrypted(OnFake):
    """Under KMS ETags are no MD5s, and listings do not say so."""

    def test_kms(self):
        self.serve()
        self.fake.kms.add("dst")
        keys = [f"data/{number:05}" for number in range(20)]
        for key in keys:
            self.fake.add("src", key, size=50)
        told = self.run_it(keys)
        self.assertEqual((told["copied"], told["verified"]["size"]), (20, 20))
        told = self.run_it(keys)
        self.assertEqual((told["same"], told["seenByListing"]), (20, 20))
        self.assertNotIn("HeadObject", told["requests"])
        self.assertEqual({line["verifiedBy"] for line in self.results.values()}, {"ledger"})


class NotShown(OnFake):
    """What a listing does not show, and HEAD does."""

    def test_website_redirects(self):
        """Of an empty object it is copied, of others with --look head."""
        redirect = {"x-amz-website-redirect-location": "/elsewhere"}
        self.serve()
        keys = [f"data/{number:05}" for number in range(20)]
        for key in keys:
            self.fake.add("src", key, size=50, headers=redirect)
        self.fake.add("src", "data/empty", headers=redirect)
        for options, kept in ([], set()), (["--look", "head"], set(keys)):
            self.run_it([*keys, "data/empty"], *options)
            self.assertEqual({key for key in [*keys, "data/empty"]
                              if self.fake.get("dst", "copies/" + key).headers.get(
                                  "x-amz-website-redirect-location")}, kept | {"data/empty"})
            for key in [*keys, "data/empty"]:
                self.fake.delete("dst", "copies/" + key)


class Archived(OnFake):
    """Whether archived sources were restored, listings tell where they are asked."""

    # x-amz-restore of HEAD, and IsRestoreInProgress of a listing
    KEYS = {"data/00003": None, "data/00004": "true", "data/00005": "false"}

    def archive(self, *given, server: str | None = "AmazonS3", tells: bool = True) -> dict:
        """Copy twenty objects, three of them archived, from a server of that name."""
        def quirk(request, proceed):
            answer = proceed(request)
            if request.op == "ListObjectsV2" and server:
                answer.set("Server", server)
            if (request.op == "ListObjectsV2" and tells and
                    request.headers.get("x-amz-optional-object-attributes") == "RestoreStatus"):
                for key, under_way in self.KEYS.items():
                    said = f"<RestoreStatus><IsRestoreInProgress>{under_way}</IsRestoreInProgress></RestoreStatus>"
                    name = f"<Key>{quote(key)}</Key>".encode()
                    self.assertTrue(request.bucket == "dst" or name in answer.body)
                    if under_way:
                        answer.body = answer.body.replace(name, name + said.encode())
            if request.op == "HeadObject" and self.KEYS.get(request.key):
                answer.set("x-amz-restore", f'ongoing-request="{self.KEYS[request.key]}"')
            return answer

        self.serve(quirk, *given)
        keys = [f"data/{number:05}" for number in range(20)]
        for key in keys:
            self.fake.add("src", key, size=50, storage_class="GLACIER" if key in self.KEYS else None)
        told = self.run_it(keys, code=1)
        self.assertEqual((told["copied"], told["failed"]), (18, 2))
        for key, under_way in self.KEYS.items():
            error = self.results[key].get("error", {}).get("code")
            self.assertEqual(error, None if under_way == "false" else "InvalidObjectState", key)
        self.assertEqual({request.key.removeprefix("copies/") for request in self.fake.requests("CopyObject")},
                         {*keys} - {"data/00003", "data/00004"})
        self.assertEqual([request.bucket for request in self.fake.requests("ListObjectsV2")
                          if "x-amz-optional-object-attributes" in request.headers], ["src"])
        return told["requests"]

    def test_told(self):
        self.assertNotIn("HeadObject", self.archive())

    def test_told_by_another_server(self):
        """One that tells of those that were restored may not know of the others."""
        self.assertEqual(self.archive(server="another")["HeadObject"], 1)

    def test_not_told(self):
        """A server that passes over the question: HEAD tells."""
        self.assertEqual(self.archive(server=None, tells=False)["HeadObject"], 3)

    def test_question_refused(self):
        """A server that does not implement the header is asked again without it."""
        def refuse(request, proceed):
            if "x-amz-optional-object-attributes" in request.headers:
                return Answer(501, body=error_body("NotImplemented"))
            return proceed(request)

        requests = self.archive(refuse, tells=False)
        self.assertEqual((requests["HeadObject"], requests["ListObjectsV2"]), (3, 3))


class Odd(OnFake):
    """Listings that are not what was asked for: no result depends on them."""

    def check(self, *given, lists: int = 2) -> None:
        """Copy twice; the second run finds all of it."""
        self.serve(*given)
        keys = [f"data/{number:05}" for number in range(40)]
        for key in keys:
            self.fake.add("src", key, size=50)
        self.fake.add("dst", "another", size=5)
        self.fake.add("src", "another", size=5)
        self.fake.add("src", "zero", size=5)
        self.assertEqual(self.run_it(keys)["copied"], 40)
        told = self.run_it(keys)
        self.assertEqual(told["same"], 40)
        self.assertLessEqual(told["requests"]["ListObjectsV2"], lists)
        self.assertEqual(told["requests"]["HeadObject"], 80)

    def change(self, how):
        """A quirk: `how` makes another text of a listing."""
        def quirk(request, proceed):
            answer = proceed(request)
            if request.op == "ListObjectsV2":
                answer.body = how(answer.body)
            return answer
        return quirk

    def test_refused(self):
        self.check(quirks.refuse("ListObjectsV2", 403, "AccessDenied"))

    def test_not_implemented(self):
        self.check(quirks.not_implemented("ListObjectsV2"), lists=3)  # of the source also without its header

    def test_not_sorted(self):
        def swap(body: bytes) -> bytes:
            head, *entries = body.split(b"<Contents>")
            last, tail = entries[-1].split(b"</Contents>") if entries else (b"", b"")
            entries = [last + b"</Contents>", *entries[:-1]] if len(entries) > 1 else entries
            return b"<Contents>".join([head, *entries]) + (tail if len(entries) > 1 else b"")
        self.check(self.change(swap))

    def test_range_passed_over(self):
        def quirk(request, proceed):
            if request.op == "ListObjectsV2":
                request.query.pop("start-after", None)
                request.query.pop("prefix", None)
            return proceed(request)
        self.check(quirk)

    def test_no_next_page(self):
        self.check(pages_of(5), self.change(
            lambda body: body.replace(b"NextContinuationToken", b"Next")))

    @copyout.full_only
    def test_not_xml(self):
        """Each listing is asked for ten times, which takes more than a minute."""
        self.check(self.change(lambda body: b"<html>"), lists=40)


if __name__ == "__main__":
    unittest.main()
