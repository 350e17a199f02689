#!/usr/bin/env bash
# Builds the container image `convscope` with docker or podman, whichever is there.
set -euo pipefail
cd "$(dirname "$0")/.."

for engine in docker podman; do
  if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then
    arguments=(--tag "${IMAGE:-convscope}")
    [ -z "${TORCH_INDEX:-}" ] || arguments+=(--build-arg "TORCH_INDEX=$TORCH_INDEX")
    exec "$engine" build "${arguments[@]}" .
  fi
done
echo "ConvScope: neither docker nor podman answers here, so no image can be built." >&2
exit 1
