"""What the image is tried against: a name server, TLS in front of a plain server, a CA."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path


def make_certificates(openssl: Callable[[list[str]], None], folder: Path, host: str) -> None:
    """ca.pem, and server.pem (key and certificate) for `host`; `openssl` runs it in `folder`."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(["req", "-x509", *key, "-days", "2", "-subj", "/CN=A CA for one test",
             "-keyout", "ca.key", "-out", "ca.pem"])
    openssl(["req", *key, "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}",
             "-keyout", "server.key", "-out", "server.csr"])
    openssl(["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2",
             "-copy_extensions", "copy", "-out", "server.crt"])
    (folder / "server.pem").write_text((folder / "server.key").read_text() +
                                       (folder / "server.crt").read_text())


@contextlib.contextmanager
def name_server(address: str, names: dict[str, str]) -> Iterator[list[str]]:
    """Answers on UDP port 53 of `address` for A records of `names`; yields the names asked for."""
    asked: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))

        def answer(query: bytes) -> bytes:
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            question = query[12:at + 5]
            name, kind = ".".join(labels).lower(), int.from_bytes(query[at + 1:at + 3], "big")
            asked.append(name)
            found = name in names and kind == 1  # A
            record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(names[name]) \
                if found else b""
            flags = b"\x81\x80" if name in names else b"\x81\x83"  # NXDOMAIN
            return (query[:2] + flags + b"\0\1" + (b"\0\1" if found else b"\0\0") + b"\0\0\0\0" +
                    question + record)

        def serve() -> None:
            while True:
                try:
                    query, client = server.recvfrom(512)
                except OSError:
                    return
                if not query:
                    return
                server.sendto(answer(query), client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield asked
        server.sendto(b"", (address, 53))
        thread.join()


@contextlib.contextmanager
def tls_front(upstream: int, certificate: Path) -> Iterator[int]:
    """TLS on a free port, which is yielded, in front of the HTTP server on port `upstream`.

    That one sees `localhost` as the host, and must close after each answer.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def request(client: ssl.SSLSocket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            data += client.recv(65536) or b"\r\n\r\n"
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        while length and len(body) < int(length[1]) and (more := client.recv(65536)):
            body += more
        return re.sub(rb"(?i)\r\nhost: [^\r]*", b"\r\nHost: localhost", head) + b"\r\n\r\n" + body

    def serve(plain: socket.socket) -> None:
        plain.settimeout(30)
        with contextlib.suppress(OSError), plain, \
                context.wrap_socket(plain, server_side=True) as client, \
                socket.create_connection(("127.0.0.1", upstream), 30) as server:
            server.sendall(request(client))
            while data := server.recv(65536):
                client.sendall(data)

    def accept() -> None:
        while True:
            try:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
