from collections.abc import Sequence
from typing import Any

from domain import claim
from domain.claim import (
    ClaimCorrected,
    ClaimRecorded,
    ClaimReinstated,
    ClaimRetracted,
    ClaimRevised,
    ClaimStatementReinstated,
    ClaimStatementRetracted,
    ClaimWithdrawn,
)
from domain.content import Figure
from domain.fields import StreamRef, stored
from domain.known import Known
from domain.likeness import likeness
from domain.person import (
    Fate,
    Person,
    PersonCorrected,
    PersonDetails,
    PersonFateRecorded,
    PersonMerged,
    PersonRegistered,
    RetractPerson,
)
from domain.report import Report, ReportDetails, ReportFiled, ReportWithdrawn
from domain.second_looks import nearly_one_word, one_letter_away, second_looks
from domain.statements import Mend
from domain.told import Told, words_told
from tests.domain.given import NOW, fold

P1 = "per-0000000000000001"


def figure(**more: Any) -> Figure:
    return Figure.model_validate(
        {"kind": "figure", "measure": "killed", "unit": "people", "best": 5, "qualifier": "stated"} | more
    )


def told(report: str, best: int) -> Told:
    return Told(report, likeness(figure(best=best), "UTC"), "figure")


RECORDED = ClaimRecorded(report="oct", content=figure())
REVISED = ClaimRevised(statement=2, after=1, report="nov", set={"best": 6})


def test_the_words_told_are_those_that_were_recorded_or_revised() -> None:
    state = fold(claim, [RECORDED, REVISED])
    assert list(words_told(state, [RECORDED, REVISED], "UTC")) == [told("oct", 5), told("nov", 6)]
    assert list(words_told(None, [ReportFiled(details=ReportDetails(label="A day", published="2018"))], "UTC")) == []


def test_a_correction_tells_the_statements_that_it_mends_and_no_notes() -> None:
    mends = [Mend(statement=1, set={"best": 7}), Mend(statement=2, set={"note": "p. 3"})]
    corrected = ClaimCorrected(mends=mends, reason="Misread")
    state = fold(claim, [RECORDED, REVISED, corrected])
    assert list(words_told(state, [corrected], "UTC")) == [told("oct", 7)]


def test_what_is_reinstated_is_told_again_and_no_withdrawal() -> None:
    withdrawn = ClaimWithdrawn(statement=3, after=2, report="dec", reason="Taken back")
    retracted = ClaimStatementRetracted(statement=2, reason="Never said")
    again = ClaimStatementReinstated(statement=2, reason="It did")
    state = fold(claim, [RECORDED, REVISED, withdrawn, retracted, again])
    assert list(words_told(state, [withdrawn, retracted, again], "UTC")) == [told("nov", 6)]
    both = [ClaimRetracted(reason="x"), ClaimReinstated(reason="y")]
    state = fold(claim, [RECORDED, REVISED, withdrawn, *both])
    assert list(words_told(state, both, "UTC")) == [told("oct", 5), told("nov", 6)]


def test_words_that_are_one_letter_away() -> None:
    for one, other in (
        ("civilians", "civilian"), ("civilians", "civillians"), ("airstrike", "airstirke"), ("airstrike", "airstroke"),
    ):  # fmt: skip
        assert one_letter_away(one, other)
        assert one_letter_away(other, one)
    for one, other in (
        ("civilians", "civilians"), ("women", "men"), ("mine", "mines"), ("aged-0-17", "aged-0-18"),
        ("aged-1", "aged-10"), ("shelling", "spelling-bee"), ("airstrikes", "airstirke"),
    ):  # fmt: skip
        assert not one_letter_away(one, other)
        assert not one_letter_away(other, one)


def test_words_that_differ_in_what_stands_between_their_parts() -> None:
    for one, other in (
        ("air_strike", "airstrike"), ("air-strikes", "airstrike"), ("fired_on_by", "firedonby"), ("no-go", "nogo"),
    ):  # fmt: skip
        assert nearly_one_word(one, other)
        assert nearly_one_word(other, one)
    for one, other in (("aged-0-17", "aged-0-18"), ("airstrike", "airstrike"), ("a_b", "a_c")):
        assert not nearly_one_word(one, other)
        assert not nearly_one_word(other, one)


def warned_of(state: Any, event: Any, **beside: Any) -> list[tuple[str, str]]:
    known = Known({StreamRef("person", id_): other for id_, other in beside.items()})
    return [(look.code, look.field) for look in second_looks(state, COMMAND, [event], known, NOW)]


COMMAND = RetractPerson(id=P1, reason="any command that warns of nothing itself")
DIED = Fate.model_validate({"fate": "killed", "when": "2018-12-19"})
SEEN = Fate.model_validate({"fate": "held", "when": "2019-02"})


def test_a_fate_told_of_a_time_after_a_death_is_warned_of_however_it_got_there() -> None:
    registered = PersonRegistered(details=PersonDetails(fates=(DIED, SEEN)))
    assert warned_of(None, registered) == [("alive_after_death", "fates")]
    assert warned_of(None, PersonRegistered(details=PersonDetails(fates=(DIED,)))) == []
    dead, seen = (Person(PersonDetails(fates=(fate,))) for fate in (DIED, SEEN))
    assert warned_of(dead, PersonFateRecorded(fate=SEEN)) == [("alive_after_death", "fates")]
    assert warned_of(seen, PersonFateRecorded(fate=DIED)) == [("alive_after_death", "fates")]
    corrected = PersonCorrected(set={"fates": [stored(DIED), stored(SEEN)]}, reason="misread")
    assert warned_of(dead, corrected) == [("alive_after_death", "set.fates")]
    assert warned_of(Person(registered.details), PersonCorrected(set={"sex": "male"}, reason="misread")) == []
    merged = PersonMerged(into="other", reason="the same")
    assert warned_of(dead, merged, other=seen) == warned_of(seen, merged, other=dead) == [("alive_after_death", "into")]
    assert warned_of(dead, merged, other=dead) == []


def test_a_fate_that_is_dated_after_every_report_of_its_claim_is_warned_of() -> None:
    reports = {
        StreamRef("report", id_): Report(ReportDetails(label=id_, published=date))
        for id_, date in (("oct", "2018-10-15"), ("nov", "2018-11"))
    }

    def warned(event: Any, state: Any = None, events: Sequence[Any] = (RECORDED,)) -> list[tuple[str, str]]:
        known = Known({**reports, StreamRef("claim", "c1"): fold(claim, events)})
        return [(look.code, look.field) for look in second_looks(state, COMMAND, [event], known, NOW)]

    early, late = (
        Fate.model_validate({"fate": "killed", "claim": "c1", "when": date}) for date in ("2018-10", "2018-10-16")
    )
    assert warned(PersonFateRecorded(fate=late), Person(PersonDetails())) == [("when_after_publication", "when")]
    assert warned(PersonFateRecorded(fate=early), Person(PersonDetails())) == []
    assert warned(PersonRegistered(details=PersonDetails(fates=(late,)))) == [("when_after_publication", "fates")]
    corrected = PersonCorrected(set={"fates": [stored(late)]}, reason="misread")
    assert warned(corrected, Person(PersonDetails(fates=(early,)))) == [("when_after_publication", "set.fates")]
    assert warned(corrected, Person(PersonDetails(fates=(late,)))) == []
    # A later report has it too.
    assert warned(PersonFateRecorded(fate=late), Person(PersonDetails()), [RECORDED, REVISED]) == []


def test_a_report_that_is_withdrawn_before_it_came_out_is_warned_of() -> None:
    report = Report(ReportDetails(label="It", published="2018-12-10"))
    reports = {"early": "2018-12-09", "same": "2018-12-10", "month": "2018-12"}
    known = Known(
        {StreamRef("report", id_): Report(ReportDetails(label=id_, published=date)) for id_, date in reports.items()}
    )

    def looks(**withdrawn: str) -> list[tuple[str, str]]:
        event = ReportWithdrawn(reason="taken down", **withdrawn)
        return [(look.code, look.field) for look in second_looks(report, COMMAND, [event], known, NOW)]

    assert looks(when="2018-12-09") == [("withdrawn_before_publication", "when")]
    assert looks(report="early") == [("withdrawn_before_publication", "report")]
    for given in (
        {"when": "2018-12-10"},
        {"when": "2018-12"},
        {"when": "2019"},
        {"report": "same"},
        {"report": "month"},
    ):
        assert looks(**given) == []
