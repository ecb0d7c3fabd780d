"""What every question takes and every answer carries: the three clocks, the position, and pages."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated, Any, Generic, NotRequired, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import ReadOnly, TypedDict

from application.event_log import LogUnavailable, version_tag
from application.execute import NoSuchItem
from application.following.places import BadCursor
from application.reading import AskedClocks, Page, Reading, open_reading
from application.shown import Instant
from domain import fields, when
from domain.clocks import Certainty
from domain.external_id import ExternalId
from domain.fields import SLUG, StreamRef
from domain.membership import Inside
from infrastructure.questions.around import places_ever_inside, places_inside, places_inside_then
from infrastructure.read_models.places import place_as_of
from interfaces.api.access import reader, system_of
from interfaces.api.answer import JsonAnswer, declares
from interfaces.api.asked import filters_asked, question_digest
from interfaces.api.declared import own_words_in_query, refuse_undeclared
from interfaces.api.named_items import LONGEST_NAME, id_called, in_ids, named_in_query, refuse_unknown
from interfaces.api.words_called import both_ids, labels_in_query, words_called

ItemT = TypeVar("ItemT")
QueryT = TypeVar("QueryT", bound=BaseModel)


class Clocked(TypedDict):
    """The position and the clocks of an answer: all that is needed to ask for it again exactly.

    `stands_still`: why the read models of the dossier do; there is more in the log than this answer knows of. `named`:
    where a parameter had a name in the place of an id, which id that is, by parameter and name. `filters`: by parameter
    what the question was narrowed to, with ids in the place of names. An answer that has it is of a part.
    """

    position: int
    at: NotRequired[Instant | None]
    reported_by: NotRequired[Instant | None]
    certainty: NotRequired[Certainty]
    stands_still: NotRequired[str]
    named: NotRequired[dict[str, dict[str, str]]]
    filters: NotRequired[dict[str, str | list[str]]]


class OneItem(Clocked):
    """One item. `etag` is what a change of it is meant for: the version, and which history it is a version of."""

    etag: str


class Paged(Clocked, Generic[ItemT]):
    """One page of a list. `next` is the cursor of the page after it, null where the list ends."""

    items: list[ItemT]
    next: str | None


def _asked(form: str, description: str) -> Any:
    """Says of a text in which form it is: what reads it checks that, and names what is wrong."""
    return WithJsonSchema({"type": "string", "format": form, "minLength": 1, "description": description})


NotEmpty = Field(min_length=1)
# What parameters hold. An id that can be none is refused at once.
Id = Annotated[str, Field(pattern=f"^{SLUG.pattern}$", max_length=100)]
_NO_NUL = "^[^\\x00]*$"
# An id, or what an item is called. Nobody is called NUL, and no store can look for it.
IdOrName = Annotated[
    str,
    Field(pattern=_NO_NUL, min_length=1, max_length=LONGEST_NAME),
    WithJsonSchema(
        {"type": "string", "format": "id-or-name", "pattern": _NO_NUL, "minLength": 1, "maxLength": LONGEST_NAME}
    ),
]
AsOf = Annotated[str, NotEmpty, _asked("position-or-cut-off", "a position, or a moment (RFC 3339), or a date")]
CutOff = Annotated[fields.CutOff, NotEmpty]
# A register that is not ours, with the id that it knows an item by.
ExternalIdText = Annotated[str, Field(pattern=f"^{SLUG.pattern}:[^\\x00]+$", max_length=301)]
# A dimension of the desk's own with its value.
Dimension = Annotated[str, Field(pattern="^[^:\\x00]+:[^\\x00]+$", max_length=LONGEST_NAME)]
# A word of an open list, or what it is called.
WordOrLabel = Annotated[
    str,
    Field(pattern=_NO_NUL, min_length=1, max_length=LONGEST_NAME),
    WithJsonSchema(
        {"type": "string", "format": "word-or-label", "pattern": _NO_NUL, "minLength": 1, "maxLength": LONGEST_NAME}
    ),
]
TopicText = fields.TopicText
Cursor = Annotated[str, NotEmpty, _asked("cursor", "as `next` of a page has it")]
After = Annotated[str, NotEmpty, _asked("position-or-cursor", "a position, or a cursor `<position>.<hash>`")]


class PositionQuery(BaseModel):
    """The recorded clock: what did this dossier hold?"""

    # A misspelt clock must not be answered as if it had not been asked.
    model_config = ConfigDict(extra="forbid")

    as_of: AsOf | None = Field(
        None,
        description="a position, or a moment (RFC 3339, or a date: its last instant; today: now), else the latest",
    )
    min_position: int | None = Field(
        None, ge=0, description="wait (a few seconds at most) until this position is there: reads your own write"
    )

    def question(self) -> AskedClocks:
        return AskedClocks(as_of=self.as_of, min_position=self.min_position)


class ReportedQuery(PositionQuery):
    """The reported clock beside it: what could a reader have known?"""

    reported_by: CutOff | None = Field(
        None, description="takes what was published by then: a moment, or a date, month or year (its last instant)"
    )
    certainty: Certainty = Field(
        "certain", description="of `reported_by`: what was certainly published by then, or what may have been"
    )

    def question(self) -> AskedClocks:
        return AskedClocks(
            reported_by=self.reported_by,
            as_of=self.as_of,
            certainty=self.certainty,
            min_position=self.min_position,
        )


class ClockedQuery(ReportedQuery):
    """All three."""

    at: CutOff | None = Field(None, description="what may have been so then: a moment, or a date (its last instant)")

    def question(self) -> AskedClocks:
        return replace(super().question(), at=self.at)


class PagedQuery(PositionQuery):
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before; the other parameters stay the same")


class KnownElsewhereQuery(PagedQuery):
    external_id: ExternalIdText | None = Field(
        None, description="known elsewhere by this id: the register and the id, as `wikidata:Q858`"
    )


async def reading_of(request: Request, dossier: str, question: AskedClocks, viewer: str | None) -> Reading:
    """Settles the clocks of a question, and refuses one that names what is not in the dossier.

    Raises:
        UnknownReference: a parameter names an item that was never recorded.
        NotInVocabulary: a parameter has a word that is neither the house's nor the dossier's; else as `open_reading`.
    """
    system = system_of(request)
    reading = await open_reading(system.log, system.pictures, dossier, question, viewer)
    if reading.of_today:
        request.state.pinned = False
    ids = await refuse_unknown(system, dossier, named_in_query(request), reading=reading)
    await refuse_undeclared(system, dossier, own_words_in_query(request))
    ids = both_ids(ids, await words_called(request, reading, labels_in_query(request)))
    return replace(reading, ids=ids) if ids else reading


def by_ids(query: QueryT, reading: Reading) -> QueryT:
    """A query with ids in the place of names."""
    return query.model_copy(update=in_ids(dict(query), reading.ids)) if reading.ids else query


@asynccontextmanager
async def connected(request: Request) -> AsyncIterator[AsyncConnection]:
    async with system_of(request).engine.connect() as connection:
        yield connection


def answered(reading: Reading, **body: Any) -> dict[str, Any]:
    """An answer with all that is needed to ask for it again exactly."""
    return {**told_clocks(reading), **body}


def told_clocks(reading: Reading) -> Clocked:
    """The position and the clocks of a reading, and whether it stands still."""
    clocks = reading.clocks
    told: Clocked = {"position": reading.position}
    if clocks.at is not None:
        told["at"] = when.rfc3339(clocks.at)
    if clocks.reported_by is not None:
        told["reported_by"] = when.rfc3339(clocks.reported_by)
        told["certainty"] = clocks.certainty
    if reading.stands_still is not None:
        told["stands_still"] = reading.stands_still
    if reading.ids:
        told["named"] = {name: dict(ids) for name, ids in reading.ids.items()}
    if filters := filters_asked():
        told["filters"] = in_ids(filters, reading.ids)
    return told


def turned(question: AskedClocks, limit: int, cursor: str | None) -> tuple[AskedClocks, Page]:
    """The question and the stretch that a cursor goes on with: at the position of its first page."""
    moved, after = turned_by(question, cursor, _IN_ORDER)
    return moved, Page(limit + 1) if after is None else Page(limit + 1, after)


# Where a list goes on, as its cursors have it.
Position = Annotated[int, Field(ge=0, lt=2**63)]
LONGEST_CURSOR = 4_000
Name = Annotated[str, Field(pattern="^[^\\x00]*$")]


def turned_by(question: AskedClocks, cursor: str | None, shape: TypeAdapter[Any]) -> tuple[AskedClocks, Any]:
    """The question at the position of its first page, and where a cursor goes on (None: at the beginning).

    `shape` is what the cursors of this list hold: one of another list is refused.
    """
    if cursor is None:
        return question, None
    position, after = _read_cursor(cursor, shape)
    if position is None:
        raise _none_of_ours()
    return replace(question, as_of=str(position)), after


def begun_after(cursor: str | None, shape: TypeAdapter[Any]) -> Any:
    """Where a list that is of no position goes on; None at the beginning."""
    return None if cursor is None else _read_cursor(cursor, shape)[1]


def _read_cursor(cursor: str, shape: TypeAdapter[Any]) -> tuple[int | None, Any]:
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError("no cursor of ours is so long")
        position, digest, after = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if (position is not None and type(position) is not int) or not isinstance(digest, str):
            raise ValueError(cursor)
        if digest != question_digest():
            raise _none_of_ours("this cursor is of another question: its other parameters stay the same on every page")
        return position, shape.validate_python(after)
    except (ValueError, TypeError, RecursionError):
        raise _none_of_ours() from None


_IN_ORDER: TypeAdapter[Any] = TypeAdapter(Position)


def cursor_of(reading: Reading | None, after: Any) -> str:
    """Where a list goes on: at the same position (of none, without a reading), after this."""
    position = None if reading is None else reading.position
    text = json.dumps([position, question_digest(), after], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _none_of_ours(why: str = "this cursor is none of ours; begin without one") -> Exception:
    return BadCursor(why, field="cursor")


class Ordered(TypedDict):
    """What lists are in the order of."""

    recorded_position: ReadOnly[int]


OrderedT = TypeVar("OrderedT", bound=Ordered)


def paged(reading: Reading, items: list[OrderedT], limit: int) -> Paged[OrderedT]:
    """A page of a list, of which `items` has one more where it goes on."""
    more = len(items) > limit
    items = items[:limit]
    cursor = cursor_of(reading, items[-1]["recorded_position"]) if more else None
    return {**told_clocks(reading), "items": items, "next": cursor}


Viewer = Annotated[str | None, Depends(reader)]
ListOf = Callable[[AsyncConnection, Reading, Page], Awaitable[list[OrderedT]]]
ListOfKnown = Callable[[AsyncConnection, Reading, Page, ExternalId | None], Awaitable[list[OrderedT]]]
OneOf = Callable[[AsyncConnection, Reading, str], Awaitable[Mapping[str, Any] | None]]


def list_endpoint(list_of: ListOf[OrderedT], told: type[OrderedT]) -> Any:
    """`told`: one item of the list."""

    async def endpoint(
        request: Request, dossier: str, query: Annotated[PagedQuery, Query()], viewer: Viewer
    ) -> JsonAnswer[Paged[OrderedT]]:
        question, page = turned(query.question(), query.limit, query.cursor)
        reading = await reading_of(request, dossier, question, viewer)
        async with connected(request) as connection:
            return JsonAnswer(paged(reading, await list_of(connection, reading, page), query.limit))

    endpoint.__annotations__["return"] = JsonAnswer[Paged[told]]  # type: ignore[valid-type]
    return endpoint


def known_elsewhere_endpoint(list_of: ListOfKnown[OrderedT], told: type[OrderedT]) -> Any:
    """The list of items of which some are known elsewhere too. `told`: one item of it."""

    async def endpoint(
        request: Request, dossier: str, query: Annotated[KnownElsewhereQuery, Query()], viewer: Viewer
    ) -> JsonAnswer[Paged[OrderedT]]:
        question, page = turned(query.question(), query.limit, query.cursor)
        reading = await reading_of(request, dossier, question, viewer)
        known_by = ExternalId(*query.external_id.split(":", 1)) if query.external_id is not None else None
        async with connected(request) as connection:
            return JsonAnswer(paged(reading, await list_of(connection, reading, page, known_by), query.limit))

    endpoint.__annotations__["return"] = JsonAnswer[Paged[told]]  # type: ignore[valid-type]
    return endpoint


def one_endpoint(kind: str, one_of: OneOf, told: Any) -> Any:
    """`told`: the item with the clocks that it is told by."""

    @declares(headers=("ETag",))
    async def endpoint(
        request: Request, dossier: str, id: str, query: Annotated[PositionQuery, Query()], viewer: Viewer
    ) -> JsonAnswer:
        reading = await reading_of(request, dossier, query.question(), viewer)
        async with connected(request) as connection:
            found = await one_of(connection, reading, id)
        return await item_answer(request, reading, StreamRef(kind, id), found)

    endpoint.__annotations__["return"] = JsonAnswer[told]
    return endpoint


async def item_or_called(
    request: Request, reading: Reading, kind: str, text: str, one_of: OneOf
) -> tuple[str, Mapping[str, Any]]:
    """An item that an address names by its id, or by what it is called, with its id.

    Raises:
        NoSuchItem, AmbiguousName
    """
    async with connected(request) as connection:
        found = await one_of(connection, reading, text)
    if found is not None:
        return text, found
    id_ = await id_called(system_of(request), reading, kind, text)
    async with connected(request) as connection:
        found = await one_of(connection, reading, id_)
    if found is None:
        raise no_such_item(reading, kind, id_)
    return id_, found


async def item_answer(
    request: Request, reading: Reading, stream: StreamRef, item: Mapping[str, Any] | None
) -> JsonAnswer:
    """One item with its version as the ETag, or that there is none."""
    if item is None:
        raise no_such_item(reading, stream.kind, stream.id)
    tag = await tag_of(request, reading.dossier_id, stream, item["version"])
    return JsonAnswer(answered(reading, **item, etag=tag), headers={"ETag": f'"{tag}"'})


async def tag_of(request: Request, dossier_id: str, stream: StreamRef, version: int) -> str:
    """What `If-Match` takes for a version of a stream."""
    found = await system_of(request).log.event_ids(dossier_id, [(stream, version)])
    if (stream, version) not in found:
        raise LogUnavailable(f"{stream} has no version {version} any more: the log was replaced under the read models")
    return version_tag(version, found[stream, version])


def period_of(reading: Reading, since: str | None, until: str | None) -> tuple[when.Instant, when.Instant] | None:
    """The first and the last instant of what is asked about; None where neither is given.

    Raises:
        NotEdtf; EndsBeforeItBegins
    """
    if since is None and until is None:
        return None
    first, last = when.EARLIEST, when.LATEST
    if since is not None:
        first = when.begun(since, reading.time_zone, field="since")
    if until is not None:
        last = when.cut_off(until, reading.time_zone, field="until")
    if last < first:
        raise when.EndsBeforeItBegins(f"nothing is since {since} and until {until}: that ends first", field="until")
    return first, last


async def inside(connection: AsyncConnection, reading: Reading, place: str) -> Sequence[tuple[str, int, int]]:
    """A place that is there and the places inside it, each with the instants between which it may have been."""
    await _that_is_there(connection, reading, place)
    return await places_inside(connection, reading, place)


async def ever_inside(connection: AsyncConnection, reading: Reading, place: str) -> Inside:
    """The same by place."""
    await _that_is_there(connection, reading, place)
    return await places_ever_inside(connection, reading, place)


async def inside_then(connection: AsyncConnection, reading: Reading, place: str) -> Inside:
    """A place that is there and the places that may have been inside it at `at`, as if always.

    Without `at` those that ever were, each with the times at which: what is told of one counts if it was so then.
    """
    await _that_is_there(connection, reading, place)
    return await places_inside_then(connection, reading, place)


async def _that_is_there(connection: AsyncConnection, reading: Reading, place: str) -> None:
    if await place_as_of(connection, reading, place) is None:
        raise no_such_item(reading, "place", place)


def no_such_item(reading: Reading, kind: str, id: str) -> Exception:
    said = f"there is no {kind} {id!r} in dossier {reading.dossier_id!r} at position {reading.position}"
    return NoSuchItem(said, kind=kind, id=id)
