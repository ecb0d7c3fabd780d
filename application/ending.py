"""How tasks end that nobody wants any more: cancelled until they have, and waited for a while and no longer."""

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog

# A driver that is cancelled again while it cancels its question in the server leaves that running: so not at once.
AGAIN_AFTER_S = 2.0
ENDS_WITHIN_S = 5.0

log = structlog.get_logger("ending")


async def end(
    tasks: Iterable[asyncio.Task[Any] | None],
    *,
    again_after_s: float = AGAIN_AFTER_S,
    within_s: float = ENDS_WITHIN_S,
) -> None:
    """Cancels tasks and waits for their end, for `within_s` seconds at most; what goes on then is told in the log.

    Each is cancelled again after a while: a library may lose a cancellation, as one that is just connecting does.
    """
    clock = asyncio.get_running_loop().time
    until, left = clock() + within_s, {task for task in tasks if task is not None}
    while left and clock() < until:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=min(again_after_s, until - clock()))
    if left:
        log.warning("tasks_go_on", tasks=sorted(str(task.get_coro()) for task in left), after_s=within_s)
