#!/usr/bin/env python3
"""STS, a container's credentials and EC2 instance metadata for tests, on one port of 127.0.0.1.

Prints the port, and ends when its standard input does. What it does is in what is asked for: the last
part of a role's ARN, or the first part of a path. A signed STS request is checked as AWS does it.
"""
import hashlib
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

SECRETS = {"AKBASE": ("hushhush-base", None)}  # access key: (secret, session token)
COUNTS = {}
LOCK = threading.Lock()
IMDS_TOKEN = "imds-token=="


def count(what):
    with LOCK:
        COUNTS[what] = COUNTS.get(what, 0) + 1
        return COUNTS[what]


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def hmac256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signer(handler, body, region="eu-west-1"):
    """The access key of a request whose signature is right, or a complaint."""
    headers = {name.lower(): " ".join(value.split()) for name, value in handler.headers.items()}
    fields = dict(
        part.strip().split("=", 1)
        for part in headers["authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(",")
    )
    access, date, scope_region, service, end = fields["Credential"].split("/")
    if access not in SECRETS:
        return None, f"unknown key {access}"
    if (scope_region, service, end) != (region, "sts", "aws4_request"):
        return None, f"wrong scope {fields['Credential']}"
    secret, token = SECRETS[access]
    if headers.get("x-amz-security-token") != token:
        return None, "wrong session token"
    signed = fields["SignedHeaders"].split(";")
    if not {"host", "x-amz-date", "content-type"} <= set(signed):
        return None, f"not all signed: {signed}"
    if token and "x-amz-security-token" not in signed:
        return None, "the token is not signed"
    canonical = "\n".join(
        [handler.command, handler.path, ""]
        + [f"{name}:{headers[name]}" for name in signed]
        + ["", ";".join(signed), sha256(body)]
    )
    scope = f"{date}/{region}/sts/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{sha256(canonical.encode())}"
    key = f"AWS4{secret}".encode()
    for part in (date, region, "sts", "aws4_request"):
        key = hmac256(key, part)
    if hmac256(key, text).hex() != fields["Signature"]:
        return None, "wrong signature"
    return access, None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answered = False  # on this connection

    def log_message(self, *args):
        pass

    def answer(self, status, text, content_type="text/plain"):
        body = text.encode()
        self.answered = True
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    # --- STS ---

    def sts_error(self, status, code, message):
        self.answer(
            status,
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
            f"<Message>{message}</Message></Error><RequestId>req-7</RequestId></ErrorResponse>",
            "text/xml",
        )

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        role = form["RoleArn"].split("/")[-1]
        if self.path != "/" or form["Version"] != "2011-06-15":
            self.sts_error(404, "InvalidAction", "no such action")
        elif form["Action"] == "AssumeRoleWithWebIdentity":
            if "Authorization" in self.headers:
                self.sts_error(400, "InvalidAction", "a web identity is not signed for")
            elif form["WebIdentityToken"] != "web.token+/=":
                self.sts_error(400, "InvalidIdentityToken", "not the token")
            else:
                self.assume(role, "web", form)
        else:
            access, complaint = signer(self, body)
            if complaint:
                self.sts_error(403, "SignatureDoesNotMatch", complaint)
            else:
                self.assume(role, access, form)

    def assume(self, role, caller, form):
        nth = count(role)
        if role == "denied":
            self.sts_error(403, "AccessDenied", "not authorized to perform sts:AssumeRole")
        elif role == "busy" and nth < 3:
            self.sts_error(503, "ServiceUnavailable", "later")
        elif role == "throttled" and nth < 2:
            self.sts_error(400, "Throttling", "Rate exceeded")
        elif role == "down":
            self.sts_error(500, "InternalFailure", f"attempt {nth}")
        elif role == "garbage":
            self.answer(200, "<html>hushhush")
        elif role == "cut":
            self.close_connection = True
        else:
            self.assumed(role, caller, form)

    def assumed(self, role, caller, form):
        access = f"ASIA.{role}.{caller}"
        known = ("ExternalId", "DurationSeconds", "RoleSessionName")
        token = "token:" + ";".join(form.get(name, "-") for name in known)
        SECRETS[access] = ("hushhush-" + role, token)
        self.answer(
            200,
            f"<{form['Action']}Response xmlns='https://sts.amazonaws.com/doc/2011-06-15/'>"
            f"<{form['Action']}Result><Credentials><AccessKeyId>{access}</AccessKeyId>"
            f"<SecretAccessKey>{SECRETS[access][0]}</SecretAccessKey>"
            f"<SessionToken>{escape(token)}</SessionToken><Expiration>{iso(3600)}</Expiration>"
            f"</Credentials></{form['Action']}Result></{form['Action']}Response>",
            "text/xml",
        )

    # --- containers, instance metadata ---

    def credentials(self, access):
        self.answer(
            200,
            json.dumps(
                {
                    "Code": "Success",
                    "AccessKeyId": access,
                    "SecretAccessKey": "hushhush",
                    "Token": "token",
                    "Expiration": iso(3600),
                }
            ),
            "application/json",
        )

    def do_PUT(self):
        ttl = self.headers.get("x-aws-ec2-metadata-token-ttl-seconds")
        if self.path == "/imds-off/latest/api/token":
            self.answer(403, "")
        elif self.path == "/imds-slow/latest/api/token":
            time.sleep(3)
            self.close_connection = True
        elif self.path.endswith("/latest/api/token") and ttl == "21600":
            self.answer(200, IMDS_TOKEN)
        else:
            self.answer(400, "")

    def do_GET(self):
        first = self.path.split("/")[1]
        if first.startswith("imds-"):
            self.instance(first, self.path.removeprefix(f"/{first}"))
        elif self.path == "/ecs-plain?x=1" and "Authorization" not in self.headers:
            self.credentials("AKECS")
        elif self.path == "/ecs-token" and self.headers.get("Authorization") == "Basic secret==":
            self.credentials("AKECSTOKEN")
        elif first == "ecs-busy":
            if count(first) < 2:
                self.answer(503, "")
            else:
                self.credentials("AKECSBUSY")
        elif first == "ecs-down":
            self.answer(500, "hushhush")
        else:
            self.answer(403, "hushhush")

    def instance(self, kind, path):
        roles = "/latest/meta-data/iam/security-credentials/"
        if self.headers.get("x-aws-ec2-metadata-token") != IMDS_TOKEN:
            self.answer(401, "")
        elif kind == "imds-closing" and self.answered:
            self.close_connection = True  # one request a connection, which no header announces
        elif kind == "imds-norole":
            self.answer(404, "")
        elif path == roles:
            self.answer(200, "the role")
        elif kind == "imds-untrusted":
            self.answer(
                200, json.dumps({"Code": "AssumeRoleUnauthorizedAccess", "Message": "no trust"})
            )
        elif path == roles + "the%20role":
            self.credentials("AKIMDS")
        else:
            self.answer(404, "")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients that hang up are part of the test


def main():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


main()
