"""Making objects of every kind, and comparing two of them by what S3 says about each.

All of it goes through boto3: it shares no code with the program under test.
"""

from __future__ import annotations

import hashlib
import json
import random
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Iterable, Iterator
from urllib.parse import quote, urlencode

from botocore.exceptions import ClientError

KIB, MIB = 1 << 10, 1 << 20
MIN_PART = 5 * MIB  # every part but the last is at least this long
THREADS = 12

# Keys that programs lose or change on the way: each has its own place where that happens (URL
# building, signing, XML, CSV, path clean-up). All are legal S3 keys of at most 1,024 bytes.
HARD_KEYS = [
    "with space", " leading and trailing ", "a  b",
    "plus+sign", "percent%41", "percent%2Fslash", "percent%", "100%zz",
    "what?x=1&y=2", "a?versionId=null", "hash#fragment", "amp&ersand=value", "semi;colon;",
    "double//slash", "//two leading", "/one leading", "/", "///",
    "a/../b", "../up", "..", ".", "./x", "a/./b", "a/.", "a/..", "../../etc/passwd",
    "trailing/", "trailing//",
    "quote\"double", "quote'single", "comma,comma", "\"all, of it\"", "back\\slash",
    "new\nline", "carriage\rreturn", "tab\tbed", "\r\n",
    "<xml>&amp;", "]]>", "a:b@c$d=e", "*star*", "(paren)!~'", "{brace}|[bracket]^`",
    "\u00e9t\u00e9/\u00fcber", "\u65e5\u672c\u8a9e", "e\u0301 is not \u00e9", "\U0001f9ec",
    "control \x01\x02\x1f", "delete \x7f", "next line \u0085", "\ufffe and \uffff",
    "\u20ac" * 341 + "x",  # 1,024 bytes of UTF-8
    "a" * 1024,
]


def hard_keys(room: int = 0) -> list[str]:
    """Those of HARD_KEYS that leave `room` bytes for a destination folder."""
    return [key for key in HARD_KEYS if len(key.encode()) + room <= 1024]


@dataclass
class Spec:
    """An object to make: in one piece, or of parts of the given sizes."""

    key: str
    size: int = 0
    parts: list[int] | None = None
    headers: dict[str, str] = field(default_factory=dict)  # boto3's names: ContentType, ...
    metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def total(self) -> int:
        """The object's size."""
        return sum(self.parts) if self.parts else self.size

    def body(self) -> bytes:
        """Its bytes: always the same for the same key and size, and no two objects' alike."""
        seed = hashlib.sha256(f"{self.total()}:{self.key}".encode()).digest()
        return random.Random(seed).randbytes(self.total())


ALL_HEADERS = {
    "ContentType": "application/x-copyout; charset=utf-8",
    "CacheControl": "max-age=31, private",
    "ContentDisposition": "attachment; filename=\"a b.txt\"",
    "ContentEncoding": "x-none",
    "ContentLanguage": "en-AU, de",
    "Expires": "Wed, 21 Oct 2037 07:28:00 GMT",
}
ALL_METADATA = {"sample": "S-0001", "empty-looking": "-", "spaces": "a b  c", "percent": "%41+%20"}
ALL_TAGS = {"project": "copyout", "with space": "a b", "plus+": "a+b", "slash/equals=": "x=y:z@_."}

# The headers that S3 sends back about an object, and that a copy has to have as well.
COPIED_HEADERS = ("content-type", "cache-control", "content-disposition", "content-encoding",
                  "content-language", "expires", "x-amz-website-redirect-location")


def many_kinds(count: int, seed: int = 1, prefix: str = "") -> list[Spec]:
    """`count` objects as a real manifest mixes them: mostly small, some of parts, some tagged."""
    dice = random.Random(seed)
    layouts = [[MIN_PART, 1], [MIN_PART, MIN_PART, 7], [MIN_PART], [1000],
               [6 * MIB, 5 * MIB, 1 * MIB], [5 * MIB, 7 * MIB, 6 * MIB, 3]]
    specs = []
    for number in range(count):
        spec = Spec(f"{prefix}{number % 10}/object {number:05d}.bin")
        if number % 100 == 50:
            spec.parts = layouts[number // 100 % len(layouts)]
        else:
            spec.size = dice.choice([0, 1, 100, 4 * KIB, 4 * KIB, 20 * KIB, 100 * KIB])
        if number % 3 == 0:
            spec.headers = dict(ALL_HEADERS)
            spec.metadata = {**ALL_METADATA, "number": str(number)}
        elif number % 3 == 1:
            spec.headers = {"ContentType": "text/plain", "CacheControl": f"max-age={number}"}
        if number % 4 == 0 or spec.parts and number % 8 == 2:
            spec.tags = {**ALL_TAGS, "number": str(number)}
        specs.append(spec)
    return specs


def make_bucket(client, bucket: str) -> str:
    """Create a bucket and return its name."""
    client.create_bucket(Bucket=bucket)
    return bucket


def allow_reading(owner, bucket: str, reader: str = "dest", tags: bool = True) -> None:
    """Let another user list and read a bucket, as a data owner would: by a bucket policy.

    On RGW this is not enough for UploadPartCopy, which asks the object's ACL: see `reader` of
    make_objects(). Without `tags`, reading tags is refused, also where an ACL would allow it.
    """
    principal = {"AWS": [f"arn:aws:iam:::user/{reader}"]}
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    actions = ["s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion"]
    statements = [{"Effect": "Allow", "Principal": principal, "Action": actions,
                   "Resource": resources},
                  {"Effect": "Allow" if tags else "Deny", "Principal": principal,
                   "Action": ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
                   "Resource": resources}]
    policy = {"Version": "2012-10-17", "Statement": statements}
    owner.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def make_object(client, bucket: str, spec: Spec, grants: dict[str, str] | None = None) -> str:
    """Make one object and return its ETag, without quotes."""
    where = {"Bucket": bucket, "Key": spec.key}
    what = {**spec.headers, "Metadata": spec.metadata, **(grants or {})}
    body = spec.body()
    if spec.parts is None:
        if spec.tags:
            what["Tagging"] = urlencode(spec.tags, quote_via=quote)
        return client.put_object(**where, **what, Body=body)["ETag"].strip('"')
    upload = {**where, "UploadId": client.create_multipart_upload(**where, **what)["UploadId"]}
    parts, start = [], 0
    for number, size in enumerate(spec.parts, 1):
        answer = client.upload_part(**upload, PartNumber=number, Body=body[start:start + size])
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        start += size
    client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    if spec.tags:  # after the fact: RGW drops those given at Create
        put_tags(client, bucket, spec.key, spec.tags)
    return client.head_object(**where)["ETag"].strip('"')


def make_objects(client, bucket: str, specs: Iterable[Spec], reader: str | None = None,
                 owner: str = "source") -> dict[str, str]:
    """Make all `specs`, some at once; return their ETags by key.

    `reader` is a user who may read them by their ACL (RGW; a grant replaces the owner's own
    rights, so those are granted as well). Leave it out on moto.
    """
    grants = {"GrantRead": f"id={reader}", "GrantFullControl": f"id={owner}"} if reader else None
    specs = list(specs)
    with ThreadPoolExecutor(THREADS) as pool:
        etags = pool.map(lambda spec: make_object(client, bucket, spec, grants), specs)
        return {spec.key: etag for spec, etag in zip(specs, etags)}


def make_sources(server, bucket: str, specs: Iterable[Spec], tags: bool = True) -> dict[str, str]:
    """A source bucket as copyout meets it: another user's, readable by the one it runs as."""
    owner = server.client("source")
    make_bucket(owner, bucket)
    if server.features.rights:
        allow_reading(owner, bucket, "dest", tags)
    return make_objects(owner, bucket, specs, reader="dest" if server.features.rights else None)


def put_tags(client, bucket: str, key: str, tags: dict[str, str]) -> None:
    """Replace an object's tags."""
    tag_set = [{"Key": name, "Value": value} for name, value in tags.items()]
    client.put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": tag_set})


def get_tags(client, bucket: str, key: str) -> dict[str, str]:
    """An object's tags. (RGW answers with an empty body where there are none.)"""
    answer = client.get_object_tagging(Bucket=bucket, Key=key)
    return {tag["Key"]: tag["Value"] for tag in answer.get("TagSet") or []}


@dataclass
class Seen:
    """All that S3 says about one object."""

    size: int
    etag: str
    headers: dict[str, str]
    metadata: dict[str, str]
    tags: dict[str, str]


def look(client, bucket: str, key: str, tags: bool = True) -> Seen:
    """HEAD an object, and read its tags where HEAD says that it has any."""
    answer = client.head_object(Bucket=bucket, Key=key)
    raw = answer["ResponseMetadata"]["HTTPHeaders"]
    count = int(raw.get("x-amz-tagging-count", 0))
    found = get_tags(client, bucket, key) if tags and count else {}
    if tags and len(found) != count:
        raise AssertionError(f"{key!r}: {count} tags by HEAD, but {found}")
    return Seen(size=answer["ContentLength"], etag=answer["ETag"].strip('"'),
                headers={name: raw[name] for name in COPIED_HEADERS if name in raw},
                metadata=answer["Metadata"],
                tags=found)


def differences(src_client, src_bucket: str, src_key: str, dst_client, dst_bucket: str,
                dst_key: str, *, etag: bool = True, headers: bool = True, tags: bool = True,
                content: bool = False) -> list[str]:
    """How a copy differs from its source, in words; empty when it does not.

    Set to False what a server, or the test's own setting, does not let a copy keep. `content`
    downloads both and compares the bytes.
    """
    try:
        source = look(src_client, src_bucket, src_key, tags)
        copy = look(dst_client, dst_bucket, dst_key, tags)
    except ClientError as error:
        return [f"{error} ({src_key!r} -> {dst_key!r})"]
    found = []
    for name, wanted in [("size", True), ("etag", etag), ("headers", headers),
                         ("metadata", headers), ("tags", tags)]:
        a, b = getattr(source, name), getattr(copy, name)
        if wanted and a != b:
            found.append(f"{name}: {a!r} became {b!r}")
    if content and digest(src_client, src_bucket, src_key) != digest(dst_client, dst_bucket,
                                                                      dst_key):
        found.append("the bytes differ")
    return found


def assert_same_object(src_client, src_bucket: str, src_key: str, dst_client, dst_bucket: str,
                       dst_key: str, **what) -> None:
    """Raise AssertionError unless the copy is what its source is; `what` as in differences()."""
    found = differences(src_client, src_bucket, src_key, dst_client, dst_bucket, dst_key, **what)
    if found:
        raise AssertionError(f"{src_key!r} -> {dst_key!r}: " + "; ".join(found))


def assert_same_objects(src_client, src_bucket: str, dst_client, dst_bucket: str,
                        keys: dict[str, str], **what) -> None:
    """The same for many ({source key: destination key}), some at once; names the first few."""
    def check(pair):
        return pair, differences(src_client, src_bucket, pair[0], dst_client, dst_bucket, pair[1],
                                 **what)

    with ThreadPoolExecutor(THREADS) as pool:
        bad = [(pair, found) for pair, found in pool.map(check, keys.items()) if found]
    if bad:
        lines = [f"{source!r} -> {copy!r}: {'; '.join(found)}" for (source, copy), found in bad[:5]]
        raise AssertionError(f"{len(bad)} of {len(keys)} copies differ:\n" + "\n".join(lines))


def digest(client, bucket: str, key: str) -> str:
    """The SHA-256 of an object's bytes."""
    body = client.get_object(Bucket=bucket, Key=key)["Body"]
    value = hashlib.sha256()
    for chunk in body.iter_chunks(MIB):
        value.update(chunk)
    return value.hexdigest()


def exists(client, bucket: str, key: str) -> bool:
    """Whether there is such an object."""
    try:
        client.head_object(Bucket=bucket, Key=key)
        return True
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise


def listing(client, bucket: str, prefix: str = "") -> Iterator[dict]:
    """All objects of a bucket, as ListObjectsV2 has them."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def keys(client, bucket: str, prefix: str = "") -> list[str]:
    """All keys of a bucket, in order."""
    return [item["Key"] for item in listing(client, bucket, prefix)]


def unfinished_uploads(client, bucket: str) -> list[tuple[str, str]]:
    """(key, upload id) of the multipart uploads that nobody completed or aborted."""
    answer = client.list_multipart_uploads(Bucket=bucket)
    return [(item["Key"], item["UploadId"]) for item in answer.get("Uploads") or []]


def delete_all(client, bucket: str, prefix: str = "") -> None:
    """Delete all objects of a bucket, one by one: DeleteObjects' XML cannot name every key."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda key: client.delete_object(Bucket=bucket, Key=key),
                      keys(client, bucket, prefix)))


def restores_take(endpoint: str, **transition) -> None:
    """How restores in the moto at that address come to an end from now on."""
    request = urllib.request.Request(
        endpoint + "/moto-api/state-manager/set-transition", method="POST",
        data=json.dumps({"model_name": "s3::keyrestore", "transition": transition}).encode(),
        headers={"Content-Type": "application/json"})
    urllib.request.urlopen(request).close()
