"""The one door of every question: at which position, by which clocks, and for whom."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from application.event_log import EventLog, FutureMoment
from application.execute import NoSuchDossier
from domain import when
from domain.clocks import Certainty, Clocks
from domain.errors import DomainError

# How long a question waits for the read models to reach the position that it asks for.
PATIENCE_S = 5.0
_LOOK_AGAIN_S = 0.01


class NotInThePast(DomainError):
    """A position or a moment that the dossier has not reached cannot be asked about."""

    code = "not_in_the_past"


class NotThereYet(DomainError):
    """The read models have not reached the position in time. `details` say how far they are."""

    code = "not_there_yet"


class PictureRefused(DomainError):
    """A read model cannot take an event: the dossier stands still at the position before it."""

    code = "picture_refused"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is served of a dossier: up to which position, and which build of each read model."""

    position: int
    generations: Mapping[str, int]
    time_zone: str
    refused: str | None = None
    # Whether any of its reports was ever merged: where none was, no question looks which are one.
    has_merged_reports: bool = True


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is taken not to have become known by the cut-off, though it had: that these reports were out, and that
    these were withdrawn.
    """

    reports: frozenset[str] = frozenset()
    withdrawals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that decides an answer besides the question itself."""

    dossier_id: str
    position: int
    generations: Mapping[str, int]
    time_zone: str
    clocks: Clocks = field(default_factory=Clocks)
    viewer: str | None = None
    # Why the dossier's read models stand still, if they do and the latest was asked for: there is more in the log.
    stands_still: str | None = None
    # Whether `as_of` named a day, month or year that is not over: asked again, it may mean a later position.
    of_today: bool = False
    # By parameter, for which id each name stands that the question has in its place.
    ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # Of its picture. Whoever does not know it looks.
    has_merged_reports: bool = True
    # To see what an answer would be without it.
    left_out: LeftOut | None = None
    # What was asked once for all of the question, by what it is. A reading of anything else begins without.
    kept: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def day_begun(self) -> when.Instant | None:
        """The first instant of the day of `at`: what was so at an hour since then is of that day."""
        at = self.clocks.at
        return None if at is None else when.day_of(at, self.time_zone).earliest


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list, in the order in which its items came into the dossier."""

    limit: int = 100
    after: int = 0


class Pictures(Protocol):
    async def picture(self, dossier_id: str) -> Picture | None:
        """What is served of a dossier now; None if nothing of it has been projected."""
        ...


@dataclass(frozen=True, slots=True)
class AskedClocks:
    """The clocks of a question as they were asked, unread."""

    at: str | None = None
    reported_by: str | None = None
    as_of: str | None = None
    certainty: Certainty = "certain"
    min_position: int | None = None


async def open_reading(
    log: EventLog, pictures: Pictures, dossier_id: str, question: AskedClocks, viewer: str | None = None
) -> Reading:
    """Settle a question's clocks: its position, its cut-offs, and the rows that answer it.

    Raises:
        NoSuchDossier, NotInThePast, NotThereYet, PictureRefused, NotEdtf
    """
    as_of, of_today = None, False
    if question.as_of is not None:
        as_of, of_today = await _position_of(log, pictures, dossier_id, question.as_of)
    wanted = max(as_of or 0, question.min_position or 0)
    asked_by = "as_of" if as_of == wanted else "min_position"
    picture = await _picture_at(log, pictures, dossier_id, wanted, asked_by)
    zone = picture.time_zone
    clocks = Clocks(
        None if question.at is None else when.cut_off(question.at, zone, field="at"),
        None if question.reported_by is None else when.cut_off(question.reported_by, zone, field="reported_by"),
        question.certainty,
    )
    position = picture.position if as_of is None else as_of
    # A position that was named has the same answer for good, so it does not tell of what came after.
    stands_still = picture.refused if as_of is None else None
    return Reading(
        dossier_id, position, picture.generations, zone, clocks, viewer, stands_still, of_today,
        has_merged_reports=picture.has_merged_reports,
    )  # fmt: skip


async def _position_of(log: EventLog, pictures: Pictures, dossier_id: str, as_of: str) -> tuple[int, bool]:
    """The position, and whether it is that of a day, month or year that has begun and not ended: then it is now's."""
    # Digits are a position, four of them too: a year as a cut-off is written 2018-12-31.
    if as_of.isascii() and as_of.isdecimal() and len(as_of) < 19:
        return int(as_of), False
    # Whose days they are is known with the dossier.
    zone = (await _picture_at(log, pictures, dossier_id, 0, "as_of")).time_zone
    latest = when.cut_off(as_of, zone, field="as_of")
    try:
        return await _last_recorded_by(log, dossier_id, latest), False
    except OverflowError:
        raise NotInThePast(f"as_of {as_of} is out of range", field="as_of") from None
    except FutureMoment:
        pass
    # A moment ends when it begins.
    try:
        await _last_recorded_by(log, dossier_id, when.bounds(as_of, zone).earliest)
    except FutureMoment:
        raise NotInThePast(
            f"as_of {as_of} is still to come: what will have been recorded by then cannot be told. "
            "Ask for a moment that has passed, or for a day that has begun",
            field="as_of",
        ) from None
    return await log.head(dossier_id), True


async def _last_recorded_by(log: EventLog, dossier_id: str, instant: when.Instant) -> int:
    return await log.position_at(dossier_id, datetime.fromtimestamp(0, UTC) + timedelta(microseconds=instant))


async def _picture_at(log: EventLog, pictures: Pictures, dossier_id: str, wanted: int, asked_by: str) -> Picture:
    """The picture once it has reached `wanted`, which the field `asked_by` asks for, waiting for it a while."""
    give_up = time.monotonic() + PATIENCE_S
    checked = False
    while True:
        picture = await pictures.picture(dossier_id)
        if picture is not None and picture.position >= wanted:
            return picture
        if not checked:
            head = await log.head(dossier_id)
            if head == 0:
                raise NoSuchDossier(f"there is no dossier {dossier_id!r}")
            if wanted > head:
                said = f"the dossier has {head} events; position {wanted} is still to come"
                if asked_by == "as_of" and (date := when.cut_off_typed_as(str(wanted))):
                    said += f". Digits alone are a position: as a date, write {date}"
                raise NotInThePast(said, field=asked_by, head=head)
            checked = True
        reached = picture.position if picture else 0
        if picture is not None and picture.refused is not None:
            raise PictureRefused(
                f"the read models stand still at position {reached}: {picture.refused}", position=reached
            )
        if time.monotonic() > give_up:
            raise NotThereYet(
                f"the read models are at position {reached}, not yet at {wanted}; ask again",
                position=reached,
                wanted=wanted,
            )
        await asyncio.sleep(_LOOK_AGAIN_S)
