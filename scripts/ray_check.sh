#!/usr/bin/env bash
# Tests the trainings on a Ray cluster, in an environment of their own over .venv, since Ray is an option that brings
# much along. Only when their files differ from the previous commit's, or always with --always.
set -euo pipefail
cd "$(dirname "$0")/.."

files=(app/engine/cluster.py app/engine/processes.py app/commands/ray.py app/commands/training.py
  tests/commands/test_ray.py tests/engine/on_ray.py tests/engine/together.py scripts/ray_check.sh)
if [ "${1:-}" != --always ] && ! git rev-parse --quiet --verify HEAD~1 >/dev/null; then
  echo "ray-check: skipped tests/commands/test_ray.py: there is no previous commit here to compare its files with"
  exit 0
fi
if [ "${1:-}" != --always ] && git diff --quiet HEAD~1 -- "${files[@]}"; then
  echo "ray-check: skipped tests/commands/test_ray.py: none of its files changed since the previous commit"
  exit 0
fi

venv=build/ray-venv
[ -x "$venv/bin/python" ] || .venv/bin/python -m venv "$venv"
read_site='import sysconfig; print(sysconfig.get_path("purelib"))'
.venv/bin/python -c "$read_site" >"$("$venv/bin/python" -c "$read_site")/base.pth"
ray="$(.venv/bin/python -c 'import tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["ray"])')"
if ! "$venv/bin/pip" install --quiet --constraint constraints.txt "$ray"; then
  echo "ray-check: skipped tests/commands/test_ray.py: $ray cannot be installed here"
  exit 0
fi
"$venv/bin/python" -m pytest tests/commands/test_ray.py
