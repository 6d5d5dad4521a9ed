"""Answers names from the records of hosted zones, as Route 53 does: failover pairs, aliases of aliases, and health checks, which ask
through the gateway. An answer is as fresh as the checks: nobody keeps it for its time to live. What checks find is a metric too.
"""

import http.client
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ministack.core.responses import get_account_id, request_scope
from ministack.services import cloudwatch, route53

from .health import SPEED

_POLL_SECONDS = 0.25
_LIMIT_SECONDS = 6  # 4 to connect and 2 to answer
_TOLD_SECONDS = 2  # a minute there
_METRICS_REGION = "us-east-1"
_KEPT_POINTS = 2000
_asked = {}  # id of a check of a host -> Asked


class Asked:
    """Healthy until it has been asked, as Route 53 has it."""

    healthy = True
    run = 0  # answers in a row that say otherwise
    known = False
    next_time = 0.0
    under_way = False


def plain(name):
    return name.rstrip(".").lower().removeprefix("dualstack.")


def _is_healthy(check, depth=4):
    """By its own answers or its children's; a deleted or disabled one counts as healthy."""
    config = (route53._health_checks.get(check) or {}).get("config")
    if config is None or depth == 0:
        return True
    if config.get("Disabled"):
        good = True
    elif config.get("Type") == "CALCULATED":
        children = config.get("ChildHealthChecks") or []
        good = sum(_is_healthy(each, depth - 1) for each in children) >= int(config.get("HealthThreshold") or len(children))
    else:
        good = _asked.setdefault(check, Asked()).healthy
    return good != bool(config.get("Inverted"))


def _records(name):
    """Of all zones of the account. A or CNAME: nothing here has another kind of address."""
    return [
        record
        for (account, _zone), records in list(route53._records._data.items())
        if account == get_account_id()
        for record in records
        if plain(record.get("Name") or "") == name and record.get("Type") in ("A", "CNAME")
    ]


def _aim(record):
    """The name that a record leads to, or ''."""
    alias, values = record.get("AliasTarget") or {}, record.get("ResourceRecords") or [""]
    aim = alias.get("DNSName") or values[0]
    return plain(aim["Value"] if isinstance(aim, dict) else str(aim))


def _answers(record):
    """By its check, and by what it leads to where it says so."""
    alias = record.get("AliasTarget") or {}
    evaluated = str(alias.get("EvaluateTargetHealth", False)).lower() == "true"
    others = _records(_aim(record)) if evaluated else []
    check = record.get("HealthCheckId")
    return (not check or _is_healthy(check)) and (not others or any(_answers(each) for each in others))


def led_to(name, depth=6):
    """What a name of ours leads to now, outside its zone; '' when no zone has it."""
    records = _records(name)
    roles = {record.get("Failover"): record for record in records}
    primary, secondary = roles.get("PRIMARY"), roles.get("SECONDARY")
    if not records or depth == 0:
        return ""
    record = primary or records[0]
    if primary and secondary and not _answers(primary) and _answers(secondary):
        record = secondary
    aim = _aim(record)
    return led_to(aim, depth - 1) or aim


def _is_good(config):
    host, port = config["FullyQualifiedDomainName"], config.get("Port", 443)
    headers = {"Host": f"{host}:{port}", "X-Forwarded-Proto": "https", "User-Agent": "Amazon-Route53-Health-Check-Service"}
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["GATEWAY_PORT"]), timeout=_LIMIT_SECONDS)
    try:
        connection.request("GET", config.get("ResourcePath") or "/", headers=headers)
        return 200 <= connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _ask(config, asked):
    good = _is_good(config)
    asked.run = 0 if good == asked.healthy else asked.run + 1
    if not asked.known or asked.run >= int(config.get("FailureThreshold") or 3):
        asked.healthy, asked.run, asked.known = good, 0, True
    asked.next_time = time.time() + int(config.get("RequestInterval") or 30) / SPEED
    asked.under_way = False


def _ask_all():
    with ThreadPoolExecutor(max_workers=8) as askers:
        while True:
            for (_account, check), made in list(route53._health_checks._data.items()):
                asked = _asked.setdefault(check, Asked())
                config = made["config"]
                if "FullyQualifiedDomainName" in config and not asked.under_way and asked.next_time <= time.time():
                    asked.under_way = True
                    askers.submit(_ask, dict(config), asked)
            time.sleep(_POLL_SECONDS)


def _tell_all():
    while True:
        time.sleep(_TOLD_SECONDS)
        for account, check in list(route53._health_checks._data):
            if not _asked.get(check, Asked).known:
                continue
            dimensions = {"HealthCheckId": check}
            with request_scope(account, _METRICS_REGION):
                cloudwatch.record_metric("AWS/Route53", "HealthCheckStatus", _is_healthy(check), dimensions=dimensions)
                key = ("AWS/Route53", "HealthCheckStatus", cloudwatch._dims_key(dimensions))
                del cloudwatch._metric_bucket(key)[:-_KEPT_POINTS]


def start():
    threading.Thread(target=_ask_all, daemon=True, name="name-checks").start()
    threading.Thread(target=_tell_all, daemon=True, name="name-metrics").start()
