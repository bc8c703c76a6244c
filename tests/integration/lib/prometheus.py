"""Prometheus' text format, read strictly: what "Exposition formats" and node_exporter's textfile
collector ask for, and nothing more."""

from __future__ import annotations

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL}(?:,(?!\}})|(?=\}})))*)\}})? (-?[0-9]+(?:\.[0-9]+)?)")
ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def unescape(value: str) -> str:
    return re.sub(r"\\.", lambda match: ESCAPES[match.group()], value)


def parse(data: bytes) -> dict[str, dict[tuple, float]]:
    """{metric: {((label, value), ...): number}}. ValueError: it is not whole, or not the format."""
    text = data.decode()  # strictly UTF-8
    if not text.endswith("\n"):
        raise ValueError("the last line does not end with a line feed")
    found: dict[str, dict[tuple, float]] = {}
    helped, typed = set(), set()
    for line in text[:-1].split("\n"):
        if match := re.fullmatch(rf"# HELP ({NAME}) (?:[^\\]|\\[\\n])*", line):
            if match[1] in helped or match[1] in found:
                raise ValueError(f"a second HELP, or one behind samples: {line}")
            helped.add(match[1])
        elif match := re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", line):
            if match[1] in typed or match[1] in found:
                raise ValueError(f"a second TYPE, or one behind samples: {line}")
            typed.add(match[1])
            found[match[1]] = {}
        elif match := SAMPLE.fullmatch(line):
            if match[1] not in helped & typed:
                raise ValueError(f"no HELP and TYPE before {line}")
            pairs = re.findall(LABEL, match[2] or "")
            labels = tuple(sorted((name, unescape(value)) for name, value in pairs))
            if len({name for name, _ in labels}) != len(labels) or labels in found[match[1]]:
                raise ValueError(f"twice: {line}")
            found[match[1]][labels] = float(match[5])
        else:
            raise ValueError(f"no line of this format: {line!r}")
    return found


def by(metric: dict[tuple, float], label: str) -> dict[str, float]:
    """{value of the label: sum of the numbers}."""
    sums: dict[str, float] = {}
    for labels, number in metric.items():
        value = dict(labels)[label]
        sums[value] = sums.get(value, 0) + number
    return sums


def only(metric: dict[tuple, float]) -> float:
    """The number of a metric that has one sample."""
    number, = metric.values()
    return number
