"""Who may do what in a dossier, or in all: granted, taken back, and told as of any day."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from application.execute import NoSuchDossier, NoSuchItem
from application.shown import Moment
from domain.grants import OPERATOR, Grant, NewGrant, NewRevocation
from domain.known import UnknownReference
from domain.roles import ANYONE, Role
from domain.when import moment_text
from interfaces.api.access import SignedIn, require_role, signed_in, system_of
from interfaces.api.answer import JsonAnswer, declares
from interfaces.api.bodies import given_body
from interfaces.api.reading import AsOf, Cursor, Name, Position, begun_after, cursor_of
from interfaces.api.writing import LARGEST_BODY

router = APIRouter(tags=["people"])
Asking = Annotated[SignedIn, Depends(signed_in)]

_OF_DOSSIER, _OF_ALL = "/dossiers/{dossier}/grants", "/grants"


class GrantItem(TypedDict):
    """A role of a holder: a user, a program, or `anyone`. `dossier` is null where it is of all dossiers.

    `position` is that of the installation's log. `until` is when it is over by itself. `granted_by` is `operator` where
    it came by way of the database itself.
    """

    id: str
    dossier: str | None
    holder: str
    holder_name: str | None
    role: Role
    reason: str | None
    until: Moment | None
    position: int
    granted_at: Moment
    granted_by: str
    granted_by_name: str | None
    revoked_at: Moment | None
    revoked_by: str | None
    revoked_by_name: str | None
    revoked_because: str | None


class GrantsAnswer(TypedDict):
    """Grants in the order in which they were made, as of a position of the installation's log: those that held at a
    moment (null: now).
    """

    position: int
    moment: Moment | None
    items: list[GrantItem]
    next: str | None


class GrantsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: AsOf | None = Field(
        None, description="a position of the installation's log, or a moment (RFC 3339, or a date: its last instant)"
    )
    role: Role | None = Field(None, description="only those of this role")
    holder: Name | None = Field(None, min_length=1, max_length=100, description="only those of this user or program")
    over: bool = Field(False, description="those too that were over by then")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before")


_AFTER: TypeAdapter[int] = TypeAdapter(Position)


@router.get(_OF_DOSSIER, summary="Who may do what in a dossier", operation_id="list_grants")
@declares(problems=(403,))
async def list_grants(
    request: Request, dossier: str, query: Annotated[GrantsQuery, Query()], asking: Asking
) -> JsonAnswer[GrantsAnswer]:
    """Who could do what on a given day (`as_of`): what was granted in it, and what was granted in all dossiers."""
    await _may_look(request, asking, dossier)
    await _is_there(request, dossier)
    return await _list(request, query, (None, dossier))


@router.get(_OF_ALL, summary="Who may do what in all dossiers", operation_id="list_grants_everywhere")
@declares(problems=(403,))
async def list_grants_everywhere(
    request: Request, query: Annotated[GrantsQuery, Query()], asking: Asking
) -> JsonAnswer[GrantsAnswer]:
    """What was granted in all dossiers; an admin of all administers the installation."""
    await _may_look(request, asking, None)
    return await _list(request, query, (None,))


@router.post(_OF_DOSSIER, status_code=201, summary="Grant a role in a dossier", operation_id="grant_role")
@declares(takes=NewGrant)
async def grant_role(request: Request, dossier: str, asking: Asking) -> JsonAnswer[GrantItem]:
    """Roles add up. Where one just like it holds, nothing is granted a second time."""
    await _is_there(request, dossier)
    return await _grant(request, dossier, asking)


@router.post(_OF_ALL, status_code=201, summary="Grant a role in all dossiers", operation_id="grant_role_everywhere")
@declares(takes=NewGrant)
async def grant_role_everywhere(request: Request, asking: Asking) -> JsonAnswer[GrantItem]:
    """In those that are there, and in those to come."""
    return await _grant(request, None, asking)


@router.post(_OF_DOSSIER + "/{id}/revocations", summary="Take a role back", operation_id="revoke_grant")
@declares(takes=NewRevocation, body_needed=False)
async def revoke_grant(request: Request, dossier: str, id: str, asking: Asking) -> JsonAnswer[GrantItem]:
    """Within a second it lets nobody do anything any more, on open streams too. That it held stays in the log."""
    return await _revoke(request, dossier, id, asking)


@router.post(
    _OF_ALL + "/{id}/revocations", summary="Take a role in all dossiers back", operation_id="revoke_grant_everywhere"
)
@declares(takes=NewRevocation, body_needed=False)
async def revoke_grant_everywhere(request: Request, id: str, asking: Asking) -> JsonAnswer[GrantItem]:
    """As in one dossier. The last admin of all stays."""
    return await _revoke(request, None, id, asking)


async def _is_there(request: Request, dossier: str) -> None:
    # Whoever may read all dossiers may name one that is not there.
    if await system_of(request).log.head(dossier) == 0:
        raise NoSuchDossier(f"there is no dossier {dossier!r}")


async def _may_look(request: Request, asking: SignedIn, dossier: str | None) -> None:
    if "auditor" not in asking.caller.roles(dossier):
        await require_role(request, "admin", dossier, "seeing what is granted")


async def _list(request: Request, query: GrantsQuery, dossiers: tuple[str | None, ...]) -> JsonAnswer[GrantsAnswer]:
    if query.holder not in (None, ANYONE) and not await system_of(request).principals.one(str(query.holder)):
        raise UnknownReference(f"there is no user or program {query.holder!r} here", field="holder")
    held, then = await system_of(request).grants.as_of(query.as_of)
    after = begun_after(query.cursor, _AFTER) or 0
    found = [
        one
        for dossier in dossiers
        for one in held.of(dossier)
        if one.position > after
        and (query.over or one.holds(then))
        and query.role in (None, one.role)
        and query.holder in (None, one.holder)
    ]
    found.sort(key=lambda one: one.position)
    page = found[: query.limit]
    more = cursor_of(None, page[-1].position) if len(found) > query.limit else None
    items = await _told(request, page)
    moment = None if query.as_of is None else moment_text(then)
    return JsonAnswer({"position": held.position, "moment": moment, "items": items, "next": more})


async def _grant(request: Request, dossier: str | None, asking: SignedIn) -> JsonAnswer[GrantItem]:
    await require_role(request, "admin", dossier, "granting a role")
    new = await given_body(request, NewGrant, LARGEST_BODY)
    system = system_of(request)
    if new.holder != ANYONE:
        holder = await system.principals.one(new.holder)
        if holder is None or holder.ended_at is not None:
            raise NoSuchItem(f"there is no user or program {new.holder!r} here", field="holder")
    grant = await system.grants.grant(dossier, new, asking.principal)
    return JsonAnswer((await _told(request, [grant]))[0], 201)


async def _revoke(request: Request, dossier: str | None, id_: str, asking: SignedIn) -> JsonAnswer[GrantItem]:
    await require_role(request, "admin", dossier, "taking a role back")
    given = await given_body(request, NewRevocation, LARGEST_BODY, may_be_empty=True)
    grant = await system_of(request).grants.revoke(dossier, id_, given.reason, asking.principal)
    return JsonAnswer((await _told(request, [grant]))[0])


async def _told(request: Request, grants: list[Grant]) -> list[GrantItem]:
    named = {who for one in grants for who in (one.holder, one.granted_by, one.revoked_by) if who is not None}
    names = await system_of(request).principals.names(named - {ANYONE, OPERATOR})
    return [
        {
            "id": one.id,
            "dossier": one.dossier,
            "holder": one.holder,
            "holder_name": names.get(one.holder),
            "role": one.role,
            "reason": one.reason,
            "until": None if one.until is None else moment_text(one.until),
            "position": one.position,
            "granted_at": moment_text(one.granted_at),
            "granted_by": one.granted_by,
            "granted_by_name": names.get(one.granted_by),
            "revoked_at": None if one.revoked_at is None else moment_text(one.revoked_at),
            "revoked_by": one.revoked_by,
            "revoked_by_name": names.get(one.revoked_by or ""),
            "revoked_because": one.revoked_because,
        }
        for one in grants
    ]
