"""Run moto's server with the few corrections that let it stand in for AWS S3.

    python3 moto_launch.py PORT

It runs in the Python that has moto (moto.py finds that one). Each patch says what moto 5.2.1 does
without it; README.md lists them. A moto that is built differently fails here, at once and loudly,
rather than in a test that then means something else.
"""

import datetime
import logging
import sys
import time
from urllib.parse import parse_qs, unquote, urlparse

import moto.backends
from moto.moto_server import utilities
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.exceptions import MissingKey, NoSuchUpload, PreconditionFailed, S3ClientError
from moto.s3.models import FakeMultipart, S3Backend
from moto.s3.responses import S3Response
from werkzeug.serving import run_simple


def let_keys_hold_newlines():
    """moto's URL patterns say `.+`, which stops at a newline: such a key is 404."""
    init = utilities.RegexConverter.__init__

    def patched(self, url_map, *items):
        init(self, url_map, *items)
        self.regex = f"(?s:{self.regex})"

    utilities.RegexConverter.__init__ = patched


class RestoreAlreadyInProgress(S3ClientError):
    """S3 restores an object once at a time."""

    code = 409

    def __init__(self):
        super().__init__("RestoreAlreadyInProgress", "Object restore is already in progress")


def let_restores_take_time():
    """moto says of an object that it is restored from the moment that this was asked for, whatever
    its state manager is told (s3::keyrestore), until the object's age is the time that a restore
    takes; and it takes a second request meanwhile, which S3 answers with 409.
    """
    original = S3Backend.restore_object

    def restore_object(self, bucket_name, key_name, days, type_):
        key = self.get_object(bucket_name, key_name)
        if key and key.expiry_date and key.status == "IN_PROGRESS":
            raise RestoreAlreadyInProgress()
        if key and not key.expiry_date:
            key.status = "IN_PROGRESS"
            key._time_progressed = datetime.datetime.now()
        return original(self, bucket_name, key_name, days, type_)

    S3Backend.restore_object = restore_object


def answer_part_numbers_as_s3():
    """HEAD ?partNumber=N: moto answers with the part's own ETag and without any metadata.

    S3 answers 206 with everything that it says about the object, and only the length is the
    part's. A number beyond the last part is 416 (moto: an HTML page with status 500).
    """
    original = S3Response.head_object

    def head_object(self, bucket_name, query, key_name, headers):
        query = dict(query)
        number = int(query.pop("partNumber", ["0"])[0])
        status, answer, body = original(self, bucket_name, query, key_name, headers)
        if not number or status != 200:
            return status, answer, body
        version = query.get("versionId", [None])[0]
        key = self.backend.head_object(bucket_name, key_name, version_id=version)
        # A copy made by CopyObject is one piece, though moto keeps the source's parts with it.
        parts = key.multipart if key.multipart and "-" in key.etag else None
        sizes = [parts.parts[name].size for name in parts.partlist] if parts else [key.size]
        if number > len(sizes):
            return 416, {}, ""
        start, size = sum(sizes[:number - 1]), sizes[number - 1]
        answer["content-length"] = str(size)
        if size:
            answer["Content-Range"] = f"bytes {start}-{start + size - 1}/{key.size}"
        if parts:
            answer["x-amz-mp-parts-count"] = str(len(sizes))
        return 206, answer, body

    S3Response.head_object = head_object


def enforce_conditions():
    """Copies ignore x-amz-copy-source-if-match and If-None-Match: *.

    Where the source is missing, UploadPartCopy answers 404 without a body.
    """

    def source_of(self):
        source = urlparse(self.headers["x-amz-copy-source"])
        bucket, name = unquote(source.path).removeprefix("/").split("/", 1)
        version = parse_qs(source.query).get("versionId", [None])[0]
        return name, self.backend.get_object(bucket, name, version_id=version)

    def check_source(self):
        name, key = source_of(self)
        if key is None:
            raise MissingKey(key=name)
        wanted = self.headers.get("x-amz-copy-source-if-match")
        if wanted and wanted.strip('"') != key.etag.strip('"'):
            raise PreconditionFailed(failed_condition="x-amz-copy-source-If-Match")

    def check_absent(self):
        if self.headers.get("If-None-Match") == "*" and self.backend.get_object(
                self.bucket_name, self.parse_key_name()):
            raise PreconditionFailed(failed_condition="If-None-Match")

    def before(name, *checks):
        original = getattr(S3Response, name)

        def checked(self, *args, **kwargs):
            for check in checks:
                check(self)
            return original(self, *args, **kwargs)

        setattr(S3Response, name, checked)

    before("copy_object", check_source, check_absent)
    before("upload_part_copy", check_source)


def miss_unknown_uploads():
    """Where the upload is unknown, moto answers 500 with an HTML page."""

    def checked(name):
        original = getattr(S3Backend, name)

        def method(self, bucket_name, multipart_id, *args, **kwargs):
            if multipart_id not in self.get_bucket(bucket_name).multiparts:
                raise NoSuchUpload(upload_id=multipart_id)
            return original(self, bucket_name, multipart_id, *args, **kwargs)

        setattr(S3Backend, name, method)

    for name in ("upload_part", "upload_part_copy", "complete_multipart_upload"):
        checked(name)


def date_uploads():
    """ListMultipartUploads says of every upload that it was begun in 2010."""
    init, original = FakeMultipart.__init__, S3Response.list_multipart_uploads

    def begun(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self.initiated = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())

    def dated(self):
        uploads = self.backend.list_multipart_uploads(self.bucket_name)
        serialized = self.serialized

        def with_dates(answer):
            for upload in answer.result["Uploads"]:
                upload["Initiated"] = uploads[upload["UploadId"]].initiated
            return serialized(answer)

        self.serialized = with_dates
        return original(self)

    FakeMultipart.__init__, S3Response.list_multipart_uploads = begun, dated


def list_modules_once():
    """moto looks at each of its 180 folders on disk for every request: half of all its time."""
    modules = list(moto.backends.list_of_moto_modules())
    moto.backends.list_of_moto_modules = lambda: modules


def main():
    """Serve until killed."""
    let_keys_hold_newlines()
    let_restores_take_time()
    answer_part_numbers_as_s3()
    enforce_conditions()
    miss_unknown_uploads()
    date_uploads()
    list_modules_once()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line per request costs time
    app = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True)


if __name__ == "__main__":
    main()
