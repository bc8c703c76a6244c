"""A small evaluator of policies: whether a request that copyout sent is allowed by them.

It knows what copyout's policies are made of: Allow, actions by name, resources with `*` and the
policy variables ${*}, ${?} and ${$}, and the conditions StringEquals, StringLike and
StringLikeIfExists. A right that is in no statement is denied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote


@dataclass(frozen=True)
class Right:
    """One right that a request takes."""

    action: str
    resource: str
    context: dict = field(default_factory=dict, hash=False, compare=False)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern of a policy stands for this text."""
    if pattern == "*":
        return True
    pieces = re.split(r"(\$\{[*?$]\}|\*|\?)", pattern)
    regex = "".join({"*": ".*", "?": "."}.get(piece) or
                    re.escape(piece[2] if piece.startswith("${") else piece) for piece in pieces)
    return re.fullmatch(regex, text, re.DOTALL) is not None


def _holds(operator: str, name: str, patterns, context: dict) -> bool:
    if name not in context:
        return operator.endswith("IfExists")
    patterns = [patterns] if isinstance(patterns, str) else patterns
    if operator == "StringEquals":
        return context[name] in patterns
    if operator.startswith("StringLike"):
        return any(matches(pattern, context[name]) for pattern in patterns)
    raise AssertionError(f"a condition that the evaluator does not know: {operator}")


def allows(policy: dict, right: Right) -> bool:
    """Whether one statement of the policy gives this right."""
    for statement in policy["Statement"]:
        resources = statement["Resource"]
        resources = [resources] if isinstance(resources, str) else resources
        if (statement["Effect"] == "Allow" and right.action in statement["Action"]
                and any(matches(pattern, right.resource) for pattern in resources)
                and all(_holds(operator, name, patterns, right.context)
                        for operator, names in statement.get("Condition", {}).items()
                        for name, patterns in names.items())):
            return True
    return False


def without(policy: dict, sid: str) -> dict:
    """The policy without the statement of that name."""
    left = [statement for statement in policy["Statement"] if statement["Sid"] != sid]
    assert len(left) == len(policy["Statement"]) - 1, sid
    return {**policy, "Statement": left}


def _object(bucket: str, key: str) -> str:
    return f"arn:aws:s3:::{bucket}/{key}"


def _source(request) -> tuple[str, str]:
    """The ARN of a copy's source, and "Version" if it is a version."""
    path, _, query = request.headers["x-amz-copy-source"].partition("?")
    bucket, _, key = unquote(path).partition("/")
    return _object(bucket, key), "Version" if query else ""


# An operation on one object that takes one right of the same object (Amazon S3 API Reference).
_ONE = {
    "PutObject": "s3:PutObject", "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload", "ListParts": "s3:ListMultipartUploadParts",
    "DeleteObject": "s3:DeleteObject", "PutObjectTagging": "s3:PutObjectTagging",
    "RestoreObject": "s3:RestoreObject", "PutObjectAnnotation": "s3:PutObjectAnnotation",
}


# The rights that headers of a write take (Amazon S3 API Reference, CopyObject and CreateMultipartUpload).
_WRITTEN = {"x-amz-acl": "s3:PutObjectAcl", "x-amz-grant-read": "s3:PutObjectAcl",
            "x-amz-object-lock-mode": "s3:PutObjectRetention",
            "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold"}


def locks_of(request) -> list[Right]:
    """The rights without which HeadObject shows nothing of Object Lock, of a source that is kept."""
    at = _object(request.bucket, request.key)
    return [Right(action, at) for action in ("s3:GetObjectRetention", "s3:GetObjectLegalHold")
            if request.op == "HeadObject"]


def rights_of(request, has_tags, annotations: bool = False) -> list[Right]:
    """The rights that S3 asks for a request of the proxy's log. has_tags: of a source's ARN.

    annotations: also those of a CopyObject that takes annotations along, which is refused without
    them, and is then sent again without annotations.
    """
    at = _object(request.bucket, request.key)
    version = "Version" if "versionId" in request.query else ""
    if request.op in _ONE:
        given = "x-amz-acl" in request.headers  # of the marker and the report
        return [Right(_ONE[request.op], at)] + [Right("s3:PutObjectAcl", at)] * given
    if request.op in ("HeadObject", "GetObject"):
        return [Right(f"s3:GetObject{version}", at)]
    if request.op == "GetObjectAnnotation":
        return [Right(f"s3:GetObject{version}Annotation", at)]
    if request.op == "ListObjectAnnotations":
        return [Right(f"s3:ListObject{version}Annotations", at)]
    if request.op == "GetObjectTagging":
        return [Right(f"s3:GetObject{version}Tagging", at)]
    if request.op == "HeadBucket":
        return []  # a refusal tells the region as well, which is all that is asked for
    if request.op == "ListObjectsV2":
        return [Right("s3:ListBucket", f"arn:aws:s3:::{request.bucket}",
                      {"s3:prefix": unquote(request.query.get("prefix", ""))})]
    if request.op == "ListMultipartUploads":
        return [Right("s3:ListBucketMultipartUploads", f"arn:aws:s3:::{request.bucket}")]
    written = [Right(action, at) for header, action in _WRITTEN.items() if header in request.headers]
    rights = [Right("s3:PutObject", at), *written]
    if request.op == "CreateMultipartUpload":
        return rights + [Right("s3:PutObjectTagging", at)] * ("x-amz-tagging" in request.headers)
    source, version = _source(request)
    rights.append(Right(f"s3:GetObject{version}", source))
    if (annotations and request.op == "CopyObject"
            and request.headers.get("x-amz-object-annotation-directive") != "EXCLUDE"):
        rights += [Right(f"s3:GetObject{version}Annotation", source),
                   Right("s3:PutObjectAnnotation", at)]
    if (request.op == "CopyObject" and has_tags(source)
            and request.headers.get("x-amz-tagging-directive") != "REPLACE"):
        rights += [Right(f"s3:GetObject{version}Tagging", source), Right("s3:PutObjectTagging", at)]
    elif request.op not in ("CopyObject", "UploadPartCopy"):
        raise AssertionError(f"a request that the evaluator does not know: {request.op}")
    return rights
