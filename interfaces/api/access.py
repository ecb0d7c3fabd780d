"""Who is asking, and what they may: bearer tokens, roles, and reading without a token where that is granted."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fastapi import Request

from application.access import Token
from application.event_log import LogUnavailable, Recorded
from application.execute import NoSuchDossier
from application.grants import Granted
from domain.events import AnyCommand
from domain.grants import INSTALLATION
from domain.roles import ANYONE, NotAllowed, Role, acting_as, refusal
from domain.roles_needed import IN_THE_INSTALLATION, role_for
from interfaces.api.addresses import is_asked_here
from interfaces.api.errors import Unauthorized
from interfaces.bootstrap import System, is_mistyped


def system_of(request: Request) -> System:
    """The running system that serves this request.

    Raises:
        LogUnavailable: the database was not there yet since this process began.
    """
    # A heavy question has one of its own.
    system: System | None = getattr(request.state, "system", None) or request.app.state.system
    if system is None:
        raise LogUnavailable("the database could not be reached yet")
    return system


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks (`token` is None: without one), and what was granted, as it is known now.

    `owned`: asked on the machine of the one person whose installation it is.
    """

    token: Token | None
    granted: Granted
    now: datetime
    owned: bool

    @property
    def principal(self) -> str | None:
        return None if self.token is None else self.token.principal

    def roles(self, dossier: str | None) -> frozenset[Role]:
        """All that they may act as in a dossier, or (None) in the installation."""
        if dossier == INSTALLATION:
            return frozenset()
        anyones = acting_as(self.granted.roles(ANYONE, dossier, self.now))
        if self.token is None:
            return anyones | {"reader"} if self.owned else anyones
        own = acting_as(self.granted.roles(self.token.principal, dossier, self.now))
        return anyones | self.token.carries(own, dossier)

    def readable(self) -> Collection[str] | None:
        """The dossiers that they may read; None for all."""
        if "reader" in self.roles(None):
            return None
        holders = {ANYONE, self.principal} - {None}
        named = {one.dossier for holder in holders for one in self.granted.held_by(str(holder), self.now)}
        if self.token is not None and self.token.dossiers is not None:
            named |= set(self.token.dossiers)
        return {dossier for dossier in named if dossier is not None and "reader" in self.roles(dossier)}

    def administers(self) -> bool:
        """Whether they grant anything anywhere."""
        grants = () if self.token is None else self.granted.held_by(self.token.principal, self.now)
        return any("admin" in self.roles(one.dossier) for one in grants)

    def refusal_of(self, command: AnyCommand, dossier: str) -> NotAllowed | None:
        role, where = role_for(command), None if type(command) in IN_THE_INSTALLATION else dossier
        return None if role in self.roles(where) else refusal(role, where, f"`{command.command}`")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks with a token."""

    caller: Caller
    token: Token

    @property
    def principal(self) -> str:
        return self.token.principal


async def admitted(request: Request) -> None:
    """Refuses whoever may not read the dossier of an address. Of every route, before anything is done.

    Raises:
        Unauthorized: without a token, whatever dossier it is.
        NoSuchDossier: with one, as of a dossier that is not there.
        TooManyAttempts: from that address too many are tried.
    """
    dossier = request.path_params.get("dossier")
    if dossier is None or "reader" in (await caller(request)).roles(dossier):
        return
    asking = await _caller_anew(request)
    if "reader" in asking.roles(dossier):
        return
    if asking.token is None:
        raise Unauthorized("reading this needs a token: send `Authorization: Bearer <token>`")
    raise NoSuchDossier(f"there is no dossier {dossier!r}")


async def caller(request: Request) -> Caller:
    """Who asks. Raises Unauthorized, TooManyAttempts: with a token that stands for nobody."""
    found: Caller | None = getattr(request.state, "caller", None)
    if found is None:
        system = system_of(request)
        token = await _token(request, system)
        found = Caller(token, await system.grants.known(), system.grants.now(), _owned(request))
        request.state.caller = found
    return found


async def _caller_anew(request: Request) -> Caller:
    """Nobody is refused by what is remembered: it may have been granted a moment ago, at another process."""
    grants, asking = system_of(request).grants, await caller(request)
    request.state.caller = replace(asking, granted=await grants.known(anew=True), now=grants.now())
    return await caller(request)


async def require_role(request: Request, role: Role, dossier: str | None, what: str) -> None:
    """Refuses who asks without a role in a dossier, or (None) in the installation. `what` begins a sentence.

    Raises:
        NotAllowed
    """
    if role not in (await caller(request)).roles(dossier) and role not in (await _caller_anew(request)).roles(dossier):
        raise refusal(role, dossier, what)


async def signed_in(request: Request) -> SignedIn:
    """Who asks, with a token.

    Raises:
        Unauthorized: there is none, or not one that stands for anybody.
        TooManyAttempts: from that address too many are tried.
    """
    found = await caller(request)
    if found.token is None:
        raise Unauthorized("this needs a token: send `Authorization: Bearer <token>`")
    return SignedIn(found, found.token)


async def writer(request: Request) -> str:
    """The principal that a request's token stands for. Raises as `signed_in` does."""
    return (await signed_in(request)).principal


async def reader(request: Request) -> str | None:
    """Who reads: a token's principal; None without one. Raises as `caller` does."""
    return (await caller(request)).principal


async def reader_here(request: Request) -> str | None:
    """Who reads what is of the installation: whoever has a token, or asks on this machine, where it listens to nobody
    else. Raises as `signed_in` does.
    """
    if "authorization" not in request.headers and request.app.state.listens_here_only and is_asked_here(request.scope):
        return None
    return (await signed_in(request)).principal


async def not_allowed(request: Request, dossier: str, commands: Sequence[AnyCommand]) -> Sequence[NotAllowed | None]:
    """For each of some commands, the refusal where it takes a role that who asks has not got."""
    asking = await caller(request)
    found = [asking.refusal_of(command, dossier) for command in commands]
    if any(found):
        asking = await _caller_anew(request)
        found = [asking.refusal_of(command, dossier) for command in commands]
    return found


async def readable_dossiers(request: Request) -> Collection[str] | None:
    """The dossiers that whoever asks may read; None for all. With a token that stands for nobody, those of anyone."""
    with suppress(Unauthorized):
        return (await caller(request)).readable()
    granted = system_of(request).grants
    return Caller(None, await granted.known(), granted.now(), owned=False).readable()


async def signers(request: Request, events: Iterable[Recorded[Any]]) -> Mapping[str, str]:
    """The names of those who recorded some events, by principal."""
    return await system_of(request).principals.names({recorded.principal for recorded in events})


def still_reads(request: Request) -> Callable[[], Awaitable[bool]]:
    """Whether whoever asked may read the dossier of a request still."""
    system, dossier, owned = system_of(request), request.path_params["dossier"], _owned(request)
    text = _token_text(request)

    async def reads() -> bool:
        token = None
        if text is not None:
            token = await system.tokens.held(text, _address(request))
            if token is None:
                return False
        return "reader" in Caller(token, await system.grants.known(), system.grants.now(), owned).roles(dossier)

    return reads


async def _token(request: Request, system: System) -> Token | None:
    text = _token_text(request)
    if text is None:
        return None
    held = await system.tokens.held(text, _address(request))
    if held is None:
        await request.app.state.attempts.failed(_address(request))
        raise Unauthorized(_stands_for_nobody(text))
    return held


def _token_text(request: Request) -> str | None:
    """What was sent as a token; None where nothing was."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    return token.strip() if scheme.lower() == "bearer" else ""


def _stands_for_nobody(token: str) -> str:
    if is_mistyped(token):
        return "this token was not copied whole, or is mistyped: its last characters do not fit the others"
    return "this token stands for nobody: it is unknown here, expired or revoked"


def _owned(request: Request) -> bool:
    return bool(request.app.state.is_owned and is_asked_here(request.scope))


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None
