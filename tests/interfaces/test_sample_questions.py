"""What the sample dossier must answer, asked through HTTP after `kroniek import`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.interfaces.running import ROOT, Running, done

DOSSIER = "/dossiers/hajin-baghouz"
FIGHTERS = "fighters,people,subject:is,place:hajin-enclave"
FAMILIES = "taken_hostage,families,by:is,place:al-bahra-camp"
WOMEN = "taken_hostage,people,group:women,by:is,place:al-bahra-camp"
HELD = "held_hostage,people,by:is,place:hajin-enclave"
AL_HOL = "present,people,group:displaced,place:al-hol-camp"
END_OF_2018 = {"reported_by": "2018-12-31"}


@pytest.fixture(scope="module")
def sample(installation: Running, http: httpx.Client) -> httpx.Client:
    """The sample dossier, imported as a desk would (again, if it is there), and read up to its end."""
    environment = os.environ | {"KRONIEK_URL": installation.url, "KRONIEK_TOKEN": installation.token}
    subprocess.run(
        [sys.executable, "-m", "interfaces.cli.main", "import", str(ROOT / "examples" / "hajin-baghouz.yaml")],
        env=environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    head = done(http.get(DOSSIER))["head"]
    assert done(http.get(DOSSIER, params={"min_position": head}))["position"] >= head
    return http


def asked(http: httpx.Client, below: str, **query: Any) -> dict[str, Any]:
    return done(http.get(f"{DOSSIER}/{below}", params=query))


def only_group(http: httpx.Client, topic: str, **clocks: Any) -> dict[str, Any]:
    (group,) = asked(http, "figures", topic=topic, **clocks)["picture"]["groups"]
    found: dict[str, Any] = group
    return found


def numbers(told: dict[str, Any]) -> tuple[Any, Any, Any]:
    return told["low"], told["best"], told["high"]


def every_number(value: Any) -> Iterator[Any]:
    """Whatever an answer gives as a number of something."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("low", "best", "high"):
                yield inner
            yield from every_number(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every_number(inner)


@pytest.mark.parametrize(("clocks", "age"), [({}, {}), ({"at": "2018-11-30"}, {"age_days": 30})])
def test_by_the_end_of_november_it_is_held_by_implication_of_the_enclave(
    sample: httpx.Client, clocks: dict[str, str], age: dict[str, int]
) -> None:
    answer = asked(sample, "places/hajin/control", reported_by="2018-11-30", **clocks)
    picture = answer["picture"]
    assert (picture["verdict"], picture["holders"]) == ("last_known", ["is"])
    assert {name: picture[name] for name in ("voices", "unattributed")} == {"voices": 0, "unattributed": 1}
    assert picture.get("age_days") == age.get("age_days")
    (state,) = picture["states"]
    assert state == {
        "claim": "c001", "voice": {"claimant": None, "report": "enclave-2018-10"}, "actor": "is",
        "status": "controls", "state": "last_known", "about": "hajin-enclave", "implied": True, "when": "2018-10",
        "governs": True, **age,
    }  # fmt: skip
    assert answer["rules"] == ["control-from-snapshots@2"]
    assert list(answer["names"]["reports"]) == ["enclave-2018-10"]


def test_by_the_end_of_the_year_it_is_taken_with_pockets_of_resistance(sample: httpx.Client) -> None:
    answer = asked(sample, "places/hajin/control", at="2018-12-17", **END_OF_2018)
    picture = answer["picture"]
    assert (picture["verdict"], picture["holders"]) == ("unattributed", ["sdf"])
    states = {state["claim"]: state for state in picture["states"]}
    assert {id_ for id_, state in states.items() if state["governs"]} == {"c201", "c202"}
    assert {states[id_]["state"] for id_ in ("c201", "c202")} == {"certain"}
    assert (states["c101"]["implied"], states["c101"]["about"], states["c101"]["governs"]) == (
        True, "hajin-enclave", False,
    )  # fmt: skip
    pockets = next(one for one in picture["beside"] if one["claim"] == "c217")
    assert (pockets["actor"], pockets["status"], pockets["extent"]) == ("is", "present", "pockets")
    # Who says so, and what was inferred.
    assert states["c201"]["voice"] == {"claimant": None, "report": "ad-2018-12-17"}
    assert answer["claims"]["c201"]["content"]["inferred"] == ["when"]
    assert answer["claims"]["c202"]["content"]["actors"]["by"] == ["sdf"]
    assert answer["names"]["reports"]["ad-2018-12-17"]["label"] == "AD on the capture of Hajin"
    assert answer["names"]["reports"]["hajin-2018-12"]["publication"]["inferred"]


def test_the_situation_of_a_place_is_what_the_whole_says_of_it(sample: httpx.Client) -> None:
    clocks = {"at": "2018-12-17", "reported_by": "2018-12-31"}
    whole, narrowed = asked(sample, "situation", **clocks), asked(sample, "situation", place="hajin-enclave", **clocks)
    inside = {"hajin-enclave", "hajin"}
    for part in ("control", "figures", "occurrences"):
        assert narrowed[part] == [told for told in whole[part] if told.get("place") in inside]
        assert narrowed[part] != []
    assert sample.get(f"{DOSSIER}/situation", params={"place": "nowhere"}).status_code == 422


def test_the_situation_says_of_each_place_what_is_said_of_it_alone(sample: httpx.Client) -> None:
    clocks = {"at": "2018-12-17", **END_OF_2018}
    situation = asked(sample, "situation", **clocks)
    pictures = {picture["place"]: picture for picture in situation["control"]}
    assert pictures.keys() >= {"hajin", "hajin-enclave", "euphrates-west-bank"}
    for place, picture in pictures.items():
        alone = asked(sample, f"places/{place}/control", **clocks)["picture"]
        assert {name: told for name, told in picture.items() if name not in ("place", "set_aside")} == {
            name: told for name, told in alone.items() if name != "set_aside"
        }
    for told in situation["figures"]:
        assert told["groups"] == asked(sample, "figures", topic=told["topic"], **clocks)["picture"]["groups"]


def test_the_map_has_hajin_where_it_lies(sample: httpx.Client) -> None:
    answer = done(
        sample.get(
            f"{DOSSIER}/situation",
            params={"at": "2019-03-10"},
            headers={"Accept": "application/geo+json"},
        )
    )
    features = {feature["id"]: feature for feature in answer["features"]}
    assert features["hajin"]["geometry"] == {"type": "Point", "coordinates": [40.825579, 34.692602]}
    # Without coordinates of its own, and so where its governorate is.
    pocket = features["baghouz-pocket"]
    assert pocket["geometry"] == {"type": "Point", "coordinates": [40.283333, 35.166667]}
    flat = {name: pocket["properties"].get(name) for name in ("point_of", "holder", "holder_name", "verdict")}
    assert flat == {
        "point_of": "deir-ez-zor-governorate", "holder": "is", "holder_name": "Islamic State",
        "verdict": "unattributed",
    }  # fmt: skip
    assert "point_of" not in features["hajin"]["properties"]
    assert features["baghouz-pocket"]["properties"]["control"]["holders"] == ["is"]


def test_hajin_never_returns_to_islamic_state_under_any_clock(sample: httpx.Client) -> None:
    """Once the SDF hold it, no later day has another holder, whatever was out and whatever was recorded."""
    head = done(sample.get(DOSSIER))["head"]
    clocks: list[dict[str, Any]] = [
        {}, {"reported_by": "2018-12-17"}, {"reported_by": "2018-12-31"}, {"reported_by": "2018-12-17T09:00:00Z"},
        {"reported_by": "2018-12-31", "certainty": "possible"}, {"reported_by": "2019-06-01"}, {"as_of": head - 60},
    ]  # fmt: skip
    days = ["2018-12-16", "2018-12-17", "2018-12-18", "2018-12-25", "2018-12-31", "2019-01-01", "2024-01-01"]
    for clock in clocks:
        held = [asked(sample, "places/hajin/control", at=day, **clock)["picture"]["holders"] for day in days]
        taken = held.index(["sdf"]) if ["sdf"] in held else len(held)
        assert all(holders == ["sdf"] for holders in held[taken:]), (clock, held)
    old = asked(sample, "places/hajin/control", at="2018-12-17", rule="control-from-snapshots@1")
    assert (old["rules"], old["picture"]["verdict"]) == (["control-from-snapshots@1"], "agreed")
    (enclave,) = (one for one in asked(sample, "places/hajin/control", at="2018-12-17")["picture"]["states"]
                  if one["claim"] == "c101")  # fmt: skip
    assert enclave["capped"] == "2018-12-17T23:59:59.999999Z"


def test_sinjar_is_on_the_map_from_2014_as_a_capture(sample: httpx.Client) -> None:
    def sinjar(at: str) -> list[Any]:
        return [one for one in asked(sample, "situation", at=at)["control"] if one["place"] == "sinjar"]

    assert sinjar("2013-12-31") == []
    (then,) = sinjar("2014-08-03")
    assert (then["holders"], [state["claim"] for state in then["states"]]) == (["is"], ["c403"])
    assert then["verdict"] == "unattributed"
    (later,) = sinjar("2018-12-17")
    assert (later["verdict"], later["holders"]) == ("last_known", ["is"])


def test_the_number_of_fighters_in_december_is_a_disagreement_of_one_voice_and_an_origin_unknown(
    sample: httpx.Client,
) -> None:
    answer = asked(sample, "figures", topic=FIGHTERS, at="2018-12-17", **END_OF_2018)
    (group,) = answer["picture"]["groups"]
    assert (group["verdict"], group["voices"], group["unattributed"]) == ("disagree", 1, 1)
    officials, unattributed = group["lines"]
    assert (officials["voice"], numbers(officials)) == ({"claimant": "us-officials"}, (1500, 2000, 2500))
    assert (unattributed["voice"], numbers(unattributed)) == (
        {"claimant": None, "report": "ad-2018-12-17"}, (4500, 5000, 5500),
    )  # fmt: skip
    (part,) = unattributed["parts"]
    assert (part["claim"], numbers(part)) == ("c208", (1500, 2000, 2500))
    assert part["topic"] in answer["beside"]
    assert answer["rules"] == ["words@1", "latest-per-claimant@2"]
    pairs = [
        [line["claim"] for line in one["lines"]]
        for one in asked(sample, "disagreements", kind="figures", at="2018-12-17", **END_OF_2018)["items"]
        if one["topic"] == FIGHTERS
    ]
    assert pairs == [["c108", "c207"]]


def test_hostages_of_october_are_three_figures_of_two_voices(sample: httpx.Client) -> None:
    for topic, voice, expected in (
        (FAMILIES, "sohr", (130, 130, 130)),
        (WOMEN, "sohr", (90, 90, 90)),
        (HELD, "putin", (650, 700, 750)),
    ):
        group = only_group(sample, topic, at="2018-10-11", reported_by="2018-11-30")
        assert (group["verdict"], group["voices"], group["unattributed"]) == ("one_voice", 1, 0)
        assert [line["voice"] for line in group["lines"]] == [{"claimant": voice}]
        assert numbers(group)[1] == expected[1]
    assert WOMEN in asked(sample, "figures", topic=FAMILIES)["beside"]
    assert FAMILIES in asked(sample, "figures", topic=WOMEN)["beside"]


@pytest.mark.parametrize("rule", ["latest-per-claimant@2", "widest-range@2", "widest-range@1"])
@pytest.mark.parametrize("clocks", [{}, {"at": "2018-10-11"}, {"at": "2018-10-31", "reported_by": "2018-11-30"}])
def test_nothing_that_may_overlap_is_added_up(sample: httpx.Client, rule: str, clocks: dict[str, str]) -> None:
    found: set[Any] = set()
    topics = asked(sample, "figures", limit=1000, **clocks)["items"]
    for one in topics:
        found |= set(every_number(asked(sample, "figures", topic=one["topic"], rule=rule, **clocks)))
    found |= set(every_number(asked(sample, "situation", rule=rule, **clocks)))
    found |= set(every_number(asked(sample, "disagreements", limit=1000, **clocks)))
    assert found >= {130, 90, 700}
    assert not found & {220, 790, 830, 920}


@pytest.mark.parametrize("measure", ["taken_hostage", "killed", "casualties"])
def test_without_a_dataset_there_is_no_sum(sample: httpx.Client, measure: str) -> None:
    answer = asked(sample, "figures", rule="sum-of-edition@1", measure=measure)
    assert (answer["sums"], answer["partitions"]) == ([], [])


def test_al_hol_grows_and_nobody_is_contradicted_or_corrected(sample: httpx.Client) -> None:
    in_december = only_group(sample, AL_HOL, at="2018-12-31")
    assert (numbers(in_december), in_december["verdict"]) == ((34000, 34000, 34000), "unattributed")
    in_march = only_group(sample, AL_HOL, at="2019-03-31")
    assert in_march["verdict"] == "changed"
    assert [(line["claim"], line["best"], line["state"]) for line in in_march["lines"]] == [
        ("c312", 34000, "last_known"),
        ("c311", 45000, "possible"),
    ]
    disputed = {line["claim"] for one in asked(sample, "disagreements", limit=1000)["items"] for line in one["lines"]}
    corrected = {one["id"] for one in asked(sample, "corrections", limit=1000)["items"]}
    assert not {"c311", "c312"} & (disputed | corrected)


def test_deaths_to_mid_december_stand_beside_each_other(sample: httpx.Client) -> None:
    clocks = {"at": "2018-12-15", **END_OF_2018}
    killed = only_group(sample, "killed,people,place:hajin-enclave", **clocks)
    assert (numbers(killed), killed["voices"], killed["unattributed"]) == ((1616, 1616, 1616), 1, 0)
    assert killed["lines"][0]["voice"] == {"claimant": "sohr"}
    for topic, expected in (
        ("casualties,people,subject:sdf,place:hajin-enclave", (500, 500, 500)),
        ("casualties,people,subject:is,place:hajin-enclave", (810, 900, 990)),
        ("killed,people,group:civilians,place:hajin-enclave", (320, None, None)),
    ):
        groups = asked(sample, "figures", topic=topic, **clocks)["picture"]["groups"]
        group = next(one for one in groups if one["period"] is not None)
        assert (numbers(group), group["verdict"], group["unattributed"]) == (expected, "unattributed", 1)
        assert group["lines"][0]["voice"] == {"claimant": None, "report": "ad-2018-12-17"}


def test_what_december_brought_is_what_its_two_reports_say(sample: httpx.Client) -> None:
    answer = asked(
        sample, "changes", **{"from.reported_by": "2018-11-30", "to.reported_by": "2018-12-31", "limit": 1000}
    )
    assert answer["next"] is None
    assert {item["what"] for item in answer["items"]} == {"appeared"}
    brought = {item["claim"]: item["published"] for item in answer["items"]}
    expected = {
        claim["id"]: [report]
        for report in ("hajin-2018-12", "ad-2018-12-17")
        for claim in asked(sample, "claims", report=report, limit=1000)["items"]
    }
    assert brought == expected
    assert len(brought) == 41
    for item in answer["items"]:
        assert item["before"] is None
        assert [event["type"] for event in item["events"]][:1] == ["claim.recorded"]


def test_the_mistakes_of_ours_are_two_and_no_source_changed_its_word(sample: httpx.Client) -> None:
    record = asked(sample, "corrections", family="record")["items"]
    assert [(one["id"], one["type"], one["reason"]) for one in record] == [
        ("c314", "claim.corrected", "Dead of cold were recorded as killed"),
        ("c406", "claim.corrected", "The report names only the coalition"),
    ]
    cold = {change["field"]: (change["before"], change["after"]) for change in record[0]["changes"]}
    assert cold == {"measure": ("killed", "died"), "cause": (None, "cold"), "note": ("Died of the cold", None)}
    assert record[0]["touches"]["topics"] == [
        "died,people,group:children,cause:cold,place:al-hol-camp",
        "killed,people,group:children,place:al-hol-camp",
    ]
    assert asked(sample, "corrections", family="source")["items"] == []
    judged = asked(sample, "corrections", family="judgement")["items"]
    graded = sorted((one["kind"], one["id"]) for one in judged if one["type"].endswith(".graded"))
    assert graded == [("claim", "c003"), ("claim", "c004"), ("claim", "c006"), ("source", "sohr")]
    # What claims have to do with each other was taken in together with them.
    assert {one["type"] for one in judged} == {"claim.graded", "source.graded"}


def test_what_disputes_what_is_told_as_declared(sample: httpx.Client) -> None:
    declared = asked(sample, "disagreements", kind="declared")["items"]
    assert [[line["claim"] for line in one["lines"]] for one in declared] == [["c213", "c212"], ["c317", "c308"]]


def test_the_record_of_a_monitor(sample: httpx.Client) -> None:
    answer = asked(sample, "sources/sohr/record")
    assert answer["source"]["reliability"] == "B"
    assert answer["claims"] == {"total": 4, "stands": 4, "withdrawn": 0, "withdrawn_by_others": 0, "retracted": 0}
    assert answer["graded"] == {"3": 1, "none": 3}
    assert (answer["first"], answer["last"]) == ("2018-10-18T00:00:00Z", "2018-12-17T23:59:59.999999Z")
    assert asked(sample, "sources/sohr/record", reported_by="2018-11-30")["claims"]["total"] == 3


@pytest.mark.parametrize(
    ("below", "query"),
    [
        ("places/hajin/control", {}),
        ("situation", {"at": "2018-12-17"}),
        ("situation", {"at": "2019-03-10", "rule": "widest-range@1"}),
        ("disagreements", {}),
        ("figures", {"topic": FIGHTERS}),
    ],
)
def test_nothing_is_answered_by_nobody(sample: httpx.Client, below: str, query: dict[str, str]) -> None:
    answer = asked(sample, below, **query)
    reports, named = answer["names"]["reports"], answer["names"]["sources"]
    said = [line for line in every_object(answer) if "voice" in line]
    assert said
    for line in said:
        assert line["voice"]["claimant"] in named or line["voice"].get("report") in reports
        for claim in (
            [line["claim"]] if "claim" in line else [id_ for one in line["stretches"] for id_ in one["claims"]]
        ):
            assert answer["claims"][claim]["report"] in reports
    assert all(report["label"] and report["publication"] for report in reports.values())


def every_object(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from every_object(inner)


def test_the_offensive_at_baghouz_begins_on_two_days(sample: httpx.Client) -> None:
    (pair,) = asked(sample, "disagreements", kind="dates")["items"]
    assert [(line["claim"], line["when"]) for line in pair["lines"]] == [("c410", "2019-02-14"), ("c304", "2019-03-01")]
    assert (pair["place"], pair["time"]) == ("baghouz", "possible")


def test_every_pair_that_is_at_odds_is_told_once(sample: httpx.Client) -> None:
    items = asked(sample, "disagreements")["items"]
    told = [(one["kind"], *(line["claim"] for line in one["lines"])) for one in items]
    assert told == [
        ("figures", "c308", "c317"),
        ("figures", "c108", "c207"),
        ("dates", "c410", "c304"),
        ("declared", "c213", "c212"),
    ]


def test_every_topic_that_is_listed_can_be_asked(sample: httpx.Client) -> None:
    topics = asked(sample, "figures", limit="1000")["items"]
    assert len(topics) >= 30
    for topic in topics:
        told = asked(sample, "figures", topic=topic["topic"])
        assert len(told["series"]) == topic["claims"], topic["topic"]
