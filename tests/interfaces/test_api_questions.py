"""The questions through HTTP: control, figures, sums, the situation, disagreements, corrections, changes, records."""

import base64
from collections.abc import Iterator
from hashlib import blake2b
from threading import Event, Thread
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.interfaces.running import API, WHY, Dossier, Running, assert_problem, control, done, figure

BY_ITSELF = {"changed_by": "claimant", "reason": "counted anew"}
FIGHTERS = "fighters,people,subject:is,place:hajin"
GEOJSON = "application/geo+json"
QUESTIONS = {
    "places/hajin/control": {},
    "figures": {},
    f"figures?topic={FIGHTERS}": {"topic": FIGHTERS},
    "figures?rule=sum-of-edition@1": {"rule": "sum-of-edition@1", "measure": "killed"},
    "situation": {},
    "disagreements": {},
    "corrections": {},
    "sources/sohr/record": {},
    "incidents": {},
    "assessments": {},
}
every_question = pytest.mark.parametrize(
    ("below", "query"), [(name.partition("?")[0], query) for name, query in QUESTIONS.items()], ids=list(QUESTIONS)
)


def killed(report: str = "nov", **fields: Any) -> dict[str, Any]:
    """Five killed in Hajin in October."""
    return figure(report, **({"measure": "killed", "qualifier": "stated", "best": 5, "when": "2018-10"} | fields))


@pytest.fixture(scope="module")
def asked(shared: Dossier) -> Dossier:
    """A dossier about which there is something to ask: the furniture, a dataset, places on the map and in none."""
    for line in (
        {"command": "correct_place", "id": "hajin", "set": {"latitude": 34.69, "longitude": 40.83}, **WHY},
        {"command": "register_place", "id": "baghouz", "name": "الباغوز", "kind": "village", "within": "syria",
         "names": {"ar": "الباغوز"}, "latitude": 34.46, "longitude": 40.95, "location_precision": 1},
        {"command": "register_place", "id": "pocket", "name": "A pocket", "kind": "area"},
        {"command": "file_report", "id": "e1", "label": "Edition 1", "published": "2018-11-20", "dataset": "toll"},
        {"command": "record_claim", "id": "f2", **figure("nov", claimant="sohr", best=5000, when="2018-10")},
        {"command": "record_claim", "id": "b1", **control("dec", place="baghouz", claimant="sohr", when="2018-12-17")},
        {"command": "record_claim", "id": "b2",
         **control("dec", place="baghouz", actor="sdf", claimant="reuters", when="2018-12-17")},
        {"command": "record_claim", "id": "k1", **control("dec", place="pocket", status="present", when="2018-12-17")},
        {"command": "record_claim", "id": "d1", **killed("e1", claimant="reuters")},
        {"command": "record_claim", "id": "d2", **killed("e1", claimant="reuters", best=7)},
        {"command": "record_claim", "id": "d3", **killed("e1", claimant="reuters", best=1, place=None)},
        {"command": "open_incident", "id": "i1", "title": "One", "claims": ["d1"]},
        {"command": "open_incident", "id": "i2", "title": "Two", "claims": ["d2"]},
        {"command": "open_incident", "id": "i3", "title": "Three", "claims": ["d3"]},
        {"command": "grade_claim", "id": "c1", "credibility": 3, **WHY},
        {"command": "correct_claim", "id": "c1", "set": {"when": "2018-10"}, **WHY},
        {"command": "revise_claim", "id": "c2", "report": "dec", "set": {"extent": "most"}, "reason": "said again"},
    ):  # fmt: skip
        done(shared.batch([{name: value for name, value in line.items() if value is not None}]))
    return shared


@every_question
def test_the_clocks_are_echoed_and_the_same_question_has_the_same_answer(
    asked: Dossier, below: str, query: dict[str, str]
) -> None:
    clocks = {"reported_by": "2018-11-30", "certainty": "possible", "at": "2018-10-20"}
    if below == "incidents" or below.endswith("record"):
        del clocks["at"]
    answer = asked.read(below, **query, **clocks)
    assert answer["position"] == asked.position
    for name in ("at", "reported_by"):
        assert answer.get(name, "").startswith(clocks.get(name, ""))
    assert answer.get("certainty") == clocks.get("certainty")
    assert asked.read(below, **query, **clocks, as_of=str(answer["position"])) == answer


@pytest.mark.parametrize(
    ("below", "query", "rules"),
    [
        ("places/hajin/control", {}, ["control-from-snapshots@2"]),
        ("places/hajin/control", {"rule": "control-from-snapshots@1"}, ["control-from-snapshots@1"]),
        ("figures", {"topic": FIGHTERS}, ["words@1", "latest-per-claimant@2"]),
        ("figures", {"topic": FIGHTERS, "rule": "widest-range@1"}, ["words@1", "widest-range@1"]),
        ("figures", {"rule": "sum-of-edition@1", "measure": "killed"}, ["words@1", "sum-of-edition@1"]),
        ("situation", {}, ["control-from-snapshots@2", "words@1", "latest-per-claimant@2"]),
        ("situation", {"rule": "widest-range@1"}, ["control-from-snapshots@2", "words@1", "widest-range@1"]),
        (
            "situation",
            {"control_rule": "control-from-snapshots@1"},
            ["control-from-snapshots@1", "words@1", "latest-per-claimant@2"],
        ),
        ("disagreements", {}, ["words@1", "cannot-all-be-right@2", "control-from-snapshots@2", "times-apart@1"]),
    ],
)
def test_an_answer_names_the_rules_that_shaped_it(
    asked: Dossier, below: str, query: dict[str, str], rules: list[str]
) -> None:
    assert asked.read(below, **query)["rules"] == rules
    listed = {rule["id"]: rule for rule in done(asked.http.get("/rules"))["items"]}
    assert listed.keys() >= set(rules)
    assert all(f"{rule['name']}@{rule['version']}" == id_ and rule["decides"] for id_, rule in listed.items())


@every_question
def test_what_is_not_known_or_not_readable_is_refused(asked: Dossier, below: str, query: dict[str, str]) -> None:
    told = assert_problem(asked.get(below, **query, reported_bye="2018"), 422, "unknown_parameter", None)
    assert "reported_bye" in told["detail"]
    assert_problem(asked.get(below, **query, as_of=asked.position + 1), 422, "not_in_the_past", "/as_of")
    assert_problem(asked.get(below, **query, as_of="2999-01-01"), 422, "not_in_the_past", "/as_of")
    if below != "incidents":
        assert_problem(asked.get(below, **query, reported_by="soon"), 422, "not_edtf", "/reported_by")
    answer = asked.http.get(f"{asked.path}/{below}?as_of=%00")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@every_question
def test_early_in_the_log_there_was_nothing_to_tell(asked: Dossier, below: str, query: dict[str, str]) -> None:
    if "hajin" in below or "sohr" in below:
        assert_problem(asked.get(below, **query, as_of="1"), 404, "no_such_item", None)
        return
    answer = asked.read(below, **query, as_of="1")
    assert answer["position"] == 1
    told = [answer[name] for name in ("items", "control", "figures", "occurrences", "sums", "series") if name in answer]
    assert told
    assert not any(told)


@every_question
def test_a_dossier_that_stands_still_says_so_with_the_position(
    furnished: Dossier, installation: Running, below: str, query: dict[str, str]
) -> None:
    reached = furnished.read()["position"]
    conninfo = make_url(installation.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        because = "update checkpoints set refused_position = %s, refused_because = %s where dossier_id = %s"
        connection.execute(because, [reached + 1, "claims cannot take it", furnished.id])
        try:
            position = furnished.record("claims", **figure())["position"]
            answer = done(furnished.http.get(f"{furnished.path}/{below}", params=query))
            assert (answer["position"], answer["stands_still"]) == (reached, "claims cannot take it")
            later = furnished.get(below, **query, min_position=position)
            told = assert_problem(later, 503, "picture_refused", None)
            assert (told["position"], "claims cannot take it" in told["detail"]) == (reached, True)
        finally:
            connection.execute(because, [None, None, furnished.id])


def test_control_tells_who_says_so_and_what_was_inferred(asked: Dossier) -> None:
    answer = asked.read("places/baghouz/control", at="2018-12-17")
    assert answer["place"] == {"id": "baghouz", "name": "الباغوز", "kind": "village", "within": "syria"}
    picture = answer["picture"]
    assert (picture["verdict"], picture["holders"], picture["voices"]) == ("disputed", ["is", "sdf"], 2)
    assert {(state["voice"]["claimant"], state["actor"], state["state"]) for state in picture["states"]} == {
        ("sohr", "is", "certain"),
        ("reuters", "sdf", "certain"),
    }
    assert [line["voice"] for line in answer["timeline"]] == [{"claimant": "reuters"}, {"claimant": "sohr"}]
    assert answer["names"]["places"]["baghouz"] == "الباغوز"
    assert answer["claims"].keys() == {"b1", "b2"}
    assert_problem(asked.get("places/nowhere/control"), 404, "no_such_item", None)


def test_the_latest_is_told_without_at_and_a_later_report_is_not_known_before_it(asked: Dossier) -> None:
    picture = asked.read("places/hajin/control")["picture"]
    assert (picture["verdict"], picture["holders"]) == ("last_known", ["is"])
    before = asked.read("places/hajin/control", reported_by="2018-11-01")["picture"]
    assert (before["verdict"], before["holders"], before["states"]) == ("unknown", [], [])


def test_topics_are_listed_with_their_claims(asked: Dossier) -> None:
    items = {item["topic"]: item for item in asked.read("figures")["items"]}
    assert items[FIGHTERS] == {
        "topic": FIGHTERS, "measure": "fighters", "unit": "people", "subject": "is", "place": "hajin",
        "claims": 2, "in_incidents": 0,
    }  # fmt: skip
    assert items["killed,people,subject:is,place:hajin"]["in_incidents"] == 2
    for query, expected in (
        ({"measure": "fighters"}, [FIGHTERS]),
        ({"place": "syria"}, ["killed,people,subject:is,place:hajin", FIGHTERS]),
        ({"place": "pocket"}, []),
        ({"subject": "sdf"}, []),
        ({"measure": "killed", "reported_by": "2018-11-15"}, []),
    ):
        assert [item["topic"] for item in asked.read("figures", **query)["items"]] == expected, query


def test_a_series_names_its_voices_and_what_stands_beside_it(asked: Dossier) -> None:
    asked_for = asked.read("figures", topic=FIGHTERS)
    (group,) = asked_for["picture"]["groups"]
    assert (group["verdict"], group["voices"], group["unattributed"]) == ("disagree", 1, 1)
    assert [(one["claim"], one["best"]) for one in asked_for["series"]] == [("c1", 2000), ("f2", 5000)]
    nothing = asked.read("figures", topic="killed,families,place:pocket")
    assert (nothing["picture"]["groups"], nothing["series"], nothing["in_incidents"]) == ([], [], 0)
    in_an_incident = asked.read("figures", topic="killed,people,subject:is,place:hajin,incident:i1")
    assert [one["claim"] for one in in_an_incident["series"]] == ["d1"]
    # Of a topic without a place, what is beside it has none either.
    assert asked.read("figures", topic="killed,families")["beside"] == ["killed,people,subject:is"]


@pytest.mark.parametrize(
    ("topic", "way_out"),
    [
        ("Rumours,people", "is no measure"),
        ("fighters,km2", "fighters is counted in people"),
        ("fighters,people,colour:Red", "'colour:Red' names no word: lower-case letters, digits"),
        ("fighters,people,subject", "is no part of a topic"),
        ("fighters", "fighters is counted in people"),
        ("", "is no measure"),
    ],
)
def test_what_is_no_topic_is_refused_with_the_way_out(asked: Dossier, topic: str, way_out: str) -> None:
    told = assert_problem(asked.get("figures", topic=topic), 422, "not_a_topic", "/topic")
    assert way_out in told["detail"]
    assert "Write fighters,people,place:PLACE, as the list of topics has each" in told["detail"]


def test_the_claims_of_a_discredited_report_stay_listed_and_leave_every_picture(furnished: Dossier) -> None:
    furnished.change("reports/oct/discreditings", reason="made up")
    furnished.change("reports/nov/discreditings", reason="made up")
    answer = furnished.read("figures", topic=FIGHTERS)
    assert answer["picture"] == {"groups": [], "set_aside": [{"claim": "c1", "why": "discredited"}]}
    assert [(one["claim"], one["set_aside"]) for one in answer["series"]] == [("c1", "discredited")]
    assert answer["names"]["reports"]["oct"]["discredited_because"] == "made up"
    held = furnished.read("places/hajin/control")["picture"]
    assert (held["verdict"], held["set_aside"]) == ("unknown", [{"claim": "c2", "why": "discredited"}])
    situation = furnished.read("situation", at="2018-11-10")
    assert (situation["control"], situation["figures"]) == ([], [])
    (aside,) = situation["figures_set_aside"]
    assert (aside["topic"], aside["set_aside"]) == (FIGHTERS, [{"claim": "c1", "why": "discredited"}])
    assert situation["claims"]["c1"]["report"] in situation["names"]["reports"]
    # On the map it stands at its place, and is no number of it.
    mapped = done(geojson(furnished, at="2018-11-10"))
    (feature,) = [one for one in mapped["features"] if one["id"] == aside["place"]]
    assert feature["properties"]["figures_set_aside"] == [aside]
    assert "figures" not in feature["properties"] and "figures_set_aside" not in mapped


def test_what_a_discredited_report_changed_or_took_back_counts_as_it_did_before(furnished: Dossier) -> None:
    furnished.record("reports", id="forged", label="Forged", published="2018-12-20")
    furnished.change("claims/c1/revisions", report="forged", set={"best": 5}, **BY_ITSELF)
    furnished.change("claims/c2/withdrawals", report="forged", **BY_ITSELF)
    furnished.change("reports/dec/withdrawals", report="forged", reason="Not ours")

    def told(**query: Any) -> tuple[list[Any], str, list[Any]]:
        listed = furnished.read("claims", **query)["items"]
        groups = furnished.read("figures", topic=FIGHTERS, **query)["picture"]["groups"]
        held = furnished.read("places/hajin/control", **query)["picture"]["verdict"]
        bests = [(line["low"], line["high"]) for group in groups for line in group["lines"]]
        return bests, held, [(one["id"], one["status"]) for one in listed]

    changed = told()
    furnished.change("reports/forged/discreditings", reason="Made up")
    assert told() == told(reported_by="2018-12-19") != changed
    furnished.change("reports/forged/discrediting-liftings", reason="It was theirs")
    assert told() == changed


def test_an_edition_that_is_withdrawn_leaves_what_the_one_before_it_said(furnished: Dossier) -> None:
    for edition, published in (("1", "2019-02-01"), ("2", "2019-03-01")):
        furnished.record("reports", id=f"e{edition}", label=edition, published=published, dataset="x", edition=edition)
    for id_, best in (("a", 5), ("b", 7), ("c", 100)):
        furnished.record("claims", **figure("e1", id=id_, measure="killed", best=best, when="2019-01-05"))
        furnished.record("incidents", id=f"of-{id_}", title=id_, claims=[id_])

    def total(**query: Any) -> tuple[int, dict[str, int]]:
        (one,) = furnished.read("figures", rule="sum-of-edition@2", measure="killed", dataset="x", **query)["sums"]
        return one["best"], one["left_out"]

    first = total()
    furnished.change("claims/a/revisions", report="e2", set={"best": 6}, **BY_ITSELF)
    furnished.change("claims/b/withdrawals", report="e2", **BY_ITSELF)
    second = total()
    assert (first[0], second[0]) == (112, 106)
    furnished.change("reports/e2/withdrawals", when="2019-04-01", reason="Taken off its site")
    assert total() == first
    assert total(reported_by="2019-03-31") == second
    assert furnished.ids("claims", status="withdrawn") == []


def test_a_sum_tells_what_was_withdrawn_in_a_report_of_no_dataset(furnished: Dossier) -> None:
    furnished.record("reports", id="e1", label="1", published="2018-10-01", dataset="x", edition="1")
    furnished.record("claims", **figure("e1", id="a", measure="killed", best=5, when="2018-09-05"))

    def left_out(**query: Any) -> list[dict[str, int]]:
        told = furnished.read("figures", rule="sum-of-edition@2", measure="killed", **query)
        return [one["left_out"] for one in told["sums"]]

    assert left_out() == left_out(dataset="x") == [{"without_incident": 1}]
    furnished.change("claims/a/withdrawals", report="nov", **BY_ITSELF)
    assert left_out() == left_out(dataset="x") == [{"withdrawn": 1}]


def test_a_sum_says_that_a_stock_of_a_dataset_is_left_out(furnished: Dossier) -> None:
    furnished.record("reports", id="e1", label="1", published="2019-02-01", dataset="x", edition="1")
    furnished.record(
        "claims", **figure("e1", id="a", measure="present", best=500, when="2019-01-05", group="displaced")
    )
    furnished.record("claims", **figure("e1", id="b", measure="present", unit="families", best=90, when="2019-01-05"))

    def left_out(rule: str, **query: Any) -> list[tuple[int, dict[str, int]]]:
        told = furnished.read("figures", rule=rule, measure="present", dataset="x", **query)
        return [(one["claims"], one["left_out"]) for one in told["sums"]]

    assert left_out("sum-of-edition@2") == left_out("sum-of-edition@2", unit="families") == [(0, {"stock": 1})]
    assert left_out("sum-of-edition@2", since="2019-02-01") == []
    assert left_out("sum-of-edition@1") == [], "as it was"


def test_a_part_that_does_not_stand_is_no_number_below_its_whole(furnished: Dossier) -> None:
    furnished.record("reports", id="later", label="Later", published="2018-12-20")
    furnished.record("claims", **figure("oct", id="c8", best=700, group="foreign", place="hajin", part_of="c1"))
    why = {"reason": "Counted twice"}
    unsaid: list[tuple[str, str, dict[str, Any]]] = [
        ("claims/c8/withdrawals", "withdrawn", {"report": "later", "changed_by": "claimant", **why}),
        ("claims/c8/corrections", "intended", {"set": {"hedge": "intended"}, **why}),
    ]

    def below() -> tuple[list[Any], list[Any]]:
        """The parts that stand, and those that do not: told alike by every answer."""
        pictures: list[Any] = [furnished.read("figures", topic=FIGHTERS)["picture"]]
        pictures += furnished.read("situation", at="2018-11-10")["figures"]
        lines = [line for picture in pictures for group in picture["groups"] for line in group["lines"]]
        mine = [line for line in lines if line["claim"] == "c1"]
        assert len(mine) == 2
        (parts, aside), other = ((line.get("parts", []), line.get("parts_set_aside", [])) for line in mine)
        assert other == (parts, aside)
        return [part["claim"] for part in parts], aside

    assert below() == (["c8"], [])
    for path, why_aside, change in unsaid:
        furnished.change(path, **change)
        assert below() == ([], [{"claim": "c8", "why": why_aside}])
        if why_aside == "withdrawn":
            assert furnished.read("figures", topic=FIGHTERS)["claims"]["c8"]["withdrawn_in"] == "later"
            furnished.change("claims/c8/statement-retractions", statement=2, reason="It was not")
            assert below() == (["c8"], [])
    furnished.change("claims/c8/retractions", reason="Never said")
    assert below() == ([], [])


def test_claims_that_may_count_the_same_say_so_wherever_they_are_told(furnished: Dossier) -> None:
    furnished.record("claims", **figure("nov", id="c8", best=700, when="2018-11", overlaps="c1"))
    furnished.record("claims", **figure("nov", id="c9", best=800, when="2018-11", alternative_to=["c1", "c8"]))

    def told() -> dict[str, tuple[Any, Any]]:
        claims = furnished.read("figures", topic=FIGHTERS)["claims"]
        beside = {one: (told.get("overlaps"), told.get("alternative_to")) for one, told in claims.items()}
        return {one: relations for one, relations in beside.items() if any(relations)}

    assert told() == {"c1": (["c8"], ["c9"]), "c8": (["c1"], ["c9"]), "c9": (None, ["c1", "c8"])}
    furnished.change("claims/c9/retractions", reason="Never said")
    assert told() == {"c1": (["c8"], None), "c8": (["c1"], None)}


def test_an_assessment_makes_two_unattributed_voices_one(furnished: Dossier) -> None:
    furnished.record("claims", **figure("nov", id="c3", best=2100))

    def counted(**query: Any) -> tuple[int, int, list[Any]]:
        (group,) = furnished.read("figures", topic=FIGHTERS, rule="widest-range@1", **query)["picture"]["groups"]
        return group["voices"], group["unattributed"], [line["voice"] for line in group["lines"]]

    apart = furnished.position
    assert counted()[:2] == (0, 2)
    furnished.record(
        "assessments", id="a1", topic=FIGHTERS, finding="One count, told twice", grade="fair", because="The same words",
        claims=["c1", "c3"], same_origin=["c1", "c3"],
    )  # fmt: skip
    assert counted() == (0, 1, [{"claimant": None, "assessment": "a1"}] * 2)
    assert counted(as_of=apart)[:2] == (0, 2)
    furnished.change("assessments/a1/withdrawals", reason="they differ")
    assert counted()[:2] == (0, 2)


def test_a_dataset_is_added_up_incident_by_incident(asked: Dossier) -> None:
    answer = asked.read("figures", rule="sum-of-edition@1", measure="killed")
    (total,) = answer["sums"]
    assert (total["dataset"], total["claimant"], total["best"], total["incidents"], total["claims"]) == (
        "toll", "reuters", 13, 3, 3,
    )  # fmt: skip
    assert (answer["measure"], answer["unit"], answer["place"]) == ("killed", "people", None)
    (there,) = asked.read("figures", rule="sum-of-edition@1", measure="killed", place="syria")["sums"]
    assert (there["best"], there["incidents"]) == (12, 2)
    (monthly,) = asked.read("figures", rule="sum-of-edition@1", measure="killed", per="month")["sums"]
    assert (monthly["period"], monthly["best"]) == ("2018-10", 13)
    assert asked.read("figures", rule="sum-of-edition@1", measure="killed", until="2018-09-30")["sums"] == []
    assert asked.read("figures", rule="sum-of-edition@1", measure="killed", reported_by="2018-11-19")["sums"] == []


def test_which_incidents_a_sum_takes_as_one_depends_on_no_place_and_no_time(furnished: Dossier) -> None:
    """A row of the wider place tells of both, and is counted in no sum of the town."""
    furnished.record("reports", id="e1", label="E", published="2019-06", dataset="toll")
    furnished.record("claims", **killed("e1", id="p1", best=30, when="2018-01-01"))
    furnished.record("claims", **killed("e1", id="p2", best=50, when="2018-02-01"))
    over = {"place": "deir-ez-zor", "group": "women", "measure": "injured"}
    furnished.record("claims", **killed("e1", id="br", best=80, when="2018-01/2018-02", **over))
    furnished.record("incidents", id="i1", title="One", claims=["p1", "br"])
    furnished.record("incidents", id="i2", title="Another", claims=["p2", "br"])
    asked = {"rule": "sum-of-edition@2", "measure": "killed"}
    within = {"since": "2018-01-01", "until": "2018-02-02"}
    for narrower in ({}, {"place": "hajin"}, within, {"per": "year"}, {"dataset": "toll", "place": "hajin", **within}):
        (one,) = furnished.read("figures", **asked, **narrower)["sums"]
        assert (one["low"], one["best"], one["high"], one["incidents"], one["claims"], one["taken_as_one"]) == (
            30, 50, 50, 1, 2, 2,
        ), narrower  # fmt: skip
    furnished.change("incidents/i2/unlinkings", claims=["br"], reason="not of it")
    (one,) = furnished.read("figures", **asked)["sums"]
    assert (one["best"], one["incidents"], one["taken_as_one"]) == (80, 2, 0)


def test_an_area_takes_in_a_place_for_as_long_as_it_belonged_to_it(furnished: Dossier) -> None:
    """Hajin belonged to the enclave until the end of 2018."""
    furnished.record("reports", id="e1", label="E", published="2019-06", dataset="toll")
    for month in ("2018-10", "2019-02"):
        id_ = furnished.record("claims", **killed("e1", when=month))["id"]
        furnished.record("incidents", title=month, claims=[id_])
    sums = {
        place: furnished.read("figures", rule="sum-of-edition@1", measure="killed", place=place)["sums"][0]["best"]
        for place in ("hajin", "enclave")
    }
    assert sums == {"hajin": 10, "enclave": 5}


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ({}, "missing_field", "/measure"),
        ({"topic": FIGHTERS}, "sum_takes_no_topic", "/topic"),
        ({"measure": "killed", "since": "soon"}, "not_edtf", "/since"),
        ({"measure": "killed", "until": "2018-10/2018-11"}, "not_edtf", "/until"),
        ({"measure": "killed", "per": "week"}, "not_in_vocabulary", None),
        ({"measure": "rumours"}, "not_in_vocabulary", None),
    ],
)
def test_a_sum_that_cannot_be_made_is_refused(
    asked: Dossier, query: dict[str, str], code: str, pointer: str | None
) -> None:
    assert_problem(asked.get("figures", rule="sum-of-edition@1", **query), 422, code, pointer)


def test_a_place_that_is_not_there_is_told(asked: Dossier) -> None:
    sums = {"rule": "sum-of-edition@1", "measure": "killed"}
    for below, query in (("figures", {}), ("figures", sums), ("disagreements", {}), ("assessments", {})):
        told = assert_problem(asked.get(below, place="nowhere", **query), 422, "unknown_reference", None)
        assert "'nowhere'" in told["detail"]
    assert_problem(asked.get("sources/nobody/record"), 404, "no_such_item", None)


def test_a_situation_is_of_the_cut_off_where_no_moment_is_named(asked: Dossier) -> None:
    answer = asked.read("situation", reported_by="2018-11-30")
    assert answer["at"] == answer["reported_by"]
    assert [picture["place"] for picture in answer["control"]] == ["hajin"]
    assert "at" in asked.read("situation")


def geojson(dossier: Dossier, accept: str = GEOJSON, **query: Any) -> httpx.Response:
    query = {"min_position": dossier.position, **query}
    return dossier.http.get(f"{dossier.path}/situation", params=query, headers={"Accept": accept})


def test_the_map_is_geojson_with_all_that_is_said_of_each_place(asked: Dossier) -> None:
    answer = geojson(asked, at="2018-12-17")
    assert answer.headers["content-type"] == GEOJSON
    assert answer.headers["vary"].split(", ")[0] == "Accept"
    told = done(answer)
    assert told["type"] == "FeatureCollection"
    features = {feature["id"]: feature for feature in told["features"]}
    for feature in features.values():
        assert feature["type"] == "Feature"
        assert feature.keys() == {"type", "id", "geometry", "properties"}
        if feature["geometry"] is not None:
            assert feature["geometry"].keys() == {"type", "coordinates"}
            assert feature["geometry"]["type"] == "Point"
            longitude, latitude = feature["geometry"]["coordinates"]
            assert (-180 <= longitude <= 180, -90 <= latitude <= 90) == (True, True)
    assert features["hajin"]["geometry"]["coordinates"] == [40.83, 34.69]
    assert features["baghouz"]["properties"]["name"] == "الباغوز"
    assert features["baghouz"]["properties"]["control"]["verdict"] == "disputed"
    assert features["pocket"]["geometry"] is None
    assert features["pocket"]["properties"]["control"]["beside"][0]["actor"] == "is"
    plain = asked.read("situation", at="2018-12-17")
    for name in ("position", "at", "rules", "claims", "names"):
        assert told[name] == plain[name]
    # What is said of no place is not lost.
    elsewhere = done(geojson(asked, at="2018-10-10"))["elsewhere"]
    assert [one["topic"] for one in elsewhere["figures"]] == ["killed,people,subject:is"]


def test_a_map_is_styled_by_the_numbers_of_each_measure(furnished: Dossier) -> None:
    def flat() -> dict[str, Any]:
        features = {one["id"]: one for one in done(geojson(furnished, at="2018-12-17"))["features"]}
        properties = features["hajin"]["properties"]
        return {name: value for name, value in properties.items() if name.startswith(("killed_", "injured_"))}

    def counted(id: str, **fields: Any) -> None:
        furnished.record(
            "claims", id=id, **{"kind": "figure", "report": "nov", "unit": "people", "place": "hajin"} | fields
        )

    counted("w1", measure="killed", group="women", qualifier="stated", best=3, when="2018-11")
    assert flat() == {}
    counted("k1", measure="killed", qualifier="between", low=4, high=9, best=5, when="2018-10-01/2018-12-17")
    counted("n1", measure="injured", qualifier="at_least", low=20, when="2018-10-01/2018-12-17")
    told = {
        "killed_low": 4, "killed_best": 5, "killed_high": 9, "killed_verdict": "unattributed", "killed_groups": 1,
        "injured_low": 20, "injured_best": None, "injured_high": None,
        "injured_verdict": "unattributed", "injured_groups": 1,
    }  # fmt: skip
    assert flat() == told
    # What killed women is not what killed all; an earlier state of a toll is not the last.
    counted("k2", measure="killed", qualifier="stated", best=2, when="2018-10-01/2018-11-30")
    assert flat() == told
    # A best would hide a dispute.
    counted("k3", measure="killed", qualifier="at_least", low=20, when="2018-10-01/2018-12-17", claimant="sohr")
    disputed = {"killed_best": None, "killed_high": None, "killed_verdict": "disagree"}
    assert flat() == told | disputed
    # Nor is one hidden by another period: it is in the range of all.
    counted("k4", measure="killed", qualifier="stated", best=2, when="2018-10-02/2018-12-17")
    assert flat() == told | disputed | {"killed_low": 2, "killed_groups": 2}


def test_a_map_is_styled_by_the_one_topic_that_is_asked_for(furnished: Dossier) -> None:
    def flat(**query: Any) -> dict[str, Any]:
        asked = {"at": "2018-12-17", "min_position": furnished.position, **query}
        told = furnished.http.get(
            f"{furnished.path}/situation", params=asked, headers={"accept": "application/geo+json"}
        )
        (hajin,) = [one for one in done(told)["features"] if one["id"] == "hajin"]
        return {name: value for name, value in hajin["properties"].items() if name.startswith("counted")}

    def counted(id: str, best: int, **fields: Any) -> None:
        here = {"measure": "present", "unit": "people", "place": "hajin", "when": "2018-12-17", "subject": None,
                "qualifier": "stated"}  # fmt: skip
        furnished.record("claims", **figure(id=id, best=best, **(here | fields)))

    counted("d", 500, group="displaced")
    counted("f", 90, group="displaced", unit="families")
    counted("o", 40, group="displaced", dimensions={"origin": "hama"})
    assert flat() == {}
    told = flat(measure="present", group="displaced")
    assert told == {
        "counted": "present,people,group:displaced,place:hajin", "counted_low": 500, "counted_best": 500,
        "counted_high": 500, "counted_verdict": "unattributed", "counted_groups": 1,
    }  # fmt: skip
    assert flat(measure="present", group="displaced", unit="families")["counted_best"] == 90
    assert flat(measure="present", group="displaced", dimension="origin:hama")["counted_best"] == 40
    assert flat(measure="present") == flat(measure="present", dimension="origin:hama") == {}, "exactly the one"
    counted("e", 700, group="displaced", claimant="sohr")
    told = flat(measure="present", group="displaced")
    assert (told["counted_low"], told["counted_best"], told["counted_verdict"]) == (500, None, "disagree")
    wanted = {"accept": "application/geo+json"}
    for query, headers, code, place in (
        ({"group": "displaced"}, wanted, "missing_field", "/measure"),
        ({"measure": "present", "group": "displacd"}, wanted, "unknown_reference", "/group"),
        ({"measure": "present"}, {}, "unused_parameter", "/measure"),
    ):
        asked = furnished.http.get(f"{furnished.path}/situation", params=query, headers=headers)
        assert_problem(asked, 422, code, place)


def test_several_incidents_at_one_place_and_time_have_one_range_and_no_best_on_a_map(furnished: Dossier) -> None:
    def flat() -> dict[str, Any]:
        features = {one["id"]: one for one in done(geojson(furnished, at="2018-12-17"))["features"]}
        properties = features["hajin"]["properties"]
        killed_there = [of["groups"] for of in properties["figures"] if of["measure"] == "killed"]
        assert sum(map(len, killed_there)) == len(incidents)
        return {name: value for name, value in properties.items() if name.startswith("killed_")}

    incidents: set[str] = set()
    for id_, best in (("one", 5), ("two", 7)):
        furnished.record("claims", id=f"k-{id_}", kind="figure", report="nov", measure="killed", unit="people",
                         place="hajin", qualifier="stated", best=best, when="2018-12-17")  # fmt: skip
        furnished.record("incidents", id=id_, title=id_, claims=[f"k-{id_}"])
        incidents.add(id_)
        both = {"killed_low": 5, "killed_best": None, "killed_high": 7, "killed_verdict": "several"}
        one = {"killed_low": 5, "killed_best": 5, "killed_high": 5, "killed_verdict": "unattributed"}
        assert flat() == (one if len(incidents) == 1 else both) | {"killed_groups": len(incidents)}


def test_what_has_no_date_is_in_the_picture_of_a_moment_only_where_it_is_asked_for(furnished: Dossier) -> None:
    furnished.record("claims", id="u1", **control("dec", place="enclave", claimant="sohr"))

    def on_the_map(told: dict[str, Any]) -> set[str]:
        return {one["place"] for one in told["control"]}

    def beside(told: dict[str, Any]) -> list[Any]:
        return [(one["place"], [state["claim"] for state in one["undated"]]) for one in told["undated"]]

    for answer in (
        furnished.read("situation", at="2018-12-17"), furnished.read("situation", at="2018-12-17", undated="false"),
    ):  # fmt: skip
        assert "enclave" not in on_the_map(answer)
        assert beside(answer) == [("enclave", ["u1"])]
    answer = furnished.read("situation", at="2018-12-17", undated="true")
    assert ("enclave" in on_the_map(answer), beside(answer)) == (True, [])
    asked = "places/enclave/control"
    picture = furnished.read(asked, at="2018-12-17")["picture"]
    assert (picture["holders"], [state["claim"] for state in picture["undated"]]) == ([], ["u1"])
    picture = furnished.read(asked, at="2018-12-17", undated="true")["picture"]
    assert (picture["holders"], [state["claim"] for state in picture["states"]]) == (["is"], ["u1"])
    for below in ("situation", asked):
        assert_problem(furnished.get(below, undated="perhaps"), 422, "malformed", "/undated")


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/json, application/geo+json", "application/json"),
        ("application/geo+json, application/json;q=0.5", GEOJSON),
        ("Application/Geo+JSON", GEOJSON),
    ],
)
def test_what_is_accepted_is_given(asked: Dossier, accept: str, given: str) -> None:
    assert geojson(asked, accept).headers["content-type"] == given


def test_disagreements_are_told_by_kind(furnished: Dossier) -> None:
    furnished.record("claims", **figure("nov", id="f2", claimant="sohr", best=5000, disputes=["c1"]))
    furnished.record("claims", **control("dec", id="b2", actor="sdf", claimant="reuters", when="2018-11-10"))
    items = furnished.read("disagreements")["items"]
    assert [(one["kind"], [line["claim"] for line in one["lines"]]) for one in items] == [
        ("figures", ["c1", "f2"]),
        ("control", ["c2", "b2"]),
    ]
    # Each pair is told once, but for the declared ones where those are asked for alone.
    (declared,) = furnished.read("disagreements", kind="declared")["items"]
    assert [line["claim"] for line in declared["lines"]] == ["f2", "c1"]
    first = furnished.read("disagreements", rule="cannot-all-be-right@1")
    assert [one["kind"] for one in first["items"]] == ["figures", "control", "declared"]
    assert (items[0]["topic"], items[0]["time"], items[0]["declared"]) == (FIGHTERS, "possible", True)
    assert [(line["actor"], line["voice"]["claimant"]) for line in items[1]["lines"]] == [
        ("is", "sohr"),
        ("sdf", "reuters"),
    ]
    assert [one["kind"] for one in furnished.read("disagreements", at="2018-11-12")["items"]] == ["figures"]
    assert [one["kind"] for one in furnished.read("disagreements", kind="control")["items"]] == ["control"]
    assert furnished.read("disagreements", place="deir-ez-zor")["items"] == items
    furnished.change("claims/f2/withdrawals", report="dec", reason="taken back")
    assert [one["kind"] for one in furnished.read("disagreements")["items"]] == ["control"]
    assert len(furnished.read("disagreements", reported_by="2018-12-30")["items"]) == 1


def test_numbers_of_one_report_are_ambiguous_and_told_apart_by_a_dimension(furnished: Dossier) -> None:
    displaced: dict[str, Any] = {"measure": "displaced", "qualifier": "stated", "subject": None, "when": "2018-10"}
    displaced |= {"claimant": "reuters"}
    for nth, best in enumerate((300, 20, 1)):
        furnished.record("claims", **figure("nov", id=f"row{nth}", **displaced | {"best": best}))
    topic = "displaced,people,place:hajin"
    (group,) = furnished.read("figures", topic=topic)["picture"]["groups"]
    assert (group["verdict"], group["low"], group["high"], group["voices"]) == ("ambiguous", 1, 300, 1)
    (group,) = furnished.read("figures", topic=topic, rule="latest-per-claimant@1")["picture"]["groups"]
    assert (group["verdict"], group["low"], group["high"]) == ("one_voice", 1, 1)
    for nth, origin in enumerate(("hama", "idlib", "homs")):
        furnished.change(f"claims/row{nth}/corrections", set={"dimensions": {"origin": origin}}, reason="coded")
    (topic,) = (one["topic"] for one in furnished.read("figures", dimension="origin:hama")["items"])
    assert topic == "displaced,people,place:hajin,origin:hama"
    told = furnished.read("figures", topic=topic)
    assert (told["dimensions"], told["picture"]["groups"][0]["best"]) == ({"origin": "hama"}, 300)
    assert furnished.get("figures", dimension="origin:hamma").json()["near"] == ["hama"]
    refused = furnished.get("figures", topic="displaced,people,orgin:hama").json()
    assert (refused["parameter"], refused["id"]) == ("topic", "hama")


def test_the_number_of_a_place_goes_on_where_its_claims_are_linked_to_an_incident(furnished: Dossier) -> None:
    killed = {"measure": "killed", "qualifier": "stated", "subject": None, "when": "2018-10-05"}
    furnished.record("claims", **figure("nov", id="k1", **killed, best=35, claimant="sohr"))
    furnished.record("claims", **figure("dec", id="k2", **killed, best=42, claimant="reuters"))
    topic = "killed,people,place:hajin"

    def groups() -> list[tuple[str | None, str, int]]:
        told = furnished.read("figures", topic=topic)["picture"]["groups"]
        return [(group.get("incident"), group["verdict"], group["low"]) for group in told]

    assert groups() == [(None, "disagree", 35)]
    furnished.record("incidents", id="strike", title="A strike", claims=["k1"])
    assert groups() == [("strike", "one_voice", 35), (None, "one_voice", 42)]
    (pair,) = furnished.read("disagreements", kind="possible")["items"]
    assert (pair["unsure"], [line["claim"] for line in pair["lines"]]) == (["incident"], ["k1", "k2"])
    furnished.record("incidents", id="same", title="The same strike", claims=["k2"])
    furnished.change("incidents/same/merges", into="strike", reason="one strike")
    assert groups() == [("strike", "disagree", 35)]
    for incident in ("strike", "same"):
        told = furnished.read("figures", topic=f"{topic},incident:{incident}")["picture"]["groups"]
        assert [group["verdict"] for group in told] == ["disagree"], "every id answers"
    furnished.record("claims", **figure("dec", id="k3", **killed | {"place": None}, best=38))
    furnished.record("claims", **figure("dec", id="k5", **killed, best=41, claimant="reuters", cause="airstrike"))
    furnished.record("claims", **figure("dec", id="k4", **killed, best=3, claimant="sohr", group="women"))
    furnished.change("incidents/strike/links", claims=["k3", "k4", "k5"])
    told = furnished.read("figures", topic="killed,people,incident:same")
    (group,) = told["picture"]["groups"]
    assert {line["claim"] for line in group["lines"]} == {"k1", "k2", "k3", "k5"}, "whatever is unsaid"
    assert told["beside"] == ["killed,people,group:women,place:hajin"]
    assert told["beside_in_brief"] == [
        {
            "topic": "killed,people,group:women,place:hajin", "more_groups": 0,
            "groups": [{"period": group["period"], "incident": "strike", "verdict": "one_voice", "voices": 1,
                        "unattributed": 0, "low": 3, "best": 3, "high": 3}],
        }
    ]  # fmt: skip
    furnished.change("claims/k4/withdrawals", report="dec", without_notice=True, **WHY)
    told = furnished.read("figures", topic="killed,people,incident:same")
    nothing = {"topic": "killed,people,group:women,place:hajin", "groups": [], "more_groups": 0}
    assert told["beside_in_brief"] == [nothing], "of what was taken back nothing is counted, and that is told"


def test_the_number_of_a_town_names_those_of_places_inside_it(furnished: Dossier) -> None:
    killed = {"measure": "killed", "qualifier": "stated", "subject": None, "when": "2018-10-05"}
    furnished.record("places", id="mosque", name="Mosque", kind="site", within="hajin")
    furnished.record("places", id="market", name="Market", kind="site", areas=[{"area": "hajin", "when": "../2018-09"}])
    furnished.record("claims", **figure("nov", id="k1", **killed, best=38, claimant="sohr"))
    furnished.record("claims", **figure("dec", id="k2", **killed | {"place": "mosque"}, best=49, cause="airstrike"))
    furnished.record("claims", **figure("dec", id="k3", **killed | {"place": "market"}, best=9))
    furnished.record("claims", **figure("dec", id="k4", **killed | {"place": "mosque", "measure": "injured"}, best=8))
    told = furnished.read("figures", topic="killed,people,place:hajin")
    assert told["inside"] == ["killed,people,cause:airstrike,place:mosque"]
    (inside,) = told["inside_in_brief"]
    assert [(group["verdict"], group["low"]) for group in inside["groups"]] == [("unattributed", 49)]
    assert [line["claim"] for group in told["picture"]["groups"] for line in group["lines"]] == ["k1"]
    # What says less than the topic may be of something else; and a governorate is no spot.
    for topic in ("killed,people,subject:is,place:hajin", "killed,people,place:deir-ez-zor", "killed,people"):
        told = furnished.read("figures", topic=topic)
        assert (told["inside"], told["inside_in_brief"]) == ([], []), topic
    assert furnished.read("figures", topic="killed,people,place:mosque")["inside"] == []


def test_a_number_without_a_place_stands_beside_those_of_where_its_incident_was(furnished: Dossier) -> None:
    killed = {"measure": "killed", "qualifier": "stated", "subject": None, "when": "2018-10-05"}
    furnished.record("claims", **figure("nov", id="k1", **killed | {"place": None}, best=30, claimant="sohr"))
    furnished.record("claims", **figure("dec", id="k2", **killed, best=5, claimant="reuters"))
    furnished.record("incidents", id="strike", title="Strike", place="hajin", claims=["k1"])
    here, of_strike = "killed,people,place:hajin", "killed,people,incident:strike"

    def everything() -> tuple[Any, Any, Any]:
        told = furnished.read("figures", topic=here)
        situation = furnished.read("situation", at="2018-10-05", place="hajin")
        pairs = furnished.read("disagreements", place="hajin", kind="possible")["items"]
        return told, situation, [([line["claim"] for line in one["lines"]], one["unsure"]) for one in pairs]

    told, situation, pairs = everything()
    assert [(group["verdict"], group["low"]) for group in told["picture"]["groups"]] == [("one_voice", 5)]
    assert told["unplaced"] == [of_strike]
    (brief,) = told["unplaced_in_brief"]
    assert [(group["verdict"], group["low"], group["incident"]) for group in brief["groups"]] == [
        ("one_voice", 30, "strike")
    ]
    assert told["names"]["incidents"]["strike"] == "Strike"
    (beside,) = situation["unplaced"]
    assert (beside["topic"], beside["place"], beside["comes_to"]["best"]) == (of_strike, "hajin", 30)
    assert here in [one["topic"] for one in situation["figures"]]
    assert of_strike not in [one["topic"] for one in situation["figures"]]
    assert [(sorted(claims), unsure) for claims, unsure in pairs] == [(["k1", "k2"], ["incident", "place"])]
    answer = furnished.http.get(
        f"{furnished.path}/situation", params={"at": "2018-10-05"}, headers={"accept": GEOJSON}
    ).json()
    (feature,) = [one for one in answer["features"] if one["id"] == "hajin"]
    assert feature["properties"]["unplaced"] == [beside]
    assert (feature["properties"]["killed_best"], feature["properties"]["killed_unplaced"]) == (5, 1)
    # Of a number of another measure, of another place, and of what holds no numbers of its own, it is told nothing.
    for topic in ("injured,people,place:hajin", "killed,people,place:deir-ez-zor", "killed,people", of_strike):
        told = furnished.read("figures", topic=topic)
        assert (told["unplaced"], told["unplaced_in_brief"]) == ([], []), topic
    # A change of the claim touches the incident, in which it may be of there.
    position = furnished.change("claims/k1/corrections", set={"best": 5}, reason="A slip")["position"]
    touches = furnished.read("corrections", after=position - 1)["items"][0]["touches"]
    assert touches["incidents"] == ["strike"]
    assert everything()[2] == []
    furnished.change("claims/k1/corrections", set={"place": "hajin"}, reason="So it is said")
    told, situation, _ = everything()
    assert (told["unplaced"], situation["unplaced"]) == ([], [])


def test_a_claim_of_two_incidents_counts_in_each(furnished: Dossier) -> None:
    killed = {"measure": "killed", "qualifier": "stated", "subject": None, "when": "2018-10-05"}
    furnished.record("claims", **figure("nov", id="k1", **killed, best=30, claimant="sohr"))
    furnished.record("claims", **figure("dec", id="k2", **killed, best=50, claimant="reuters"))
    furnished.record("incidents", id="m", title="A strike", claims=["k1", "k2"])
    furnished.read("incidents")
    told = furnished.record("incidents", id="another", title="Another", claims=["k1", "k2"])
    assert [(one["code"], one["field"]) for one in told["warnings"]] == [("several_incidents", "claims")] * 2
    assert told["warnings"][0]["message"].startswith("claim 'k1' tells of incident 'm' too, and counts in each.")
    of_m, of_place = "killed,people,place:hajin,incident:m", "killed,people,place:hajin"

    def group(topic: str) -> tuple[str, int, list[str]]:
        (one,) = furnished.read("figures", topic=topic)["picture"]["groups"]
        return one["verdict"], one["low"], [line["claim"] for line in one["lines"]]

    assert group(of_m) == ("disagree", 30, ["k1", "k2"])
    told = furnished.read("figures", topic=of_place)
    assert [one["incident"] for one in told["picture"]["groups"]] == ["another", "m"]
    assert (len(told["series"]), told["in_incidents"], told["claims"]["k1"]["incidents"]) == (2, 2, ["another", "m"])
    assert [(one["claims"], one["in_incidents"]) for one in furnished.read("figures", measure="killed")["items"]] == [
        (2, 2)
    ]
    (pair,) = furnished.read("disagreements")["items"]
    assert pair["topic"] == "killed,people,place:hajin,incident:another", "each pair once, in the first of them"
    counted = {one["id"]: one["counted"] for one in furnished.read("incidents", measure="killed")["items"]}
    assert [counted[one]["verdict"] for one in ("m", "another")] == ["disagree", "disagree"]
    furnished.change("incidents/another/unlinkings", claims=["k2"], reason="not of it")
    assert (group(of_m)[0], group("killed,people,place:hajin,incident:another")) == (
        "disagree",
        ("one_voice", 30, ["k1"]),
    )
    (pair,) = furnished.read("disagreements")["items"]
    assert pair["topic"] == of_m
    furnished.change("claims/k1/corrections", set={"best": 31}, reason="misread")
    (corrected,) = (one for one in furnished.read("corrections")["items"] if one["type"] == "claim.corrected")
    assert corrected["touches"]["incidents"] == ["another", "m"]
    furnished.change("incidents/m/merges", into="another", reason="one strike")
    assert group(of_m) == group("killed,people,place:hajin,incident:another") == ("disagree", 31, ["k1", "k2"])
    told = furnished.change("incidents/m/splits", reason="two after all")
    assert [(one["code"], one["message"].partition(" too,")[0]) for one in told["warnings"]] == [
        ("several_incidents", "claim 'k1' tells of incident 'another'")
    ], "k2 was unlinked from the other"


def test_answers_say_what_the_incidents_are_called_that_they_name(furnished: Dossier) -> None:
    killed = {"measure": "killed", "qualifier": "stated", "subject": None, "when": "2018-10-05"}
    furnished.record("claims", **figure("nov", id="k1", **killed, best=30, claimant="sohr"))
    furnished.record("claims", **figure("dec", id="k2", **killed, best=50, claimant="reuters"))
    furnished.record("incidents", id="m", title="A strike", claims=["k1", "k2"])
    furnished.record("incidents", id="n", title="A strike", claims=["k2"])
    furnished.record("incidents", id="not-named", title="Another")
    furnished.read("incidents")
    both = {"m": "A strike", "n": "A strike"}
    for below, query in (
        ("figures", {"topic": "killed,people,place:hajin"}),
        ("figures", {"topic": "killed,people,incident:m"}),
        ("situation", {"at": "2018-10-05"}),
        ("disagreements", {}),
        ("changes/findings", {"from.as_of": "11"}),
    ):
        names = furnished.read(below, **query)["names"]
        assert names["incidents"].items() <= (both | {"not-named": "Another"}).items(), (below, query)
        assert names["incidents"].items() >= both.items(), (below, query)
        assert names["apart"]["incidents"] == {"m": "m", "n": "n"}
        assert ("not-named" in names["incidents"]) == (below == "changes/findings"), "an item of it is new"
    furnished.change("incidents/n/merges", into="m", reason="one")
    assert furnished.read("figures", topic="killed,people,place:hajin")["names"]["incidents"] == {"m": "A strike"}
    merged = furnished.read("figures", topic="killed,people,incident:n")["names"]["incidents"]
    assert merged == both, "the one that was asked for, and what it goes on as"
    of_the_map = done(
        furnished.http.get(
            f"{furnished.path}/situation",
            params={"at": "2018-10-05", "min_position": furnished.position},
            headers={"Accept": GEOJSON},
        )
    )
    assert of_the_map["names"]["incidents"] == {"m": "A strike"}


def test_how_many_more_may_have_been_published(furnished: Dossier) -> None:
    furnished.record("reports", id="some-day", label="Some day in December", published="2018-12")
    furnished.record("claims", **figure("some-day", id="late", best=900))
    for asked, more in (
        ({"reported_by": "2018-12-10"}, 1),
        ({"reported_by": "2018-12-10", "certainty": "possible"}, 0),
        ({"reported_by": "2018-12-31"}, 0),
        ({}, 0),
    ):
        assert furnished.read("figures", topic=FIGHTERS, **asked)["possibly_published"] == more


def test_dates_of_one_happening_disagree(furnished: Dossier) -> None:
    begun = {"kind": "occurrence", "type": "ground_offensive", "place": "hajin", "actors": {"by": "sdf"}}
    furnished.record("claims", id="o1", report="nov", claimant="sohr", when="2018-11-01", **begun)
    furnished.record("claims", id="o2", report="dec", claimant="reuters", when="2018-11-14", **begun)
    (pair,) = furnished.read("disagreements", kind="dates")["items"]
    assert (pair["time"], pair["place"], [line["when"] for line in pair["lines"]]) == (
        "possible", "hajin", ["2018-11-01", "2018-11-14"],
    )  # fmt: skip
    furnished.record("incidents", id="offensive", title="The offensive", claims=["o1", "o2"])
    (pair,) = furnished.read("disagreements", kind="dates")["items"]
    assert pair["time"] == "certain"


def test_corrections_are_told_by_family_with_before_and_after(furnished: Dossier) -> None:
    furnished.record("claims", **figure("nov", id="c3", disputes=["c1"]))
    furnished.change("claims/c1/corrections", set={"best": 2500}, reason="misread")
    furnished.change("claims/c1/revisions", report="nov", set={"best": 1200}, reason="counted anew")
    furnished.change("claims/c1/grades", credibility=2, reason="two agree")
    furnished.change("reports/oct/withdrawals", report="dec", reason="taken down")
    told = [(one["type"], one["family"], one["reason"]) for one in furnished.read("corrections")["items"]]
    assert told == [
        ("claim.corrected", "record", "misread"),
        ("claim.revised", "source", "counted anew"),
        ("claim.graded", "judgement", "two agree"),
        ("report.withdrawn", "source", "taken down"),
    ]
    (corrected,) = furnished.read("corrections", family="record")["items"]
    assert corrected["changes"] == [{"field": "best", "before": 2000, "after": 2500, "statement": 1}]
    assert (corrected["kind"], corrected["id"], corrected["principal_name"]) == ("claim", "c1", "the desk")
    assert corrected["touches"] == {
        "claims": ["c1"], "topics": [FIGHTERS], "places": ["hajin"], "reports": ["oct"],
    }  # fmt: skip
    newest = furnished.read("corrections", order="newest")["items"]
    assert [one["type"] for one in newest] == [type_ for type_, *_ in reversed(told)]
    known = [one["type"] for one in furnished.read("corrections", reported_by="2018-11-30")["items"]]
    assert known == ["claim.corrected", "claim.revised", "claim.graded"], "nobody knew yet that it was taken down"
    assert len(furnished.read("corrections", after=corrected["position"])["items"]) == 3
    assert [one["id"] for one in furnished.read("corrections", kind="report")["items"]] == ["oct"]


def test_changes_tell_what_differs_and_which_events_made_it_so(furnished: Dossier) -> None:
    before = furnished.position
    furnished.change("claims/c1/corrections", set={"best": 2500}, reason="misread")
    furnished.record("claims", **figure("dec", id="c3"))
    furnished.change("claims/c2/retractions", **WHY)
    answer = furnished.read("changes", **{"from.as_of": before})
    assert (answer["from"]["position"], answer["to"]["position"]) == (before, furnished.position)
    items = {one["claim"]: one for one in answer["items"]}
    assert {id_: (one["what"], one["differs"]) for id_, one in items.items()} == {
        "c1": ("changed", ["best"]), "c2": ("disappeared", []), "c3": ("appeared", []),
    }  # fmt: skip
    assert [(each["type"], each["family"], each["reason"]) for each in items["c1"]["events"]] == [
        ("claim.corrected", "record", "misread")
    ]
    assert (items["c1"]["before"]["content"]["best"], items["c1"]["after"]["content"]["best"]) == (2000, 2500)
    turned = furnished.read("changes", **{"to.as_of": before})
    assert {one["claim"]: one["what"] for one in turned["items"]} == {
        "c1": "changed", "c2": "appeared", "c3": "disappeared",
    }  # fmt: skip
    by_report = furnished.read("changes", **{"from.reported_by": "2018-11-30", "to.reported_by": "2018-12-31"})
    assert [(one["claim"], one["what"], one["published"]) for one in by_report["items"]] == [
        ("c3", "appeared", ["dec"])
    ]
    assert [clock["certainty"] for clock in (by_report["from"], by_report["to"])] == ["certain"] * 2
    assert furnished.read("changes")["items"] == []


def test_what_is_found_differently_is_told_where_no_claim_differs(furnished: Dossier) -> None:
    """A party that changes sides, and a place that turns out to lie in an area, move answers and no claim."""

    def found(before: int) -> list[dict[str, Any]]:
        assert furnished.read("changes", **{"from.as_of": before})["items"] == []
        items: list[dict[str, Any]] = furnished.read("changes/findings", **{"from.as_of": before})["items"]
        return [one for one in items if one["question"] not in ("record", "item")]

    furnished.record("places", id="bridge", name="The bridge", kind="site")
    furnished.record("actors", id="unit", name="A unit", kind="militia")
    furnished.record("claims", **control("nov", id="h1", actor="unit", claimant="reuters", when="2018-11-10"))
    furnished.record("claims", **control("nov", id="h2", place="enclave", claimant="sohr", when="2018-11-10"))
    start = furnished.position
    assert found(start) == []
    furnished.change("actors/unit/corrections", set={"part_of": "is"}, **WHY)
    moved, disagreement = found(start)
    assert (moved["question"], moved["place"], moved["what"]) == ("control", "hajin", "changed")
    assert (moved["before"]["verdict"], moved["after"]["verdict"]) == ("order_unknown", "last_known")
    assert [(each["type"], each["reason"]) for each in moved["events"]] == [("actor.corrected", WHY["reason"])]
    assert (disagreement["question"], disagreement["what"]) == ("disagreements", "disappeared")
    assert [line["claim"] for line in disagreement["before"]["lines"]] == ["c2", "h1"]
    assert [each["type"] for each in disagreement["events"]] == ["actor.corrected"]
    start = furnished.position
    furnished.change("places/bridge/corrections", set={"areas": [{"area": "enclave"}]}, **WHY)
    (placed,) = found(start)
    assert (placed["place"], placed["what"], placed["before"]) == ("bridge", "appeared", None)
    assert placed["after"]["holders"] == ["is"]
    assert [each["type"] for each in placed["events"]] == ["place.corrected"]


def test_a_report_withdrawn_at_a_time_is_told_as_what_changed_its_claims(furnished: Dossier) -> None:
    furnished.change("reports/oct/withdrawals", when="2018-11-20", reason="taken down")
    answer = furnished.read("changes", **{"from.reported_by": "2018-11-19", "to.reported_by": "2018-11-20"})
    (item,) = answer["items"]
    assert (item["claim"], item["differs"]) == ("c1", ["standing", "withdrawn_when", "report"])
    assert (item["after"]["report"]["id"], item["after"]["withdrawn_when"]) == ("oct", "2018-11-20")
    read = furnished.read("figures", topic="fighters,people,subject:is,place:hajin")
    assert (read["claims"]["c1"]["report"], read["claims"]["c1"]["withdrawn_when"]) == ("oct", "2018-11-20")
    assert [each["type"] for each in item["events"]] == ["report.withdrawn"]
    # What the claim differs in then is what we said of its revision, not a withdrawal that never was.
    furnished.change("reports/oct/withdrawal-retractions", reason="it had moved")
    furnished.change("claims/c1/revisions", report="nov", set={"best": 3000})
    furnished.change("claims/c1/statement-retractions", statement=2, reason="of another town")
    furnished.change("claims/c1/revisions", report="nov", set={"best": 4000})
    turned = furnished.read("changes", **{"from.reported_by": "2018-11-10", "to.reported_by": "2018-11-30"})
    (item,) = [one for one in turned["items"] if one["claim"] == "c1"]
    assert [(each["type"], each["position"]) for each in item["events"]] == [("claim.revised", furnished.position)]


def test_what_is_dated_with_a_question_mark_was_certainly_so_at_no_time(furnished: Dossier) -> None:
    for id_, mark in (("sure", ""), ("unsure", "?"), ("both", "%")):
        furnished.record("claims", **control("nov", id=id_, place="syria", when=f"2018-12-01/2018-12-20{mark}"))
        furnished.record("incidents", id=id_, type="attack", title=id_, when=f"2018-12-10{mark}")
    then = {"place": "syria", "since": "2018-12-10", "until": "2018-12-11"}
    held = {one["id"]: one["holds"] for one in furnished.read("claims", **then)["items"] if one["id"] != "c2"}
    assert {name: held[name] for name in ("sure", "unsure", "both")} == {
        "sure": "certain", "unsure": "possible", "both": "possible",
    }  # fmt: skip
    assert furnished.ids("claims", holds="certain", **then) == ["sure"]
    del then["place"]
    assert furnished.ids("incidents", **then) == ["sure", "unsure", "both"]
    assert furnished.ids("incidents", holds="certain", **then) == ["sure"]


def test_a_hold_is_certain_in_the_list_of_claims_when_the_control_of_its_place_calls_it_so(furnished: Dossier) -> None:
    furnished.record("reports", id="day", label="Of a day", published="2018-12-20")
    dates = [
        "2018-12-01/2018-12-20", "2018-12-20", "2018-12-20/2018-12", "2018-12/2018-12-20", "2018-10/2018-12", "2018-12",
        "2018-12-10/2019-01-15", "2018-12-18/2019-01", "2018-12-01/..", "../2018-12-20", "2018-12-20T14:00:00Z",
        "2018-12-01/2018-12-20T14:00:00Z", "2018-12-24/2018-12-26",
    ]  # fmt: skip
    for index, date in enumerate(dates):
        furnished.record("places", id=f"town-{index}", name=f"Town {index}", kind="town")
        furnished.record("claims", **control("day", id=f"h{index}", place=f"town-{index}", when=date))
    told = set()
    for at in (
        "2018-12-01",
        "2018-12-18",
        "2018-12-19",
        "2018-12-20T10:00:00Z",
        "2018-12-20",
        "2018-12-21",
        "2018-12-25",
    ):
        certain = set(furnished.ids("claims", at=at, holds="certain"))
        held = {one["id"]: one["holds"] for one in furnished.read("claims", at=at)["items"]}
        for index, date in enumerate(dates):
            states = furnished.read(f"places/town-{index}/control", at=at)["picture"]["states"]
            state = states[0]["state"] if states else None
            told.add(state)
            assert (held.get(f"h{index}") == "certain", f"h{index}" in certain) == (state == "certain",) * 2, (date, at)
    assert {"certain", "possible", "last_known", None} <= told


def test_a_withdrawal_in_a_discredited_report_says_so(furnished: Dossier) -> None:
    furnished.change("claims/c1/withdrawals", report="dec", **WHY)
    assert furnished.read("claims/c1")["withdrawn_in"]["discredited_because"] is None
    furnished.change("reports/dec/discreditings", reason="A forgery")
    assert "withdrawn_in" not in furnished.read("claims/c1")
    furnished.change("reports/oct/discreditings", reason="Another")
    assert furnished.read("claims/c1")["withdrawn_in"]["discredited_because"] == "A forgery"
    read = furnished.read("figures", topic="fighters,people,subject:is,place:hajin")
    (aside,) = read["picture"]["set_aside"]
    taken_back_in = read["claims"][aside["claim"]]["withdrawn_in"]
    assert (aside["why"], read["names"]["reports"][taken_back_in]["discredited_because"]) == ("withdrawn", "A forgery")


def test_a_withdrawn_claim_stands_beside_the_report_that_said_it_on_every_path(furnished: Dossier) -> None:
    """The report that took it back never said so."""
    furnished.record("claims", **control("nov", id="w1", place="hajin", claimant="sohr", when="2018-11-15"))
    furnished.record("claims", **figure("nov", id="w2", claimant="reuters", when="2018-11"))
    furnished.change("claims/w2/relations", relation="disputes", to="c1")
    before = furnished.position
    for claim in ("c1", "w1", "w2"):
        furnished.change(f"claims/{claim}/withdrawals", report="dec", reason="not confirmed", changed_by="claimant")
    assert furnished.ids("claims", status="withdrawn", report="dec") == ["c1", "w1", "w2"]
    revised = furnished.record("claims", **figure("oct", id="w3", claimant="reuters", place="syria"))
    furnished.change(f"claims/{revised['id']}/revisions", report="nov", set={"best": 9})
    furnished.change("claims/w3/withdrawals", report="dec", reason="not confirmed", changed_by="claimant")
    assert furnished.read("claims/w3")["report"]["id"] == "nov", "the report that last said it"
    said_in = {"c1": "oct", "w1": "nov", "w2": "nov"}
    for claim, report in said_in.items():
        item = furnished.read(f"claims/{claim}")
        assert (item["report"]["id"], item["report"]["withdrawn"]) == (report, False)
        assert (item["withdrawn_in"]["id"], item["withdrawn_in"]["published"]) == ("dec", "2018-12")
    answers = {
        "figures": furnished.read("figures", topic="fighters,people,subject:is,place:hajin"),
        "control": furnished.read("places/hajin/control"),
        "situation": furnished.read("situation", at="2018-11-15"),
        "map": geojson(furnished, at="2018-11-15").json(),
        "disagreements": furnished.read("disagreements"),
    }
    seen = set()
    for name, answer in answers.items():
        for claim in said_in.keys() & answer["claims"].keys():
            seen.add((name, claim))
            told = answer["claims"][claim]
            assert (told["report"], told["withdrawn_in"]) == (said_in[claim], "dec"), (name, claim)
            assert {said_in[claim], "dec"} <= answer["names"]["reports"].keys(), name
    assert seen >= {("figures", "c1"), ("figures", "w2"), ("control", "w1"), ("situation", "w1"), ("map", "w1")}
    changed = {item["claim"]: item for item in furnished.read("changes", **{"from.as_of": str(before)})["items"]}
    assert {claim: changed[claim]["differs"] for claim in said_in} == {
        claim: ["standing", "statement", "changed", "withdrawn_in"] for claim in said_in
    }
    # What is retracted, restored or graded after that was said in the report that said it.
    furnished.change("claims/c1/retractions", reason="another town")
    (told,) = [item for item in furnished.read("corrections.json")["items"] if "We take that back" in str(item)]
    assert "We had recorded, from “October” (Reuters, 15 October 2018): " in told["content_text"]


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ({"from.as_of": "999"}, "not_in_the_past", "/from.as_of"),
        ({"to.as_of": "999"}, "not_in_the_past", "/to.as_of"),
        ({"from.reported_by": "soon"}, "not_edtf", "/from.reported_by"),
        ({"to.at": "2018-13"}, "not_edtf", "/to.at"),
        ({"as_of": "1"}, "unknown_parameter", None),
    ],
)
def test_a_picture_that_cannot_be_is_refused_by_its_own_clock(
    asked: Dossier, query: dict[str, str], code: str, pointer: str | None
) -> None:
    assert_problem(asked.get("changes", **query), 422, code, pointer)


def test_the_record_of_a_source_counts_what_became_of_its_words(furnished: Dossier) -> None:
    for id_ in ("r1", "r2", "r3", "r4"):
        furnished.record("claims", **figure("oct", id=id_, claimant="reuters", best=int(id_[1])))
    furnished.change("claims/r1/revisions", report="nov", set={"best": 9})
    furnished.change("claims/r2/withdrawals", report="nov", reason="taken back")
    furnished.change("claims/r3/corrections", set={"best": 30}, **WHY)
    furnished.change("claims/r4/revisions", report="nov", set={"best": 8})
    furnished.change("claims/r4/retractions", **WHY)
    furnished.change("claims/r3/grades", credibility=2, **WHY)
    furnished.change("claims/c2/relations", relation="disputes", to="r3")
    record = furnished.read("sources/reuters/record")
    assert record["claims"] == {"total": 4, "stands": 2, "withdrawn": 1, "withdrawn_by_others": 0, "retracted": 1}
    told = ("revised", "without_notice", "corrected", "disputed", "disputes", "reports")
    assert {name: record[name] for name in told} == {
        "revised": 1, "without_notice": 0, "corrected": 1, "disputed": 1, "disputes": 0, "reports": 1,
    }  # fmt: skip
    assert record["graded"] == {"2": 1, "none": 2}
    assert (record["first"][:10], record["last"][:10]) == ("2018-10-15", "2018-11-15")
    # What is revised and then taken back came out when it came out, and was revised.
    furnished.change("claims/r1/withdrawals", report="dec", reason="taken back", without_notice=True)
    record = furnished.read("sources/reuters/record")
    assert (record["claims"]["withdrawn"], record["revised"], record["without_notice"]) == (2, 1, 1)
    assert (record["first"][:10], record["last"][:10]) == ("2018-10-15", "2018-11-15")
    early = furnished.read("sources/reuters/record", reported_by="2018-10-31")
    assert (early["claims"]["stands"], early["revised"]) == (3, 0)
    assert furnished.read("sources/reuters/record", reported_by="2018-10-14")["reports"] == 0


def test_a_record_charges_nobody_with_what_another_took_back(furnished: Dossier) -> None:
    said = {"claimant": "sohr", "place": "syria"}
    for id_ in ("r1", "r2", "r3", "r4", "r5", "r6"):
        furnished.record("claims", **figure("oct", id=id_, best=int(id_[1]), group=f"group-{id_}", **said))
    furnished.record("claims", **figure("oct", id="own", claimant="reuters", best=9, place="syria", group="own"))
    for id_, by in (("r1", "relay"), ("r2", "publisher"), ("r3", "claimant"), ("own", "publisher")):
        furnished.change(f"claims/{id_}/revisions", report="nov", set={"best": 90}, changed_by=by)
    for id_, by in (("r4", "relay"), ("r5", "publisher")):
        furnished.change(f"claims/{id_}/withdrawals", report="nov", changed_by=by, without_notice=True, **WHY)
    furnished.change("claims/r6/withdrawals", report="nov", **WHY)
    told = ("revised", "revised_by_others", "without_notice", "reports_withdrawn")
    record = furnished.read("sources/sohr/record")
    assert record["claims"] == {
        "total": 7, "stands": 4, "withdrawn": 1, "withdrawn_by_others": 2, "retracted": 0,
    }  # fmt: skip
    assert [record[name] for name in told] == [1, 2, 0, 0]
    # Who publishes its own word and changes it as its publisher has changed its word.
    record = furnished.read("sources/reuters/record")
    assert (record["claims"]["withdrawn_by_others"], [record[name] for name in told]) == (0, [1, 0, 0, 0])


def test_a_report_that_was_withdrawn_is_on_the_record_of_its_publisher(furnished: Dossier) -> None:
    furnished.record("claims", **figure("oct", id="r1", claimant="sohr", group="women"))
    furnished.record("claims", **figure("oct", id="r2", claimant="reuters", group="children"))
    furnished.change("reports/oct/withdrawals", report="dec", reason="Legal threat")
    sohr, reuters = (furnished.read(f"sources/{source}/record") for source in ("sohr", "reuters"))
    assert (sohr["claims"]["withdrawn"], sohr["claims"]["withdrawn_by_others"]) == (0, 1)
    assert (reuters["claims"]["withdrawn"], reuters["claims"]["withdrawn_by_others"]) == (1, 0)
    assert [(each["reports"], each["reports_withdrawn"]) for each in (sohr, reuters)] == [(0, 0), (1, 1)]
    before = furnished.read("sources/reuters/record", reported_by="2018-12-30")
    assert (before["reports"], before["reports_withdrawn"]) == (1, 0)


@pytest.mark.parametrize("forged", ["withdrawals", "revisions"])
def test_what_a_publisher_takes_back_was_not_taken_back_by_a_forged_report(furnished: Dossier, forged: str) -> None:
    furnished.record("reports", id="early", label="Early", published="2018-10-02")
    furnished.record("claims", **figure("early", id="c9", claimant="sohr", group="women", best=10))
    before = furnished.read("sources/sohr/record")["claims"]
    set_: dict[str, Any] = {"set": {"best": 99}} if forged == "revisions" else {}
    furnished.change(f"claims/c9/{forged}", report="dec", **set_, **BY_ITSELF)
    furnished.change("reports/dec/discreditings", reason="forged")
    assert furnished.read("sources/sohr/record")["claims"] == before
    furnished.change("reports/early/withdrawals", when="2019-06", reason="its publisher took it off its site")
    after = furnished.read("sources/sohr/record")["claims"]
    assert (after["withdrawn"], after["withdrawn_by_others"]) == (0, 1)
    claim = furnished.read("claims/c9")
    assert (claim["status"], claim["content"]["best"], claim["report"]["id"]) == ("withdrawn", 10, "early")
    assert claim["withdrawn_when"] == "2019-06"
    assert "withdrawn_in" not in claim
    # It stood until then.
    assert furnished.read("claims/c9", reported_by="2019-01")["status"] == "stands"


def test_a_forged_revision_is_not_on_the_record_of_whom_it_was_forged_of(furnished: Dossier) -> None:
    for id_ in ("r1", "r2"):
        furnished.record("claims", **figure("oct", id=id_, claimant="sohr", group=id_))
    furnished.change("claims/r1/revisions", report="nov", set={"best": 90})
    furnished.change("claims/r2/withdrawals", report="nov", reason="gone", without_notice=True)
    told = ("revised", "without_notice")
    record = furnished.read("sources/sohr/record")
    assert [record[name] for name in told] == [1, 1]
    furnished.change("reports/nov/discreditings", reason="forged")
    record = furnished.read("sources/sohr/record")
    assert ([record[name] for name in told], record["claims"]["stands"]) == ([0, 0], 3)


def test_a_retracted_statement_is_of_the_family_of_what_it_was_and_not_of_its_claim(furnished: Dossier) -> None:
    furnished.record("claims", **figure("oct", id="r1", claimant="sohr", group="women"))
    revised = furnished.change("claims/r1/revisions", report="nov", set={"best": 90})["position"]
    first = furnished.change("claims/r1/statement-retractions", statement=1, **WHY)["position"]

    def positions() -> list[int]:
        listed = furnished.read("corrections", family="source")["items"]
        return [each["position"] for each in listed]

    assert positions() == [revised]
    furnished.change("claims/r1/statement-reinstatements", statement=1, **WHY)
    second = furnished.change("claims/r1/statement-retractions", statement=2, **WHY)["position"]
    assert (first in positions(), positions()) == (False, [revised, second])


def every_page(dossier: Dossier, below: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    page = dossier.read(below, **query)
    yield page
    while page["next"]:
        page = dossier.read(below, **query, cursor=page["next"])
        yield page


@pytest.mark.parametrize(
    ("below", "query"),
    [
        ("figures", {}),
        ("disagreements", {}),
        ("corrections", {}),
        ("corrections", {"order": "newest"}),
        ("changes", {"from.as_of": "20", "to.reported_by": "2018-12-31"}),
    ],
)
def test_pages_stay_at_the_position_of_the_first_while_writing_goes_on(
    furnished: Dossier, below: str, query: dict[str, str]
) -> None:
    lines: list[dict[str, Any]] = []
    for number in range(12):
        place = f"p{number:02}"
        lines.append({"command": "register_place", "id": place, "name": place, "kind": "town"})
        lines += [
            {"command": "record_claim", "id": f"{place}-{claimant}", **figure("oct", place=place, **said)}
            for claimant, said in (("sohr", {"claimant": "sohr"}), ("reuters", {"claimant": "reuters", "best": 9000}))
        ]
        lines.append({"command": "correct_claim", "id": f"{place}-sohr", "set": {"best": 100 + number}, **WHY})
    done(furnished.batch(lines))
    (whole,) = every_page(furnished, below, {**query, "limit": 1000})
    stop, writer = Event(), Dossier(furnished.http, furnished.id)

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            writer.change(f"claims/p{number % 12:02}-reuters/corrections", set={"best": 20_000 + number}, **WHY)
            writer.record("claims", **figure("nov", place=f"p{number % 12:02}", best=number))

    pages = every_page(furnished, below, {**query, "limit": 5})
    first = next(pages)
    items = list(first["items"])
    writing = Thread(target=write)
    writing.start()
    try:
        for page in pages:
            assert page.get("position", page.get("to")) == first.get("position", first.get("to"))
            items += page["items"]
    finally:
        stop.set()
        writing.join()
    assert items == whole["items"]
    assert len(items) >= 12


@pytest.mark.parametrize("below", ["figures", "disagreements", "corrections", "changes"])
@pytest.mark.parametrize(
    "after",
    ["5", '["x"]', '["figures"]', '["control",5]', '{"a":1}', "null", '[1,["events"]]', '["flow","\\u0000","x"]'],
)
def test_a_cursor_of_another_list_is_refused(asked: Dossier, below: str, after: str) -> None:
    question = blake2b(f"{API}{asked.path}/{below}?[]".encode(), digest_size=6).hexdigest()
    cursor = base64.urlsafe_b64encode(f'[{asked.position},"{question}",{after}]'.encode()).decode().rstrip("=")
    answer = asked.http.get(f"{asked.path}/{below}", params={"cursor": cursor})
    if (below, after) == ("corrections", "5"):
        # The form is that of its own.
        assert answer.is_success, answer.text
    else:
        assert_problem(answer, 400, "bad_cursor", "/cursor")


def test_the_contract_holds_for_every_question(asked: Dossier, installation: Running) -> None:
    """Each answers with what it is documented to take, by a type that is documented."""
    paths = done(httpx.get(installation.url + "/openapi.json"))["paths"]
    given: dict[str, Any] = {
        "at": "2018-12-17", "reported_by": "2018-12-31", "certainty": "possible", "as_of": str(asked.position),
        "min_position": 1, "limit": 3, "place": "hajin", "family": "record", "kind": "claim", "id": "c1", "after": 2,
        "order": "newest", "measure": "killed", "unit": "people", "subject": "is", "claim": "c1", "grade": "fair",
        "moved": "true",
    }  # fmt: skip
    answered = []
    for path, operations in paths.items():
        operation = operations.get("get", {})
        if "ask" not in operation.get("tags", []):
            continue
        known = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
        query = {name: given[name.rpartition(".")[2]] for name in known if name.rpartition(".")[2] in given}
        if path.endswith("disagreements"):
            query["kind"] = "control"
        if path.endswith("situation"):
            # Of a map alone.
            query = {name: value for name, value in query.items() if name not in ("measure", "unit")}
        address = path.replace("{dossier}", asked.id).replace("{id}", "sohr" if "sources" in path else "hajin")
        address = address.replace("{position}", str(asked.read("corrections")["items"][0]["position"]))
        answer = asked.http.get(installation.url + address, params=query)
        done(answer)
        documented = operation["responses"]["200"]["content"]
        assert answer.headers["content-type"] in documented, path
        if path.endswith("situation"):
            assert GEOJSON in documented
        answered.append(path.rpartition("/")[2])
    assert sorted(answered) == [
        "changes", "control", "corrections", "disagreements", "figures", "findings", "record", "rules", "situation",
        "{position}",
    ]  # fmt: skip
