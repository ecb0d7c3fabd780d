"""Users and programs: who signs what is recorded, and what they are called."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from application.access import Principal
from application.execute import NoSuchItem
from application.shown import Moment
from domain.principals import Kind, NewPrincipal
from domain.roles import Role
from domain.when import moment_text
from interfaces.api.access import SignedIn, require_role, signed_in, system_of
from interfaces.api.answer import Answer, JsonAnswer, declares
from interfaces.api.bodies import given_body
from interfaces.api.reading import Cursor, Name, begun_after, cursor_of
from interfaces.api.writing import LARGEST_BODY

router = APIRouter(tags=["people"])
Asking = Annotated[SignedIn, Depends(signed_in)]


class PrincipalItem(TypedDict):
    """A user or a program. `made_by` is who made it; null where it was made in the database itself. One that has
    `ended_at` signs nothing more.
    """

    principal: str
    kind: Kind
    name: str
    email: str | None
    made_at: Moment
    made_by: str | None
    ended_at: Moment | None


class PrincipalsAnswer(TypedDict):
    """Users and programs by their ids. `next` is the cursor of the page after it, null where the list ends."""

    items: list[PrincipalItem]
    next: str | None


class HeldRole(TypedDict):
    """A role that somebody has in a dossier (null: in all), until when it is over by itself."""

    role: Role
    dossier: str | None
    until: Moment | None


class Me(PrincipalItem):
    """Who asks, the id of the token that they ask with, and what they may do: of that the token may carry less."""

    token_id: str
    roles: list[HeldRole]


class PrincipalsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name | None = Field(None, max_length=200, description="only who goes by this name, however it is spelt")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before")


_AFTER: TypeAdapter[str] = TypeAdapter(Name)


@router.get("/me", summary="Who you are", operation_id="read_me")
async def read_me(request: Request, asking: Asking) -> JsonAnswer[Me]:
    held = asking.caller.granted.held_by(asking.principal, asking.caller.now)
    roles: list[HeldRole] = [
        {"role": one.role, "dossier": one.dossier, "until": None if one.until is None else moment_text(one.until)}
        for one in held
    ]
    return JsonAnswer({**_told(await _one(request, asking.principal)), "token_id": asking.token.id, "roles": roles})


@router.post("/principals", status_code=201, summary="Make a user or a program", operation_id="create_principal")
@declares(takes=NewPrincipal, headers=("Location",))
async def create_principal(request: Request, asking: Asking) -> JsonAnswer[PrincipalItem]:
    """Nobody goes by the name of somebody who is still here."""
    await require_role(request, "admin", None, "making a user or a program")
    new = await given_body(request, NewPrincipal, LARGEST_BODY)
    made = await system_of(request).principals.add(new, asking.principal)
    return JsonAnswer(_told(made), 201, {"Location": f"{request.url.path.rstrip('/')}/{made.principal}"})


@router.get("/principals", summary="Users and programs", operation_id="list_principals")
@declares(problems=(403,))
async def list_principals(
    request: Request, query: Annotated[PrincipalsQuery, Query()], asking: Asking
) -> JsonAnswer[PrincipalsAnswer]:
    """For whoever grants something somewhere. Where they are reached is told to those who administer all."""
    await _may_look(request, asking)
    system = system_of(request)
    if query.name is not None:
        found = await system.principals.called(query.name)
        return JsonAnswer({"items": [] if found is None else [_seen_by(asking, found)], "next": None})
    several = await system.principals.all(query.limit + 1, begun_after(query.cursor, _AFTER) or "")
    items = [_seen_by(asking, one) for one in several[: query.limit]]
    more = len(several) > query.limit
    return JsonAnswer({"items": items, "next": cursor_of(None, items[-1]["principal"]) if more else None})


@router.get("/principals/{id}", summary="A user or a program", operation_id="read_principal")
@declares(problems=(403,))
async def read_principal(request: Request, id: str, asking: Asking) -> JsonAnswer[PrincipalItem]:
    if id != asking.principal:
        await _may_look(request, asking)
    return JsonAnswer(_seen_by(asking, await _one(request, id)))


@router.delete("/principals/{id}", status_code=204, summary="Let a user or a program go", operation_id="end_principal")
@declares(Answer(None, 204), problems=(409,))
async def end_principal(request: Request, id: str, asking: Asking) -> Response:
    """What it may do is taken back, its tokens are revoked, and those that were made with them. What it wrote stays,
    under its name.
    """
    await require_role(request, "admin", None, "letting a user or a program go")
    system = system_of(request)
    # Whoever is gone would else count as somebody who still administers.
    await system.grants.let_go(id, asking.principal)
    if not await system.principals.end(id):
        raise _nobody(id)
    return Response(status_code=204)


async def _may_look(request: Request, asking: SignedIn) -> None:
    if not asking.caller.administers():
        await require_role(request, "admin", None, "seeing who else is here")


def _seen_by(asking: SignedIn, one: Principal) -> PrincipalItem:
    told = _told(one)
    if one.principal != asking.principal and "admin" not in asking.caller.roles(None):
        told["email"] = None
    return told


async def _one(request: Request, id_: str) -> Principal:
    found = await system_of(request).principals.one(id_)
    if found is None:
        raise _nobody(id_)
    return found


def _nobody(id_: str) -> NoSuchItem:
    return NoSuchItem(f"there is no user or program {id_!r} here")


def _told(one: Principal) -> PrincipalItem:
    return {
        "principal": one.principal,
        "kind": one.kind,
        "name": one.name,
        "email": one.email,
        "made_at": moment_text(one.made_at),
        "made_by": one.made_by,
        "ended_at": moment_text(one.ended_at) if one.ended_at else None,
    }
