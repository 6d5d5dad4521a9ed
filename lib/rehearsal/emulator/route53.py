"""Adds health checks as a CloudFormation type, keeps their children, and makes a hosted zone that a template only imports."""

import logging
import uuid

from ministack.services import route53
from ministack.services.cloudformation import provisioners

from .calls import element, text_of, xml
from .patching import add_handlers, patch

log = logging.getLogger("holdfast")

_NAMESPACE = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"'
_FIXED = ("Type", "RequestInterval", "MeasureLatency")  # an update may not name them


def _request(name, inner):
    return f"<{name} {_NAMESPACE}>{inner}</{name}>".encode()


def _create_check(logical_id, properties, stack):
    inner = xml("CallerReference", uuid.uuid4()) + xml("HealthCheckConfig", properties["HealthCheckConfig"])
    check = element(text_of(route53._create_health_check(_request("CreateHealthCheckRequest", inner))), "Id")
    return check, {"HealthCheckId": check}


def _update_check(physical_id, old, new, stack):
    config = {name: value for name, value in new["HealthCheckConfig"].items() if name not in _FIXED}
    inner = "".join(xml(name, value) for name, value in config.items())
    text_of(route53._update_health_check(physical_id, _request("UpdateHealthCheckRequest", inner)))
    return physical_id, {"HealthCheckId": physical_id}


def _delete_check(physical_id, properties):
    route53._delete_health_check(physical_id)


def _with_children(parse):
    """ministack looks for their ids an element too deep."""

    def parsed(element):
        config = parse(element)
        children = route53._find(element, "ChildHealthChecks")
        if children is not None:
            config["ChildHealthChecks"] = [child.text for child in route53._findall(children, "ChildHealthCheck")]
        return config

    return parsed


def _make_zone(zone, record_name):
    """The account of a real deployment has it already."""
    name = ".".join(record_name.rstrip(".").split(".")[-2:]) + "."
    inner = xml("Name", name) + xml("CallerReference", uuid.uuid4())
    text = text_of(route53._create_hosted_zone(_request("CreateHostedZoneRequest", inner), {}))
    made = element(text, "Id").split("/")[-1]
    route53._zones[zone] = {**route53._zones.pop(made), "id": zone}
    route53._records[zone] = route53._records.pop(made)
    log.warning("imported hosted zone made: %s (%s)", zone, name)


def install():
    patch(route53, "_parse_health_check_config", _with_children)
    handlers = provisioners._RESOURCE_HANDLERS
    check = {"create": _create_check, "update": _update_check, "delete": _delete_check}
    add_handlers(handlers, {"AWS::Route53::HealthCheck": check})
    record_set = handlers["AWS::Route53::RecordSet"]
    create = record_set["create"]

    def create_record(logical_id, properties, stack):
        zone = (properties.get("HostedZoneId") or "").split("/")[-1]
        if zone and zone not in route53._zones:
            _make_zone(zone, properties["Name"])
        return create(logical_id, properties, stack)

    record_set["create"] = create_record
