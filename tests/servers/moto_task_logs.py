"""The logs of tasks: CloudWatch Logs, of which moto 5.2.1 has no events of ours.

    apply(fargate)

Runs in moto's server (local_aws_launch.py). `fargate` is the address of local_fargate.py, which has
what each task wrote. All lines of a task have its start as their time, and one millisecond each.
"""

import json
import urllib.request

from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.responses import LogsResponse
from moto_patch import replace

MOST_EVENTS = 10000


def ask(address):
    """Something of local Fargate."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        return json.load(answer)


def streams_of(fargate, group):
    """The streams of a group: name and task."""
    return {task["log"]["stream"]: task for task in ask(f"{fargate}/tasks")
            if task["log"] and task["log"]["group"] == group}


def events_of(fargate, task):
    """What a task wrote, as events."""
    return [{"timestamp": int(task["started"] * 1000) + number, "message": line,
             "ingestionTime": int(task["started"] * 1000) + number}
            for number, line in enumerate(ask(f"{fargate}/tasks/{task['id']}/lines"))]


def read_streams(fargate):
    """GetLogEvents and FilterLogEvents, by what the tasks of local Fargate wrote."""

    def limit_of(response):
        limit = int(response._get_param("limit") or MOST_EVENTS)
        if not 0 < limit <= MOST_EVENTS:
            raise InvalidParameterException(msg="limit")
        return limit

    def group_of(response):
        group = response._get_param("logGroupName")
        if group not in response.logs_backend.groups:
            raise ResourceNotFoundException()
        return group

    def get_log_events(self):
        task = streams_of(fargate, group_of(self)).get(self._get_param("logStreamName"))
        if task is None:
            raise ResourceNotFoundException("The specified log stream does not exist.")
        events, limit = events_of(fargate, task), limit_of(self)
        token = self._get_param("nextToken")
        if token:
            first = int(token.split("/")[1])
        else:
            first = 0 if self._get_param("startFromHead") else max(0, len(events) - limit)
        shown = events[first:first + limit]
        # At the end the token is the one that was given.
        return json.dumps({"events": shown, "nextBackwardToken": f"b/{first}",
                           "nextForwardToken": f"f/{first + len(shown)}"})

    def filter_log_events(self):
        prefix, names = self._get_param("logStreamNamePrefix"), self._get_param("logStreamNames")
        pattern, limit = (self._get_param("filterPattern") or "").strip('"'), limit_of(self)
        found = [{**event, "logStreamName": name, "eventId": f"{name}/{number}"}
                 for name, task in streams_of(fargate, group_of(self)).items()
                 if name.startswith(prefix or "") and (not names or name in names)
                 for number, event in enumerate(events_of(fargate, task))
                 if pattern in event["message"]]
        first = int(self._get_param("nextToken") or 0)
        answer = {"events": found[first:first + limit], "searchedLogStreams": []}
        if first + limit < len(found):
            answer["nextToken"] = str(first + limit)
        return json.dumps(answer)

    replace(LogsResponse, "get_log_events", get_log_events)
    replace(LogsResponse, "filter_log_events", filter_log_events)


def apply(fargate):
    """All of it. A moto that is built differently fails here."""
    read_streams(fargate)
