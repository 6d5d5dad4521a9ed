"""Requests of our model of Auto Scaling: sizes, suspended processes, hooks, refreshes, single instances. What ministack answers rightly stays."""

import sys
from xml.sax.saxutils import escape

from ministack.services import autoscaling

from . import fleets, hooks, instances, refresh, scaling_policies
from .patching import patch

_param, _members = autoscaling._p, autoscaling._parse_member_list
_PROCESSES = (
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
)


class Refused(Exception):
    """Its code and words."""


def _answer(name, result=None):
    inner = "" if result is None else f"<{name}Result>{autoscaling._member_xml(result)}</{name}Result>"
    return autoscaling._xml(200, f"{name}Response", inner)


def _group(params):
    name = _param(params, "AutoScalingGroupName")
    group = autoscaling._asgs.get(name)
    if group is None:
        raise Refused("ValidationError", f"AutoScalingGroup name not found - no such group: {escape(name)}")
    return group


def _instance(params):
    """A group and one of its instances, by the instance's id."""
    wanted = _param(params, "InstanceId")
    for group in autoscaling._asgs.values():
        for each in instances.of(group):
            if each.id == wanted:
                return group, each
    raise Refused("ValidationError", f"Instance Id not found - No managed instance found for instance ID: {escape(wanted)}")


def set_limits(group, least=None, most=None, desired=None):
    """Desired stays, unless it is outside of the limits or given."""
    least = group["MinSize"] if least is None else int(least)
    most = group["MaxSize"] if most is None else int(most)
    if least > most:
        raise Refused("ValidationError", f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    if desired is not None and not least <= int(desired) <= most:
        raise Refused("ValidationError", f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}")
    wanted = int(group["DesiredCapacity"] if desired is None else desired)
    group.update(MinSize=least, MaxSize=most, DesiredCapacity=max(least, min(most, wanted)))


def _update(params):
    group = _group(params)
    given = {name: _param(params, name) for name in ("MinSize", "MaxSize", "DesiredCapacity")}
    sizes = [None if value == "" else value for value in given.values()]
    set_limits(group, *sizes)
    for name in ("DefaultCooldown", "HealthCheckGracePeriod"):
        if _param(params, name) != "":
            group[name] = int(_param(params, name))
    for name in ("HealthCheckType", "VPCZoneIdentifier"):
        if _param(params, name) != "":
            group[name] = _param(params, name)
    if _param(params, "NewInstancesProtectedFromScaleIn") != "":
        group["NewInstancesProtectedFromScaleIn"] = _param(params, "NewInstancesProtectedFromScaleIn") == "true"
    return _answer("UpdateAutoScalingGroup")


def _set_desired(params):
    set_limits(_group(params), desired=_param(params, "DesiredCapacity") or 0)
    return _answer("SetDesiredCapacity")


def _delete(original):
    def delete(params):
        end_group(_group(params), _param(params, "ForceDelete") == "true")
        return original(params)

    return delete


def end_group(group, force):
    if group["Instances"] and not force:
        raise Refused("ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances still in the group.")
    instances.end_all(group)


def _create(original):
    def create(params):
        answer = original(params)
        group = autoscaling._asgs.get(_param(params, "AutoScalingGroupName"))
        if answer[0] < 300:
            set_launched_with(group, autoscaling._parse_nested(params, "LifecycleHookSpecificationList") or [])
            group["TargetGroupARNs"] = _members(params, "TargetGroupARNs")
        return answer

    return create


def set_launched_with(group, hook_list):
    """Hooks that are there before the first instance is."""
    name = group["AutoScalingGroupName"]
    for each in hook_list:
        hook = each["LifecycleHookName"]
        autoscaling._hooks[f"{name}/{hook}"] = autoscaling._hook_record(name, hook, each)


def _describe(params):
    wanted = _members(params, "AutoScalingGroupNames")
    shown = []
    for name, group in autoscaling._asgs.items():
        if wanted and name not in wanted:
            continue
        plain = {key: value for key, value in group.items() if key[0].isupper() and value not in ("", {}, None)}
        plain.pop("InstanceRefreshes", None)
        suspended = group.get("SuspendedProcesses") or {}
        plain["SuspendedProcesses"] = [{"ProcessName": each, "SuspensionReason": why} for each, why in suspended.items()]
        plain["TargetGroupARNs"] = group.get("TargetGroupARNs") or []
        shown.append(plain)
    return _answer("DescribeAutoScalingGroups", {"AutoScalingGroups": shown})


def _activities(params):
    wanted = _param(params, "AutoScalingGroupName")
    found = [each for name, group in autoscaling._asgs.items() if wanted in ("", name) for each in group.get("_activities", [])]
    return _answer("DescribeScalingActivities", {"Activities": found})


def _processes(params):
    group = _group(params)
    names = _members(params, "ScalingProcesses") or list(_PROCESSES)
    unknown = [each for each in names if each not in _PROCESSES]
    if unknown:
        raise Refused("ValidationError", f"expected of {', '.join(_PROCESSES)}, got {escape(', '.join(unknown))}")
    return group.setdefault("SuspendedProcesses", {}), names


def _suspend(params):
    suspended, names = _processes(params)
    suspended.update(dict.fromkeys(names, "User suspended"))
    return _answer("SuspendProcesses")


def _resume(params):
    suspended, names = _processes(params)
    for each in names:
        suspended.pop(each, None)
    return _answer("ResumeProcesses")


def _protect(params):
    group, wanted = _group(params), _members(params, "InstanceIds")
    for record in group["Instances"]:
        if record["InstanceId"] in wanted:
            record["ProtectedFromScaleIn"] = _param(params, "ProtectedFromScaleIn") == "true"
    return _answer("SetInstanceProtection", {})


def _set_health(params):
    _found, each = _instance(params)
    each.record["HealthStatus"] = _param(params, "HealthStatus")
    return _answer("SetInstanceHealth")


def _terminate(params):
    group, each = _instance(params)
    if _param(params, "ShouldDecrementDesiredCapacity") == "true":
        set_limits(group, desired=group["DesiredCapacity"] - 1)
    instances.terminate(group, each, "an instance was taken out of service in response to a user request.")
    return _answer("TerminateInstanceInAutoScalingGroup", {"Activity": each.activity})


def _waiting(params):
    hook, instance, token = (_param(params, name) for name in ("LifecycleHookName", "InstanceId", "LifecycleActionToken"))
    wait = hooks.find(instances.of(_group(params)), hook, instance, token)
    if not wait:
        raise Refused("ValidationError", f"No active Lifecycle Action found with instance ID {escape(instance or token)}")
    return wait


def _complete(params):
    _waiting(params)["result"] = _param(params, "LifecycleActionResult")
    return _answer("CompleteLifecycleAction", {})


def _heartbeat(params):
    hooks.beat(_waiting(params))
    return _answer("RecordLifecycleActionHeartbeat", {})


def _start_refresh(params):
    group = _group(params)
    if refresh.active(group):
        raise Refused("InstanceRefreshInProgress", "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.")
    preferences = autoscaling._parse_nested(params, "Preferences")
    template = autoscaling._parse_nested(params, "DesiredConfiguration").get("LaunchTemplate")
    if template:
        template = {**(group.get("LaunchTemplate") or {}), **template}
    return _answer("StartInstanceRefresh", {"InstanceRefreshId": refresh.begin(group, preferences or {}, template)})


def _describe_refreshes(params):
    wanted = _members(params, "InstanceRefreshIds")
    found = [each for each in _group(params).get("InstanceRefreshes", []) if not wanted or each["InstanceRefreshId"] in wanted]
    if wanted and not found:
        raise Refused("ValidationError", f"Instance refresh not found: {escape(wanted[0])}")
    shown = [{key: value for key, value in each.items() if key[0] != "_"} for each in found]
    return _answer("DescribeInstanceRefreshes", {"InstanceRefreshes": shown})


def _active_refresh(params):
    group = _group(params)
    found = refresh.active(group)
    if not found:
        raise Refused("ActiveInstanceRefreshNotFound", f"No in progress or pending Instance Refresh found for Auto Scaling group {group['AutoScalingGroupName']}")
    return group, found


def _cancel_refresh(params):
    _found, active = _active_refresh(params)
    refresh.cancel(active)
    return _answer("CancelInstanceRefresh", {"InstanceRefreshId": active["InstanceRefreshId"]})


def _roll_back_refresh(params):
    group, active = _active_refresh(params)
    refresh.roll_back(group, active, "Rolled back by user")
    return _answer("RollbackInstanceRefresh", {"InstanceRefreshId": active["InstanceRefreshId"]})


def _execute_policy(params):
    name, policy = _param(params, "AutoScalingGroupName"), _param(params, "PolicyName")
    found = [each for each in autoscaling._policies.values() if policy in (each["PolicyARN"], each["PolicyName"])]
    found = [each for each in found if name in ("", each["AutoScalingGroupName"])]
    if not found:
        raise Refused("ValidationError", f"No scaling policy found: {escape(policy)}")
    scaling_policies.execute(found[0])
    return _answer("ExecutePolicy")


def _guarded(handle):
    """One request after another, and none while the groups are looked at."""

    def handled(params):
        try:
            with fleets.lock:
                return handle(params)
        except Refused as refused:
            return autoscaling._error(*refused.args)

    return handled


_REPLACED = {
    "_update_asg": _update,
    "_set_desired_capacity": _set_desired,
    "_describe_asgs": _describe,
    "_describe_scaling_activities": _activities,
    "_complete_lifecycle_action": _complete,
    "_record_lifecycle_heartbeat": _heartbeat,
    "_start_instance_refresh": _start_refresh,
    "_describe_instance_refreshes": _describe_refreshes,
    "_cancel_instance_refresh": _cancel_refresh,
}
_ADDED = {
    "SuspendProcesses": _suspend,
    "ResumeProcesses": _resume,
    "SetInstanceProtection": _protect,
    "SetInstanceHealth": _set_health,
    "TerminateInstanceInAutoScalingGroup": _terminate,
    "RollbackInstanceRefresh": _roll_back_refresh,
    "ExecutePolicy": _execute_policy,
}


def install():
    if not fleets.enabled():
        return
    for name, handle in _REPLACED.items():
        patch(autoscaling, name, lambda _original, handle=handle: _guarded(handle))
    for name, wrap in (("_create_asg", _create), ("_delete_asg", _delete)):
        patch(autoscaling, name, lambda original, wrap=wrap: _guarded(wrap(original)))
    patch(autoscaling, "_reconcile_instances", lambda _original: lambda _group: None)  # ours are real
    for name, handle in _ADDED.items():
        if name in autoscaling._ACTION_MAP:
            sys.exit(f"the emulator: ministack knows {name} now, remove it here")
        autoscaling._ACTION_MAP[name] = _guarded(handle)
