"""Commands about the desk's own judgement: incidents, and assessments with whether their basis moved."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from interfaces.cli.account import moment, published
from interfaces.cli.answers import Told, joined_ids
from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.output import print_json, say
from interfaces.cli.questions import AsJson, At, Certainty, Limit, Place, ReportedBy, how_many, meant, pages_of
from interfaces.cli.reading import AsOf, Dossier, dossier_of, names_of
from interfaces.cli.sheet import Part, Sheet
from interfaces.messages import words
from interfaces.messages.words import Names, capital, clean

# More claims than that are told by their ids.
TOLD_IN_WORDS = 50

_GRADES = {"confirmed": "green", "fair": "green", "weak": "yellow", "contested": "bold red", "discounted": "dim"}


def add_to(app: typer.Typer) -> None:
    group = "Ask"
    for command in (incidents, assessments):
        app.command(rich_help_panel=group)(command)


def incidents(
    incident: Annotated[str | None, typer.Argument(help="The id of one; all of them if left out.")] = None,
    dossier: Dossier = None,
    claim: Annotated[str | None, typer.Option(help="Those that this claim is linked to.")] = None,
    as_of: AsOf = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """The happenings that claims tell of; with an id, one of them and what is said of it.

    Examples:

        kroniek incidents --claim c103

        kroniek incidents market-strike
    """
    client = Client()
    name = dossier_of(client, dossier)
    if incident is not None:
        answer = client.get(path_of("dossiers", name, "incidents", incident), as_of=as_of)
        print_json(answer) if as_json else _incident(client, name, answer)
        return
    shown, names = 0, Names()
    for page in pages_of(client, path_of("dossiers", name, "incidents"), limit, claim=claim, as_of=as_of):
        if as_json:
            print_json(page)
            continue
        if page["items"] and not shown:
            names = names_of(client, name, as_of=str(page["position"]))
        sheet = Sheet(right=(2,))
        for item in page["items"]:
            shown += 1
            sheet.row(
                (item["id"], "cyan"), clean(item["title"]), f"{len(item['claims']):,}",
                ("claim" if len(item["claims"]) == 1 else "claims", "dim"), details=list(_where(item, names)),
            )  # fmt: skip
        sheet.print()
    if as_json:
        return
    if not shown:
        linked = f" that claim {claim} is linked to" if claim else ""
        say(f"There is no incident{linked}. docs/recording.md says how one is opened and linked to its claims.")
    Told(page, "UTC").closing(how_many(shown, "incident", page))


def _where(item: Mapping[str, Any], names: Names) -> Iterator[Part]:
    yield names.place(item["place"]) if item.get("place") else ""
    yield clean(item.get("when") or "")
    yield clean(item.get("type") or "").replace("_", " ")
    yield (f"merged into {item['merged_into']}" if item.get("merged_into") else "", "yellow")


def _incident(client: Client, dossier: str, item: Mapping[str, Any]) -> None:
    names = names_of(client, dossier, as_of=str(item["position"]))
    sheet = Sheet()
    sheet.heading((clean(item["title"]), "bold"), f"  {item['id']}")
    told = [part for part in _where(item, names) if part and part != ("", "yellow")]
    sheet.row("", details=told)
    if item.get("merged"):
        sheet.row("", details=[(f"has in it {joined_ids(item['merged'])}", "yellow")])
    if item.get("merged_into") and item["survivor"] != item["merged_into"]:
        sheet.row("", details=[(f"goes on as {item['survivor']}", "yellow")])
    if item.get("note"):
        sheet.heading(clean(item["note"]))
    sheet.gap()
    sheet.print()
    if item["claims"]:
        _claims(client, dossier, item["claims"], item["position"], names)
    else:
        say("No claim is linked to it.")
    Told(item, "UTC").closing()


def _claims(
    client: Client,
    dossier: str,
    ids: list[str],
    position: int,
    names: Names,
    moved: Mapping[str, list[Any]] | None = None,
) -> None:
    """What each claim says, and what moved it."""
    sheet = Sheet()
    for id_ in ids[:TOLD_IN_WORDS]:
        notes = [(_moved(one), "bold yellow") for one in (moved or {}).get(id_, [])]
        try:
            claim = client.get(path_of("dossiers", dossier, "claims", id_), as_of=str(position))
        except Refused as refused:
            sheet.row((id_, "cyan"), (refused.message, "dim"), notes=notes)
            continue
        content, report = claim["content"], claim["report"]
        place = names.place(content["place"]) if content.get("place") else ""
        who = (words.who(content, names), "" if content.get("claimant") else "dim")
        stood_in = f"{report['id']} ({published(report)})"
        said = (words.said(content, names, with_note=False), "" if claim["status"] == "stands" else "strike")
        mind = ("; ".join(words.marks(claim)), "yellow")
        when = clean(content.get("when") or "undated")
        sheet.row((id_, "cyan"), said, details=[place, when, who, stood_in, mind], notes=notes)
    if len(ids) > TOLD_IN_WORDS:
        sheet.heading(f"and {len(ids) - TOLD_IN_WORDS:,} more: {joined_ids(ids[TOLD_IN_WORDS:], 100)}")
    sheet.print()


def _moved(one: Mapping[str, Any]) -> str:
    what = str(one["type"]).replace(".", " ")
    report = f" ({one['report']})" if one.get("report") else ""
    reason = f": {clean(one['reason'])}" if one.get("reason") else ""
    return f"⚠ {what}{report} at position {one['position']:,}, {moment(one['recorded_at'])}{reason}"


def assessments(
    assessment: Annotated[str | None, typer.Argument(help="The id of one; all of them if left out.")] = None,
    dossier: Dossier = None,
    grade: Annotated[str | None, typer.Option(help="confirmed, fair, weak, contested or discounted.")] = None,
    place: Place = None,
    claim: Annotated[str | None, typer.Option(help="Those that rest on this claim.")] = None,
    moved: Annotated[
        bool | None, typer.Option("--moved/--unmoved", help="Those whose basis moved since, or did not.")
    ] = None,
    at: At = None,
    reported_by: ReportedBy = None,
    as_of: AsOf = None,
    certainty: Certainty = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """What the desk finds, how sure it is, on which claims, and whether those moved since.

    Examples:

        kroniek assessments --moved

        kroniek assessments fighters-december
    """
    client = Client()
    name = dossier_of(client, dossier)
    clocks = {"reported_by": reported_by, "as_of": as_of, "certainty": certainty}
    if assessment is not None:
        answer = client.get(path_of("dossiers", name, "assessments", assessment), **clocks)
        print_json(answer) if as_json else _assessment(client, name, answer)
        return
    asked = {"grade": grade, "place": place, "claim": claim, "moved": _as_asked(moved), "at": at, **clocks}
    shown, names = 0, Names()
    with meant(client, name, "place", place):
        for page in pages_of(client, path_of("dossiers", name, "assessments"), limit, **asked):
            if as_json:
                print_json(page)
                continue
            if page["items"] and not shown:
                names = names_of(client, name, as_of=str(page["position"]))
            sheet = Sheet()
            for item in page["items"]:
                if shown:
                    sheet.gap()
                shown += 1
                _listed(sheet, item, names)
            sheet.print()
    if as_json:
        return
    if not shown:
        say("There is no assessment that fits. docs/recording.md says how one is issued.")
    Told(page, "UTC").closing(how_many(shown, "assessment", page))


def _as_asked(moved: bool | None) -> str | None:
    return None if moved is None else str(moved).lower()


def _listed(sheet: Sheet, item: Mapping[str, Any], names: Names) -> None:
    sheet.row((item["id"], "cyan"), *_graded(item), details=[_question(item, names)], notes=list(_findings(item)))


def _graded(item: Mapping[str, Any]) -> Iterator[Part]:
    yield (item["grade"], _GRADES.get(item["grade"], ""))
    yield ("⚠ basis moved" if item["moved"] else "", "bold yellow")


def _findings(item: Mapping[str, Any]) -> Iterator[Part]:
    yield clean(item["finding"])
    if item.get("withdrawn_because"):
        yield (f"withdrawn by us: {clean(item['withdrawn_because'])}", "yellow")
    moves = [one for each in item["basis"] for one in each["moved"]]
    if moves:
        since = item["moved_since"]
        ids = [each["claim"] for each in item["basis"] if each["moved"]]
        yield (
            f"moved since position {since['position']:,}, {moment(since['recorded_at'])}: {joined_ids(ids)}",
            "yellow",
        )
    else:
        yield (f"rests on {joined_ids(item['claims'])}", "dim")


def _question(item: Mapping[str, Any], names: Names) -> str:
    told = ""
    if item.get("topic"):
        told = capital(words.written_topic(item["topic"], names))
    elif item.get("place"):
        told = names.place(item["place"])
    return ", ".join(filter(None, (told, clean(item.get("when") or ""))))


def _assessment(client: Client, dossier: str, item: Mapping[str, Any]) -> None:
    names = names_of(client, dossier, as_of=str(item["position"]))
    sheet = Sheet()
    sheet.heading((_question(item, names), "bold"), f"  {item['id']}")
    sheet.row(*_graded(item))
    if item.get("withdrawn_because"):
        sheet.heading((f"withdrawn by us: {clean(item['withdrawn_because'])}", "yellow"))
    sheet.gap()
    sheet.heading(clean(item["finding"]))
    sheet.heading((f"because: {clean(item['because'])}", "dim"))
    if item.get("same_origin"):
        sheet.heading((f"held to share one origin: {joined_ids(item['same_origin'])}", "magenta"))
    sheet.gap()
    sheet.heading(("What it rests on", "bold"))
    sheet.print()
    moved = {each["claim"]: each["moved"] for each in item["basis"]}
    _claims(client, dossier, list(moved), item["position"], names, moved)
    Told(item, "UTC").closing()
