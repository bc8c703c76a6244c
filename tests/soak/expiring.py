"""Credentials that live for five seconds."""

from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from faultproxy import Answer, Request, Rule, call_before, error_body, latency
from row import Row
from world import Target, World, objects_in_parts, small_objects

LIFE = 5.0  # seconds
CLAIMS = {"says an hour": 3600, "says 5 s": 5}  # what the source says of what it gives


class Source:
    """A container's credentials, as ECS gives them: new ones for who asks when the last have
    expired."""

    def __init__(self, claim: float):
        self.claim = claim
        self.born: dict[str, float] = {}
        self.lock = threading.Lock()
        source = self

        class Handler(BaseHTTPRequestHandler):
            """One answer for every path."""

            def do_GET(self):
                body = source.document().encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.uri = f"http://127.0.0.1:{self.server.server_address[1]}/creds"

    def document(self) -> str:
        """The credentials of now."""
        with self.lock:
            now = time.time()
            last = f"AKSOAK{len(self.born):010d}"
            if last not in self.born or now - self.born[last] >= LIFE:
                last = f"AKSOAK{len(self.born) + 1:010d}"
                self.born[last] = now
            until = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                  time.gmtime(self.born[last] + self.claim))
        return json.dumps({"AccessKeyId": last, "SecretAccessKey": "not-a-secret",
                           "Token": f"token-of-{last}", "Expiration": until})

    def check(self, request: Request) -> Answer | None:
        """S3's side: a key that is too old is an error, to a HEAD one without a body."""
        found = re.search(r"Credential=([^/]+)/", request.headers.get("authorization", ""))
        born = self.born.get(found[1]) if found else None
        if born is not None and time.time() - born < LIFE:
            return None
        return Answer(400, [("Content-Type", "application/xml")],
                      error_body("ExpiredToken", "The provided token has expired."))

    def close(self) -> None:
        """End it."""
        self.server.shutdown()
        self.server.server_close()


class Expiring(Row):
    """A job that goes on for many times the life of its credentials."""

    name = "credentials"
    test = "credentials expire every 5 s"
    goal = "job completes"

    def run(self) -> None:
        specs = small_objects(self.count(1200, 160), self.dice) + objects_in_parts(False)
        self.say(f"making {len(specs)} sources")
        world = World(self, "moto", specs)
        for name, claim in CLAIMS.items():
            self.figures[name] = self.one(world, claim, name)

    def one(self, world: World, claim: float, name: str) -> dict:
        """One job with one source of credentials."""
        source = Source(claim)
        self.stack.callback(source.close)
        seconds = 40 * max(self.scale, 0.3)  # that the job is to take, at least
        wait = seconds * 4 / (3 * len(world.specs))
        proxy = world.proxy([Rule(call_before(source.check)), Rule(latency(wait, wait))])
        target: Target = world.target()
        began = time.monotonic()
        running = target.start(proxy, "--max-in-flight", "4", env={
            "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": source.uri})
        while running.process.poll() is None:
            time.sleep(0.2)
            self.progress(proxy.counts()["CopyObject"], len(world.specs),
                          f"copies ({name}, {len(source.born)} credentials)")
            if time.monotonic() - began > 300:
                running.process.kill()
        result = running.wait(10)
        took = time.monotonic() - began
        refused = sum(request.status == 400 for request in proxy.log)
        self.check(result.returncode == 0, f"{name}: {result}")
        for problem in target.problems() + target.lines_are_true():
            self.miss(f"{name}: {problem}")
        self.check(len(source.born) >= max(2, took / LIFE / 2),
                   f"{name}: {len(source.born)} credentials in {took:.0f} s: they did not expire")
        proxy.stop()
        target.close()
        return {"credentials": len(source.born), "refused requests": refused,
                "objects": len(world.specs), "seconds": round(took, 1)}

    def measured(self):
        return "; ".join(f"source {name}: {figures['objects']} copied in {figures['seconds']} s "
                         f"with {figures['credentials']} credentials, "
                         f"{figures['refused requests']} requests refused"
                         for name, figures in self.figures.items())
