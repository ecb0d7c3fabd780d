"""What differs between two pictures: what is found, and claims."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.cells import cell_len

from interfaces.cli.account import published
from interfaces.cli.answer_changed import about, apart, both_answers, short, voice_in_words
from interfaces.cli.answers import Told, family_of_event
from interfaces.cli.client import Client, path_of
from interfaces.cli.figure_shown import range_told
from interfaces.cli.output import paragraph, print_json, say
from interfaces.cli.persons import known_in_words
from interfaces.cli.persons_counted import counted_in_words
from interfaces.cli.questions import AsJson, Limit, pages_of, told_of
from interfaces.cli.reading import Dossier, as_typed, dossier_of
from interfaces.cli.sheet import Part, Sheet
from interfaces.cli.short_ids import shortened
from interfaces.messages import words
from interfaces.messages.words import Names, clean, isolated

# Of events that are told in the same words: of more it is told how many more there are.
MOST_POSITIONS = 3

_WHATS = {"appeared": ("+", "green"), "disappeared": ("-", "red"), "changed": ("~", "yellow")}


def changes(
    dossier: Dossier = None,
    from_reported_by: Annotated[str | None, typer.Option(help="The one picture: published by then.")] = None,
    to_reported_by: Annotated[str | None, typer.Option(help="The other: published by then.")] = None,
    from_as_of: Annotated[
        str | None,
        typer.Option(
            callback=as_typed, help="The one: as the dossier stood at this position, or then; or today, yesterday."
        ),
    ] = None,
    to_as_of: Annotated[
        str | None, typer.Option(callback=as_typed, help="The other: at this position, or then.")
    ] = None,
    from_at: Annotated[str | None, typer.Option(help="The one: what may have been so in the world then.")] = None,
    to_at: Annotated[str | None, typer.Option(help="The other: then.")] = None,
    from_certainty: Annotated[str | None, typer.Option(help="Of --from-reported-by: certain or possible.")] = None,
    to_certainty: Annotated[str | None, typer.Option(help="Of --to-reported-by: certain or possible.")] = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """What differs between two pictures, each by clocks of its own, and which events made it so: first what is found
    (who holds places, what topics come to, disagreements, assessments, what is known of persons, how many the list of
    them has of incidents, records of sources), then what is recorded of the dossier (its own words among it), sources,
    actors, places, reports, incidents and persons, then the claims.

    A clock that is left out means everything, up to now.

    Examples:

        kroniek changes --from-reported-by 2018-11-30 --to-reported-by 2018-12-31

        kroniek changes --from-as-of 168 --to-as-of 170

        kroniek changes --from-as-of yesterday --to-as-of today
    """
    client = Client()
    name = dossier_of(client, dossier)
    asked = {
        "from.reported_by": from_reported_by, "to.reported_by": to_reported_by, "from.as_of": from_as_of,
        "to.as_of": to_as_of, "from.at": from_at, "to.at": to_at, "from.certainty": from_certainty,
        "to.certainty": to_certainty,
    }  # fmt: skip
    counts: dict[str, dict[str, int]] = {"finding": {}, "item": {}, "claim": {}}
    more = begun = False
    for which, below in (("finding", "changes/findings"), ("claim", "changes")):
        page: Any = None
        for page in pages_of(client, path_of("dossiers", name, *below.split("/")), limit, **asked):
            if as_json:
                print_json(page)
                continue
            sheet, told = Sheet(), told_of(client, name, {**page, "position": page["to"]["position"]}, {})
            if not begun:
                _heading(sheet, page, asked, client.zone(name).key)
                begun = True
            ids = shortened(item["claim"] for item in page["items"] if "claim" in item)
            for item in page["items"]:
                mine = counts["item" if item.get("item") else which]
                mine[item["what"]] = mine.get(item["what"], 0) + 1
                sheet.gap()
                if which == "finding":
                    _finding(sheet, item, told)
                else:
                    _change(sheet, item, ids[item["claim"]], told)
            sheet.print()
        more = more or page["next"] is not None
    if as_json:
        return
    say()
    if not any(counts.values()):
        names = told.names
        between = abs(page["from"]["position"] - page["to"]["position"])
        lie = names.wording.counted("events_lie", between)
        same = names.put("pictures_same", names.put("nothing_differs"))
        paragraph(isolated(" ".join([same, *([names.put("moved_none", lie)] if between else [])])))
        return
    differs = told.names.wording.semicolon.join(
        _how_many(which, how, told.names) for which, how in counts.items() if how
    )
    paragraph((isolated(told.names.put("there_are_more", differs) if more else differs), "dim"))


def _heading(sheet: Sheet, page: Mapping[str, Any], asked: Mapping[str, Any], time_zone: str) -> None:
    for side in ("from", "to"):
        clocks = {name.removeprefix(f"{side}."): value for name, value in asked.items() if name.startswith(f"{side}.")}
        told = Told(page[side], time_zone, asked=clocks)
        names = told.names
        label = names.put(f"side_{side}")
        clocks_told = names.wording.joint.join(told.clocks())
        sheet.heading((label, "dim"), " " * (6 - cell_len(label)), (clocks_told, "dim"))


def _how_many(which: str, how: Mapping[str, int], names: Names) -> str:
    """`3 findings: 1 appeared, 2 changed`."""
    wording = names.wording
    each = wording.joint.join(names.put(f"these_{what}", wording.number(many)) for what, many in sorted(how.items()))
    return f"{wording.counted(f'{which}s', sum(how.values()))}: {each}"


def _finding(sheet: Sheet, item: Mapping[str, Any], told: Told) -> None:
    """What a question found in either picture: `control of Hajin`, below it `Islamic State (agreed) → nothing`."""
    mark, style = _WHATS[item["what"]]
    names = told.names
    found = _fields_apart(item, told) if item["question"] in ("item", "record") else [_found(item, told)]
    notes: list[Part] = [*found, *((each, "dim") for each in _made_so(item, names))]
    sheet.row((mark, style), (_about(item, names), style), notes=notes)


def _fields_apart(item: Mapping[str, Any], told: Told) -> list[str]:
    """`latitude: 35.1 → 35.3`: what is recorded otherwise of an item, or counts otherwise in a record."""
    if item.get("too_large"):
        return [_found(item, told)]
    if item["what"] != "changed":
        return []
    of_record = item["question"] == "record"
    names = told.names
    that_stand = _in_record("stands", names)
    was, now = (_counts(item[side], told) if of_record else item[side] for side in ("before", "after"))
    # What a record does not count is none of it.
    none = 0 if of_record else None
    changed = apart(was, now, none)
    if of_record and all(side[names.put("claims")] == side[that_stand] for side in (was, now)):
        # Where all stand, that says nothing more.
        changed = [one for one in changed if one["field"] != that_stand]
    if not of_record:
        of_person = item["item"].startswith("person/")
        return [*words.changes(changed, names.of(item["after"].get("sex")) if of_person else names)]
    # What a record counts is called in words already.
    rows = list[str]()
    for one in changed:
        before, after = (words.value("when", one[side], names) for side in ("before", "after"))
        rows.append(words.became(one["field"], before, after, names))
    return [names.wording.joint.join(rows)]


def _counts(record: Mapping[str, Any], told: Told) -> dict[str, Any]:
    """What a record counts, with its grade and the days of its first and last words, in one row."""
    claims, names = record["claims"], told.names
    row: dict[str, Any] = {names.put("claims"): claims["total"]}
    row |= {
        _in_record(name, names): claims[name] for name in ("stands", "withdrawn", "withdrawn_by_others", "retracted")
    }
    for name, value in record.items():
        if name == "graded":
            row |= {
                names.put("credibility", grade) if grade != "none" else names.put("without_a_grade"): many
                for grade, many in value.items()
            }
        elif name in ("first", "last"):
            day = told.local(value)
            row |= {names.put(f"{name}_word"): f"{day:%Y-%m-%d}" if day else None}
        elif not isinstance(value, (Mapping, list)):
            row[_in_record(name, names)] = value
    return row


def _in_record(name: str, names: Names) -> str:
    """What a record counts: `that stand`."""
    return names.wording.answers.get(f"counts_{name}") or names.field(name)


def _about(item: Mapping[str, Any], names: Names) -> str:
    if item["question"] == "item":
        kind, _, id_ = item["item"].partition("/")
        held = item.get("after") or item.get("before") or {}
        # Whoever asks for help needs no names.
        from domain.names import in_language

        name = in_language(held.get("names") or {}, names.language)
        name = name or next((held[each] for each in ("name", "label", "title") if held.get(each)), None)
        return names.item(kind, id_) + (f": {names.clean(name)}" if name else "")
    if item["question"] == "person":
        return names.put("about_known", names.item("person", item["person"]))
    if item["question"] == "incident":
        return names.put("about_list", names.item("incident", item["incident"]))
    if item["question"] != "disagreements":
        return about(item, names)
    if item.get("topic"):
        return names.put("about_disagreement", words.written_topic(item["topic"], names))
    if item.get("place"):
        return names.put("about_disagreement", names.place(item["place"]))
    return names.put("declared_disagreement")


def _found(item: Mapping[str, Any], told: Told) -> str:
    if item.get("too_large"):
        return told.names.put("too_large")
    was, now = (_in_short(item, item[side], told) for side in ("before", "after"))
    return both_answers(was, now, item["before"], item["after"], told)


def _in_short(item: Mapping[str, Any], answer: Mapping[str, Any] | None, told: Told) -> str:
    names = told.names
    if item["question"] == "disagreements":
        if answer is None:
            return names.put("none")
        return names.wording.answers["against_other"].join(_side(line, names) for line in answer["lines"])
    if answer is not None and item["question"] == "person":
        return known_in_words(answer, names)
    if answer is not None and item["question"] == "incident":
        return counted_in_words(answer, names)
    if answer is None:
        return names.put("no_number" if item["question"] == "figures" else "nothing")
    return short(item, answer, told)


def _side(line: Mapping[str, Any], names: Names) -> str:
    """`c108 (Reuters: about 2,000)`: one of two claims at odds."""
    who = voice_in_words(line["voice"], names)
    said = names.actor(line["actor"]) if line.get("actor") else ""
    said = range_told(line, names.wording) if "low" in line else said
    return f"{names.whole(line['claim'])} ({': '.join(filter(None, (who, said)))})"


def _change(sheet: Sheet, item: Mapping[str, Any], id_: str, told: Told) -> None:
    mark, style = _WHATS[item["what"]]
    before, after = item["before"], item["after"]
    claim = after or before
    content, names = claim["content"], told.names
    said = words.said(content, names, with_note=False)
    place = names.place(content["place"]) if content.get("place") else ""
    report = f"{claim['report']['id']} ({published(claim['report'])})"
    who = (words.who(content, names), "" if content.get("claimant") else "dim")
    reasons = [event.get("reason") for event in item["events"]]
    differs = list(words.changes(_differing(item), names, because=reasons)) if before and after else []
    when = clean(content.get("when") or names.put("undated"))
    sheet.row(
        (f"{mark} {id_}", style), said, details=[place, when, who, report],
        notes=[*[(each, "yellow") for each in differs], *[(each, "dim") for each in _made_so(item, names)]],
    )  # fmt: skip


def _differing(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The fields that differ, as changes from the one picture to the other."""
    for name in item["differs"]:
        if name in ("changed", "graded_because"):
            continue
        was, now = item["before"]["report"], item["after"]["report"]
        if name == "report" and was["id"] == now["id"]:
            # It is what is known of the report that differs.
            # When it came out follows from what it says of that, where that is what differs.
            known = {one["field"]: one for one in apart(was, now)}
            yield from (one for name, one in known.items() if name != "publication" or "published" not in known)
            continue
        yield {"field": name, "before": _field(item["before"], name), "after": _field(item["after"], name)}


def _field(claim: Mapping[str, Any], name: str) -> Any:
    if name in ("report", "withdrawn_in"):
        return claim[name]["id"] if claim.get(name) else None
    if name == "standing":
        return claim["status"]
    for place in (claim["content"], claim, claim["relations"]):
        if name in place:
            return place[name]
    return None


def _became_known(item: Mapping[str, Any], names: Names) -> Iterator[str]:
    if item["published"]:
        yield names.put("came_out", names.ids(item["published"]))
    for one in item.get("withdrawn", ()):
        report, reason = names.whole(one["report"]), names.clean(one["reason"])
        if one["in_report"]:
            yield names.put("was_withdrawn_in", report=report, in_report=names.whole(one["in_report"]), reason=reason)
        else:
            yield names.put("was_withdrawn", report=report, when=words.value("when", one["when"], names), reason=reason)


def _made_so(item: Mapping[str, Any], names: Names) -> Iterator[str]:
    for each in _became_known(item, names):
        yield names.put("perhaps", each) if item.get("not_told_apart") else each
    alike: dict[str, list[int]] = {}
    # Whose word it was that was changed or taken back, where a claim is told of.
    held = (item.get("before") or {}) if "claim" in item else {}
    claimant = held.get("content", {}).get("claimant")
    for event in item["events"]:
        if event["family"] == "world" and item["published"]:
            continue
        who = names.clean(event["principal_name"] or names.put("somebody"))
        some = names.put(f"some_{str(event['type']).partition('.')[0]}")
        what = words.event_in_words(event, some, who, names)
        reason = [names.put("because", names.clean(event["reason"]))] if event.get("reason") else []
        what += "" if event["family"] == "world" else f" ({family_of_event(event, names, claimant)})"
        alike.setdefault(names.wording.joint.join([what, *reason]), []).append(event["position"])
    for what, positions in alike.items():
        at = _at_positions(what, positions, names)
        yield names.put("perhaps", at) if item.get("events_not_told_apart") else at
    if item.get("more_events"):
        may_have = "claim" in item or item.get("events_not_told_apart")
        more = names.wording.counted("more_events", item["more_events"])
        yield names.put("more_may_have" if may_have else "more_have", more)
    if item.get("searched_in_part"):
        yield names.put("and_others_may")


def _at_positions(what: str, positions: Sequence[int], names: Names) -> str:
    told = [names.wording.number(position) for position in positions]
    if len(told) == 1:
        return names.put("event_at", position=told[0], what=what)
    further = len(told) - MOST_POSITIONS
    positions_told = names.wording.joint.join(told[:MOST_POSITIONS])
    if further > 0:
        positions_told += f" {names.wording.sentences['and_more'].format(names.wording.number(further))}"
    else:
        positions_told = names.wording.joined(told)
    return names.put("events_at", positions=positions_told, what=what)
