"""Writing CSV manifests as the world writes them: RFC 4180, and what is commonly done to it."""

from __future__ import annotations

import csv
import gzip
import io
from typing import Iterable, Sequence


def write(rows: Iterable[Sequence[str]], *, quote_all: bool = True, newline: str = "\n",
          last_newline: bool = True, bom: bool = False, compressed: bool = False) -> bytes:
    """A manifest of (bucket, key) or (bucket, key, version id) rows.

    The default is what Elsa Data writes: no header, everything in quotes, LF.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=newline,
                        quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writerows(rows)
    data = text.getvalue()
    if not last_newline:
        data = data.removesuffix(newline)
    encoded = (b"\xef\xbb\xbf" if bom else b"") + data.encode()
    # No time stamp: the same rows are the same bytes, so the same ETag.
    return gzip.compress(encoded, mtime=0) if compressed else encoded


def put(client, bucket: str, key: str, rows: Iterable[Sequence[str]], **how) -> str:
    """Write a manifest into S3 and return its s3:// address."""
    client.put_object(Bucket=bucket, Key=key, Body=write(rows, **how))
    return f"s3://{bucket}/{key}"


def of_bucket(bucket: str, keys: Iterable[str]) -> list[tuple[str, str]]:
    """The rows for keys of one bucket."""
    return [(bucket, key) for key in keys]
