"""The items that a question names, wherever it does: one that was never recorded is refused, with those near to it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fastapi import Request

from application.event_log import EventLog
from application.execute import NoSuchItem
from application.watch import BasisOfAssessment, FiguresOfTopic, Watch
from domain.checks import references
from domain.errors import DomainError
from domain.fields import StreamRef
from domain.known import UnknownReference
from domain.topic import Topic, parse_topic
from infrastructure.questions.near_ids import near_ids
from interfaces.bootstrap import DATABASE_AWAY

# The parameters that name an item, whatever question they narrow, and of which kind.
NAMING = {
    "actor": "actor", "subject": "actor", "by": "actor", "claimant": "source", "source": "source", "place": "place",
    "report": "report", "claim": "claim", "assessment": "assessment",
}  # fmt: skip
_KINDS = ("source", "actor", "place", "report", "claim", "incident", "assessment", "dossier")
_IN_TOPICS = {"subject": "actor", "by": "actor", "place": "place", "incident": "incident"}


class Named(NamedTuple):
    """What `name`, a parameter or a field, names: one of these streams."""

    name: str
    streams: Sequence[StreamRef]


def named_in_query(request: Request) -> list[Named]:
    query = request.query_params
    named = [Named(name, [StreamRef(kind, id_)]) for name, kind in NAMING.items() for id_ in query.getlist(name)]
    if "id" in query:
        kinds = (query["kind"],) if "kind" in query else _KINDS
        named.append(Named("id", [StreamRef(kind, query["id"]) for kind in kinds]))
    return named


def named_in_topic(topic: Topic, name: str = "topic") -> list[Named]:
    ids = [(kind, getattr(topic, part)) for part, kind in _IN_TOPICS.items()]
    return [Named(name, [StreamRef(kind, id_)]) for kind, id_ in ids if id_ is not None]


def named_in_watch(watch: Watch, prefix: str = "") -> list[Named]:
    """By fields of the watch, below `prefix`."""
    below = f"{prefix}." if prefix else ""
    named = [Named(reference.field, [reference.stream]) for reference in references(watch, prefix=prefix)]
    match watch:
        case BasisOfAssessment(assessment=id_):
            named.append(Named(f"{below}assessment", [StreamRef("assessment", id_)]))
        case FiguresOfTopic(topic=text):
            topic = parse_topic(text, field=f"{below}topic")
            named.extend(named_in_topic(topic, f"{below}topic"))
        case _:
            pass
    return named


async def refuse_unknown(log: EventLog, dossier_id: str, named: Iterable[Named], *, in_body: bool = False) -> None:
    """A misspelt id must not be told that nobody said anything of it.

    It is looked for in the log itself. What was recorded at any time is known, also what came after the position that
    is asked about, or was retracted: so an answer as of a position stays the same.

    Raises:
        UnknownReference: with the parameter, or the field of the body, that names what was never recorded.
    """
    named = list(named)
    if not named:
        return
    found = await log.event_ids(dossier_id, [(stream, 1) for one in named for stream in one.streams])
    for name, streams in named:
        if not any((stream, 1) in found for stream in streams):
            kind, id_ = streams[0] if len(streams) == 1 else ("item", streams[0].id)
            said = f"there is no {kind} {id_[:100]!r} in dossier {dossier_id!r}"
            if in_body:
                raise UnknownReference(f"{said}; record it first, or mend the id", field=name, kind=kind, id=id_)
            raise UnknownReference(said, parameter=name.partition(".")[0], kind=kind, id=id_)


async def with_near_ids(request: Request, refusal: DomainError) -> DomainError:
    """The refusal of an item that is not there, with the ids that are spelt much like it, where there are any."""
    kind, id_ = refusal.details.get("kind"), refusal.details.get("id")
    dossier, system = request.path_params.get("dossier"), request.app.state.system
    if not isinstance(refusal, (UnknownReference, NoSuchItem)) or not (kind and id_ and dossier and system):
        return refusal
    try:
        async with system.engine.connect() as connection:
            near = await near_ids(connection, dossier, kind, id_)
    except DATABASE_AWAY:
        # The refusal stands without.
        return refusal
    if not near:
        return refusal
    return type(refusal)(with_near(refusal.message, near), field=refusal.field, **{**refusal.details, "near": near})


def with_near(said: str, near: Sequence[str]) -> str:
    return f"{said}. Did you mean {' or '.join(near)}?" if near else said
