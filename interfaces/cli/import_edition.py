"""`kroniek import-edition` and `kroniek datasets`: what is asked for, and what came of it."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.output import Failed, print_json, say, tell, write_json
from interfaces.cli.reading import AsJson, AsOf, Dossier, dossier_of, names_of
from interfaces.cli.table import Table
from interfaces.messages.words import clean, counted, joined

# Reading a dataset takes much that the other commands need nothing of: it is imported when it is asked for.
if TYPE_CHECKING:
    from domain.vocabulary import Vocabulary
    from interfaces.cli.edition_import import Done, Prepared

BATCH = 2_000


def add_to(app: typer.Typer) -> None:
    app.command(name="import-edition")(import_edition)
    app.command(rich_help_panel="Read")(datasets)


def import_edition(
    file: Annotated[
        Path | None, typer.Argument(help="The edition: CSV, NDJSON or a JSON array, gzipped or not.")
    ] = None,
    mapping: Annotated[str | None, typer.Option(help="How it is read: the name of a mapping, or a YAML file.")] = None,
    source: Annotated[str | None, typer.Option(help="The source that publishes it; the mapping's if left out.")] = None,
    edition: Annotated[str | None, typer.Option(help="What its publisher calls it: 19.1, or a date.")] = None,
    published: Annotated[str | None, typer.Option(help="When it came out: a date, or a moment.")] = None,
    dossier: Dossier = None,
    title: Annotated[str | None, typer.Option(help="Open the dossier under this title if there is none yet.")] = None,
    format: Annotated[str | None, typer.Option(help="csv, ndjson or json, where the name does not tell.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")] = False,
    batch_size: Annotated[int, typer.Option(min=1, max=10_000, help="Commands sent at once.")] = BATCH,
    list_mappings: Annotated[bool, typer.Option("--list-mappings", help="List the mappings that there are.")] = False,
    show_mapping: Annotated[str | None, typer.Option(help="Print a mapping: to begin one of your own with.")] = None,
    mapping_schema: Annotated[
        bool, typer.Option("--mapping-schema", help="Print the JSON Schema of kroniek/mapping@1.")
    ] = False,
) -> None:
    """Take in one edition of a dataset.

    New rows become claims, changed rows revisions with what changed, and rows that are not there any more
    withdrawals, dropped without notice. Everything is checked first; if a row cannot be read, nothing is taken. The
    same edition again changes nothing, and finishes an import that was interrupted.

    Examples:

        kroniek import-edition ged191.csv.gz --mapping ucdp-ged@1 --edition 19.1 --published 2019-06-01

        kroniek import-edition toll.csv --mapping toll.yaml --edition 2026-11-21 --published 2026-11-21 --dry-run

        kroniek import-edition --show-mapping acled@1 > mine.yaml
    """
    from application.formats.edition.mapping import json_schema
    from interfaces.cli.edition_import import Import, asked_edition, format_named, read_edition
    from interfaces.cli.importing import progress_bar
    from interfaces.cli.mapping_files import listed, load_mapping, text_of

    if list_mappings:
        for name, about in listed():
            say((name, "cyan"), f"  {about}")
        return
    if show_mapping is not None:
        sys.stdout.write(text_of(show_mapping))
        return
    if mapping_schema:
        write_json(json.dumps(json_schema(), ensure_ascii=False, indent=2))
        return
    if file is None:
        raise Failed("Which FILE? Name the edition's file.", 2)
    for name, value in (("--mapping", mapping), ("--edition", edition), ("--published", published)):
        if value is None:
            raise Failed(f"{name} is needed (see `kroniek import-edition --help`).", 2)
    assert mapping is not None and edition is not None and published is not None
    by = load_mapping(mapping, lambda: _declared(dossier))
    asked = asked_edition(by, source, edition, published)
    begun = time.monotonic()
    with progress_bar() as bar:
        prepared = read_edition(file, by, asked, format_named(format), bar)
        client = Client()
        name, is_there = _dossier(client, dossier, title, dry_run=dry_run)
        run = Import(client, name, prepared, batch_size, bar)
        done = run.carry_out() if not dry_run else run.look() if is_there else run.look_at_first()
    _tell(prepared, done, name, time.monotonic() - begun, dry_run=dry_run)
    if not is_there:
        say(f"There is no dossier {name} yet, which the import would open: what a dossier itself warns of in numbers "
            "and dates, and whether you may open one, is told then.")  # fmt: skip


def datasets(dossier: Dossier = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """List the datasets of a dossier, with the editions that were taken in.

    Example:

        kroniek datasets
    """
    client = Client()
    name = dossier_of(client, dossier)
    found = client.get(path_of("dossiers", name, "datasets"), as_of=as_of)["items"]
    if as_json:
        for item in found:
            print_json(item)
        return
    if not found:
        say("No dataset was taken in yet: `kroniek import-edition --help` tells how.")
        return
    names = names_of(client, name)
    table = Table("dataset", "edition", "published", "by", "report")
    for item in found:
        for edition in item["editions"]:
            mark = " (retracted)" if edition["retracted"] else ""
            table.add_row(
                item["id"], clean(edition["edition"] or "") + mark, edition["published"],
                names.source(edition["publisher"]) if edition["publisher"] else "", edition["report"],
            )  # fmt: skip
    table.print()


def _declared(dossier: str | None) -> "Vocabulary":
    """The words of the dossier that is named; the house's alone where it cannot be asked, which is told later."""
    from domain.vocabulary import HOUSE
    from interfaces.cli.mapping_files import words_of

    try:
        client = Client()
        return words_of(client.get(path_of("dossiers", dossier_of(client, dossier))))
    except Failed:
        return HOUSE


def _dossier(client: Client, given: str | None, title: str | None, *, dry_run: bool) -> tuple[str, bool]:
    """The dossier that is meant, opened if it may be; and whether it is there."""
    if title is None:
        return dossier_of(client, given), True
    if given is None:
        raise Failed("--title opens a dossier: name it with --dossier.", 2)
    try:
        client.get(path_of("dossiers", given))
    except Refused as refusal:
        if refusal.code_name != "no_such_dossier":
            raise
        if dry_run:
            return given, False
        client.post("/dossiers", {"id": given, "title": title})
    return given, True


# So many spellings are told each by itself, new items of each kind, and the lines of so many rows of which no claim is
# made.
SPELLINGS_TOLD = 20
NEW_TOLD = 40
LINES_TOLD = 5


def _tell_spellings(done: "Done") -> None:
    for spellings, heading, told in (
        (done.spellings, "one in two spellings: ", "{other} is taken for {first}, {kind} {id}"),
        (done.apart, "look twice: ", "{other} and {first} are near, and two in the dossier: {kind} {own_id}, {id}"),
    ):
        for one in spellings[:SPELLINGS_TOLD]:
            names = {"first": clean(one.first), "other": clean(one.other)}
            tell((heading, "yellow"), told.format(**names, kind=one.kind, id=one.id, own_id=one.own_id))
        if len(spellings) > SPELLINGS_TOLD:
            tell((heading, "yellow"), f"{len(spellings) - SPELLINGS_TOLD:,} more")
    for unclear in done.unclear[:SPELLINGS_TOLD]:
        told_of = f"{clean(unclear.name)} is near to {' and '.join(map(clean, unclear.near_to))}"
        tell(("look twice: ", "yellow"), f"{told_of}: which {unclear.kind} it is, the order of the rows decides")
    if len(done.unclear) > SPELLINGS_TOLD:
        tell(("look twice: ", "yellow"), f"{len(done.unclear) - SPELLINGS_TOLD:,} more")


def _tell_namesakes(prepared: "Prepared", done: "Done") -> None:
    for one in done.namesakes[:SPELLINGS_TOLD]:
        first = one.others[0]
        others = joined([f"{one.kind} {other}" for other in one.others], "and")
        has = "is" if len(one.others) == 1 else "are"
        same = "called the same" if one.of == "name" else "at the same point"
        merged = f"`kroniek merge {one.kind}/{one.id} {first} --reason …` after it"
        way = prepared.way_to_lead(one)
        ways = f"{way} before the import, or {merged}" if way else merged
        tell(("look twice: ", "yellow"), f"{clean(one.spellings[0])} is a new {one.kind}, {one.id}, and {others} {has} "
             f"{same}. To have it as {first}: {ways}")  # fmt: skip
    if len(done.namesakes) > SPELLINGS_TOLD:
        more = f"{len(done.namesakes) - SPELLINGS_TOLD:,} more new items that may be there"
        tell(("look twice: ", "yellow"), more)


def _tell_new(done: "Done") -> None:
    """Each item that would be registered, the first of each kind."""
    for kind in ("source", "actor", "place"):
        new = [command for command in done.registered if command["command"] == f"register_{kind}"]
        for command in new[:NEW_TOLD]:
            told = [command["kind"], *(str(command[name]) for name in ("latitude", "longitude") if name in command)]
            tell(
                (f"new {kind}: ", "green"), f"{clean(command['name'])} ({', '.join(map(clean, told))}), {command['id']}"
            )
        if len(new) > NEW_TOLD:
            tell((f"new {kind}: ", "green"), f"{len(new) - NEW_TOLD:,} more")


def _tell_warnings(done: "Done") -> None:
    warnings = done.warnings
    for told in warnings.told:
        tell(("look twice: ", "yellow"), told)
    if more := sum(warnings.more.values()):
        by_code = ", ".join(f"{number:,} {code.replace('_', ' ')}" for code, number in warnings.more.most_common())
        tell(("look twice: ", "yellow"), f"{more:,} more ({by_code})")


def _tell(prepared: "Prepared", done: "Done", dossier: str, seconds: float, *, dry_run: bool) -> None:
    found, created = done.difference, done.created
    edition = prepared.edition
    if done.other_mapping is not None:
        tell(("look twice: ", "yellow"), f"the edition before was read by another mapping, {done.other_mapping}: "
             "what differs for that reason is recorded as changed by the source")  # fmt: skip
    if prepared.columns_not_taken:
        names = ", ".join(map(clean, prepared.columns_not_taken))
        tell((f"columns that the mapping does not take: {names}", "dim"))
    if prepared.given.tags is not None:
        tell((f"line {prepared.given.tags} has HXL tags, which say what the columns hold: it is no row", "dim"))
    if lines := prepared.saying_nothing:
        first = ", ".join(map(str, lines[:LINES_TOLD]))
        more = f" and {len(lines) - LINES_TOLD:,} more" if len(lines) > LINES_TOLD else ""
        give, plural = ("gives", "") if len(lines) == 1 else ("give", "s")
        tell(("look twice: ", "yellow"), f"no claim is made of {counted(len(lines), 'row')}, which {give} no number, "
             f"or nothing else that the mapping takes: line{plural} {first}{more}")  # fmt: skip
    if done.labels_left_out:
        tell(("look twice: ", "yellow"), f"{done.labels_left_out:,} more words are told without capitals and signs: "
             "there is no room for more labels")  # fmt: skip
    if dry_run:
        _tell_new(done)
    _tell_spellings(done)
    _tell_namesakes(prepared, done)
    _tell_warnings(done)
    changed = found.statements or not done.is_there
    table = Table("", "rows" if not changed else "would be" if dry_run else "recorded")
    for what, number in (
        ("claims new", found.new),
        ("claims revised", found.revised),
        ("claims withdrawn", found.withdrawn),
        ("claims unchanged", found.unchanged),
        ("of these taken up again: retracted here with an edition", found.again),
        ("claims left alone: retracted here", found.left_alone),
        ("incidents new", found.incidents),
        ("sources new", created["register_source"]),
        ("actors new", created["register_actor"]),
        ("places new", created["register_place"]),
        ("cited reports new", created["file_report"]),
        ("words told as the file spells them", done.labels),
    ):
        if number:
            table.add_row(what, f"{number:,}")
    table.print()
    rows = f"{counted(len(prepared.rows), 'row')} of {edition.dataset} {clean(edition.name)}"
    if dry_run:
        say(f"{rows} are in order; nothing was sent to {dossier}.")
    elif not changed:
        say(f"Nothing new: {rows} were in {dossier} already.")
    else:
        say(f"Took {rows} into {dossier}, position {done.position}, in {seconds:.1f} s.")
