#!/usr/bin/env python3
"""A throw-away s3rver: a small S3 for developers, on Node, with less of S3 than any other here.

    with S3rver() as s3rver:
        s3rver.endpoint, s3rver.users["source"]

or, in a shell, `python3 tests/servers/s3rver.py --up`.

It keeps objects as files named by their keys, checks signatures, and knows one user. The package is
named in npm/package.json; scripts/deps.sh installs it in build/s3rver.
"""

from __future__ import annotations

import os
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from procs import ServerError, Supervised, Workplace, free_ports, poll_until, supervise

REGION = "us-east-1"
USER = ("S3RVER", "S3RVER")  # the only one that it knows
PROGRAM = (Path(__file__).resolve().parents[2]
           / "build" / "s3rver" / "node_modules" / "s3rver" / "bin" / "s3rver.js")
SECONDS_TO_START = 60.0  # it takes about 0.5 s; a busy machine is another matter


class S3rver(Supervised):
    """A running s3rver."""

    script = Path(__file__).resolve()
    region = REGION
    users = {"source": USER, "dest": USER}


def start(workplace: Workplace, _options: dict) -> dict:
    """Start the server and return once it answers."""
    node = shutil.which("node")
    if not node or not PROGRAM.exists():
        what = "s3rver" if node else "Node"
        raise ServerError(f"{what} is not installed (run scripts/deps.sh test)")
    (port,) = free_ports(1)
    data = workplace.folder / "data"
    # Buckets in the path: a host name would be taken for a bucket.
    workplace.daemon("s3rver", [node, str(PROGRAM), "--directory", str(data), "--silent",
                                "--address", "127.0.0.1", "--port", str(port),
                                "--no-vhost-buckets"], {**os.environ, "NODE_OPTIONS": ""})
    endpoint = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        workplace.check()
        try:
            urllib.request.urlopen(endpoint + "/", timeout=5).close()
            return True
        except urllib.error.HTTPError:
            return True
        except (urllib.error.URLError, OSError):
            return False

    poll_until(answers, "s3rver", SECONDS_TO_START)
    return {"endpoint": endpoint, "region": REGION, "users": S3rver.users,
            "folder": str(workplace.folder)}


def exports(facts: dict) -> list[str]:
    """Lines that a shell can `eval`."""
    return [f"export AWS_ENDPOINT_URL_S3={facts['endpoint']}",
            f"export AWS_REGION={facts['region']}",
            f"export AWS_ACCESS_KEY_ID={USER[0]}",
            f"export AWS_SECRET_ACCESS_KEY={USER[1]}"]


if __name__ == "__main__":
    sys.exit(supervise("s3rver", start, exports))
