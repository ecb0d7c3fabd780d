"""Commands that read: dossiers, claims, and the history of one."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Any

import typer
from rich.text import Text

from domain.labels import labels_of
from domain.namesakes import told_apart
from interfaces.cli.account import account, account_of, published
from interfaces.cli.answers import Told
from interfaces.cli.called import called
from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.output import Failed, language_asked, out, paragraph, print_json, say, tell
from interfaces.cli.short_ids import shortened
from interfaces.cli.table import Table
from interfaces.messages import words
from interfaces.messages.wording import WORDINGS, Language
from interfaces.messages.words import Names, clean, isolated, joined

ROOM_FOR_ALL_COLUMNS = 130

Dossier = Annotated[
    str | None,
    typer.Option(
        "--dossier", "-d", envvar="KRONIEK_DOSSIER", help="The dossier; may be left out if there is only one."
    ),
]


def as_typed(as_of: str | None) -> str | None:
    """Four digits may have been meant as a year; a position they are. What is not all digits is none."""
    if as_of is None or not (as_of.isascii() and as_of.isdecimal()):
        return as_of
    # Whoever asks for help needs no calendar.
    from domain.when import cut_off_typed_as

    if date := cut_off_typed_as(as_of):
        tell((f"{as_of} is a position. As a date, write {date}.", "dim"))
    return as_of


AsOf = Annotated[
    str | None,
    typer.Option(
        callback=as_typed,
        help="What the dossier held then: a position, or a moment or date (its last instant); or today, yesterday.",
    ),
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
        say(isolated(WORDINGS[language_asked()].put("no_dossier")))
        return
    wording = WORDINGS[language_asked()]
    # Said where any is: elsewhere the column would be empty.
    by = ("read_by",) if any(item["open_to_anyone"] for item in found) else ()
    table = Table(*(wording.put(f"column_{column}") for column in ("id", "title", "events", "time_zone", *by)))
    for item in found:
        open_to = [wording.put("open_to_anyone") if item["open_to_anyone"] else ""] if by else []
        table.add_row(item["id"], clean(item["title"]), wording.number(item["position"]), item["time_zone"], *open_to)
    table.print()


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
    incident: Annotated[str | None, typer.Option(help="Those that tell of it.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Of occurrences: airstrike, capture ...")] = None,
    nature: Annotated[str | None, typer.Option(help="Of statements: denial, prediction ...")] = None,
    subject: Annotated[str | None, typer.Option(help="Of figures: of which actor.")] = None,
    group: Annotated[str | None, typer.Option(help="Of figures: civilians, women, foreign ...")] = None,
    cause: Annotated[str | None, typer.Option(help="Of figures: airstrike, cold ...")] = None,
    since: Annotated[str | None, typer.Option(help="What may have been so at some time from then on.")] = None,
    until: Annotated[str | None, typer.Option(help="What may have been so at some time up to then.")] = None,
    certainly: Annotated[
        bool, typer.Option("--certainly", help="Of --at, --since and --until: what certainly was so.")
    ] = False,
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

        kroniek claims --type airstrike --since 2018-09 --until 2018-12 --certainly

        kroniek claims --as-of 2026-11-20 --status retracted --json
    """
    client = Client()
    wanted = {
        "kind": kind, "measure": measure, "place": place, "actor": actor, "claimant": claimant,
        "unattributed": unattributed, "report": report, "credibility": credibility, "status": status,
        "incident": incident, "type": type_, "nature": nature, "subject": subject, "group": group, "cause": cause,
        "since": since, "until": until, "holds": "certain" if certainly else None,
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
        _claims_table(rows, names_in_language(client, name, as_of=str(first["position"]))).print()
    told = Told(first, client.zone(name).key, asked=wanted)
    many = told.names.wording.counted("claims", shown)
    many = told.names.put("there_are_more", many) if cursor else many
    paragraph((" · ".join(map(isolated, [many, *told.narrowed(), *told.clocks()])), "dim"))


MERGED_KINDS = ("report", "source", "actor", "place", "incident", "person")
KINDS = ("claim", "report", "source", "actor", "place", "incident", "person", "assessment")


def history(
    item: Annotated[
        str,
        typer.Argument(
            metavar="[KIND/]ID",
            help=f"The id of a claim; of another item its kind before it: {joined(KINDS[1:], 'or')}.",
        ),
    ],
    dossier: Dossier = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Tell what happened to a claim, or to any other item: who recorded and changed what, when, and why.

    Examples:

        kroniek history c314

        kroniek history source/sohr
    """
    kind, slash, id_ = item.rpartition("/")
    kind = kind if slash else "claim"
    if kind not in KINDS:
        raise Failed(f"there is a history of each {joined(KINDS, 'and')}, and of no {clean(kind)!r}", 2)
    client = Client()
    name = dossier_of(client, dossier)
    became: dict[int, Any] = {}
    items = _entries(client, path_of("dossiers", name, f"{kind}s", id_, "history"), as_of, became)
    if as_json:
        for item in items:
            print_json(item)
        for _, one in sorted(became.items()):
            print_json(one)
        return
    # Whether there is such an item is known before all names are asked for.
    first = next(items)
    names = names_in_language(client, name)
    reports = {item["id"]: item for item in client.all(path_of("dossiers", name, "reports"), limit=1000)}
    every = in_order([first, *items], merges_told(client, name, kind, id_, first.get("position"), as_of))
    told = (every, names, reports, client.zone(name))
    of_reports = [one for _, one in sorted(became.items())]
    for line in account(id_, *told, of_reports) if kind == "claim" else account_of(kind, id_, *told):
        paragraph(line, hang=6)


def _entries(client: Client, path: str, as_of: str | None, became: dict[int, Any]) -> Iterator[Any]:
    """The entries of an account, page by page; what became of the reports that they name is put by its position."""
    cursor: str | None = None
    while True:
        page = client.get(path, as_of=as_of, limit=500, cursor=cursor)
        became |= {one["position"]: one for one in page.get("reports", ())}
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def merges_told(client: Client, dossier: str, kind: str, id_: str, after: int, as_of: str | None) -> list[Any]:
    """That others went into an item, or no longer, after a position: entries of their histories, each with its `id`."""
    if kind not in MERGED_KINDS:
        return []
    into: set[str] = set()
    cursor: Any = after
    while cursor is not None:
        page = client.get(path_of("dossiers", dossier, "events"), after=cursor, type=f"{kind}.merged", limit=1000)
        into |= {event["subject"].partition("/")[2] for event in page["items"] if event["data"]["into"] == id_}
        cursor = page["next"]
    told = []
    for other in sorted(into):
        for entry in client.all(path_of("dossiers", dossier, f"{kind}s", other, "history"), as_of=as_of, limit=500):
            went = [change for change in entry["changes"] if change["field"] == "merged_into"]
            if any(id_ in (change["before"], change["after"]) for change in went):
                told.append({**entry, "id": other})
    return told


def in_order(*entries: Iterable[Any]) -> list[Any]:
    return sorted((each for some in entries for each in some), key=lambda entry: int(entry["position"]))


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
        raise Failed("There is no dossier yet, or none that you may read: `kroniek import FILE` makes one.")
    raise Failed(f"Which dossier? Name one with --dossier or KRONIEK_DOSSIER: {', '.join(found)}.", 2)


def _all_dossiers(client: Client) -> Iterator[Any]:
    return client.all("/dossiers", limit=1000)


def name_of_signer(client: Client, principal: str) -> str:
    """What a user or a program is called, or was; of one that nobody knows, or that we may not ask for, the id."""
    with suppress(Failed):
        return str(client.get(path_of("principals", principal))["name"])
    return principal


def names_of(client: Client, dossier: str, *, as_of: str | None = None, language: Language = "en") -> Names:
    """What everything is called in a language: in English for whatever tells it in English sentences."""

    apart: dict[str, dict[str, str]] = {}

    def named(kind: str) -> dict[str, str]:
        listed = client.all(path_of("dossiers", dossier, kind), limit=1000, as_of=as_of)
        items = {item["id"]: {**item, "name": called(item, language)} for item in listed}
        # What goes on as another is no other.
        apart[kind] = told_apart({id_: item for id_, item in items.items() if not _is_gone(item)})
        return {id_: item["name"] for id_, item in items.items()}

    home = client.get(path_of("dossiers", dossier), as_of=as_of)
    found = (named("actors"), named("places"), named("sources"), labels_of(home), language)
    return Names(*found, apart=apart, incidents=_Titles(client, dossier, as_of))


class _Titles(Mapping[str, str]):
    """Of each incident that is asked for its title: of a dataset there are too many to read them all."""

    def __init__(self, client: Client, dossier: str, as_of: str | None) -> None:
        self._client, self._dossier, self._as_of = client, dossier, as_of
        self._held: dict[str, str | None] = {}

    def __getitem__(self, id_: str) -> str:
        if id_ not in self._held:
            try:
                found = self._client.get(path_of("dossiers", self._dossier, "incidents", id_), as_of=self._as_of)
            except Refused:
                found = {}
            self._held[id_] = found.get("title")
        title = self._held[id_]
        if title is None:
            raise KeyError(id_)
        return title

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


def names_in_language(client: Client, dossier: str, *, as_of: str | None = None) -> Names:
    """The same, for an answer that is told in the language that is asked for."""
    return names_of(client, dossier, as_of=as_of, language=language_asked())


def _is_gone(item: Mapping[str, Any]) -> bool:
    return bool(item["retracted"] or item.get("merged_into"))


def _claims_table(rows: list[Any], names: Names) -> Table:
    """A row for each claim: of seven columns where there is room, else of three, the middle one of two lines."""
    wide = out().width >= ROOM_FOR_ALL_COLUMNS
    columns = ("claim", "said", "where", "when", "who", "in", "note") if wide else ("claim", "said", "note")
    table = Table(*(names.put(f"column_{column}") for column in columns))
    short = shortened([*(row["id"] for row in rows), *(row["report"]["id"] for row in rows)])
    for row in rows:
        content, report = row["content"], row["report"]
        said = Text(isolated(words.said(content, names)), style="" if row["status"] == "stands" else "strike")
        where = names.place(content["place"]) if content.get("place") else ""
        when = clean(content.get("when") or "")
        who = Text(isolated(words.who(content, names)), style="" if content.get("claimant") else "dim")
        stood_in = f"{short[report['id']]} ({published(report)})"
        mind = Text(isolated(names.wording.semicolon.join(words.marks(row, names))), style="yellow")
        if wide:
            table.add_row(Text(short[row["id"]], style="cyan"), said, where, when, who, stood_in, mind)
        else:
            below = " · ".join(part for part in (where, when, who.plain, stood_in) if part)
            table.add_row(Text(short[row["id"]], style="cyan"), Text.assemble(said, "\n", (below, "dim")), mind)
    return table
