"""Successes that cannot be read: the destination is looked at before anything is written again.

Each test has a fake S3 of its own (tests/servers/quirk_s3.py) whose answers to writes are odd.
"""

from __future__ import annotations

import gzip
import unittest

from lib import copyout
from test_other_servers import MIB, Quirks

import quirks  # lies with the servers: lib.servers knows where
from quirk_s3 import Answer, error

COPIES = ("CopyObject", "UploadPartCopy", "CompleteMultipartUpload")


def body(to: bytes):
    """A change of an answer: another body, with no ETag in any header."""
    def how(answer: Answer) -> None:
        answer.body = to
        answer.drop("etag")

    return how


def cut(answer: Answer) -> None:
    """The second half of the document is missing."""
    answer.body = answer.body[:len(answer.body) // 2]


def no_etag(answer: Answer) -> None:
    """The result without the ETag."""
    start, end = answer.body.find(b"<ETag>"), answer.body.find(b"</ETag>")
    answer.body = answer.body[:start] + answer.body[end + len(b"</ETag>"):]


def compressed(answer: Answer) -> None:
    """In gzip, though it was asked not to be."""
    answer.body = gzip.compress(answer.body)
    answer.set("Content-Encoding", "gzip")


def shorter_than_it_says(answer: Answer) -> None:
    """The connection ends in the middle of the body."""
    answer.length = None
    answer.body = answer.body[:30]


ODD = {"empty": body(b""), "blank": body(b" \n"), "no XML": body(b"OK\n"), "cut": cut,
       "no ETag": no_etag, "gzip": compressed, "half a document": shorter_than_it_says}


class Unread(Quirks):
    """A small object and one of three parts, of which every answer to a write is odd."""

    def two(self, *given) -> None:
        """A fake with these quirks and the two objects."""
        self.serve(*given)
        self.add("a.txt", size=10)
        self.add("b.bam")

    def test_copied_once(self):
        """HEAD proves the copy, ListParts tells the parts; nothing is copied twice."""
        for name, how in ODD.items():
            with self.subTest(name):
                self.two(quirks.change(COPIES, how))
                self.run_it()
                self.assert_copies()
                counts = self.fake.counts()
                self.assertEqual([counts[op] for op in COPIES], [1, 3, 1], counts)
                self.assertEqual(counts["CreateMultipartUpload"], 1)

    def test_readable_after_all(self):
        """White space, gzip for those who do not object, ETags in headers: no look is needed."""
        for name, quirk in {"white space": quirks.preamble(), "gzip": quirks.gzip_unless_identity,
                            "header": quirks.change("UploadPartCopy", quirks.etag_in_a_header)
                            }.items():
            with self.subTest(name):
                self.two(quirk)
                self.run_it()
                self.assert_copies()
                counts = self.fake.counts()
                self.assertEqual([counts[op] for op in COPIES], [1, 3, 1], counts)
                self.assertEqual(counts["ListParts"], 0)
                heads = self.fake.requests("HeadObject", bucket="dst", key="a.txt")
                self.assertEqual(len(heads), 1)
                for request in self.fake.requests():
                    self.assertEqual(request.headers.get("accept-encoding"), "identity")

    def test_not_done(self):
        """The copy is not there: a look stands between any two copies, and the message tells."""
        def lies(request, proceed):
            return Answer(200) if request.op == "CopyObject" else proceed(request)

        self.serve(lies)
        self.add("a.txt", size=10)
        self.run_it(code=1)
        error_ = self.results["a.txt"]["error"]
        self.assertEqual((error_["code"], error_["httpStatus"]), ("ProtocolError", 200))
        self.assertIn("the answer to CopyObject is empty, and nothing is at the destination",
                      error_["message"])
        self.assertTrue(error_["requestId"].startswith("FAKE"))
        self.assertTrue(error_["hostId"].startswith("fake/"))
        ops = [request.op for request in self.fake.requests(bucket="dst", key="a.txt")]
        self.assertLessEqual(ops.count("CopyObject"), 4)
        for first, second in zip(ops, ops[1:]):
            self.assertFalse(first == second == "CopyObject", ops)

    def test_unread_create(self):
        """The upload that nobody knows is found and removed, and the object FAILED."""
        self.serve(quirks.change("CreateMultipartUpload", body(b"")))
        self.add("b.bam")
        self.run_it(code=1)
        self.assertEqual(self.fake.counts()["CreateMultipartUpload"], 1)
        self.assertEqual(self.fake.uploads, {})

    def test_error_answer_of_five_megabytes(self):
        """A 500 is a 500, however long: it is tried again; a 403 of that size says what it was."""
        def large(status: int, code: str, times: int):
            count = [0]

            def quirk(request, proceed):
                count[0] += request.op == "CopyObject"
                if request.op != "CopyObject" or count[0] > times:
                    return proceed(request)
                answer = error(status, code)
                answer.body += b" " * 5 * MIB
                return answer

            return quirk

        self.serve(large(500, "InternalError", 2))
        self.add("a.txt", size=10)
        self.run_it()
        self.assert_copies()
        self.assertEqual(self.fake.counts()["CopyObject"], 3)
        self.serve(large(403, "AccessDenied", 99))
        self.add("a.txt", size=10)
        self.run_it("--tags", "require", code=1)
        self.assertIn("CopyObject, HTTP 403: the error answer is longer than",
                      self.results["a.txt"]["error"]["message"])


class Named(Quirks):
    """What a FAILED line says."""

    def test_delete_marker(self):
        """A version that is one is named, and called one; so is a key whose newest version is."""
        self.serve()
        self.fake.versioned.add("src")
        self.add("a.txt", size=10)
        marker = self.fake.add("src", "a.txt", delete_marker=True)
        listed = self.folder / "list"
        for row, message in ((f"src,a.txt,{marker.version_id}",
                              f"version {marker.version_id}: it is a delete marker"),
                             ("src,a.txt", "its newest version is a delete marker")):
            listed.write_text(row + "\n")
            result = self.run_list(listed)
            self.assertIn(message, result.json["failures"][0]["message"])
            self.assertIn(", host faultproxy", result.stderr)

    def run_list(self, listed):
        """One list, in a work store of its own."""
        return copyout.run(["run", "--manifest", listed, "--to", "s3://dst/", "--json"],
                           self.server, cwd=self.folder).expect(1)


if __name__ == "__main__":
    unittest.main()
