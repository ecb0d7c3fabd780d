"""What the system answers to each question, in the naive evaluator's form, beside what that one answers."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import unwrap
from itertools import combinations
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from application.event_log import Recorded
from application.findings import KINDS_OF_DISAGREEMENT
from application.reading import Page, Reading
from domain import when
from domain.edition_sums import EditionSums, SumAsked
from domain.exclusions import Exclusion
from domain.rules import RULES
from domain.snapshots import Snapshot
from domain.topic import parse_topic
from infrastructure.access.tokens import Tokens
from infrastructure.questions import figures
from infrastructure.questions.control import PlaceControl, control_of
from infrastructure.questions.dataset_figures import dataset_figures
from infrastructure.questions.disagreements import disagreements
from infrastructure.questions.figures import FigureFilter, topic_claims
from infrastructure.questions.record import source_record
from infrastructure.questions.situation import Ruled, situation
from infrastructure.read_models.incidents import incidents_as_of
from infrastructure.read_models.places import places_inside
from interfaces.api.assessments import AssessmentsQuery, list_assessments
from interfaces.api.changes import ChangesQuery, read_changes
from interfaces.api.corrections import CorrectionsQuery, list_corrections
from tests import naive, naive_control, naive_incidents, naive_questions, naive_rules
from tests.domain.test_rules_oracle import naive_figures, real_control, real_figures, real_key, spoken
from tests.histories import MOMENTS
from tests.infrastructure.test_oracle import House

Answer = dict[str, Any]
FIGURE_RULES = ("latest-per-claimant", "widest-range")


async def control_agrees(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked
) -> None:
    for place in dossier.items["place"]:
        found = await control_of(connection, reading, place)
        assert real_control(found.picture) == naive_questions.control(dossier, asked, place), (place, asked)
        timeline_agrees(found, naive_questions.timeline(dossier, asked, place, MOMENTS))


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
    return topic.partition(",incident:")[0]


async def figures_agree(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked, place: str | None
) -> None:
    everything = naive_questions.topics(dossier, asked)
    by_topic = Counter({alone(topic): 0 for topic in everything})
    told_of = Counter({alone(topic): 0 for topic in everything})
    for topic, claims in everything.items():
        by_topic[alone(topic)] += len(claims)
        told_of[alone(topic)] += len(claims) if alone(topic) != topic else 0
    for topic in {*everything, *by_topic, "killed,people", "fighters,people,place:p1,incident:i1"}:
        found = await topic_claims(connection, reading, parse_topic(topic))
        assert found.in_incidents == (told_of[topic] if alone(topic) == topic else 0)
        for rule in FIGURE_RULES:
            picture = RULES[f"{rule}@1"].function(found.claims, reading.clocks.at)
            expected = naive_questions.figures_of_topic(dossier, asked, topic, rule)
            expected = expected or {"groups": [], "set_aside": []}
            expected.pop("beside", None)
            stock = topic.split(",")[0] in naive_rules.STOCKS
            assert real_figures(picture, stock) == naive_figures(expected), (topic, rule, asked)
        beside = await figures.beside(connection, reading, parse_topic(topic))
        if topic in everything:
            others = naive_questions.figures_of_topic(dossier, asked, topic) or {}
            assert {str(other) for other in beside} == {alone(one) for one in others["beside"]} - {alone(topic)}
    inside = places_in(dossier, place)
    listed = {
        topic: (number, told_of[topic])
        for topic, number in by_topic.items()
        if place is None or any(topic.endswith(f"place:{id_}") for id_ in inside)
    }
    assert await topics_listed(connection, reading, place, 1000) == listed
    assert await topics_listed(connection, reading, place, 2) == listed


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


def places_in(dossier: naive.Dossier, place: str | None) -> set[str]:
    """Those that are or once were inside a place; all, if none is named."""
    everywhere = dossier.items["place"]
    return {id_ for id_ in everywhere if place is None or place in naive_questions.windows(dossier, id_)}


async def windows_of(connection: AsyncConnection, reading: Reading, place: str | None) -> Any:
    if place is None:
        return None
    found: dict[str, list[tuple[int, int]]] = {}
    for id_, *window in await places_inside(connection, reading, place):
        found.setdefault(id_, []).append((window[0], window[1]))
    return found


async def sums_agree(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked, sum_: Answer
) -> None:
    sums = EditionSums(SumAsked(sum_["since"], sum_["until"], sum_["by"], reading.time_zone))
    places = await windows_of(connection, reading, sum_["place"])
    wanted = FigureFilter("killed", sum_["unit"], places=places)
    async for claim in dataset_figures(connection, reading, wanted, None):
        sums.add(claim)
    result = sums.result()
    names = ("low", "best", "high", "without_best", "without_number", "incidents", "claims")
    expected = naive_questions.sums(dossier, asked, "killed", **sum_)
    told = [(real_key(one), {name: getattr(one, name) for name in names}) for one in result.sums if one.claims]
    assert sorted(told, key=repr) == expected["sums"], sum_
    assert {real_key(one)[:6]: one.left_out for one in result.sums if one.left_out} == expected["left_out"], sum_
    partitions = [
        (real_key(one.total), sorted(map(real_key, one.parts), key=repr), one.complete) for one in result.partitions
    ]
    assert sorted(partitions, key=repr) == expected["partitions"]


async def situation_agrees(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked
) -> None:
    for rule in FIGURE_RULES:
        found = await situation(connection, reading, Ruled(f"{rule}@1"))
        pictures = {
            topic: naive_figures(naive_questions.figures_of_topic(dossier, asked, topic, rule) or {})["groups"]
            for topic in naive_questions.topics(dossier, asked)
        }
        figured = {
            str(topic): real_figures(picture, topic.measure in naive_rules.STOCKS)["groups"]
            for topic, picture in found.figures
        }
        assert figured == {topic: groups for topic, groups in pictures.items() if groups}, (rule, asked)
    expected = {
        place: {name: told for name, told in picture.items() if name != "set_aside"}
        for place in naive_questions.places_of_a_situation(dossier, asked)
        for picture in (naive_questions.control(dossier, asked, place),)
        if picture["states"] or picture["beside"]
    }
    held = {place: real_control(picture) for place, picture in found.control}
    for picture in held.values():
        del picture["set_aside"]
    assert held == expected, asked
    without_date = {
        place: picture["undated"]
        for place in naive_questions.places_of_a_situation(dossier, asked)
        for picture in (naive_questions.control(dossier, asked, place),)
        if picture["undated"] and not (picture["states"] or picture["beside"])
    }
    assert {place: real_control(picture)["undated"] for place, picture in found.undated} == without_date, asked
    happened = naive_questions.situation(dossier, asked)["occurrences"]
    assert sorted(claim.claim for claim in found.occurrences) == sorted(happened), asked


async def disagreements_agree(
    connection: AsyncConnection, reading: Reading, dossier: naive.Dossier, asked: naive.Asked, place: str | None
) -> None:
    places = await windows_of(connection, reading, place)
    whole, after = await disagreements(connection, reading, KINDS_OF_DISAGREEMENT, places, None, 1000)
    assert after is None
    paged: list[Any] = []
    while True:
        page, after = await disagreements(connection, reading, KINDS_OF_DISAGREEMENT, places, after, 2)
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
        return "control", one.place, *sorted(map(holder_told, one.found), key=repr)
    claims = tuple(sorted((one.found.one.claim, one.found.other.claim)))
    return "figures", str(one.topic), claims, one.found.declared, one.found.time


def holder_told(snapshot: Snapshot | naive_control.Snapshot) -> tuple[Any, ...]:
    claim: Any = snapshot.claim
    return claim["id"] if isinstance(claim, dict) else claim.claim, snapshot.actor, snapshot.status


def disagreements_expected(dossier: naive.Dossier, asked: naive.Asked, place: str | None) -> list[tuple[Any, ...]]:
    inside = places_in(dossier, place)
    found: list[tuple[Any, ...]] = []
    for topic, pairs in naive_questions.disagreements(dossier, asked)["figures"].items():
        about = parse_topic(topic).place
        if place is None or about in inside:
            found += [("figures", topic, pair["claims"], pair["declared"], pair["time"]) for pair in pairs]
    claims = naive_questions.rule_claims(dossier, asked)
    found += [
        ("control", id_, *sorted(map(holder_told, pair), key=repr))
        for id_ in inside
        for pair in exclusions_of(id_, claims, naive_questions.sides(dossier), asked.at)
    ]
    stand = {
        claim["id"]: claim
        for claim in claims
        if naive_rules.why_set_aside(claim) is None and naive_rules.may_contain(claim["so"], asked.at)
    }
    found += [
        ("declared", about, claim["id"], other)
        for claim in stand.values()
        for other in claim["disputes"]
        if other in stand
        for about in (claim["content"].get("place"),)
        if place is None or about in inside
    ]
    return sorted(found, key=repr)


def exclusions_of(place: str, claims: Sequence[Answer], sides: Any, at: int | None) -> list[Any]:
    """Pairs of snapshots of the place itself by two voices, both proven at one instant, that exclude each other."""
    mine = [
        one
        for claim in naive_control.as_told(claims)
        if claim["content"].get("place") == place and naive_rules.why_set_aside(claim) is None
        for one in naive_control.snapshots_in(claim)
        if one.proven is not None and (at is None or naive_control.proven_at(one.proven, at))
    ]
    return [pair for pair in combinations(mine, 2) if exclude_each_other(place, *pair, sides)]


def exclude_each_other(place: str, one: naive_control.Snapshot, other: naive_control.Snapshot, sides: Any) -> bool:
    assert one.proven is not None
    assert other.proven is not None
    if one.voice == other.voice or max(one.proven[0], other.proven[0]) > min(one.proven[1], other.proven[1]):
        return False
    if one.status == other.status == "controls":
        return naive_control.exclude_each_other(one, other, sides)
    if one.status == other.status:
        return False
    absent, held = (one, other) if one.status == "absent" else (other, one)
    return naive_control.denies(place, absent, held, sides)


def request_to(house: House) -> Request:
    """As the application has it, of the parts that reading takes."""
    app = FastAPI()
    app.state.system = SimpleNamespace(
        engine=house.engine, log=house.log, pictures=house.pictures, tokens=Tokens(house.engine)
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
        mine = [one for one in expected if family in (None, one[2])]
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
    return any(naive_rules.may_contain(dossier.so(one["content"]), asked.at) for one in statements)


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
