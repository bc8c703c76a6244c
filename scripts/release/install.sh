#!/usr/bin/env bash
# Installs what is built, or removes what was installed: the files, and the folders that were made for them.
#
# usage: [DESTDIR=FOLDER] scripts/release/install.sh install|uninstall PREFIX
#
# PREFIX/share/copyout/installed lists what was written, a line "f FILE" or "d FOLDER" for each, below PREFIX; so what is
# removed is what was installed, whatever the build folder holds by then. Installed over an older version, the files that
# it had and the new one has not are removed.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  echo "usage: [DESTDIR=FOLDER] scripts/release/install.sh install|uninstall PREFIX   (an absolute path)" >&2
  exit 2
}
[ $# = 2 ] && [ "${2:0:1}" = / ] || usage
prefix=$2
build=${COPYOUT_BUILD:-build}
export DESTDIR=${DESTDIR:-}
root=$(realpath -sm -- "$DESTDIR$prefix")
list_name=share/copyout/installed
list=$root/$list_name

# The names of one kind in a list: f or d.
listed() { # KIND LIST
  [ ! -e "$2" ] || sed -n "s/^$1 //p" "$2"
}

# A folder was made for the installation if it was not there before it, or before an earlier one.
folders() { # STAGE
  local name above=. folder=$root
  (cd "$1" && find . -mindepth 1 -type d -printf '%d %P\n') | sort -rn | cut -d ' ' -f 2- |
    while IFS= read -r name; do
      if [ ! -d "$root/$name" ] || listed d "$list" | grep -Fqx -- "$name"; then
        echo "d $name"
      fi
    done
  while [ "$folder" != / ]; do
    if [ ! -d "$folder" ] || listed d "$list" | grep -Fqx -- "$above"; then
      echo "d $above"
    fi
    [ "$above" = . ] && above=.. || above=../$above
    folder=$(dirname "$folder")
  done
}

remove_files() { # reads their names
  local name
  while IFS= read -r name; do
    case /$name/ in */../*) echo "$list: $name is not below $root" >&2; exit 1 ;; esac
    rm -f -- "$root/$name"
  done
}

install_all() {
  local new
  stage=$(mktemp -d) # not local: the trap outlives the function
  trap 'rm -rf "$stage"' EXIT
  # The list of files is written before the files are: an installation that is cut off can be removed too.
  DESTDIR=$stage cmake --install "$build" --prefix "$prefix" >/dev/null
  mkdir -p "$stage$prefix/$(dirname $list_name)"
  touch "$stage$prefix/$list_name"
  new=$stage/installed
  (cd "$stage$prefix" && find . ! -type d -printf 'f %P\n' | LC_ALL=C sort) >"$new"
  folders "$stage$prefix" >>"$new"
  LC_ALL=C comm -13 <(listed f "$new") <(listed f "$list" | LC_ALL=C sort) >"$stage/gone"
  mkdir -p "$(dirname "$list")"
  install -m 644 "$new" "$list"
  cmake --install "$build" --prefix "$prefix" >/dev/null
  remove_files <"$stage/gone"
  echo "Installed $(listed f "$list" | wc -l) files in $root"
}

uninstall_all() {
  local names folder
  if [ ! -e "$list" ]; then
    echo "make install put nothing into $root: $list is not there." >&2
    exit 1
  fi
  names=$(cat "$list")
  sed -n 's/^f //p' <<<"$names" | remove_files
  sed -n 's/^d //p' <<<"$names" | while IFS= read -r folder; do
    folder=$(realpath -sm -- "$root/$folder")
    [ ! -d "$folder" ] || rmdir --ignore-fail-on-non-empty -- "$folder"
  done
  echo "Removed $(grep -c '^f ' <<<"$names") files from $root"
}

# The cache of the run-time linker is the real system's.
refresh_linker() {
  if [ -z "$DESTDIR" ] && [ "$(id -u)" = 0 ] && command -v ldconfig >/dev/null; then
    ldconfig
  fi
}

case $1 in
  install) install_all ;;
  uninstall) uninstall_all ;;
  *) usage ;;
esac
refresh_linker
