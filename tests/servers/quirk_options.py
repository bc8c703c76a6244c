"""A quirk of the fake S3 (quirk_s3.py) that knows the options of objects and buckets, and is strict.

    strict = quirk_options.Options(owners={"src": "111111111111"}, payers={"src"})
    fake = QuirkS3(strict)

It refuses, as Amazon S3 does, a header that the operation does not take (the request shapes of
botocore are its allow-lists), an owner that is not the bucket's, a request to a Requester Pays
bucket that does not offer to pay, an object under SSE-C without its key or one that is not under it
with one, a canned ACL beside grants, and everything unsigned but looks at a public bucket. What a
write asked for is shown by HEAD, and ACLs stand in `acls`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import botocore.session

from quirk_s3 import Answer, S3Error

CUSTOMER = "x-amz-server-side-encryption-customer-"
SOURCE_CUSTOMER = "x-amz-copy-source-server-side-encryption-customer-"
SSE = "x-amz-server-side-encryption"
SSE_HEADERS = (SSE, f"{SSE}-aws-kms-key-id", f"{SSE}-bucket-key-enabled")
SIGNATURE = ("x-amz-date", "x-amz-content-sha256", "x-amz-security-token")
LOOKS = ("HeadBucket", "HeadObject", "GetObject", "GetObjectTagging", "ListObjectsV2")
MAKES = ("PutObject", "CopyObject", "CreateMultipartUpload")


def _shapes() -> dict[str, set[str]]:
    """The names of the headers that each operation takes, in lower case; of maps their prefix."""
    model = botocore.session.get_session().get_service_model("s3")
    shapes = {}
    for op in model.operation_names:
        shape = model.operation_model(op).input_shape
        shapes[op] = {member.serialization.get("name", "").lower()
                      for member in (shape.members.values() if shape else ())
                      if member.serialization.get("location") in ("header", "headers")}
    return shapes


SHAPES = _shapes()


def grants_of(headers: dict[str, str]) -> dict[str, str]:
    """What a write says of the ACL: {"acl": "private"} or {"grant-read": "id=..."}."""
    return {name.removeprefix("x-amz-"): value for name, value in headers.items()
            if name == "x-amz-acl" or name.startswith("x-amz-grant-")}


@dataclass
class Made:
    """What an object, or an upload, was made with."""

    sse: dict[str, str] = field(default_factory=dict)
    key: str | None = None  # the MD5 of the SSE-C key
    acl: dict[str, str] = field(default_factory=dict)


@dataclass
class Options:
    """The quirk; one for each fake."""

    owners: dict[str, str] = field(default_factory=dict)
    payers: set[str] = field(default_factory=set)
    public: set[str] = field(default_factory=set)  # buckets that may be looked at unsigned
    only_public: set[str] = field(default_factory=set)  # of these, those that no user has a right to
    made: dict[tuple[str, str], Made] = field(default_factory=dict)
    uploads: dict[str, Made] = field(default_factory=dict)

    def encrypt(self, bucket: str, key: str, md5: str) -> None:
        """Declare that an object which was added is under SSE-C, with the key of that MD5."""
        self.made[bucket, key] = Made(key=md5)

    def __call__(self, request, proceed) -> Answer:
        source = request.headers.get("x-amz-copy-source", "").partition("?")[0]
        bucket, _, key = source.removeprefix("/").partition("/")
        self._check_headers(request)
        self._check_terms(request, bucket)
        self._check_keys(request, (bucket, key))
        answer = proceed(request)
        if answer.status // 100 == 2 and request.op in ("HeadObject", "GetObject"):
            made = self.made.get((request.bucket, request.key), Made())
            self._check_key(request.headers, CUSTOMER, made.key)
        if answer.status // 100 == 2:
            self._remember(request, answer)
        return answer

    def _check_headers(self, request) -> None:
        if "copyout" not in request.headers.get("user-agent", ""):
            return  # a test's boto3, which sends more than there is in its model
        shape = SHAPES.get(request.op, set())
        for name in request.headers:
            if (name.startswith("x-amz-") and name not in SIGNATURE and name not in shape
                    and not (name.startswith("x-amz-meta-") and "x-amz-meta-" in shape)):
                raise S3Error(400, "InvalidArgument", f"{request.op} does not take {name}.")
        if "acl" in (grants := grants_of(request.headers)) and len(grants) > 1:
            raise S3Error(400, "InvalidRequest",
                          "Specifying both Canned ACLs and Header Grants is not allowed")

    def _check_terms(self, request, source: str) -> None:
        headers = request.headers
        signed = "authorization" in headers
        if not signed and (request.op not in LOOKS or request.bucket not in self.public):
            raise S3Error(403, "AccessDenied")
        if source in self.only_public:
            raise S3Error(403, "AccessDenied")
        for bucket, name in ((request.bucket, "x-amz-expected-bucket-owner"),
                             (source, "x-amz-source-expected-bucket-owner")):
            wanted = headers.get(name)
            if wanted is not None and self.owners.get(bucket, wanted) != wanted:
                raise S3Error(403, "AccessDenied")
        if (request.op != "HeadBucket" and {request.bucket, source} & self.payers
                and headers.get("x-amz-request-payer") != "requester"):
            raise S3Error(403, "AccessDenied")

    def _check_key(self, headers, prefix: str, wanted: str | None) -> None:
        if headers.get(f"{prefix}key-md5") != wanted:
            raise S3Error(400, "InvalidRequest", "The object was stored using another form of "
                          "Server Side Encryption.")
        if wanted and not headers.get(f"{prefix}key"):
            raise S3Error(400, "InvalidArgument")

    def _check_keys(self, request, source: tuple[str, str]) -> None:
        if request.op in ("CopyObject", "UploadPartCopy"):
            self._check_key(request.headers, SOURCE_CUSTOMER, self.made.get(source, Made()).key)
        if request.op == "UploadPartCopy":
            self._check_key(request.headers, CUSTOMER, self.uploads[request.upload_id].key)

    def _remember(self, request, answer: Answer) -> None:
        where, headers = (request.bucket, request.key), request.headers
        if request.op in MAKES:
            made = Made({name: headers[name] for name in SSE_HEADERS if name in headers},
                        headers.get(f"{CUSTOMER}key-md5"), grants_of(headers))
            if request.op == "CreateMultipartUpload":
                upload = answer.body.decode().partition("<UploadId>")[2].partition("<")[0]
                self.uploads[upload] = made
            else:
                self.made[where] = made
            self._show(made, answer)
        if request.op == "CompleteMultipartUpload":
            self.made[where] = self.uploads[request.upload_id]
        if request.op in ("HeadObject", "GetObject", "UploadPartCopy", "CompleteMultipartUpload"):
            self._show(self.uploads[request.upload_id] if request.op == "UploadPartCopy"
                       else self.made.get(where, Made()), answer)

    @staticmethod
    def _show(made: Made, answer: Answer) -> None:
        for name, value in made.sse.items():
            answer.set(name, value)
        if made.key:
            answer.drop(SSE)
            answer.set(f"{CUSTOMER}algorithm", "AES256")
            answer.set(f"{CUSTOMER}key-md5", made.key)


def opaque_etags(fake, bucket: str) -> None:
    """Objects that are made in the bucket from now on have ETags that are no digests, as S3 has
    them under KMS and SSE-C."""
    ordinary = fake._etag  # pylint: disable=protected-access

    def etag(where, whole, pieces=None, kms=None):
        made = ordinary(where, whole, pieces, kms)
        number = made.partition("-")[2]
        return uuid.uuid4().hex + (f"-{number}" if number else "") if where == bucket else made

    fake._etag = etag  # pylint: disable=protected-access
