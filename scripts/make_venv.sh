#!/usr/bin/env bash
# Makes .venv from a Python of at least 3.11; on Debian and Ubuntu the missing venv module is installed first.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  printf 'ConvScope: %s\n' "$1" >&2
  exit 1
}

suits() {
  command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))'
}

find_python() {
  local candidate
  if [ -n "${PYTHON:-}" ]; then
    suits "$PYTHON" || fail "PYTHON=$PYTHON is not a Python of version 3.11 or later."
    echo "$PYTHON"
    return
  fi
  for candidate in python3 python3.11 python3.12 python3.13 python3.14; do
    if suits "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  fail "Python 3.11 or later is needed; install it, or name it as PYTHON=/path/to/python3."
}

python=$(find_python)
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    fail "$python has no venv module; install it (Debian and Ubuntu: sudo apt-get install $package)."
  fi
  apt-get update --quiet --quiet || fail "the package lists cannot be fetched (apt-get update)."
  DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends "$package" ||
    fail "$package cannot be installed."
fi
"$python" -m venv .venv
