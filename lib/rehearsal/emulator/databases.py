"""Tells the local system's driver (HOLDFAST_DATABASES, an address) what happens to RDS instances, so that real PostgreSQL servers follow. Without one they are records."""

import contextvars
import json
import logging
import os
import threading
import time
import urllib.request

from ministack.core.responses import get_account_id, request_scope
from ministack.services import cloudwatch, rds

from .database_records import place

log = logging.getLogger("holdfast")

_DRIVER = os.environ.get("HOLDFAST_DATABASES")
_LIMIT_SECONDS = 120
_EVERY_SECONDS = 2
_KEPT_POINTS = 2000


def _ask(words):
    body = json.dumps(words).encode()
    limit = words.get("seconds", 0) + _LIMIT_SECONDS
    with urllib.request.urlopen(urllib.request.Request(_DRIVER, data=body), timeout=limit) as answer:
        return json.load(answer)


def tell(act, instance, **words):
    """Returns when the real server, where there is one, is so. Raises when it couldn't be made so."""
    if _DRIVER:
        region, name = place(instance)
        _ask({"act": act, "region": region, "name": name, **words})


def background(run):
    """Begins it in the account and the region of the request."""
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()


def later(instance, status, *work):
    """It has that status until the work is done, as at AWS: then it is available, or failed."""
    instance["DBInstanceStatus"] = status

    def run():
        try:
            for each in work:
                each()
            instance["DBInstanceStatus"] = "available"
        except Exception:
            log.exception("database %s %s", *place(instance))
            instance["DBInstanceStatus"] = "failed"

    background(run)


def _publish(account):
    for each in _ask({"act": "lags"}):
        with request_scope(account, each["region"]):
            if each["name"] not in rds._instances:
                continue
            dimensions = {"DBInstanceIdentifier": each["name"]}
            cloudwatch.record_metric("AWS/RDS", "ReplicaLag", each["seconds"], dimensions=dimensions)
            key = ("AWS/RDS", "ReplicaLag", cloudwatch._dims_key(dimensions))
            del cloudwatch._metric_bucket(key)[:-_KEPT_POINTS]


def _loop(account):
    while True:
        time.sleep(_EVERY_SECONDS)
        try:
            _publish(account)
        except OSError as error:
            log.warning("lags of databases: %s", error)


def start():
    if _DRIVER:
        threading.Thread(target=_loop, args=(get_account_id(),), daemon=True, name="database-lags").start()
