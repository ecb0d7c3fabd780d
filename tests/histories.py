"""Histories for property tests: commands that a desk may give, in any order, on a handful of items.

Many of them are refused, as they should be; those are skipped.
"""

import os
from dataclasses import dataclass
from functools import partial
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from application.execute import Asked, Executor
from domain import when
from domain.actor import CorrectActor, MergeActor, RegisterActor, ReinstateActor, RetractActor, SplitActor
from domain.assessment import (
    IssueAssessment,
    ReinstateAssessment,
    ReinstateRevision,
    RetractRevision,
    ReviseAssessment,
    UpholdAssessment,
    WithdrawAssessment,
)
from domain.claim import (
    CorrectClaim,
    GradeClaim,
    RecordControl,
    RecordFigure,
    RecordOccurrence,
    RecordStatement,
    ReinstateClaim,
    ReinstateStatement,
    RelateClaim,
    Relations,
    RetractClaim,
    RetractStatement,
    ReviseClaim,
    WithdrawClaim,
)
from domain.dossier import DescribeDossier, OpenDossier
from domain.errors import DomainError
from domain.fact import Command
from domain.fields import read
from domain.incident import (
    DescribeIncident,
    LinkClaims,
    MergeIncident,
    OpenIncident,
    ReinstateIncident,
    RetractIncident,
    SplitIncident,
    UnlinkClaims,
)
from domain.person import (
    CorrectPerson,
    LinkPerson,
    MergePerson,
    RecordFate,
    RegisterPerson,
    ReinstatePerson,
    RetractPerson,
    SplitPerson,
    UnlinkPerson,
)
from domain.place import CorrectPlace, MergePlace, RegisterPlace, ReinstatePlace, RetractPlace, SplitPlace
from domain.report import (
    CorrectReport,
    DiscreditReport,
    FileReport,
    LiftDiscrediting,
    MergeReport,
    ReinstateReport,
    RetractReport,
    RetractWithdrawal,
    SplitReport,
    WithdrawReport,
)
from domain.source import (
    CorrectSource,
    GradeSource,
    MergeSource,
    RegisterSource,
    ReinstateSource,
    RetractSource,
    SplitSource,
)

THOROUGH = os.environ.get("KRONIEK_TESTS", "") == "thorough"


def examples(usual: int, thorough: int) -> settings:
    """How many histories: many with KRONIEK_TESTS=thorough. A shared database knows no deadline."""
    return settings(
        max_examples=thorough if THOROUGH else usual,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


DATES = [
    "2018-09", "2018-10-11", "2018-10", "2018-10~", "2018-11-15T10:00:00Z", "2018-09/2018-12", "2018-12-17", "2018-12",
    "../2018-10", "2018-11/..", "2018", "2018-10-11/2018-12-17", "2018-12-17/2018-12-20",
]  # fmt: skip
# Every moment at which an answer may turn, in any of the time zones, and those beside it.
ZONES = [None, "Asia/Damascus"]
MOMENTS = sorted(
    {
        moment
        for date in DATES
        for zone in ZONES
        for bound in (when.bounds(date, zone or "UTC"),)
        for edge in (bound.earliest, bound.latest)
        for moment in (edge - 1, edge, edge + 1)
        if -(2**62) < moment < 2**62
    }
)
SOURCES = ["s1", "s2", "s3"]
ACTORS = ["a1", "a2"]
PLACES = ["p1", "p2", "p3", "p4"]
REPORTS = ["r1", "r2", "r3", "r4"]
CLAIMS = ["c1", "c2", "c3", "c4", "c5", "c6"]
INCIDENTS = ["i1", "i2", "i3"]
PERSONS = [f"per-{number:016x}" for number in range(1, 5)]
# Those that are there from the start; the others may come.
FIRST_CLAIMS, FIRST_INCIDENTS = CLAIMS[:5], INCIDENTS[:2]
ASSESSMENTS = ["x1", "x2"]
TOPICS = ["killed,people", "fighters,people,subject:a1", "killed,people,place:p2,incident:i1"]


@dataclass(frozen=True)
class CatchUp:
    """The read models take what is in the log by now, in batches of this size."""

    batch_size: int


def some(items: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(items), max_size=2, unique=True)


dates = st.sampled_from(DATES)
reasons = st.sampled_from(["misread", "another page", "it says so"])
texts = st.sampled_from(["one text", "a\ttab, a \\ and\na line", "«الباغوز» 🜁", "{}", 'a "quote", null'])
numbers = st.integers(0, 3)
codes = st.sampled_from([1, 2.5, "as coded"])


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def given(least: dict[str, Any], more: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(least, optional=more)


def command(model: type[Command], least: dict[str, Any], more: dict[str, Any]) -> st.SearchStrategy[Command]:
    return given(least, more).map(lambda fields: read(model, fields))


def changes(more: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """What a correction sets; None takes a field away."""
    return st.fixed_dictionaries({}, optional={name: maybe(strategy) for name, strategy in more.items()})


IDS = {
    "source": st.sampled_from(SOURCES), "actor": st.sampled_from(ACTORS), "place": st.sampled_from(PLACES),
    "report": st.sampled_from(REPORTS), "claim": st.sampled_from(CLAIMS),
    "incident": st.sampled_from(INCIDENTS), "person": st.sampled_from(PERSONS),
    "assessment": st.sampled_from(ASSESSMENTS),
}  # fmt: skip
DATED_NAMES = st.lists(given({"name": texts, "when": dates}, {"language": st.just("ar")}), max_size=2)
SOURCE: dict[str, Any] = {
    "dated_names": DATED_NAMES,
    "names": st.dictionaries(st.sampled_from(["nl", "ar"]), texts, max_size=2), "speaks_for": IDS["actor"],
    "url": texts, "note": texts,
}  # fmt: skip


def within(name: str, ids: list[str]) -> st.SearchStrategy[Any]:
    """One, always; or some, each with or without a time."""
    return st.sampled_from(ids) | st.lists(given({name: st.sampled_from(ids)}, {"when": dates}), max_size=2)


EXTERNAL_IDS = st.dictionaries(st.sampled_from(["wikidata", "osm"]), texts, max_size=2)
ACTOR: dict[str, Any] = {
    "dated_names": DATED_NAMES,
    "part_of": within("actor", ACTORS),
    "external_ids": EXTERNAL_IDS,
    "note": texts,
}
PLACE: dict[str, Any] = {
    "dated_names": DATED_NAMES,
    "within": within("place", PLACES),
    "areas": st.lists(given({"area": IDS["place"]}, {"when": dates}), max_size=2),
    "location_precision": st.integers(1, 7),
    "external_ids": EXTERNAL_IDS,
    "note": texts,
}
REPORT: dict[str, Any] = {
    "published_bounds": dates, "publisher": IDS["source"], "author": IDS["source"], "credits": some(SOURCES),
    "derived_from": some(REPORTS), "cited_in": some(REPORTS), "dataset": st.sampled_from(["ged", "daily"]),
    "edition": texts, "note": texts,
}  # fmt: skip
SAID: dict[str, Any] = {
    "claimant": IDS["source"], "via": some(SOURCES), "place": IDS["place"], "when": dates, "said": dates,
    "hedge": st.sampled_from(["hearsay", "possible", "intended"]), "inferred": st.just(["when"]),
    "rests_on": some(REPORTS), "coded": st.dictionaries(st.sampled_from(["clarity", "where_prec"]), codes, max_size=2),
    "original": texts, "text": texts,
}  # fmt: skip
KINDS: dict[str, tuple[type[Command], dict[str, Any], dict[str, Any]]] = {
    "figure": (
        RecordFigure,
        {},
        {
            "subject": IDS["actor"], "by": IDS["actor"], "group": st.just("civilians"), "cause": st.just("airstrike"),
            "dimensions": st.dictionaries(st.sampled_from(["origin", "age"]), st.just("any"), min_size=1, max_size=1),
        },
    ),
    "control": (
        RecordControl,
        {
            "status": st.sampled_from(["controls", "controls", "absent", "contests", "present", "encircles"]),
            "place": IDS["place"],
        },
        {
            "actor": IDS["actor"], "against": IDS["actor"], "side": some(["north", "east"]),
            "extent": st.sampled_from(["all", "most", "part", "pockets"]),
        },
    ),
    "occurrence": (
        RecordOccurrence,
        {"type": st.sampled_from(["attack", "capture", "capture", "withdrawal", "looting"])},
        {"actors": st.dictionaries(st.sampled_from(["by", "against"]), some(ACTORS), max_size=2)},
    ),
    "statement": (RecordStatement, {"nature": st.sampled_from(["denial", "threat"])}, {"actor": IDS["actor"]}),
}  # fmt: skip
COUNTED: list[dict[str, Any]] = [
    {"measure": st.just("killed"), "unit": st.sampled_from(["people", "people", "families"])},
    {"measure": st.just("fighters"), "unit": st.just("people")},
]
ESTIMATES: list[dict[str, Any]] = [
    {"qualifier": st.sampled_from(["stated", "about"]), "best": numbers},
    {"qualifier": st.just("at_least"), "low": numbers},
    {"qualifier": st.just("at_most"), "high": numbers},
    {"qualifier": st.just("vague"), "magnitude": st.sampled_from(["dozens", "hundreds", "many"])},
    {"qualifier": st.sampled_from(["some", "most", "unknown"])},
    # Some of these are refused.
    {"qualifier": st.just("stated"), "low": numbers, "best": numbers},
]
FIGURES = [counted | estimate for counted in COUNTED for estimate in ESTIMATES]
RELATIONS = {name: some(CLAIMS) for name in Relations.model_fields}


def record(claim_id: st.SearchStrategy[str]) -> st.SearchStrategy[Command]:
    kinds: dict[str, st.SearchStrategy[Command]] = {}
    for kind, (model, least, more) in KINDS.items():
        least = {"id": claim_id, "report": IDS["report"], "kind": st.just(kind)} | least
        said = {name: strategy for name, strategy in SAID.items() if name not in least}
        more = more | said | {"disputes": RELATIONS["disputes"], "part_of": RELATIONS["part_of"]}
        kinds[kind] = st.one_of([command(model, least | of, more) for of in (FIGURES if kind == "figure" else [{}])])
    return st.sampled_from(list(kinds)).flatmap(kinds.__getitem__)


# Of these none is refused, and they speak of few things, at a time: so that claims meet in the answers.
MEETING: dict[str, list[dict[str, Any]]] = {
    "figure": [figure for figure in FIGURES if not {"low", "best"} <= figure.keys()],
    "control": [KINDS["control"][1] | {"actor": IDS["actor"]}],
    "occurrence": [KINDS["occurrence"][1] | {"actors": given({}, {"by": some(ACTORS), "against": some(ACTORS)})}],
    "statement": [KINDS["statement"][1]],
}
MEETING_MORE = {"control": ["extent"], "figure": ["cause", "dimensions"]}
AS_SAID = {name: SAID[name] for name in ("claimant", "via", "hedge", "original", "coded")}


def first_record(claim_id: str) -> st.SearchStrategy[Command]:
    kinds: dict[str, st.SearchStrategy[Command]] = {}
    for kind, ways in MEETING.items():
        least = {"id": st.just(claim_id), "report": IDS["report"], "kind": st.just(kind)}
        where = {"place": st.sampled_from(PLACES[:2]), "when": dates}
        more = AS_SAID | {name: KINDS[kind][2][name] for name in MEETING_MORE.get(kind, ())}
        kinds[kind] = st.one_of([command(KINDS[kind][0], least | way | where, more) for way in ways])
    often = ["figure", "figure", "figure", "control", "control", "control", "occurrence", "statement"]
    return st.sampled_from(often).flatmap(kinds.__getitem__)


content_changes = changes(
    SAID | {"best": numbers, "low": numbers, "actor": IDS["actor"], "measure": st.just("fighters")}
) | changes({"when": dates, "place": IDS["place"]})
why = {"reason": reasons}
changed_by = {"changed_by": st.sampled_from(["claimant", "relay", "publisher"])}
statement_number = st.integers(1, 4)

of_claims = st.one_of(
    command(ReviseClaim, {"id": IDS["claim"], "report": IDS["report"], "set": content_changes},
            {"after": statement_number} | why | changed_by),
    command(WithdrawClaim, {"id": IDS["claim"], "report": IDS["report"]} | why,
            {"after": statement_number} | changed_by),
    command(CorrectClaim,
            {"id": IDS["claim"], "set": content_changes | changes({"report": IDS["report"], "when": dates})} | why,
            {"statement": statement_number}),
    command(RetractStatement, {"id": IDS["claim"], "statement": statement_number} | why, {}),
    command(ReinstateStatement, {"id": IDS["claim"], "statement": statement_number} | why, {}),
    command(RetractClaim, {"id": IDS["claim"]} | why, {}),
    command(ReinstateClaim, {"id": IDS["claim"]} | why, {}),
    command(GradeClaim, {"id": IDS["claim"], "credibility": maybe(st.integers(1, 6))} | why, {}),
    command(RelateClaim, {"id": IDS["claim"], "relation": st.sampled_from(list(RELATIONS)), "to": some(CLAIMS)},
            {"remove": st.booleans()} | why),
)  # fmt: skip
of_reports = st.one_of(
    command(CorrectReport, {"id": IDS["report"], "set": changes({"published": dates} | REPORT)} | why, {}),
    command(CorrectReport, {"id": IDS["report"], "set": given({"published": dates}, {})} | why, {}),
    command(WithdrawReport, {"id": IDS["report"]} | why, {"when": dates, "report": IDS["report"]}),
    command(RetractWithdrawal, {"id": IDS["report"]} | why, {}),
    command(DiscreditReport, {"id": IDS["report"]} | why, {}),
    command(LiftDiscrediting, {"id": IDS["report"]} | why, {}),
    command(RetractReport, {"id": IDS["report"]} | why, {}),
    command(ReinstateReport, {"id": IDS["report"]} | why, {}),
    command(MergeReport, {"id": IDS["report"], "into": IDS["report"]} | why, {}),
    command(MergeReport, {"id": IDS["report"], "into": IDS["report"]} | why, {}),
    command(SplitReport, {"id": IDS["report"]} | why, {}),
)
of_others = st.one_of(
    command(CorrectPlace, {"id": IDS["place"], "set": changes(PLACE)} | why, {}),
    command(RetractPlace, {"id": IDS["place"]} | why, {}),
    command(ReinstatePlace, {"id": IDS["place"]} | why, {}),
    command(CorrectSource, {"id": IDS["source"], "set": changes(SOURCE)} | why, {}),
    command(GradeSource, {"id": IDS["source"], "reliability": maybe(st.sampled_from("ABF"))} | why, {}),
    command(RetractSource, {"id": IDS["source"]} | why, {}),
    command(ReinstateSource, {"id": IDS["source"]} | why, {}),
    command(CorrectActor, {"id": IDS["actor"], "set": changes(ACTOR)} | why, {}),
    command(RetractActor, {"id": IDS["actor"]} | why, {}),
    command(ReinstateActor, {"id": IDS["actor"]} | why, {}),
)
of_merges = st.one_of(
    command(MergeSource, {"id": IDS["source"], "into": IDS["source"]} | why, {}),
    command(MergeSource, {"id": IDS["source"], "into": IDS["source"]} | why, {}),
    command(SplitSource, {"id": IDS["source"]} | why, {}),
    command(MergeActor, {"id": IDS["actor"], "into": IDS["actor"]} | why, {}),
    command(MergeActor, {"id": IDS["actor"], "into": IDS["actor"]} | why, {}),
    command(SplitActor, {"id": IDS["actor"]} | why, {}),
    command(MergePlace, {"id": IDS["place"], "into": IDS["place"]} | why, {}),
    command(MergePlace, {"id": IDS["place"], "into": IDS["place"]} | why, {}),
    command(SplitPlace, {"id": IDS["place"]} | why, {}),
)

INCIDENT: dict[str, Any] = {
    "place": IDS["place"], "when": dates, "type": st.sampled_from(["attack", "capture"]), "note": texts,
}  # fmt: skip
of_incidents = st.one_of(
    command(OpenIncident, {"id": IDS["incident"], "title": texts, "claims": some(CLAIMS)}, INCIDENT),
    command(DescribeIncident, {"id": IDS["incident"], "set": changes(INCIDENT | {"title": texts})} | why, {}),
    command(LinkClaims, {"id": IDS["incident"], "claims": some(CLAIMS)}, why),
    command(UnlinkClaims, {"id": IDS["incident"], "claims": some(CLAIMS)} | why, {}),
    command(MergeIncident, {"id": IDS["incident"], "into": IDS["incident"]} | why, {}),
    command(SplitIncident, {"id": IDS["incident"]} | why, {}),
    command(RetractIncident, {"id": IDS["incident"]} | why, {}),
    command(ReinstateIncident, {"id": IDS["incident"]} | why, {}),
)
FATE: dict[str, Any] = {
    "incident": IDS["incident"], "place": IDS["place"], "when": dates, "claim": IDS["claim"],
}  # fmt: skip
became = {"fate": st.sampled_from(["killed", "injured", "missing", "held", "unknown"])}
STATUS: dict[str, Any] = {"source": IDS["source"], "claim": IDS["claim"]}
said_to_be = given({"status": st.sampled_from(["civilian", "combatant"])}, STATUS)
ages = st.integers(15, 20)
PERSON: dict[str, Any] = {
    "name": texts, "names": st.dictionaries(st.sampled_from(["nl", "ar"]), texts, max_size=1),
    "sex": st.sampled_from(["female", "male", "other"]), "note": texts, "age_low": ages, "age_high": ages,
    "civilian_status": st.lists(said_to_be, max_size=2), "fates": st.lists(given(became, FATE), max_size=2),
}  # fmt: skip
of_persons = st.one_of(
    command(RegisterPerson, {"id": IDS["person"], "claims": some(CLAIMS)}, PERSON | {"age": ages}),
    command(RecordFate, {"id": IDS["person"]} | became, FATE),
    command(CorrectPerson, {"id": IDS["person"], "set": changes(PERSON | {"age": ages})} | why, {}),
    command(LinkPerson, {"id": IDS["person"], "claims": some(CLAIMS)}, why),
    command(UnlinkPerson, {"id": IDS["person"], "claims": some(CLAIMS)} | why, {}),
    command(MergePerson, {"id": IDS["person"], "into": IDS["person"]} | why, {}),
    command(SplitPerson, {"id": IDS["person"]} | why, {}),
    command(RetractPerson, {"id": IDS["person"]} | why, {}),
    command(ReinstatePerson, {"id": IDS["person"]} | why, {}),
)
ASSESSMENT: dict[str, Any] = {
    "finding": texts, "grade": st.sampled_from(["fair", "weak"]), "because": texts,
    "claims": st.lists(st.sampled_from(CLAIMS), min_size=1, max_size=3, unique=True),
    "place": IDS["place"],
}  # fmt: skip
BESIDES: dict[str, Any] = {"topic": st.sampled_from(TOPICS), "when": dates, "same_origin": some(CLAIMS)}
of_assessments = st.one_of(
    command(IssueAssessment, {"id": IDS["assessment"]} | ASSESSMENT, BESIDES),
    command(ReviseAssessment, {"id": IDS["assessment"], "set": changes(ASSESSMENT | BESIDES)} | why, {}),
    *(
        command(model, {"id": IDS["assessment"]} | why, {})
        for model in (UpholdAssessment, RetractRevision, ReinstateRevision)
    ),
    command(WithdrawAssessment, {"id": IDS["assessment"]} | why, {}),
    command(ReinstateAssessment, {"id": IDS["assessment"]} | why, {}),
)

# What refers to its own kind refers to those before it.
SET_UP: list[tuple[type[Command], list[str], dict[str, Any], dict[str, Any]]] = [
    (RegisterActor, ACTORS, {"kind": st.just("militia")}, {"part_of": partial(within, "actor")}),
    (RegisterSource, SOURCES, {"kind": st.just("monitor")}, {}),
    (
        RegisterPlace,
        PLACES,
        {"kind": st.sampled_from(["town", "adm1"])},
        {
            "within": partial(within, "place"),
            "areas": lambda known: st.lists(given({"area": st.sampled_from(known)}, {"when": dates}), max_size=2),
        },
    ),
]


@st.composite
def histories(draw: st.DrawFn, most: int = 30) -> list[Command | CatchUp]:
    """A dossier is set up, then whatever a desk may do to it happens, read models catching up now and then."""
    steps: list[Command | CatchUp] = [
        draw(
            command(
                OpenDossier,
                {"id": st.just("d"), "title": texts, "occurrence_types": st.just({"looting": {}})},
                {"time_zone": st.sampled_from(ZONES)},
            )
        )
    ]
    for model, ids, least, more in SET_UP:
        for nth, item_id in enumerate(ids):
            known = {name: strategy(ids[:nth]) for name, strategy in more.items()} if nth else {}
            steps.append(draw(command(model, {"id": st.just(item_id), "name": texts} | least, known)))
    for nth, report_id in enumerate(REPORTS):
        known = {"dataset": REPORT["dataset"]}
        known |= {"publisher": IDS["source"], "cited_in": some(REPORTS[:nth])} if nth else {}
        steps.append(draw(command(FileReport, {"id": st.just(report_id), "label": texts, "published": dates}, known)))
    steps += [draw(first_record(claim_id)) for claim_id in FIRST_CLAIMS]
    for incident_id in FIRST_INCIDENTS:
        least = {"id": st.just(incident_id), "title": texts, "claims": some(FIRST_CLAIMS)}
        steps.append(draw(command(OpenIncident, least, INCIDENT)))
    for person_id in PERSONS[:2]:
        steps.append(draw(command(RegisterPerson, {"id": st.just(person_id), "claims": some(FIRST_CLAIMS)}, PERSON)))
    labels = st.dictionaries(st.sampled_from(["en", "ar"]), texts, max_size=2)
    of_words = st.dictionaries(st.sampled_from(["civilians", "kurdish"]), labels, max_size=2)
    catch_up = st.builds(CatchUp, st.integers(1, 9))
    about = {"summary": texts, "title": texts, "group_labels": of_words}
    describe = command(
        DescribeDossier,
        {"id": st.just("d"), "set": changes(about)},
        {},
    )
    anything = st.one_of(
        of_claims, of_claims, of_claims, of_reports, of_reports, of_others, of_incidents, of_incidents, of_merges,
        of_persons, of_assessments,
        record(IDS["claim"]), record(IDS["claim"]), record(IDS["claim"]),
    )  # fmt: skip
    steps += draw(st.lists(anything | catch_up | describe, min_size=most // 3, max_size=most))
    return steps


# What moves where a claim may come from: at any remove, by a chain of reports, of which any may be one with another.
otherwise_derived = given({"derived_from": maybe(some(REPORTS))}, {})
of_origins = st.one_of(
    *[command(CorrectReport, {"id": IDS["report"], "set": otherwise_derived} | why, {})] * 8,
    command(CorrectReport, {"id": IDS["report"], "set": given({"credits": some(SOURCES)}, {})} | why, {}),
    command(CorrectClaim, {"id": IDS["claim"], "set": given({"rests_on": some(REPORTS)}, {})} | why, {}),
    command(DiscreditReport, {"id": IDS["report"]} | why, {}),
    command(RetractClaim, {"id": IDS["claim"]} | why, {}),
    command(MergeReport, {"id": IDS["report"], "into": IDS["report"]} | why, {}),
    command(SplitReport, {"id": IDS["report"]} | why, {}),
    command(RetractReport, {"id": IDS["report"]} | why, {}),
    command(ReinstateReport, {"id": IDS["report"]} | why, {}),
    command(MergeSource, {"id": IDS["source"], "into": IDS["source"]} | why, {}),
    command(SplitSource, {"id": IDS["source"]} | why, {}),
)  # fmt: skip


@st.composite
def chains(draw: st.DrawFn) -> list[Command | CatchUp]:
    """Reports that derive from one another, claims in them that say the same, and what becomes of where they are from.

    In some reports nothing is said: others go back to one another by way of these.
    """
    steps: list[Command | CatchUp] = [
        read(OpenDossier, {"id": "d", "title": "Chains"}),
        *(read(RegisterPlace, {"id": id_, "name": id_, "kind": "town"}) for id_ in PLACES[:2]),
        read(RegisterActor, {"id": "a1", "name": "a1", "kind": "militia"}),
        *(read(RegisterSource, {"id": id_, "name": id_, "kind": "monitor"}) for id_ in SOURCES),
    ]
    for nth, report_id in enumerate(REPORTS):
        least = {"id": st.just(report_id), "label": texts, "published": st.just("2018-10-20")}
        known = {"derived_from": some(REPORTS[:nth])} if nth else {}
        steps.append(draw(command(FileReport, least, known)))
    counted = {"measure": "killed", "unit": "people", "qualifier": "stated", "best": 3}
    held = {"status": "controls", "actor": "a1"}
    speaking = draw(st.lists(st.sampled_from(REPORTS), min_size=2, max_size=2, unique=True))
    for nth, claim_id in enumerate(CLAIMS):
        model, kind, said = (RecordFigure, "figure", counted) if nth % 2 else (RecordControl, "control", held)
        told: dict[str, Any] = {**said, "kind": kind, "id": claim_id, "when": "2018-10-11"}
        least = {name: st.just(value) for name, value in told.items()}
        least |= {"report": st.sampled_from(speaking), "claimant": IDS["source"], "place": st.sampled_from(PLACES[:2])}
        steps.append(draw(command(model, least, {"rests_on": some(REPORTS)})))
    steps += draw(st.lists(of_origins | st.builds(CatchUp, st.integers(1, 9)), min_size=4, max_size=14))
    return steps


async def carry_out(executor: Executor, dossier_id: str, step: Command) -> bool:
    """Whether it was taken. A command for the dossier itself is given its id."""
    if step.stream_kind == "dossier":
        step = step.model_copy(update={"id": dossier_id})
    try:
        await executor.execute(dossier_id, "desk", Asked(step))  # type: ignore[arg-type]
    except DomainError:
        return False
    return True
