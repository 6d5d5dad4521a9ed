"""Accepts resource types that ministack doesn't know, and only records them: no API serves them.

With HOLDFAST_STRICT=1 only those of accepted_types.json, each with its reason, so that a mistyped or
new type fails the deployment. Without it every AWS::* type is accepted.
"""
import hashlib
import json
import logging
import os
import re

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import changesets, provisioners

log = logging.getLogger("holdfast")

with open(os.path.join(os.path.dirname(__file__), "accepted_types.json"), encoding="utf-8") as _file:
    ACCEPTED = json.load(_file)
STRICT = os.environ.get("HOLDFAST_STRICT") == "1"

RECORDED = {}  # type -> {"stack/logical id": physical id}

_TYPE = re.compile(r"^AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$")
_NEVER = ("AWS::CloudFormation::", "AWS::Serverless::", "AWS::CDK::")
_NAMES = ("Name", "Id", "BudgetName", "GroupName", "CanaryName", "DocumentName")


class Attributes(dict):
    """Attributes of a recorded resource: plausible by the name asked for."""

    def __contains__(self, name):
        return isinstance(name, str) and bool(name)

    def __missing__(self, name):
        lower = name.lower()
        if lower.split(".")[-1].endswith("arn"):
            return dict.get(self, "Arn")
        if lower.split(".")[-1].endswith("port"):
            return "443"
        if "endpoint" in lower or "address" in lower or lower.endswith("domainname"):
            return "recorded-only.invalid"
        return dict.get(self, "Id")

    def get(self, name, default=None):
        return self[name]


def _service_and_kind(resource_type):
    return resource_type.split("::")[1].lower(), resource_type.split("::")[2]


def _physical_id(resource_type, logical_id, properties, stack):
    kind = _service_and_kind(resource_type)[1]
    for name in (*_NAMES, f"{kind}Name", f"{kind}Id"):
        value = properties.get(name)
        if isinstance(value, str) and value:
            return value
    digest = hashlib.sha1(f"{stack}/{logical_id}".encode()).hexdigest()
    return f"{kind.lower()}-{digest[:17]}"


def _recorder(resource_type):
    service, kind = _service_and_kind(resource_type)

    def attributes(physical_id):
        arn = physical_id
        if not arn.startswith("arn:"):
            arn = f"arn:aws:{service}:{get_region()}:{get_account_id()}:{kind.lower()}/{physical_id}"
        return Attributes(Arn=arn, Id=physical_id)

    def create(logical_id, properties, stack):
        physical_id = _physical_id(resource_type, logical_id, properties, stack)
        RECORDED.setdefault(resource_type, {})[f"{stack}/{logical_id}"] = physical_id
        log.warning("recorded only: %s (%s/%s)", resource_type, stack, logical_id)
        return physical_id, attributes(physical_id)

    def update(physical_id, old, new, stack):
        return physical_id, attributes(physical_id)

    def delete(physical_id, properties):
        for name, value in list(RECORDED.get(resource_type, {}).items()):
            if value == physical_id:
                del RECORDED[resource_type][name]
        if not RECORDED.get(resource_type):
            RECORDED.pop(resource_type, None)

    return {"create": create, "update": update, "delete": delete}


def _acceptable(resource_type):
    if not isinstance(resource_type, str) or not _TYPE.match(resource_type) or resource_type.startswith(_NEVER):
        return False
    return resource_type in ACCEPTED or not STRICT


class _Handlers(dict):
    """ministack's table of handlers, with a recorder for each acceptable type that it lacks."""

    def __contains__(self, resource_type):
        return dict.__contains__(self, resource_type) or _acceptable(resource_type)

    def __missing__(self, resource_type):
        if not _acceptable(resource_type):
            raise KeyError(resource_type)
        self[resource_type] = _recorder(resource_type)
        return self[resource_type]

    def get(self, resource_type, default=None):
        return self[resource_type] if resource_type in self else default


def revive(resource):
    """Gives a resource that was loaded from a file the attributes of a recorded one."""
    if resource.get("ResourceType") in RECORDED:
        resource["Attributes"] = Attributes(resource.get("Attributes", {}))


def install():
    """After every other module has registered its handlers."""
    handlers = _Handlers(provisioners._RESOURCE_HANDLERS)
    provisioners._RESOURCE_HANDLERS = handlers
    changesets._RESOURCE_HANDLERS = handlers
