"""The servers that the tests of one process share: each is started when first asked for.

    server = servers.rgw()
    s3 = server.client("dest")

They end with the process (see tests/servers/procs.py), so no test stops them. Tests keep out of
each other's way by using buckets of their own: `server.bucket_name("src")`.
"""

from __future__ import annotations

import atexit
import itertools
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY / "tests" / "servers"))

import boto3
from botocore.config import Config
from cloudserver import CloudServer
from faultproxy import FaultProxy, Rule, enforce_copy_conditions  # noqa: F401 (for the tests)
from moto import Moto
from quirk_s3 import QuirkS3
from rgw import Rgw
from s3rver import S3rver
from swift import Swift


@dataclass(frozen=True)
class Features:
    """How far a server follows S3: what a test may expect of it."""

    rights: bool  # signatures, users, policies
    part_numbers: bool  # HEAD ?partNumber=N
    checksums: bool  # x-amz-checksum-mode
    copy_conditions: bool  # x-amz-copy-source-if-match, If-None-Match on CopyObject
    tags_on_create: bool  # CreateMultipartUpload keeps x-amz-tagging
    copy_keeps_parts: bool  # CopyObject of a multipart object keeps its ...-N ETag
    bucket_region: bool  # HeadBucket says where the bucket is


RGW = Features(rights=True, part_numbers=False, checksums=False, copy_conditions=False,
               tags_on_create=False, copy_keeps_parts=True, bucket_region=False)
MOTO = Features(rights=False, part_numbers=True, checksums=True, copy_conditions=True,
                tags_on_create=True, copy_keeps_parts=False, bucket_region=True)
QUIRK = MOTO
SWIFT = Features(rights=False, part_numbers=False, checksums=False, copy_conditions=False,
                 tags_on_create=False, copy_keeps_parts=True, bucket_region=False)
S3RVER = Features(rights=False, part_numbers=False, checksums=False, copy_conditions=False,
                  tags_on_create=False, copy_keeps_parts=True, bucket_region=False)
CLOUDSERVER = Features(rights=False, part_numbers=True, checksums=False, copy_conditions=False,
                       tags_on_create=True, copy_keeps_parts=True, bucket_region=True)


class Server:
    """An S3 server as the tests see it, directly or through a fault proxy."""

    _numbers = itertools.count(1)

    def __init__(self, kind: str, backend, features: Features, endpoint: str | None = None):
        self.kind = kind  # "rgw", "moto", "swift", "s3rver" or "quirk"
        self.backend = backend  # the Rgw, Moto, Swift, S3rver or QuirkS3
        self.features = features
        self.endpoint: str = endpoint or backend.endpoint
        self.region: str = backend.region
        self._clients: dict = {}

    def through(self, proxy: FaultProxy) -> Server:
        """The same server, reached through a proxy in front of it."""
        return Server(self.kind, self.backend, self.features, proxy.endpoint)

    def credentials(self, user: str = "dest") -> tuple[str, str]:
        """The access key and secret of "source", "dest" or (RGW) "nobody"."""
        return self.backend.users[user]

    def client(self, user: str = "dest"):
        """A boto3 client that sends what it is told, once: path style, no retries."""
        if user not in self._clients:
            self._clients[user] = boto_client(self.endpoint, self.region, *self.credentials(user))
        return self._clients[user]

    def bucket_name(self, purpose: str) -> str:
        """A bucket name that no other test uses."""
        return f"{purpose}-{next(self._numbers):04d}"


def boto_client(endpoint: str, region: str, access: str, secret: str):
    """The client that all tests use, on any boto3 from 1.26 (Debian 12) on."""
    options = {"s3": {"addressing_style": "path"}, "retries": {"total_max_attempts": 1},
               "signature_version": "s3v4", "max_pool_connections": 32,
               "connect_timeout": 10, "read_timeout": 120}
    try:  # newer ones add checksums of their own to every upload unless told not to
        config = Config(**options, request_checksum_calculation="when_required",
                        response_checksum_validation="when_required")
    except TypeError:
        config = Config(**options)
    client = boto3.session.Session().client(
        "s3", endpoint_url=endpoint, region_name=region, aws_access_key_id=access,
        aws_secret_access_key=secret, config=config)
    atexit.register(client.close)
    return client


_started: dict[str, Server] = {}


def _shared(kind: str, make, features: Features) -> Server:
    server = _started.get(kind)
    if server is None or not server.backend.alive():
        server = _started[kind] = Server(kind, make(), features)
        atexit.register(server.backend.stop)
    return server


def rgw() -> Server:
    """Ceph RADOS Gateway: real signatures, users and 403s."""
    return _shared("rgw", Rgw, RGW)


def moto() -> Server:
    """moto: part numbers, checksums and AWS's ETags."""
    return _shared("moto", Moto, MOTO)


def swift() -> Server:
    """OpenStack Swift: a production server that is neither Ceph nor AWS."""
    return _shared("swift", Swift, SWIFT)


def s3rver() -> Server:
    """s3rver: less of S3 than any other."""
    return _shared("s3rver", S3rver, S3RVER)


def cloudserver() -> Server:
    """What Scality CloudServer would answer: a fake."""
    return _shared("cloudserver", CloudServer, CLOUDSERVER)


def quirk(case, *quirks) -> Server:
    """A fake S3 of this test's own, with these oddities; it ends with the test."""
    fake = QuirkS3(*quirks)
    case.addCleanup(lambda: case.assertEqual(fake.errors, []))
    case.addCleanup(fake.stop)
    return Server("quirk", fake, QUIRK)


def get(kind: str) -> Server:
    """The server called `kind`."""
    return {"rgw": rgw, "moto": moto, "swift": swift, "s3rver": s3rver,
            "cloudserver": cloudserver}[kind]()
