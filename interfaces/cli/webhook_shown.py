"""Webhook subscriptions and attempts to deliver, as tables and in words."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from interfaces.cli.account import moment
from interfaces.cli.output import broken, out
from interfaces.cli.reading import ROOM_FOR_ALL_COLUMNS
from interfaces.cli.table import Table
from interfaces.cli.watching import watched_in_words
from interfaces.messages.words import Names, clean, counted

LONGEST_RESPONSE = 200

Row = Mapping[str, Any]


def webhooks_table(found: list[Row], names: Names) -> Table:
    """A row for each: of six columns where there is room, else of three, the middle one of several lines."""
    wide = out().width >= ROOM_FOR_ALL_COLUMNS
    if wide:
        table = Table("id", "told of", "url", "status", "position", "because")
    else:
        table = Table("id", "told of, and where", "status")
    for one in found:
        id_, what = Text(one["id"], style="cyan"), watched_in_words(one["watch"], names)
        url, status, why = clean(one["url"]), Text(status_of(one), style=_style(one)), "; ".join(reasons(one))
        if wide:
            table.add_row(id_, what, url, status, place_of(one), why)
        else:
            told = Text.assemble(what, (f"\n{url}", "dim"), (f"\n{why}", "yellow") if why else "")
            table.add_row(id_, told, Text.assemble(status, f"\n{place_of(one)}"))
    return table


def status_of(one: Row) -> str:
    return "failing" if one["status"] == "active" and one["failing_since"] else str(one["status"])


def _style(one: Row) -> str:
    return "" if status_of(one) == "active" else "yellow"


def place_of(one: Row) -> str:
    return f"at {one['position']:,}" + (f", {one['behind']:,} behind" if one["behind"] else "")


def reasons(one: Row) -> Iterator[str]:
    """Why it is not delivering, and when it does so again."""
    if one["because"]:
        yield clean(one["because"])
    if one["status"] == "active" and one["failing_since"]:
        yield f"since {moment(one['failing_since'])}, {counted(one['tries'], 'attempt')}"
    if one["next_attempt_at"]:
        yield f"next attempt {moment(one['next_attempt_at'])}"


def account(one: Row, names: Names, holders: Mapping[str, str]) -> Iterator[str]:
    yield one["id"] + (f"  “{clean(one['name'])}”" if one["name"] else "")
    yield f"    told of  {watched_in_words(one['watch'], names)}"
    yield f"    at       {clean(one['url'])}"
    yield f"    status   {status_of(one)}, {place_of(one)}"
    for why in reasons(one):
        vouched = one["vouched_by"]
        named = why.replace(vouched, f"{clean(holders[vouched])} ({vouched})") if vouched in holders else why
        yield from (f"             {line}" for line in broken(Text(named), max(40, out().width - 13)))
    yield f"    made     {moment(one['created_at'])}, by {clean(holders.get(one['created_by'], one['created_by']))}"
    if one["vouched_by"] != one["created_by"]:
        yield f"    vouched  by {clean(holders.get(one['vouched_by'], one['vouched_by']))}"


def attempts_table(found: list[Row]) -> Table:
    wide = out().width >= ROOM_FOR_ALL_COLUMNS
    table = Table(
        "time (UTC)", "position", *(["type", "message"] if wide else []), "try", "status", "ms", "what came of it"
    )
    for one in found:
        status = Text("-" if one["status"] is None else str(one["status"]), style="" if _delivered(one) else "yellow")
        more = [one["type"], one["id"]] if wide else []
        table.add_row(
            _time(one["time"]), f"{one['position']:,}", *more, str(one["attempt"]), status, f"{one['duration_ms']:,}",
            "; ".join(_outcome(one)),
        )  # fmt: skip
    return table


def _delivered(one: Row) -> bool:
    return one["status"] is not None and 200 <= one["status"] < 300


def _outcome(one: Row) -> Iterator[str]:
    if one["error"]:
        yield clean(one["error"])
    if one["response"]:
        yield clean(one["response"])[:LONGEST_RESPONSE]
    if one["next_attempt_at"]:
        yield f"next attempt {_time(one['next_attempt_at'])}"


def _time(told: str) -> str:
    return f"{datetime.fromisoformat(told).astimezone(UTC):%Y-%m-%d %H:%M:%S}"
