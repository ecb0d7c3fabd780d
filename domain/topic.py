"""What is counted: the coordinates that make two figures comparable. Time is none of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, ClassVar, NamedTuple

from domain.content import FigureGiven
from domain.errors import DomainError
from domain.estimate import MEASURES
from domain.fields import SLUG
from domain.merging import Merged

_PARTS = ("subject", "group", "by", "cause", "place", "incident")
# The parts that name items which merge, with the kind of each.
ITEMS_IN_TOPICS: Mapping[str, str] = {"subject": "actor", "by": "actor", "place": "place"}


class NotATopic(DomainError):
    code: ClassVar[str] = "not_a_topic"


class Topic(NamedTuple):
    """Figures of one topic are about the same thing; of two topics they are never compared, and never added.

    Written `fighters,people,subject:is,place:hajin-enclave`: measure, unit, then what else is said, in this order, and
    at last the desk's own dimensions by their names.
    """

    measure: str
    unit: str
    subject: str | None = None
    group: str | None = None
    by: str | None = None
    cause: str | None = None
    place: str | None = None
    incident: str | None = None
    dimensions: tuple[tuple[str, str], ...] = ()

    @property
    def is_anywhere(self) -> bool:
        """Whether it is of an incident, at whatever place that is told to have been."""
        return self.incident is not None and self.place is None

    def takes_in(self, other: "Topic") -> bool:
        """Whether what the other counts is counted here too, if both are of one incident, or of none.

        An incident is one happening: where its topic names none, any place, party or cause is meant.
        """
        return other == self._replace(
            place=self.place if not self.is_anywhere else other.place,
            by=self.by if not self.is_anywhere or self.by else other.by,
            cause=self.cause if not self.is_anywhere or self.cause else other.cause,
            incident=other.incident,
        )

    def __str__(self) -> str:
        return _written(self, _PARTS, self.dimensions)


assert Topic.__match_args__[2:-1] == _PARTS


def topic_of(figure: FigureGiven, incident: str | None = None) -> Topic:
    """What a figure counts; `incident` is the one that its claim tells of, if any."""
    own = dimensions_of(figure)
    return Topic(
        figure.measure, figure.unit, figure.subject, figure.group, figure.by, figure.cause, figure.place, incident, own
    )


def counted(figure: FigureGiven) -> str:
    """What a figure counts, wherever it counts it: its topic's written form without place and incident."""
    return _written(figure, _PARTS[:4], dimensions_of(figure))


def dimensions_of(figure: FigureGiven) -> tuple[tuple[str, str], ...]:
    """The desk's own, by their names."""
    return tuple(sorted(figure.dimensions.items())) if figure.dimensions else ()


def _written(held: "FigureGiven | Topic", parts: Sequence[str], dimensions: Sequence[tuple[str, str]]) -> str:
    text = f"{held.measure},{held.unit}"
    for name in parts:
        value = getattr(held, name)
        if value is not None:
            text += f",{name}:{value}"
    for name, value in dimensions:
        text += f",{name}:{value}"
    return text


def parse_topic(text: str, *, field: str = "topic", measures: Iterable[str] = ()) -> Topic:
    """A topic from its written form. Whether a dossier has its words, its vocabulary knows.

    `measures`: those of the dossier, which are told beside the house's.

    Raises:
        NotATopic: it is none; `field` is what holds it.
    """
    measure, unit, *said = (*text.split(","), "")[: max(2, text.count(",") + 1)]
    if measure not in MEASURES and not SLUG.fullmatch(measure):
        raise NotATopic(f"{measure[:50]!r} is no measure: {', '.join((*measures, *MEASURES))}. {_FORM}", field=field)
    if measure not in MEASURES:
        # One of a dossier's own, which has the units that the dossier says.
        if not SLUG.fullmatch(unit):
            raise NotATopic(f"{unit[:50]!r} is no unit. {_FORM}", field=field)
    elif unit not in MEASURES[measure].units:
        units = " or ".join(MEASURES[measure].units)
        raise NotATopic(f"{measure} is counted in {units}, not in {unit[:50]!r}. {_FORM}", field=field)
    found: dict[str, str] = {}
    for part in said:
        name, colon, value = part.partition(":")
        told = bool(colon) and SLUG.fullmatch(name) is not None and SLUG.fullmatch(value) is not None
        if name in (*ITEMS_IN_TOPICS, "incident") and value and not SLUG.fullmatch(value):
            why = f"{part[:50]!r} names no id: in a topic the {name} is named by its id, not by its name. {_FORM}"
            raise NotATopic(why, field=field)
        if SLUG.fullmatch(name) and value and not SLUG.fullmatch(value) and name not in (*ITEMS_IN_TOPICS, "incident"):
            why = f"{part[:50]!r} names no word: lower-case letters, digits, '-', '_' and '.'. {_FORM}"
            raise NotATopic(why, field=field)
        if not told or name in found or name in ("measure", "unit"):
            raise NotATopic(f"{part[:50]!r} is no part of a topic. {_FORM}", field=field)
        found[name] = value
    own = tuple(sorted((name, found.pop(name)) for name in list(found) if name not in _PARTS))
    return Topic(measure, unit, **found, dimensions=own)


def any_in_topics(merged: Mapping[str, Merged]) -> bool:
    """Whether anything is merged that a topic may name; `merged` by kind of item."""
    return any(merged[kind] for kind in ITEMS_IN_TOPICS.values())


def topic_as_one(topic: Topic, merged: Mapping[str, Merged]) -> Topic:
    """A topic by what the actors and the place that it names go on as."""
    named = {name: id_ for name in ITEMS_IN_TOPICS if (id_ := getattr(topic, name)) is not None}
    ends: dict[str, Any] = {name: merged[ITEMS_IN_TOPICS[name]].survivor(id_) for name, id_ in named.items()}
    return topic if ends == named else topic._replace(**ends)


def topics_alike(topic: Topic, merged: Mapping[str, Merged]) -> list[Topic]:
    """All topics that are one with a topic, by what is one with the actors and the place that it names."""
    named = {name: id_ for name in ITEMS_IN_TOPICS if (id_ := getattr(topic, name)) is not None}
    ways = product(*(merged[ITEMS_IN_TOPICS[name]].one_with(id_) for name, id_ in named.items()))
    alike: Iterator[dict[str, Any]] = (dict(zip(named, way, strict=True)) for way in ways)
    return [topic._replace(**named_so) for named_so in alike]


_FORM = (
    "Write fighters,people,place:PLACE, as the list of topics has each: measure, unit, then any of "
    f"{', '.join(_PARTS)} with a colon and which, or a dimension of the desk's own as origin:idlib"
)
