"""The Python client against a running API: its models hold every field of every answer, and demand none too many."""

import os
import subprocess
import sys
from datetime import date
from itertools import islice
from typing import Any

import pytest

from interfaces.client import Kroniek, Listing, answers, events, findings, subscriptions
from interfaces.client.answers import Answer
from tests.interfaces.met import Met
from tests.interfaces.running import ROOT, WHY, Dossier, Running, control, done, figure, furnish

FIGHTERS = "fighters,people,subject:is,place:hajin"
MODELS = [
    model
    for module in (answers, findings, events, subscriptions)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, Answer) and model.__module__ == module.__name__
]
# Bases, and what an answer holds only while something is wrong, or far more than a test makes.
NEVER_ALONE = {"Answer", "Rules", "Clocks", "Clocked", "Item", "Told", "Range", "TopicParts", "CloudEvent", "Position"}
OF_WRITES = {"Done", "DoneLine", "BatchDone", "Caution"}
# Of items that are read one by one; of what they are asked with, every answer tells them alike.
CLOCKS_TOLD = {"at", "reported_by", "certainty", "filters"}
# `epoch` stands in webhooks only.
SELDOM = {
    "stands_still",
    "more_events",
    "too_large",
    "epoch",
    "named",
    "touches_more",
    "searched_in_part",
    "not_told_apart",
    "events_not_told_apart",
    "changed_by",
    "without_notice",
    "goes_on_as",
    "not_reported",
}
SHARED = [f"{model}.incident" for model in ("Topic", "FiguresOfTopic", "FiguresSetAside")]
PERSONS = [f"per-00000000000000a{nth}" for nth in (1, 2, 3, 4)]
CLOCKS: list[dict[str, Any]] = [
    {},
    {"at": "2018-12-17", "reported_by": date(2018, 12, 31)},
    {"reported_by": "2018-10-20", "certainty": "possible"},
    {"as_of": 15},
    {"at": "2019-06-01", "reported_by": "2018-11-30"},
]


@pytest.fixture(scope="module")
def kroniek(installation: Running) -> Kroniek:
    return Kroniek(installation.url, installation.token)


@pytest.fixture(scope="module")
def sample(installation: Running) -> str:
    environment = os.environ | {"KRONIEK_URL": installation.url, "KRONIEK_TOKEN": installation.token}
    subprocess.run(
        [sys.executable, "-m", "interfaces.cli.main", "import", str(ROOT / "examples" / "hajin-baghouz.yaml")],
        env=environment, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return "hajin-baghouz"


@pytest.fixture(scope="module")
def full(new_dossier: Any) -> str:
    """A dossier with something of everything that an answer can tell of."""
    there: Dossier = furnish(new_dossier())
    killed = {"measure": "killed", "qualifier": "stated", "best": 5, "when": "2018-10", "claimant": "reuters"}
    line: Any
    for line in (
        {"command": "register_place", "id": "baghouz", "name": "الباغوز", "kind": "village", "within": "syria",
         "names": {"ar": "الباغوز"}, "latitude": 34.46, "longitude": 40.95, "location_precision": 1},
        {"command": "file_report", "id": "e1", "label": "Edition 1", "published": "2018-11-20", "dataset": "toll",
         "edition": "1", "publisher": "sohr"},
        {"command": "record_claim", "id": "f2", **figure("nov", claimant="sohr", best=5000, when="2018-10",
                                                        coded={"deaths_a": 3}, said="2018-10")},
        {"command": "record_claim", "id": "f5", **figure("nov", qualifier="between", best=None, low=2, high=3)},
        {"command": "record_claim", "id": "f3", **figure("nov", group="foreign", best=100, when="2018-10",
                                                        part_of="f2")},
        {"command": "record_claim", "id": "f6", **figure("nov", group="women", best=9, when="2018-10", part_of="f2",
                                                        hedge="intended", alternative_to="f3", overlaps="f5")},
        {"command": "record_claim", "id": "f4", **figure("dec", best=2100, when="2018-10", disputes="f2")},
        {"command": "record_claim", "id": "b1", **control("dec", place="baghouz", claimant="sohr", when="2018-12-17")},
        {"command": "record_claim", "id": "b2", **control("dec", place="baghouz", actor="sdf", claimant="reuters",
                                                         when="2018-12-17", extent="most", side="north")},
        {"command": "register_place", "id": "kobani", "name": "Kobani", "kind": "city",
         "within": {"place": "syria", "when": "1946/.."}, "dated_names": [{"name": "Ayn al-Arab", "when": "../2014"}]},
        {"command": "register_actor", "id": "ypg", "name": "YPG", "kind": "armed_group",
         "part_of": {"actor": "sdf", "when": "2015/.."}},
        {"command": "record_claim", "id": "b4", "report": "dec", "kind": "control", "status": "controls",
         "actor": "sdf", "place": "kobani"},
        {"command": "register_place", "id": "sousa", "name": "Sousa", "kind": "town", "within": "syria"},
        {"command": "record_claim", "id": "b5", **control("dec", place="sousa", claimant="sohr", when="2018-12-17",
                                                         hedge="possible")},
        {"command": "record_claim", "id": "b6", **control("dec", place="sousa", actor="sdf", claimant="reuters",
                                                         when="2018-12-17", hedge="hearsay")},
        {"command": "record_claim", "id": "b3", **control("dec", actor="sdf", when="2018-12-20", against="is")},
        {"command": "record_claim", "id": "o1", "kind": "occurrence", "report": "dec", "type": "capture",
         "actors": {"by": "sdf", "against": "is"}, "methods": "artillery", "place": "hajin", "when": "2018-12-17"},
        {"command": "record_claim", "id": "s1", "kind": "statement", "report": "dec", "nature": "prediction",
         "due": "2019", "text": "It will end", "actor": "is", "hedge": "possible", "rests_on": "nov", "note": "n"},
        {"command": "record_claim", "id": "d1", **figure("e1", **killed, subject=None)},
        {"command": "record_claim", "id": "d2", **figure("e1", **(killed | {"best": 3, "group": "civilians"}))},
        {"command": "record_claim", "id": "d3", **figure("e1", **(killed | {"best": 1}), by="sdf", cause="airstrike")},
        {"command": "record_claim", "id": "d5", **figure("e1", **killed, dimensions={"age": "0-17"})},
        # Plans: these count for nothing, on the day itself either.
        {"command": "record_claim", "id": "z1",
         **figure("dec", **(killed | {"when": "2018-12-17", "hedge": "intended"}), by="sdf", cause="airstrike",
                  dimensions={"age": "0-17"})},
        {"command": "record_claim", "id": "z2", "kind": "occurrence", "report": "dec", "type": "attack",
         "when": "2018-12-17", "hedge": "intended"},
        {"command": "open_incident", "id": "i5", "title": "Five", "claims": ["s1"]},
        {"command": "open_incident", "id": "i4", "title": "Four", "claims": ["d5"]},
        {"command": "record_claim", "id": "d4", **figure("nov", **(killed | {"best": 4}))},
        {"command": "open_incident", "id": "i1", "title": "One", "claims": ["d1", "d2"], "place": "hajin"},
        {"command": "open_incident", "id": "i2", "title": "Two", "claims": ["d3", "d4"]},
        {"command": "merge_incident", "id": "i2", "into": "i1", **WHY},
        {"command": "record_claim", "id": "u1",
         **figure("nov", **(killed | {"group": "civilians"}), place=None, by="sdf", cause="airstrike",
                  dimensions={"age": "0-17"})},
        {"command": "link_claims", "id": "i1", "claims": ["u1"]},
        {"command": "register_person", "id": "per-00000000000000a1", "name": "A", "names": {"ar": "أ"}, "age": 30,
         "sex": "female", "civilian_status": {"status": "civilian", "source": "sohr", "claim": "d1"}, "claims": "d1",
         "fates": {"fate": "killed", "incident": "i1", "place": "hajin", "when": "2018-10", "claim": "d1"},
         "note": "n"},
        {"command": "register_person", "id": "per-00000000000000a2", "age_low": 5, "age_high": 9, "claims": ["d1"]},
        {"command": "register_person", "id": "per-00000000000000a3", "name": "A again"},
        {"command": "merge_person", "id": "per-00000000000000a3", "into": "per-00000000000000a1", **WHY},
        {"command": "register_person", "id": "per-00000000000000a4", "name": "Nobody"},
        {"command": "retract_person", "id": "per-00000000000000a4", **WHY},
        {"command": "issue_assessment", "id": "a1", "topic": FIGHTERS, "finding": "One count, told twice",
         "grade": "fair", "because": "The same words", "claims": ["c1", "f4"], "same_origin": ["c1", "f4"]},
        {"command": "grade_claim", "id": "c1", "credibility": 3, **WHY},
        {"command": "grade_source", "id": "sohr", "reliability": "B", **WHY},
        {"command": "correct_claim", "id": "c1", "set": {"when": "2018-10"}, **WHY},
        {"command": "revise_claim", "id": "c2", "report": "dec", "set": {"extent": "most"}, "reason": "said again"},
        {"command": "withdraw_claim", "id": "d4", "report": "dec", "without_notice": True, **WHY},
        {"command": "retract_claim", "id": "s1", **WHY},
        {"command": "file_report", "id": "gone", "label": "Withdrawn", "published": "2018-10", "cited_in": "dec"},
        {"command": "record_claim", "id": "g1", **figure("gone", best=7, when="2018-10")},
        {"command": "record_claim", "id": "g2", **control("gone", actor="sdf", when="2018-10")},
        {"command": "withdraw_report", "id": "gone", "report": "dec", **WHY},
        {"command": "discredit_report", "id": "gone", **WHY},
        {"command": "describe_dossier", "id": there.id, **WHY,
         "set": {"measures": {"hungry": {"nature": "stock", "units": ["people"]}}}},
        {"command": "record_claim", "id": "h1", **figure("nov", **(killed | {"measure": "hungry"}))},
        # May be of one thing: only one says from which cause.
        {"command": "record_claim", "id": "m1", **figure("nov", **(killed | {"best": 50}), place="kobani")},
        {"command": "record_claim", "id": "m2", **figure("dec", **(killed | {"best": 20, "claimant": "sohr"}),
                                                         place="kobani", cause="airstrike")},
        {"command": "file_report", "id": "taken-down", "label": "Taken down", "published": "2018-10"},
        {"command": "register_source", "id": "relay", "name": "A relay", "kind": "news_agency"},
        {"command": "record_claim", "id": "t1", **figure("taken-down", best=8, when="2018-10", via="relay")},
        {"command": "withdraw_report", "id": "taken-down", "when": "2018-11", **WHY},
        {"command": "retract_source", "id": "relay", **WHY},
        # What is taken from elsewhere, where it was taken back since.
        {"command": "file_report", "id": "copy", "label": "A copy", "published": "2018-12-20", "derived_from": "oct",
         "credits": "reuters"},
        {"command": "record_claim", "id": "w1", **figure("oct", best=9, when="2018-10")},
        {"command": "record_claim", "id": "w2", **figure("copy", best=9, when="2018-10")},
        {"command": "withdraw_claim", "id": "w1", "report": "dec", **WHY},
        *(
            {"command": "record_claim", "id": id_,
             **figure("nov", **{**killed, "measure": "affected", "when": month})}
            for id_, month in (("month1", "2018-08"), ("month2", "2018-09"))
        ),
        {"command": "record_claim", "id": "since1",
         **figure("nov", **{**killed, "measure": "injured", "when": "2018-10/.."})},
        {"command": "record_claim", "id": "month3", **figure("nov", **{**killed, "measure": "affected"})},
        # One voice that tells of two holders and of no change, and who holds all of a valley but for what was taken.
        {"command": "register_place", "id": "a-ford", "name": "The ford", "kind": "village", "within": "syria"},
        *(
            {"command": "record_claim", "id": id_,
             **control("dec", place="a-ford", actor=actor, claimant="sohr", when=day)}
            for id_, actor, day in (("h2", "is", "2018-12-10"), ("h3", "sdf", "2018-12-25"))
        ),
        {"command": "register_place", "id": "a-valley", "name": "The valley", "kind": "adm2", "within": "syria"},
        {"command": "register_place", "id": "a-mill", "name": "The mill", "kind": "village", "within": "a-valley"},
        {"command": "record_claim", "id": "h4", **control("nov", place="a-valley", claimant="sohr", extent="all",
                                                         when="2018-11-10")},
        {"command": "record_claim", "id": "h5", "kind": "occurrence", "report": "dec", "type": "capture",
         "claimant": "reuters", "actors": {"by": "sdf"}, "place": "a-mill", "when": "2018-12-15"},
    ):  # fmt: skip
        done(there.batch([{name: value for name, value in line.items() if value is not None}]))
    there.read("claims")
    return there.id


def some(listing: Listing[Any]) -> list[Any]:
    return [*islice(listing, 8)]


def look_at_everything(met: Met, kroniek: Kroniek, id: str) -> None:
    dossier = kroniek.dossier(id)
    met.look([kroniek.dossiers(limit=2), kroniek.rules(), dossier.read(), dossier.datasets(), dossier.events()])
    for clocks in CLOCKS:
        met.look([dossier.claims(**clocks), dossier.assessments(**clocks), dossier.topics(**clocks)])
        met.look(dossier.persons(**clocks))
        met.look([dossier.situation(**clocks), dossier.disagreements(**clocks), dossier.corrections(**clocks)])
        recorded = {name: value for name, value in clocks.items() if name == "as_of"}
        met.look([dossier.control(place.id, **clocks) for place in some(dossier.places(**recorded))])
        for items in (dossier.sources, dossier.actors, dossier.places, dossier.reports, dossier.incidents):
            met.look(items(**recorded))
        reported = {name: value for name, value in clocks.items() if name != "at"}
        met.look([dossier.record(source.id, **reported) for source in some(dossier.sources(**recorded))])
    met.look([dossier.figures(topic.topic) for topic in some(dossier.topics())])
    met.look(dossier.figures(FIGHTERS, at="2018-10-20", rule="widest-range@1"))
    met.look([dossier.sums("killed"), dossier.sums("killed", per="month"), dossier.claims(status="retracted")])
    met.look(dossier.incidents(measure="killed"))
    met.look(dossier.changes({"as_of": 14}, {"reported_by": "2019-01-01"}, limit=10))
    met.look(dossier.changed_findings({"as_of": 14}, {"reported_by": "2019-01-01"}, limit=10))
    met.look(dossier.changed_findings({"reported_by": "2018-10-31"}, {"reported_by": "2018-11-30"}, limit=10))
    met.look([dossier.dataset_claims(dataset.id) for dataset in dossier.datasets().items])
    for id_ in PERSONS if [*dossier.persons()] else ():
        met.look([dossier.person(id_), dossier.history("person", id_)])
    for claim in [*some(dossier.claims(limit=5)), *dossier.claims(status="retracted")]:
        met.look([dossier.claim(claim.id), dossier.history("claim", claim.id)])
    for kind in ("source", "actor", "place", "report", "incident", "assessment"):
        listing: Listing[Any] = getattr(dossier, f"{kind}s")()
        for item in some(listing):
            met.look([getattr(dossier, kind)(item.id), dossier.history(kind, item.id)])


def test_the_models_hold_every_field_of_every_answer_and_no_other(kroniek: Kroniek, sample: str, full: str) -> None:
    met = Met()
    for id in (sample, full):
        look_at_everything(met, kroniek, id)
    there = kroniek.dossier(full)
    met.look(there.figures("killed,people,place:hajin,incident:i1"))
    met.look(there.figures("killed,people,place:hajin,age:0-17"))
    met.look(there.situation(at="2018-10-20", rule="latest-per-claimant@1"))
    met.look(there.answers("figures", topic=FIGHTERS))
    met.look(there.figures("affected,people,subject:is,place:hajin", at="2018-11-15"))
    met.look(there.figures("injured,people,subject:is,place:hajin"))
    met.look(there.control("a-valley", at="2018-12-17"))
    met.look([there.history("claim", claim) for claim in ("g1", "t1", "d4")])
    assert met.beside == set()
    missing = {
        f"{model.__name__}.{field}"
        for model in MODELS
        if not model.__module__.endswith("subscriptions") and model.__name__ not in NEVER_ALONE | OF_WRITES
        for field in set(model.model_fields) - met.fields[model.__name__] - SELDOM - CLOCKS_TOLD
    }
    # These share their parts with those that may have one.
    assert missing - {*SHARED, "Page.head"} == set(), f"no answer held {missing}"
