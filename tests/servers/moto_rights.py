"""S3 holds tasks to their task role: what its policies do not allow is 403, as on AWS.

    rights = Rights(fargate)
    rights.answer(environ, start_response, proceed)

Runs in moto's server (local_aws_launch.py) where a test asks for it. Requests with other keys than
those that local Fargate gave to a task are not judged: people may do everything. What a bucket's
policy says is not looked at: every bucket lets the role in.

The policies are those that CloudFormation deployed. An element or a condition that is not known
here is an error, so that a policy that says more is not judged by less.
"""

import json
import re
import urllib.request
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit

from moto.iam import iam_backends
from moto.s3.models import s3_backends

ELEMENTS = {"Sid", "Effect", "Action", "Resource", "NotResource", "Condition"}
KEY = re.compile(r"Credential=(ASIA[0-9A-F]+)/\d+/[^/]*/s3/")


@lru_cache(maxsize=None)
def pattern(text, ignore_case):
    """A policy's text, in which * and ? stand for others."""
    escaped = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches(patterns, text, ignore_case=False):
    """Whether a text is one of them; they may be one."""
    each = [patterns] if isinstance(patterns, str) else patterns
    return any(pattern(one, ignore_case).fullmatch(text) for one in each)


def equals(values, text):
    """Whether a text is one of these; they may be one."""
    return text in ([values] if isinstance(values, str) else values)


OPERATORS = {
    "StringEquals": lambda values, has: has is not None and equals(values, has),
    "StringNotEquals": lambda values, has: has is None or not equals(values, has),
    "StringLike": lambda values, has: has is not None and matches(values, has),
    "StringLikeIfExists": lambda values, has: has is None or matches(values, has),
}


def applies(statement, action, resource, context):
    """Whether a statement is about this request (IAM User Guide, "IAM JSON policy elements")."""
    if set(statement) - ELEMENTS:
        raise ValueError(f"policy elements {set(statement) - ELEMENTS}")
    if not matches(statement["Action"], action, ignore_case=True):
        return False
    named = "Resource" in statement
    if matches(statement["Resource" if named else "NotResource"], resource) != named:
        return False
    return all(OPERATORS[operator](values, context.get(key))
               for operator, keys in statement.get("Condition", {}).items()
               for key, values in keys.items())


def judge(statements, action, resource, context):
    """None: allowed; else why not, in AWS's words."""
    effects = {statement["Effect"] for statement in statements
               if applies(statement, action, resource, context)}
    if "Deny" in effects:
        return "with an explicit deny in an identity-based policy"
    if "Allow" in effects:
        return None
    return f"because no identity-based policy allows the {action} action"


class Request:
    """What a request to S3, in path style, asks for."""

    def __init__(self, environ):
        parts = urlsplit(environ.get("RAW_URI") or environ["REQUEST_URI"])
        bucket, _, key = parts.path.lstrip("/").partition("/")
        self.bucket, self.key = unquote(bucket), unquote(key)
        self.method = environ["REQUEST_METHOD"]
        self.query = {name: values[0] for name, values in
                      parse_qs(parts.query, keep_blank_values=True).items()}
        self.copy_source = environ.get("HTTP_X_AMZ_COPY_SOURCE")
        self.given = {name[5:].lower().replace("_", "-") for name in environ
                      if name.startswith("HTTP_X_AMZ_")}

    def needs(self):
        """The rights: (action, bucket, key or None, context) each ("Required permissions for
        Amazon S3 API operations", Amazon S3 User Guide)."""
        if not self.key:
            return [self._of_bucket()]
        if self.copy_source:
            source, _, rest = self.copy_source.partition("?versionId=")
            bucket, _, key = unquote(source).lstrip("/").partition("/")
            read = "s3:GetObjectVersion" if rest else "s3:GetObject"
            return [(read, bucket, key, {}), *self._written("s3:PutObject")]
        if self.method in ("GET", "HEAD"):
            return [(self._read(), self.bucket, self.key, {})]
        if self.method == "DELETE":
            action = "s3:AbortMultipartUpload" if "uploadId" in self.query else "s3:DeleteObject"
            return [(action, self.bucket, self.key, {})]
        if "tagging" in self.query:
            return [("s3:PutObjectTagging", self.bucket, self.key, {})]
        if "annotation" in self.query:
            return [("s3:PutObjectAnnotation", self.bucket, self.key, {})]
        if "restore" in self.query:
            return [("s3:RestoreObject", self.bucket, self.key, {})]
        return self._written("s3:PutObject")

    def _of_bucket(self):
        if "uploads" in self.query:
            return "s3:ListBucketMultipartUploads", self.bucket, None, {}
        if self.method == "PUT":
            return "s3:CreateBucket", self.bucket, None, {}
        prefix = {"s3:prefix": self.query["prefix"]} if "prefix" in self.query else {}
        return "s3:ListBucket", self.bucket, None, prefix

    def _read(self):
        if "tagging" in self.query:
            return "s3:GetObjectVersionTagging" if "versionId" in self.query else \
                "s3:GetObjectTagging"
        if "uploadId" in self.query:
            return "s3:ListMultipartUploadParts"
        if "annotation" in self.query:
            version = "Version" if "versionId" in self.query else ""
            return f"s3:GetObject{version}Annotation" if "annotationName" in self.query else \
                f"s3:ListObject{version}Annotations"
        return "s3:GetObjectVersion" if "versionId" in self.query else "s3:GetObject"

    def _written(self, action):
        """Headers of a write take rights of their own."""
        actions = [action, *(of for header, of in WRITTEN.items()
                             if any(pattern(header, False).fullmatch(name)
                                    for name in self.given))]
        return [(each, self.bucket, self.key, {}) for each in dict.fromkeys(actions)]


# The rights that headers of a write take (Amazon S3 API Reference, CopyObject and
# CreateMultipartUpload, "Permissions" and "Request headers").
WRITTEN = {
    "x-amz-tagging": "s3:PutObjectTagging",
    "x-amz-acl": "s3:PutObjectAcl",
    "x-amz-grant-*": "s3:PutObjectAcl",
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
    "x-amz-object-lock-retain-until-date": "s3:PutObjectRetention",
    "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
}


def account_of(bucket):
    """Whose bucket it is; None: it is not there."""
    return s3_backends.bucket_accounts.get(bucket, (None, None))[1]


class Rights:
    """Answers for S3 where it refuses."""

    def __init__(self, fargate):
        self._fargate = fargate
        self._principals = {}

    def answer(self, environ, start_response, proceed):
        """The answer to a request: S3's, or a refusal."""
        key = KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
        role = self._role_of(key[1]) if key else None
        if not role:
            return proceed(environ, start_response)
        request = Request(environ)
        for action, bucket, name, context in request.needs():
            why = self._judge(role, action, bucket, name, context)
            if why:
                return refuse(request, start_response, why)
        return self._hide(request, role, proceed, environ, start_response)

    def _hide(self, request, role, proceed, environ, start_response):
        """An object that is not there is 403 for those who may not list the bucket
        (Amazon S3 API Reference, HeadObject)."""
        started = []
        body = proceed(environ, lambda *answer: started.append(answer))
        if request.key and request.method in ("GET", "HEAD") and account_of(request.bucket) and \
                started and started[0][0].startswith("404"):
            why = self._judge(role, "s3:ListBucket", request.bucket, None, {})
            if why:
                return refuse(request, start_response, why)
        start_response(*started[0])
        return body

    def _role_of(self, key):
        """The role and the task of an access key, as local Fargate gave it out."""
        if key not in self._principals:
            with urllib.request.urlopen(f"{self._fargate}/roles/{key}", timeout=60) as answer:
                self._principals[key] = json.load(answer)
        return self._principals[key]

    def _judge(self, principal, action, bucket, key, context):
        """None: it is allowed; else the message."""
        owner = account_of(bucket)
        if owner is None:
            return None  # S3 says that there is no such bucket
        account, _, name = principal["role"].split(":", 4)[4].partition(":role/")
        role = iam_backends[account]["aws"].get_role(name)
        statements = [statement for text in role.policies.values()
                      for statement in json.loads(text)["Statement"]]
        resource = f"arn:aws:s3:::{bucket}" + ("" if key is None else f"/{key}")
        why = judge(statements, action, resource, {"aws:ResourceAccount": owner, **context})
        if why is None:
            return None
        if owner != account:  # more is told within an account, or an organization
            return "Access Denied"
        return f"User: arn:aws:sts::{account}:assumed-role/{name}/{principal['task']} is not " \
               f'authorized to perform: {action} on resource: "{resource}" {why}'


def refuse(request, start_response, message):
    """S3's 403."""
    escaped = message.replace("&", "&amp;").replace("<", "&lt;")
    body = b"" if request.method == "HEAD" else (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>'
        f"<Message>{escaped}</Message><RequestId>RIGHTS</RequestId>"
        "<HostId>local</HostId></Error>").encode()
    start_response("403 Forbidden", [
        ("Content-Type", "application/xml"), ("Content-Length", str(len(body))),
        ("x-amz-request-id", "RIGHTS"), ("x-amz-bucket-region", "us-east-1")])
    return [body]
