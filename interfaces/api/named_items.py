"""The items and the words that a question names: what was never recorded is refused, with what is spelt like it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from fastapi import Request

from application.execute import NoSuchItem
from application.reading import AskedClocks, Reading, open_reading
from application.watch import BasisOfAssessment, FiguresOfTopic, Watch
from domain.checks import references
from domain.errors import DomainError
from domain.fields import SLUG, StreamRef
from domain.known import UnknownReference
from domain.namesakes import MOST_NEAR
from domain.topic import ITEMS_IN_TOPICS, Topic, parse_topic
from infrastructure.questions.by_name import KINDS_CALLED, Meant, meant
from infrastructure.questions.near_ids import near_ids
from infrastructure.questions.open_words import is_used, near_words
from interfaces.bootstrap import DATABASE_AWAY, System

# The parameters that name an item, whatever question they narrow, and of which kind.
NAMING = {
    "actor": "actor", "subject": "actor", "by": "actor", "claimant": "source", "source": "source", "place": "place",
    "report": "report", "incident": "incident", "claim": "claim", "assessment": "assessment",
}  # fmt: skip
# Of several that a name may mean, so many are told.
_CANDIDATES = 10
_KINDS = ("source", "actor", "place", "report", "claim", "incident", "person", "assessment", "dossier")
WORDS = ("group", "cause")
_IN_TOPICS = {**ITEMS_IN_TOPICS, "incident": "incident"}


# An item of these kinds may be meant by what it is called.
BY_NAME = {name: kind for name, kind in NAMING.items() if kind in KINDS_CALLED}
LONGEST_NAME = 500


class AmbiguousName(DomainError):
    """Several items are called so. `near` are their ids."""

    code = "ambiguous_name"


class Named(NamedTuple):
    """What `name`, a parameter or a field, names: one of these streams. `called`: it may be what that is called.

    `part`: of a topic, what names it there.
    """

    name: str
    streams: Sequence[StreamRef]
    called: bool = False
    part: str | None = None

    def written(self, id_: str) -> str:
        """What stands for an item where this one does."""
        return id_ if self.part is None else f"{self.part}:{id_}"


class Word(NamedTuple):
    """A word of an open list that `name`, a parameter or a field, holds. `part`: what it is in a topic."""

    name: str
    part: str
    word: str

    def is_in(self, topic: str) -> bool:
        return f",{self.part}:{self.word}," in f"{topic},"


def named_in_query(request: Request) -> list[Named]:
    query = request.query_params
    named = [
        Named(name, [StreamRef(kind, id_)], name in BY_NAME)
        for name, kind in NAMING.items()
        for id_ in query.getlist(name)
    ]
    if "id" in query:
        kinds = (query["kind"],) if "kind" in query else _KINDS
        named.append(Named("id", [StreamRef(kind, query["id"]) for kind in kinds]))
    return named


def named_in_topic(topic: Topic, name: str = "topic") -> list[Named]:
    ids = [(kind, getattr(topic, part)) for part, kind in _IN_TOPICS.items()]
    return [Named(name, [StreamRef(kind, id_)]) for kind, id_ in ids if id_ is not None]


def called_in_topic(text: str, name: str = "topic") -> list[Named]:
    """What the parts of a topic that nobody has read yet name, where that may be a name."""
    parts = {part: called for part, _, called in (said.partition(":") for said in text.split(",")[2:])}
    return [
        Named(name, [StreamRef(kind, parts[part])], called=True, part=part)
        for part, kind in ITEMS_IN_TOPICS.items()
        if part in parts and _is_name(parts[part])
    ]


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


def words_in_query(request: Request, ids: "Ids") -> list[Word]:
    """`ids`: which words stand for what is named by a label."""
    query = request.query_params

    def words(name: str) -> list[str]:
        return [ids.get(name, {}).get(text, text) for text in query.getlist(name)]

    own = [said.partition(":") for said in words("dimension")]
    dimensions = [Word("dimension", part, word) for part, _, word in own]
    return [Word(name, name, word) for name in WORDS for word in words(name)] + dimensions


def words_in_topic(topic: Topic, name: str = "topic") -> list[Word]:
    words = [*((part, getattr(topic, part)) for part in WORDS), *topic.dimensions]
    return [Word(name, part, word) for part, word in words if word is not None]


def words_in_watch(watch: Watch, prefix: str = "") -> list[Word]:
    """By fields of the watch, below `prefix`."""
    if not isinstance(watch, FiguresOfTopic):
        return []
    name = f"{prefix}.topic" if prefix else "topic"
    return words_in_topic(parse_topic(watch.topic, field=name), name)


async def refuse_unused_words(system: System, dossier_id: str, words: Iterable[Word], *, in_body: bool = False) -> None:
    """A word that no figure ever had is misspelt: it would find nothing, and be waited for in vain.

    A question that found something need not ask. A word that was recorded just now is waited for, so that what the
    read models do not know yet is not taken for misspelt.

    Raises:
        UnknownReference: with the parameter or field, and the words that are spelt much like it; NotThereYet and
        PictureRefused where the read models do not get as far as the log.
    """
    for word in words:
        reading = await open_reading(system.log, system.pictures, dossier_id, AskedClocks())
        head = await system.log.head(dossier_id)
        used, near = await _looked_up(system, reading, word)
        if not used and reading.position < head:
            reading = await open_reading(system.log, system.pictures, dossier_id, AskedClocks(min_position=head))
            used, near = await _looked_up(system, reading, word)
        if used:
            continue
        said = with_near(f"no figure of dossier {dossier_id!r} has the {word.part} {word.word[:100]!r}", near)
        told: dict[str, Any] = {"kind": word.part, "id": word.word, **({"near": near} if near else {})}
        if in_body:
            raise UnknownReference(said, field=word.name, **told)
        raise UnknownReference(said, parameter=word.name, **told)


async def _looked_up(system: System, reading: Reading, word: Word) -> tuple[bool, list[str]]:
    async with system.engine.connect() as connection:
        if await is_used(connection, reading, word.part, word.word):
            return True, []
        return False, await near_words(connection, reading, word.part, word.word)


def called_in_watch(given: Mapping[str, Any], prefix: str = "") -> list[Named]:
    """What the fields of a watch that nobody has read yet name, where that may be a name."""
    below = f"{prefix}." if prefix else ""
    named = [
        Named(f"{below}{name}", [StreamRef(kind, text)], called=True)
        for name, kind in BY_NAME.items()
        for text in _texts(given.get(name))
        if _is_name(text)
    ]
    topic = given.get("topic")
    return [*named, *called_in_topic(topic, f"{below}topic")] if isinstance(topic, str) else named


def _is_name(text: str) -> bool:
    """Whether it may be one: nobody is called NUL, and no store can look for it."""
    return 0 < len(text) <= LONGEST_NAME and "\0" not in text


def _texts(given: Any) -> list[str]:
    return [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str)]


# By parameter or field: for which id each name stands that was asked for in its place.
Ids = Mapping[str, Mapping[str, str]]


def in_ids(given: Mapping[str, Any], ids: Ids, prefix: str = "") -> dict[str, Any]:
    """What was asked for, with ids in the place of names."""
    meant = {name: ids.get(f"{prefix}.{name}" if prefix else name) for name in given}
    return {
        name: topic_in_ids(value, meant[name] or {})
        if name == "topic" and isinstance(value, str)
        else _with_ids(value, meant[name])
        for name, value in given.items()
    }


def topic_in_ids(text: str, ids: Mapping[str, str]) -> str:
    """The written form of a topic, with ids in the place of names."""
    return ",".join(ids.get(part, part) for part in text.split(","))


def _with_ids(value: Any, ids: Mapping[str, str] | None) -> Any:
    if not ids:
        return value
    if isinstance(value, list):
        return [_with_ids(one, ids) for one in value]
    return ids.get(value, value) if isinstance(value, str) else value


async def refuse_unknown(
    system: System, dossier_id: str, named: Iterable[Named], *, reading: Reading | None = None, in_body: bool = False
) -> Ids:
    """A misspelt id must not be told that nobody said anything of it. What is named by its name is told by its id.

    An id is looked for in the log itself. What was recorded at any time is known, also what came after the position
    that is asked about, or was retracted: so an answer as of a position stays the same. A name is one as of the
    reading (the latest, if there is none), and of what was not retracted; an id always goes before a name.

    Raises:
        UnknownReference: with the parameter, or the field of the body, that names what was never recorded.
        AmbiguousName: with those that it may mean.
    """
    ids, unknown = await _looked_for(system, dossier_id, list(named), reading, in_body=in_body)
    for one in unknown:
        raise _no_such(one, dossier_id, in_body=in_body)
    return ids


def _no_such(named: Named, dossier_id: str, *, in_body: bool) -> UnknownReference:
    kind, text = named.streams[0] if len(named.streams) == 1 else ("item", named.streams[0].id)
    said = f"there is no {kind} {text[:100]!r} in dossier {dossier_id!r}"
    if in_body:
        said += "; record it first, or mend the id"
    return UnknownReference(said, **_place(named.name, in_body=in_body), kind=kind, id=text)


async def ids_of_names(system: System, dossier_id: str, named: Iterable[Named], *, in_body: bool = False) -> Ids:
    """Which ids the names stand for. What has the form of an id and is none of a name is left out.

    Raises:
        UnknownReference, AmbiguousName; NotThereYet and PictureRefused where the name may be one that the read models
        do not know yet.
    """
    named = list(named)
    ids, unknown = await _looked_for(system, dossier_id, named, None, in_body=in_body)
    names = [one for one in unknown if not SLUG.fullmatch(one.streams[0].id)]
    if names:
        head = AskedClocks(min_position=await system.log.head(dossier_id))
        reading = await open_reading(system.log, system.pictures, dossier_id, head)
        ids, unknown = await _looked_for(system, dossier_id, named, reading, in_body=in_body)
        for one in unknown:
            if one in names:
                raise _no_such(one, dossier_id, in_body=in_body)
    return ids


async def _looked_for(
    system: System, dossier_id: str, named: Sequence[Named], reading: Reading | None, *, in_body: bool
) -> tuple[Ids, list[Named]]:
    """For which ids names stand, and what neither an id nor a name is found for."""
    if not named:
        return {}, []
    found = await system.log.event_ids(dossier_id, [(stream, 1) for one in named for stream in one.streams])
    unknown = [one for one in named if not any((stream, 1) in found for stream in one.streams)]
    called = [one.streams[0] for one in unknown if one.called]
    meaning = await _meaning(system, dossier_id, called, reading) if called else {}
    ids: dict[str, dict[str, str]] = {}
    nowhere: list[Named] = []
    for one in unknown:
        kind, text = one.streams[0]
        id_ = _one_id(kind, text, meaning.get(one.streams[0]), _place(one.name, in_body=in_body))
        if id_ is None:
            nowhere.append(one)
        else:
            ids.setdefault(one.name, {})[one.written(text)] = one.written(id_)
    return ids, nowhere


def _place(name: str, *, in_body: bool) -> dict[str, Any]:
    return {"field": name} if in_body else {"parameter": name.partition(".")[0]}


def _one_id(kind: str, text: str, meaning: Meant | None, place: Mapping[str, Any]) -> str | None:
    """The only item that is called so; None if none is."""
    ids = meaning.ids if meaning else []
    if len(ids) < 2:
        return ids[0] if ids else None
    some = ", ".join(ids[:_CANDIDATES]) + (f" and {len(ids) - _CANDIDATES:,} more" if len(ids) > _CANDIDATES else "")
    said = f"{len(ids):,} {kind}s are called {text[:100]!r}: {some}. Name one by its id"
    raise AmbiguousName(said, **place, kind=kind, id=text, near=ids[:_CANDIDATES])


async def _latest(system: System, dossier_id: str) -> Reading | None:
    """What the read models know; None where nothing of the dossier is built: then nothing in it has a name."""
    picture = await system.pictures.picture(dossier_id)
    return Reading(dossier_id, picture.position, picture.generations, picture.time_zone) if picture else None


async def _meaning(
    system: System, dossier_id: str, called: Sequence[StreamRef], reading: Reading | None
) -> dict[StreamRef, Meant]:
    reading = reading or await _latest(system, dossier_id)
    if reading is None:
        return {}
    found: dict[StreamRef, Meant] = {}
    for kind in sorted({stream.kind for stream in called}):
        names = [stream.id for stream in called if stream.kind == kind]
        async with system.engine.connect() as connection:
            meaning = await meant(connection, reading, kind, names)
        found |= {StreamRef(kind, name): each for name, each in meaning.items()}
    return found


async def id_called(system: System, reading: Reading, kind: str, name: str) -> str:
    """The id of what an address names by its name, where that is no id.

    Raises:
        NoSuchItem, AmbiguousName
    """
    stream = StreamRef(kind, name)
    # One that was recorded later, or retracted, is no name of another.
    is_id = (stream, 1) in await system.log.event_ids(reading.dossier_id, [(stream, 1)])
    meaning = {} if is_id else await _meaning(system, reading.dossier_id, [stream], reading)
    id_ = _one_id(kind, name, meaning.get(stream), {})
    if id_ is None:
        said = f"there is no {kind} {name!r} in dossier {reading.dossier_id!r} at position {reading.position}"
        raise NoSuchItem(said, kind=kind, id=name)
    return id_


async def with_near_ids(request: Request, refusal: DomainError) -> DomainError:
    """The refusal of an item that is not there, with the ids that are spelt much like it, where there are any.

    Those of items that are called much like it come after them.
    """
    kind, id_ = refusal.details.get("kind"), refusal.details.get("id")
    dossier, system = request.path_params.get("dossier"), request.app.state.system
    if not isinstance(refusal, (UnknownReference, NoSuchItem)) or not (kind and id_ and dossier and system):
        return refusal
    try:
        near = await _near(system, dossier, kind, id_)
    except DATABASE_AWAY:
        # The refusal stands without.
        return refusal
    if not near or "near" in refusal.details:
        return refusal
    return type(refusal)(with_near(refusal.message, near), field=refusal.field, **{**refusal.details, "near": near})


async def _near(system: System, dossier_id: str, kind: str, text: str) -> list[str]:
    found: list[str] = []
    async with system.engine.connect() as connection:
        for one in _KINDS if kind == "item" else (kind,):
            near = await near_ids(connection, dossier_id, one, text)
            if near is None:
                # It is itself there: recorded later, or retracted, and not misspelt.
                return []
            found += near
    if kind in KINDS_CALLED:
        meaning = await _meaning(system, dossier_id, [StreamRef(kind, text)], None)
        found += [id_ for one in meaning.values() for id_ in (*one.ids, *one.near)]
    return list(dict.fromkeys(found))[:MOST_NEAR]


def with_near(said: str, near: Sequence[str]) -> str:
    return f"{said}. Did you mean {' or '.join(near)}?" if near else said
