#!/usr/bin/env bash
# Installs PostgreSQL for the tests of the store where there is none, as root where there is apt. It is not started:
# the tests run a server of their own. Where it cannot be had, those tests say so and are skipped.
set -euo pipefail

look() {
  command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb'
}

look >/dev/null && exit
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  # Else Debian makes a database, and starts it at every boot.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  {
    apt-get update --quiet --quiet
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends postgresql
  } >&2 || true
fi
look >/dev/null || printf 'ConvScope: there is no PostgreSQL; the tests that need it are skipped.\n' >&2
