"""From refusals to RFC 9457 problems: the only table from error to status."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from application.delivery import SubscriptionEnded, TargetRefused
from application.event_log import AppendRefused, ClockBehind, CommandIdReused, EventNotStorable
from application.execute import (
    AlreadyExists,
    Contended,
    NoSuchDossier,
    NoSuchItem,
    VersionMoved,
)
from application.following.places import BadCursor, CursorReset
from application.reading import NotInThePast, NotThereYet, PictureRefused
from domain import (
    assessment,
    claim,
    content,
    dossier,
    errors,
    estimate,
    fields,
    grants,
    incident,
    known,
    merging,
    person,
    place,
    principals,
    report,
    roles,
    statements,
    topic,
    when,
)
from domain.actor import ActorInsideItself
from domain.errors import DomainError
from domain.fields import meant_in, refusal_from, without_patterns
from interfaces.api.addresses import methods_at
from interfaces.api.named_items import AmbiguousName, with_near_ids
from interfaces.bootstrap import DATABASE_AWAY, measures, took_too_long

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"


class NotReportedYet(DomainError):
    """The claim is in the dossier, but no report of it was out by the cut-off."""

    code = "not_reported_yet"


class Unauthorized(DomainError):
    code = "unauthorized"


class VersionNeeded(DomainError):
    code = "version_needed"


class BadHeader(DomainError):
    code = "bad_header"


class BodyTooLarge(DomainError):
    code = "body_too_large"


class MediaTypeNotTaken(DomainError):
    """The body is not of the type that its address takes, or it is compressed."""

    code = "media_type_not_taken"


class NotAcceptable(DomainError):
    """There is no form of the answer that the request accepts."""

    code = "not_acceptable"


class HostNotServed(DomainError):
    """The request is for a host that this Kroniek does not answer for."""

    code = "host_not_served"


class UnknownParameter(DomainError):
    code = "unknown_parameter"


class ParameterRepeated(DomainError):
    """A parameter that takes one value is given twice, or one that takes several too often."""

    code = "parameter_repeated"


class TooManyStreams(DomainError):
    """One client has as many streams open as it may."""

    code = "too_many_streams"


class TooManyAttempts(DomainError):
    """From one network many tokens were tried that stand for nobody."""

    code = "too_many_attempts"


class UnusedParameter(DomainError):
    """A parameter that the question, asked as it is, makes no use of."""

    code = "unused_parameter"


class KeyReused(DomainError):
    """A command id stands for another command already."""

    code = "idempotency_key_reused"


class SumTakesNoTopic(DomainError):
    """A sum is over topics, so it is asked for by what they have in common."""

    code = "sum_takes_no_topic"


class HeavyQuestionsWait(DomainError):
    """Every place for heavy questions is taken, and was for too long."""

    code = "heavy_questions_wait"


class TookTooLong(DomainError):
    """A question was cancelled, because answering it took too long."""

    code = "took_too_long"


STATUS: Mapping[type[DomainError], int] = {
    Unauthorized: 401,
    TooManyStreams: 429,
    TooManyAttempts: 429,
    roles.NotAllowed: 403,
    principals.MoreThanItself: 403,
    principals.NameTaken: 409,
    grants.LastAdministrator: 409,
    NoSuchDossier: 404,
    NoSuchItem: 404,
    NotReportedYet: 404,
    AlreadyExists: 409,
    Contended: 409,
    CursorReset: 409,
    SubscriptionEnded: 409,
    known.Retracted: 409,
    known.NotRetracted: 409,
    claim.OnlyStatement: 409,
    report.AlreadyWithdrawn: 409,
    report.NotWithdrawn: 409,
    report.NotDiscredited: 409,
    merging.AlreadyMerged: 409,
    merging.NotMerged: 409,
    merging.GoesOnAsAnother: 409,
    incident.AlreadyMerged: 409,
    incident.NotMerged: 409,
    person.PersonAlreadyMerged: 409,
    person.PersonNotMerged: 409,
    assessment.WithdrawnByUs: 409,
    assessment.NotWithdrawnByUs: 409,
    assessment.NotRevised: 409,
    assessment.RevisionNotRetracted: 409,
    NotAcceptable: 406,
    VersionMoved: 412,
    BodyTooLarge: 413,
    MediaTypeNotTaken: 415,
    HostNotServed: 421,
    VersionNeeded: 428,
    NotThereYet: 503,
    PictureRefused: 503,
    HeavyQuestionsWait: 503,
    TookTooLong: 503,
    BadHeader: 400,
    BadCursor: 400,
    ParameterRepeated: 422,
    UnknownParameter: 422,
    UnusedParameter: 422,
    SumTakesNoTopic: 422,
    TargetRefused: 422,
    AmbiguousName: 422,
    KeyReused: 422,
    errors.DomainError: 422,
    NotInThePast: 422,
    ActorInsideItself: 422,
    person.AgeImpossible: 422,
    person.IdNotOpaque: 422,
    person.PersonMergedIntoItself: 422,
    person.StatusOfNobody: 422,
    assessment.SameOriginOfAttributed: 422,
    assessment.SameOriginOfOne: 422,
    assessment.SameOriginOutsideBasis: 422,
    assessment.WithoutQuestion: 422,
    claim.RelatedToItself: 422,
    statements.UnknownStatement: 422,
    content.DueOfNoPrediction: 422,
    dossier.HouseHasAWord: 422,
    dossier.WordCountsOtherwise: 422,
    estimate.BestAboveHigh: 422,
    estimate.LowAboveBest: 422,
    estimate.LowAboveHigh: 422,
    estimate.NegativeFigure: 422,
    estimate.NotAWholeNumber: 422,
    estimate.NumberOutOfRange: 422,
    estimate.QualifierContradictsNumbers: 422,
    estimate.UnitNotOfMeasure: 422,
    grants.AnyoneOnlyReads: 422,
    grants.EndsInThePast: 422,
    fields.EmptyText: 422,
    fields.Malformed: 422,
    fields.MissingField: 422,
    fields.NotASlug: 422,
    fields.NotInVocabulary: 422,
    fields.NothingChanges: 422,
    fields.ReasonEmpty: 422,
    fields.TextTooLong: 422,
    fields.TooMany: 422,
    fields.TextUnreadable: 422,
    fields.UnknownField: 422,
    incident.MergedIntoItself: 422,
    merging.MergedIntoItself: 422,
    known.RetractedReference: 422,
    content.InferredNotGiven: 422,
    content.DimensionIsAField: 422,
    known.UnknownReference: 422,
    place.CoordinatesOutOfRange: 422,
    place.PlaceInsideItself: 422,
    place.PrecisionOutOfRange: 422,
    report.BoundsOutsidePublished: 422,
    report.ReportOfItself: 422,
    topic.NotATopic: 422,
    when.EndsBeforeItBegins: 422,
    when.NotEdtf: 422,
    when.UnknownTimeZone: 422,
}

_APPEND_STATUS: Mapping[type[AppendRefused], tuple[int, str]] = {
    CommandIdReused: (STATUS[KeyReused], KeyReused.code),
    ClockBehind: (503, "clock_behind"),
    EventNotStorable: (422, "event_not_storable"),
}


NOTHING_HERE = "there is nothing at this address"
# What is no refusal of a rule: told by the server, or by what lies around it.
_BESIDE: Mapping[int, tuple[str, ...]] = {
    400: ("http_error",),
    403: ("batch_refused",),
    404: ("batch_refused", "no_such_address"),
    405: ("method_not_allowed",),
    408: ("too_slow",),
    431: ("head_too_large",),
    409: ("batch_refused", "contended"),
    412: ("batch_refused",),
    413: ("batch_refused",),
    422: ("batch_refused",),
    500: ("internal_error",),
    503: ("database_unavailable",),
}


def codes_by_status() -> dict[int, tuple[str, ...]]:
    """Every code that a problem of each status may have."""
    found: dict[int, set[str]] = {}
    for refusal, status in STATUS.items():
        found.setdefault(status, set()).add(refusal.code)
    for status, code in _APPEND_STATUS.values():
        found.setdefault(status, set()).add(code)
    for status, codes in _BESIDE.items():
        found.setdefault(status, set()).update(codes)
    return {status: tuple(sorted(codes)) for status, codes in sorted(found.items())}


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    measures.refusals.labels(code).inc()
    told = {name: value for name, value in more.items() if value is not None}
    kind, title = f"urn:kroniek:problem:{code}", code.replace("_", " ")
    body = {"type": kind, "title": title, "status": status, "code": code, "detail": detail, **told}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=PROBLEM)


def as_body(refusal: DomainError) -> dict[str, Any]:
    """A refusal as part of a problem's body."""
    body: dict[str, Any] = {"code": refusal.code, "detail": refusal.message}
    if refusal.field:
        body["pointer"] = pointer(refusal.field)
    return body | dict(refusal.details)


def pointer(field: str) -> str:
    """The path of a field as a JSON pointer (RFC 6901)."""
    return "/" + field.replace("~", "~0").replace("/", "~1").replace(".", "/")


def refused(refusal: DomainError, *, of_address: bool = False) -> JSONResponse:
    """`of_address`: what it refuses stood in the address, not in a body."""
    status = STATUS[type(refusal)]
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        headers["Retry-After"] = "1" if status == 503 else "5"
    body = as_body(refusal)
    if of_address and refusal.field:
        del body["pointer"]
        body["parameter"] = refusal.field
    return problem(status, body.pop("code"), body.pop("detail"), headers=headers, **body)


def install(app: FastAPI) -> None:
    @app.exception_handler(DomainError)
    async def _domain(request: Request, refusal: DomainError) -> JSONResponse:
        of_address = request.method in ("GET", "HEAD") or refusal.field in request.query_params
        return refused(await with_near_ids(request, refusal), of_address=of_address)

    @app.exception_handler(AppendRefused)
    async def _append(request: Request, refusal: AppendRefused) -> JSONResponse:
        status, code = _APPEND_STATUS.get(type(refusal), (409, "contended"))
        return problem(status, code, str(refusal))

    async def unavailable(request: Request, error: Exception) -> JSONResponse:
        if request.method in ("GET", "HEAD") and took_too_long(error):
            log.warning("took_too_long", path=request.url.path)
            return refused(
                TookTooLong(
                    "the database took too long over this; narrow it by place or period, or ask again in a moment"
                )
            )
        log.warning("database_unavailable", error=f"{type(error).__name__}: {error}".splitlines()[0])
        detail = "the database cannot be reached just now; ask again, a write with the same Idempotency-Key"
        return problem(503, "database_unavailable", detail, headers={"Retry-After": "1"})

    for unreachable in DATABASE_AWAY:
        app.add_exception_handler(unreachable, unavailable)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        # Of an address only: what a body holds is read, and refused, by the domain.
        first = error.errors()[0]
        _, *place = first["loc"]
        name = ".".join(map(str, place))
        if first["type"] == "extra_forbidden":
            return refused(UnknownParameter(f"{name!r} is not a parameter of this address", parameter=name))
        refusal = refusal_from(first["type"], without_patterns(first) + meant_in(first), tuple(place))
        return problem(422, refusal.code, refusal.message, parameter=name)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "no_such_address", 405: "method_not_allowed"}.get(error.status_code, "http_error")
        headers, detail = dict(error.headers or {}), str(error.detail)
        if error.status_code == 404:
            detail = NOTHING_HERE
        if error.status_code == 405:
            # Where two routes share an address, the first of them knows its own methods only.
            headers["Allow"] = ", ".join(methods_at(request.app.router.routes, request.scope))
            detail = f"this address has {headers['Allow']}"
        return problem(error.status_code, code, detail, headers=headers)

    @app.exception_handler(ClientDisconnect)
    async def _gone(request: Request, error: ClientDisconnect) -> JSONResponse:
        # Nobody hears it.
        return problem(400, "http_error", "the client went away before its request was here")


def fault() -> JSONResponse:
    """What a bug is told as."""
    return problem(500, "internal_error", "this is a fault of the server; its log tells more")
