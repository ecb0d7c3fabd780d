"""Tokens: whoever has one may make another, and take one back."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from application.access import Token
from application.execute import NoSuchItem
from application.shown import Moment
from domain.checks import check
from domain.fields import read
from domain.principals import NewToken
from domain.when import moment_text
from interfaces.api.access import Caller, caller, system_of
from interfaces.api.answer import JsonAnswer, declares
from interfaces.api.bodies import json_object, limited_body
from interfaces.api.reading import Name
from interfaces.api.writing import LARGEST_BODY

router = APIRouter(tags=["people"])
Asking = Annotated[Caller, Depends(caller)]


class TokenItem(TypedDict):
    """A token, without its text. `made_by` is the token that it was made with. `used_on` is the last day (UTC) on which
    it was used, and `used_from` the network from which: two /24 or /48 apart are told apart, and no address is kept.
    """

    id: str
    principal: str
    name: str
    created_at: Moment
    made_by: str | None
    expires_at: Moment | None
    used_on: str | None
    used_from: str | None
    revoked_at: Moment | None


class TokenMade(TokenItem):
    """A token, with its text, shown this once."""

    token: str


class TokensAnswer(TypedDict):
    """Tokens in the order in which they were made."""

    items: list[TokenItem]


class TokensRevoked(TypedDict):
    """How many tokens were revoked: the one, and those that had been made with it."""

    revoked: int


class TokensQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    principal: Name | None = Field(None, description="only those of this user or program")


class RevokeQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    alone: bool = Field(False, description="those that were made with it go on")


@router.post("/tokens", status_code=201, summary="Make a token", operation_id="create_token")
@declares(takes=NewToken, headers=("Cache-Control",))
async def create_token(request: Request, asking: Asking) -> JsonAnswer[TokenMade]:
    """The text of the token is shown once, here. When the token that it is made with is revoked, so is this one."""
    system = system_of(request)
    new = read(NewToken, json_object(await limited_body(request, LARGEST_BODY)))
    check(new)
    principal = new.principal or asking.principal
    holder = await system.principals.one(principal)
    if holder is None or holder.ended_at is not None:
        raise NoSuchItem(f"there is no user or program {principal!r} here", field="principal")
    ends = new.ends(datetime.now(UTC))
    text, token = await system.tokens.create(principal, new.name, expires_at=ends, made_by=asking.token)
    return JsonAnswer({**_told(token), "token": text}, 201, {"Cache-Control": "no-store"})


@router.get("/tokens", summary="Which tokens there are", operation_id="list_tokens")
async def list_tokens(
    request: Request, query: Annotated[TokensQuery, Query()], asking: Asking
) -> JsonAnswer[TokensAnswer]:
    return JsonAnswer({"items": [_told(token) for token in await system_of(request).tokens.all(query.principal)]})


@router.delete("/tokens/{id}", summary="Revoke a token", operation_id="revoke_token")
async def revoke_token(
    request: Request, id: str, query: Annotated[RevokeQuery, Query()], asking: Asking
) -> JsonAnswer[TokensRevoked]:
    """It opens nothing more, nor does what was made with it. What was written with it stays."""
    revoked = await system_of(request).tokens.revoke(id, alone=query.alone)
    if not revoked:
        raise NoSuchItem(f"there is no token {id!r} that holds")
    return JsonAnswer({"revoked": revoked})


def _told(token: Token) -> TokenItem:
    return {
        "id": token.id,
        "principal": token.principal,
        "name": token.name,
        "created_at": moment_text(token.created_at),
        "made_by": token.made_by,
        "expires_at": moment_text(token.expires_at) if token.expires_at else None,
        "used_on": f"{token.used_on:%Y-%m-%d}" if token.used_on else None,
        "used_from": token.used_from,
        "revoked_at": moment_text(token.revoked_at) if token.revoked_at else None,
    }
