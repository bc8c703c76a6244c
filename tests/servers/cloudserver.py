"""Scality CloudServer (Zenko), as its sources and its pull requests say that it answers: a fake.

    with CloudServer() as fake:
        fake.endpoint, fake.users["source"]

CloudServer needs packages of its maker's own registry, so that it cannot be run here. Where it
deviates from Amazon S3 stands with each method; the rest is quirk_s3.py. The files named are those
of github.com/scality/cloudserver, and of scality/Arsenal, its library.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from quirk_s3 import Answer, QuirkS3, S3Error
from quirk_objects import Stored


class CloudServer(QuirkS3):
    """The fake S3 with CloudServer's deviations."""

    def _copy_object(self, request) -> Answer:
        """A copy keeps the ETag and the parts of a source that was made in parts:
        lib/api/objectCopy.js stores the source's content-md5 and its locations. If-None-Match is
        judged against the source: Arsenal's validateConditionalHeaders.ts takes it for
        x-amz-copy-source-if-none-match."""
        source = self._copy_source(request)
        if request.headers.get("if-none-match") in ("*", f'"{source.etag}"'):
            raise S3Error(412, "PreconditionFailed",
                          "At least one of the pre-conditions you specified did not hold")
        answer = super()._copy_object(replace(request, headers={
            name: value for name, value in request.headers.items() if name != "if-none-match"}))
        made = self.get(request.bucket, request.key)
        answer.body = answer.body.replace(made.etag.encode(), source.etag.encode())
        made.etag, made.parts = source.etag, source.parts
        return answer

    def _head_object(self, request) -> Answer:
        """`?partNumber=N` is 200 with the part's length, and 416 InvalidRange beyond the last part:
        lib/api/objectHead.js; x-amz-mp-parts-count is there ("imprv: S3C-3779 add mp-parts-count
        header", #3256). The number of tags is told by GET only: collectResponseHeaders.js in
        lib/utilities."""
        try:
            answer = super()._head_object(request)
        except S3Error as refusal:
            if refusal.answer.status != 416:
                raise
            raise S3Error(416, "InvalidRange") from None
        answer.drop("x-amz-tagging-count")
        if answer.status == 206:
            answer.status = 200
            answer.drop("Content-Range")
        return answer

    def _headers_of(self, stored: Stored, request) -> list[tuple[str, str]]:
        """Content-Language is not kept ("BF: Store / return AWS compatible headers", #283, and
        lib/utilities/collectResponseHeaders.js have all others)."""
        return [pair for pair in super()._headers_of(stored, request)
                if pair[0] != "content-language"]

    def _check_target(self, request) -> None:
        """If-None-Match of PutObject and CompleteMultipartUpload is not looked at: no file below
        lib/api has it but those that read."""

    def _put_bucket_versioning(self, request) -> Answer:
        self.versioned.add(request.bucket)
        return Answer(200)
