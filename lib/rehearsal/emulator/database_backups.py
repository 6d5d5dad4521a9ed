"""RDS's snapshots and the automated backups that it retains of deleted instances, and instances restored from them. What they hold lies with the driver: databases.py. Retained ones are forgotten when the emulator ends."""

import copy
import datetime
import time

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import rds

from .calls import xml
from .databases import tell
from .patching import add_handlers, patch

# what RDS gives one that is restored without a word about it
_DEFAULTS = {
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-default", "Status": "active"}],
    "DBParameterGroups": [{"DBParameterGroupName": "default.postgres18", "ParameterApplyStatus": "in-sync"}],
    "DBSubnetGroup": {"DBSubnetGroupName": "default"},
    "PreferredMaintenanceWindow": "mon:03:00-mon:03:30",
    "MonitoringInterval": 0,
}
_kept = AccountRegionScopedDict()
_INSTANCE = "_instance"


def seconds(moment):
    return datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()


def _snapshot(original):
    def create(name, instance):
        tell("snapshot", instance, copy=name)
        snapshot = original(name, instance)
        snapshot[_INSTANCE] = copy.deepcopy(instance)
        if name.startswith("awsbackup:"):
            snapshot["SnapshotType"] = "awsbackup"
        return snapshot

    return create


def from_snapshot(p, restored):
    """restored(source record, name, p, what the driver is told) answers the request."""
    name, wanted = rds._p(p, "DBInstanceIdentifier"), rds._p(p, "DBSnapshotIdentifier")
    if name in rds._instances:
        return rds._error("DBInstanceAlreadyExists", f"DB instance already exists: {name}", 400)
    snapshot = rds._snapshots.get(wanted)
    if not snapshot:
        return rds._error("DBSnapshotNotFound", f"DBSnapshot {wanted} not found.", 404)
    return restored({**snapshot[_INSTANCE], **_DEFAULTS}, name, p, {"copy": wanted})


def _bases(resource):
    """Snapshots of it, the oldest first: what its log is replayed onto."""
    found = [each for each in rds._snapshots.values() if each["DbiResourceId"] == resource]
    return sorted(found, key=lambda each: each["SnapshotCreateTime"])


def keep(instance):
    """What stays of one that is deleted with --no-delete-automated-backups."""
    resource = instance["DbiResourceId"]
    tell("keep", instance, copy=resource)
    now = rds._format_time(time.time())
    bases = _bases(resource)
    _kept[resource] = {
        _INSTANCE: copy.deepcopy(instance),
        "EarliestTime": bases[0]["SnapshotCreateTime"] if bases else now,
        "LatestTime": now,
    }


def from_kept(resource, p, restored):
    name, record = rds._p(p, "TargetDBInstanceIdentifier"), _kept.get(resource)
    if not record:
        return rds._error("DBInstanceAutomatedBackupNotFound", f"No automated backup of {resource}.", 404)
    if name in rds._instances:
        return rds._error("DBInstanceAlreadyExists", f"DB instance already exists: {name}", 400)
    moment = rds._p(p, "RestoreTime")
    told = {"copy": resource}
    if moment:
        at = seconds(moment)
        if not seconds(record["EarliestTime"]) <= at <= seconds(record["LatestTime"]):
            return rds._error("InvalidRestoreFault", "RestoreTime is outside of the restore window.", 400)
        before = [each for each in _bases(resource) if seconds(each["SnapshotCreateTime"]) <= at]
        told |= {"base": before[-1]["DBSnapshotIdentifier"], "time": moment} if before else {}
    return restored({**record[_INSTANCE], **_DEFAULTS}, name, p, told)


def _described(instance, status, window):
    arn = f"arn:aws:rds:{get_region()}:{get_account_id()}:auto-backup:ab-{instance['DbiResourceId'][3:].lower()}"
    return {
        **{name: instance[name] for name in ("DBInstanceArn", "DBInstanceIdentifier", "DbiResourceId")},
        "DBInstanceAutomatedBackupsArn": arn,
        "KmsKeyId": instance.get("KmsKeyId", ""),
        "RestoreWindow": {name: window[name] for name in ("EarliestTime", "LatestTime")},
        "Status": status,
    }


def _describe(_p):
    now = rds._format_time(time.time())
    active = [
        _described(each, "active", {"EarliestTime": each["InstanceCreateTime"], "LatestTime": now})
        for each in rds._instances.values()
        if each.get("BackupRetentionPeriod")
    ]
    retained = [_described(each[_INSTANCE], "retained", each) for each in _kept.values()]
    action = "DescribeDBInstanceAutomatedBackups"
    body = xml(f"{action}Result", {"DBInstanceAutomatedBackups": active + retained})
    return rds._xml(200, f"{action}Response", body)


def install():
    patch(rds, "_create_snapshot_internal", _snapshot)
    add_handlers(rds._ACTION_MAP, {"DescribeDBInstanceAutomatedBackups": _describe})
