#!/usr/bin/env python3
"""A fast S3 of objects of many parts: nothing is stored, and each answer takes as long as one says.

    with FastS3(parts=1000, head_ms=20, write_ms=5) as fake:
        copyout.run([...], env={"AWS_ENDPOINT_URL_S3": fake.endpoint, ...})
        fake.figures()["completed"]       # keys in the order in which their uploads were completed

Any key of the bucket `src` is an object of so many parts of 8 MiB, and HEAD with a partNumber tells
one. Part N has the ETag md5("N"). A Complete whose list of parts is not exactly that of the source
is refused, so that what is completed is right. With per_second, no more part copies than so many
are taken in a second, and the others get 503 SlowDown. The server is a process of its own, which ends with
the one that started it. Signatures are not checked. Path-style addressing only.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import hashlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import parse_qs

PART_SIZE = 8 << 20
SOURCE = "src"
REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 404: "Not Found",
           503: "Slow Down"}
REFUSAL_S = 0.01  # what it takes to say SlowDown
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


# --- for the tests --------------------------------------------------------------------------


class FastS3:
    """The server as a process; `endpoint` is where it listens."""

    def __init__(self, **parameters: float):
        self.parameters = parameters
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in parameters.items()]
        self._process = subprocess.Popen([sys.executable, __file__, *flags],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.endpoint = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def figures(self) -> dict:
        """What came so far: see World.figures()."""
        with urllib.request.urlopen(f"{self.endpoint}/figures", timeout=60) as answer:
            return json.load(answer)

    def environment(self) -> dict[str, str]:
        """For the program that is to use it."""
        return {"AWS_ENDPOINT_URL_S3": self.endpoint, "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "AKFAST", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}

    def close(self) -> None:
        """End the server."""
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def __enter__(self) -> FastS3:
        return self

    def __exit__(self, *_) -> None:
        self.close()


# --- the server -----------------------------------------------------------------------------


class World:
    """What is known of uploads; and the answer to each request."""

    def __init__(self, parts: int, head_ms: float, write_ms: float, per_second: float = 0):
        self.parts, self.head_s, self.write_s = parts, head_ms / 1000, write_ms / 1000
        self.per_second, self.tokens, self.filled = per_second, per_second / 10, time.monotonic()
        self.slow_downs, self.at_once, self.most_at_once = 0, 0, 0
        self.parts_of: dict[str, int] = {}  # key → part copies
        self.parts_of_at_first: dict[str, int] | None = None
        etags = [hashlib.md5(str(n).encode()) for n in range(1, parts + 1)]
        self.part_etags = [etag.hexdigest() for etag in etags]
        whole = hashlib.md5(b"".join(etag.digest() for etag in etags)).hexdigest()
        self.etag = f"{whole}-{parts}"
        self.expected = "".join(
            f'<Part><PartNumber>{n}</PartNumber><ETag>"{etag}"</ETag></Part>'
            for n, etag in enumerate(self.part_etags, 1)).encode()
        self.began = None
        self.open: dict[str, str] = {}  # upload id → key
        self.created, self.most_open, self.refused = 0, 0, 0
        self.completed: dict[str, float] = {}  # key → seconds since the first request
        self.requests, self.part_copies, self.part_copies_at_first = 0, 0, 0
        self.by_address: collections.Counter[str] = collections.Counter()  # of ours

    def figures(self) -> bytes:
        """In JSON."""
        first = next(iter(self.completed.values()), None)
        return json.dumps({
            "requests": self.requests, "by address": self.by_address,
            "part copies": self.part_copies, "created": self.created,
            "open": len(self.open), "most open": self.most_open, "refused": self.refused,
            "completed": list(self.completed), "first completed after": first,
            "part copies before the first": self.part_copies_at_first,
            "slow downs": self.slow_downs, "most at once": self.most_at_once,
            "parts of each before the first": self.parts_of_at_first}).encode()

    def answer(self, method: str, target: str, copy: bool, body: bytes):
        """(seconds to wait, status, headers, body)"""
        path, _, query = target.partition("?")
        if path == "/figures":
            return 0, 200, "", self.figures()
        self.requests += 1
        self.began = self.began or time.monotonic()
        _, bucket, key = (path + "/").split("/", 2)
        key = key.removesuffix("/")
        asked = parse_qs(query, keep_blank_values=True)
        if method == "HEAD":
            return (self.head_s, *self.head(bucket, key, asked))
        if method == "PUT" and copy:
            if not self.takes_one():
                self.slow_downs += 1
                return REFUSAL_S, 503, "", b"<Error><Code>SlowDown</Code></Error>"
            return (self.write_s, *self.copy_part(key, asked))
        if method == "POST":
            return (self.write_s, *self.post(key, asked, body))
        if method == "DELETE":
            self.open.pop(asked.get("uploadId", [""])[0], None)
            return self.write_s, 204, "", b""
        if method == "PUT":  # our own marker and report
            return 0, 200, f'ETag: "{hashlib.md5(body).hexdigest()}"\r\n', b""
        if key and not asked:  # whether somebody else's marker or report is there
            return 0, 404, "", b"<Error><Code>NoSuchKey</Code></Error>"
        return (self.head_s, *self.get(asked))

    def head(self, bucket: str, key: str, asked: dict):
        """HeadBucket, HeadObject."""
        if not key:
            return 200, "x-amz-bucket-region: us-east-1\r\nContent-Length: 0\r\n", b""
        if bucket != SOURCE and key not in self.completed:
            return 404, "Content-Length: 0\r\n", b""
        if "partNumber" in asked:
            return 206, (f'ETag: "{self.etag}"\r\nx-amz-mp-parts-count: {self.parts}\r\n'
                         f"Content-Length: {PART_SIZE}\r\n"), b""
        return 200, f'ETag: "{self.etag}"\r\nContent-Length: {PART_SIZE * self.parts}\r\n', b""

    def takes_one(self) -> bool:
        """Whether a copy is within the limit on copies a second, a bucket of tokens."""
        if not self.per_second:
            return True
        now = time.monotonic()
        self.tokens = min(self.tokens + (now - self.filled) * self.per_second,
                          self.per_second / 10)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def copy_part(self, key: str, asked: dict):
        """UploadPartCopy."""
        if asked["uploadId"][0] not in self.open:
            return self.refuse("NoSuchUpload")
        self.part_copies += 1
        self.parts_of[key] = self.parts_of.get(key, 0) + 1
        etag = self.part_etags[int(asked["partNumber"][0]) - 1]
        return 200, "", (f'<CopyPartResult><ETag>"{etag}"</ETag></CopyPartResult>').encode()

    def post(self, key: str, asked: dict, body: bytes):
        """CreateMultipartUpload, CompleteMultipartUpload."""
        if "uploads" in asked:
            self.created += 1
            upload = f"upload-{self.created}"
            self.open[upload] = key
            self.most_open = max(self.most_open, len(self.open))
            return 200, "", (f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId>"
                             "</InitiateMultipartUploadResult>").encode()
        upload = asked["uploadId"][0]
        if upload not in self.open:
            return self.refuse("NoSuchUpload")
        if body[body.index(b"<Part>"):body.rindex(b"</Part>") + len(b"</Part>")] != self.expected:
            return self.refuse("InvalidPart")
        if not self.completed:
            self.part_copies_at_first = self.part_copies
            self.parts_of_at_first = dict(self.parts_of)
        self.completed[self.open.pop(upload)] = round(time.monotonic() - self.began, 3)
        return 200, "", (f'<CompleteMultipartUploadResult><ETag>"{self.etag}"</ETag>'
                         "</CompleteMultipartUploadResult>").encode()

    def get(self, asked: dict):
        """Tags, of which there are none; lists: that of an upload's parts, which are not known; of uploads and keys, empty."""
        if "tagging" in asked:
            return 200, "", f"<Tagging {NAMESPACE}><TagSet></TagSet></Tagging>".encode()
        if "uploadId" in asked and asked["uploadId"][0] not in self.open:
            return self.refuse("NoSuchUpload")
        name = ("ListPartsResult" if "uploadId" in asked else
                "ListMultipartUploadsResult" if "uploads" in asked else "ListBucketResult")
        return 200, "", f"<{name} {NAMESPACE}></{name}>".encode()

    def refuse(self, code: str):
        """An error; those of the right program are few, and are counted."""
        self.refused += 1
        return 404, "", f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()


class Connection(asyncio.Protocol):
    """One request after another."""

    def __init__(self, world: World):
        self.world, self.came, self.busy, self.transport = world, bytearray(), False, None

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.came += data
        self.take()

    def take(self) -> None:
        """The request that has come, if it is whole and the one before it was answered."""
        end = self.came.find(b"\r\n\r\n")
        if self.busy or end < 0:
            return
        head = bytes(self.came[:end]).decode("latin-1")
        line, *lines = head.split("\r\n")
        headers = dict(text.lower().split(":", 1) for text in lines)
        length = int(headers.get("content-length", 0))
        if len(self.came) < end + 4 + length:
            return
        body = bytes(self.came[end + 4:end + 4 + length])
        del self.came[:end + 4 + length]
        method, target, _ = line.split(" ")
        self.world.by_address[self.transport.get_extra_info("sockname")[0]] += 1
        wait, status, extra, answer = self.world.answer(
            method, target, "x-amz-copy-source" in headers, body)
        if method != "HEAD":
            extra += f"Content-Length: {len(answer)}\r\n"
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\nx-amz-request-id: R\r\n{extra}\r\n"
        self.busy = True
        self.world.at_once += 1
        self.world.most_at_once = max(self.world.most_at_once, self.world.at_once)
        asyncio.get_running_loop().call_later(wait, self.send, head.encode() + answer)

    def send(self, answer: bytes) -> None:
        """And on to the next."""
        self.busy = False
        self.world.at_once -= 1
        self.transport.write(answer)
        self.take()


def listen(addresses: int) -> list[socket.socket]:
    """Sockets at 127.0.0.1 and as many addresses after it, which have one port."""
    while True:
        sockets = [socket.create_server(("127.0.0.1", 0), backlog=2048)]
        port = sockets[0].getsockname()[1]
        try:
            for number in range(2, addresses + 1):
                sockets.append(socket.create_server((f"127.0.0.{number}", port), backlog=2048))
            return sockets
        except OSError:  # somebody has that port at one of them
            for one in sockets:
                one.close()


async def serve(world: World, addresses: int) -> None:
    """Until standard input ends."""
    loop = asyncio.get_running_loop()
    sockets = listen(addresses)
    for one in sockets:
        await loop.create_server(lambda: Connection(world), sock=one, backlog=2048)
    print(sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=int, default=10000, help="of each object")
    parser.add_argument("--head-ms", type=float, default=150, help="what HEAD and lists take")
    parser.add_argument("--write-ms", type=float, default=100, help="what the other requests take")
    parser.add_argument("--addresses", type=int, default=1, help="127.0.0.1 to 127.0.0.N")
    parser.add_argument("--per-second", type=float, default=0,
                        help="part copies that are taken; the others get SlowDown. 0: all")
    options = parser.parse_args()
    asyncio.run(serve(World(options.parts, options.head_ms, options.write_ms, options.per_second),
                      options.addresses))


if __name__ == "__main__":
    main()
