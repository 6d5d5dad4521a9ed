"""Accepts the types of accepted_types.json, which ministack doesn't know, and only records them.

No API serves them. Any other unknown type fails the deployment, as in CloudFormation.
"""

import hashlib
import json
import logging
import os

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners

from .patching import add_handlers

log = logging.getLogger("holdfast")

with open(os.path.join(os.path.dirname(__file__), "accepted_types.json"), encoding="utf-8") as _file:
    ACCEPTED = json.load(_file)  # type -> why nothing needs it here


def _recorder(resource_type):
    _aws, service, kind = resource_type.lower().split("::")

    def attributes(physical_id):
        arn = f"arn:aws:{service}:{get_region()}:{get_account_id()}:{kind}/{physical_id}"
        return physical_id, {"Arn": arn, "Id": physical_id}

    def create(logical_id, properties, stack):
        log.warning("recorded only: %s (%s/%s)", resource_type, stack, logical_id)
        digest = hashlib.sha1(f"{stack}/{logical_id}".encode()).hexdigest()
        return attributes(f"{kind}-{digest[:17]}")

    def update(physical_id, old, new, stack):
        return attributes(physical_id)

    def delete(physical_id, properties):
        pass

    return {"create": create, "update": update, "delete": delete}


def report():
    """What is recorded only now: type -> its reason, and the resources as 'stack/logical id'."""
    found = {}
    for stack in cloudformation._stacks.all_values():
        for logical_id, resource in stack.get("_resources", {}).items():
            kind = resource.get("ResourceType")
            if kind in ACCEPTED:
                entry = found.setdefault(kind, {"reason": ACCEPTED[kind], "resources": []})
                entry["resources"].append(f"{stack['StackName']}/{logical_id}")
    return found


def install():
    add_handlers(provisioners._RESOURCE_HANDLERS, {each: _recorder(each) for each in ACCEPTED})
