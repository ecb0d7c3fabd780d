"""Claims in force for the tests of rules: what is said, with as little else as can be."""

from collections.abc import Iterable
from itertools import count
from typing import Any

from pydantic import TypeAdapter

from domain import when
from domain.content import Content, Figure, is_period, span
from domain.in_force import InForce
from domain.when import Instant

_content: TypeAdapter[Any] = TypeAdapter(Content)
_positions = count(1)


def said(claim: str, report: str = "r1", *, published: str = "2018-12-20", position: int = 0, **more: Any) -> InForce:
    """One claim, as the rules are given it; what is no field of `InForce` is its content."""
    own = {name: more.pop(name) for name in _OWN if name in more}
    if (incident := more.pop("incident", None)) is not None:
        own |= {"incident": incident, "incidents": (incident,)}
    content = _content.validate_python(more)
    so = span(content, "UTC")
    own |= {} if so is None else {"day_over": when.day_over(when.Bounds(so.earliest_end, so.latest_end))}
    return InForce(claim, content, report, when.bounds(published), so, position or next(_positions), **own).closed(
        "UTC"
    )


_OWN = ("withdrawn", "discredited", "incidents", "dataset", "parts", "disputes", "same_origin", "based_on", "filed_in")


def figure(claim: str, report: str = "r1", **more: Any) -> InForce:
    """A number of fighters, unless another measure is given; a whole number as `best` is stated."""
    return said(
        claim, report, **{"kind": "figure", "measure": "fighters", "unit": "people", "qualifier": "stated", **more}
    )


def control(claim: str, actor: str | None, report: str = "r1", **more: Any) -> InForce:
    return said(claim, report, **{"kind": "control", "actor": actor, "status": "controls", "place": "town", **more})


def happened(claim: str, type_: str, by: Iterable[str], report: str = "r1", **more: Any) -> InForce:
    actors = more.pop("actors", {"by": tuple(by)})
    return said(claim, report, **{"kind": "occurrence", "type": type_, "actors": actors, "place": "town", **more})


def at(text: str) -> Instant:
    """A date means its last instant."""
    return when.cut_off(text, field="at")


def is_flow(claim: InForce) -> bool:
    return isinstance(claim.content, Figure) and is_period(claim.content)
