"""Requests of our model of Auto Scaling about instance refreshes."""

from xml.sax.saxutils import escape

from ministack.services import autoscaling

from . import refresh
from .fleet_answers import Refused, answer, group_of, members


def _start_refresh(params):
    group = group_of(params)
    if refresh.active(group):
        raise Refused("InstanceRefreshInProgress", "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.")
    preferences = autoscaling._parse_nested(params, "Preferences")
    template = autoscaling._parse_nested(params, "DesiredConfiguration").get("LaunchTemplate")
    if template:
        template = {**(group.get("LaunchTemplate") or {}), **template}
    return answer("StartInstanceRefresh", {"InstanceRefreshId": refresh.begin(group, preferences or {}, template)})


def _describe_refreshes(params):
    wanted = members(params, "InstanceRefreshIds")
    found = [each for each in group_of(params).get("InstanceRefreshes", []) if not wanted or each["InstanceRefreshId"] in wanted]
    if wanted and not found:
        raise Refused("ValidationError", f"Instance refresh not found: {escape(wanted[0])}")
    shown = [{key: value for key, value in each.items() if key[0] != "_"} for each in found]
    return answer("DescribeInstanceRefreshes", {"InstanceRefreshes": shown})


def _active_refresh(params):
    group = group_of(params)
    found = refresh.active(group)
    if not found:
        raise Refused("ActiveInstanceRefreshNotFound", f"No in progress or pending Instance Refresh found for Auto Scaling group {group['AutoScalingGroupName']}")
    return group, found


def _cancel_refresh(params):
    _found, active = _active_refresh(params)
    refresh.cancel(active)
    return answer("CancelInstanceRefresh", {"InstanceRefreshId": active["InstanceRefreshId"]})


def _roll_back_refresh(params):
    group, active = _active_refresh(params)
    refresh.roll_back(group, active, "Rolled back by user")
    return answer("RollbackInstanceRefresh", {"InstanceRefreshId": active["InstanceRefreshId"]})


REPLACED = {
    "_start_instance_refresh": _start_refresh,
    "_describe_instance_refreshes": _describe_refreshes,
    "_cancel_instance_refresh": _cancel_refresh,
}
ADDED = {"RollbackInstanceRefresh": _roll_back_refresh}
