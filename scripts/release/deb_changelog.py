#!/usr/bin/env python3
"""Debian's changelog, made of CHANGELOG.md.

    scripts/release/deb_changelog.py CHANGELOG.md VERSION SECONDS

A heading "## 1.2.3 - 2026-12-31" is a version and its day. What stands under another heading, such as "[Unreleased]",
is VERSION's, with the time that SECONDS since 1970 name. Each point of a list is a change; marks of Markdown are left out.
"""

from __future__ import annotations

import re
import sys
import textwrap
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path

MAINTAINER = re.compile(r"^Maintainer: (.*)$", re.MULTILINE)
RELEASE = re.compile(r"^\[?(\d[\w.]*)\]? - (\d{4})-(\d\d)-(\d\d)$")
REVISION = "0copyout1"  # lower than any revision of Debian's own
WIDTH = 78  # lintian complains of lines of more than 80


def plain(text: str) -> str:
    """A point without Markdown's marks."""
    text = re.sub(r"\[([^][]*)\]\([^()]*\)", r"\1", text)
    return re.sub(r"\*\*|`", "", " ".join(text.split()))


def points(text: str) -> list[str]:
    """The points of the lists in a part of the document."""
    found = re.findall(r"^- (.*(?:\n(?![-#]|\n).*)*)", text, re.MULTILINE)
    return [plain(point) for point in found]


def entries(text: str, version: str, now: datetime) -> list[tuple[str, datetime, list[str]]]:
    """Versions, times and changes, the newest first."""
    found = []
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, rest = part.partition("\n")
        release = RELEASE.match(heading.strip())
        when = datetime(*map(int, release.groups()[1:]), 12, tzinfo=timezone.utc) if release else now
        found.append((release[1] if release else version, when, points(rest)))
    return found


def changelog(text: str, version: str, now: datetime, maintainer: str) -> str:
    """The whole file."""
    parts = []
    for name, when, changes in entries(text, version, now):
        lines = [f"copyout ({name}-{REVISION}) unstable; urgency=medium", ""]
        for change in changes or ["No change is told."]:
            lines += textwrap.wrap(change, WIDTH, initial_indent="  * ", subsequent_indent="    ",
                                   break_on_hyphens=False)
        parts.append("\n".join([*lines, "", f" -- {maintainer}  {format_datetime(when)}", ""]))
    return "\n".join(parts)


def main() -> int:
    """Print it."""
    path, version, seconds = sys.argv[1:]
    control = Path(__file__).resolve().parents[2] / "deploy" / "debian" / "control"
    maintainer = MAINTAINER.search(control.read_text())[1]
    now = datetime.fromtimestamp(int(seconds), timezone.utc)
    print(changelog(Path(path).read_text(), version, now, maintainer), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
