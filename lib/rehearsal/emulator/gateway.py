"""What is answered before ministack: the report, where names lead, the switches of faults and WebSockets. /health is left to the application."""

import json
import sys

from ministack import app

from . import failing_buckets, lost_regions, websockets
from .names import led_to
from .patching import patch
from .recorded import report

REPORT_PATH = "/_holdfast/report"
NAMES_PATH = "/_holdfast/names/"  # GET a name below it


async def _answer(send, status, body):
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body, indent=1).encode()})


def _fault(path):
    return next((each for each in (failing_buckets, lost_regions) if path.startswith(each.PATH)), None)


def _before(original):
    async def serve(scope, receive, send):
        if scope["type"] == "http" and scope["path"] == REPORT_PATH:
            await _answer(send, 200, report())
        elif scope["type"] == "http" and scope["path"].startswith(NAMES_PATH):
            await _answer(send, 200, {"leadsTo": led_to(scope["path"].removeprefix(NAMES_PATH))})
        elif scope["type"] == "http" and (fault := _fault(scope["path"])):
            done = fault.switch(scope["method"], scope["path"].removeprefix(fault.PATH))
            await _answer(send, 200 if done else 405, {})
        elif scope["type"] == "http" and lost_regions.refuses(scope["headers"]):
            await _answer(send, 503, {"message": "the region is lost"})
        elif scope["type"] == "websocket" and websockets.is_ours(scope):
            await websockets.serve(scope, receive, send)
        else:
            await original(scope, receive, send)

    return serve


def install():
    patch(app, "app", _before)
    if "/health" not in app._HEALTH_PATHS:
        sys.exit("the emulator: ministack leaves /health alone now, remove it here")
    app._HEALTH_PATHS = tuple(path for path in app._HEALTH_PATHS if path != "/health")
