"""Ends Lambda workers that are idle: ministack keeps one Node process per function for ever, some 25 MB each."""

import logging
import threading
import time

from ministack.core import lambda_runtime

log = logging.getLogger("holdfast")

_IDLE_SECONDS = 10  # a rollout looks every 5: each look in a new process would cost half a second of CPU
_INTERVAL_SECONDS = 1


def end_idle_workers():
    now = time.time()
    idle = []
    with lambda_runtime._lock:
        for key, workers in list(lambda_runtime._workers.items()):
            gone = [each for each in workers if not each.in_use and now - each.last_used > _IDLE_SECONDS]
            idle += gone
            kept = [each for each in workers if each not in gone]
            if kept:
                lambda_runtime._workers[key] = kept
            else:
                del lambda_runtime._workers[key]
    lambda_runtime.kill_workers(idle)


def _loop():
    while True:
        time.sleep(_INTERVAL_SECONDS)
        try:
            end_idle_workers()
        except Exception:
            log.exception("idle Lambda workers could not be ended")


def start():
    threading.Thread(target=_loop, daemon=True, name="idle-lambda-workers").start()
