"""Links a read replica to its source, which ministack's template handler leaves a server of its own."""

from ministack.services import rds
from ministack.services.cloudformation import provisioners

from .patching import after

_INHERITED = ("AllocatedStorage", "Engine", "EngineVersion", "StorageEncrypted", "MasterUsername", "DBName")


def _link(physical_id, properties):
    source_name = (properties.get("SourceDBInstanceIdentifier") or "").split(":")[-1]
    replica, source = rds._instances.get(physical_id), rds._instances.get(source_name)
    if not (replica and source):
        return
    replica["ReadReplicaSourceDBInstanceIdentifier"] = source["DBInstanceIdentifier"]
    for name in _INHERITED:
        replica[name] = source.get(name, replica.get(name))
    replicas = source.setdefault("ReadReplicaDBInstanceIdentifiers", [])
    if physical_id not in replicas:
        replicas.append(physical_id)


def install():
    after(provisioners._RESOURCE_HANDLERS, "AWS::RDS::DBInstance", _link)
