"""Groups of templates in our model of Auto Scaling: an update leaves the desired size alone and refreshes the instances where the template says so.

As before, no signals are waited for (CreationPolicy): a deployment is through before its servers are.
"""

import time

from ministack.services import autoscaling, cloudformation
from ministack.services.cloudformation import provisioners, stacks

from . import fleet_calls, fleets, refresh
from .patching import patch

_TYPE = "AWS::AutoScaling::AutoScalingGroup"
_POLL_SECONDS = 0.2


def _adopt(group, properties):
    fleet_calls.set_launched_with(group, properties.get("LifecycleHookSpecificationList") or [])
    group["TargetGroupARNs"] = list(properties.get("TargetGroupARNs") or [])


def _create(original):
    def create(logical_id, properties, stack):
        with fleets.lock:
            name, attributes = original(logical_id, properties, stack)
            _adopt(autoscaling._asgs[name], properties)
        return name, attributes

    return create


def _policy(stack_name, logical_id):
    """The refresh that the template asks for."""
    template = cloudformation._stacks[stack_name].get("_template") or {}
    resource = template.get("Resources", {}).get(logical_id) or {}
    return resource.get("UpdatePolicy", {}).get("AutoScalingInstanceRefresh")


def _wait(group, refresh_id):
    def found():
        return next(each for each in group["InstanceRefreshes"] if each["InstanceRefreshId"] == refresh_id)

    while found()["Status"] in refresh.ACTIVE and not fleets.stopping():
        time.sleep(_POLL_SECONDS)
    if found()["Status"] != "Successful":
        raise ValueError(f"Instance refresh {found()['Status']}: {found()['StatusReason']}")


def _update(original):
    def update(physical_id, old, new, stack, logical_id=None):
        with fleets.lock:
            group = autoscaling._asgs.get(physical_id)
            size = group["DesiredCapacity"] if group else None
            name, attributes = original(physical_id, old, new, stack, logical_id)
            changed = autoscaling._asgs[name]
            _adopt(changed, new)
            policy = _policy(stack, logical_id)
            started = None
            if name == physical_id:
                wanted = int(new["DesiredCapacity"]) if "DesiredCapacity" in new else size
                changed["DesiredCapacity"] = max(changed["MinSize"], min(changed["MaxSize"], wanted))
                if policy and old.get("LaunchTemplate") != new.get("LaunchTemplate") and changed["Instances"]:
                    if refresh.active(changed):
                        raise ValueError("An Instance Refresh is already in progress")
                    started = refresh.begin(changed, policy.get("Preferences") or {})
        if started:
            _wait(changed, started)
        return name, attributes

    return update


def _delete(original):
    def delete(physical_id, properties):
        with fleets.lock:
            if physical_id in autoscaling._asgs:
                fleet_calls.end_group(autoscaling._asgs[physical_id], force=True)
            return original(physical_id, properties)

    return delete


def _waits(original):
    return lambda kind: kind == _TYPE or original(kind)


def install():
    if not fleets.enabled():
        return
    handler = provisioners._RESOURCE_HANDLERS[_TYPE]
    for name, wrap in (("_asg_create", _create), ("_asg_update", _update), ("_asg_delete", _delete)):
        original = getattr(provisioners, name)
        patch(provisioners, name, wrap)
        for key in [key for key, value in handler.items() if value is original]:
            handler[key] = getattr(provisioners, name)
    patch(stacks, "_runs_on_worker_thread", _waits)
