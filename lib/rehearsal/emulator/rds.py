"""RDS as a second region needs it, in templates and by its API: replicas by ARN, promotion, new names, restores. Which real server stands for an instance: databases.py."""

import copy
import time

from ministack.core.responses import get_account_id, get_region
from ministack.services import rds
from ministack.services.cloudformation import provisioners

from .database_backups import from_kept, from_snapshot, keep, seconds
from .database_records import SOURCE, find, link, made_from, place, rename, replicas_of, unlink
from .databases import later, tell
from .patching import add_handlers, patch

_INHERITED = ("AllocatedStorage", "Engine", "EngineVersion", "StorageEncrypted", "MasterUsername", "DBName")
# of the parameters, what the driver brings to a real server, under which name and how; the second waits for a restart
_LOGICAL = "rds.logical_replication"
_REAL_PARAMETERS = {
    "default_transaction_read_only": ("default_transaction_read_only", lambda value: value),
    _LOGICAL: ("wal_level", lambda value: "logical" if value == "1" else None),
}


def parameters_of(instance):
    """What somebody set in its group: values by name."""
    group = rds._param_groups.get_scoped(
        get_account_id(), place(instance)[0], instance["DBParameterGroups"][0]["DBParameterGroupName"]
    )
    found = ((group or {}).get("Parameters") or {}).items()
    return {name: each.get("ParameterValue") if isinstance(each, dict) else each for name, each in found}


def _set_parameters(instance):
    """Its group's, on the real server."""
    given = parameters_of(instance)
    real = {name: value(given.get(key)) for key, (name, value) in _REAL_PARAMETERS.items()}
    tell("set", instance, parameters=real)


def _copied(replica, source):
    region, name = place(source)
    tell("copy", replica, source={"region": region, "name": name})
    _set_parameters(replica)


def _replica_of_template(create):
    def created(logical_id, properties, stack):
        wanted = properties.get("SourceDBInstanceIdentifier")
        source = find(wanted, get_region()) if wanted else None
        if wanted and not source:
            raise ValueError(f"DBInstanceNotFound: DB instance {wanted} not found.")
        result = create(logical_id, properties, stack)
        if source:
            replica = rds._instances[result[0]]
            replica.update({name: source.get(name, replica.get(name)) for name in _INHERITED})
            replica["BackupRetentionPeriod"] = 0
            link(replica, source)
            later(replica, "creating", lambda: _copied(replica, source))
        return result

    return created


def _refusal(source, wanted, name):
    """Why no instance of that name can be made from the source, if so."""
    if not source:
        return rds._error("DBInstanceNotFound", f"DBInstance {wanted} not found.", 404)
    if name in rds._instances:
        return rds._error("DBInstanceAlreadyExists", f"DB instance already exists: {name}", 400)
    if not source.get("BackupRetentionPeriod"):
        return _bad_state(f"Automated backups are not enabled for {wanted}.")
    return None


def _bad_state(message):
    return rds._error("InvalidDBInstanceState", message, 400)


def _create_replica(_original):
    def create(p):
        name, wanted = rds._p(p, "DBInstanceIdentifier"), rds._p(p, "SourceDBInstanceIdentifier")
        source = find(wanted, get_region())
        refusal = _refusal(source, wanted, name)
        if refusal:
            return refusal
        if source["DBInstanceStatus"] != "available":
            return _bad_state(f"DB instance {wanted} is {source['DBInstanceStatus']}, expected available.")
        if place(source)[0] != get_region() and source.get("StorageEncrypted") and not rds._p(p, "KmsKeyId"):
            return rds._error("InvalidParameterCombination", "KmsKeyId is needed for an encrypted source elsewhere.", 400)
        replica = made_from(source, name, p, BackupRetentionPeriod=0)
        link(replica, source)
        later(replica, "creating", lambda: _copied(replica, source))
        return _answer("CreateDBInstanceReadReplica", replica)

    return create


def _answer(action, instance):
    return rds._single_instance_response(f"{action}Response", f"{action}Result", instance)


def _promote(p):
    wanted = rds._p(p, "DBInstanceIdentifier")
    replica = rds._resolve_instance(wanted)
    if not replica:
        return rds._error("DBInstanceNotFound", f"DBInstance {wanted} not found.", 404)
    if not replica.get(SOURCE):
        return _bad_state(f"DB Instance {wanted} is not a read replica.")
    if replica["DBInstanceStatus"] != "available":
        return _bad_state(f"DB instance {wanted} is {replica['DBInstanceStatus']}, expected available.")
    replica["BackupRetentionPeriod"] = int(rds._p(p, "BackupRetentionPeriod") or "1")
    replica["PreferredBackupWindow"] = rds._p(p, "PreferredBackupWindow") or replica.get("PreferredBackupWindow")
    later(replica, "modifying", lambda: tell("promote", replica), lambda: unlink(replica))
    return _answer("PromoteReadReplica", replica)


def _rename(instance, name):
    told = copy.deepcopy(instance)
    rename(instance, name)
    later(instance, "renaming", lambda: tell("rename", told, to=name))


def _modify(original):
    def modify(p):
        instance, name = rds._resolve_instance(rds._p(p, "DBInstanceIdentifier")), rds._p(p, "NewDBInstanceIdentifier")
        if not instance or not name:
            return original(p)
        if name in rds._instances:
            return rds._error("DBInstanceAlreadyExists", f"DB instance already exists: {name}", 400)
        if instance["DBInstanceStatus"] != "available":
            return _bad_state(f"DB instance is {instance['DBInstanceStatus']}, expected available.")
        answer = original(p)
        if answer[0] >= 300:
            return answer
        if rds._p(p, "ApplyImmediately") == "true":
            _rename(instance, name)
        else:
            instance["PendingModifiedValues"]["DBInstanceIdentifier"] = name
        return _answer("ModifyDBInstance", instance)

    return modify


def _delete(original):
    def delete(p):
        instance = rds._resolve_instance(rds._p(p, "DBInstanceIdentifier"))
        replicas = replicas_of(instance) if instance else []
        answer = original(p)
        if answer[0] < 300:
            retained = rds._p(p, "DeleteAutomatedBackups") == "false" and instance.get("BackupRetentionPeriod")
            gone(instance, replicas, retained)
        return answer

    return delete


def _finish_reboot(original):
    def finish(instance, cluster):
        tell("restart", instance)
        instance["DBParameterGroups"][0]["ParameterApplyStatus"] = "in-sync"
        original(instance, cluster)

    return finish


def gone(instance, replicas, retained=False):
    for each in (instance, *replicas):  # which follow nobody then
        unlink(each)
    if retained:
        keep(instance)
    else:
        tell("remove", instance)


def _deleted_by_template(delete):
    def deleted(physical_id, properties):
        instance = rds._instances.get(physical_id)
        replicas = replicas_of(instance) if instance else []
        delete(physical_id, properties)
        if instance:
            kept = str(properties.get("DeleteAutomatedBackups")).lower() == "false"
            gone(instance, replicas, kept and instance.get("BackupRetentionPeriod"))

    return deleted


def _restored(action, act):
    def answer(source, name, p, told):
        restored = made_from(source, name, p)
        later(restored, "creating", lambda: tell(act, restored, **told), lambda: _set_parameters(restored))
        return _answer(action, restored)

    return answer


def _restore_snapshot(_original):
    return lambda p: from_snapshot(p, _restored("RestoreDBInstanceFromDBSnapshot", "recover"))


def _restore(p):
    action = "RestoreDBInstanceToPointInTime"
    if rds._p(p, "SourceDbiResourceId"):
        return from_kept(rds._p(p, "SourceDbiResourceId"), p, _restored(action, "recover"))
    name, wanted = rds._p(p, "TargetDBInstanceIdentifier"), rds._p(p, "SourceDBInstanceIdentifier")
    source = find(wanted, get_region())
    refusal = _refusal(source, wanted, name)
    if refusal:
        return refusal
    moment = rds._p(p, "RestoreTime")
    if bool(moment) == (rds._p(p, "UseLatestRestorableTime") == "true"):
        return rds._error("InvalidParameterCombination", "Either RestoreTime or UseLatestRestorableTime.", 400)
    if moment and seconds(moment) > time.time():
        return rds._error("InvalidRestoreFault", "RestoreTime is after the latest restorable time.", 400)
    region, from_name = place(source)
    # a real one is a copy of now, whatever the moment: it has no archive
    return _restored(action, "restore")(source, name, p, {"source": {"region": region, "name": from_name}})


def _parameters(original):
    def change(p):
        answer = original(p)
        name = rds._p(p, "DBParameterGroupName")
        if answer[0] < 300:
            for instance in list(rds._instances.values()):
                group = instance["DBParameterGroups"][0]
                if group["DBParameterGroupName"] == name:
                    _set_parameters(instance)
                    if _LOGICAL in sum(p.values(), []):
                        group["ParameterApplyStatus"] = "pending-reboot"
        return answer

    return change


def install():
    handler = provisioners._RESOURCE_HANDLERS["AWS::RDS::DBInstance"]
    handler["create"] = _replica_of_template(handler["create"])
    handler["delete"] = _deleted_by_template(handler["delete"])
    patch(rds, "_create_read_replica", _create_replica)
    patch(rds, "_modify_db_instance", _modify)
    patch(rds, "_delete_db_instance", _delete)
    patch(rds, "_restore_from_snapshot", _restore_snapshot)
    patch(rds, "_modify_param_group", _parameters)
    patch(rds, "_reset_param_group", _parameters)
    patch(rds, "_finish_instance_reboot", _finish_reboot)
    add_handlers(rds._ACTION_MAP, {"PromoteReadReplica": _promote, "RestoreDBInstanceToPointInTime": _restore})
