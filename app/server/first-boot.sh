#!/usr/bin/env bash
# Makes a fresh Amazon Linux 2023 into a server of the fleet, or of the workers: packages, user, files, release, services. May run again.
# DESTDIR stands before every path in a test; a server has none.
set -euo pipefail
at=${DESTDIR:-}
server=$at/opt/holdfast/server
set -a
# shellcheck disable=SC1091
. "$at/etc/holdfast/environment"
set +a
serves() { [[ " ${SERVES:-backend} " == *" $1 "* ]]; }

packages=(nodejs24 amazon-cloudwatch-agent logrotate)
serves backend && packages+=(nginx)
dnf install -y -q "${packages[@]}"
id holdfast >/dev/null 2>&1 || useradd --system --home-dir /opt/holdfast --shell /sbin/nologin holdfast
install -d -o holdfast -g holdfast "$at/opt/holdfast/run" "$at/opt/holdfast/logs" "$at/opt/holdfast/site"
install -d "$at/opt/holdfast/releases"
ROOT=$at/opt/holdfast "$server/release.sh"

cp -r "$server/systemd/." "$at/etc/systemd/system/"
cp "$server/logrotate.conf" "$at/etc/logrotate.d/holdfast"
systemctl daemon-reload
services=() lives=()
if serves backend; then
  # shellcheck source=app/server/nginx-files.sh
  . "$server/nginx-files.sh"
  systemctl start holdfast-site.service || echo 'first boot: no copy of the site yet; the one of the release is served' >&2
  services+=(holdfast-nginx.service holdfast-site.timer "${ports[@]/#/holdfast-backend@}")
  lives+=("8080 holdfast-backend@8000")
fi
if serves worker; then
  if [ -e "$at/opt/holdfast/current/worker/worker.js" ]; then
    services+=(holdfast-worker.service)
    lives+=("8100 holdfast-worker")
  elif ! serves backend; then
    echo 'first boot: expected worker/worker.js in the release, got none; see docs/backend.md, or leave workers.group away' >&2
    exit 1
  fi
fi
systemctl enable --now "${services[@]}"
agent() {
  "$at/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl" -a "$1" -m ec2 -s -c "file:$server/$2"
}
sed -i "s|@LOG_GROUP@|$LOG_GROUP|" "$server/amazon-cloudwatch-agent.json"
agent fetch-config amazon-cloudwatch-agent.json
if serves backend && [ -n "${PROMETHEUS_WORKSPACE:-}" ]; then
  id=$(ec2-metadata --quiet --instance-id)
  targets=()
  for port in "${ports[@]}"; do
    labels="\"environment\":\"$ENVIRONMENT\",\"server\":\"$id\",\"process\":\"$port\",\"instance\":\"$id:$port\""
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
