#!/usr/bin/env bash
# clang-tidy over some files, one at a time; any finding is an error.
# usage: scripts/tidy.sh BUILD FILE.c...
#
# The analyser, which takes nineteen twentieths of the time, looks with COPYOUT_TIDY=full only: in
# `make full` and `make tidy`.
#
# A file that was clean is not looked at again as long as it, every header, .clang-tidy and its
# command line are the same: BUILD/tidy has a mark for each.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
shift
if ! command -v clang-tidy >/dev/null; then
  echo "skipped: clang-tidy is not on PATH" >&2
  exit 77
fi

checks=()
[ "${COPYOUT_TIDY:-}" = full ] || checks=('--checks=-clang-analyzer-*')
mkdir -p "$build/tidy"
common=$({ clang-tidy --version; echo "${checks[*]:-}"; cat .clang-tidy; grep -v '"file"' "$build/compile_commands.json" |
  sed -n 's/ -o .*//p' | sort -u; find src -name '*.h' | LC_ALL=C sort | xargs cat; } | sha256sum)
bad=0
for file in "$@"; do
  mark=$build/tidy/$({ echo "$common $file"; cat "$file"; } | sha256sum | cut -c1-40)
  [ ! -e "$mark" ] || continue
  if clang-tidy -p "$build" --config-file=.clang-tidy ${checks[@]+"${checks[@]}"} --quiet --warnings-as-errors='*' "$file" 2>/dev/null; then
    touch "$mark"
  else
    echo "lint: clang-tidy finds something in $file"
    bad=1
  fi
done
exit "$bad"
