"""Adds composite alarms, keeps the expressions of metric-math alarms, and tells EventBridge of changes of state."""

import json
import time

from ministack.services import cloudwatch, eventbridge
from ministack.services.cloudformation import provisioners

from .calls import text_of
from .patching import add_handlers, patch

_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def _create_composite(logical_id, properties, stack):
    name = properties.get("AlarmName") or provisioners._physical_name(stack, logical_id, max_len=255)
    alarm = {
        "AlarmName": name,
        "AlarmRule": properties["AlarmRule"],
        "AlarmDescription": properties.get("AlarmDescription", ""),
        "ActionsEnabled": str(properties.get("ActionsEnabled", True)).lower() != "false",
        **{each: properties.get(each, []) for each in _ACTIONS},
    }
    text_of(cloudwatch._put_composite_alarm({}, alarm, False, True))
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}


def _update_composite(physical_id, old, new, stack):
    return _create_composite(physical_id, {**new, "AlarmName": physical_id}, stack)


def _delete_composite(physical_id, properties):
    cloudwatch._composite_alarms.pop(physical_id, None)


def _without_expressions(properties):
    """An anomaly alarm has no threshold, and neither kind has a metric of its own."""
    if not properties.get("Metrics"):
        return properties
    plain = {name: value for name, value in properties.items() if name != "Metrics"}
    return {"Threshold": 0, **plain, "MetricName": "__math__", "Namespace": "__math__"}


def _keep_expressions(name, properties):
    """PutMetricAlarm drops the list, so it is kept beside the record."""
    record = cloudwatch._alarms.get(name)
    if record is not None and properties.get("Metrics"):
        record["Metrics"] = properties["Metrics"]


def _keep_metric_math(handler):
    create, update = handler["create"], handler["update"]

    def created(logical_id, properties, stack):
        name, attributes = create(logical_id, _without_expressions(properties), stack)
        _keep_expressions(name, properties)
        return name, attributes

    def updated(physical_id, old, new, *rest, **named):
        plain_old, plain_new = _without_expressions(old), _without_expressions(new)
        name, attributes = update(physical_id, plain_old, plain_new, *rest, **named)
        _keep_expressions(name, new)
        return name, attributes

    handler.update(create=created, update=updated)


def _send_event(dispatch):
    def dispatch_and_send(alarm, old_state, new_state, reason):
        if old_state != new_state:
            now = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
            detail = {
                "alarmName": alarm.get("AlarmName", ""),
                "state": {"value": new_state, "reason": reason, "timestamp": now},
                "previousState": {"value": old_state},
                "configuration": {"description": alarm.get("AlarmDescription", "")},
            }
            entry = {
                "Source": "aws.cloudwatch",
                "DetailType": "CloudWatch Alarm State Change",
                "Resources": [alarm.get("AlarmArn", "")],
                "Detail": json.dumps(detail, default=str),
            }
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
        return dispatch(alarm, old_state, new_state, reason)

    return dispatch_and_send


def install():
    handlers = provisioners._RESOURCE_HANDLERS
    composite = {"create": _create_composite, "update": _update_composite, "delete": _delete_composite}
    add_handlers(handlers, {"AWS::CloudWatch::CompositeAlarm": composite})
    _keep_metric_math(handlers["AWS::CloudWatch::Alarm"])
    patch(cloudwatch, "_dispatch_alarm_actions", _send_event)
