"""Answers a request that deploys or deletes a stack once that is done: the CDK CLI looks only every 5 seconds."""

import asyncio
import contextvars

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, stacks

from .patching import patch

_LIMIT_SECONDS = 20  # then as CloudFormation does: answered while it goes on
_begun = contextvars.ContextVar("what the request set going", default=None)


def _note(schedule):
    def schedule_and_note(work, stack, stack_id=None):
        done = asyncio.Event()

        async def run():
            try:
                await work
            finally:
                done.set()

        if _begun.get() is not None:
            _begun.get().append(done)
        schedule(run(), stack, stack_id)

    return schedule_and_note


def _when_done(handle):
    async def handle_request(*request):
        begun = []
        token = _begun.set(begun)
        try:
            response = await handle(*request)
        finally:
            _begun.reset(token)
        if begun:
            await asyncio.wait([asyncio.create_task(done.wait()) for done in begun], timeout=_LIMIT_SECONDS)
        return response

    return handle_request


def install():
    patch(stacks, "_create_stack_task_in_region", _note, changesets, handlers)
    patch(cloudformation, "handle_request", _when_done)
