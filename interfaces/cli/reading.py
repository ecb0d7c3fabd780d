"""Commands that read: dossiers, claims, and the history of one."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from interfaces.cli.account import account, published
from interfaces.cli.client import Client, path_of
from interfaces.cli.output import Failed, out, print_json, say
from interfaces.messages import words
from interfaces.messages.words import Names, clean, counted

ROOM_FOR_ALL_COLUMNS = 130

Dossier = Annotated[
    str | None,
    typer.Option(
        "--dossier", "-d", envvar="KRONIEK_DOSSIER", help="The dossier; may be left out if there is only one."
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(help="What the dossier held then: a position, or a moment or date (its last instant; today: now)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, as the API gives it.")]


def add_to(app: typer.Typer) -> None:
    group = "Read"
    app.command(rich_help_panel=group)(dossiers)
    app.command(rich_help_panel=group)(claims)
    app.command(rich_help_panel=group)(history)


def dossiers(as_json: AsJson = False) -> None:
    """List the dossiers.

    Example:

        kroniek dossiers
    """
    found = list(_all_dossiers(Client()))
    if as_json:
        for item in found:
            print_json(item)
        return
    if not found:
        say("There is no dossier yet: `kroniek import FILE` makes one.")
        return
    table = table_of("id", "title", "events", "time zone")
    for item in found:
        table.add_row(item["id"], clean(item["title"]), f"{item['position']:,}", item["time_zone"])
    out().print(table)


def claims(
    dossier: Dossier = None,
    kind: Annotated[str | None, typer.Option(help="figure, control, occurrence or statement.")] = None,
    measure: Annotated[str | None, typer.Option(help="killed, fighters, present, area ...")] = None,
    place: Annotated[str | None, typer.Option(help="A place, with the places inside it.")] = None,
    actor: Annotated[str | None, typer.Option(help="An actor, in any role.")] = None,
    claimant: Annotated[str | None, typer.Option(help="The source whose word it is.")] = None,
    unattributed: Annotated[
        bool | None, typer.Option("--unattributed/--attributed", help="Only claims without a claimant, or with one.")
    ] = None,
    report: Annotated[str | None, typer.Option(help="The report that it stood in.")] = None,
    credibility: Annotated[int | None, typer.Option(min=1, max=6, help="1 confirmed ... 6 cannot be judged.")] = None,
    status: Annotated[str | None, typer.Option(help="stands, withdrawn or retracted; all but the last.")] = None,
    at: Annotated[str | None, typer.Option(help="What may have held in the world then.")] = None,
    reported_by: Annotated[str | None, typer.Option(help="What had been published by then.")] = None,
    as_of: AsOf = None,
    certainty: Annotated[
        str | None, typer.Option(help="Of --reported-by: certain (published by then) or possible.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; all of them if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """List claims by any of the three clocks: in the world, in print, on our record.

    Examples:

        kroniek claims --place hajin --kind control --reported-by 2019-01-01

        kroniek claims --measure fighters --at 2018-12-17

        kroniek claims --as-of 2026-11-20 --status retracted --json
    """
    client = Client()
    wanted = {
        "kind": kind, "measure": measure, "place": place, "actor": actor, "claimant": claimant,
        "unattributed": unattributed, "report": report, "credibility": credibility, "status": status,
        "at": at, "reported_by": reported_by, "as_of": as_of, "certainty": certainty,
    }  # fmt: skip
    name = dossier_of(client, dossier)
    shown = 0
    first: Mapping[str, Any] | None = None
    rows: list[Any] = []
    cursor: str | None = None
    while limit is None or shown < limit:
        size = 500 if limit is None else min(500, limit - shown)
        page = client.get(path_of("dossiers", name, "claims"), **wanted, limit=size, cursor=cursor)
        first = first or page
        shown += len(page["items"])
        if as_json:
            for item in page["items"]:
                print_json(item)
        rows += [] if as_json else page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    if as_json or first is None:
        return
    if rows:
        out().print(_claims_table(rows, names_of(client, name, as_of=str(first["position"]))))
    more = "; there are more" if cursor else ""
    say((f"{counted(shown, 'claim')}{more}, {_clocks(first)}", "dim"))


def history(
    claim: Annotated[str, typer.Argument(help="The id of a claim.")],
    dossier: Dossier = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Tell what happened to a claim: who recorded and changed what, when, and why.

    Example:

        kroniek history c314
    """
    client = Client()
    name = dossier_of(client, dossier)
    items = client.all(path_of("dossiers", name, "claims", claim, "history"), as_of=as_of, limit=500)
    if as_json:
        for item in items:
            print_json(item)
        return
    # Whether there is such a claim is known before all names are asked for.
    first = next(items)
    names = names_of(client, name)
    reports = {item["id"]: item for item in client.all(path_of("dossiers", name, "reports"), limit=1000)}
    for line in account(claim, chain([first], items), names, reports):
        say(line)


def dossier_of(client: Client, given: str | None) -> str:
    """The dossier that is meant: the named one, else the only one."""
    if given:
        if given.strip(".") == "":
            # An address would pass over it.
            raise Failed(f"there is no dossier {given!r}")
        return given
    found = [item["id"] for item in _all_dossiers(client)]
    if len(found) == 1:
        return str(found[0])
    if not found:
        raise Failed("There is no dossier yet: `kroniek import FILE` makes one.")
    raise Failed(f"Which dossier? Name one with --dossier or KRONIEK_DOSSIER: {', '.join(found)}.", 2)


def _all_dossiers(client: Client) -> Iterator[Any]:
    return client.all("/dossiers", limit=1000)


def names_of(client: Client, dossier: str, *, as_of: str | None = None) -> Names:
    def named(kind: str) -> dict[str, str]:
        return {
            item["id"]: item["name"] for item in client.all(path_of("dossiers", dossier, kind), limit=1000, as_of=as_of)
        }

    return Names(named("actors"), named("places"), named("sources"))


def table_of(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column)
    return table


def _claims_table(rows: list[Any], names: Names) -> Table:
    """A row for each claim: of seven columns where there is room, else of three, the middle one of two lines."""
    wide = out().width >= ROOM_FOR_ALL_COLUMNS
    columns = ("claim", "what is said", "where", "when", "who says so", "in", "note")
    table = table_of(*(columns if wide else ("claim", "what is said", "note")))
    for row in rows:
        content, report = row["content"], row["report"]
        said = Text(words.said(content, names), style="" if row["status"] == "stands" else "strike")
        where = names.place(content["place"]) if content.get("place") else ""
        when = clean(content.get("when") or "")
        who = Text(words.who(content, names), style="" if content.get("claimant") else "dim")
        stood_in = f"{report['id']} ({published(report)})"
        mind = Text("; ".join(words.marks(row)), style="yellow")
        if wide:
            table.add_row(Text(row["id"], style="cyan"), said, where, when, who, stood_in, mind)
        else:
            below = " · ".join(part for part in (where, when, words.who(content, names), stood_in) if part)
            table.add_row(Text(row["id"], style="cyan"), Text.assemble(said, "\n", (below, "dim")), mind)
    return table


def _clocks(page: Mapping[str, Any]) -> str:
    told = f"as of position {page['position']}"
    if page.get("reported_by"):
        told += f", {'possibly' if page['certainty'] == 'possible' else 'certainly'} published by {page['reported_by']}"
    if page.get("at"):
        told += f", at {page['at']} in the world"
    return told
