"""How requests of our model of Auto Scaling are read and answered or refused. Knows none of them."""

from xml.sax.saxutils import escape

from ministack.services import autoscaling

param, members = autoscaling._p, autoscaling._parse_member_list


class Refused(Exception):
    """Its code and words."""


def answer(name, result=None):
    inner = "" if result is None else f"<{name}Result>{autoscaling._member_xml(result)}</{name}Result>"
    return autoscaling._xml(200, f"{name}Response", inner)


def group_of(params):
    name = param(params, "AutoScalingGroupName")
    group = autoscaling._asgs.get(name)
    if group is None:
        raise Refused("ValidationError", f"AutoScalingGroup name not found - no such group: {escape(name)}")
    return group
