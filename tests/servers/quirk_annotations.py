"""A quirk of the fake S3 (quirk_s3.py) that knows the annotations of objects, as Amazon S3 has them.

    annotations = quirk_annotations.Annotations()
    fake = QuirkS3(annotations)
    annotations.put("src", "big", "labels", b"{}")
    annotations.withheld = {"PutObjectAnnotation"}      # 403, also to a CopyObject that needs it

CopyObject takes them along unless it is told to EXCLUDE them, which needs the rights to read and to
put them; an upload has none; an object that is written anew loses them. Names, sizes and numbers
have S3's limits (Amazon S3 User Guide, "Annotating your objects"), and a page has `page` of them.
HEAD says that the server is Amazon S3.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from quirk_s3 import Answer, S3Error, element, xml_answer

MOST, MOST_BYTES = 1000, 1 << 20
DIRECTIVE = "x-amz-object-annotation-directive"
WRITES = ("PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject")


@dataclass
class Annotations:
    """The quirk; one for each fake."""

    withheld: set[str] = field(default_factory=set)  # operations of annotations that are refused
    known: bool = True  # False: 501, as in a directory bucket
    page: int = MOST
    of: dict[tuple[str, str], dict[str, bytes]] = field(
        default_factory=lambda: defaultdict(dict))

    def put(self, bucket: str, key: str, name: str, text: bytes) -> None:
        """Give an object an annotation."""
        self.of[bucket, key][name] = text

    def __call__(self, request, proceed) -> Answer:
        own = {"ListObjectAnnotations": self._list, "GetObjectAnnotation": self._get,
               "PutObjectAnnotation": self._put}.get(request.op)
        if own:
            if not self.known:
                raise S3Error(501, "NotImplemented")
            if request.op in self.withheld:
                raise S3Error(403, "AccessDenied")
            if proceed(_look(request)).status != 200:
                raise S3Error(404, "NoSuchKey")
            return own(request, self.of[request.bucket, request.key], proceed)
        taken = self._taken(request)
        answer = proceed(request)
        if request.op in WRITES and answer.status // 100 == 2 and b"<Error>" not in answer.body:
            self.of[request.bucket, request.key] = taken
        if request.op == "HeadObject":
            answer.set("Server", "AmazonS3")
        return answer

    def _taken(self, request) -> dict[str, bytes]:
        """What a CopyObject takes along."""
        if request.op != "CopyObject" or request.headers.get(DIRECTIVE) == "EXCLUDE":
            return {}
        if self.withheld & {"GetObjectAnnotation", "PutObjectAnnotation"}:
            raise S3Error(403, "AccessDenied")
        path = request.headers["x-amz-copy-source"].partition("?")[0].removeprefix("/")
        bucket, _, key = unquote_to_bytes(path).decode(errors="surrogateescape").partition("/")
        return dict(self.of[bucket, key])

    def _list(self, request, there: dict[str, bytes], _proceed) -> Answer:
        most = int(request.query.get("max-annotation-results", MOST))
        if not 1 <= most <= MOST:
            raise S3Error(400, "InvalidArgument")
        after = request.query.get("continuation-token", "")
        names = [name for name in sorted(there) if name > after]
        page = names[:min(most, self.page)]
        rows = ["<AnnotationEntry>" + element("AnnotationName", name)
                + element("ETag", f'"{hashlib.md5(there[name]).hexdigest()}"')
                + element("LastModified", "2026-06-16T00:00:00.000Z")
                + element("Size", len(there[name])) + "</AnnotationEntry>" for name in page]
        return xml_answer("ListObjectAnnotationsOutput", f"<Annotations>{''.join(rows)}</Annotations>",
                          element("Bucket", request.bucket), element("Key", request.key),
                          element("AnnotationCount", len(page)),
                          element("NextContinuationToken", page[-1])
                          if len(page) < len(names) else "")

    @staticmethod
    def _get(request, there: dict[str, bytes], _proceed) -> Answer:
        text = there.get(request.query["annotationName"])
        if text is None:
            raise S3Error(404, "NoSuchAnnotation")
        return Answer(200, [("ETag", f'"{hashlib.md5(text).hexdigest()}"')], text)

    @staticmethod
    def _put(request, there: dict[str, bytes], proceed) -> Answer:
        name, wanted = request.query["annotationName"], request.headers.get("x-amz-object-if-match")
        etag = dict(proceed(_look(request)).headers)["ETag"]
        if wanted is not None and wanted != etag:
            raise S3Error(412, "PreconditionFailed")
        if not re.fullmatch(r"[\w.-]+", name) or re.match("aws|s3", name, re.IGNORECASE):
            raise S3Error(400, "InvalidAnnotationName")
        if len(name.encode()) > 512:
            raise S3Error(400, "AnnotationNameTooLong")
        if not 0 < len(request.body) <= MOST_BYTES:
            raise S3Error(400, "EntityTooSmall" if not request.body else "InvalidRequest")
        if name not in there and len(there) == MOST:
            raise S3Error(400, "AnnotationLimitExceeded")
        there[name] = request.body
        return xml_answer("PutObjectAnnotationOutput", element("Key", request.key),
                          element("AnnotationName", name))


def _look(request):
    """The HeadObject of the object that a request is about."""
    return type(request)(**{**vars(request), "op": "HeadObject", "query": {
        name: value for name, value in request.query.items() if name == "versionId"}})
