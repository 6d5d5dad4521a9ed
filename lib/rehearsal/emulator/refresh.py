"""Instance refreshes in our model of Auto Scaling: which old instances go when, and how many new ones may be there before. Launches none.

Not modelled: desired configurations but the launch template, bake time, standby instances.
"""

import math
import uuid

from ministack.core.responses import now_iso
from ministack.services import autoscaling, cloudwatch

from .health import SPEED
from .instances import health_states, terminate
from .programs import template_version

ACTIVE = ("Pending", "InProgress", "Cancelling", "RollbackInProgress")
_NO_PROGRESS_SECONDS = 3600 / SPEED


def active(group):
    return next((each for each in group.get("InstanceRefreshes", []) if each["Status"] in ACTIVE), None)


def begin(group, preferences, template=None):
    """Returns its id. `template` is what the group launches from then on."""
    before = dict(group.get("LaunchTemplate") or {})
    if template:
        group["LaunchTemplate"] = template
    refresh = {
        "InstanceRefreshId": str(uuid.uuid4()),
        "AutoScalingGroupName": group["AutoScalingGroupName"],
        "Status": "Pending",
        "StatusReason": "",
        "StartTime": now_iso(),
        "PercentageComplete": 0,
        "InstancesToUpdate": 0,
        "Preferences": preferences,
        "_before": before,
        "_checkpoint": 0,
        "_since": 0.0,
    }
    group.setdefault("InstanceRefreshes", []).insert(0, refresh)
    return refresh["InstanceRefreshId"]


def _number(preferences, name, default):
    value = preferences.get(name)
    return default if value in (None, "") else float(value)


def _flag(preferences, name):
    return str(preferences.get(name, False)).lower() == "true"


def _end(refresh, status, reason):
    refresh.update(Status=status, StatusReason=reason, EndTime=now_iso())
    if status in ("Successful", "RollbackSuccessful"):
        refresh.update(PercentageComplete=100, InstancesToUpdate=0)


def cancel(refresh):
    refresh.update(Status="Cancelling", StatusReason="Cancelled by user")


def roll_back(group, refresh, reason):
    """What was launched since goes, for what the group launched before; without a stop at checkpoints."""
    group["LaunchTemplate"] = refresh["_before"]
    old = refresh["_old"] or []
    refresh["Preferences"].pop("CheckpointPercentages", None)
    refresh.update(Status="RollbackInProgress", StatusReason=reason, _checkpoint=0, _reached=None, _kept=old, _old=None)


def _choose(group, refresh, alive):
    """The instances that go, once: all that are there, but for those that match or are protected where that counts."""
    preferences = refresh["Preferences"]
    number, _version = template_version(group)
    kept = set(refresh.get("_kept") or [])
    old = []
    for each in alive:
        if refresh["Status"] == "RollbackInProgress" and each.id in kept:
            continue
        if _flag(preferences, "SkipMatching") and each.record.get("LaunchTemplate", {}).get("Version") == number:
            continue
        if each.record["ProtectedFromScaleIn"] and preferences.get("ScaleInProtectedInstances") != "Refresh":
            continue
        old.append(each.id)
    refresh["_old"] = old
    refresh["_total"] = len(old)


def _good(each, warm_up, now):
    states = health_states(each)
    return each.state == "InService" and now - each.in_service >= warm_up and all(state == "healthy" for state in states)


def _alarmed(preferences):
    """The first alarm of its specification that rings."""
    names = (preferences.get("AlarmSpecification") or {}).get("Alarms") or []
    for name in names:
        alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
        if alarm and alarm["StateValue"] == "ALARM":
            return name
    return None


def _checkpoint(refresh, done, now):
    """How many may be replaced by now; None while it waits at a checkpoint, or has passed the last one."""
    preferences = refresh["Preferences"]
    percents = [float(each) for each in preferences.get("CheckpointPercentages") or []] or [100.0]
    while True:
        at = refresh["_checkpoint"]
        if at >= len(percents):
            return None
        allowed = math.ceil(refresh["_total"] * percents[at] / 100)
        if done < allowed:
            return allowed
        if refresh.get("_reached") is None:
            refresh["_reached"] = now
        last = at == len(percents) - 1
        if not last and now - refresh["_reached"] < _number(preferences, "CheckpointDelay", 3600):
            return None
        refresh.update(_checkpoint=at + 1, _reached=None)


def _replace(group, preferences, alive, going, good):
    """Terminates what may go; how many more than desired may be there."""
    desired = group["DesiredCapacity"]
    lower = math.ceil(desired * _number(preferences, "MinHealthyPercentage", 90) / 100)
    upper = max(desired, math.ceil(desired * _number(preferences, "MaxHealthyPercentage", 100) / 100))
    room = upper - desired
    if not room:
        lower = min(lower, desired - 1)  # it replaces one at least
    left, count = len(good), len(alive)
    gone = set()
    for each in sorted(going, key=lambda one: one.id in good):  # those first that serve nobody
        if room and count <= desired:
            break
        if each.id in good:
            if left <= lower:
                break
            left -= 1
        terminate(group, each, "an instance was taken out of service in response to an instance refresh.")
        gone.add(each.id)
        count -= 1
    return min(room, len(going) - len(gone))


def advance(group, alive, now):
    """Goes on with the refresh under way; how many instances more than desired the group may have meanwhile."""
    refresh = active(group)
    if not refresh:
        return 0
    if refresh["Status"] == "Cancelling":
        _end(refresh, "Cancelled", "Cancelled by user")
        return 0
    preferences = refresh["Preferences"]
    if refresh["Status"] == "Pending":
        refresh.update(Status="InProgress", _since=now, _old=None)
    if refresh["_old"] is None:
        _choose(group, refresh, alive)
        refresh["_since"] = now
    alarm = _alarmed(preferences) if refresh["Status"] == "InProgress" else None
    if alarm:
        reason = f"The alarm {alarm} is in the ALARM state"
        if _flag(preferences, "AutoRollback"):
            roll_back(group, refresh, reason)
        else:
            _end(refresh, "Failed", reason)
        return 0
    warm_up = _number(preferences, "InstanceWarmup", 0) / SPEED
    good = {each.id for each in alive if _good(each, warm_up, now)}
    old = [each for each in alive if each.id in refresh["_old"]]
    new = [each for each in alive if each.id not in refresh["_old"]]
    unready = sum(each.id not in good for each in new)
    missing = max(0, group["DesiredCapacity"] - len(alive))
    done = max(0, refresh["_total"] - len(old) - unready - missing)
    percent = math.floor(100 * done / refresh["_total"]) if refresh["_total"] else 100
    if percent != refresh["PercentageComplete"]:
        refresh["_since"] = now
    refresh.update(PercentageComplete=percent, InstancesToUpdate=refresh["_total"] - done)
    allowed = _checkpoint(refresh, done, now)
    if allowed is None:
        if refresh.get("_reached") is None:
            rolled_back = refresh["Status"] == "RollbackInProgress"
            _end(refresh, "RollbackSuccessful" if rolled_back else "Successful", refresh["StatusReason"])
        return 0
    if now - refresh["_since"] > _NO_PROGRESS_SECONDS:
        _end(refresh, "Failed", "No instance was replaced for an hour")
        return 0
    going = old[: max(0, allowed - (refresh["_total"] - len(old)))]
    return _replace(group, preferences, alive, going, good)


def forget():
    """No refresh outlives the emulator."""
    for group in autoscaling._asgs._data.values():
        refresh = active(group)
        if refresh:
            _end(refresh, "Cancelled", "The emulator ended")
