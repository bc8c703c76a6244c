#!/usr/bin/env python3
"""Every name of an error that the source can write into a result is in the catalogue.

    scripts/lint_names.py [SRC]

The names are those of ERR_TABLE (base/err.h), and every word in quotes that is compared with, listed beside
or written to a service's code in the layers that make results, such as "NoSuchKey". The notes and the statuses
are compared with the catalogue by a unit test, which can ask for all of them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

# The files in which a quoted word of this form is a service's code.
FOLDERS = ("copy", "plan", "job", "store", "report")
FILES = ("s3/answer.c", "s3/sync.c", "cmd/task.c")
WORD = re.compile(r'"([A-Z][a-z]+(?:[A-Z][A-Za-z]*)+)"')
TABLE = re.compile(r'X\(ERR_\w+, "(\w+)"')
ROW = re.compile(r'ROW\((\w+), "([^"]+)"')

# Words of that form that are no code of an error: the name of a region of other servers, a field of what a
# distributed map writes, members of the manifests of S3 Batch Operations, and columns of an S3 Inventory.
OTHERS = {"RegionOne", "StopDate", "ObjectArn", "ObjectVersionId", "TaskExecutionStatus", "VersionId",
          "IsDeleteMarker", "IsLatest", "LastModifiedDate", "StorageClass"}


def names_of(src: Path) -> dict[str, str]:
    """Each name that the source knows, and where."""
    found = {}
    for name in TABLE.findall((src / "base/err.h").read_text()):
        found[name] = "base/err.h"
    found.pop("OK", None)
    paths = [src / name for name in FILES]
    for folder in FOLDERS:
        paths += sorted((src / folder).rglob("*.c"))
    for path in paths:
        where = str(path.relative_to(src))
        for name in WORD.findall(path.read_text()) if path.exists() else ():
            if name not in OTHERS:
                found.setdefault(name, where)
    return found


def main() -> int:
    """Says what is missing; 1 if anything is."""
    src = Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    rows = ROW.findall((src / "model/catalogue/catalogue.def").read_text())
    known = {name for _, name in rows}
    missing = {name: where for name, where in names_of(src).items() if name not in known}
    for name, where in sorted(missing.items()):
        print(f"{where}: {name} is not in model/catalogue/catalogue.def")
    for kind, name in sorted({row for row in rows if rows.count(row) > 1}):
        print(f"model/catalogue/catalogue.def: {name} is there twice as {kind}")
    return 1 if missing or len(rows) != len(set(rows)) else 0


if __name__ == "__main__":
    sys.exit(main())
