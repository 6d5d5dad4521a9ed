"""Publishes what a balancer publishes of itself: requests, errors, times, healthy and unhealthy targets. Every two seconds, not every minute."""

import threading
import time
from collections import defaultdict

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import alb, cloudwatch

from .health import health_of

_NAMESPACE = "AWS/ApplicationELB"
_EVERY_SECONDS = 2
_MOST_TIMES = 100  # of one cycle, for percentiles
_KEPT_POINTS = 2000
_lock = threading.Lock()
_counts = defaultdict(int)  # (account, region, group, metric) -> since the last cycle
_times = defaultdict(list)  # (account, region, group) -> seconds


def count(group_arn, status, seconds, by_target):
    """One request of a listener that went to a group: its status, and whether a target gave it."""
    place = (get_account_id(), get_region(), group_arn)
    with _lock:
        if by_target:
            _counts[(*place, "RequestCount")] += 1
            if len(_times[place]) < _MOST_TIMES:
                _times[place].append(seconds)
        if status >= 500:
            _counts[(*place, f"HTTPCode_{'Target' if by_target else 'ELB'}_5XX_Count")] += 1


def _put(name, value, dimensions):
    cloudwatch.record_metric(_NAMESPACE, name, value, dimensions=dimensions)
    key = (_NAMESPACE, name, cloudwatch._dims_key(dimensions))
    del cloudwatch._metric_bucket(key)[:-_KEPT_POINTS]


def _dimensions(arn):
    """Of a target group's balancer, and of the group itself."""
    group = alb._tgs.get(arn) or {}
    for balancer in group.get("LoadBalancerArns", []):
        of_balancer = {"LoadBalancer": balancer.split(":loadbalancer/")[1]}
        yield of_balancer, {**of_balancer, "TargetGroup": alb._target_group_full_name_from_arn(arn)}


def _publish_health(arn):
    targets = alb._targets.get(arn, [])
    group = alb._tgs.get(arn)
    if group is None or not group.get("WasServed") and not targets:
        return  # it was deleted meanwhile, or before the first server there is nothing to miss
    group["WasServed"] = True
    states = [health_of(group, target).state for target in targets]
    for _balancer, both in _dimensions(arn):
        _put("HealthyHostCount", states.count("healthy"), both)
        _put("UnHealthyHostCount", states.count("unhealthy"), both)


def _publish():
    with _lock:
        counts, times = dict(_counts), dict(_times)
        _counts.clear()
        _times.clear()
    for (account, region, arn, name), value in counts.items():
        with request_scope(account, region):
            for balancer, both in _dimensions(arn):
                _put(name, value, balancer)
                _put(name, value, both)
    for (account, region, arn), seconds in times.items():
        with request_scope(account, region):
            for balancer, both in _dimensions(arn):
                for each in seconds:
                    _put("TargetResponseTime", each, balancer)
                    _put("TargetResponseTime", each, both)
    for account, region, arn in list(alb._tgs._data):
        with request_scope(account, region):
            _publish_health(arn)


def _loop():
    while True:
        time.sleep(_EVERY_SECONDS)
        _publish()


def start():
    threading.Thread(target=_loop, daemon=True, name="balancer-metrics").start()
