"""An HTTP proxy between copyout and an S3 server that makes go wrong what a test wants.

    rules = [Rule(status(503, "SlowDown"), op="CopyObject", first=2),
             Rule(reset_after(), op="CompleteMultipartUpload", key=r"big", first=1)]
    with FaultProxy(rgw.endpoint, rules) as proxy:
        ...                                  # run something against proxy.endpoint
        proxy.requests("CopyObject")         # all that came, in order
        proxy.rules = [...]                  # may change at any time

What is not touched by a rule passes byte for byte: the path is not decoded and encoded again, and
Host stays what the client signed. It runs in a thread of the test, so rules may call functions of
the test. Path-style addressing only, as on any endpoint that is not AWS.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Awaitable, Callable, Iterable
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit
from xml.sax.saxutils import escape

HEAD_LIMIT = 1 << 20
CHUNK = 1 << 16
KEEP_BODY = 1 << 16  # request bodies up to this size are kept in the log

# --- what came --------------------------------------------------------------------------------


@dataclass
class Request:
    """One request as the proxy saw it."""

    number: int
    op: str  # the S3 operation: "CopyObject"
    bucket: str
    key: str  # decoded
    part: int | None
    upload_id: str | None
    attempt: int  # how often this op, bucket, key and part has been asked for: 1, 2, ...
    method: str
    target: str  # path and query as sent
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    started: float  # time.monotonic()
    body: bytes | None = None  # the first 64 KiB, if all of it fitted
    status: int | None = None  # what the client was told; None: nothing
    upstream_status: int | None = None  # what the server answered; None: it was not asked
    kept: bool = False  # its connection had carried another request before
    fault: str = ""  # the names of the rules that struck
    ended: float | None = None


# How to tell operations apart: by method, then the first of these query names that is there.
_BUCKET = {
    "HEAD": {"": "HeadBucket"},
    "GET": {"location": "GetBucketLocation", "uploads": "ListMultipartUploads",
            "policy": "GetBucketPolicy", "versions": "ListObjectVersions",
            "versioning": "GetBucketVersioning", "tagging": "GetBucketTagging",
            "acl": "GetBucketAcl", "list-type": "ListObjectsV2", "": "ListObjects"},
    "PUT": {"policy": "PutBucketPolicy", "versioning": "PutBucketVersioning",
            "acl": "PutBucketAcl", "tagging": "PutBucketTagging", "": "CreateBucket"},
    "POST": {"delete": "DeleteObjects", "": "PostObject"},
    "DELETE": {"policy": "DeleteBucketPolicy", "": "DeleteBucket"},
}
_OBJECT = {
    "HEAD": {"": "HeadObject"},
    "GET": {"tagging": "GetObjectTagging", "attributes": "GetObjectAttributes",
            "annotationName": "GetObjectAnnotation", "annotation": "ListObjectAnnotations",
            "acl": "GetObjectAcl", "uploadId": "ListParts", "": "GetObject"},
    "PUT": {"tagging": "PutObjectTagging", "acl": "PutObjectAcl", "uploadId": "UploadPart",
            "annotation": "PutObjectAnnotation",
            "": "PutObject"},
    "POST": {"uploads": "CreateMultipartUpload", "uploadId": "CompleteMultipartUpload",
             "restore": "RestoreObject", "": "PostObject"},
    "DELETE": {"tagging": "DeleteObjectTagging", "uploadId": "AbortMultipartUpload",
               "": "DeleteObject"},
}
_COPIES = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}


def operation(method: str, bucket: str, key: str, query: dict, headers: dict) -> str:
    """The name of the S3 operation that a request is."""
    if not bucket:
        return "ListBuckets" if method == "GET" else method
    names = (_OBJECT if key else _BUCKET).get(method, {"": method})
    op = next((op for name, op in names.items() if name in query or not name))
    return _COPIES.get(op, op) if "x-amz-copy-source" in headers else op


# --- what may go wrong ------------------------------------------------------------------------


@dataclass
class Answer:
    """A response that is held whole, because a fault changes it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    length: int | None = None  # what an answer to HEAD says the length is

    def head(self, length: int | None = None) -> bytes:
        """Its first lines, announcing `length` bytes of body, or as many as there are."""
        length = self.length if length is None else length
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append(f"Content-Length: {len(self.body) if length is None else length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


_REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently",
            307: "Temporary Redirect", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
            409: "Conflict", 412: "Precondition Failed", 416: "Range Not Satisfiable",
            429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
            502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
_XML = [("Content-Type", "application/xml"), ("x-amz-request-id", "FAULTPROXY"),
        ("x-amz-id-2", "faultproxy")]


class _HangUp(Exception):
    """This connection is over (it was reset, cut or stalled on purpose)."""


@dataclass
class Action:
    """What a rule does. Each of the functions below makes one.

    `before` runs before the server is asked; when it returns an answer, the server is not asked.
    `after` gets the server's whole answer and may return another. `deliver` sends the answer to
    the client in its own way.
    """

    name: str
    before: Callable[[Exchange], Awaitable[Answer | None]] | None = None
    after: Callable[[Exchange, Answer], Awaitable[Answer]] | None = None
    deliver: Callable[[Exchange, Answer], Awaitable[None]] | None = None


def error_body(code: str, message: str = "injected by the test", **more: str) -> bytes:
    """S3's XML for an error."""
    fields = {"Code": code, "Message": message, **more, "RequestId": "FAULTPROXY",
              "HostId": "faultproxy"}
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'.encode()


def answer(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Action:
    """Answer with exactly this; the server is not asked."""
    given = list((headers or {}).items())
    names = {name.lower() for name, _ in given}
    made = Answer(status, given + [pair for pair in _XML if pair[0].lower() not in names], body)

    async def before(_exchange):
        return made

    return Action(f"answer {status}", before=before)


def status(status: int, code: str, message: str = "injected by the test",
           headers: dict[str, str] | None = None, **fields: str) -> Action:
    """An S3 error; the server is not asked. status(503, "SlowDown", headers={"Retry-After": "1"}).

    `fields` become elements of the XML: Region="eu-west-1".
    """
    action = answer(status, error_body(code, message, **fields), headers)
    action.name = f"{status} {code}"
    return action


def wrong_region(region: str) -> Action:
    """What S3 says of a bucket that lies in another region: 301, and which one."""
    action = status(301, "PermanentRedirect", "The bucket you are attempting to access must be "
                    "addressed using the specified endpoint.",
                    headers={"x-amz-bucket-region": region}, Region=region)
    action.name = f"bucket in {region}"
    return action


def error_200(code: str = "InternalError", message: str = "We encountered an internal error. "
              "Please try again.") -> Action:
    """200, and then an error in the body: a copy that failed after S3 had begun to answer."""
    action = answer(200, error_body(code, message))
    action.name = f"200 with {code}"
    return action


def empty_200() -> Action:
    """200 and an empty body; the server is not asked."""
    action = answer(200)
    action.name = "200 empty"
    return action


def malformed_xml(status: int = 200) -> Action:
    """XML that stops in the middle though all of it has come; the server is not asked."""
    action = answer(status, b'<?xml version="1.0" encoding="UTF-8"?>\n'
                            b'<CopyObjectResult><ETag>&quot;d4')
    action.name = f"{status} malformed"
    return action


def html_page(status: int = 503) -> Action:
    """What a load balancer says; the server is not asked."""
    action = answer(status, b"<html><head><title>503</title></head><body><p>Service unavailable<br>"
                    b"&nbsp;</body></html>", {"Content-Type": "text/html"})
    action.name = f"{status} page"
    return action


def reset_before() -> Action:
    """Reset the connection instead of asking the server."""
    async def before(exchange):
        exchange.reset()

    return Action("reset before", before=before)


def reset_after() -> Action:
    """Reset the connection when the server has done it: the answer is lost."""
    async def deliver(exchange, _answer):
        exchange.reset()

    return Action("reset after", deliver=deliver)


def close_after() -> Action:
    """Close the connection when the server has done it: the answer is lost.

    A client takes that for an idle connection that had ended, and may send the request again.
    """
    async def deliver(exchange, _answer):
        exchange.close()

    return Action("close after", deliver=deliver)


def cut_body(keep: float = 0.5, close: bool = True) -> Action:
    """Announce all of the server's answer, send this share of its body, and close."""
    async def deliver(exchange, answer):
        body = answer.body[:int(len(answer.body) * keep)]
        await exchange.send(answer.head(max(len(answer.body), 1)) + body)
        exchange.close()

    return Action("cut", deliver=deliver)


def stall() -> Action:
    """Take the request and never answer; the server is not asked."""
    async def before(exchange):
        await exchange.until_client_leaves()

    return Action("stall", before=before)


def stall_after() -> Action:
    """Let the server do it and never answer."""
    async def deliver(exchange, _answer):
        await exchange.until_client_leaves()

    return Action("stall after", deliver=deliver)


def stall_body(keep: float = 0.5) -> Action:
    """Send this share of the server's answer, and then nothing any more."""
    async def deliver(exchange, answer):
        body = answer.body[:int(len(answer.body) * keep)]
        await exchange.send(answer.head(max(len(answer.body), 1)) + body)
        await exchange.until_client_leaves()

    return Action("stall in body", deliver=deliver)


def spaces(seconds: float, every: float = 0.1, error: str | None = None,
           before_declaration: bool = False) -> Action:
    """200 at once, then white space for `seconds`, then the server's answer (or an error).

    This is how S3 keeps a connection alive during a long copy: what looks like no progress is.
    The white space follows the XML declaration, or comes before it.
    """
    async def deliver(exchange, answer):
        body = error_body(error) if error else answer.body
        declaration, mark, rest = body.partition(b"?>")
        first, rest = (b"", body) if before_declaration or not mark else (declaration + mark, rest)
        count = max(1, round(seconds / every))
        told = Answer(200 if error else answer.status, answer.headers)
        await exchange.send(told.head(len(body) + count) + first)
        for _ in range(count):
            await asyncio.sleep(every)
            await exchange.send(b" ")
        await exchange.send(rest)

    return Action(f"spaces for {seconds} s", deliver=deliver)


def latency(seconds: float, jitter: float = 0.0, seed: int = 1) -> Action:
    """Wait before passing the request on."""
    dice = random.Random(seed)

    async def before(_exchange):
        await asyncio.sleep(seconds + dice.uniform(0, jitter))

    return Action(f"latency {seconds} s", before=before)


def hold(gate: threading.Event) -> Action:
    """Wait until the gate is set. A request whose client leaves before never gets to the server."""
    async def before(exchange):
        while not gate.is_set():
            if exchange.client_left():
                exchange.close()
            await asyncio.sleep(0.01)

    return Action("hold", before=before)


def throttle(per_second: float, burst: float | None = None, code: str = "SlowDown") -> Action:
    """Pass this many requests a second; answer 503 to the others."""
    room = per_second if burst is None else burst
    state = {"tokens": room, "at": time.monotonic()}
    refusal = Answer(503, list(_XML), error_body(code, "Please reduce your request rate."))

    async def before(_exchange):
        now = time.monotonic()
        state["tokens"] = min(room, state["tokens"] + (now - state["at"]) * per_second)
        state["at"] = now
        if state["tokens"] < 1:
            return refusal
        state["tokens"] -= 1
        return None

    return Action(f"at most {per_second}/s", before=before)


def call_before(function: Callable[[Request], Answer | None]) -> Action:
    """Call a function of the test before the server is asked (to change the source midway).

    It runs in a thread of its own and may use any client. If it returns an Answer, the server is
    not asked.
    """
    async def before(exchange):
        return await exchange.in_thread(function, exchange.request)

    return Action("call before", before=before)


def call_after(function: Callable[[Request], Answer | None]) -> Action:
    """Call a function of the test when the server has answered, before the client hears of it."""
    async def after(exchange, answer):
        return await exchange.in_thread(function, exchange.request) or answer

    return Action("call after", after=after)


def change_answer(function: Callable[[Request, Answer], Answer]) -> Action:
    """Let a function of the test change the server's answer."""
    async def after(exchange, answer):
        return await exchange.in_thread(function, exchange.request, answer)

    return Action("changed answer", after=after)


def enforce_copy_conditions(client) -> Action:
    """Do what RGW does not: 412 for x-amz-copy-source-if-match and for If-None-Match: *.

    `client` (boto3) HEADs the source and the destination; it should not go through this proxy.
    """
    refusal = Answer(412, list(_XML), error_body(
        "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"))

    def etag(bucket: str, key: str) -> str | None:
        try:
            return client.head_object(Bucket=bucket, Key=key)["ETag"].strip('"')
        except Exception:  # missing or not ours to see: the server will say so
            return None

    def check(request: Request) -> Answer | None:
        wanted = request.headers.get("x-amz-copy-source-if-match")
        if wanted and "x-amz-copy-source" in request.headers:
            source = request.headers["x-amz-copy-source"].split("?versionId=")[0]
            bucket, key = unquote_to_bytes(source).decode().removeprefix("/").split("/", 1)
            if etag(bucket, key) not in (None, wanted.strip('"')):
                return refusal
        if (request.headers.get("if-none-match") == "*"
                and request.op in ("CopyObject", "CompleteMultipartUpload")
                and etag(request.bucket, request.key) is not None):
            return refusal
        return None

    action = call_before(check)
    action.name = "copy conditions"
    return action


# --- when -------------------------------------------------------------------------------------


@dataclass
class Rule:
    """Does `do` to the requests that fit all of what is given.

    Rules are tried in order. What only waits, calls or checks goes on to the next rule; the first
    that answers or hangs up ends it.
    """

    do: Action
    op: str | Iterable[str] | None = None  # one operation or several
    bucket: str | None = None
    key: str | None = None  # a regular expression that is searched for in the decoded key
    part: int | None = None
    first: int | None = None  # only the first N attempts at the same thing
    attempts: Iterable[int] | None = None  # only these attempts: [2] lets the first pass
    times: int | None = None  # at most N times in all
    skip: int = 0  # let the first N that fit pass
    probability: float = 1.0
    seed: int = 1
    when: Callable[[Request], bool] | None = None  # anything else
    seen: int = 0  # how many requests fitted so far
    hits: int = 0  # ... and how often it struck

    def __post_init__(self):
        self._ops = {self.op} if isinstance(self.op, str) else set(self.op or ())
        self._key = re.compile(self.key, re.DOTALL) if self.key is not None else None
        self._attempts = set(self.attempts) if self.attempts is not None else None
        self._dice = random.Random(self.seed)

    def strikes(self, request: Request) -> bool:
        """Whether this request is one for this rule; counts it."""
        if (self._ops and request.op not in self._ops
                or self.bucket is not None and request.bucket != self.bucket
                or self._key and not self._key.search(request.key)
                or self.part is not None and request.part != self.part
                or self.first is not None and request.attempt > self.first
                or self._attempts is not None and request.attempt not in self._attempts
                or self.when and not self.when(request)):
            return False
        self.seen += 1
        if (self.seen <= self.skip or self.times is not None and self.hits >= self.times
                or self.probability < 1 and self._dice.random() >= self.probability):
            return False
        self.hits += 1
        return True


# --- the proxy --------------------------------------------------------------------------------


@dataclass
class _Head:
    """The first lines of a message, parsed as little as a proxy has to."""

    first: bytes
    lines: list[bytes]  # header lines as they came
    headers: dict[str, str] = field(default_factory=dict)

    def without(self, *names: str) -> list[bytes]:
        """The header lines but those of these names."""
        return [line for line in self.lines
                if line.split(b":", 1)[0].strip().lower().decode("latin-1") not in names]


async def _read_head(reader: asyncio.StreamReader) -> _Head:
    data = await reader.readuntil(b"\r\n\r\n")
    first, *lines = data[:-4].split(b"\r\n")
    head = _Head(first, lines)
    for line in lines:
        name, _, value = line.partition(b":")
        head.headers[name.strip().lower().decode("latin-1")] = value.strip().decode("latin-1")
    return head


async def _body_of(reader: asyncio.StreamReader, head: _Head, to_end: bool, raw: bool = False):
    """Yield the body of a message in pieces: decoded, or as it is framed (raw)."""
    if "chunked" in head.headers.get("transfer-encoding", "").lower():
        while True:
            line = await reader.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            data = await reader.readexactly(size + 2)
            if raw:
                yield line + data
            elif size:
                yield data[:-2]
            if not size:
                return
    elif "content-length" in head.headers:
        left = int(head.headers["content-length"])
        while left:
            data = await reader.read(min(left, CHUNK))
            if not data:
                raise asyncio.IncompleteReadError(b"", left)
            left -= len(data)
            yield data
    elif to_end:
        while data := await reader.read(CHUNK):
            yield data


def _small_reads(writer: asyncio.StreamWriter) -> None:
    """Have asyncio read 16 KiB at a time: it takes the memory for 256 KiB anew for every read,
    which is most of the time that a small message costs."""
    writer.transport.max_size = 1 << 14


class Exchange:
    """One request and its answer, as an action gets to handle them."""

    def __init__(self, proxy: FaultProxy, request: Request, reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter):
        self.request = request
        self._proxy, self._reader, self._writer = proxy, reader, writer

    async def send(self, data: bytes) -> None:
        """Send bytes to the client."""
        self._writer.write(data)
        await self._writer.drain()

    def reset(self) -> None:
        """Send the client a TCP reset."""
        self._writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        raise _HangUp

    def close(self) -> None:
        """Close the connection in the ordinary way."""
        raise _HangUp

    def client_left(self) -> bool:
        """Whether the client has closed its connection, or died."""
        return self._reader.at_eof()

    async def until_client_leaves(self) -> None:
        """Hold the connection, silently, for as long as the client does."""
        while await self._reader.read(CHUNK):
            pass
        raise _HangUp

    async def in_thread(self, function, *args):
        """Run a function that may block."""
        return await asyncio.get_running_loop().run_in_executor(self._proxy.pool, function, *args)


class FaultProxy:
    """The proxy. `rules` and `log` are plain lists; read and assign them at any time."""

    def __init__(self, upstream: str, rules: Iterable[Rule] = ()):
        parts = urlsplit(upstream)
        self.upstream = (parts.hostname, parts.port)
        self.rules: list[Rule] = list(rules)
        self.log: list[Request] = []
        self.connections = 0  # how many the client made so far
        self.in_flight = 0
        self.most_in_flight = 0
        self.errors: list[str] = []  # what went wrong in the proxy itself, or in a called function
        self.pool = ThreadPoolExecutor(16, "faultproxy")
        self._attempts: dict = defaultdict(int)
        self._tasks: set[asyncio.Task] = set()
        self._loop = asyncio.new_event_loop()
        self._sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.endpoint = f"http://127.0.0.1:{self._sock.getsockname()[1]}"
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="faultproxy", daemon=True)
        self._thread.start()

    # what a test uses

    def reset(self, rules: Iterable[Rule] = ()) -> None:
        """Forget all requests and attempts, and go on with these rules."""
        self.rules = list(rules)
        self.log = []
        self.errors = []
        self._attempts = defaultdict(int)
        self.connections = self.most_in_flight = 0

    def requests(self, op: str | None = None, *, bucket: str | None = None,
                 key: str | None = None) -> list[Request]:
        """The requests so far, in the order in which they came."""
        return [request for request in self.log
                if (op is None or request.op == op)
                and (bucket is None or request.bucket == bucket)
                and (key is None or request.key == key)]

    def counts(self) -> Counter:
        """How many requests of each operation came."""
        return Counter(request.op for request in self.log)

    def stop(self) -> None:
        """Close all connections and end. May be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)
        self.pool.shutdown(wait=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # the thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, sock=self._sock, limit=HEAD_LIMIT)
        await self._stopping.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        _small_reads(writer)
        self._tasks.add(asyncio.current_task())
        connection = _Connection(self, reader, writer)
        try:
            while await connection.exchange():
                pass
        except (_HangUp, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except Exception as error:  # a mistake in the proxy: the test should see it
            self.errors.append(repr(error))
        finally:
            connection.drop_upstream()
            writer.close()
            self._tasks.discard(asyncio.current_task())

    def record(self, head: _Head) -> Request:
        """Log a request that has begun to come in."""
        method, target, _ = head.first.decode("latin-1").split(" ", 2)
        path, _, raw_query = target.partition("?")
        query = {name: values[0] for name, values in
                 parse_qs(raw_query, keep_blank_values=True).items()}
        bucket, _, raw_key = path.removeprefix("/").partition("/")
        key = unquote_to_bytes(raw_key).decode(errors="surrogateescape")
        op = operation(method, bucket, key, query, head.headers)
        part = int(query["partNumber"]) if query.get("partNumber", "").isdigit() else None
        which = (op, bucket, key, part)
        self._attempts[which] += 1
        request = Request(len(self.log) + 1, op, bucket, key, part, query.get("uploadId"),
                          self._attempts[which], method, target, query, head.headers,
                          time.monotonic())
        self.log.append(request)
        return request


class _Connection:
    """One connection of the client, and the one to the server that belongs to it."""

    def __init__(self, proxy: FaultProxy, reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter):
        self._proxy, self._reader, self._writer = proxy, reader, writer
        self._up: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = False

    def drop_upstream(self) -> None:
        """Close the connection to the server."""
        if self._up:
            self._up[1].close()
            self._up = None

    async def exchange(self) -> bool:
        """Handle one request; False when the client's connection is over."""
        try:
            head = await _read_head(self._reader)
        except asyncio.IncompleteReadError:
            return False
        proxy = self._proxy
        request = proxy.record(head)
        request.kept, self._used = self._used, True
        proxy.in_flight += 1
        proxy.most_in_flight = max(proxy.most_in_flight, proxy.in_flight)
        try:
            return await self._handle(head, request)
        finally:
            proxy.in_flight -= 1
            request.ended = time.monotonic()

    async def _handle(self, head: _Head, request: Request) -> bool:
        if head.headers.get("expect", "").lower() == "100-continue":
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = [piece async for piece in _body_of(self._reader, head, False, raw=True)]
        if sum(map(len, body)) <= KEEP_BODY:
            request.body = b"".join(body)
        actions = [rule.do for rule in self._proxy.rules if rule.strikes(request)]
        request.fault = ", ".join(action.name for action in actions)
        exchange = Exchange(self._proxy, request, self._reader, self._writer)
        keep = head.headers.get("connection", "").lower() != "close"
        for action in actions:
            if action.before:
                answer = await self._try(action.before(exchange))
                if answer:
                    return await self._tell(exchange, answer) and keep
        changes = [action for action in actions if action.after or action.deliver]
        if not changes:
            return await self._pass(head, request, body) and keep
        answer = await self._ask(head, request, body)
        for action in changes:
            if action.after:
                answer = await self._try(action.after(exchange, answer))
            else:
                await action.deliver(exchange, answer)
                request.status = answer.status
                return keep
        return await self._tell(exchange, answer) and keep

    async def _tell(self, exchange: Exchange, answer: Answer) -> bool:
        exchange.request.status = answer.status
        body = b"" if exchange.request.method == "HEAD" else answer.body
        await exchange.send(answer.head() + body)
        return True

    async def _try(self, step: Awaitable):
        """Run an action's step; what a function of the test raises is kept for it to see."""
        try:
            return await step
        except (_HangUp, OSError, asyncio.IncompleteReadError):
            raise
        except Exception as error:
            self._proxy.errors.append(repr(error))
            return Answer(500, list(_XML), error_body("FaultProxyError", repr(error)))

    async def _send_upstream(self, head: _Head, request: Request, body: list[bytes]) -> _Head:
        """Send the request and read the head of the answer.

        A kept connection may have been closed by the server meanwhile: then a new one is made.
        """
        lines = head.without("expect", "connection")
        message = b"\r\n".join([head.first, *lines, b"Connection: keep-alive", b"", b""])
        while True:
            fresh = self._up is None
            if fresh:
                self._up = await asyncio.open_connection(*self._proxy.upstream, limit=HEAD_LIMIT)
                _small_reads(self._up[1])
            reader, writer = self._up
            try:
                writer.write(message)
                for piece in body:
                    writer.write(piece)
                    await writer.drain()
                answer = await _read_head(reader)
                while answer.first.split(b" ")[1].startswith(b"1"):
                    answer = await _read_head(reader)
                break
            except (OSError, asyncio.IncompleteReadError):
                self.drop_upstream()
                if fresh:
                    raise
        request.upstream_status = int(answer.first.split(b" ")[1])
        return answer

    def _has_body(self, request: Request) -> bool:
        return request.method != "HEAD" and request.upstream_status not in (204, 304)

    def _after_answer(self, answer: _Head, has_body: bool) -> None:
        # Swift lets the last chunk of a body follow its answer to HEAD, which has no body.
        stray = not has_body and "transfer-encoding" in answer.headers
        if stray or answer.headers.get("connection", "").lower() == "close":
            self.drop_upstream()

    async def _pass(self, head: _Head, request: Request, body: list[bytes]) -> bool:
        """The ordinary case: what the server answers goes to the client as it comes."""
        answer = await self._send_upstream(head, request, body)
        request.status = request.upstream_status
        has_body = self._has_body(request)
        framed = (not has_body or "content-length" in answer.headers
                  or "chunked" in answer.headers.get("transfer-encoding", "").lower())
        connection = b"Connection: keep-alive" if framed else b"Connection: close"
        data = b"\r\n".join([answer.first, *answer.without("connection", "keep-alive"),
                             connection, b"", b""])
        if has_body:
            async for piece in _body_of(self._up[0], answer, True, raw=True):
                data += piece
                if len(data) > CHUNK:
                    self._writer.write(data)
                    await self._writer.drain()
                    data = b""
        self._after_answer(answer, has_body)
        self._writer.write(data)
        await self._writer.drain()
        return framed

    async def _ask(self, head: _Head, request: Request, body: list[bytes]) -> Answer:
        """The server's whole answer, for an action to do something to."""
        answer = await self._send_upstream(head, request, body)
        pieces, has_body = [], self._has_body(request)
        if has_body:
            pieces = [piece async for piece in _body_of(self._up[0], answer, True)]
        self._after_answer(answer, has_body)
        dropped = ("connection", "keep-alive", "transfer-encoding", "content-length")
        headers = [tuple(part.strip().decode("latin-1") for part in line.split(b":", 1))
                   for line in answer.without(*dropped)]
        length = int(answer.headers.get("content-length", 0)) if request.method == "HEAD" else None
        return Answer(request.upstream_status, headers, b"".join(pieces), length)
