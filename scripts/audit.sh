#!/usr/bin/env bash
# Looks up known vulnerabilities of every pinned package, Python's and the front end's, where the databases answer.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=build/audit-venv
[ -x "$venv/bin/pip-audit" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet pip-audit; }
status=0
"$venv/bin/pip-audit" --strict --no-deps --disable-pip --requirement constraints.txt || status=1
npm=$(.venv/bin/python -c 'import hatch_build; print(hatch_build.NODE_HOME / "lib/node_modules/npm/bin/npm-cli.js")')
node "$npm" audit || status=1
exit "$status"
