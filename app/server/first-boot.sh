#!/usr/bin/env bash
# Makes a fresh Amazon Linux 2023 into a server of the fleet: packages, user, files, release, services. May run again.
# DESTDIR stands before every path in a test; a server has none.
set -euo pipefail
at=${DESTDIR:-}
server=$at/opt/holdfast/server
set -a
# shellcheck disable=SC1091
. "$at/etc/holdfast/environment"
set +a
dnf install -y -q nginx nodejs24 amazon-cloudwatch-agent logrotate
id holdfast >/dev/null 2>&1 || useradd --system --home-dir /opt/holdfast --shell /sbin/nologin holdfast
install -d -o holdfast -g holdfast "$at/opt/holdfast/run" "$at/opt/holdfast/logs" "$at/opt/holdfast/site"
install -d "$at/opt/holdfast/releases"
ROOT=$at/opt/holdfast "$server/release.sh"
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

cp -r "$server/systemd/." "$at/etc/systemd/system/"
cp "$server/logrotate.conf" "$at/etc/logrotate.d/holdfast"
systemctl daemon-reload
systemctl start holdfast-site.service || echo 'first boot: no copy of the site yet; the one of the release is served' >&2
systemctl enable --now holdfast-nginx.service holdfast-site.timer "${ports[@]/#/holdfast-backend@}"
agent() {
  "$at/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl" -a "$1" -m ec2 -s -c "file:$server/$2"
}
sed -i "s|@LOG_GROUP@|$LOG_GROUP|" "$server/amazon-cloudwatch-agent.json"
agent fetch-config amazon-cloudwatch-agent.json
if [ -n "${PROMETHEUS_WORKSPACE:-}" ]; then
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
for _ in $(seq 60); do
  if curl -fsS -o /dev/null --max-time 2 http://127.0.0.1:8080/livez; then exit 0; fi
  sleep 2
done
echo 'first boot: expected /livez to answer within 120 s, got nothing; see journalctl -u holdfast-backend@8000' >&2
exit 1
