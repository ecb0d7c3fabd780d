"""Commands about the register of persons: who is on it, and one of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from interfaces.cli.account import moment, of_another
from interfaces.cli.answers import Told, joined_ids
from interfaces.cli.client import Client, path_of
from interfaces.cli.output import Failed, language_asked, paragraph, print_json
from interfaces.cli.questions import AsJson, At, Certainty, Limit, Place, ReportedBy, how_many, meant, pages_of
from interfaces.cli.reading import AsOf, Dossier, dossier_of, in_order, merges_told, names_in_language
from interfaces.cli.sheet import Part, Sheet
from interfaces.cli.short_ids import shortened
from interfaces.messages import words
from interfaces.messages.words import Names, clean, isolated


def add_to(app: typer.Typer) -> None:
    group = "Ask"
    for command in (persons, person):
        app.command(rich_help_panel=group)(command)


def persons(
    dossier: Dossier = None,
    incident: Annotated[str | None, typer.Option(help="Of this incident, and of what is merged into it.")] = None,
    place: Place = None,
    fate: Annotated[str | None, typer.Option(help="killed, injured, missing, held or unknown.")] = None,
    claim: Annotated[str | None, typer.Option(help="Those whom this claim names.")] = None,
    at: At = None,
    reported_by: ReportedBy = None,
    as_of: AsOf = None,
    certainty: Certainty = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """The register of persons: who was killed, injured, held or is missing, as far as it is known.

    Example:

        kroniek persons --incident market-strike --fate killed
    """
    client = Client()
    name = dossier_of(client, dossier)
    asked = {
        "incident": incident, "place": place, "fate": fate, "claim": claim, "at": at, "reported_by": reported_by,
        "as_of": as_of, "certainty": certainty,
    }  # fmt: skip
    shown, names = 0, Names(language=language_asked())
    with meant(client, name, "place", place):
        for page in pages_of(client, path_of("dossiers", name, "persons"), limit, **asked):
            if as_json:
                print_json(page)
                continue
            if page["items"] and not shown:
                names = names_in_language(client, name, as_of=str(page["position"]))
            sheet = Sheet()
            short = shortened(item["id"] for item in page["items"])
            for item in page["items"]:
                shown += 1
                _listed(sheet, item, short[item["id"]], names)
            sheet.print()
    if as_json:
        return
    if not shown:
        without = {**asked, "reported_by": None, "certainty": None}
        later = _how_many(client, name, without) if reported_by is not None else 0
        persons = names.wording.counted("persons", later)
        paragraph(isolated(names.put("not_reported_yet", persons) if later else names.put("nobody_fits")))
    Told(page, client.zone(name).key, asked=asked).closing(how_many(shown, "persons", page, names))


def _how_many(client: Client, dossier: str, asked: Mapping[str, Any]) -> int:
    return sum(1 for _ in client.all(path_of("dossiers", dossier, "persons"), limit=1000, **asked))


def _listed(sheet: Sheet, item: Mapping[str, Any], id_: str, names: Names) -> None:
    known = item["known"]
    names = names.of(known["sex"])
    named_by = known["named_by"]
    details: list[Part] = [
        (_perhaps(known, names), "yellow"),
        age_in_words(known, names),
        _sex(known, names),
        _status(known["civilian"], names),
    ]
    details.append(
        names.put("named_by", joined_ids(named_by, names)) if named_by else (names.put("none_in_force_names"), "yellow")
    )
    notes = [(words.fate(each, names), "dim") for each in known["fates"]]
    sheet.row(
        (id_, "cyan"),
        clean(_name_of(item, names)) or _nameless(names),
        _fate_in_words(known, names),
        details=details,
        notes=notes,
    )


def known_in_words(known: Mapping[str, Any], names: Names) -> str:
    """`killed, or missing (12 years, civilian, named by c7)`."""
    names = names.of(known["sex"])
    told = _fate_in_words(known, names)
    named_by = known["named_by"]
    besides = [
        _perhaps(known, names),
        age_in_words(known, names),
        _sex(known, names),
        _status(known["civilian"], names),
    ]
    besides.append(names.put("named_by", joined_ids(named_by, names)) if named_by else names.put("none_in_force_names"))
    said = told if isinstance(told, str) else told[0]
    return f"{said} ({names.wording.joint.join(filter(None, besides))})"


def _nameless(names: Names) -> Part:
    return (names.put("name_not_known"), "dim")


def _sex(given: Mapping[str, Any], names: Names) -> str:
    return names.put(f"sex_{given['sex']}") if given["sex"] else ""


def _status(civilian: str, names: Names) -> str:
    told = {"yes": names.fate("civilian"), "no": names.fate("combatant"), "disputed": names.put("civilian_disputed")}
    return told.get(civilian, "")


def _fate_in_words(known: Mapping[str, Any], names: Names) -> Part:
    fate, *others = (_fate(each, names) for each in (known["fate"], *known["or_else"]))
    if others:
        return (names.put("or_else", fate, names.wording.holds["either"].join(others)), "yellow")
    return fate if known["fate"] != "unknown" else (fate, "dim")


def _perhaps(known: Mapping[str, Any], names: Names) -> str:
    """Where it is not certain that it had befallen them by the moment asked about."""
    told = {"possible": "possibly_then", "undated": "undated"}.get(known.get("holds", ""))
    return names.put(told) if told else ""


def _fate(fate: str, names: Names) -> str:
    return names.put("fate_unknown") if fate == "unknown" else names.fate(fate)


def _name_of(item: Mapping[str, Any], names: Names) -> str:
    """By the name in the language, else by the name; of whom that is not known by any."""
    # Whoever asks for help needs no names.
    from domain.names import in_language

    found = in_language(item["names"], names.language) or item["name"] or next(iter(item["names"].values()), "")
    return str(found)


def age_in_words(known: Mapping[str, Any], names: Names) -> str:
    """`34 years`, `30 to 40 years`, `under 18`; nothing where no age is known."""
    wording, low, high = names.wording, known["age_low"], known["age_high"]
    if low is None and high is None:
        return ""
    if low is None:
        return wording.numbers["at_most"].format(wording.counted("years", high))
    if high is None:
        return wording.numbers["at_least"].format(wording.counted("years", low))
    if low == high:
        return wording.counted("years", low)
    return wording.phrases["range"].format(wording.number(low), wording.counted("years", high))


def person(
    person: Annotated[str, typer.Argument(help="The id of a person, or a name that only one has.")],
    dossier: Dossier = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """One person of the register: what is recorded, which claims name them, and what happened to the entry.

    Example:

        kroniek person per-5f0c92ab4e1d7a30
    """
    client = Client()
    name = dossier_of(client, dossier)
    there = path_of("dossiers", name, "persons", _id_of(client, name, person, as_of))
    item = client.get(there, as_of=as_of)
    if as_json:
        print_json(item)
        return
    names = names_in_language(client, name, as_of=str(item["position"])).of(item["sex"])
    sheet = Sheet()
    sheet.heading((clean(_name_of(item, names)) or names.put("name_not_known"), "bold"), f"  {item['id']}")
    # Notes: what is said here makes no column of the history below as wide as itself.
    sheet.row("", notes=[line for line in _entry(item, names) if line])
    at = str(item["position"])
    for other in item["merged"]:
        within = client.get(path_of("dossiers", name, "persons", other), as_of=at)
        sheet.row("", notes=[names.whole(other), *((f"  {line}", "dim") for line in _own_words(within, names))])
    sheet.gap()
    sheet.heading((names.put("what_happened_to_entry"), "bold"))
    entries = [*client.all(f"{there}/history", as_of=at, limit=500)]
    began = entries[0]["position"]
    for entry in in_order(entries, merges_told(client, name, "person", item["id"], began, at)):
        who = clean(entry["principal_name"] or entry["principal"])
        verb = names.done(str(entry["type"]))
        if "id" in entry:
            verb = of_another(entry, names, "person")
        # The first word is told above.
        told = [change for change in entry["changes"] if "id" not in entry or change["field"] != "merged_into"]
        changes = words.changes(told, names) if entry["version"] > 1 else ()
        notes: list[Part] = [(line, "dim") for line in changes]
        notes += [names.put("because", names.clean(entry["reason"]))] if entry["reason"] else []
        when = moment(entry["recorded_at"], client.zone(name), names.language)
        sheet.row(names.wording.number(entry["position"]), when, (who, "cyan"), verb, notes=notes)
    sheet.print()
    Told(item, client.zone(name).key, asked={"as_of": as_of}).closing()


def _own_words(item: Mapping[str, Any], names: Names) -> Iterator[str]:
    """What an entry itself says that somebody was, and what became of them."""
    for said in item["civilian_status"]:
        yield words.civilian_status(said, names)
    for each in item["fates"]:
        yield words.fate(each, names)


def _id_of(client: Client, dossier: str, person: str, as_of: str | None) -> str:
    """An id stands for itself, and so does what nobody on the list is called."""
    if _LIKE_AN_ID.match(person):
        return person
    # Whoever asks for help needs no names.
    from domain.namesakes import folded

    wanted = folded(person)
    listed = client.all(path_of("dossiers", dossier, "persons"), limit=1000, as_of=as_of)
    called = [
        item["id"]
        for item in listed
        if wanted in {folded(name) for name in (item["name"], *item["names"].values()) if name}
    ]
    if len(called) > 1:
        raise Failed(f"{len(called):,} persons are called {clean(person)!r}: {', '.join(called)}. Name one by its id")
    return called[0] if called else person


_LIKE_AN_ID = re.compile(r"per-[0-9a-f]+")


def _entry(item: Mapping[str, Any], names: Names) -> Iterator[Part]:
    if item["retracted_because"] is not None:
        yield (names.put("retracted_by_us", names.clean(item["retracted_because"])), "yellow")
    if item["survivor"] != item["id"]:
        yield (names.put("goes_on_as", names.whole(item["survivor"])), "yellow")
    if item["merged"]:
        yield (names.put("has_in_it", joined_ids(item["merged"], names)), "yellow")
    above = _name_of(item, names)
    others = [names.clean(item["name"])] if item["name"] not in (None, above) else []
    others += [
        f"{names.clean(said)} ({names.clean(language)})" for language, said in item["names"].items() if said != above
    ]
    if others:
        yield names.put("also", names.wording.joint.join(others))
    ages = {"age_low": item["age_low"], "age_high": item["age_high"]}
    yield age_in_words(ages if item["age"] is None else {"age_low": item["age"], "age_high": item["age"]}, names)
    yield _sex(item, names)
    yield from _own_words(item, names)
    if item["claims"]:
        yield names.put("named_by", joined_ids(item["claims"], names))
    else:
        yield (names.put("no_claim_names"), "yellow")
    yield clean(item["note"] or "")
