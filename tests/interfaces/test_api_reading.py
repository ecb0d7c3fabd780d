"""Questions through HTTP: the three clocks, places inside places, families of change, and pages."""

from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.interfaces.running import WHY, Dossier, assert_problem, control, done, figure


def best(dossier: Dossier, claim: str = "c1", **clocks: Any) -> Any:
    """The figure that a claim shows, or the code of the refusal."""
    answer = dossier.get(f"claims/{claim}", **clocks)
    return answer.json()["content"]["best"] if answer.is_success else answer.json()["code"]


def test_a_day_counts_once_it_is_over_and_a_month_too(furnished: Dossier) -> None:
    furnished.record("claims", **figure("dec", id="month"))
    assert furnished.ids("claims", reported_by="2018-10-14") == []
    assert furnished.ids("claims", reported_by="2018-10-15") == ["c1"]
    assert furnished.ids("claims", reported_by="2018-10-15T12:00:00Z") == []
    assert furnished.ids("claims", reported_by="2018-10-15T12:00:00Z", certainty="possible") == ["c1"]
    assert furnished.ids("claims", reported_by="2018-12-30") == ["c1", "c2"]
    assert furnished.ids("claims", reported_by="2018-12-01", certainty="possible") == ["c1", "c2", "month"]
    assert furnished.ids("claims", reported_by="2018-12-31") == ["c1", "c2", "month"]
    assert furnished.ids("claims", reported_by="2018-12") == ["c1", "c2", "month"]
    assert furnished.ids("claims", reported_by="2018") == ["c1", "c2", "month"]
    assert furnished.read("claims/month", reported_by="2019")["reported"] == "certain"
    assert furnished.read("claims/month", reported_by="2018-12-05", certainty="possible")["reported"] == "possible"


def test_inferred_bounds_of_a_publication_are_used_and_told(furnished: Dossier) -> None:
    furnished.record("reports", id="early", label="E", published="2018-12", published_bounds="2018-12-01/2018-12-09")
    furnished.record("claims", **figure("early", id="inferred", best=3))
    assert "inferred" in furnished.ids("claims", reported_by="2018-12-10")
    assert "inferred" not in furnished.ids("claims", reported_by="2018-12-05")
    publication = furnished.read("claims/inferred")["report"]["publication"]
    assert publication["inferred"]
    assert publication["latest"].startswith("2018-12-09T23:59:59")


def test_a_claim_that_no_report_had_carried_by_then_is_told_so(shared: Dossier) -> None:
    assert_problem(shared.get("claims/c1", reported_by="2018-10-01"), 404, "not_reported_yet", None)
    assert_problem(shared.get("claims/c9", reported_by="2018-10-01"), 404, "no_such_item", None)


def test_at_takes_what_may_have_held_and_says_how_sure_that_is(furnished: Dossier) -> None:
    furnished.record("claims", **control(id="month", when="2018-10"))
    furnished.record("claims", **control(id="period", when="2018-10-01/2018-10-20"))
    furnished.record("claims", **control(id="later", when="2018-12-01"))
    holds = {item["id"]: item["holds"] for item in furnished.read("claims", at="2018-10-11")["items"]}
    assert holds == {"c1": "undated", "month": "possible", "period": "certain"}
    answer = furnished.read("claims", at="2018-10-11")
    assert answer["at"].startswith("2018-10-11T23:59:59")


def test_as_of_a_position_shows_what_was_held_then(furnished: Dossier) -> None:
    before = furnished.position
    corrected = furnished.change("claims/c1/corrections", set={"best": 2500}, **WHY)["position"]
    furnished.change("claims/c1/corrections", set={"best": 2600}, **WHY)
    assert best(furnished, as_of=before) == 2000
    assert best(furnished, as_of=corrected) == 2500
    assert best(furnished) == 2600
    answer = furnished.read("claims/c1", as_of=before)
    assert (answer["position"], answer["version"]) == (before, 1)
    assert furnished.get("claims/c1", as_of=before).headers["etag"].startswith('"1.')
    assert furnished.ids("claims", as_of=before - 1) == ["c1"]
    assert furnished.ids("claims", as_of=0) == []
    assert_problem(furnished.get("claims/c2", as_of=before - 1), 404, "no_such_item", None)


def test_as_of_a_moment_is_the_last_position_by_then(furnished: Dossier) -> None:
    before = furnished.position
    furnished.change("claims/c1/corrections", set={"best": 2500}, **WHY)
    account = furnished.read("claims/c1/history")["items"]
    corrected_at = account[1]["recorded_at"]
    assert best(furnished, as_of=corrected_at) == 2500
    just_before = datetime.fromisoformat(corrected_at) - timedelta(microseconds=1)
    answer = furnished.read("claims/c1", as_of=just_before.isoformat().replace("+00:00", "Z"))
    assert (answer["content"]["best"], answer["position"]) == (2000, before)
    # The same with another offset.
    there = just_before.astimezone(UTC).replace(tzinfo=None) + timedelta(hours=3)
    assert furnished.read("claims/c1", as_of=f"{there.isoformat()}+03:00")["position"] == before
    assert furnished.ids("claims", as_of="2018-12-31") == []


# Claims by id with when they were, and whether a period of December 2018 takes them possibly and certainly.
IN_DECEMBER: dict[str, tuple[str | None, bool, bool]] = {
    "w0": (None, True, False),
    "w1": ("2018-12-17", True, True),
    "w2": ("2018-12", True, True),
    "w3": ("2018", True, False),
    "w4": ("2018-11-30/2018-12-02", True, True),
    "w5": ("2018-11-30/2018-12", True, True),
    "w6": ("2018-11/2019-01", True, True),
    "w7": ("2018-11/..", True, True),
    "w8": ("2018-11-30", False, False),
    "w9": ("2019", False, False),
    "w10": ("2018-11/2018-12", True, True),
    "w11": ("../2019", True, False),
}


def test_claims_are_found_by_a_period(furnished: Dossier) -> None:
    for id_, (written, *_) in IN_DECEMBER.items():
        furnished.record("claims", **control("dec", id=id_, **({"when": written} if written else {})))
    furnished.read("claims", min_position=furnished.position)
    possible = {id_ for id_, (_, may, _) in IN_DECEMBER.items() if may}
    certain = {id_ for id_, (*_, surely) in IN_DECEMBER.items() if surely}
    period = {"since": "2018-12", "until": "2018-12", "report": "dec"}
    assert set(furnished.ids("claims", **period)) == possible
    assert set(furnished.ids("claims", **period, holds="certain")) == certain
    told = {item["id"]: item["holds"] for item in furnished.read("claims", **period)["items"]}
    assert told == {id_: "certain" if id_ in certain else "possible" for id_ in possible} | {"w0": "undated"}
    # Open at one end, a moment, and all of them together.
    assert set(furnished.ids("claims", since="2018-12-31", report="dec")) == possible - {"w1", "w4"} | {"w9"}
    assert set(furnished.ids("claims", until="2018-11-29", report="dec")) == {
        "w0", "w3", "w6", "w7", "w10", "w11"
    }  # fmt: skip
    assert furnished.ids("claims", at="2018-12-17T12:00:00Z", holds="certain", report="dec") == ["w1", "w6"]
    assert furnished.ids("claims", **period, at="2018-11-30", holds="certain") == ["w4", "w5", "w6", "w7", "w10"]
    assert_problem(furnished.get("claims", since="2019", until="2018"), 422, "ends_before_it_begins", "/until")
    assert_problem(furnished.get("claims", since="2018~"), 422, "not_edtf", "/since")
    assert_problem(furnished.get("claims", holds="certain"), 422, "unused_parameter", "/holds")


def test_claims_are_found_by_what_only_some_kinds_say(furnished: Dossier) -> None:
    said = {"kind": "statement", "report": "oct", "text": "x"}
    done(
        furnished.batch(
            [
                {"command": "record_claim", "id": "f1", **figure(group="civilians", cause="airstrike")},
                {"command": "record_claim", "id": "f2", **figure(group="civilians.armed", subject="sdf")},
                {"command": "record_claim", "id": "o1", "kind": "occurrence", "report": "oct", "type": "airstrike"},
                {"command": "record_claim", "id": "o2", "kind": "occurrence", "report": "oct", "type": "capture"},
                {"command": "record_claim", "id": "s1", **said, "nature": "denial"},
                {"command": "record_claim", "id": "s2", **said, "nature": "threat"},
                {"command": "open_incident", "id": "i1", "title": "One", "claims": ["o1", "s1"]},
                {"command": "open_incident", "id": "i2", "title": "Other", "claims": ["f1"]},
                {"command": "open_incident", "id": "i3", "title": "None"},
            ]
        )
    )  # fmt: skip
    before = furnished.position
    furnished.change("incidents/i2/merges", into="i1", reason="one strike")
    furnished.read("claims", min_position=furnished.position)
    for asked, ids in (
        ({"type": "airstrike"}, ["o1"]),
        ({"type": "raid"}, []),
        ({"type": "airstrike", "kind": "figure"}, []),
        ({"nature": "denial"}, ["s1"]),
        ({"group": "civilians"}, ["f1"]),
        ({"group": "civilians.armed"}, ["f2"]),
        ({"cause": "airstrike"}, ["f1"]),
        ({"subject": "sdf"}, ["f2"]),
        ({"subject": "Syrian democratic forces"}, ["f2"]),
        ({"group": "civilians", "subject": "is"}, ["f1"]),
        ({"incident": "i1"}, ["f1", "o1", "s1"]),
        ({"incident": "i2"}, ["f1"]),
        ({"incident": "i3"}, []),
        ({"incident": "i1", "as_of": before}, ["o1", "s1"]),
        ({"incident": "i1", "kind": "occurrence"}, ["o1"]),
    ):
        assert furnished.ids("claims", **asked) == ids, asked
    assert_problem(furnished.get("claims", group="civilian"), 422, "unknown_reference", "/group")
    assert_problem(furnished.get("claims", incident="i9"), 422, "unknown_reference", "/incident")
    assert_problem(furnished.get("claims", incident="i1", as_of=3), 404, "no_such_item", None)


def test_what_is_still_to_come_is_refused(shared: Dossier) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    for moment in (str(tomorrow), str(tomorrow.year + 1) + "-01", f"{tomorrow}T00:00:00Z", str(shared.position + 1)):
        refused = assert_problem(shared.get("claims", as_of=moment), 422, "not_in_the_past", "/as_of")
        assert "still to come" in refused["detail"]
    assert_problem(shared.get("claims", min_position=shared.position + 1), 422, "not_in_the_past", "/min_position")
    assert_problem(shared.get("places", as_of=str(tomorrow)), 422, "not_in_the_past", "/as_of")


def test_a_date_as_a_position_is_refused_with_how_a_date_is_written(shared: Dossier) -> None:
    for digits, date in (("2018", "2018-12-31"), ("20181217", "2018-12-17")):
        refused = assert_problem(shared.get("claims", as_of=digits), 422, "not_in_the_past", "/as_of")
        assert refused["detail"].endswith(f"Digits alone are a position: as a date, write {date}")
    refused = assert_problem(shared.get("claims", as_of="17/12/2018"), 422, "not_edtf", "/as_of")
    assert refused["detail"].endswith("Write 2018-12-17.")


def test_a_day_as_of_which_is_asked_is_one_of_the_dossier(http: httpx.Client) -> None:
    """Where the day has begun by its own clocks, east of ours it is the next one, and west of them the one before."""
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        id_ = zone.lower().replace("/", "-").replace("_", "-")
        done(http.post("/dossiers", json={"id": id_, "title": zone, "time_zone": zone}))
        there = Dossier(http, id_)
        while True:
            today = datetime.now(ZoneInfo(zone)).date()
            now = there.get("sources", as_of=str(today), min_position=1)
            tomorrow = there.get("sources", as_of=str(today + timedelta(days=1)))
            before = there.get("sources", as_of=str(today - timedelta(days=1)))
            if datetime.now(ZoneInfo(zone)).date() == today:
                break
        assert done(now)["position"] == 1
        assert done(before)["position"] == 0
        assert_problem(tomorrow, 422, "not_in_the_past", "/as_of")


def test_a_day_or_month_that_has_begun_and_not_ended_means_now(furnished: Dossier) -> None:
    for written in ("%Y-%m-%d", "%Y-%m"):
        # Asked again where midnight came between.
        begun = datetime.now(UTC)
        while True:
            furnished.post("claims", figure())
            answer = furnished.read("claims", as_of=datetime.now(UTC).strftime(written))
            if datetime.now(UTC).date() == begun.date():
                break
            begun = datetime.now(UTC)
        assert answer["position"] == furnished.position
    changed = furnished.read("changes", **{"from.as_of": "1", "to.as_of": str(datetime.now(UTC).date())})
    assert changed["to"]["position"] == furnished.position


def test_all_three_clocks_combine(furnished: Dossier) -> None:
    furnished.record("claims", **control("oct", id="c3", when="2018-10-10"))
    before = furnished.position
    furnished.change("claims/c3/corrections", set={"when": "2018-10-12"}, **WHY)
    furnished.change("reports/oct/corrections", set={"published": "2018-11-20"}, **WHY)
    asked = {"at": "2018-10-10", "kind": "control"}
    assert furnished.ids("claims", reported_by="2018-10-31", as_of=before, **asked) == ["c3"]
    assert furnished.ids("claims", reported_by="2018-10-31", **asked) == []
    assert furnished.ids("claims", reported_by="2018-11-30", at="2018-10-12", kind="control") == ["c3"]
    assert furnished.ids("claims", reported_by="2018-11-30", **asked) == []
    answer = furnished.read("claims", reported_by="2018-10-31", as_of=before, certainty="possible", **asked)
    assert (answer["position"], answer["certainty"]) == (before, "possible")
    assert answer["reported_by"].startswith("2018-10-31T23:59:59")


def test_each_write_can_be_read_at_once(furnished: Dossier) -> None:
    for number in range(30):
        furnished.change("claims/c1/corrections", set={"best": 3000 + number}, **WHY)
        answer = furnished.read("claims/c1")
        assert answer["content"]["best"] == 3000 + number
        assert answer["position"] >= furnished.position


def test_claims_are_filtered_by_what_they_say(furnished: Dossier) -> None:
    furnished.change("claims/c1/grades", credibility=3, **WHY)
    for query, expected in (
        ({"kind": "figure"}, ["c1"]),
        ({"kind": "control"}, ["c2"]),
        ({"measure": "fighters"}, ["c1"]),
        ({"measure": "killed"}, []),
        ({"actor": "is"}, ["c1", "c2"]),
        ({"actor": "sdf"}, []),
        ({"claimant": "sohr"}, ["c2"]),
        ({"unattributed": "true"}, ["c1"]),
        ({"unattributed": "false"}, ["c2"]),
        ({"report": "nov"}, ["c2"]),
        ({"credibility": "3"}, ["c1"]),
        ({"kind": "control", "claimant": "sohr", "place": "hajin"}, ["c2"]),
    ):
        assert furnished.ids("claims", **query) == expected, query


def test_a_place_takes_in_the_places_inside_it(furnished: Dossier) -> None:
    for place in ("syria", "deir-ez-zor", "hajin"):
        assert furnished.ids("claims", place=place) == ["c1", "c2"], place
    assert furnished.ids("claims", place="enclave") == ["c1", "c2"]
    # It belonged to the informal area until the end of 2018 only.
    furnished.record("claims", **control("dec", id="after", when="2019-02-01"))
    assert furnished.ids("claims", place="enclave") == ["c1", "c2"]
    assert furnished.ids("claims", place="hajin") == ["c1", "c2", "after"]
    before = furnished.position
    furnished.record("places", id="raqqa", name="Raqqa", kind="adm1", within="syria")
    furnished.change("places/hajin/corrections", set={"within": "raqqa"}, **WHY)
    assert furnished.ids("claims", place="deir-ez-zor") == []
    assert furnished.ids("claims", place="raqqa") == ["c1", "c2", "after"]
    assert furnished.ids("claims", place="deir-ez-zor", as_of=before) == ["c1", "c2", "after"]


def test_the_standing_of_a_claim_is_asked_for_by_status(furnished: Dossier) -> None:
    furnished.record("claims", **figure(id="gone", best=1))
    furnished.record("claims", **figure(id="never", best=2))
    furnished.change("claims/gone/withdrawals", report="nov", changed_by="publisher", **WHY)
    furnished.change("claims/never/retractions", **WHY)
    assert furnished.ids("claims") == ["c1", "c2", "gone"]
    assert furnished.ids("claims", status="stands") == ["c1", "c2"]
    assert furnished.ids("claims", status="withdrawn") == ["gone"]
    assert furnished.ids("claims", status="retracted") == ["never"]
    assert furnished.ids("claims", status="stands", reported_by="2018-11-01") == ["c1", "gone"]
    never = furnished.read("claims/never")
    assert (never["status"], never["retracted_because"]) == ("retracted", "a test")


def test_a_source_that_changed_its_word_said_it_from_that_report_on(furnished: Dossier) -> None:
    furnished.change(
        "claims/c1/revisions", report="nov", set={"best": 1200}, changed_by="publisher", reason="counted anew"
    )
    assert best(furnished, reported_by="2018-11-14") == 2000
    assert best(furnished, reported_by="2018-11-15") == 1200
    now = furnished.read("claims/c1")
    assert now["changed"] == {"kind": "revised", "changed_by": "publisher", "reason": "counted anew"}
    assert (now["status"], now["statement"], now["report"]["id"]) == ("stands", 2, "nov")
    # A date of publication that we had wrong moves what it should.
    furnished.change("reports/nov/corrections", set={"published": "2018-10-20"}, **WHY)
    assert best(furnished, reported_by="2018-11-14") == 1200


def test_a_source_that_took_its_word_back_had_said_it_until_then(furnished: Dossier) -> None:
    furnished.change("claims/c1/withdrawals", report="nov", changed_by="claimant", reason="a mix-up of units")
    assert furnished.read("claims/c1", reported_by="2018-11-01")["status"] == "stands"
    now = furnished.read("claims/c1")
    assert (now["status"], now["content"]["best"]) == ("withdrawn", 2000)
    assert now["changed"] == {"kind": "withdrawn", "changed_by": "claimant", "reason": "a mix-up of units"}
    # It may take it up again.
    furnished.change("claims/c1/revisions", report="dec", set={})
    assert furnished.read("claims/c1")["status"] == "stands"
    assert furnished.read("claims/c1", reported_by="2018-11-30")["status"] == "withdrawn"


def test_what_we_had_recorded_wrongly_was_never_said(furnished: Dossier) -> None:
    before = furnished.position
    furnished.change("claims/c1/corrections", set={"best": 200}, reason="a zero too many")
    assert best(furnished, reported_by="2018-10-15") == 200
    assert best(furnished, reported_by="2018-10-15", as_of=before) == 2000


def test_a_correction_of_the_first_statement_is_kept_by_what_took_it_over(furnished: Dossier) -> None:
    furnished.change("claims/c1/revisions", report="nov", set={"best": 1200})
    furnished.change("claims/c1/corrections", set={"qualifier": "stated"}, **WHY)
    furnished.change("claims/c1/corrections", statement=1, set={"best": 2100}, **WHY)
    first, now = furnished.read("claims/c1", reported_by="2018-10-31"), furnished.read("claims/c1")
    assert (first["content"]["best"], first["content"]["qualifier"]) == (2100, "stated")
    assert (now["content"]["best"], now["content"]["qualifier"]) == (1200, "stated")


def test_our_judgement_of_a_report_stays_beside_its_claims(furnished: Dossier) -> None:
    furnished.change("reports/nov/discreditings", reason="made up")
    assert furnished.read("claims/c2")["report"]["discredited_because"] == "made up"
    assert furnished.ids("claims", status="stands") == ["c1", "c2"]
    furnished.change("reports/oct/withdrawals", report="nov", reason="taken down")
    assert furnished.read("claims/c1")["status"] == "stands", "nobody takes anything back in a report like that"
    furnished.change("reports/nov/discrediting-liftings", reason="not made up")
    now = furnished.read("claims/c1")
    assert (now["status"], now["report"]["withdrawn"]) == ("withdrawn", True)
    assert furnished.read("claims/c1", reported_by="2018-11-01")["status"] == "stands"
    furnished.change("reports/nov/retractions", **WHY)
    assert furnished.ids("claims", status="stands") == ["c1"]
    assert_problem(furnished.get("claims/c2"), 404, "not_reported_yet", None)


def test_a_history_tells_who_when_why_before_and_after(furnished: Dossier) -> None:
    furnished.change("claims/c1/corrections", set={"best": 2500}, reason="misread")
    furnished.change("claims/c1/revisions", report="nov", set={"best": 1200}, changed_by="relay", reason="recounted")
    furnished.change("claims/c1/grades", credibility=2, reason="two agree")
    furnished.change("claims/c1/relations", relation="disputes", to="c2")
    furnished.change("claims/c1/retractions", reason="no claim at all")
    account = furnished.read("claims/c1/history")
    told = [(item["type"], item["reason"], item["report"], item["version"]) for item in account["items"]]
    assert told == [
        ("claim.recorded", None, "oct", 1),
        ("claim.corrected", "misread", None, 2),
        ("claim.revised", "recounted", "nov", 3),
        ("claim.graded", "two agree", None, 4),
        ("claim.related", None, None, 5),
        ("claim.retracted", "no claim at all", None, 6),
    ]
    changes = [item["changes"] for item in account["items"]]
    assert {"field": "best", "before": None, "after": 2000, "statement": 1} in changes[0]
    assert changes[1] == [{"field": "best", "before": 2000, "after": 2500, "statement": 1}]
    assert {"field": "best", "before": 2500, "after": 1200, "statement": 2} in changes[2]
    assert {"field": "report", "before": "oct", "after": "nov", "statement": 2} in changes[2]
    assert {"field": "credibility", "before": None, "after": 2} in changes[3]
    assert changes[4] == [{"field": "disputes", "before": [], "after": ["c2"]}]
    assert changes[5] == [{"field": "standing", "before": "stands", "after": "retracted"}]
    assert {item["principal_name"] for item in account["items"]} == {"the desk"}
    moments = [item["recorded_at"] for item in account["items"]]
    assert moments == sorted(moments)
    assert all(moment.endswith("Z") for moment in moments)


def test_the_history_of_a_claim_tells_what_became_of_its_reports(furnished: Dossier) -> None:
    """Of those that it is said in, and of one that one of them went on as; of another item nothing."""
    furnished.change("claims/c1/revisions", report="nov", set={"best": 1200})
    assert furnished.read("claims/c1/history")["reports"] == []
    furnished.change("reports/oct/withdrawals", when="2018-12", reason="Gone from its site")
    withdrawn = furnished.position
    furnished.change("reports/nov/discreditings", reason="Made up")
    furnished.change("reports/dec/discreditings", reason="Of no claim here")
    told = furnished.read("claims/c1/history")
    became = [(one["id"], one["type"], one["reason"], one["report"], one["when"]) for one in told["reports"]]
    assert became == [
        ("oct", "report.withdrawn", "Gone from its site", None, "2018-12"),
        ("nov", "report.discredited", "Made up", None, None),
    ]
    assert (told["reports"][0]["position"], told["reports"][0]["principal_name"]) == (withdrawn, "the desk")
    assert len(furnished.read("claims/c1/history", as_of=withdrawn)["reports"]) == 1
    # Page by page of those that its entries name; the client puts them together.
    pages = [furnished.read("claims/c1/history", limit=1, order=order) for order in ("oldest", "newest")]
    assert [[one["id"] for one in page["reports"]] for page in pages] == [["oct"], ["nov"]]
    furnished.change("reports/nov/merges", into="dec", reason="One")
    merged = [(one["id"], one["type"]) for one in furnished.read("claims/c1/history")["reports"]][2:]
    assert merged == [("dec", "report.discredited"), ("nov", "report.merged")]
    assert "reports" not in furnished.read("reports/oct/history")


def test_a_history_comes_in_pages_at_the_position_of_the_first(furnished: Dossier) -> None:
    for number in range(5):
        furnished.change("claims/c1/corrections", set={"best": 3000 + number}, **WHY)
    whole = furnished.read("claims/c1/history")
    assert (len(whole["items"]), whole["next"]) == (6, None)
    first = furnished.read("claims/c1/history", limit=4)
    furnished.change("claims/c1/grades", credibility=2, **WHY)
    second = furnished.read("claims/c1/history", limit=4, cursor=first["next"])
    assert first["items"] + second["items"] == whole["items"]
    assert second["next"] is None
    for page in (first, second):
        assert [page[name] for name in ("position", "version", "etag")] == [
            whole[name] for name in ("position", "version", "etag")
        ]
    newest = furnished.read("claims/c1/history", limit=1, order="newest")
    assert [item["type"] for item in newest["items"]] == ["claim.graded"]
    assert newest["next"] is not None
    for other in ({"order": "newest"}, {"as_of": whole["position"]}):
        answer = furnished.get("claims/c1/history", limit=4, cursor=first["next"], **other)
        assert_problem(answer, 400, "bad_cursor", "/cursor")
    assert_problem(furnished.get("claims/c2/history", cursor=first["next"]), 400, "bad_cursor", "/cursor")


def test_a_history_ends_at_the_position_that_it_is_asked_for(furnished: Dossier) -> None:
    before = furnished.position
    furnished.change("claims/c1/corrections", set={"best": 2500}, **WHY)
    account = furnished.read("claims/c1/history", as_of=before)
    assert [item["type"] for item in account["items"]] == ["claim.recorded"]
    assert (account["position"], account["version"]) == (before, 1)
    assert_problem(furnished.get("claims/c1/history", as_of=5), 404, "no_such_item", None)


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("actors", ["is", "sdf"]),
        ("sources", ["sohr", "reuters"]),
        ("places", ["syria", "deir-ez-zor", "enclave", "hajin"]),
        ("reports", ["oct", "nov", "dec"]),
    ],
)
def test_items_of_each_kind_are_read_as_of_any_position(furnished: Dossier, kind: str, ids: list[str]) -> None:
    assert furnished.ids(kind) == ids
    before = furnished.position
    name = "label" if kind == "reports" else "name"
    first = furnished.read(f"{kind}/{ids[0]}")
    furnished.change(f"{kind}/{ids[0]}/corrections", set={name: "Another name"}, **WHY)
    furnished.change(f"{kind}/{ids[1]}/retractions", **WHY)
    now = furnished.get(f"{kind}/{ids[0]}")
    assert (now.json()[name], now.json()["version"], now.headers["etag"][:3]) == ("Another name", 2, '"2.')
    then = furnished.get(f"{kind}/{ids[0]}", as_of=before)
    assert (then.json(), then.headers["etag"][:3]) == (first, '"1.')
    assert [item["retracted"] for item in furnished.read(kind)["items"]][:2] == [False, True]
    assert [item["retracted"] for item in furnished.read(kind, as_of=before)["items"]][:2] == [False, False]
    assert furnished.read(kind, as_of=1)["items"] == []
    assert_problem(furnished.get(f"{kind}/nothing"), 404, "no_such_item", None)


def test_dossiers_are_listed_with_their_positions(shared: Dossier, http: httpx.Client) -> None:
    shared.read()
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = done(http.get("/dossiers", params=query))
        items += page["items"]
        assert len(page["items"]) <= 2
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    ids = [item["id"] for item in items]
    assert ids == sorted(set(ids))
    (mine,) = [item for item in items if item["id"] == shared.id]
    assert (mine["position"], mine["title"], mine["time_zone"]) == (shared.position, f"Dossier {shared.id}", "UTC")


def test_pages_stay_at_the_position_of_the_first_while_writing_goes_on(furnished: Dossier) -> None:
    lines = [{"command": "record_claim", "id": f"p{n:03}", **figure(best=n)} for n in range(100)]
    done(furnished.batch(lines))
    expected = ["c1", "c2", *(f"p{n:03}" for n in range(100))]
    stop, writer = Event(), Dossier(furnished.http, furnished.id)

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            writer.record("claims", **figure(best=number))
            writer.change("claims/p050/corrections", set={"best": 10_000 + number}, **WHY)
            if number < 90:
                writer.change(f"claims/p{99 - number:03}/retractions", **WHY)

    page = furnished.read("claims", limit=7)
    position, items = page["position"], page["items"]
    writing = Thread(target=write)
    writing.start()
    try:
        while page["next"]:
            page = furnished.read("claims", limit=7, cursor=page["next"])
            assert page["position"] == position
            items += page["items"]
    finally:
        stop.set()
        writing.join()
    assert [item["id"] for item in items] == expected
    assert items[expected.index("p050")]["content"]["best"] == 50


def test_a_list_ends_without_a_next_page(shared: Dossier) -> None:
    assert shared.read("claims", limit=2)["next"] is None
    page = shared.read("claims", limit=1)
    assert len(page["items"]) == 1
    assert shared.read("claims", limit=1, cursor=page["next"])["next"] is None
    sources = shared.read("sources", limit=1)
    assert shared.ids("sources", cursor=sources["next"]) == ["reuters"]
