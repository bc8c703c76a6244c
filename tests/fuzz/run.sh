#!/usr/bin/env bash
# Fuzzes, and prints what came of it: all targets, or those named.
#
# FUZZ_SECONDS (60) each, FUZZ_JOBS (as many as there are processors) at once. What is found on the way is kept in build-fuzz/corpus/, so that the next run goes
# on from there; with --merge nothing is fuzzed, and the corpora in the tree are made anew: the seeds that
# a person named, and of all that was found the few inputs that reach what the seeds do not.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${FUZZ_SECONDS:-60}
jobs=${FUZZ_JOBS:-$(nproc)}
here=tests/fuzz
work=build-fuzz/corpus
findings=build-fuzz/findings
most=40 # files of a corpus in the tree
merge=false
if [ "${1:-}" = --merge ]; then
  merge=true
  shift
fi
mapfile -t targets < <(if [ $# -gt 0 ]; then printf '%s\n' "$@"; else awk '/^[a-z]/ { print $1 }' $here/targets.txt; fi)

# One target: the end of libFuzzer's log tells all that the table needs.
fuzz() {
  local name=$1 log=$work/$1.log dictionary options=()
  dictionary=$(awk -v name="$name" '$1 == name { print $3 }' $here/targets.txt)
  [ "$dictionary" = - ] || options+=("-dict=$here/$dictionary.dict")
  mkdir -p "$work/$name" "$findings"
  build-fuzz/fuzz/fuzz_"$name" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$findings/$name-" "${options[@]}" \
    "$work/$name" "$here/corpus/$name" >"$log" 2>&1
}

row() {
  local name=$1 log=$work/$1.log
  awk -v name="$name" -v corpus="$(find "$work/$name" -type f | wc -l)" '
    $2 == "INITED" { before = $4 }
    $2 == "DONE" { after = $4 }
    $1 == "stat::number_of_executed_units:" { runs = $2 }
    $1 == "stat::average_exec_per_sec:" { rate = $2 }
    END { printf "%-11s %12d %10d %10d %6d %8d\n", name, runs, rate, after, after - before, corpus }
  ' "$log"
}

# Files with a hash for a name were found; all others are seeds.
hash='.*/[0-9a-f]{40}'
seeds() {
  find "$1" -regextype posix-extended -type f ! -regex "$hash" "${@:2}"
}

merge() {
  local name=$1 tree=$here/corpus/$1 new=$work/$1.new found
  rm -rf "$new" && mkdir -p "$new" "$work/$name"
  seeds "$tree" -exec cp {} "$new" \;
  # By edges alone: how often an edge is taken makes ten times as many files.
  build-fuzz/fuzz/fuzz_"$name" -set_cover_merge=1 -use_counters=0 -rss_limit_mb=2048 -timeout=10 \
    "$new" "$tree" "$work/$name" >"$work/$name.merge.log" 2>&1
  # The largest go when there are too many.
  found=$((most - $(seeds "$new" | wc -l)))
  find "$new" -regextype posix-extended -type f -regex "$hash" -printf '%s %p\n' | sort -n | tail -n +$((found + 1)) |
    cut -d' ' -f2- | xargs -r rm
  rm -rf "$tree" && mv "$new" "$tree"
  printf '%-11s %4d files\n' "$name" "$(find "$tree" -type f | wc -l)"
}

if $merge; then
  for name in "${targets[@]}"; do
    merge "$name"
  done
  exit 0
fi

# In the order of the list, each as soon as it and those before it are done.
declare -A running=()
bad=()
began=0
inputs=0
printf '%-11s %12s %10s %10s %6s %8s\n' target executions per_second edges new corpus
for name in "${targets[@]}"; do
  while [ $began -lt ${#targets[@]} ] && [ ${#running[@]} -lt "$jobs" ]; do
    fuzz "${targets[$began]}" &
    running[${targets[$began]}]=$!
    began=$((began + 1))
  done
  if wait "${running[$name]}"; then
    row "$name"
    inputs=$((inputs + $(awk '$1 == "stat::number_of_executed_units:" { print $2 }' "$work/$name.log")))
  else
    printf '%-11s FOUND SOMETHING: %s/%s.log\n' "$name" "$work" "$name"
    bad+=("$name")
  fi
  unset "running[$name]"
done
for name in "${bad[@]}"; do
  echo
  grep -E "does not hold|runtime error|^SUMMARY" "$work/$name.log" | head -3 || true
  sed -n "s|.*Test unit written to \(.*\)|again: build-fuzz/fuzz/fuzz_$name \1|p" "$work/$name.log"
done
# For the table of make soak.
missed=
[ ${#bad[@]} -eq 0 ] || missed="\"something was found: ${bad[*]}\""
printf '[{"test": "fuzz", "goal": "every target clean for 10 minutes", "measured": "%s", "missed": [%s]}]\n' \
  "${#targets[@]} targets, $seconds s each, $inputs inputs" "$missed" >build-fuzz/results.json
[ ${#bad[@]} -eq 0 ]
