#!/usr/bin/env bash
# Builds the Debian packages of the commit that is checked out, or of an unpacked source archive, into build/deb, without
# root: copyout, libcopyout0 and libcopyout-dev. lintian, if it is installed, must find no error and no warning.
#
# usage: [JOBS=N] scripts/release/deb.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(scripts/release/about.sh version)
SOURCE_DATE_EPOCH=$(scripts/release/about.sh date)
export SOURCE_DATE_EPOCH DEB_BUILD_OPTIONS="parallel=${JOBS:-$(nproc)} ${DEB_BUILD_OPTIONS:-}"
out=build/deb
tree=$out/copyout-$version
log=$out/build.log

rm -rf "$out"
mkdir -p "$tree"
if [ -e .git ]; then
  tar -xzf "$(scripts/release/dist.sh $out)" -C $out
else
  tar -c --exclude='./build*' --exclude=./copyout-work . | tar -x -C "$tree"
fi
cp -R "$tree/deploy/debian" "$tree/debian"
python3 scripts/release/deb_changelog.py "$tree/CHANGELOG.md" "$version" "$SOURCE_DATE_EPOCH" >"$tree/debian/changelog"
{
  echo "libcopyout.so.0 libcopyout0 #MINVER#"
  echo "* Build-Depends-Package: libcopyout-dev"
  sed -n 's/^\(copyout_[a-z0-9_]*\) \([0-9.]*\)$/ \1@Base \2/p' "$tree/cmake/libcopyout.symbols"
} >"$tree/debian/libcopyout0.symbols"

echo "Building the Debian packages (the compiler's output: $log)"
if ! (cd "$tree" && dpkg-buildpackage --build=binary --no-sign) >$log 2>&1; then
  echo "The build failed. The end of $log:" >&2
  tail -n 40 $log >&2
  exit 1
fi
if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error,warning $out/*.changes
else
  echo "lintian is not installed: the packages were not checked by it."
fi
ls $out/*.deb | grep -v dbgsym
