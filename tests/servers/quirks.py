"""Oddities that other servers than Amazon S3 are known for, each a quirk for quirk_s3.QuirkS3.

A quirk is a function `quirk(request, proceed)` that returns an Answer. The functions with other
parameters make one. BY_NAME has those that need none.
"""

from __future__ import annotations

import gzip
import inspect
import re
import sys
from pathlib import Path
from typing import Callable, Iterable

sys.path.insert(0, str(Path(__file__).resolve().parent))
from quirk_s3 import Answer, Quirk, error

WRITES = ("PutObject", "CopyObject", "CreateMultipartUpload", "CompleteMultipartUpload")


def refuse(op: str | Iterable[str], status: int, code: str, *, key: str = "", times: int = 0,
           header: str | None = None, message: str = "") -> Quirk:
    """An error in place of these operations; the server does nothing.

    `key`: a regular expression that the key has to contain. `times`: the first N such requests
    only. `header`: only requests that have this header.
    """
    ops = (op,) if isinstance(op, str) else tuple(op)
    count = [0]

    def quirk(request, proceed):
        if (request.op not in ops or not re.search(key, request.key)
                or header and header not in request.headers):
            return proceed(request)
        count[0] += 1
        return proceed(request) if times and count[0] > times else error(status, code, message)

    return quirk


def change(op: str | Iterable[str], how: Callable[[Answer], Answer | None], *,
           key: str = "") -> Quirk:
    """Let the server do it, and then change what it answers. `how` may change it in place."""
    ops = (op,) if isinstance(op, str) else tuple(op)

    def quirk(request, proceed):
        answer = proceed(request)
        if request.op in ops and re.search(key, request.key):
            return how(answer) or answer
        return answer

    return quirk


def not_implemented(op: str | Iterable[str], header: str | None = None) -> Quirk:
    """501 for an operation, or for a header of it."""
    return refuse(op, 501, "NotImplemented", header=header,
                  message="A header you provided implies functionality that is not implemented")


def preamble(text: str = "\n\r\n \t") -> Quirk:
    """White space before the XML declaration, which keeps a connection open."""
    def quirk(request, proceed):
        answer = proceed(request)
        if answer.body.startswith(b"<?xml"):
            answer.body = text.encode() + answer.body
        return answer

    return quirk


def gzip_unless_identity(request, proceed):
    """XML in gzip where the request does not ask for none (RFC 9110, 12.5.3)."""
    answer = proceed(request)
    if request.headers.get("accept-encoding") != "identity" and answer.body.startswith(b"<?xml"):
        answer.body = gzip.compress(answer.body)
        answer.set("Content-Encoding", "gzip")
    return answer


def always_gzip(request, proceed):
    """XML in gzip, whatever the request asks for."""
    answer = proceed(request)
    if answer.body.startswith(b"<?xml"):
        answer.body = gzip.compress(answer.body)
        answer.set("Content-Encoding", "gzip")
    return answer


def etag_in_a_header(answer: Answer) -> None:
    """An empty body, and the ETag of the body in a header. For change()."""
    answer.headers.append(("ETag", re.search(rb"<ETag>(.*?)</ETag>", answer.body)[1]
                           .decode().replace("&quot;", '"')))
    answer.body = b""


def no_length(request, proceed):
    """HEAD without Content-Length (Cloudflare in front of R2 or RGW)."""
    answer = proceed(request)
    if request.op == "HeadObject":
        answer.length = None
    return answer


def source_etag_of_parts_never_matches(request, proceed):
    """x-amz-copy-source-if-match is compared with something that no HEAD shows, where the source
    is of parts (OpenStack Swift)."""
    if re.search(r"-\d+\"?$", request.headers.get("x-amz-copy-source-if-match", "")):
        return error(412, "PreconditionFailed")
    return proceed(request)


def if_none_match_asks_the_source(request, proceed):
    """If-None-Match of a copy is judged against the source, which exists: always 412."""
    if request.op == "CopyObject" and request.headers.get("if-none-match") == "*":
        return error(412, "PreconditionFailed")
    return proceed(request)


def no_leading_slash(request, proceed):
    """`/bucket/key` in x-amz-copy-source names a bucket without a name (Cloudflare R2)."""
    if request.headers.get("x-amz-copy-source", "").startswith("/"):
        return error(400, "InvalidArgument", "Invalid Argument: copy source bucket name")
    return proceed(request)


part_copy_not_implemented = not_implemented("UploadPartCopy")  # s3rver, Storj
tagging_directive_not_implemented = not_implemented("CopyObject", "x-amz-tagging-directive")
metadata_directive_not_implemented = not_implemented("CopyObject", "x-amz-metadata-directive")
if_none_match_not_implemented = not_implemented(WRITES[1:], "if-none-match")
source_condition_not_implemented = not_implemented(("CopyObject", "UploadPartCopy"),
                                                   "x-amz-copy-source-if-match")
tag_header_not_implemented = not_implemented(WRITES, "x-amz-tagging")
tagging_not_implemented = not_implemented(("GetObjectTagging", "PutObjectTagging"))
uploads_not_listed = not_implemented("ListMultipartUploads")


def _is_quirk(value: object) -> bool:
    return (inspect.isfunction(value) and value.__module__ == __name__
            and list(inspect.signature(value).parameters) == ["request", "proceed"])


BY_NAME: dict[str, Quirk] = {name: value for name, value in list(globals().items())
                             if _is_quirk(value)}
