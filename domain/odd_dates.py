"""Dates that are likely mistyped: of a time that has not come, of another century, or of no one time with another."""

from collections.abc import Iterable, Iterator, Set
from typing import Final, NamedTuple

from domain import when
from domain.calendar import DAY, date_of
from domain.content import Content, span
from domain.fact import Fact
from domain.fields import amended
from domain.incident import IncidentDescribed, IncidentOpened
from domain.person import Fate, Person, PersonCorrected, PersonFateRecorded, PersonRegistered
from domain.report import Report, ReportCorrected, ReportFiled, ReportWithdrawn
from domain.when import Bounds, Instant

# What is this long before is seldom meant: a digit makes another century of it.
LONG: Final = 36_525 * DAY
# Clocks are set wrong, and a day begins earlier elsewhere.
AHEAD: Final = DAY
_OF_PUBLICATION: Final[Set[str]] = {"published", "published_bounds"}


class Dated(NamedTuple):
    """A date of what has happened, at a field."""

    text: str
    field: str


def dated(state: object, event: Fact) -> Iterator[Dated]:
    """The dates that an event gives of what must have come by now; those of claims are held against their reports."""
    match event:
        case ReportFiled():
            yield Dated(event.details.published_bounds or event.details.published, "published")
        case ReportCorrected():
            assert isinstance(state, Report)
            if not event.set.keys().isdisjoint(_OF_PUBLICATION):
                details = amended(state.details, event.set)
                yield Dated(details.published_bounds or details.published, "set.published")
        case ReportWithdrawn() if event.when is not None:
            yield Dated(event.when, "when")
        case IncidentOpened() if event.details.when is not None:
            yield Dated(event.details.when, "when")
        case IncidentDescribed() if event.set.get("when") is not None:
            yield Dated(event.set["when"], "set.when")
        case PersonRegistered():
            yield from _of_fates(event.details.fates, "fates")
        case PersonFateRecorded():
            yield from _of_fates([event.fate], "when")
        case PersonCorrected() if "fates" in event.set:
            assert isinstance(state, Person)
            yield from _of_fates(amended(state.details, event.set).fates, "set.fates")
        case _:
            pass


def _of_fates(fates: Iterable[Fate], field: str) -> Iterator[Dated]:
    return (Dated(fate.when, field) for fate in fates if fate.when is not None)


def is_to_come(date: Bounds, now: Instant) -> bool:
    return date.earliest > now + AHEAD


def years_before(text: str, instant: Instant, time_zone: str) -> int:
    """How many years before an instant a date begins, if that is a century or more; else 0."""
    began = when.parse(text, time_zone).start.latest
    return _year(instant) - _year(began) if began < instant - LONG else 0


def decade(text: str, time_zone: str) -> int:
    return _year(when.parse(text, time_zone).start.latest) // 10 * 10


def excludes(text: str, content: Content, time_zone: str) -> bool:
    """Whether what a claim tells of cannot have been at a time; not where either is only about known."""
    if content.when is None or not {*"~?%"}.isdisjoint(text + content.when):
        return False
    at, so = when.bounds(text, time_zone), span(content, time_zone)
    return so is not None and (so.latest_end < at.earliest or at.latest < so.earliest_start)


def _year(instant: Instant) -> int:
    return date_of(instant // DAY)[0]
