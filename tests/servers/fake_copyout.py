"""Stands in for `copyout prepare`, `copy` and `report` in the tests of the local AWS.

It does what its input says, with nothing but Python's own library (boto3 takes half a second to
import). The input of an execution:

    {"shards": [DO, ...], "copyConcurrency": 10, "prepare": DO}

A DO is an object: `seconds` (how long it takes), `heartbeat` (seconds between heartbeats),
`fail` ([error, cause]: the answer), `exit` (end with this code, without an answer), `memory` (MiB
to fill), `attempts` (do the above only in the first so many attempts; after them, succeed),
`stubborn` (ignore SIGTERM), `until` (a file: with heartbeats, wait until it is there).
"""

import http.client
import json
import os
import signal
import sys
import time
from urllib.parse import quote, urlsplit

ENV = os.environ


def call(url, method, path, body=b"", headers=None):
    """One HTTP request: status and body."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    status, data = answer.status, answer.read()
    connection.close()
    return status, data


def credentials():
    """As the AWS SDKs do it in a container."""
    url = ENV["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    status, body = call(url, "GET", urlsplit(url).path, headers={
        "Authorization": ENV["AWS_CONTAINER_AUTHORIZATION_TOKEN"]})
    assert status == 200, body
    return json.loads(body)


KEY = credentials()["AccessKeyId"]


def aws(service, method, path, body=b"", headers=None):
    """A request to AWS. Nobody looks at the signature."""
    scope = f"{KEY}/20260101/{ENV['AWS_REGION']}/{service}/aws4_request"
    endpoint = ENV["AWS_ENDPOINT_URL_SFN" if service == "states" else "AWS_ENDPOINT_URL"]
    return call(endpoint, method, path, body, {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        **(headers or {})})


def answer(action, **fields):
    """SendTask…: whether it was taken."""
    status, body = aws("states", "POST", "/", json.dumps({
        "taskToken": ENV["COPYOUT_TASK_TOKEN"], **fields}).encode(), {
            "X-Amz-Target": f"AWSStepFunctions.{action}",
            "Content-Type": "application/x-amz-json-1.0"})
    print(action, status, body.decode(), flush=True)
    return status == 200


def store(name):
    """The path of an object of the job's."""
    return "/" + quote(ENV["COPYOUT_JOB"].removeprefix("s3://") + name)


def put(name, value):
    """Write an object of the job's."""
    status, body = aws("s3", "PUT", store(name), json.dumps(value).encode())
    assert status == 200, body


def get(name, otherwise=None):
    """Read one."""
    status, body = aws("s3", "GET", store(name))
    return json.loads(body) if status == 200 else otherwise


def behave(do, name):
    """Whether it ended well; it may not return at all."""
    attempt = get(f"attempts/{name}", 0) + 1
    put(f"attempts/{name}", attempt)
    if attempt > do.get("attempts", 1 << 30):
        return True
    if do.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    filled = b"x" * (do.get("memory", 0) << 20)
    while "until" in do and not os.path.exists(do["until"]):
        time.sleep(0.1)
        answer("SendTaskHeartbeat")
    until = time.monotonic() + do.get("seconds", 0)
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, do.get("heartbeat", left)))
        if "heartbeat" in do and not answer("SendTaskHeartbeat"):
            sys.exit(0)  # given to someone else
    if "exit" in do:
        sys.exit(do["exit"])
    if "fail" in do:
        answer("SendTaskFailure", error=do["fail"][0], cause=do["fail"][1])
        return False
    del filled
    return True


def terminated(*_):
    """Spot takes the machine back."""
    answer("SendTaskFailure", error="SpotInterrupted", cause="the machine was taken back")
    sys.exit(143)


def main():
    """One of the three commands."""
    signal.signal(signal.SIGTERM, terminated)
    if sys.argv[1] == "prepare":
        job = json.loads(ENV["COPYOUT_INPUT"])
        shards = [{"id": number, "do": do} for number, do in enumerate(job.get("shards", []))]
        if behave(job.get("prepare", {}), "prepare"):
            put("shards.json", shards)
            bucket, prefix = ENV["COPYOUT_JOB"].removeprefix("s3://").split("/", 1)
            answer("SendTaskSuccess", output=json.dumps({
                "shards": len(shards), "workBucket": bucket, "shardsKey": f"{prefix}shards.json",
                "copyConcurrency": job.get("copyConcurrency", 10)}))
    elif sys.argv[1] == "copy":
        shard = json.loads(ENV["COPYOUT_SHARD"])
        if behave(shard["do"], str(shard["id"])):
            put(f"results/{shard['id']}", {})
            answer("SendTaskSuccess", output="{}")
    else:
        shards = get("shards.json")
        missing = [shard for shard in shards if get(f"results/{shard['id']}") is None]
        answer("SendTaskSuccess", output=json.dumps({
            "complete": not missing, "cause": f"{len(missing)} of {len(shards)} missing"}))


if __name__ == "__main__":
    main()
