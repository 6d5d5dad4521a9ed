#!/usr/bin/env bash
# Makes a fresh Amazon Linux 2023 into a server of the fleet, or of the workers: packages, user, files, release, services, first requests.
# Then, and not before, its auto scaling group puts it to work. May run again, and does at each later start.
# DESTDIR stands before every path in a test; a server has none.
set -euo pipefail
at=${DESTDIR:-}
server=$at/opt/holdfast/server
set -a
# shellcheck disable=SC1091
. "$at/etc/holdfast/environment"
set +a
serves() { [[ " ${SERVES:-backend} " == *" $1 "* ]]; }
answers() { serves backend || serves service; } # requests, by NGINX

# the group says which release is wanted; what describes tags may know of a new server, or of a new role, a little late
INSTANCE=$(ec2-metadata --quiet --instance-id)
for ((n = 0; ; n++)); do
  GROUP=$(aws ec2 describe-tags --filters "Name=resource-id,Values=$INSTANCE" Name=key,Values=aws:autoscaling:groupName --query 'Tags[0].Value' --output text) || GROUP=
  FLEET=${GROUP##*-}
  if [[ $FLEET =~ ^(blue|green)$ ]]; then break; fi
  if ((n == 9)); then
    echo "first boot: expected an auto scaling group whose name ends in -blue or -green, got '$GROUP'" >&2
    exit 1
  fi
  sleep 3
done
export INSTANCE GROUP FLEET
printf "%s='%s'\n" INSTANCE "$INSTANCE" GROUP "$GROUP" FLEET "$FLEET" >"$at/etc/holdfast/fleet"
trap '"$server/lifecycle.sh" answer ready ABANDON || true' EXIT # a server that failed makes room for another at once

packages=(nodejs24 amazon-cloudwatch-agent logrotate)
answers && packages+=(nginx)
dnf install -y -q "${packages[@]}"
id holdfast >/dev/null 2>&1 || useradd --system --home-dir /opt/holdfast --shell /sbin/nologin holdfast
install -d -o holdfast -g holdfast "$at/opt/holdfast/run" "$at/opt/holdfast/logs" "$at/opt/holdfast/site"
install -d "$at/opt/holdfast/releases"
ROOT=$at/opt/holdfast "$server/release.sh"

cp -r "$server/systemd/." "$at/etc/systemd/system/"
cp "$server/logrotate.conf" "$at/etc/logrotate.d/holdfast"
systemctl daemon-reload
systemctl enable boot-holdfast.service
services=(holdfast-lifecycle.service renew-holdfast.timer) lives=()
if answers; then
  # shellcheck source=app/server/nginx-files.sh
  . "$server/nginx-files.sh"
  for unit in "${service_units[@]}"; do
    name=${unit#*@} port=${unit##*-}
    if [ ! -e "$at/opt/holdfast/current/services/${name%-*}/server.js" ]; then
      echo "first boot: expected services/${name%-*}/server.js in the release, got none; see docs/services.md, or take it out of services" >&2
      exit 1
    fi
    lives+=("$port $unit")
  done
  services+=(holdfast-nginx.service "${service_units[@]}")
fi
if serves backend; then
  systemctl start holdfast-site.service || echo 'first boot: no copy of the site yet; the one of the release is served' >&2
  services+=(holdfast-site.timer "${ports[@]/#/holdfast-backend@}")
fi
if serves backend; then lives+=("8080 holdfast-backend@8000 -u holdfast-nginx"); elif answers; then lives+=("8080 holdfast-nginx"); fi
if serves worker; then
  if [ -e "$at/opt/holdfast/current/worker/worker.js" ]; then
    services+=(holdfast-worker.service)
    lives+=("8100 holdfast-worker")
  elif ! serves backend; then
    echo 'first boot: expected worker/worker.js in the release, got none; see docs/backend.md, or leave workers.group away' >&2
    exit 1
  fi
fi
systemctl start "${services[@]}"
agent() {
  "$at/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl" -a "$1" -m ec2 -s -c "file:$server/$2"
}
sed -i "s|@LOG_GROUP@|$LOG_GROUP|" "$server/amazon-cloudwatch-agent.json"
agent fetch-config amazon-cloudwatch-agent.json
if serves backend && [ -n "${PROMETHEUS_WORKSPACE:-}" ]; then
  targets=()
  for port in "${ports[@]}"; do
    labels="\"environment\":\"$ENVIRONMENT\",\"server\":\"$INSTANCE\",\"process\":\"$port\",\"instance\":\"$INSTANCE:$port\""
    targets+=("{\"targets\":[\"127.0.0.1:$port\"],\"labels\":{$labels}}")
  done
  (IFS=, && echo "[${targets[*]}]") >"$server/targets.json"
  sed -i "s|@WORKSPACE@|$PROMETHEUS_WORKSPACE|" "$server/agent-prometheus.json"
  agent append-config agent-prometheus.json
fi
if [ -n "${TRACE_RATE:-}" ]; then agent append-config agent-traces.json; fi
for each in "${lives[@]}"; do
  read -r port unit <<<"$each"
  for ((n = 0; ; n++)); do
    if curl -fsS -o /dev/null --max-time 2 "http://127.0.0.1:$port/livez"; then break; fi
    if ((n == 59)); then
      echo "first boot: expected /livez to answer within 120 s, got nothing; see journalctl -u $unit" >&2
      exit 1
    fi
    sleep 2
  done
done
if serves backend; then "$server/warm-up.sh" "$at/opt/holdfast/current/backend/warm-up.json" "${ports[@]}"; fi
if answers; then
  for unit in "${service_units[@]}"; do
    name=${unit#*@}
    "$server/warm-up.sh" "$at/opt/holdfast/current/services/${name%-*}/warm-up.json" "${unit##*-}"
  done
fi
trap - EXIT
for ((n = 0; n < 12; n++)); do # out of a warm pool it may be ready before its group waits; after a reboot nobody does
  if "$server/lifecycle.sh" answer ready CONTINUE; then exit; fi
  sleep 5
done
echo 'first boot: nobody waited for it' >&2
