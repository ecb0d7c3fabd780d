"""Webhook subscriptions: where each stands, who delivers it, and every attempt that was made."""

import base64
import os
import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from application.delivery import SLOW_MS, Again, Attempt, Ended, Paused, PausedFor, SubscriptionEnded
from application.execute import AlreadyExists
from application.following.sending import Due, Progress
from application.following.subscription import Delivery, Secret, Subscription, no_such_subscription
from infrastructure.rows.checkpoints import Connection, driver_connection, one, transaction
from infrastructure.webhooks.subscription_rows import (
    ROW,
    as_text,
    read_delivery,
    read_subscription,
)

KEPT_ATTEMPTS = 1_000
KEPT_FOR = timedelta(days=30)
# That a message carries no end of signatures when somebody rotates in a loop: the oldest go.
MOST_SECRETS = 5
_SECRET_BYTES = 32
# Any number that nobody else takes: one process forgets at a time.
_PRUNE_LOCK = 0x6B72707275

# Who revokes a token says nothing to whoever delivers: each look asks.
_HOLDS = """exists (
        select from tokens t where t.principal = coalesce(s.vouched_by, s.created_by) and t.revoked_at is null
    )"""
_CREATE = f"""
    insert into subscriptions (dossier_id, id, name, url, watch, needs_rows, position, cursor, secrets, created_by,
        status, tries, version)
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'active', 0, 1)
    on conflict do nothing returning {ROW}
"""  # noqa: S608
# Whose receiver took the last message, and soon.
_PROMPT = f"s.tries = 0 and coalesce(s.answered_in_ms <= {SLOW_MS}, false)"
_HOST = r"lower(substring(s.url from '^[a-zA-Z]+://(\[[^]]*\]|[^/:?#]+)'))"
# A log that ends before the cursor is another one: whoever looks says so. Dossiers have their turns, in each the hosts,
# and of each host who was not tried yet, then who waited longest.
_DUE = f"""
    with due as (
        select s.dossier_id, s.id, s.tries > 0 as failed, s.leased_until, {_HOST} as host, {_PROMPT} as prompt
        from subscriptions s left join heads h using (dossier_id) left join checkpoints c using (dossier_id)
        where s.status = 'active' and coalesce(s.leased_until <= now(), true)
            and coalesce(s.next_attempt_at <= now(), true)
            and (coalesce(h.position, 0) < s.position
                or s.position < case when s.needs_rows then coalesce(c.position, 0) else coalesce(h.position, 0) end)
            and (%s::text[] is null or s.dossier_id = any(%s::text[])) and {_HOLDS}
    ), of_host as (
        select *, row_number() over (
            partition by dossier_id, prompt, host order by failed, leased_until nulls first, id
        ) as nth from due
    ), of_dossier as (
        select *, row_number() over (
            partition by dossier_id, prompt order by nth, leased_until nulls first, id
        ) as turn from of_host
    )
    select dossier_id, id, coalesce(host, ''), prompt from of_dossier order by turn, leased_until nulls first limit %s
"""  # noqa: S608
# What somebody just writes to is found by the next look. The order of locks is the same wherever many are taken, so
# that nobody waits for whom he holds up.
_LEASE = f"""
    with free as materialized (
        select s.dossier_id, s.id
        from unnest(%s::text[], %s::text[]) asked (dossier_id, id) join subscriptions s using (dossier_id, id)
        where s.status = 'active' and coalesce(s.leased_until <= now(), true)
            and coalesce(s.next_attempt_at <= now(), true) and {_HOLDS}
        order by s.dossier_id, s.id for update of s skip locked
    )
    update subscriptions
    set lease = %s, leased_by = %s, leased_until = now() + make_interval(secs => %s)
    where (dossier_id, id) in (select dossier_id, id from free)
    returning {ROW}
"""  # noqa: S608
_HELD = "unnest(%s::text[], %s::text[], %s::text[], %s::int[]) held (dossier_id, id, lease, version)"
_OURS = """ours as materialized (
        select s.dossier_id, s.id from held join subscriptions s using (dossier_id, id)
        where s.lease = held.lease order by s.dossier_id, s.id for update of s
    )"""
_RENEW = f"""
    with held as materialized (select * from {_HELD}), {_OURS}
    update subscriptions s
    set leased_until = now() + make_interval(secs => %s)
    from held join ours using (dossier_id, id)
    where s.dossier_id = held.dossier_id and s.id = held.id and s.lease = held.lease
    returning s.dossier_id, s.id, s.version = held.version and s.status = 'active'
"""  # noqa: S608
_RELEASE = f"""
    with held as materialized (select * from {_HELD}), {_OURS}
    update subscriptions s set lease = null, leased_by = null, leased_until = now()
    from held join ours using (dossier_id, id)
    where s.dossier_id = held.dossier_id and s.id = held.id and s.lease = held.lease
"""  # noqa: S608
# Attempts are kept only where the subscription moved: a lease that was lost writes nothing.
_KEEP = """
    insert into deliveries (dossier_id, subscription_id, message_id, position, type, number, attempted_at, duration_ms,
        status, error, response, next_attempt_at)
    select moved.dossier_id, moved.id, attempt.*, moved.next_attempt_at
    from moved, unnest(%s::text[], %s::bigint[], %s::text[], %s::int[], %s::timestamptz[], %s::int[], %s::int[],
        %s::text[], %s::text[]) attempt
"""
_PROGRESS = f"""
    with held as materialized (
        select * from unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::bigint[], %s::text[], %s::int[],
            %s::boolean[]) held (dossier_id, id, lease, version, position, cursor, answered_in_ms, release)
    ), {_OURS}, moved as (
        update subscriptions s
        set position = held.position, cursor = held.cursor, tries = 0, failing_since = null, next_attempt_at = null,
            because = null, answered_in_ms = coalesce(held.answered_in_ms, s.answered_in_ms),
            lease = case when held.release then null else s.lease end,
            leased_by = case when held.release then null else s.leased_by end,
            leased_until = case when held.release then now() else s.leased_until end
        from held join ours using (dossier_id, id)
        where s.dossier_id = held.dossier_id and s.id = held.id and s.lease = held.lease
            and s.version = held.version and s.status = 'active'
        returning s.dossier_id, s.id
    ), kept as (
        insert into deliveries (dossier_id, subscription_id, message_id, position, type, number, attempted_at,
            duration_ms, status, error, response)
        select moved.dossier_id, moved.id, a.message_id, a.position, a.type, a.number, a.attempted_at, a.duration_ms,
            a.status, a.error, a.response
        from moved join unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::int[],
            %s::timestamptz[], %s::int[], %s::int[], %s::text[], %s::text[]) with ordinality
            a (dossier_id, id, message_id, position, type, number, attempted_at, duration_ms, status, error, response,
                nth) using (dossier_id, id)
        order by a.nth
    )
    select dossier_id, id from moved
"""  # noqa: S608
_FAILED = f"""
    with moved as (
        update subscriptions
        set status = %s, because = %s, paused_for = %s, tries = %s, failing_since = coalesce(failing_since, %s),
            next_attempt_at = %s, lease = null, leased_by = null, leased_until = now()
        where dossier_id = %s and id = %s and lease = %s and version = %s and status = 'active'
        returning dossier_id, id, next_attempt_at
    ), kept as ({_KEEP})
    select count(*) from moved
"""  # noqa: S608
# First the last surplus attempt of each, once, and then what is before it: asked together, each attempt would look for
# the last again.
_DELETE_SURPLUS = """
    with surplus as materialized (
        select s.dossier_id, s.id, last.entry
        from subscriptions s, lateral (
            select entry from deliveries where dossier_id = s.dossier_id and subscription_id = s.id
            order by entry desc offset %s limit 1
        ) last
    )
    delete from deliveries d using surplus
    where d.dossier_id = surplus.dossier_id and d.subscription_id = surplus.id and d.entry <= surplus.entry
"""
# The whole of a schedule is before it again.
_AFRESH = (
    "status = 'active', tries = 0, failing_since = null, next_attempt_at = null, because = null, paused_for = null, "
    "vouched_by = %s, version = version + 1"
)
# One that somebody is just writing to is found by the next look: several workers look, and none waits for another.
_PAUSE_REVOKED = f"""
    with found as materialized (
        select s.dossier_id, s.id from subscriptions s where s.status = 'active' and not {_HOLDS}
        for update of s skip locked
    )
    update subscriptions s
    set status = 'paused', paused_for = 'revoked', next_attempt_at = null, version = version + 1,
        because = format(%s, coalesce(s.vouched_by, s.created_by))
    from found where s.dossier_id = found.dossier_id and s.id = found.id
    returning s.dossier_id, s.id
"""  # noqa: S608
_PAUSE_UNREAD = """
    with found as materialized (
        select s.dossier_id, s.id
        from unnest(%s::text[], %s::text[]) unread (dossier_id, by)
        join subscriptions s on s.dossier_id = unread.dossier_id and coalesce(s.vouched_by, s.created_by) = unread.by
        where s.status = 'active' for update of s skip locked
    )
    update subscriptions s
    set status = 'paused', paused_for = 'revoked', next_attempt_at = null, version = version + 1,
        because = format(%s, coalesce(s.vouched_by, s.created_by))
    from found where s.dossier_id = found.dossier_id and s.id = found.id
    returning s.dossier_id, s.id
"""
_UNREAD = (
    "%s, who vouched for it, may not read this dossier any more. Whoever may, and resumes it, vouches for it from then "
    "on; nothing is passed over"
)
_REVOKED = (
    "the token of %s, who vouched for it, was revoked. Whoever resumes it with a token that holds vouches for it from "
    "then on; nothing is passed over"
)


class Subscriptions:
    """The subscriptions of every dossier in one database.

    Whoever delivers one holds its lease. What is done from outside meanwhile (replay, another URL, a pause) wins:
    `progress` and `failed` then write nothing and say so, and whoever leases it next goes on from there. Until then
    the lease lasts, so that two messages are never under way at once.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def create(
        self,
        dossier_id: str,
        id_: str | None,
        *,
        url: str,
        watch: str,
        needs_rows: bool,
        name: str | None,
        position: int,
        cursor: str | None,
        created_by: str,
    ) -> Subscription:
        """A new one, with its secret in `secrets`. Without an id it gets one.

        Raises:
            AlreadyExists: the id is taken.
        """
        id_ = id_ or f"sub-{secrets.token_hex(6)}"
        async with driver_connection(self._engine) as connection:
            row = await one(
                connection,
                _CREATE,
                *(dossier_id, id_, name, url, watch, needs_rows, position, cursor),
                *(as_text([Secret(_new_secret())]), created_by),
            )
        if row is None:
            said = f"there is a subscription {id_!r} already: use another id, or change that one"
            raise AlreadyExists(said, field="id")
        return read_subscription(row)

    async def one(self, dossier_id: str, id_: str) -> Subscription:
        """Raises NoSuchItem, as everything below that names a subscription."""
        query = f"select {ROW} from subscriptions where dossier_id = %s and id = %s"  # noqa: S608
        async with driver_connection(self._engine) as connection:
            return _found(await one(connection, query, dossier_id, id_), dossier_id, id_)

    async def all(self, dossier_id: str, after: str | None, limit: int, owner: str | None = None) -> list[Subscription]:
        """Those with ids after `after`, in the order of their ids; of all, or of those that `owner` looks after."""
        query = (
            f"select {ROW} from subscriptions where dossier_id = %s and id > %s "  # noqa: S608
            "and (%s::text is null or %s in (created_by, coalesce(vouched_by, created_by))) order by id limit %s"
        )
        rows = await self._fetch(query, dossier_id, after or "", owner, owner, limit)
        return [read_subscription(row) for row in rows]

    async def vouched_for(self) -> list[tuple[str, str]]:
        """Of those that are active, each dossier with each who vouches for one of it."""
        query = (
            "select distinct dossier_id, coalesce(vouched_by, created_by) from subscriptions where status = 'active'"
        )
        return [(dossier_id, who) for dossier_id, who in await self._fetch(query)]

    async def pause_unread(self, vouchers: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Pause those of dossiers that those who vouch for them may not read: (dossier, by whom). The keys of those
        paused now.
        """
        dossiers, by = [dossier for dossier, _ in vouchers], [who for _, who in vouchers]
        return {(dossier_id, id_) for dossier_id, id_ in await self._fetch(_PAUSE_UNREAD, dossiers, by, _UNREAD)}

    async def delete(self, dossier_id: str, id_: str) -> None:
        """With all that is kept of its deliveries."""
        async with transaction(self._engine) as connection:
            # First the subscription: after that nobody adds an attempt.
            gone = await one(
                connection,
                f"delete from subscriptions where dossier_id = %s and id = %s returning {ROW}",  # noqa: S608
                *(dossier_id, id_),
            )
            _found(gone, dossier_id, id_)
            await connection.execute(
                "delete from deliveries where dossier_id = %s and subscription_id = %s", [dossier_id, id_]
            )

    async def change(
        self, dossier_id: str, id_: str, *, by: str, url: str | None = None, name: str | None = None
    ) -> Subscription:
        """Another URL, another name. Another URL is tried at once, whatever became of the old one, and `by` vouches."""
        async with transaction(self._engine) as connection:
            found = await _locked(connection, dossier_id, id_)
            if url is not None and url != found.url:
                # Why it is paused or has ended stays true.
                found = await _set(
                    connection,
                    found,
                    "url = %s, vouched_by = %s, tries = 0, failing_since = null, next_attempt_at = null, "
                    "answered_in_ms = null, version = version + 1, "
                    "because = case status when 'active' then null else because end",
                    *(url, by),
                )
            if name is not None and name != found.name:
                # Messages do not hold it: whoever delivers may go on, so the version stays.
                found = await _set(connection, found, "name = %s", name)
            return found

    async def pause(self, dossier_id: str, id_: str, because: str | None) -> Subscription:
        """Raises SubscriptionEnded, as `resume`."""
        async with transaction(self._engine) as connection:
            found = _not_ended(await _locked(connection, dossier_id, id_))
            if found.status == "paused":
                return found
            changes = (
                "status = 'paused', paused_for = 'asked', next_attempt_at = null, because = %s, version = version + 1"
            )
            return await _set(connection, found, changes, because)

    async def resume(self, dossier_id: str, id_: str, *, by: str) -> Subscription:
        """Goes on where it stands, at once. `by` vouches for it from then on."""
        async with transaction(self._engine) as connection:
            found = _not_ended(await _locked(connection, dossier_id, id_))
            return await _set(connection, found, _AFRESH, by)

    async def replay(self, dossier_id: str, id_: str, position: int, cursor: str | None, *, by: str) -> Subscription:
        """Goes on after `position`, whatever its status was. `cursor` is the event's there, None at 0."""
        async with transaction(self._engine) as connection:
            found = await _locked(connection, dossier_id, id_)
            return await _set(connection, found, f"position = %s, cursor = %s, {_AFRESH}", position, cursor, by)

    async def pause_revoked(self) -> set[tuple[str, str]]:
        """Pause those of whoever vouches for them without a token that still holds. The keys of those paused now."""
        return {(dossier_id, id_) for dossier_id, id_ in await self._fetch(_PAUSE_REVOKED, _REVOKED)}

    async def rotate(self, dossier_id: str, id_: str, overlap: timedelta) -> str:
        """A new secret. The ones before sign too until `overlap` is over, or their own time before that."""
        now = datetime.now(UTC)
        new, end = Secret(_new_secret()), now + overlap
        async with transaction(self._engine) as connection:
            found = await _locked(connection, dossier_id, id_)
            before = [Secret(each.secret, min(each.until or end, end)) for each in found.secrets]
            still = [each for each in before if each.until and now < each.until]
            await _set(connection, found, "secrets = %s, version = version + 1", as_text([new, *still][:MOST_SECRETS]))
        return new.secret

    async def deliveries(self, dossier_id: str, id_: str, before: int | None, limit: int) -> list[Delivery]:
        """The attempts that are kept, newest first: those of entries before `before`."""
        await self.one(dossier_id, id_)
        rows = await self._fetch(
            "select entry, next_attempt_at, message_id, position, type, number, attempted_at, duration_ms, "
            "status, error, response from deliveries where dossier_id = %s and subscription_id = %s "
            "and entry < %s order by entry desc limit %s",
            *(dossier_id, id_, 2**63 - 1 if before is None else before, limit),
        )
        return [read_delivery(row) for row in rows]

    async def due(self, limit: int, dossiers: Collection[str] | None = None) -> list[Due]:
        """Those with something to look at and nobody at it; of some dossiers, or of all.

        Dossiers have their turns, in each its hosts, and of each host who was not tried yet or waited longest.
        """
        asked = None if dossiers is None else sorted(dossiers)
        return [Due(*row) for row in await self._fetch(_DUE, asked, asked, limit)]

    async def lease(self, keys: Collection[tuple[str, str]], holder: str, seconds: float) -> list[Subscription]:
        """They are the holder's alone for so long. Left out: taken by another, paused, ended, waiting or gone."""
        if not keys:
            return []
        asked = list(map(list, zip(*keys, strict=True)))
        rows = await self._fetch(_LEASE, *asked, secrets.token_hex(8), holder, seconds)
        return [read_subscription(row) for row in rows]

    async def renew(self, leased: Collection[Subscription], seconds: float) -> set[tuple[str, str]]:
        """All in one statement. Answers the keys of those that are still ours and were not changed from outside."""
        if not leased:
            return set()
        rows = await self._fetch(_RENEW, *_held(leased), seconds)
        return {(dossier_id, id_) for dossier_id, id_, unchanged in rows if unchanged}

    async def release(self, leased: Collection[Subscription]) -> None:
        """For whoever comes next. Of leases that were lost: nothing."""
        if leased:
            async with driver_connection(self._engine) as connection:
                await connection.execute(_RELEASE, _held(leased))

    async def progress(self, many: Sequence[Progress]) -> set[tuple[str, str]]:
        """What was delivered of each, and where it stands now, in one statement. The keys of those that were kept.

        Left out: the lease was lost, or something was done from outside, and nothing is written.
        """
        told = [
            (*each.place, each.delivered[-1].duration_ms if each.delivered else None, each.release) for each in many
        ]
        attempts = [(*each.leased.key, *attempt[:9]) for each in many for attempt in each.delivered]
        rows = await self._fetch(
            _PROGRESS, *_held([each.leased for each in many]), *_columns(told, 4), *_columns(attempts, 11)
        )
        return {(dossier_id, id_) for dossier_id, id_ in rows}

    async def failed(self, leased: Subscription, attempt: Attempt | None, then: Again | Ended | Paused) -> bool:
        """An attempt that failed, and what follows; the lease is let go. False as for `progress`.

        Without an attempt: it cannot go on for another reason, which `then` tells.
        """
        next_attempt_at: datetime | None = None
        paused_for: PausedFor | None = None
        match then:
            case Again():
                status, next_attempt_at = "active", then.at
            case Paused():
                status, paused_for = "paused", then.reason
            case Ended():
                status = "ended"
        tries, since = (attempt.number, attempt.attempted_at) if attempt else (leased.tries, None)
        attempts = [attempt[:9]] if attempt else []
        async with driver_connection(self._engine) as connection:
            moved = await one(
                connection, _FAILED, status, then.because, paused_for, tries, since, next_attempt_at,
                *leased.key, leased.lease, leased.version, *_columns(attempts, 9),
            )  # fmt: skip
        return bool(moved[0])

    async def prune(self) -> int:
        """Forget attempts: all but the last 1,000 of each subscription, and those older than 30 days. How many."""
        async with transaction(self._engine) as connection:
            (mine,) = await one(connection, "select pg_try_advisory_xact_lock(%s)", _PRUNE_LOCK)
            if not mine:
                return 0
            surplus = await connection.execute(_DELETE_SURPLUS, [KEPT_ATTEMPTS])
            old = await connection.execute("delete from deliveries where attempted_at < now() - %s", [KEPT_FOR])
            return surplus.rowcount + old.rowcount

    async def _fetch(self, query: str, *parameters: Any) -> list[Any]:
        async with driver_connection(self._engine) as connection:
            return await (await connection.execute(query, parameters)).fetchall()


def _found(row: Any, dossier_id: str, id_: str) -> Subscription:
    if row is None:
        raise no_such_subscription(dossier_id, id_)
    return read_subscription(row)


def _not_ended(found: Subscription) -> Subscription:
    if found.status == "ended":
        raise SubscriptionEnded(f"subscription {found.id!r} has ended: {found.because}. Replay it from a position")
    return found


async def _locked(connection: Connection, dossier_id: str, id_: str) -> Subscription:
    query = f"select {ROW} from subscriptions where dossier_id = %s and id = %s for update"  # noqa: S608
    return _found(await one(connection, query, dossier_id, id_), dossier_id, id_)


async def _set(connection: Connection, found: Subscription, changes: str, *parameters: Any) -> Subscription:
    query = f"update subscriptions set {changes} where dossier_id = %s and id = %s returning {ROW}"  # noqa: S608
    return read_subscription(await one(connection, query, *parameters, *found.key))


def _held(leased: Collection[Subscription]) -> list[list[Any]]:
    """As `_HELD` takes them."""
    return _columns([(*each.key, each.lease, each.version) for each in leased], 4)


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows of so many fields, column by column."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(_SECRET_BYTES)).decode()
