#!/usr/bin/env bash
# cppcheck over all of src; any finding is an error.
# usage: scripts/cppcheck.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
if ! command -v cppcheck >/dev/null; then
  echo "skipped: cppcheck is not on PATH" >&2
  exit 77
fi

mkdir -p "$build/cppcheck"
# Of the database the files of src only: cmocka's macros are not known to it.
python3 - "$build" <<'PYTHON'
import json, sys
build = sys.argv[1]
with open(f"{build}/compile_commands.json") as file:
    entries = [entry for entry in json.load(file) if "/src/" in entry["file"]]
with open(f"{build}/cppcheck/compile_commands.json", "w") as file:
    json.dump(entries, file)
PYTHON
cppcheck --project="$build/cppcheck/compile_commands.json" --cppcheck-build-dir="$build/cppcheck" \
  --library=scripts/cppcheck.cfg --enable=warning,performance,portability --inline-suppr \
  --error-exitcode=1 --quiet
