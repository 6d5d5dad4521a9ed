"""Requests of our model of Auto Scaling: sizes, suspended processes, hooks, refreshes, single instances. What ministack answers rightly stays."""

import sys
from xml.sax.saxutils import escape

from ministack.services import autoscaling

from . import fleets, instance_calls, instances, refresh_calls, scaling_policies
from .fleet_answers import Refused, answer, group_of, members, param
from .patching import patch
from .sizes import set_limits

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


def _update(params):
    group = group_of(params)
    given = {name: param(params, name) for name in ("MinSize", "MaxSize", "DesiredCapacity")}
    sizes = [None if value == "" else value for value in given.values()]
    set_limits(group, *sizes)
    for name in ("DefaultCooldown", "HealthCheckGracePeriod"):
        if param(params, name) != "":
            group[name] = int(param(params, name))
    for name in ("HealthCheckType", "VPCZoneIdentifier"):
        if param(params, name) != "":
            group[name] = param(params, name)
    if param(params, "NewInstancesProtectedFromScaleIn") != "":
        group["NewInstancesProtectedFromScaleIn"] = param(params, "NewInstancesProtectedFromScaleIn") == "true"
    return answer("UpdateAutoScalingGroup")


def _set_desired(params):
    set_limits(group_of(params), desired=param(params, "DesiredCapacity") or 0)
    return answer("SetDesiredCapacity")


def _delete(original):
    def delete(params):
        end_group(group_of(params), param(params, "ForceDelete") == "true")
        return original(params)

    return delete


def end_group(group, force):
    if group["Instances"] and not force:
        raise Refused("ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances still in the group.")
    instances.end_all(group)


def _create(original):
    def create(params):
        response = original(params)
        group = autoscaling._asgs.get(param(params, "AutoScalingGroupName"))
        if response[0] < 300:
            set_launched_with(group, autoscaling._parse_nested(params, "LifecycleHookSpecificationList") or [])
            group["TargetGroupARNs"] = members(params, "TargetGroupARNs")
        return response

    return create


def set_launched_with(group, hook_list):
    """Hooks that are there before the first instance is."""
    name = group["AutoScalingGroupName"]
    for each in hook_list:
        hook = each["LifecycleHookName"]
        autoscaling._hooks[f"{name}/{hook}"] = autoscaling._hook_record(name, hook, each)


def _describe(params):
    wanted = members(params, "AutoScalingGroupNames")
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
    return answer("DescribeAutoScalingGroups", {"AutoScalingGroups": shown})


def _activities(params):
    wanted = param(params, "AutoScalingGroupName")
    found = [each for name, group in autoscaling._asgs.items() if wanted in ("", name) for each in group.get("_activities", [])]
    return answer("DescribeScalingActivities", {"Activities": found})


def _processes(params):
    group = group_of(params)
    names = members(params, "ScalingProcesses") or list(_PROCESSES)
    unknown = [each for each in names if each not in _PROCESSES]
    if unknown:
        raise Refused("ValidationError", f"expected of {', '.join(_PROCESSES)}, got {escape(', '.join(unknown))}")
    return group.setdefault("SuspendedProcesses", {}), names


def _suspend(params):
    suspended, names = _processes(params)
    suspended.update(dict.fromkeys(names, "User suspended"))
    return answer("SuspendProcesses")


def _resume(params):
    suspended, names = _processes(params)
    for each in names:
        suspended.pop(each, None)
    return answer("ResumeProcesses")


def _execute_policy(params):
    name, policy = param(params, "AutoScalingGroupName"), param(params, "PolicyName")
    found = [each for each in autoscaling._policies.values() if policy in (each["PolicyARN"], each["PolicyName"])]
    found = [each for each in found if name in ("", each["AutoScalingGroupName"])]
    if not found:
        raise Refused("ValidationError", f"No scaling policy found: {escape(policy)}")
    scaling_policies.execute(found[0])
    return answer("ExecutePolicy")


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
    **instance_calls.REPLACED,
    **refresh_calls.REPLACED,
}
_ADDED = {
    "SuspendProcesses": _suspend,
    "ResumeProcesses": _resume,
    "ExecutePolicy": _execute_policy,
    **instance_calls.ADDED,
    **refresh_calls.ADDED,
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
