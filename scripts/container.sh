#!/usr/bin/env bash
# Builds the container image of deploy/container/Dockerfile with Docker, or with buildah where no Docker answers.
#
# usage: scripts/container.sh [TAG [OPTION OF THE BUILD]...]    TAG is copyout:VERSION without one
#
# COPYOUT_CONTAINER_TOOL=docker or =buildah chooses one. buildah inside of a container itself: BUILDAH_ISOLATION=chroot.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=deploy/container
version=$(scripts/release/about.sh version)
SOURCE_DATE_EPOCH=$(scripts/release/about.sh date)
export SOURCE_DATE_EPOCH
tag=${1:-copyout:$version}
options=(-f $folder/Dockerfile --build-arg "VERSION=$version"
  --build-arg "REVISION=$(scripts/release/about.sh commit)" -t "$tag" "${@:2}" .)

is_there() {
  case $1 in
    docker) command -v docker >/dev/null && docker info >/dev/null 2>&1 ;;
    buildah) command -v buildah >/dev/null ;;
  esac
}

tool=${COPYOUT_CONTAINER_TOOL:-}
if [ -z "$tool" ]; then
  for tool in docker buildah none; do
    ! is_there $tool || break
  done
fi
case $tool in
  docker) docker build "${options[@]}" ;;
  buildah) buildah build --ignorefile $folder/Dockerfile.dockerignore --timestamp "$SOURCE_DATE_EPOCH" "${options[@]}" ;;
  none)
    echo "No Docker answers here, and buildah is not installed: apt-get install buildah" >&2
    exit 1 ;;
  *) echo "COPYOUT_CONTAINER_TOOL is docker or buildah, not $tool" >&2; exit 2 ;;
esac
echo "Built with $tool: $tag"
