"""Lifecycle hooks in our model of Auto Scaling: who waits for whom, until when, and how it ended. Notifies nobody; moves no instance."""

import time
import uuid

from ministack.services import autoscaling

from .health import SPEED

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"


def _hooks(group, transition):
    name = group["AutoScalingGroupName"]
    every = list(autoscaling._hooks.items())
    return [hook for _key, hook in every if hook["AutoScalingGroupName"] == name and hook["LifecycleTransition"] == transition]


def begin(group, each, transition, now):
    """Whether the instance has to wait."""
    each.waiting = {
        hook["LifecycleHookName"]: {
            "token": str(uuid.uuid4()),
            "timeout": hook["HeartbeatTimeout"] / SPEED,
            "until": now + hook["HeartbeatTimeout"] / SPEED,
            "default": hook["DefaultResult"],
            "result": None,
        }
        for hook in _hooks(group, transition)
    }
    return bool(each.waiting)


def outcome(each, now):
    """CONTINUE when every hook says so, ABANDON when one does, None as long as it is open. A late hook says its default."""
    for wait in each.waiting.values():
        if wait["result"] is None and now > wait["until"]:
            wait["result"] = wait["default"]
    results = [wait["result"] for wait in each.waiting.values()]
    if "ABANDON" in results:
        return "ABANDON"
    return None if None in results else "CONTINUE"


def find(instances, hook, instance_id, token):
    """What waits under that name, or None."""
    for each in instances:
        wait = each.waiting.get(hook)
        if wait and wait["result"] is None and (each.id == instance_id or (token and wait["token"] == token)):
            return wait
    return None


def beat(wait):
    wait["until"] = time.monotonic() + wait["timeout"]


def failed_launch(group):
    """Auto Scaling waits longer and longer before it tries again."""
    failures = group.get("_failures", 0) + 1
    group.update(_failures=failures, _not_before=time.monotonic() + min(30, 2 ** (failures - 1)))


def good_launch(group):
    group.update(_failures=0, _not_before=0)
