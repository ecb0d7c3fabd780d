"""Commands about what changed: corrections by family, the difference of two pictures, the record of a source."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from domain.families import Family
from interfaces.cli.account import published
from interfaces.cli.answers import NOTHING, Told
from interfaces.cli.bars import range_bar
from interfaces.cli.client import Client, path_of
from interfaces.cli.output import out, print_json, say
from interfaces.cli.questions import AsJson, At, Certainty, Limit, ReportedBy, how_many, meant, pages_of, told_of
from interfaces.cli.reading import AsOf, Dossier, dossier_of, names_of
from interfaces.cli.sheet import Sheet
from interfaces.messages import words
from interfaces.messages.words import Names, clean, counted

_FAMILIES: dict[Family, tuple[str, str]] = {
    "source": ("the source changed its word", "cyan"),
    "record": ("our record was wrong", "yellow"),
    "judgement": ("our judgement", "magenta"),
    "world": ("recorded", "green"),
}
_WHATS = {"appeared": ("+", "green"), "disappeared": ("-", "red"), "changed": ("~", "yellow")}


def add_to(app: typer.Typer) -> None:
    group = "Ask"
    for command in (corrections, changes, record):
        app.command(rich_help_panel=group)(command)


def corrections(
    dossier: Dossier = None,
    family: Annotated[
        str | None, typer.Option(help="source (it changed its word), record (ours was wrong) or judgement (ours).")
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
    shown, names = 0, Names()
    for page in pages_of(client, path_of("dossiers", name, "corrections"), limit, **asked):
        if as_json:
            print_json(page)
            continue
        names = names if shown else names_of(client, name, as_of=str(page["position"]))
        sheet = Sheet(beside=False)
        for item in page["items"]:
            if shown:
                sheet.gap()
            shown += 1
            _correction(sheet, item, names)
        sheet.print()
    if as_json:
        return
    if not shown:
        say("Nothing was changed that fits: what was recorded stands as it was.")
    told_of(client, name, page).closing(how_many(shown, "change", page))


def _correction(sheet: Sheet, item: Mapping[str, Any], names: Names) -> None:
    told, style = _FAMILIES[item["family"]]
    what = f"{item['kind']} {item['id']} {str(item['type']).partition('.')[2]}"
    who = clean(item["principal_name"] or item["principal"])
    sheet.heading(
        (f"{item['position']:,}", "bold"), f"  {_moment(item['recorded_at'])}  ", (told, style), f": {what} by {who}"
    )  # fmt: skip
    # A grade's reason stands below as that of the change.
    changed = [change for change in item["changes"] if change["field"] != "graded_because"]
    notes = [*words.changes(changed, names)]
    if item.get("report"):
        notes.append(f"in report {item['report']}")
    if item.get("reason"):
        notes.append(f"because: {clean(item['reason'])}")
    for note in notes:
        sheet.row("   ", note)
    first, *rest = [*_touched(item, names)] or [""]
    sheet.row("   ", "", details=[(f"touches {first}" if first else "", "dim"), *((one, "dim") for one in rest)])


def _touched(item: Mapping[str, Any], names: Names) -> Iterator[str]:
    """The questions whose answers it may have moved: topics and places first."""
    touches = item["touches"]
    yield from touches.get("topics", ())
    yield from map(names.place, touches.get("places", ()))
    yield from map(names.source, touches.get("sources", ()))
    yield from (f"incident {id_}" for id_ in touches.get("incidents", ()))
    yield from (f"assessment {id_}" for id_ in touches.get("assessments", ()))


def _moment(recorded_at: str) -> str:
    return f"{datetime.fromisoformat(recorded_at).astimezone(UTC):%Y-%m-%d %H:%M}Z"


def changes(
    dossier: Dossier = None,
    from_reported_by: Annotated[str | None, typer.Option(help="The one picture: published by then.")] = None,
    to_reported_by: Annotated[str | None, typer.Option(help="The other: published by then.")] = None,
    from_as_of: Annotated[
        str | None, typer.Option(help="The one: as the dossier stood at this position, or then.")
    ] = None,
    to_as_of: Annotated[str | None, typer.Option(help="The other: at this position, or then.")] = None,
    from_at: Annotated[str | None, typer.Option(help="The one: what may have been so in the world then.")] = None,
    to_at: Annotated[str | None, typer.Option(help="The other: then.")] = None,
    from_certainty: Annotated[str | None, typer.Option(help="Of --from-reported-by: certain or possible.")] = None,
    to_certainty: Annotated[str | None, typer.Option(help="Of --to-reported-by: certain or possible.")] = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """What differs between two pictures, each by clocks of its own, and which events made it so.

    A clock that is left out means everything, up to now.

    Examples:

        kroniek changes --from-reported-by 2018-11-30 --to-reported-by 2018-12-31

        kroniek changes --from-as-of 168 --to-as-of 170
    """
    client = Client()
    name = dossier_of(client, dossier)
    asked = {
        "from.reported_by": from_reported_by, "to.reported_by": to_reported_by, "from.as_of": from_as_of,
        "to.as_of": to_as_of, "from.at": from_at, "to.at": to_at, "from.certainty": from_certainty,
        "to.certainty": to_certainty,
    }  # fmt: skip
    shown: dict[str, int] = {}
    for page in pages_of(client, path_of("dossiers", name, "changes"), limit, **asked):
        if as_json:
            print_json(page)
            continue
        time_zone = str(client.get(path_of("dossiers", name), as_of=str(page["to"]["position"]))["time_zone"])
        sheet = Sheet()
        if not shown:
            for side in ("from", "to"):
                sheet.heading((f"{side:<4}  {', '.join(Told(page[side], time_zone).clocks())}", "dim"))
        for item in page["items"]:
            shown[item["what"]] = shown.get(item["what"], 0) + 1
            sheet.gap()
            _change(sheet, item, Told(page, time_zone))
        sheet.print()
    if as_json:
        return
    say()
    if not shown:
        say("The two pictures are the same.")
        return
    told = ", ".join(f"{number:,} {what}" for what, number in sorted(shown.items()))
    say((told + ("; there are more" if page["next"] else ""), "dim"))


def _change(sheet: Sheet, item: Mapping[str, Any], told: Told) -> None:
    mark, style = _WHATS[item["what"]]
    before, after = item["before"], item["after"]
    claim = after or before
    content, names = claim["content"], told.names
    said = words.said(content, names, with_note=False)
    place = names.place(content["place"]) if content.get("place") else ""
    report = f"{claim['report']['id']} ({published(claim['report'])})"
    who = (words.who(content, names), "" if content.get("claimant") else "dim")
    differs = list(words.changes(list(_differing(item)), names)) if before and after else []
    sheet.row(
        (f"{mark} {item['claim']}", style), said, details=[place, clean(content.get("when") or "undated"), who, report],
        notes=[*[(each, "yellow") for each in differs], *[(each, "dim") for each in _made_so(item)]],
    )  # fmt: skip


def _differing(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The fields that differ, as changes from the one picture to the other."""
    for name in item["differs"]:
        if name in ("changed", "graded_because"):
            continue
        yield {"field": name, "before": _field(item["before"], name), "after": _field(item["after"], name)}


def _field(claim: Mapping[str, Any], name: str) -> Any:
    if name == "report":
        return claim["report"]["id"]
    for place in (claim["content"], claim, claim["relations"]):
        if name in place:
            return place[name]
    return None


def _made_so(item: Mapping[str, Any]) -> Iterator[str]:
    if item["published"]:
        yield f"because {', '.join(item['published'])} came out"
    for event in item["events"]:
        if event["family"] == "world" and item["published"]:
            continue
        who = clean(event["principal_name"] or "somebody")
        verb = str(event["type"]).replace(".", " ")
        reason = f", because: {clean(event['reason'])}" if event.get("reason") else ""
        family, _ = _FAMILIES[event["family"]]
        told = "" if event["family"] == "world" else f" ({family})"
        yield f"at position {event['position']:,}: {verb} by {who}{told}{reason}"


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
    told = told_of(client, name, answer)
    about = answer["source"]
    kind = clean(about.get("kind") or "").replace("_", " ")
    reliability = f"reliability {about['reliability']}" if about.get("reliability") else "reliability not graded"
    sheet = Sheet(right=(1,))
    sheet.heading((clean(about["name"]), "bold"), "  ", " · ".join(filter(None, (about["id"], kind, reliability))))
    if about.get("graded_because"):
        sheet.heading((f"because: {clean(about['graded_because'])}", "dim"))
    sheet.gap()
    whole = answer["claims"]["total"]
    for label, number, style in _counts(answer):
        bar = range_bar(number, None, number, float(whole or 1), min(40, out().width // 3)) if number else ""
        sheet.row((label, style), (f"{number:,}", style), (bar, "blue"))
    sheet.gap()
    first, last = told.local(answer["first"]), told.local(answer["last"])
    own = counted(answer["reports"], "report") if answer["reports"] else "No report"
    spoke = f"; its claims came out between {first:%Y-%m-%d} and {last:%Y-%m-%d}" if first and last else ""
    sheet.heading(f"{own} of its own{spoke}.")
    sheet.print()
    if not whole:
        say("No claim is its word, by these clocks.")
    told.closing()


def _counts(answer: Mapping[str, Any]) -> Iterable[tuple[str, int, str]]:
    claims = answer["claims"]
    yield "claims", claims["total"], "bold"
    yield "  stand", claims["stands"], ""
    yield "  taken back by it", claims["withdrawn"], "cyan"
    yield "  retracted by us", claims["retracted"], "yellow"
    for label, name, style in (
        ("revised by it", "revised", "cyan"),
        ("changed or dropped without notice", "without_notice", "cyan"),
        ("relayed by it", "relayed", ""),
        ("corrected by us", "corrected", "yellow"),
        ("disputed by others", "disputed", "red"),
        ("disputing others", "disputes", "red"),
    ):
        if name in answer:
            yield label, answer[name], style if answer[name] else "dim"
    for grade, number in answer.get("graded", NOTHING).items():
        yield "without a grade" if grade == "none" else f"credibility {grade}", number, "magenta"
