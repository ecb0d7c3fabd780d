"""Who may take a place, where there are fewer than would take one: nobody so many that a newcomer finds none."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from application.following.sending import Due

# Subscriptions that one process delivers at a time: each has one request under way at most. A process may have 1,024
# files open where nobody says otherwise, and a sender keeps 100 connections besides.
PROMPT, UNPROVEN = 500, 300


class Room:
    """Places for subscriptions. Whoever holds many leaves as many free.

    A dossier takes another place only while it holds fewer than are free, so one alone has half of them, and two have
    two thirds. One host of one dossier takes one only while it holds less than half of what is free, so that it leaves
    room for that dossier's others too; a host of whatever dossiers leaves a quarter.
    """

    def __init__(self, places: int, on_free: Callable[[set[str]], None]) -> None:
        """`on_free` hears of the dossiers that may find a place now and did not before."""
        self._places = places
        self._on_free = on_free
        self._by_dossier: Counter[str] = Counter()
        self._by_host: Counter[str] = Counter()
        self._by_both: Counter[str] = Counter()
        # Dossiers of which somebody found no place since they were last looked at.
        self.refused: set[str] = set()

    @property
    def taken(self) -> int:
        return self._by_dossier.total()

    def take(self, due: Due) -> bool:
        """A place, if it may have one."""
        free = self._places - self.taken
        if (
            self._by_dossier[due.dossier_id] >= free
            or 2 * self._by_both[_both(due)] >= free
            or self._by_host[due.host] >= 3 * free
        ):
            self.refused.add(due.dossier_id)
            return False
        self._change(due, +1)
        return True

    def give_back(self, due: Due) -> None:
        self._change(due, -1)
        if self.refused:
            self._on_free(self.refused)

    def _change(self, due: Due, by: int) -> None:
        held = ((self._by_dossier, due.dossier_id), (self._by_host, due.host), (self._by_both, _both(due)))
        for counter, key in held:
            counter[key] += by
            if not counter[key]:
                del counter[key]


def _both(due: Due) -> str:
    return f"{due.dossier_id} {due.host}"


class Held:
    """A place that a subscription holds: in the room of prompt receivers, or of those that are not proven."""

    def __init__(self, rooms: "Rooms", due: Due, room: Room) -> None:
        self._rooms = rooms
        self._due = due
        self._room = room

    @property
    def prompt(self) -> bool:
        return self._room is self._rooms.prompt

    @property
    def wanted(self) -> bool:
        """Whether somebody found no place in the same room."""
        return bool(self._room.refused)

    def move(self, *, prompt: bool) -> None:
        """Into the room where it belongs now, if there is a place for it."""
        room = self._rooms.of(prompt=prompt)
        if room is not self._room and room.take(self._due):
            self._room.give_back(self._due)
            self._room = room

    def give_back(self) -> None:
        self._room.give_back(self._due)


class Rooms:
    """Prompt receivers never wait for a place behind one that hangs: those have a room of their own.

    A receiver is prompt once it took a message within a second, until it fails or takes longer.
    """

    def __init__(self, on_free: Callable[[set[str]], None], *, prompt: int = PROMPT, unproven: int = UNPROVEN) -> None:
        self.prompt, self.unproven = Room(prompt, on_free), Room(unproven, on_free)

    def of(self, *, prompt: bool) -> Room:
        return self.prompt if prompt else self.unproven

    def take(self, due: Due) -> Held | None:
        room = self.of(prompt=due.prompt)
        return Held(self, due, room) if room.take(due) else None

    def looked_at(self, dossiers: set[str] | None) -> None:
        """What is due of these, or of all, is asked for anew: whoever finds no place says so again."""
        for room in (self.prompt, self.unproven):
            room.refused -= room.refused if dossiers is None else dossiers


class TakingTurns:
    """So many at once. Of those who wait dossiers have their turns, however many wait of one."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def one(self, dossier_id: str) -> AsyncIterator[None]:
        await self._take(dossier_id)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, dossier_id: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(dossier_id, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            dossier_id, waiting = self._waiting.popitem(last=False)
            turn = waiting.popleft()
            if waiting:
                self._waiting[dossier_id] = waiting
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
