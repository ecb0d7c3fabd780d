"""`kroniek webhook`: who is told of what, how far each is, and what became of every attempt."""

from typing import Annotated

import typer

from interfaces.cli.client import Client, path_of
from interfaces.cli.languages import Commands
from interfaces.cli.output import Failed, paragraph, print_json, say, tell
from interfaces.cli.reading import AsJson, Dossier, dossier_of, name_of_signer, names_of
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
    watched_in_words,
)
from interfaces.cli.webhook_shown import Row, account, attempts_table, place_of, reasons, status_of, webhooks_table
from interfaces.messages.words import clean, counted

SHOWN_ATTEMPTS = 20

Id = Annotated[str, typer.Argument(metavar="ID", help="As `kroniek webhook list` shows it.")]
NewName = Annotated[str | None, typer.Option("--name", help="What people call it.")]

webhooks = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    help="Have changes sent to a URL, and see what became of them.\n\nExamples:\n\n"
    "    kroniek webhook create https://desk.example/hook --place hajin\n\n    kroniek webhook list",
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(webhooks, name="webhook", rich_help_panel="Subscribe")


@webhooks.command()
def create(
    url: Annotated[str, typer.Argument(help="Where messages go: an https address of the public internet.")],
    dossier: Dossier = None,
    from_: Annotated[
        str, typer.Option("--from", metavar="now|POSITION", help="After which position it begins; 0 for all there is.")
    ] = "now",
    id: Annotated[str | None, typer.Option("--id", help="What it is to be called by; made if left out.")] = None,
    name: NewName = None,
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
    as_json: AsJson = False,
) -> None:
    """Have events, or the changes of an answer, sent to a URL; prints the secret that they are signed with, once.

    The options that say which events may each be given several times: any of them will do. Of several options all must
    hold. Without any, every event is sent.

    Examples:

        kroniek webhook create https://desk.example/hook --place hajin --family record

        kroniek webhook create https://desk.example/hook --question control --place hajin --id hajin-control

        kroniek webhook create https://desk.example/hook --from 0
    """
    which = {
        "type": type_, "kind": kind, "measure": measure, "place": place, "actor": actor, "claimant": claimant,
        "report": report, "family": family,
    }  # fmt: skip
    about = {
        "topic": topic, "rule": rule, "assessment": assessment, "source": source, "at": at,
        "reported_by": reported_by, "certainty": certainty, "undated": undated or None,
    }  # fmt: skip
    body = {
        "url": url, "watch": watch_of(question, which, about), "from": "now" if from_ == "now" else _position(from_),
        "id": id, "name": name,
    }  # fmt: skip
    client = Client()
    dossier = dossier_of(client, dossier)
    made = client.post(_path(dossier), {field: value for field, value in body.items() if value is not None})
    if as_json:
        print_json(made)
        return
    say(made["secret"])
    what = watched_in_words(made["watch"], names_of(client, dossier))
    tell((f"{made['id']}: {what}, after position {made['position']:,}, to {clean(made['url'])}. "
          "The secret is shown this once; the receiver needs it to verify messages.", "dim"))  # fmt: skip


@webhooks.command(name="list")
def list_(dossier: Dossier = None, as_json: AsJson = False) -> None:
    """List who is told of what, how far each is, and which of them fail.

    Example:

        kroniek webhook list
    """
    client = Client()
    dossier = dossier_of(client, dossier)
    found = list(client.all(_path(dossier), limit=1000))
    if as_json:
        for each in found:
            print_json(each)
    elif found:
        webhooks_table(found, names_of(client, dossier)).print()
    else:
        say("Nobody is told of anything yet: `kroniek webhook create URL` makes one.")


@webhooks.command()
def show(id: Id, dossier: Dossier = None, as_json: AsJson = False) -> None:
    """Show one of them.

    Example:

        kroniek webhook show hajin-control
    """
    client = Client()
    dossier = dossier_of(client, dossier)
    found = client.get(_path(dossier, id))
    if as_json:
        print_json(found)
        return
    holders = {who: name_of_signer(client, who) for who in {found["created_by"], found["vouched_by"]}}
    for line in account(found, names_of(client, dossier), holders):
        paragraph(line, hang=13)


@webhooks.command()
def change(
    id: Id,
    url: Annotated[str | None, typer.Option("--url", help="Where messages go from now on.")] = None,
    name: NewName = None,
    dossier: Dossier = None,
) -> None:
    """Change where it goes, or its name. Another URL is tried at once.

    Example:

        kroniek webhook change hajin-control --url https://desk.example/new-hook
    """
    changes = {field: value for field, value in (("url", url), ("name", name)) if value is not None}
    if not changes:
        raise Failed("Say what is to be changed: --url, --name or both.", 2)
    client = Client()
    _say(client.patch(_path(dossier_of(client, dossier), id), changes))


@webhooks.command()
def pause(
    id: Id,
    because: Annotated[str | None, typer.Option("--because", help="Why, for whoever looks at it.")] = None,
    dossier: Dossier = None,
) -> None:
    """Send nothing more until it is resumed. Nothing is passed over meanwhile.

    Example:

        kroniek webhook pause hajin-control --because "The receiver moves on Tuesday"
    """
    client = Client()
    body = {} if because is None else {"because": because}
    _say(client.post(_path(dossier_of(client, dossier), id, "pause"), body))


@webhooks.command()
def resume(id: Id, dossier: Dossier = None) -> None:
    """Go on where it stands, at once.

    Example:

        kroniek webhook resume hajin-control
    """
    client = Client()
    _say(client.post(_path(dossier_of(client, dossier), id, "resume"), None))


@webhooks.command()
def replay(
    id: Id,
    from_: Annotated[str, typer.Option("--from", metavar="POSITION", help="After which position; 0 for everything.")],
    dossier: Dossier = None,
) -> None:
    """Send again what came after a position, with the ids that it had. It also revives what has ended.

    Example:

        kroniek webhook replay hajin-control --from 120
    """
    client = Client()
    _say(client.post(_path(dossier_of(client, dossier), id, "replay"), {"from": _position(from_)}))


@webhooks.command()
def rotate(
    id: Id,
    overlap_s: Annotated[
        int, typer.Option("--overlap-s", min=0, help="For so many seconds the secret before signs too.")
    ] = 86400,
    dossier: Dossier = None,
    as_json: AsJson = False,
) -> None:
    """Replace the secret, and print the new one, once.

    Example:

        kroniek webhook rotate hajin-control --overlap-s 3600
    """
    client = Client()
    made = client.post(_path(dossier_of(client, dossier), id, "secret"), {"overlap_s": overlap_s})
    if as_json:
        print_json(made)
        return
    say(made["secret"])
    overlap = f"for {_span(made['overlap_s'])} more" if made["overlap_s"] else "no more"
    tell((f"{made['id']}: the new secret is shown this once. The one before signs {overlap}.", "dim"))


@webhooks.command()
def deliveries(
    id: Id,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; 20 if left out, with --json all.")] = None,
    dossier: Dossier = None,
    as_json: AsJson = False,
) -> None:
    """List the attempts, the newest first: what was sent, what the receiver answered, and when it is tried again.

    Example:

        kroniek webhook deliveries hajin-control --limit 100
    """
    client = Client()
    path = _path(dossier_of(client, dossier), id, "deliveries")
    found: list[Row] = []
    cursor: str | None = None
    most = limit or (None if as_json else SHOWN_ATTEMPTS)
    while most is None or len(found) < most:
        page = client.get(path, limit=1000 if most is None else min(1000, most - len(found)), cursor=cursor)
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    if as_json:
        for each in found:
            print_json(each)
        return
    if found:
        attempts_table(found).print()
    more = "; there are more (--limit)" if cursor is not None else ""
    say((f"{counted(len(found), 'attempt')}{more}", "dim"))


@webhooks.command()
def delete(id: Id, dossier: Dossier = None) -> None:
    """Send nothing more, and forget it with its deliveries.

    Example:

        kroniek webhook delete hajin-control
    """
    client = Client()
    client.delete(_path(dossier_of(client, dossier), id))
    say(f"{id} is gone.")


def _path(dossier: str, *below: str) -> str:
    return path_of("dossiers", dossier, "subscriptions", *below)


def _position(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and len(given) <= 18):
        raise Failed(f"--from takes a position of the log, such as 120, or 0 for everything; not {given!r}", 2)
    return int(given)


def _say(one: Row) -> None:
    why = "".join(f"; {each}" for each in reasons(one))
    paragraph(f"{one['id']}: {status_of(one)}, {place_of(one)}{why}")


def _span(seconds: int) -> str:
    for unit, many in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds and seconds % many == 0:
            return counted(seconds // many, unit)
    return counted(seconds, "second")
