"""What nobody waits for any more is cancelled, in the database too: of every read, whatever route it takes."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from application.ending import ENDS_WITHIN_S, end

# Of a client that went away; only the log hears of it.
NOBODY_WAITS = 499
# From this form of ASGI on, Starlette leaves it to others to hear that a client goes away while lines are sent to it.
_LEFT_TO_OTHERS = "2.4"

T = TypeVar("T")


class Abandoned:
    """Cancels a read when its client goes away. A write goes on: what is acknowledged to nobody may still be meant."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        scope["asgi"] = {**scope.get("asgi", {}), "spec_version": _LEFT_TO_OTHERS}
        reading = asyncio.current_task()
        assert reading is not None
        begun = ended = gone = False

        async def tell(message: Message) -> None:
            nonlocal begun, ended
            begun = True
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        async def leave() -> None:
            nonlocal gone
            # A body, which no read has a use for, is passed over.
            while (await receive())["type"] != "http.disconnect":
                pass
            # A server tells the same when all is sent.
            if not ended:
                gone = True
                reading.cancel()

        leaving = asyncio.create_task(leave())
        try:
            await self._app(scope, receive, tell)
        except asyncio.CancelledError:
            # Where others cancel it too, they hear of it.
            if not gone or reading.uncancel() > 0:
                raise
            if not begun:
                await Response(status_code=NOBODY_WAITS)(scope, receive, send)
        finally:
            leaving.cancel()


async def cancelled_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`. Cancelled again and again, as AnyIO does it, we cancel `work` once, and await its end.

    The driver cancels a question in the server when it is cancelled itself. Cancelled once more before that is done, it
    gives its connection up, and leaves the question running.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        # In a task of its own, which nobody else cancels.
        ending = asyncio.ensure_future(end([task], again_after_s=ENDS_WITHIN_S, within_s=2 * ENDS_WITHIN_S))
        while not ending.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({ending}, timeout=ENDS_WITHIN_S)
        raise
