#!/usr/bin/env python3
"""An S3 that computes its answers: a source bucket of any size, latencies, a limit on writes, and counts.

    with ComputedS3({"objects": 1_000_000, "write_ms": 20}) as fake:
        copyout.run([...], env={**fake.environment(), ...})
        fake.counts()["operations"]["CopyObject"]

or, in a shell, `python3 tests/servers/nginx/computed_s3.py --up`. It is nginx with Lua (computed_s3.lua),
which takes some 30 µs of CPU for a request.

The bucket `source` has `objects` objects, whose keys (`key(n)`, in the order of n), sizes and ETags are
computed. Of what is copied from it below the same key, in any folder of any bucket, one byte is kept, so
that second runs find their copies. All other objects (markers, reports, work stores) are kept in
memory. Every bucket is there; PUT of an object to `denied` is refused. Signatures, rights, tags and versions are not looked at; bytes of computed objects
are zeros, and no proof of their ETags. Path-style addressing only. Condition headers hold.

The same answers come by TLS, from a CA of this server's own (`ca`).
"""

from __future__ import annotations

import json
import sys
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from nginx.daemon import Nginx
from procs import ServerError, Supervised, Workplace, free_ports, supervise

REGION = "us-east-1"
USER = ("AKCOMPUTED", "not-a-secret")
MODULES = ("ndk_http_module", "ngx_http_lua_module")
DEFAULTS = {
    "objects": 1_000_000,
    "folder": 1000,  # objects in each folder of the source bucket
    "size": 4096,  # bytes of the smallest object, and
    "sizes": 10,  # how many sizes there are: size, size + 1, …
    "parts": 0,  # that each object has; 0: it was made in one piece
    "part_size": 8 << 20,
    "read_ms": 0,  # what HEAD and GET take
    "list_ms": 0,  # what listings take
    "write_ms": 0,  # what all other requests take
    "spread": 0,  # of these times: the sigma of a lognormal factor
    "writes_per_second": 0,  # that are taken; more are refused with SlowDown. 0: no limit
    "burst": 1,  # writes that are taken at once after a pause
}
CONF = """\
  access_log off;
  lua_package_path '{lua}/?.lua;;';
  client_body_in_single_buffer on;
  init_by_lua_block {{ world = require "computed_s3"; world.configure({{ {settings} }}) }}
  ssl_certificate {folder}/server.pem;
  ssl_certificate_key {folder}/server.key;
  ssl_session_cache shared:tls:1m;
  server {{
    {listen}
    location = /ready {{ return 200 ready; }}
    location /-/ {{ content_by_lua_block {{ world.administer() }} }}
    location / {{
      content_by_lua_block {{ world.answer() }}
      log_by_lua_block {{ world.done() }}
    }}
  }}
"""


def key(number: int, folder: int = DEFAULTS["folder"]) -> str:
    """The key of a computed object, below every folder that it is copied to."""
    return f"sample-{number // folder:07d}/reads-{number:09d}.cram"


class ComputedS3(Supervised):
    """A running server."""

    script = Path(__file__).resolve()
    region = REGION
    source, copies = "source", "copies"
    users = {"source": USER, "dest": USER}

    def __init__(self, options: dict | None = None, addresses: int = 1):
        """options: of DEFAULTS. addresses: of 127.0.0.1, 127.0.0.2, … that it listens on."""
        unknown = set(options or {}) - set(DEFAULTS)
        if unknown:
            raise ServerError(f"computed_s3 has no option {sorted(unknown)[0]}")
        super().__init__({"settings": options or {}, "addresses": addresses})
        self.tls_endpoint: str = self.facts["tls"]
        self.ca: str = self.facts["ca"]
        self.options = {**DEFAULTS, **(options or {})}

    def environment(self, tls: bool = False) -> dict[str, str]:
        """For the program that is to use it."""
        return {"AWS_ENDPOINT_URL_S3": self.tls_endpoint if tls else self.endpoint, "AWS_REGION": REGION,
                "AWS_ACCESS_KEY_ID": USER[0], "AWS_SECRET_ACCESS_KEY": USER[1],
                **({"AWS_CA_BUNDLE": self.ca} if tls else {})}

    def key(self, number: int) -> str:
        """The key of a source."""
        return key(number, self.options["folder"])

    def rows(self, count: int, step: int = 1):
        """(bucket, key) of `count` sources, each so many after the last."""
        for number in range(0, count * step, step):
            yield self.source, self.key(number)

    def counts(self) -> dict:
        """"operations": {name: requests}, "addresses": {address: requests}, "refused", "in flight",
        "most in flight", "open" (uploads), "copied": {the first folder of the destination: objects copied by
        CopyObject}, since the start or reset(); "first": when the first request
        came (seconds since 1970)."""
        return self._ask("counts")

    def requests(self) -> int:
        """The requests since the last call."""
        count = sum(self.counts()["operations"].values())
        self.reset()
        return count

    def reset(self) -> None:
        """Count from 0."""
        self._ask("reset")

    def forget(self) -> None:
        """Forget all copies, other objects and uploads."""
        self._ask("forget")

    def complete(self, bucket: str, prefix: str = "") -> None:
        """Every source is copied below s3://bucket/prefix."""
        self._ask("complete", bucket=bucket, prefix=prefix)

    def set(self, **settings: float) -> None:
        """Other latencies, or another limit, from now on."""
        self._ask("settings", **settings)

    def _ask(self, what: str, **asked) -> dict:
        url = f"{self.endpoint}/-/{what}?{urllib.parse.urlencode(asked)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)


def make_certificates(workplace: Workplace) -> Path:
    """A CA, and a certificate of it for the loopback addresses; the CA's file."""
    folder = workplace.folder
    ca, request, extensions = folder / "ca.pem", folder / "server.csr", folder / "extensions"
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    names = ",".join(["DNS:localhost", "DNS:s3.computed.test", *(f"IP:127.0.0.{n}" for n in range(1, 9))])
    extensions.write_text(f"subjectAltName={names}\n")
    workplace.command([*new, "-x509", "-keyout", str(folder / "ca.key"), "-out", str(ca), "-days", "7",
                       "-subj", "/CN=A throw-away CA"])
    workplace.command([*new, "-keyout", str(folder / "server.key"), "-out", str(request), "-subj",
                       "/CN=localhost"])
    workplace.command(["openssl", "x509", "-req", "-in", str(request), "-CA", str(ca), "-CAkey",
                       str(folder / "ca.key"), "-CAcreateserial", "-days", "7", "-extfile", str(extensions),
                       "-out", str(folder / "server.pem")])
    return ca


def start(workplace: Workplace, options: dict) -> dict:
    """Start the server and return once it answers."""
    ca = make_certificates(workplace)
    settings = {**DEFAULTS, **options.get("settings", {})}
    (tls,) = free_ports(1)
    addresses = [f"127.0.0.{number + 1}" for number in range(options.get("addresses", 1))]
    listen = " ".join(f"listen {address}:{{port}} backlog=4096; listen {address}:{tls} ssl backlog=4096;"
                      for address in addresses)
    nginx = Nginx(workplace, CONF.replace("{listen}", listen), modules=MODULES, level="error",
                  lua=Path(__file__).resolve().parent,
                  settings=", ".join(f"{name} = {float(value):.17g}" for name, value in settings.items()))
    return {"endpoint": nginx.endpoint, "tls": f"https://127.0.0.1:{tls}", "ca": str(ca), "region": REGION,
            "users": ComputedS3.users, "folder": str(workplace.folder)}


def exports(facts: dict) -> list[str]:
    """Lines that a shell can `eval`."""
    return [f"export AWS_ENDPOINT_URL_S3={facts['endpoint']}",
            f"export AWS_REGION={facts['region']}",
            f"export AWS_ACCESS_KEY_ID={USER[0]}",
            f"export AWS_SECRET_ACCESS_KEY={USER[1]}",
            f"# by TLS: {facts['tls']}, AWS_CA_BUNDLE={facts['ca']}"]


if __name__ == "__main__":
    sys.exit(supervise("computed-s3", start, exports))
