#!/usr/bin/env bash
# The tests of deploy/cdk: types, templates, cdk-nag, the state machine; and cfn-lint where that is on PATH.
# Exits with 77 (skipped) when there is no Node that CDK runs on.
set -euo pipefail
cd "$(dirname "$0")"

./cdk_npm.sh test
if command -v cfn-lint >/dev/null; then
  ./cdk_npm.sh run cfn-lint
else
  echo "cfn-lint is not on PATH: its part is left out" >&2
fi
