"""The naive questions: DESIGN section 6 worked out again over a naive dossier, with the naive rules.

Answers are plain data in a canonical order, without the words that only people read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from application.event_log import Recorded
from domain import when
from tests import naive_control, naive_rules, naive_sums
from tests.naive import Asked, Dossier, Row
from tests.naive_incidents import incidents, incidents_of, same_origin_of, survivor

Claim = dict[str, Any]

TOPIC_PARTS = ("subject", "group", "by", "cause", "place")
FAMILIES = {
    "source": {"claim.revised", "claim.withdrawn", "report.withdrawn"},
    "record": {
        "claim.corrected", "claim.retracted", "claim.reinstated", "claim.statement_retracted",
        "claim.statement_reinstated", "source.corrected", "source.retracted",
        "source.reinstated", "actor.corrected", "actor.retracted", "actor.reinstated", "place.corrected",
        "place.retracted", "place.reinstated", "report.corrected", "report.retracted", "report.reinstated",
        "report.withdrawal_retracted", "dossier.described", "assessment.revision_retracted",
        "assessment.revision_reinstated", "incident.retracted", "incident.reinstated",
        "person.corrected", "person.retracted", "person.reinstated",
    },
    "declared": {"dossier.declared"},
    "judgement": {
        "claim.graded", "claim.related", "source.graded", "source.merged", "source.split",
        "actor.merged", "actor.split", "place.merged", "place.split", "report.merged", "report.split",
        "report.discredited", "report.discrediting_lifted",
        "incident.described",
        "incident.linked", "incident.unlinked", "incident.merged", "incident.split", "assessment.revised",
        "assessment.withdrawn", "assessment.reinstated", "assessment.upheld",
        "person.linked", "person.unlinked", "person.merged", "person.split",
    },
}  # fmt: skip
# What is appended together with these was said at once with them.
FIRST_RECORDS = {
    "claim.related": "claim.recorded",
    "incident.linked": "incident.opened",
    "person.linked": "person.registered",
}
# Of a claim as it is shown, what says how it was asked for or what others say of it.
NOT_COMPARED = {"version", "recorded_position", "holds", "reported", "names_retracted", "taken_from"}


def rule_claims(dossier: Dossier, asked: Asked) -> list[Claim]:
    """Every claim in force and not retracted; the clock `at` is the rules' own."""
    found, stand = [], {id_ for id_, claim in dossier.items["claim"].items() if claim["retracted"] is None}
    for claim in sorted(dossier.items["claim"].values(), key=lambda claim: claim["from"]):
        said = dossier.in_force(claim, asked)
        if said is None or claim["id"] not in stand:
            continue
        report = dossier.filed(dossier.said_in(claim, said))
        published = dossier.publication(report)
        found.append(
            {
                "id": claim["id"],
                "content": of_survivors(dossier, said["content"]),
                "report": report["id"],
                "filed_in": dossier.filed_in(claim, said),
                "published": (published.earliest, published.latest),
                "so": dossier.so(said["content"], said["report"]),
                "open": dossier.so(said["content"]),
                "time_zone": dossier.time_zone,
                "recorded_position": claim["from"],
                "withdrawn": dossier.status(claim, said, asked) == "withdrawn",
                "discredited": "discredited" in report,
                "incidents": incidents_of(dossier, claim["id"]),
                "dataset": report["details"].get("dataset"),
                "parts": sorted(id_ for id_ in stand if ("part_of", claim["id"]) in relations_of(dossier, id_)),
                "disputes": sorted(id_ for id_ in stand if ("disputes", id_) in relations_of(dossier, claim["id"])),
                "same_origin": same_origin_of(dossier, claim["id"]),
                "derived_from": derived_from(dossier, originals_of(dossier, report)),
                "rests_on": derived_from(dossier, said["content"].get("rests_on", [])),
                "credits": [dossier.survivor("source", id_) for id_ in as_list(details_of(report).get("credits", []))],
            }
        )
    return found


def details_of(report: Row) -> Row:
    details: Row = report["details"]
    return details


def as_list(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def derived_from(dossier: Dossier, begun: Any) -> list[str]:
    """Some reports with all that they derive from, at any remove, each as what it goes on as."""
    found: set[str] = set()
    ahead = {dossier.survivor("report", id_) for id_ in as_list(begun)}
    while ahead:
        found |= ahead
        reports = [dossier.items["report"][id_] for id_ in ahead if id_ in dossier.items["report"]]
        ahead = {other for one in reports for other in originals_of(dossier, one)} - found
    return sorted(found)


def originals_of(dossier: Dossier, report: Row) -> set[str]:
    """Where a report derives from: from what it is one with, it does not."""
    named = as_list(details_of(report).get("derived_from", []))
    return {dossier.survivor("report", id_) for id_ in named} - {report["id"]}


def of_survivors(dossier: Dossier, content: Row) -> Row:
    """What is merged goes on as what it was merged into."""
    one = dict(content)
    if "claimant" in one:
        one["claimant"] = dossier.survivor("source", one["claimant"])
    if "via" in one:
        one["via"] = list(dict.fromkeys(dossier.survivor("source", id_) for id_ in one["via"]))
    if "rests_on" in one:
        rests_on = [dossier.survivor("report", id_) for id_ in as_list(one["rests_on"])]
        one["rests_on"] = list(dict.fromkeys(rests_on))
    if "place" in one:
        one["place"] = dossier.survivor("place", one["place"])
    for role in ("subject", "by", "actor", "against"):
        if role in one:
            one[role] = dossier.survivor("actor", one[role])
    if "actors" in one:
        one["actors"] = {
            role: list(dict.fromkeys(dossier.survivor("actor", id_) for id_ in ids))
            for role, ids in one["actors"].items()
        }
    return one


def relations_of(dossier: Dossier, claim_id: str) -> set[tuple[str, str]]:
    related: set[tuple[str, str]] = dossier.items["claim"][claim_id]["relations"]
    return related


def topic_of(claim: Claim) -> str:
    content = claim["content"]
    said = [f"{name}:{content[name]}" for name in TOPIC_PARTS if name in content]
    if claim.get("incident") is not None:
        said.append(f"incident:{claim['incident']}")
    said += [f"{name}:{value}" for name, value in sorted(content.get("dimensions", {}).items())]
    return ",".join([content["measure"], content["unit"], *said])


def topics(
    dossier: Dossier, asked: Asked, *, incidents_apart: bool = True, of_one_only: bool = False
) -> dict[str, list[Claim]]:
    """What is counted, with the claims that count it: those of several incidents with each, or with the first only."""
    found: dict[str, list[Claim]] = {}
    for claim in rule_claims(dossier, asked):
        if claim["content"]["kind"] == "figure":
            copies = naive_rules.apart(claim)[: 1 if of_one_only else None] if incidents_apart else [claim]
            for one in copies:
                found.setdefault(topic_of(one), []).append(one)
    return dict(sorted(found.items()))


def figures_of_topic(
    dossier: Dossier, asked: Asked, topic: str, rule: str = "latest-per-claimant", version: int = 2
) -> dict[str, Any] | None:
    """The picture of one topic, and the others of the same measure and place (`beside`); None without such claims.

    Since version 2 the topic of a place takes in what is told of incidents there.
    """
    everything = topics(dossier, asked, of_one_only=version == 1)
    topic = ",".join(at_the_end_of_its_merges(dossier, part) for part in topic.split(","))
    if version > 1 and ",incident:" not in topic:
        everything |= topics(dossier, asked, incidents_apart=False)
    if version > 1 and ",incident:" in topic and ",place:" not in topic:
        return figures_of_an_incident(dossier, everything, topic, asked.at, rule)
    if topic not in everything:
        return None
    mine = everything[topic][0]["content"]
    beside = [
        other
        for other, claims in everything.items()
        if other != topic
        and claims[0]["content"]["measure"] == mine["measure"]
        and claims[0]["content"].get("place") == mine.get("place")
    ]
    return naive_rules.figure_picture(everything[topic], asked.at, rule, version) | {"beside": beside}


def inside(dossier: Dossier, asked: Asked, topic: str) -> list[str]:
    """What is counted at places inside the place of a topic, if that is a spot, that says no less than the topic."""
    said = set(topic.split(","))
    place = next((part.removeprefix("place:") for part in said if part.startswith("place:")), None)
    if place is None or ",incident:" in topic:
        return []
    here = dossier.survivor("place", place)
    if dossier.items["place"][here]["details"]["kind"] not in ("town", "village", "site"):
        return []
    return [
        other
        for other, claims in topics(dossier, asked, incidents_apart=False).items()
        if said - {f"place:{place}"} <= set(other.split(","))
        and claims[0]["content"].get("place") not in (None, here)
        and any(lay_in(dossier, claim, here, asked.at) for claim in claims)
    ]


def unplaced(dossier: Dossier, asked: Asked, topic: str) -> list[str]:
    """Of incidents at the place of a topic (a spot: or at one inside) what is counted without a place."""
    said = set(topic.split(","))
    place = next((part.removeprefix("place:") for part in said if part.startswith("place:")), None)
    if place is None or ",incident:" in topic:
        return []
    here = dossier.survivor("place", place)
    is_spot = dossier.items["place"][here]["details"]["kind"] in ("town", "village", "site")
    found = set()
    for other, claims in topics(dossier, asked).items():
        for claim in claims:
            there = place_of_incident(dossier, claim["incident"])
            if there is None or "place" in claim["content"] or naive_rules.why_set_aside(claim) is not None:
                continue
            at_it = there == here or (
                is_spot and lay_in(dossier, claim | {"content": {"place": there}}, here, asked.at)
            )
            if at_it and said - {f"place:{place}"} <= set(other.split(",")):
                found.add(other)
    return sorted(found)


def place_of_incident(dossier: Dossier, incident_id: str | None) -> str | None:
    """Where an incident was that goes on as itself."""
    place = None if incident_id is None else dossier.items["incident"][incident_id]["details"].get("place")
    return None if place is None else dossier.survivor("place", place)


def lay_in(dossier: Dossier, claim: Claim, place: str, at: int | None) -> bool:
    """At a moment, if one is asked for; else when it was so."""
    if at is None:
        return was_inside(dossier, claim, place)
    return naive_control.inside(when.Span(*[at] * 4), windows(dossier, claim["content"]["place"]).get(place, []))


def figures_of_an_incident(
    dossier: Dossier, everything: dict[str, list[Claim]], topic: str, at: int | None, rule: str
) -> dict[str, Any] | None:
    """At whatever place its claims say; beside it what else of the measure they count."""
    mine = [claim for other, claims in everything.items() if is_taken_in(other, topic) for claim in claims]
    if not mine:
        return None
    for claim in mine:
        claim["lies_in"] = lies_in(dossier, claim)
    incident, measure = mine[0]["incident"], mine[0]["content"]["measure"]
    beside = [
        other
        for other, claims in everything.items()
        if (claims[0].get("incident"), claims[0]["content"]["measure"]) == (incident, measure)
        and not is_taken_in(other, topic)
    ]
    return naive_rules.figure_picture(mine, at, rule) | {"beside": beside}


def lies_in(dossier: Dossier, claim: Claim) -> set[str]:
    """What the place of a claim may have lain in when it was so."""
    place = claim["content"].get("place")
    around = {} if place is None else windows(dossier, place)
    return {outer for outer, times in around.items() if outer != place and naive_control.inside(claim["so"], times)}


def counted_in(dossier: Dossier, asked: Asked, incident_id: str, measure: str, unit: str) -> dict[str, Any] | None:
    """What its own claims, or those of what is merged into it, come to that count all of a measure in an incident."""
    own = next(one for one in incidents(dossier) if one["id"] == incident_id)
    mine = [
        claim | {"incident": own["survivor"], "lies_in": lies_in(dossier, claim)}
        for claim in rule_claims(dossier, asked)
        if claim["id"] in own["claims"]
        and [claim["content"].get(name) for name in ("kind", "measure", "unit")] == ["figure", measure, unit]
        and not {"subject", "group", "dimensions"} & claim["content"].keys()
    ]
    for group in naive_rules.figure_picture(mine, None, "latest-per-claimant")["groups"]:
        if group["range"] is not None:
            return {name: group[name] for name in ("range", "verdict", "voices", "unattributed")}
    return None


def is_taken_in(other: str, topic: str) -> bool:
    """What the topic leaves unsaid of place, party and cause, the other may say."""
    left = [name for name in ("place:", "by:", "cause:") if f",{name}" not in topic]
    return ",".join(part for part in other.split(",") if not part.startswith(tuple(left))) == topic


def anywhere(topic: str) -> str:
    """A topic without its place."""
    return ",".join(part for part in topic.split(",") if not part.startswith("place:"))


def at_the_end_of_its_merges(dossier: Dossier, part: str) -> str:
    """A part of a topic; that of an incident with the one which is left."""
    name, _, id_ = part.partition(":")
    if name in ("subject", "by") and id_ in dossier.items["actor"]:
        return f"{name}:{dossier.survivor('actor', id_)}"
    if name == "place" and id_ in dossier.items["place"]:
        return f"place:{dossier.survivor('place', id_)}"
    merged = name == "incident" and id_ in dossier.items["incident"]
    return f"incident:{survivor(dossier, id_)}" if merged else part


def sums(
    dossier: Dossier,
    asked: Asked,
    measure: str,
    unit: str,
    *,
    place: str | None = None,
    since: int | None = None,
    until: int | None = None,
    by: str | None = None,
) -> dict[str, Any]:
    """Totals over the incidents of datasets, in a place and those inside it, or everywhere."""
    of_datasets = [claim for claim in rule_claims(dossier, asked) if claim["dataset"] is not None]
    given = [
        claim
        for claim in of_datasets
        if claim["content"]["kind"] == "figure"
        and (claim["content"]["measure"], claim["content"]["unit"]) == (measure, unit)
        and (place is None or was_inside(dossier, claim, place))
    ]
    zone = ZoneInfo(dossier.time_zone)
    written = {"year": "%Y", "month": "%Y-%m"}

    def period_of(instant: int) -> str:
        return datetime.fromtimestamp(instant // 1_000_000, UTC).astimezone(zone).strftime(written[by or "year"])

    return naive_sums.edition_sums(given, since, until, period_of if by else None, of_datasets)


def was_inside(dossier: Dossier, claim: Claim, place: str) -> bool:
    about = claim["content"].get("place")
    return about is not None and naive_control.inside(claim["so"], windows(dossier, about).get(place, ()))


def windows(dossier: Dossier, place: str) -> dict[str, list[tuple[int, int]]]:
    """The places in which a place may have been, with the times; itself always. Each as what it goes on as."""
    found = {
        # Two ways that take the same time are one.
        other: sorted(set(dossier.ways_up(place, other, when.EARLIEST, when.LATEST, ())))
        for other in dossier.items["place"]
    }
    return {other: ways for other, ways in found.items() if ways}


def surely(dossier: Dossier, place: str) -> dict[str, list[tuple[int, int]]]:
    """When a place certainly lay in each; of ways that meet, from the first to the last that is certain of any."""
    always = (when.EARLIEST, when.LATEST)
    found: dict[str, list[tuple[int, int]]] = {}
    for other in dossier.items["place"]:
        found[other] = for_certain(list(dossier.ways_surely(place, other, always, always, ())))
    return {other: those for other, those in found.items() if those}


def for_certain(ways: Sequence[tuple[tuple[int, int], tuple[int, int] | None]]) -> list[tuple[int, int]]:
    found = set()
    for way in ways:
        met = [way]
        while more := [one for one in ways if one not in met and any(touch(one[0], its) for its, _ in met)]:
            met += more
        sure = [its for _, its in met if its is not None]
        if sure:
            found.add((min(one[0] for one in sure), max(one[1] for one in sure)))
    return sorted(found)


def touch(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] + 1 and other[0] <= one[1] + 1


def wholes(dossier: Dossier) -> dict[str, dict[str, list[tuple[int, int]]]]:
    """Each actor with all that it may have been part of, itself too, and the times at which."""
    found: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for actor in dossier.items["actor"]:
        found[actor] = {}
        for whole, window in wholes_up(dossier, actor, when.EARLIEST, when.LATEST, ()):
            found[actor].setdefault(whole, []).append(window)
    return found


def wholes_up(
    dossier: Dossier, actor: str, earliest: int, latest: int, below: tuple[str, ...]
) -> Iterator[tuple[str, tuple[int, int]]]:
    if earliest > latest or actor in below:
        return
    yield actor, (earliest, latest)
    for id_, item in dossier.items["actor"].items():
        if dossier.survivor("actor", id_) != actor:
            continue
        for whole, first, last in dossier.memberships(item["details"].get("part_of"), "actor"):
            outer = dossier.survivor("actor", whole)
            yield from wholes_up(dossier, outer, max(earliest, first), min(latest, last), (*below, actor))


def certain_wholes(dossier: Dossier) -> dict[str, dict[str, list[tuple[int, int]]]]:
    """Of the times at which each may have been part of another those at which it certainly was."""
    found: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for actor in dossier.items["actor"]:
        ways: dict[str, list[tuple[tuple[int, int], tuple[int, int] | None]]] = {}
        always = (when.EARLIEST, when.LATEST)
        for whole, may, sure in wholes_for_certain(dossier, actor, always, always, ()):
            ways.setdefault(whole, []).append((may, sure))
        found[actor] = {
            whole: [
                (max(one[0], known[0]), min(one[1], known[1]))
                for one, _ in those
                for known in for_certain(those)
                if max(one[0], known[0]) <= min(one[1], known[1])
            ]
            for whole, those in ways.items()
        }
    return found


def wholes_for_certain(
    dossier: Dossier, actor: str, may: tuple[int, int], sure: tuple[int, int] | None, below: tuple[str, ...]
) -> Iterator[tuple[str, tuple[int, int], tuple[int, int] | None]]:
    """As `wholes_up`, each with that part of its time in which it certainly was one."""
    if may[0] > may[1] or actor in below:
        return
    yield actor, may, sure if sure and sure[0] <= sure[1] else None
    for id_, item in dossier.items["actor"].items():
        if dossier.survivor("actor", id_) != actor:
            continue
        held = item["details"].get("part_of")
        for one in [] if held is None else [{"actor": held}] if isinstance(held, str) else held:
            date = one.get("when")
            ((_, first, last),) = dossier.memberships([one], "actor")
            its = (when.EARLIEST, when.LATEST) if date is None else dossier.for_sure(date)
            both = (max(sure[0], its[0]), min(sure[1], its[1])) if sure and its else None
            outer = dossier.survivor("actor", one["actor"])
            yield from wholes_for_certain(
                dossier, outer, (max(may[0], first), min(may[1], last)), both, (*below, actor)
            )


def bears_on_control(claim: Claim) -> bool:
    content = claim["content"]
    if "place" not in content:
        return False
    return content["kind"] == "control" or content.get("type") in ("capture", "withdrawal")


def claims_around(dossier: Dossier, asked: Asked, place: str) -> list[Claim]:
    around = windows(dossier, place)
    return [
        claim
        for claim in rule_claims(dossier, asked)
        if bears_on_control(claim) and claim["content"]["place"] in around
    ]


def control(dossier: Dossier, asked: Asked, place: str) -> dict[str, Any]:
    place = dossier.survivor("place", place)
    claims = claims_around(dossier, asked, place)
    near, sure = windows(dossier, place), surely(dossier, place)
    certain = certain_wholes(dossier)
    return naive_control.control_picture(place, claims, near, wholes(dossier), asked.at, surely=sure, certain=certain)


def taken_inside(dossier: Dossier, asked: Asked, place: str) -> list[tuple[str, str, str]]:
    """Of a place of all of which somebody is told to hold it: (place inside, who has held it since, claim)."""
    outer, by_id = dossier.survivor("place", place), {claim["id"]: claim for claim in rule_claims(dossier, asked)}
    picture = control(dossier, asked, outer)
    whole = [
        naive_control.until_out(by_id[claim])
        for claim, _, status, *_ in picture["governing"]
        if status == "controls" and by_id[claim]["content"].get("extent") == "all" and by_id[claim]["so"]
    ]
    if not whole:
        return []
    since = max(so.latest_end for so in whole if so)
    sides = naive_control.Sides(certain_wholes(dossier), asked.at)
    time = (when.EARLIEST, when.LATEST) if asked.at is None else (asked.at, asked.at)
    found = set()
    for inner in {dossier.survivor("place", id_) for id_ in dossier.items["place"]} - {outer}:
        ways = windows(dossier, inner).get(outer, [])
        if not any(asked.at is None or first <= asked.at <= last for first, last in ways):
            continue
        its = control(dossier, asked, inner)
        if its["verdict"] in ("disputed", "order_unknown"):
            continue
        for id_, actor, status, direct, _, _, hedge in its["governing"]:
            so = naive_control.until_out(by_id[id_])
            if status != "controls" or not direct or hedge or so is None:
                continue
            begun = so.earliest_end if by_id[id_]["content"]["kind"] == "occurrence" else so.earliest_start
            if begun > since and not any(
                naive_control.may_have_held(naive_control.both_in_one(actor, holder, sides), time)
                for holder in picture["holders"]
            ):
                found.add((inner, actor, id_))
    return sorted(found)


def timeline(dossier: Dossier, asked: Asked, place: str, moments: Sequence[int]) -> dict[str, Any]:
    place = dossier.survivor("place", place)
    claims = claims_around(dossier, asked, place)
    near, sure = windows(dossier, place), surely(dossier, place)
    return naive_control.timeline(
        place, claims, near, wholes(dossier), moments, surely=sure, certain=certain_wholes(dossier)
    )


def situation(dossier: Dossier, asked: Asked) -> dict[str, Any]:
    """The map and the numbers at `at`."""
    claims = rule_claims(dossier, asked)
    everything = topics(dossier, asked, incidents_apart=False)
    figures = {topic: figures_of_topic(dossier, asked, topic) for topic in everything}
    return {
        "control": {place: control(dossier, asked, place) for place in places_of_a_situation(dossier, asked)},
        "figures": {topic: picture for topic, picture in figures.items() if picture and picture["groups"]},
        "occurrences": [
            claim["id"]
            for claim in claims
            if claim["content"]["kind"] == "occurrence"
            and naive_rules.why_set_aside(claim) is None
            and naive_rules.may_be_of(claim, asked.at)
        ],
    }


def figures_aside(
    dossier: Dossier, asked: Asked, rule: str = "latest-per-claimant", version: int = 2
) -> dict[str, list[tuple[str, str]]]:
    """By topic what counts for nothing, of the moment; of what is not counted then, also the last before it.

    What was intended for a time that is over was never told to be so, whatever else it counts for nothing for.
    """
    at, found = asked.at, {}
    assert at is not None
    for topic, claims in topics(dossier, asked, incidents_apart=version == 1, of_one_only=version == 1).items():
        told_then = naive_rules.of_version(claims, version)
        aside = [(claim, why) for claim in told_then if (why := naive_rules.why_set_aside(claim)) is not None]
        told = [one for one in aside if naive_rules.may_contain(one[0]["so"], at)]
        picture = figures_of_topic(dossier, asked, topic, rule, version)
        if not (picture or {})["groups"]:
            before = [
                (claim, why)
                for claim, why in aside
                if claim["content"].get("hedge") != "intended"
                if claim["so"] is not None and claim["so"].latest_end < at
                if claim["content"]["measure"] in naive_rules.STOCKS
                or (version == 2 and naive_rules.order_of_length(claim["so"]) > naive_rules.THREE_DAYS)
            ]
            told += [
                one for one in before
                if all(other["so"].earliest_start <= one[0]["so"].earliest_start for other, _ in before)
            ]  # fmt: skip
        if told:
            found[topic] = sorted((claim["id"], why) for claim, why in told)
    return found


def places_of_a_situation(dossier: Dossier, asked: Asked) -> list[str]:
    """Those that are spoken of themselves, also by what is set aside, and those that ever belong to such an area."""
    spoken_of = {claim["content"]["place"] for claim in rule_claims(dossier, asked) if bears_on_control(claim)}
    members = {
        id_
        for id_, place in dossier.items["place"].items()
        for membership in place["details"].get("areas", [])
        if dossier.survivor("place", id_) == id_ and dossier.survivor("place", membership["area"]) in spoken_of
    }
    return sorted(spoken_of | members)


def disagreements(dossier: Dossier, asked: Asked) -> dict[str, Any]:
    """Figures that cannot all be right (with `at`: that both may have been so then), and holders who exclude others."""
    figures = {}
    seen: set[tuple[str, str]] = set()
    for topic, claims in topics(dossier, asked).items():
        then = [claim for claim in claims if naive_rules.may_be_of(claim, asked.at)]
        figures[topic] = [
            pair
            for pair in naive_rules.contradictions(then, at=asked.at)
            if not pair["unsure"] and pair["claims"] not in seen
        ]
        # What stands in several incidents is told in the first of them.
        seen.update(pair["claims"] for pair in figures[topic])
    pictures = {place: control(dossier, asked, place) for place in places_of_a_situation(dossier, asked)}
    return {
        "figures": {topic: pairs for topic, pairs in figures.items() if pairs},
        "control": {
            place: (picture["verdict"], picture["holders"])
            for place, picture in pictures.items()
            if picture["verdict"] in ("disputed", "order_unknown")
        },
    }


def changes(before: tuple[Dossier, Asked], after: tuple[Dossier, Asked]) -> dict[str, tuple[Row | None, Row | None]]:
    """The claims whose answers differ between two pictures, with both; None where one has none."""
    old, new = (
        {shown["id"]: compared(dossier, shown) for shown in dossier.claims(asked)} for dossier, asked in (before, after)
    )
    return {id_: (old.get(id_), new.get(id_)) for id_ in sorted({*old, *new}) if old.get(id_) != new.get(id_)}


def compared(dossier: Dossier, shown: Row) -> Row:
    """A claim's own relations count; those that others have to it are theirs."""
    own = sorted(relations_of(dossier, shown["id"]))
    return {name: value for name, value in shown.items() if name not in NOT_COMPARED} | {"relations": own}


def corrections(log: Sequence[Recorded], position: int) -> list[tuple[int, str, str]]:
    """(position, type, family) of every event that changed what was recorded before it."""
    told = [recorded for recorded in log if recorded.position <= position]
    found: list[tuple[int, str, str]] = []
    for recorded in told:
        type_ = recorded.event.type
        at_once = any(
            first.event.type == FIRST_RECORDS.get(type_)
            and first.stream == recorded.stream
            and first.group == recorded.group
            for first in told
        )
        found += [
            (recorded.position, type_, family) for family, types in FAMILIES.items() if type_ in types and not at_once
        ]
    return found


TAKES_BACK = {
    "dossier.described": {"dossier.declared"},
    "report.withdrawn": {"report.withdrawal_retracted"},
    "report.withdrawal_retracted": {"report.withdrawn"},
    "report.retracted": {"report.withdrawn"},
    "report.reinstated": {"report.withdrawn"},
    "claim.retracted": {"claim.revised", "claim.withdrawn"},
    "claim.reinstated": {"claim.revised", "claim.withdrawn"},
    "incident.retracted": {"incident.opened"},
    "incident.reinstated": {"incident.opened"},
}


def families_unsaid(recorded: Recorded, log: Sequence[Recorded]) -> set[str]:
    """The families of what an event unsays that was said of its item before, or says again after all."""
    before = [one for one in log if one.stream == recorded.stream and one.position < recorded.position]
    if recorded.event.type in ("claim.statement_retracted", "claim.statement_reinstated"):
        # The one statement that it names, with which a claim was revised or withdrawn.
        number = recorded.event.statement
        unsaid = [one for one in before if one.event.type in ("claim.revised", "claim.withdrawn")
                  and one.event.statement == number]  # fmt: skip
    else:
        unsaid = [one for one in before if one.event.type in TAKES_BACK.get(recorded.event.type, ())]
    types = {one.event.type for one in unsaid}
    judged = {"judgement"} if "incident.opened" in types else set()
    return judged | {family for family, its_own in FAMILIES.items() if types & its_own}


def source_record(dossier: Dossier, asked: Asked, source: str) -> dict[str, Any]:
    """Of the claims whose statement in force is the source's own: how many, and what became of them.

    Retracted ones are in `total` and `retracted` and nowhere else.
    """
    shown = [*dossier.claims(asked), *dossier.claims(replace(asked, status="retracted"))]
    mine = [claim for claim in shown if dossier.are_one("source", claim["content"].get("claimant"), source)]
    stand = [claim for claim in mine if claim["status"] != "retracted"]
    corrected = {recorded.stream.id for recorded in dossier.log if recorded.event.type == "claim.corrected"}
    grades = ["none" if claim["credibility"] is None else str(claim["credibility"]) for claim in stand]
    spoken = [(claim["id"], one) for claim in stand for one in spoken_by(dossier, asked, claim["id"], source)]
    relied_on = [(id_, one) for id_, one in spoken if "discredited" not in dossier.filed(one["report"])]
    came_out_in = [dossier.filed(one["report"]) for _, one in spoken if not one["ended"]]
    publications = [dossier.publication(report) for report in came_out_in]
    its_own = [
        report
        for id_, report in dossier.items["report"].items()
        if dossier.survivor("report", id_) == id_ and published_by(dossier, id_, source) and dossier.out(id_, asked)
    ]
    gone = [took_back(dossier, asked, claim["id"], source) for claim in mine if claim["status"] == "withdrawn"]
    revised = [
        (id_, made_by(dossier, id_, one, source))
        for id_, one in relied_on
        if not one["ended"] and dossier.changed_a_word(dossier.items["claim"][id_], one)
    ]
    return {
        "claims": {
            "total": len(mine),
            "stands": sum(claim["status"] == "stands" for claim in mine),
            "withdrawn": gone.count(True),
            "withdrawn_by_others": gone.count(False),
            "retracted": len(mine) - len(stand),
        },
        "revised": len({id_ for id_, by_it in revised if by_it}),
        "revised_by_others": len({id_ for id_, by_it in revised if not by_it}),
        "without_notice": len(
            {id_ for id_, one in relied_on if one.get("without_notice") and made_by(dossier, id_, one, source)}
        ),
        "corrected": sum(claim["id"] in corrected for claim in stand),
        "graded": {grade: grades.count(grade) for grade in sorted(set(grades))},
        "disputed": sum("disputed_by" in claim["relations"] for claim in stand),
        "disputes": sum(disputes_what_stands(dossier, claim["id"]) for claim in stand),
        "reports": len(its_own),
        "reports_withdrawn": sum(dossier.report_taken_back(report["id"], asked) for report in its_own),
        "first": when.rfc3339(min((each.earliest for each in publications), default=when.EARLIEST)),
        "last": when.rfc3339(max((each.latest for each in publications), default=when.LATEST)),
    }


def published_by(dossier: Dossier, report_id: str, source: str) -> bool:
    return dossier.are_one("source", dossier.filed(report_id)["details"].get("publisher"), source)


def took_back(dossier: Dossier, asked: Asked, claim_id: str, source: str) -> bool:
    """Of a claim that is withdrawn, whether that source withdrew it."""
    said = dossier.in_force(dossier.items["claim"][claim_id], asked)
    assert said is not None
    return made_by(dossier, claim_id, said, source) if said["ended"] else published_by(dossier, said["report"], source)


def made_by(dossier: Dossier, claim_id: str, change: Row, source: str) -> bool:
    """Whether a source changed its own word: a publisher is that of the report in which the changed word stood."""
    if change["changed_by"] == "publisher":
        changed = [one for one in said_of(dossier, claim_id) if one["number"] == change["after"]]
        stood_in = [one["report"] for one in changed if not one.get("unsaid")] or [change["report"]]
        return published_by(dossier, stood_in[0], source)
    return bool(change["changed_by"] != "relay")


def said_of(dossier: Dossier, claim_id: str) -> list[Row]:
    said: list[Row] = dossier.items["claim"][claim_id]["said"]
    return said


def spoken_by(dossier: Dossier, asked: Asked, claim_id: str, source: str) -> list[Row]:
    """Everything that a source had said of a claim by the cut-off, and that we did not retract."""
    return [
        one
        for one in said_of(dossier, claim_id)
        if not one.get("unsaid")
        and dossier.out(one["report"], asked)
        and dossier.are_one("source", one["content"].get("claimant"), source)
    ]


def disputes_what_stands(dossier: Dossier, claim_id: str) -> bool:
    claims = dossier.items["claim"]
    return any(
        relation == "disputes" and claims[other]["retracted"] is None
        for relation, other in relations_of(dossier, claim_id)
    )
