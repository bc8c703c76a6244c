"""Accounts, buckets and folders: what is used, what is made, and what is removed again."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

OBJECT_ACTIONS = ["s3:PutObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload",
                  "s3:ListMultipartUploadParts", "s3:GetObject"]
BUCKET_ACTIONS = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]


def code(error: ClientError) -> str:
    """S3's own name of an error, or the HTTP status where a HEAD has no name for it."""
    return error.response["Error"]["Code"]


class Account:
    """Clients with the credentials of a profile."""

    def __init__(self, profile: str | None, region: str | None):
        # AWS_REGION is read by all SDKs but boto3.
        self._session = boto3.session.Session(profile_name=profile,
                                              region_name=region or os.environ.get("AWS_REGION"))
        self._clients: dict = {}

    def client(self, service: str):
        """A client; with AWS_ENDPOINT_URL and its like, which boto3 reads from 1.28 on."""
        if service not in self._clients:
            endpoint = os.environ.get(f"AWS_ENDPOINT_URL_{SERVICE_IDS[service]}") or \
                os.environ.get("AWS_ENDPOINT_URL")
            config = Config(max_pool_connections=32,
                            retries={"mode": "standard", "max_attempts": 5},
                            s3={"addressing_style": "path" if endpoint else "auto"})
            self._clients[service] = self._session.client(service, endpoint_url=endpoint,
                                                          config=config)
        return self._clients[service]

    @property
    def is_aws(self) -> bool:
        """Not an S3 that is somewhere else."""
        return ".amazonaws.com" in self.client("s3").meta.endpoint_url


SERVICE_IDS = {"s3": "S3", "stepfunctions": "SFN", "cloudformation": "CLOUDFORMATION"}


@dataclass
class Setup:
    """What is tried, and with whose credentials."""

    id: str  # of this trial
    machine: str
    account: str  # the stack's
    work_bucket: str
    work_prefix: str  # "" or ends with /
    ours: Account
    theirs: Account  # the destination's
    task_role: str | None
    source_bucket: str | None  # None: the work folder
    destination_bucket: str | None

    @property
    def partition(self) -> str:
        """aws, aws-cn, aws-us-gov."""
        return self.machine.split(":")[1]

    @property
    def region(self) -> str:
        """The stack's."""
        return self.machine.split(":")[3]

    @property
    def folder(self) -> str:
        """What is made in the work bucket lies below it, but for the jobs' own files."""
        return f"{self.work_prefix}try/{self.id}/"


def read_stack(account: Account, name: str) -> dict[str, str]:
    """A stack's outputs."""
    stack = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    for key in ("StateMachineArn", "WorkFolder"):
        if key not in outputs:
            raise SystemExit(f"deploy/try: stack {name} has no output {key}; is it copyout's?")
    return outputs


class Bucket:
    """A bucket, perhaps made here."""

    def __init__(self, account: Account, name: str, region: str):
        self.s3, self.name, self._region = account.client("s3"), name, region
        self.made = False

    def make(self) -> None:
        """Make it, unless it is there."""
        try:
            self.s3.head_bucket(Bucket=self.name)
            return
        except ClientError as error:
            if code(error) not in ("404", "NoSuchBucket"):
                raise
        place = {} if self._region == "us-east-1" else {
            "CreateBucketConfiguration": {"LocationConstraint": self._region}}
        self.s3.create_bucket(Bucket=self.name, **place)
        self.made = True

    def set_policy(self, *statements: dict | None) -> None:
        """These statements, or no policy at all."""
        kept = [statement for statement in statements if statement]
        if kept:
            self.s3.put_bucket_policy(Bucket=self.name, Policy=json.dumps(
                {"Version": "2012-10-17", "Statement": kept}))
        else:
            self.s3.delete_bucket_policy(Bucket=self.name)

    def is_of(self, account: str) -> bool:
        """Whether it belongs to an account."""
        try:
            self.s3.head_bucket(Bucket=self.name, ExpectedBucketOwner=account)
            return True
        except ClientError:
            return False

    def names(self, prefix: str) -> dict[str, str]:
        """Keys below a prefix, and when each was written."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return {found["Key"]: str(found["LastModified"])
                for page in pages for found in page.get("Contents", [])}

    def empty(self, prefix: str) -> None:
        """Remove all below a prefix: objects, versions, unfinished uploads."""
        assert prefix or self.made, "never the whole of a bucket that was there before"
        for page in self._versions(prefix):
            for at in range(0, len(page), 1000):  # DeleteObjects takes no more
                delete = {"Objects": page[at:at + 1000], "Quiet": True}
                answer = self.s3.delete_objects(Bucket=self.name, Delete=delete)
                for error in answer.get("Errors", []):  # of an answer 200
                    raise ClientError({"Error": error}, "DeleteObjects")
        uploads = self.s3.list_multipart_uploads(Bucket=self.name, Prefix=prefix)
        for upload in uploads.get("Uploads", []):
            self.s3.abort_multipart_upload(Bucket=self.name, Key=upload["Key"],
                                           UploadId=upload["UploadId"])

    def _versions(self, prefix: str):
        where = {"Bucket": self.name, "Prefix": prefix}
        try:
            for page in self.s3.get_paginator("list_object_versions").paginate(**where):
                yield [{"Key": found["Key"], "VersionId": found["VersionId"]}
                       for kind in ("Versions", "DeleteMarkers") for found in page.get(kind, [])]
        except ClientError as error:  # who may not list versions has none, mostly
            if code(error) != "AccessDenied":
                raise
            for page in self.s3.get_paginator("list_objects_v2").paginate(**where):
                yield [{"Key": found["Key"]} for found in page.get("Contents", [])]

    def remove(self) -> None:
        """Empty it and remove it, if it was made here."""
        if self.made:
            self.empty("")
            self.s3.delete_bucket(Bucket=self.name)
            self.made = False


def allow(setup: Setup, bucket: str) -> dict | None:
    """The statement of a bucket's policy that lets the task role in.

    None in its own account, where its own rights decide.
    """
    if setup.theirs is setup.ours:
        return None
    arn = f"arn:{setup.partition}:s3:::{bucket}"
    return {"Sid": "LetCopyoutIn", "Effect": "Allow", "Principal": {"AWS": setup.task_role},
            "Action": OBJECT_ACTIONS + BUCKET_ACTIONS, "Resource": [arn, f"{arn}/*"]}


def deny(setup: Setup, bucket: str) -> dict:
    """The statement that keeps everybody from writing."""
    return {"Sid": "NotYet", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": f"arn:{setup.partition}:s3:::{bucket}/*"}
