"""nginx that answers what a plain `copyout run` sends, always the same: an S3 that is infinitely fast.

    server = CannedS3(workplace)                  # each request is written down
    server = CannedS3(workplace, faults=True)     # one request in a hundred has a fault

Every key of the bucket `canned-source` is an object of six bytes; no key of `canned-copies` is there, and
every copy into it succeeds. Listings are empty. What the server has no answer to is 501, which fails a run.
"""

from __future__ import annotations

import os

from nginx.daemon import Nginx
from procs import ServerError, Workplace, poll_until

SOURCE, COPIES = "canned-source", "canned-copies"
ETAG = "6bfa26b7b5b8d3a8f4b2f1b0a9e2a1d3"
XML = '<?xml version="1.0" encoding="UTF-8"?>'
CONF = """\
  log_format requests '$request_method $request_uri $status';
  access_log {log};
  # The mark of each operation, and the answer to it.
  map "$request_method:$http_x_amz_copy_source:$args" $operation {{
    "~^HEAD:" head;
    "~^PUT:.+:" copy;
    "~^PUT::" put;
    "~^POST::uploads" create;
    "~^POST::.*uploadId=" complete;
    "~^GET::.*list-type=2" list;
    "GET::" get;
    "~^GET::.*uploads" uploads;
    default unknown;
  }}
{faults}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    add_header x-amz-request-id $request_id always;
    add_header x-amz-bucket-region us-east-1 always;
    location = /ready {{ return 200 ready; }}
    location ~ ^/canned-source/. {{
      {fail}
      if ($operation != head) {{ return 501 '{unknown}'; }}
      add_header ETag '"{etag}"';
      add_header Last-Modified "Mon, 03 Jun 2024 10:00:00 GMT";
      add_header x-amz-request-id $request_id;
      return 200 "canned";
    }}
    location ~ ^/canned-copies/. {{
      {fail}
      if ($operation = head) {{ return 404 ""; }}
      if ($operation = get) {{ return 404 ""; }}
      if ($operation = copy) {{ return 200 '{copied}'; }}
      # The marker and the report, which may be sent in parts. 201, since nginx makes a 304 of a 200 to a
      # request with If-None-Match: *, whatever its method.
      if ($operation = create) {{ return 200 '{created}'; }}
      if ($operation = complete) {{ return 201 '{completed}'; }}
      if ($operation != put) {{ return 501 '{unknown}'; }}
      add_header ETag '"{etag}"';
      add_header x-amz-request-id $request_id;
      return 201 "";
    }}
    # The buckets themselves.
    location / {{
      if ($operation = head) {{ return 200 ""; }}
      if ($operation = list) {{ return 200 '{listed}'; }}
      if ($operation = uploads) {{ return 200 '{uploads}'; }}
      return 501 '{unknown}';
    }}
  }}
"""
# Another number for each request: whether it is one of the hundredth part, and what that one gets.
FAULTS = """\
  split_clients "$request_id" $dice {
    0.25% slow;
    0.25% error;
    0.25% reset;
    0.25% late;
    * "";
  }
  map "$dice:$operation" $fault {
    "~^slow:(head|copy)$" slow;
    "~^error:(head|copy)$" error;
    "~^reset:(head|copy)$" reset;
    "late:copy" late;
    default "";
  }
"""
FAIL = """\
if ($fault = reset) {{ return 444; }}
      if ($fault = slow) {{ return 503 '{slow}'; }}
      if ($fault = error) {{ return 500 '{error}'; }}
      if ($fault = late) {{ return 200 '{error}'; }}"""


def _error(code: str, message: str) -> str:
    return f"{XML}<Error><Code>{code}</Code><Message>{message}</Message></Error>"


ANSWERS = {
    "etag": ETAG,
    "slow": _error("SlowDown", "Please reduce."),
    "error": _error("InternalError", "Try again."),
    "unknown": _error("NotImplemented", "The canned server has no answer to this."),
    "copied": f"{XML}<CopyObjectResult><ETag>&quot;{ETAG}&quot;</ETag>"
              "<LastModified>2024-06-03T10:00:00.000Z</LastModified></CopyObjectResult>",
    "created": f"{XML}<InitiateMultipartUploadResult><Bucket>canned-copies</Bucket><Key>k</Key>"
               "<UploadId>canned</UploadId></InitiateMultipartUploadResult>",
    "completed": f"{XML}<CompleteMultipartUploadResult><ETag>&quot;{ETAG}-1&quot;</ETag>"
                 "</CompleteMultipartUploadResult>",
    "listed": f"{XML}<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>"
              "</ListBucketResult>",
    "uploads": f"{XML}<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>"
               "</ListMultipartUploadsResult>",
}


class CannedS3:
    """The server. It ends with its workplace."""

    source, copies = SOURCE, COPIES

    def __init__(self, workplace: Workplace, *, faults: bool = False, log: bool = True,
                 before: tuple[str, ...] = ()):
        """log: write the requests down, for requests(). before: a command that starts nginx with another
        priority."""
        self._log = workplace.folder / "access.log"
        self._marks = 0
        self.nginx = Nginx(workplace, CONF, before=before, log=f"{self._log} requests" if log else "off",
                           faults=FAULTS if faults else "", fail=FAIL.format(**ANSWERS) if faults else "",
                           **ANSWERS)
        self.endpoint = self.nginx.endpoint

    def rows(self, count: int):
        """(bucket, key) of `count` objects."""
        for number in range(count):
            yield SOURCE, f"sample-{number % 97:04d}/reads-{number:09d}.cram"

    def forget(self) -> None:
        """Nothing: the copies are not kept."""

    def requests(self) -> int:
        """The requests since the last call. A request is in the log when nginx has sent its answer, so a
        request of our own marks the end of them: the one worker logs it last."""
        self._marks += 1
        mark = f"GET /ready?{self._marks} 200\n"
        if not self.nginx.answers(f"/ready?{self._marks}"):
            raise ServerError("nginx does not answer any more")
        poll_until(lambda: mark in self._log.read_text(), "the access log", 20)
        lines = self._log.read_text().splitlines()
        os.truncate(self._log, 0)  # nginx appends
        return sum(" /ready" not in line for line in lines)
