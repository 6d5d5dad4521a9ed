#!/usr/bin/env bash
# What this server and its auto scaling group have to say to each other.
# lifecycle.sh answer HOOK RESULT: ends the wait of a hook. Fails where nobody waits.
# lifecycle.sh watch: when the group lets this server go, waits for the last requests, stops the services and says so.
set -euo pipefail
: "${GROUP:?}" "${INSTANCE:?}"
metadata=http://169.254.169.254/latest
answer() {
  aws autoscaling complete-lifecycle-action --auto-scaling-group-name "$GROUP" --instance-id "$INSTANCE" \
    --lifecycle-hook-name "$1" --lifecycle-action-result "$2"
}
leaves() {
  local token state
  token=$(curl -fs --max-time 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token") || return
  state=$(curl -fs --max-time 2 -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/autoscaling/target-lifecycle-state") || return
  [[ $state == *Terminated ]]
}

case ${1:-} in
answer) answer "$2" "$3" ;;
watch)
  until leaves; do sleep 5; done
  # it may be told while the balancer still sends what was on its way
  sleep "${DRAIN_SECONDS:-0}"
  systemctl stop renew-holdfast.timer renew-holdfast.service # it would start again what stops
  systemctl stop holdfast-nginx.service
  systemctl stop 'holdfast-backend@*' 'holdfast-service@*' holdfast-worker.service
  for ((n = 0; n < 24; n++)); do # the hook begins only when the balancer has let go
    if answer stopped CONTINUE; then exit; fi
    sleep 5
  done
  echo 'lifecycle: expected the group to wait for the services to stop, got a refusal for 2 minutes; it goes on by itself' >&2
  exit 1
  ;;
*)
  echo "lifecycle: expected answer or watch, got '${1:-}'" >&2
  exit 2
  ;;
esac
