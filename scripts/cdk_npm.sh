#!/usr/bin/env bash
# npm in deploy/cdk, once what its lock file names is installed there: scripts/cdk_npm.sh run template.
# Exits with 77 when there is no Node that CDK runs on: Debian 12's is too old.
set -euo pipefail
cd "$(dirname "$0")/../deploy/cdk"

if ! command -v npm >/dev/null || ! node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  process.exit(major > 20 || (major === 20 && minor >= 11) ? 0 : 1)'; then
  echo "skipped: deploy/cdk needs Node 20.11 or newer, and npm" >&2
  exit 77
fi
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci
npm "$@"
