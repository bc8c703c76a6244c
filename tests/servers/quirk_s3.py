"""A small S3 in memory, which answers as Amazon S3 does, and otherwise where a test wants that.

    with QuirkS3(quirks.part_copy_not_implemented) as fake:
        fake.add("src", "big.bam", size=20 << 20, part_size=8 << 20, tags={"a": "b"})
        fake.add("src", "a.txt", b"bytes", headers={"Content-Type": "text/plain"})
        copyout.run([...], env={"AWS_ENDPOINT_URL_S3": fake.endpoint, ...})
        fake.requests("CopyObject")          # all that came, in order
        fake.get("dst", "a.txt").etag        # what came of it

A quirk is a function `quirk(request, proceed)` that returns an Answer: it may answer by itself,
change the request before `proceed(request)`, or change what that returns. quirks.py has those that
other servers are known for. It runs in a thread of the test, so quirks may be functions of the
test. Signatures, users and rights are not checked. Path-style addressing only.
"""

from __future__ import annotations

import email.utils
import itertools
import re
import socket
import sys
import threading
import time
import uuid
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Callable
from urllib.parse import parse_qsl, quote, unquote_to_bytes
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parent))
from faultproxy import Request, error_body, operation
from quirk_objects import (ALGORITHMS, Content, Span, Stored, Upload, checksum,
                           composite_checksum, composite_etag, join)

GIB = 1 << 30
COPY_LIMIT = 5 * GIB  # of CopyObject and of one part
MIN_PART = 5 << 20
KEPT_HEADERS = ("content-type", "cache-control", "content-disposition", "content-encoding",
                "content-language", "expires", "x-amz-website-redirect-location")
# The types of checksums that an upload may be created with; of other algorithms COMPOSITE alone.
TYPES_OF_UPLOADS = {"crc32": ("COMPOSITE", "FULL_OBJECT"), "crc32c": ("COMPOSITE", "FULL_OBJECT"),
                    "crc64nvme": ("FULL_OBJECT",)}
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class Answer:
    """A response, as it will be sent."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)  # a name may come twice
    body: bytes = b""
    length: int | None = -1  # Content-Length; -1: that of the body; None: the header is not sent

    def drop(self, name: str) -> None:
        """Take a header away."""
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()]

    def set(self, name: str, value: str) -> None:
        """Give a header a value in place of those it had."""
        self.drop(name)
        self.headers.append((name, value))


Quirk = Callable[[Request, Callable[[Request], Answer]], Answer]


class S3Error(Exception):
    """An answer that is an error; operations raise it."""

    def __init__(self, status: int, code: str, message: str = "", headers=()):
        super().__init__(code)
        self.answer = error(status, code, message, headers)


def error(status: int, code: str, message: str = "", headers=()) -> Answer:
    """S3's answer for an error."""
    return Answer(status, [("Content-Type", "application/xml"), *headers],
                  error_body(code, message or f"The fake S3 answers {code}."))


def xml_answer(root: str, *children: str, headers=()) -> Answer:
    """200 with a document; the children are XML already."""
    body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">'
            f'{"".join(children)}</{root}>')
    return Answer(200, [("Content-Type", "application/xml"), *headers],
                  body.encode(errors="surrogateescape"))


def element(name: str, value: object) -> str:
    """<name>value</name>"""
    return f"<{name}>{escape(str(value))}</{name}>"


def wire(text: str) -> str:
    """A header's value as http.server wants it, so that its bytes are the text's UTF-8."""
    return text.encode(errors="surrogateescape").decode("latin-1")


def quoted(etag: str) -> str:
    """An ETag in its quotes."""
    return f'"{etag}"'


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _number(name: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdigit():
        raise S3Error(400, "InvalidArgument", f"{name} is no number.")
    return int(text)


class _Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_args) -> None:
        pass

    def _exchange(self) -> None:
        fake: QuirkS3 = self.server.fake
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        request = fake.record(self.command, self.path,
                              {name.lower(): value for name, value in self.headers.items()}, body)
        answer = fake.answer(request)
        request.status, request.ended = answer.status, time.monotonic()
        self.send_response_only(answer.status)  # without a Server of Python's own
        self.send_header("Date", self.date_time_string())
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("x-amz-request-id", f"FAKE{request.number}")
        self.send_header("x-amz-id-2", f"fake/{request.number}")
        if answer.length is not None and answer.status != 204:
            self.send_header("Content-Length",
                             str(len(answer.body) if answer.length < 0 else answer.length))
        elif answer.length is None and self.command != "HEAD":
            self.close_connection = True  # the end of the connection is the end of the body
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _exchange


class _Listener(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """A client that left is nobody's mistake; anything else is."""
        failure = sys.exc_info()[1]
        if not isinstance(failure, OSError):
            self.fake.errors.append(repr(failure))


class QuirkS3:
    """The server. `quirks` and `log` are plain lists; read and assign them at any time."""

    region = "us-east-1"
    users = {"source": ("SOURCEKEY", "sourcesecret"), "dest": ("DESTKEY", "destsecret")}

    def __init__(self, *quirks: Quirk, min_part: int = MIN_PART):
        self.quirks: list[Quirk] = list(quirks)
        self.min_part = min_part
        self.log: list[Request] = []
        self.errors: list[str] = []  # what went wrong in the fake itself, or in a quirk
        self.kms: set[str] = set()  # buckets that encrypt with a KMS key unless told otherwise
        self.versioned: set[str] = set()
        # The ETag of what is written in one piece, parts too, in place of its MD5 sum: 16 bytes.
        self.etag_bytes: Callable[[Content], bytes] = Content.md5
        self.uploads: dict[str, Upload] = {}
        self._buckets: dict[str, dict[str, list[Stored]]] = defaultdict(dict)  # oldest first
        self._lock = threading.RLock()
        self._attempts: Counter = Counter()
        self._numbers = itertools.count(1)
        self._listener = _Listener(("127.0.0.1", 0), _Http)
        self._listener.fake = self
        self.endpoint = f"http://127.0.0.1:{self._listener.server_address[1]}"
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,),
                                        name="quirk_s3", daemon=True)
        self._thread.start()

    # what a test uses

    def bucket(self, *names: str) -> None:
        """Make buckets. add() does so by itself."""
        for name in names:
            self._buckets[name]  # a defaultdict makes what is asked for

    def add(self, bucket: str, key: str, body: bytes | None = None, *, size: int = 0,
            parts: list[int] | None = None, part_size: int = 0, seed: str | None = None,
            headers: dict[str, str] | None = None, tags: dict[str, str] | None = None,
            storage_class: str | None = None, checksums: list[str] | dict[str, str] = (),
            checksum_type: str = "FULL_OBJECT", kms: bool | None = None, etag: str | None = None,
            extra: list[tuple[str, str]] = (), delete_marker: bool = False) -> Stored:
        """Declare an object, as a new version where the bucket has versions.

        Its bytes, or its size and a `seed` (objects of one seed have the same bytes, key and
        bucket are the default). `parts`: their sizes; `part_size`: of all but the last.
        `headers`: Content-Type, x-amz-meta-...; `extra`: sent on HEAD and GET as they are, a name
        may come twice. `checksums`: names to work out, or values. `etag` in place of the right one.
        """
        whole = Content((body,) if body else ()) if body is not None else Content(
            (Span(seed or f"{bucket}/{key}", 0, size),) if size else ())
        if part_size:
            parts = [min(part_size, whole.size - at) for at in range(0, whole.size, part_size)]
        pieces = None
        if parts is not None:
            starts = itertools.accumulate([0, *parts])
            pieces = [whole.cut(start, length) for start, length in zip(starts, parts)]
            assert sum(parts) == whole.size, "the parts are not the whole"
        stored = Stored(whole, etag or self._etag(bucket, whole, pieces, kms), parts,
                        {name.lower(): wire(value) for name, value in (headers or {}).items()},
                        dict(tags or {}), storage_class, {}, checksum_type,
                        self._encryption(bucket, kms), list(extra), delete_marker=delete_marker)
        if isinstance(checksums, dict):
            stored.checksums = dict(checksums)
        else:
            for name in checksums:
                stored.checksums[name] = checksum(name, whole) if (
                    checksum_type == "FULL_OBJECT" or pieces is None) else composite_checksum(
                        name, [checksum(name, piece) for piece in pieces])
        with self._lock:
            return self._store(bucket, key, stored)

    def get(self, bucket: str, key: str, version: str | None = None) -> Stored | None:
        """An object as it is now, or one of its versions; None if it is not there."""
        with self._lock:
            versions = self._buckets.get(bucket, {}).get(key, [])
            if version:
                return next((one for one in versions if one.version_id == version), None)
            return versions[-1] if versions and not versions[-1].delete_marker else None

    def keys(self, bucket: str) -> list[str]:
        """The keys of a bucket, in order."""
        with self._lock:
            return sorted((key for key in self._buckets.get(bucket, {}) if self.get(bucket, key)),
                          key=lambda key: key.encode(errors="surrogateescape"))

    def delete(self, bucket: str, key: str) -> None:
        """Take an object away, with all its versions."""
        with self._lock:
            self._buckets[bucket].pop(key, None)

    def requests(self, op: str | None = None, *, bucket: str | None = None,
                 key: str | None = None) -> list[Request]:
        """The requests so far, in the order in which they came."""
        with self._lock:
            return [request for request in self.log
                    if (op is None or request.op == op)
                    and (bucket is None or request.bucket == bucket)
                    and (key is None or request.key == key)]

    def counts(self) -> Counter:
        """How many requests of each operation came."""
        with self._lock:
            return Counter(request.op for request in self.log)

    def forget(self) -> None:
        """Begin the log and its counts anew; the objects stay."""
        with self._lock:
            self.log, self.errors, self._attempts = [], [], Counter()

    def environment(self) -> dict[str, str]:
        """The variables with which copyout uses this server."""
        access, secret = self.users["dest"]
        return {"AWS_ENDPOINT_URL_S3": self.endpoint, "AWS_REGION": self.region,
                "AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret}

    def alive(self) -> bool:
        """Whether it answers; as the other servers have it."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End. May be called twice."""
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join(10)
            self._listener.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # a request

    def record(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Request:
        """Log a request that has come in."""
        path, _, raw_query = target.partition("?")
        query = dict(parse_qsl(raw_query, keep_blank_values=True))
        raw_bucket, _, raw_key = path.removeprefix("/").partition("/")
        bucket, key = (unquote_to_bytes(raw).decode(errors="surrogateescape")
                       for raw in (raw_bucket, raw_key))
        op = operation(method, bucket, key, query, headers)
        part = int(query["partNumber"]) if query.get("partNumber", "").isdigit() else None
        with self._lock:
            which = (op, bucket, key, part)
            self._attempts[which] += 1
            request = Request(len(self.log) + 1, op, bucket, key, part, query.get("uploadId"),
                              self._attempts[which], method, target, query, headers,
                              time.monotonic(), body)
            self.log.append(request)
        return request

    def answer(self, request: Request) -> Answer:
        """Answer a request, as the quirks have it. The first quirk of the list is the outermost."""
        proceed = self._ordinary
        for quirk in reversed(self.quirks):
            proceed = (lambda request, quirk=quirk, inner=proceed: quirk(request, inner))
        try:
            return proceed(request)
        except S3Error as refusal:  # a quirk may raise it, too
            return refusal.answer
        except Exception as failure:  # a mistake in the fake or in a quirk: the test should see it
            self.errors.append(f"{request.op}: {failure!r}")
            return error(500, "FakeError", repr(failure))

    def _ordinary(self, request: Request) -> Answer:
        method = getattr(self, "_" + re.sub(r"(?<!^)(?=[A-Z])", "_", request.op).lower(), None)
        if method is None:
            return error(501, "NotImplemented", f"The fake S3 knows no {request.op}.")
        with self._lock:
            try:
                if request.op != "CreateBucket" and request.bucket not in self._buckets:
                    raise S3Error(404, "NoSuchBucket")
                return method(request)
            except S3Error as refusal:
                return refusal.answer

    # what is stored

    def _encryption(self, bucket: str, kms: bool | None = None) -> str:
        return "aws:kms" if (bucket in self.kms if kms is None else kms) else "AES256"

    def _etag(self, bucket: str, whole: Content, pieces: list[Content] | None = None,
              kms: bool | None = None) -> str:
        """The MD5 sum, or that of the parts' MD5 sums; under KMS neither."""
        opaque = self._encryption(bucket, kms) == "aws:kms"
        if pieces is None:
            return uuid.uuid4().hex if opaque else self.etag_bytes(whole).hex()
        return composite_etag([uuid.uuid4().bytes if opaque else self.etag_bytes(piece)
                               for piece in pieces])

    def _store(self, bucket: str, key: str, stored: Stored) -> Stored:
        stored.modified = stored.modified or time.time()
        versions = self._buckets[bucket].setdefault(key, [])
        if bucket in self.versioned:
            stored.version_id = f"version{next(self._numbers)}"
        else:
            versions.clear()
        versions.append(stored)
        return stored

    def _existing(self, bucket: str, key: str, version: str | None = None) -> Stored:
        """The object that a request is about, or the error of S3."""
        if bucket not in self._buckets:
            raise S3Error(404, "NoSuchBucket")
        versions = self._buckets[bucket].get(key, [])
        if version in (None, "null"):
            stored = versions[-1] if versions else None
            if stored and stored.delete_marker:
                raise S3Error(404, "NoSuchKey", headers=[("x-amz-delete-marker", "true")])
        else:
            stored = next((one for one in versions if one.version_id == version), None)
            if stored and stored.delete_marker:
                raise S3Error(405, "MethodNotAllowed", "The specified method is not allowed "
                              "against this resource.", [("x-amz-delete-marker", "true")])
        if stored is None:
            raise S3Error(404, "NoSuchVersion" if version else "NoSuchKey")
        return stored

    def _copy_source(self, request: Request) -> Stored:
        """The object that x-amz-copy-source names, once its conditions hold."""
        path, _, version = request.headers["x-amz-copy-source"].partition("?versionId=")
        bucket, _, key = unquote_to_bytes(path.removeprefix("/")).decode(
            errors="surrogateescape").partition("/")
        stored = self._existing(bucket, key, version or None)
        wanted = request.headers.get("x-amz-copy-source-if-match")
        if wanted is not None and wanted.strip('"') != stored.etag:
            raise S3Error(412, "PreconditionFailed", "At least one of the pre-conditions you "
                          "specified did not hold")
        return stored

    def _check_target(self, request: Request) -> None:
        """What If-None-Match and If-Match ask of the object that a request will write."""
        now = self.get(request.bucket, request.key)
        wanted = request.headers.get("if-match")
        if wanted is not None and now is None:
            raise S3Error(404, "NoSuchKey")
        if (request.headers.get("if-none-match") == "*" and now
                or wanted is not None and wanted.strip('"') != now.etag):
            raise S3Error(412, "PreconditionFailed", "At least one of the pre-conditions you "
                          "specified did not hold")

    @staticmethod
    def _kept_headers(request: Request) -> dict[str, str]:
        return {name: value for name, value in request.headers.items()
                if name in KEPT_HEADERS or name.startswith("x-amz-meta-")}

    @staticmethod
    def _tags_header(request: Request) -> dict[str, str]:
        return dict(parse_qsl(request.headers.get("x-amz-tagging", ""), keep_blank_values=True))

    def _written(self, stored: Stored) -> list[tuple[str, str]]:
        """The headers that every answer to a write has."""
        pairs = [("x-amz-server-side-encryption", stored.encryption)]
        if stored.version_id:
            pairs.append(("x-amz-version-id", stored.version_id))
        return pairs

    # buckets

    def _create_bucket(self, request: Request) -> Answer:
        self.bucket(request.bucket)
        return Answer(200, [("Location", f"/{request.bucket}")])

    def _head_bucket(self, request: Request) -> Answer:
        return Answer(200, [("x-amz-bucket-region", self.region)])

    def _get_bucket_location(self, request: Request) -> Answer:
        return xml_answer("LocationConstraint")

    def _list_objects_v2(self, request: Request) -> Answer:
        query = request.query
        after = query.get("continuation-token") or query.get("start-after") or ""
        limit = _number("max-keys", query.get("max-keys"), 1000)
        encoded = query.get("encoding-type") == "url"
        shown = (lambda key: quote(key, safe="/", errors="surrogateescape")) if encoded else (
            lambda key: key)
        fitting = [key for key in self.keys(request.bucket)
                   if key.startswith(query.get("prefix", ""))
                   and key.encode(errors="surrogateescape") > after.encode(errors="surrogateescape")]
        page, more = fitting[:limit], len(fitting) > limit
        entries = []
        for key in page:
            stored = self.get(request.bucket, key)
            entries.append("<Contents>" + element("Key", shown(key))
                           + element("LastModified", _iso(stored.modified))
                           + element("ETag", quoted(stored.etag)) + element("Size", stored.size)
                           + element("StorageClass", stored.storage_class or "STANDARD")
                           + "</Contents>")
        return xml_answer("ListBucketResult", element("Name", request.bucket),
                          element("EncodingType", "url") if encoded else "",
                          element("KeyCount", len(page)),
                          element("IsTruncated", "true" if more else "false"),
                          element("NextContinuationToken", page[-1]) if more and page else "",
                          *entries)

    def _list_multipart_uploads(self, request: Request) -> Answer:
        prefix = request.query.get("prefix", "")
        rows = ["<Upload>" + element("Key", quote(upload.key, safe="/"))
                + element("UploadId", upload.upload_id)
                + element("Initiated", _iso(upload.initiated)) + "</Upload>"
                for upload in self.uploads.values()
                if upload.bucket == request.bucket and upload.key.startswith(prefix)]
        return xml_answer("ListMultipartUploadsResult", element("EncodingType", "url"),
                          element("IsTruncated", "false"), *rows)

    # objects

    def _headers_of(self, stored: Stored, request: Request) -> list[tuple[str, str]]:
        pairs = [("ETag", quoted(stored.etag)),
                 ("Last-Modified", email.utils.formatdate(stored.modified, usegmt=True)),
                 ("Accept-Ranges", "bytes"), *self._written(stored), *stored.headers.items()]
        if stored.tags:
            pairs.append(("x-amz-tagging-count", str(len(stored.tags))))
        if stored.storage_class:
            pairs.append(("x-amz-storage-class", stored.storage_class))
        if stored.checksums and request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
            pairs += [(f"x-amz-checksum-{name}", value) for name, value in stored.checksums.items()]
            pairs.append(("x-amz-checksum-type", stored.checksum_type))
        return pairs + [(name, wire(value)) for name, value in stored.extra]

    def _head_object(self, request: Request) -> Answer:
        stored = self._existing(request.bucket, request.key, request.query.get("versionId"))
        pairs = self._headers_of(stored, request)
        if "partNumber" not in request.query:
            return Answer(200, pairs, length=stored.size)
        number = _number("partNumber", request.query["partNumber"], 1)
        sizes = stored.parts or [stored.size]
        if not 1 <= number <= len(sizes):
            raise S3Error(416, "InvalidPartNumber")
        first, size = sum(sizes[:number - 1]), sizes[number - 1]
        if size:
            pairs.append(("Content-Range", f"bytes {first}-{first + size - 1}/{stored.size}"))
        if stored.parts:
            pairs.append(("x-amz-mp-parts-count", str(len(sizes))))
        return Answer(206, pairs, length=size)

    def _get_object(self, request: Request) -> Answer:
        stored = self._existing(request.bucket, request.key, request.query.get("versionId"))
        wanted = request.headers.get("if-match")
        if wanted is not None and wanted.strip('"') != stored.etag:
            raise S3Error(412, "PreconditionFailed")
        pairs = self._headers_of(stored, request)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
        if not asked:
            return Answer(200, pairs, stored.content.read())
        first, last = int(asked[1]), min(int(asked[2] or stored.size), stored.size - 1)
        if first > last:
            raise S3Error(416, "InvalidRange", headers=[("Content-Range", f"bytes */{stored.size}")])
        pairs.append(("Content-Range", f"bytes {first}-{last}/{stored.size}"))
        return Answer(206, pairs, stored.content.cut(first, last - first + 1).read())

    def _put_object(self, request: Request) -> Answer:
        self._check_target(request)
        content = Content((request.body,) if request.body else ())
        sums = {name: request.headers[f"x-amz-checksum-{name}"] for name in ALGORITHMS
                if f"x-amz-checksum-{name}" in request.headers}
        stored = self._store(request.bucket, request.key, Stored(
            content, self._etag(request.bucket, content), None, self._kept_headers(request),
            self._tags_header(request), request.headers.get("x-amz-storage-class"), sums,
            encryption=self._encryption(request.bucket)))
        return Answer(200, [("ETag", quoted(stored.etag)), *self._written(stored)])

    def _copy_object(self, request: Request) -> Answer:
        source = self._copy_source(request)
        self._check_target(request)
        if source.size > COPY_LIMIT:
            raise S3Error(400, "InvalidRequest", "The specified copy source is larger than the "
                          f"maximum allowable size for a copy source: {COPY_LIMIT}")
        replace = {what: request.headers.get(f"x-amz-{what}-directive", "COPY") == "REPLACE"
                   for what in ("metadata", "tagging")}
        named = request.headers.get("x-amz-checksum-algorithm", "").lower()
        sums = {name: checksum(name, source.content)
                for name in ([named] if named else source.checksums)}
        redirect = "x-amz-website-redirect-location"  # is never copied
        headers = self._kept_headers(request) if replace["metadata"] else {
            **{name: value for name, value in source.headers.items() if name != redirect},
            **{name: value for name, value in request.headers.items() if name == redirect}}
        stored = self._store(request.bucket, request.key, Stored(
            source.content, self._etag(request.bucket, source.content), None, headers,
            self._tags_header(request) if replace["tagging"] else dict(source.tags),
            request.headers.get("x-amz-storage-class"), sums,
            encryption=self._encryption(request.bucket)))
        return xml_answer("CopyObjectResult", element("LastModified", _iso(stored.modified)),
                          element("ETag", quoted(stored.etag)),
                          *(element(f"Checksum{name.upper()}", value)
                            for name, value in sums.items()), headers=self._written(stored))

    def _delete_object(self, request: Request) -> Answer:
        if request.bucket in self.versioned:
            self._store(request.bucket, request.key, Stored(Content(), "", delete_marker=True))
        else:
            self.delete(request.bucket, request.key)
        return Answer(204)

    def _get_object_tagging(self, request: Request) -> Answer:
        stored = self._existing(request.bucket, request.key, request.query.get("versionId"))
        rows = ["<Tag>" + element("Key", name) + element("Value", value) + "</Tag>"
                for name, value in stored.tags.items()]
        return xml_answer("Tagging", f"<TagSet>{''.join(rows)}</TagSet>")

    def _put_object_tagging(self, request: Request) -> Answer:
        stored = self._existing(request.bucket, request.key, request.query.get("versionId"))
        stored.tags = {tag.findtext("{*}Key"): tag.findtext("{*}Value") or ""
                       for tag in ElementTree.fromstring(request.body).iter()
                       if tag.tag.endswith("}Tag") or tag.tag == "Tag"}
        return Answer(200)

    # uploads

    def _upload_of(self, request: Request) -> Upload:
        upload = self.uploads.get(request.upload_id)
        if upload is None or (upload.bucket, upload.key) != (request.bucket, request.key):
            raise S3Error(404, "NoSuchUpload")
        return upload

    def _create_multipart_upload(self, request: Request) -> Answer:
        algorithm = request.headers.get("x-amz-checksum-algorithm", "").lower() or None
        kind = "FULL_OBJECT" if algorithm == "crc64nvme" else "COMPOSITE"
        asked = request.headers.get("x-amz-checksum-type")
        if asked and not algorithm:
            raise S3Error(400, "InvalidRequest", "The x-amz-checksum-type header can only be used "
                          "with the x-amz-checksum-algorithm header.")
        if asked and asked not in TYPES_OF_UPLOADS.get(algorithm, ("COMPOSITE",)):
            raise S3Error(400, "InvalidRequest", f"The {asked} checksum type cannot be used with "
                          f"the {algorithm} checksum algorithm.")
        upload = Upload(request.bucket, request.key, f"upload{next(self._numbers)}", time.time(),
                        self._kept_headers(request), self._tags_header(request),
                        request.headers.get("x-amz-storage-class"), algorithm,
                        request.headers.get("x-amz-checksum-type", kind))
        self.uploads[upload.upload_id] = upload
        pairs = [("x-amz-server-side-encryption", self._encryption(request.bucket))]
        if algorithm:
            pairs += [("x-amz-checksum-algorithm", algorithm.upper()),
                      ("x-amz-checksum-type", upload.checksum_type)]
        return xml_answer("InitiateMultipartUploadResult", element("Bucket", request.bucket),
                          element("Key", quote(request.key, safe="/", errors="surrogateescape")),
                          element("UploadId", upload.upload_id), headers=pairs)

    def _take_part(self, upload: Upload, number: int, content: Content) -> Stored:
        sums = {upload.algorithm: checksum(upload.algorithm, content)} if upload.algorithm else {}
        part = Stored(content, self._etag(upload.bucket, content), checksums=sums,
                      encryption=self._encryption(upload.bucket), modified=time.time())
        upload.parts[number] = part
        return part

    def _upload_part(self, request: Request) -> Answer:
        part = self._take_part(self._upload_of(request), request.part,
                               Content((request.body,) if request.body else ()))
        return Answer(200, [("ETag", quoted(part.etag)), *self._written(part)])

    def _upload_part_copy(self, request: Request) -> Answer:
        upload = self._upload_of(request)
        source = self._copy_source(request)
        content = source.content
        if "x-amz-copy-source-range" in request.headers:
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers["x-amz-copy-source-range"])
            if not asked or int(asked[2]) >= source.size or int(asked[1]) > int(asked[2]):
                raise S3Error(400, "InvalidArgument", "The range is not valid for the source.")
            content = content.cut(int(asked[1]), int(asked[2]) - int(asked[1]) + 1)
        if content.size > COPY_LIMIT:
            raise S3Error(400, "InvalidRequest", "The part is larger than 5 GiB.")
        part = self._take_part(upload, request.part, content)
        return xml_answer("CopyPartResult", element("LastModified", _iso(part.modified)),
                          element("ETag", quoted(part.etag)),
                          *(element(f"Checksum{name.upper()}", value)
                            for name, value in part.checksums.items()),
                          headers=self._written(part))

    def _list_parts(self, request: Request) -> Answer:
        upload = self._upload_of(request)
        after = _number("part-number-marker", request.query.get("part-number-marker"), 0)
        limit = _number("max-parts", request.query.get("max-parts"), 1000)
        numbers = [number for number in sorted(upload.parts) if number > after]
        rows = ["<Part>" + element("PartNumber", number)
                + element("ETag", quoted(upload.parts[number].etag))
                + element("Size", upload.parts[number].size)
                + "".join(element(f"Checksum{name.upper()}", value)
                          for name, value in upload.parts[number].checksums.items())
                + "</Part>" for number in numbers[:limit]]
        more = len(numbers) > limit
        return xml_answer("ListPartsResult", element("UploadId", upload.upload_id),
                          element("IsTruncated", "true" if more else "false"),
                          element("NextPartNumberMarker", numbers[limit - 1]) if more else "",
                          *rows)

    def _abort_multipart_upload(self, request: Request) -> Answer:
        del self.uploads[self._upload_of(request).upload_id]
        return Answer(204)

    def _named_parts(self, request: Request, upload: Upload) -> list[Stored]:
        """The parts that a Complete names, once they are what it says of them."""
        parts, last = [], 0
        for row in ElementTree.fromstring(request.body).iter():
            if row.tag.split("}")[-1] != "Part":
                continue
            number = int(row.findtext("{*}PartNumber"))
            part = upload.parts.get(number)
            if number <= last:
                raise S3Error(400, "InvalidPartOrder")
            if part is None or row.findtext("{*}ETag").strip('"') != part.etag:
                raise S3Error(400, "InvalidPart", "One or more of the specified parts could not "
                              "be found.")
            for name, value in part.checksums.items():
                told = row.findtext(f"{{*}}Checksum{name.upper()}")
                if told is None and upload.checksum_type == "COMPOSITE":
                    raise S3Error(400, "InvalidRequest", f"The upload was created using a {name} "
                                  "checksum. The complete request must include the checksum for "
                                  "each part.")
                if told not in (None, value):
                    raise S3Error(400, "InvalidPart", "A part's checksum is another.")
            parts.append(part)
            last = number
        if not parts:
            raise S3Error(400, "MalformedXML")
        if any(part.size < self.min_part for part in parts[:-1]):
            raise S3Error(400, "EntityTooSmall")
        return parts

    def _complete_multipart_upload(self, request: Request) -> Answer:
        upload = self._upload_of(request)
        self._check_target(request)
        asked = request.headers.get("x-amz-checksum-type")
        if asked and asked != upload.checksum_type:
            raise S3Error(400, "InvalidRequest", "The upload was created using the "
                          f"{upload.checksum_type} checksum mode. The complete request must use "
                          "the same checksum mode.")
        parts = self._named_parts(request, upload)
        whole = join(part.content for part in parts)
        stored = Stored(whole, self._etag(request.bucket, whole, [part.content for part in parts]),
                        [part.size for part in parts], upload.headers, upload.tags,
                        upload.storage_class, encryption=self._encryption(request.bucket))
        name = upload.algorithm
        if name and upload.checksum_type == "COMPOSITE":
            stored.checksum_type = "COMPOSITE"
            stored.checksums[name] = composite_checksum(name, [part.checksums[name]
                                                               for part in parts])
        elif name:
            stored.checksums[name] = checksum(name, whole)
        self._store(request.bucket, request.key, stored)
        del self.uploads[upload.upload_id]
        return xml_answer("CompleteMultipartUploadResult", element("Bucket", request.bucket),
                          element("ETag", quoted(stored.etag)),
                          *(element(f"Checksum{name.upper()}", value)
                            for name, value in stored.checksums.items()),
                          headers=self._written(stored))
