"""Incidents through HTTP: opened, linked, merged and split, and every id keeps answering."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, assert_problem, control, done, figure


@pytest.fixture
def struck(furnished: Dossier) -> Dossier:
    """Three incidents, with a claim each but the last."""
    furnished.record("incidents", id="i1", title="A strike", place="hajin", when="2018-12-17", claims=["c1"])
    furnished.record("incidents", id="i2", title="Another", type="airstrike", claims="c2")
    furnished.record("incidents", id="i3", title="A third")
    return furnished


def events(dossier: Dossier, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(dossier.http.get(f"{dossier.path}/events", params=query))["items"]
    return found


def merge(dossier: Dossier, one: str, into: str) -> None:
    dossier.change(f"incidents/{one}/merges", into=into, reason="the same strike")


def test_an_incident_shows_what_it_is_and_the_claims_that_tell_of_it(struck: Dossier) -> None:
    answer = struck.get("incidents/i1")
    position = answer.json()["recorded_position"]
    assert answer.json() == {
        "etag": answer.headers["etag"].strip('"').partition("-")[0],
        "position": struck.position, "id": "i1", "title": "A strike", "place": "hajin", "when": "2018-12-17",
        "type": None, "note": None, "claims": ["c1"], "merged": [], "merged_into": None, "survivor": "i1",
        "persons": {"persons": 0, "fates": [], "without_claims": 0, "not_reported": 0}, "retracted": False,
        "standing": "stands", "version": 2, "recorded_position": position,
    }  # fmt: skip
    assert answer.headers["etag"].startswith('"2.')
    # What it links at once is in the same breath: nobody sees it without.
    assert [event["type"] for event in events(struck, after=position - 1, limit=2)] == [
        "incident.opened",
        "incident.linked",
    ]
    assert_problem(struck.get("incidents/i9"), 404, "no_such_item", None)
    assert_problem(struck.get("incidents/i1", as_of=position - 1), 404, "no_such_item", None)


def test_opened_again_with_the_same_content_nothing_changes(struck: Dossier) -> None:
    struck.change("incidents/i3/links", claims=["c1"])
    again = struck.record("incidents", id="i3", title="A third")
    assert not again["changed"]
    answer = struck.post("incidents", {"id": "i2", "title": "Another", "type": "airstrike", "claims": ["c1"]})
    assert_problem(answer, 409, "already_exists", "/id")


def test_claims_are_linked_and_let_go(struck: Dossier) -> None:
    before = struck.position
    struck.change("incidents/i1/links", claims=["c1", "c2"], reason="both tell of it")
    assert struck.read("incidents/i1")["claims"] == ["c1", "c2"]
    assert not struck.change("incidents/i1/links", claims="c2")["changed"]
    assert struck.ids("incidents", claim="c2") == ["i1", "i2"]
    struck.change("claims/c1/retractions", **WHY)
    struck.change("incidents/i1/unlinkings", claims="c1", reason="it was none")
    assert struck.read("incidents/i1")["claims"] == ["c2"]
    assert struck.ids("incidents", claim="c1") == []
    assert struck.ids("incidents", claim="c1", as_of=before) == ["i1"]
    assert_problem(struck.get("incidents", claim="nothing"), 422, "unknown_reference", None)
    answer = struck.post("incidents/i1/links", {"claims": ["c1"]}, if_match="*")
    assert_problem(answer, 422, "retracted_reference", "/claims/0")


def test_a_description_is_changed_with_its_reason(struck: Dossier) -> None:
    struck.change("incidents/i1/descriptions", set={"title": "A raid", "when": None}, reason="no day is known")
    one = struck.read("incidents/i1")
    assert (one["title"], one["when"], one["version"]) == ("A raid", None, 3)


def shape(dossier: Dossier, **query: Any) -> list[tuple[Any, ...]]:
    items = dossier.read("incidents", **query)["items"]
    return [(i["id"], i["claims"], i["merged"], i["merged_into"], i["survivor"]) for i in items]


def test_merged_incidents_answer_and_the_survivor_holds_it_all(struck: Dossier) -> None:
    apart = struck.position
    merge(struck, "i1", "i2")
    merge(struck, "i2", "i3")
    together = struck.position
    assert shape(struck) == [
        ("i1", ["c1"], [], "i2", "i3"),
        ("i2", ["c1", "c2"], ["i1"], "i3", "i3"),
        ("i3", ["c1", "c2"], ["i1", "i2"], None, "i3"),
    ]
    assert struck.read("incidents/i1")["survivor"] == "i3"
    struck.change("incidents/i2/splits", reason="an hour apart")
    assert shape(struck) == [
        ("i1", ["c1"], [], "i2", "i2"),
        ("i2", ["c1", "c2"], ["i1"], None, "i2"),
        ("i3", [], [], None, "i3"),
    ]
    assert [row[4] for row in shape(struck, as_of=together)] == ["i3", "i3", "i3"]
    assert [row[4] for row in shape(struck, as_of=apart)] == ["i1", "i2", "i3"]


def test_a_retracted_incident_has_no_claims_and_nothing_is_merged_with_it(struck: Dossier) -> None:
    merge(struck, "i1", "i2")
    merge(struck, "i2", "i3")
    before = shape(struck)
    struck.change("incidents/i2/retractions", reason="nothing happened there")
    assert shape(struck) == [
        ("i1", ["c1"], [], "i2", "i1"),
        ("i2", [], [], "i3", "i2"),
        ("i3", [], [], None, "i3"),
    ]
    assert [item["retracted"] for item in struck.read("incidents")["items"]] == [False, True, False]
    assert struck.ids("incidents", claim="c2") == []
    answer = struck.post("incidents/i2/links", {"claims": ["c1"]}, if_match="*")
    assert_problem(answer, 409, "retracted", None)
    struck.change("incidents/i2/reinstatements", reason="it did")
    assert shape(struck) == before


def test_merges_that_cannot_be_are_refused(struck: Dossier) -> None:
    merge(struck, "i1", "i2")
    for one, into, status, code, place in (
        ("i1", "i3", 409, "incident_already_merged", None),
        ("i2", "i2", 422, "incident_merged_into_itself", "/into"),
        ("i2", "i1", 422, "incident_merged_into_itself", "/into"),
        ("i2", "i9", 422, "unknown_reference", "/into"),
        ("i9", "i1", 404, "no_such_item", "/id"),
    ):
        answer = struck.post(f"incidents/{one}/merges", {"into": into, **WHY}, if_match="*")
        assert_problem(answer, status, code, place)
    told = struck.post("incidents/i1/merges", {"into": "i3", **WHY}, if_match="*").json()
    assert told["merged_into"] == "i2"
    assert_problem(struck.post("incidents/i2/splits", WHY, if_match="*"), 409, "incident_not_merged", None)
    assert_problem(struck.post("incidents/i2/splits", WHY, if_match='"9.00000000"'), 412, "version_moved", None)


def test_an_incident_merges_and_splits_within_one_batch(struck: Dossier) -> None:
    lines: list[dict[str, Any]] = [
        {"command": "open_incident", "id": "i4", "title": "A fourth", "claims": ["c1"]},
        {"command": "merge_incident", "id": "i4", "into": "i3", **WHY},
        {"command": "merge_incident", "id": "i3", "into": "i4", **WHY},
    ]
    refused = assert_problem(struck.batch(lines), 422, "batch_refused", None)
    assert [(each["line"], each["code"]) for each in refused["errors"]] == [(3, "incident_merged_into_itself")]
    lines[2:] = [{"command": "split_incident", "id": "i4", **WHY}]
    done(struck.batch(lines))
    assert struck.read("incidents/i4")["survivor"] == "i4"


def test_a_history_tells_of_an_incident_field_by_field(struck: Dossier) -> None:
    struck.change("incidents/i1/links", claims="c2", reason="it too")
    struck.change("incidents/i1/descriptions", set={"when": "2018-12", "place": None}, reason="the day is not known")
    merge(struck, "i1", "i2")
    account = struck.read("incidents/i1/history")
    assert [(item["type"], item["reason"], item["version"]) for item in account["items"]] == [
        ("incident.opened", None, 1),
        ("incident.linked", None, 2),
        ("incident.linked", "it too", 3),
        ("incident.described", "the day is not known", 4),
        ("incident.merged", "the same strike", 5),
    ]
    assert [item["changes"] for item in account["items"]] == [
        [
            {"field": "title", "before": None, "after": "A strike"},
            {"field": "place", "before": None, "after": "hajin"},
            {"field": "when", "before": None, "after": "2018-12-17"},
        ],
        [{"field": "claims", "before": [], "after": ["c1"]}],
        [{"field": "claims", "before": ["c1"], "after": ["c1", "c2"]}],
        [
            {"field": "when", "before": "2018-12-17", "after": "2018-12"},
            {"field": "place", "before": "hajin", "after": None},
        ],
        [{"field": "merged_into", "before": None, "after": "i2"}],
    ]
    assert {item["principal_name"] for item in account["items"]} == {"the desk"}
    then = struck.read("incidents/i1/history", as_of=account["items"][1]["position"])
    assert (len(then["items"]), then["version"]) == (2, 2)
    assert_problem(struck.get("incidents/i9/history"), 404, "no_such_item", None)


@pytest.mark.parametrize(
    ("below", "id", "field", "after"),
    [
        ("sources", "sohr", "reliability", "B"),
        ("actors", "is", "retracted", True),
        ("places", "hajin", "within", "syria"),
        ("reports", "oct", "discredited_because", "made up"),
    ],
)
def test_every_kind_of_item_has_its_history(furnished: Dossier, below: str, id: str, field: str, after: Any) -> None:
    changes: dict[str, Callable[[], Any]] = {
        "sources": lambda: furnished.change("sources/sohr/grades", reliability="B", **WHY),
        "actors": lambda: furnished.change("actors/is/retractions", **WHY),
        "places": lambda: furnished.change("places/hajin/corrections", set={"within": "syria"}, **WHY),
        "reports": lambda: furnished.change("reports/oct/discreditings", reason="made up"),
    }
    before = furnished.read(f"{below}/{id}")[field]
    changes[below]()
    first, last = furnished.read(f"{below}/{id}/history")["items"]
    name = {"field": "label" if below == "reports" else "name", "before": None}
    assert any(change.items() >= name.items() for change in first["changes"])
    assert {"field": field, "before": before, "after": after} in last["changes"]


def test_a_withdrawn_report_tells_when_and_in_which_report(furnished: Dossier) -> None:
    furnished.change("reports/oct/withdrawals", report="nov", reason="taken down")
    (change,) = furnished.read("reports/oct/history")["items"][-1]["changes"]
    assert change == {"field": "withdrawn", "before": None, "after": {"report": "nov", "reason": "taken down"}}


def test_incidents_page_in_the_order_in_which_they_were_opened(furnished: Dossier) -> None:
    lines: list[dict[str, Any]] = []
    for number in range(25):
        lines.append({"command": "record_claim", "id": f"p{number}", **figure(best=number)})
        lines.append({"command": "open_incident", "id": f"i{number}", "title": "T", "claims": [f"p{number}", "c1"]})
    done(furnished.batch(lines))
    page = furnished.read("incidents", limit=10, claim="c1")
    found = page["items"]
    merge(furnished, "i20", "i3")
    while page["next"]:
        page = furnished.read("incidents", limit=10, claim="c1", cursor=page["next"])
        found += page["items"]
    assert [item["id"] for item in found] == [f"i{number}" for number in range(25)]
    assert all(item["merged_into"] is None for item in found)


def test_a_control_claim_may_tell_of_an_incident_as_any_other(furnished: Dossier) -> None:
    furnished.record("claims", **control("dec", id="c9"))
    furnished.record("incidents", id="i1", title="A handover", claims="c9")
    assert furnished.read("incidents/i1")["claims"] == ["c9"]


def killed(id_: str, report: str = "oct", **fields: Any) -> dict[str, Any]:
    about = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "place": "hajin"}
    return {"command": "record_claim", "id": id_, "report": report, **about, **fields}


@pytest.fixture
def counted(furnished: Dossier) -> Dossier:
    """Four incidents: one of three voices and a part, one without an upper bound, one without a number, one undated."""
    done(
        furnished.batch(
            [
                killed("k1", best=35, claimant="sohr"),
                killed("k2", "nov", best=38, cause="airstrike"),
                killed("k3", "dec", qualifier="at_least", low=42, claimant="reuters"),
                killed("k4", best=9, group="children", claimant="sohr"),
                killed("k5", qualifier="more_than", low=100),
                killed("k6", qualifier="unknown"),
                killed("k7", best=3, subject="is"),
                {"command": "open_incident", "id": "i1", "title": "A", "place": "hajin", "when": "2018-12-17",
                 "type": "airstrike", "claims": ["k1", "k2", "k3", "k4"]},
                {"command": "open_incident", "id": "i2", "title": "B", "place": "syria", "when": "2018-12",
                 "type": "massacre", "claims": ["k5"]},
                {"command": "open_incident", "id": "i3", "title": "C", "when": "2018-11/2019-02", "claims": ["k6"]},
                {"command": "open_incident", "id": "i4", "title": "D", "place": "hajin", "type": "airstrike",
                 "claims": ["k7"]},
            ]
        )
    )  # fmt: skip
    furnished.read("incidents", min_position=furnished.position)
    return furnished


def test_a_measure_is_told_incident_by_incident(counted: Dossier) -> None:
    told = {one["id"]: one["counted"] for one in counted.read("incidents", measure="killed")["items"]}
    nothing = {"low": None, "best": None, "high": None, "verdict": "nothing", "voices": 0, "unattributed": 0}
    # Of parts nothing is told: neither of the children, nor of the fighters.
    assert told["i1"] == {"low": 35, "best": None, "high": None, "verdict": "disagree", "voices": 2, "unattributed": 1}
    assert (told["i2"]["low"], told["i2"]["high"]) == (101, None)
    assert told["i3"] == told["i4"] == nothing
    assert all("counted" not in one for one in counted.read("incidents")["items"])
    counted.change("claims/k3/retractions", reason="of another")
    there = counted.read("incidents", measure="killed", min_position=counted.position)["items"][0]["counted"]
    assert there == {"low": 35, "best": None, "high": 38, "verdict": "disagree", "voices": 1, "unattributed": 1}


def test_an_incident_has_one_answer(furnished: Dossier) -> None:
    """Of two places, of a place in the other, and of a night that two voices date a day apart."""
    at: dict[str, Any] = {"when": "2018-12-17", "best": 38, "claimant": "sohr"}
    other: dict[str, Any] = {"when": "2018-12-17", "best": 49, "claimant": "reuters"}
    done(
        furnished.batch(
            [
                {"command": "register_place", "id": "mosque", "name": "Mosque", "kind": "site", "within": "hajin"},
                {"command": "register_place", "id": "gharanij", "name": "Gharanij", "kind": "town", "within": "syria"},
                killed("k1", **at), killed("k2", **other | {"place": "syria"}), killed("k3", **other),
                killed("k4", **other | {"place": "mosque"}), killed("k5", **other | {"when": "2018-12-18"}),
                killed("k6", **other | {"when": "2018-12-20"}), killed("k7", **other | {"place": "gharanij"}),
                *(
                    {"command": "open_incident", "id": f"i{nth}", "title": f"I {nth}", "claims": ["k1", f"k{nth}"]}
                    for nth in range(2, 8)
                ),
            ]
        )
    )  # fmt: skip
    disputed, apart = (38, 49, "disagree"), (49, None, "ambiguous")
    expected = {"i2": disputed, "i3": disputed, "i4": disputed, "i5": disputed, "i6": apart, "i7": apart}
    items = furnished.read("incidents", measure="killed", min_position=furnished.position)["items"]
    told = {one["id"]: one["counted"] for one in items}
    assert {id_: (one["low"], one["high"], one["verdict"]) for id_, one in told.items()} == expected
    for id_, one in told.items():
        (group,) = furnished.read("figures", topic=f"killed,people,incident:{id_}")["picture"]["groups"]
        assert {name: group[name] for name in one} == one, id_


def test_what_was_known_of_incidents_by_a_day_is_asked_as_of_anything_else(counted: Dossier) -> None:
    def told(**clocks: str) -> dict[str, Any]:
        of: dict[str, Any] = counted.read("incidents", measure="killed", **clocks)["items"][0]["counted"]
        return of

    assert (told(reported_by="2018-10-31")["verdict"], told(reported_by="2018-10-31")["best"]) == ("one_voice", 35)
    assert (told(reported_by="2018-11-30")["verdict"], told(reported_by="2018-11-30")["best"]) == ("disagree", None)
    # Of the first nothing was out by then: the one that is left is the desk's own.
    own = counted.record("incidents", id="own", title="Heard of")
    assert counted.ids("incidents", reported_by="2018-09", min_position=own["position"]) == ["own"]
    assert told(reported_by="2018-09")["verdict"] == "nothing"
    assert told(reported_by="2018-12-01")["high"] == 38
    assert told(reported_by="2018-12-01", certainty="possible")["high"] is None
    assert counted.ids("incidents", measure="killed", at_least=40, reported_by="2018-11-30") == ["i2"]
    assert counted.read("incidents/i1", reported_by="2018-10")["persons"]["persons"] == 0


def test_what_only_retracted_reports_tell_is_told_apart(counted: Dossier) -> None:
    counted.record("reports", id="made-up", label="Made up", published="2018-10-02")
    counted.record("claims", **figure("made-up", id="x1", measure="killed", best=3, when="2018-10"))
    counted.record("claims", **figure("oct", id="x2", measure="killed", best=4, when="2018-10"))
    counted.record("incidents", id="doubtful", title="Doubtful", claims=["c1", "x1", "x2"])

    def told(**query: Any) -> tuple[list[str], list[str] | None, int | None]:
        (listed,) = (one for one in counted.read("incidents", **query)["items"] if one["id"] == "doubtful")
        found = counted.read("incidents/doubtful", **query)
        assert all(found.get(name) == listed.get(name) for name in ("claims", "not_in_force", "not_reported"))
        return found["claims"], found.get("not_in_force"), found.get("not_reported")

    assert told() == (["c1", "x1", "x2"], None, None)
    counted.change("reports/made-up/retractions", **WHY)
    counted.change("claims/x2/retractions", **WHY)
    assert told() == (["c1", "x1", "x2"], ["x1", "x2"], None)
    assert told(reported_by="2019-01-01") == (["c1"], None, 0), "what never was out is nothing that came out later"
    counted.change("reports/made-up/reinstatements", **WHY)
    assert told() == (["c1", "x1", "x2"], ["x2"], None)


def test_an_incident_of_which_nothing_is_left_says_so(counted: Dossier) -> None:
    def told(id_: str = "i1", **query: Any) -> tuple[str, dict[str, str]]:
        (listed,) = (one for one in counted.read("incidents", **query)["items"] if one["id"] == id_)
        found = counted.read(f"incidents/{id_}", **query)
        assert all(found.get(name) == listed.get(name) for name in ("standing", "set_aside"))
        return found["standing"], {one["claim"]: one["why"] for one in found.get("set_aside", ())}

    counted.record("incidents", id="own", title="Heard of")
    assert (told(), told("own")) == (("stands", {}), ("unlinked", {}))
    counted.change("reports/oct/discreditings", **WHY)
    counted.change("claims/k2/withdrawals", report="dec", **WHY)
    set_aside = {"k1": "discredited", "k2": "withdrawn", "k4": "discredited"}
    assert told() == ("stands", set_aside)
    before = counted.position
    counted.change("claims/k3/retractions", **WHY)
    assert told() == ("nothing_left", set_aside)
    assert told(as_of=before) == ("stands", set_aside)
    # Of another report too nobody told, by then, what came out later.
    assert told("i4") == told("i4", reported_by="2018-10-31") == ("nothing_left", {"k7": "discredited"})
    assert told(reported_by="2018-11-30") == ("stands", {"k1": "discredited", "k4": "discredited"})
    assert told(reported_by="2018-10-31") == ("nothing_left", {"k1": "discredited", "k4": "discredited"})
    assert counted.ids("incidents", standing="nothing_left") == ["i1", "i2", "i3", "i4"]
    assert counted.ids("incidents", standing="stands", reported_by="2018-11-30") == ["i1"]
    assert counted.ids("incidents", standing="unlinked") == ["own"]
    assert_problem(counted.get("incidents", standing="gone"), 422, "not_in_vocabulary", "/standing")
    # Retracted claims were never said: what is left of one that has no others is nothing, by any day.
    counted.record("incidents", id="slip", title="A slip", claims=["k2"])
    counted.change("claims/k2/retractions", **WHY)
    assert told("slip") == told("slip", reported_by="2018-10-31") == ("nothing_left", {})
    counted.change("incidents/slip/unlinkings", claims="k2", reason="it was none")
    assert told("slip") == ("unlinked", {})
    counted.change("incidents/slip/retractions", **WHY)
    assert told("slip") == ("retracted", {})
    later = counted.record("incidents", id="later", title="Later", claims=["c2"])
    assert counted.read("incidents/later", reported_by="2018-09", min_position=later["position"])["standing"] == (
        "not_reported"
    )


def test_by_a_day_an_incident_has_the_claims_that_were_out_and_is_left_out_without_any(counted: Dossier) -> None:
    counted.record("incidents", id="own", title="Heard of")
    counted.record("incidents", id="later", title="Read of", claims=["k3"])
    counted.change("claims/k4/retractions", reason="of another")

    def by(**clocks: str) -> dict[str, tuple[list[str], int]]:
        items = counted.read("incidents", min_position=counted.position, **clocks)["items"]
        for one in items:
            alone = counted.read(f"incidents/{one['id']}", **clocks)
            assert (alone["claims"], alone["not_reported"]) == (one["claims"], one["not_reported"])
        return {one["id"]: (one["claims"], one["not_reported"]) for one in items}

    others = {"i2": (["k5"], 0), "i3": (["k6"], 0), "i4": (["k7"], 0), "own": ([], 0)}
    assert by(reported_by="2018-10-31") == {"i1": (["k1"], 2), **others}
    assert by(reported_by="2018-11-30") == {"i1": (["k1", "k2"], 1), **others}
    # Of what came out at some time of December.
    assert by(reported_by="2018-12-01") == {"i1": (["k1", "k2"], 1), **others}
    all_ = {"i1": (["k1", "k2", "k3"], 0), **others, "later": (["k3"], 0)}
    assert by(reported_by="2018-12-01", certainty="possible") == by(reported_by="2018-12-31") == all_
    later = counted.read("incidents/later", reported_by="2018-10-31")
    assert (later["claims"], later["not_reported"]) == ([], 1)
    assert counted.ids("incidents", claim="k3", reported_by="2018-10-31") == ["i1"]
    # Without a cut-off every link is told.
    now = {one["id"]: one for one in counted.read("incidents")["items"]}
    assert now["i1"]["claims"] == ["k1", "k2", "k3", "k4"]
    assert list(now) == ["i1", "i2", "i3", "i4", "own", "later"]
    assert all("not_reported" not in one for one in now.values())
    page = counted.read("incidents", reported_by="2018-10-31", limit=4)
    rest = counted.read("incidents", reported_by="2018-10-31", limit=4, cursor=page["next"])
    assert [[one["id"] for one in each["items"]] for each in (page, rest)] == [["i1", "i2", "i3", "i4"], ["own"]]


def test_incidents_are_found_by_type_place_period_and_how_many(counted: Dossier) -> None:
    for asked, ids in (
        ({"type": "airstrike"}, ["i1", "i4"]),
        ({"type": "raid"}, []),
        ({"place": "deir-ez-zor"}, ["i1", "i4"]),
        ({"place": "Syria"}, ["i1", "i2", "i4"]),
        ({"since": "2018-12-17", "until": "2018-12-17"}, ["i1", "i2", "i3", "i4"]),
        ({"since": "2018-12-17", "until": "2018-12-17", "holds": "certain"}, ["i1", "i3"]),
        ({"since": "2018-12", "until": "2018-12", "holds": "certain"}, ["i1", "i2", "i3"]),
        ({"until": "2018-11"}, ["i3", "i4"]),
        ({"measure": "killed", "at_least": 50}, ["i1", "i2"]),
        ({"measure": "killed", "at_most": 99}, ["i1"]),
        ({"measure": "killed", "at_least": 1, "at_most": 34}, []),
        ({"measure": "killed", "at_least": 1, "type": "airstrike", "place": "hajin", "since": "2018"}, ["i1"]),
    ):
        assert counted.ids("incidents", **asked) == ids, asked
    pages, cursor = [], None
    while True:
        page = counted.read("incidents", place="syria", limit=1, **({"cursor": cursor} if cursor else {}))
        pages.append([one["id"] for one in page["items"]])
        cursor = page["next"]
        if cursor is None:
            break
    assert pages == [["i1"], ["i2"], ["i4"]]
    assert_problem(counted.get("incidents", at_least=3), 422, "unused_parameter", "/at_least")
    assert_problem(counted.get("incidents", holds="certain"), 422, "unused_parameter", "/holds")
    assert_problem(counted.get("incidents", place="hajn"), 422, "unknown_reference", "/place")
