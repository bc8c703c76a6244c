"""What the fake S3 of quirk_s3.py stores: bytes, or sizes whose sums are made up consistently.

An object that is declared by its size alone has no bytes. Each stretch of it is named by its seed
and its offsets, and its sums are sums of that name. So a copy has the ETag of its source where it
has the source's parts, and another where it has not, and objects of many GiB cost nothing.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import dataclass, field
from typing import Iterable

MULTIPART = "{}-{}"


@dataclass(frozen=True)
class Span:
    """A stretch of an object that has no bytes."""

    seed: str
    first: int
    size: int

    def cut(self, first: int, size: int) -> Span:
        """A stretch of this stretch."""
        return Span(self.seed, self.first + first, size)

    def __len__(self) -> int:
        return self.size


@dataclass(frozen=True)
class Content:
    """The bytes of an object or of a part: some are there, some are only named."""

    pieces: tuple[bytes | Span, ...] = ()

    @property
    def size(self) -> int:
        """How many bytes it is."""
        return sum(map(len, self.pieces))

    def cut(self, first: int, size: int) -> Content:
        """`size` bytes from `first` on."""
        kept, at = [], 0
        for piece in self.pieces:
            low, high = max(first - at, 0), min(first + size - at, len(piece))
            if low < high:
                kept.append(piece[low:high] if isinstance(piece, bytes)
                            else piece.cut(low, high - low))
            at += len(piece)
        return Content(tuple(kept))

    def read(self) -> bytes:
        """The bytes; zeros where they are only named."""
        return b"".join(piece if isinstance(piece, bytes) else bytes(len(piece))
                        for piece in self.pieces)

    def identity(self) -> bytes:
        """What its sums are made of: the bytes, or the names of its stretches."""
        if all(isinstance(piece, bytes) for piece in self.pieces):
            return b"".join(self.pieces)
        return repr(self.pieces).encode()

    def md5(self) -> bytes:
        """Its MD5 sum."""
        return hashlib.md5(self.identity()).digest()


def join(contents: Iterable[Content]) -> Content:
    """One after another. Stretches that follow each other in one object become one."""
    pieces: list[bytes | Span] = []
    for piece in (piece for content in contents for piece in content.pieces):
        last = pieces[-1] if pieces else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            pieces[-1] = last + piece
        elif (isinstance(piece, Span) and isinstance(last, Span) and last.seed == piece.seed
              and last.first + last.size == piece.first):
            pieces[-1] = Span(last.seed, last.first, last.size + piece.size)
        elif len(piece):
            pieces.append(piece)
    return Content(tuple(pieces))


def _made_up(length: int):
    return lambda data: hashlib.sha256(str(length).encode() + data).digest()[:length]


# Python's library has some of S3's algorithms; the others are made up, of the right length.
_SUMS = {
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "crc32c": _made_up(4),
    "crc64nvme": _made_up(8),
    "sha1": lambda data: hashlib.sha1(data).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
    "sha512": lambda data: hashlib.sha512(data).digest(),
    "md5": lambda data: hashlib.md5(data).digest(),
    "xxhash64": _made_up(8),
    "xxhash3": _made_up(8),
    "xxhash128": _made_up(16),
}
ALGORITHMS = tuple(_SUMS)


def checksum(algorithm: str, content: Content) -> str:
    """The checksum of some content, in base64. `algorithm` as header names have it: "crc32"."""
    return base64.b64encode(_SUMS[algorithm](content.identity())).decode()


def composite_checksum(algorithm: str, parts: Iterable[str]) -> str:
    """The checksum of parts' checksums, as S3 writes it: "...-N"."""
    sums = [base64.b64decode(part) for part in parts]
    return MULTIPART.format(base64.b64encode(_SUMS[algorithm](b"".join(sums))).decode(), len(sums))


def composite_etag(md5s: list[bytes]) -> str:
    """The ETag of an object of parts."""
    return MULTIPART.format(hashlib.md5(b"".join(md5s)).hexdigest(), len(md5s))


@dataclass
class Stored:
    """One version of an object, or one part of an upload."""

    content: Content
    etag: str
    parts: list[int] | None = None  # the sizes of its parts; None: it was made in one piece
    headers: dict[str, str] = field(default_factory=dict)  # Content-Type, x-amz-meta-..., lower case
    tags: dict[str, str] = field(default_factory=dict)
    storage_class: str | None = None
    checksums: dict[str, str] = field(default_factory=dict)  # {"crc32": "aGVsbG8="}
    checksum_type: str = "FULL_OBJECT"  # or "COMPOSITE"
    encryption: str = "AES256"  # or "aws:kms"
    extra: list[tuple[str, str]] = field(default_factory=list)  # further headers of HEAD and GET
    version_id: str | None = None
    delete_marker: bool = False
    modified: float = 0.0

    @property
    def size(self) -> int:
        """How many bytes it is."""
        return self.content.size


@dataclass
class Upload:
    """A multipart upload that is under way."""

    bucket: str
    key: str
    upload_id: str
    initiated: float
    headers: dict[str, str]
    tags: dict[str, str]
    storage_class: str | None = None
    algorithm: str | None = None
    checksum_type: str = "COMPOSITE"
    parts: dict[int, Stored] = field(default_factory=dict)
