"""`kroniek follow`: the log of a dossier as it grows, or an answer as it changes."""

from typing import Annotated

import typer

from interfaces.cli.client import Client
from interfaces.cli.reading import Dossier, dossier_of
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
    Undated,
    watch_of,
)


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
    undated: Undated = False,
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
        "reported_by": reported_by, "certainty": certainty, "undated": undated or None,
    }  # fmt: skip
    asked = watch_of(question, which, about)
    from interfaces.cli import followed

    followed.follow(client, name, since, asked, answer=question is not None, as_json=as_json)
