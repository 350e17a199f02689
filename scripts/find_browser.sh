#!/usr/bin/env bash
# Prints the path of the Chromium that the browser tests drive: CHROMIUM, else the system's, else (as root, where
# there is apt) a newly installed one. A missing browser is a failure, never a skip.
set -euo pipefail

fail() {
  printf 'ConvScope: %s\n' "$1" >&2
  exit 1
}

if [ -n "${CHROMIUM:-}" ]; then
  [ -x "$CHROMIUM" ] || fail "CHROMIUM=$CHROMIUM is not a program."
  echo "$CHROMIUM"
  exit
fi

look() {
  local candidate
  for candidate in chromium google-chrome google-chrome-stable chrome \
    "/Applications/Chromium.app/Contents/MacOS/Chromium" \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    command -v "$candidate" && return 0
  done
  return 1
}

look && exit
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  {
    apt-get update --quiet --quiet
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends chromium
  } >&2 || fail "Chromium cannot be installed with apt-get."
  look && exit
fi
fail "the browser tests need Chromium; install it, or give its path as CHROMIUM=/path/to/chromium."
