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
        "version": 2, "recorded_position": position,
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
