#!/bin/sh
# Performs the Dockerfile's steps without Docker, and runs the image that comes of them: as its
# user, with a read-only root, over TLS, against a local S3.
# usage: deploy/container/check.sh [--help]
set -eu
cd "$(dirname "$0")/../.."
exec scripts/python.sh -B deploy/container/check.py "$@"
