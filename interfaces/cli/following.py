"""`kroniek follow`: the log of a dossier as it grows, or an answer as it changes."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import typer

from domain import when
from domain.errors import DomainError
from interfaces.cli.answer_changed import AnswerTelling
from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.event_words import EventTelling
from interfaces.cli.output import Failed, out, say, tell
from interfaces.cli.reading import Dossier, dossier_of, names_of
from interfaces.cli.watching import (
    Actors,
    Assessment,
    At,
    Certainty,
    Claimants,
    Families,
    Kinds,
    Measures,
    Places,
    Question,
    ReportedBy,
    Reports,
    Rule,
    Source,
    Topic,
    Types,
    watch_of,
)
from interfaces.client import AnswerChanged, Event, Kroniek, LogReset, Problem, Stream
from interfaces.client import Dossier as Followed
from interfaces.messages.words import counted

E = TypeVar("E", Event, AnswerChanged)
_PLACE = re.compile(r"[0-9]{1,18}(\.[0-9a-f]{8})?")


def follow(
    dossier: Dossier = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            "--after",
            help="A moment or date, or a position or cursor to go on after; from now on if left out, 0 for all.",
        ),
    ] = None,
    type_: Types = None,
    kind: Kinds = None,
    measure: Measures = None,
    place: Places = None,
    actor: Actors = None,
    claimant: Claimants = None,
    report: Reports = None,
    family: Families = None,
    question: Question = None,
    topic: Topic = None,
    rule: Rule = None,
    assessment: Assessment = None,
    source: Source = None,
    at: At = None,
    reported_by: ReportedBy = None,
    certainty: Certainty = None,
    as_json: Annotated[bool, typer.Option("--json", help="Each as a CloudEvent, one a line.")] = False,
) -> None:
    """Follow the log live: every change as it is recorded, in order, none missing. Ctrl-C ends it.

    The options that say which events may each be given several times: any of them will do. Of several options all must
    hold. With --question an answer is followed: each time that it changes, what it was and what it is.

    Examples:

        kroniek follow

        kroniek follow --since 2026-11-16 --place hajin --family record --family source

        kroniek follow --since 0 --type claim.corrected --type claim.retracted

        kroniek follow --question control --place hajin
    """
    client = Client()
    name = dossier_of(client, dossier)
    which = {
        "type": type_, "kind": kind, "measure": measure, "place": place, "actor": actor, "claimant": claimant,
        "report": report, "family": family,
    }  # fmt: skip
    about = {
        "topic": topic, "rule": rule, "assessment": assessment, "source": source, "at": at,
        "reported_by": reported_by, "certainty": certainty,
    }  # fmt: skip
    asked: Any = watch_of(question, which, about)
    told: dict[str, Any] = {"on_broken": _tell_broken, "on_resumed": _tell_resumed}
    head = int(client.get(path_of("dossiers", name))["head"])
    with Kroniek(client.url, client.token) as kroniek:
        followed = kroniek.dossier(name)
        after = _after(followed, since, head)
        if question is None:
            shown = None if as_json else EventTelling(client, name).tell
            _follow(lambda place: followed.follow(after=place, **asked, **told), after, shown)
        else:
            changed = None if as_json else AnswerTelling(names_of(client, name)).tell
            _follow(lambda place: followed.follow_answer(after=place, **asked, **told), after, changed)


def _follow(begun: Callable[[int | str], Stream[E]], after: int | str, shown: Callable[[E], None] | None) -> None:
    """Until Ctrl-C; where the log turns out to be another one, anew from its start. As JSON where not `shown`."""
    while True:
        try:
            with begun(after) as stream:
                for event in stream:
                    shown(event) if shown else say(event.model_dump_json(exclude_unset=True))
                    out().file.flush()
        except KeyboardInterrupt:
            return
        except LogReset:
            tell(("The log is not the one that was followed; it is told anew from the start.", "yellow"))
            after = 0
        except Problem as problem:
            raise Refused(problem.status or 0, problem.body) from None


def _tell_broken(problem: Problem) -> None:
    tell(("the connection broke; trying again ...", "dim"))


def _tell_resumed() -> None:
    tell(("connected again", "dim"))


def _after(followed: Followed, since: str | None, head: int) -> int | str:
    """The place after which to begin: a date means the whole of it, so what was recorded before is passed over."""
    if since is None:
        return head
    if _PLACE.fullmatch(since):
        return since
    try:
        begins = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=when.bounds(since, "UTC").earliest - 1)
        if begins >= datetime.now(UTC):
            raise Failed(f"--since {since} is still to come.", 2)
        after = followed.position_at(begins)
    except DomainError as refusal:
        raise Failed(f"--since: {refusal.message}", 2) from None
    except OverflowError:
        after = 0
    except Problem as problem:
        raise Refused(problem.status or 0, problem.body) from None
    tell((f"since {since}: {counted(head - after, 'event')}, after position {after:,}", "dim"))
    return after
