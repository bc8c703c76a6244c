"""The objects that every server has to bear: 95 of the kinds that programs get wrong; more names.

    made = hard_objects.make(server, tags="with", versioned=True)  # two buckets of the data owner
    hard_objects.to_csv(made)                                      # the manifest
    hard_objects.wrong(item, client, bucket, key, etag=True)       # how a copy differs from it

They are the same on every server: the same keys, bytes, headers, metadata, tags and parts. Tags and
versions are left out where a server keeps none. `further_names` are keys that some server cannot
keep, or cannot be told as the source of a copy.
"""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from botocore.exceptions import ClientError

from . import manifest, s3util
from .s3util import ALL_HEADERS, ALL_METADATA, ALL_TAGS, KIB, MIB, MIN_PART, Spec

ROOM = 16  # bytes of a key that are left for the destination's folder
HEADER_NAMES = {"ContentType": "content-type", "CacheControl": "cache-control",
                "ContentDisposition": "content-disposition", "ContentEncoding": "content-encoding",
                "ContentLanguage": "content-language", "Expires": "expires"}
# s3rver keeps an object in the file of its name, and leaves these characters encoded.
FURTHER = re.compile(r"[;?:@&=+$,#]|//|^/")
NAMES = ["percent%25", "percent%2e%2e", "UPPER and lower", "upper AND LOWER", "~tilde~", "-dash",
         ".hidden", "__proto__", "null", "a name.", "[1-3]", "back\\..\\slash", "'",
         "\u202eright to left", "\u200bzero width", "\ufeffbyte order mark"]


def names() -> list[str]:
    """Keys that every server here can keep and copy."""
    return [key for key in s3util.hard_keys(ROOM) if not FURTHER.search(key)] + NAMES


def further_names() -> list[Spec]:
    """Objects of the other hard keys."""
    return [Spec(key, size=2 + number * 89)
            for number, key in enumerate(s3util.hard_keys(ROOM)) if FURTHER.search(key)]


def kinds() -> dict[str, list[Spec]]:
    """The objects, by kind."""
    described = {"headers": ALL_HEADERS, "metadata": ALL_METADATA}
    return {
        "hard names": [Spec(key, size=1 + number * 97) for number, key in enumerate(names())],
        "sizes": [Spec(f"size/{size}", size=size)
                  for size in (0, 1, 1023, 64 * KIB + 1, MIB, MIN_PART - 1, MIN_PART,
                               MIN_PART + 1)],
        "nothing in them": [Spec("empty/_SUCCESS"), Spec("empty/with metadata", **described)],
        "one header": [Spec(f"header/{name}", size=20, headers={name: value})
                       for name, value in ALL_HEADERS.items()],
        "all headers and metadata": [Spec("described/one piece", size=3 * KIB, **described),
                                     Spec("described/again", size=3 * KIB, **described)],
        "metadata": [
            Spec("metadata/many", size=21, metadata={f"name-{n}": f"value {n}" for n in range(40)}),
            Spec("metadata/long", size=22, metadata={"long": "x" * 250}),
            Spec("metadata/marks", size=23, metadata={"marks": "<a b=\"c\">&amp; 50% + ; , = ~"}),
            Spec("metadata/dots", size=24, metadata={"a.b-c": "0"})],
        "tags": [
            Spec("tags/one", size=25, tags={"project": "copyout"}),
            Spec("tags/all signs", size=26, tags=ALL_TAGS),
            Spec("tags/ten", size=27, tags={f"name {n}": f"value {n}" for n in range(10)}),
            Spec("tags/empty value", size=28, tags={"empty": ""}),
            Spec("tags/with all else", size=29, tags=ALL_TAGS, **described)],
        "of equal parts": [
            Spec("parts/two", parts=[MIN_PART, 1]),
            Spec("parts/three", parts=[MIN_PART, MIN_PART, 7], **described),
            Spec("parts/larger", parts=[8 * MIB, 8 * MIB, 12345]),
            Spec("parts/only one", parts=[1000], tags=ALL_TAGS),
            Spec("parts/no rest", parts=[MIN_PART, MIN_PART])],
        "of unequal parts": [
            Spec("unequal/falling", parts=[6 * MIB, MIN_PART, MIB], **described),
            Spec("unequal/rising", parts=[MIN_PART, 7 * MIB, 6 * MIB, 3]),
            Spec("unequal/large rest", parts=[MIN_PART, 9 * MIB], tags=ALL_TAGS),
            Spec("unequal/odd", parts=[MIN_PART + 1, MIN_PART + 3, 5])],
    }


def versions() -> list[Spec]:
    """Objects that have been replaced since: the manifest names the older version."""
    return [Spec("versions/one piece", size=31, metadata={"of": "the older"}),
            Spec("versions/changed in size", size=40 * KIB),
            Spec("versions/empty now", size=33, headers={"ContentType": "text/x-older"}),
            Spec("versions/gone", size=34),
            Spec("versions/50% and more", size=35),
            Spec("versions/described", size=36, headers=ALL_HEADERS, metadata=ALL_METADATA),
            Spec("versions/one byte", size=1)]


class Newer(Spec):
    """What has come in the place of a Spec."""

    def body(self) -> bytes:
        """Other bytes."""
        return b"the newer " + self.key.encode()


@dataclass
class Item:
    """One object as it was made."""

    spec: Spec
    bucket: str
    etag: str
    version: str = ""
    further: bool = False  # one of further_names()


@dataclass
class Made:
    """All of them on one server."""

    items: list[Item] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # further names that the server does not take


def make(server, tags: str, versioned: bool, lost: tuple[str, ...] = ()) -> Made:
    """Make them as the data owner, readable for the one who copies.

    `tags`: how the server takes them: "with" an object, "after" it; "": it keeps none, and the
    objects have none. `versioned`: whether it keeps versions; without, there is only what the
    manifest names of objects that have been replaced.
    `lost`: headers that the server does not keep with any object, as boto3 calls them.
    """
    owner, made = server.client("source"), Made()
    plain, older = server.bucket_name("hard"), server.bucket_name("older")
    for bucket in (plain, older):
        s3util.make_bucket(owner, bucket)
        if server.features.rights:
            s3util.allow_reading(owner, bucket)
    if versioned:
        owner.put_bucket_versioning(Bucket=older, VersioningConfiguration={"Status": "Enabled"})
    reader = "dest" if server.features.rights else None
    grants = {"GrantRead": f"id={reader}", "GrantFullControl": "id=source"} if reader else None

    def one(where: tuple[str, Spec, bool]) -> Item | str:
        bucket, spec, further = where
        if not tags:
            spec = replace(spec, tags={})
        spec = replace(spec, headers={name: value for name, value in spec.headers.items()
                                      if name not in lost})
        try:
            etag = s3util.make_object(owner, bucket, spec, grants)
            if tags == "after" and spec.tags:
                s3util.put_tags(owner, bucket, spec.key, spec.tags)
        except ClientError as error:
            if not further or error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            return spec.key
        item = Item(spec, bucket, etag, further=further)
        if versioned and bucket == older:
            item.version = owner.head_object(Bucket=bucket, Key=spec.key)["VersionId"]
            s3util.make_object(owner, bucket, Newer(spec.key), grants)
            if spec.key.endswith("gone"):
                owner.delete_object(Bucket=bucket, Key=spec.key)
        return item

    wanted = [(plain, spec, False) for some in kinds().values() for spec in some]
    wanted += [(older, spec, False) for spec in versions()]
    wanted += [(plain, spec, True) for spec in further_names()]
    with ThreadPoolExecutor(s3util.THREADS) as pool:
        for item in pool.map(one, wanted):
            (made.items if isinstance(item, Item) else made.refused).append(item)
    return made


def wrong(item: Item, client, bucket: str, key: str, etag: bool) -> list[str]:
    """How a copy differs from what was made, in words. `etag`: that has to be equal, too."""
    spec = item.spec
    try:
        answer = client.get_object(Bucket=bucket, Key=key)
        digest = hashlib.sha256(answer["Body"].read()).digest()
        tags = s3util.get_tags(client, bucket, key) if spec.tags else {}
    except ClientError as error:
        return [f"{spec.key!r}: {error}"]
    raw = answer["ResponseMetadata"]["HTTPHeaders"]
    given = {HEADER_NAMES[name]: value for name, value in spec.headers.items()}
    seen = {name: raw[name] for name in HEADER_NAMES.values()
            if name in raw and (name in given or name != "content-type")}
    pairs = [("bytes", hashlib.sha256(spec.body()).digest(), digest), ("headers", given, seen),
             ("metadata", spec.metadata, answer["Metadata"]), ("tags", spec.tags, tags)]
    if etag:
        pairs.append(("ETag", item.etag, answer["ETag"].strip('"')))
    return [f"{spec.key!r}: {what}: {made!r} became {now!r}" for what, made, now in pairs
            if made != now]


def to_csv(made: Made) -> bytes:
    """The manifest, in an order that mixes the kinds."""
    rows = [(item.bucket, item.spec.key, item.version) for item in made.items]
    return manifest.write(sorted(rows, key=lambda row: hashlib.md5(row[1].encode()).digest()))
