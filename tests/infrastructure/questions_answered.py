"""What the system answers to each question, in the naive evaluator's form, beside what that one answers."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from inspect import unwrap
from itertools import combinations
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI, Request
from hypothesis import event
from sqlalchemy.ext.asyncio import AsyncConnection

from application.event_log import Recorded
from application.findings import KINDS_OF_DISAGREEMENT
from application.reading import Page, Reading
from domain import when
from domain.contradictions import CANNOT_ALL_BE_RIGHT
from domain.dates_apart import DatesApart
from domain.edition_sums import EditionSums, SumAsked
from domain.exclusions import Exclusion
from domain.figures import LATEST_PER_CLAIMANT, FigureGroup
from domain.in_force import BasedOn, InForce
from domain.rules import RULES
from domain.snapshots import Snapshot
from domain.taken_inside import TakenInside
from domain.topic import parse_topic
from infrastructure.access.principals import Principals
from infrastructure.questions import figures
from infrastructure.questions.around import places_ever_inside, places_inside_then
from infrastructure.questions.control import PlaceControl, control_of, taken_inside_of
from infrastructure.questions.dataset_figures import dataset_figures, several_incidents
from infrastructure.questions.disagreements import Sought, disagreements
from infrastructure.questions.figures import FigureFilter, topic_claims
from infrastructure.questions.incidents import IncidentFilter, incidents_found
from infrastructure.questions.persons import PersonsWanted, persons_beside, persons_counted, persons_listed
from infrastructure.questions.record import source_record
from infrastructure.questions.situation import Ruled, Situation, situation
from infrastructure.questions.unplaced import unplaced
from infrastructure.read_models.incidents import incidents_as_of
from infrastructure.read_models.persons import persons, shown
from infrastructure.rows.versioned import items_as_of
from interfaces.api.assessments import AssessmentsQuery, list_assessments
from interfaces.api.changes import ChangesQuery, read_changes
from interfaces.api.corrections import CorrectionsQuery, list_corrections
from tests import (
    naive,
    naive_control,
    naive_disagreements,
    naive_incidents,
    naive_persons,
    naive_questions,
    naive_rules,
)
from tests.domain.test_rules_oracle import naive_figures, numbers, real_control, real_figures, real_key, spoken
from tests.histories import MOMENTS
from tests.infrastructure.test_oracle import House

Answer = dict[str, Any]
FIGURE_RULES = [(name, version) for name in ("latest-per-claimant", "widest-range") for version in (2, 1)]


async def control_agrees(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked
) -> None:
    for place in dossier.items["place"]:
        found = await control_of(connection, reading, place)
        assert real_control(found.picture) == naive_questions.control(dossier, asked, place), (place, asked)
        timeline_agrees(found, naive_questions.timeline(dossier, asked, place, MOMENTS))
        taken = naive_told(await taken_inside_of(connection, reading, place, found.picture))
        event(f"taken inside: {bool(taken)}")
        assert taken == naive_questions.taken_inside(dossier, asked, place), (place, asked)


def naive_told(taken: Sequence[TakenInside]) -> list[tuple[str, str | None, str]]:
    return sorted((one.place, one.state.actor, one.state.claim.claim) for one in taken)


def timeline_agrees(found: PlaceControl, expected: Answer) -> None:
    stretches = [(spoken(mine.voice), stretch) for mine in found.timeline for stretch in mine.stretches]
    stated = [
        (voice, one.about, one.start, one.end, one.actor, one.status, claim)
        for voice, one in stretches
        if one.how == "stated"
        for claim in one.claims
    ]
    # In two times that overlap a claim may come to the same twice.
    assert set(stated) == set(expected["stated"])
    for moment in MOMENTS:
        there = {
            (voice, one.about, one.actor, one.status, one.how)
            for voice, one in stretches
            if one.how != "stated" and one.start <= moment <= one.end
        }
        assert there == {gap[:5] for gap in expected["gaps"][moment]}


def alone(topic: str) -> str:
    """A topic without its incident."""
    return ",".join(part for part in topic.split(",") if not part.startswith("incident:"))


def _alike(claims: Sequence[InForce]) -> dict[str, InForce]:
    """By id. Of one voice alone nobody asks whether it has it from another: it may be told with that or without."""
    alone = len({one.voice for one in claims}) < 2
    return {one.claim: replace(one, based_on=BasedOn()) if alone else one for one in claims}


async def figures_agree(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked, place: str | None
) -> None:
    everything = naive_questions.topics(dossier, asked)
    by_topic = Counter({alone(topic): 0 for topic in everything})
    told_of = Counter({alone(topic): 0 for topic in everything})
    within, told_within = Counter[str](), Counter[str]()
    for topic, claims in naive_questions.topics(dossier, asked, incidents_apart=False).items():
        linked = [claim for claim in claims if claim["incidents"]]
        by_topic[topic], told_of[topic] = len(claims), len(linked)
        there, linked_there = (
            sum(place is None or naive_questions.was_inside(dossier, claim, place) for claim in some)
            for some in (claims, linked)
        )
        within[topic], told_within[topic] = there, linked_there
    of_incidents = {naive_questions.anywhere(topic) for topic in everything if ",incident:" in topic}
    for topic in {*everything, *by_topic, *of_incidents, "killed,people", "fighters,people,place:p1,incident:i1"}:
        for rule, version in FIGURE_RULES:
            found = await topic_claims(connection, reading, parse_topic(topic), f"{rule}@{version}")
            assert found.in_incidents == (told_of[topic] if alone(topic) == topic else 0)
            picture = RULES[f"{rule}@{version}"].function(found.claims, reading.clocks.at)
            expected = naive_questions.figures_of_topic(dossier, asked, topic, rule, version)
            expected = expected or {"groups": [], "set_aside": []}
            expected.pop("beside", None)
            stock = topic.split(",")[0] in naive_rules.STOCKS
            assert real_figures(picture, stock) == naive_figures(expected), (topic, rule, version, asked)
        near = await figures.inside(connection, reading, parse_topic(topic))
        event(f"inside: {min(len(near), 1)}")
        assert sorted(map(str, near)) == naive_questions.inside(dossier, asked, topic), (topic, asked)
        without_place = sorted(map(str, await unplaced(connection, reading, parse_topic(topic))))
        event(f"unplaced: {min(len(without_place), 1)}")
        assert without_place == naive_questions.unplaced(dossier, asked, topic), (topic, asked)
        beside = await figures.beside(connection, reading, parse_topic(topic))
        for rule, version in FIGURE_RULES:
            for other, told in (await figures.claims_beside(connection, reading, beside, f"{rule}@{version}")).items():
                asked_for = (await topic_claims(connection, reading, other, f"{rule}@{version}")).claims
                assert _alike(told) == _alike(asked_for), (topic, other)
        if topic in {*everything, *of_incidents}:
            others = naive_questions.figures_of_topic(dossier, asked, topic) or {}
            assert {str(other) for other in beside} == {alone(one) for one in others["beside"]} - {alone(topic)}
    listed = {topic: (number, told_within[topic]) for topic, number in within.items() if number}
    assert await topics_listed(connection, reading, place, 1000) == listed
    assert await topics_listed(connection, reading, place, 2) == listed


async def incidents_agree(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked, limit: int
) -> None:
    """The list of incidents tells of each what the figures of its topic tell, and what the naive evaluator does."""
    for measure, unit in (("killed", "people"), ("killed", "families"), ("fighters", "people")):
        wanted, page = IncidentFilter(measure=measure, unit=unit), Page(limit)
        listed: dict[str, Any] = {}
        while found := await incidents_found(connection, reading, wanted, page):
            listed |= {one["id"]: (one, counted and brief(counted)) for one, counted in found}
            page = Page(limit, found[-1][0]["recorded_position"])
        assert [one for one, _ in listed.values()] == naive_incidents.incidents_by_then(dossier, asked), asked
        for id_, (one, counted) in listed.items():
            expected = naive_questions.counted_in(dossier, asked, id_, measure, unit)
            event(f"an incident comes to {expected and expected['verdict']}")
            event(f"an incident: {one['standing']}")
            assert counted == (expected and expected | {"range": numbers(expected["range"])}), (id_, asked)
            if one["survivor"] == id_:
                topic = parse_topic(f"{measure},{unit},incident:{id_}")
                claims = (await topic_claims(connection, reading, topic, LATEST_PER_CLAIMANT)).claims
                groups = RULES[LATEST_PER_CLAIMANT].function(claims, None).groups
                assert [brief(group) for group in groups if group.range is not None] == [counted] * bool(counted)


def brief(group: FigureGroup) -> Answer:
    told = {"voices": group.voices, "unattributed": group.unattributed, "verdict": group.verdict}
    return told | {"range": numbers(group.range)}


async def topics_listed(
    connection: AsyncConnection, reading: Reading, place: str | None, limit: int
) -> dict[str, tuple[int, int]]:
    listed: dict[str, tuple[int, int]] = {}
    after, more = None, True
    wanted = FigureFilter(places=await windows_of(connection, reading, place))
    while more:
        page, more = await figures.topics(connection, reading, wanted, after, limit)
        for one in page:
            assert str(one.topic) not in listed, "each topic once"
            listed[str(one.topic)] = (one.claims, one.in_incidents)
            after = one.kept
    return listed


async def windows_of(connection: AsyncConnection, reading: Reading, place: str | None) -> Any:
    return None if place is None else await places_ever_inside(connection, reading, place)


async def sums_agree(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked, sum_: Answer
) -> None:
    sums = EditionSums(SumAsked(sum_["since"], sum_["until"], sum_["by"], reading.time_zone))
    places = await windows_of(connection, reading, sum_["place"])
    wanted = FigureFilter(sum_["measure"], sum_["unit"], places=places)
    async for claim in dataset_figures(connection, reading, wanted, None, stocks=sums.takes_stocks):
        sums.add(claim)
    for claim in await several_incidents(connection, reading, None):
        sums.together(claim)
    result = sums.result()
    names = ("low", "best", "high", "without_best", "without_number", "taken_as_one", "incidents", "claims")
    expected = naive_questions.sums(dossier, asked, **sum_)
    told = [(real_key(one), {name: getattr(one, name) for name in names}) for one in result.sums if one.claims]
    assert sorted(told, key=repr) == expected["sums"], sum_
    assert {real_key(one)[:7]: one.left_out for one in result.sums if one.left_out} == expected["left_out"], sum_
    partitions = [
        (real_key(one.total), sorted(map(real_key, one.parts), key=repr), one.complete) for one in result.partitions
    ]
    assert sorted(partitions, key=repr) == expected["partitions"]


async def situation_agrees(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked
) -> None:
    for rule, version in FIGURE_RULES:
        found = await situation(connection, reading, Ruled(RULES[f"{rule}@{version}"].id))
        pictures = {
            topic: naive_figures(naive_questions.figures_of_topic(dossier, asked, topic, rule, version) or {})["groups"]
            for topic in naive_questions.topics(dossier, asked, incidents_apart=version == 1, of_one_only=version == 1)
        }
        figured = {
            str(topic): real_figures(picture, topic.measure in naive_rules.STOCKS)["groups"]
            for topic, picture in found.figures
        }
        assert figured == {topic: groups for topic, groups in pictures.items() if groups}, (rule, version, asked)
        without_place = sorted(
            (
                (there, incident, group["range"])
                for topic, groups in pictures.items()
                if ",place:" not in topic
                for group in groups
                for incident in [group["incident"] or parse_topic(topic).incident]
                if (there := naive_questions.place_of_incident(dossier, incident)) is not None
            ),
            key=repr,
        )
        assert unplaced_told(found) == without_place, (rule, version, asked)
        for place in list(dossier.items["place"])[:2]:
            every = {id_ for id_ in dossier.items["place"] if dossier.survivor("place", id_) == place}
            narrowed = await situation(connection, reading, Ruled(RULES[f"{rule}@{version}"].id), every)
            assert unplaced_told(narrowed) == [one for one in without_place if one[0] in every], (rule, version, asked)
            assert {str(of) for of, _ in narrowed.figures} == {
                topic for topic, groups in pictures.items() if groups and parse_topic(topic).place in every
            }, (rule, version, asked)
        aside = {str(of): sorted((one.claim.claim, one.why) for one in told) for of, told in found.figures_aside}
        assert aside == naive_questions.figures_aside(dossier, asked, rule, version), (rule, version, asked)
    expected = {
        place: picture
        for place in naive_questions.places_of_a_situation(dossier, asked)
        for picture in (naive_questions.control(dossier, asked, place),)
        if picture["states"] or picture["beside"]
    }
    held = {place: real_control(picture) for place, picture in found.control}
    assert held == expected, asked
    # A place stands on the map as who asks for it alone is told.
    for place, picture in found.control:
        alone = (await control_of(connection, reading, place)).picture
        assert real_control(picture) == real_control(alone), (asked, place)
        inside = naive_questions.taken_inside(dossier, asked, place)
        assert naive_told(found.inside.get(place, ())) == inside, (asked, place)
    without_date = {
        place: picture["undated"]
        for place in naive_questions.places_of_a_situation(dossier, asked)
        for picture in (naive_questions.control(dossier, asked, place),)
        if picture["undated"] and not (picture["states"] or picture["beside"])
    }
    assert {place: real_control(picture)["undated"] for place, picture in found.undated} == without_date, asked
    happened = naive_questions.situation(dossier, asked)["occurrences"]
    assert sorted(claim.claim for claim in found.occurrences) == sorted(happened), asked
    assert sorted((one.claim.claim, one.why) for one in found.occurrences_aside) == sorted(
        (claim["id"], naive_rules.why_set_aside(claim))
        for claim in naive_questions.rule_claims(dossier, asked)
        if claim["content"]["kind"] == "occurrence"
        and claim["id"] not in happened
        and naive_rules.may_contain(claim["so"], asked.at)
    ), asked


def unplaced_told(found: Situation) -> list[tuple[Any, ...]]:
    return sorted(((one.place, one.topic.incident, numbers(one.group.range)) for one in found.unplaced), key=repr)


async def disagreements_agree(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked, place: str | None
) -> None:
    places = None if place is None else await places_inside_then(connection, reading, place)
    sought = Sought(KINDS_OF_DISAGREEMENT, places, CANNOT_ALL_BE_RIGHT)
    whole, after = await disagreements(connection, reading, sought, None, 1000)
    assert after is None
    paged: list[Any] = []
    while True:
        page, after = await disagreements(connection, reading, sought, after, 2)
        paged += page
        if after is None:
            break
    assert paged == whole, asked
    told = sorted((disagreement_told(one) for one in whole), key=repr)
    assert told == disagreements_expected(dossier, asked, place), (asked, place)


def disagreement_told(one: Any) -> tuple[Any, ...]:
    if one.kind == "declared":
        return "declared", one.place, *(claim.claim for claim in one.found)
    if isinstance(one.found, Exclusion):
        pair = (one.found.one, one.found.other)
        return "control", one.place, *sorted(map(holder_told, pair), key=repr), one.found.time
    claims = tuple(sorted((one.found.one.claim, one.found.other.claim)))
    if isinstance(one.found, DatesApart):
        return "dates", one.place, claims, one.found.certainty
    if one.found.unsure:
        unsure = sorted(one.found.unsure)
        return "possible", one.place, one.around, claims, unsure, one.found.declared, one.found.time
    return "figures", str(one.topic), claims, one.found.declared, one.found.time


def holder_told(snapshot: Snapshot | naive_control.Snapshot) -> tuple[Any, ...]:
    claim: Any = snapshot.claim
    return claim["id"] if isinstance(claim, dict) else claim.claim, snapshot.actor, snapshot.status


def disagreements_expected(dossier: naive.Dossier, asked: naive.Asked, place: str | None) -> list[tuple[Any, ...]]:
    claims = naive_questions.rule_claims(dossier, asked)
    by_id = {claim["id"]: claim for claim in claims}

    def stands(about: str | None, *pair: str) -> bool:
        """Whether a pair at a place is asked for: that was inside when one of them may have been so."""
        if place is None or about is None:
            return place is None
        windows = naive_questions.windows(dossier, about).get(place, [])
        if asked.at is not None:
            return naive_control.inside(when.Span(*[asked.at] * 4), windows)
        return any(naive_control.inside(by_id[one]["so"], windows) for one in pair)

    found: list[tuple[Any, ...]] = []
    for topic, pairs in naive_questions.disagreements(dossier, asked)["figures"].items():
        about = parse_topic(topic).place
        found += [
            ("figures", topic, pair["claims"], pair["declared"], pair["time"])
            for pair in pairs
            if stands(about, *pair["claims"])
        ]
    found += [
        ("possible", pair["place"], pair["around"], pair["claims"], pair["unsure"], pair["declared"], pair["time"])
        for pair in naive_disagreements.possible(dossier, asked)
        if stands(pair["place"], *pair["claims"])
    ]
    found += [
        ("dates", pair["place"], pair["claims"], pair["time"])
        for pair in naive_disagreements.dates(dossier, asked)
        if stands(pair["place"], *pair["claims"])
    ]
    found += [
        ("control", id_, *sorted(map(holder_told, pair), key=repr), time)
        for id_ in dossier.items["place"]
        for pair, time in exclusions_of(dossier, id_, claims, asked.at)
        if stands(id_, *(holder_told(one)[0] for one in pair))
    ]
    stand = {
        claim["id"]: claim
        for claim in claims
        if naive_rules.why_set_aside(claim) is None and naive_rules.may_be_of(claim, asked.at)
    }
    found += [
        ("declared", about, claim["id"], other)
        for claim in stand.values()
        for other in claim["disputes"]
        if other in stand
        # Each pair once: by the claim whose id comes first, and not where it stands elsewhere already.
        and not (claim["id"] in stand[other]["disputes"] and other < claim["id"])
        and not told_elsewhere(claim, stand[other], found)
        for about in (claim["content"].get("place"),)
        if stands(about, claim["id"], other)
    ]
    return sorted(found, key=repr)


def told_elsewhere(one: Answer, other: Answer, found: Sequence[tuple[Any, ...]]) -> bool:
    """Figures of one topic stand among the figures, where they stand at all; holders where they exclude each other."""
    if one["content"]["kind"] == other["content"]["kind"] == "figure":
        mine, theirs = (set(map(naive_questions.topic_of, naive_rules.apart(claim))) for claim in (one, other))
        return bool(mine & theirs) and naive_rules.voice_of(one) != naive_rules.voice_of(other)
    both = {one["id"], other["id"]}
    return any(told[0] == "control" and {told[2][0], told[3][0]} == both for told in found)


def exclusions_of(dossier: naive.Dossier, place: str, claims: Sequence[Answer], at: int | None) -> list[Any]:
    """Pairs of words by two voices about one time that exclude each other: about the place itself, or one of them about
    all of what it may have lain in. Each with whether its time is certain.
    """
    stand = [claim for claim in naive_control.as_told(claims) if naive_rules.why_set_aside(claim) is None]
    mine = words_told(claim for claim in stand if claim["content"].get("place") == place)
    pairs: list[tuple[Any, Any, tuple[int, int] | None]] = [(one, other, None) for one, other in combinations(mine, 2)]
    for outer, windows in naive_questions.windows(dossier, place).items():
        if outer == place:
            continue
        of_all = [
            claim
            for claim in stand
            if claim["content"]["kind"] == "control"
            and claim["content"].get("place") == outer
            and claim["content"].get("extent") == "all"
            and claim["content"]["status"] in ("controls", "absent")
        ]
        pairs += [(one, whole, window) for one in mine for whole in words_told(of_all) for window in windows]
    by_sides = naive_questions.wholes(dossier), naive_questions.certain_wholes(dossier)
    found: dict[tuple[str, str], tuple[Any, str]] = {}
    for one, other, window in pairs:
        ways = [exclude_each_other(one, other, wholes, at, window) for wholes in by_sides]
        if not any(ways):
            continue
        in_doubt = any(
            naive_control.in_doubt(word.claim) or naive_rules.of_a_rough_date(word.claim) for word in (one, other)
        )
        always = window in (None, (when.EARLIEST, when.LATEST))
        time = "certain" if always and not in_doubt and all(ways) else "possible"
        # Those that took it together are of one claim: each pair of claims once.
        ids = one.claim["id"], other.claim["id"]
        key = min(ids), max(ids)
        pair, before = found.get(key, ((one, other), time))
        found[key] = pair, "certain" if time == "certain" else before
    return list(found.values())


def words_told(claims: Iterable[Answer]) -> list[naive_control.Snapshot]:
    """Who holds a place, is absent or present by some claims, proven by their dates, whatever puts these in doubt."""
    return [
        one._replace(claim=claim)
        for claim in claims
        for sure in (naive_control.as_if_sure(claim),)
        for one in (*naive_control.snapshots_in(sure), *naive_control.presences_in(sure))
        if one.proven is not None
    ]


def exclude_each_other(
    one: naive_control.Snapshot,
    other: naive_control.Snapshot,
    wholes: naive_control.Wholes,
    at: int | None,
    window: tuple[int, int] | None,
) -> bool:
    """Whether they do at some instant of which both tell: an actor may be of another's side for a time only."""
    times = []
    for mine, theirs in ((one, other), (other, one)):
        if naive_control.changed_hands_between(mine, theirs):
            return False
        assert mine.proven is not None
        assert mine.so is not None
        time = mine.proven
        if mine.is_capture:
            # Some time on its day: the other must be certain of all of that.
            time = mine.so.earliest_start, mine.so.latest_end
            if theirs.so is None or not naive_control.holds_all_through(theirs.so, time):
                return False
        times.append(time)
    if window:
        times[1] = max(times[1][0], window[0]), min(times[1][1], window[1])
    first, last = max(time[0] for time in times), min(time[1] for time in times)
    if one.voice == other.voice or first > last or not one.actor or not other.actor:
        return False
    if at is not None:
        # What was so at an hour is told of for the rest of its day.
        if at < first or any(
            at > until and not (word.so and word.so.latest_end == until and naive_rules.may_be_of(word.claim, at))
            for word, (_, until) in zip((one, other), times, strict=True)
        ):
            return False
        first, last = (first, last) if at > last else (at, at)
    sides = naive_control.Sides(wholes, at)
    if one.status == other.status == "controls":
        windows = [
            window
            for mine in one.holders
            for theirs in other.holders
            for window in naive_control.both_in_one(mine, theirs, sides)
        ]
        instants = [instant for instant in (first, *(end + 1 for _, end in windows)) if first <= instant <= last]
        alone = any(not any(begin <= instant <= end for begin, end in windows) for instant in instants)
        # Who holds a part leaves the rest to others, but nothing to who holds all of it.
        extents = [word.claim["content"].get("extent") for word in (one, other)]
        return alone and ("all" in extents or not (one.partial or other.partial))
    if one.status == other.status or "absent" not in (one.status, other.status):
        return False
    absent, held = (one, other) if one.status == "absent" else (other, one)
    windows_of_whole = naive_control.wholes_of(str(held.actor), sides).get(str(absent.actor), ())
    return naive_control.may_have_held(windows_of_whole, (first, last))


def request_to(house: House) -> Request:
    """As the application has it, of the parts that reading takes."""
    app = FastAPI()
    app.state.system = SimpleNamespace(
        engine=house.engine, log=house.log, pictures=house.pictures, principals=Principals(house.engine)
    )
    return Request({"type": "http", "app": app, "headers": [], "path": "/", "query_string": b""})


def clocks_of(asked: naive.Asked, position: int, prefix: str = "") -> dict[str, Any]:
    """The clocks as they are written in a URL."""
    moments = {"at": asked.at, "reported_by": asked.reported_by}
    written = {prefix + name: when.rfc3339(moment) for name, moment in moments.items() if moment is not None}
    return written | {f"{prefix}as_of": str(position), f"{prefix}certainty": asked.certainty}


async def all_pages(ask: Callable[[str | None], Any]) -> list[Answer]:
    items, cursor = [], None
    while True:
        body = json.loads(bytes((await ask(cursor)).body))
        items += body["items"]
        cursor = body["next"]
        if cursor is None:
            return items


async def corrections_agree(
    house: House, dossier: naive.Dossier, asked: naive.Asked, position: int, dossier_id: str, limit: int
) -> None:
    expected = naive_questions.corrections(dossier.log, position)
    by_position = {recorded.position: recorded for recorded in dossier.log}
    expected = [one for one in expected if could_be_known(dossier, by_position[one[0]], asked)]
    request = request_to(house)
    for family in (None, *naive_questions.FAMILIES):
        mine = [
            one for one in expected
            if family in (None, one[2]) or family in naive_questions.families_unsaid(by_position[one[0]], dossier.log)
        ]  # fmt: skip
        for order in ("oldest", "newest"):

            async def ask(cursor: str | None, family: Any = family, order: Any = order) -> Any:
                clocks = clocks_of(asked, position) if cursor is None else clocks_of(asked, position) | {"as_of": None}
                query = CorrectionsQuery(family=family, order=order, limit=limit, cursor=cursor, **clocks)
                return await unwrap(list_corrections)(request, dossier_id, query, None)

            told = [(one["position"], one["type"], one["family"]) for one in await all_pages(ask)]
            assert told == (mine if order == "oldest" else mine[::-1]), (family, order, asked)


def could_be_known(dossier: naive.Dossier, recorded: Recorded, asked: naive.Asked) -> bool:
    """Whether a reader could have known of a correction, and whether it is of what may have been so at `at`."""
    event: Any = recorded.event
    if recorded.stream.kind == "report" and asked.reported_by is not None:
        if event.type == "report.withdrawn" and not dossier.report_taken_back(recorded.stream.id, asked):
            return False
        return dossier.out(recorded.stream.id, asked)
    if recorded.stream.kind != "claim":
        return True
    statements = [
        one
        for position in (recorded.position - 1, recorded.position)
        for one in naive.Dossier(dossier.log, position).items["claim"].get(recorded.stream.id, {"said": []})["said"]
    ]
    if asked.reported_by is not None:
        carried_by = {event.report} if getattr(event, "report", None) else {one["report"] for one in statements}
        if not any(dossier.out(report, asked) for report in carried_by):
            return False
    filed = {one["report"]: None if dossier.filed(one["report"])["retracted"] else one["report"] for one in statements}
    return any(
        naive_rules.may_be_of(
            {"so": dossier.so(one["content"], filed[one["report"]]), "time_zone": dossier.time_zone}, asked.at
        )
        for one in statements
    )


Picture = tuple[naive.Dossier, naive.Asked, int]


async def changes_agree(house: House, before: Picture, after: Picture, dossier_id: str, limit: int) -> None:
    request = request_to(house)

    async def ask(cursor: str | None) -> Any:
        clocks = clocks_of(before[1], before[2], "from.") | clocks_of(after[1], after[2], "to.")
        return await unwrap(read_changes)(request, dossier_id, ChangesQuery(cursor=cursor, limit=limit, **clocks), None)

    items = await all_pages(ask)
    told = {one["claim"]: (side(before[0], one["before"]), side(after[0], one["after"])) for one in items}
    assert len(told) == len(items), "each claim once"
    assert told == naive_questions.changes(before[:2], after[:2]), (before[1:], after[1:])
    for one in items:
        assert one["what"] == (
            "appeared" if one["before"] is None else "disappeared" if one["after"] is None else "changed"
        )
        assert one["what"] != "changed" or one["differs"]
        low, high = sorted((before[2], after[2]))
        if before[1].at == after[1].at:
            assert one["events"] or one["published"], (one["claim"], before[1:], after[1:])
        known = {(recorded.position, recorded.event.type) for recorded in (*before[0].log, *after[0].log)}
        assert {(each["position"], each["type"]) for each in one["events"]} <= known
        mine = {
            recorded.position
            for recorded in (*before[0].log, *after[0].log)
            if low < recorded.position <= high and recorded.stream == ("claim", one["claim"])
        }
        assert mine <= {each["position"] for each in one["events"]}


def side(dossier: naive.Dossier, shown: Answer | None) -> Answer | None:
    return None if shown is None else naive_questions.compared(dossier, shown)


async def the_desk_agrees(
    house: House, connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked
) -> None:
    assert await incidents_as_of(connection, reading, Page()) == naive_incidents.incidents(dossier)
    by_then = await incidents_found(connection, reading, IncidentFilter(), Page())
    assert [one for one, _ in by_then] == naive_incidents.incidents_by_then(dossier, asked), asked
    for source in dossier.items["source"]:
        told = await source_record(connection, reading, source)
        assert told == naive_questions.source_record(dossier, replace(asked, at=None), source), (source, asked)
    query = AssessmentsQuery(**clocks_of(asked, reading.position))
    items = json.loads(
        bytes((await unwrap(list_assessments)(request_to(house), reading.dossier_id, query, None)).body)
    )["items"]
    for item in items:
        for each in item["basis"]:
            each["moved"] = [(move["position"], move["type"], move["reason"]) for move in each["moved"]]
        item["moved_since"] = item["moved_since"] and item["moved_since"]["position"]
    assert items == naive_incidents.assessments(dossier, asked), asked


async def the_register_agrees(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked
) -> None:
    """Who is in it, and how many, by any clocks and however they are asked for."""
    everybody = await shown(connection, reading, await items_as_of(connection, reading, persons, Page()))
    assert everybody == naive_persons.every(dossier)
    ways: list[dict[str, Any]] = [{}, {"fate": "killed"}, {"fate": "unknown"}]
    ways += [{"claim": claim} for claim in dossier.items["claim"]]
    ways += [{"incident": incident} for incident in dossier.items["incident"]]
    for nth, place in enumerate(dossier.items["place"]):
        ways.append({"place": place} | ({"incident": "i1"} if nth % 2 else {}))
    for way in ways:
        given = {name: value for name, value in way.items() if name != "place"}
        places = await places_inside_then(connection, reading, way["place"]) if "place" in way else None
        found = await persons_listed(connection, reading, Page(1000), PersonsWanted(**given, places=places))
        assert found == naive_persons.listed(dossier, asked, **way), (way, asked)
    for incident in dossier.items["incident"]:
        told = await persons_counted(connection, reading, incident)
        assert told == naive_persons.counted(dossier, asked, incident), (incident, asked)
        beside = await persons_beside(connection, reading, incident)
        assert beside == naive_persons.counted(dossier, asked, naive_incidents.survivor(dossier, incident)), (
            incident,
            asked,
        )
