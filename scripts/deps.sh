#!/usr/bin/env bash
# Installs, with apt, what is missing for: build, test, browser, demo, deb, lintian, newcomer, bench, instructions or fuzz
# (one or more of them).
#
# Says and does nothing when nothing is missing. COPYOUT_NO_DEPS=1 turns it off, for machines
# where these things come from elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "${COPYOUT_NO_DEPS:-}" = 1 ] && exit 0

build="gcc cmake ninja-build pkg-config libcurl4-openssl-dev libuv1-dev libssl-dev libexpat1-dev
       libjansson-dev libcsv-dev libinih-dev zlib1g-dev libcmocka-dev
       node-llhttp"
# Ceph RADOS Gateway, as tests/servers/rgw.py starts it: without a manager.
rgw="radosgw ceph-mon ceph-osd ceph-common"
# OpenStack Swift with its S3 API, as tests/servers/swift.py starts it.
swift="swift-proxy swift-account swift-container swift-object"
# nginx that computes an S3's answers, as tests/servers/nginx/computed_s3.py starts it.
nginx="nginx-light libnginx-mod-http-lua openssl"

packages=()
need_boto3=false need_jsonschema=false need_moto=false need_npm=false
# The tests' needs of npm: a folder with package.json and a lock file, and the folder of build/ that holds what
# they name. s3rver; the AWS SDK for JavaScript, for the calls of Elsa Data; and what drives Chromium, for the report page.
npm_folders=(tests/servers/npm=build/s3rver tests/integration/elsa_data=build/elsa-data)
for purpose in "$@"; do
  case $purpose in
    build) packages+=($build) ;;
    demo) packages+=($build $rgw) need_boto3=true ;;
    test) packages+=($build $rgw $swift $nginx valgrind clang-format clang-tidy cppcheck debootstrap tmux jq)
          need_boto3=true need_jsonschema=true need_moto=true need_npm=true ;;
    browser) packages+=(chromium fonts-dejavu-core)
             need_npm=true npm_folders+=(tests/integration/browser=build/browser) ;;
    deb) packages+=($build build-essential debhelper python3) ;;
    # The tests of the packages need these besides.
    lintian) packages+=(lintian fakeroot man-db) ;;
    newcomer) packages+=(debootstrap git python3) ;;
    bench) packages+=($build $rgw $nginx rclone s4cmd s3cmd wrk time valgrind strace) need_boto3=true ;;
    instructions) packages+=($build nginx-light valgrind strace) ;;
    fuzz) packages+=($build clang libclang-rt-dev) ;;
    *) echo "usage: scripts/deps.sh build|test|browser|demo|deb|lintian|newcomer|bench|instructions|fuzz ..." >&2; exit 2 ;;
  esac
done

# The Python that can run moto, as tests/servers/moto.py finds it: on PATH or in build/venv.
moto_is_there() {
  python3 - 2>/dev/null <<'PYTHON'
import sys
sys.path.insert(0, "tests/servers")
import moto
moto.python_with_moto()
PYTHON
}

if $need_boto3 && ! scripts/python.sh >/dev/null 2>&1; then
  packages+=(python3 python3-boto3)
fi
if $need_jsonschema && ! scripts/python.sh -c 'import jsonschema' >/dev/null 2>&1; then
  packages+=(python3 python3-boto3 python3-jsonschema)
fi
if $need_moto; then
  moto_is_there && need_moto=false || packages+=(python3 python3-venv)
fi

npm_is_there() { # PACKAGE.JSON'S FOLDER, FOLDER
  [ "$2/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] &&
    cmp -s "$1/package-lock.json" "$2/package-lock.json"
}
npm_missing=()
if $need_npm; then
  for pair in "${npm_folders[@]}"; do
    npm_is_there "${pair%=*}" "${pair#*=}" || npm_missing+=("$pair")
  done
  command -v node >/dev/null || packages+=(nodejs)
  [ ${#npm_missing[@]} = 0 ] || command -v npm >/dev/null || packages+=(npm)
fi

missing=()
if [ ${#packages[@]} -gt 0 ]; then
  if ! command -v dpkg-query >/dev/null; then
    echo "scripts/deps.sh knows Debian only. Install what these packages hold, then set" >&2
    echo "COPYOUT_NO_DEPS=1: ${packages[*]}" >&2
    exit 1
  fi
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
    sed -n 's/^installed //p' || true)
  for package in $(printf '%s\n' "${packages[@]}" | sort -u); do
    grep -qx -- "$package" <<<"$installed" || missing+=("$package")
  done
fi

if [ ${#missing[@]} -gt 0 ]; then
  sudo=()
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Not installed: ${missing[*]}" >&2
      echo "Run as root: apt-get install ${missing[*]}" >&2
      exit 1
    fi
    sudo=(sudo)
  fi
  echo "Installing with apt: ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  if ! { "${sudo[@]}" apt-get update -q &&
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -q -y --no-install-recommends "${missing[@]}"; } </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "scripts/deps.sh: apt could not install: ${missing[*]}" >&2
    exit 1
  fi
  # Debian starts Swift once it is installed. The tests start servers of their own.
  if [ -d /run/systemd/system ] && [[ " ${missing[*]} " = *" swift-"* ]]; then
    "${sudo[@]}" systemctl disable --now \
      $(systemctl list-unit-files --no-legend 'swift-*' | cut -d ' ' -f 1) >/dev/null 2>&1 || true
  fi
fi

for pair in "${npm_missing[@]}"; do
  from=${pair%=*} to=${pair#*=}
  echo "Installing with npm into $to" >&2
  mkdir -p "$to"
  cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$to/"
  if ! (cd "$to" && npm ci --ignore-scripts) >&2; then
    echo "scripts/deps.sh: what $from/package.json names could not be installed (npm ci in $to)." >&2
    exit 1
  fi
done

if $need_moto; then
  echo "Installing moto with pip into build/venv" >&2
  if ! { /usr/bin/python3 -m venv build/venv &&
    build/venv/bin/pip install -q --disable-pip-version-check 'moto[server]==5.2.1'; } >&2; then
    echo "scripts/deps.sh: moto could not be installed (pip install 'moto[server]==5.2.1')." >&2
    exit 1
  fi
fi
