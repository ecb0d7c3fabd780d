"""Tokens that stand for nobody, counted by the network that they come from: whoever tries many is held up."""

import asyncio
import time
from collections import Counter, OrderedDict

from interfaces.api.errors import TooManyAttempts
from interfaces.bootstrap import measures, network_of

# So many of a network in a minute are answered as fast as any other: a token that has expired is tried by a program
# again and again.
FREE = 20
FORGOTTEN_AFTER_S = 60.0
LONGEST_S = 2.0
# Whoever is held up keeps a connection: beyond these it is refused at once.
HELD_UP_AT_ONCE = 8
_NETWORKS = 10_000


class Attempts:
    """What holds up whoever fails holds up nobody whose token stands for somebody, also behind the same address."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._waiting: Counter[str] = Counter()

    async def failed(self, address: str | None) -> None:
        """Counts one, and takes its time where there were many.

        Raises:
            TooManyAttempts: others of that network wait already.
        """
        measures.failed_attempts.inc()
        network = network_of(address) or "nowhere"
        number = self._counted(network)
        if number <= FREE:
            return
        if self._waiting[network] >= HELD_UP_AT_ONCE:
            raise TooManyAttempts(
                f"{number} tokens that stand for nobody were tried from your network within a minute: mend yours"
            )
        self._waiting[network] += 1
        try:
            await asyncio.sleep(min(LONGEST_S, 0.1 * (number - FREE)))
        finally:
            self._waiting[network] -= 1
            if not self._waiting[network]:
                del self._waiting[network]

    def _counted(self, network: str) -> int:
        now = time.monotonic()
        number, since = self._failed.pop(network, (0, now))
        if now - since > FORGOTTEN_AFTER_S:
            number, since = 0, now
        self._failed[network] = (number + 1, since)
        if len(self._failed) > _NETWORKS:
            self._failed.popitem(last=False)
        return number + 1
