"""Tokens: whoever has one may make another of their own, and take theirs back; an administrator, anybody's."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from application.access import Token
from application.execute import NoSuchItem
from application.shown import Moment
from domain.principals import MoreThanItself, NewToken
from domain.roles import Role
from domain.when import moment_text
from interfaces.api.access import SignedIn, require_role, signed_in, system_of
from interfaces.api.answer import JsonAnswer, declares
from interfaces.api.bodies import given_body
from interfaces.api.reading import Name
from interfaces.api.writing import LARGEST_BODY

router = APIRouter(tags=["people"])
Asking = Annotated[SignedIn, Depends(signed_in)]


class TokenItem(TypedDict):
    """A token, without its text. `made_by` is the token that it was made with. `used_on` is the last day (UTC) on which
    it was used, and `used_from` the network from which: two /24 or /48 apart are told apart, and no address is kept.
    It carries these `roles` at most, in these `dossiers` alone, of what its holder may; null: all of it.
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
    roles: list[Role] | None
    dossiers: list[str] | None


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
    new = await given_body(request, NewToken, LARGEST_BODY)
    principal = new.principal or asking.principal
    if principal != asking.principal:
        await require_role(request, "admin", None, "making a token of somebody else")
    held = asking.token
    roles, dossiers = new.roles or held.roles, new.dossiers or held.dossiers
    if not held.lends(roles, dossiers):
        raise MoreThanItself(
            "the token that this one is made with carries less: name roles and dossiers among those that it carries"
        )
    holder = await system.principals.one(principal)
    if holder is None or holder.ended_at is not None:
        raise NoSuchItem(f"there is no user or program {principal!r} here", field="principal")
    ends = new.ends(datetime.now(UTC))
    text, token = await system.tokens.create(
        principal, new.name, expires_at=ends, made_by=held.id, roles=roles, dossiers=dossiers
    )
    return JsonAnswer({**_told(token), "token": text}, 201, {"Cache-Control": "no-store"})


@router.get("/tokens", summary="Which tokens there are", operation_id="list_tokens")
@declares(problems=(403,))
async def list_tokens(
    request: Request, query: Annotated[TokensQuery, Query()], asking: Asking
) -> JsonAnswer[TokensAnswer]:
    """Your own; of others an administrator is told."""
    if query.principal != asking.principal:
        await require_role(request, "admin", None, "seeing the tokens of others")
    return JsonAnswer({"items": [_told(token) for token in await system_of(request).tokens.all(query.principal)]})


@router.delete("/tokens/{id}", summary="Revoke a token", operation_id="revoke_token")
async def revoke_token(
    request: Request, id: str, query: Annotated[RevokeQuery, Query()], asking: Asking
) -> JsonAnswer[TokensRevoked]:
    """It opens nothing more, nor does what was made with it. What was written with it stays."""
    tokens = system_of(request).tokens
    token = await tokens.one(id)
    if token is None or (token.principal != asking.principal and "admin" not in asking.caller.roles(None)):
        raise NoSuchItem(f"there is no token {id!r} that holds")
    revoked = await tokens.revoke(id, alone=query.alone)
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
        "roles": None if token.roles is None else list(token.roles),
        "dossiers": None if token.dossiers is None else list(token.dossiers),
    }
