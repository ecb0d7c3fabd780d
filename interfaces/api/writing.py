"""Every command as a POST: the item's own address for a new one, a list below it for each change."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field
from typing_extensions import TypedDict

from application.event_log import version_tag
from application.execute import Asked, NoSuchDossier, NoSuchItem
from application.outcome import Outcome
from domain import actor, assessment, claim, dossier, incident, person, place, report, source
from domain.events import AnyCommand, read_command
from domain.fact import Command, Creation
from domain.fields import StreamRef, UnknownField
from domain.second_looks import SecondLookCode
from interfaces.api.access import not_allowed, signed_in, system_of
from interfaces.api.answer import Answer, declares
from interfaces.api.bodies import json_object, limited_body
from interfaces.api.errors import BadHeader, VersionNeeded
from interfaces.api.reading import tag_of

LARGEST_BODY = 1_000_000
LONGEST_KEY = 200
CORRELATION = "x-request-id"


@dataclass(frozen=True)
class WriteRoute:
    """One address that takes one command. `models` has more than one where the body's kind tells them apart."""

    path: str
    models: tuple[type[Command], ...]
    summary: str

    @property
    def creates(self) -> bool:
        return issubclass(self.models[0], Creation)

    @property
    def command(self) -> str:
        name: str = self.models[0].model_fields["command"].default
        return name


def _changes(kind: str, **commands: type[Command]) -> list[WriteRoute]:
    return [
        WriteRoute(
            f"/dossiers/{{dossier}}/{kind}s/{{id}}/{name.replace('_', '-')}",
            (model,),
            f"{model.__name__}: {kind} {name.replace('_', ' ')}",
        )
        for name, model in commands.items()
    ]


RECORD_CLAIM = (claim.RecordFigure, claim.RecordControl, claim.RecordOccurrence, claim.RecordStatement)

ROUTES = (
    WriteRoute("/dossiers", (dossier.OpenDossier,), "Open a dossier"),
    WriteRoute("/dossiers/{dossier}/descriptions", (dossier.DescribeDossier,), "Describe a dossier anew"),
    WriteRoute("/dossiers/{dossier}/sources", (source.RegisterSource,), "Register a source"),
    WriteRoute("/dossiers/{dossier}/actors", (actor.RegisterActor,), "Register an actor"),
    WriteRoute("/dossiers/{dossier}/places", (place.RegisterPlace,), "Register a place"),
    WriteRoute("/dossiers/{dossier}/reports", (report.FileReport,), "File a report"),
    WriteRoute("/dossiers/{dossier}/claims", RECORD_CLAIM, "Record a claim"),
    WriteRoute("/dossiers/{dossier}/incidents", (incident.OpenIncident,), "Open an incident"),
    WriteRoute("/dossiers/{dossier}/persons", (person.RegisterPerson,), "Register a person"),
    WriteRoute("/dossiers/{dossier}/assessments", (assessment.IssueAssessment,), "Issue an assessment"),
    *_changes(
        "source",
        corrections=source.CorrectSource,
        retractions=source.RetractSource,
        reinstatements=source.ReinstateSource,
        grades=source.GradeSource,
        merges=source.MergeSource,
        splits=source.SplitSource,
    ),
    *_changes(
        "actor",
        corrections=actor.CorrectActor,
        retractions=actor.RetractActor,
        reinstatements=actor.ReinstateActor,
        merges=actor.MergeActor,
        splits=actor.SplitActor,
    ),
    *_changes(
        "place",
        corrections=place.CorrectPlace,
        retractions=place.RetractPlace,
        reinstatements=place.ReinstatePlace,
        merges=place.MergePlace,
        splits=place.SplitPlace,
    ),
    *_changes(
        "report",
        corrections=report.CorrectReport,
        withdrawals=report.WithdrawReport,
        withdrawal_retractions=report.RetractWithdrawal,
        discreditings=report.DiscreditReport,
        discrediting_liftings=report.LiftDiscrediting,
        retractions=report.RetractReport,
        reinstatements=report.ReinstateReport,
        merges=report.MergeReport,
        splits=report.SplitReport,
    ),
    *_changes(
        "claim",
        revisions=claim.ReviseClaim,
        withdrawals=claim.WithdrawClaim,
        corrections=claim.CorrectClaim,
        statement_retractions=claim.RetractStatement,
        statement_reinstatements=claim.ReinstateStatement,
        retractions=claim.RetractClaim,
        reinstatements=claim.ReinstateClaim,
        grades=claim.GradeClaim,
        relations=claim.RelateClaim,
    ),
    *_changes(
        "incident",
        descriptions=incident.DescribeIncident,
        links=incident.LinkClaims,
        unlinkings=incident.UnlinkClaims,
        merges=incident.MergeIncident,
        splits=incident.SplitIncident,
        retractions=incident.RetractIncident,
        reinstatements=incident.ReinstateIncident,
    ),
    *_changes(
        "assessment",
        revisions=assessment.ReviseAssessment,
        upholdings=assessment.UpholdAssessment,
        revision_retractions=assessment.RetractRevision,
        revision_reinstatements=assessment.ReinstateRevision,
        withdrawals=assessment.WithdrawAssessment,
        reinstatements=assessment.ReinstateAssessment,
    ),
    *_changes(
        "person",
        fates=person.RecordFate,
        corrections=person.CorrectPerson,
        retractions=person.RetractPerson,
        reinstatements=person.ReinstatePerson,
        links=person.LinkPerson,
        unlinkings=person.UnlinkPerson,
        merges=person.MergePerson,
        splits=person.SplitPerson,
    ),
)


def router() -> APIRouter:
    routes = APIRouter(tags=["record and correct"])
    for route in ROUTES:
        routes.add_api_route(
            route.path,
            _endpoint(route),
            methods=["POST"],
            summary=route.summary,
            status_code=201 if route.creates else 200,
            response_class=JSONResponse,
            operation_id=route.command,
        )
    return routes


def _endpoint(route: WriteRoute) -> Any:
    answers = [Answer(Written, 200, headers=("ETag",))]
    if route.creates:
        # 200: asked again, and nothing changed.
        answers = [Answer(Written, status, headers=("ETag", "Location")) for status in (201, 200)]

    @declares(*answers, takes=route.models, honours_key=True)
    async def endpoint(request: Request) -> JSONResponse:
        principal = (await signed_in(request)).principal
        body = json_object(await limited_body(request, LARGEST_BODY))
        key = _idempotency_key(request)
        command = _command(route, request.path_params, body, principal, key)
        dossier_id = command.id if command.stream_kind == "dossier" else request.path_params["dossier"]
        for refusal in filter(None, await not_allowed(request, dossier_id, [command])):
            raise refusal
        try:
            expected = _expected(request, route)
        except (VersionNeeded, BadHeader):
            # Which version a change is meant for matters where there is something to change.
            await _require(request, dossier_id, command.stream)
            raise
        asked = Asked(command, key or str(uuid.uuid4()), expected)
        answer = await system_of(request).executor.execute(
            dossier_id, principal, asked, correlation_id=request.headers.get(CORRELATION)
        )
        return await _answered(request, dossier_id, route, answer)

    return endpoint


async def _require(request: Request, dossier_id: str, stream: StreamRef) -> None:
    log = system_of(request).log
    if await log.head(dossier_id) == 0:
        raise NoSuchDossier(f"there is no dossier {dossier_id!r}")
    if not await log.event_ids(dossier_id, [(stream, 1)]):
        said = f"there is no {stream.kind} {stream.id!r} in this dossier"
        raise NoSuchItem(said, field="id", kind=stream.kind, id=stream.id)


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not is_command_id(key):
        raise BadHeader(f"Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters")
    return key


# The schema of what this is.
CommandId = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY, pattern="^[ -~]+$")]


def is_command_id(given: object) -> bool:
    """Whether this can be the name of a command: short enough to be looked up."""
    return isinstance(given, str) and 0 < len(given) <= LONGEST_KEY and given.isascii() and given.isprintable()


def _command(
    route: WriteRoute,
    path: Mapping[str, str],
    body: dict[str, Any],
    principal: str,
    key: str | None,
) -> AnyCommand:
    if "command" in body:
        raise UnknownField("the address says which command it is; leave `command` out", field="command")
    if route.creates:
        body.setdefault("id", _made_id(route, principal, key))
    else:
        if "id" in body:
            raise UnknownField("the address says which item it is; leave `id` out", field="id")
        body["id"] = path.get("id", path["dossier"])
    return read_command({**body, "command": route.command})


def _made_id(route: WriteRoute, principal: str, key: str | None) -> str:
    """An id for an item that came without one: the same for the same Idempotency-Key."""
    if key is None:
        made = uuid.uuid4().hex
    else:
        made = hashlib.sha256(f"{route.command}\0{principal}\0{key}".encode()).hexdigest()[:32]
    return f"per-{made}" if route.models[0] is person.RegisterPerson else made


# In the place of a version: a change that is meant for any.
WHATEVER_IT_IS = "*"


def _expected(request: Request, route: WriteRoute) -> str | None:
    """The tag of the version that a change is meant for, from `If-Match`; None for whatever it is (`*`)."""
    if route.creates:
        return None
    given = request.headers.get("if-match")
    if given is None:
        raise VersionNeeded(
            "a change says which version it is meant for: send the ETag that you read, such as "
            '`If-Match: "3.1f0c92ab"`, or `If-Match: *` to change it whatever it is'
        )
    if given.strip() == WHATEVER_IT_IS:
        return None
    # What follows a hyphen is of the body that it was read with.
    tag = _ITEM_TAG.fullmatch(given.strip())
    if tag is None:
        raise BadHeader(
            f'If-Match is the ETag of an item as it was read, such as "3.1f0c92ab", not {given[:50]!r}: read the item '
            "again, or send `If-Match: *` to change it whatever it is"
        )
    return tag[1]


def is_version_tag(given: object) -> bool:
    """Whether this has the form of a `version_tag`. A bare number does not say of which history it is a version."""
    return isinstance(given, str) and _TAG.fullmatch(given) is not None


_TAG = re.compile(r"[1-9][0-9]{0,9}\.[0-9a-f]{8}")
_ITEM_TAG = re.compile(rf'"({_TAG.pattern})(?:-[0-9a-z-]{{1,40}})?"')


async def etag_of(request: Request, dossier_id: str, answer: Outcome) -> str:
    if answer.event is not None:
        return version_tag(answer.version, answer.event)
    # Nothing was appended for this command: what the stream ended with then was somebody else's.
    return await tag_of(request, dossier_id, answer.stream, answer.version)


async def _answered(request: Request, dossier_id: str, route: WriteRoute, answer: Outcome) -> JSONResponse:
    tag = await etag_of(request, dossier_id, answer)
    headers = {"ETag": f'"{tag}"'}
    if route.creates:
        headers["Location"] = f"{request.url.path.rstrip('/')}/{answer.stream.id}"
    return JSONResponse(answer_body(answer, tag), 201 if route.creates and answer.changed else 200, headers)


class Caution(TypedDict):
    """Something to look at twice; what was sent is recorded. `field` is empty where it is about no single one."""

    code: SecondLookCode
    message: str
    field: str


class Written(TypedDict):
    """Where a command ended. `changed` is false where the record already said so.

    `repeated`: this is the answer to an earlier try of the same command; nothing was done now.

    `etag` is for the next `If-Match`: a batch has none for what it did not change, nor a dry run for anything.
    """

    id: str
    version: int
    etag: NotRequired[str]
    position: int
    changed: bool
    repeated: bool
    warnings: list[Caution]


def answer_body(answer: Outcome, etag: str | None = None) -> Written:
    """What a write answers with."""
    told: Written = {
        "id": answer.stream.id,
        "version": answer.version,
        "position": answer.position,
        "changed": answer.changed,
        "repeated": answer.repeated,
        "warnings": [{"code": one.code, "message": one.message, "field": one.field} for one in answer.second_looks],
    }
    if etag is None and answer.event is not None:
        etag = version_tag(answer.version, answer.event)
    if etag is not None:
        told["etag"] = etag
    return told
