#!/usr/bin/env bash
# Gives what runs on this server the secrets that were replaced since it started: NGINX reads its own again, processes are restarted one
# after the other. Does nothing when none was replaced; when Secrets Manager doesn't answer, fails and leaves everything as it is.
# DESTDIR stands before every path in a test; a server has none.
set -euo pipefail
at=${DESTDIR:-}
server=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

origin=$at/run/holdfast-nginx/origin.conf
if [ -e "$origin" ]; then
  "$server/origin.sh" "$work/origin.conf"
  cmp -s "$work/origin.conf" "$origin" || systemctl reload holdfast-nginx
fi

declare -A stale
for file in "$at"/run/holdfast-*/env; do
  [ -e "$file" ] || continue
  unit=${file#"$at/run/holdfast-"} unit=${unit%/env}
  case $unit in
  worker) name=worker names=(DATABASE) ;;
  *-*)
    SECRETS=
    # shellcheck disable=SC1090
    . "$at/etc/holdfast/services/$unit"
    read -ra names <<<"-- $SECRETS"
    name=${unit%-*}
    ;;
  *) name=backend names=() ;;
  esac
  [ -e "$work/$name.env" ] || "$server/secrets.sh" "$work/$name.env" "${names[@]}"
  # what is missing now, such as the error tracker's address, is no reason
  if grep -qvxFf "$file" "$work/$name.env"; then stale[$name]=yes; fi
done
for name in "${!stale[@]}"; do
  if [ "$name" = worker ]; then systemctl restart holdfast-worker; else "$server/reload.sh" "$name"; fi
done
