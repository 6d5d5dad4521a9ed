"""RDS's blue/green deployments of PostgreSQL for a major version: a copy with replicas that follows, and names that swap. Which real servers follow and swap: databases.py. Refusals: blue_green_rules.py."""

import random
import string
import time

from ministack.core.responses import AccountRegionScopedDict, new_uuid
from ministack.services import rds

from . import blue_green_rules as rules
from .calls import xml
from .database_records import FLAGS, find, link, made_from, place, rename, replicas_of
from .databases import background, tell
from .engine_versions import major
from .patching import add_handlers
from .rds import gone

_deployments = AccountRegionScopedDict()  # by identifier
_DEFAULT_SECONDS = 300
_TASKS = (
    "CREATING_READ_REPLICA_OF_SOURCE",
    "DB_ENGINE_VERSION_UPGRADE",
    "CONFIGURE_BACKUPS",
    "CREATING_TOPOLOGY_OF_SOURCE",
)


def _described(deployment):
    pairs = deployment["pairs"]
    return {
        "BlueGreenDeploymentIdentifier": deployment["id"],
        "BlueGreenDeploymentName": deployment["name"],
        "Source": pairs[0][0]["DBInstanceArn"],
        "Target": pairs[0][1]["DBInstanceArn"],
        "SwitchoverDetails": [
            {
                "SourceMember": blue["DBInstanceArn"],
                "TargetMember": green["DBInstanceArn"],
                "Status": deployment["Status"],
            }
            for blue, green in pairs
        ],
        "Tasks": [{"Name": name, "Status": status} for name, status in deployment["tasks"].items()],
        "Status": deployment["Status"],
        "StatusDetails": deployment["details"],
        "CreateTime": deployment["created"],
        "TagList": [],
    }


def _answer(action, deployment):
    body = xml(f"{action}BlueGreenDeploymentResult", {"BlueGreenDeployment": _described(deployment)})
    return rds._xml(200, f"{action}BlueGreenDeploymentResponse", body)


def _refused(code, message):
    return rds._error(code, message, 404 if "NotFound" in code else 400)


def _with_deployment(act):
    def acted(p):
        identifier = rds._p(p, "BlueGreenDeploymentIdentifier")
        deployment = _deployments.get(identifier)
        if not deployment:
            return _refused("BlueGreenDeploymentNotFoundFault", f"BlueGreenDeployment {identifier} not found.")
        return act(p, deployment)

    return acted


def _copy_of(blue, version, group):
    """Its record, under a name of RDS's making; protected from deletion where the other is."""
    name = f"{blue['DBInstanceIdentifier']}-green-{''.join(random.choices(string.ascii_lowercase + string.digits, k=6))}"
    groups = [{"DBParameterGroupName": group, "ParameterApplyStatus": "in-sync"}]
    kept = {flag: blue.get(flag, False) for flag in FLAGS}
    own = {
        "DBInstanceStatus": "creating",
        "EngineVersion": version,
        "DBParameterGroups": groups,
        "TagList": list(blue["TagList"]),
    }
    return made_from(blue, name, {}, **kept, **own)


def _create(p):
    wanted = rds._p(p, "Source")
    source = find(wanted, None) if wanted.startswith("arn:") else None
    name, version, group = (
        rds._p(p, each) for each in ("BlueGreenDeploymentName", "TargetEngineVersion", "TargetDBParameterGroupName")
    )
    refusal = rules.creation(source, name, version, group, [each["name"] for each in _deployments.values()])
    if refusal:
        return _refused(*refusal)
    pairs = [(each, _copy_of(each, version, group)) for each in (source, *replicas_of(source))]
    for _blue, green in pairs[1:]:
        link(green, pairs[0][1])
    tasks = _TASKS if pairs[1:] else _TASKS[:-1]
    deployment = {
        "id": f"bgd-{new_uuid().replace('-', '')[:16]}",
        "name": name,
        "pairs": pairs,
        "tasks": dict.fromkeys(tasks, "PENDING"),
        "Status": "PROVISIONING",
        "details": "",
        "created": rds._format_time(time.time()),
    }
    _deployments[deployment["id"]] = deployment
    background(lambda: _provision(deployment))
    return _answer("Create", deployment)


def _provision(deployment):
    """The real copy begins as the new version, so that nothing is left of the other tasks but their names. Read replicas beside it have no server."""
    (blue, green), tasks = deployment["pairs"][0], deployment["tasks"]
    region, name = place(blue)
    first = _TASKS[0]
    try:
        tasks[first] = "IN_PROGRESS"
        tell("follow", green, source={"region": region, "name": name}, major=major(green["EngineVersion"]))
    except OSError as error:
        tasks[first] = "FAILED"
        deployment.update(Status="INVALID_CONFIGURATION", details=_said(error))
        return
    for each in tasks:
        tasks[each] = "COMPLETED"
    for _blue, each in deployment["pairs"]:
        each["DBInstanceStatus"] = "available"
    deployment["Status"] = "AVAILABLE"


def _said(error):
    """What the driver says, where it answers."""
    return error.read().decode() if hasattr(error, "read") else str(error)


def _describe(p):
    if rds._p(p, "Filters.Filter.1.Name"):
        return _refused("InvalidParameterValue", "the emulator knows no filters of blue/green deployments")
    identifier = rds._p(p, "BlueGreenDeploymentIdentifier")
    if identifier and identifier not in _deployments:
        return _refused("BlueGreenDeploymentNotFoundFault", f"BlueGreenDeployment {identifier} not found.")
    found = [_described(each) for each in _deployments.values() if identifier in ("", each["id"])]
    body = xml("DescribeBlueGreenDeploymentsResult", {"BlueGreenDeployments": found})
    return rds._xml(200, "DescribeBlueGreenDeploymentsResponse", body)


def _switch_over(p, deployment):
    seconds = int(rds._p(p, "SwitchoverTimeout") or _DEFAULT_SECONDS)
    refusal = rules.switchover(deployment, seconds)
    if refusal:
        return _refused(*refusal)
    deployment.update(Status="SWITCHOVER_IN_PROGRESS", details="")
    background(lambda: _swap(deployment, seconds))
    return _answer("Switchover", deployment)


def _old_name(name):
    return next(each for each in (f"{name}-old{number}" for number in range(1, 100)) if each not in rds._instances)


def _swap(deployment, seconds):
    """What doesn't succeed leaves both as they were."""
    blue, green = deployment["pairs"][0]
    old = _old_name(blue["DBInstanceIdentifier"])
    try:
        tell("switch", blue, green=green["DBInstanceIdentifier"], old=old, seconds=seconds)
    except OSError as error:
        deployment.update(Status="AVAILABLE", details=_said(error))
        return
    for before, after in deployment["pairs"]:
        name = before["DBInstanceIdentifier"]
        rename(before, _old_name(name))
        rename(after, name)
    deployment["Status"] = "SWITCHOVER_COMPLETED"


def _delete(p, deployment):
    with_target = rds._p(p, "DeleteTarget") == "true"
    greens = [green for _blue, green in deployment["pairs"]]
    refusal = rules.deletion(deployment, greens, with_target)
    if refusal:
        return _refused(*refusal)
    before = deployment["Status"]
    followers = [] if before == "SWITCHOVER_COMPLETED" else greens
    deployment["Status"] = "DELETING"
    background(lambda: _forget(deployment, followers, with_target, before))
    return _answer("Delete", deployment)


def _forget(deployment, greens, with_target, before):
    """What followed follows nobody, or goes. What doesn't succeed leaves the deployment as it was."""
    try:
        if greens:
            tell("sever", greens[0])
    except OSError as error:
        deployment.update(Status=before, details=_said(error))
        return
    for each in reversed(greens if with_target else []):
        del rds._instances[each["DBInstanceIdentifier"]]
        gone(each, [])
    del _deployments[deployment["id"]]


def install():
    actions = {
        "CreateBlueGreenDeployment": _create,
        "DescribeBlueGreenDeployments": _describe,
        "SwitchoverBlueGreenDeployment": _with_deployment(_switch_over),
        "DeleteBlueGreenDeployment": _with_deployment(_delete),
    }
    add_handlers(rds._ACTION_MAP, actions)
