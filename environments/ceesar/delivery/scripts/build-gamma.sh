#!/usr/bin/env bash
# Builds the image of gamma: build-gamma.sh [arguments of docker build]
set -euo pipefail
delivery=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
image=${CEESAR_IMAGE:-ceesarcode:gamma}

docker build --file "$delivery/Dockerfile.gamma" --tag "$image" "$@" "$delivery/../../.."
echo "built $image; next: $delivery/scripts/start-gamma.sh"
