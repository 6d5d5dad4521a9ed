"""Keeps the emulated account between two starts, in the folder HOLDFAST_STATE; without it nothing is written.

ministack saves its services itself when it ends in order. Added: a mark that the last end was an
orderly one, and no target or instance of the last run.
This module is imported before ministack, which reads its settings when it is imported.
"""

import os
import shutil
import sys

FOLDER = os.environ.get("HOLDFAST_STATE")
_SERVICES = "services"
_OBJECTS = "objects"
_COMPLETE = "complete"


def configure():
    """Points ministack at the folder. What an interrupted run left there is half an account: it goes."""
    if not FOLDER:
        return
    if "ministack" in sys.modules:
        sys.exit("the emulator: ministack was imported before its state folder was set")
    os.makedirs(FOLDER, exist_ok=True)
    if not os.path.exists(os.path.join(FOLDER, _COMPLETE)):
        for name in (_SERVICES, _OBJECTS):
            shutil.rmtree(os.path.join(FOLDER, name), ignore_errors=True)
    os.environ.update(
        PERSIST_STATE="1",
        STATE_DIR=os.path.join(FOLDER, _SERVICES),
        S3_PERSIST="1",
        S3_DATA_DIR=os.path.join(FOLDER, _OBJECTS),
    )


def install():
    if not FOLDER:
        return
    from ministack import app
    from ministack.services import alb

    from . import instances, refresh
    from .patching import patch

    mark = os.path.join(FOLDER, _COMPLETE)

    def load_if_complete(load):
        def load_all():
            if not os.path.exists(mark):
                return
            load()
            alb._targets.clear()  # their processes ended with the last run
            instances.forget()
            refresh.forget()
            os.remove(mark)  # written again by an orderly end only

        return load_all

    def save_with_mark(save):
        def save_all(services):
            save(services)
            with open(mark, "w", encoding="utf-8"):
                pass

        return save_all

    patch(app, "_load_persisted_state", load_if_complete)
    patch(app, "save_all", save_with_mark)
