"""Datasets in editions: which there are, and what the last edition of one says, claim by claim."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from application.execute import NoSuchItem
from application.reading import Reading
from domain.known import UnknownReference
from infrastructure.questions.datasets import DatasetClaim, DatasetItem, dataset_claims, datasets_as_of
from infrastructure.questions.near_ids import near_datasets
from interfaces.api.access import system_of
from interfaces.api.answer import NDJSON, Answer, JsonAnswer, declares
from interfaces.api.heavy import heavy
from interfaces.api.named_items import with_near
from interfaces.api.reading import Clocked, PositionQuery, Viewer, connected, reading_of, told_clocks

router = APIRouter(tags=["read"])

POSITION = "Kroniek-Position"


class Datasets(Clocked):
    """Every dataset of a dossier."""

    items: list[DatasetItem]


@router.get("/dossiers/{dossier}/datasets", summary="Datasets and their editions", operation_id="list_datasets")
@heavy
async def list_datasets(
    request: Request, dossier: str, query: Annotated[PositionQuery, Query()], viewer: Viewer
) -> JsonAnswer[Datasets]:
    """Each dataset that an edition was taken in of, with its editions in the order in which they came out."""
    reading = await reading_of(request, dossier, query.question(), viewer)
    async with connected(request) as connection:
        return JsonAnswer({**told_clocks(reading), "items": await datasets_as_of(connection, reading)})


@router.get(
    "/dossiers/{dossier}/datasets/{id}/claims",
    summary="What the last edition says",
    operation_id="read_dataset_claims",
    response_class=StreamingResponse,
)
@declares(Answer(DatasetClaim, media_type=NDJSON, headers=(POSITION,)))
async def read_dataset_claims(
    request: Request, dossier: str, id: str, query: Annotated[PositionQuery, Query()], viewer: Viewer
) -> StreamingResponse:
    """One JSON object a line for each claim of the dataset, in the order of recording: its last statement that counts.

    `report` is what it stands in, `ended` says that it was dropped there, `retracted` that we took the claim back,
    `published` that there is such a statement: else the last one is told, in a report that was retracted. The header
    `Kroniek-Position` tells the position.
    """
    reading = await reading_of(request, dossier, query.question(), viewer)
    async with connected(request) as connection:
        await require_dataset(connection, reading, id)
    return StreamingResponse(_lines(request, reading, id), media_type=NDJSON, headers={POSITION: str(reading.position)})


async def require_dataset(
    connection: AsyncConnection, reading: Reading, id: str, *, parameter: str | None = None
) -> None:
    """Refuses a dataset that no edition was taken in of, with those that there are.

    Raises:
        NoSuchItem; or UnknownReference, where a parameter names it.
    """
    near = await near_datasets(connection, reading, id)
    if near is None:
        return
    said = f"there is no dataset {id!r} in dossier {reading.dossier_id!r} at position {reading.position}"
    said = with_near(said, near)
    if parameter is None:
        raise NoSuchItem(said, near=near)
    raise UnknownReference(said, parameter=parameter, near=near)


async def _lines(request: Request, reading: Reading, dataset: str) -> AsyncIterator[str]:
    async with system_of(request).engine.connect() as connection:
        async for chunk in dataset_claims(connection, reading, dataset):
            yield chunk
