#!/bin/sh
# Counts what one object costs: instructions, requests, system calls, allocations (docs/performance.md).
# usage: bench/instructions.sh [--objects N] [--repeat N] [--at-once] [--keep FOLDER] [COPYOUT ...]
set -eu
exec python3 -B "$(dirname "$0")/instructions.py" "$@"
