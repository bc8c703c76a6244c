#!/usr/bin/env bash
# Prints how a release is called: its version, its commit, or the time of that (seconds since 1970), which is the time of all
# that is made of it. From an unpacked source archive, whose files have that time, the commit is "unknown".
#
# usage: scripts/release/about.sh version|commit|date
set -euo pipefail
cd "$(dirname "$0")/../.."

case ${1:-} in
  version) sed -n 's/^project(copyout VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt ;;
  commit) if [ -e .git ]; then git rev-parse HEAD; else echo unknown; fi ;;
  date)
    if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
      echo "$SOURCE_DATE_EPOCH"
    elif [ -e .git ]; then
      git log -1 --format=%ct
    else
      stat -c %Y CMakeLists.txt
    fi ;;
  *) echo "usage: scripts/release/about.sh version|commit|date" >&2; exit 2 ;;
esac
