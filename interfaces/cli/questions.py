"""Commands that ask: the situation, control of a place, figures, disagreements, and the rules of the answers."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from domain.namesakes import folded, much_alike
from interfaces.cli import control_shown, disagreement_shown, figure_shown
from interfaces.cli.answers import Told, joined_ids, why_aside
from interfaces.cli.bars import ranges_told
from interfaces.cli.called import names_in_answer
from interfaces.cli.client import Client, Refused, path_of
from interfaces.cli.output import Failed, paragraph, print_json, say
from interfaces.cli.persons_counted import counted_beside
from interfaces.cli.reading import AsOf, Dossier, dossier_of, names_in_language
from interfaces.cli.sheet import Sheet
from interfaces.messages import words
from interfaces.messages.words import Names, clean, isolated

SUM_OF_EDITION = "sum-of-edition@2"
SUMS = ("sum-of-edition@1", SUM_OF_EDITION)

At = Annotated[str | None, typer.Option(help="What may have been so in the world then.")]
ReportedBy = Annotated[str | None, typer.Option(help="What had been published by then.")]
Certainty = Annotated[str | None, typer.Option(help="Of --reported-by: certain (published by then) or possible.")]
AsJson = Annotated[bool, typer.Option("--json", help="What the API answers, one answer or page a line.")]
Place = Annotated[str | None, typer.Option(help="A place, with the places inside it.")]
Undated = Annotated[bool, typer.Option("--undated", help="With --at: take in what has no date.")]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many; all of them if left out.")]


def add_to(app: typer.Typer) -> None:
    group = "Ask"
    for command in (situation, control, figures, disagreements, rules):
        app.command(rich_help_panel=group)(command)


def situation(
    dossier: Dossier = None,
    at: At = None,
    reported_by: ReportedBy = None,
    as_of: AsOf = None,
    certainty: Certainty = None,
    rule: Annotated[str | None, typer.Option(help="Of figures: latest-per-claimant@2 or widest-range@2.")] = None,
    control_rule: Annotated[str | None, typer.Option(help="Of control: control-from-snapshots@2 or @1.")] = None,
    undated: Undated = False,
    place: Annotated[str | None, typer.Option(help="Of a place, with the places inside it.")] = None,
    geojson: Annotated[bool, typer.Option("--geojson", help="As GeoJSON: a feature for each place.")] = False,
    measure: Annotated[str | None, typer.Option(help="With --geojson: what `counted_best` and its like count.")] = None,
    unit: Annotated[str | None, typer.Option(help="With --measure: in this unit.")] = None,
    group: Annotated[str | None, typer.Option(help="With --measure: of exactly this group.")] = None,
    cause: Annotated[str | None, typer.Option(help="With --measure: of exactly this cause.")] = None,
    dimension: Annotated[
        list[str], typer.Option(help="With --measure: of exactly this value of a dimension; several times.")
    ] = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """The map and the numbers at one moment, by the three clocks: who holds what, how many, what happened.

    Examples:

        kroniek situation --at 2018-12-17 --reported-by 2018-12-31

        kroniek situation --place hajin-enclave --at 2018-12-17

        kroniek situation --at 2018-10-15 --as-of 120 --geojson > october.geojson

        kroniek situation --geojson --measure present --group displaced > displaced.geojson
    """
    client = Client()
    name = dossier_of(client, dossier)
    asked: dict[str, Any] = {
        "at": at, "reported_by": reported_by, "as_of": as_of, "certainty": certainty, "rule": rule, "place": place,
        "control_rule": control_rule, "undated": "true" if undated else None,
    }  # fmt: skip
    on_map = {"measure": measure, "unit": unit, "group": group, "cause": cause, "dimension": dimension or None}
    for option, value in on_map.items():
        if value and not geojson:
            raise Failed(f"--{option} is of a map: give it with --geojson", 2)
    asked |= on_map
    answer = client.get(path_of("dossiers", name, "situation"), "application/geo+json" if geojson else None, **asked)
    if geojson or as_json:
        print_json(answer)
        return
    told = told_of(client, name, answer, asked)
    names, wording = told.names, told.names.wording
    aside = [one for of in answer["figures_set_aside"] for one in of["set_aside"]] + answer["occurrences_set_aside"]
    # An older server tells nothing of it.
    unplaced = answer.get("unplaced")
    if not (answer["control"] or answer["undated"] or answer["figures"] or answer["occurrences"] or aside or unplaced):
        nothing = names.put("nothing_said_of", names.whole(told.until(answer["at"])))
        paragraph(isolated(f"{nothing} {_told_of_other_days(client, name, told, asked)}"))
        told.closing()
        return
    if answer["control"]:
        beside = any(one["undated"] for one in answer["control"])
        legends = [control_shown.legend(wording), control_shown.legend_of_undated(wording)]
        _title(names.put("who_holds_what"), *legends[: 1 + beside])
        _pictures(told, answer["control"])
    if answer["undated"]:
        legend = control_shown.legend_of_undated(wording)
        _title(names.put("held_at_some_time"), legend, above=bool(answer["control"]))
        _undated(told, answer["undated"])
    if answer["figures"] or unplaced:
        _title(names.put("how_many"), ranges_told(wording), above=bool(answer["control"] or answer["undated"]))
        sheet = Sheet(right=figure_shown.NUMBERS, bars=figure_shown.BARS)
        for nth, topic in enumerate(answer["figures"]):
            if nth:
                sheet.gap()
            figure_shown.topic(sheet, told, topic, topic["groups"])
        sheet.print()
    if unplaced:
        if answer["figures"]:
            say()
        figure_shown.unplaced(told)
    if answer["occurrences"]:
        _title(
            names.put("what_happened"),
            above=bool(answer["control"] or answer["undated"] or answer["figures"] or unplaced),
        )
        _occurrences(told, answer["occurrences"])
    if aside:
        above = bool(answer["control"] or answer["undated"] or answer["figures"] or answer["occurrences"] or unplaced)
        _title(names.put("counts_for_nothing"), above=above)
        _set_aside(told, aside)
    told.closing()


def _title(text: str, *legends: str, above: bool = False) -> None:
    if above:
        say()
    sheet = Sheet()
    sheet.heading((text.upper(), "bold underline"))
    for legend in legends:
        sheet.heading((legend, "dim"))
    sheet.gap()
    sheet.print()


def _pictures(told: Told, found: list[Any]) -> None:
    sheet = Sheet()
    for nth, picture in enumerate(found):
        if nth:
            sheet.gap()
        control_shown.picture(sheet, told, told.names.place(picture["place"]), picture)
    sheet.print()


def _undated(told: Told, found: list[Any]) -> None:
    sheet = Sheet()
    for nth, of in enumerate(found):
        if nth:
            sheet.gap()
        sheet.heading((told.names.place(of["place"]), "bold"))
        control_shown.undated(sheet, told, of["undated"])
    sheet.print()


def _occurrences(told: Told, found: list[Any]) -> None:
    sheet = Sheet()
    for one in found:
        claim = one["claim"]
        content = told.content(claim)
        place = told.names.place(one["place"]) if one["place"] else ""
        who = (told.who(claim), "" if content.get("claimant") else "dim")
        mind = (told.names.wording.semicolon.join(told.marks(claim)), "yellow")
        sheet.row(
            (told.id(claim), "cyan"), told.without_text(claim),
            details=[place, clean(content.get("when") or told.names.put("undated")), who, told.report(claim), mind],
            notes=[(clean(content["text"]), "dim")] if content.get("text") else [],
        )  # fmt: skip
    sheet.print()


def _set_aside(told: Told, found: list[Any]) -> None:
    """Numbers and events that count for nothing, with why."""
    sheet = Sheet()
    for one in found:
        claim, content = one["claim"], told.content(one["claim"])
        place = told.names.place(content["place"]) if content.get("place") else ""
        origin = control_shown.origin(told, claim, why_aside(one, told), style="dim")
        sheet.row((told.id(claim), "dim"), (told.without_text(claim), "dim"), details=[(place, "dim"), *origin])
    sheet.print()


def _told_of_other_days(client: Client, name: str, told: Told, asked: Mapping[str, Any]) -> str:
    """What whoever asked of a day that nobody told of may ask instead."""
    names, answer = told.names, told.answer
    clocks = {clock: asked[clock] for clock in ("reported_by", "as_of", "certainty", "place")}
    claims = client.get(path_of("dossiers", name, "claims"), **clocks, limit=100)["items"]
    asked_of = told.until(answer["at"])[:10]
    told_of = days_told(claims, asked_of)
    if not told_of:
        return names.put("nor_of_another")
    before, after = [one for one in told_of if one[0] <= asked_of], [one for one in told_of if one[0] > asked_of]
    near = [*before[-2:], *after[:1]]
    dates = names.wording.joined(names.whole(clean(written)) for _, written in near)
    return names.put("said_of_others", days=dates, day=clean(near[0][0]))


def days_told(claims: Iterable[Mapping[str, Any]], asked_of: str) -> list[tuple[str, str]]:
    """What --at takes of the times of claims that a situation shows at those, in order, and as they are written.

    What is dated to the day that was asked of showed nothing there.
    """
    shown = (claim["content"] for claim in claims if _may_be_shown(claim))
    days = {str(content["when"]): moment_in(content["when"]) for content in shown if content.get("when")}
    return sorted((day, written) for written, day in days.items() if day and _last_day(day) != asked_of)


def _last_day(day: str) -> str:
    from domain import when

    return str(when.rfc3339(when.cut_off(day, field="at")))[:10]


def _may_be_shown(claim: Mapping[str, Any]) -> bool:
    """Whether it counts for something in a situation of its own time: what is set aside, or tells neither state nor
    event, does in none.
    """
    content = claim["content"]
    stands = claim["status"] == "stands" and claim["report"]["discredited_because"] is None
    return bool(stands and content["kind"] != "statement" and content.get("hedge") != "intended")


def moment_in(written: str) -> str | None:
    """What --at takes of a date as a report has it: of an interval its end, if it has one."""
    from domain import when
    from domain.errors import DomainError

    begun, _, ended = written.partition("/")
    for date in (ended, begun):
        plain = date.rstrip("?~%")
        try:
            when.cut_off(plain, field="at")
        except DomainError:
            continue
        return plain
    return None


def control(
    place: Annotated[str, typer.Argument(help="The id of a place.")],
    dossier: Dossier = None,
    at: At = None,
    reported_by: ReportedBy = None,
    as_of: AsOf = None,
    certainty: Certainty = None,
    rule: Annotated[str | None, typer.Option(help="control-from-snapshots@2 or control-from-snapshots@1.")] = None,
    undated: Undated = False,
    as_json: AsJson = False,
) -> None:
    """Who is said to hold a place: the picture at a moment (the latest if none is named), and the timeline by voice.

    Examples:

        kroniek control hajin --at 2018-12-17 --reported-by 2018-12-31

        kroniek control hajin --as-of 120
    """
    client = Client()
    name = dossier_of(client, dossier)
    asked = {
        "at": at, "reported_by": reported_by, "as_of": as_of, "certainty": certainty, "rule": rule,
        "undated": "true" if undated else None,
    }  # fmt: skip
    with meant(client, name, "place", place):
        answer = client.get(path_of("dossiers", name, "places", place, "control"), **asked)
    if as_json:
        print_json(answer)
        return
    told = told_of(client, name, answer, asked, places=answer["place"]["id"])
    names, wording = told.names, told.names.wording
    picture, called = answer["picture"], names.place(answer["place"]["id"])
    shown = ("states", "beside", "undated", "set_aside")
    if not (any(picture[part] for part in shown) or answer["timeline"]):
        clocks = {clock: asked[clock] for clock in ("reported_by", "as_of", "certainty")}
        near = _held_nearby(client, name, answer["place"], clocks)
        elsewhere = names.put("holder_told_of", joined_ids(near, names)) if near else ""
        paragraph(isolated(f"{names.put('nobody_holds', called)} {elsewhere}".strip()))
        told.closing()
        return
    sheet = Sheet()
    control_shown.picture(sheet, told, called, picture)
    sheet.gap()
    sheet.heading((control_shown.legend(wording), "dim"))
    if picture["undated"]:
        sheet.heading((control_shown.legend_of_undated(wording), "dim"))
    sheet.print()
    if answer["timeline"]:
        _title(names.put("through_time"), above=True)
        control_shown.timeline(told, answer["timeline"])
    told.closing()


_NEAR_AT_MOST = 8


def _held_nearby(client: Client, dossier: str, place: Mapping[str, Any], clocks: Mapping[str, Any]) -> list[str]:
    """Places inside one, around it or called much like it, of which it is told who holds them."""

    def told_of(of: str) -> list[str]:
        path = path_of("dossiers", dossier, "claims")
        pages = [client.get(path, **clocks, **what, place=of, limit=100) for what in _TELLING_OF_HOLDERS]
        return [claim["content"]["place"] for page in pages for claim in page["items"]]

    id_ = place["id"]
    inside = dict.fromkeys(each for each in told_of(id_) if each != id_)
    around = place["within"] or []
    beside = [around] if isinstance(around, str) else [each["place"] for each in around]
    named: dict[str, str] = {}
    for item in client.all(path_of("dossiers", dossier, "places"), limit=1000):
        named |= {item["id"].lower(): item["id"], str(item["name"]).lower(): item["id"]}
    asked = (id_.lower(), str(place["name"]).lower())
    beside += [other for name, other in named.items() if any(len(word) > 3 and word in name for word in asked)]
    beside += [named[name] for word in asked for name in much_alike(word, named)]
    candidates = [each for each in dict.fromkeys(beside) if each != id_ and each not in inside]
    return [*inside, *(each for each in candidates[:_NEAR_AT_MOST] if each in told_of(each))]


_TELLING_OF_HOLDERS = ({"kind": "control"}, {"type": "capture"})


def figures(
    topic: Annotated[str | None, typer.Argument(help="What is counted, as the list of topics writes it.")] = None,
    dossier: Dossier = None,
    measure: Annotated[str | None, typer.Option(help="killed, fighters, present, area ...")] = None,
    unit: Annotated[str | None, typer.Option(help="people, families, buildings, km2 or percent.")] = None,
    place: Place = None,
    subject: Annotated[str | None, typer.Option(help="Of which actor.")] = None,
    group: Annotated[str | None, typer.Option(help="civilians, women, foreign ...")] = None,
    by: Annotated[str | None, typer.Option(help="By which actor.")] = None,
    cause: Annotated[str | None, typer.Option(help="airstrike, cold ...")] = None,
    dimension: Annotated[
        list[str] | None, typer.Option(help="Of a dimension of the desk's own: origin:idlib. Again for another one.")
    ] = None,
    rule: Annotated[
        str | None, typer.Option(help="latest-per-claimant@2, widest-range@2, or sum-of-edition@2 to add up a dataset.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Of a sum: periods that begin then or later.")] = None,
    until: Annotated[str | None, typer.Option(help="Of a sum: periods that end by then.")] = None,
    per: Annotated[str | None, typer.Option(help="Of a sum: one for each year, or month.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Of a sum: of this dataset only.")] = None,
    at: At = None,
    reported_by: ReportedBy = None,
    as_of: AsOf = None,
    certainty: Certainty = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """What is counted, and what it comes to. Without a topic, the topics; with one, all that was said of it.

    Examples:

        kroniek figures --measure fighters --place hajin-enclave

        kroniek figures fighters,people,subject:is,place:hajin-enclave --at 2018-12-17

        kroniek figures --rule sum-of-edition@2 --measure killed --per year
    """
    filters = {
        "measure": measure, "unit": unit, "place": place, "subject": subject, "group": group, "by": by, "cause": cause,
        "dimension": dimension or None,
    }  # fmt: skip
    sum_only = {"since": since, "until": until, "per": per, "dataset": dataset}
    clocks = {"at": at, "reported_by": reported_by, "as_of": as_of, "certainty": certainty}
    _in_keeping(topic, filters, sum_only, rule)
    client = Client()
    name = dossier_of(client, dossier)
    path = path_of("dossiers", name, "figures")
    asked = {**clocks, **filters, **sum_only, "rule": rule, "topic": topic}
    if topic is None and rule not in SUMS:
        _topics(client, name, path, asked, limit, as_json=as_json)
        return
    with meant(client, name, "place", place), topic_meant(client, name, topic, clocks):
        answer = client.get(path, **asked)
    if as_json:
        print_json(answer)
        return
    told = told_of(client, name, answer, asked)
    if topic is None:
        _sums(told)
    else:
        _series(told)


def _in_keeping(topic: str | None, filters: Mapping[str, Any], sum_only: Mapping[str, Any], rule: str | None) -> None:
    given = [f"--{name}" for name, value in filters.items() if value is not None]
    if topic is not None and given:
        raise Failed(f"A topic says it all: leave {', '.join(given)} out, or leave out the topic.", 2)
    given = [f"--{name}" for name, value in sum_only.items() if value is not None]
    if given and rule not in SUMS:
        raise Failed(f"{', '.join(given)} belongs to a sum: add --rule {SUM_OF_EDITION}.", 2)


def _topics(
    client: Client, dossier: str, path: str, asked: Mapping[str, Any], limit: int | None, *, as_json: bool
) -> None:
    with meant(client, dossier, "place", asked["place"]):
        pages = pages_of(client, path, limit, **asked)
        if as_json:
            for page in pages:
                print_json(page)
            return
        found = list(pages)
    items = [item for page in found for item in page["items"]]
    last = found[-1]
    told = told_of(client, dossier, last, asked, names_in_language(client, dossier, as_of=str(last["position"])))
    if not items:
        paragraph(isolated(told.names.put("nothing_counted")))
    else:
        figure_shown.topics(told, items)
    told.closing(how_many(len(items), "topics", last, told.names))


def _series(told: Told) -> None:
    answer, names = told.answer, told.names
    if not answer["series"]:
        within = answer["in_incidents"]
        inside = [names.put("of_incidents", names.wording.counted("claims", within))] if within else []
        below = any(answer.get(where) for where in figure_shown.NEAR)
        nobody = names.put("nobody_gives_just" if below else "nobody_gives", names.whole(answer["topic"]))
        place = answer.get("place")
        further = names.put("figures_inside", names.whole(place)) if place else names.put("figures_lists")
        paragraph(isolated(" ".join([nobody, *inside, further])))
    else:
        sheet = Sheet(right=figure_shown.NUMBERS, bars=figure_shown.BARS)
        figure_shown.series(sheet, told)
        sheet.gap()
        sheet.heading((ranges_told(names.wording), "dim"))
        sheet.print()
    if "persons" in answer:
        sheet = Sheet()
        counted_beside(sheet, answer["persons"], names)
        sheet.print()
    if more := answer["possibly_published"]:
        paragraph(isolated(names.put("more_possibly", names.wording.counted("claims", more))))
    for where in figure_shown.NEAR:
        # An older server tells nothing of what lies inside, nor of incidents there.
        if answer.get(where):
            figure_shown.beside(told, where)
    told.closing()


def _sums(told: Told) -> None:
    if figure_shown.adds_nothing(told):
        figure_shown.nothing_added(told)
    else:
        figure_shown.sums(told)
        figure_shown.partitions(told)
    told.closing()


def disagreements(
    dossier: Dossier = None,
    place: Place = None,
    kind: Annotated[str | None, typer.Option(help="figures, control, dates, possible or declared.")] = None,
    rule: Annotated[str | None, typer.Option(help="cannot-all-be-right@2 or cannot-all-be-right@1.")] = None,
    at: At = None,
    reported_by: ReportedBy = None,
    as_of: AsOf = None,
    certainty: Certainty = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """Claims of different voices that cannot all be right, or of which one says that the other is not.

    Figures and holders first, then dates of one happening, then figures that cannot both be right if they are about
    one thing.

    Examples:

        kroniek disagreements --reported-by 2018-12-31

        kroniek disagreements --place hajin-enclave --kind figures
    """
    client = Client()
    name = dossier_of(client, dossier)
    asked = {
        "place": place, "kind": kind, "rule": rule, "at": at, "reported_by": reported_by, "as_of": as_of,
        "certainty": certainty,
    }  # fmt: skip
    path = path_of("dossiers", name, "disagreements")
    shown = 0
    with meant(client, name, "place", place):
        for page in pages_of(client, path, limit, **asked):
            if as_json:
                print_json(page)
                continue
            told = told_of(client, name, page, asked)
            if page["items"]:
                disagreement_shown.pairs(told, page["items"])
            shown += len(page["items"])
    if as_json:
        return
    if not shown:
        paragraph(isolated(told.names.put("nobody_contradicts")))
        if at is not None:
            paragraph(isolated(told.names.put("of_that_moment_only")))
        say()
    told.closing(how_many(shown, "disagreements", page, told.names), gap=False)


def rules(as_json: AsJson = False) -> None:
    """The rules that shape answers: each answer names those that it was made by.

    Example:

        kroniek rules
    """
    answer = Client().get("/rules")
    if as_json:
        print_json(answer)
        return
    sheet = Sheet()
    sheet.row(("rule", "bold"), ("what it decides", "bold"))
    for rule in answer["items"]:
        sheet.row((rule["id"], "cyan"), rule["decides"])
    sheet.print()


def how_many(number: int, what: str, last: Mapping[str, Any], names: Names) -> str:
    """So many of a thing: `topics`, `claims`."""
    told = names.wording.counted(what, number)
    return names.put("there_are_more", told) if last["next"] else told


def told_of(
    client: Client,
    dossier: str,
    answer: Mapping[str, Any],
    asked: Mapping[str, Any],
    names: Names | None = None,
    **also: str,
) -> Told:
    """`also`: what is told of by its name besides, by kind: `places="hajin"`."""
    names = names or names_in_answer(client, dossier, answer, {kind: (id_,) for kind, id_ in also.items()})
    return Told(answer, client.zone(dossier).key, names, asked)


def pages_of(client: Client, path: str, limit: int | None, **asked: Any) -> Iterator[Any]:
    """The pages of a list, as many as it takes for `limit` items."""
    cursor: str | None = None
    shown = 0
    while True:
        size = 500 if limit is None else min(500, limit - shown)
        page = client.get(path, **asked, limit=size, cursor=cursor)
        yield page
        shown += len(page["items"])
        cursor = page["next"]
        if cursor is None or (limit is not None and shown >= limit):
            return


@contextmanager
def meant(client: Client, dossier: str, kind: str, id_: str | None) -> Iterator[None]:
    """Where the place or source that is asked for is not there, those that may be meant are told."""
    try:
        yield
    except Refused as refused:
        unknown = refused.code_name in ("no_such_item", "unknown_reference")
        if id_ is not None and unknown and "near" not in refused.body and f"no {kind} {id_!r}" in refused.message:
            refused.message += _there(client, dossier, kind, id_)
        raise


@contextmanager
def topic_meant(client: Client, dossier: str, topic: str | None, clocks: Mapping[str, Any]) -> Iterator[None]:
    """Where what is asked for is no topic, the line to type for that of the list which is called so."""
    try:
        yield
    except Refused as refused:
        if topic is not None and refused.code_name == "not_a_topic":
            listed = client.get(path_of("dossiers", dossier, "figures"), **clocks, limit=_LOOKED_THROUGH)
            names = names_in_language(client, dossier, as_of=str(listed["position"]))
            called = {folded(words.topic(item, names)): str(item["topic"]) for item in listed["items"]}
            found = called.get(folded(topic))
            way = f"Ask with `kroniek figures {found}`" if found else "`kroniek figures` lists the topics"
            refused.message += f". {way}."
        raise


_LOOKED_THROUGH = 500


def _there(client: Client, dossier: str, kind: str, id_: str) -> str:
    named: dict[str, str] = {}
    for item in client.all(path_of("dossiers", dossier, f"{kind}s"), limit=1000):
        named |= {item["id"].lower(): item["id"], str(item["name"]).lower(): item["id"]}
    if id_ in named.values():
        return ": it came later."
    close = dict.fromkeys(named[each] for each in much_alike(id_.lower(), named))
    if close:
        return f". Did you mean {' or '.join(map(clean, close))}?"
    there = sorted(set(named.values()))
    return f". There are {joined_ids(there, Names())}." if there else f". There is no {kind} yet."
