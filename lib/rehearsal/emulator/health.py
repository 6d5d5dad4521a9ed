"""Probes registered targets as a balancer does, with each group's own path, interval and thresholds. Chooses none."""

import http.client
import threading
import time

from ministack.services import alb

SPEED = 5  # intervals are divided by it, as are the times of our model of Auto Scaling
_POLL_SECONDS = 0.25
_health = {}  # (group, id, port) -> Health


class Health:
    state = "initial"
    successes = 0
    failures = 0
    next_probe = 0.0
    reason = ""


def port_of(group, target):
    return int(target.get("Port") or group.get("Port") or 80)


def _key(group, target):
    return group["TargetGroupArn"], target["Id"], port_of(group, target)


def health_of(group, target):
    return _health.setdefault(_key(group, target), Health())


def forget(group, target):
    _health.pop(_key(group, target), None)


def _probe(group, target):
    wanted = group.get("HealthCheckPort") or "traffic-port"
    port = port_of(group, target) if wanted == "traffic-port" else int(wanted)
    try:
        timeout = float(group.get("HealthCheckTimeoutSeconds") or 5)
        connection = http.client.HTTPConnection(target["Id"], port, timeout=timeout)
        try:
            path = group.get("HealthCheckPath") or "/"
            connection.request("GET", path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
            status = connection.getresponse().status
        finally:
            connection.close()
    except Exception as error:
        return False, type(error).__name__
    matcher = group.get("Matcher")
    codes = matcher.get("HttpCode") if isinstance(matcher, dict) else matcher
    ranges = [part.split("-") for part in str(codes or "200").split(",")]
    return any(int(each[0]) <= status <= int(each[-1]) for each in ranges), f"codes: [{status}]"


def _check(group, target):
    health = health_of(group, target)
    if health.next_probe > time.time():
        return
    health.next_probe = time.time() + float(group.get("HealthCheckIntervalSeconds") or 30) / SPEED
    passed, reason = _probe(group, target)
    first = health.state == "initial"
    if passed:
        health.successes, health.failures, health.reason = health.successes + 1, 0, ""
        if first or health.successes >= int(group.get("HealthyThresholdCount") or 5):
            health.state = "healthy"
    else:
        health.successes, health.failures, health.reason = 0, health.failures + 1, reason
        if first or health.failures >= int(group.get("UnhealthyThresholdCount") or 2):
            health.state = "unhealthy"


def _check_all():
    while True:
        for group in list(alb._tgs._data.values()):
            off = str(group.get("HealthCheckEnabled", True)).lower() == "false"
            if off or group.get("TargetType", "instance") == "lambda":
                continue
            for key, targets in list(alb._targets._data.items()):
                if key[-1] == group["TargetGroupArn"]:
                    for target in list(targets):
                        _check(group, target)
        time.sleep(_POLL_SECONDS)


def start():
    threading.Thread(target=_check_all, daemon=True, name="health-checks").start()
