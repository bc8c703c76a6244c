#!/usr/bin/env python3
"""The few commands of the AWS CLI that the documents use, by boto3, so that the tests of the documents need no AWS CLI.

    aws_cli.py s3 mb s3://BUCKET | s3 cp FROM TO | s3 ls s3://BUCKET/PREFIX | s3 rb --force s3://BUCKET
    aws_cli.py s3api put-bucket-policy --bucket BUCKET --policy file://FILE

FROM and TO are files, "-" or s3://BUCKET/KEY. --profile NAME chooses the user, and AWS_ENDPOINT_URL_S3 names the server.
Anything else is an error: a document that uses more of the AWS CLI needs it here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import boto3
from botocore.config import Config


def client(profile: str | None):
    """boto3's client of that user."""
    return boto3.Session(profile_name=profile).client(
        "s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"],
        region_name=os.environ.get("AWS_REGION", "us-east-1"),
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"))


def address(text: str) -> tuple[str, str]:
    """Bucket and key of s3://bucket/key."""
    bucket, _, key = text.removeprefix("s3://").partition("/")
    return bucket, key


def keys(s3, bucket: str, prefix: str = "") -> list[str]:
    """All keys below a prefix."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def copy(s3, origin: str, target: str) -> None:
    """aws s3 cp, of one file, up or down."""
    if target.startswith("s3://"):
        bucket, key = address(target)
        if not key or key.endswith("/"):
            key += Path(origin).name
        if origin == "-":
            s3.put_object(Bucket=bucket, Key=key, Body=sys.stdin.buffer.read())
        else:
            s3.upload_file(origin, bucket, key)  # in parts above 8 MiB, as the AWS CLI does
        return
    bucket, key = address(origin)
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    if target == "-":
        sys.stdout.buffer.write(body)
    else:
        place = Path(target)
        (place / Path(key).name if place.is_dir() else place).write_bytes(body)


def taken(words: list[str], name: str) -> str | None:
    """The value of an option, which is taken away; None: it is not there."""
    if name not in words:
        return None
    at = words.index(name)
    value = words[at + 1]
    del words[at:at + 2]
    return value


def main(words: list[str]) -> int:
    """One command."""
    s3 = client(taken(words, "--profile"))
    if words[:2] == ["s3", "mb"] and len(words) == 3:
        s3.create_bucket(Bucket=address(words[2])[0])
    elif words[:2] == ["s3", "cp"] and len(words) == 4:
        copy(s3, words[2], words[3])
    elif words[:3] == ["s3", "ls", "--recursive"] and len(words) == 4:
        print("\n".join(keys(s3, *address(words[3]))))
    elif words[:3] == ["s3", "rb", "--force"] and len(words) == 4:
        bucket = address(words[3])[0]
        for key in keys(s3, bucket):
            s3.delete_object(Bucket=bucket, Key=key)
        s3.delete_bucket(Bucket=bucket)
    elif words[:2] == ["s3api", "put-bucket-policy"]:
        bucket, policy = taken(words, "--bucket"), taken(words, "--policy")
        s3.put_bucket_policy(Bucket=bucket, Policy=Path(str(policy).removeprefix("file://")).read_text())
    else:
        print(f"aws_cli.py does not know: {' '.join(words)}", file=sys.stderr)
        return 252
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
