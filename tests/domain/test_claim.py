import itertools
from typing import Any

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from domain import claim
from domain.claim import (
    Claim,
    ClaimCorrected,
    ClaimGraded,
    ClaimRecorded,
    ClaimReinstated,
    ClaimRelated,
    ClaimRetracted,
    ClaimRevised,
    ClaimStatementReinstated,
    ClaimStatementRetracted,
    ClaimWithdrawn,
    CorrectClaim,
    GradeClaim,
    RecordControl,
    RecordFigure,
    RecordOccurrence,
    RecordStatement,
    ReinstateClaim,
    ReinstateStatement,
    RelateClaim,
    Relations,
    RetractClaim,
    RetractStatement,
    ReviseClaim,
    WithdrawClaim,
)
from domain.content import Figure
from domain.errors import DomainError
from domain.fact import Fact
from domain.fields import Malformed, read
from domain.report import ReportDetails, ReportDiscredited, ReportFiled, ReportWithdrawn
from domain.second_looks import SecondLook, second_looks
from domain.statements import Mend, standing
from tests.domain.given import NOW, Given


def figure(**fields: Any) -> Figure:
    given: dict[str, Any] = {"qualifier": "stated", "best": 5} | fields
    return Figure(kind="figure", measure="killed", unit="people", **given)


def recorded(report: str = "oct", **fields: Any) -> ClaimRecorded:
    return ClaimRecorded(report=report, content=figure(**fields))


def revised(statement: int, after: int, report: str = "nov", **set_: Any) -> ClaimRevised:
    return ClaimRevised(statement=statement, after=after, report=report, set=set_)


def withdrawn(statement: int, after: int, report: str = "dec") -> ClaimWithdrawn:
    return ClaimWithdrawn(statement=statement, after=after, report=report, reason="taken back")


def given(*past: Fact, **beside: Any) -> Given:
    return Given(claim, *past, **beside)


def said(state: Claim, field: str = "best") -> list[tuple[int, Any]]:
    """What the statements that stand say, in the order of the list: number, value (None where it was withdrawn)."""
    return [(made.number, None if made.ended else getattr(made.content, field)) for made in standing(state.statements)]


def record(**fields: Any) -> RecordFigure:
    base = {"id": "c1", "report": "oct", "kind": "figure", "measure": "killed", "unit": "people"}
    return read(RecordFigure, base | {"qualifier": "stated", "best": 5} | fields)


def revise(**fields: Any) -> ReviseClaim:
    return ReviseClaim(**({"id": "c1", "report": "nov", "set": {"best": 6}} | fields))


def correct(**fields: Any) -> CorrectClaim:
    return CorrectClaim(**({"id": "c1", "set": {"best": 7}, "reason": "misread"} | fields))


RETRACT = RetractClaim(id="c1", reason="not in the report")
REINSTATE = ReinstateClaim(id="c1", reason="it is, on page 2")


def test_who_reinstates_what_was_withdrawn_is_told_which_statement_to_retract() -> None:
    refused = given(recorded(), withdrawn(2, 1)).refuses(REINSTATE, "not_retracted")
    assert "withdrawn in 'dec'" in str(refused)
    assert "retract statement 2" in str(refused)


def test_a_claim_is_recorded_with_its_report_and_content() -> None:
    command = record(claimant="sohr", via=["reuters"], place="hajin", subject="is", when="2018-10")
    assert given().when(command) == [
        recorded(claimant="sohr", via=["reuters"], place="hajin", subject="is", when="2018-10")
    ]


def test_relations_given_with_a_claim_are_facts_of_their_own() -> None:
    assert given().when(record(disputes=["other", "third"], part_of="other"))[1:] == [
        ClaimRelated(relation="disputes", to=["other", "third"]),
        ClaimRelated(relation="part_of", to=["other"]),
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"report": "nowhere"}, "report"),
        ({"claimant": "nobody"}, "claimant"),
        ({"via": ["sohr", "nobody"]}, "via.1"),
        ({"place": "nowhere"}, "place"),
        ({"subject": "nobody"}, "subject"),
        ({"by": "nobody"}, "by"),
        ({"disputes": ["other", "none"]}, "disputes.1"),
    ],
)
def test_what_a_claim_names_must_be_in_the_dossier(fields: dict[str, Any], field: str) -> None:
    given().refuses(record(**fields), "unknown_reference", field)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"report": "misfiled"}, "report"),
        ({"claimant": "gone"}, "claimant"),
        ({"place": "no-place"}, "place"),
        ({"subject": "no-party"}, "subject"),
        ({"overlaps": ["never"]}, "overlaps.0"),
    ],
)
def test_what_was_retracted_is_not_named_anew(fields: dict[str, Any], field: str) -> None:
    given().refuses(record(**fields), "retracted_reference", field)


def test_a_claim_is_not_related_to_itself() -> None:
    given().refuses(record(disputes=["c1"]), "claim_related_to_itself", "disputes.0")
    command = RelateClaim(id="c1", relation="overlaps", to=["other", "c1"])
    given(recorded()).refuses(command, "claim_related_to_itself", "to")


def test_of_two_claims_one_is_part_of_the_other_and_not_both() -> None:
    beside: dict[tuple[str, str], list[Any]] = {
        ("claim", "whole"): [recorded(), ClaimRelated(relation="part_of", to=["all"])],
        ("claim", "all"): [recorded(), ClaimRelated(relation="part_of", to=["c1"])],
    }
    for whole, told in (("whole", "'whole' part of 'all' part of 'c1'"), ("all", "'all' part of 'c1'")):
        command = RelateClaim(id="c1", relation="part_of", to=["other", whole])
        refusal = Given(claim, recorded(), beside=beside).refuses(command, "claim_related_to_itself", "to")
        assert told in refusal.message
    overlapping = RelateClaim(id="c1", relation="overlaps", to=["all"])
    assert Given(claim, recorded(), beside=beside).when(overlapping)


@pytest.mark.parametrize("slug", ["", "C1", "-a", "a-", "a/b", "a b", "é", "a" * 101, "a\n"])
def test_an_id_is_a_slug(slug: str) -> None:
    code = {"": "empty_text"}.get(slug, "not_a_slug")
    given().refuses(record(id=slug), code, "id")


def test_an_id_may_have_a_hundred_characters() -> None:
    assert given().when(record(id="a" * 100))


def test_a_revision_appends_a_statement_that_holds_what_differs() -> None:
    assert given(recorded(place="hajin")).when(
        revise(set={"best": 6, "place": "hajin"}, changed_by="publisher", reason="a wire")
    ) == [ClaimRevised(statement=2, after=1, report="nov", set={"best": 6}, changed_by="publisher", reason="a wire")]


def test_revisions_follow_one_another() -> None:
    state = given(recorded(), revised(2, 1, best=6)).after(revise(set={"best": 7}, report="dec")).state
    assert said(state) == [(1, 5), (2, 6), (3, 7)]


def test_a_revision_may_take_a_field_away() -> None:
    assert given(recorded(place="hajin")).when(revise(set={"place": None})) == [revised(2, 1, place=None)]


def test_a_late_find_is_inserted_after_the_statement_that_it_follows() -> None:
    state = given(recorded(), revised(2, 1, best=6)).after(revise(set={"best": 4}, after=1)).state
    assert said(state) == [(1, 5), (3, 4), (2, 6)]


def test_a_late_find_takes_over_from_the_statement_it_follows_and_gives_nothing_to_later_ones() -> None:
    state = given(recorded(), revised(2, 1, best=6)).after(revise(set={"place": "hajin"}, after=1)).state
    assert said(state) == [(1, 5), (3, 5), (2, 6)]
    assert said(state, "place") == [(1, None), (3, "hajin"), (2, None)]


def test_a_revision_that_says_the_same_is_refused() -> None:
    given(recorded()).refuses(revise(set={"best": 5}), "nothing_changes", "set")
    given(recorded()).refuses(revise(set={}), "nothing_changes", "set")


def test_what_was_said_in_a_report_that_never_was_may_be_said_in_the_same_words() -> None:
    state = given(recorded("misfiled")).after(revise(set={})).state
    assert said(state) == [(1, 5), (2, 5)]
    given(recorded("misfiled"), revised(2, 1)).refuses(revise(set={}), "nothing_changes", "set")
    given(recorded(), revised(2, 1, "misfiled", best=6)).refuses(revise(set={}, after=1), "nothing_changes", "set")
    october: list[Any] = [ReportFiled(details=ReportDetails(label="October", published="2018-10-15"))]
    for event in (ReportDiscredited(reason="a forgery"), ReportWithdrawn(when="2018-11", reason="taken back")):
        beside = {("report", "oct"): [*october, event]}
        assert said(given(recorded(), beside=beside).after(revise(set={})).state) == [(1, 5), (2, 5)]


def test_a_revision_after_an_unknown_statement_is_refused() -> None:
    given(recorded()).refuses(revise(after=2), "unknown_statement", "after")


def test_a_revision_is_checked_as_a_recording_is() -> None:
    one = given(recorded(low=3))
    one.refuses(revise(report="nowhere"), "unknown_reference", "report")
    one.refuses(revise(set={"place": "nowhere"}), "unknown_reference", "set.place")
    one.refuses(revise(set={"via": ["nobody"]}), "unknown_reference", "set.via.0")
    one.refuses(revise(set={"best": 2}), "low_above_best", "set.low")
    one.refuses(revise(set={"when": "yesterday"}), "not_edtf", "set.when")
    one.refuses(revise(set={"colour": "red"}), "unknown_field", "set.colour")
    one.refuses(revise(set={"colour": None, "best": 6}), "unknown_field", "set.colour")
    one.refuses(revise(set={"report": "dec"}), "unknown_field", "set.report")
    one.refuses(revise(set={"qualifier": None}), "missing_field", "set.qualifier")
    one.refuses(revise(set={"qualifier": "guessed"}), "not_in_vocabulary", "set.qualifier")
    one.refuses(revise(set={"note": "a\0b"}), "text_unreadable", "set.note")
    one.refuses(revise(reason="  "), "reason_empty", "reason")


def test_text_that_is_set_has_the_limit_of_its_field() -> None:
    assert given(recorded()).when(revise(set={"text": "x" * 4000}))
    given(recorded()).refuses(revise(set={"text": "x" * 4001}), "text_too_long", "set.text")
    given(recorded()).refuses(correct(set={"group": "x" * 201}), "text_too_long", "set.group")


def test_what_was_retracted_since_stays_named_where_it_was() -> None:
    past = recorded(claimant="gone", place="no-place", report="misfiled")
    assert given(past).when(revise()) == [revised(2, 1, best=6)]
    assert given(past).when(correct())


def test_a_withdrawal_is_an_end_in_the_list() -> None:
    command = WithdrawClaim(id="c1", report="nov", changed_by="claimant", reason="wrong")
    assert given(recorded()).when(command) == [
        ClaimWithdrawn(statement=2, after=1, report="nov", changed_by="claimant", reason="wrong")
    ]
    assert said(given(recorded()).after(command).state) == [(1, 5), (2, None)]


def test_what_was_withdrawn_is_not_withdrawn_again() -> None:
    given(recorded(), withdrawn(2, 1)).refuses(WithdrawClaim(id="c1", report="dec", reason="wrong"), "nothing_changes")


def test_a_withdrawal_found_late_is_inserted_where_it_was_made() -> None:
    command = WithdrawClaim(id="c1", report="dec", after=1, reason="wrong")
    assert said(given(recorded(), revised(2, 1, best=6)).after(command).state) == [(1, 5), (3, None), (2, 6)]


def test_a_withdrawal_needs_a_report_and_a_reason() -> None:
    one = given(recorded())
    one.refuses(WithdrawClaim(id="c1", report="nowhere", reason="wrong"), "unknown_reference", "report")
    one.refuses(WithdrawClaim(id="c1", report="misfiled", reason="wrong"), "retracted_reference", "report")
    one.refuses(WithdrawClaim(id="c1", report="dec", reason=""), "reason_empty", "reason")
    one.refuses(WithdrawClaim(id="c1", report="dec", after=9, reason="wrong"), "unknown_statement", "after")


def test_a_source_may_say_the_same_again_after_withdrawing_it() -> None:
    one = given(recorded(), withdrawn(2, 1))
    assert one.when(revise(set={"best": 5})) == [revised(3, 2)]
    assert one.when(revise(set={})) == [revised(3, 2)]
    assert one.when(revise(set={"best": 6})) == [revised(3, 2, best=6)]
    assert said(one.after(revise(set={"best": 6})).state) == [(1, 5), (2, None), (3, 6)]


def test_a_correction_of_the_only_statement_mends_it() -> None:
    assert given(recorded()).when(correct()) == [
        ClaimCorrected(mends=[Mend(statement=1, set={"best": 7})], reason="misread")
    ]


def test_a_correction_without_a_statement_goes_to_where_the_field_was_first_said() -> None:
    past = [recorded(place="hajin"), revised(2, 1, best=6), revised(3, 2, report="dec", high=9)]
    assert given(*past).when(correct()) == [
        ClaimCorrected(mends=[Mend(statement=2, set={"best": 7}), Mend(statement=3, set={"best": 7})], reason="misread")
    ]
    assert said(given(*past).after(correct()).state) == [(1, 5), (2, 7), (3, 7)]
    assert said(given(*past).after(correct(set={"place": "enclave"})).state, "place") == [
        (1, "enclave"),
        (2, "enclave"),
        (3, "enclave"),
    ]


def test_fields_of_one_correction_may_belong_to_different_statements() -> None:
    past = [recorded(place="hajin"), revised(2, 1, best=6)]
    assert given(*past).when(correct(set={"best": 7, "place": "enclave"})) == [
        ClaimCorrected(
            mends=[
                Mend(statement=1, set={"place": "enclave"}),
                Mend(statement=2, set={"best": 7, "place": "enclave"}),
            ],
            reason="misread",
        )
    ]


def test_a_correction_of_the_first_statement_leaves_what_a_later_one_said_itself() -> None:
    state = given(recorded(), revised(2, 1, best=6)).after(correct(statement=1)).state
    assert said(state) == [(1, 7), (2, 6)]


def test_a_correction_of_the_first_statement_is_inherited_through_a_late_find_and_a_withdrawal() -> None:
    past = [recorded(place="hajin"), revised(2, 1, best=6), revised(3, 1, best=4), withdrawn(4, 2), revised(5, 4)]
    state = given(*past).after(correct(set={"place": "enclave"}, statement=1)).state
    assert [(made.number, made.content.place) for made in state.statements] == [
        (number, "enclave") for number in (1, 3, 2, 4, 5)
    ]


def test_a_field_corrected_in_a_later_statement_is_its_own_from_then_on() -> None:
    one = given(recorded(place="hajin"), revised(2, 1, best=6))
    one.after(correct(set={"place": "enclave"}, statement=2))
    assert said(one.state, "place") == [(1, "hajin"), (2, "enclave")]
    one.after(correct(set={"place": "syria"}, statement=1))
    assert said(one.state, "place") == [(1, "syria"), (2, "enclave")]


def test_a_field_that_is_inherited_stays_so_after_a_correction() -> None:
    one = given(recorded(place="hajin"), revised(2, 1, best=6))
    one.after(correct(set={"place": "enclave"}, statement=1), correct(set={"place": "syria"}, statement=1))
    assert said(one.state, "place") == [(1, "syria"), (2, "syria")]


def test_a_correction_may_move_a_statement_to_another_report() -> None:
    past = [recorded(), revised(2, 1, best=6)]
    assert given(*past).when(correct(set={"report": "dec"}, statement=1)) == [
        ClaimCorrected(mends=[Mend(statement=1, set={"report": "dec"})], reason="misread")
    ]
    state = given(*past).after(correct(set={"report": "dec"}, statement=1)).state
    assert [made.report for made in state.statements] == ["dec", "nov"]
    given(*past).refuses(correct(set={"report": "nowhere"}), "unknown_reference", "set.report")
    given(*past).refuses(correct(set={"report": 3}), "malformed", "set.report")


def test_a_correction_that_changes_nothing_is_refused() -> None:
    one = given(recorded(), revised(2, 1, best=6))
    one.refuses(correct(set={"best": 6}), "nothing_changes", "set")
    one.refuses(correct(set={}), "nothing_changes", "set")
    one.refuses(correct(set={"report": "nov"}), "nothing_changes", "set")
    one.refuses(correct(set={"place": None}), "nothing_changes", "set")


def test_a_correction_is_checked_as_a_recording_is() -> None:
    one = given(recorded(low=3), revised(2, 1, best=6))
    one.refuses(correct(statement=3), "unknown_statement", "statement")
    one.refuses(correct(reason=" "), "reason_empty", "reason")
    one.refuses(correct(reason="x" * 2001), "text_too_long", "reason")
    one.refuses(correct(set={"low": 6}, statement=1), "low_above_best", "set.low")
    one.refuses(correct(set={"unit": "km2"}), "unit_not_of_measure", "set.unit")
    one.refuses(correct(set={"place": "no-place"}), "retracted_reference", "set.place")
    one.refuses(correct(set={"colour": "red"}), "unknown_field", "set.colour")


def test_a_correction_that_would_break_a_statement_which_inherits_it_is_refused() -> None:
    given(recorded(low=3), revised(2, 1, low=4)).refuses(correct(set={"best": 3}), "low_above_best", "set.low")


WORDS: dict[str, Any] = {
    "original": "circa five",
    "said": "2018-10-14",
    "inferred": ["when", "best"],
    "when": "2018-10",
}


def words(state: Claim) -> list[tuple[int, Any, Any, list[str]]]:
    return [
        (made.number, made.content.original and str(made.content.original), made.content.said, [*made.content.inferred])
        for made in state.statements
    ]


def test_a_revision_keeps_no_words_of_the_report_before() -> None:
    one = given(recorded(**WORDS))
    assert one.when(revise()) == [revised(2, 1, best=6, original=None, said=None, inferred=["when"])]
    assert words(one.after(revise()).state)[1] == (2, None, None, ["when"])
    assert warned(given(recorded(**WORDS)), revise()) == ["words_fell_away"] * 3


def test_words_that_are_given_anew_with_a_revision_are_those_of_its_report() -> None:
    anew = {"best": 6, "original": "six", "said": "2018-11", "inferred": ["place"], "place": "hajin"}
    one = given(recorded(**WORDS))
    assert warned(one, revise(set=anew)) == []
    assert words(one.after(revise(set=anew)).state)[1] == (2, "six", "2018-11", ["place"])
    # Also the very words of before, since the report has them too.
    again = given(recorded(**WORDS)).after(revise(set={"best": 6, "original": "circa five"}))
    assert words(again.state)[1] == (2, "circa five", None, ["when"])


def test_a_source_that_takes_its_word_up_again_does_so_in_words_of_its_own() -> None:
    one = given(recorded(**WORDS), withdrawn(2, 1))
    assert one.when(revise(set={})) == [revised(3, 2, original=None, said=None)]


def test_a_revision_that_says_the_same_is_refused_whatever_would_fall_away() -> None:
    given(recorded(**WORDS)).refuses(revise(set={"best": 5}), "nothing_changes", "set")


@pytest.mark.parametrize(
    ("set_", "expected"),
    [
        ({"best": 7}, (1, None, "2018-10-14", ["when"])),
        ({"qualifier": "about"}, (1, None, "2018-10-14", ["when", "best"])),
        ({"place": "hajin"}, (1, "circa five", "2018-10-14", ["when", "best"])),
        ({"when": "2018-09"}, (1, "circa five", "2018-10-14", ["best"])),
        ({"when": None}, (1, "circa five", "2018-10-14", ["best"])),
        ({"claimant": "sohr"}, (1, "circa five", None, ["when", "best"])),
        ({"report": "nov"}, (1, None, None, ["when", "best"])),
        ({"best": 7, "original": "seven"}, (1, "seven", "2018-10-14", ["when"])),
        ({"best": 7, "inferred": "best"}, (1, None, "2018-10-14", ["best"])),
        ({"original": None}, (1, None, "2018-10-14", ["when", "best"])),
    ],
)
def test_what_a_correction_leaves_of_the_words_is_what_they_still_describe(set_: Any, expected: Any) -> None:
    one = given(recorded(**WORDS))
    fell = [name for name in ("original", "said") if words(one.state)[0][1 + (name == "said")] and name not in set_]
    told = warned(one, correct(set=set_))
    after = one.after(correct(set=set_)).state
    assert words(after)[0] == expected
    lost = [name for name in fell if expected[1 + (name == "said")] is None]
    lost += ["inferred"] if "inferred" not in set_ and expected[3] != ["when", "best"] else []
    assert told == ["words_fell_away"] * len(lost)


def test_the_event_says_what_fell_away() -> None:
    assert given(recorded(**WORDS)).when(correct()) == [
        ClaimCorrected(mends=[Mend(statement=1, set={"best": 7, "original": None, "inferred": ["when"]})],
                       reason="misread")
    ]  # fmt: skip


def test_words_given_with_a_correction_go_to_the_one_statement_that_said_so() -> None:
    past = [recorded(), revised(2, 1, place="hajin")]
    state = given(*past).after(correct(set={"best": 7, "original": "seven"})).state
    assert (said(state), words(state)) == ([(1, 7), (2, 7)], [(1, "seven", None, []), (2, None, None, [])])
    state = given(*past).after(correct(set={"original": "of it"})).state
    assert words(state) == [(1, None, None, []), (2, "of it", None, [])]
    state = given(*past).after(correct(set={"original": "of it"}, statement=1)).state
    assert words(state) == [(1, "of it", None, []), (2, None, None, [])]


def test_what_was_concluded_is_said_of_every_statement_that_it_is_set_in() -> None:
    past = [recorded(when="2018-10", inferred=["when"]), revised(2, 1, high=9)]
    state = given(*past).after(correct(set={"place": "hajin", "inferred": ["place", "when"]})).state
    assert [row[3] for row in words(state)] == [["place", "when"], ["when", "place"]]


@pytest.mark.parametrize("name", ["when", "place", "low", "via"])
def test_what_is_not_there_was_not_concluded(name: str) -> None:
    given().refuses(record(inferred=[name]), "inferred_not_given", "inferred.0")
    given(recorded()).refuses(revise(set={"best": 6, "inferred": [name]}), "inferred_not_given", "set.inferred.0")
    given(recorded()).refuses(correct(set={"inferred": ["best", name]}), "inferred_not_given", "set.inferred.1")


def test_an_old_claim_that_kept_the_words_of_another_report_stays_as_it_was_stored() -> None:
    state = given(recorded(original="at least 42"), revised(2, 1, best=6)).state
    assert [row[1] for row in words(state)] == ["at least 42", "at least 42"]


def unsay(statement: int) -> RetractStatement:
    return RetractStatement(id="c1", statement=statement, reason="of another town")


def say_again(statement: int) -> ReinstateStatement:
    return ReinstateStatement(id="c1", statement=statement, reason="of this town after all")


def test_a_revision_recorded_by_mistake_is_retracted_and_the_others_keep_their_numbers() -> None:
    one = given(recorded(), revised(2, 1, best=6), revised(3, 2, report="dec", high=9))
    assert one.when(unsay(2)) == [ClaimStatementRetracted(statement=2, reason="of another town")]
    one.after(unsay(2))
    # The third keeps what it took over: its report says so, whatever the second was.
    assert said(one.state) == [(1, 5), (3, 6)]
    assert one.when(revise(set={"best": 8})) == [revised(4, 3, best=8)]


def test_a_withdrawal_recorded_by_mistake_is_retracted() -> None:
    one = given(recorded(), withdrawn(2, 1)).after(unsay(2))
    assert said(one.state) == [(1, 5)]
    assert one.when(revise()) == [revised(3, 1, best=6)]
    one.refuses(revise(set={"best": 5}), "nothing_changes", "set")
    assert one.when(WithdrawClaim(id="c1", report="dec", reason="wrong"))[0].after == 1


def test_the_first_statement_is_retracted_where_a_later_one_stands() -> None:
    assert said(given(recorded(), revised(2, 1, best=6)).after(unsay(1)).state) == [(2, 6)]


def test_a_retracted_statement_is_reinstated_where_it_stood() -> None:
    past = [recorded(), revised(2, 1, best=6), revised(3, 2, report="dec", best=7)]
    one = given(*past).after(unsay(2))
    assert one.when(say_again(2)) == [ClaimStatementReinstated(statement=2, reason="of this town after all")]
    assert one.after(say_again(2)).state == given(*past).state


def test_a_reinstated_statement_is_no_later_word_than_what_was_recorded_after_it() -> None:
    one = given(recorded(), withdrawn(2, 1)).after(unsay(2), revise(set={"best": 6}, report="dec"), say_again(2))
    assert said(one.state) == [(1, 5), (2, None), (3, 6)]


def test_retracting_a_statement_again_changes_nothing() -> None:
    assert given(recorded(), revised(2, 1, best=6)).after(unsay(2)).when(unsay(2)) == []


def test_the_only_statement_that_stands_is_retracted_with_its_claim() -> None:
    given(recorded()).refuses(unsay(1), "only_statement", "statement")
    given(recorded(), revised(2, 1, best=6)).after(unsay(1)).refuses(unsay(2), "only_statement", "statement")


def test_nothing_is_said_of_a_retracted_statement_but_that_it_is_reinstated() -> None:
    one = given(recorded(), revised(2, 1, best=6)).after(unsay(2))
    one.refuses(revise(after=2), "retracted", "after")
    one.refuses(WithdrawClaim(id="c1", report="dec", after=2, reason="wrong"), "retracted", "after")
    one.refuses(correct(statement=2), "retracted", "statement")
    one.refuses(say_again(1), "not_retracted", "statement")
    one.refuses(say_again(3), "unknown_statement", "statement")
    one.refuses(unsay(3), "unknown_statement", "statement")


def test_a_correction_mends_what_a_retracted_statement_took_over_and_handed_on() -> None:
    one = given(recorded(place="hajin"), revised(2, 1, best=6), revised(3, 2, report="dec", high=9)).after(unsay(2))
    one.after(correct(set={"place": "enclave"}))
    assert said(one.state, "place") == [(1, "enclave"), (3, "enclave")]
    assert said(one.after(say_again(2)).state, "place") == [(1, "enclave"), (2, "enclave"), (3, "enclave")]


def test_a_statement_that_was_corrected_back_is_mended_with_the_one_before_it_again() -> None:
    one = given(recorded(place="hajin"), revised(2, 1, best=6))
    elsewhere, back = (correct(set={"place": place}, statement=2) for place in ("enclave", "hajin"))
    apart = given(recorded(place="hajin"), revised(2, 1, best=6)).after(
        elsewhere, correct(set={"place": "syria"}, statement=1)
    )
    assert said(apart.state, "place") == [(1, "syria"), (2, "enclave")]
    one.after(elsewhere, back)
    assert one.state == given(recorded(place="hajin"), revised(2, 1, best=6)).state
    assert said(one.after(correct(set={"place": "syria"}, statement=1)).state, "place") == [(1, "syria"), (2, "syria")]


def test_what_a_correction_leaves_a_later_statement_saying_becomes_its_own() -> None:
    one = given(recorded(place="hajin", inferred=["place"]), revised(2, 1, best=6))
    one.after(correct(set={"inferred": None, "note": "read again"}, statement=1))
    assert said(one.state, "inferred") == [(1, ()), (2, ("place",))]
    assert "inferred" in one.state.statements[1].own


def test_a_retracted_claim_keeps_its_statements() -> None:
    assert given(recorded()).when(RETRACT) == [ClaimRetracted(reason="not in the report")]
    state = given(recorded()).after(RETRACT).state
    assert (state.retracted, state.retracted_because, said(state)) == (True, "not in the report", [(1, 5)])


def test_retracting_again_changes_nothing() -> None:
    assert given(recorded(), ClaimRetracted(reason="no")).when(RETRACT) == []


def test_a_reinstated_claim_stands_as_it_did() -> None:
    past = [recorded(), revised(2, 1, best=6)]
    assert given(*past, ClaimRetracted(reason="no")).when(REINSTATE) == [ClaimReinstated(reason="it is, on page 2")]
    assert given(*past).after(RETRACT, REINSTATE).state == given(*past).state


def test_only_a_retracted_claim_is_reinstated() -> None:
    given(recorded()).refuses(REINSTATE, "not_retracted")


@pytest.mark.parametrize(
    "command",
    [
        revise(),
        WithdrawClaim(id="c1", report="dec", reason="wrong"),
        correct(),
        GradeClaim(id="c1", credibility=3, reason="a guess"),
        RelateClaim(id="c1", relation="disputes", to=["other"]),
    ],
    ids=lambda command: command.command,
)
def test_nothing_but_reinstatement_changes_a_retracted_claim(command: Any) -> None:
    given(recorded(), ClaimRetracted(reason="no")).refuses(command, "retracted")


@pytest.mark.parametrize("reason", ["", " \n"])
@pytest.mark.parametrize("make", [RetractClaim, ReinstateClaim])
def test_retraction_and_reinstatement_need_a_reason(
    make: type[RetractClaim] | type[ReinstateClaim], reason: str
) -> None:
    past = [recorded()] if make is RetractClaim else [recorded(), ClaimRetracted(reason="no")]
    given(*past).refuses(make(id="c1", reason=reason), "reason_empty", "reason")


def test_a_grade_belongs_to_the_claim() -> None:
    command = GradeClaim(id="c1", credibility=2, reason="two witnesses")
    assert given(recorded()).when(command) == [ClaimGraded(credibility=2, reason="two witnesses")]
    one = given(recorded(), revised(2, 1, best=6)).after(command)
    assert (one.state.credibility, one.state.graded_because) == (2, "two witnesses")
    assert one.when(command) == []
    assert one.when(GradeClaim(id="c1", credibility=2, reason="three"))


def test_a_grade_is_one_of_the_admiralty_scale() -> None:
    with pytest.raises(DomainError) as refused:
        read(GradeClaim, {"id": "c1", "credibility": 7, "reason": "x"})
    assert (refused.value.code, refused.value.field) == ("not_in_vocabulary", "credibility")


def test_relations_are_added_and_removed() -> None:
    one = given(recorded())
    add = RelateClaim(id="c1", relation="disputes", to=["other", "third", "other"], reason="5 is not 50")
    assert one.when(add) == [ClaimRelated(relation="disputes", to=["other", "third"], reason="5 is not 50")]
    one.after(add)
    assert one.when(add) == []
    assert one.when(RelateClaim(id="c1", relation="overlaps", to=["other"]))
    one.refuses(RelateClaim(id="c1", relation="disputes", to=["third"], remove=True), "missing_field", "reason")
    remove = RelateClaim(id="c1", relation="disputes", to=["third"], remove=True, reason="of another town")
    assert one.when(remove) == [ClaimRelated(relation="disputes", to=["third"], removed=True, reason="of another town")]
    assert one.after(remove).state.relations == {("disputes", "other")}
    assert one.when(remove) == []


def test_relations_name_claims_of_the_dossier() -> None:
    one = given(recorded())
    one.refuses(RelateClaim(id="c1", relation="disputes", to=["none"]), "unknown_reference", "to.0")
    one.refuses(RelateClaim(id="c1", relation="disputes", to=[]), "malformed", "to")


def test_a_relation_to_a_claim_retracted_since_can_be_removed() -> None:
    one = given(recorded(), ClaimRelated(relation="disputes", to=["never"]))
    assert one.when(RelateClaim(id="c1", relation="disputes", to=["never"], remove=True, reason="gone"))


def warned(one: Given, command: Any) -> list[str]:
    events, known = one.decided(command)
    return [look.code for look in second_looks(one.state, command, events, known, NOW)]


def test_a_revision_in_a_report_that_came_out_before_is_taken_with_a_warning() -> None:
    assert warned(given(recorded("dec")), revise(report="oct")) == ["revision_before_its_original"]
    assert warned(given(recorded("oct")), revise(report="nov")) == []


def test_a_late_find_that_a_later_statement_takes_back_without_a_word_is_taken_with_a_warning() -> None:
    one = given(recorded(place="hajin"), revised(2, after=1, report="dec", best=30))

    def told(**fields: Any) -> list[SecondLook]:
        command = revise(**{"report": "nov", "after": 1} | fields)
        events, known = one.decided(command)
        return second_looks(one.state, command, events, known, NOW)

    (look,) = told(set={"place": "enclave"})
    assert (look.code, look.field) == ("later_keeps", "set.place")
    assert "statement 2 (report 'dec')" in look.message
    # What the later one says otherwise it changed itself.
    assert told(set={"best": 20}) == []
    (look,) = told(set={"best": 20, "place": "enclave"})
    assert "`place`" in look.message and "`best`" not in look.message
    assert told(set={"original": "some thirty", "best": 20}) == []
    assert told(report="dec", after=2, set={"place": "enclave"}) == []
    taken_back = given(recorded(place="hajin"), withdrawn(2, after=1))
    assert warned(taken_back, revise(report="nov", after=1, set={"place": "enclave"})) == []


def test_a_revision_in_a_report_that_may_have_come_out_before_is_taken_without() -> None:
    """December, against a day of it."""
    filed = {("report", "day"): [filed_on("2018-12-10")]}
    assert warned(given(recorded("dec"), beside=filed), revise(report="day")) == []


def test_a_when_after_the_publication_is_taken_with_a_warning() -> None:
    assert warned(given(), record(when="2018-10-16")) == ["when_after_publication"]
    assert warned(given(), record(when="2018-10")) == []
    assert warned(given(recorded()), revise(report="nov", set={"when": "2019"})) == ["when_after_publication"]


def looks(one: Given, command: Any) -> list[tuple[str, str]]:
    events, known = one.decided(command)
    return [(look.code, look.field) for look in second_looks(one.state, command, events, known, NOW)]


def test_what_is_dated_after_the_publication_is_warned_of_however_it_got_there() -> None:
    late = [("when_after_publication", "set.when")]
    assert looks(given(recorded()), correct(set={"when": "2030"})) == late
    assert looks(given(recorded(when="2030")), correct(set={"note": "p. 3"})) == []
    assert looks(given(recorded()), revise(report="nov", set={"when": "2019"})) == late
    assert looks(given(recorded("nov", when="2018-11")), revise(report="oct"))[1:] == [
        ("when_after_publication", "report")
    ]
    moved = looks(given(recorded("nov", when="2018-11")), correct(set={"report": "oct"}))
    assert moved == [("when_after_publication", "set.report")]
    assert looks(given(), record(said="2018-10-16")) == [("when_after_publication", "said")]
    assert looks(given(), record(said="2018-10-15")) == []
    assert looks(given(recorded()), GradeClaim(id="c1", credibility=2, reason="two witnesses")) == []


def test_what_is_dated_a_century_before_the_publication_is_told_once_of_its_decade() -> None:
    for when, once in (("0020-01-05", "20s"), ("1018", "1010s"), ("0020/2018", "20s"), ("1917", "1910s")):
        events, known = given().decided(record(when=when))
        (look,) = second_looks(None, record(when=when), events, known, NOW)
        assert (look.code, look.field, look.once) == ("far_in_the_past", "when", once)
    for fine in ("1919", "2018-10-15", "../2018", "19XX"):
        assert looks(given(), record(when=fine)) == []
    assert looks(given(recorded()), correct(set={"when": "1018"})) == [("far_in_the_past", "set.when")]
    assert looks(given(recorded(when="1018")), correct(set={"best": 7})) == []
    assert looks(given(recorded(when="1018")), revise()) == []


def test_a_withdrawal_in_a_report_that_came_out_before_is_taken_with_a_warning() -> None:
    def withdraw(report: str) -> WithdrawClaim:
        return WithdrawClaim(id="c1", report=report, reason="taken back")

    early = [("withdrawn_before_publication", "report")]
    assert looks(given(recorded("dec")), withdraw("oct")) == early
    assert looks(given(recorded("oct"), revised(2, 1, "nov", best=6)), withdraw("oct")) == early
    assert looks(given(recorded("oct")), withdraw("nov")) == looks(given(recorded("nov")), withdraw("nov")) == []


def test_a_number_beyond_belief_is_warned_of_where_it_is_new() -> None:
    much = 10**12
    assert looks(given(), record(best=much)) == [("beyond_belief", "best")]
    assert ("beyond_belief", "set.best") in looks(given(recorded()), correct(set={"best": much}))
    assert ("beyond_belief", "set.best") in looks(given(recorded()), revise(set={"best": much}))
    assert looks(given(recorded(best=much)), correct(set={"note": "so it says"})) == []


def test_a_part_that_is_more_than_its_whole_is_warned_of_however_it_got_there() -> None:
    ten = [ClaimRecorded(report="oct", content=figure(best=10))]

    def beside(*more: Fact) -> dict[str, Any]:
        return {"beside": {("claim", "whole"): [*ten, *more]}}

    part_of = ClaimRelated(relation="part_of", to=["whole"])
    relate = RelateClaim(id="c1", relation="part_of", to=["whole"])
    assert looks(given(**beside()), record(best=15, part_of="whole")) == [("part_above_whole", "part_of")]
    assert looks(given(recorded(best=15), **beside()), relate) == [("part_above_whole", "to")]
    assert looks(given(recorded(), part_of, **beside()), revise(set={"best": 15})) == [("part_above_whole", "set")]
    assert looks(given(recorded(), part_of, **beside()), correct(set={"best": 15})) == [("part_above_whole", "set")]
    assert looks(given(**beside()), record(best=10, part_of="whole")) == []
    assert looks(given(**beside()), record(best=15, overlaps="whole")) == []
    # By the last word of the whole.
    more = ClaimRevised(statement=2, after=1, report="nov", set={"best": 15})
    assert looks(given(**beside(more)), record(best=15, part_of="whole")) == []
    gone = RelateClaim(id="c1", relation="part_of", to=["whole"], remove=True, reason="of another town")
    assert looks(given(recorded(best=15), part_of, **beside(ClaimRetracted(reason="twice"))), gone) == []


def test_who_acts_against_themselves_is_warned_of() -> None:
    def capture(**more: Any) -> RecordOccurrence:
        actors = {"by": "is", "with": "ypg", "against": ["sdf", "is"]}
        told = {"id": "c1", "report": "oct", "kind": "occurrence", "type": "capture", "actors": actors}
        return read(RecordOccurrence, told | more)

    assert looks(given(), capture()) == [("against_itself", "actors")]
    assert looks(given(), capture(actors={"with": "is", "against": "is"})) == [("against_itself", "actors")]
    assert looks(given(), capture(type="clash")) == looks(given(), capture(actors={"by": "is", "with": "is"})) == []
    contests = {"id": "c1", "report": "oct", "kind": "control", "status": "contests", "actor": "is", "place": "hajin"}
    assert looks(given(), read(RecordControl, contests | {"against": "is"})) == [("against_itself", "against")]
    assert looks(given(), read(RecordControl, contests | {"against": "sdf"})) == []


def filed_on(published: str) -> Any:
    return ReportFiled(details=ReportDetails(label="A day", published=published))


ids = st.just("c1")
reports = st.sampled_from(["oct", "nov", "dec"])
reasons = st.sampled_from(["one reason", "another"])
numbers = st.none() | st.integers(1, 5)
sets: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "best": st.none() | st.integers(0, 4),
        "low": st.none() | st.integers(0, 4),
        "place": st.none() | st.sampled_from(["hajin", "enclave"]),
        "qualifier": st.sampled_from(["stated", "about", "unknown"]),
        "note": st.none() | st.sampled_from(["a note", {"value": "another"}]),
        "via": st.none() | st.lists(st.sampled_from(["sohr", "reuters"]), max_size=2),
        "report": reports,
    },
)
commands = st.one_of(
    st.builds(ReviseClaim, id=ids, report=reports, set=sets, after=numbers),
    st.builds(WithdrawClaim, id=ids, report=reports, after=numbers, reason=reasons),
    st.builds(CorrectClaim, id=ids, set=sets, statement=numbers, reason=reasons),
    st.builds(RetractStatement, id=ids, statement=st.integers(0, 4), reason=reasons),
    st.builds(ReinstateStatement, id=ids, statement=st.integers(0, 4), reason=reasons),
    st.builds(RetractClaim, id=ids, reason=reasons),
    st.builds(ReinstateClaim, id=ids, reason=reasons),
    st.builds(GradeClaim, id=ids, credibility=st.none() | st.integers(1, 6), reason=reasons),
    st.builds(
        RelateClaim,
        id=ids,
        relation=st.sampled_from(list(Relations.model_fields)),
        to=st.lists(st.sampled_from(["other", "third"]), min_size=1),
        remove=st.booleans(),
    ),
)


@all_of(st.lists(commands, max_size=12))
def test_evolve_takes_whatever_decide_made(asked: list[Any]) -> None:
    one = given(recorded(low=1, place="hajin"))
    for command in asked:
        before = one.state
        try:
            events = one.when(command)
        except DomainError as refusal:
            assert not isinstance(refusal, Malformed) or refusal.field
            continue
        one.after(command)
        assert (one.state == before) == (events == []), "an event changes something, and nothing else does"
        holds_together(one.state)


def holds_together(state: Claim) -> None:
    """Numbers are unique, and one stands; what a statement did not set itself is what the one before it says."""
    made = {each.number: each for each in state.statements}
    assert standing(state.statements)
    assert sorted(made) == list(range(1, len(made) + 1))
    places = {each.number: place for place, each in enumerate(state.statements)}
    for each in state.statements[1:]:
        assert each.after is not None
        assert places[each.after] < places[each.number]
        parent = made[each.after].content
        for field in type(each.content).model_fields.keys() - {"original", "said"}:
            if field not in each.own:
                assert getattr(each.content, field) == getattr(parent, field)


def test_statements_have_every_order_in_which_they_can_be_found() -> None:
    for first, second in itertools.product([1, None], [1, 2, None]):
        state = (
            given(recorded()).after(revise(set={"best": 6}, after=first), revise(set={"best": 8}, after=second)).state
        )
        assert said(state)[0] == (1, 5)
        assert {number for number, _ in said(state)} == {1, 2, 3}


def test_a_statement_can_be_recorded_with_a_due_date_only_as_a_prediction() -> None:
    command = read(
        RecordStatement, {"id": "c1", "report": "oct", "kind": "statement", "nature": "threat", "due": "2019"}
    )
    given().refuses(command, "due_of_no_prediction", "due")


def test_dates_are_those_of_the_dossiers_time_zone() -> None:
    """2018-10-16 in Damascus began at 21:00 on the 15th in London, when the report might still come out."""
    late = record(when="2018-10-15T22:30:00Z", report="day")
    filed = {("report", "day"): [filed_on("2018-10-15")]}
    assert warned(given(beside=filed), late) == []
    assert warned(given(beside=filed, time_zone="Asia/Damascus"), late) == ["when_after_publication"]
