"""What RDS refuses about blue/green deployments, as its user guide and API reference have it: a code and a message, or nothing. Changes nothing."""

import re

from ministack.core.responses import get_region
from ministack.services import rds

from .database_records import SOURCE, place, replicas_of
from .engine_versions import major, targets
from .rds import parameters_of

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*")
_LONGEST_NAME = 60
_UNSUPPORTED = "SourceDatabaseNotSupportedFault"
_STATE = "InvalidBlueGreenDeploymentStateFault"


def _unsupported(source):
    """Features that exclude it."""
    if source.get(SOURCE):
        return "The source is a read replica."
    if any(place(each)[0] != get_region() for each in replicas_of(source)):
        return "Blue/green deployments don't support cross-Region read replicas."
    if any(replicas_of(each) for each in replicas_of(source)):
        return "Blue/green deployments don't support cascading read replicas."
    if source.get("MasterUserSecret"):
        return "Blue/green deployments don't support managing master user passwords with AWS Secrets Manager."
    return None


def _unready(source):
    late = next((each for each in (source, *replicas_of(source)) if each["DBInstanceStatus"] != "available"), None)
    if late:
        return f"DB instance {late['DBInstanceIdentifier']} is {late['DBInstanceStatus']}, expected available."
    if not source.get("BackupRetentionPeriod"):
        return "Automated backups are not enabled."
    if parameters_of(source).get("rds.logical_replication") != "1":
        return "Blue/Green Deployments require a DB instance with logical replication enabled."
    if source["DBParameterGroups"][0]["ParameterApplyStatus"] != "in-sync":
        return "The DB instance isn't in sync with its DB parameter group; reboot it."
    return None


def creation(source, name, version, group, names):
    """`group`: that of the parameters; `names`: of those that there are."""
    if not source:
        return "DBInstanceNotFound", "The source DB instance was not found."
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        return "InvalidParameterValue", f"BlueGreenDeploymentName {name} is not a valid name."
    if name in names:
        return "BlueGreenDeploymentAlreadyExistsFault", f"A blue/green deployment named {name} already exists."
    unsupported, unready = _unsupported(source), _unready(source)
    if unsupported or unready:
        return (_UNSUPPORTED, unsupported) if unsupported else ("InvalidDBInstanceState", unready)
    if version not in targets(source["EngineVersion"]):
        return "InvalidParameterCombination", f"Cannot upgrade postgres from {source['EngineVersion']} to {version}."
    if group not in rds._param_groups:
        return "DBParameterGroupNotFound", f"DBParameterGroup not found: {group}"
    family = rds._param_groups[group]["DBParameterGroupFamily"]
    if family != f"postgres{major(version)}":
        return "InvalidParameterCombination", f"The parameter group {group} with family {family} can't be used here."
    return None


def switchover(deployment, seconds):
    if seconds < 30:
        return "InvalidParameterValue", "SwitchoverTimeout must be at least 30."
    if deployment["Status"] != "AVAILABLE":
        return _STATE, f"The blue/green deployment is {deployment['Status']}, expected AVAILABLE."
    return None


def deletion(deployment, greens, with_target):
    """`greens`: their instances."""
    status = deployment["Status"]
    if status in ("SWITCHOVER_IN_PROGRESS", "DELETING") or (with_target and status == "SWITCHOVER_COMPLETED"):
        return _STATE, f"The blue/green deployment is {status}."
    guarded = [each["DBInstanceIdentifier"] for each in greens if each.get("DeletionProtection")]
    if with_target and guarded:
        return _STATE, f"Deletion protection is on for {', '.join(guarded)}."
    return None
