"""Requests of our model of Auto Scaling about one instance: its protection, health, end and hooks."""

from xml.sax.saxutils import escape

from ministack.services import autoscaling

from . import hooks, instances
from .fleet_answers import Refused, answer, group_of, members, param
from .sizes import set_limits


def _instance(params):
    """A group and one of its instances, by the instance's id."""
    wanted = param(params, "InstanceId")
    for group in autoscaling._asgs.values():
        for each in instances.of(group):
            if each.id == wanted:
                return group, each
    raise Refused("ValidationError", f"Instance Id not found - No managed instance found for instance ID: {escape(wanted)}")


def _protect(params):
    group, wanted = group_of(params), members(params, "InstanceIds")
    for record in group["Instances"]:
        if record["InstanceId"] in wanted:
            record["ProtectedFromScaleIn"] = param(params, "ProtectedFromScaleIn") == "true"
    return answer("SetInstanceProtection", {})


def _set_health(params):
    _found, each = _instance(params)
    each.record["HealthStatus"] = param(params, "HealthStatus")
    return answer("SetInstanceHealth")


def _terminate(params):
    group, each = _instance(params)
    if param(params, "ShouldDecrementDesiredCapacity") == "true":
        set_limits(group, desired=group["DesiredCapacity"] - 1)
    instances.terminate(group, each, "an instance was taken out of service in response to a user request.")
    return answer("TerminateInstanceInAutoScalingGroup", {"Activity": each.activity})


def _waiting(params):
    hook, instance, token = (param(params, name) for name in ("LifecycleHookName", "InstanceId", "LifecycleActionToken"))
    wait = hooks.find(instances.of(group_of(params)), hook, instance, token)
    if not wait:
        raise Refused("ValidationError", f"No active Lifecycle Action found with instance ID {escape(instance or token)}")
    return wait


def _complete(params):
    _waiting(params)["result"] = param(params, "LifecycleActionResult")
    return answer("CompleteLifecycleAction", {})


def _heartbeat(params):
    hooks.beat(_waiting(params))
    return answer("RecordLifecycleActionHeartbeat", {})


REPLACED = {"_complete_lifecycle_action": _complete, "_record_lifecycle_heartbeat": _heartbeat}
ADDED = {
    "SetInstanceProtection": _protect,
    "SetInstanceHealth": _set_health,
    "TerminateInstanceInAutoScalingGroup": _terminate,
}
