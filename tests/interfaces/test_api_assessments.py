"""Assessments through HTTP: what the desk finds, on which claims, and whether its basis moved."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, assert_problem, control, done, figure

FINDING: dict[str, Any] = {
    "topic": "fighters,people,subject:is,place:hajin", "when": "2018-10", "finding": "About 2,000", "grade": "fair",
    "claims": ["c1", "c2"], "because": "One report, and it fits the other",
}  # fmt: skip


@pytest.fixture
def assessed(furnished: Dossier) -> Dossier:
    """One assessment, of two claims: one in `oct`, one in `nov`."""
    furnished.record("assessments", id="a1", **FINDING)
    return furnished


def moved(dossier: Dossier, assessment: str = "a1", **query: Any) -> dict[str, list[str]]:
    """Claim to the types of what moved it."""
    basis = dossier.read(f"assessments/{assessment}", **query)["basis"]
    return {each["claim"]: [move["type"] for move in each["moved"]] for each in basis}


def test_an_assessment_shows_its_question_its_finding_and_its_basis(assessed: Dossier) -> None:
    answer = assessed.get("assessments/a1")
    position = assessed.position
    assert answer.json() == {
        "etag": answer.headers["etag"].strip('"').partition("-")[0],
        "position": position, "id": "a1", **FINDING, "place": None, "same_origin": [],
        "assessed_position": position, "withdrawn_because": None, "version": 1, "recorded_position": position,
        "basis": [{"claim": "c1", "moved": []}, {"claim": "c2", "moved": []}], "moved": False, "moved_since": None,
    }  # fmt: skip
    assert answer.headers["etag"].startswith('"1.')
    assert_problem(assessed.get("assessments/a9"), 404, "no_such_item", None)
    assert_problem(assessed.get("assessments/a1", as_of=position - 1), 404, "no_such_item", None)


@pytest.mark.parametrize(
    ("fields", "status", "code", "place"),
    [
        ({"topic": None}, 422, "assessment_without_question", "/topic"),
        ({"topic": "rumours,people"}, 422, "not_in_vocabulary", "/topic"),
        ({"topic": "fighters,people,incident:i9"}, 422, "unknown_reference", "/topic"),
        ({"claims": []}, 422, "malformed", "/claims"),
        ({"claims": None}, 422, "missing_field", "/claims"),
        ({"claims": ["c1", "c9"]}, 422, "unknown_reference", "/claims/1"),
        ({"same_origin": ["c1"]}, 422, "same_origin_of_one", "/same_origin"),
        ({"claims": ["c2"], "same_origin": ["c1", "c2"]}, 422, "same_origin_outside_basis", "/same_origin/0"),
        ({"same_origin": ["c1", "c2"]}, 422, "same_origin_of_attributed", "/same_origin/1"),
        ({"grade": "certain"}, 422, "not_in_vocabulary", "/grade"),
        ({"because": None}, 422, "missing_field", "/because"),
        ({"id": "a1", "grade": "weak"}, 409, "already_exists", "/id"),
    ],
)
def test_a_refusal_names_its_place(
    assessed: Dossier, fields: dict[str, Any], status: int, code: str, place: str
) -> None:
    body = {name: value for name, value in (FINDING | fields).items() if value is not None}
    assert_problem(assessed.post("assessments", body), status, code, place)


def test_a_revision_is_assessed_anew_and_a_withdrawal_ends_it(assessed: Dossier) -> None:
    first = assessed.position
    assessed.change("claims/c1/corrections", set={"best": 2100}, **WHY)
    assert assessed.read("assessments/a1")["moved"]
    assessed.change("assessments/a1/revisions", set={"finding": "About 2,100"}, reason="misread, and now right")
    revised = assessed.position
    now = assessed.read("assessments/a1")
    assert (now["finding"], now["moved"], now["assessed_position"]) == ("About 2,100", False, revised)
    then = assessed.read("assessments/a1", as_of=first)
    assert (then["finding"], then["moved"], then["assessed_position"]) == ("About 2,000", False, first)
    assessed.change("assessments/a1/withdrawals", reason="asked too early")
    assert not assessed.change("assessments/a1/withdrawals", reason="again")["changed"]
    now = assessed.read("assessments/a1")
    assert (now["withdrawn_because"], now["assessed_position"]) == ("asked too early", revised)
    answer = assessed.post("assessments/a1/revisions", {"set": {"grade": "weak"}, **WHY}, if_match="*")
    assert_problem(answer, 409, "assessment_withdrawn", None)
    assert [item["type"] for item in assessed.read("assessments/a1/history")["items"]] == [
        "assessment.issued",
        "assessment.revised",
        "assessment.withdrawn",
    ]


def test_a_finding_that_is_upheld_is_assessed_anew_and_says_what_it_said(assessed: Dossier) -> None:
    assessed.change("claims/c1/corrections", set={"best": 2100}, **WHY)
    before = assessed.read("assessments/a1")
    assert before["moved"]
    answer = assessed.post("assessments/a1/revisions", {"set": {"grade": before["grade"]}, **WHY}, if_match="*")
    assert_problem(answer, 422, "nothing_changes", "/set")
    assert "uphold_assessment" in answer.json()["detail"]
    assessed.change("assessments/a1/upholdings", reason="seen: it stands")
    now = assessed.read("assessments/a1")
    assert (now["moved"], now["assessed_position"]) == (False, assessed.position)
    assert {name: now[name] for name in FINDING} == {name: before[name] for name in FINDING}


def test_a_slip_that_is_taken_back_leaves_what_moved_the_basis(assessed: Dossier) -> None:
    """Else a revision that was meant for another assessment says for good that somebody weighed its basis."""

    def told() -> tuple[Any, ...]:
        now = assessed.read("assessments/a1")
        return now["finding"], now["grade"], now["moved"], now["moved_since"], now["assessed_position"]

    answer = assessed.post("assessments/a1/revision-retractions", WHY, if_match="*")
    assert_problem(answer, 409, "assessment_not_revised", None)
    assessed.change("claims/c1/corrections", set={"best": 2100}, **WHY)
    before = told()
    assert before[2]
    slips: tuple[tuple[str, dict[str, Any]], ...] = (
        ("revisions", {"set": {"finding": "Of another", "grade": "weak"}}),
        ("upholdings", {}),
    )
    for below, body in slips:
        assessed.change(f"assessments/a1/{below}", **body, **WHY)
        slip = told()
        assert not slip[2]
        assessed.change("assessments/a1/revision-retractions", reason="a slip")
        assert told() == before
        assert [each["id"] for each in assessed.read("assessments", moved="true")["items"]] == ["a1"]
        assessed.change("assessments/a1/revision-reinstatements", reason="it was none")
        assert told() == slip
        answer = assessed.post("assessments/a1/revision-reinstatements", WHY, if_match="*")
        assert_problem(answer, 409, "revision_not_retracted", None)
        assessed.change("assessments/a1/revision-retractions", reason="it was one")
        assert told() == before


def test_of_two_who_see_one_slip_one_takes_it_back(assessed: Dossier) -> None:
    assessed.change("assessments/a1/revisions", set={"grade": "weak"}, **WHY)
    assessed.change("assessments/a1/revisions", set={"grade": "contested"}, **WHY)
    seen = assessed.read("assessments/a1")["etag"]

    def take_back(key: str) -> Any:
        body = {"reason": "a slip"}
        return assessed.post("assessments/a1/revision-retractions", body, if_match=f'"{seen}"', idempotency_key=key)

    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip("abcd", pool.map(take_back, "abcd"), strict=True))
    (won,) = (key for key, answer in answers.items() if answer.status_code == 200)
    for key in answers.keys() - {won}:
        assert_problem(answers[key], 412, "version_moved", None)
    # The same key asks for the same thing, which was done.
    again = done(take_back(won))
    assert (again["repeated"], again["version"]) == (True, 4)
    assert assessed.read("assessments/a1")["grade"] == "weak"


def test_what_was_said_by_mistake_is_what_the_record_said_then(assessed: Dossier) -> None:
    """Whoever looks at the record as it was between a slip and its retraction sees the slip; the history tells both."""

    def picture(**asked: Any) -> Any:
        shown = assessed.read("assessments/a1", **asked)
        return {name: shown[name] for name in shown.keys() - {"position", "version", "etag"}}

    assessed.change("claims/c1/corrections", set={"best": 2100}, **WHY)
    before, stood = picture(), assessed.position
    assessed.change("assessments/a1/revisions", set={"finding": "Of another", "when": None}, reason="a word")
    slip, said = picture(), assessed.position
    assessed.change("assessments/a1/revision-retractions", reason="a slip")
    assert picture() == before == picture(as_of=stood)
    assert picture(as_of=said) == slip
    assert (slip["finding"], slip["when"], slip["moved"], slip["assessed_position"]) == (
        "Of another",
        None,
        False,
        said,
    )
    assert assessed.read("changes/findings", **{"from.as_of": stood, "to.as_of": assessed.position})["items"] == []
    (shown,) = assessed.read("changes/findings", **{"from.as_of": stood, "to.as_of": said})["items"]
    assert shown["assessment"] == "a1"
    assessed.change("assessments/a1/upholdings", reason="seen: it stands")
    told = assessed.read("assessments/a1/history")["items"][1:]
    assert [(entry["type"], entry["reason"], entry["principal_name"]) for entry in told] == [
        ("assessment.revised", "a word", told[0]["principal_name"]),
        ("assessment.revision_retracted", "a slip", told[0]["principal_name"]),
        ("assessment.upheld", "seen: it stands", told[0]["principal_name"]),
    ]
    undone = [{**each, "before": each["after"], "after": each["before"]} for each in told[1]["changes"]]
    assert sorted(undone, key=str) == sorted(told[0]["changes"], key=str)
    # What moves the basis from here on moved it since it was upheld.
    assessed.change("claims/c2/corrections", set={"note": "x"}, **WHY)
    shown = assessed.read("assessments/a1")
    assert shown["moved_since"]["position"] == assessed.position
    assert moved(assessed) == {"c1": [], "c2": ["claim.corrected"]}


def test_a_revision_is_taken_back_whatever_became_of_what_it_names(assessed: Dossier) -> None:
    """A claim of the basis that was retracted is no reason to leave a slip on the record."""
    assessed.change("assessments/a1/revisions", set={"claims": ["c2"]}, **WHY)
    assessed.change("claims/c1/retractions", **WHY)
    assessed.change("assessments/a1/revision-retractions", reason="a slip")
    assert moved(assessed) == {"c1": ["claim.retracted"], "c2": []}


def test_a_finding_taken_up_again_counts_as_assessed_when_it_last_was(assessed: Dossier) -> None:
    issued = assessed.position
    assessed.change("assessments/a1/withdrawals", reason="asked too early")
    assessed.change("claims/c1/corrections", set={"best": 2100}, **WHY)
    moved_at = assessed.position
    assessed.change("assessments/a1/reinstatements", reason="it holds after all")
    now = assessed.read("assessments/a1")
    assert (now["withdrawn_because"], now["assessed_position"]) == (None, issued)
    assert now["moved_since"]["position"] == moved_at
    answer = assessed.post("assessments/a1/reinstatements", WHY, if_match="*")
    assert_problem(answer, 409, "assessment_not_withdrawn", None)
    assessed.change("assessments/a1/revisions", set={"grade": "weak"}, **WHY)
    assert not assessed.read("assessments/a1")["moved"]


def test_what_moved_a_basis_is_told_with_when_and_why(assessed: Dossier) -> None:
    before = assessed.position
    assessed.change("claims/c1/grades", credibility=2, **WHY)
    assessed.change("reports/dec/discreditings", reason="another report")
    assert not assessed.read("assessments/a1")["moved"]
    assessed.change("claims/c1/revisions", report="dec", set={"best": 1200}, reason="counted anew")
    since = assessed.position
    assessed.change("claims/c2/retractions", reason="no report says so")
    assessed.change("reports/oct/corrections", set={"label": "X"}, **WHY)
    assessed.change("reports/oct/corrections", set={"published": "2018-10-16"}, reason="misread")
    now = assessed.read("assessments/a1")
    one, other = now["basis"]
    assert [(move["type"], move["reason"], move["report"]) for move in one["moved"]] == [
        ("claim.revised", "counted anew", "dec"),
        ("report.corrected", "misread", "oct"),
    ]
    assert [(move["type"], move["reason"], move["report"]) for move in other["moved"]] == [
        ("claim.retracted", "no report says so", None)
    ]
    assert now["moved"]
    assert now["moved_since"] == {key: one["moved"][0][key] for key in ("position", "recorded_at")}
    (revised,) = done(assessed.http.get(f"{assessed.path}/events", params={"after": since - 1, "limit": 1}))["items"]
    assert (now["moved_since"]["position"], now["moved_since"]["recorded_at"]) == (since, revised["time"])
    # Asked of earlier positions it had not, or not so far.
    assert moved(assessed, as_of=before) == {"c1": [], "c2": []}
    assert moved(assessed, as_of=since) == {"c1": ["claim.revised"], "c2": []}


def test_what_was_not_out_by_then_is_told_of_a_basis(assessed: Dossier) -> None:
    """`oct` was out on 15 October, `nov` on 10 November; `dec` is dated to the month."""
    assessed.record("claims", **figure(id="c5", report="dec"))
    assessed.record("assessments", **{**FINDING, "id": "a5", "claims": ["c1", "c2", "c5"]})

    def not_out(**query: Any) -> list[str] | None:
        one = assessed.read("assessments/a5", **query)
        (listed,) = [item for item in assessed.read("assessments", **query)["items"] if item["id"] == "a5"]
        assert listed.get("not_out") == one.get("not_out")
        told: list[str] | None = one.get("not_out")
        return told

    assert not_out() is None
    assert not_out(reported_by="2018-01-01") == ["c1", "c2", "c5"]
    assert not_out(reported_by="2018-10-31") == ["c2", "c5"]
    assert not_out(reported_by="2018-12-15") == ["c5"]
    assert not_out(reported_by="2018-12-15", certainty="possible") is None
    assert not_out(reported_by="2018-12-31") is None
    # What we took back was never out by any day, and rests in nobody's way.
    assessed.change("claims/c2/retractions", **WHY)
    assert not_out(reported_by="2018-10-31") == ["c5"]


def test_a_basis_moves_for_a_reader_once_the_source_was_heard(assessed: Dossier) -> None:
    """The report of December is dated to the month."""
    assessed.change("claims/c1/revisions", report="dec", set={"best": 1200}, reason="counted anew")
    assert moved(assessed)["c1"] == ["claim.revised"]
    assert moved(assessed, reported_by="2018-12-15")["c1"] == []
    assert moved(assessed, reported_by="2018-12-15", certainty="possible")["c1"] == ["claim.revised"]
    assert moved(assessed, reported_by="2018-12-31")["c1"] == ["claim.revised"]
    before = assessed.position
    assessed.change("reports/dec/corrections", set={"published": "2018-12-10"}, **WHY)
    assert "claim.revised" in moved(assessed, reported_by="2018-12-15")["c1"]
    assert moved(assessed, reported_by="2018-12-15", as_of=before)["c1"] == []
    assessed.change("reports/nov/withdrawals", report="dec", reason="taken down")
    assert moved(assessed, reported_by="2018-12-09")["c2"] == []
    assert moved(assessed, reported_by="2018-12-10")["c2"] == ["report.withdrawn"]
    # What we corrected was never otherwise, whatever a reader knew.
    assessed.change("claims/c2/corrections", set={"when": "2018-11-11"}, **WHY)
    assert moved(assessed, reported_by="2000")["c2"] == ["claim.corrected"]


@pytest.fixture(scope="module")
def several(shared: Dossier) -> Dossier:
    """Assessments of places and of times; the bases of two of them moved."""
    shared.record("places", id="baghouz", name="Baghouz", kind="village", within="syria")
    shared.record("claims", **figure(id="c3", best=300))
    for id, fields in (
        ("of-hajin", {"topic": None, "place": "hajin", "when": "2018-10", "grade": "weak", "claims": "c1"}),
        ("by-topic", {"when": None, "claims": "c2"}),
        ("of-baghouz", {"topic": None, "place": "baghouz", "when": "2018-12", "claims": ["c1", "c2"]}),
        ("of-origins", {"topic": "killed,people", "when": None, "claims": ["c1", "c3"], "same_origin": ["c1", "c3"]}),
    ):
        given = {name: value for name, value in (FINDING | fields).items() if value is not None}
        shared.record("assessments", id=id, **given)
    shared.change("claims/c2/corrections", set={"when": "2018-11-11"}, **WHY)
    shared.change("assessments/of-baghouz/revisions", set={"grade": "contested"}, **WHY)
    shared.change("claims/c3/corrections", set={"best": 310}, **WHY)
    return shared


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["of-hajin", "by-topic", "of-baghouz", "of-origins"]),
        ({"grade": "weak"}, ["of-hajin"]),
        ({"grade": "confirmed"}, []),
        ({"place": "hajin"}, ["of-hajin", "by-topic"]),
        ({"place": "enclave"}, ["of-hajin", "by-topic"]),
        ({"place": "syria"}, ["of-hajin", "by-topic", "of-baghouz"]),
        ({"claim": "c1"}, ["of-hajin", "of-baghouz", "of-origins"]),
        ({"moved": "true"}, ["by-topic", "of-origins"]),
        ({"moved": "false"}, ["of-hajin", "of-baghouz"]),
        ({"moved": "true", "claim": "c3"}, ["of-origins"]),
        ({"at": "2018-10-20"}, ["of-hajin", "by-topic", "of-origins"]),
        ({"at": "2018-12-01", "place": "syria"}, ["by-topic", "of-baghouz"]),
    ],
)
def test_assessments_are_filtered(several: Dossier, query: dict[str, str], expected: list[str]) -> None:
    assert several.ids("assessments", **query) == expected


@pytest.mark.parametrize("query", [{}, {"moved": "true"}, {"moved": "false"}])
def test_a_filtered_list_pages_as_any_other(several: Dossier, query: dict[str, str]) -> None:
    whole = several.ids("assessments", **query)
    page = several.read("assessments", limit=1, **query)
    found = page["items"]
    while page["next"]:
        page = several.read("assessments", limit=1, cursor=page["next"], **query)
        found += page["items"]
    assert [item["id"] for item in found] == whole


def test_a_list_refuses_what_it_does_not_know(several: Dossier) -> None:
    told = assert_problem(several.get("assessments", grade="certain"), 422, "not_in_vocabulary", None)
    assert told["parameter"] == "grade"
    assert_problem(several.get("assessments", place="nowhere"), 422, "unknown_reference", None)
    assert_problem(several.get("assessments", colour="red"), 422, "unknown_parameter", None)


def test_more_assessments_than_are_looked_at_together(furnished: Dossier) -> None:
    """One in ten moved: a page of those is filled from several stretches of the list."""
    lines: list[dict[str, Any]] = []
    for number in range(250):
        lines.append({"command": "record_claim", "id": f"p{number}", **control("oct", when="2018-10-10")})
        lines.append({"command": "issue_assessment", "id": f"a{number}", **FINDING, "claims": f"p{number}"})
    lines += [{"command": "retract_claim", "id": f"p{number}", **WHY} for number in range(0, 250, 10)]
    done(furnished.batch(lines))
    expected = [f"a{number}" for number in range(0, 250, 10)]
    assert furnished.ids("assessments", moved="true") == expected
    page = furnished.read("assessments", moved="true", limit=12)
    assert [item["id"] for item in page["items"]] == expected[:12]
    assert furnished.ids("assessments", moved="true", limit=12, cursor=page["next"]) == expected[12:24]
    assert len(furnished.ids("assessments", limit=240)) == 240
