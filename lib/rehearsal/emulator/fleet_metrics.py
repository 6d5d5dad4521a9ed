"""Publishes what Auto Scaling publishes of a group: how many servers are wanted and in service. Every two seconds, not every minute."""

import threading
import time

from ministack.core.responses import request_scope
from ministack.services import autoscaling, cloudwatch

from . import fleets

_NAMESPACE = "AWS/AutoScaling"
_EVERY_SECONDS = 2
_KEPT_POINTS = 2000


def _metrics(group):
    states = [each["LifecycleState"] for each in group["Instances"]]
    return {
        "GroupDesiredCapacity": group["DesiredCapacity"],
        "GroupInServiceInstances": states.count("InService"),
        "GroupTotalInstances": len(states),
    }


def _publish():
    for account, region, name in list(autoscaling._asgs._data):
        with request_scope(account, region):
            group = autoscaling._asgs.get(name)
            if not group or not group.get("_served") and not any(each["LifecycleState"] == "InService" for each in group["Instances"]):
                continue  # before the first server there is nothing to miss
            group["_served"] = True
            dimensions = {"AutoScalingGroupName": name}
            for metric, value in _metrics(group).items():
                cloudwatch.record_metric(_NAMESPACE, metric, value, dimensions=dimensions)
                key = (_NAMESPACE, metric, cloudwatch._dims_key(dimensions))
                del cloudwatch._metric_bucket(key)[:-_KEPT_POINTS]


def _loop():
    while True:
        time.sleep(_EVERY_SECONDS)
        _publish()


def start():
    if fleets.enabled():
        threading.Thread(target=_loop, daemon=True, name="fleet-metrics").start()
