"""Options of objects: each copies one object in one piece and one in parts, on each server.

The two copies must have the same headers: those of their sources, but for what the option asks for.
TABLE says what is asked for, what has to come of it, and which servers know it; docs/s3-semantics.md
has the same table, and a test compares the two. `python3 test_object_options.py` prints it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import tempfile
import unittest
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import copyout, s3util, servers
from lib.jobs import FOLDER, Job
from lib.s3util import MIN_PART, Spec
import quirk_options  # lib.servers knows where it lies
from quirk_options import Options

SERVERS = ("moto", "rgw", "swift", "fake")
ALL = SERVERS
SSE = "x-amz-server-side-encryption"
KEY, SOURCE_KEY = b"k" * 32, b"s" * 32
OWNER, OTHER = "111111111111", "222222222222"
GRANT = "http://acs.amazonaws.com/groups/global/AllUsers"


def md5_of(key: bytes) -> str:
    """As S3 has it beside a key."""
    return base64.b64encode(hashlib.md5(key).digest()).decode()


@dataclass
class Row:
    """An option, and what comes of it."""

    name: str  # of the option, or the property
    options: tuple[str, ...] = ()
    # Headers of HEAD that differ from the source's: None: it is not there, "": it is, whatever it says.
    head: dict[str, str | None] = field(default_factory=dict)
    acl: tuple[str, str] | None = None  # a grant (grantee, permission) that the copy has
    servers: tuple[str, ...] = ("moto", "fake")
    source: dict = field(default_factory=dict)  # further arguments of boto3 for the sources
    head_with: dict = field(default_factory=dict)  # and for HEAD of the copies
    source_key: bytes | None = None
    # Where ETags are no digests, parts are copied one by one only where they must be: above 5 GiB.
    opaque: bool = False
    what: str = ""  # for people: what has to come of it


def _metadata(**values: str) -> str:
    return json.dumps({name.replace("_", "-"): value for name, value in values.items()})


TABLE = [
    Row("(none)", servers=ALL, what="all metadata, tags and the redirect are the source's"),
    Row("(none; the source is STANDARD_IA)", source={"StorageClass": "STANDARD_IA"},
        what="the class is the source's"),
    Row("storageClass", ("--storage-class", "STANDARD_IA"), {"x-amz-storage-class": "STANDARD_IA"},
        what="the class is that"),
    Row("sse: AES256", ("--sse", "AES256"), {SSE: "AES256"}, what="encrypted so"),
    Row("sse: aws:kms, sseKmsKeyId", ("--sse", "aws:kms", "--sse-kms-key-id", "key-1"),
        {SSE: "aws:kms", f"{SSE}-aws-kms-key-id": "key-1"}, opaque=True, servers=("fake",), what="encrypted so, with that key"),
    Row("sse: aws:kms:dsse", ("--sse", "aws:kms:dsse"), {SSE: "aws:kms:dsse"}, opaque=True, servers=("fake",),
        what="encrypted so"),
    Row("sseBucketKey", ("--sse", "aws:kms", "--sse-bucket-key"), opaque=True, head={
        SSE: "aws:kms", f"{SSE}-bucket-key-enabled": "true"}, servers=("fake",),
        what="encrypted so, with a Bucket Key"),
    Row("--sse-c-key", ("--sse-c-key", "{key}"),
        {SSE: None, f"{SSE}-customer-algorithm": "AES256", f"{SSE}-customer-key-md5": md5_of(KEY)},
        servers=("fake",), head_with={"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY},
        opaque=True, what="encrypted by SSE-C, with that key"),
    Row("--source-sse-c-key", ("--source-sse-c-key", "{source_key}"), {SSE: "AES256"},
        servers=("fake",), source_key=SOURCE_KEY, opaque=True,
        what="read with that key; the copy is encrypted as its bucket has it"),
    Row("--sse-c-key, --source-sse-c-key",
        ("--sse-c-key", "{key}", "--source-sse-c-key", "{source_key}"),
        {SSE: None, f"{SSE}-customer-algorithm": "AES256", f"{SSE}-customer-key-md5": md5_of(KEY)},
        servers=("fake",), source_key=SOURCE_KEY, opaque=True,
        head_with={"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY},
        what="read with one key, encrypted with another"),
    Row("acl", ("--acl", "public-read"), acl=(GRANT, "READ"), servers=("moto", "rgw", "fake"),
        what="the grants of that canned ACL"),
    Row("grantRead, grantFullControl", ("--grant-read", f"uri={GRANT}", "--grant-full-control", "id=dest"),
        acl=(GRANT, "READ"), servers=("moto", "rgw", "fake"), what="these grants"),
    Row("expectedSourceOwner, expectedDestinationOwner",
        ("--expected-source-owner", OWNER, "--expected-destination-owner", OTHER), servers=ALL,
        what="copied where the buckets are theirs; each request names the owner of its bucket"),
    Row("requesterPays", ("--requester-pays",), servers=ALL,
        what="copied from and to buckets that ask for it"),
    Row("metadata", ("--metadata", _metadata(Content_Type="text/new", x_amz_meta_sample="new",
                                             x_amz_meta_added="1")),
        {"content-type": "text/new", "x-amz-meta-sample": "new", "x-amz-meta-added": "1"},
        servers=ALL, what="the source's, with these added or in their place"),
    Row("metadata, metadataMode: replace",
        ("--metadata-mode", "replace", "--metadata", _metadata(Content_Type="text/new",
                                                               x_amz_meta_only="1")),
        {"content-type": "text/new", "x-amz-meta-only": "1", "x-amz-meta-*": None,
         **dict.fromkeys(("cache-control", "content-disposition", "content-encoding",
                          "content-language", "expires"))},
        servers=ALL, what="these, and none of the source's"),
    Row("metadata, metadataMode: keep",
        ("--metadata-mode", "keep", "--metadata", _metadata(Content_Type="text/new")), servers=ALL,
        what="the source's"),
    Row("checksumAlgorithm: SHA256", ("--checksum-algorithm", "SHA256"),
        {"x-amz-checksum-sha256": ""}, what="a checksum of that kind: of the object, or of its parts"),
    Row("checksumAlgorithm: CRC64NVME", ("--checksum-algorithm", "CRC64NVME"),
        {"x-amz-checksum-crc64nvme": ""}, servers=("fake",), what="a checksum of that kind, of the object"),
    Row("sourceNoSignRequest", ("--source-no-sign-request",), servers=("rgw", "fake"),
        what="sources are looked at without a signature, and copied with one"),
]


def markdown() -> str:
    """TABLE, as docs/s3-semantics.md has it."""
    lines = ["| option | what a copy has then, in one piece and in parts | " + " | ".join(SERVERS) + " |",
             "|---|---|" + "---|" * len(SERVERS)]
    for row in TABLE:
        name = row.name if row.name.startswith("(") else f"`{row.name}`"
        lines.append(f"| {name} | {row.what} | "
                     + " | ".join("tested" if server in row.servers else "–" for server in SERVERS) + " |")
    return "\n".join(lines) + "\n"


def told_by(head: dict) -> dict[str, str]:
    """The headers of HEAD that are an object's own."""
    return {name: value for name, value in head["ResponseMetadata"]["HTTPHeaders"].items()
            if name in s3util.COPIED_HEADERS or name.startswith(("x-amz-meta-", SSE))
            or name in ("x-amz-storage-class", "x-amz-tagging-count", "content-length")}


class Case(unittest.TestCase):
    """What both kinds of test need."""

    def start(self, kind: str, **how) -> servers.Server:
        """A server by its name; the fake is this test's own."""
        if kind != "fake":
            return servers.get(kind)
        self.strict = Options(**how)
        return servers.quirk(self, self.strict)

    def keys(self) -> dict[str, str]:
        """Files with the keys: one of 32 bytes, one of their base64."""
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        Path(scratch.name, "key").write_bytes(KEY)
        Path(scratch.name, "source_key").write_bytes(base64.b64encode(SOURCE_KEY) + b"\n")
        return {name: str(Path(scratch.name, name)) for name in ("key", "source_key")}

    def job(self, server: servers.Server, row: Row) -> Job:
        """Two sources that have all that an object can have."""
        rest = {**row.source}
        if row.source_key:
            rest |= {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": row.source_key}
        tags = {} if server.kind == "swift" else s3util.ALL_TAGS
        job = Job(self, server)
        self.add(job, "one", rest, tags, None)
        if row.opaque:
            self.add_large(job, row, tags)
        else:
            self.add(job, "parts", rest, tags, [MIN_PART, 1])
        job.list(["one", "parts"])
        return job

    def add_large(self, job: Job, row: Row, tags: dict) -> None:
        """Declare an object of 6 GiB that was made in one piece of 48 parts."""
        names = {"ContentType": "content-type", "CacheControl": "cache-control", "Expires": "expires",
                 "ContentDisposition": "content-disposition", "ContentEncoding": "content-encoding",
                 "ContentLanguage": "content-language"}
        headers = {names[name]: value for name, value in s3util.ALL_HEADERS.items()}
        headers |= {f"x-amz-meta-{name}": value for name, value in s3util.ALL_METADATA.items()}
        job.server.backend.add(job.src, "parts", size=6 << 30, part_size=128 << 20, headers=headers, tags=tags)
        if row.source_key:
            self.strict.encrypt(job.src, "parts", md5_of(row.source_key))

    def add(self, job: Job, key: str, rest: dict, tags: dict, parts: list[int] | None) -> None:
        """Make a source; under SSE-C one in one piece."""
        spec = Spec(key, 1000, parts, dict(s3util.ALL_HEADERS), dict(s3util.ALL_METADATA), tags)
        customer = {name: value for name, value in rest.items() if name.startswith("SSE")}
        reader = "dest" if job.server.features.rights else None
        where = {"Bucket": job.src, "Key": key}
        if not customer:
            spec.headers |= rest
            s3util.make_objects(job.source, job.src, [spec], reader=reader)
            return
        body, what = spec.body(), {**spec.headers, "Metadata": spec.metadata, **rest}
        job.source.put_object(**where, **what, Body=body)
        s3util.put_tags(job.source, job.src, key, tags)


class Table(Case):
    """Each row of TABLE, on each server that knows it."""

    def test_table(self) -> None:
        """One object below the multipart threshold and one above it."""
        for row in TABLE:
            for kind in row.servers:
                with self.subTest(row.name, server=kind):
                    self.check(row, kind)

    def check(self, row: Row, kind: str) -> None:
        """Copy both, and compare."""
        server = self.start(kind)
        job = self.job(server, row)
        if kind == "fake":
            self.settle(job, row)
        elif row.name == "sourceNoSignRequest":
            self.publish(job)
        files = self.keys()
        result = job.run(*(option.format(**files) if option.startswith("{k") or option.startswith("{s")
                           else option for option in row.options))
        result.expect(0)
        source_with = {"SSECustomerAlgorithm": "AES256",
                       "SSECustomerKey": row.source_key} if row.source_key else {}
        for key in ("one", "parts"):
            found = job.result(key)
            self.assertEqual(found["status"], "COPIED", found)
            if not row.opaque:
                self.assertEqual(found["verified"], "etag", found)
            self.compare(job, row, key, source_with)
        ops = {request.op for request in job.proxy.requests()}
        self.assertLessEqual({"CopyObject", "UploadPartCopy"}, ops)
        self.assertNotIn(KEY.decode(), result.stdout + result.stderr)
        self.assert_no_key(job)

    def settle(self, job: Job, row: Row) -> None:
        """Have the fake ask for what the row gives."""
        if "owner" in row.name.lower():
            self.strict.owners = {job.src: OWNER, job.dst: OTHER}
        if row.name == "sourceNoSignRequest":
            self.strict.public = {job.src}
        if row.name == "requesterPays":
            self.strict.payers = {job.src, job.dst}
        if row.opaque:
            quirk_options.opaque_etags(job.server.backend, job.dst)

    @staticmethod
    def publish(job: Job) -> None:
        """Let everybody read the sources."""
        read = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{job.src}", f"arn:aws:s3:::{job.src}/*"]}
        tags = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObjectTagging"],
                "Resource": [f"arn:aws:s3:::{job.src}/*"]}
        job.source.put_bucket_policy(Bucket=job.src, Policy=json.dumps(
            {"Version": "2012-10-17", "Statement": [read, tags]}))

    def compare(self, job: Job, row: Row, key: str, source_with: dict) -> None:
        """Header by header."""
        if job.server.kind == "quirk":
            self.strict.payers, self.strict.owners = set(), {}
        before = told_by(job.source.head_object(Bucket=job.src, Key=key, **source_with))
        copy = {"Bucket": job.dst, "Key": FOLDER + key}
        head = job.dest.head_object(**copy, **row.head_with, ChecksumMode="ENABLED")
        after = told_by(head)
        wanted = {name: value for name, value in before.items() if not name.startswith(SSE)}
        for name, value in row.head.items():
            if name.endswith("*"):
                wanted = {one: told for one, told in wanted.items()
                          if not one.startswith(name[:-1]) or one in row.head}
            elif value == "":
                self.assertIn(name, head["ResponseMetadata"]["HTTPHeaders"])
            elif value is None:
                wanted.pop(name, None)
            else:
                wanted[name] = value
        if not any(name.startswith(SSE) for name in row.head):
            after = {name: value for name, value in after.items() if not name.startswith(SSE)}
        self.assertEqual(after, wanted, key)
        if row.acl:
            self.assertIn(row.acl, self.grants(job, row, key))

    def grants(self, job: Job, row: Row, key: str) -> list[tuple[str, str]]:
        """The ACL of a copy: [(grantee, permission)]."""
        if job.server.kind == "quirk":
            asked = self.strict.made[job.dst, FOLDER + key].acl
            self.assertEqual(asked, {option.removeprefix("--"): value for option, value in
                                     zip(row.options[::2], row.options[1::2])})
            return [row.acl]
        told = job.dest.get_object_acl(Bucket=job.dst, Key=FOLDER + key)["Grants"]
        return [(one["Grantee"].get("URI") or one["Grantee"].get("ID"), one["Permission"]) for one in told]

    def assert_no_key(self, job: Job) -> None:
        """No file of the work store, and no report, holds a key."""
        for file in job.work.rglob("*"):
            text = file.read_bytes() if file.is_file() else b""
            for key in (KEY, SOURCE_KEY):
                self.assertNotIn(key, text, file)
                self.assertNotIn(base64.b64encode(key), text, file)

    def test_docs(self) -> None:
        """docs/s3-semantics.md has this table."""
        text = (servers.REPOSITORY / "docs" / "s3-semantics.md").read_text()
        self.assertIn(markdown(), text, "run tests/integration/test_object_options.py and put in what it prints")


class Lines(Case):
    """Options of a line of copy instructions, over those of the job."""

    def copy(self, lines: list[dict], *options: str, code: int = 0) -> Job:
        """Copy the two sources; a line for each."""
        job = self.job(self.start("fake"), Row(""))
        job.manifest = job.folder / "list.jsonl"
        job.manifest.write_text("".join(
            json.dumps({"sourceBucket": job.src, "sourceKey": key, **line}) + "\n"
            for key, line in zip(("one", "parts"), lines)))
        self.told = job.run(*options).expect(code)
        return job

    def test_each(self) -> None:
        """What a line does not say, the job does."""
        job = self.copy([{"storageClass": "ONEZONE_IA", "metadata": {"x-amz-meta-line": "1"}},
                         {"metadataMode": "keep", "sourceNoSignRequest": False}],
                        "--storage-class", "STANDARD_IA", "--metadata", _metadata(x_amz_meta_job="1"))
        for key, storage, added in (("one", "ONEZONE_IA", "line"), ("parts", "STANDARD_IA", None)):
            head = job.dest.head_object(Bucket=job.dst, Key=FOLDER + key)
            self.assertEqual(head["StorageClass"], storage)
            self.assertEqual(head["Metadata"], {**s3util.ALL_METADATA, **({added: "1"} if added else {})})

    def test_owners(self) -> None:
        """A line's owner stands in the requests of its object alone."""
        job = self.copy([{"expectedSourceOwner": OWNER}, {}], "--look", "head")
        for op, header in (("HeadObject", "x-amz-expected-bucket-owner"),
                           ("CopyObject", "x-amz-source-expected-bucket-owner"),
                           ("UploadPartCopy", "x-amz-source-expected-bucket-owner")):
            for request in job.proxy.requests(op):
                if request.bucket == job.src or op != "HeadObject":
                    self.assertEqual(request.headers.get(header),
                                     OWNER if request.key.endswith("one") else None, op)

    def test_do_not_go_together(self) -> None:
        """A canned ACL of the job, and a grant of the line."""
        self.copy([{"grantRead": "id=a"}, {}], "--acl", "private", code=2)
        self.assertIn("S3 takes a canned ACL or grants", self.told.stdout + self.told.stderr)


class Refused(Case):
    """What must not work."""

    def fake(self, **how) -> Job:
        """Two sources on the strict fake."""
        return self.job(self.start("fake", **how), Row(""))

    def test_wrong_source_owner(self) -> None:
        """S3 refuses each object."""
        job = self.fake()
        self.strict.owners = {job.src: OWNER}
        job.run("--expected-source-owner", OTHER).expect(1)
        for key in ("one", "parts"):
            self.assertEqual(job.result(key)["error"]["code"], "AccessDenied")
        self.assertEqual(job.proxy.requests("CopyObject"), [])

    def test_wrong_destination_owner(self) -> None:
        """The start marker is refused, and nothing is copied."""
        job = self.fake()
        self.strict.owners = {job.dst: OWNER}
        result = job.run("--expected-destination-owner", OTHER).expect(3)
        self.assertIn("AccessDenied", result.stdout + result.stderr)

    def test_each_request_names_its_owner(self) -> None:
        """Source and destination have two."""
        job = self.fake()
        job.run("--expected-source-owner", OWNER, "--expected-destination-owner", OTHER).expect(0)
        for request in job.proxy.requests():
            with self.subTest(request.op, bucket=request.bucket):
                wanted = OWNER if request.bucket == job.src else OTHER
                self.assertEqual(request.headers.get("x-amz-expected-bucket-owner"), wanted)
                if "x-amz-copy-source" in request.headers:
                    self.assertEqual(request.headers.get("x-amz-source-expected-bucket-owner"), OWNER)

    def test_payer_not_offered(self) -> None:
        """A Requester Pays bucket refuses."""
        job = self.fake()
        self.strict.payers = {job.src}
        job.run().expect(1)
        self.assertEqual(job.result("one")["status"], "FAILED")

    def test_anonymous_copy(self) -> None:
        """A public source that only its readers without credentials may read."""
        job = self.fake()
        self.strict.public = self.strict.only_public = {job.src}
        job.run("--source-no-sign-request").expect(1)
        for key in ("one", "parts"):
            error = job.result(key)["error"]
            self.assertEqual(error["code"], "AccessDenied")
            self.assertIn("S3 copies server side for signed requests only", error["message"])
        for request in job.proxy.requests():
            self.assertEqual("authorization" in request.headers,
                             request.bucket != job.src, request.op)

    def test_wrong_key(self) -> None:
        """A source under another key."""
        job = self.job(self.start("fake"), Row("", source_key=KEY, opaque=True))
        job.run("--source-sse-c-key", self.keys()["source_key"]).expect(1)
        self.assertEqual(job.result("one")["status"], "FAILED")

    def test_some_sources_need_the_key(self) -> None:
        """Of one list; each look, by listing or by HEAD, ends with the same copies."""
        for look in ("auto", "head"):
            with self.subTest(look=look):
                job = self.job(self.start("fake"), Row("", source_key=SOURCE_KEY, opaque=True))
                job.put_source(Spec("plain", size=7), Spec("parts, plain", parts=[MIN_PART, 9]))
                job.list(["one", "parts", "plain", "parts, plain"])
                told = job.run("--source-sse-c-key", self.keys()["source_key"], "--look", look,
                               "--json").expect(0).json
                self.assertEqual(told["copied"], 4)
                for key in ("one", "parts", "plain", "parts, plain"):
                    head = job.server.backend.get(job.dst, f"{FOLDER}{key}")
                    self.assertEqual(head.size, job.server.backend.get(job.src, key).size)
                with_key = {request.headers["x-amz-copy-source"] for request in job.proxy.requests()
                            if "x-amz-copy-source-server-side-encryption-customer-key" in request.headers}
                self.assertEqual(with_key, {f"{job.src}/one", f"{job.src}/parts"})

    def test_sse_that_is_passed_over(self) -> None:
        """RGW takes the header of CopyObject and encrypts nothing, which a note tells."""
        for kind, keys, notes in (("rgw", ["one"], ["sse-not-shown"]),
                                  ("moto", ["one", "parts"], None), ("fake", ["one", "parts"], None)):
            with self.subTest(kind):
                job = self.job(self.start(kind), Row(""))
                # In lines: RGW refuses the header of the start marker over plain HTTP.
                job.manifest.write_text("".join(json.dumps(
                    {"sourceBucket": job.src, "sourceKey": key, "sse": "AES256"}) + "\n" for key in keys))
                job.run().expect(0)
                for key in keys:
                    self.assertEqual(job.result(key).get("notes"), notes, key)

    def test_key_over_plain_http(self) -> None:
        """A warning, unless it stays on this machine."""
        key = self.keys()["key"]
        for endpoint, warned in (("http://s3.example.test", True), ("http://127.0.0.1:9", False),
                                 ("http://[::1]:9", False), ("https://s3.example.test", False)):
            with self.subTest(endpoint):
                result = copyout.run(["run", "--manifest", "/nonexistent.csv", "--to", "s3://dst/",
                                      "--sse-c-key", key, "--endpoint-url", endpoint]).expect(2)
                self.assertEqual(f"keys of SSE-C go to {endpoint} over plain HTTP" in result.stderr,
                                 warned, result.stderr)
                self.assertIn("/nonexistent.csv", result.stderr)

    def test_key_file(self) -> None:
        """What is no key; its bytes are told to nobody."""
        job = self.fake()
        for text in (b"", b"short secret", b"x" * 33, b"!" * 44):
            file = job.folder / "bad key"
            file.write_bytes(text)
            result = job.run("--sse-c-key", str(file)).expect(2)
            self.assertIn("the file must hold 32 bytes", result.stdout + result.stderr)
            if text:
                self.assertNotIn(text.decode(), result.stdout + result.stderr)
        job.run("--sse-c-key", str(job.folder / "absent")).expect(2)
        job.run("--sse-c-key", self.keys()["key"], "--sse", "AES256").expect(2)

    def test_keys_are_not_for_aws(self) -> None:
        """Neither in an input nor for the task of a state machine."""
        files = self.keys()
        text = json.dumps({"destinationBucket": "b", "sseCustomerKey": base64.b64encode(KEY).decode()})
        result = copyout.run(["run", text]).expect(2)
        self.assertIn("never stand in an input", result.stderr)
        self.assertNotIn(base64.b64encode(KEY).decode(), result.stderr)
        for command in ("prepare", "copy"):
            result = copyout.run([command, "--job", "s3://work/job/", "--sse-c-key", files["key"]],
                                 env={"COPYOUT_TASK_TOKEN": "token", "AWS_REGION": "us-east-1",
                                      "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}).expect(2)
            self.assertIn("not taken on AWS", result.stdout + result.stderr)
        copyout.run(["start", "--sse-c-key", files["key"]]).expect(2)

    def test_wrong_values(self) -> None:
        """Each is told by the name of its option, or of its field."""
        cases = {
            ("--storage-class", "COLD"): "storage-class",
            ("--expected-source-owner", "12"): "twelve digits",
            ("--grant-read", "somebody"): "names nobody",
            ("--metadata", "{\"x-amz-acl\":\"private\"}"): "none of metadata",
            ("--metadata", "{\"x-amz-meta-a\":\"b\\nc\"}"): "one line",
            ("--metadata", "[]"): "no JSON object",
            ("--metadata-mode", "replace"): "metadataMode: needs metadata",
            ("--sse-kms-key-id", "k"): "sseKmsKeyId: needs sse",
            ("--sse-bucket-key",): "sseBucketKey: needs sse",
            ("--acl", "private", "--grant-read", "id=x"): "not both",
        }
        for options, told in cases.items():
            with self.subTest(options):
                result = copyout.run(["run", "--manifest", "m.csv", "--to", "s3://bucket/", *options]).expect(2)
                self.assertIn(told, result.stderr)
        for name, value in (("acl", 1), ("requesterPays", "yes"), ("metadata", "x"), ("sse", "kms")):
            with self.subTest(name):
                result = copyout.run(["run", json.dumps({name: value})]).expect(2)
                self.assertIn(f"{name}: must be", result.stderr)


if __name__ == "__main__":
    print(markdown(), end="")
