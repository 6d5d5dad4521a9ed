"""Adds the types that tie one resource to others: firewall to balancer, backup plan to what it backs up."""

import json

from ministack.services import backup, waf
from ministack.services.cloudformation import provisioners

from .calls import text_of
from .patching import add_handlers


def _associate(logical_id, properties, stack):
    pair = {name: properties[name] for name in ("WebACLArn", "ResourceArn")}
    text_of(waf._associate_web_acl(pair))
    return "|".join(pair.values()), {}


def _disassociate(physical_id, properties):
    waf._disassociate_web_acl({"ResourceArn": properties["ResourceArn"]})


def _select(logical_id, properties, stack):
    plan = properties["BackupPlanId"]
    response = backup._create_selection(plan, {"BackupSelection": properties["BackupSelection"]})
    selection = json.loads(text_of(response))["SelectionId"]
    return f"{selection}|{plan}", {"SelectionId": selection, "BackupPlanId": plan}


def _deselect(physical_id, properties):
    backup._selections.pop(physical_id.split("|")[0], None)


def install():
    add_handlers(
        provisioners._RESOURCE_HANDLERS,
        {
            "AWS::WAFv2::WebACLAssociation": {"create": _associate, "delete": _disassociate},
            "AWS::Backup::BackupSelection": {"create": _select, "delete": _deselect},
        },
    )
