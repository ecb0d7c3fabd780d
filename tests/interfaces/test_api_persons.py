"""The register of persons through HTTP: who is on it, on whose word, by any clocks, and all that is done to one."""

import re
from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, assert_problem, done, figure

P1, P2, P3, P4 = (f"per-{nth:016x}" for nth in (1, 2, 3, 4))


def killed(**fields: Any) -> dict[str, Any]:
    return {"fate": "killed", "incident": "i1"} | fields


@pytest.fixture
def listed(furnished: Dossier) -> Dossier:
    """Three persons of one incident, of whom October names one, November another, and no report the third."""
    furnished.record("claims", id="n1", **figure("nov", best=3, when="2018-11"))
    furnished.record("incidents", id="i1", title="A strike", place="hajin", when="2018-10-10", claims=["c1"])
    furnished.record(
        "persons", id=P1, name="A", names={"ar": "أ"}, age=40, sex="female", claims=["c1"],
        civilian_status={"status": "civilian", "claim": "n1"}, fates=killed(when="2018-10-10"),
    )  # fmt: skip
    furnished.record("persons", id=P2, age_high=17, claims="n1", fates=[{"fate": "held", "place": "syria"}, killed()])
    furnished.record("persons", id=P3, name="C", fates={"fate": "missing", "incident": "i1"})
    return furnished


def known(dossier: Dossier, **query: Any) -> dict[str, Any]:
    return {item["id"]: item["known"] for item in dossier.read("persons", **query)["items"]}


def test_a_person_shows_what_was_said_and_who_names_them(listed: Dossier) -> None:
    answer = listed.get(f"persons/{P1}")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "etag": answer.headers["etag"].strip('"').partition("-")[0], "position": listed.position, "id": P1,
        "name": "A", "names": {"ar": "أ"}, "age": 40, "age_low": None, "age_high": None, "sex": "female",
        "civilian_status": [{"status": "civilian", "source": None, "claim": "n1"}],
        "fates": [{"fate": "killed", "incident": "i1", "place": None, "when": "2018-10-10", "claim": None}],
        "note": None, "claims": ["c1"], "merged": [], "merged_into": None, "survivor": P1, "retracted_because": None,
        "version": 2, "recorded_position": answer.json()["recorded_position"],
    }  # fmt: skip
    assert_problem(listed.get(f"persons/{P4}"), 404, "no_such_item", None)
    assert_problem(listed.get(f"persons/{P1}", as_of="3"), 404, "no_such_item", None)


def test_the_server_makes_ids_that_say_nothing(listed: Dossier) -> None:
    made = listed.record("persons", name="Somebody")["id"]
    assert re.fullmatch(r"per-[0-9a-f]{32}", made)
    answers = [listed.post("persons", {"name": "D"}, **{"Idempotency-Key": "7f1c"}).json() for _ in range(2)]
    assert answers[0]["id"] == answers[1]["id"] and re.fullmatch(r"per-[0-9a-f]{32}", answers[0]["id"])
    assert answers[1]["repeated"]
    assert_problem(listed.post("persons", {"id": "ahmad", "name": "Ahmad"}), 422, "person_id_not_opaque", "/id")


def test_who_is_listed_by_incident_place_fate_and_claim(listed: Dossier) -> None:
    assert [*known(listed)] == [P1, P2, P3]
    assert [*known(listed, incident="i1")] == [P1, P2, P3]
    assert [*known(listed, incident="i1", fate="killed")] == [P1, P2]
    assert [*known(listed, fate="missing")] == [P3]
    assert [*known(listed, place="hajin")] == [*known(listed, place="syria")] == [P1, P2, P3]
    assert known(listed, place="hajin")[P2]["fate"] == known(listed, place="syria")[P2]["fate"] == "killed"
    assert [*known(listed, claim="n1")] == [P2]
    assert_problem(listed.get("persons", incident="i9"), 422, "unknown_reference", None)
    assert_problem(listed.get("persons", place="nowhere"), 422, "unknown_reference", None)
    pages = [listed.read("persons", limit=2)]
    pages.append(listed.read("persons", limit=2, cursor=pages[0]["next"]))
    assert [[item["id"] for item in page["items"]] for page in pages] == [[P1, P2], [P3]]
    assert pages[1]["next"] is None


def test_a_place_that_moved_is_inside_at_the_time_of_what_is_told(furnished: Dossier) -> None:
    """Of persons, incidents, disagreements and topics alike, as of claims."""
    within = [{"place": "old", "when": "../2014"}, {"place": "new", "when": "2015/.."}]
    for id_, fields in (("old", {}), ("new", {}), ("moved", {"within": within})):
        furnished.record("places", id=id_, name=id_, kind="town" if fields else "adm1", **fields)
    for year, person in (("2013", P1), ("2016", P2)):
        for nth, best in enumerate((5, 900)):
            said = figure(("oct", "nov")[nth], measure="killed", best=best, when=year, place="moved", subject=None)
            furnished.record("claims", id=f"n{year}-{nth}", **said)
        incident = f"i{year}"
        furnished.record("incidents", id=incident, title=year, place="moved", when=year, claims=[f"n{year}-0"])
        furnished.record("persons", id=person, fates={"fate": "killed", "incident": incident})

    def told(place: str, **at: str) -> list[Any]:
        disputed = furnished.read("disagreements", place=place, **at)["items"]
        topics = [(item["topic"], item["claims"]) for item in furnished.read("figures", place=place, **at)["items"]]
        return [
            [*known(furnished, place=place, **at)],
            [min(line["claim"] for line in item["lines"]) for item in disputed],
            topics,
        ]

    number = "killed,people,place:moved"
    assert told("old") == [[P1], ["n2013-0"], [(number, 2)]]
    assert told("new") == [[P2], ["n2016-0"], [(number, 2)]]
    assert told("moved") == [[P1, P2], ["n2013-0", "n2016-0"], [(number, 4)]]
    assert [furnished.ids("incidents", place=place) for place in ("old", "new")] == [["i2013"], ["i2016"]]
    # In a picture of a moment a place is inside what it lay in at that moment.
    assert told("new", at="2017")[0] == [P1, P2]
    assert told("old", at="2017")[:2] == [[], []]


def test_by_a_cut_off_those_are_listed_whom_a_report_named(listed: Dossier) -> None:
    assert {id_: one["named_by"] for id_, one in known(listed).items()} == {P1: ["c1"], P2: ["n1"], P3: []}
    october = known(listed, reported_by="2018-10-31")
    assert [*october] == [P1]
    assert october[P1]["civilian"] == "unknown"
    november = known(listed, reported_by="2018-11-30")
    assert [*november] == [P1, P2]
    assert november[P1]["civilian"] == "yes"
    listed.change("claims/n1/retractions", **WHY)
    assert [*known(listed, reported_by="2018-11-30")] == [P1]
    assert known(listed)[P1]["civilian"] == "unknown"


def test_at_lists_those_whom_it_may_have_befallen_by_then(listed: Dossier) -> None:
    listed.change(f"persons/{P3}/fates", fate="killed", incident="i1", when="2019-02")
    # Whoever was in the incident without a time of their own was there when it was.
    assert [*known(listed, at="2018-10-09", incident="i1")] == []
    assert known(listed, at="2018-10-09")[P2]["fate"] == "held"
    then = known(listed, at="2018-10-10", incident="i1")
    assert {id_: [one["when_of_incident"] for one in each["fates"]] for id_, each in then.items()} == {
        P1: [None], P2: ["2018-10-10"], P3: ["2018-10-10"],
    }  # fmt: skip
    assert known(listed, at="2019-01-31")[P3]["fate"] == "missing"
    by_then = known(listed, at="2019-02-01")[P3]
    assert (by_then["fate"], by_then["or_else"], by_then["holds"]) == ("missing", ["killed"], "certain")
    assert known(listed, at="2019-02-28")[P3]["fate"] == "killed"


def test_at_it_is_told_whether_it_certainly_had_befallen_them(furnished: Dossier) -> None:
    furnished.record("incidents", id="i1", title="A strike", when="2018-10")
    fates = [{"fate": "held", "when": "2018-10-10"}, {"fate": "killed", "when": "2018-10", "incident": "i1"}]
    furnished.record("persons", id=P1, fates=fates)
    furnished.record("persons", id=P2, fates=killed())
    assert "holds" not in known(furnished)[P1]
    assert P1 not in known(furnished, at="2018-10-04")
    that_day = known(furnished, at="2018-10-10")
    told = {id_: (each["fate"], each["or_else"], each["holds"]) for id_, each in that_day.items()}
    assert told == {P1: ("held", ["killed"], "certain"), P2: ("killed", [], "possible")}
    for day in ("2018-10-04", "2018-10-10"):
        assert [*known(furnished, at=day, fate="killed")] == [P2]
    counts = [
        [(one["persons"], one["in_doubt"], one["possible"]) for one in count(furnished, at=at)["fates"]]
        for at in ("2018-10-04", "2018-10-10", "2018-10-31")
    ]
    assert counts == [[(1, 0, 1)], [(2, 0, 2)], [(2, 0, 0)]]


def test_when_an_incident_was_is_when_those_in_it_were_and_a_correction_of_that_is_told(listed: Dossier) -> None:
    before = listed.position
    listed.record("incidents", id="i2", title="The same strike")
    listed.change(f"persons/{P3}/fates", fate="killed", incident="i2")
    # Who went missing on the 10th was not killed before, and at any time after it.
    assert known(listed, at="2018-10-01", incident="i2") == {}
    assert known(listed, at="2018-10-10", incident="i2")[P3]["holds"] == "undated"
    listed.change("incidents/i2/merges", into="i1", reason="one strike")
    assert known(listed, at="2018-10-10", incident="i2")[P3]["fates"][0]["when_of_incident"] == "2018-10-10"
    assert known(listed, at="2018-10-01", incident="i2") == {}
    listed.change("incidents/i1/descriptions", set={"when": "2018-09-30"}, reason="misread")
    assert [*known(listed, at="2018-10-01", incident="i1")] == [P2, P3]
    touched = listed.read("corrections", after=before)["items"][-1]["touches"]
    assert touched == {"persons": [P1, P2, P3], "incidents": ["i1", "i2"]}
    asked = {"to.at": "2018-10-01", "from.at": "2018-10-01", "from.as_of": listed.position - 1}
    moved = listed.read("changes/findings", **asked)["items"]
    told = {(one["question"], one.get(one["question"])): len(one["events"]) for one in moved}
    assert {each: told[each] for each in told if each[0] in ("person", "incident")} == {
        ("person", P2): 1, ("person", P3): 1, ("incident", "i1"): 1, ("incident", "i2"): 1,
    }  # fmt: skip


def test_two_who_prove_to_be_one_count_once_and_every_id_answers(listed: Dossier) -> None:
    before = listed.position
    listed.change(f"persons/{P2}/merges", into=P1, reason="the same day of birth")
    assert [*known(listed, incident="i1")] == [P1, P3]
    assert [*known(listed, claim="n1")] == [P1]
    one, other = listed.read(f"persons/{P1}"), listed.read(f"persons/{P2}")
    assert (one["claims"], one["merged"], one["survivor"]) == (["c1", "n1"], [P2], P1)
    assert (other["merged_into"], other["survivor"], other["claims"]) == (P1, P1, ["n1"])
    assert [*known(listed, as_of=str(before))] == [P1, P2, P3]
    assert_problem(listed.post(f"persons/{P1}/merges", {"into": P2, **WHY}, **{"If-Match": "*"}), 422,
                   "person_merged_into_itself", "/into")  # fmt: skip
    assert_problem(listed.post(f"persons/{P2}/merges", {"into": P3, **WHY}, **{"If-Match": "*"}), 409,
                   "person_already_merged", None)  # fmt: skip
    listed.change(f"persons/{P2}/splits", reason="brothers")
    assert [*known(listed)] == [P1, P2, P3]


def test_a_merge_loses_no_death_and_what_is_told_after_one_is_warned_of(listed: Dossier) -> None:
    listed.change(f"persons/{P2}/merges", into=P3, reason="the same")
    assert [(each["fate"], each["persons"]) for each in count(listed)["fates"]] == [("killed", 2)]
    seen = listed.change(f"persons/{P1}/fates", fate="held", when="2019-02")
    assert [(one["code"], one["field"]) for one in seen["warnings"]] == [("alive_after_death", "fates")]
    assert (known(listed)[P1]["fate"], known(listed)[P1]["or_else"]) == ("killed", ["held"])


def test_who_was_retracted_is_not_listed_until_reinstated(listed: Dossier) -> None:
    listed.change(f"persons/{P2}/merges", into=P3, reason="the same")
    listed.change(f"persons/{P3}/retractions", reason="nobody")
    # Nobody is merged into who was retracted.
    assert [*known(listed)] == [P1, P2]
    assert listed.read(f"persons/{P3}")["retracted_because"] == "nobody"
    assert (listed.read(f"persons/{P2}")["survivor"], listed.read(f"persons/{P3}")["merged"]) == (P2, [])
    listed.change(f"persons/{P3}/reinstatements", reason="somebody")
    assert [*known(listed)] == [P1, P3]


def test_an_incident_that_takes_in_another_has_the_persons_of_both(listed: Dossier) -> None:
    listed.record("incidents", id="i2", title="The same strike")
    listed.record("persons", id=P4, fates={"fate": "injured", "incident": "i2"})
    listed.change("incidents/i2/merges", into="i1", reason="the same")
    assert [*known(listed, incident="i1")] == [P1, P2, P3, P4]
    assert [*known(listed, incident="i2")] == [P4]


def test_an_incident_without_a_place_was_where_the_one_was_that_it_is_merged_into(listed: Dossier) -> None:
    listed.record("incidents", id="again", title="The same strike, reported again")
    listed.record("persons", id="per-0000000000000009", fates=[{"fate": "killed", "incident": "again"}])
    listed.change("incidents/again/merges", into="i1", **WHY)
    there = {*known(listed, place="hajin")}
    assert "per-0000000000000009" in there
    assert there == {*known(listed, incident="i1")}
    listed.change("incidents/i1/descriptions", set={"place": "enclave"}, **WHY)
    assert "per-0000000000000009" in {*known(listed, place="enclave")}
    listed.change("incidents/again/splits", **WHY)
    assert "per-0000000000000009" not in {*known(listed, place="syria")}


def test_all_that_is_done_to_a_person_has_its_reason_and_is_told(listed: Dossier) -> None:
    listed.change(f"persons/{P1}/corrections", set={"age": 41, "fates": [killed(place="hajin")]}, reason="misread")
    listed.change(f"persons/{P1}/links", claims=["n1"], reason="page 2")
    listed.change(f"persons/{P1}/unlinkings", claims=["n1"], reason="another A")
    listed.change(f"persons/{P1}/merges", into=P2, reason="the same")
    listed.change(f"persons/{P1}/splits", reason="brothers")
    listed.change(f"persons/{P1}/retractions", reason="nobody")
    listed.change(f"persons/{P1}/reinstatements", reason="somebody")
    told = listed.read(f"persons/{P1}/history")["items"]
    assert [entry["reason"] for entry in told[2:]] == [
        "misread", "page 2", "another A", "the same", "brothers", "nobody", "somebody",
    ]  # fmt: skip
    assert {"field": "age", "before": 40, "after": 41} in told[2]["changes"]
    found = listed.read("corrections", kind="person")["items"]
    assert [item["type"].partition(".")[2] for item in found] == [
        "corrected", "linked", "unlinked", "merged", "split", "retracted", "reinstated",
    ]  # fmt: skip
    assert found[0]["touches"] == {"persons": [P1], "incidents": ["i1"], "places": ["hajin"], "claims": ["c1"]}
    texts = [done(listed.http.get(f"{listed.path}/corrections/{item['position']}")) for item in found]
    assert (
        "Fates: was killed in incident “A strike”, 2018-10-10, is killed in incident “A strike” at Hajin."
        in texts[0]["text"]
    )
    assert [text["title"] for text in texts[:2]] == ["Corrected: our entry on A", "Claims added that name A"]
    assert "Now held to be named by: " in texts[1]["text"]
    assert f"It is now held to be the same as person {P2}." in texts[3]["text"]


def test_names_stand_in_the_log_as_words_that_can_be_sealed(listed: Dossier) -> None:
    (first, *_) = listed.read("events", type="person.registered")["items"]
    assert first["data"]["details"]["name"] == {"value": "A"}
    assert first["data"]["details"]["names"] == {"ar": {"value": "أ"}}


def count(dossier: Dossier, **clocks: Any) -> dict[str, Any]:
    topic = "killed,people,place:hajin,incident:i1"
    found: dict[str, Any] = dossier.read("figures", topic=topic, **clocks)["persons"]
    return found


def test_what_the_list_counts_stands_beside_the_figures_of_an_incident(listed: Dossier) -> None:
    listed.record("claims", id="k1", **figure("nov", measure="killed", best=2, subject=None))
    listed.change("incidents/i1/links", claims=["k1"])
    now = count(listed)
    assert now == listed.read("incidents/i1")["persons"]
    assert now == {
        "persons": 3,
        "fates": [
            {
                "fate": "killed", "persons": 2, "named": 1, "in_doubt": 0, "possible": 0,
                "civilians": {"yes": 1, "no": 0, "disputed": 0, "unknown": 1},
                "women": {"yes": 1, "no": 1, "unknown": 0}, "children": {"yes": 1, "no": 1, "unknown": 0},
            },
            {
                "fate": "missing", "persons": 1, "named": 1, "in_doubt": 0, "possible": 0,
                "civilians": {"yes": 0, "no": 0, "disputed": 0, "unknown": 1},
                "women": {"yes": 0, "no": 0, "unknown": 1}, "children": {"yes": 0, "no": 0, "unknown": 1},
            },
        ],
        "without_claims": 1,
        "not_reported": 0,
    }  # fmt: skip
    told = listed.read("figures", topic="killed,people,place:hajin,incident:i1")["picture"]
    assert {group["high"] for group in told["groups"]} == {2}, "the list adds nothing to the figure"
    assert "persons" not in listed.read("figures", topic="killed,people,place:hajin")


def test_the_list_counts_by_the_clocks_of_the_figures(listed: Dossier) -> None:
    october = count(listed, reported_by="2018-10-31")
    assert [(each["fate"], each["persons"], each["civilians"]["unknown"]) for each in october["fates"]] == [
        ("killed", 1, 1)
    ]
    assert (october["without_claims"], october["not_reported"]) == (0, 2)
    assert count(listed, reported_by="2018-11-30")["persons"] == 2
    assert count(listed, at="2018-10-09")["persons"] == 0
    assert count(listed, at="2018-10-10")["persons"] == 3
    before = listed.position
    listed.change(f"persons/{P3}/merges", into=P2, reason="the same")
    assert [(each["fate"], each["persons"]) for each in count(listed)["fates"]] == [("killed", 2)]
    assert count(listed, as_of=str(before))["persons"] == 3
