#!/bin/sh
# Runs the tests of one build, then tells how many objects were proven on each server (test_servers.py),
# and counts and names what was skipped. With CI=true a skip is an error.
# usage: scripts/run_tests.sh BUILD [OPTION OF CTEST]...
set -u
build=$1
shift
status=0
ctest --test-dir "$build" --output-on-failure "$@" || status=$?
grep '^proven on ' "$build/Testing/Temporary/LastTest.log" || :
"$(dirname "$0")/skipped.py" "$build/Testing/Temporary/LastTest.log" || {
    [ "$status" != 0 ] || status=1
}
exit "$status"
