"""Grants: who may do what, at any moment and as of any, also where several change it at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application import grants as grants_module
from application.execute import NoSuchItem
from application.grants import Grants
from application.reading import NotInThePast
from domain.errors import DomainError
from domain.grants import (
    INSTALLATION,
    AccessGranted,
    AccessRevoked,
    AnyoneOnlyReads,
    EndsInThePast,
    LastAdministrator,
    NewGrant,
    stream_of,
)
from domain.roles import ANYONE, ROLES, Role
from domain.when import NotEdtf
from infrastructure.log.codec import decode, encode
from infrastructure.log.memory import MemoryLog

pytestmark = pytest.mark.anyio

BEGUN = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = BEGUN

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def grants(clock: Clock) -> Grants:
    return Grants(MemoryLog(now=clock), now=clock)


def new(role: Role = "reader", holder: str = "u-anna", **more: Any) -> NewGrant:
    return NewGrant(holder=holder, role=role, **more)


async def roles(grants: Grants, dossier: str | None, holder: str = "u-anna") -> set[Role]:
    return set((await grants.known(anew=True)).roles(holder, dossier, grants.now()))


async def test_roles_add_up_there_and_everywhere(grants: Grants) -> None:
    await grants.grant("d1", new("recorder"), "u-admin")
    await grants.grant(None, new("auditor"), "u-admin")
    assert await roles(grants, "d1") == {"recorder", "auditor"}
    assert await roles(grants, "d2") == await roles(grants, None) == {"auditor"}
    assert await roles(grants, "d1", "u-another") == set()


async def test_what_is_granted_already_is_not_granted_again(grants: Grants) -> None:
    first = await grants.grant("d1", new(), "u-admin")
    assert await grants.grant("d1", new(reason="again"), "u-other") == first
    assert (await grants.grant("d1", new(until="2027"), "u-admin")).id != first.id
    assert (await grants.grant("d2", new(), "u-admin")).id != first.id
    assert (await grants.known()).position == 3


async def test_a_grant_ends_by_itself(grants: Grants, clock: Clock) -> None:
    await grants.grant("d1", new(until="2026-12-01"), "u-admin")
    assert await roles(grants, "d1") == {"reader"}
    clock.now = datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC)
    assert await roles(grants, "d1") == {"reader"}
    clock.now = datetime(2026, 12, 2, tzinfo=UTC)
    assert await roles(grants, "d1") == set()
    # Once it is over it may be granted anew.
    await grants.grant("d1", new(), "u-admin")
    assert await roles(grants, "d1") == {"reader"}


async def test_what_is_taken_back_is_gone_and_told_of(grants: Grants, clock: Clock) -> None:
    made = await grants.grant("d1", new(), "u-admin")
    clock.now += timedelta(hours=1)
    gone = await grants.revoke("d1", made.id, "left", "u-boss")
    assert (gone.revoked_at, gone.revoked_by, gone.revoked_because) == (clock.now, "u-boss", "left")
    assert await roles(grants, "d1") == set()
    # Again it changes nothing, and the first is the one that counts.
    assert await grants.revoke("d1", made.id, "once more", "u-other") == gone
    for elsewhere in (None, "d2"):
        with pytest.raises(NoSuchItem):
            await grants.revoke(elsewhere, made.id, None, "u-admin")


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        (new("editor", ANYONE), AnyoneOnlyReads),
        (new(until="2026-11-30"), EndsInThePast),
        (new(until="2026-12-01T12:00:00Z"), EndsInThePast),
        (new(until="someday"), NotEdtf),
        (new(until="Y99999"), NotEdtf),
        (new(until="0000"), EndsInThePast),
    ],
)
async def test_what_cannot_be_granted_is_refused(grants: Grants, asked: NewGrant, refused: type[DomainError]) -> None:
    with pytest.raises(refused) as told:
        await grants.grant("d1", asked, "u-admin")
    assert told.value.field in ("role", "until")
    assert (await grants.known(anew=True)).position == 0


async def test_the_last_who_administers_stays(grants: Grants, clock: Clock) -> None:
    first = await grants.grant(None, new("admin"), "operator")
    # Whoever is admin of a dossier, or for a time only, is no other.
    await grants.grant("d1", new("admin", "u-other"), "u-anna")
    await grants.grant(None, new("admin", "u-guest", until="2027"), "u-anna")
    with pytest.raises(LastAdministrator):
        await grants.revoke(None, first.id, None, "u-anna")
    await grants.grant(None, new("admin", "u-second"), "u-anna")
    await grants.revoke(None, first.id, None, "u-anna")
    assert await roles(grants, None) == set()


async def test_who_is_let_go_may_do_nothing_more_and_is_no_administrator_who_stays(grants: Grants) -> None:
    first = await grants.grant(None, new("admin", "u-first"), "operator")
    await grants.grant(None, new("admin"), "u-first")
    await grants.grant(None, new("editor"), "u-first")
    await grants.grant("d1", new("recorder"), "u-first")
    await grants.grant("d1", new("reader", "u-other"), "u-first")
    await grants.let_go("u-anna", "u-first")
    assert await roles(grants, None) == await roles(grants, "d1") == set()
    assert await roles(grants, "d1", "u-other") == {"reader"}
    for leave in (grants.revoke(None, first.id, None, "u-first"), grants.let_go("u-first", "u-first")):
        with pytest.raises(LastAdministrator):
            await leave
    # Of several that one holds none goes where not all may.
    await grants.grant(None, new("admin", "u-first", until="2099"), "u-first")
    with pytest.raises(LastAdministrator):
        await grants.let_go("u-first", "u-first")
    assert len((await grants.known()).held_by("u-first", grants.now())) == 2


async def test_of_two_administrators_who_take_each_other_back_one_stays(clock: Clock) -> None:
    log = MemoryLog(now=clock)
    here, there = Grants(log, now=clock), Grants(log, now=clock)
    first = await here.grant(None, new("admin", "u-1"), "operator")
    second = await here.grant(None, new("admin", "u-2"), "operator")
    done = await asyncio.gather(
        here.revoke(None, second.id, None, "u-1"), there.revoke(None, first.id, None, "u-2"), return_exceptions=True
    )
    assert sorted(isinstance(one, LastAdministrator) for one in done) == [False, True]


async def test_other_processes_hear_of_it_soon_and_at_once_where_somebody_would_be_refused(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog(now=clock)
    here, there = Grants(log, now=clock), Grants(log, now=clock)
    assert (await there.known()).roles("u-anna", "d1", clock()) == frozenset()
    made = await here.grant("d1", new(), "u-admin")
    assert (await there.known()).roles("u-anna", "d1", clock()) == frozenset()
    assert (await there.known(anew=True)).roles("u-anna", "d1", clock()) == {"reader"}
    await here.revoke("d1", made.id, None, "u-admin")
    monkeypatch.setattr(grants_module, "KNOWN_FOR_S", 0.0)
    assert (await there.known()).roles("u-anna", "d1", clock()) == frozenset()


async def test_a_log_that_was_restored_is_read_from_its_beginning(clock: Clock) -> None:
    before, after = MemoryLog(now=clock), MemoryLog(now=clock)
    grants = Grants(before, now=clock)
    await grants.grant("d1", new("editor"), "u-admin")
    await grants.grant("d1", new("auditor"), "u-admin")
    await Grants(after, now=clock).grant("d1", new("recorder"), "u-admin")
    for restored in (after, MemoryLog(now=clock)):
        grants._log = restored
        held = await grants.known(anew=True)
        assert held.position == await restored.head(INSTALLATION)
        assert held.roles("u-anna", "d1", clock()) == ({"recorder"} if restored is after else frozenset())
        grants._log = before
        assert (await grants.known(anew=True)).roles("u-anna", "d1", clock()) == {"editor", "auditor"}


async def test_who_could_do_what_is_told_as_of_any_day(grants: Grants, clock: Clock) -> None:
    made = await grants.grant("d1", new(until="2026-12-03"), "u-admin")
    clock.now += timedelta(days=1)
    await grants.grant("d1", new("editor"), "u-admin")
    await grants.revoke("d1", made.id, None, "u-admin")
    clock.now += timedelta(days=5)

    async def then(asked: str | None) -> set[Role]:
        held, moment = await grants.as_of(asked)
        return set(held.roles("u-anna", "d1", moment))

    assert await then("2026-11-30") == set()
    assert await then("2026-12-01T11:59:59Z") == set()
    assert await then("2026-12-01") == await then("1") == {"reader"}
    assert await then("2026-12-02") == await then("3") == await then(None) == await then("2026-12-07") == {"editor"}
    assert await then("2") == {"reader", "editor"}
    assert await then("0") == await then("0000") == set()
    for to_come in ("4", "2026-12-08", "2027", "Y20000"):
        with pytest.raises((NotInThePast, NotEdtf)):
            await then(to_come)


class Naive:
    """Who may do what, from the list of what happened, read each time from its beginning."""

    def __init__(self) -> None:
        self.happened: list[tuple[datetime, str, Any]] = []

    def roles(self, holder: str, dossier: str | None, now: datetime) -> set[Role]:
        held: dict[str, tuple[str | None, NewGrant, datetime | None]] = {}
        for at, id_, what in self.happened:
            if at > now:
                continue
            if what is None:
                held.pop(id_, None)
            else:
                held[id_] = what
        return {
            asked.role
            for where, asked, until in held.values()
            if asked.holder == holder and where in (None, dossier) and (until is None or now < until)
        }


WHERE, WHO = (None, "d1", "d2"), ("u-1", "u-2", ANYONE)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("grant"), st.sampled_from(WHERE), st.sampled_from(WHO), st.sampled_from(ROLES),
            st.sampled_from((None, 1, 3)),
        ),
        st.tuples(st.just("revoke"), st.integers(0, 20)),
        st.tuples(st.just("wait"), st.integers(1, 2)),
    ),
    max_size=25,
)  # fmt: skip


@given(STEPS)
async def test_what_is_known_is_what_happened(steps: list[Any]) -> None:
    clock = Clock()
    grants, naive = Grants(MemoryLog(now=clock), now=clock), Naive()
    made: list[Any] = []
    for step in steps:
        try:
            match step:
                case ("grant", where, who, role, days):
                    until = None if days is None else clock() + timedelta(days=days)
                    text = None if until is None else until.isoformat().replace("+00:00", "Z")
                    grant = await grants.grant(where, new(role, who, until=text), "u-admin")
                    if grant.id not in {id_ for _, id_, _ in naive.happened}:
                        naive.happened.append((clock(), grant.id, (where, new(role, who), until)))
                        made.append(grant)
                case ("revoke", which) if made:
                    grant = made[which % len(made)]
                    await grants.revoke(grant.dossier, grant.id, None, "u-admin")
                    naive.happened.append((clock(), grant.id, None))
                case ("wait", days):
                    clock.now += timedelta(days=days)
        except (LastAdministrator, AnyoneOnlyReads):
            continue
    ended = clock.now + timedelta(seconds=1)
    clock.now = ended
    for day in range((ended - BEGUN).days + 1):
        moment = min(ended, BEGUN + timedelta(days=day, seconds=1))
        asked = None if moment == ended else moment.isoformat().replace("+00:00", "Z")
        held, then = await grants.as_of(asked)
        for who in WHO:
            for where in WHERE:
                assert set(held.roles(who, where, then)) == naive.roles(who, where, moment), (who, where, moment)


@pytest.mark.parametrize(
    ("event", "stored"),
    [
        (AccessGranted(grant="g-1", holder="u-1", role="reader"), '{"grant":"g-1","holder":"u-1","role":"reader"}'),
        (
            AccessGranted(
                grant="g-1", holder="anyone", role="reader", reason="open", until="2027-01-01T00:00:00.000000Z"
            ),
            '{"grant":"g-1","holder":"anyone","reason":"open","role":"reader","until":"2027-01-01T00:00:00.000000Z"}',
        ),
        (AccessRevoked(grant="g-1", reason="left"), '{"grant":"g-1","reason":"left"}'),
    ],
)
def test_what_was_stored_stays_readable(event: AccessGranted | AccessRevoked, stored: str) -> None:
    assert encode(event) == (event.type, 1, stored)
    read: Any = decode(event.type, 1, stored)
    assert read == event


async def test_the_log_of_what_is_granted_is_none_of_a_dossier(grants: Grants) -> None:
    await grants.grant("d1", new(), "u-admin")
    log = grants._log
    assert await log.heads() == {}
    (event,) = await log.stored(INSTALLATION, 0, 10)
    assert (event.stream, event.type) == (stream_of("d1"), "access.granted")
