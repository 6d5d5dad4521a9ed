#!/usr/bin/env bash
# reload.sh [SERVICE]: restarts the processes of the backend, or of another service on this server, one after the other, without a failed
# request: with the secrets that are current, and with the release that is. One that doesn't come back ends it; the others go on as before.
# The process itself tells NGINX to leave it alone (docs/backend.md, "Life").
set -euo pipefail
server=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=${1:-backend}
if [ "$name" = backend ]; then
  peers=$server/upstream.conf unit=holdfast-backend@
else
  peers=$server/services/$name.http unit=holdfast-service@$name-
fi
here() { # a service with servers of its own stands in the backend's place, also in upstream.conf
  [ -e "$peers" ] || return
  [ "$name" != backend ] || ! grep -qsxFf "$peers" "$server"/services/*.http
}
if [[ ! $name =~ ^[a-z0-9-]+$ ]] || ! here; then
  cd "$server"
  known=$(find services -name '*.http' -printf '%f ' 2>/dev/null | sed 's/\.http//g; s/ $//')
  echo "reload: expected backend, or one of the services here ($known), got '$name'" >&2
  exit 2
fi
mapfile -t ports < <(sed -n 's/^server 127\.0\.0\.1:\([0-9]*\) .*backup;$/\1/p' "$peers")
within=${WITHIN_SECONDS:-30}
for port in "${ports[@]}"; do
  systemctl restart "$unit$port"
  SECONDS=0
  until curl -fsS -o /dev/null --max-time 2 "http://127.0.0.1:$port/livez" 2>/dev/null; do
    if ((SECONDS > within)); then
      echo "reload: expected /livez of $unit$port to answer within $within s, got nothing; the processes after it were not restarted. See journalctl -u $unit$port" >&2
      exit 1
    fi
    sleep 0.5
  done
  sleep 1.1 # NGINX leaves a process alone for a second; then it takes part again, before the next one goes
done
echo "reload: ${#ports[@]} processes of $name are new"
