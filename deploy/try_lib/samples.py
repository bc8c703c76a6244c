"""The sample objects: many small ones, an empty one, odd keys, and one in uneven parts."""

from __future__ import annotations

import csv
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

MIB = 1 << 20
ODD_KEYS = ("with spaces in it.txt", " space first", "plus+plus.txt", "100% per%20cent %2F.txt",
            "unicode/größe-試料-🧬.txt", "double//slash.txt", "what?how#why&because=.txt",
            'comma, "quotes" and \'apostrophe\'.csv', "trailing/dots/...", "semi;colon:and|pipe")
TYPES = ("text/plain", "application/octet-stream", "application/gzip", "text/csv; charset=utf-8")
LARGE_PARTS = (6 * MIB, 5 * MIB, MIB + 3)


@dataclass
class Sample:
    """One object, told by its key: bytes, type and metadata follow from that."""

    key: str
    size: int
    content_type: str
    metadata: dict[str, str] = field(default_factory=dict)
    parts: tuple[int, ...] = ()
    etag: str = ""  # S3's, once it was put

    def body(self) -> bytes:
        """Bytes that no other sample has."""
        block = hashlib.sha256(self.key.encode()).digest()
        return (block * (self.size // len(block) + 1))[:self.size]


def make_samples(prefix: str, count: int, large: bool) -> list[Sample]:
    """`count` small ones and the rest, below `prefix`."""
    keys = [*(f"small/{number:05}.txt" for number in range(count)),
            *(f"odd/{key}" for key in ODD_KEYS)]
    samples = [Sample(f"{prefix}{key}", 100 + number * 37 % 20000, TYPES[number % len(TYPES)],
                      {"sample": str(number), "made-by": "deploy-try"} if number % 3 else {})
               for number, key in enumerate(keys)]
    samples.append(Sample(f"{prefix}empty", 0, "text/plain"))
    if large:
        samples.append(Sample(f"{prefix}large.bin", sum(LARGE_PARTS), "application/x-large",
                              {"parts": "three"}, LARGE_PARTS))
    return samples


def put_samples(s3, bucket: str, samples: list[Sample]) -> None:
    """Upload them, several at once."""
    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(lambda sample: _put(s3, bucket, sample), samples):
            pass


def _put(s3, bucket: str, sample: Sample) -> None:
    what = {"Bucket": bucket, "Key": sample.key}
    how = {"ContentType": sample.content_type, "Metadata": sample.metadata}
    body = sample.body()
    if not sample.parts:
        sample.etag = s3.put_object(**what, **how, Body=body)["ETag"]
        return
    what["UploadId"] = s3.create_multipart_upload(**what, **how)["UploadId"]
    done, start = [], 0
    for number, size in enumerate(sample.parts, 1):
        part = s3.upload_part(**what, PartNumber=number, Body=body[start:start + size])
        done.append({"PartNumber": number, "ETag": part["ETag"]})
        start += size
    answer = s3.complete_multipart_upload(**what, MultipartUpload={"Parts": done})
    sample.etag = answer["ETag"]


def manifest(bucket: str, keys: list[str]) -> bytes:
    """The CSV that lists them, all quoted, as Elsa Data writes it."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows((bucket, key) for key in keys)
    return text.getvalue().encode()


def differences(s3, bucket: str, folder: str, samples: list[Sample]) -> list[str]:
    """What is not as it should be with the copies of `samples` below `folder`."""
    with ThreadPoolExecutor(16) as pool:
        found = pool.map(lambda sample: _difference(s3, bucket, folder, sample), samples)
        return [problem for problem in found if problem]


def _difference(s3, bucket: str, folder: str, sample: Sample) -> str | None:
    try:
        found = s3.head_object(Bucket=bucket, Key=folder + sample.key)
    except s3.exceptions.ClientError as error:
        return f"{sample.key}: {error.response['Error']['Code']}"
    for what, is_, should in (("size", found["ContentLength"], sample.size),
                              ("ETag", found["ETag"], sample.etag),
                              ("content type", found["ContentType"], sample.content_type),
                              ("metadata", found["Metadata"], sample.metadata)):
        if is_ != should:
            return f"{sample.key}: {what} is {is_}, not {should}"
    return None
