#!/usr/bin/env python3
"""Writes sigv4_botocore.txt: random awkward requests and what botocore's signer makes of them.

Run by hand (python3 with botocore), its output is checked in: gen_sigv4_vectors.py > sigv4_botocore.txt

A record is lines of "field value", ended by an empty line. Bytes outside printable ASCII and the
backslash are \\xNN. Fields: name, method, host, path, query, header (name:value, again and again),
body, payload, region, service, double, access, secret, token, time, authorization.
"""
import calendar
import datetime
import random
import sys
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALPHABETS = [
    "abcXYZ019-._~",
    "abc/ +%?#&=:@!$'()*,;[]",
    "é\u1234\U0001F9EC a/",
    "\x01\x7f\"<>\\^`{|}ab",
]


def escape(value):
    out = []
    for byte in value.encode("utf-8") if isinstance(value, str) else value:
        out.append(chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\x{byte:02x}")
    return "".join(out)


def text(rng, most, alphabets=ALPHABETS):
    alphabet = rng.choice(alphabets)
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(0, most)))


def random_query(rng):
    parts = []
    for _ in range(rng.choice([0, 0, 1, 2, 3, 7] * 3 + [60])):
        name = quote(text(rng, 6) or "a", safe="-_.~")
        parts.append(name if rng.random() < 0.2 else f"{name}={quote(text(rng, 9), safe='-_.~')}")
    return "&".join(parts)


def random_headers(rng, s3):
    headers = {}
    for _ in range(rng.choice([0, 1, 2, 5] * 5 + [70])):
        name = rng.choice(["x-amz-meta-", "X-Amz-", "Content-", "a", "X-Amz-Meta-A-"])
        name += "".join(rng.choice("abcdEFGH-09_") for _ in range(rng.randint(1, 8)))
        value = text(rng, 20, ["abc ", " \tab", "a,b;c=d \"", "éü x"])
        if name.lower() not in {h.lower() for h in headers}:
            headers[name] = value
    if s3 and rng.random() < 0.5:
        headers["x-amz-copy-source"] = "/src-bucket/" + quote(text(rng, 30), safe="/-_.~")
    return headers


def vector(rng, number):
    s3 = rng.random() < 0.7
    service = "s3" if s3 else rng.choice(["sts", "states", "service"])
    region = rng.choice(["us-east-1", "ap-southeast-2", "cn-north-1", "us-gov-west-1"])
    host = rng.choice(["bucket.s3.amazonaws.com", "localhost:8000", "[::1]:9000", "10.0.0.1"])
    method = rng.choice(["GET", "PUT", "POST", "HEAD", "DELETE"])
    if s3:
        raw = rng.choice(["", "a/../b", "//", "./x", "dir//"]) + text(rng, 40)
        path = "/" + quote(raw, safe="/-_.~")
    else:
        path = "/" + quote(text(rng, 20, ["abc-_~", "a b+%é"]), safe="-_.~")
    query = random_query(rng)
    headers = random_headers(rng, s3)
    body = text(rng, 200).encode() if method in ("PUT", "POST") else b""
    token = None if rng.random() < 0.5 else "".join(rng.choice("AZaz09+/=") for _ in range(300))
    access = "AKIA" + "".join(rng.choice("ABCDEFGH234567") for _ in range(16))
    secret = "".join(rng.choice("AZaz09+/") for _ in range(40))
    when = datetime.datetime(2020, 1, 1) + datetime.timedelta(seconds=rng.randrange(3 * 10**8))

    url = f"http://{host}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=url, data=body, headers=dict(headers, Host=host))
    botocore.auth.get_current_datetime = lambda *a, **k: when
    signer = botocore.auth.S3SigV4Auth if s3 else botocore.auth.SigV4Auth
    signer(Credentials(access, secret, token), service, region).add_auth(request)

    fields = [("name", f"random {number}"), ("method", method), ("host", host), ("path", path)]
    fields += [("query", query)]
    fields += [("header", f"{n}:{v}") for n, v in headers.items()]
    fields += [("body", body), ("region", region), ("service", service)]
    fields += [("double", "0" if s3 else "1"), ("access", access), ("secret", secret)]
    if token:
        fields += [("token", token)]
    fields += [("time", str(calendar.timegm(when.timetuple())))]
    fields += [("authorization", request.headers["Authorization"])]
    return "".join(f"{n} {escape(v)}\n" for n, v in fields) + "\n"


def main():
    rng = random.Random(20240229)
    for number in range(150):
        sys.stdout.write(vector(rng, number))


main()
