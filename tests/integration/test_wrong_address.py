"""An address that is wrong: nobody there, no such name, another protocol, a redirect, no such bucket."""

from __future__ import annotations

import socket
import tempfile
import unittest
from pathlib import Path

from lib import copyout, servers
from lib.listener import Listener


class WrongAddress(unittest.TestCase):
    """Each is an error that names the address, and nothing is waited for."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        (self.folder / "list.csv").write_text("a-source,key\n")

    def says(self, endpoint: str, code: int, *words: str) -> None:
        """Run against that endpoint."""
        result = copyout.run(["run", "-m", "list.csv", "-t", "s3://a-destination/", "-w", "work",
                              "--endpoint-url", endpoint, "--region", "us-east-1"],
                             servers.get("moto"), cwd=self.folder, timeout=120).expect(code)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_refused_port(self):
        with socket.socket() as taken:  # bound and not listening: nobody else gets the port
            taken.bind(("127.0.0.1", 0))
            self.says(f"http://127.0.0.1:{taken.getsockname()[1]}", 4,
                      "is the address of --endpoint-url (AWS_ENDPOINT_URL) right, and is its server "
                      "there?")

    def test_unknown_name(self):
        """RFC 6761: no name below .invalid is ever there."""
        self.says("http://nobody.invalid", 4, "nobody.invalid",
                  "is the address of --endpoint-url (AWS_ENDPOINT_URL) right")

    def test_plain_http(self):
        """Said at once, after one connection for each of the requests that were begun."""
        plain = Listener(self)
        self.says(plain.url.replace("http:", "https:"), 4, "does not speak TLS there",
                  "http:// in place of https://?")
        self.assertEqual(plain.requests, [])

    def test_redirect(self):
        plain = Listener(self, lambda handler: (308, {"Location": "https://there.example/x"}, b""))
        self.says(plain.url, 4, "HTTP 308: the server sends every request on to "
                  "https://there.example, and copyout does not follow")
        self.assertLess(len(plain.requests), 5)

    def test_no_bucket(self):
        """The endpoint is named, since another server may be meant."""
        plain = Listener(self, lambda handler: (404 if "a-destination" in handler.path else 200, {}, b""))
        self.says(plain.url, 3, f"destination bucket a-destination does not exist at {plain.url}")


if __name__ == "__main__":
    unittest.main()
