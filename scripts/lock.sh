#!/usr/bin/env bash
# Writes the exact versions (constraints.txt) and their hashes (requirements/) from the ranges in pyproject.toml.
# Versions already written stay unless a range excludes them; `scripts/lock.sh --upgrade` takes the newest.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=build/lock-venv
[ -x "$venv/bin/uv" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet uv; }

compile() {
  "$venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --no-annotate \
    --custom-compile-command "make lock" "$@"
}
hashes() {
  compile --generate-hashes --constraint constraints.txt --no-emit-package torch --no-emit-package torchvision "$@"
}

mkdir -p requirements
compile "$@" pyproject.toml --group build --group test --group lint --output-file constraints.txt
hashes pyproject.toml --output-file requirements/runtime.txt
hashes --group build --output-file requirements/build.txt
hashes --group build --group test --group lint --output-file requirements/dev.txt
{
  echo "# By version only: the CPU and the CUDA builds differ. Written by \`make lock\`."
  grep -E '^(torch|torchvision)==' constraints.txt
} >requirements/torch.txt
