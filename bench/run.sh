#!/bin/sh
# All measurements, on one Ceph RADOS Gateway, printed as docs/performance.md has them.
set -eu
cd "$(dirname "$0")/.."
exec scripts/python.sh bench/bench.py "$@"
