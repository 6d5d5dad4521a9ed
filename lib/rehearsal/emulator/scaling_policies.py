"""Lets scaling policies act in our model of Auto Scaling: by request, or by an alarm that names them. No cooldown and no warm-up; no target tracking."""

import math

from ministack.services import autoscaling, cloudwatch

from . import fleets
from .patching import patch


def _adjustment(policy):
    """The step nearest to the alarm's threshold: how far beyond it the metric is, isn't looked at."""
    steps = policy.get("StepAdjustments") or []
    nearest = [each for each in steps if 0 in (each.get("MetricIntervalLowerBound"), each.get("MetricIntervalUpperBound"))]
    return (nearest or steps)[0]["ScalingAdjustment"] if steps else policy.get("ScalingAdjustment", 0)


def execute(policy):
    group = autoscaling._asgs.get(policy["AutoScalingGroupName"])
    if not group:
        return
    change, size = int(_adjustment(policy)), group["DesiredCapacity"]
    kind = policy.get("AdjustmentType")
    if kind == "PercentChangeInCapacity":
        by = size * change / 100
        wanted = size + (math.ceil(by) if by > 0 else math.floor(by))
    else:
        wanted = change if kind == "ExactCapacity" else size + change
    group["DesiredCapacity"] = max(group["MinSize"], min(group["MaxSize"], wanted))


def _also_policies(dispatch):
    fields = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

    def dispatch_all(alarm, old_state, new_state, reason):
        with fleets.lock:
            for policy in list(autoscaling._policies.values()):
                group = autoscaling._asgs.get(policy["AutoScalingGroupName"]) or {}
                held = "AlarmNotification" in (group.get("SuspendedProcesses") or {})
                if policy["PolicyARN"] in (alarm.get(fields.get(new_state)) or []) and not held:
                    execute(policy)
        return dispatch(alarm, old_state, new_state, reason)

    return dispatch_all


def install():
    if fleets.enabled():
        patch(cloudwatch, "_dispatch_alarm_actions", _also_policies)
