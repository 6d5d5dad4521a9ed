"""Chooses among groups and targets as a balancer does: by weight, stickiness and health.

Targets are an id and a port, so that several local processes serve one group.
"""

import hashlib
import random
import time
from xml.sax.saxutils import escape

from ministack.services import alb

from .health import SPEED, forget, health_of, port_of
from .patching import patch

_draining = {}  # (group, id, port) -> time.monotonic() of its end


def _cookies(headers):
    parts = (headers.get("cookie") or "").split(";")
    return dict(part.strip().split("=", 1) for part in parts if "=" in part)


def _digest(text):
    return hashlib.sha1(text.encode()).hexdigest()[:20]


def weights(forward):
    groups = (forward or {}).get("TargetGroups") or []
    named = [group for group in groups if group.get("TargetGroupArn")]
    return [{"TargetGroupArn": each["TargetGroupArn"], "Weight": int(each.get("Weight", 1))} for each in named]


def choose_group(action, headers):
    """(target group, Set-Cookie) of a forward action: by the group's cookie, else by weight."""
    forward = action.get("ForwardConfig") or {}
    groups = weights(forward)
    if len(groups) < 2:
        return action.get("TargetGroupArn") or (groups and groups[0]["TargetGroupArn"]) or "", None
    stickiness = forward.get("TargetGroupStickinessConfig") or {}
    sticky = str(stickiness.get("Enabled", False)).lower() == "true"
    by_cookie = {_digest(each["TargetGroupArn"]): each for each in groups}
    seen = by_cookie.get(_cookies(headers).get("AWSALBTG", ""))
    if sticky and seen and seen["Weight"] > 0:
        return seen["TargetGroupArn"], None
    if not sum(each["Weight"] for each in groups):
        return "", None
    chosen = random.choices(list(by_cookie), [each["Weight"] for each in by_cookie.values()])[0]
    age = int(stickiness.get("DurationSeconds", 3600))
    cookie = f"AWSALBTG={chosen}; Max-Age={age}; Path=/" if sticky else None
    return by_cookie[chosen]["TargetGroupArn"], cookie


def _attribute(arn, key, default):
    return next((each["Value"] for each in alb._tg_attrs.get(arn, []) if each.get("Key") == key), default)


def choose_target(arn, headers):
    """(target, Set-Cookie): any healthy one (every one when none is: it fails open), or that of the cookie."""
    group, registered = alb._tgs.get(arn), alb._targets.get(arn, [])
    if not group or not registered:
        return None, None
    usable = [each for each in registered if health_of(group, each).state == "healthy"] or registered
    if str(_attribute(arn, "stickiness.enabled", "false")).lower() != "true":
        return random.choice(usable), None
    by_cookie = {_digest(f"{arn}|{each['Id']}|{each.get('Port')}"): each for each in usable}
    seen = _cookies(headers).get("AWSALB", "")
    chosen = seen if seen in by_cookie else random.choice(list(by_cookie))
    age = _attribute(arn, "stickiness.lb_cookie.duration_seconds", "86400")
    return by_cookie[chosen], f"AWSALB={chosen}; Max-Age={age}; Path=/"


def _same(target, wanted):
    return target["Id"] == wanted["Id"] and ("Port" not in wanted or target.get("Port") == wanted["Port"])


def add(arn, target):
    """Registers it; its health begins anew."""
    registered = alb._targets.setdefault(arn, [])
    _draining.pop((arn, target["Id"], target.get("Port")), None)
    if not any(_same(each, target) for each in registered):
        forget(alb._tgs[arn], target)
        registered.append(target)


def drain(arn, target):
    """It gets no more requests, and is shown as draining for as long as the result says, in seconds."""
    if arn not in alb._tgs:
        return 0
    delay = float(_attribute(arn, "deregistration_delay.timeout_seconds", 300)) / SPEED
    registered = alb._targets.get(arn, [])
    gone = [each for each in registered if _same(each, target)]
    alb._targets[arn] = [each for each in registered if each not in gone]
    for each in gone:
        _draining[(arn, each["Id"], each.get("Port"))] = time.monotonic() + delay
    return delay


def _draining_of(arn):
    now = time.monotonic()
    for key, until in list(_draining.items()):
        if until < now:
            _draining.pop(key, None)
    return [{"Id": name, "Port": port} for group, name, port in _draining if group == arn]


def _register(original):
    def register(params):
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return original(params)
        for target in alb._parse_targets_param(params):
            add(arn, target)
        return alb._empty("RegisterTargets")

    return register


def _deregister(original):
    def deregister(params):
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return original(params)
        for target in alb._parse_targets_param(params):
            drain(arn, target)
        return alb._empty("DeregisterTargets")

    return deregister


def _description(group, target, draining):
    health = health_of(group, target)
    state, why = ("draining" if draining else health.state), ""
    if state == "draining":
        why = "<Reason>Target.DeregistrationInProgress</Reason>"
    elif state == "unhealthy":
        why = f"<Reason>Target.FailedHealthChecks</Reason><Description>{escape(health.reason)}</Description>"
    place = f"<Target><Id>{target['Id']}</Id><Port>{port_of(group, target)}</Port></Target>"
    return f"<member>{place}<TargetHealth><State>{state}</State>{why}</TargetHealth></member>"


def _describe(original):
    def describe(params):
        arn = alb._p(params, "TargetGroupArn")
        group = alb._tgs.get(arn)
        if not group:
            return original(params)
        wanted = alb._parse_targets_param(params)
        known = [(each, False) for each in alb._targets.get(arn, [])] + [(each, True) for each in _draining_of(arn)]
        shown = [pair for pair in known if not wanted or any(_same(pair[0], each) for each in wanted)]
        members = "".join(_description(group, each, draining) for each, draining in shown)
        body = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
        return alb._xml(200, "DescribeTargetHealth", body)

    return describe


def install():
    patch(alb, "_register_targets", _register)
    patch(alb, "_deregister_targets", _deregister)
    patch(alb, "_describe_target_health", _describe)
