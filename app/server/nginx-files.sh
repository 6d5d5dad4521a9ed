#!/usr/bin/env bash
# Writes what differs between machines beside the configuration of NGINX, and what systemd knows of other services. Read by first-boot.sh,
# to which it leaves the ports behind the balancer's checks, and the units of those services.
: "${server:?}" "${PROCESSES:?}"
at=${DESTDIR:-}
# until there is a copy of what visitors have
[ -L "$at/opt/holdfast/site/current" ] || ln -s ../current/site "$at/opt/holdfast/site/current"

ports=()
for ((n = 0; n < PROCESSES; n++)); do ports+=("$((8000 + n))"); done
peers() {
  local port
  for port in "$@"; do
    printf 'server 127.0.0.1:%s %s;\n' "$port" 'max_fails=1 fail_timeout=1s' "$port" 'max_fails=0 backup'
  done
}
peers "${ports[@]}" >"$server/upstream.conf"
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

# Services besides the backend, each NAME:FIRST PORT:PROCESSES:SECRETS,…:PATHS OR HOSTS,… in SERVICES
rm -rf "$server/services" "$at/etc/holdfast/services"
mkdir -p "$server/services" "$at/etc/holdfast/services"
service_units=()
read -ra rows <<<"${SERVICES:-}"
for row in "${rows[@]}"; do
  IFS=: read -r name first processes secrets where <<<"$row"
  own=()
  for ((n = 0; n < processes; n++)); do own+=("$((first + n))"); done
  for port in "${own[@]}"; do
    printf "%s='%s'\n" NAME "$name" PORT "$port" SECRETS "${secrets//,/ }" >"$at/etc/holdfast/services/$name-$port"
    service_units+=("holdfast-service@$name-$port")
  done
  IFS=, read -ra places <<<"$where"
  {
    printf 'upstream service-%s {\n  zone service-%s 128k;\n' "$name" "$name"
    peers "${own[@]}"
    printf '  least_conn;\n  keepalive 64;\n  keepalive_timeout 2s;\n}\n'
    if [[ $where != /* ]]; then
      printf 'server {\n  include listen.conf;\n  server_name %s;\n  include server.conf;\n' "${places[*]}"
      printf '  location ~* ^/(metrics|readyz)(/|$) { return 404; }\n'
      printf '  location / { proxy_pass http://service-%s/; }\n}\n' "$name"
    fi
  } >"$server/services/$name.http"
  for place in "${places[@]}"; do
    if [[ $place == */\* ]]; then
      printf 'location ^~ %s { proxy_pass http://service-%s%s; }\n' "${place%\*}" "$name" "${place%\*}"
    elif [[ $place == /* ]]; then
      printf 'location = %s { proxy_pass http://service-%s%s; }\n' "$place" "$name" "$place"
    fi
  done >"$server/services/$name.locations"
done
