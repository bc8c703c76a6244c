#!/usr/bin/env python3
"""What the documents say that a machine can look at: links lead somewhere, JSON is JSON, and the policy for people who
run jobs (docs/aws-operation.md) is about what the program asks of AWS.

    scripts/lint_docs.py [ROOT]
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote

POLICY = "docs/aws-operation.md"
# [text](target), ![picture](target), [![picture](a)](target); [name]: target; <a href="target">, <img src="target">.
LINK = re.compile(r"\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)|^ {0,3}\[[^][]+\]: +(\S+)|"
                  r"<(?:a\s[^>]*?href|img\s[^>]*?src)=\"([^\"]+)\"", re.MULTILINE)
BLOCK = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*(?:\n|\Z)|\n(?= {4}))+")
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
HEADING = re.compile(r"^#{1,6} +(.*?)(?: +#+)? *$", re.MULTILINE)
ANCHOR = re.compile(r"<a\s[^>]*?(?:id|name)=\"([^\"]+)\"")
FOLDERS_LEFT_OUT = {"node_modules", ".git"}
# A call of the program to AWS is known by these: the names of operations that are sent (json_api_run() and _start()).
OPERATION = re.compile(r'json_api_(?:run|start)\((?:[^";]*?)"([A-Z][A-Za-z]+)"')
TASKS_OWN = re.compile(r"SendTask")  # a task answers for its token; people's commands have none
SERVICES = {"states": "stepfunctions", "ecs": "ecs", "logs": "logs"}
PASSED = {"iam:PassRole": "ecs:RunTask"}  # asked for by AWS when the other is called


def documents(root: Path):
    """All of the project's own."""
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(name for name in inner
                          if name not in FOLDERS_LEFT_OUT and not name.startswith("build"))
        yield from (Path(folder) / name for name in sorted(names) if name.endswith(".md"))


def slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading: what a reader sees of it, in small letters, without punctuation (but
    for '-' and '_'), and with '-' for each space."""
    seen = re.sub(r"!?\[([^][]*)\]\([^()]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", seen.lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """Those of a document: of its headings, of which one that is there again has a number, and those in HTML."""
    plain = FENCED.sub("", text)
    found = set(ANCHOR.findall(plain))
    times: dict[str, int] = {}
    for heading in HEADING.findall(plain):
        name = slug(heading)
        found.add(f"{name}-{times[name]}" if name in times else name)
        times[name] = times.get(name, 0) + 1
    return found


def links(text: str) -> list[str]:
    """The targets of all links of a document; what is code is none."""
    plain = CODE.sub("code", INDENTED.sub("\n", FENCED.sub("", text)))
    return [target for found in LINK.findall(plain) for target in found if target]


def broken_links(path: Path, root: Path):
    """Complaints about the links of one document."""
    for target in links(path.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists():
            yield f"{path.relative_to(root)}: {target} leads nowhere"
        elif anchor and there.suffix == ".md" and anchor not in anchors(there.read_text()):
            yield f"{path.relative_to(root)}: {target}: no such heading"


def operations(root: Path) -> set[str]:
    """Those that people's commands ask of Step Functions, ECS and CloudWatch Logs."""
    found: set[str] = set()
    for path in sorted((root / "src").rglob("*.c")):
        found |= set(OPERATION.findall(path.read_text()))
    return {name for name in found if not TASKS_OWN.match(name)}


def kebab(name: str) -> str:
    """RedriveExecution: redrive-execution, as the AWS CLI has it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def policy_complaints(root: Path):
    """What the policy names and nobody asks for, and what is asked for and not named."""
    text = (root / POLICY).read_text()
    statements = [statement for block in BLOCK.findall(text)
                  for statement in json.loads(block).get("Statement", [])]
    if not statements:
        yield f"{POLICY} has no policy"
    actions = {action for statement in statements
               for action in ([statement["Action"]] if isinstance(statement["Action"], str)
                              else statement["Action"])}
    asked = operations(root)
    s3 = set(re.findall(r'"([A-Z]\w+)"', (root / "src/s3/op.h").read_text()))
    s3 = {"ListBucket" if name.startswith("ListObjects") else name for name in s3}
    for action in sorted(actions):
        service, _, name = action.partition(":")
        by_hand = f"aws {SERVICES.get(service)} {kebab(name)} " in text
        if not (name in s3 if service == "s3" else
                PASSED.get(action) in actions if action in PASSED else
                service in SERVICES and (name in asked or by_hand)):
            yield f"{POLICY}: nothing asks for {action}"
    for name in sorted(asked):
        if not any(action.split(":")[1] == name for action in actions):
            yield f"{POLICY}: the program asks for {name}, which the policy does not name"


def complaints(root: Path):
    """All of them."""
    for path in documents(root):
        yield from broken_links(path, root)
        for block in BLOCK.findall(path.read_text()):
            try:
                json.loads(block)
            except ValueError as error:
                yield f"{path.relative_to(root)}: a JSON block is none: {error}"
                return
    if (root / POLICY).exists():
        yield from policy_complaints(root)


def main(root: Path) -> int:
    """Print what is wrong; 1 if anything is."""
    bad = list(complaints(root))
    for complaint in bad:
        print(f"lint: {complaint}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
