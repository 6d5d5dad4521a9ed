"""Speaks to ministack's service functions: query parameters in, XML out. Knows no service."""

import re
from xml.sax.saxutils import escape

_MEMBER_NAMES = {
    "CacheEngineVersions": "CacheEngineVersion",
    "ChildHealthChecks": "ChildHealthCheck",
    "DBEngineVersions": "DBEngineVersion",
    "DBInstanceAutomatedBackups": "DBInstanceAutomatedBackup",
    "Regions": "Region",
    "ValidUpgradeTarget": "UpgradeTarget",
}


def text_of(response):
    """The body of a service's response; raises with it when the service refused."""
    status, body = response[0], response[2]
    text = body.decode() if isinstance(body, (bytes, bytearray)) else str(body)
    if status >= 300:
        raise ValueError(text[:400])
    return text


def element(text, tag):
    """The text of the first element of that name, or ''."""
    match = re.search(rf"<(?:\w+:)?{tag}>([^<]*)<", text)
    return match.group(1) if match else ""


def query(**parameters):
    return {name: [str(value)] for name, value in parameters.items() if value is not None}


def tag_parameters(resource_type, tags):
    parameters = {"TagSpecification.1.ResourceType": [resource_type]}
    for number, tag in enumerate(tags or [], 1):
        parameters[f"TagSpecification.1.Tag.{number}.Key"] = [tag["Key"]]
        parameters[f"TagSpecification.1.Tag.{number}.Value"] = [str(tag["Value"])]
    return parameters


def xml(tag, value):
    if isinstance(value, dict):
        inner = "".join(xml(name, each) for name, each in value.items())
    elif isinstance(value, list):
        inner = "".join(xml(_MEMBER_NAMES.get(tag, "member"), each) for each in value)
    else:
        inner = escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{tag}>{inner}</{tag}>"
