"""Tokens for writing: whoever holds one may make another, and take one back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from typing_extensions import TypedDict

from application.execute import NoSuchItem
from application.shown import Moment
from domain.checks import check
from domain.fact import Value
from domain.fields import Text, read
from domain.when import moment_text
from interfaces.api.access import system_of, writer
from interfaces.api.answer import Answer, JsonAnswer, declares
from interfaces.api.bodies import json_object, limited_body
from interfaces.api.writing import LARGEST_BODY

router = APIRouter(tags=["tokens"])
Writer = Annotated[str, Depends(writer)]


class NewToken(Value):
    """A token to be made. `name` says who holds it; it is shown beside what they wrote."""

    name: Annotated[str, Text(200)]


class TokenMade(TypedDict):
    """A token, shown this once, and whom it stands for."""

    token: str
    principal: str
    name: str


class Holder(TypedDict):
    """Whoever holds a token, or held one."""

    principal: str
    name: str
    created_at: Moment
    revoked_at: Moment | None


class Holders(TypedDict):
    """Everybody who holds a token, or held one."""

    items: list[Holder]


@router.post(
    "/tokens",
    status_code=201,
    summary="Make a token",
    operation_id="create_token",
)
@declares(takes=NewToken)
async def create_token(request: Request, principal: Writer) -> JsonAnswer[TokenMade]:
    """The token is shown once, here."""
    new = read(NewToken, json_object(await limited_body(request, LARGEST_BODY)))
    check(new)
    token, stands_for = await system_of(request).tokens.create(new.name)
    return JsonAnswer({"token": token, "principal": stands_for, "name": new.name}, 201)


@router.get("/tokens", summary="Who holds tokens", operation_id="list_tokens")
async def list_tokens(request: Request, principal: Writer) -> JsonAnswer[Holders]:
    items: list[Holder] = [
        {
            "principal": info.principal,
            "name": info.name,
            "created_at": moment_text(info.created_at),
            "revoked_at": moment_text(info.revoked_at) if info.revoked_at else None,
        }
        for info in await system_of(request).tokens.all()
    ]
    return JsonAnswer({"items": items})


@router.delete("/tokens/{holder}", status_code=204, summary="Take a token back", operation_id="revoke_token")
@declares(Answer(None, 204))
async def revoke_token(request: Request, holder: str, principal: Writer) -> Response:
    """The tokens of a principal write no more. What it wrote stays, under its name."""
    if not await system_of(request).tokens.revoke(holder):
        raise NoSuchItem(f"{holder!r} holds no token")
    return Response(status_code=204)
