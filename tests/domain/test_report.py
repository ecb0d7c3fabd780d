from typing import Any

import pytest

from domain import report
from domain.fields import read
from domain.report import (
    CorrectReport,
    DiscreditReport,
    FileReport,
    LiftDiscrediting,
    MergeReport,
    ReportCorrected,
    ReportDetails,
    ReportDiscredited,
    ReportDiscreditingLifted,
    ReportFiled,
    ReportMerged,
    ReportRetracted,
    ReportWithdrawalRetracted,
    ReportWithdrawn,
    RetractReport,
    RetractWithdrawal,
    SplitReport,
    WithdrawReport,
)
from domain.when import bounds
from tests.domain.given import Given


def filed(**fields: Any) -> ReportFiled:
    return ReportFiled(details=ReportDetails.model_validate({"label": "A report", "published": "2018-12"} | fields))


def file(**fields: Any) -> FileReport:
    return read(FileReport, {"id": "r1", "label": "A report", "published": "2018-12"} | fields)


MERGED_INTO_R1 = ReportMerged(into="r1", reason="one")


def given(*past: Any, **beside: Any) -> Given:
    return Given(report, *past, **beside)


def correct(**set_: Any) -> CorrectReport:
    return CorrectReport(id="r1", set=set_, reason="misread")


WITHDRAW = WithdrawReport(id="r1", when="2019-01", reason="wrong photograph")
RETRACT = RetractReport(id="r1", reason="filed twice")


def test_a_report_is_filed_with_what_it_points_at() -> None:
    fields: dict[str, Any] = {
        "publisher": "reuters", "author": "sohr", "credits": ["sohr"], "derived_from": ["oct"], "cited_in": ["nov"],
        "published_bounds": "2018-12-14/..", "language": "nl", "url": "https://example.org/1", "note": "seen on paper",
    }  # fmt: skip
    assert given().when(file(**fields)) == [filed(**fields)]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"published": "some day"}, "not_edtf", "published"),
        ({"published_bounds": "2018-13"}, "not_edtf", "published_bounds"),
        ({"published_bounds": "2019-02"}, "bounds_outside_published", "published_bounds"),
        ({"label": ""}, "empty_text", "label"),
        ({"label": "x" * 501}, "text_too_long", "label"),
        ({"url": "x" * 2001}, "text_too_long", "url"),
        ({"note": "\0"}, "text_unreadable", "note"),
        ({"publisher": "nobody"}, "unknown_reference", "publisher"),
        ({"author": "gone"}, "retracted_reference", "author"),
        ({"credits": ["sohr", "nobody"]}, "unknown_reference", "credits.1"),
        ({"derived_from": ["none"]}, "unknown_reference", "derived_from.0"),
        ({"cited_in": ["misfiled"]}, "retracted_reference", "cited_in.0"),
        ({"derived_from": ["r1"]}, "report_refers_to_itself", "derived_from.0"),
        ({"cited_in": ["oct", "r1"]}, "report_refers_to_itself", "cited_in.1"),
        ({"id": "R1"}, "not_a_slug", "id"),
    ],
)
def test_a_report_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    given().refuses(file(**fields), code, field)
    if field != "id":
        given(filed()).refuses(correct(**fields), code, f"set.{field}")


def test_bounds_that_touch_the_printed_date_are_taken() -> None:
    assert given().when(file(published_bounds="2018-11-20/2018-12-01"))


def test_bounds_are_compared_in_the_dossiers_time_zone() -> None:
    """The 15th in Damascus ends at 21:00 UTC."""
    late = file(published="2018-12-15", published_bounds="2018-12-15T22:00:00Z/2018-12-15T23:00:00Z")
    assert given().when(late)
    given(time_zone="Asia/Damascus").refuses(late, "bounds_outside_published", "published_bounds")


def test_it_came_out_within_its_inferred_bounds_or_its_date() -> None:
    assert filed().details.publication("UTC") == bounds("2018-12")
    assert filed(published_bounds="2018-12-14/2018-12-20").details.publication("UTC") == bounds("2018-12-14/2018-12-20")


def test_a_correction_holds_what_it_changes() -> None:
    assert given(filed()).when(correct(published="2018-11", label="A report")) == [
        ReportCorrected(set={"published": "2018-11"}, reason="misread")
    ]
    assert given(filed(url="u")).after(correct(url=None)).state.details == filed().details


@pytest.mark.parametrize(
    ("set_", "code", "field"),
    [
        ({}, "nothing_changes", "set"),
        ({"published": "2018-12"}, "nothing_changes", "set"),
        ({"url": None}, "nothing_changes", "set"),
        ({"colour": "red"}, "unknown_field", "set.colour"),
        ({"colour": None, "url": "u"}, "unknown_field", "set.colour"),
        ({"published": None}, "missing_field", "set.published"),
        ({"label": 5}, "malformed", "set.label"),
    ],
)
def test_a_correction_that_is_none_is_refused(set_: dict[str, Any], code: str, field: str) -> None:
    given(filed()).refuses(correct(**set_), code, field)


def test_a_note_that_is_set_has_the_limit_of_its_field() -> None:
    assert given(filed()).when(correct(note="x" * 2000))
    given(filed()).refuses(correct(note="x" * 2001), "text_too_long", "set.note")


def test_a_correction_of_one_field_asks_nothing_of_the_others() -> None:
    assert given(filed(publisher="gone", derived_from=["misfiled"])).when(correct(published="2018-11"))


def test_a_report_is_withdrawn_at_a_time_or_in_a_report() -> None:
    assert given(filed()).when(WITHDRAW) == [ReportWithdrawn(when="2019-01", reason="wrong photograph")]
    inside = WithdrawReport(id="r1", report="dec", reason="wrong photograph")
    assert given(filed()).when(inside) == [ReportWithdrawn(report="dec", reason="wrong photograph")]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({}, "missing_field", "when"),
        ({"when": "2019", "report": "dec"}, "missing_field", "when"),
        ({"when": "later"}, "not_edtf", "when"),
        ({"report": "none"}, "unknown_reference", "report"),
        ({"report": "misfiled"}, "retracted_reference", "report"),
        ({"report": "r1"}, "report_refers_to_itself", "report"),
        ({"when": "2019", "reason": " "}, "reason_empty", "reason"),
    ],
)
def test_a_withdrawal_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    given(filed()).refuses(read(WithdrawReport, {"id": "r1", "reason": "wrong"} | fields), code, field)


def test_a_report_is_withdrawn_once() -> None:
    given(filed()).after(WITHDRAW).refuses(WITHDRAW, "report_already_withdrawn")


def test_no_report_is_withdrawn_in_what_is_one_with_it() -> None:
    """Whatever comes first: the withdrawal, or the merge by which it would be in itself."""
    dec, in_dec = filed(), WithdrawReport(id="r1", report="dec", reason="wrong")
    there = given(filed(), beside={("report", "dec"): [dec, MERGED_INTO_R1]})
    there.refuses(in_dec, "report_refers_to_itself", "report")
    by_way = {("report", "dec"): [dec, ReportMerged(into="x", reason="one")], ("report", "x"): [dec, MERGED_INTO_R1]}
    given(filed(), beside=by_way).refuses(in_dec, "report_refers_to_itself", "report")
    withdrawn = ReportWithdrawn(report="r1", reason="wrong")
    into_dec = MergeReport(id="r1", into="dec", reason="one")
    given(filed(), beside={("report", "dec"): [dec, withdrawn]}).refuses(into_dec, "report_refers_to_itself", "into")
    in_another = ReportWithdrawn(report="x", reason="wrong")
    others = {("report", "dec"): [dec, in_another], ("report", "x"): [dec]}
    assert given(filed(), beside=others).when(into_dec) == [ReportMerged(into="dec", reason="one")]
    others["report", "x"] = [dec, MERGED_INTO_R1]
    given(filed(), beside=others).refuses(into_dec, "report_refers_to_itself", "into")


def test_no_report_goes_up_in_what_it_was_withdrawn_in() -> None:
    dec, into_dec = filed(), MergeReport(id="r1", into="dec", reason="one")
    withdrawn = given(filed(), ReportWithdrawn(report="dec", reason="wrong"), beside={("report", "dec"): [dec]})
    refusal = withdrawn.refuses(into_dec, "report_refers_to_itself", "into")
    assert "'dec', in which 'r1' is withdrawn" in str(refusal)
    into_x = ReportMerged(into="x", reason="one")
    by_way = {("report", "dec"): [dec, into_x], ("report", "x"): [dec]}
    for into in ("dec", "x"):
        one = given(filed(), ReportWithdrawn(report="dec", reason="wrong"), beside=by_way)
        one.refuses(MergeReport(id="r1", into=into, reason="one"), "report_refers_to_itself", "into")
    elsewhere = given(filed(), ReportWithdrawn(report="nov", reason="wrong"), beside=by_way)
    assert elsewhere.when(into_dec) == [ReportMerged(into="dec", reason="one")]


def test_a_report_is_discredited_for_a_reason() -> None:
    one, command = given(filed()), DiscreditReport(id="r1", reason="the author made it up")
    assert one.when(command) == [ReportDiscredited(reason="the author made it up")]
    assert one.after(command).when(command) == []
    one.refuses(DiscreditReport(id="r1", reason=""), "reason_empty", "reason")


def test_a_withdrawal_that_was_our_mistake_is_retracted_and_may_be_recorded_again() -> None:
    one = given(filed()).after(WITHDRAW)
    unsay = RetractWithdrawal(id="r1", reason="that was another article")
    assert one.when(unsay) == [ReportWithdrawalRetracted(reason="that was another article")]
    withdrawn = one.state
    assert one.after(unsay).state == given(filed()).state
    one.refuses(unsay, "report_not_withdrawn")
    assert one.after(WITHDRAW).state == withdrawn


def test_what_was_said_of_a_report_that_was_merged_since_is_taken_back_once_it_is_split() -> None:
    beside = {("report", "dec"): [filed()]}
    for said, unsaid in ((WITHDRAW, RetractWithdrawal), (DiscreditReport(id="r1", reason="made up"), LiftDiscrediting)):
        back = read(unsaid, {"id": "r1", "reason": "our mistake"})
        one = given(filed(), beside=beside).after(said, MergeReport(id="r1", into="dec", reason="one"))
        one.refuses(back, "goes_on_as_another")
        assert one.after(SplitReport(id="r1", reason="two"), back).state == given(filed()).state


def test_a_discrediting_is_lifted() -> None:
    one = given(filed()).after(DiscreditReport(id="r1", reason="the author made it up"))
    lift = LiftDiscrediting(id="r1", reason="a second witness bears it out")
    assert one.when(lift) == [ReportDiscreditingLifted(reason="a second witness bears it out")]
    assert one.after(lift).state == given(filed()).state
    one.refuses(lift, "report_not_discredited")


def test_nothing_more_is_said_about_a_retracted_report() -> None:
    one = given(filed()).after(RETRACT)
    assert one.when(RETRACT) == []
    for command in (WITHDRAW, correct(published="2019"), DiscreditReport(id="r1", reason="made up")):
        one.refuses(command, "retracted")
    assert given(filed()).when(RETRACT) == [ReportRetracted(reason="filed twice")]
