"""ElastiCache takes a replication group to a later version, a node at a time, and refuses what ElastiCache refuses of versions. The nodes are records: the local system's Redis is one server."""

import time

from ministack.services import elasticache

from .calls import xml
from .databases import background
from .patching import patch

_SECONDS_PER_NODE = 0.5
_OFFERED = {"valkey": ("9.0", "8.2", "8.1", "8.0", "7.2"), "redis": ("7.1", "7.0", "6.2")}


def _family(engine, version):
    return elasticache._param_group_family_for_engine(engine, version)


def _number(version):
    return tuple(int(part) for part in version.split(".")[:2])


def _described(original):
    def describe(p):
        engine = elasticache._p(p, "Engine")
        if engine not in _OFFERED:
            return original(p)
        found = [
            {"Engine": engine, "EngineVersion": each, "CacheParameterGroupFamily": _family(engine, each)}
            for each in _OFFERED[engine]
        ]
        body = xml("DescribeCacheEngineVersionsResult", {"CacheEngineVersions": found})
        return elasticache._xml(200, "DescribeCacheEngineVersionsResponse", body)

    return describe


def _refusal(group, wanted, parameters):
    """A code and a message, or nothing."""
    current, engine = group["EngineVersion"], group["Engine"]
    if group["Status"] != "available":
        return "InvalidReplicationGroupState", f"Replication group is {group['Status']}, expected available."
    if wanted not in _OFFERED[engine]:
        return "InvalidParameterValue", f"Cannot find version {wanted} for {engine}."
    if _number(wanted) < _number(current):
        return "InvalidParameterValue", f"Cannot downgrade from {current} to {wanted}."
    if _family(engine, current) != _family(engine, wanted) and not parameters:
        return "InvalidParameterCombination", f"A parameter group of {_family(engine, wanted)} is needed."
    return None


def _upgrade(group, wanted):
    for name in reversed(group["MemberClusters"]):  # the primary last, after it has handed over
        time.sleep(_SECONDS_PER_NODE)
        elasticache._clusters[name]["EngineVersion"] = wanted
    group.update(EngineVersion=wanted, Status="available")


def _modify(original):
    def modify(p):
        group = elasticache._replication_groups.get(elasticache._p(p, "ReplicationGroupId"))
        wanted = elasticache._p(p, "EngineVersion")
        if not group or wanted in ("", group["EngineVersion"]):
            return original(p)
        refusal = _refusal(group, wanted, elasticache._p(p, "CacheParameterGroupName"))
        if refusal:
            return elasticache._error(*refusal, 400)
        answer = original({name: value for name, value in p.items() if name != "EngineVersion"})
        if answer[0] < 300:
            group["Status"] = "modifying"
            background(lambda: _upgrade(group, wanted))
        return answer

    return modify


def install():
    patch(elasticache, "_describe_engine_versions", _described)
    patch(elasticache, "_modify_replication_group", _modify)
