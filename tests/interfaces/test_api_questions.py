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
    if below == "incidents":
        clocks = {}
    elif below.endswith("record"):
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
        ("figures", {"topic": FIGHTERS}, ["words@1", "latest-per-claimant@1"]),
        ("figures", {"topic": FIGHTERS, "rule": "widest-range@1"}, ["words@1", "widest-range@1"]),
        ("figures", {"rule": "sum-of-edition@1", "measure": "killed"}, ["words@1", "sum-of-edition@1"]),
        ("situation", {}, ["control-from-snapshots@2", "words@1", "latest-per-claimant@1"]),
        ("situation", {"rule": "widest-range@1"}, ["control-from-snapshots@2", "words@1", "widest-range@1"]),
        (
            "situation",
            {"control_rule": "control-from-snapshots@1"},
            ["control-from-snapshots@1", "words@1", "latest-per-claimant@1"],
        ),
        ("disagreements", {}, ["words@1", "cannot-all-be-right@1", "control-from-snapshots@2"]),
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
        ("rumours,people", "is no measure"),
        ("fighters,km2", "fighters is counted in people"),
        ("fighters,people,colour:red", "is no part of a topic"),
        ("fighters,people,subject", "is no part of a topic"),
        ("fighters", "fighters is counted in people"),
        ("", "is no measure"),
    ],
)
def test_what_is_no_topic_is_refused_with_the_way_out(asked: Dossier, topic: str, way_out: str) -> None:
    told = assert_problem(asked.get("figures", topic=topic), 422, "not_a_topic", "/topic")
    assert way_out in told["detail"]
    assert "fighters,people,subject:is,place:hajin-enclave" in told["detail"]


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
    assert [one["topic"] for one in elsewhere["figures"]] == ["killed,people,subject:is,incident:i3"]


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
        ("declared", ["f2", "c1"]),
    ]
    assert (items[0]["topic"], items[0]["time"], items[0]["declared"]) == (FIGHTERS, "possible", True)
    assert [(line["actor"], line["voice"]["claimant"]) for line in items[1]["lines"]] == [
        ("is", "sohr"),
        ("sdf", "reuters"),
    ]
    assert [one["kind"] for one in furnished.read("disagreements", at="2018-11-12")["items"]] == ["figures", "declared"]
    assert [one["kind"] for one in furnished.read("disagreements", kind="control")["items"]] == ["control"]
    assert furnished.read("disagreements", place="deir-ez-zor")["items"] == items
    furnished.change("claims/f2/withdrawals", report="dec", reason="taken back")
    assert [one["kind"] for one in furnished.read("disagreements")["items"]] == ["control"]
    assert len(furnished.read("disagreements", reported_by="2018-12-30")["items"]) == 2


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


def test_a_report_withdrawn_at_a_time_is_told_as_what_changed_its_claims(furnished: Dossier) -> None:
    furnished.change("reports/oct/withdrawals", when="2018-11-20", reason="taken down")
    answer = furnished.read("changes", **{"from.reported_by": "2018-11-19", "to.reported_by": "2018-11-20"})
    (item,) = answer["items"]
    assert (item["claim"], item["differs"]) == ("c1", ["status", "report"])
    assert [each["type"] for each in item["events"]] == ["report.withdrawn"]


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ({"from.as_of": "999"}, "not_in_the_past", "/from_as_of"),
        ({"to.as_of": "999"}, "not_in_the_past", "/to_as_of"),
        ({"from.reported_by": "soon"}, "not_edtf", "/from_reported_by"),
        ({"to.at": "2018-13"}, "not_edtf", "/to_at"),
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
    assert record["claims"] == {"total": 4, "stands": 2, "withdrawn": 1, "retracted": 1}
    told = ("revised", "without_notice", "corrected", "disputed", "disputes", "reports")
    assert {name: record[name] for name in told} == {
        "revised": 1, "without_notice": 0, "corrected": 1, "disputed": 1, "disputes": 0, "reports": 1,
    }  # fmt: skip
    assert record["graded"] == {"2": 1, "none": 2}
    assert (record["first"][:10], record["last"][:10]) == ("2018-10-15", "2018-11-15")
    early = furnished.read("sources/reuters/record", reported_by="2018-10-31")
    assert (early["claims"]["stands"], early["revised"]) == (3, 0)
    assert furnished.read("sources/reuters/record", reported_by="2018-10-14")["reports"] == 0


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
        "changes", "control", "corrections", "disagreements", "figures", "record", "rules", "situation", "{position}",
    ]  # fmt: skip
