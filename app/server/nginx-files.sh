#!/usr/bin/env bash
# Writes what differs between machines beside the configuration of NGINX. Read by first-boot.sh, to which it leaves the backends' ports.
: "${server:?}" "${PROCESSES:?}"
at=${DESTDIR:-}
# until there is a copy of what visitors have
[ -L "$at/opt/holdfast/site/current" ] || ln -s ../current/site "$at/opt/holdfast/site/current"

ports=()
for ((n = 0; n < PROCESSES; n++)); do ports+=("$((8000 + n))"); done
for port in "${ports[@]}"; do
  printf 'server 127.0.0.1:%s %s;\n' "$port" 'max_fails=1 fail_timeout=1s' "$port" 'max_fails=0 backup'
done >"$server/upstream.conf"
echo 'listen 8080;' >"$server/listen.conf"
{
  if [ -n "${HOSTS:-}" ]; then
    echo 'default 0;'
    # shellcheck disable=SC2086
    printf '%s 1;\n' $HOSTS # names are separated by spaces
  else
    echo 'default 1;'
  fi
} >"$server/hosts.conf"
ln -sfn /run/holdfast-nginx/origin.conf "$server/origin.conf" # written at each start of NGINX
