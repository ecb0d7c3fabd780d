"""Many commands in one request, all or nothing: NDJSON in, an answer a line out."""

import asyncio
import io
import uuid
from typing import Annotated, NotRequired

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from application.event_log import CommandIdReused
from application.execute import Asked, GroupRefused
from domain.errors import DomainError
from domain.events import read_command
from domain.fields import Malformed, Slug
from interfaces.api.access import not_allowed, system_of, writer
from interfaces.api.answer import NDJSON, Answer, JsonAnswer, declares
from interfaces.api.bodies import json_object, limited_body
from interfaces.api.errors import STATUS, BodyTooLarge, KeyReused, as_body, problem
from interfaces.api.writing import (
    CORRELATION,
    LONGEST_KEY,
    ROUTES,
    WHATEVER_IT_IS,
    CommandId,
    Written,
    answer_body,
    is_command_id,
    is_version_tag,
)
from interfaces.api.writing import (
    LARGEST_BODY as LARGEST_COMMAND,
)

LARGEST_BATCH = 10_000
LARGEST_BODY = 32_000_000
# Blank lines too: they cost what they weigh, and say nothing.
MOST_LINES = 2 * LARGEST_BATCH
# So much is read before the other requests of this process have their turn.
READ_AT_ONCE = 256_000

router = APIRouter(tags=["record and correct"])


_COMMANDS = {"type": "string", "enum": sorted(route.command for route in ROUTES)}


VersionTag = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^([1-9][0-9]{0,9}\.[0-9a-f]{8}|\*)$"})]


class BatchLine(TypedDict):
    """A command: `command` and `id` say which and for which item, and the rest is as its own address takes it."""

    command: Annotated[str, WithJsonSchema(_COMMANDS)]
    id: Slug
    command_id: NotRequired[CommandId]
    if_version: NotRequired[VersionTag]


class LineDone(Written):
    """Where the command of a line ended."""

    line: int


class BatchDone(TypedDict):
    """Where every command of a batch ended. `position` is the last one that it reached."""

    position: int
    dry_run: bool
    items: list[LineDone]


@router.post(
    "/dossiers/{dossier}/batches",
    summary="Carry out many commands, all or none",
    operation_id="run_batch",
)
@declares(Answer(BatchDone), takes=BatchLine, takes_as=NDJSON, problems=(412,))
async def run_batch(
    request: Request,
    dossier: str,
    dry_run: Annotated[bool, Query(description="decide and check everything, and record nothing")] = False,
) -> Response:
    """One command a line: `{"command": "record_claim", "id": "c1", ...}`.

    A line may hold `command_id` (its idempotency key) and `if_version`: as `If-Match` has it, and `*` where it is left
    out. With `dry_run` nothing is recorded.
    """
    principal = await writer(request)
    lines = _lines(await limited_body(request, LARGEST_BODY, media_type=NDJSON))
    numbers, asked, refusals = await _read(lines)
    system = system_of(request)
    answers = []
    for line, one in zip(numbers, asked, strict=True):
        if one.command.stream_kind == "dossier" and one.command.id != dossier:
            refusals.append((line, Malformed(f"this batch is for dossier {dossier!r}", field="id")))
    forbidden = await not_allowed(request, dossier, [one.command for one in asked])
    refusals += [(line, refusal) for line, refusal in zip(numbers, forbidden, strict=True) if refusal is not None]
    if not refusals:
        try:
            answers = await system.executor.execute_group(
                dossier, principal, asked, correlation_id=request.headers.get(CORRELATION), dry_run=dry_run
            )
        except GroupRefused as group:
            refusals = [(numbers[index], refusal) for index, refusal in group.refusals]
        except CommandIdReused as reused:
            refusal = KeyReused(str(reused), field="command_id")
            mine = [one.command_id == reused.command_id for one in asked]
            refusals = [(line, refusal) for line, its in zip(numbers, mine, strict=True) if its]
    if refusals:
        return _refused(refusals)
    items: list[LineDone] = [
        {"line": line, **answer_body(answer)} for line, answer in zip(numbers, answers, strict=True)
    ]
    position = max((answer.position for answer in answers), default=0)
    return JsonAnswer[BatchDone]({"position": position, "dry_run": dry_run, "items": items})


def _lines(body: bytes) -> list[tuple[int, bytes]]:
    if body.count(b"\n") > MOST_LINES:
        raise BodyTooLarge(f"the batch has more than {MOST_LINES:,} lines, blank ones too: send it in parts")
    lines = [(number, line) for number, line in enumerate(io.BytesIO(body), 1) if not line.isspace()]
    if len(lines) > LARGEST_BATCH:
        raise BodyTooLarge(f"the batch has {len(lines):,} lines; the limit is {LARGEST_BATCH:,}: send it in parts")
    if not lines:
        raise Malformed("the batch holds no command: one JSON object a line")
    return lines


async def _read(lines: list[tuple[int, bytes]]) -> tuple[list[int], list[Asked], list[tuple[int, DomainError]]]:
    """The commands of a batch with their line numbers, and what is wrong with the lines that hold none."""
    numbers: list[int] = []
    asked: list[Asked] = []
    refusals: list[tuple[int, DomainError]] = []
    read = 0
    for number, line in lines:
        read += len(line)
        if read > READ_AT_ONCE:
            read = 0
            await asyncio.sleep(0)
        try:
            asked.append(_asked(line))
            numbers.append(number)
        except DomainError as refusal:
            refusals.append((number, refusal))
    return numbers, asked, refusals


def _asked(line: bytes) -> Asked:
    if len(line) > LARGEST_COMMAND:
        raise BodyTooLarge(f"the line has {len(line):,} bytes; a command has {LARGEST_COMMAND:,} at most")
    given = json_object(line, "the line")
    command_id = given.pop("command_id", None)
    expected = given.pop("if_version", None)
    if command_id is not None and not is_command_id(command_id):
        raise Malformed(f"command_id has 1 to {LONGEST_KEY} printable ASCII characters", field="command_id")
    if expected == WHATEVER_IT_IS:
        expected = None
    if expected is not None and not is_version_tag(expected):
        raise Malformed(
            'if_version is the etag of the item as it was read, such as "3.1f0c92ab", or "*" for whatever it is',
            field="if_version",
        )
    return Asked(read_command(given), command_id or str(uuid.uuid4()), expected)


def _refused(refusals: list[tuple[int, DomainError]]) -> JSONResponse:
    lines = [{"line": number, **as_body(refusal)} for number, refusal in refusals]
    count = f"{len(lines)} line{'s' if len(lines) > 1 else ''} refused; nothing was recorded"
    return problem(max(STATUS[type(refusal)] for _, refusal in refusals), "batch_refused", count, errors=lines)
