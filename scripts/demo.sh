#!/usr/bin/env bash
# Shows a real job: a production S3 server with two users, objects of every kind, one command that
# copies them, the same command again, and an independent look at the result. About a minute.
# Needs build/copyout (make build) and what scripts/deps.sh demo installs; leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."

copyout=${COPYOUT_BINARY:-build/copyout}
if [ ! -x "$copyout" ]; then
  echo "$copyout is not there: run make build" >&2
  exit 1
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/copyout-demo-XXXXXX")
python=$(scripts/python.sh)

bold= dim= plain=
if [ -t 1 ]; then
  bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi
title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
show() { printf '%s$ %s%s\n' "$dim" "${1//"$work"/\$work}" "$plain"; }
run() { # shows a command as a person would type it, and runs it
  show "$1"
  eval "$1"
}

# The server lives as long as its standard input is open: it ends with this script, in any case. Ctrl-C
# is for what runs in front: the server stays until that has tidied up.
coproc RGW { exec setsid "$python" tests/servers/rgw.py --up; }
rgw_in=${RGW[1]} rgw_out=${RGW[0]} rgw_pid=$RGW_PID
finish() {
  eval "exec ${rgw_in}>&-" 2>/dev/null || true
  wait "$rgw_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

title "1. A production S3 server: Ceph RADOS Gateway, with a data owner and a recipient"
show "python3 tests/servers/rgw.py --up"
settings=
while IFS= read -r line <&"$rgw_out"; do
  settings+=$line$'\n'
  [ "${line:0:7}" != '# ready' ] || break
done
if [ "${line:0:7}" != '# ready' ]; then
  echo "The server did not start." >&2
  exit 1
fi
# The user "source" is the data owner; "dest", the recipient, is whom copyout runs as.
owner() { sed -n "/^# user source/,/^# user dest/s/^# export AWS_$1=//p" <<<"$settings"; }
export OWNER_ACCESS_KEY_ID OWNER_SECRET_ACCESS_KEY
OWNER_ACCESS_KEY_ID=$(owner ACCESS_KEY_ID)
OWNER_SECRET_ACCESS_KEY=$(owner SECRET_ACCESS_KEY)
grep '^export' <<<"$settings" | sed 's/^/  /'
eval "$(grep '^export' <<<"$settings")"

title "2. Objects of every kind in the data owner's bucket; the recipient may read them"
run "scripts/python.sh scripts/demo_data.py make $work"

title "3. Copy them into the recipient's bucket"
run "cat $work/input.json"
run "$copyout run $work/input.json --work $work/job"
cp "$work/job/report.json" "$work/first.json"

title "4. The same again: there is nothing left to do"
run "$copyout run $work/input.json --work $work/job"
cp "$work/job/report.json" "$work/second.json"

title "5. What an independent client finds"
run "scripts/python.sh scripts/demo_data.py check $work"
printf '\n'
