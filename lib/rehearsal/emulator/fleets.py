"""Our model of Auto Scaling: keeps each group at its desired size with real processes, balanced over its zones. Knows how no instance runs.

Several times a second it looks at every group, as Auto Scaling does at its own pace: instances are moved on, the dead and the
unhealthy replaced, a refresh goes on, the missing launched, the surplus terminated. Grace, drain, hooks' timeouts and warm-up
are divided by health.SPEED. What of AWS it hasn't: see docs/decisions/0118-our-model-of-auto-scaling.md.
"""

import logging
import threading
import time
from collections import Counter

from ministack.core.responses import request_scope
from ministack.services import autoscaling

from . import instances, lost_regions, programs, refresh

log = logging.getLogger("holdfast")

_POLL_SECONDS = 0.1
_STOP_SECONDS = 3
lock = threading.RLock()
_stopping = threading.Event()


def enabled():
    """Without a program the groups are records."""
    return bool(programs.COMMAND)


def _zone(group, alive):
    """The one with the fewest."""
    count = Counter(each.record["AvailabilityZone"] for each in alive)
    return min(group["AvailabilityZones"], key=lambda zone: count[zone])


def _surplus(alive):
    """Whom a smaller group lets go: of the fullest zone the oldest one that isn't protected."""
    count = Counter(each.record["AvailabilityZone"] for each in alive)
    candidates = [each for each in alive if not each.record["ProtectedFromScaleIn"]]
    return max(candidates, key=lambda each: count[each.record["AvailabilityZone"]], default=None)


def _size(group, alive, wanted, now):
    suspended = group.get("SuspendedProcesses") or {}
    if "Launch" not in suspended and now >= group.get("_not_before", 0):
        while len(alive) < wanted:
            cause = f"an instance was started in response to a difference between desired and actual capacity, {wanted} and {len(alive)}."
            alive.append(instances.Instance(group, _zone(group, alive), cause))
    if "Terminate" not in suspended:
        while len(alive) > wanted and (gone := _surplus(alive)):
            alive.remove(gone)
            instances.terminate(group, gone, "an instance was taken out of service: the desired capacity is lower.")


def _look(group, now):
    for each in instances.of(group):
        instances.advance(group, each, now)
    alive = [each for each in instances.of(group) if each.alive]
    more = refresh.advance(group, alive, now)
    _size(group, [each for each in alive if each.alive], group["DesiredCapacity"] + more, now)


def _look_at_all():
    now = time.monotonic()
    with lock:
        if _stopping.is_set():
            return
        for account, region, name in list(autoscaling._asgs._data):
            if lost_regions.is_lost(region):
                continue
            with request_scope(account, region):
                try:
                    _look(autoscaling._asgs[name], now)
                except Exception:  # one group must not stop the others
                    log.exception("not looked at: %s", name)
        instances.reap(now)


def _loop():
    while not _stopping.wait(_POLL_SECONDS):
        _look_at_all()


def start():
    if enabled():
        threading.Thread(target=_loop, daemon=True, name="fleets").start()


def stop():
    """Ends every process that it started."""
    with lock:
        _stopping.set()
    instances.stop(_STOP_SECONDS)


def stopping():
    return _stopping.is_set()
