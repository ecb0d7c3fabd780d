"""What is counted: the coordinates that make two figures comparable. Time is none of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, get_args

from domain.content import Figure
from domain.errors import DomainError
from domain.estimate import MEASURES, Measure, Unit
from domain.fields import SLUG

_PARTS = ("subject", "group", "by", "cause", "place", "incident")


class NotATopic(DomainError):
    code: ClassVar[str] = "not_a_topic"


@dataclass(frozen=True, slots=True, order=True)
class Topic:
    """Figures of one topic are about the same thing; of two topics they are never compared, and never added.

    Written `fighters,people,subject:is,place:hajin-enclave`: measure, unit, then what else is said, in this order.
    """

    measure: str
    unit: str
    subject: str | None = None
    group: str | None = None
    by: str | None = None
    cause: str | None = None
    place: str | None = None
    incident: str | None = None

    def __str__(self) -> str:
        return _written(self, _PARTS)


assert tuple(field.name for field in fields(Topic))[2:] == _PARTS


def topic_of(figure: Figure, incident: str | None = None) -> Topic:
    """What a figure counts; `incident` is the one that its claim tells of, if any."""
    return Topic(
        figure.measure, figure.unit, figure.subject, figure.group, figure.by, figure.cause, figure.place, incident
    )


def counted(figure: Figure) -> str:
    """What a figure counts, wherever it counts it: its topic's written form without place and incident."""
    return _written(figure, _PARTS[:4])


def _written(held: "Figure | Topic", parts: Sequence[str]) -> str:
    text = f"{held.measure},{held.unit}"
    for name in parts:
        value = getattr(held, name)
        if value is not None:
            text += f",{name}:{value}"
    return text


def parse_topic(text: str, *, field: str = "topic") -> Topic:
    """A topic from its written form.

    Raises:
        NotATopic: it is none; `field` is what holds it.
    """
    measure, unit, *said = (*text.split(","), "")[: max(2, text.count(",") + 1)]
    if measure not in get_args(Measure):
        raise NotATopic(f"{measure[:50]!r} is no measure: {', '.join(get_args(Measure))}. {_FORM}", field=field)
    if unit not in get_args(Unit) or unit not in MEASURES[measure].units:
        units = " or ".join(MEASURES[measure].units)
        raise NotATopic(f"{measure} is counted in {units}, not in {unit[:50]!r}. {_FORM}", field=field)
    found: dict[str, str] = {}
    for part in said:
        name, colon, value = part.partition(":")
        if name not in _PARTS or not colon or not SLUG.fullmatch(value) or name in found:
            raise NotATopic(f"{part[:50]!r} is no part of a topic. {_FORM}", field=field)
        found[name] = value
    return Topic(measure, unit, **found)


_FORM = "Write fighters,people,subject:is,place:hajin-enclave: measure, unit, then any of " + ", ".join(_PARTS)
