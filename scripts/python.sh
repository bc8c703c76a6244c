#!/bin/sh
# Runs the Python that has boto3 with the given arguments; without any, prints which one that is.
for python in python3 /usr/bin/python3; do
  if command -v "$python" >/dev/null && "$python" -c \
    'import importlib.util as u, sys; sys.exit(u.find_spec("boto3") is None)' 2>/dev/null; then
    [ $# -gt 0 ] || exec echo "$python"
    exec "$python" "$@"
  fi
done
echo "No python3 here can import boto3: run scripts/deps.sh test" >&2
exit 1
