#!/bin/sh
# All measurements of docs/performance.md, on servers of this machine: bench/run.sh --help.
set -eu
cd "$(dirname "$0")/.."
exec scripts/python.sh -B bench/bench.py "$@"
