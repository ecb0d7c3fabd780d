"""Subscriptions in PostgreSQL: where each stands, whose turn it is, what was done from outside, and what is kept."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from application.delivery import Again, Attempt, Ended, Paused, SubscriptionEnded
from application.execute import AlreadyExists, NoSuchItem
from application.following.places import LogPlace
from application.following.sending import Progress
from application.following.subscription import Subscription
from infrastructure.access.principals import Principals
from infrastructure.log.postgres import PostgresLog
from infrastructure.rows.checkpoints import driver_connection
from infrastructure.webhooks import subscriptions as module
from infrastructure.webhooks.subscriptions import Subscriptions
from tests.holders import new_holder
from tests.infrastructure.log_given import an_append

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def store(pool: AsyncEngine) -> Subscriptions:
    """Where the token of p-1 holds."""
    await token(pool, "p-1")
    return Subscriptions(pool)


async def token(pool: AsyncEngine, principal: str) -> None:
    await run(
        pool,
        "insert into tokens (token_hash, principal, name, named_as, id) values (%s, %s, 'a desk', 'adesk', %s) "
        "on conflict do nothing",
        sha256(principal.encode()).digest(), principal, f"t-{principal}",
    )  # fmt: skip


@pytest.fixture
def dossier() -> str:
    return f"d-{uuid4().hex[:12]}"


async def appended(pool: AsyncEngine, dossier: str, events: int) -> None:
    log = PostgresLog(pool, key=b"key")
    try:
        for number in range(events):
            await log.append([an_append(dossier, f"s-{uuid4().hex[:8]}-{number}")])
    finally:
        await log.close()


async def created(store: Subscriptions, dossier: str, id_: str | None = "desk", **more: Any) -> Subscription:
    given: dict[str, Any] = {
        "url": "https://example.org/hook", "watch": "{}", "needs_rows": False, "name": None, "position": 0,
        "cursor": None, "created_by": "p-1",
    }  # fmt: skip
    return await store.create(dossier, id_, **given | more)


async def lease(store: Subscriptions, dossier: str, id_: str, by: str) -> Subscription | None:
    found = await store.lease([(dossier, id_)], by, 60)
    return found[0] if found else None


async def progressed(
    store: Subscriptions, held: Subscription, delivered: Sequence[Attempt], position: int, cursor: str
) -> bool:
    return held.key in await store.progress([Progress(held, delivered, LogPlace(position, cursor))])


async def due_of(store: Subscriptions, dossier: str | None) -> list[tuple[str, str]]:
    return [each.key for each in await store.due(10_000, None if dossier is None else [dossier])]


async def leased(store: Subscriptions, dossier: str, id_: str = "desk", *, by: str = "w-1") -> Subscription:
    found = await lease(store, dossier, id_, by)
    assert found is not None
    return found


def attempt(position: int, *, status: int | None = 204, number: int = 1, at: datetime = AT) -> Attempt:
    return Attempt(f"desk_{position}", position, "source.registered", number, at, 12, status, None, "ok")


async def run(pool: AsyncEngine, query: str, *parameters: object) -> None:
    async with driver_connection(pool) as connection:
        await connection.execute(query, parameters)


async def lease_over(pool: AsyncEngine, dossier: str) -> None:
    await run(pool, "update subscriptions set leased_until = now() - interval '1 s' where dossier_id = %s", dossier)


async def test_a_subscription_is_read_back_as_it_was_created(store: Subscriptions, dossier: str) -> None:
    made = await created(store, dossier, name="مكتب التحقق", watch='{"place":["hajin"]}', needs_rows=True, position=3,
                         cursor="3.0a0b0c0d")  # fmt: skip
    assert made == await store.one(dossier, "desk")
    assert (made.name, made.watch, made.needs_rows, made.position, made.cursor) == (
        "مكتب التحقق", '{"place":["hajin"]}', True, 3, "3.0a0b0c0d",
    )  # fmt: skip
    assert (made.status, made.because, made.tries, made.next_attempt_at) == ("active", None, 0, None)
    assert made.created_at.tzinfo is UTC


async def test_its_secret_is_made_for_it_and_not_shown_by_chance(store: Subscriptions, dossier: str) -> None:
    made, other = await created(store, dossier), await created(store, dossier, "other")
    (secret,) = made.signing(AT)
    assert secret.startswith("whsec_") and len(secret) == 6 + 44
    assert [secret] != other.signing(AT)
    assert secret not in repr(made)


async def test_an_id_is_taken_once_in_a_dossier(store: Subscriptions, dossier: str) -> None:
    made = await created(store, dossier)
    with pytest.raises(AlreadyExists):
        await created(store, dossier, url="https://example.org/other")
    assert await store.one(dossier, "desk") == made
    await created(store, f"{dossier}-b")


async def test_without_an_id_it_gets_one(store: Subscriptions, dossier: str) -> None:
    made = [await created(store, dossier, None) for _ in range(2)]
    assert len({each.id for each in made}) == 2


async def test_what_is_not_there_is_named(store: Subscriptions, dossier: str) -> None:
    calls = [
        store.one(dossier, "x"), store.delete(dossier, "x"), store.change(dossier, "x", by="p-1", name="y"),
        store.pause(dossier, "x", None), store.resume(dossier, "x", by="p-1"),
        store.replay(dossier, "x", 0, None, by="p-1"),
        store.rotate(dossier, "x", HOUR), store.deliveries(dossier, "x", None, 10),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(NoSuchItem, match="'x'"):
            await call


async def test_all_are_listed_in_pages_by_id(store: Subscriptions, dossier: str) -> None:
    for id_ in ("c", "a", "b"):
        await created(store, dossier, id_)
    assert [each.id for each in await store.all(dossier, None, 2)] == ["a", "b"]
    assert [each.id for each in await store.all(dossier, "b", 2)] == ["c"]


async def test_a_deleted_one_takes_its_deliveries_along(pool: AsyncEngine, store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    held = await leased(store, dossier)
    assert await progressed(store, held, [attempt(1)], 1, "1.00000000")
    await store.delete(dossier, "desk")
    assert not await progressed(store, held, [attempt(2)], 2, "2.00000000")
    await created(store, dossier)
    assert await store.deliveries(dossier, "desk", None, 10) == []


async def test_an_ended_one_is_revived_by_a_replay_only(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier, position=5, cursor="5.00000000")
    assert await store.failed(await leased(store, dossier), attempt(6, status=410), Ended("gone"))
    for call in (store.resume(dossier, "desk", by="p-1"), store.pause(dossier, "desk", None)):
        with pytest.raises(SubscriptionEnded, match="gone"):
            await call
    revived = await store.replay(dossier, "desk", 2, "2.00000000", by="p-1")
    assert (revived.status, revived.because, revived.position, revived.cursor) == ("active", None, 2, "2.00000000")
    assert revived.tries == 0 and revived.failing_since is None


async def test_a_paused_one_says_why_and_goes_on_where_it_stood(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier, position=4)
    assert await store.failed(
        await leased(store, dossier), attempt(5, status=500, number=10), Paused("for days", "failing")
    )
    found = await store.one(dossier, "desk")
    assert (found.status, found.because, found.position, found.tries) == ("paused", "for days", 4, 10)
    assert await lease(store, dossier, "desk", "w-2") is None
    assert (await store.pause(dossier, "desk", "by hand")).because == "for days"
    resumed = await store.resume(dossier, "desk", by="p-1")
    assert (resumed.status, resumed.because, resumed.position, resumed.tries) == ("active", None, 4, 0)
    assert (await leased(store, dossier, by="w-2")).position == 4


async def test_whose_token_is_revoked_has_its_webhooks_paused_and_told_why(
    pool: AsyncEngine, store: Subscriptions, dossier: str
) -> None:
    await appended(pool, dossier, 1)
    (_, gone), (_, holds) = await new_holder(pool, "leaves"), await new_holder(pool, "stays")
    for id_, principal in (("hers", gone), ("under-way", gone), ("his", holds), ("paused", gone)):
        await created(store, dossier, id_, created_by=principal)
    held = await leased(store, dossier, "under-way")
    await store.pause(dossier, "paused", "on holiday")
    assert await store.pause_revoked() == set()
    await Principals(pool).end(gone)
    assert await due_of(store, dossier) == [(dossier, "his")], "from that moment on nobody begins one of them"
    assert await lease(store, dossier, "hers", "w-1") is None
    assert await store.pause_revoked() == {(dossier, "hers"), (dossier, "under-way")}
    assert await store.pause_revoked() == set()
    found = await store.one(dossier, "hers")
    assert (found.status, found.paused_for, found.vouched_by) == ("paused", "revoked", gone)
    assert found.because is not None and gone in found.because and "resume" in found.because
    assert not await progressed(store, held, [attempt(1)], 1, "1.00000000"), "whoever was at it finds out"
    assert (await store.one(dossier, "paused")).because == "on holiday"
    assert (await store.one(dossier, "his")).status == "active"


async def test_one_token_of_several_that_is_revoked_pauses_nothing(
    pool: AsyncEngine, store: Subscriptions, dossier: str
) -> None:
    await token(pool, "p-two-tokens")
    await run(
        pool,
        "insert into tokens (token_hash, principal, name, named_as, id, revoked_at) "
        "values (%s, 'p-two-tokens', 'old', 'old', 't-old', now())",
        sha256(dossier.encode()).digest(),
    )
    await created(store, dossier, created_by="p-two-tokens")
    assert (dossier, "desk") not in await store.pause_revoked()


Vouch = Callable[[Subscriptions, str, str], Awaitable[object]]
VOUCHING: Mapping[str, Vouch] = {
    "resume": lambda store, dossier, by: store.resume(dossier, "desk", by=by),
    "replay": lambda store, dossier, by: store.replay(dossier, "desk", 0, None, by=by),
    "url": lambda store, dossier, by: store.change(dossier, "desk", url="https://example.org/new", by=by),
}


@pytest.mark.parametrize("vouch", VOUCHING.values(), ids=VOUCHING)
async def test_who_says_where_it_goes_or_that_it_goes_on_vouches_for_it(
    pool: AsyncEngine, store: Subscriptions, dossier: str, vouch: Vouch
) -> None:
    (_, first), (_, second) = await new_holder(pool, "first"), await new_holder(pool, "second")
    await created(store, dossier, created_by=first)
    await vouch(store, dossier, second)
    await Principals(pool).end(first)
    assert (dossier, "desk") not in await store.pause_revoked()
    found = await store.one(dossier, "desk")
    assert (found.status, found.created_by, found.vouched_by) == ("active", first, second)
    await Principals(pool).end(second)
    assert (dossier, "desk") in await store.pause_revoked()
    await vouch(store, dossier, "p-1")
    await store.resume(dossier, "desk", by="p-1")
    assert (await leased(store, dossier)).paused_for is None


async def test_another_name_vouches_for_nothing(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    assert (await store.change(dossier, "desk", name="the night desk", by="p-2")).vouched_by == "p-1"


async def test_another_url_is_tried_at_once(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    await store.failed(await leased(store, dossier), attempt(1, status=500), Again(datetime.now(UTC) + HOUR, "500"))
    assert await lease(store, dossier, "desk", "w-1") is None
    changed = await store.change(dossier, "desk", by="p-1", url="https://example.org/new", name="new")
    assert (changed.url, changed.name, changed.because, changed.next_attempt_at) == (
        "https://example.org/new", "new", None, None,
    )  # fmt: skip
    assert (await leased(store, dossier)).url == "https://example.org/new"


async def test_another_url_does_not_wake_what_is_paused(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    await store.pause(dossier, "desk", "on holiday")
    changed = await store.change(dossier, "desk", by="p-1", url="https://example.org/new")
    assert (changed.status, changed.because) == ("paused", "on holiday")


async def test_the_old_secret_signs_until_the_overlap_is_over(store: Subscriptions, dossier: str) -> None:
    (old,) = (await created(store, dossier)).signing(AT)
    new = await store.rotate(dossier, "desk", HOUR)
    found, now = await store.one(dossier, "desk"), datetime.now(UTC)
    assert found.signing(now) == [new, old]
    assert found.signing(now + HOUR) == [new]


async def test_without_an_overlap_the_old_secret_signs_no_more(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    new = await store.rotate(dossier, "desk", timedelta())
    assert [each.secret for each in (await store.one(dossier, "desk")).secrets] == [new]


async def test_a_second_rotation_never_lengthens_the_time_of_an_old_secret(store: Subscriptions, dossier: str) -> None:
    (first,) = (await created(store, dossier)).signing(AT)
    second = await store.rotate(dossier, "desk", HOUR)
    third = await store.rotate(dossier, "desk", 5 * HOUR)
    found, now = await store.one(dossier, "desk"), datetime.now(UTC)
    assert found.signing(now) == [third, second, first]
    assert found.signing(now + 2 * HOUR) == [third, second]
    assert found.signing(now + 6 * HOUR) == [third]


async def test_rotations_at_once_all_count(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    made = await asyncio.gather(*(store.rotate(dossier, "desk", HOUR) for _ in range(4)))
    assert set(made) <= set((await store.one(dossier, "desk")).signing(datetime.now(UTC)))


async def test_a_message_carries_no_end_of_signatures(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    made = [await store.rotate(dossier, "desk", HOUR) for _ in range(10)]
    assert (await store.one(dossier, "desk")).signing(datetime.now(UTC)) == made[: -module.MOST_SECRETS - 1 : -1]


async def test_due_is_what_has_something_to_look_at(pool: AsyncEngine, store: Subscriptions, dossier: str) -> None:
    await appended(pool, dossier, 2)
    for id_, position in (("behind", 1), ("there", 2), ("beyond", 3)):
        await created(store, dossier, id_, position=position)
    # One that is beyond the log stands in another log: whoever leases it finds out.
    assert sorted(await due_of(store, dossier)) == [(dossier, "behind"), (dossier, "beyond")]


async def test_what_needs_rows_is_due_when_the_rows_are_there(
    pool: AsyncEngine, store: Subscriptions, dossier: str
) -> None:
    await appended(pool, dossier, 2)
    await created(store, dossier, needs_rows=True)
    assert await due_of(store, dossier) == []
    await run(
        pool,
        "insert into checkpoints (dossier_id, position, builds, time_zone) values (%s, 1, '{}', 'UTC')", dossier,
    )  # fmt: skip
    assert await due_of(store, dossier) == [(dossier, "desk")]
    assert await progressed(store, await leased(store, dossier), [], 1, "1.00000000")
    await lease_over(pool, dossier)
    assert await due_of(store, dossier) == []


async def test_nothing_is_due_that_is_leased_waiting_paused_or_ended(
    pool: AsyncEngine, store: Subscriptions, dossier: str
) -> None:
    await appended(pool, dossier, 1)
    for id_ in ("free", "leased", "waiting", "paused", "ended"):
        await created(store, dossier, id_)
    await leased(store, dossier, "leased")
    await store.failed(
        await leased(store, dossier, "waiting"), attempt(1, status=500), Again(datetime.now(UTC) + HOUR, "500")
    )
    await store.pause(dossier, "paused", None)
    await store.failed(await leased(store, dossier, "ended"), attempt(1, status=410), Ended("gone"))
    assert await due_of(store, dossier) == [(dossier, "free")]
    await run(
        pool, "update subscriptions set next_attempt_at = now() where dossier_id = %s and id = 'waiting'", dossier
    )
    assert sorted(await due_of(store, dossier)) == [(dossier, "free"), (dossier, "waiting")]


async def test_who_waited_longest_is_first_of_all_dossiers(
    pool: AsyncEngine, store: Subscriptions, dossier: str
) -> None:
    await appended(pool, dossier, 1)
    for id_ in ("a", "b", "c"):
        await created(store, dossier, id_)
    for id_ in ("b", "a"):
        await store.release([await leased(store, dossier, id_)])
    ours = [key for key in await due_of(store, None) if key[0] == dossier]
    assert ours == [(dossier, "c"), (dossier, "b"), (dossier, "a")]
    assert len(await store.due(1)) == 1


async def test_of_many_who_want_it_at_once_one_gets_it(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    got = await asyncio.gather(*(lease(store, dossier, "desk", f"w-{n}") for n in range(20)))
    assert sum(each is not None for each in got) == 1


async def test_a_released_one_is_free_at_once(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    await store.release([await leased(store, dossier)])
    await leased(store, dossier, by="w-2")


async def test_a_lease_that_ran_out_is_anothers_and_its_first_holder_writes_nothing(
    pool: AsyncEngine, store: Subscriptions, dossier: str
) -> None:
    await created(store, dossier)
    first = await leased(store, dossier)
    await lease_over(pool, dossier)
    second = await leased(store, dossier, by="w-2")
    assert not await progressed(store, first, [attempt(1)], 1, "1.00000000")
    assert not await store.failed(first, attempt(1, status=500), Paused("no", "failing"))
    await store.release([first])
    assert await lease(store, dossier, "desk", "w-3") is None, "the second's lease is not the first's to let go"
    assert await progressed(store, second, [attempt(1)], 1, "1.11111111")
    found = await store.one(dossier, "desk")
    assert (found.position, found.cursor, found.status) == (1, "1.11111111", "active")
    assert len(await store.deliveries(dossier, "desk", None, 10)) == 1


async def test_even_the_same_holder_cannot_write_with_a_lease_of_before(
    pool: AsyncEngine, store: Subscriptions, dossier: str
) -> None:
    await created(store, dossier)
    first = await leased(store, dossier)
    await lease_over(pool, dossier)
    await leased(store, dossier)
    assert not await progressed(store, first, [], 1, "1.00000000")


async def test_all_leases_of_a_process_are_renewed_at_once(
    pool: AsyncEngine, store: Subscriptions, dossier: str
) -> None:
    await appended(pool, dossier, 1)
    for id_ in ("a", "b", "lost", "moved"):
        await created(store, dossier, id_)
    held = [await leased(store, dossier, id_) for id_ in ("a", "b", "lost", "moved")]
    await lease_over(pool, dossier)
    await leased(store, dossier, "lost", by="w-2")
    await store.replay(dossier, "moved", 0, None, by="p-1")
    assert await store.renew(held, 60) == {(dossier, "a"), (dossier, "b")}
    # The one that was moved is still being sent: nobody else begins before it is let go.
    assert await due_of(store, dossier) == []
    assert await store.renew([], 60) == set()


async def test_progress_writes_the_messages_and_where_it_stands(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    held = await leased(store, dossier)
    assert await progressed(store, held, [attempt(1), attempt(3)], 4, "4.00000000")
    assert await progressed(store, held, [], 9, "9.00000000"), "what was not asked for is passed over"
    found = await store.one(dossier, "desk")
    assert (found.position, found.cursor) == (9, "9.00000000")
    kept = await store.deliveries(dossier, "desk", None, 10)
    assert [each.attempt for each in kept] == [attempt(3), attempt(1)]
    assert [each.next_attempt_at for each in kept] == [None, None]


async def test_a_failure_tells_since_when_and_when_it_is_tried_again(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    later = datetime.now(UTC) - timedelta(seconds=1)
    for number in (1, 2):
        failed = attempt(1, status=None, number=number, at=AT + number * HOUR)
        assert await store.failed(await leased(store, dossier), failed, Again(later, "refused"))
    found = await store.one(dossier, "desk")
    assert (found.tries, found.failing_since, found.because) == (2, AT + HOUR, "refused")
    assert found.next_attempt_at == later
    assert [each.next_attempt_at for each in await store.deliveries(dossier, "desk", None, 10)] == [later, later]
    held = await leased(store, dossier)
    assert held.tries == 2
    assert await progressed(store, held, [attempt(1, number=3)], 1, "1.00000000")
    found = await store.one(dossier, "desk")
    assert (found.tries, found.failing_since, found.because, found.next_attempt_at) == (0, None, None, None)


Change = Callable[[Subscriptions, str], Awaitable[object]]
CHANGES: Mapping[str, Change] = {
    "replay": lambda store, dossier: store.replay(dossier, "desk", 2, "2.00000000", by="p-1"),
    "url": lambda store, dossier: store.change(dossier, "desk", by="p-1", url="https://example.org/new"),
    "pause": lambda store, dossier: store.pause(dossier, "desk", "by hand"),
    "resume": lambda store, dossier: store.resume(dossier, "desk", by="p-1"),
    "secret": lambda store, dossier: store.rotate(dossier, "desk", HOUR),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_what_was_done_from_outside_wins_over_whoever_delivers(
    store: Subscriptions, dossier: str, change: Change
) -> None:
    await created(store, dossier, position=9)
    held = await leased(store, dossier)
    await change(store, dossier)
    before = await store.one(dossier, "desk")
    assert not await progressed(store, held, [attempt(10)], 10, "10.00000000")
    assert not await store.failed(held, attempt(10, status=410), Ended("gone"))
    assert await store.one(dossier, "desk") == before
    assert await store.deliveries(dossier, "desk", None, 10) == []


async def test_after_a_replay_nobody_begins_before_the_message_under_way_is_through(
    store: Subscriptions, dossier: str
) -> None:
    await created(store, dossier, position=9)
    held = await leased(store, dossier)
    await store.replay(dossier, "desk", 2, "2.00000000", by="p-1")
    assert await lease(store, dossier, "desk", "w-2") is None
    await store.release([held])
    assert (await leased(store, dossier, by="w-2")).position == 2


async def test_another_name_does_not_disturb_whoever_delivers(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    held = await leased(store, dossier)
    await store.change(dossier, "desk", by="p-1", name="the night desk")
    assert await progressed(store, held, [], 1, "1.00000000")


async def test_replays_and_progress_at_once_never_lose_the_replay(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier, position=9)
    for _ in range(20):
        held = await leased(store, dossier)
        written, _ = await asyncio.gather(
            progressed(store, held, [attempt(10)], 10, "10.00000000"),
            store.replay(dossier, "desk", 2, "2.00000000", by="p-1"),
        )
        found = await store.one(dossier, "desk")
        assert (found.position, found.cursor) == (2, "2.00000000"), written
        await store.release([held])


async def some(store: Subscriptions, dossier: str, attempts: Sequence[Attempt]) -> None:
    held = await leased(store, dossier)
    assert await progressed(store, held, attempts, attempts[-1].position, "1.00000000")
    await store.release([held])


async def test_deliveries_are_paged_from_the_newest(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    await some(store, dossier, [attempt(number) for number in range(1, 6)])
    first = await store.deliveries(dossier, "desk", None, 3)
    rest = await store.deliveries(dossier, "desk", first[-1].entry, 3)
    assert [each.attempt.position for each in [*first, *rest]] == [5, 4, 3, 2, 1]


async def test_attempts_beyond_the_last_thousand_or_older_than_a_month_are_forgotten(
    store: Subscriptions, dossier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_ATTEMPTS", 3)
    now = datetime.now(UTC)
    for id_, ages in (("desk", [1, 1, 1, 1, 1]), ("other", [40, 31, 29])):
        await created(store, dossier, id_)
        held = await leased(store, dossier, id_)
        made = [attempt(n, at=now - timedelta(days=age)) for n, age in enumerate(ages, start=1)]
        assert await progressed(store, held, made, 9, "9.00000000")
    assert await store.prune() >= 4
    kept = {
        id_: [each.attempt.position for each in await store.deliveries(dossier, id_, None, 10)]
        for id_ in ("desk", "other")
    }
    assert kept == {"desk": [5, 4, 3], "other": [3]}


async def test_a_thousand_are_kept(store: Subscriptions, dossier: str) -> None:
    await created(store, dossier)
    await some(store, dossier, [attempt(number, at=datetime.now(UTC)) for number in range(1, 1_011)])
    await store.prune()
    kept = await store.deliveries(dossier, "desk", None, 2_000)
    assert [each.attempt.position for each in kept] == list(range(1_010, 10, -1))
