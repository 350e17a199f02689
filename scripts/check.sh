#!/usr/bin/env bash
# Every static check, all of them even if one fails. Run by `make check`, with the project's Node on PATH.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
bin=.venv/bin
failed=()

run() {
  local name=$1
  shift
  printf '== %s\n' "$name"
  "$@" || failed+=("$name")
}

run "ruff" "$bin/ruff" check --quiet .
run "ruff format" "$bin/ruff" format --check --quiet .
run "mypy" "$bin/mypy" app tests scripts hatch_build.py
run "import-linter" "$bin/lint-imports"
run "translations" "$bin/python" -m app.locale.check
run "biome" node_modules/.bin/biome ci --colors=off --error-on-warnings .
run "tsc" node_modules/.bin/tsc --project .
run "djlint" "$bin/djlint" --lint --quiet templates
run "hadolint" "$bin/hadolint" --failure-threshold info Dockerfile
run "shellcheck" "$bin/shellcheck" .ci/run scripts/*.sh

if [ ${#failed[@]} -gt 0 ]; then
  printf '\nmake check failed: %s\n' "$(IFS=,; echo "${failed[*]}")"
  exit 1
fi
printf '\nmake check: all passed\n'
