"""What changed after it was first recorded."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from application.execute import NoSuchItem
from application.following.places import place_of
from application.history import Entry, history
from application.reading import AskedClocks, NotInThePast, Reading
from application.watch import StreamKind
from domain.corrections import is_shown, reports_of
from domain.families import Family
from domain.fields import StreamRef
from infrastructure.questions.corrections import Correcting, corrections
from infrastructure.read_models.claims import ALL_STATEMENTS
from infrastructure.read_models.reports import publications
from interfaces.api.access import signers, system_of
from interfaces.api.answer import JsonAnswer, declares
from interfaces.api.correction_told import (
    CorrectionAnswer,
    CorrectionItem,
    bearings_of,
    told_correction,
    told_whole,
)
from interfaces.api.heavy import heavy
from interfaces.api.languages import language_of, told_in
from interfaces.api.reading import (
    ClockedQuery,
    Cursor,
    Id,
    Paged,
    Position,
    Viewer,
    connected,
    cursor_of,
    reading_of,
    told_clocks,
    turned_by,
)

router = APIRouter(tags=["ask"])

AT_ONCE = 200


_AFTER_CORRECTION: TypeAdapter[Any] = TypeAdapter(Position)


class CorrectionsQuery(ClockedQuery):
    """`reported_by`: those of which a reader could have known; `at`: those of claims that may have been so then."""

    family: Family | None = Field(
        None, description="source, record, judgement or declared; what unsays one of it is among them"
    )
    kind: StreamKind | None = Field(None, description="of what: claim, report, place ...")
    id: Id | None = Field(None, description="of this item")
    after: int | None = Field(None, ge=0, description="recorded after this position")
    order: Literal["oldest", "newest"] = Field("oldest", description="which come first")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before; the other parameters stay the same")


@router.get(
    "/dossiers/{dossier}/corrections",
    summary="Everything that changed after it was first recorded",
    operation_id="list_corrections",
)
@declares(problems=(409,))
@heavy
async def list_corrections(
    request: Request, dossier: str, query: Annotated[CorrectionsQuery, Query()], viewer: Viewer
) -> JsonAnswer[Paged[CorrectionItem]]:
    """In order, by family: what was changed, before and after, by whom and why, and which answers it touches."""
    question, begun = turned_by(query.question(), query.cursor, _AFTER_CORRECTION)
    reading = await reading_of(request, dossier, question, viewer)
    if query.after is not None:
        # Whoever goes on from a position that is gone is told, as of the log itself.
        await place_of(system_of(request).log, dossier, str(query.after))
    clocks, items = told_clocks(reading), list[CorrectionItem]()
    last: int | None = None
    async for correction in _corrections(request, reading, query, begun):
        if len(items) == query.limit:
            return JsonAnswer({**clocks, "items": items, "next": cursor_of(reading, last)})
        items.append(correction)
        last = correction["position"]
    return JsonAnswer({**clocks, "items": items, "next": None})


async def _corrections(
    request: Request, reading: Reading, query: CorrectionsQuery, last: int | None
) -> AsyncIterator[CorrectionItem]:
    newest = query.order == "newest"
    if last is None and not newest:
        last = query.after
    # One more than a page tells whether there is a next one.
    at_once = min(query.limit + 1, AT_ONCE)
    while True:
        page = await entries_of(request, reading, query, last, at_once, newest_first=newest)
        async with connected(request) as connection:
            wanted = [entry for entry in page if query.after is None or entry.recorded.position > query.after]
            shown = await _shown(connection, reading, wanted)
            bearings = await bearings_of(connection, reading, shown)
        called = await signers(request, (entry.recorded for entry in shown))
        for entry in shown:
            yield told_correction(entry, called, bearings[entry.recorded.position])
        if len(wanted) < at_once:
            return
        last = page[-1].recorded.position


class Wanted(Protocol):
    """Which corrections: of a family (and what unsays one of it), of a kind of item, of one item; None takes all."""

    @property
    def family(self) -> Family | None: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def id(self) -> str | None: ...


async def entries_of(
    request: Request, reading: Reading, wanted: Wanted, last: int | None, limit: int, *, newest_first: bool
) -> list[Entry]:
    """At most `limit` corrections from where a list goes on (`last`, not with it), whatever the other clocks."""
    # The log takes a connection of its own: holding another meanwhile, many questions would wait for each other.
    async with connected(request) as connection:
        found = await corrections(
            connection, reading, wanted.family, (wanted.kind, wanted.id), last, limit,
            newest_first=newest_first,
        )  # fmt: skip
    of_streams: dict[StreamRef, list[Correcting]] = {}
    for one in sorted(found, key=lambda one: one.position):
        of_streams.setdefault(one.stream, []).append(one)
    # From the first of them on: however long a stream was before, what it came to is in its rows.
    stretches = {stream: (ones[0].version, ones[-1].version) for stream, ones in of_streams.items()}
    system = system_of(request)
    events = await system.log.stretches(reading.dossier_id, stretches)
    before = await system.pictures.states.at(
        reading, {stream: ones[0].position - 1 for stream, ones in of_streams.items()}, ALL_STATEMENTS
    )
    entries = {
        entry.recorded.position: entry
        for stream in of_streams
        for entry in history(stream.kind, events[stream], before[stream].held)
    }
    return [entries[one.position] for one in found]


class NoQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")


@router.get(
    "/dossiers/{dossier}/corrections/{position}",
    summary="One correction, as it was made",
    operation_id="read_correction",
)
@declares(headers=("Content-Language", "Vary"))
@heavy
async def read_correction(
    request: Request,
    dossier: str,
    position: Annotated[int, Path(ge=0, lt=10**18, description="where it stands in the log")],
    query: Annotated[NoQuery, Query()],
    viewer: Viewer,
) -> JsonAnswer[CorrectionAnswer]:
    """The correction at a position, with the clocks that it holds for, in data and in words.

    All of it is as of that position, so it reads the same for good, whatever comes later. `title` and `text` are in the
    language that `Accept-Language` takes best: English, Dutch or Arabic.
    """
    question = AskedClocks(as_of=str(position))
    try:
        reading = await reading_of(request, dossier, question, viewer)
    except NotInThePast:
        raise no_such_correction(dossier, position) from None
    page = await entries_of(request, reading, CorrectionsQuery.model_construct(), position - 1, 1, newest_first=False)
    if not page:
        raise no_such_correction(dossier, position)
    called, language = await signers(request, [page[0].recorded]), language_of(request)
    async with connected(request) as connection:
        told = await told_whole(connection, reading, page[0], called, language)
    return JsonAnswer(told, headers=told_in(language))


def no_such_correction(dossier: str, position: int) -> NoSuchItem:
    return NoSuchItem(f"there is no correction at position {position} of dossier {dossier!r}")


async def _shown(connection: AsyncConnection, reading: Reading, page: Sequence[Entry]) -> list[Entry]:
    """Those that are corrections by the clocks besides the position."""
    clocks = reading.clocks
    by_time = clocks.reported_by is not None or clocks.at is not None
    published = await publications(connection, reading, reports_of(page)) if by_time else {}
    return [entry for entry in page if is_shown(entry, clocks, published, reading.time_zone)]
