"""What an event of the log touches: the things it is about, as they were just before it and just after."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.families import FAMILIES, Family
from domain.fields import StreamRef
from domain.when import Instant


class Around(NamedTuple):
    """A place that lies around another, with the instants between which it may have."""

    place: str
    earliest: Instant
    latest: Instant


class Facet(NamedTuple):
    """One thing that an event touches, as it was just before the event or just after it.

    A statement of a claim fills most of it; a place only `place`, a source only `claimant`, an actor only `actors`, a
    report only `report` and `publisher`. `topic` is written without place and incident, as statements have it.
    `around` holds the place itself and all that it lies in. `span`: the earliest start and the latest end.
    """

    claim: str | None = None
    kind: str | None = None
    measure: str | None = None
    topic: str | None = None
    place: str | None = None
    claimant: str | None = None
    report: str | None = None
    publisher: str | None = None
    actors: tuple[str, ...] = ()
    around: tuple[Around, ...] = ()
    span: tuple[Instant, Instant] | None = None


class Touch(NamedTuple):
    """An event with what it touches. `beside` are the claims that are related to those: they may be answered anew."""

    position: int
    group: int
    stream: StreamRef
    version: int
    type: str
    facets: Sequence[Facet] = ()
    beside: Sequence[Facet] = ()

    @property
    def family(self) -> Family:
        return FAMILIES[self.type]
