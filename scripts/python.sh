#!/bin/sh
# Runs the Python that has boto3 with the given arguments; without any, prints which one that is. One that
# has jsonschema too, which a test needs, goes first.
for modules in 'boto3 jsonschema' boto3; do
  for python in python3 /usr/bin/python3; do
    if command -v "$python" >/dev/null && "$python" -c \
      'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1].split())))' \
      "$modules" 2>/dev/null; then
      [ $# -gt 0 ] || exec echo "$python"
      exec "$python" "$@"
    fi
  done
done
echo "No python3 here can import boto3: run scripts/deps.sh test" >&2
exit 1
