"""Regions that are gone while a test says so: their APIs answer 503, their balancers nobody, their servers end at once and aren't replaced. Global services, other regions, buckets and databases go on."""

import re

from ministack.services import alb, autoscaling

from . import instances
from .patching import patch

PATH = "/_holdfast/lost-regions/"  # PUT and DELETE a region's name below it
_lost = set()
_SIGNED = re.compile(rb"Credential=[^/]+/\d+/([\w-]+)/")


def is_lost(region):
    return region in _lost


def switch(method, region):
    """Whether the method was understood."""
    if method == "PUT":
        _lost.add(region)
        for (_account, where, _name), group in list(autoscaling._asgs._data.items()):
            for each in instances.of(group) if where == region else ():
                each.process.kill()
    elif method == "DELETE":
        _lost.discard(region)
    return method in ("PUT", "DELETE")


def refuses(headers):
    """Whether a request is for an API there: it says so in its signature."""
    found = _SIGNED.search(dict(headers).get(b"authorization", b""))
    return bool(found) and is_lost(found[1].decode())


def _unless_lost(dispatch):
    async def request(balancer, *rest, **named):
        if is_lost(balancer["LoadBalancerArn"].split(":")[3]):
            raise ConnectionRefusedError(f"{balancer['LoadBalancerName']}: its region is lost")
        return await dispatch(balancer, *rest, **named)

    return request


def install():
    patch(alb, "dispatch_request", _unless_lost)
