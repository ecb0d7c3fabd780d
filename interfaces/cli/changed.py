"""Commands about what changed: corrections by family, the record of a source."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import Annotated, Any

import typer
from rich.text import Text

from interfaces.cli.account import minute
from interfaces.cli.answers import FAMILIES, NOTHING, family_of_event
from interfaces.cli.bars import range_bar
from interfaces.cli.client import Client, path_of
from interfaces.cli.output import language_asked, out, paragraph, print_json
from interfaces.cli.questions import AsJson, At, Certainty, Limit, ReportedBy, how_many, meant, pages_of, told_of
from interfaces.cli.reading import AsOf, Dossier, dossier_of, names_in_language
from interfaces.cli.sheet import Sheet
from interfaces.cli.short_ids import shortened
from interfaces.cli.two_pictures import changes
from interfaces.messages import words
from interfaces.messages.words import Names, isolated


def add_to(app: typer.Typer) -> None:
    group = "Ask"
    for command in (corrections, changes, record):
        app.command(rich_help_panel=group)(command)


def corrections(
    dossier: Dossier = None,
    family: Annotated[
        str | None,
        typer.Option(help="source (it changed its word), record (ours was wrong), judgement (ours) or declared."),
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Of what: claim, report, source, place, incident ...")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Of this claim, report ...")] = None,
    since_position: Annotated[int | None, typer.Option(min=0, help="What was recorded after this position.")] = None,
    newest: Annotated[bool, typer.Option("--newest", help="The newest first.")] = False,
    at: At = None,
    reported_by: ReportedBy = None,
    as_of: AsOf = None,
    certainty: Certainty = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """Everything that changed after it was first recorded: before and after, who, why, and what it touches.

    Examples:

        kroniek corrections --family record

        kroniek corrections --since-position 168 --newest
    """
    client = Client()
    name = dossier_of(client, dossier)
    asked = {
        "family": family, "kind": kind, "id": id_, "after": since_position, "order": "newest" if newest else None,
        "at": at, "reported_by": reported_by, "as_of": as_of, "certainty": certainty,
    }  # fmt: skip
    shown, names = 0, Names(language=language_asked())
    for page in pages_of(client, path_of("dossiers", name, "corrections"), limit, **asked):
        if as_json:
            print_json(page)
            continue
        names = names if shown else names_in_language(client, name, as_of=str(page["position"]))
        sheet = Sheet(beside=False)
        short = shortened(item["id"] for item in page["items"])
        for item in page["items"]:
            if shown:
                sheet.gap()
            shown += 1
            _correction(sheet, item, short[item["id"]], names, client.zone(name))
        sheet.print()
    if as_json:
        return
    if not shown:
        paragraph(isolated(names.put("nothing_was_changed")))
    told_of(client, name, page, asked).closing(how_many(shown, "changes", page, names))


def _correction(sheet: Sheet, item: Mapping[str, Any], id_: str, names: Names, zone: tzinfo) -> None:
    completes = words.completes(item["type"], ((each["before"], each["after"]) for each in item["changes"]))
    told = names.wording.families["incomplete"] if completes else family_of_event(item, names, item.get("claimant"))
    who = names.clean(item["principal_name"] or item["principal"])
    what = words.event_in_words(item, names.item(item["kind"], id_), who, names)
    sheet.heading(
        (names.wording.number(item["position"]), "bold"), f"  {minute(item['recorded_at'], zone)}  ",
        (told, FAMILIES[item["family"]]), ": ", what,
    )  # fmt: skip
    # A grade's reason stands below as that of the change.
    changed = [change for change in item["changes"] if change["field"] != "graded_because"]
    notes = [*words.changes(changed, names, because=[item.get("reason")])]
    if item.get("report"):
        notes.append(names.put("in_report", names.whole(item["report"])))
    if item.get("reason"):
        notes.append(names.put("because", names.clean(item["reason"])))
    for note in notes:
        sheet.row("   ", note)
    first, *rest = [*_touched(item, names)] or [""]
    sheet.row(
        "   ", "", details=[(names.put("touches", first) if first else "", "dim"), *((one, "dim") for one in rest)]
    )


def _touched(item: Mapping[str, Any], names: Names) -> Iterator[str]:
    """The questions whose answers it may have moved: topics and places first."""
    touches = item["touches"]
    yield from (words.written_topic(topic, names) for topic in touches.get("topics", ()))
    yield from map(names.place, touches.get("places", ()))
    yield from map(names.source, touches.get("sources", ()))
    yield from (names.put("item_incident", names.titled(id_)) for id_ in touches.get("incidents", ()))
    for kind in ("person", "assessment"):
        yield from (names.item(kind, id_) for id_ in touches.get(f"{kind}s", ()))
    for kinds, number in item.get("touches_more", NOTHING).items():
        yield names.put("and_also", names.wording.counted(f"more_{kinds}", number))


def record(
    source: Annotated[str, typer.Argument(help="The id of a source.")],
    dossier: Dossier = None,
    reported_by: ReportedBy = None,
    as_of: AsOf = None,
    certainty: Certainty = None,
    as_json: AsJson = False,
) -> None:
    """The record of a source: how much it said, took back and changed, and what became of that here.

    Example:

        kroniek record sohr
    """
    client = Client()
    name = dossier_of(client, dossier)
    clocks = {"reported_by": reported_by, "as_of": as_of, "certainty": certainty}
    with meant(client, name, "source", source):
        answer = client.get(path_of("dossiers", name, "sources", source, "record"), **clocks)
    if as_json:
        print_json(answer)
        return
    told = told_of(client, name, answer, clocks, sources=answer["source"]["id"])
    about, names = answer["source"], told.names
    kind = words.value("kind", about["kind"], names) if about.get("kind") else ""
    grade = about.get("reliability")
    reliability = names.put("reliability", grade) if grade else names.put("reliability_not_graded")
    sheet = Sheet(right=(1,), bars=2)
    beside = " · ".join(map(isolated, filter(None, (about["id"], kind, reliability))))
    sheet.heading((names.source(about["id"]), "bold"), "  ", Text(beside))
    if about.get("graded_because"):
        sheet.heading((names.put("because", names.clean(about["graded_because"])), "dim"))
    sheet.gap()
    whole = answer["claims"]["total"]
    for label, number, style in _counts(answer, names):
        bar = range_bar(number, None, number, float(whole or 1), min(40, out().width // 3)) if number else ""
        sheet.row(
            Text(label if label.startswith(" ") else isolated(label), style),
            (names.wording.number(number), style),
            (bar, "blue"),
        )
    sheet.gap()
    first, last = told.local(answer["first"]), told.local(answer["last"])
    own = names.wording.counted("reports", answer["reports"]) if answer["reports"] else names.put("no_report")
    if first and last:
        days = {"first": names.whole(f"{first:%Y-%m-%d}"), "last": names.whole(f"{last:%Y-%m-%d}")}
        on_a_day = days["first"] == days["last"]
        sheet.heading(names.put("own_reports_on" if on_a_day else "own_reports_between", reports=own, **days))
    else:
        sheet.heading(names.put("own_reports", own))
    sheet.print()
    if not whole:
        paragraph(isolated(names.put("no_claim_is_its_word")))
    told.closing()


def _counts(answer: Mapping[str, Any], names: Names) -> Iterable[tuple[str, int, str]]:
    claims = answer["claims"]
    yield names.put("claims"), claims["total"], "bold"
    for name, style in (
        ("stands", ""),
        ("withdrawn", "cyan"),
        ("withdrawn_by_others", "cyan"),
        ("retracted", "yellow"),
    ):
        yield f"  {isolated(names.put(f'record_{name}'))}", claims[name], style
    for name, style in (
        ("revised", "cyan"), ("revised_by_others", "cyan"), ("without_notice", "cyan"),
        ("reports_withdrawn", "cyan"), ("relayed", ""), ("corrected", "yellow"),
        ("disputed", "red"), ("disputes", "red"),
    ):  # fmt: skip
        if name in answer:
            yield names.put(f"record_{name}"), answer[name], style if answer[name] else "dim"
    for grade, number in answer.get("graded", NOTHING).items():
        label = names.put("without_a_grade") if grade == "none" else names.put("credibility", grade)
        yield label, number, "magenta"
