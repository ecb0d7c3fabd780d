"""The naive questions: DESIGN section 6 worked out again over a naive dossier, with the naive rules.

Answers are plain data in a canonical order, without the words that only people read.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from application.event_log import Recorded
from domain import when
from tests import naive_control, naive_rules, naive_sums
from tests.naive import Asked, Dossier, Row
from tests.naive_incidents import incident_of, same_origin_of

Claim = dict[str, Any]

TOPIC_PARTS = ("subject", "group", "by", "cause", "place")
FAMILIES = {
    "source": {"claim.revised", "claim.withdrawn", "report.withdrawn"},
    "record": {
        "claim.corrected", "claim.retracted", "claim.reinstated", "claim.statement_retracted",
        "claim.statement_reinstated", "source.corrected", "source.retracted",
        "actor.corrected", "actor.retracted", "place.corrected", "place.retracted", "report.corrected",
        "report.retracted", "dossier.described",
    },
    "judgement": {
        "claim.graded", "claim.related", "source.graded", "report.discredited", "incident.described",
        "incident.linked", "incident.unlinked", "incident.merged", "incident.split", "assessment.revised",
        "assessment.withdrawn",
    },
}  # fmt: skip
# What is appended together with these was said at once with them.
FIRST_RECORDS = {"claim.related": "claim.recorded", "incident.linked": "incident.opened"}
# Of a claim as it is shown, what says how it was asked for or what others say of it.
NOT_COMPARED = {"version", "recorded_position", "holds", "reported"}


def rule_claims(dossier: Dossier, asked: Asked) -> list[Claim]:
    """Every claim in force and not retracted; the clock `at` is the rules' own."""
    found, stand = [], {id_ for id_, claim in dossier.items["claim"].items() if claim["retracted"] is None}
    for claim in sorted(dossier.items["claim"].values(), key=lambda claim: claim["from"]):
        said = dossier.in_force(claim, asked)
        if said is None or claim["id"] not in stand:
            continue
        report = dossier.items["report"][said["report"]]
        published = dossier.publication(report)
        found.append(
            {
                "id": claim["id"],
                "content": said["content"],
                "report": said["report"],
                "published": (published.earliest, published.latest),
                "so": dossier.so(said["content"]),
                "recorded_position": claim["from"],
                "withdrawn": dossier.status(claim, said, asked) == "withdrawn",
                "discredited": "discredited" in report,
                "incident": incident_of(dossier, claim["id"]),
                "dataset": report["details"].get("dataset"),
                "parts": sorted(id_ for id_ in stand if ("part_of", claim["id"]) in relations_of(dossier, id_)),
                "disputes": sorted(id_ for id_ in stand if ("disputes", id_) in relations_of(dossier, claim["id"])),
                "same_origin": same_origin_of(dossier, claim["id"]),
            }
        )
    return found


def relations_of(dossier: Dossier, claim_id: str) -> set[tuple[str, str]]:
    related: set[tuple[str, str]] = dossier.items["claim"][claim_id]["relations"]
    return related


def topic_of(claim: Claim) -> str:
    content = claim["content"]
    said = [f"{name}:{content[name]}" for name in TOPIC_PARTS if name in content]
    if claim["incident"] is not None:
        said.append(f"incident:{claim['incident']}")
    return ",".join([content["measure"], content["unit"], *said])


def topics(dossier: Dossier, asked: Asked) -> dict[str, list[Claim]]:
    """What is counted, with the claims that count it."""
    found: dict[str, list[Claim]] = {}
    for claim in rule_claims(dossier, asked):
        if claim["content"]["kind"] == "figure":
            found.setdefault(topic_of(claim), []).append(claim)
    return dict(sorted(found.items()))


def figures_of_topic(
    dossier: Dossier, asked: Asked, topic: str, rule: str = "latest-per-claimant"
) -> dict[str, Any] | None:
    """The picture of one topic, and the others of the same measure and place (`beside`); None without such claims."""
    everything = topics(dossier, asked)
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
    return naive_rules.figure_picture(everything[topic], asked.at, rule) | {"beside": beside}


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
    given = [
        claim
        for claim in rule_claims(dossier, asked)
        if claim["dataset"] is not None
        and claim["content"]["kind"] == "figure"
        and (claim["content"]["measure"], claim["content"]["unit"]) == (measure, unit)
        and measure not in naive_rules.STOCKS
        and (place is None or was_inside(dossier, claim, place))
    ]
    zone = ZoneInfo(dossier.time_zone)
    written = {"year": "%Y", "month": "%Y-%m"}

    def period_of(instant: int) -> str:
        return datetime.fromtimestamp(instant // 1_000_000, UTC).astimezone(zone).strftime(written[by or "year"])

    return naive_sums.edition_sums(given, since, until, period_of if by else None)


def was_inside(dossier: Dossier, claim: Claim, place: str) -> bool:
    about = claim["content"].get("place")
    return about is not None and naive_control.inside(claim["so"], windows(dossier, about).get(place, ()))


def windows(dossier: Dossier, place: str) -> dict[str, list[tuple[int, int]]]:
    """The places in which a place may have been, with the times; itself always."""
    found = {
        # Two ways that take the same time are one.
        other: sorted(set(dossier.ways_up(place, other, when.EARLIEST, when.LATEST, ())))
        for other in dossier.items["place"]
    }
    return {other: ways for other, ways in found.items() if ways}


def sides(dossier: Dossier) -> dict[str, frozenset[str]]:
    """Each actor with all that it is part of."""
    found = {}
    for actor in dossier.items["actor"]:
        way = [actor]
        while (up := dossier.items["actor"][way[-1]]["details"].get("part_of")) is not None and up not in way:
            way.append(up)
        found[actor] = frozenset(way)
    return found


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
    claims = claims_around(dossier, asked, place)
    return naive_control.control_picture(place, claims, windows(dossier, place), sides(dossier), asked.at)


def timeline(dossier: Dossier, asked: Asked, place: str, moments: Sequence[int]) -> dict[str, Any]:
    claims = claims_around(dossier, asked, place)
    return naive_control.timeline(place, claims, windows(dossier, place), sides(dossier), moments)


def situation(dossier: Dossier, asked: Asked) -> dict[str, Any]:
    """The map and the numbers at `at`."""
    claims = rule_claims(dossier, asked)
    figures = {topic: figures_of_topic(dossier, asked, topic) for topic in topics(dossier, asked)}
    return {
        "control": {place: control(dossier, asked, place) for place in places_of_a_situation(dossier, asked)},
        "figures": {topic: picture for topic, picture in figures.items() if picture and picture["groups"]},
        "occurrences": [
            claim["id"]
            for claim in claims
            if claim["content"]["kind"] == "occurrence"
            and naive_rules.why_set_aside(claim) is None
            and naive_rules.may_contain(claim["so"], asked.at)
        ],
    }


def places_of_a_situation(dossier: Dossier, asked: Asked) -> list[str]:
    """Those that are spoken of themselves, by what is not set aside, and those that ever belong to such an area."""
    spoken_of = {
        claim["content"]["place"]
        for claim in rule_claims(dossier, asked)
        if bears_on_control(claim) and naive_rules.why_set_aside(claim) is None
    }
    members = {
        id_
        for id_, place in dossier.items["place"].items()
        for membership in place["details"].get("areas", [])
        if membership["area"] in spoken_of
    }
    return sorted(spoken_of | members)


def disagreements(dossier: Dossier, asked: Asked) -> dict[str, Any]:
    """Figures that cannot all be right (with `at`: that both may have been so then), and holders who exclude others."""
    figures = {}
    for topic, claims in topics(dossier, asked).items():
        then = {claim["id"] for claim in claims if naive_rules.may_contain(claim["so"], asked.at)}
        figures[topic] = [pair for pair in naive_rules.contradictions(claims) if set(pair["claims"]) <= then]
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


def source_record(dossier: Dossier, asked: Asked, source: str) -> dict[str, Any]:
    """Of the claims whose statement in force is the source's own: how many, and what became of them.

    Retracted ones are in `total` and `retracted` and nowhere else.
    """
    shown = [*dossier.claims(asked), *dossier.claims(replace(asked, status="retracted"))]
    mine = [claim for claim in shown if claim["content"].get("claimant") == source]
    stand = [claim for claim in mine if claim["status"] != "retracted"]
    corrected = {recorded.stream.id for recorded in dossier.log if recorded.event.type == "claim.corrected"}
    grades = ["none" if claim["credibility"] is None else str(claim["credibility"]) for claim in stand]
    changed = [claim["changed"] for claim in stand if "changed" in claim]
    publications = [dossier.publication(dossier.items["report"][claim["report"]["id"]]) for claim in stand]
    return {
        "claims": {
            "total": len(mine),
            "stands": sum(claim["status"] == "stands" for claim in mine),
            "withdrawn": sum(claim["status"] == "withdrawn" for claim in mine),
            "retracted": len(mine) - len(stand),
        },
        "revised": sum(change["kind"] == "revised" for change in changed),
        "without_notice": sum(change.get("without_notice", False) for change in changed),
        "corrected": sum(claim["id"] in corrected for claim in stand),
        "graded": {grade: grades.count(grade) for grade in sorted(set(grades))},
        "disputed": sum("disputed_by" in claim["relations"] for claim in stand),
        "disputes": sum(disputes_what_stands(dossier, claim["id"]) for claim in stand),
        "reports": sum(
            report["details"].get("publisher") == source and dossier.out(id_, asked)
            for id_, report in dossier.items["report"].items()
        ),
        "first": when.rfc3339(min((each.earliest for each in publications), default=when.EARLIEST)),
        "last": when.rfc3339(max((each.latest for each in publications), default=when.LATEST)),
    }


def disputes_what_stands(dossier: Dossier, claim_id: str) -> bool:
    claims = dossier.items["claim"]
    return any(
        relation == "disputes" and claims[other]["retracted"] is None
        for relation, other in relations_of(dossier, claim_id)
    )
