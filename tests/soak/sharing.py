"""One RGW and one moto for all rows, when the rows are short."""

from __future__ import annotations

import itertools
import json

from lib import servers

FEATURES = {"rgw": servers.RGW, "moto": servers.MOTO}
NAMES_OF_A_ROW = 700  # buckets


class Elsewhere:
    """A server that another process has started, and will end."""

    def __init__(self, facts: dict):
        self.endpoint, self.region = facts["endpoint"], facts["region"]
        self.users = {name: tuple(user) for name, user in facts["users"].items()}

    def alive(self) -> bool:
        """It outlives who uses it."""
        return True

    def stop(self) -> None:
        """Not ours to stop."""


def start(stack) -> str:
    """Start both; they end with the stack. Returns what use() needs."""
    facts = {}
    for kind in FEATURES:
        server = servers.get(kind)
        stack.callback(server.backend.stop)
        facts[kind] = {"endpoint": server.endpoint, "region": server.region,
                       "users": server.backend.users}
    return json.dumps(facts)


def use(shared: dict | None, row: int) -> None:
    """Have this process use them, with names for buckets that no other row has."""
    for kind, facts in (shared or {}).items():
        servers._started[kind] = servers.Server(kind, Elsewhere(facts), FEATURES[kind])
    servers.Server._numbers = itertools.count(row * NAMES_OF_A_ROW + 1)
