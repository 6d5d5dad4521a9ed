"""Versions of PostgreSQL as RDS has them: what each may become, minor versions of what a template names by its major one, and no major one by accident."""

from ministack.services import rds
from ministack.services.cloudformation import provisioners

from .calls import xml
from .patching import patch

# of one day, as PostgreSQL publishes them; each is the default of its major one
_VERSIONS = ("15.18", "16.14", "17.10", "18.4")


def major(version):
    return version.split(".")[0]


def targets(version):
    """What RDS upgrades it to: each later major one."""
    return [each for each in _VERSIONS if int(major(each)) > int(major(version))]


def _whole(version):
    """With its minor one."""
    return next((each for each in _VERSIONS if major(each) == version), version)


def _described(original):
    def describe(p):
        wanted = rds._p(p, "EngineVersion")
        if rds._p(p, "Engine") != "postgres":
            return original(p)
        found = [
            {
                "Engine": "postgres",
                "EngineVersion": each,
                "DBParameterGroupFamily": f"postgres{major(each)}",
                "ValidUpgradeTarget": [
                    {"Engine": "postgres", "EngineVersion": later, "IsMajorVersionUpgrade": True}
                    for later in targets(each)
                ],
            }
            for each in _VERSIONS
            if wanted in ("", each, major(each))
        ]
        body = xml("DescribeDBEngineVersionsResult", {"DBEngineVersions": found})
        return rds._xml(200, "DescribeDBEngineVersionsResponse", body)

    return describe


def _created(create):
    def created(logical_id, properties, stack):
        result = create(logical_id, properties, stack)
        instance = rds._instances[result[0]]
        instance["EngineVersion"] = _whole(instance["EngineVersion"])
        return result

    return created


def _updated(update):
    def updated(physical_id, old, new, *rest, **named):
        before = rds._instances[physical_id]["EngineVersion"]
        wanted = new.get("EngineVersion") or before
        if major(wanted) != major(before) and str(new.get("AllowMajorVersionUpgrade")).lower() != "true":
            raise ValueError(
                "InvalidParameterCombination: The AllowMajorVersionUpgrade flag must be present "
                f"when upgrading to a new major version, from {before} to {wanted}."
            )
        result = update(physical_id, old, new, *rest, **named)
        instance = rds._instances[result[0]]
        same = major(instance["EngineVersion"]) == major(before)
        instance["EngineVersion"] = before if same else _whole(instance["EngineVersion"])
        return result

    return updated


def install():
    handler = provisioners._RESOURCE_HANDLERS["AWS::RDS::DBInstance"]
    handler["create"] = _created(handler["create"])
    handler["update"] = _updated(handler["update"])
    patch(rds, "_describe_engine_versions", _described)
