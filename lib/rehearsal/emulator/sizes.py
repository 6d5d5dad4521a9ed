"""The limits of a group in our model of Auto Scaling, and its desired size between them. Starts and ends nobody."""

from .fleet_answers import Refused


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
