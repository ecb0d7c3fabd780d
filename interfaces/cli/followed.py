"""A dossier's log as it grows, or an answer as it changes, told on a terminal until Ctrl-C."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from domain import when
from domain.errors import DomainError
from interfaces.cli.answer_changed import AnswerTelling
from interfaces.cli.client import Client, path_of
from interfaces.cli.event_words import EventTelling
from interfaces.cli.output import Failed, out, say, tell
from interfaces.cli.reading import names_in_language
from interfaces.cli.stopping import Stopped
from interfaces.client import AnswerChanged, Event, Kroniek, LogReset, Problem, Stream
from interfaces.client import Dossier as Followed
from interfaces.messages.words import counted

E = TypeVar("E", Event, AnswerChanged)
_PLACE = re.compile(r"([0-9]{1,18})(\.[0-9a-f]{8})?")
_YEAR = re.compile(r"(19|20)[0-9]{2}")


def follow(
    client: Client, name: str, since: str | None, asked: Mapping[str, Any], *, answer: bool, as_json: bool
) -> None:
    """Events of a dossier, or the changes of an answer, until Ctrl-C. `asked` is what `watch_of` made."""
    told: dict[str, Any] = {**asked, "on_broken": _tell_broken, "on_resumed": _tell_resumed}
    head_at = int(client.get(path_of("dossiers", name))["head"])
    with Kroniek(client.url, client.token) as kroniek:
        followed = kroniek.dossier(name)
        after = _after(client, followed, since and client.written(name, since), head_at, client.zone(name).key)
        if answer:
            changed = None if as_json else AnswerTelling(names_in_language(client, name), client.zone(name)).tell
            _follow(client, lambda place: followed.follow_answer(after=place, **told), after, changed)
        else:
            shown = None if as_json else EventTelling(client, name).tell
            _follow(client, lambda place: followed.follow(after=place, **told), after, shown)


def _follow(
    client: Client,
    begun: Callable[[int | str], Stream[E]],
    after: int | str,
    shown: Callable[[E], None] | None,
) -> None:
    """Until Ctrl-C; where the log turns out to be another one, anew from its start. As JSON where not `shown`."""
    while True:
        try:
            with begun(after) as stream:
                for event in stream:
                    shown(event) if shown else say(event.model_dump_json(exclude_unset=True))
                    out().file.flush()
                    after = event.cursor
        except Stopped:
            # That is how it ends.
            raise Failed(f"Stopped. With --since {after} it goes on from there.", 0) from None
        except LogReset:
            tell(("The log is not the one that was followed; it is told anew from the start.", "yellow"))
            after = 0
        except Problem as problem:
            raise client.failure(problem) from None


def _tell_broken(problem: Problem) -> None:
    tell(("the connection broke; trying again ...", "dim"))


def _tell_resumed() -> None:
    tell(("connected again", "dim"))


def _after(client: Client, followed: Followed, since: str | None, head: int, time_zone: str) -> int | str:
    """The place after which to begin: a date means the whole of it, so what was recorded before is passed over."""
    if since is None:
        return head
    place = _PLACE.fullmatch(since)
    # A log that is shorter knows no such position: it is the year.
    year = _YEAR.fullmatch(since) is not None and int(since) > head
    if place is not None and not year:
        if place[2] is None and int(since) > head:
            raise Failed(f"--since {since} is still to come: the dossier has {counted(head, 'event')}.", 2)
        return since
    try:
        begins = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=when.bounds(since, time_zone).earliest - 1)
        if begins >= datetime.now(UTC):
            raise Failed(f"--since {since} is still to come.", 2)
        after = followed.position_at(begins)
    except DomainError as refusal:
        raise Failed(f"--since: {refusal.message}", 2) from None
    except OverflowError:
        after = 0
    except Problem as problem:
        raise client.failure(problem) from None
    tell((f"since {since}: {counted(head - after, 'event')}, after position {after:,}", "dim"))
    return after
