"""Users and programs: who signs what is recorded, and what they are called."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from application.access import Principal
from application.execute import NoSuchItem
from application.shown import Moment
from domain.checks import check
from domain.fields import read
from domain.principals import Kind, NewPrincipal
from domain.when import moment_text
from interfaces.api.access import Caller, caller, system_of
from interfaces.api.answer import Answer, JsonAnswer, declares
from interfaces.api.bodies import json_object, limited_body
from interfaces.api.reading import Cursor, Name, begun_after, cursor_of
from interfaces.api.writing import LARGEST_BODY

router = APIRouter(tags=["people"])
Asking = Annotated[Caller, Depends(caller)]


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


class Me(PrincipalItem):
    """Who asks, and the id of the token that they ask with."""

    token_id: str


class PrincipalsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name | None = Field(None, max_length=200, description="only who goes by this name, however it is spelt")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before")


_AFTER: TypeAdapter[str] = TypeAdapter(Name)


@router.get("/me", summary="Who you are", operation_id="read_me")
async def read_me(request: Request, asking: Asking) -> JsonAnswer[Me]:
    return JsonAnswer({**_told(await _one(request, asking.principal)), "token_id": asking.token})


@router.post("/principals", status_code=201, summary="Make a user or a program", operation_id="create_principal")
@declares(takes=NewPrincipal, headers=("Location",))
async def create_principal(request: Request, asking: Asking) -> JsonAnswer[PrincipalItem]:
    """Nobody goes by the name of somebody who is still here."""
    new = read(NewPrincipal, json_object(await limited_body(request, LARGEST_BODY)))
    check(new)
    made = await system_of(request).principals.add(new, asking.principal)
    return JsonAnswer(_told(made), 201, {"Location": f"{request.url.path.rstrip('/')}/{made.principal}"})


@router.get("/principals", summary="Users and programs", operation_id="list_principals")
async def list_principals(
    request: Request, query: Annotated[PrincipalsQuery, Query()], asking: Asking
) -> JsonAnswer[PrincipalsAnswer]:
    system = system_of(request)
    if query.name is not None:
        found = await system.principals.called(query.name)
        return JsonAnswer({"items": [] if found is None else [_told(found)], "next": None})
    several = await system.principals.all(query.limit + 1, begun_after(query.cursor, _AFTER) or "")
    items = [_told(one) for one in several[: query.limit]]
    more = len(several) > query.limit
    return JsonAnswer({"items": items, "next": cursor_of(None, items[-1]["principal"]) if more else None})


@router.get("/principals/{id}", summary="A user or a program", operation_id="read_principal")
async def read_principal(request: Request, id: str, asking: Asking) -> JsonAnswer[PrincipalItem]:
    return JsonAnswer(_told(await _one(request, id)))


@router.delete("/principals/{id}", status_code=204, summary="Let a user or a program go", operation_id="end_principal")
@declares(Answer(None, 204))
async def end_principal(request: Request, id: str, asking: Asking) -> Response:
    """Its tokens are revoked, and those that were made with them. What it wrote stays, under its name."""
    if not await system_of(request).principals.end(id):
        raise _nobody(id)
    return Response(status_code=204)


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
