"""Records of RDS instances: where one is, whose replica it is, and how one is made like another. Answers no request and knows no real server."""

import copy
import time

from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import rds

_GIVEN = ("DBInstanceClass", "KmsKeyId", "StorageType")
FLAGS = ("MultiAZ", "DeletionProtection", "CopyTagsToSnapshot", "PubliclyAccessible")
SOURCE = "ReadReplicaSourceDBInstanceIdentifier"
REPLICAS = "ReadReplicaDBInstanceIdentifiers"


def place(instance):
    """(region, name) of an instance."""
    _arn, _aws, _rds, region, _account, _db, name = instance["DBInstanceArn"].split(":")
    return region, name


def seen_from(region, instance):
    """As RDS names it there: by its ARN from another region."""
    own, name = place(instance)
    return name if own == region else instance["DBInstanceArn"]


def find(identifier, region):
    if identifier.startswith("arn:"):
        return rds._regional_get(rds._instances, identifier, "db")
    return rds._instances.get_scoped(get_account_id(), region, identifier)


def source_of(replica):
    return find(replica[SOURCE], place(replica)[0]) if replica.get(SOURCE) else None


def replicas_of(source):
    found = [find(each, place(source)[0]) for each in source.get(REPLICAS) or []]
    return [each for each in found if each]


def link(replica, source):
    replica[SOURCE] = seen_from(place(replica)[0], source)
    source[REPLICAS] = [*(source.get(REPLICAS) or []), seen_from(place(source)[0], replica)]


def unlink(replica):
    source = source_of(replica)
    if source:
        own = seen_from(place(source)[0], replica)
        source[REPLICAS] = [each for each in source[REPLICAS] if each != own]
    replica[SOURCE] = ""


def rename(instance, name):
    """The record alone; whom it follows and who follows it know it by the new name."""
    source, replicas = source_of(instance), replicas_of(instance)
    for each in (*replicas, instance):
        unlink(each)
    region, old = place(instance)
    del rds._instances[old]
    arn = f"arn:aws:rds:{region}:{get_account_id()}:db:{name}"
    if instance["DBInstanceArn"] in rds._tags:
        rds._tags[arn] = rds._tags.pop(instance["DBInstanceArn"])
    instance |= {"DBInstanceIdentifier": name, "DBInstanceArn": arn}
    instance["Endpoint"] = {**instance["Endpoint"], "Address": address(name)}
    rds._instances[name] = instance
    if source:
        link(instance, source)
    for each in replicas:
        link(each, instance)


def made_from(source, name, p, **own):
    """A record like the source's, with what the request says."""
    region = get_region()
    record = {key: copy.deepcopy(value) for key, value in source.items() if key not in (SOURCE, REPLICAS, "TagList")}
    record |= {key: rds._p(p, key) for key in _GIVEN if rds._p(p, key)}
    record |= {key: rds._p(p, key) == "true" for key in FLAGS}
    groups = rds._parse_member_list(p, "VpcSecurityGroupIds")
    if groups:
        record["VpcSecurityGroups"] = [{"VpcSecurityGroupId": each, "Status": "active"} for each in groups]
    parameters = rds._p(p, "DBParameterGroupName")
    if parameters:
        record["DBParameterGroups"] = [{"DBParameterGroupName": parameters, "ParameterApplyStatus": "in-sync"}]
    subnets = rds._p(p, "DBSubnetGroupName")
    if subnets:
        record["DBSubnetGroup"] = rds._subnet_groups.get(subnets, {"DBSubnetGroupName": subnets})
    record |= {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": f"arn:aws:rds:{region}:{get_account_id()}:db:{name}",
        "DbiResourceId": f"db-{new_uuid().replace('-', '')[:20].upper()}",
        "InstanceCreateTime": rds._format_time(time.time()),
        "Endpoint": {**source["Endpoint"], "Address": address(name)},
        "AvailabilityZone": rds._p(p, "AvailabilityZone") or f"{region}a",
        "TagList": rds._parse_tags(p) or [],
        SOURCE: "",
        REPLICAS: [],
        **own,
    }
    rds._instances[name] = record
    rds._tags[record["DBInstanceArn"]] = record["TagList"]
    return record


def address(name):
    return f"{name}.{new_uuid()[:8]}.{get_region()}.rds.amazonaws.com"
