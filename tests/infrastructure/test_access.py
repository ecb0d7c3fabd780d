"""Users, programs and tokens in the database: who stands for whom, until when, and what goes with what is revoked."""

import asyncio
import string
import time
import zlib
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as sql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from application.grants import Grants
from domain.grants import INSTALLATION, OPERATOR, NewGrant
from domain.principals import NameTaken, NewPrincipal
from infrastructure import database
from infrastructure.access.principals import Principals
from infrastructure.access.token_text import DIGITS, is_whole, new_token
from infrastructure.access.tokens import Tokens, network_of
from infrastructure.database import migrate
from infrastructure.log.postgres import PostgresLog
from infrastructure.log.soundness import faults_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def people(pool: AsyncEngine) -> Principals:
    return Principals(pool)


@pytest.fixture
def tokens(pool: AsyncEngine) -> Tokens:
    return Tokens(pool)


def user(name: str) -> NewPrincipal:
    return NewPrincipal(kind="user", name=name)


def test_a_token_is_recognised_by_its_checksum() -> None:
    token = new_token()
    assert token.startswith("kroniek_") and len(token) == 8 + 30 + 6 and is_whole(token)
    # As anybody reads it who has read how.
    number = sum(DIGITS.index(digit) * 62**place for place, digit in enumerate(reversed(token[-6:])))
    assert number == zlib.crc32(token[8:38].encode())
    assert set(DIGITS) == {*string.digits, *string.ascii_letters}


@given(st.integers(8, 43), st.sampled_from(DIGITS))
def test_a_token_with_another_character_is_not_whole(at: int, character: str) -> None:
    token = new_token()
    other = token[:at] + character + token[at + 1 :]
    assert is_whole(other) == (other == token)


@pytest.mark.parametrize("text", ["", "kroniek_", "x" * 44, "kroniek_" + "é" * 36])
def test_what_is_no_token_asks_nobody(text: str) -> None:
    assert not is_whole(text)


def test_a_token_that_lacks_a_character_or_has_one_more_is_not_whole() -> None:
    token = new_token()
    assert not any(is_whole(other) for other in (token[:-1], token + "0", token[1:]))


async def test_nobody_goes_by_the_name_of_another(people: Principals) -> None:
    anna = await people.add(user("Anna Müller"))
    assert anna.principal.startswith("u-") and anna.ended_at is None
    for alike in ("Anna Müller", "anna muller", " ANNA  MÜLLER ", "Anna-Muller"):
        with pytest.raises(NameTaken) as taken:
            await people.add(NewPrincipal(kind="program", name=alike))
        assert taken.value.field == "name"
    assert (await people.add(NewPrincipal(kind="program", name="Anna Miller"))).principal.startswith("p-")
    assert await people.called("ANNA MÜLLER") == anna
    # Who was let go leaves a name to others, and goes on being told by it.
    assert await people.end(anna.principal)
    assert not await people.end(anna.principal)
    other = await people.add(user("Anna Müller"))
    assert await people.called("Anna Müller") == other
    assert await people.names([anna.principal, other.principal, "u-nobody"]) == {
        anna.principal: "Anna Müller",
        other.principal: "Anna Müller",
    }


async def test_a_token_holds_until_its_end(people: Principals, tokens: Tokens, pool: AsyncEngine) -> None:
    who = (await people.add(user("Holder until"))).principal
    now = datetime.now(UTC)
    text, made = await tokens.create(who, "short", expires_at=now + timedelta(hours=1))
    held = await tokens.held(text)
    assert held is not None and (held.id, held.principal) == (made.id, who)
    assert held.holds(now) and not held.holds(now + timedelta(hours=1))
    async with pool.begin() as connection:
        await connection.execute(sql("update tokens set expires_at = now() where id = :id"), {"id": made.id})
    assert await Tokens(pool).held(text) is None
    # Its name is free again, and it is told as over since it was.
    _, again = await tokens.create(who, "SHORT", expires_at=None)
    before, after = await tokens.all(who)
    assert (before.id, after.id) == (made.id, again.id)
    assert before.revoked_at == before.expires_at
    with pytest.raises(NameTaken):
        await tokens.create(who, "short")


async def test_what_was_made_with_a_token_goes_with_it(people: Principals, tokens: Tokens) -> None:
    thief, other = (await people.add(user("Thief"))).principal, (await people.add(user("Other"))).principal
    _, first = await tokens.create(thief, "first")
    text, second = await tokens.create(other, "second", made_by=first.id)
    third, last = await tokens.create(thief, "third", made_by=second.id)
    own, _ = await tokens.create(other, "own")
    assert await tokens.held(third) is not None
    assert await tokens.revoke(first.id) == 3
    assert [await tokens.held(one) is not None for one in (text, third, own)] == [False, False, True]
    assert await tokens.revoke(last.id) == 0


async def test_what_is_made_with_a_token_that_was_just_revoked_opens_nothing(
    people: Principals, tokens: Tokens, pool: AsyncEngine
) -> None:
    """Another process takes it for a second more."""
    thief, gone = (await people.add(user("Quick"))).principal, (await people.add(user("Just gone"))).principal
    text, first = await tokens.create(thief, "stolen")
    elsewhere = Tokens(pool)
    assert await elsewhere.held(text) is not None
    await tokens.revoke(first.id)
    assert await elsewhere.held(text) is not None
    another, made = await elsewhere.create(thief, "another", made_by=first.id)
    assert made.revoked_at is not None
    assert await elsewhere.held(another) is None
    await people.end(gone)
    late, _ = await elsewhere.create(gone, "late")
    assert await elsewhere.held(late) is None


async def test_of_what_is_made_while_its_maker_is_revoked_nothing_lives_on(
    people: Principals, tokens: Tokens, pool: AsyncEngine
) -> None:
    who = (await people.add(user("Races"))).principal
    for nth in range(20):
        _, first = await tokens.create(who, f"first {nth}")
        _, second = await tokens.create(who, f"second {nth}", made_by=first.id)
        making = [tokens.create(who, f"made {nth} {one}", made_by=second.id) for one in range(4)]
        made, _ = await asyncio.gather(asyncio.gather(*making), tokens.revoke(first.id))
        fresh = Tokens(pool)
        assert [await fresh.held(text) for text, _ in made] == [None] * 4


async def test_a_token_goes_alone_where_that_is_said(people: Principals, tokens: Tokens) -> None:
    who = (await people.add(user("Rotates"))).principal
    _, first = await tokens.create(who, "first")
    text, _ = await tokens.create(who, "second", made_by=first.id)
    assert await tokens.revoke(first.id, alone=True) == 1
    assert await tokens.held(text) is not None


async def test_who_is_let_go_takes_what_was_made_with_their_tokens_along(people: Principals, tokens: Tokens) -> None:
    gone, stays = (await people.add(user("Gone"))).principal, (await people.add(user("Stays"))).principal
    own, first = await tokens.create(gone, "own")
    made, _ = await tokens.create(stays, "made by gone", made_by=first.id)
    theirs, _ = await tokens.create(stays, "theirs")
    await people.end(gone)
    fresh = Tokens(tokens._engine)
    assert [await fresh.held(one) is not None for one in (own, made, theirs)] == [False, False, True]


async def test_a_revoked_token_opens_nothing_within_a_second_elsewhere(
    people: Principals, tokens: Tokens, pool: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Tokens(pool)
    who = (await people.add(user("Elsewhere"))).principal
    text, made = await tokens.create(who, "one")
    assert await elsewhere.held(text) is not None
    await tokens.revoke(made.id)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 1.0)
    assert await elsewhere.held(text) is None


async def test_a_token_says_when_and_from_which_network_it_was_last_used(
    people: Principals, pool: AsyncEngine, tokens: Tokens
) -> None:
    who = (await people.add(user("Traveller"))).principal
    text, made = await tokens.create(who, "laptop")
    assert (made.used_on, made.used_from) == (None, None)
    for address, network in (("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48")):
        await Tokens(pool).held(text, address)
        used = await tokens.one(made.id)
        assert used is not None and (used.used_on, used.used_from) == (datetime.now(UTC).date(), network)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        (None, None),
        ("", None),
        ("testclient", None),
        ("127.0.0.1", "127.0.0.0/24"),
    ],
)
def test_a_network_is_told_for_an_address(address: str | None, network: str | None) -> None:
    assert network_of(address) == network


HELD_BEFORE = [
    (b"1", "p-1", "Fact desk", None), (b"2", "p-2", "fact desk", None), (b"3", "p-3", "Fact desk", "2026-01-02"),
    (b"4", "p-1", "Fact desk of old", "2026-01-03"),
]  # fmt: skip


def test_whoever_held_tokens_before_goes_on_under_the_same_principal(postgres_url: str) -> None:
    old = make_url(postgres_url).set(database="before_principals")
    with psycopg.connect(_plain(make_url(postgres_url).set(database="postgres")), autocommit=True) as connection:
        connection.execute("create database before_principals template template0")
    migrate(old.render_as_string(hide_password=False), "0023")
    with psycopg.connect(_plain(old), autocommit=True) as connection:
        for row in HELD_BEFORE:
            connection.execute(
                "insert into tokens (token_hash, principal, name, created_at, revoked_at) "
                "values (%s, %s, %s, '2026-01-01', %s)",
                row,
            )
    migrate(old.render_as_string(hide_password=False))
    with psycopg.connect(_plain(old)) as connection:
        people = connection.execute("select principal, kind, name, ended_at is null from principals order by 1")
        assert people.fetchall() == [
            ("p-1", "program", "Fact desk", True),
            ("p-2", "program", "fact desk (p-2)", True),
            ("p-3", "program", "Fact desk", False),
        ]
        assert connection.execute("select count(distinct id), count(expires_at) from tokens").fetchone() == (4, 0)


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def test_whoever_had_a_token_goes_on_doing_everything(postgres_url: str) -> None:
    """And the log that says so is as sound as if it had been appended."""
    old = make_url(postgres_url).set(database="before_roles")
    with psycopg.connect(_plain(make_url(postgres_url).set(database="postgres")), autocommit=True) as connection:
        connection.execute("create database before_roles template template0")
    migrate(old.render_as_string(hide_password=False), "0024")
    with psycopg.connect(_plain(old), autocommit=True) as connection:
        for principal, ended_at in (("u-1", None), ("p-2", None), ("u-gone", "2026-01-02")):
            connection.execute(
                "insert into principals (principal, kind, name, signed_as, ended_at) values (%s, 'user', %s, %s, %s)",
                (principal, principal, principal, ended_at),
            )
    migrate(old.render_as_string(hide_password=False))
    asyncio.run(_as_granted(old.render_as_string(hide_password=False)))


async def _as_granted(url: str) -> None:
    engine = database.engine(url, connections=2)
    log = PostgresLog(engine, key=b"key")
    try:
        held = await Grants(log).known()
        now = datetime.now(UTC)
        assert held.roles("u-1", "any", now) == held.roles("p-2", None, now) == {"admin", "editor"}
        assert held.roles("u-gone", "any", now) == set()
        assert {(one.granted_by, one.reason is not None) for one in held.of(None)} == {(OPERATOR, True)}
        assert [fault async for fault in faults_of(engine, log, INSTALLATION)] == []
        # And it goes on.
        await Grants(log).grant(None, NewGrant(holder="u-1", role="auditor"), "u-1")
        assert [fault async for fault in faults_of(engine, log, INSTALLATION)] == []
        assert await log.head(INSTALLATION) == 5 and await log.heads() == {}
    finally:
        await log.close()
        await engine.dispose()
