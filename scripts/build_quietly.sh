#!/usr/bin/env bash
# Builds one target of the release build in two lines. What cmake and the compiler say goes to build/build.log, whose end
# is shown if the build fails.
#
# usage: [JOBS=N] scripts/build_quietly.sh TARGET
set -euo pipefail
cd "$(dirname "$0")/.."

target=$1
log=build/build.log
mkdir -p build
echo "Building $target (the compiler's output: $log)"
if ! { cmake --preset release &&
  cmake --build --preset release -j "${JOBS:-$(nproc)}" --target "$target"; } >"$log" 2>&1; then
  echo "The build failed. The end of $log:" >&2
  tail -n 40 "$log" >&2
  exit 1
fi
echo "Built in $SECONDS s"
