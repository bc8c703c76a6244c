#!/usr/bin/env bash
# Makes the source archive of the commit that is checked out, and a file with its SHA-256. The same commit makes the same
# bytes: names in git's order, the commit's time, no owner.
#
# usage: scripts/release/dist.sh [FOLDER]    build/dist without one
set -euo pipefail
cd "$(dirname "$0")/../.."

out=${1:-build/dist}
if ! [ -e .git ] || ! command -v git >/dev/null; then
  echo "scripts/release/dist.sh makes the archive of a commit: it needs git, and a repository." >&2
  exit 1
fi
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
  echo "What is not committed is not in the archive." >&2
fi
name=copyout-$(scripts/release/about.sh version)
mkdir -p "$out"
# No setting of the user's counts.
git -c tar.umask=0022 -c core.autocrlf=false -c core.attributesFile=/dev/null \
  archive --format=tar --prefix="$name/" HEAD | gzip -9n >"$out/$name.tar.gz.new"
mv "$out/$name.tar.gz.new" "$out/$name.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "$out/$name.tar.gz"
