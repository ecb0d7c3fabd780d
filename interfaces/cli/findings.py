"""Commands about the desk's own judgement: incidents, and assessments with whether their basis moved."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Annotated, Any

import typer

from interfaces.cli.account import moment, published
from interfaces.cli.answers import Told, joined_ids
from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.figure_shown import mark_of
from interfaces.cli.output import language_asked, paragraph, print_json, say
from interfaces.cli.persons_counted import counted_beside
from interfaces.cli.questions import AsJson, At, Certainty, Limit, Place, ReportedBy, how_many, meant, pages_of
from interfaces.cli.reading import AsOf, Dossier, dossier_of, names_in_language
from interfaces.cli.sheet import Part, Sheet
from interfaces.cli.short_ids import shortened
from interfaces.messages import words
from interfaces.messages.words import Names, capital, clean, isolated

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
    type_: Annotated[str | None, typer.Option("--type", help="airstrike, capture, massacre ...")] = None,
    place: Place = None,
    since: Annotated[str | None, typer.Option(help="What may have been at some time from then on.")] = None,
    until: Annotated[str | None, typer.Option(help="What may have been at some time up to then.")] = None,
    certainly: Annotated[bool, typer.Option("--certainly", help="Of --since and --until: what certainly was.")] = False,
    standing: Annotated[
        str | None, typer.Option(help="Whether anybody still tells of it: stands, nothing_left, unlinked ...")
    ] = None,
    measure: Annotated[str | None, typer.Option(help="What is counted in each; killed if left out.")] = None,
    at_least: Annotated[int | None, typer.Option(min=0, help="Where it may be so many or more.")] = None,
    at_most: Annotated[int | None, typer.Option(min=0, help="Where it may be so many or fewer.")] = None,
    reported_by: ReportedBy = None,
    as_of: AsOf = None,
    certainty: Certainty = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """The happenings that claims tell of, with the least, the best and the most that may be killed in each, and
    whether voices agree.

    With an id, one of them and what is said of it.

    Examples:

        kroniek incidents --claim c103

        kroniek incidents --type airstrike --since 2018-09 --until 2018-12 --at-least 10

        kroniek incidents market-strike
    """
    client = Client()
    name = dossier_of(client, dossier)
    if incident is not None:
        clocks = {"reported_by": reported_by, "as_of": as_of, "certainty": certainty}
        answer = client.get(path_of("dossiers", name, "incidents", incident), **clocks)
        print_json(answer) if as_json else _incident(client, name, answer, clocks)
        return
    asked = {
        "claim": claim, "type": type_, "place": place, "since": since, "until": until, "standing": standing,
        "holds": "certain" if certainly else None, "measure": measure or "killed", "at_least": at_least,
        "at_most": at_most, "reported_by": reported_by, "as_of": as_of, "certainty": certainty,
    }  # fmt: skip
    found: list[Any] = []
    with meant(client, name, "place", place):
        for page in pages_of(client, path_of("dossiers", name, "incidents"), limit, **asked):
            if as_json:
                print_json(page)
            found += page["items"]
    if as_json:
        return
    names = names_in_language(client, name, as_of=str(page["position"])) if found else Names(language=language_asked())
    if found:
        _counted(found, measure or "killed", names)
    else:
        narrowed = [value for key, value in asked.items() if key not in _NOT_NARROWING and value is not None]
        paragraph(isolated(names.put("no_incident_fits" if narrowed else "no_incident")))
    if measure is None:
        # Nobody asked for it: it is what the columns count, and leaves nothing out.
        page = {**page, "filters": {key: value for key, value in page.get("filters", {}).items() if key != "measure"}}
    Told(page, client.zone(name).key, asked=asked).closing(*_how_many(found, page, names))


def _how_many(found: list[Any], last: Mapping[str, Any], names: Names) -> Iterator[str]:
    """Those that stand; and beside them those of which nothing does, that are merged into others, or were retracted."""
    retracted = sum(one["retracted"] for one in found)
    merged = sum(one["survivor"] != one["id"] for one in found)
    left = sum(one.get("standing") == "nothing_left" and one["survivor"] == one["id"] for one in found)
    yield how_many(len(found) - merged - retracted - left, "incidents", last, names)
    for number, what in ((left, "beside_nothing_left"), (merged, "beside_merged"), (retracted, "beside_retracted")):
        if number:
            yield names.put(what, names.wording.number(number))


_NOT_NARROWING = ("measure", "as_of", "certainty")


def _counted(found: list[Any], measure: str, names: Names) -> None:
    """A row for each incident, with the numbers of a measure; the rest beside it, or below."""
    sheet = Sheet(right=(1, 2, 3, 5))
    titles = [
        (title and names.put(title), "bold") for title in ("column_incident", "low", "best", "high", "", "claims")
    ]
    number = names.wording.number
    sheet.row(*titles, details=[(names.put("last_word_of_each", words.value("measure", measure, names)), "dim")])
    short = shortened(item["id"] for item in found)
    for item in found:
        counted = item["counted"]
        numbers = [number(counted[name]) if counted[name] is not None else "–" for name in ("low", "best", "high")]
        mark, style = mark_of(counted["verdict"])
        verdict = names.wording.figures[counted["verdict"]] if counted["low"] is not None else ""
        gone, aside = item.get("not_in_force", ()), item.get("set_aside", ())
        stand = len(item["claims"]) - len(gone) - len(aside)
        title = (clean(item["title"]), "" if stand else "dim")
        sheet.row(
            (short[item["id"]], "cyan"),
            *numbers,
            (mark.strip(), style),
            number(stand),
            details=[title, (verdict, style), *_where(item, names), *_not_standing(item, names)],
        )
    sheet.print()


def _not_standing(item: Mapping[str, Any], names: Names) -> Iterator[Part]:
    """That nobody tells of it any more; else how many are linked besides that count for nothing."""
    if item.get("standing") == "nothing_left":
        yield names.put("nothing_left"), "bold yellow"
        return
    aside, gone = len(item.get("set_aside", ())), len(item.get("not_in_force", ()))
    for number, what in ((aside, "besides_set_aside"), (gone, "besides_not_in_force")):
        if number:
            yield names.put(what, names.wording.counted("claims", number)), "yellow"


def _where(item: Mapping[str, Any], names: Names) -> Iterator[Part]:
    yield names.place(item["place"]) if item.get("place") else ""
    yield clean(item.get("when") or "")
    yield names.type(item["type"]) if item.get("type") else ""
    yield (names.put("merged_into", names.whole(item["merged_into"])) if item.get("merged_into") else "", "yellow")
    yield (names.put("retracted") if item["retracted"] else "", "yellow")


def _incident(client: Client, dossier: str, item: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    names = names_in_language(client, dossier, as_of=str(item["position"]))
    sheet = Sheet()
    sheet.heading((clean(item["title"]), "bold"), f"  {item['id']}")
    told = [part for part in _where(item, names) if part and part != ("", "yellow")]
    sheet.row("", details=told)
    if item.get("merged"):
        sheet.row("", details=[(names.put("has_in_it", joined_ids(item["merged"], names)), "yellow")])
    if item.get("merged_into") and item["survivor"] != item["merged_into"]:
        sheet.row("", details=[(names.put("goes_on_as", names.whole(item["survivor"])), "yellow")])
    if item.get("note"):
        sheet.heading(clean(item["note"]))
    if item.get("standing") == "nothing_left":
        sheet.heading((names.put("nobody_tells_of_it"), "bold yellow"))
    counted_beside(sheet, item["persons"], names)
    sheet.gap()
    sheet.print()
    if item["claims"]:
        _claims(client, dossier, item["claims"], {**asked, "as_of": str(item["position"])}, names)
    elif item.get("standing") != "nothing_left":
        say(isolated(names.put("no_claim_was_out" if item.get("not_reported") else "no_claim_linked")))
    if item.get("not_reported"):
        later = names.wording.counted("claims", item["not_reported"])
        paragraph((isolated(names.put(f"linked_not_{asked.get('certainty') or 'certain'}", later)), "yellow"))
    Told(item, client.zone(dossier).key, asked=asked).closing()


def _claims(
    client: Client,
    dossier: str,
    ids: list[str],
    clocks: Mapping[str, Any],
    names: Names,
    moved: Mapping[str, list[Any]] | None = None,
) -> None:
    """What each claim says, and what moved it."""
    sheet, short = Sheet(), shortened(ids)
    for id_ in ids[:TOLD_IN_WORDS]:
        notes = [(_moved(one, client.zone(dossier), names), "bold yellow") for one in (moved or {}).get(id_, [])]
        try:
            claim = client.get(path_of("dossiers", dossier, "claims", id_), **clocks)
        except Refused as refused:
            if refused.code_name == "not_reported_yet" and not clocks.get("reported_by"):
                _of_no_report(sheet, client, dossier, (id_, short[id_]), clocks, names)
            else:
                sheet.row((short[id_], "cyan"), (refused.message, "dim"), notes=notes)
            continue
        content, report = claim["content"], claim["report"]
        place = names.place(content["place"]) if content.get("place") else ""
        who = (words.who(content, names), "" if content.get("claimant") else "dim")
        stood_in = f"{report['id']} ({published(report)})"
        said = (words.said(content, names, with_note=False), "" if claim["status"] == "stands" else "strike")
        mind = (names.wording.semicolon.join(words.marks(claim, names)), "yellow")
        when = clean(content.get("when") or names.put("undated"))
        sheet.row((short[id_], "cyan"), said, details=[place, when, who, stood_in, mind], notes=notes)
    if len(ids) > TOLD_IN_WORDS:
        more = names.wording.sentences["and_more"].format(names.wording.number(len(ids) - TOLD_IN_WORDS))
        sheet.heading(f"{more}: {joined_ids(ids[TOLD_IN_WORDS:], names, 100)}")
    sheet.print()


def _of_no_report(
    sheet: Sheet, client: Client, dossier: str, claim: tuple[str, str], clocks: Mapping[str, Any], names: Names
) -> None:
    """A claim of which every report was retracted, by what was recorded of it last."""
    id_, short = claim
    said: dict[str, Any] = {}
    for page in pages_of(client, path_of("dossiers", dossier, "claims", id_, "history"), None, as_of=clocks["as_of"]):
        for change in (change for entry in page["items"] for change in entry["changes"] if change.get("statement")):
            said[change["field"]] = change["after"]
    content = {name: value for name, value in said.items() if value is not None}
    place = names.place(content["place"]) if content.get("place") else ""
    told = words.said(content, names, with_note=False) if "kind" in content else ""
    when = clean(content.get("when") or names.put("undated"))
    why = (names.put("claim_not_in_force"), "yellow")
    details: list[Part] = [place, when, words.who(content, names), clean(content.get("report") or ""), why]
    sheet.row((short, "cyan"), (told, "strike"), details=details)


def _moved(one: Mapping[str, Any], zone: tzinfo, names: Names) -> str:
    what = names.happened(one["type"], names.put(f"some_{str(one['type']).partition('.')[0]}"))
    report = f" ({names.whole(one['report'])})" if one.get("report") else ""
    reason = f": {names.clean(one['reason'])}" if one.get("reason") else ""
    return f"⚠ {what}{report} {names.put('at_position', **_since(one, zone, names))}{reason}"


def _since(one: Mapping[str, Any], zone: tzinfo, names: Names) -> dict[str, str]:
    """The position and the moment of an event."""
    when = moment(one["recorded_at"], zone, names.language)
    return {"position": names.wording.number(one["position"]), "moment": when}


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
        print_json(answer) if as_json else _assessment(client, name, answer, clocks)
        return
    asked = {"grade": grade, "place": place, "claim": claim, "moved": _as_asked(moved), "at": at, **clocks}
    shown, names = 0, Names(language=language_asked())
    with meant(client, name, "place", place):
        for page in pages_of(client, path_of("dossiers", name, "assessments"), limit, **asked):
            if as_json:
                print_json(page)
                continue
            if page["items"] and not shown:
                names = names_in_language(client, name, as_of=str(page["position"]))
            sheet, short = Sheet(), shortened(item["id"] for item in page["items"])
            for item in page["items"]:
                if shown:
                    sheet.gap()
                shown += 1
                _listed(sheet, item, short[item["id"]], names, client.zone(name), certainty)
            sheet.print()
    if as_json:
        return
    if not shown:
        paragraph(isolated(names.put("no_assessment_fits")))
    Told(page, client.zone(name).key, asked=asked).closing(how_many(shown, "assessments", page, names))


def _as_asked(moved: bool | None) -> str | None:
    return None if moved is None else str(moved).lower()


def _listed(sheet: Sheet, item: Mapping[str, Any], id_: str, names: Names, zone: tzinfo, certainty: str | None) -> None:
    notes = [*_findings(item, names, zone), *_not_out(item, names, certainty)]
    sheet.row((id_, "cyan"), *_graded(item, names), details=[_question(item, names)], notes=notes)


def _graded(item: Mapping[str, Any], names: Names) -> Iterator[Part]:
    yield (names.wording.grades[item["grade"]], _GRADES.get(item["grade"], ""))
    yield (f"⚠ {names.put('basis_moved')}" if item["moved"] else "", "bold yellow")


def _findings(item: Mapping[str, Any], names: Names, zone: tzinfo) -> Iterator[Part]:
    yield clean(item["finding"])
    if item.get("withdrawn_because"):
        yield (names.put("withdrawn_by_us", names.clean(item["withdrawn_because"])), "yellow")
    moves = [one for each in item["basis"] for one in each["moved"]]
    if moves:
        ids = [each["claim"] for each in item["basis"] if each["moved"]]
        since = _since(item["moved_since"], zone, names)
        yield (names.put("moved_since", **since, ids=joined_ids(ids, names)), "yellow")
    else:
        yield (names.put("rests_on", joined_ids(item["claims"], names)), "dim")


def _not_out(item: Mapping[str, Any], names: Names, certainty: str | None) -> Iterator[Part]:
    """What nobody could have found it on by the cut-off."""
    if item.get("not_out"):
        yield (names.put(f"rests_not_{certainty or 'certain'}", joined_ids(item["not_out"], names)), "yellow")


def _question(item: Mapping[str, Any], names: Names) -> str:
    told = ""
    if item.get("topic"):
        told = capital(words.written_topic(item["topic"], names))
    elif item.get("place"):
        told = names.place(item["place"])
    when = names.whole(clean(item["when"])) if item.get("when") else ""
    return names.wording.joint.join(filter(None, (told, when)))


def _assessment(client: Client, dossier: str, item: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    names = names_in_language(client, dossier, as_of=str(item["position"]))
    sheet = Sheet()
    sheet.heading((_question(item, names), "bold"), f"  {item['id']}")
    sheet.row(*_graded(item, names))
    if item.get("withdrawn_because"):
        sheet.heading((names.put("withdrawn_by_us", names.clean(item["withdrawn_because"])), "yellow"))
    sheet.gap()
    sheet.heading(clean(item["finding"]))
    sheet.heading((names.put("because", names.clean(item["because"])), "dim"))
    if item.get("same_origin"):
        sheet.heading((names.put("share_origin", joined_ids(item["same_origin"], names)), "magenta"))
    sheet.gap()
    sheet.heading((names.put("what_it_rests_on"), "bold"))
    for note in _not_out(item, names, asked.get("certainty")):
        sheet.heading(note)
    sheet.print()
    moved = {each["claim"]: each["moved"] for each in item["basis"]}
    _claims(client, dossier, list(moved), {"as_of": str(item["position"])}, names, moved)
    Told(item, client.zone(dossier).key, asked=asked).closing()
